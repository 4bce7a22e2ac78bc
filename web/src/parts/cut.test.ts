import { expect, test } from "vitest";
import { cellsOf, cutText, windowOf } from "./cut.ts";

const text = "# Leave\n\nUp to five days move. They lapse.\n\n| Site | Days |\n| --- | --- |\n| Leeds | 25 |\n";

test("nothing of a block is lost, and a mark that spans blocks is in each of them", () => {
  const start = text.indexOf("They");
  const end = text.indexOf("| ---");
  const blocks = cutText(text, [{ start, end, kind: "quote" }]);
  expect(blocks.map(({ kind }) => kind)).toEqual(["heading", "text", "table"]);
  for (const block of blocks) {
    expect(block.pieces.map((piece) => piece.text).join("")).toBe(text.slice(block.start, block.end));
  }
  const marked = blocks.flatMap(({ pieces }) => pieces.filter((piece) => piece.marks.length > 0));
  expect(marked.map((piece) => piece.text)).toEqual(["They lapse.", "| Site | Days |\n"]);
});

test("offsets are UTF-16 code units, also behind an emoji", () => {
  const [block] = cutText("😀 Kraków pays.", [{ start: 3, end: 9, kind: "quote" }]);
  expect(block?.pieces.map((piece) => piece.text)).toEqual(["😀 ", "Kraków", " pays."]);
});

test("a table's cells joined are the table", () => {
  const table = cutText(text, []).find(({ kind }) => kind === "table");
  if (!table) return expect.fail("there is a table");
  const rows = cellsOf(table);
  expect(rows.map((row) => row.length)).toEqual([4, 4, 4]);
  expect(
    rows
      .flat(2)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text.slice(table.start, table.end));
});

test("a long text is drawn around a place, from a line's beginning to a line's end", () => {
  const long = "a line of the text\n".repeat(1000);
  const window = windowOf(long, 9000, 2000);
  expect(window.start).toBeLessThan(9000);
  expect(window.end).toBeGreaterThan(9000);
  expect(long[window.start - 1]).toBe("\n");
  expect(long[window.end - 1]).toBe("\n");
  expect(windowOf("short", 2, 2000)).toEqual({ start: 0, end: 5 });
});
