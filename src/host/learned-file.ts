import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Learned } from "#app";
import type { Gateway } from "#gateway";

/** How a learned adapter's file beside the app is named: each adapter another file, so that none is overwritten. */
const nameOf = (sha256: string) => `pawl.learned-${sha256.slice(0, 8)}.gguf`;
const isOurs = /^\.\/pawl\.learned-[0-9a-f]{8}\.gguf$/;

/**
 * What was learned, with its adapter as a file beside the app, so that it goes into git with the rest and a fresh clone
 * has it. An adapter that is a path already stays.
 *
 * @throws PawlError `adapter-missing` where the model store lacks it
 */
export async function withAdapterFile(folder: string, learned: Learned, models: Gateway): Promise<Learned> {
  const { adapter } = learned;
  if (adapter === undefined || !/^[0-9a-f]{64}$/.test(adapter)) return learned;
  const { path } = await models.findAdapter(adapter);
  const name = nameOf(adapter);
  await copyFile(path, join(folder, `${name}.part`));
  await rename(join(folder, `${name}.part`), join(folder, name));
  return { ...learned, adapter: `./${name}` };
}

/** Removes the file of an adapter that is no longer the one: what the loop wrote itself, and nothing else. */
export async function dropAdapterFile(folder: string, gone: Learned | null, kept: Learned | null): Promise<void> {
  const { adapter } = gone ?? {};
  if (adapter === undefined || adapter === kept?.adapter || !isOurs.test(adapter)) return;
  await rm(join(folder, adapter), { force: true });
}
