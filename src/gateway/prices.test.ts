import { expect, test } from "vitest";
import { costOf, priceOf } from "./prices.ts";

const usage = { inputTokens: 1_000_000, cachedTokens: 400_000, outputTokens: 100_000 };

test("input, cached input and output are counted each at its price", () => {
  const price = priceOf("openai/gpt-5-mini");
  expect(price && costOf(price, usage)).toBeCloseTo(0.6 * 0.25 + 0.4 * 0.025 + 0.1 * 2, 12);
  expect(costOf({ input: 1, output: 2 }, usage)).toBeCloseTo(1.2, 12);
});

test("a dated name has the price of the name without its date", () => {
  expect(priceOf("anthropic/claude-haiku-4-5-20251001")).toEqual(priceOf("anthropic/claude-haiku-4-5"));
  expect(priceOf("openai/gpt-5-mini-2025-08-07")).toEqual(priceOf("openai/gpt-5-mini"));
});

test("a local model is free, an unknown one has no price, and the user's own price goes first", () => {
  expect(priceOf("local/smollm2-135m-instruct")).toMatchObject({ input: 0, output: 0 });
  expect(priceOf("lab/llama")).toBeNull();
  const own = { "lab/llama": { input: 1, output: 3 }, "openai/gpt-5": { input: 9, output: 9 } };
  expect(priceOf("lab/llama", own)).toEqual(own["lab/llama"]);
  expect(priceOf("openai/gpt-5", own)).toEqual(own["openai/gpt-5"]);
});
