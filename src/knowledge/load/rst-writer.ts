import { joined } from "./rst-lines.ts";
import type { Table } from "./rst-table.ts";
import { BlockWriter } from "./writer.ts";

/** Writes blocks with what reStructuredText puts before or into their words: items' marks, fields' names, substitutions. */
export class RstWriter {
  readonly document = new BlockWriter();
  /** What comes before the next words: an item's bullet or number, or words: a field's name, a term. */
  #mark = "";
  #isMarkWords = false;
  /** The item above ended with its own words, so that what comes next is an item, not a paragraph of it. */
  #isMarkAbove = false;
  readonly #substitutions: ReadonlyMap<string, string>;

  constructor(substitutions: ReadonlyMap<string, string>) {
    this.#substitutions = substitutions;
  }

  /** `items` is how many lists the words lie in. */
  words(kind: "paragraph" | "list-item" | "code", given: string, items = 0): void {
    if (given.trim() === "") return;
    if (kind === "code") {
      this.endMark();
      this.document.write("code", given);
      return;
    }
    const isMarked = this.#mark !== "" && !this.#isMarkWords;
    const indent = this.#mark === "" ? 0 : 2 * Math.max(0, items - 1);
    const words = this.#mark + this.#substituted(given);
    this.#mark = "";
    // Paragraphs of one item are apart.
    this.document.write(kind, words, { indent, isApart: !(isMarked && this.#isMarkAbove) });
    this.#isMarkAbove = isMarked;
  }

  table({ rows, header }: Table): void {
    this.endMark();
    const row = (cells: string[]) =>
      this.#substituted(`| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`);
    const head = rows.slice(0, header);
    // One header row: its lines joined in each column.
    const names = (head[0] ?? []).map((_, column) => joined(head.map((cells) => cells[column] ?? "")));
    const hasHeader = names.some((name) => name !== "");
    if (hasHeader) this.document.write("table-header", row(names));
    const filled = rows.slice(header).filter((cells) => cells.some((cell) => cell !== ""));
    filled.forEach((cells, index) => {
      this.document.write("table-row", row(cells), { isApart: index === 0 && !hasHeader });
    });
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
    this.document.heading(level, words, plain(words));
  }

  #substituted(words: string): string {
    if (this.#substitutions.size === 0) return words;
    return words.replace(/\|([^|\s](?:[^|\n]*[^|\s])?)\|(?:__?(?!\w))?/g, (whole, name: string) => {
      return this.#substitutions.get(name.toLowerCase()) ?? whole;
    });
  }
}

/** `.. |name| replace:: words`, wherever they stand. */
export function substitutionsOf(text: string): Map<string, string> {
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
