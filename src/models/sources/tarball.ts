import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { SourceFailure } from "./source.ts";

const block = 512;

/** Copies one member of a gzipped tar (ustar, IEEE Std 1003.1 pax §ustar) to `target`, streamed. */
export async function extractFromTarball(archive: string, member: string, target: string): Promise<void> {
  const out = await open(target, "w");
  try {
    let pending = Buffer.alloc(0);
    let skip = 0;
    let take = -1;
    for await (const chunk of createReadStream(archive).pipe(createGunzip())) {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length > 0) {
        if (take > 0) {
          const part = pending.subarray(0, take);
          await out.write(part);
          take -= part.length;
          pending = pending.subarray(part.length);
        } else if (skip > 0) {
          const part = Math.min(skip, pending.length);
          skip -= part;
          pending = pending.subarray(part);
        } else if (pending.length < block) {
          break;
        } else {
          const header = pending.subarray(0, block);
          pending = pending.subarray(block);
          const size = Number.parseInt(text(header, 124, 12), 8) || 0;
          const prefix = text(header, 345, 155);
          const name = `${prefix === "" ? "" : `${prefix}/`}${text(header, 0, 100)}`;
          if (name === member) take = size;
          else skip = Math.ceil(size / block) * block;
        }
        if (take === 0) return;
      }
    }
    throw new SourceFailure(take < 0 ? `the package holds no ${member}` : "the package ends too early");
  } finally {
    await out.close();
  }
}

function text(header: Buffer, start: number, length: number): string {
  return header
    .toString("utf8", start, start + length)
    .replace(/\0.*$/s, "")
    .trim();
}
