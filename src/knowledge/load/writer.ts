import type { Range } from "#schema";
import type { Block } from "./loader.ts";

type Kind = Exclude<Block["kind"], "heading" | "page">;

/**
 * Writes the text of a document, block by block, for a loader whose text is not the file's own. Items of a list and rows
 * of a table are on lines of their own; between all else is a blank line.
 */
export class BlockWriter {
  text = "";
  readonly blocks: Block[] = [];

  /**
   * Words without white space around them; nothing is written for none.
   *
   * @param options.isApart a blank line before it though it is an item or a row like the one above
   * @param options.indent blanks before it, outside of its range
   */
  write(kind: Kind, words: string, options: { isApart?: boolean; indent?: number } = {}): void {
    if (words === "") return;
    const above = this.blocks.findLast((block) => block.kind !== "page")?.kind;
    const isTight =
      kind === "list-item" ? above === kind : kind === "table-row" && (above === kind || above === "table-header");
    const before = `${isTight && !options.isApart ? "\n" : "\n\n"}${" ".repeat(options.indent ?? 0)}`;
    this.blocks.push({ kind, ...this.#put(words, before) });
  }

  /** `title` is the heading in words, where `words` has marks. */
  heading(level: number, words: string, title = words): void {
    if (words !== "") this.blocks.push({ kind: "heading", level, title, ...this.#put(words, "\n\n") });
  }

  /** A page of what was written since `from` blocks were there. */
  page(from: number): void {
    const first = this.blocks[from];
    if (first !== undefined) this.blocks.push({ kind: "page", start: first.start, end: this.text.length });
  }

  #put(words: string, before: string): Range {
    if (this.text !== "") this.text += before;
    const start = this.text.length;
    this.text += words;
    return { start, end: this.text.length };
  }
}

/** The words of the first heading; undefined where there is none. */
export function firstHeading(blocks: readonly Block[], level?: number): string | undefined {
  const heading = blocks.find((block) => block.kind === "heading" && (level === undefined || block.level === level));
  return heading?.kind === "heading" ? heading.title : undefined;
}
