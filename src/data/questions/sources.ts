import { type StoredChunk, sentences } from "#knowledge";
import type { Range } from "#schema";
import { functionWord } from "./candidates.ts";
import type { Source } from "./write.ts";

/**
 * Chunks as passages to write questions from. Where a chunk was cut within a sentence, the passage goes on to its end, and
 * the whole sentence is one of its statements: a question about it shows what the cut has lost.
 *
 * @param chunks of one document, in order
 */
export function sourcesIn(chunks: readonly StoredChunk[], documentText: string): Source[] {
  const whole = sentences(documentText);
  const title = chunks[0]?.titlePath[0] ?? "";
  const named = namedBy(title, documentText, whole);
  return chunks.map(({ id, documentId, path, titlePath, tableHeader, ...chunk }) => {
    const broken = whole.find((one) => one.start < chunk.end && one.end > chunk.end && one.start >= chunk.start);
    const statements = chunk.statements.filter((one) => !isWithinBroken(one, chunk, whole));
    const end = broken?.end ?? chunk.end;
    const added = broken && isCutThrough(broken, chunks) ? [{ ...broken, words: textIn(documentText, broken) }] : [];
    return {
      id,
      documentId,
      path,
      start: chunk.start,
      end: added.length > 0 ? end : chunk.end,
      text: documentText.slice(chunk.start, added.length > 0 ? end : chunk.end),
      title: titlePath.slice(-2).join(" › "),
      tableHeader,
      named,
      statements: [...statements, ...added],
    };
  });
}

/**
 * The words that name what a document is about, where it is about one thing: none where the thing has a name (any name says
 * which), those of the title where its beginning says what the thing is ("The plain maskray is a species of stingray"); null
 * where the title is a subject.
 */
function namedBy(title: string, text: string, sentences: readonly Range[]): string[] | null {
  if (title === "") return null;
  if (isName(title, text)) return [];
  const definition = new RegExp(`${escaped(title)}\\b.*? (?:is|was|are|were) (?:an?|the|one)\\b`, "isu");
  const isDefined = sentences.slice(0, 3).some(({ start, end }) => definition.test(text.slice(start, end)));
  return isDefined ? (title.toLowerCase().match(/\p{L}+/gu) ?? []).filter((word) => !functionWord.test(word)) : null;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
}

/**
 * Whether a document's title has the name of something ("Genghis Khan", "Yuan dynasty") and not only a subject ("Annual leave",
 * "Expenses"): a word of it has a capital within the document's sentences too, and seldom none.
 */
function isName(title: string, text: string): boolean {
  const words = (title.match(/\p{Lu}[\p{L}\p{N}'’-]+/gu) ?? []).filter((word) => !functionWord.test(word));
  // "See Annual leave" names the page.
  const told = /\s\p{Ll}{4}/u.test(title) ? text.replaceAll(title, "") : text;
  const countOf = (word: string) => told.match(new RegExp(`(?<=\\p{Ll},? )${word}(?![\\p{L}\\d])`, "gu"))?.length ?? 0;
  return words.some((word) => word.length > 3 && countOf(word) > 2 * countOf(word.toLowerCase()));
}

/** A part of a sentence that goes on beyond the chunk, before it or after it. */
function isWithinBroken(statement: Range, chunk: Range, whole: readonly Range[]): boolean {
  return whole.some(
    (one) =>
      one.start <= statement.start && one.end >= statement.end && (one.start < chunk.start || one.end > chunk.end),
  );
}

/** Whether no chunk holds it. */
function isCutThrough(sentence: Range, chunks: readonly Range[]): boolean {
  return !chunks.some(({ start, end }) => start <= sentence.start && end >= sentence.end);
}

function textIn(text: string, { start, end }: Range): string {
  return text.slice(start, end).replace(/\s+/g, " ");
}
