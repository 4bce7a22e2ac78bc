import { expect, test } from "vitest";
import type { StoredChunk } from "#knowledge";
import { sourcesIn } from "./sources.ts";

const text = "Keys are lent for a day. Whoever loses one tells the warden at the gate within an hour. It costs £9.";

function chunk(start: number, end: number, statements: [number, number][]): StoredChunk {
  return {
    id: `c${start}`,
    documentId: "d",
    ordinal: start,
    start,
    end,
    text: text.slice(start, end),
    titlePath: ["Handbook", "Keys"],
    tokens: 1,
    tableHeader: null,
    statements: statements.map(([from, to]) => ({ start: from, end: to, words: text.slice(from, to) })),
    path: "keys.md",
    language: "en",
  };
}

test("chunks that were cut between sentences are their own passages", () => {
  const second = text.indexOf("Whoever");
  const [first, last] = sourcesIn([chunk(0, second - 1, [[0, second - 1]]), chunk(second, text.length, [])], text);
  expect(first).toMatchObject({ text: "Keys are lent for a day.", title: "Handbook › Keys" });
  expect(first?.statements).toHaveLength(1);
  expect(last?.text.startsWith("Whoever")).toBe(true);
});

test("a sentence that no chunk holds whole is one statement of the passage that it begins in", () => {
  const from = text.indexOf("Whoever");
  const cut = text.indexOf("at the gate");
  const to = text.indexOf("It costs") - 1;
  const [first, second] = sourcesIn(
    [
      chunk(0, cut - 1, [
        [0, from - 1],
        [from, cut - 1],
      ]),
      chunk(cut, text.length, [
        [cut, to],
        [to + 1, text.length],
      ]),
    ],
    text,
  );
  expect(first?.statements.map(({ words }) => words)).toEqual([
    "Keys are lent for a day.",
    "Whoever loses one tells the warden at the gate within an hour.",
  ]);
  expect(first?.text.endsWith("within an hour.")).toBe(true);
  expect(second?.statements.map(({ words }) => words)).toEqual(["It costs £9."]);
});

test.each([
  ["Genghis Khan", "In that year Genghis Khan crossed the river.", []],
  ["Warsaw", "Trains to Warsaw leave at noon.", []],
  ["USS Atlanta ( 1861 )", "There the crew of Atlanta left her.", []],
  ["There 's Got to Be a Way", "It was called Got to Be, or Way, by some.", null],
  ["Yuan dynasty", "Under the Yuan all was one; later the Yuan fell.", []],
  ["Gambia women 's team", "Football in Gambia is young.", []],
  ["Plain ray", "The plain ray is a species of fish.", ["plain", "ray"]],
  ["Private school", "It is a private one; some call it Private.", null],
  ["Expenses", "Expenses are paid, as *Expenses* says.", null],
  ["Annual leave", "See the page on Annual leave.", null],
  ["", "Nothing is above.", null],
])("a document with the title %s is about something named: %s", (title, said, named) => {
  const one = { ...chunk(0, said.length, [[0, said.length]]), text: said, titlePath: title === "" ? [] : [title] };
  expect(sourcesIn([one], said)[0]?.named).toEqual(named);
});
