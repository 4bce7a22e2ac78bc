import { asPawlError, contentId, type ErrorCode, hashOf, PawlError, type Report, sha256 } from "#kernel";
import type { Document, DocumentStatus, KnowledgeSettings, Models } from "#schema";
import { type ChunkRow, ensureVectors, removeDocument, replaceDocument, type Store } from "#store";
import { chunk, type Piece } from "./chunk.ts";
import { toChunkBody } from "./chunk-body.ts";
import { embedPassages } from "./embedding.ts";
import { underHeading } from "./evidence.ts";
import { detectLanguage, languageNote } from "./language.ts";
import { loadDocument, readDocument } from "./load/index.ts";
import type { Source } from "./sources.ts";

/**
 * Raised when a loader or the chunks change what they give for the same file, so that stored documents are made anew.
 * A new loader needs no raise: there are no documents of its format yet.
 */
const ingestVersion = 4;

export type IngestedDocument = {
  id: string;
  path: string;
  status: DocumentStatus;
  chunks: number;
  /** Why it was refused, and what to do about it. */
  code?: ErrorCode;
  message?: string;
  hint?: string;
};

export type IngestOptions = {
  store: Store;
  models: Models;
  knowledge: string;
  settings: KnowledgeSettings;
  files: readonly Source[];
  /**
   * `app`: `files` are all that the app's sources name, and documents that came from there and are no more are removed.
   * `added`: somebody adds these files; they stay until they are deleted, whatever the sources name.
   */
  origin: "app" | "added";
  signal: AbortSignal;
  report: Report;
};

/**
 * Brings a collection up to date with its files: a file whose bytes and settings are as stored is skipped, a changed
 * one replaces its document in one atomic batch, and only chunks that the embedding cache does not know are embedded.
 * The stored rows are the record of what is done, so an ingest that was killed goes on where it was when it is run
 * again. A file that cannot be read is reported as refused and what was stored of it is kept; the others go on.
 */
export async function ingest(options: IngestOptions): Promise<{ documents: IngestedDocument[] }> {
  const { store, models, knowledge, settings, signal, report } = options;
  const { version } = await models.describe(settings.embedder);
  const index = await indexOf(models, knowledge, settings);
  const stored = await storedDocuments(store, knowledge, index);
  const documents: IngestedDocument[] = [];
  let changed = false;
  const named = new Set(options.files.map((file) => file.path));
  // Documents that were added are read again from their originals, for the settings may have changed.
  const kept = [...stored].filter(([path, document]) => document.origin === "added" && !named.has(path));
  const again = kept.map(([path, document]): Source => ({ path, blob: document.sha256 }));
  const files = options.origin === "app" ? [...options.files, ...again] : options.files;
  for (const [at, source] of files.entries()) {
    signal.throwIfAborted();
    const step = (part: number) =>
      report({ task: `reading ${source.path}`, done: at + part, total: files.length, unit: "documents" });
    step(0);
    const result = await ingestOne(source, {
      ...options,
      origin: source.blob === undefined ? options.origin : "added",
      version,
      index,
      stored: stored.get(source.path),
      step,
    });
    changed ||= result.status === "added" || result.status === "updated";
    documents.push(result);
  }
  if (options.origin === "app") {
    for (const [path, { id, origin }] of stored) {
      if (named.has(path) || origin === "added") continue;
      await store.batch(removeDocument(id));
      documents.push({ id, path, status: "removed", chunks: 0 });
      changed = true;
    }
  }
  if (changed) await store.search.settle(index);
  report({ task: "documents ready", done: files.length, total: files.length, unit: "documents" });
  return { documents };
}

type Stored = {
  id: string;
  sha256: string;
  origin: "app" | "added";
  /** In this index, of these bytes; null where it is not there yet. */
  chunks: number | null;
};
type One = IngestOptions & {
  version: string;
  index: string;
  stored: Stored | undefined;
  step: (part: number) => void;
};

async function ingestOne(source: Source, options: One): Promise<IngestedDocument> {
  const { store, knowledge, stored, index, signal } = options;
  const id = documentId(knowledge, source.path);
  try {
    const bytes = await originalOf(source, store);
    const digest = sha256(bytes);
    if (stored?.sha256 === digest && stored.chunks !== null) {
      return { id, path: source.path, status: "unchanged", chunks: stored.chunks };
    }
    const made = await makeDocument(bytes, { ...options, source, id, digest });
    await store.blobs.put(bytes);
    const dimensions = made.vectors[0]?.length;
    if (dimensions !== undefined) await ensureVectors(store, dimensions);
    await store.batch(replaceDocument({ ...made, index }));
    return { id, path: source.path, status: stored === undefined ? "added" : "updated", chunks: made.chunks.length };
  } catch (error) {
    const known = asPawlError(error);
    if (signal.aborted || !refusals.has(known.code)) throw error;
    return {
      id,
      path: source.path,
      status: "refused",
      chunks: 0,
      code: known.code,
      message: known.message,
      ...(known.hint === undefined ? {} : { hint: known.hint }),
    };
  }
}

async function originalOf(source: Source, store: Store): Promise<Uint8Array> {
  if (source.blob === undefined) return readDocument(source.file, source.path);
  const bytes = await store.blobs.get(source.blob);
  if (bytes) return bytes;
  throw new PawlError("document-unreadable", `The original of ${source.path} is not in the store.`, {
    hint: "Add the document again.",
  });
}

/** Faults of one file; any other error (no disk, no embedder) ends the ingest. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "document-unreadable",
  "document-empty",
  "document-too-large",
  "document-binary",
  "document-scanned",
  "document-unsupported",
]);

/** A document's id is that of its place, so that it stays when the content changes. */
export function documentId(knowledge: string, path: string): string {
  return contentId("doc", sha256(`${knowledge}\n${path}`));
}

/** What is indexed and embedded of a chunk: its title path, the header of the table it begins in, its text. */
export function searchText(piece: Pick<Piece, "titlePath" | "tableHeader" | "text">): string {
  return [piece.titlePath.join(" › "), piece.tableHeader, piece.text].filter((part) => part !== null).join("\n");
}

type Making = One & { source: Source; id: string; digest: string };

async function makeDocument(bytes: Uint8Array, options: Making) {
  const { store, models, knowledge, settings, source, id, signal, version, index, step } = options;
  const loaded = await loadDocument(bytes, { path: source.path, signal });
  const language = await detectLanguage(loaded.text);
  const pieces = await chunk(loaded, {
    budget: settings.chunkTokens,
    overlap: settings.overlapTokens,
    count: (texts) => models.countTokens(settings.embedder, texts, { signal }),
  });
  const chunks = chunkRows(pieces, index, id);
  const texts = chunks.map((row) => row.searchText);
  // Sentences are embedded too, into the cache: the sentence that answers is then found without asking the embedder.
  const said = pieces.flatMap(({ titlePath, statements }) =>
    statements.map(({ words }) => underHeading(titlePath.at(-1), words)),
  );
  const all = [...texts, ...said];
  const vectors = await embedPassages(all, {
    store,
    models,
    settings,
    version,
    signal,
    priority: "background",
    onBatch: (done, total) => step(done / total),
  });
  const note = languageNote(language, settings.embedder);
  const body: Omit<Document, "id" | "knowledge" | "path" | "sha256" | "updatedAt"> & { origin: string } = {
    origin: options.origin,
    title: loaded.title,
    mediaType: loaded.mediaType,
    language,
    characters: loaded.text.length,
    chunks: chunks.length,
    pages: loaded.pages ?? null,
    pagesWithoutText: loaded.pagesWithoutText ?? [],
    notes: [...loaded.notes, ...(note === null ? [] : [note])],
  };
  const { text } = loaded;
  const document = { id, knowledge, path: source.path, sha256: options.digest, text, body };
  return { document, chunks, vectors: vectors.slice(0, texts.length) };
}

/** Chunk ids come from the content, so that an unchanged part of a changed document keeps its ids. */
function chunkRows(pieces: readonly Piece[], index: string, documentId: string): ChunkRow[] {
  const seen = new Map<string, number>();
  return pieces.map((piece, ordinal) => {
    const text = searchText(piece);
    const repeat = seen.get(text) ?? 0;
    seen.set(text, repeat + 1);
    return {
      id: contentId("chk", sha256(`${index}\n${documentId}\n${repeat}\n${text}`)),
      knowledge: index,
      documentId,
      ordinal,
      text: piece.text,
      searchText: text,
      body: toChunkBody(piece),
    };
  });
}

async function storedDocuments(store: Store, knowledge: string, index: string): Promise<Map<string, Stored>> {
  const rows = await store.query({
    sql: `select d.id, d.path, d.sha256, d.body ->> 'origin' as origin, i.chunks
      from documents d left join document_indexes i on i.document_id = d.id and i."index" = $2 and i.sha256 = d.sha256
      where d.knowledge = $1 order by d.path`,
    params: [knowledge, index],
  });
  return new Map(
    rows.map((row) => [
      String(row.path),
      {
        id: String(row.id),
        sha256: String(row.sha256),
        origin: row.origin === "added" ? "added" : "app",
        chunks: row.chunks === null ? null : Number(row.chunks),
      },
    ]),
  );
}

/**
 * The index of a collection for these settings: what is cut, embedded and indexed in the same way is the same index,
 * whichever release asks.
 */
export async function indexOf(models: Models, knowledge: string, settings: KnowledgeSettings): Promise<string> {
  const { version } = await models.describe(settings.embedder);
  const { chunkTokens, overlapTokens, pooling } = settings;
  return `${knowledge}#${hashOf({ ingestVersion, chunkTokens, overlapTokens, embedder: version, pooling }).slice(0, 8)}`;
}

/**
 * A hash of the documents that a collection holds: a part of the release. Equal files, equal version, whenever and
 * however they were read.
 */
export async function documentsVersion(store: Store, knowledge: string): Promise<string> {
  const rows = await store.query({
    sql: 'select path, sha256 from documents where knowledge = $1 order by path collate "C"',
    params: [knowledge],
  });
  return hashOf(rows.map((row) => [row.path, row.sha256]));
}
