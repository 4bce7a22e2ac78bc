import { input, mismatch, type Value } from "../graph.ts";
import type { Feeds } from "../program.ts";
import type { EncoderInputs } from "./encoder.ts";
import type { Choices, Head, Pooling } from "./heads.ts";

/** A text to encode, alone or two together ([CLS] question [SEP] passage [SEP]): tokens from `secondFrom` on are of type 1. */
export type EncodedText = { tokens: readonly number[]; secondFrom: number };

/** What a graph was built for: rows of `tokens` tokens with at most so many texts and examples in all. */
export type EncoderBatchShape = { rows: number; tokens: number; texts: number; examples: number };

/** One question on one or more texts: which tokens may answer it, and which spans (first to last token) do; none: nothing does. */
export type SpanExample = {
  kind: "spans";
  texts: readonly { text: EncodedText; from: number; to: number }[];
  spans: readonly { text: EncodedText; first: number; last: number }[];
};
/** A text and its classes (one of them is enough). */
export type ClassExample = { kind: "classes"; text: EncodedText; right: readonly number[] };
/** Texts to choose from, and the right ones; with `orNone` it may be none of them. */
export type PairExample = {
  kind: "pairs";
  texts: readonly EncodedText[];
  right: readonly EncodedText[];
  orNone: boolean;
};
export type EncoderExample = SpanExample | ClassExample | PairExample;

const hidden = -1e9;

/** The inputs of a training step beside the weights. */
export function encoderStepInputs(head: Head, shape: EncoderBatchShape): EncoderInputs & Choices & { shares: Value } {
  const { rows, tokens, texts, examples } = shape;
  const among = input("among", [examples, choicesOf(head, shape)]);
  return {
    tokens: input("tokens", [rows, tokens], "int64"),
    positions: input("positions", [rows, tokens], "int64"),
    types: input("types", [rows, tokens], "int64"),
    mask: input("mask", [rows, 1, tokens, tokens]),
    shares: input("shares", [head.kind === "classes" ? examples : texts, rows * tokens]),
    among,
    right: input("right", among.shape),
    rightEnd: head.kind === "spans" ? input("rightEnd", among.shape) : null,
    weights: input("weights", [examples]),
  };
}

function choicesOf(head: Head, { rows, tokens, texts }: EncoderBatchShape): number {
  switch (head.kind) {
    case "spans":
      return 2 * rows * tokens;
    case "classes":
      return head.classes;
    case "pairs":
      return texts + 1;
  }
}

/**
 * Feeds for rows that hold one or more texts each, one after the other: a token sees its own text, positions begin anew
 * with each, and what is left of a row is padding that nothing sees. So loss and gradients are those of each text read
 * alone. Texts of examples are found in the rows by identity. Every example weighs `weight` (1 / their number for a mean).
 */
export function encoderFeeds(
  rows: readonly (readonly EncodedText[])[],
  examples: readonly EncoderExample[],
  options: { head: Head; shape: EncoderBatchShape; weight: number },
): Feeds {
  const { head, shape, weight } = options;
  const { feeds, placeOf } = textFeeds(rows, shape);
  if (examples.length > shape.examples) throw mismatch("encoderFeeds", `${examples.length} examples do not fit`);
  const choices = choicesOf(head, shape);
  const masks = () => new Float32Array(shape.examples * choices).fill(hidden);
  const [among, right, rightEnd] = [masks(), masks(), masks()];
  const weights = new Float32Array(shape.examples);
  const pooled = new Map<EncodedText, number>();
  const count = head.kind === "classes" ? shape.examples : shape.texts;
  const shares = new Float32Array(head.kind === "spans" ? 0 : count * shape.rows * shape.tokens);
  /** Which of the pooled vectors is this text's. */
  const poolOf = (text: EncodedText, pooling: Pooling): number => {
    const known = pooled.get(text);
    if (known !== undefined) return known;
    const at = pooled.size;
    if (at >= count) throw mismatch("encoderFeeds", `more than ${count} texts are pooled`);
    pooled.set(text, at);
    const length = pooling === "cls" ? 1 : text.tokens.length;
    const start = at * shape.rows * shape.tokens + placeOf(text);
    shares.fill(1 / length, start, start + length);
    return at;
  };
  examples.forEach((example, index) => {
    weights[index] = weight;
    const row = index * choices;
    const open = (mask: Float32Array, choice: number) => mask.fill(0, row + choice, row + choice + 1);
    if (example.kind === "spans" && head.kind === "spans") {
      const nones = example.texts.map(({ text }) => shape.rows * shape.tokens + placeOf(text));
      for (const none of nones) open(among, none);
      for (const { text, from, to } of example.texts)
        among.fill(0, row + placeOf(text) + from, row + placeOf(text) + to);
      for (const none of example.spans.length === 0 ? nones : [])
        for (const mask of [right, rightEnd]) open(mask, none);
      for (const { text, first, last } of example.spans) {
        const asked = example.texts.find((one) => one.text === text);
        if (asked === undefined || first < asked.from || last >= asked.to || last < first) {
          throw mismatch("encoderFeeds", `the span ${first} to ${last} does not lie where its example may be answered`);
        }
        open(right, placeOf(text) + first);
        open(rightEnd, placeOf(text) + last);
      }
    } else if (example.kind === "classes" && head.kind === "classes") {
      if (poolOf(example.text, head.pooling) !== index)
        throw mismatch("encoderFeeds", "a text has two classes' examples");
      among.fill(0, row, row + choices);
      for (const choice of example.right) open(right, choice);
    } else if (example.kind === "pairs" && head.kind === "pairs") {
      const none = choices - 1;
      if (example.orNone) open(among, none);
      for (const text of example.texts) open(among, poolOf(text, head.pooling));
      for (const text of example.right) open(right, poolOf(text, head.pooling));
      if (example.right.length === 0) open(right, none);
    } else throw mismatch("encoderFeeds", `an example of ${example.kind} for a head of ${head.kind}`);
  });
  return { ...feeds, among, right, rightEnd, shares, weights };
}

/** The texts' own feeds, and at which place (row · tokens + token) each begins. */
function textFeeds(rows: readonly (readonly EncodedText[])[], shape: EncoderBatchShape) {
  const size = shape.rows * shape.tokens;
  const [tokens, positions, types] = [new BigInt64Array(size), new BigInt64Array(size), new BigInt64Array(size)];
  const mask = new Float32Array(size * shape.tokens).fill(hidden);
  const places = new Map<EncodedText, number>();
  rows.forEach((texts, row) => {
    const end = (row + 1) * shape.tokens;
    let start = row * shape.tokens;
    for (const text of texts) {
      const length = text.tokens.length;
      if (start + length > end || row >= shape.rows || places.has(text)) {
        throw mismatch("encoderFeeds", `a text of ${length} tokens does not fit, or stands twice`);
      }
      places.set(text, start);
      text.tokens.forEach((token, at) => {
        tokens[start + at] = BigInt(token);
        positions[start + at] = BigInt(at);
        types[start + at] = at < text.secondFrom ? 0n : 1n;
        const seen = (start + at) * shape.tokens + (start % shape.tokens);
        mask.fill(0, seen, seen + length);
      });
      start += length;
    }
    for (; start < end; start += 1) mask[start * shape.tokens + (start % shape.tokens)] = 0; // padding sees itself
  });
  const placeOf = (text: EncodedText): number => {
    const place = places.get(text);
    if (place === undefined) throw mismatch("encoderFeeds", "an example's text stands in no row");
    return place;
  };
  return { feeds: { tokens, positions, types, mask }, placeOf };
}
