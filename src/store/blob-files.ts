import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { asPawlError, sha256 } from "#kernel";
import type { Blobs } from "./blobs.ts";
import type { Executor } from "./executor.ts";
import { encode, rowsOf } from "./values.ts";

/** Blobs as files `ab/cdef…` by their hash. A file appears under its name only when all its bytes are on the disk. */
export function fileBlobs(folder: string): Blobs {
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash.slice(2));
  return {
    put: async (bytes) => {
      const hash = sha256(bytes);
      const path = pathOf(hash);
      if (await isThere(path)) return hash;
      try {
        await mkdir(join(folder, hash.slice(0, 2)), { recursive: true });
        const temporary = `${path}.${randomUUID()}`;
        const file = await open(temporary, "wx");
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (error) {
        throw asPawlError(error);
      }
      return hash;
    },
    get: async (hash) =>
      /^[0-9a-f]{64}$/.test(hash) && (await isThere(pathOf(hash)))
        ? new Uint8Array(await readFile(pathOf(hash)))
        : null,
  };
}

/** Blobs as rows, where several machines share one store. */
export function tableBlobs(executor: Executor): Blobs {
  return {
    put: async (bytes) => {
      const hash = sha256(bytes);
      await executor.run(
        encode({
          sql: "insert into blobs (sha256, bytes) values ($1, $2) on conflict do nothing",
          params: [hash, bytes],
        }),
      );
      return hash;
    },
    get: async (hash) => {
      const found = await executor.run(encode({ sql: "select bytes from blobs where sha256 = $1", params: [hash] }));
      const bytes = rowsOf(found)[0]?.bytes;
      return bytes instanceof Uint8Array ? bytes : null;
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
