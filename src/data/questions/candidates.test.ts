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

test.each([
  ["In all 14 staffers dedicated their time to it.", ["14 staffers"]],
  ["The law of 1996 recognises schools of their own.", ["1996"]],
  ["They saw a two-episode original of it at home.", []],
  ["A day more costs 1/260 of what is paid in a year.", []],
  ["Ring the line 0800 496 0133, which is open at night.", []],
  ["It learns by Reinforcement Learning from Human Feedback, as many do.", []],
  ["The sect was long suppressed by Francis I, they say.", ["Francis I"]],
  ["Only the N-71 / N-88 concurrency is part of it all.", []],
  ["RFC 3339 was agreed on by all of them in 2002.", ["2002"]],
  ["The Claude 3 family writes longer than those before it.", []],
  ["The Jackets were leading by 7 – 3 when the road N-88 was closed.", ["Jackets", "N-88"]],
  ["Vaclav played in his 1,000th game during the year.", []],
  ["I've been on hold for 2 hours trying to reach someone.", ["2 hours"]],
  ["The monitors had been ordered by Rear Admiral Samuel F. Du Pont himself.", ["Rear Admiral Samuel F. Du Pont"]],
  ["Tell Security at once when a badge is lost.", ["Security"]],
  ["Seeing Claude's thoughts helps you find what is unclear.", []],
  ["Up to ten paid keeping-in-touch days can be worked.", []],
  ["Employees hand originals to Finance by the last Friday of the month.", ["Finance", "Friday"]],
  ["The plan that was Larkfield's is now kept by nobody.", []],
])("answers end where the words for them end: %s", (statement, answers) => {
  const named = words(statement).filter((answer) => /[\p{Lu}\d]/u.test(answer));
  expect(named).toEqual(answers);
});

test.each([
  'data: {"type": "completion", "model": "claude-2.0", "stop": null} for 20 of them',
  "Google Sheets prompting tutorial\nA lighter weight version of our tutorial for 20 people.",
  "Tool Use & Function Calling With Jupyter Notebooks In 20 Steps",
  "API DocumentationEverything you need in 20 steps with the ConsoleEnjoy it all.",
])("code, data and headings run together are not asked about: %s", (statement) => {
  expect(candidatesIn(statement)).toEqual([]);
});

test("no answer lies inside another", () => {
  const statement = "Send it to the People Team in Leeds within three working days of 5 May 2024, by post.";
  const found = candidatesIn(statement).toSorted((a, b) => a.start - b.start);
  expect(found.length).toBeGreaterThan(2);
  for (const [at, { start }] of found.entries()) expect(start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0);
});
