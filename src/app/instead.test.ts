import { describe, expect, test } from "vitest";
import { isReaderSurer, mayBeSurer, otherwiseRead } from "./instead.ts";

const tokens = (...logprobs: number[]) => logprobs.map((logprob) => ({ token: "a", logprob, top: [] }));
const found = { text: "three days", support: 0.9 };

describe("of a model that quotes and a reader, the surer one answers", () => {
  test.each([
    ["the model, where it is sure of each token", tokens(-0.01, -0.02), [found], false],
    [
      "the reader, where the model is not and it would not have thought of the model's words",
      tokens(-0.2, -0.2),
      [found],
      true,
    ],
    [
      "the model, where the reader holds its words for nearly as likely",
      tokens(-0.2, -0.2),
      [found, { text: "The five days.", support: 0.88 }],
      false,
    ],
    [
      "the reader, however near, where the model doubts much",
      tokens(-1, -0.2),
      [found, { text: "five days", support: 0.88 }],
      true,
    ],
    ["the model, where the reader doubts", tokens(-2, -2), [{ ...found, support: 0.6 }], false],
    ["the model, where it does not tell how sure it is", undefined, [found], false],
    ["the model, where the reader finds nothing", tokens(-2), [], false],
  ])("%s", (_, logprobs, held, isSurer) => {
    expect(isReaderSurer({ words: "five days", logprobs }, held)).toBe(isSurer);
  });

  test("the model, where both say the same", () => {
    expect(isReaderSurer({ words: "Three days.", logprobs: tokens(-3) }, [found])).toBe(false);
  });

  test("an abstention stands unless the reader is nearly certain", () => {
    const abstained = { words: null, logprobs: tokens(-0.5) };
    expect(isReaderSurer(abstained, [found])).toBe(true);
    expect(isReaderSurer(abstained, [{ ...found, support: 0.85 }])).toBe(false);
  });

  test("words wait only where they may be outdone", () => {
    const all = [0.1, 0.6, 0.7, 0.95].map((support) => mayBeSurer({ text: "x", support }));
    expect(all).toEqual([false, false, true, true]);
    expect(mayBeSurer(undefined)).toBe(false);
  });
});

test("a trace says what the reader finds where the answer shares no word with it", () => {
  const note = 'The reader finds "three days" in Leave (support 0.90).';
  expect(otherwiseRead("five weeks", found, "Leave")).toBe(note);
  expect(otherwiseRead(null, found, "Leave")).toBe(note);
  expect(otherwiseRead("three whole days", found, "Leave")).toBeNull();
  expect(otherwiseRead("five", { ...found, support: 0.4 }, "Leave")).toBe(
    "The reader finds no answer in the passages.",
  );
  expect(otherwiseRead(null, undefined, "")).toBeNull();
});
