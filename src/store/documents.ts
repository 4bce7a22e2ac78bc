import type { Statement } from "./store.ts";
import type { chunks, documents } from "./tables.ts";
import { json, vectorText } from "./values.ts";
import { vectorTable } from "./vectors.ts";

export type DocumentRow = typeof documents.$inferInsert;
export type ChunkRow = typeof chunks.$inferInsert;

/** Rows in one statement; more makes long statements without being faster. */
export const rowsPerStatement = 500;

/**
 * One atomic batch that puts a document with all its chunks and vectors in the place of what was there under its id or
 * its path. `vectors` has one unit vector for each chunk, or none where the collection is not embedded. Whatever
 * happens in between, a reader sees the old document or the new one.
 */
export function replaceDocument(input: {
  document: DocumentRow;
  chunks: readonly ChunkRow[];
  vectors: readonly Float32Array[];
}): Statement[] {
  const { document, chunks, vectors } = input;
  if (vectors.length !== 0 && vectors.length !== chunks.length) {
    throw new RangeError(`${chunks.length} chunks but ${vectors.length} vectors`);
  }
  return [
    {
      sql: "delete from documents where id = $1 or (knowledge = $2 and path = $3)",
      params: [document.id, document.knowledge, document.path],
    },
    {
      sql: `insert into documents (id, knowledge, path, sha256, settings_hash, updated_at, text, body)
        values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, now()), $7, $8::jsonb)`,
      params: [
        document.id,
        document.knowledge,
        document.path,
        document.sha256,
        document.settingsHash,
        document.updatedAt,
        document.text,
        document.body,
      ],
    },
    ...inParts(chunks).map((part) => ({
      sql: `insert into chunks (id, knowledge, document_id, ordinal, text, search_text, body)
        select id, knowledge, "documentId", ordinal, text, "searchText", body
        from jsonb_to_recordset($1::jsonb) as row (id text, knowledge text, "documentId" text, ordinal int,
          text text, "searchText" text, body jsonb)`,
      params: [json(part)],
    })),
    ...vectorStatements(chunks, vectors),
  ];
}

/** A document, its chunks and vectors (by their foreign keys) are gone together. */
export function removeDocument(id: string): Statement[] {
  return [{ sql: "delete from documents where id = $1", params: [id] }];
}

function vectorStatements(chunks: readonly ChunkRow[], vectors: readonly Float32Array[]): Statement[] {
  const [first] = vectors;
  if (first === undefined) return [];
  const table = vectorTable(first.length);
  const rows = chunks.map((chunk, at) => ({
    chunk_id: chunk.id,
    knowledge: chunk.knowledge,
    document_id: chunk.documentId,
    embedding: vectorText(vectors[at] ?? first), // the lengths are equal, checked above
  }));
  return inParts(rows).map((part) => ({
    sql: `insert into ${table} (chunk_id, knowledge, document_id, embedding)
      select chunk_id, knowledge, document_id, embedding::vector
      from jsonb_to_recordset($1::jsonb) as row (chunk_id text, knowledge text, document_id text, embedding text)`,
    params: [json(part)],
  }));
}

export function inParts<T>(items: readonly T[], size = rowsPerStatement): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
