import type { Statement } from "./store.ts";
import type { chunks, documents } from "./tables.ts";
import { json, vectorText } from "./values.ts";
import { vectorTable } from "./vectors.ts";

export type DocumentRow = typeof documents.$inferInsert;
export type ChunkRow = typeof chunks.$inferInsert;

/** Rows in one statement; more makes long statements without being faster. */
export const rowsPerStatement = 500;

/**
 * One atomic batch that puts a document with all its chunks and vectors into an index, in the place of what was there.
 * `vectors` has one unit vector for each chunk, or none where the collection is not embedded. Whatever happens in
 * between, a reader sees the old document or the new one. Where the document's bytes changed, its chunks in other
 * indexes go with the old text: their ranges would point into another.
 *
 * @param input.index the index that the chunks belong to; default: the collection itself
 */
export function replaceDocument(input: {
  document: DocumentRow;
  index?: string;
  chunks: readonly ChunkRow[];
  vectors: readonly Float32Array[];
}): Statement[] {
  const { document, chunks, vectors } = input;
  const index = input.index ?? document.knowledge;
  if (vectors.length !== 0 && vectors.length !== chunks.length) {
    throw new RangeError(`${chunks.length} chunks but ${vectors.length} vectors`);
  }
  const stale = `document_id = $1 and ($2 = INDEX or $3 <> (select sha256 from documents where id = $1))`;
  return [
    {
      sql: "delete from documents where knowledge = $1 and path = $2 and id <> $3",
      params: [document.knowledge, document.path, document.id],
    },
    {
      sql: `delete from chunks where ${stale.replace("INDEX", "knowledge")}`,
      params: [document.id, index, document.sha256],
    },
    {
      sql: `delete from document_indexes where ${stale.replace("INDEX", '"index"')}`,
      params: [document.id, index, document.sha256],
    },
    {
      sql: `insert into documents (id, knowledge, path, sha256, updated_at, text, body)
        values ($1, $2, $3, $4, coalesce($5::timestamptz, now()), $6, $7::jsonb)
        on conflict (id) do update set knowledge = excluded.knowledge, path = excluded.path, sha256 = excluded.sha256,
          updated_at = excluded.updated_at, text = excluded.text, body = excluded.body`,
      params: [
        document.id,
        document.knowledge,
        document.path,
        document.sha256,
        document.updatedAt,
        document.text,
        document.body,
      ],
    },
    {
      sql: `insert into document_indexes (document_id, "index", sha256, chunks) values ($1, $2, $3, $4)`,
      params: [document.id, index, document.sha256, chunks.length],
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

/** Forgets the indexes of a collection but those named: their chunks and vectors. The documents stay. */
export function dropIndexes(knowledge: string, keep: readonly string[]): Statement[] {
  const other = (column: string) => `starts_with(${column}, $1) and ${column} <> all($2::text[])`;
  const params = [`${knowledge}#`, [...keep]];
  return [
    { sql: `delete from chunks where ${other("knowledge")}`, params },
    { sql: `delete from document_indexes where ${other('"index"')}`, params },
  ];
}
