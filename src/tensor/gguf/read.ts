import { type FileHandle, open } from "node:fs/promises";
import { PawlError } from "#kernel";
import {
  defaultAlignment,
  type GgmlType,
  type Gguf,
  type GgufScalar,
  type GgufTensor,
  type GgufValue,
  type GgufValueType,
  ggmlTypes,
  tensorBytes,
  valueTypes,
} from "./types.ts";

/** A header is a few MB (the vocabulary); one that needs more than this is no model. */
const maxHeaderBytes = 256 * 1024 * 1024;

/** Header of a GGUF file (versions 2 and 3, little endian): metadata and where each tensor lies. */
export async function readGguf(path: string): Promise<Gguf> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let bytes = 8 * 1024 * 1024; ; bytes *= 4) {
      const header = Buffer.alloc(Math.min(size, bytes));
      await file.read(header, 0, header.length, 0);
      try {
        return parse(header, size);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        if (header.length === size || bytes > maxHeaderBytes) throw damaged(path, "it ends too early");
      }
    }
  } finally {
    await file.close();
  }
}

/** The bytes of one tensor. */
export async function readTensor(file: FileHandle, tensor: GgufTensor): Promise<Uint8Array> {
  const bytes = new Uint8Array(tensor.byteLength);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, tensor.offset);
  if (bytesRead !== bytes.length) throw damaged(tensor.name, "it ends too early");
  return bytes;
}

/** Reads past the end throw a RangeError, which asks for a longer header. */
function parse(header: Buffer, fileBytes: number): Gguf {
  const cursor = new Cursor(header);
  if (cursor.uint32() !== 0x46554747) throw damaged("The file", "it is not GGUF");
  const version = cursor.uint32();
  if (version < 2 || version > 3) throw damaged("The file", `its version ${version} is not known`);
  const tensorCount = cursor.count();
  const metadataCount = cursor.count();
  const metadata = new Map<string, GgufValue>();
  for (let at = 0; at < metadataCount; at += 1) metadata.set(cursor.string(), value(cursor));
  const infos: { name: string; dims: number[]; type: GgmlType; offset: number }[] = [];
  for (let at = 0; at < tensorCount; at += 1) {
    const name = cursor.string();
    const dims = Array.from({ length: cursor.uint32() }, () => cursor.count());
    infos.push({ name, dims, type: typeOf(cursor.uint32(), name), offset: cursor.count() });
  }
  const aligned = metadata.get("general.alignment");
  const alignment = aligned?.type === "uint32" ? Number(aligned.value) : defaultAlignment;
  const start = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = infos.map((info) => ({
    ...info,
    offset: start + info.offset,
    byteLength: tensorBytes(info.type, info.dims),
  }));
  const beyond = tensors.find((tensor) => tensor.offset + tensor.byteLength > fileBytes);
  if (beyond !== undefined) throw damaged(beyond.name, "it lies beyond the end of the file");
  return { metadata, tensors };
}

function value(cursor: Cursor): GgufValue {
  const type = valueType(cursor.uint32());
  if (type !== "array") return { type, value: scalar(cursor, type) };
  const itemType = valueType(cursor.uint32());
  if (itemType === "array") throw damaged("The file", "it has nested arrays");
  return { type, itemType, items: Array.from({ length: cursor.count() }, () => scalar(cursor, itemType)) };
}

function scalar(cursor: Cursor, type: Exclude<GgufValueType, "array">): GgufScalar {
  switch (type) {
    case "uint8":
      return cursor.take(1).readUInt8();
    case "int8":
      return cursor.take(1).readInt8();
    case "uint16":
      return cursor.take(2).readUInt16LE();
    case "int16":
      return cursor.take(2).readInt16LE();
    case "uint32":
      return cursor.uint32();
    case "int32":
      return cursor.take(4).readInt32LE();
    case "float32":
      return cursor.take(4).readFloatLE();
    case "bool":
      return cursor.take(1).readUInt8() !== 0;
    case "string":
      return cursor.string();
    case "uint64":
      return cursor.take(8).readBigUInt64LE();
    case "int64":
      return cursor.take(8).readBigInt64LE();
    case "float64":
      return cursor.take(8).readDoubleLE();
  }
}

function valueType(number: number): GgufValueType {
  const type = valueTypes[number];
  if (type === undefined) throw damaged("The file", `it has a value of unknown type ${number}`);
  return type;
}

function typeOf(number: number, name: string): GgmlType {
  for (const [type, known] of Object.entries(ggmlTypes)) {
    // Object.entries widens the keys of the table above to string.
    if (known === number) return type as GgmlType;
  }
  throw new PawlError("unsupported-option", `The tensor ${name} has a type (${number}) that pawl does not read.`);
}

function damaged(what: string, why: string): PawlError {
  return new PawlError("model-file-damaged", `${what} cannot be read as a GGUF model: ${why}.`);
}

class Cursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.at + length > this.#bytes.length) throw new RangeError("header is longer");
    const bytes = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** An unsigned 64-bit length or offset; no file is longer than 2^53 bytes. */
  count(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  string(): string {
    return this.take(this.count()).toString("utf8");
  }
}
