import { mkdtemp, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pageOf, pdfOf } from "../../../tests/pdf.ts";
import { loaders, readDocument } from "./index.ts";
import { checkBlocks, load, shown } from "./loader-check.ts";

describe("Markdown", () => {
  it("keeps the file's own text and offsets, byte order mark and CRLF aside", async () => {
    const document = await load("\uFEFF---\ntitle: The manual\n---\r\n# Leave\r\n\r\nYou get *five* days.\r\n", "a.md");
    expect(document.text).toBe("---\ntitle: The manual\n---\n# Leave\n\nYou get *five* days.\n");
    expect(document.title).toBe("The manual");
    expect(shown(document)).toEqual(["heading: # Leave", "paragraph: You get *five* days."]);
    expect(checkBlocks(document)).toEqual([]);
  });

  it("tells headers from rows of a table, items from paragraphs, and leaves comments out", async () => {
    const document = await load(
      "# T\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n- one\n- two\n  - deep\n\n<!-- secret -->\n\n```js\nx\n```\n",
      "a.md",
    );
    expect(shown(document)).toEqual([
      "heading: # T",
      "table-header: | A | B |\n| --- | --- |",
      "table-row: | 1 | 2 |",
      "list-item: one",
      "list-item: two",
      "list-item: deep",
      "code: ```js\nx\n```",
    ]);
    expect(checkBlocks(document)).toEqual([]);
  });

  it("takes its title from the first heading without its marks, else from the file's name", async () => {
    expect((await load("# The **big** [plan](x)\n\nText.", "a.md")).title).toBe("The big plan");
    expect((await load("Text.", "annual-leave_rules.md")).title).toBe("annual leave rules");
  });
});

describe("text", () => {
  it("parts paragraphs at blank lines and takes a short first line as title", async () => {
    const document = await load("Rules\n\nFirst one.\nGoes on.\n\n1. item\n2. item", "r.txt");
    expect(document.title).toBe("Rules");
    expect(checkBlocks(document, document.text)).toEqual([]);
    expect(checkBlocks({ ...document, blocks: document.blocks.slice(0, -1) }, document.text)).toEqual([
      '"2" is in the file and in no block',
      '"item" is in the file and in no block',
    ]);
    expect(shown(document)).toEqual([
      "heading: Rules",
      "paragraph: First one.\nGoes on.",
      "list-item: 1. item",
      "list-item: 2. item",
    ]);
  });

  it("takes lines of cells as a table", async () => {
    const document = await load("Pay | monthly\n\nSee:\n| A | B |\n|---|---|\n| 1 | 2 |\nAnd so on.", "r.txt");
    expect(shown(document)).toEqual([
      "table-row: Pay | monthly",
      "paragraph: See:",
      "table-header: | A | B |\n|---|---|",
      "table-row: | 1 | 2 |",
      "paragraph: And so on.",
    ]);
  });

  it("reads UTF-16 by its mark, and Windows-1252 with a note", async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Grüße an alle.", "utf16le")]);
    expect((await load(utf16, "a.txt")).text).toBe("Grüße an alle.");
    const latin = await load(Buffer.from("Grüße an alle.", "latin1"), "a.txt");
    expect(latin.text).toBe("Grüße an alle.");
    expect(latin.notes).toHaveLength(1);
  });
});

describe("HTML", () => {
  it("gives the words of the main part; scripts, styles, navigation and forms are gone", async () => {
    const document = await load(
      `<!doctype html><html><head><title>Pay</title><style>p{}</style></head><body><nav><a href=/>Home</a></nav>
      <script>alert("x")</script><h1>Pay day</h1><p>Paid on the <b>25th</b> &amp; never&nbsp;late. &lt;script&gt;</p>
      <ul><li>one</li><li>two</li></ul><table><tr><th>Grade</th><th>Pay</th></tr><tr><td>A</td><td>1</td></tr></table>
      <pre>x = 1\ny = 2</pre><footer>imprint</footer></body></html>`,
      "a.html",
    );
    expect(document.title).toBe("Pay");
    expect(shown(document)).toEqual([
      "heading: Pay day",
      "paragraph: Paid on the 25th & never late. <script>",
      "list-item: one",
      "list-item: two",
      "table-header: Grade | Pay",
      "table-row: A | 1",
      "code: x = 1\ny = 2",
    ]);
    expect(checkBlocks(document)).toEqual([]);
    expect(document.text).not.toMatch(/alert|imprint|Home/);
  });

  it("writes items and rows on lines of their own", async () => {
    const source =
      "<ul><li>Dogs are allowed<li>Cats <p>are not</p><ol><li>unless asleep</ol></ul><table><tr><th>A<th>B<tr><td>1|2<td>3</table>";
    const document = await load(source, "a.html");
    expect(document.text).toBe("Dogs are allowed\nCats\nare not\nunless asleep\n\nA | B\n1\\|2 | 3");
    expect(checkBlocks(document, source.replace(/<.*?>/g, " "))).toEqual([]);
  });

  it("reads broken and bare markup", async () => {
    expect((await load("<p>One<p>Two <b>three", "a.html")).text).toContain("Two three");
    expect((await load("just words", "a.html")).text).toBe("just words");
  });
});

describe("PDF", () => {
  it("is read page by page, with headings by size and words hyphenated at line ends joined", async () => {
    const document = await load(
      pdfOf([
        [
          { size: 20, x: 72, y: 720, words: "Annual leave" },
          { size: 11, x: 72, y: 690, words: "Everybody has twenty-five days. The allow-" },
          { size: 11, x: 72, y: 676, words: "ance starts in April." },
          { size: 11, x: 72, y: 640, words: "A second paragraph." },
        ],
        [
          { size: 11, x: 72, y: 720, words: "On page two." },
          { size: 11, x: 72, y: 700, words: "Grade" },
          { size: 11, x: 200, y: 700, words: "Pay" },
          { size: 11, x: 72, y: 686, words: "Clerk" },
          { size: 11, x: 200, y: 686, words: "30,000 euro" },
        ],
      ]),
      "leave.pdf",
    );
    expect(document.pages).toBe(2);
    expect(document.title).toBe("Annual leave");
    expect(shown(document).filter((line) => !line.startsWith("page"))).toEqual([
      "heading: Annual leave",
      "paragraph: Everybody has twenty-five days. The allowance starts in April.",
      "paragraph: A second paragraph.",
      "paragraph: On page two.",
      "table-header: Grade | Pay",
      "table-row: Clerk | 30,000 euro",
    ]);
    expect(document.blocks.filter((block) => block.kind === "page")).toHaveLength(2);
    expect(checkBlocks(document)).toEqual([]);
  });

  it("with pages that are pictures says which", async () => {
    const page = pageOf(["Leave", "Five days move on."]);
    const one = await load(pdfOf([page, "picture", page]), "a.pdf");
    expect(one).toMatchObject({
      pages: 3,
      pagesWithoutText: [2],
      notes: ["Page 2 of 3 has no text (a picture?) and was left out."],
    });
    const many = await load(pdfOf([page, ...Array(7).fill("picture")]), "a.pdf");
    expect(many.pagesWithoutText).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(many.notes).toEqual(["7 of 8 pages have no text (pictures?) and were left out: 2, 3, 4, 5, 6 and others."]);
  });

  it("without a text layer is refused as scanned", async () => {
    await expect(load(pdfOf(["picture"]), "scan.pdf")).rejects.toMatchObject({ code: "document-scanned" });
  });

  it("that is damaged or encrypted is refused as unreadable", async () => {
    await expect(load("%PDF-1.4 nonsense", "a.pdf")).rejects.toMatchObject({ code: "document-unreadable" });
    await expect(load(pdfOf([[]], locked), "a.pdf")).rejects.toMatchObject({
      code: "document-unreadable",
      message: expect.stringContaining("encrypted"),
    });
  });
});

describe("a document that cannot be used", () => {
  it("is refused with a code: empty, blank, binary, of an unknown format", async () => {
    await expect(load("", "a.md")).rejects.toMatchObject({ code: "document-empty" });
    await expect(load(" \n\t\n", "a.txt")).rejects.toMatchObject({ code: "document-empty" });
    await expect(load("<!-- nothing -->", "a.md")).rejects.toMatchObject({ code: "document-empty" });
    await expect(load(new Uint8Array([65, 0, 66]), "a.txt")).rejects.toMatchObject({ code: "document-binary" });
    await expect(load(crypto.getRandomValues(new Uint8Array(4096)), "a.md")).rejects.toMatchObject({
      code: "document-binary",
    });
    await expect(load(new Uint8Array([65, 0, 66]), "a.txt")).rejects.toMatchObject({
      hint: expect.stringContaining(loaders.flatMap((loader) => loader.extensions).join(" ")),
    });
    await expect(load("x", "a.xyz")).rejects.toMatchObject({ code: "document-unsupported" });
  });

  it("of 100 MB is refused by its size, before it is read", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "pawl-load-")), "big.txt");
    await writeFile(file, "x");
    await truncate(file, 100 * 1024 * 1024); // sparse: takes no disk
    const startMs = performance.now();
    await expect(readDocument(file, "big.txt")).rejects.toMatchObject({ code: "document-too-large" });
    expect(performance.now() - startMs).toBeLessThan(100);
    await expect(readDocument(`${file}.no.txt`, "no.txt")).rejects.toMatchObject({ code: "document-unreadable" });
  });
});

const zeros = "00".repeat(32);
const locked = `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${zeros}> /U <${zeros}> /P -4 >> /ID [<00> <00>]`;
