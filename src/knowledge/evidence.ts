import type { Range } from "#schema";
import type { Block, Loaded } from "./load/loader.ts";
import { linesIn, sentences, sentencesIn } from "./sentences.ts";

/** What can be evidence and be cited: its range in the document's text, and the words it says. */
export type Statement = Range & { words: string };

/** What of a block is not divided for a citation; a table's row knows the header row above it. */
export type Unit = Range & { kind: "sentence" | "list-item" | "heading" | "row" | "header" | "code"; header?: string };

/** The units of each block, by its kind: sentences of paragraphs and items, rows, lines of code. */
export function unitsOf({ text, blocks }: Pick<Loaded, "text" | "blocks">): Map<Block, Unit[]> {
  const units = new Map<Block, Unit[]>();
  let header: string | null = null;
  for (const block of blocks) {
    const { kind, start, end } = block;
    if (kind === "page") continue;
    if (kind === "table-header") header = headerRow(text, block);
    else if (kind !== "table-row") header = null;
    switch (kind) {
      case "heading":
        units.set(block, [{ kind, start, end }]);
        break;
      case "paragraph":
      case "list-item": {
        const as = kind === "paragraph" ? "sentence" : kind;
        const found = sentencesIn(text, block).map((range): Unit => ({ kind: as, ...range }));
        units.set(block, found);
        break;
      }
      case "table-header":
        units.set(block, [{ kind: "header", start, end }]);
        break;
      case "table-row":
        units.set(block, [{ kind: "row", start, end, ...(header === null ? {} : { header }) }]);
        break;
      case "code": {
        const lines = linesIn(text, block).filter((line) => line.end > line.start);
        const isFence = ({ start, end }: Range) => /^(?:`{3,}|~{3,})/.test(text.slice(start, end));
        const inner = lines.filter((line) => !((line === lines[0] || line === lines.at(-1)) && isFence(line)));
        units.set(
          block,
          inner.map((line) => ({ kind, ...line })),
        );
        break;
      }
      default:
        kind satisfies never;
    }
  }
  return units;
}

/** A table's header as one line: what is below it (Markdown's dashes) names no column. */
export function headerRow(text: string, { start, end }: Range): string {
  return text.slice(start, end).split("\n")[0] ?? "";
}

/**
 * What a range of a document states: its sentences, list items and table rows, those that it cuts by the part inside.
 * A row says its cells with the names of their columns ("Service: Under 3 years; UK sites: 25"), for the row alone says
 * little; headings and header rows state nothing. `units` are all of the document's, in order.
 */
export function statementsOf(text: string, units: readonly Unit[], range: Range): Statement[] {
  const statements: Statement[] = [];
  for (let at = firstAfter(units, range.start); at < units.length; at++) {
    const unit = units[at];
    if (unit === undefined || unit.start >= range.end) break;
    const part = trimmed(text, { start: Math.max(unit.start, range.start), end: Math.min(unit.end, range.end) });
    // A row that is cut in two has cells that nobody can name.
    const words = wordsOf(text.slice(part.start, part.end), part.start > unit.start ? { kind: unit.kind } : unit);
    if (words !== null && /[\p{L}\p{N}]/u.test(words)) statements.push({ ...part, words });
  }
  return statements;
}

/** As {@link statementsOf}, for a text that came without its structure: a passage that the store does not hold any more. */
export function statementsOfText(text: string): Statement[] {
  return sentences(text).flatMap((range) => {
    const part = text.slice(range.start, range.end);
    const words = /^#{1,6}\s/.test(part) ? null : wordsOf(part, { kind: / \| /.test(part) ? "row" : "list-item" });
    return words !== null && /[\p{L}\p{N}]/u.test(words) ? [{ ...range, words }] : [];
  });
}

/** The index of the first unit that ends after an offset. */
function firstAfter(units: readonly Unit[], offset: number): number {
  let low = 0;
  let high = units.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((units[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function trimmed(text: string, { start, end }: Range): Range {
  const part = text.slice(start, end);
  return { start: start + part.length - part.trimStart().length, end: start + part.trimEnd().length };
}

function wordsOf(text: string, { kind, header }: Pick<Unit, "kind" | "header">): string | null {
  switch (kind) {
    case "heading":
    case "header":
      return null;
    case "row":
      return header === undefined ? cellsOf(text).filter(Boolean).join(" · ") : rowWords(text, header);
    case "list-item":
      return plainWords(text.replace(/^(?:>\s*)*(?:(?:[-*+•‣▪]|\d{1,3}[.)])\s+)?(?:\[[ xX]\]\s+)?/, ""));
    case "sentence":
    case "code":
      return plainWords(text);
  }
}

function rowWords(row: string, header: string): string {
  const names = cellsOf(header);
  return cellsOf(row)
    .map((cell, index) => [names[index] ?? "", cell])
    .filter(([, cell]) => cell !== "")
    .map(([name, cell]) => plainWords(name ? `${name}: ${cell}` : (cell ?? "")))
    .join("; ");
}

/** The cells of a table row (`| a | b |` or `a | b`; `\|` is a bar inside a cell), in order. */
export function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll("\\|", "|").trim());
}

/** What is embedded of a statement: with the heading it stands under, for "They lapse in June" alone is about anything. */
export function underHeading(heading: string | undefined, words: string): string {
  return heading === undefined || heading === "" ? words : `${heading}: ${words}`;
}

/** A sentence without Markdown's marks: emphasis, code, links' addresses, quotes' arrows. */
export function plainWords(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^>\s*/gm, "")
    .replace(/(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1/g, "$2")
    .replace(/(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}
