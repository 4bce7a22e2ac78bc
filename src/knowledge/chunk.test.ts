import { describe, expect, it } from "vitest";
import { type CountTokens, chunk } from "./chunk.ts";
import { loadDocument } from "./load/index.ts";
import { checkBlocks } from "./load/loader-check.ts";

/** Counts as a word-piece model would, roughly: two framing tokens, and a piece for every five letters or mark. */
const count: CountTokens = async (texts) =>
  texts.map((text) => 2 + (text.match(/[\p{L}\p{N}]{1,5}|[^\s\p{L}\p{N}]/gu)?.length ?? 0));

const signal = new AbortController().signal;
const load = (text: string, path = "a.md") => loadDocument(new TextEncoder().encode(text), { path, signal });

/** A small repeatable generator (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function randomMarkdown(seed: number): string {
  const next = random(seed);
  const upTo = (n: number) => Math.floor(next() * n);
  const words = [
    "leave",
    "Mr. Smith",
    "e.g.",
    "pay",
    "über",
    "3.5",
    "the",
    "of",
    "期間",
    "a|b",
    "🙂",
    "No. 4",
    "x".repeat(90),
  ];
  const sentence = () =>
    `${Array.from({ length: 1 + upTo(25) }, () => words[upTo(words.length)]).join(" ")}${[".", "?", "!", ""][upTo(4)]}`;
  const paragraph = () => Array.from({ length: 1 + upTo(6) }, sentence).join(next() < 0.3 ? "\n" : " ");
  const cell = () => sentence().replaceAll("|", "/").slice(0, 30).trim() || "c";
  const parts = Array.from({ length: upTo(14) }, () => {
    const kind = upTo(8);
    if (kind === 0) return `${"#".repeat(1 + upTo(4))} ${sentence().slice(0, 40).trim()}`;
    if (kind === 1) return Array.from({ length: 1 + upTo(8) }, () => `- ${sentence()}`).join("\n");
    if (kind === 2) return `\`\`\`js\n${Array.from({ length: upTo(20) }, sentence).join("\n")}\n\`\`\``;
    if (kind === 3)
      return [
        "| a | b |",
        "| --- | --- |",
        ...Array.from({ length: upTo(15) }, () => `| ${cell()} | ${cell()} |`),
      ].join("\n");
    if (kind === 4) return `> ${sentence()}`;
    if (kind === 5) return "<!-- nothing -->";
    return paragraph();
  });
  return parts.join("\n\n");
}

describe("chunks of random documents", () => {
  const seeds = Array.from({ length: 120 }, (_, index) => index + 1);

  it("hold every character of content in exactly one chunk, in order, as slices of the text, within the budget", async () => {
    for (const seed of seeds) {
      const text = randomMarkdown(seed);
      if (text.replace(/<!--.*?-->/g, "").trim() === "") continue;
      const document = await load(text).catch(() => null);
      if (document === null) continue;
      expect(checkBlocks(document), `seed ${seed}`).toEqual([]);
      const budget = 12 + (seed % 60);
      const chunks = await chunk(document, { budget, overlap: 0, count });
      let end = 0;
      for (const piece of chunks) {
        expect(piece.text, `seed ${seed}`).toBe(document.text.slice(piece.start, piece.end));
        expect(piece.text.trim(), `seed ${seed}`).toBe(piece.text);
        expect(piece.start, `seed ${seed}`).toBeGreaterThanOrEqual(end);
        expect(piece.tokens, `seed ${seed}: ${piece.text}`).toBeLessThanOrEqual(Math.max(budget, 20));
        end = piece.end;
      }
      const held = new Set<number>();
      for (const piece of chunks) for (let at = piece.start; at < piece.end; at++) held.add(at);
      for (const block of document.blocks.filter(({ kind }) => kind !== "heading")) {
        const lost = [...document.text.slice(block.start, block.end).matchAll(/\S/g)].filter(
          (match) => !held.has(block.start + match.index),
        );
        expect(lost.length, `seed ${seed}: ${block.kind}`).toBe(0);
      }
    }
  });

  it("never cross a heading", async () => {
    for (const seed of seeds) {
      const document = await load(randomMarkdown(seed)).catch(() => null);
      if (document === null) continue;
      const chunks = await chunk(document, { budget: 40, overlap: 0, count });
      for (const heading of document.blocks.filter((block) => block.kind === "heading")) {
        expect(chunks.some((piece) => piece.start < heading.start && piece.end > heading.end)).toBe(false);
      }
    }
  });
});

describe("chunk", () => {
  it("gives each chunk the document's title and the headings above it", async () => {
    const document = await load(
      "# Leave\n\nIntro here.\n\n## Annual\n\nYou get days.\n\n### Buying\n\nUp to five.\n\n## Sick\n\nCall in.",
    );
    const chunks = await chunk(document, { budget: 100, overlap: 0, count });
    expect(chunks.map((piece) => piece.titlePath.join(" › "))).toEqual([
      "Leave",
      "Leave › Annual",
      "Leave › Annual › Buying",
      "Leave › Sick",
    ]);
  });

  it("names the header row for a chunk that begins inside a table", async () => {
    const rows = Array.from({ length: 12 }, (_, index) => `| Grade ${index} | ${index * 100} euro |`);
    const document = await load(`# Pay\n\n| Grade | Salary |\n| --- | --- |\n${rows.join("\n")}`);
    const chunks = await chunk(document, { budget: 40, overlap: 0, count });
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks[0]?.tableHeader).toBeNull();
    for (const piece of chunks.slice(1)) expect(piece.tableHeader).toBe("| Grade | Salary |");
  });

  it("keeps a code block whole where it fits", async () => {
    const code = "```js\nconst a = 1;\nconst b = 2;\n```";
    const document = await load(`${"Some words here to fill it. ".repeat(4)}\n\n${code}`);
    const chunks = await chunk(document, { budget: 40, overlap: 0, count });
    expect(chunks.some((piece) => piece.text.includes(code))).toBe(true);
  });

  it("repeats whole sentences of the chunk before when an overlap is asked for", async () => {
    const document = await load(
      "One is the first sentence. Two is the second sentence. Three is the third sentence. Four is the last one.",
    );
    const chunks = await chunk(document, { budget: 18, overlap: 8, count });
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks[1]?.start).toBeLessThan(chunks[0]?.end ?? 0);
    expect(chunks[1]?.text).toMatch(/^[A-Z]/);
  });

  it("divides a sentence that alone exceeds the budget, and a word that does", async () => {
    const document = await load(`${"word ".repeat(100)}${"x".repeat(400)}`);
    const chunks = await chunk(document, { budget: 20, overlap: 0, count });
    expect(chunks.every((piece) => piece.tokens <= 20)).toBe(true);
    expect(chunks.map((piece) => piece.text.replace(/\s/g, "")).join("")).toBe(document.text.replace(/\s/g, ""));
  });
});
