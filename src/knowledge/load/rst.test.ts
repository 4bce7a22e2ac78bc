import { describe, expect, it } from "vitest";
import { checkBlocks, load as loadAs, shown } from "./loader-check.ts";

const load = (text: string, path = "a.rst") => loadAs(text, path);

/** The blocks of a document whose ranges are sound. */
async function blocksOf(text: string): Promise<string[]> {
  const document = await load(text);
  expect(checkBlocks(document)).toEqual([]);
  return shown(document);
}

describe("reStructuredText: headings", () => {
  it("have the levels of their underlines' order, an overline being a style of its own", async () => {
    const document = await load(
      "\uFEFF=====\r\n Pay\r\n=====\r\n\r\nOne\r\n===\r\n\r\nText.\r\n\r\nDeep\r\n~~~~\r\n\r\nTwo\r\n===\r\n\r\n1. First\r\n~~~~~~~~\r\n\r\nEnd.\r\n",
    );
    expect(checkBlocks(document)).toEqual([]);
    expect(document.mediaType).toBe("text/x-rst");
    expect(document.title).toBe("Pay");
    expect(
      document.blocks.filter((block) => block.kind === "heading").map(({ level, title }) => [level, title]),
    ).toEqual([
      [1, "Pay"],
      [2, "One"],
      [3, "Deep"],
      [2, "Two"],
      [3, "1. First"],
    ]);
    expect(document.text).toBe("Pay\n\nOne\n\nText.\n\nDeep\n\nTwo\n\n1. First\n\nEnd.");
  });

  it("give the title without inline marks; without one it is the file's name", async () => {
    const marked = "The **big** ``plan`` of :ref:`leave <l>` and `us <http://x>`_ by |who|\n";
    expect((await load(`${marked}${"=".repeat(marked.length)}\n\nText.`)).title).toBe(
      "The big plan of leave and us by who",
    );
    expect((await load("Text.", "annual-leave_rules.rst")).title).toBe("annual leave rules");
  });

  it("are not transitions, nor lines with too short an underline", async () => {
    expect(await blocksOf("A long line\n--\n\n----------\n\nText.")).toEqual([
      "paragraph: A long line --",
      "paragraph: Text.",
    ]);
  });
});

describe("reStructuredText: lists", () => {
  it("keep their bullets and numbers; items lie in items", async () => {
    const document = await load(
      "Intro:\n\n- one\n  goes on\n- two\n\n  Second *paragraph*.\n\n  - deep\n\n1. first\n2. second\n\n(a) third\n\n#. auto\n",
    );
    expect(checkBlocks(document)).toEqual([]);
    expect(shown(document)).toEqual([
      "paragraph: Intro:",
      "list-item: - one goes on",
      "list-item: - two",
      "list-item: Second *paragraph*.",
      "list-item: - deep",
      "list-item: 1. first",
      "list-item: 2. second",
      "list-item: (a) third",
      "list-item: #. auto",
    ]);
    expect(document.text).toContain(
      "- one goes on\n- two\n\nSecond *paragraph*.\n\n  - deep\n1. first\n2. second\n(a)",
    );
  });

  it("are not paragraphs that begin like an item", async () => {
    expect(await blocksOf("A. Smith went\nhome.\n\n-x is an option.")).toEqual([
      "paragraph: A. Smith went home.",
      "paragraph: -x is an option.",
    ]);
  });

  it("of fields and definitions have the name before the words", async () => {
    expect(
      await blocksOf(
        ":orphan:\n:Author: Jane\n:Param x, y: The first.\n   Goes on.\n\nleave\n   Days off.\n\n   Paid.\n\n``:role:`` is text.",
      ),
    ).toEqual([
      "list-item: Author: Jane",
      "list-item: Param x, y: The first. Goes on.",
      "list-item: leave: Days off.",
      "list-item: Paid.",
      "paragraph: ``:role:`` is text.",
    ]);
    expect(await blocksOf("term\n  - one\n\nother\n  ::\n\n    x\n")).toEqual([
      "list-item: term:",
      "list-item: - one",
      "list-item: other:",
      "code: x",
    ]);
  });
});

describe("reStructuredText: literal blocks", () => {
  it("keep their lines; the colons before them become one, or go", async () => {
    expect(
      await blocksOf(
        "Run this::\n\n    if x:\n\n\ty = 1\n\nSo. ::\n\n  a\n\n::\n\n  b\n\nQuoted::\n\n> c\n> d\n\n>>> 1 + 1\n2",
      ),
    ).toEqual([
      "paragraph: Run this:",
      "code: if x:\n\n    y = 1",
      "paragraph: So.",
      "code: a",
      "code: b",
      "paragraph: Quoted:",
      "code: > c\n> d",
      "code: >>> 1 + 1\n2",
    ]);
  });

  it("belong to the item or directive they lie in", async () => {
    expect(
      await blocksOf("1. Do::\n\n     x\n\n2. Done\n\n.. code-block:: py\n   :linenos:\n\n   def f():\n       pass\n"),
    ).toEqual(["list-item: 1. Do:", "code: x", "list-item: 2. Done", "code: def f():\n    pass"]);
  });
});

describe("reStructuredText: tables", () => {
  it("simple ones have rows of several lines, joined columns, empty cells and wide characters", async () => {
    const document = await load(
      [
        "=====  =====  ======",
        "   Inputs     Output",
        "------------  ------",
        "  A      B    A or B",
        "=====  =====  ======",
        "one    x | y  first",
        "              line",
        "\\             empty",
        "",
        "期間   日     long last cell",
        "=====  =====  ======",
        "",
        "After.",
      ].join("\n"),
    );
    expect(checkBlocks(document)).toEqual([]);
    expect(shown(document)).toEqual([
      "table-header: | Inputs A | B | Output A or B |",
      "table-row: | one | x \\| y | first line |",
      "table-row: |  |  | empty |",
      "table-row: | 期間 | 日 | long last cell |",
      "paragraph: After.",
    ]);
    expect(document.text).toContain("A or B |\n| one");
  });

  it("simple ones without a header, and two that follow each other, stay apart", async () => {
    const table = "==  ==\na   b\nc   d\n==  ==\n\n";
    const document = await load(table + table);
    expect(shown(document)).toEqual(
      ["| a | b |", "| c | d |", "| a | b |", "| c | d |"].map((row) => `table-row: ${row}`),
    );
    expect(document.text).toBe("| a | b |\n| c | d |\n\n| a | b |\n| c | d |");
  });

  it("grid ones have cells that span rows and columns", async () => {
    const document = await load(
      [
        "+-------+-----------+",
        "| Grade | Pay,      |",
        "|       | monthly   |",
        "+=======+=====+=====+",
        "| A + B | 1   | 2 - |",
        "+-------+-----+-----+",
        "| tall  | joined    |",
        "| one   +-----+-----+",
        "| here  | 3   | 期間|",
        "+-------+-----+-----+",
      ].join("\n"),
    );
    expect(checkBlocks(document)).toEqual([]);
    expect(shown(document)).toEqual([
      "table-header: | Grade | Pay, monthly |  |",
      "table-row: | A + B | 1 | 2 - |",
      "table-row: | tall one here | joined |  |",
      "table-row: |  | 3 | 期間 |",
    ]);
  });

  it("that are broken are kept line by line", async () => {
    expect(
      await blocksOf("+---+\n| a\n\n+--+--+\n|long words|b\n\n==  ==\nacross it\n==  ==\n\n====  ====\nopen  table\n"),
    ).toEqual([
      "code: +---+\n| a",
      "code: +--+--+\n|long words|b",
      "code: ==  ==\nacross it\n==  ==",
      "paragraph: ====  ==== open  table",
    ]);
  });
});

describe("reStructuredText: directives", () => {
  it("keep their text, without their names and options", async () => {
    expect(
      await blocksOf(
        [
          ".. note:: Read *this*",
          "   first.",
          "",
          "   - an item",
          "",
          ".. warning::",
          "   :class: red",
          "",
          "   Hot.",
          "",
          ".. tip::",
          "   Straight below.",
          "",
          ".. admonition:: By the way",
          "",
          "   Said.",
          "",
          ".. figure:: a.png",
          "   :width: 10",
          "",
          "   A caption.",
          "",
          ".. py:function:: pay(month)",
          "   :noindex:",
          "",
          "   Pays.",
          "",
          "   :param month: From 1.",
          "",
          ".. deprecated:: 2.1 Use x.",
          "",
          ".. math:: a = b",
          "",
          ".. [1] A footnote.",
        ].join("\n"),
      ),
    ).toEqual([
      "paragraph: Read *this* first.",
      "list-item: - an item",
      "paragraph: Hot.",
      "paragraph: Straight below.",
      "paragraph: By the way",
      "paragraph: Said.",
      "paragraph: A caption.",
      "paragraph: pay(month)",
      "paragraph: Pays.",
      "list-item: param month: From 1.",
      "paragraph: Deprecated since version 2.1: Use x.",
      "code: a = b",
      "paragraph: [1] A footnote.",
    ]);
  });

  it("comments, targets, raw output and lists of files are no content; substitutions are put in", async () => {
    const document = await load(
      ".. A secret\n   comment\n\n.. _target: http://x\n\n.. |Co| replace:: Larkfield Ltd\n\n.. toctree::\n   :maxdepth: 1\n\n   intro\n\n.. raw:: html\n\n   <b>x</b>\n\n..\n\n   A quote.\n\n|co| pays | well |, |unknown| too.\n",
    );
    expect(shown(document)).toEqual(["paragraph: A quote.", "paragraph: Larkfield Ltd pays | well |, |unknown| too."]);
    await expect(load(".. nothing\n")).rejects.toMatchObject({ code: "document-empty" });
  });
});

describe("reStructuredText: any text", () => {
  const marks = [
    "- ",
    "1. ",
    "* ",
    "a) ",
    "::",
    "====",
    "----\n",
    ">>> ",
    "| ",
    "|",
    "`x`_",
    "期間",
    "\\",
    "\t",
    ":f: ",
  ];
  const pieces = ["word", "word ", "\n", "\n", "\n\n", "  ", "    ", ...marks, "+--+--+\n", "| a  | b |\n", "==  ==\n"];
  const hiding = ["..\n", ".. note:: ", ".. code:: ", ".. [1] ", "__ ", ":orphan: "];
  const wordsIn = (text: string) => text.match(/word/g)?.length ?? 0;

  it("gives sound ranges, however its pieces are mixed, and loses no word that nothing hides", async () => {
    let state = 7;
    const upTo = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 4000; round++) {
      const mixed = round % 2 === 0 ? pieces : [...pieces, ...hiding];
      const text = Array.from({ length: 1 + upTo(30) }, () => mixed[upTo(mixed.length)]).join("");
      const document = await load(text).catch((error: unknown) => {
        expect(error, JSON.stringify(text)).toMatchObject({ code: "document-empty" });
        return null;
      });
      if (document !== null) expect(checkBlocks(document), JSON.stringify(text)).toEqual([]);
      if (mixed === pieces) expect(wordsIn(document?.text ?? ""), JSON.stringify(text)).toBe(wordsIn(text));
    }
  });

  it("deeply nested or very long is read in time", async () => {
    expect(checkBlocks(await load(`${"- ".repeat(20_000)}x`))).toEqual([]);
    expect(checkBlocks(await load(Array.from({ length: 400 }, (_, at) => `${" ".repeat(at)}- x`).join("\n")))).toEqual(
      [],
    );
    expect((await load("A line of words.\n\n- item\n\n".repeat(20_000))).blocks).toHaveLength(40_000);
  });
});
