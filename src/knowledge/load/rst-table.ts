import { joined } from "./rst-lines.ts";

/** Rows of cells; those before `header` are its lines. */
export type Table = { rows: string[][]; header: number };

/** The line that a grid table, or a simple one, begins with. */
export const gridTop = /^\+-[-+]*-\+\s*$/;
export const simpleTop = /^=+(?: +=+)+\s*$/;

/** The line after a simple table that begins at `from`; null where it has no end. */
export function simpleEnd(lines: readonly string[], from: number): number | null {
  let borders = 0;
  for (let at = from + 1; at < lines.length; at++) {
    if (!/^=[= ]*$/.test(lines[at] ?? "")) continue;
    borders++;
    if (borders === 2 || (lines[at + 1] ?? "").trim() === "") return at + 1;
  }
  return null;
}

/** Null where words stand between its columns. */
export function simpleTable(lines: readonly string[]): Table | null {
  const columns = runsOf(lines[0] ?? "");
  const groups: { lines: string[]; columns: number[] }[] = [];
  let header = 0;
  lines.slice(1, -1).forEach((line) => {
    const last = groups.at(-1);
    if (/^=[= ]*$/.test(line)) header = groups.length;
    else if (/^-[- ]*$/.test(line) && last !== undefined)
      last.columns = runsOf(line); // columns of the row above are joined
    else if (line.trim() === "") return;
    else {
      const cells = widened(line);
      const begins = cells.slice(0, columns[1]).trim() !== "";
      if (begins || last === undefined || groups.length === header) groups.push({ lines: [cells], columns });
      else last.lines.push(cells);
    }
  });
  const crosses = (line: string, start: number) => start > 0 && (line[start - 1] ?? " ") !== " ";
  if (groups.some(({ lines, columns }) => lines.some((line) => columns.some((start) => crosses(line, start)))))
    return null;
  const rows = groups.map((group) => {
    const cells = columns.map(() => "");
    group.columns.forEach((start, index) => {
      const cell = joined(group.lines.map((line) => line.slice(start, group.columns[index + 1])));
      const column = Math.max(0, columns.indexOf(start));
      cells[column] = joined([cells[column] ?? "", cell === "\\" ? "" : narrowed(cell)]);
    });
    return cells;
  });
  return { rows, header };
}

/** Where the runs of a border begin. */
function runsOf(border: string): number[] {
  return [...border.matchAll(/\S+/g)].map((run) => run.index);
}

/** A cell that spans columns or rows stands in its first; the others are empty. Null where the frame is not closed. */
export function gridTable(source: readonly string[]): Table | null {
  const lines = source.map((line) => widened(line.trimEnd()));
  const closed = lines.length > 2 && gridTop.test(lines.at(-1) ?? "");
  if (!closed || lines.some((line) => line.length !== lines[0]?.length || !/[|+]$/.test(line))) return null;
  const edges = edgesOf(lines);
  const rows: string[][][] = [];
  const open: (string[] | null)[] = [];
  let header = 0;
  for (const line of lines) {
    const isBorder = (column: number) => /^[+=-]+$/.test(line.slice(edges[column] ?? 0, (edges[column + 1] ?? 0) + 1));
    const columns = edges.slice(0, -1).map((_, column) => column);
    const bordered = columns.filter(isBorder);
    if (/^\+=[=+]*$/.test(line)) header = rows.length;
    if (bordered.length > 0) {
      rows.push(columns.map(() => []));
      for (const column of bordered) open[column] = null;
    }
    for (let column = 0; column < columns.length; ) {
      if (bordered.includes(column)) {
        column++;
        continue;
      }
      let to = column + 1;
      while (to < columns.length && !/[|+]/.test(line[edges[to] ?? 0] ?? "")) to++;
      const cell = open[column] ?? rows.at(-1)?.[column] ?? [];
      open[column] = cell;
      cell.push(line.slice((edges[column] ?? 0) + 1, edges[to]));
      column = to;
    }
  }
  return { rows: rows.map((cells) => cells.map((cell) => narrowed(joined(cell)))), header };
}

/** Where columns begin and end: crossings of a table's borders. */
function edgesOf(lines: readonly string[]): number[] {
  const edges = new Set<number>();
  lines.forEach((line, index) => {
    for (const { index: at } of line.matchAll(/\+/g)) {
      const across = /[-=+]/.test(`${line[at - 1] ?? ""}${line[at + 1] ?? ""}`);
      const along = /[|+]/.test(`${lines[index - 1]?.[at] ?? ""}${lines[index + 1]?.[at] ?? ""}`);
      if (across && along) edges.add(at);
    }
  });
  return [...edges].sort((a, b) => a - b);
}

/** Columns of a table are counted as they are drawn: a wide character takes two. */
function widened(line: string): string {
  return line.replace(
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g,
    "$&\0",
  );
}

function narrowed(cell: string): string {
  return cell.replaceAll("\0", "");
}
