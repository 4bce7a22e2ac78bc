import type { Piece } from "./chunk.ts";
import type { Statement } from "./evidence.ts";

/** What the store keeps of a chunk beside its text. Ranges are of the document's text. */
export type ChunkBody = Pick<Piece, "start" | "end" | "titlePath" | "tableHeader" | "statements">;

/** `[start, end]` for a statement whose words are the text as it stands there, else with its words. */
type StoredStatement = [start: number, end: number, words?: string];

/** A chunk's body as it is stored. */
export function toChunkBody({ start, end, titlePath, tokens, tableHeader, text, statements }: Piece) {
  const stored = statements.map((statement): StoredStatement => {
    const isPlain = text.slice(statement.start - start, statement.end - start) === statement.words;
    return isPlain ? [statement.start, statement.end] : [statement.start, statement.end, statement.words];
  });
  return { start, end, titlePath, tokens, statements: stored, ...(tableHeader === null ? {} : { tableHeader }) };
}

/** A chunk's body as the store gives it back. */
export function fromChunkBody(body: unknown, text: string): ChunkBody {
  // As toChunkBody wrote it: the boundary to the store's jsonb.
  const stored = body as {
    start: number;
    end: number;
    titlePath: string[];
    tableHeader?: string;
    statements?: StoredStatement[];
  };
  const { start, end, titlePath, tableHeader = null, statements = [] } = stored;
  return {
    start,
    end,
    titlePath,
    tableHeader,
    statements: statements.map(([from, to, words]): Statement => {
      return { start: from, end: to, words: words ?? text.slice(from - start, to - start) };
    }),
  };
}
