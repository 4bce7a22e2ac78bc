import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Sequence } from "#tensor";
import { pack, predictedIn, type Row, tokensIn } from "./pack.ts";
import { seriesOf } from "./series.ts";

const shape = { tokens: 100, picked: 40 };
const sequence = fc.tuple(fc.integer({ min: 2, max: 100 }), fc.integer({ min: 1, max: 40 })).map(
  ([length, predicted]): Sequence => ({
    tokens: Array.from({ length }, (_, at) => at),
    trainedFrom: Math.max(1, length - predicted),
  }),
);
const whole = (rows: readonly Row[]) => rows.flat().map(({ tokens, trainedFrom }) => ({ tokens, trainedFrom }));
const inOrder = (sequences: readonly Sequence[]) => sequences.map((one) => JSON.stringify(one)).toSorted();

test("Every sequence is in one row, and every row holds what it may", () => {
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 60 }), fc.integer(), (sequences, seed) => {
      const rows = pack(sequences, shape, seed);
      expect(inOrder(whole(rows))).toEqual(inOrder(sequences));
      for (const row of rows) {
        expect(tokensIn([row])).toBeLessThanOrEqual(shape.tokens);
        expect(predictedIn([row])).toBeLessThanOrEqual(shape.picked);
      }
    }),
  );
});

test("What begins alike is read once: each shares the beginning of the one before it that shares nothing", () => {
  const question = (topic: number, at: number): Sequence => ({
    tokens: [...Array.from({ length: 50 }, () => topic), 1000 + at, 7, 8],
    trainedFrom: 51,
  });
  const sequences = [1, 2, 3].flatMap((topic) => Array.from({ length: 10 }, (_, at) => question(topic, at)));
  const rows = pack(sequences, shape, 1);
  expect(inOrder(whole(rows))).toEqual(inOrder(sequences));
  expect(tokensIn(rows)).toBe(3 * (50 + 10 * 3));
  for (const row of rows) {
    let stem = row[0];
    for (const sequence of row) {
      if (sequence.shared === undefined) stem = sequence;
      else expect(sequence.tokens.slice(0, sequence.shared)).toEqual(stem?.tokens.slice(0, sequence.shared));
    }
  }
});

test("Rows of short sequences are nearly full", () => {
  const sequences = Array.from({ length: 500 }, (_, at): Sequence => {
    const length = 10 + ((at * 37) % 60);
    return { tokens: Array.from({ length }, (_, place) => at + place), trainedFrom: length - 2 };
  });
  const rows = pack(sequences, shape, 1);
  expect(tokensIn(rows) / (rows.length * shape.tokens)).toBeGreaterThan(0.95);
});

test("Steps are the same wherever one begins, each epoch in its own order", () => {
  const sequences = Array.from(
    { length: 30 },
    (_, at): Sequence => ({ tokens: [at, ...Array.from({ length: 29 }, () => 0)], trainedFrom: 25 }),
  );
  const series = () => seriesOf((epoch) => pack(sequences, shape, epoch), 2);
  const all = series();
  expect(all.in(1)).toBe(5);
  expect(all.in(2.4)).toBe(12);
  const firsts = Array.from({ length: 10 }, (_, step) => all.at(step));
  expect(new Set(firsts.slice(0, 5).flat(2)).size).toBe(30);
  expect(firsts.slice(0, 5)).not.toEqual(firsts.slice(5));
  expect(series().at(7)).toEqual(firsts[7]);
});
