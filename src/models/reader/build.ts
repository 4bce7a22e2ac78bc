import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { PawlError } from "#kernel";
import { encoderProjections, mergedEncoder, miniLm, readEncoderAs, readSafetensors, writeServedEncoder } from "#tensor";
import { type Env, hashFile, stamp, verified } from "../files.ts";
import { withLock } from "../lock.ts";
import { skillNamed } from "../skills.ts";
import type { Calibration } from "./spans.ts";

/** `skill.json` of a reader, beside what every skill has. */
const ReaderManifest = z.object({
  lora: z.object({ rank: z.int().positive(), alpha: z.number().positive() }),
  calibration: z.object({ scale: z.number(), bias: z.number() }),
});

/**
 * The reader's file as it is served: the base's weights with the skill's, in int8, written once beside the base. Its name
 * holds both hashes.
 *
 * @throws PawlError `model-unknown` where the skill is not there; `model-file-damaged`
 */
export async function builtReader(
  base: { path: string; sha256: string },
  env: Env,
  signal: AbortSignal,
): Promise<{ path: string; calibration: Calibration }> {
  const skill = await skillNamed("reading", env);
  if (skill === null) {
    throw new PawlError("model-unknown", "The reading skill is not in pawl's folder of skills.", {
      hint: "Install pawl again, or unset PAWL_SKILLS.",
    });
  }
  const { lora, calibration } = ReaderManifest.parse(JSON.parse(await readFile(skill.manifest, "utf8")));
  const path = join(dirname(base.path), `reader.${base.sha256.slice(0, 12)}.${skill.sha256.slice(0, 12)}.int8.onnx`);
  if ((await verified(path)) !== undefined) return { path, calibration };
  return withLock(`${path}.lock`, { signal }, async () => {
    if ((await verified(path)) !== undefined) return { path, calibration };
    if ((await hashFile(skill.path)) !== skill.sha256) {
      throw new PawlError("model-file-damaged", `${skill.path} is not the file that its skill.json names.`, {
        hint: "Install pawl again.",
      });
    }
    const model = await readEncoderAs(miniLm, base.path);
    const { tensors } = await readSafetensors(skill.path);
    const weights = Object.fromEntries(tensors.map(({ name, data }) => [name, data]));
    const merged = mergedEncoder(model, { ...lora, targets: [...encoderProjections] }, weights);
    await writeServedEncoder(path, { model: merged, head: { head: { kind: "spans" }, weights }, bits: "int8" });
    await stamp(path, await hashFile(path));
    return { path, calibration };
  });
}
