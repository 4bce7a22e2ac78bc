import { open } from "node:fs/promises";
import * as z from "zod";
import { PawlError } from "#kernel";
import { type Shape, sizeOf } from "./graph.ts";

/** A float32 tensor of a safetensors file. */
export type NamedTensor = { name: string; shape: Shape; data: Float32Array };

const Entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const Header = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(Entry);

/**
 * Writes a safetensors file (format of huggingface/safetensors 0.4: length of the header, header as JSON, bytes), one
 * tensor after the other.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, data } of tensors) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} numbers, not as its shape says.`);
    entries[name] = { dtype: "F32", shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = JSON.stringify(entries);
  const header = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8)); // bytes begin at a multiple of 8
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(path, "w");
  try {
    await file.writeFile(length);
    await file.writeFile(header);
    for (const { data } of tensors) await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Reads a safetensors file, or those of its tensors that are wanted; F16 and BF16 become float32.
 *
 * @throws PawlError `model-file-damaged`, `unsupported-option` for other types
 */
export async function readSafetensors(
  path: string,
  isWanted: (name: string) => boolean = () => true,
): Promise<{ tensors: NamedTensor[]; metadata: Record<string, string> }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const first = Buffer.alloc(8);
    await file.read(first, 0, 8, 0);
    const headerBytes = Number(first.readBigUInt64LE());
    if (headerBytes > size - 8) throw damaged(path, "its header is longer than the file");
    const text = Buffer.alloc(headerBytes);
    await file.read(text, 0, headerBytes, 8);
    const { __metadata__: metadata = {}, ...entries } = parseHeader(text.toString("utf8"), path);
    const tensors: NamedTensor[] = [];
    for (const [
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ] of Object.entries(entries)) {
      if (!isWanted(name)) continue;
      if (end < start || end > size - 8 - headerBytes) throw damaged(path, `${name} lies beyond its end`);
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, 0, bytes.length, 8 + headerBytes + start);
      const data = toFloat32(dtype, bytes, name);
      if (data.length !== sizeOf(shape)) throw damaged(path, `${name} is not as long as its shape says`);
      tensors.push({ name, shape, data });
    }
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

function parseHeader(text: string, path: string): z.infer<typeof Header> {
  try {
    return Header.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(path, "its header is not one", cause);
  }
}

function toFloat32(type: string, bytes: Uint8Array<ArrayBuffer>, name: string): Float32Array {
  switch (type) {
    case "F32":
      return new Float32Array(bytes.buffer);
    case "F16":
      return Float32Array.from(new Float16Array(bytes.buffer));
    case "BF16":
      return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits * 65_536).buffer);
    default:
      throw new PawlError("unsupported-option", `pawl does not read ${type} (tensor ${name}).`);
  }
}

function damaged(path: string, why: string, cause?: unknown): PawlError {
  return new PawlError("model-file-damaged", `${path} cannot be used: ${why}.`, { cause });
}
