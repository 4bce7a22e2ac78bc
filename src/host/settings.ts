import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { PawlError } from "#kernel";

/** What a person chose for all apps of a data folder, in its `settings.json`. */
export const Settings = z.strictObject({
  /** Whether the adapters that pawl ships are used where an app names none. */
  skills: z.boolean().default(true),
});
export type Settings = z.infer<typeof Settings>;

/** @throws PawlError `bad-request` where the file is damaged */
export async function readSettings(folder: string): Promise<Settings> {
  const path = join(folder, "settings.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    return Settings.parse(JSON.parse(text));
  } catch (cause) {
    throw new PawlError("bad-request", `${path} is damaged.`, {
      hint: "Delete it: everything then is as pawl comes.",
      cause,
    });
  }
}

/** Writes it in one step. */
export async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "settings.json");
  await writeFile(`${path}.part`, `${JSON.stringify(settings)}\n`);
  await rename(`${path}.part`, path);
}
