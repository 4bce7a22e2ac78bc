import { expect, test } from "vitest";
import { PromptThreads } from "./threads.ts";

test("All cores are used while they are quicker", () => {
  const threads = new PromptThreads(2, 1);
  expect(threads.choose(0)).toBe(1);
  threads.record(1, 64, 200, 0);
  expect(threads.choose(1)).toBe(2);
  threads.record(2, 64, 110, 1);
  expect(threads.choose(2)).toBe(2);
  expect(threads.choose(2, 9)).toBe(1);
});

test("On busy cores few are used, and all are tried again after a pause that doubles", () => {
  const threads = new PromptThreads(2, 1);
  threads.record(1, 64, 200, 0);
  threads.record(2, 64, 900, 0);
  expect(threads.choose(29_000)).toBe(1);
  expect(threads.choose(30_000)).toBe(2);
  threads.record(2, 64, 900, 30_000);
  expect(threads.choose(80_000)).toBe(1);
  expect(threads.choose(90_000)).toBe(2);
  threads.record(2, 64, 100, 90_000);
  expect(threads.choose(90_001)).toBe(2);
});
