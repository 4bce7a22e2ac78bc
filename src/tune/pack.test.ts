import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Sequence } from "#tensor";
import { pack, predictedIn, Steps, tokensIn } from "./pack.ts";

const shape = { tokens: 100, picked: 40 };
const sequence = fc.tuple(fc.integer({ min: 2, max: 100 }), fc.integer({ min: 1, max: 40 })).map(
  ([length, predicted]): Sequence => ({
    tokens: Array.from({ length }, (_, at) => at),
    trainedFrom: Math.max(1, length - predicted),
  }),
);

test("Every sequence is in one row, and every row holds what it may", () => {
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 60 }), fc.integer(), (sequences, seed) => {
      const rows = pack(sequences, shape, seed);
      expect(new Set(rows.flat())).toEqual(new Set(sequences));
      expect(rows.flat()).toHaveLength(sequences.length);
      for (const row of rows) {
        expect(tokensIn([row])).toBeLessThanOrEqual(shape.tokens);
        expect(predictedIn([row])).toBeLessThanOrEqual(shape.picked);
      }
    }),
  );
});

test("Rows of short sequences are nearly full", () => {
  const sequences = Array.from({ length: 500 }, (_, at): Sequence => {
    const length = 10 + ((at * 37) % 60);
    return { tokens: Array.from({ length }, () => 0), trainedFrom: length - 2 };
  });
  const rows = pack(sequences, shape, 1);
  expect(tokensIn(rows) / (rows.length * shape.tokens)).toBeGreaterThan(0.95);
});

test("Steps are the same wherever one begins, each epoch in its own order", () => {
  const sequences = Array.from(
    { length: 30 },
    (_, at): Sequence => ({ tokens: [at, ...Array.from({ length: 29 }, () => 0)], trainedFrom: 25 }),
  );
  const options = { batch: shape, rowsPerStep: 2, seed: 3 };
  const all = new Steps(sequences, options);
  expect(all.in(1)).toBe(5);
  expect(all.in(2.4)).toBe(12);
  const firsts = Array.from({ length: 10 }, (_, step) => all.at(step));
  expect(new Set(firsts.slice(0, 5).flat(2)).size).toBe(30);
  expect(firsts.slice(0, 5)).not.toEqual(firsts.slice(5));
  expect(new Steps(sequences, options).at(7)).toEqual(firsts[7]);
});
