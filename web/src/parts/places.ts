import type { Evidence, Passage, Range } from "../api.ts";

/** A range of a document that a person wants to see. */
export type DocumentRange = { documentId: string } & Range;
export type OpenRange = (range: DocumentRange) => void;

/** Where a passage leads: to its best sentence, else to all of it. */
export function documentRange(passage: Passage, evidence?: Evidence): DocumentRange {
  return { documentId: passage.documentId, start: evidence?.start ?? passage.start, end: evidence?.end ?? passage.end };
}
