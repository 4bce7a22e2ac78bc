import { copyFile, mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { newId, PawlError } from "#kernel";
import { type GgufValue, readGguf } from "#tensor";
import { hashFile } from "./files.ts";

/** Where the model store keeps an adapter: LoRA weights in a GGUF file, named by its sha256. */
export function adapterPath(folder: string, sha256: string): string {
  return join(folder, "adapters", `${sha256}.gguf`);
}

/**
 * Copies an adapter into the model store.
 *
 * @param path a GGUF file with `adapter.type` = `lora`
 * @throws PawlError `adapter-missing` where there is no file, `bad-request` where it is no adapter
 */
export async function addAdapter(folder: string, path: string): Promise<{ sha256: string; sizeBytes: number }> {
  const found = await stat(path).catch(() => null);
  if (!found) {
    throw new PawlError("adapter-missing", `There is no adapter at ${path}.`, {
      hint: "Name a GGUF file relative to the app file, or leave `adapter` out.",
    });
  }
  const { metadata } = await readGguf(path);
  if (metadata.get("adapter.type")?.type !== "string")
    throw new PawlError("bad-request", `${path} is a model, not an adapter.`, {
      hint: "An adapter's GGUF file has `adapter.type` = `lora`; `pawl tune` writes such files.",
    });
  const sha256 = await hashFile(path);
  const target = adapterPath(folder, sha256);
  if (!(await has(target))) {
    await mkdir(join(folder, "adapters"), { recursive: true });
    const part = `${target}.${newId("job")}`;
    await copyFile(path, part);
    await rename(part, target);
  }
  return { sha256, sizeBytes: found.size };
}

/** The file of an adapter in the model store. Throws `adapter-missing`. */
export async function findAdapter(folder: string, sha256: string): Promise<string> {
  const path = adapterPath(folder, sha256);
  if (await has(path)) return path;
  throw new PawlError("adapter-missing", `The model store has no adapter ${sha256.slice(0, 12)}….`, {
    hint: "A release names it: fetch the file that the release was made with, or choose another release.",
    details: { sha256 },
  });
}

/**
 * Why an adapter cannot be used with a base model's file: another architecture, or a matrix that is not there or has
 * another shape. Null where it fits.
 */
export async function adapterMisfit(adapter: string, base: string): Promise<PawlError | null> {
  const [lora, model] = await Promise.all([readGguf(adapter), readGguf(base)]);
  const dims = new Map(model.tensors.map((tensor) => [tensor.name, tensor.dims]));
  const odd = lora.tensors.find(({ name, dims: [inner, outer] }) => {
    const whole = dims.get(name.replace(/\.lora_[ab]$/, ""));
    if (whole === undefined) return true;
    return name.endsWith(".lora_a") ? inner !== whole[0] : outer !== whole[1];
  });
  const [wanted, given] = [lora, model].map(({ metadata }) => text(metadata.get("general.architecture")));
  if (odd === undefined && wanted === given) return null;
  const made = text(lora.metadata.get("general.base_model.0.name")) ?? wanted ?? "another model";
  const own = text(model.metadata.get("general.name")) ?? base;
  return new PawlError("adapter-wrong-base", `The adapter was made for ${made}, not for ${own}.`, {
    hint: "Use it with the model it was trained on, or train one for this model with `pawl tune`.",
    details: { adapter, adapterBase: made, model: own, ...(odd === undefined ? {} : { tensor: odd.name }) },
  });
}

function text(value: GgufValue | undefined): string | undefined {
  return value?.type === "string" ? String(value.value) : undefined;
}

function has(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
