import type { Range } from "#schema";

/**
 * The units of a text that can be cited: sentences; and each table row, list item and heading line as a whole where it
 * is one sentence. Ranges are trimmed, in order, and cover every non-blank character but a table's row of dashes and
 * the fences of code.
 */
export function sentences(text: string): Range[] {
  return unitsOf(text).map(({ start, end }) => ({ start, end }));
}

/** What a unit of a text is; a table row names the header row above it. */
export type Unit = Range & { kind: "sentence" | "list-item" | "heading" | "row" | "header" | "code"; header?: Range };

/** As {@link sentences}, with what each unit is. */
export function unitsOf(text: string): Unit[] {
  const units: Unit[] = [];
  let paragraph: Range | null = null;
  let item = false;
  let header: Range | null = null;
  let fence: string | null = null;
  const close = () => {
    if (paragraph !== null) {
      for (const range of split(text, paragraph)) units.push({ kind: item ? "list-item" : "sentence", ...range });
    }
    paragraph = null;
    item = false;
  };
  const lines = linesOf(text);
  lines.forEach((line, index) => {
    const words = text.slice(line.start, line.end);
    const mark = /^(?:```|~~~)/.exec(words)?.[0];
    if (fence !== null || mark !== undefined) {
      close();
      if (mark !== undefined && (fence === null || fence === mark)) fence = fence === null ? mark : null;
      else if (words !== "") units.push({ kind: "code", ...line });
      return;
    }
    const row = isRow(words);
    if (!row) header = null;
    if (words === "") {
      close();
      return;
    }
    if (row) {
      close();
      if (isDashes(words)) return;
      const next = lines[index + 1];
      const first: boolean = header === null && next !== undefined && isRow(text.slice(next.start, next.end));
      if (first) {
        header = line;
        units.push({ kind: "header", ...line });
      } else units.push({ kind: "row", ...line, ...(header === null ? {} : { header }) });
      return;
    }
    if (/^#{1,6}\s/.test(words)) {
      close();
      units.push({ kind: "heading", ...line });
      return;
    }
    const bullet = /^(?:>\s*)*(?:[-*+•‣▪]|\d{1,3}[.)])\s+(?=\S)/.exec(words);
    if (bullet !== null) {
      close();
      item = true;
    }
    if (paragraph === null) paragraph = { ...line };
    else paragraph.end = line.end;
  });
  close();
  return units;
}

/** The cells of a table row, in order. */
export function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll("\\|", "|").trim());
}

function linesOf(text: string): Range[] {
  const lines: Range[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    const start = trimmed === "" ? offset : offset + line.indexOf(trimmed);
    lines.push({ start, end: start + trimmed.length });
    offset += line.length + 1;
  }
  return lines;
}

function isRow(line: string): boolean {
  return /^\|.*\|$/.test(line) || / \| /.test(line);
}

function isDashes(line: string): boolean {
  return /^[\s|:-]+$/.test(line) && line.includes("-");
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Sentences of one paragraph. Line ends inside it are blanks (Unicode's rule 4 of UAX 29 would break at them). */
function split(text: string, paragraph: Range): Range[] {
  const slice = text.slice(paragraph.start, paragraph.end).replaceAll("\n", " ");
  const ranges: Range[] = [];
  let open = "";
  for (const { segment, index } of segmenter.segment(slice)) {
    const start = paragraph.start + index;
    const last = ranges.at(-1);
    if (last !== undefined && continues(open, segment)) {
      last.end = start + segment.length;
      open += segment;
    } else {
      ranges.push({ start, end: start + segment.length });
      open = segment;
    }
  }
  return ranges
    .map(({ start, end }) => {
      const part = text.slice(start, end);
      const lead = part.length - part.trimStart().length;
      return { start: start + lead, end: start + part.trimEnd().length };
    })
    .filter(({ start, end }) => end > start);
}

const abbreviations = new Set(
  "mr mrs ms dr prof sr jr st vs etc eg e.g ie i.e cf al no nos nr fig figs eq sec ch vol pp p ed eds approx dept inc ltd co corp est art para cl resp incl excl max min tel ext ca z.b d.h bzw usw u.s u.k e.u a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec".split(
    " ",
  ),
);

/** True where what the segmenter took for a sentence's end is an abbreviation, an initial or a number's dot. */
function continues(before: string, after: string): boolean {
  const trimmed = before.trimEnd();
  if (/^[\p{Ll}]/u.test(after) && /\.$/.test(trimmed)) return true;
  const word = /(?:^|[\s([“"'])([\p{L}\d.]+)\.$/u.exec(trimmed)?.[1];
  if (word === undefined) return false;
  if (/^\p{Lu}$/u.test(word)) return true; // an initial: J. Smith
  if (/^\d{1,3}$/.test(word) && /^\s*\d{1,3}\.$/.test(trimmed)) return true; // "1." at the start of an item
  const lower = word.toLowerCase();
  if (lower === "no" || lower === "p" || lower === "art") return /^\s*(?:\d|[IVX]+\b)/.test(after); // "No. 4", but not "no."
  if (["etc", "a.m", "p.m", "co", "inc", "ltd", "corp", "u.s", "u.k", "e.u", "max", "min"].includes(lower)) {
    return /^\s*[\p{Ll}\d]/u.test(after); // these end a sentence too
  }
  return abbreviations.has(lower);
}
