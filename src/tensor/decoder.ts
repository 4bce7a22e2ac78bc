import { constant, input, type Value } from "./graph.ts";
import { attention, type RotaryTable, rotary } from "./ops/attention.ts";
import { add, swiglu } from "./ops/elementwise.ts";
import { gather } from "./ops/lookup.ts";
import { matmul } from "./ops/matmul.ts";
import { rmsNorm } from "./ops/normalise.ts";
import { reshape } from "./ops/shape.ts";

/** Sizes of a Llama-type decoder. */
export type DecoderConfig = {
  vocabulary: number;
  width: number;
  /** Width between the two halves of the feed-forward part. */
  hidden: number;
  layers: number;
  heads: number;
  keyHeads: number;
  headDim: number;
  ropeBase: number;
  epsilon: number;
  /** The output embedding is the input's. */
  isTied: boolean;
};

/** The matrices that can be adapted, by their names in a layer (GGUF's). */
export const projections = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"] as const;
export type Projection = (typeof projections)[number];

/**
 * How x [n, in] is multiplied by matrices [out, in] of a layer: as they are, or adapted ({@link adapted}). What is to be
 * multiplied by the same x is named together, and then asked for one by one.
 */
export type Linear = (x: Value, layer: number, together: readonly Projection[]) => (projection: Projection) => Value;

/** What is fed beside the weights: a batch of rows of equal length. */
export type BatchInputs = {
  /** [rows · tokens] int64 */
  tokens: Value;
  /** [rows, tokens] int64: where each token stands in its own text. */
  positions: Value;
  /** [rows, 1, tokens, tokens]: 0 where a token (third axis) sees another (fourth), else −1e9. */
  mask: Value;
};

export function batchInputs(rows: number, tokens: number): BatchInputs {
  return {
    tokens: input("tokens", [rows * tokens], "int64"),
    positions: input("positions", [rows, tokens], "int64"),
    mask: input("mask", [rows, 1, tokens, tokens]),
  };
}

/** [out, in] of a projection. */
export function shapeOf(config: DecoderConfig, projection: Projection): [number, number] {
  const { width, hidden } = config;
  const queries = config.heads * config.headDim;
  const keys = config.keyHeads * config.headDim;
  switch (projection) {
    case "attn_q":
      return [queries, width];
    case "attn_k":
    case "attn_v":
      return [keys, width];
    case "attn_output":
      return [width, queries];
    case "ffn_gate":
    case "ffn_up":
      return [hidden, width];
    case "ffn_down":
      return [width, hidden];
  }
}

export function weightName(layer: number, projection: Projection): string {
  return `blk.${layer}.${projection}.weight`;
}

/** x Wᵀ with the model's own matrix. */
export function frozen(config: DecoderConfig): Linear {
  return (x, layer) => (projection) =>
    matmul(x, input(weightName(layer, projection), shapeOf(config, projection)), { transB: true });
}

/**
 * A Llama-type decoder (Touvron et al. 2023, arXiv:2302.13971, §2.2): in each layer x += attention(norm x), then
 * x += down(silu(gate) ⊙ up)(norm x). Returns what comes out of the last layer, [rows · tokens, width], before the last
 * norm; weights are inputs named as in GGUF.
 */
export function decoder(config: DecoderConfig, batch: BatchInputs, linear: Linear): Value {
  const { width, keyHeads, headDim, epsilon } = config;
  const [rows = 0, tokens = 0] = batch.positions.shape;
  const table = rotaryTable(config, tokens);
  const norm = (x: Value, name: string) => rmsNorm(x, input(name, [width]), epsilon);
  const inRows = (x: Value, heads: number) => reshape(x, [rows, tokens, heads * headDim]);

  let x = gather(input("token_embd.weight", [config.vocabulary, width]), batch.tokens); // [rows · tokens, width]
  for (let layer = 0; layer < config.layers; layer += 1) {
    const a = norm(x, `blk.${layer}.attn_norm.weight`);
    const attend = linear(a, layer, ["attn_q", "attn_k", "attn_v"]);
    const q = rotary(inRows(attend("attn_q"), config.heads), batch.positions, table);
    const k = rotary(inRows(attend("attn_k"), keyHeads), batch.positions, table);
    const v = inRows(attend("attn_v"), keyHeads);
    const seen = reshape(attention(q, k, v, batch.mask, headDim), [rows * tokens, config.heads * headDim]);
    x = add(x, linear(seen, layer, ["attn_output"])("attn_output"));
    const f = norm(x, `blk.${layer}.ffn_norm.weight`);
    const forward = linear(f, layer, ["ffn_gate", "ffn_up"]);
    const gated = swiglu(forward("ffn_gate"), forward("ffn_up"));
    x = add(x, linear(gated, layer, ["ffn_down"])("ffn_down"));
  }
  return x;
}

/** The last norm of chosen rows, and the table that turns them into logits. */
export function outputOf(config: DecoderConfig, x: Value, picked: Value): { hidden: Value; table: Value } {
  const hidden = rmsNorm(gather(x, picked), input("output_norm.weight", [config.width]), config.epsilon);
  const name = config.isTied ? "token_embd.weight" : "output.weight";
  return { hidden, table: input(name, [config.vocabulary, config.width]) };
}

/** Angle of position p and pair i: p · base^(−2i / headDim). */
function rotaryTable({ headDim, ropeBase }: DecoderConfig, positions: number): RotaryTable {
  const half = headDim / 2;
  const angles = Array.from({ length: positions * half }, (_, at) => {
    const frequency = ropeBase ** -((at % half) / half);
    return Math.floor(at / half) * Math.fround(frequency);
  });
  const shape = [positions, half];
  return {
    cos: constant(Float32Array.from(angles, Math.cos), shape),
    sin: constant(Float32Array.from(angles, Math.sin), shape),
  };
}
