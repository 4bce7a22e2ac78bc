import { input, mismatch, type Shape, show, type Value } from "../graph.ts";
import { attentionBothWays } from "../ops/attention.ts";
import { add, gelu } from "../ops/elementwise.ts";
import { gather } from "../ops/lookup.ts";
import { matmul } from "../ops/matmul.ts";
import { layerNorm } from "../ops/normalise.ts";

/** Sizes of a BERT-type encoder. */
export type EncoderConfig = {
  vocabulary: number;
  /** Tokens of the longest text: rows of the position table. */
  positions: number;
  /** Kinds of text that are told apart (a question, a passage). */
  types: number;
  width: number;
  /** Width between the two halves of the feed-forward part. */
  hidden: number;
  layers: number;
  heads: number;
  epsilon: number;
};

export type NamedShape = { name: string; shape: Shape };

/** The matrices of a layer, by their names in it (those of `transformers`), that multiply and add a bias. */
export const encoderProjections = [
  "attention.self.query",
  "attention.self.key",
  "attention.self.value",
  "attention.output.dense",
  "intermediate.dense",
  "output.dense",
] as const;
export type EncoderProjection = (typeof encoderProjections)[number];

/** x Wᵀ + b with the matrix and the bias of a module. */
export type Dense = (x: Value, module: string) => Value;

/** Rows of a table (`word_embeddings`) at places. */
export type Lookup = (table: string, at: Value) => Value;

/** How weights are used: as they are ({@link plain}), adapted, or in fewer bits. */
export type Modules = { dense: Dense; lookup: Lookup };

/** What is fed beside the weights. */
export type EncoderInputs = {
  /** [rows, tokens] int64 */
  tokens: Value;
  /** [rows, tokens] int64, or [1, tokens] where rows do not differ: where each token stands in its own text. */
  positions: Value;
  /** [rows, tokens] int64: the kind of text. */
  types: Value;
  /** [rows, 1, tokens, tokens] or [rows, 1, 1, tokens]: 0 where a token (third axis) sees another (fourth), else −1e9. */
  mask: Value;
};

/** [out, in] of a projection. */
export function encoderShapeOf({ width, hidden }: EncoderConfig, projection: EncoderProjection): [number, number] {
  if (projection === "intermediate.dense") return [hidden, width];
  return projection === "output.dense" ? [width, hidden] : [width, width];
}

/** Every weight, named as in `transformers` (BertModel), in the order of the graph. */
export function encoderWeights(config: EncoderConfig): NamedShape[] {
  const { width } = config;
  const normed = (name: string): NamedShape[] => [
    { name: `${name}.LayerNorm.weight`, shape: [width] },
    { name: `${name}.LayerNorm.bias`, shape: [width] },
  ];
  const layer = (at: number) =>
    encoderProjections.flatMap((projection): NamedShape[] => {
      const [out, into] = encoderShapeOf(config, projection);
      const module = moduleOf(at, projection);
      const dense = [
        { name: `${module}.weight`, shape: [out, into] },
        { name: `${module}.bias`, shape: [out] },
      ];
      if (!projection.endsWith("output.dense")) return dense;
      return [...dense, ...normed(module.slice(0, -".dense".length))];
    });
  return [
    { name: "embeddings.word_embeddings.weight", shape: [config.vocabulary, width] },
    { name: "embeddings.position_embeddings.weight", shape: [config.positions, width] },
    { name: "embeddings.token_type_embeddings.weight", shape: [config.types, width] },
    ...normed("embeddings"),
    ...Array.from({ length: config.layers }, (_, at) => layer(at)).flat(),
  ];
}

/** Weights as inputs of a graph, by their names. */
export function inputsFor(named: readonly NamedShape[]): Map<string, Value> {
  return new Map(named.map(({ name, shape }) => [name, input(name, shape)]));
}

/** The weight of this name; one that is not there is an error of who built the graph. */
export function weightOf(weights: ReadonlyMap<string, Value>, name: string): Value {
  const found = weights.get(name);
  if (found === undefined) throw mismatch("encoder", `there is no weight ${name}`);
  return found;
}

export function moduleOf(layer: number, projection: EncoderProjection): string {
  return `encoder.layer.${layer}.${projection}`;
}

/** Modules as they are. */
export function plain(weights: ReadonlyMap<string, Value>): Modules {
  const dense: Dense = (x, module) =>
    add(matmul(x, weightOf(weights, `${module}.weight`), { transB: true }), weightOf(weights, `${module}.bias`));
  return { dense, lookup: (table, at) => gather(weightOf(weights, `embeddings.${table}.weight`), at) };
}

/**
 * A BERT-type encoder (Devlin et al. 2019, arXiv:1810.04805, §3): embeddings of token, place and kind of text, normed;
 * in each layer x = norm(x + attention(x)), then x = norm(x + output(gelu(intermediate(x)))). Returns what comes out of
 * the last layer, [rows, tokens, width].
 */
export function encoder(
  config: EncoderConfig,
  inputs: EncoderInputs,
  weights: ReadonlyMap<string, Value>,
  { dense, lookup }: Modules = plain(weights),
): Value {
  const { tokens, positions, types, mask } = inputs;
  if (config.width % config.heads !== 0 || (positions.shape[1] ?? 0) > config.positions) {
    throw mismatch("encoder", `${config.heads} heads in ${config.width}, positions ${show(positions.shape)}`);
  }
  const norm = (x: Value, name: string) =>
    layerNorm(
      x,
      weightOf(weights, `${name}.LayerNorm.weight`),
      weightOf(weights, `${name}.LayerNorm.bias`),
      config.epsilon,
    );

  const kinds = add(lookup("word_embeddings", tokens), lookup("token_type_embeddings", types));
  let x = norm(add(kinds, lookup("position_embeddings", positions)), "embeddings"); // [rows, tokens, width]
  for (let layer = 0; layer < config.layers; layer += 1) {
    const of = (projection: EncoderProjection, from: Value) => dense(from, moduleOf(layer, projection));
    const [q, k, v] = [
      of("attention.self.query", x),
      of("attention.self.key", x),
      of("attention.self.value", x),
    ] as const;
    const seen = attentionBothWays(q, k, v, mask, config.width / config.heads);
    x = norm(add(x, of("attention.output.dense", seen)), `encoder.layer.${layer}.attention.output`);
    const inner = gelu(of("intermediate.dense", x)); // [rows, tokens, hidden]
    x = norm(add(x, of("output.dense", inner)), `encoder.layer.${layer}.output`);
  }
  return x;
}
