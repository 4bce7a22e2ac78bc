import type { EncodedText } from "#tensor";
import type { WordPieces } from "../word-pieces.ts";

/** A question with a passage, or a part of a long one, as a reader sees them: [CLS] question [SEP] passage [SEP]. */
export type ReaderText = EncodedText & {
  /** Index of its passage. */
  passage: number;
  /** The characters [start, end) of the passage that its tokens from `secondFrom` on were made from. */
  starts: readonly number[];
  ends: readonly number[];
};

/** Tokens of the longest text; a longer passage is read in parts that overlap by a half. */
export const readerTokens = 256;
/** Tokens of a question that are read. */
const questionTokens = 64;

/** Every passage with the question, a long one in parts. */
export function readerTexts(pieces: WordPieces, question: string, passages: readonly string[]): ReaderText[] {
  const { cls, sep } = pieces.special;
  const head = [cls, ...pieces.pieces(question).ids.slice(0, questionTokens), sep];
  const room = readerTokens - head.length - 1;
  return passages.flatMap((text, passage) => {
    const { ids, starts, ends } = pieces.pieces(text);
    const parts = Math.max(1, Math.ceil((ids.length - room) / Math.floor(room / 2)) + 1);
    return Array.from({ length: parts }, (_, part): ReaderText => {
      const from = Math.max(0, Math.min(part * Math.floor(room / 2), ids.length - room));
      const to = Math.min(ids.length, from + room);
      return {
        tokens: [...head, ...ids.slice(from, to), sep],
        secondFrom: head.length,
        passage,
        starts: starts.slice(from, to),
        ends: ends.slice(from, to),
      };
    });
  });
}

/** The tokens (first to last, in the text) that were made from the characters [start, end) of its passage; null where some are not in it. */
export function tokensAt(text: ReaderText, start: number, end: number): { first: number; last: number } | null {
  const first = text.ends.findIndex((at) => at > start);
  const last = text.starts.findLastIndex((at) => at < end);
  const isWhole =
    first >= 0 && last >= first && (text.starts[first] ?? end) <= start && (text.ends[last] ?? start) >= end;
  return isWhole ? { first: text.secondFrom + first, last: text.secondFrom + last } : null;
}
