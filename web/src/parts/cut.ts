import type { Range } from "../api.ts";

/** A range of a text that is drawn in its own way. Kinds may overlap; within one kind they do not have to. */
export type Mark = Range & { kind: "quote" | "even" | "odd"; label?: string };
export type Piece = Range & { text: string; marks: Mark[] };
export type TextBlock = Range & { kind: "heading" | "table" | "text"; pieces: Piece[] };

/**
 * A text in blocks (paragraphs, headings, tables), each cut where a mark begins or ends. Nothing is lost: the pieces'
 * texts and the blank lines between the blocks are the text. Offsets are UTF-16 code units, as everywhere in the API.
 */
export function cutText(text: string, marks: readonly Mark[], from = 0, to = text.length): TextBlock[] {
  const blocks: TextBlock[] = [];
  const gap = /\n(?:[^\S\n]*\n)+/g;
  gap.lastIndex = from;
  let start = from;
  const sorted = [...marks].sort((a, b) => a.start - b.start);
  const push = (end: number) => {
    if (text.slice(start, end).trim() !== "") blocks.push(blockOf(text, start, end, sorted));
  };
  for (let match = gap.exec(text); match && match.index < to; match = gap.exec(text)) {
    push(match.index);
    start = match.index + match[0].length;
  }
  if (start < to) push(to);
  return blocks;
}

function blockOf(text: string, start: number, end: number, sorted: readonly Mark[]): TextBlock {
  const here = sorted.filter((mark) => mark.start < end && mark.end > start);
  const edges = new Set([start, end]);
  for (const mark of here) {
    edges.add(Math.max(start, mark.start));
    edges.add(Math.min(end, mark.end));
  }
  const points = [...edges].sort((a, b) => a - b);
  const pieces = points.slice(0, -1).map((from, at): Piece => {
    const to = points[at + 1] ?? end;
    return {
      start: from,
      end: to,
      text: text.slice(from, to),
      marks: here.filter((mark) => mark.start <= from && mark.end >= to),
    };
  });
  const first = text.slice(start, start + 8);
  const kind = /^#{1,6}\s/.test(first) ? "heading" : /^\s*\|/.test(first) ? "table" : "text";
  return { start, end, kind, pieces };
}

/** A table block's rows and their cells; each cell keeps the bar that ends it, so that no character is lost. */
export function cellsOf(block: TextBlock): Piece[][][] {
  const rows: Piece[][][] = [[[]]];
  for (const piece of block.pieces) {
    let at = piece.start;
    for (const part of piece.text.split(/(?<=[|\n])/)) {
      const row = rows.at(-1);
      row?.at(-1)?.push({ start: at, end: at + part.length, text: part, marks: piece.marks });
      at += part.length;
      if (part.endsWith("\n")) rows.push([[]]);
      else if (part.endsWith("|")) row?.push([]);
    }
  }
  return rows.map((row) => row.filter((cell) => cell.length > 0)).filter((row) => row.length > 0);
}

/** The part of a long text that is drawn at once, around a place, cut at line ends. Lengths are UTF-16 code units. */
export function windowOf(text: string, around: number, length: number): Range {
  if (text.length <= length) return { start: 0, end: text.length };
  const wanted = Math.max(0, Math.min(text.length - length, around - Math.floor(length / 2)));
  const start = wanted === 0 ? 0 : text.indexOf("\n", wanted) + 1;
  const stop = Math.min(text.length, start + length);
  const line = text.indexOf("\n", stop);
  // A text without line ends is cut anywhere.
  return { start, end: line < 0 || line - stop > 10_000 ? stop : line + 1 };
}
