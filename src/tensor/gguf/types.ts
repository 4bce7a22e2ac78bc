/** Tensor types of ggml that pawl reads; values are ggml's own (ggml.h, `enum ggml_type`). */
export const ggmlTypes = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
} as const;
export type GgmlType = keyof typeof ggmlTypes;

/** Values in a block, and the bytes it takes (ggml-common.h). */
export const blocks: Readonly<Record<GgmlType, { values: number; bytes: number }>> = {
  F32: { values: 1, bytes: 4 },
  F16: { values: 1, bytes: 2 },
  BF16: { values: 1, bytes: 2 },
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q5_1: { values: 32, bytes: 24 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
};

/** Metadata value types of GGUF, in the order of their numbers (docs/gguf.md of ggml, version 3). */
export const valueTypes = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;
export type GgufValueType = (typeof valueTypes)[number];

export type GgufScalar = number | bigint | boolean | string;
export type GgufValue =
  | { type: Exclude<GgufValueType, "array">; value: GgufScalar }
  | { type: "array"; itemType: Exclude<GgufValueType, "array">; items: readonly GgufScalar[] };

export type GgufTensor = {
  name: string;
  /** ggml's order: the first is the length of a row. */
  dims: readonly number[];
  type: GgmlType;
  /** From the beginning of the file. */
  offset: number;
  byteLength: number;
};

export type Gguf = {
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: readonly GgufTensor[];
};

export const defaultAlignment = 32;

export function tensorBytes(type: GgmlType, dims: readonly number[]): number {
  const block = blocks[type];
  return (dims.reduce((product, dim) => product * dim, 1) / block.values) * block.bytes;
}
