import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What a folder takes on the disk, in MB (10⁶ bytes); a file with several names in it counts once. */
export function sizeMb(folder: string): number {
  const seen = new Set<number>();
  let bytes = 0;
  const add = (path: string) => {
    const found = lstatSync(path, { throwIfNoEntry: false }); // gone since the folder was read: a running program's
    if (found === undefined || seen.has(found.ino)) return;
    seen.add(found.ino);
    bytes += found.blocks * 512 || found.size; // Windows knows no blocks
    if (found.isDirectory()) for (const name of readdirSync(path)) add(join(path, name));
  };
  add(folder);
  return Math.round(bytes / 1e6);
}
