import { type BatchInputs, batchInputs } from "./decoder.ts";
import { input, mismatch, type Value } from "./graph.ts";
import type { Feeds } from "./program.ts";

/**
 * One text to learn from: tokens from `trainedFrom` on are predicted, those before are only read. In a row, its first
 * `shared` tokens may be those of the sequence before it that shares nothing: they are read once, for both.
 */
export type Sequence = { tokens: readonly number[]; trainedFrom: number; shared?: number };

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

/** How many tokens of a row a sequence takes: those that it does not share. */
export function ownTokens({ tokens, shared = 0 }: Sequence): number {
  return tokens.length - shared;
}

const hidden = -1e9;

/**
 * Feeds for rows that hold one or more sequences each, one after the other: a token sees its own sequence up to itself
 * (shared tokens stand where the first that has them stands), positions begin anew with each, and what is left of a row
 * is padding that nothing sees. So loss and gradients are those of each sequence read alone. Every predicted token
 * weighs `weight` (1 / their number for a mean).
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
    const first = row * shape.tokens;
    const end = first + shape.tokens;
    let start = first;
    let stem = first;
    for (const sequence of sequences) {
      const { trainedFrom, shared = 0 } = sequence;
      const length = ownTokens(sequence);
      if (start + length > end || used + predicted(sequence) > shape.picked || row >= shape.rows) {
        throw mismatch("feedsOf", `a sequence of ${length} tokens, ${predicted(sequence)} predicted, does not fit`);
      }
      if (shared >= Math.max(1, trainedFrom)) throw mismatch("feedsOf", "a predicted token is shared");
      if (shared === 0) stem = start;
      for (let own = 0; own < length; own += 1) {
        const at = shared + own;
        const token = BigInt(sequence.tokens[at] ?? 0);
        const place = start + own;
        tokens[place] = token;
        positions[place] = BigInt(at);
        const seen = place * shape.tokens - first;
        mask.fill(0, seen + stem, seen + stem + shared);
        mask.fill(0, seen + start, seen + place + 1);
        if (at < Math.max(1, trainedFrom)) continue;
        picked[used] = BigInt(place - 1);
        labels[used] = token;
        weights[used] = weight;
        used += 1;
      }
      start += length;
    }
    for (; start < end; start += 1) mask[start * shape.tokens + (start % shape.tokens)] = 0; // padding sees itself
  });
  return { tokens, positions, mask, picked, labels, weights };
}
