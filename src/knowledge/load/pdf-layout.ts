/** A piece of text on a page, in points from the lower left corner. */
export type Piece = { str: string; transform: readonly number[]; width: number; height: number; hasEOL: boolean };

/** A line of text. `y` is its baseline, `height` its font size in points. */
export type Line = { text: string; x: number; right: number; y: number; height: number };

/** `level` is a heading's, else 0; `cells` is how many a table's row has, else 1. */
export type Paragraph = { text: string; level: number; item: boolean; cells: number };

/**
 * Pieces in the order of the page's content stream, joined to lines. That order is the writer's reading order nearly
 * always (columns too), where sorting by position would mix columns.
 */
export function linesOf(pieces: readonly Piece[]): Line[] {
  const lines: Line[] = [];
  let open: Line | null = null;
  for (const piece of pieces) {
    const x = piece.transform[4] ?? 0;
    const y = piece.transform[5] ?? 0;
    const height = piece.height || Math.abs(piece.transform[3] ?? 0);
    if (piece.str.trim() === "") {
      if (open !== null && piece.str !== "" && !open.text.endsWith(" ")) open.text += " ";
      continue;
    }
    const same =
      open !== null && Math.abs(y - open.y) < 0.5 * Math.max(height, open.height) && x >= open.right - height;
    if (open === null || !same) {
      open = { text: piece.str, x, right: x + piece.width, y, height };
      lines.push(open);
    } else {
      const gap = x - open.right;
      const apart = gap > 0.15 * height && !open.text.endsWith(" ") && !piece.str.startsWith(" ");
      // A wide gap is a column of a table.
      open.text += gap > 2.5 * height ? " | " : apart ? " " : "";
      open.text += piece.str;
      open.right = x + piece.width;
      open.height = Math.max(open.height, height);
    }
  }
  return lines
    .map((line) => ({
      ...line,
      text: line.text
        .replace(/\s+/g, " ")
        .replace(/(?: \|)+ /g, " | ")
        .trim(),
    }))
    .filter((line) => line.text !== "");
}

/**
 * Lines joined to paragraphs: a new one begins after a gap, at another font size, at an indent, a bullet or a column's
 * top. A line that is clearly larger than the body is a heading; one with columns is a table's row. Words hyphenated at a
 * line's end are joined.
 */
export function paragraphsOf(lines: readonly Line[], bodyHeight: number): Paragraph[] {
  const paragraphs: (Paragraph & { last: Line })[] = [];
  for (const line of lines) {
    const level = levelOf(line, bodyHeight);
    const item = level === 0 && /^(?:[•‣▪●○–*-]|\d{1,3}[.)]|[a-z]\))\s+\S/.test(line.text);
    const cells = level === 0 && !item ? line.text.split(" | ").length : 1;
    const open = paragraphs.at(-1);
    const isRow = cells > 1 || (open?.cells ?? 1) > 1;
    if (open === undefined || item || isRow || level !== open.level || breaks(open.last, line)) {
      paragraphs.push({ text: line.text, level, item, cells, last: line });
      continue;
    }
    const joined = /\p{Ll}-$/u.test(open.text) && /^\p{Ll}/u.test(line.text);
    open.text = joined ? open.text.slice(0, -1) + line.text : `${open.text} ${line.text}`;
    open.last = line;
  }
  return paragraphs;
}

function breaks(before: Line, line: Line): boolean {
  const drop = before.y - line.y;
  const size = Math.max(before.height, line.height);
  if (drop < -0.5 * size) return true; // upwards: the next column
  if (drop > 1.75 * size) return true;
  return line.x - before.x > 0.8 * size && drop > 0.5 * size; // indented first line
}

function levelOf(line: Line, bodyHeight: number): number {
  if (line.text.length > 150) return 0;
  const ratio = line.height / bodyHeight;
  return ratio > 1.6 ? 1 : ratio > 1.3 ? 2 : ratio > 1.12 ? 3 : 0;
}
