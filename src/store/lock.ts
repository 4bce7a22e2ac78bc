import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PawlError } from "#kernel";

/** Who holds an embedded folder; `url` is there once its server listens. */
export type Owner = { pid: number; url?: string };

export type Lock = { release(): void };

/**
 * Makes this process the one owner of an embedded folder; throws `store-locked` with the owner's pid and url. The lock
 * is the operating system's, on `lock.sqlite`, held by a transaction that never ends: kill -9 frees it, SIGSTOP does
 * not. Locks judged by a file's age allow a second owner, and two owners corrupt the database without an error.
 */
export function lockFolder(folder: string): Lock {
  mkdirSync(folder, { recursive: true });
  const file = new DatabaseSync(join(folder, "lock.sqlite"));
  try {
    file.exec("begin exclusive");
  } catch (error) {
    file.close();
    if (!(error instanceof Error) || !/locked|busy/i.test(error.message)) throw error;
    const owner = ownerOf(folder);
    throw new PawlError(
      "store-locked",
      `Another pawl${owner === undefined ? "" : ` (process ${owner.pid})`} is using ${folder}.`,
      {
        hint:
          owner?.url === undefined ? "Stop that process, or wait until it has ended." : `Go through it: ${owner.url}.`,
        details: { folder, ...owner },
      },
    );
  }
  writeOwner(folder, { pid: process.pid });
  return {
    release: () => {
      rmSync(join(folder, "owner.json"), { force: true });
      file.close();
    },
  };
}

/** The owner as it wrote itself down; undefined where there is none. It may be dead: only the lock tells. */
export function ownerOf(folder: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(folder, "owner.json"), "utf8"));
    if (typeof owner !== "object" || owner === null || !("pid" in owner) || typeof owner.pid !== "number")
      return undefined;
    return { pid: owner.pid, ...("url" in owner && typeof owner.url === "string" ? { url: owner.url } : {}) };
  } catch {
    return undefined; // no file, or the owner is writing its first one
  }
}

/** Called by the owner when its server listens, so that other processes find it. */
export function announce(folder: string, url: string): void {
  writeOwner(folder, { pid: process.pid, url });
}

function writeOwner(folder: string, owner: Owner): void {
  const path = join(folder, "owner.json");
  writeFileSync(`${path}.new`, JSON.stringify(owner));
  renameSync(`${path}.new`, path);
}
