import { expect, test } from "vitest";
import type { EncodedText, SpanExample } from "#tensor";
import { packTexts, textsOf, tokensOf } from "./pack-texts.ts";

const shape = { rows: 4, tokens: 512, examples: 24 };

function example(lengths: readonly number[]): SpanExample {
  const texts = lengths.map((length): EncodedText => ({ tokens: Array(length).fill(7), secondFrom: 4 }));
  return { kind: "spans", texts: texts.map((text) => ({ text, from: 4, to: text.tokens.length - 1 })), spans: [] };
}

const examples = Array.from({ length: 600 }, (_, at) =>
  example(Array.from({ length: 1 + (at % 3) }, (_, text) => 60 + ((at * 37 + text * 53) % 140))),
);

test("Every example stands in one batch with all its texts, no row is overfull, and little is left empty", () => {
  const batches = packTexts(examples, shape, 1);
  const packed = batches.flatMap((batch) => batch.examples);
  expect(packed.length).toBe(examples.length);
  expect(new Set(packed)).toEqual(new Set(examples));
  for (const { rows, examples: own } of batches) {
    expect(rows.length).toBe(4);
    expect(own.length).toBeLessThanOrEqual(shape.examples);
    for (const row of rows) expect(row.reduce((sum, { tokens }) => sum + tokens.length, 0)).toBeLessThanOrEqual(512);
    expect(new Set(rows.flat())).toEqual(new Set(own.flatMap(textsOf)));
  }
  expect(tokensOf(examples) / (batches.length * shape.rows * shape.tokens)).toBeGreaterThan(0.9);
});

test("The order is the seed's", () => {
  expect(packTexts(examples, shape, 1)).toEqual(packTexts(examples, shape, 1));
  expect(packTexts(examples, shape, 2)).not.toEqual(packTexts(examples, shape, 1));
});
