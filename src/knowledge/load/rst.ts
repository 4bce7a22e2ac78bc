import { decodeText } from "./decode.ts";
import { type Loader, titleFromPath } from "./loader.ts";
import { dedent, endOf, expandTabs, indentedEnd, joined } from "./rst-lines.ts";
import { gridTable, gridTop, simpleEnd, simpleTable, simpleTop, type Table } from "./rst-table.ts";
import { RstWriter, substitutionsOf } from "./rst-writer.ts";
import { firstHeading } from "./writer.ts";

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
    const writer = new RstWriter(substitutionsOf(source.text));
    parse(source.text.split("\n").map(expandTabs), { writer, kind: "paragraph", depth: 0, items: 0, sections: [] });
    const { text, blocks } = writer.document;
    return { title: firstHeading(blocks, 1) || titleFromPath(path), text, blocks, notes: source.notes };
  },
};

/** A style of underline, its level is its place; null where a heading cannot be. */
type Sections = string[] | null;
/** `depth` counts all that lies in each other, `items` the lists among it. */
type Context = {
  writer: RstWriter;
  kind: "paragraph" | "list-item";
  depth: number;
  items: number;
  sections: Sections;
};

const deepest = 30; // of lists and directives in each other; what lies deeper is read as paragraphs

const adornment = /^([!-/:-@[-`{-~])\1*\s*$/;
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

function writeCode(lines: readonly string[], writer: RstWriter): void {
  writer.words("code", lines.join("\n").replace(/^(?:[^\S\n]*\n)+|\s+$/g, ""));
}

/** A table that is broken is kept as code: its lines say more than cells cut anywhere. */
function writeTable(lines: string[], read: (lines: readonly string[]) => Table | null, writer: RstWriter): void {
  const table = read(lines);
  if (table === null) writeCode(lines, writer);
  else writer.table(table);
}
