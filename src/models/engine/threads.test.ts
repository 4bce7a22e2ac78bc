import { expect, test } from "vitest";
import { PromptThreads } from "./threads.ts";

const shared = { threads: 2, ms: 900, cpuMs: 1300 };
const alone = { threads: 2, ms: 300, cpuMs: 590 };

test("All cores are used while nobody else uses them", () => {
  const threads = new PromptThreads(2, 1);
  expect(threads.choose(0)).toBe(2);
  threads.record({ ...alone, nowMs: 1 });
  expect(threads.choose(2)).toBe(2);
  expect(threads.choose(2, 9)).toBe(1);
});

test("On cores that others use few threads are used, and all are tried again after a pause that doubles", () => {
  const threads = new PromptThreads(2, 1);
  threads.record({ ...shared, nowMs: 0 });
  expect(threads.choose(29_000)).toBe(1);
  threads.record({ threads: 1, ms: 500, cpuMs: 500, nowMs: 29_500 });
  expect(threads.choose(30_000)).toBe(2);
  threads.record({ ...shared, nowMs: 30_000 });
  expect(threads.choose(80_000)).toBe(1);
  expect(threads.choose(90_000)).toBe(2);
  threads.record({ ...alone, nowMs: 90_000 });
  expect(threads.choose(90_001)).toBe(2);
});
