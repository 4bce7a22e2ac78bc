import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";
import { PawlError } from "#kernel";
import type { Env } from "./files.ts";

/** `skill.json` of an adapter that pawl ships, beside its file. */
const Manifest = z.object({
  name: z.string(),
  /** The model it was trained on, and the sha256 of that model's file as it is fetched. */
  model: z.string(),
  base: z.string(),
  file: z.string(),
  sha256: z.string(),
});
export type Skill = Omit<z.infer<typeof Manifest>, "file"> & { path: string; manifest: string };

const ownRequire = createRequire(import.meta.url);

/** The skills that pawl ships, or those in the folder that `PAWL_SKILLS` names; each has a folder of its own. */
export async function skills(env: Env): Promise<Skill[]> {
  const folder = env.PAWL_SKILLS || join(dirname(ownRequire.resolve("pawl/package.json")), "skills");
  const names = await readdir(folder).catch(() => []); // a build without skills has no such folder
  const found = await Promise.all(names.map((name) => readSkill(join(folder, name))));
  return found.filter((skill) => skill !== null);
}

async function readSkill(folder: string): Promise<Skill | null> {
  const text = await readFile(join(folder, "skill.json"), "utf8").catch(() => null); // a folder of something else
  if (text === null) return null;
  const { file, ...manifest } = Manifest.parse(JSON.parse(text));
  return { ...manifest, path: join(folder, file), manifest: join(folder, "skill.json") };
}

/** The skill of that name; null where it is not there. */
export async function skillNamed(name: string, env: Env): Promise<Skill | null> {
  return (await skills(env)).find((skill) => skill.name === name) ?? null;
}

/**
 * Puts the skill of that name into the model store, where there is one for this model.
 *
 * @param model with its version, as {@link Models.describe} tells them
 * @throws PawlError `model-file-damaged` where its file is not what the manifest says
 */
export async function addSkill(
  name: string,
  model: { model: string; version: string },
  options: { folder: string; env: Env },
): Promise<{ sha256: string } | null> {
  const all = await skills(options.env);
  const skill = all.find((one) => one.name === name && one.model === model.model && model.version.startsWith(one.base));
  if (skill === undefined) return null;
  const { addAdapter } = await import("./adapters.ts"); // with what reads weights
  const { sha256 } = await addAdapter(options.folder, skill.path);
  if (sha256 === skill.sha256) return { sha256 };
  throw new PawlError("model-file-damaged", `${skill.path} is not the file that its skill.json names.`, {
    hint: "Install pawl again, or turn it off: pawl models disable skills",
    details: { expected: skill.sha256, sha256 },
  });
}
