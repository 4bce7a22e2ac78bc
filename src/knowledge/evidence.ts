import { cellsOf, type Unit, unitsOf } from "./sentences.ts";

/** A unit of a passage that can be evidence: its range in the passage's text and the words it says. */
export type Statement = { start: number; end: number; words: string };

/**
 * What a passage states: its sentences, list items and table rows. A row says its cells with the names of their
 * columns ("Service: Under 3 years; UK sites: 25"), for the row alone says little; headings and header rows state
 * nothing.
 */
export function statementsOf(passage: { text: string; tableHeader?: string | null }): Statement[] {
  const units = unitsOf(passage.text);
  // A passage that begins inside a table takes its first row for a header.
  const orphan = passage.tableHeader ? units[0] : undefined;
  return units.flatMap((unit) => {
    const words = wordsOf(passage, unit, orphan);
    return words === null || !/[\p{L}\p{N}]/u.test(words) ? [] : [{ start: unit.start, end: unit.end, words }];
  });
}

/** The texts whose vectors are wanted at retrieval. */
export function evidenceTexts(passage: { text: string; tableHeader: string | null; titlePath: string[] }): string[] {
  return statementsOf(passage).map((statement) => underHeading(passage.titlePath.at(-1), statement.words));
}

/** What is embedded of a statement: with the heading it stands under, for "They lapse in June" alone is about anything. */
export function underHeading(heading: string | undefined, words: string): string {
  return heading === undefined || heading === "" ? words : `${heading}: ${words}`;
}

function wordsOf(passage: { text: string; tableHeader?: string | null }, unit: Unit, orphan: Unit | undefined) {
  const text = passage.text.slice(unit.start, unit.end);
  switch (unit.kind) {
    case "heading":
      return null;
    case "header":
      return unit === orphan && passage.tableHeader ? rowWords(text, passage.tableHeader) : null;
    case "row": {
      const own = unit.header === undefined ? null : passage.text.slice(unit.header.start, unit.header.end);
      const header = passage.tableHeader && unit.header?.start === orphan?.start ? passage.tableHeader : own;
      return header === null ? cellsOf(text).filter(Boolean).join(" · ") : rowWords(text, header);
    }
    case "list-item":
      return plainWords(text.replace(/^(?:>\s*)*(?:[-*+•‣▪]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?/, ""));
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
