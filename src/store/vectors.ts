import { PawlError, sha256 } from "#kernel";
import { sqlStateOf } from "./failure.ts";
import type { Hit, Search } from "./search.ts";
import type { Row, Statement, Store } from "./store.ts";
import { literal } from "./values.ts";

type Query = (statement: Statement) => Promise<Row[]>;

/** Above this many vectors of one collection an exact scan takes longer than 30 ms; then `settle` builds HNSW. */
export const exactUpTo = 20_000;
/** A filter that leaves at most this many candidates is searched exactly: HNSW would find few of them. */
const exactCandidates = 2_000;

/** The table that holds vectors of so many dimensions. */
export function vectorTable(dimensions: number): string {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 16_000) {
    throw new PawlError("unsupported-option", `Vectors of ${dimensions} dimensions cannot be stored (1 to 16000 can).`);
  }
  return `vectors_${dimensions}`;
}

/** Makes the table for vectors of so many dimensions where it is not there; the same as `vectors_384`. */
export async function ensureVectors(store: Pick<Store, "batch">, dimensions: number): Promise<void> {
  const table = vectorTable(dimensions);
  await store.batch(
    [
      `create table if not exists ${table} (
        chunk_id text primary key references chunks (id) on delete cascade,
        knowledge text not null, document_id text not null, embedding vector(${dimensions}) not null)`,
      `alter table ${table} alter column embedding set storage plain`,
      `create index if not exists ${table}_knowledge on ${table} (knowledge, document_id)`,
    ].map((sql) => ({ sql, params: [] })),
  );
}

/**
 * Nearest by cosine. Vectors are of length one, so the inner product is the cosine and costs a third less; pgvector
 * gives it negative.
 */
export function vectorSearch(query: Query): { nearest: Search["nearest"]; settle(knowledge: string): Promise<void> } {
  return {
    nearest: async ({ knowledge, vector, k, filter }) => {
      if (k < 1 || filter?.documentIds?.length === 0) return [];
      const table = vectorTable(vector.length);
      const documents = filter?.documentIds;
      try {
        const few = documents !== undefined && (await isSmall(query, table, knowledge, documents));
        return hits(
          await query(
            few
              ? { sql: exact(table), params: [knowledge, vector, documents, k] }
              : {
                  sql: "select chunk_id, score from vectors_found($1, $2, $3::vector, $4::text[], $5)",
                  params: [table, knowledge, vector, documents, k],
                },
          ),
        );
      } catch (error) {
        if (sqlStateOf(error) === "42P01") return []; // no vector of these dimensions was ever stored
        throw error;
      }
    },
    settle: async (knowledge) => {
      const tables = await query({
        sql: "select tablename as name from pg_tables where schemaname = current_schema() and tablename ~ '^vectors_[0-9]+$'",
        params: [],
      });
      for (const { name } of tables) await settleTable(query, String(name), knowledge);
    },
  };
}

async function settleTable(query: Query, table: string, knowledge: string): Promise<void> {
  const [row] = await query({
    sql: `select count(*) as vectors from ${table} where knowledge = $1`,
    params: [knowledge],
  });
  const dimensions = Number(table.slice("vectors_".length));
  if (Number(row?.vectors) > exactUpTo && dimensions <= 2_000) {
    await query({
      sql: `create index if not exists ${table}_hnsw_${sha256(knowledge).slice(0, 16)} on ${table}
        using hnsw (embedding vector_ip_ops) with (m = 16, ef_construction = 64) where knowledge = ${literal(knowledge)}`,
      params: [],
    });
  }
  await query({ sql: `analyze ${table}`, params: [] });
}

/** Materialised, so that the planner cannot take the index first and filter afterwards. */
const exact = (table: string) =>
  `with candidates as materialized (
     select chunk_id, embedding from ${table} where knowledge = $1 and document_id = any($3::text[]))
   select chunk_id, -(embedding <#> $2::vector) as score from candidates
   order by embedding <#> $2::vector, chunk_id limit $4`;

async function isSmall(query: Query, table: string, knowledge: string, documents: readonly string[]): Promise<boolean> {
  const [size] = await query({
    sql: `select count(*) as candidates from (
      select from ${table} where knowledge = $1 and document_id = any($2::text[]) limit ${exactCandidates + 1}) candidate`,
    params: [knowledge, documents],
  });
  return Number(size?.candidates) <= exactCandidates;
}

function hits(rows: readonly Row[]): Hit[] {
  return rows.map((row) => ({ chunkId: String(row.chunk_id), score: Number(row.score) }));
}
