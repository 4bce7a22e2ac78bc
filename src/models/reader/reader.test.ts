import { expect, test } from "vitest";
import type { WordPieces } from "../word-pieces.ts";
import { type SpanLogits, spansOf } from "./spans.ts";
import { readerTexts, readerTokens, tokensAt } from "./texts.ts";

/** Words are pieces; their ids are their lengths. */
const pieces: WordPieces = {
  special: { cls: 101, sep: 102, pad: 0 },
  pieces(text) {
    const found = [...text.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)];
    return {
      ids: found.map(([word]) => word.length),
      starts: found.map((match) => match.index),
      ends: found.map((match) => match.index + match[0].length),
    };
  },
};

const passages = ["Leave is 28 days a year.", "Ask before noon."];
const texts = readerTexts(pieces, "How many days?", passages);

test("A text is [CLS] question [SEP] passage [SEP], and knows the characters of its tokens", () => {
  expect(texts[0]?.tokens).toEqual([101, 3, 4, 4, 1, 102, 5, 2, 2, 4, 1, 4, 1, 102]);
  expect(texts[0]?.secondFrom).toBe(6);
  const at = passages[0]?.indexOf("28 days") ?? -1;
  expect(texts[0] && tokensAt(texts[0], at, at + 7)).toEqual({ first: 8, last: 9 });
  expect(texts[0] && tokensAt(texts[0], at, 400)).toBeNull();
});

test("A long passage is read in parts that overlap by a half; every token is in one, and each part is full", () => {
  const long = Array.from({ length: 700 }, (_, at) => `w${at}`).join(" ");
  const parts = readerTexts(pieces, "Where?", [long]);
  expect(Math.max(...parts.map(({ tokens }) => tokens.length))).toBe(readerTokens);
  expect(new Set(parts.flatMap(({ starts }) => starts)).size).toBe(700);
  expect(parts.every(({ starts }) => starts.length === parts[0]?.starts.length)).toBe(true);
  const [first, second] = parts;
  const shared = first?.starts.filter((start) => second?.starts.includes(start)).length ?? 0;
  expect(shared / (first?.starts.length ?? 1)).toBeCloseTo(0.5, 1);
});

const logits = (text: number, peaks: Record<number, [start: number, end: number]>, none: number): SpanLogits => {
  const length = texts[text]?.tokens.length ?? 0;
  const of = (side: 0 | 1) => Float32Array.from({ length }, (_, at) => peaks[at]?.[side] ?? -5);
  return { start: of(0), end: of(1), none };
};

test("The best span of each passage comes first where it is most supported; its support is its margin over none", () => {
  const read = [logits(0, { 8: [4, -5], 9: [-5, 3] }, 1), logits(1, { 8: [2, 1] }, 0)];
  const { spans: found, others } = spansOf(passages, texts, read, { scale: 0.5, bias: 0.25 });
  const none = 2 * Math.log(Math.E + 1);
  expect(found.map(({ passage, start, end }) => passages[passage]?.slice(start, end))).toEqual(["28 days", "noon"]);
  expect(found[0]?.support).toBeCloseTo(1 / (1 + Math.exp(-(0.5 * (7 - none) + 0.25))), 6);
  expect(found[1]?.support).toBeCloseTo(1 / (1 + Math.exp(-(0.5 * (3 - none) + 0.25))), 6);
  // The next best of any passage: none twice, none of the best, the likeliest first.
  expect(others).toHaveLength(20);
  expect(others.map(({ support }) => support)).toEqual(others.map(({ support }) => support).toSorted((a, b) => b - a));
  const keys = [...found, ...others].map(({ passage, start, end }) => `${passage} ${start} ${end}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(others.map(({ passage, start, end }) => passages[passage]?.slice(start, end))).toContain("28");
});

test("A span goes over no border of a table's cell and of a paragraph", () => {
  // From the first word to the last one has the most, and would go over the border.
  for (const [text, starts, ends, wanted] of [
    ["40 | 45 minutes", [9, 0, 6, 0], [5, 0, 0, 9], "45 minutes"],
    ["noon.\n\nLunch is long", [9, 0, 5, 0, 0], [0, 6, 0, 0, 9], "noon."],
    ["| 45 |", [9, 4, 0], [9, 4, 0], "45"],
  ] as const) {
    const [one] = readerTexts(pieces, "When?", [text]);
    if (one === undefined) throw new Error("A passage has a text.");
    const head = Array.from({ length: one.secondFrom }, () => 0);
    const logits = {
      start: Float32Array.of(...head, ...starts, 0),
      end: Float32Array.of(...head, ...ends, 0),
      none: 0,
    };
    const [best] = spansOf([text], [one], [logits], { scale: 1, bias: 0 }).spans;
    expect(text.slice(best?.start, best?.end)).toBe(wanted);
  }
});

test("A span neither begins nor ends within a word, nor before it begins", () => {
  const cut = { tokens: [101, 1, 102, 7, 8, 102], secondFrom: 3, passage: 0, starts: [0, 2], ends: [2, 9] };
  const { spans, others } = spansOf(
    ["unhelpful"],
    [cut],
    [{ start: Float32Array.of(0, 0, 0, 1, 9, 0), end: Float32Array.of(0, 0, 0, 9, 1, 0), none: 0 }],
    { scale: 1, bias: 0 },
  );
  expect([...spans, ...others].map(({ start, end }) => [start, end])).toEqual([[0, 9]]);
});
