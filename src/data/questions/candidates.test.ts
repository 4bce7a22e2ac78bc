import { expect, test } from "vitest";
import { candidatesIn } from "./candidates.ts";

const words = (statement: string) => candidatesIn(statement).map(({ start, end }) => statement.slice(start, end));

test("quantities, dates and names come first, and what a word points at after them", () => {
  expect(words("Up to five unused days move into the next leave year automatically.")[0]).toBe("five unused days");
  expect(words("The leave year runs from 1 April to 31 March.")).toEqual(["1 April", "31 March"]);
  expect(words("Candidates' fares are refunded up to £120 or €140 by Finance.").slice(0, 2)).toEqual(["£120", "€140"]);
  expect(words("Ask four weeks ahead: then the People Team checks tax.")).toContain("People Team");
});

test("of a table's row the cells but the first", () => {
  expect(words("| Finance | 2 | Tuesday | 6 |")).toEqual(["2", "Tuesday", "6"]);
});

test("what is no answer is none: bare small words, all of a statement, nothing", () => {
  expect(words("Those trips are excluded.")).toEqual([]);
  expect(words("Twelve weeks")).toEqual([]);
  expect(words("")).toEqual([]);
});

test("no answer lies inside another", () => {
  const statement = "Send it to the People Team in Leeds within three working days of 5 May 2024, by post.";
  const found = candidatesIn(statement).toSorted((a, b) => a.start - b.start);
  expect(found.length).toBeGreaterThan(2);
  for (const [at, { start }] of found.entries()) expect(start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0);
});
