import { describe, expect, it } from "vitest";
import { cellsOf, statementsOf, statementsOfText, unitsOf } from "./evidence.ts";
import type { Block } from "./load/loader.ts";

/** A document of blocks, each a line of the text. */
function document(...parts: [kind: Exclude<Block["kind"], "heading" | "page">, words: string][]) {
  let text = "";
  const blocks = parts.map(([kind, words]): Block => {
    const start = text === "" ? 0 : text.length + 1;
    text += `${text === "" ? "" : "\n"}${words}`;
    return { kind, start, end: text.length };
  });
  return { text, blocks };
}

function words(given: ReturnType<typeof document>, range = { start: 0, end: given.text.length }): string[] {
  const units = [...unitsOf(given).values()].flat();
  return statementsOf(given.text, units, range).map((statement) => statement.words);
}

describe("statements of a document", () => {
  it("follow its blocks: items without bullets stay apart, and bars make no row of a paragraph", () => {
    const given = document(
      ["paragraph", "Bring a dog | or two. Not a cat."],
      ["list-item", "stay late"],
      ["list-item", "- come **early**"],
      ["list-item", "1. [x] leave"],
    );
    expect(words(given)).toEqual(["Bring a dog | or two.", "Not a cat.", "stay late", "come early", "leave"]);
  });

  it("name a row's cells by the header above it; rows without one have none", () => {
    const given = document(
      ["table-header", "| A | B |"],
      ["table-row", "| 1 | 2 |"],
      ["paragraph", "Between."],
      ["table-row", "| x \\| y | z |"],
      ["table-row", "| 3 | |"],
    );
    expect(words(given)).toEqual(["A: 1; B: 2", "Between.", "x | y · z", "3"]);
    expect(cellsOf("| a \\| b | c |")).toEqual(["a | b", "c"]);
  });

  it("are lines of code without its fences", () => {
    expect(words(document(["code", "```js\nconst a = 1;\n\n  b();\n```"]))).toEqual(["const a = 1;", "b();"]);
    expect(words(document(["code", "a\nb"]))).toEqual(["a", "b"]);
  });

  it("are cut where a chunk is cut", () => {
    const given = document(
      ["paragraph", "One two three. Four five six."],
      ["table-header", "a | b"],
      ["table-row", "c | d"],
    );
    expect(words(given, { start: 4, end: 24 })).toEqual(["two three.", "Four five"]);
    expect(words(given, { start: given.text.length - 1, end: given.text.length })).toEqual(["d"]);
  });
});

describe("statements of a text without structure", () => {
  it("are read by Markdown's marks", () => {
    expect(statementsOfText("# Pay\n\nPaid *late*. Or not.\n- item\n| 1 | 2 |").map((one) => one.words)).toEqual([
      "Paid late.",
      "Or not.",
      "item",
      "1 · 2",
    ]);
  });
});
