import { type BatchInputs, batchInputs } from "./decoder.ts";
import { input, mismatch, type Value } from "./graph.ts";
import type { Feeds } from "./program.ts";

/** One text to learn from: tokens from `trainedFrom` on are predicted, those before are only read. */
export type Sequence = { tokens: readonly number[]; trainedFrom: number };

/** What a graph was built for: rows of `tokens` tokens, of which `picked` over all rows are predicted. */
export type BatchShape = { rows: number; tokens: number; picked: number };

/** The inputs of a training step beside the weights. */
export type StepInputs = BatchInputs & {
  /** [picked] int64: after which places (row · tokens + place) a token is predicted. */
  picked: Value;
  /** [picked] int64: that token. */
  labels: Value;
  /** [picked]: its share of the loss; 0 for places that no sequence needs. */
  weights: Value;
};

export function stepInputs({ rows, tokens, picked }: BatchShape): StepInputs {
  return {
    ...batchInputs(rows, tokens),
    picked: input("picked", [picked], "int64"),
    labels: input("labels", [picked], "int64"),
    weights: input("weights", [picked]),
  };
}

/** How many tokens of a sequence are predicted. */
export function predicted({ tokens, trainedFrom }: Sequence): number {
  return tokens.length - Math.max(1, trainedFrom);
}

const hidden = -1e9;

/**
 * Feeds for rows that hold one or more sequences each, one after the other: a token sees its own sequence up to itself,
 * positions begin anew with each, and what is left of a row is padding that nothing sees. Every predicted token weighs
 * `weight` (1 / their number for a mean).
 */
export function feedsOf(rows: readonly (readonly Sequence[])[], shape: BatchShape, weight: number): Feeds {
  const tokens = new BigInt64Array(shape.rows * shape.tokens);
  const positions = new BigInt64Array(shape.rows * shape.tokens);
  const mask = new Float32Array(shape.rows * shape.tokens * shape.tokens).fill(hidden);
  const picked = new BigInt64Array(shape.picked);
  const labels = new BigInt64Array(shape.picked);
  const weights = new Float32Array(shape.picked);
  let used = 0;
  rows.forEach((sequences, row) => {
    let start = row * shape.tokens;
    const end = start + shape.tokens;
    for (const sequence of sequences) {
      const { length } = sequence.tokens;
      if (start + length > end || used + predicted(sequence) > shape.picked || row >= shape.rows) {
        throw mismatch("feedsOf", `a sequence of ${length} tokens, ${predicted(sequence)} predicted, does not fit`);
      }
      sequence.tokens.forEach((token, at) => {
        tokens[start + at] = BigInt(token);
        positions[start + at] = BigInt(at);
        const from = (start + at) * shape.tokens + (start - row * shape.tokens);
        mask.fill(0, from, from + at + 1);
        if (at < Math.max(1, sequence.trainedFrom)) return;
        picked[used] = BigInt(start + at - 1);
        labels[used] = BigInt(token);
        weights[used] = weight;
        used += 1;
      });
      start += length;
    }
    for (; start < end; start += 1) mask[start * shape.tokens + (start % shape.tokens)] = 0; // padding sees itself
  });
  return { tokens, positions, mask, picked, labels, weights };
}
