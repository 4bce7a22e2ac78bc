import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Python, pythonWith } from "../../../tests/python.ts";
import { dequantise, quantise } from "./quantise.ts";
import { readGguf, readTensor } from "./read.ts";
import type { GgmlType, GgufValue } from "./types.ts";
import { writeGguf } from "./write.ts";

/** The reference implementation of ggml's formats in Python. */
const reference = ["gguf==0.19.0", "numpy==2.4.6"];

let python: Python | null;
let folder: string;
beforeAll(async () => {
  python = await pythonWith(reference);
  folder = await mkdtemp(join(tmpdir(), "pawl-gguf-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Values of many sizes, with blocks of zeros, of equal values, and of exact halves of a step. */
function sample(length: number): Float32Array {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length }, (_, at) => {
    const block = Math.floor(at / 32);
    if (block % 11 === 0) return 0;
    if (block % 7 === 0) return ((at % 32) - 16) / 2;
    return next() * 10 ** ((block % 9) - 5);
  });
}

describe.each(["Q8_0", "Q4_0", "F16"] as const)("%s", (type) => {
  test("has the bytes that the gguf package 0.19.0 writes", async (context) => {
    if (python === null) return context.skip("no pip or no gguf package");
    const values = sample(32 * 2000);
    const program = `
import sys, json, numpy as np
from gguf.quants import quantize
from gguf import GGMLQuantizationType
values, kind = json.load(sys.stdin)
print(json.dumps(quantize(np.array(values, dtype=np.float32), GGMLQuantizationType[kind]).view(np.uint8).tolist()))`;
    const short = values.subarray(0, 32 * 300);
    expect([...quantise(type, short)]).toEqual(await python(program, [[...short], type]));
  });
});

describe.each(["Q4_0", "Q4_1", "Q8_0", "F16"] as const)("%s", (type) => {
  test("is read as the gguf package 0.19.0 reads it", async (context) => {
    if (python === null) return context.skip("no pip or no gguf package");
    const program = `
import sys, json, numpy as np
from gguf.quants import quantize, dequantize
from gguf import GGMLQuantizationType
values, kind = json.load(sys.stdin)
kind = GGMLQuantizationType[kind]
data = quantize(np.array(values, dtype=np.float32), kind)
print(json.dumps([data.view(np.uint8).tolist(), dequantize(data, kind).tolist()]))`;
    const answer = (await python(program, [[...sample(32 * 200)], type])) as [number[], number[]]; // what the program prints
    const [bytes, values] = answer;
    expect([...dequantise(type, Uint8Array.from(bytes))]).toEqual(values);
  });
});

test("A file that was written is read back as it was", async () => {
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: "llama" }],
    ["a.count", { type: "uint32", value: 7 }],
    ["a.long", { type: "uint64", value: 2n ** 60n }],
    ["a.less", { type: "int64", value: -5n }],
    ["a.real", { type: "float32", value: 0.5 }],
    ["a.flag", { type: "bool", value: true }],
    ["a.words", { type: "array", itemType: "string", items: ["ä", "", "€"] }],
    ["a.numbers", { type: "array", itemType: "int32", items: [-1, 2] }],
  ]);
  const values = sample(32 * 6);
  const types: readonly GgmlType[] = ["F32", "F16", "Q8_0", "Q4_0"];
  const path = join(folder, "written.gguf");
  const tensors = types.map((type) => ({
    name: `t.${type}`,
    dims: [32, 6],
    type,
    bytes: async () => quantise(type as "F32", values), // all four are types that quantise takes
  }));
  await writeGguf(path, { metadata, tensors });
  const read = await readGguf(path);
  expect(read.metadata).toEqual(metadata);
  expect(read.tensors.map(({ name, dims, type }) => ({ name, dims, type }))).toEqual(
    tensors.map(({ name, dims, type }) => ({ name, dims, type })),
  );
  const file = await open(path);
  const [f32] = read.tensors;
  expect(f32 && dequantise("F32", await readTensor(file, f32))).toEqual(values);
  await file.close();
  if (python === null) return;
  const program = `
import sys, json
from gguf import GGUFReader
reader = GGUFReader(json.load(sys.stdin))
print(json.dumps([[t.name, t.shape.tolist(), t.tensor_type.name] for t in reader.tensors]))`;
  expect(await python(program, path)).toEqual(types.map((type) => [`t.${type}`, [32, 6], type]));
});

test("Q8_0 keeps the values of Q4_1 to half a step", () => {
  const values = sample(32 * 500).map(Math.cbrt); // sizes whose scales half precision holds
  const kept = dequantise("Q8_0", quantise("Q8_0", values));
  for (let block = 0; block < 500; block += 1) {
    const largest = Math.max(...values.subarray(block * 32, block * 32 + 32).map(Math.abs));
    for (let at = block * 32; at < block * 32 + 32; at += 1) {
      expect(Math.abs((kept[at] ?? 0) - (values[at] ?? 0))).toBeLessThanOrEqual((largest / 127) * 0.57 + 1e-7);
    }
  }
});

test("What is no GGUF, or ends too early, is said to be damaged", async () => {
  const { writeFile } = await import("node:fs/promises");
  const path = join(folder, "bad.gguf");
  await writeFile(path, "not a model");
  await expect(readGguf(path)).rejects.toMatchObject({ code: "model-file-damaged" });
  await writeFile(path, Buffer.concat([Buffer.from("GGUF"), Buffer.from([3, 0, 0, 0])]));
  await expect(readGguf(path)).rejects.toMatchObject({ code: "model-file-damaged" });
});
