import { rename, writeFile } from "node:fs/promises";
import { input, mismatch, scalar, type Value } from "../graph.ts";
import { type LowerOptions, lower } from "../onnx.ts";
import { divide, multiply, subtract } from "../ops/elementwise.ts";
import { int8Dense, int8Rows, productLevels, toInt8 } from "../ops/int8.ts";
import { placesOf, toFloat } from "../ops/lookup.ts";
import { matmul } from "../ops/matmul.ts";
import { sum } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { encoder, encoderWeights, inputsFor, type Modules, plain, weightOf } from "./encoder.ts";
import { firstOf, type Head, headOf, headWeights, type Pooling, spanLogits } from "./heads.ts";
import { complete, type Encoder } from "./weights.ts";

/**
 * An encoder with what was trained on it; without a head it gives hidden states. In `int8` its products and its words'
 * table take a quarter of the bytes: faster, and a little off.
 */
export type ServedEncoder = {
  model: Encoder;
  head?: { head: Head; weights: Readonly<Record<string, Float32Array>> };
  bits?: "float32" | "int8";
};

/** Rows and tokens are open in these: as many as each run is given. */
const open = {
  input_ids: ["rows", "tokens"],
  attention_mask: ["rows", "tokens"],
  token_type_ids: ["rows", "tokens"],
} as const;

/**
 * Writes an encoder as an ONNX file that holds its weights, with the inputs that exported encoders have: `input_ids`,
 * `attention_mask` (1 for a token, 0 for padding) and `token_type_ids`, int64 [rows, tokens] of any size. Its outputs:
 * `last_hidden_state` [rows, tokens, width] without a head; `start`, `end` and `none` [rows, tokens] of spans
 * ({@link spanLogits}); `logits` [rows, classes]; `score` [rows, 1] of pairs.
 */
export async function writeServedEncoder(path: string, served: ServedEncoder): Promise<void> {
  const { model, head } = served;
  const named = [
    ...encoderWeights(model.config),
    ...(head === undefined ? [] : headWeights(head.head, model.config.width)),
  ];
  const held = complete(named, { ...model.weights, ...head?.weights }, path);
  const part = `${path}.part`;
  await writeFile(
    part,
    openGraph((rows, tokens) => servedOutputs(served, rows, tokens), { open, held }),
  );
  await rename(part, path);
}

/**
 * The bytes of a graph whose sizes are open. Shapes are numbers while it is built, so it is built for two sizes: only
 * where both lower to the same bytes does the graph not depend on them.
 */
function openGraph(build: (rows: number, tokens: number) => Record<string, Value>, options: LowerOptions): Uint8Array {
  const [one, other] = [build(2, 3), build(3, 5)];
  const sizes = { open: options.open ?? {} };
  if (Buffer.compare(lower(one, sizes).bytes, lower(other, sizes).bytes) !== 0) {
    throw mismatch("openGraph", "the graph depends on the number of rows or tokens");
  }
  return lower(one, options).bytes;
}

function servedOutputs(
  { model, head, bits = "float32" }: ServedEncoder,
  rows: number,
  tokens: number,
): Record<string, Value> {
  const { config } = model;
  const [ids, seen, types] = Object.keys(open).map((name) => input(name, [rows, tokens], "int64"));
  if (ids === undefined || seen === undefined || types === undefined) throw new Error("An encoder has three inputs.");
  const weights = inputsFor([
    ...encoderWeights(config),
    ...(head === undefined ? [] : headWeights(head.head, config.width)),
  ]);
  const shown = toFloat(seen); // [rows, tokens]
  const mask = multiply(subtract(reshape(shown, [rows, 1, 1, tokens]), scalar(1)), scalar(1e9));
  const modules = bits === "int8" ? inInt8(model, weights) : plain(weights);
  const hidden = encoder(config, { tokens: ids, positions: placesOf(ids), types, mask }, weights, modules);
  const vector = (pooling: Pooling) => (pooling === "cls" ? firstOf(hidden) : meanOf(hidden, shown));
  switch (head?.head.kind) {
    case undefined:
      return { last_hidden_state: hidden };
    case "spans":
      return spanLogits(weights, hidden);
    case "classes":
      return { logits: headOf(weights, vector(head.head.pooling)) };
    case "pairs":
      return { score: headOf(weights, vector(head.head.pooling)) };
  }
}

/** The layers' matrices in seven bits and the words' table in eight; the rest as it is. */
function inInt8({ config, weights }: Encoder, values: ReadonlyMap<string, Value>): Modules {
  const known = plain(values);
  const matrix = (name: string, shape: readonly [number, number], levels: number) =>
    toInt8(weights[name] ?? new Float32Array(), shape, levels);
  return {
    dense: (x, module) => {
      const bias = weightOf(values, `${module}.bias`);
      const shape = [bias.shape[0] ?? 0, x.shape.at(-1) ?? 0] as const;
      return int8Dense(x, matrix(`${module}.weight`, shape, productLevels), bias);
    },
    lookup: (table, at) =>
      table === "word_embeddings"
        ? int8Rows(matrix(`embeddings.${table}.weight`, [config.vocabulary, config.width], 127), at)
        : known.lookup(table, at),
  };
}

/** The mean of the vectors of shown tokens: [rows, width]. */
function meanOf(hidden: Value, shown: Value): Value {
  const [rows = 0, tokens = 0, width = 0] = hidden.shape;
  const total = matmul(reshape(shown, [rows, 1, tokens]), hidden); // [rows, 1, width]
  return divide(reshape(total, [rows, width]), sum(shown, [1]));
}
