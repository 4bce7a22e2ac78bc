import type { Range } from "#schema";

/**
 * A piece of a document's structure: a range of its text. `page` blocks lie over the others (a PDF's pages); all other
 * kinds are in reading order and do not overlap. What no block covers (comments, rules, front matter) is not content.
 */
export type Block = Range &
  (
    | { kind: "heading"; level: number; title: string }
    | { kind: "paragraph" | "list-item" | "table-header" | "table-row" | "code" | "page" }
  );

/** A document as a loader gives it. Every range points into `text`, which pawl stores as it is. */
export type Loaded = {
  title: string;
  text: string;
  blocks: Block[];
  pages?: number;
  /** What a person should know: an encoding that was guessed, pages without text. */
  notes: string[];
};

/** A file format. */
export type Loader = {
  /** With the dot, in lower case. */
  extensions: readonly string[];
  mediaTypes: readonly string[];
  load(bytes: Uint8Array, options: { path: string; signal: AbortSignal }): Promise<Loaded>;
};

/** A title for a document that has none: its file name in words. */
export function titleFromPath(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const words = name
    .replace(/\.[^.]+$/, "")
    .replace(/[-_]+/g, " ")
    .trim();
  return words === "" ? name : words;
}
