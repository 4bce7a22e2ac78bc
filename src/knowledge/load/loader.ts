import type { Range } from "#schema";

/**
 * A piece of a document's structure: a range of its text, trimmed. `page` blocks lie over the others (a PDF's pages);
 * all other kinds are in reading order and do not overlap. What no block covers (comments, rules, front matter) is not
 * content: it is in no chunk of its own, though a short mark between two blocks (a bullet, a `>`) is in the chunk of
 * both. A list's items and a quote's paragraphs are blocks one by one, however deep they lie; the list is none.
 */
export type Block = Range &
  (
    | {
        /** A title of what follows, up to the next of its level; in chunks' title paths, not in their text. */
        kind: "heading";
        /** 1 is the highest. Gaps are allowed. */
        level: number;
        /** Its words without marks; the range may have marks (`## *Pay*`). */
        title: string;
      }
    | {
        kind: /** Sentences, each of which can be cited; a line's end within it counts as a blank. */
          | "paragraph"
          /**
           * A paragraph of a list's item: an item of two paragraphs is two blocks, and a code block in an item is `code`.
           * Its range may begin with its bullet or number or after it: evidence leaves them out. Also what is a list in
           * all but looks: fields (`Author: Jane`), definitions (`leave: Days off.`), their name within the range.
           */
          | "list-item"
          /**
           * The names of a table's columns, cells parted by bars: `| a | b |` or `a | b`, a bar inside a cell `\|`. One for
           * each table: several header rows are joined to one, column by column. Only its first line counts (Markdown's
           * dashes are below it). It stands right before its rows; a table without header has none.
           */
          | "table-header"
          /** One row, cells as in the header; an empty cell is kept, so that the others stay under their names. */
          | "table-row"
          /** Lines kept as they are, each of which can be cited. Fences may be inside the range: evidence leaves them out. */
          | "code"
          /** A page of a paged document, from the first to the last character on it. */
          | "page";
      }
  );

/** A document as a loader gives it. Every range points into `text`, which pawl stores as it is. */
export type Loaded = {
  title: string;
  text: string;
  blocks: Block[];
  pages?: number;
  /** Numbers of the pages that have none, from 1: pictures mostly. */
  pagesWithoutText?: number[];
  /** What a person should know: an encoding that was guessed, pages without text. */
  notes: string[];
};

/** A file format. */
export type Loader = {
  /** With the dot, in lower case. */
  extensions: readonly string[];
  /** IANA's names; the first is stored with the document, the others are what servers also call it. */
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
