import { decodeText } from "./decode.ts";
import { type Block, type Loader, titleFromPath } from "./loader.ts";

/**
 * reStructuredText: the words of the file without the marks of its structure. Underlines, borders of tables, directives'
 * names and options are gone; table rows become `| a | b |`; inline markup, bullets and numbers stay as written.
 * Comments, targets of links, raw output and lists of other files are not content.
 */
export const rst: Loader = {
  extensions: [".rst"],
  mediaTypes: ["text/x-rst", "text/prs.fallenstein.rst"],
  async load(bytes, { path }) {
    const source = decodeText(bytes, path);
    const writer = new Writer(substitutionsOf(source.text));
    parse(source.text.split("\n").map(expandTabs), { writer, kind: "paragraph", depth: 0, items: 0, sections: [] });
    const { text, blocks } = writer;
    const heading = blocks.find((block) => block.kind === "heading" && block.level === 1);
    const title = heading?.kind === "heading" ? heading.title : "";
    return { title: title || titleFromPath(path), text, blocks, notes: source.notes };
  },
};

class Writer {
  text = "";
  readonly blocks: Block[] = [];
  /** What comes before the next words: an item's bullet or number, or words: a field's name, a term. */
  #mark = "";
  #isMarkWords = false;
  #apart = false;
  readonly #substitutions: ReadonlyMap<string, string>;

  constructor(substitutions: ReadonlyMap<string, string>) {
    this.#substitutions = substitutions;
  }

  words(kind: "paragraph" | "list-item" | "table-header" | "table-row" | "code", given: string, items = 0): void {
    if (given.trim() === "") return;
    let words = kind === "code" ? given : this.#substituted(given);
    let indent = 0;
    if (kind === "paragraph" || kind === "list-item") {
      words = this.#mark + words;
      if (this.#mark !== "") indent = 2 * Math.max(0, items - 1);
      this.#mark = "";
    } else this.endMark();
    const last = this.blocks.at(-1);
    const tight =
      last?.kind === "list-item" && kind === "list-item"
        ? bullet.test(words) && bullet.test(this.text.slice(last.start, last.end))
        : kind === "table-row" && (last?.kind === "table-row" || last?.kind === "table-header") && !this.#apart;
    this.#apart = false;
    this.blocks.push({ kind, ...this.#put(words, `${tight ? "\n" : "\n\n"}${" ".repeat(indent)}`) });
  }

  beginMark(mark: string, isWords: boolean): void {
    this.endMark();
    this.#mark = mark;
    this.#isMarkWords = isWords;
  }

  /** A mark that no words came after: its own words stand alone. */
  endMark(): void {
    const mark = this.#mark.trim();
    this.#mark = "";
    if (this.#isMarkWords) this.words("list-item", mark);
  }

  heading(level: number, given: string): void {
    const words = this.#substituted(given);
    this.blocks.push({ kind: "heading", level, title: plain(words), ...this.#put(words, "\n\n") });
  }

  /** The next table row begins a table of its own. */
  beginTable(): void {
    this.#apart = true;
  }

  #put(words: string, before: string): { start: number; end: number } {
    if (this.text !== "") this.text += before;
    const start = this.text.length;
    this.text += words;
    return { start, end: this.text.length };
  }

  #substituted(words: string): string {
    if (this.#substitutions.size === 0) return words;
    return words.replace(/\|([^|\s](?:[^|\n]*[^|\s])?)\|(?:__?(?!\w))?/g, (whole, name: string) => {
      return this.#substitutions.get(name.toLowerCase()) ?? whole;
    });
  }
}

/** A style of underline, its level is its place; null where a heading cannot be. */
type Sections = string[] | null;
/** `depth` counts all that lies in each other, `items` the lists among it. */
type Context = {
  writer: Writer;
  kind: "paragraph" | "list-item";
  depth: number;
  items: number;
  sections: Sections;
};

const deepest = 30; // of lists and directives in each other; what lies deeper is read as paragraphs

const bullet = /^(?:[-*+•‣]|\d{1,3}[.)])\s/;
const adornment = /^([!-/:-@[-`{-~])\1*\s*$/;
const gridTop = /^\+-[-+]*-\+\s*$/;
const simpleTop = /^=+(?: +=+)+\s*$/;
const bulletItem = /^[-*+•‣⁃](?:\s+|$)/;
const enumerated =
  /^(?:\((?:\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+|#)\)|(?:\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+|#)[.)])(?:\s+|$)/;
const fieldMark = /^:(?![:\s])((?:[^:\\]|\\.|:(?![\s`]|$))+):(?:\s+|$)/;
const directive = /^([A-Za-z0-9][\w.+:-]*?) ?::(?:\s+|$)/;

/** Fields that speak to Sphinx, not to a reader. */
const silentFields = new Set(["orphan", "nocomments", "nosearch", "tocdepth"]);
/** Directives without anything to read. */
const silent = new Set(["toctree", "index", "raw", "meta", "role", "default-role", "tabularcolumns", "contents"]);
/** Directives whose argument is no sentence: a file, a language, a class, a module. */
const silentArgument = new Set(
  "image figure include literalinclude code code-block sourcecode highlight prompt testcode testoutput doctest testsetup testcleanup only ifconfig container class rst-class currentmodule module sectionauthor codeauthor automodule autoclass autofunction autosummary graphviz digraph graph mermaid uml sectnum".split(
    " ",
  ),
);
/** Directives whose lines are kept as they are. */
const verbatim = new Set(
  "code code-block sourcecode prompt testcode testoutput doctest testsetup testcleanup parsed-literal math productionlist csv-table graphviz digraph graph mermaid uml".split(
    " ",
  ),
);
/** As Sphinx says it. */
const versions: Record<string, string> = {
  versionadded: "New in version",
  versionchanged: "Changed in version",
  versionremoved: "Removed in version",
  deprecated: "Deprecated since version",
};

function parse(lines: readonly string[], context: Context): void {
  const { writer, kind, depth, items } = context;
  const inner: Context = { ...context, depth: depth + 1, sections: null };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const next = lines[at + 1] ?? "";
    if (line.trim() === "") {
      at++;
      continue;
    }
    if (depth >= deepest) {
      const end = endOf(lines, at, (other) => other.trim() !== "");
      writer.words(kind, joined(lines.slice(at, end)), items);
      at = end;
      continue;
    }
    if (line.startsWith(" ")) {
      const end = indentedEnd(lines, at);
      parse(dedent(lines.slice(at, end)), inner);
      at = end;
      continue;
    }
    if (/^\.\.(?: |$)/.test(line)) {
      // A lone `..` before a blank line ends what is above; it has no part in what follows.
      const end = line.trim() === ".." && next.trim() === "" ? at + 1 : indentedEnd(lines, at + 1);
      explicit([line.slice(3), ...dedent(lines.slice(at + 1, end))], context);
      at = end;
      continue;
    }
    if (/^__ /.test(line)) {
      at++;
      continue;
    }
    const section = sectionAt(lines, at);
    if (section !== null && context.sections !== null) {
      let level = context.sections.indexOf(section.style) + 1;
      if (level === 0) level = context.sections.push(section.style);
      writer.heading(level, section.title);
      at += section.lines;
      continue;
    }
    if (adornment.test(line) && line.trim().length >= 4) {
      at++;
      continue;
    }
    if (gridTop.test(line)) {
      const end = endOf(lines, at, (other) => /^[+|]/.test(other));
      writeTable(lines.slice(at, end), gridTable, writer);
      at = end;
      continue;
    }
    if (simpleTop.test(line)) {
      const end = simpleEnd(lines, at);
      if (end !== null) {
        writeTable(lines.slice(at, end), simpleTable, writer);
        at = end;
        continue;
      }
    }
    if (/^\|(?: |$)/.test(line)) {
      const end = endOf(lines, at, (other) => other.trim() !== "");
      const verses = lines.slice(at, end).map((other) => other.replace(/^\|(?: |$)/, "").trim());
      writer.words(kind, verses.filter((verse) => verse !== "").join("\n"), items);
      at = end;
      continue;
    }
    if (/^>>>(?: |$)/.test(line)) {
      const end = endOf(lines, at, (other) => other.trim() !== "");
      writeCode(lines.slice(at, end), writer);
      at = end;
      continue;
    }
    const item = bulletItem.exec(line) ?? enumeratedAt(line, next);
    if (item !== null) {
      const end = indentedEnd(lines, at + 1);
      writer.beginMark(`${item[0].trim()} `, false);
      parse(itemBody(lines.slice(at, end), item[0].length), {
        ...inner,
        kind: "list-item",
        items: items + 1,
      });
      writer.endMark();
      at = end;
      continue;
    }
    const field = fieldMark.exec(line);
    if (field !== null) {
      const end = indentedEnd(lines, at + 1);
      named(field[1] ?? "", [line.slice(field[0].length), ...dedent(lines.slice(at + 1, end))], inner);
      at = end;
      continue;
    }
    if (/^ +\S/.test(next) && !line.trimEnd().endsWith("::")) {
      const end = indentedEnd(lines, at + 1);
      named(line.trim(), dedent(lines.slice(at + 1, end)), inner);
      at = end;
      continue;
    }
    at = paragraph(lines, at, context);
  }
}

/** A paragraph, and the literal block that its `::` announces. Gives the line after them. */
function paragraph(lines: readonly string[], from: number, { writer, kind, items }: Context): number {
  const end = endOf(lines, from + 1, (line) => /^\S/.test(line));
  const words = joined(lines.slice(from, end));
  if (!words.endsWith("::")) {
    writer.words(kind, words, items);
    return end;
  }
  writer.words(kind, words === "::" ? "" : words.replace(/ ::$/, "").replace(/::$/, ":"), items);
  const start = endOf(lines, end, (line) => line.trim() === "");
  const first = lines[start] ?? "";
  // Without an indent, lines that all begin with one mark are a quoted literal block.
  const quote = /^[!-/:-@[-`{-~]/.exec(first)?.[0];
  const stop = first.startsWith(" ")
    ? indentedEnd(lines, start)
    : quote !== undefined && !/^\.\. /.test(first)
      ? endOf(lines, start, (line) => line.startsWith(quote))
      : start;
  writeCode(dedent(lines.slice(start, stop)), writer);
  return stop;
}

/** A field or a definition: its name goes before its first words. */
function named(name: string, body: readonly string[], context: Context): void {
  if (silentFields.has(name)) return;
  context.writer.beginMark(`${name}: `, true);
  parse(body, { ...context, kind: "list-item" });
  context.writer.endMark();
}

/** What begins with two dots; the first line is what comes after them. */
function explicit(body: readonly string[], context: Context): void {
  const first = body[0] ?? "";
  const note = /^\[([^\]\s]+)\](?:\s+|$)/.exec(first);
  if (note !== null) {
    context.writer.beginMark(`[${note[1]}] `, true);
    parse([first.slice(note[0].length), ...body.slice(1)], { ...context, depth: context.depth + 1, sections: null });
    context.writer.endMark();
    return;
  }
  const found = directive.exec(first);
  if (found === null) return; // a comment, a target, a substitution
  const name = (found[1] ?? "").toLowerCase().split(":").at(-1) ?? "";
  if (silent.has(name)) return;
  const { argument, content } = directiveParts(first.slice(found[0].length), body.slice(1));
  const inner: Context = {
    ...context,
    depth: context.depth + 1,
    sections: name === "only" || name === "ifconfig" ? context.sections : null,
  };
  const said = silentArgument.has(name) ? argument.slice(1) : argument;
  const version = versions[name];
  if (verbatim.has(name)) writeCode([...said, ...content], context.writer);
  else if (version === undefined) parse([...said, "", ...content], inner);
  else parse([`${version} ${joined(said).replace(/^(\S+)\s+/, "$1: ")}`, "", ...content], inner);
}

/** A directive's argument goes to the first blank line or option; without one, all but the options is content. */
function directiveParts(first: string, rest: readonly string[]): { argument: string[]; content: readonly string[] } {
  const blank = endOf(rest, 0, (line) => line.trim() !== "");
  const option = endOf(rest, 0, (line) => line.trim() !== "" && !fieldMark.test(line));
  if (first.trim() === "") return { argument: [], content: [...rest.slice(0, option), ...rest.slice(blank)] };
  return { argument: [first.trim(), ...rest.slice(0, option)], content: rest.slice(blank) };
}

type Section = { title: string; style: string; lines: number };

function sectionAt(lines: readonly string[], at: number): Section | null {
  const [first = "", second = "", third = ""] = lines.slice(at, at + 3);
  const over = adornment.exec(first);
  if (over !== null) {
    const title = second.trim();
    const fits = first.trim().length >= Math.min(4, title.length);
    if (title === "" || adornment.exec(third)?.[1] !== over[1] || !fits) return null;
    return { title, style: `${over[1]}${over[1]}`, lines: 3 };
  }
  const under = adornment.exec(second);
  const title = first.trim();
  if (under === null || second.trim().length < Math.min(4, title.length) || bulletItem.test(first)) return null;
  return { title, style: under[1] ?? "", lines: 2 };
}

/** `A. Smith went` is no item where the next line goes on without an indent. */
function enumeratedAt(line: string, next: string): RegExpExecArray | null {
  return next.trim() === "" || next.startsWith(" ") || enumerated.test(next) ? enumerated.exec(line) : null;
}

function itemBody(lines: readonly string[], width: number): string[] {
  return lines.map((line, index) =>
    index === 0 ? line.slice(width) : line.slice(Math.min(width, line.length - line.trimStart().length)),
  );
}

/** Rows of cells; those before `header` are its lines. */
type Table = { rows: string[][]; header: number };

function writeTable(lines: string[], read: (lines: readonly string[]) => Table | null, writer: Writer): void {
  const table = read(lines);
  if (table === null) {
    writeCode(lines, writer); // broken: its lines say more than cells cut anywhere
    return;
  }
  const { rows, header } = table;
  writer.beginTable();
  const row = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = rows.slice(0, header);
  // One row, as what follows repeats the header's first line only.
  const names = (head[0] ?? []).map((_, column) => joined(head.map((cells) => cells[column] ?? "")));
  if (names.some((name) => name !== "")) writer.words("table-header", row(names));
  for (const cells of rows.slice(header)) if (cells.some((cell) => cell !== "")) writer.words("table-row", row(cells));
}

/** The line after a simple table that begins at `from`; null where it has no end. */
function simpleEnd(lines: readonly string[], from: number): number | null {
  let borders = 0;
  for (let at = from + 1; at < lines.length; at++) {
    if (!/^=[= ]*$/.test(lines[at] ?? "")) continue;
    borders++;
    if (borders === 2 || (lines[at + 1] ?? "").trim() === "") return at + 1;
  }
  return null;
}

/** Null where words stand between its columns. */
function simpleTable(lines: readonly string[]): Table | null {
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
function gridTable(source: readonly string[]): Table | null {
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

function writeCode(lines: readonly string[], writer: Writer): void {
  writer.words("code", lines.join("\n").replace(/^(?:[^\S\n]*\n)+|\s+$/g, ""));
}

/** Lines as one. */
function joined(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}

/** The first line from `from` on that does not pass. */
function endOf(lines: readonly string[], from: number, passes: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && passes(lines[at] ?? "")) at++;
  return at;
}

function indentedEnd(lines: readonly string[], from: number): number {
  return endOf(lines, from, (line) => line.trim() === "" || line.startsWith(" "));
}

function dedent(lines: readonly string[]): string[] {
  let indent = Number.POSITIVE_INFINITY;
  for (const line of lines) if (line.trim() !== "") indent = Math.min(indent, line.length - line.trimStart().length);
  return lines.map((line) => line.slice(indent));
}

function expandTabs(line: string): string {
  if (!line.includes("\t")) return line;
  let expanded = "";
  for (const part of line.split(/(\t)/)) expanded += part === "\t" ? " ".repeat(8 - (expanded.length % 8)) : part;
  return expanded;
}

/** `.. |name| replace:: words`, wherever they stand. */
function substitutionsOf(text: string): Map<string, string> {
  const found = text.matchAll(/^\.\. \|([^|\n]+)\| +replace:: *(\S[^\n]*)$/gm);
  return new Map([...found].map(([, name = "", words = ""]) => [name.toLowerCase(), words.trim()]));
}

/** A title's words without inline marks. */
function plain(words: string): string {
  return words
    .replace(/(?::[\w.+:-]+:)?`([^`]*)`(?:__?|:[\w.+:-]+:)?/g, (_, inside: string) =>
      inside.replace(/\s*<[^<>]*>$/, ""),
    )
    .replace(/``/g, "")
    .replace(/(\*{1,2})(\S(?:[^*]*\S)?)\1/g, "$2")
    .replace(/\|([^|\s](?:[^|]*[^|\s])?)\|/g, "$1")
    .replace(/([\p{L}\p{N}])__?(?=\s|$)/gu, "$1")
    .replace(/\\(.)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}
