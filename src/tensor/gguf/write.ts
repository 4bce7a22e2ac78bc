import { open } from "node:fs/promises";
import {
  defaultAlignment,
  type GgmlType,
  type GgufScalar,
  type GgufValue,
  type GgufValueType,
  ggmlTypes,
  tensorBytes,
  valueTypes,
} from "./types.ts";

/** A tensor to be written; its bytes are asked for when it is its turn. */
export type TensorToWrite = {
  name: string;
  dims: readonly number[];
  type: GgmlType;
  bytes: () => Promise<Uint8Array>;
};

/** Writes a GGUF file (version 3), one tensor in memory at a time. */
export async function writeGguf(
  path: string,
  content: { metadata: ReadonlyMap<string, GgufValue>; tensors: readonly TensorToWrite[] },
): Promise<void> {
  const aligned = content.metadata.get("general.alignment");
  const alignment = aligned?.type === "uint32" ? Number(aligned.value) : defaultAlignment;
  const padding = (length: number) => Buffer.alloc((alignment - (length % alignment)) % alignment);
  const parts = [uint32(0x46554747), uint32(3), uint64(content.tensors.length), uint64(content.metadata.size)];
  for (const [name, value] of content.metadata) parts.push(text(name), ...encoded(value));
  let offset = 0;
  for (const { name, dims, type } of content.tensors) {
    parts.push(text(name), uint32(dims.length), ...dims.map(uint64), uint32(ggmlTypes[type]), uint64(offset));
    const length = tensorBytes(type, dims);
    offset += length + padding(length).length;
  }
  const header = Buffer.concat(parts);
  const file = await open(path, "w");
  try {
    await file.writeFile(header);
    await file.writeFile(padding(header.length));
    for (const { name, type, dims, bytes } of content.tensors) {
      const data = await bytes();
      if (data.length !== tensorBytes(type, dims))
        throw new Error(`${name} has ${data.length} bytes, not as declared.`);
      await file.writeFile(data);
      await file.writeFile(padding(data.length));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function encoded(value: GgufValue): Buffer[] {
  const number = uint32(valueTypes.indexOf(value.type));
  if (value.type !== "array") return [number, scalar(value.type, value.value)];
  return [
    number,
    uint32(valueTypes.indexOf(value.itemType)),
    uint64(value.items.length),
    ...value.items.map((item) => scalar(value.itemType, item)),
  ];
}

function scalar(type: Exclude<GgufValueType, "array">, value: GgufScalar): Buffer {
  if (type === "string") return text(String(value));
  if (type === "bool") return Buffer.from([value ? 1 : 0]);
  const bytes = Buffer.alloc(8);
  switch (type) {
    case "uint8":
      return bytes.subarray(0, bytes.writeUInt8(Number(value)));
    case "int8":
      return bytes.subarray(0, bytes.writeInt8(Number(value)));
    case "uint16":
      return bytes.subarray(0, bytes.writeUInt16LE(Number(value)));
    case "int16":
      return bytes.subarray(0, bytes.writeInt16LE(Number(value)));
    case "uint32":
      return bytes.subarray(0, bytes.writeUInt32LE(Number(value)));
    case "int32":
      return bytes.subarray(0, bytes.writeInt32LE(Number(value)));
    case "float32":
      return bytes.subarray(0, bytes.writeFloatLE(Number(value)));
    case "uint64":
      return bytes.subarray(0, bytes.writeBigUInt64LE(BigInt(String(value))));
    case "int64":
      return bytes.subarray(0, bytes.writeBigInt64LE(BigInt(String(value))));
    case "float64":
      return bytes.subarray(0, bytes.writeDoubleLE(Number(value)));
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([uint64(bytes.length), bytes]);
}
