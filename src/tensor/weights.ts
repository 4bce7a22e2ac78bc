import { type FileHandle, open } from "node:fs/promises";
import { PawlError } from "#kernel";
import type { DecoderConfig } from "./decoder.ts";
import { dequantise, quantise } from "./gguf/quantise.ts";
import { readGguf, readTensor } from "./gguf/read.ts";
import type { Gguf, GgufTensor } from "./gguf/types.ts";
import { type TensorToWrite, writeGguf } from "./gguf/write.ts";

/** A decoder's weights as float32, by their GGUF names, rows of q and k in the order that {@link decoder} wants. */
export type Decoder = { config: DecoderConfig; weights: Record<string, Float32Array>; gguf: Gguf };

/**
 * Reads a Llama-type model from GGUF, each tensor dequantised in turn.
 *
 * @throws PawlError `model-file-damaged`; `unsupported-option` for other architectures and tensor types
 */
export async function readDecoder(path: string): Promise<Decoder> {
  const gguf = await readGguf(path);
  const config = configOf(gguf);
  const file = await open(path);
  try {
    const weights: Record<string, Float32Array> = {};
    for (const tensor of gguf.tensors) weights[tensor.name] = await readValues(file, tensor, config);
    return { config, weights, gguf };
  } finally {
    await file.close();
  }
}

/** Writes a decoder as a float32 GGUF file: the base without quantisation, for comparing engines. */
export async function writeDecoder(path: string, { config, weights, gguf }: Decoder): Promise<void> {
  const metadata = new Map(gguf.metadata).set("general.file_type", { type: "uint32", value: 0 });
  const tensors = gguf.tensors.map(({ name, dims }): TensorToWrite => {
    const bytes = async () => {
      const heads = permutedHeads(name, config);
      const values = weights[name] ?? new Float32Array();
      return quantise("F32", heads === null ? values : permuted(values, heads, config.headDim));
    };
    return { name, dims, type: "F32", bytes };
  });
  await writeGguf(path, { metadata, tensors });
}

async function readValues(file: FileHandle, tensor: GgufTensor, config: DecoderConfig): Promise<Float32Array> {
  const values = dequantise(tensor.type, await readTensor(file, tensor));
  const heads = permutedHeads(tensor.name, config);
  return heads === null ? values : unpermuted(values, heads, config.headDim);
}

/** How many heads' rows GGUF has in its own order; null where it has none. */
export function permutedHeads(name: string, config: DecoderConfig): number | null {
  if (name.includes(".attn_q.")) return config.heads;
  return name.includes(".attn_k.") ? config.keyHeads : null;
}

/**
 * GGUF stores the rows of q and k with the two halves of each head interleaved (llama.cpp's converter, `permute`): row
 * 2i + s of a head is row i of half s. Undoes that; {@link permuted} is its inverse.
 */
export function unpermuted(matrix: Float32Array, heads: number, headDim: number): Float32Array {
  const half = headDim / 2;
  return reordered(matrix, heads, headDim, (row) => (row % half) * 2 + Math.floor(row / half));
}

export function permuted(matrix: Float32Array, heads: number, headDim: number): Float32Array {
  const half = headDim / 2;
  return reordered(matrix, heads, headDim, (row) => (row % 2) * half + Math.floor(row / 2));
}

/** Row `row` of each head of the result is row `from(row)` of that head. */
function reordered(matrix: Float32Array, heads: number, headDim: number, from: (row: number) => number): Float32Array {
  const width = matrix.length / heads / headDim;
  const result = new Float32Array(matrix.length);
  for (let head = 0; head < heads; head += 1) {
    for (let row = 0; row < headDim; row += 1) {
      const start = (head * headDim + from(row)) * width;
      result.set(matrix.subarray(start, start + width), (head * headDim + row) * width);
    }
  }
  return result;
}

/** Reads the sizes; throws `unsupported-option` for what the graph does not compute, rather than compute it wrongly. */
function configOf({ metadata, tensors }: Gguf): DecoderConfig {
  const value = (key: string) => {
    const found = metadata.get(key);
    return found === undefined || found.type === "array" ? undefined : found.value;
  };
  const architecture = value("general.architecture");
  if (architecture !== "llama") {
    throw new PawlError("unsupported-option", `pawl trains models of the Llama type, not ${String(architecture)}.`, {
      hint: "Export the recipe for a trainer on graphics cards, or take a Llama-type model (SmolLM2, Llama, TinyLlama).",
    });
  }
  const number = (key: string, otherwise?: number) => {
    const found = value(`llama.${key}`);
    if (found !== undefined) return Number(found);
    if (otherwise !== undefined) return otherwise;
    throw new PawlError("model-file-damaged", `The model's file does not say llama.${key}.`);
  };
  const names = new Set(tensors.map(({ name }) => name));
  const strange = [...names].find(
    (name) => name.endsWith(".bias") || name === "rope_freqs.weight" || name.includes("_exps"),
  );
  const scaling = value("llama.rope.scaling.type");
  if (strange !== undefined || (scaling !== undefined && scaling !== "none")) {
    throw new PawlError(
      "unsupported-option",
      `pawl does not train a model with ${strange ?? "scaled rotary embeddings"}.`,
    );
  }
  const width = number("embedding_length");
  const heads = number("attention.head_count");
  const embedding = tensors.find(({ name }) => name === "token_embd.weight");
  return {
    vocabulary: embedding?.dims[1] ?? number("vocab_size"),
    width,
    hidden: number("feed_forward_length"),
    layers: number("block_count"),
    heads,
    keyHeads: number("attention.head_count_kv", heads),
    headDim: number("attention.key_length", width / heads),
    ropeBase: number("rope.freq_base", 10_000),
    epsilon: number("attention.layer_norm_rms_epsilon"),
    isTied: !names.has("output.weight"),
  };
}
