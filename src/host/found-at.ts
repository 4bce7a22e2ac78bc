import { PawlError } from "#kernel";
import { documentText, listChunks, listDocuments } from "#knowledge";
import type { Document, Evidence, Passage, Steps } from "#schema";
import type { Store } from "#store";

/** A place in a document, by its path in the app: a range of its text (UTF-16 code units), or words that stand there. */
export type Place = { path: string; start: number; end: number } | { path: string; quote: string };

/**
 * What retrieval would have given, had it found exactly these places: the chunks that hold them, in this order, and
 * the places themselves as evidence with full support.
 *
 * @throws PawlError `document-unknown` for a path that no collection has, `bad-request` for words or a range not in it
 */
export async function foundAt(
  store: Store,
  collections: readonly string[],
  indexOf: (collection: string) => Promise<string>,
  places: readonly Place[],
): Promise<Steps["retrieve"]["out"]> {
  const passages: Passage[] = [];
  const evidence: Evidence[] = [];
  for (const place of places) {
    const document = await documentAt(store, collections, place.path);
    const text = await documentText(store, document.id);
    const { start, end } = rangeOf(place, text);
    for (const chunk of await listChunks(store, document.id, await indexOf(document.knowledge))) {
      if (chunk.start >= end || start >= chunk.end) continue;
      const known = passages.findIndex((passage) => passage.chunkId === chunk.id);
      const passage = known >= 0 ? known : passages.push(passageOf(document, chunk)) - 1;
      const [from, to] = [Math.max(start, chunk.start), Math.min(end, chunk.end)];
      evidence.push({ passage, start: from, end: to, text: text.slice(from, to), support: 1 });
    }
  }
  return { passages, evidence };
}

async function documentAt(store: Store, collections: readonly string[], path: string): Promise<Document> {
  for (const collection of collections) {
    const { documents } = await listDocuments(store, { collection, q: path, limit: 500 });
    const document = documents.find((candidate) => candidate.path === path);
    if (document) return document;
  }
  throw new PawlError("document-unknown", `The app has no document ${path}.`, {
    hint: "A path is relative to the app's folder, as `pawl ingest` prints it.",
    details: { path },
  });
}

function rangeOf(place: Place, text: string): { start: number; end: number } {
  if ("quote" in place) {
    const start = place.quote === "" ? -1 : text.indexOf(place.quote);
    if (start >= 0) return { start, end: start + place.quote.length };
    throw new PawlError("bad-request", `${place.path} does not hold these words: "${place.quote.slice(0, 80)}".`, {
      hint: "They must stand there letter by letter; GET /api/documents/{id}/text is the text that is meant.",
    });
  }
  if (0 <= place.start && place.start < place.end && place.end <= text.length) return place;
  throw new PawlError("bad-request", `${place.start}–${place.end} is no range of ${place.path}.`, {
    hint: `Its text has ${text.length} UTF-16 code units.`,
  });
}

function passageOf(
  document: Document,
  chunk: { id: string; start: number; end: number; text: string; titlePath: string[] },
): Passage {
  return {
    chunkId: chunk.id,
    documentId: document.id,
    title: chunk.titlePath.join(" › "),
    path: document.path,
    start: chunk.start,
    end: chunk.end,
    text: chunk.text,
    score: 1,
    bm25: null,
    vector: null,
  };
}
