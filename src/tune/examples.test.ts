import { expect, test } from "vitest";
import type { Message } from "#schema";
import { checkSplits, sequencesOf, type Tokens } from "./examples.ts";

/** One token for each character: how long texts are is all that is asked here. */
const tokens: Tokens = {
  prompt: (messages) => messages.flatMap(({ content }) => [...content].map((_, at) => at)),
  answer: (text) => [...text, "end"].map((_, at) => at),
};
const limits = { tokens, maxTokens: 40, contextTokens: 100 };
const message = (role: Message["role"], content: string): Message => ({ role, content });
const good = { messages: [message("system", "Be brief."), message("user", "Why?"), message("assistant", "So.")] };

test("The prompt is read and the answer with its end is learnt", () => {
  const [sequence] = sequencesOf([good], limits);
  expect(sequence).toMatchObject({ trainedFrom: 13, tokens: { length: 17 } });
});

test.each([
  ["an empty set", [], "dataset-empty", /no example/],
  ["no message", [{ messages: [] }], "example-malformed", /Example 1 has no message/],
  [
    "no answer",
    [good, { messages: [message("user", "Why?")] }],
    "example-malformed",
    /Example 2 ends with a user message/,
  ],
  [
    "an empty answer",
    [{ messages: [message("user", "Why?"), message("assistant", " ")] }],
    "example-malformed",
    /empty answer/,
  ],
  [
    "no question",
    [{ messages: [message("system", "Hm."), message("assistant", "So.")] }],
    "example-malformed",
    /no user message/,
  ],
  [
    "a late system message",
    [{ messages: [message("user", "Why?"), message("system", "Hm."), message("assistant", "So.")] }],
    "example-malformed",
    /system message at place 2/,
  ],
  [
    "two questions in a row",
    [{ messages: [message("user", "Why?"), message("user", "Well?"), message("assistant", "So.")] }],
    "example-malformed",
    /roles out of order/,
  ],
  [
    "too long",
    [{ messages: [message("user", "Why?"), message("assistant", "So. ".repeat(20))] }],
    "example-too-long",
    /^1 of 1 examples have more than 40 tokens; the longest has 85 and ends "/,
  ],
] as const)("%s is refused, with the example and what to do", (_, examples, code, said) => {
  const read = () => sequencesOf(examples, limits);
  expect(read).toThrow(expect.objectContaining({ code, hint: expect.stringMatching(/./) }));
  expect(read).toThrow(said);
});

test("The same example for training and for validation is refused with both places", () => {
  const other = { messages: [message("user", "How?"), message("assistant", "So.")] };
  checkSplits([other], [good]);
  expect(() => checkSplits([other, good], [good])).toThrow("Validation example 1 is training example 2.");
});
