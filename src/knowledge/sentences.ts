import type { Range } from "#schema";

/**
 * The sentences of a text whose structure nobody knows (an answer of a model): its lines are read by Markdown's marks, so
 * that a list item, a table row or a heading never runs into the line below. Ranges are trimmed, in order, and cover
 * every non-blank character but a table's row of dashes and the fences of code. What a loader gave has blocks; see
 * evidence.ts.
 */
export function sentences(text: string): Range[] {
  const found: Range[] = [];
  let paragraph: Range | null = null;
  let fence: string | null = null;
  const close = () => {
    if (paragraph !== null) found.push(...sentencesIn(text, paragraph));
    paragraph = null;
  };
  for (const line of linesIn(text, { start: 0, end: text.length })) {
    const words = text.slice(line.start, line.end);
    const mark = /^(?:```|~~~)/.exec(words)?.[0];
    if (fence !== null || mark !== undefined) {
      close();
      if (mark !== undefined && (fence === null || fence === mark)) fence = fence === null ? mark : null;
      else if (words !== "") found.push(line);
    } else if (words === "") close();
    else if (isTableRow(words) || /^#{1,6}\s/.test(words)) {
      close();
      if (!/^[\s|:-]+$/.test(words)) found.push(line);
    } else {
      if (/^(?:>\s*)*(?:[-*+•‣▪]|\d{1,3}[.)])\s+(?=\S)/.test(words)) close();
      if (paragraph === null) paragraph = { ...line };
      else paragraph.end = line.end;
    }
  }
  close();
  return found;
}

/** The lines of a range, trimmed; an empty line is an empty range. */
export function linesIn(text: string, range: Range): Range[] {
  const lines: Range[] = [];
  let offset = range.start;
  for (const line of text.slice(range.start, range.end).split("\n")) {
    const trimmed = line.trim();
    const start = trimmed === "" ? offset : offset + line.indexOf(trimmed);
    lines.push({ start, end: start + trimmed.length });
    offset += line.length + 1;
  }
  return lines;
}

/** A line with cells: `| a | b |`, or `a | b`. */
export function isTableRow(line: string): boolean {
  return /^\|.*\|$/.test(line) || / \| /.test(line);
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Sentences of one paragraph. Line ends inside it are blanks (Unicode's rule 4 of UAX 29 would break at them). */
export function sentencesIn(text: string, paragraph: Range): Range[] {
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
