import { and, asc, eq, gt, ilike, inArray, or, sql } from "drizzle-orm";
import { PawlError } from "#kernel";
import { Chunk, Document } from "#schema";
import { removeDocument, type Store, tables } from "#store";
import { type ChunkBody, fromChunkBody } from "./chunk-body.ts";

const { documents, chunks } = tables;

/** A page of documents by path; `total` and `chunks` count all that match. */
export async function listDocuments(
  store: Store,
  query: { collection?: string | undefined; q?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ documents: Document[]; next: string | null; total: number; chunks: number }> {
  const pattern = query.q === undefined ? undefined : `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
  const matching = and(
    query.collection === undefined ? undefined : eq(documents.knowledge, query.collection),
    pattern === undefined
      ? undefined
      : or(ilike(documents.path, pattern), ilike(sql`${documents.body}->>'title'`, pattern)),
  );
  const [count] = await store.db
    .select({
      total: sql<number>`count(*)::int`,
      chunks: sql<number>`coalesce(sum((${documents.body}->>'chunks')::int), 0)::int`,
    })
    .from(documents)
    .where(matching);
  const rows = await store.db
    .select(columns)
    .from(documents)
    .where(and(matching, query.cursor === undefined ? undefined : gt(documents.path, query.cursor)))
    .orderBy(asc(documents.path))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit).map(toDocument);
  return {
    documents: page,
    next: rows.length > query.limit ? (page.at(-1)?.path ?? null) : null,
    total: count?.total ?? 0,
    chunks: count?.chunks ?? 0,
  };
}

/** One document without its text. Throws `document-unknown`. */
export async function readDocumentRow(store: Store, id: string): Promise<Document> {
  const [row] = await store.db.select(columns).from(documents).where(eq(documents.id, id));
  if (!row) throw documentUnknown(id);
  return toDocument(row);
}

/** Documents of these collections that have pages without text, by path. */
export async function partlyRead(store: Store, collections: readonly string[]): Promise<Document[]> {
  const rows = await store.db
    .select(columns)
    .from(documents)
    .where(
      and(
        inArray(documents.knowledge, [...collections]),
        sql`jsonb_array_length(coalesce(${documents.body}->'pagesWithoutText', '[]')) > 0`,
      ),
    )
    .orderBy(asc(documents.path));
  return rows.map(toDocument);
}

/** The text that ranges of a document point into. Throws `document-unknown`. */
export async function documentText(store: Store, id: string): Promise<string> {
  const [row] = await store.db.select({ text: documents.text }).from(documents).where(eq(documents.id, id));
  if (!row) throw documentUnknown(id);
  return row.text;
}

/** The chunks of a document in an index (see `indexOf`), in order. Throws `document-unknown`. */
export async function listChunks(store: Store, id: string, index: string): Promise<Chunk[]> {
  await readDocumentRow(store, id);
  const rows = await store.db
    .select()
    .from(chunks)
    .where(and(eq(chunks.documentId, id), eq(chunks.knowledge, index)))
    .orderBy(asc(chunks.ordinal));
  return rows.map((row) =>
    Chunk.parse({ ...row.body, id: row.id, documentId: id, ordinal: row.ordinal, text: row.text }),
  );
}

/** A chunk with everything that the store knows of it; see `Piece`. */
export type StoredChunk = Chunk &
  Pick<ChunkBody, "tableHeader" | "statements"> & { path: string; language: string | null };

/** All chunks of an index (see `indexOf`), by path, in order; `path`: a document, or a folder of them. */
export async function storedChunks(store: Store, index: string, path?: string): Promise<StoredChunk[]> {
  const rows = await store.query({
    sql: `select c.id, c.document_id, c.ordinal, c.text, c.body, d.path, d.body->>'language' as language
      from chunks c join documents d on d.id = c.document_id
      where c.knowledge = $1 and ($2::text is null or d.path = $2 or starts_with(d.path, $2 || '/'))
      order by d.path, c.ordinal`,
    params: [index, path ?? null],
  });
  return rows.map((row) => {
    const text = String(row.text);
    const chunk = { ...Object(row.body), id: row.id, documentId: row.document_id, ordinal: row.ordinal, text };
    const language = row.language === null ? null : String(row.language);
    return { ...Chunk.parse(chunk), ...fromChunkBody(row.body, text), path: String(row.path), language };
  });
}

/** Forgets a document, its chunks and its vectors. Throws `document-unknown`. */
export async function deleteDocument(store: Store, id: string): Promise<void> {
  await readDocumentRow(store, id);
  await store.batch(removeDocument(id));
}

const columns = {
  id: documents.id,
  knowledge: documents.knowledge,
  path: documents.path,
  sha256: documents.sha256,
  updatedAt: documents.updatedAt,
  body: documents.body,
};

function toDocument({ body, updatedAt, ...row }: { body: Record<string, unknown>; updatedAt: string }): Document {
  return Document.parse({ ...body, ...row, updatedAt: new Date(updatedAt).toISOString() });
}

function documentUnknown(id: string): PawlError {
  return new PawlError("document-unknown", `There is no document ${id}.`, {
    hint: "It may have been removed with its file; `pawl ingest` shows what is there.",
    details: { id },
  });
}
