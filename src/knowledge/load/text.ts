import type { Range } from "#schema";
import { isTableRow, linesIn } from "../sentences.ts";
import { decodeText } from "./decode.ts";
import { type Block, type Loader, titleFromPath } from "./loader.ts";

/** Plain text: paragraphs are separated by blank lines; a short first line on its own is the title. */
export const text: Loader = {
  extensions: [".txt", ".text"],
  mediaTypes: ["text/plain"],
  async load(bytes, { path }) {
    const { text, notes } = decodeText(bytes, path);
    const blocks = paragraphs(text);
    const first = blocks[0];
    const line = first === undefined ? "" : text.slice(first.start, first.end);
    if (
      first === undefined ||
      blocks.length < 2 ||
      line.length > 100 ||
      line.includes("\n") ||
      isTableRow(line) ||
      /[.!?:;,]$/.test(line)
    ) {
      return { title: titleFromPath(path), text, blocks, notes };
    }
    blocks[0] = { kind: "heading", level: 1, title: line, start: first.start, end: first.end };
    return { title: line, text, blocks, notes };
  },
};

/**
 * Runs of lines between blank lines; a line that begins with a bullet or a number is an item of its own, and a line of
 * cells (`a | b`) a table's row, the first of several being their header, with the dashes below it.
 */
export function paragraphs(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = linesIn(text, { start: 0, end: text.length });
  const isRow = (line: Range | undefined) => line !== undefined && isTableRow(text.slice(line.start, line.end));
  let isOpen = false;
  for (const [index, { start, end }] of lines.entries()) {
    const open = isOpen ? blocks.at(-1) : undefined;
    const line = text.slice(start, end);
    const row = isTableRow(line);
    const item = /^(?:[-*+•‣]|\d{1,3}[.)])\s+\S/.test(line);
    const inTable = open?.kind === "table-header" || open?.kind === "table-row";
    isOpen = line !== "";
    if (!isOpen) continue;
    if (open?.kind === "table-header" && /^[|:\s-]+$/.test(line)) open.end = end;
    else if (open === undefined || row || item || inTable) {
      const isHeader = row && !inTable && isRow(lines[index + 1]);
      const kind = isHeader ? "table-header" : row ? "table-row" : item ? "list-item" : "paragraph";
      blocks.push({ kind, start, end });
    } else open.end = end;
  }
  return blocks;
}
