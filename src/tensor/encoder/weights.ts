import { readFile } from "node:fs/promises";
import * as z from "zod";
import { PawlError } from "#kernel";
import { sizeOf } from "../graph.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";
import { type EncoderConfig, encoderWeights, type NamedShape } from "./encoder.ts";

/** An encoder's weights as float32, by the names of `transformers`. */
export type Encoder = { config: EncoderConfig; weights: Record<string, Float32Array> };

/** all-MiniLM-L6-v2, as its `config.json` has it. */
export const miniLm: EncoderConfig = {
  vocabulary: 30_522,
  positions: 512,
  types: 2,
  width: 384,
  hidden: 1536,
  layers: 6,
  heads: 12,
  epsilon: 1e-12,
};

/** `config.json` of a BERT-type model; what the graph does not compute is refused rather than computed wrongly. */
const Config = z.object({
  model_type: z.literal("bert"),
  hidden_act: z.literal("gelu"),
  position_embedding_type: z.literal("absolute").default("absolute"),
  vocab_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  type_vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  layer_norm_eps: z.number().positive(),
});

/**
 * Reads a BERT-type encoder from its safetensors file and `config.json`. Heads that the file has are left out.
 *
 * @throws PawlError `model-file-damaged`; `unsupported-option` for other architectures
 */
export async function readEncoder(paths: { weights: string; config: string }): Promise<Encoder> {
  const found = Config.safeParse(JSON.parse(await readFile(paths.config, "utf8")));
  if (!found.success) {
    throw new PawlError("unsupported-option", `${paths.config} is not of an encoder that pawl reads.`, {
      hint: "pawl reads encoders of the BERT type (all-MiniLM, bge, e5, MiniLM), with gelu and absolute positions.",
      cause: found.error,
    });
  }
  const { data } = found;
  const config: EncoderConfig = {
    vocabulary: data.vocab_size,
    positions: data.max_position_embeddings,
    types: data.type_vocab_size,
    width: data.hidden_size,
    hidden: data.intermediate_size,
    layers: data.num_hidden_layers,
    heads: data.num_attention_heads,
    epsilon: data.layer_norm_eps,
  };
  return readEncoderAs(config, paths.weights);
}

/** Reads an encoder whose sizes are known from its safetensors file. Throws `model-file-damaged`. */
export async function readEncoderAs(config: EncoderConfig, path: string): Promise<Encoder> {
  const named = encoderWeights(config);
  const own = (name: string) => name.replace(/^bert\./, "");
  const wanted = new Set(named.map(({ name }) => name));
  const { tensors } = await readSafetensors(path, (name) => wanted.has(own(name)));
  const weights = Object.fromEntries(tensors.map(({ name, data }) => [own(name), data]));
  return { config, weights: complete(named, weights, path) };
}

/** Writes weights that were trained (an encoder's, a head's) as safetensors, float32. */
export async function writeWeights(
  path: string,
  named: readonly NamedShape[],
  weights: Readonly<Record<string, Float32Array>>,
): Promise<void> {
  const whole = complete(named, weights, path);
  const tensors = named.map(({ name, shape }) => ({ name, shape, data: whole[name] ?? new Float32Array() }));
  await writeSafetensors(path, tensors, { format: "pt" });
}

/** The weights that are named, each as long as its shape says. */
export function complete(
  named: readonly NamedShape[],
  weights: Readonly<Record<string, Float32Array>>,
  path: string,
): Record<string, Float32Array> {
  return Object.fromEntries(
    named.map(({ name, shape }) => {
      const data = weights[name];
      if (data?.length !== sizeOf(shape)) {
        throw new PawlError(
          "model-file-damaged",
          `${path} cannot be used: ${name} is not there, or not as long as it should be.`,
        );
      }
      return [name, data];
    }),
  );
}
