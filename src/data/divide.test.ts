import { expect, test } from "vitest";
import type { TuneLine } from "#schema";
import { dividedLines } from "./divide.ts";

const lines = Array.from(
  { length: 2000 },
  (_, at): TuneLine => ({
    passages: [`passage ${Math.floor(at / 7)}`],
    question: `question ${at}`,
    answer: "yes",
  }),
);

test("Lines over the same passages are all trained on, or all validate; few validate", () => {
  const { train, validation } = dividedLines(lines);
  expect([...train, ...validation].toSorted((a, b) => lines.indexOf(a) - lines.indexOf(b))).toEqual(lines);
  const trained = new Set(train.map(({ passages }) => passages[0]));
  expect(validation.filter(({ passages }) => trained.has(passages[0] ?? ""))).toEqual([]);
  expect(validation.length).toBeGreaterThan(40);
  expect(validation.length).toBeLessThan(60);
});

test("Four lines are enough for both, three are not", () => {
  const { train, validation } = dividedLines(lines.slice(0, 28).filter((_, at) => at % 7 === 0));
  expect([train.length, validation.length]).toEqual([3, 1]);
  expect(() => dividedLines(lines.slice(0, 3))).toThrow("too few to train on");
});
