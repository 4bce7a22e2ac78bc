import { PawlError, sha256 } from "#kernel";
import type { Executor } from "./executor.ts";
import { sqlStateOf } from "./failure.ts";
import { oneAtATime } from "./migrate.ts";
import type { Hit, Search } from "./search.ts";
import type { Row, Statement } from "./store.ts";
import { encode, literal, rowsOf } from "./values.ts";

type Query = (statement: Statement) => Promise<Row[]>;
type Bm25Query = Parameters<Search["bm25"]>[0];

/** Robertson and Zaragoza 2009's saturation of term frequency and strength of the length normalisation. */
const k1 = 1.2;
const b = 0.75;

/** Candidates of a filter up to which each is scored by itself, 0.4 ms a row. */
const scoredSingly = 50;

/**
 * Decides once, when the store opens, how this database ranks: by the extension pg_textsearch, or by tables of term
 * statistics that triggers keep (no managed server has the extension). Going from one to the other loses nothing:
 * the chunks are the truth.
 */
export async function prepareBm25(executor: Executor): Promise<void> {
  const run = async (sql: string) => rowsOf(await executor.run(encode({ sql, params: [] })));
  const [state] = await run(`select
    exists (select from pg_extension where extname = 'pg_textsearch') as installed,
    exists (select from pg_available_extensions where name = 'pg_textsearch') as available,
    exists (select from pg_trigger where tgname = 'bm25_added' and tgrelid = 'chunks'::regclass) as tables`);
  const installed = state?.installed === true || (state?.available === true && (await install(executor)));
  if (installed && state?.tables === true) await executor.batch([oneAtATime, ...withoutTables.map(statement)]);
  if (!installed && state?.tables !== true) await executor.batch([oneAtATime, ...withTables.map(statement)]);
}

/** The extension may be there but not preloaded, or not allowed to this user: then the tables do. */
async function install(executor: Executor): Promise<boolean> {
  try {
    await executor.batch([oneAtATime, statement("create extension if not exists pg_textsearch")]);
    return true;
  } catch (error) {
    if (error instanceof PawlError && error.code === "store-failed") return false;
    throw error;
  }
}

const withoutTables = [
  "drop trigger if exists bm25_added on chunks",
  "drop trigger if exists bm25_removed on chunks",
  "truncate bm25_chunks, bm25_postings, bm25_totals",
];

const withTables = [
  "lock table chunks in share row exclusive mode",
  "drop trigger if exists bm25_added on chunks",
  "drop trigger if exists bm25_removed on chunks",
  "truncate bm25_chunks, bm25_postings, bm25_totals",
  `insert into bm25_chunks (chunk_id, knowledge, document_id, length)
     select id, knowledge, document_id, coalesce((select sum(frequency) from bm25_terms(search_text)), 0) from chunks`,
  `insert into bm25_postings (knowledge, term, number, frequency, length)
     select a.knowledge, t.term, c.number, t.frequency, c.length
     from chunks a join bm25_chunks c on c.chunk_id = a.id cross join lateral bm25_terms(a.search_text) t`,
  "insert into bm25_totals select knowledge, count(*), sum(length) from bm25_chunks group by 1",
  `create trigger bm25_added after insert on chunks
     referencing new table as added for each statement execute function bm25_added()`,
  `create trigger bm25_removed after delete on chunks
     referencing old table as removed for each statement execute function bm25_removed()`,
];

const statement = (sql: string) => encode({ sql, params: [] });

export function bm25Search(
  query: Query,
  embedded: boolean,
): {
  search: Search["bm25"];
  settle(knowledge: string): Promise<void>;
} {
  let extension: Promise<boolean> | undefined;
  const hasExtension = () => {
    extension ??= query({ sql: "select from pg_extension where extname = 'pg_textsearch'", params: [] }).then(
      (rows) => rows.length > 0,
    );
    extension.catch(() => {
      extension = undefined;
    });
    return extension;
  };
  const indexed = new Set<string>();
  const index = async (knowledge: string) => {
    if (indexed.has(knowledge)) return;
    await makeIndex(query, knowledge);
    indexed.add(knowledge);
  };
  return {
    search: async (asked) => {
      if (asked.k < 1 || asked.filter?.documentIds?.length === 0) return [];
      if (!(await hasExtension())) return searchTables(query, asked);
      await index(asked.knowledge);
      return searchIndex(query, asked);
    },
    settle: async (knowledge) => {
      if (await hasExtension()) await index(knowledge);
      // The embedded database has no autovacuum, and the index counts removed chunks until a vacuum.
      if (embedded) await query({ sql: "vacuum (analyze) chunks", params: [] });
      else await query({ sql: "analyze chunks, bm25_postings, bm25_chunks", params: [] });
    },
  };
}

/** One index for each collection: term statistics of one must not weigh in another's ranking. */
const indexOf = (knowledge: string) => `chunks_bm25_${sha256(knowledge).slice(0, 16)}`;

async function makeIndex(query: Query, knowledge: string): Promise<void> {
  try {
    await query({
      sql: `create index if not exists ${indexOf(knowledge)} on chunks using bm25 (search_text)
        with (text_config = 'english', k1 = ${k1}, b = ${b}) where knowledge = ${literal(knowledge)}`,
      params: [],
    });
  } catch (error) {
    if (sqlStateOf(error) !== "23505" && sqlStateOf(error) !== "42P07") throw error; // made by another at the same time
  }
}

/**
 * By pg_textsearch. Its scores are negative (an index scan orders upwards) and its order among equals is the heap's:
 * where the last hit has equals, more are fetched until all of them are there, then sorted by chunk id.
 */
async function searchIndex(query: Query, { knowledge, text, k, filter }: Bm25Query): Promise<Hit[]> {
  const documents = filter?.documentIds;
  if (documents !== undefined && (await isSmall(query, knowledge, documents))) {
    return hits(
      await query({
        sql: `with candidates as materialized (
            select id, search_text from chunks where knowledge = $2 and document_id = any($3::text[]))
          select * from (
            select id, -(search_text <@> to_bm25query($1, '${indexOf(knowledge)}')) as score from candidates) scored
          where score > 0 order by score desc, id limit $4`,
        params: [text, knowledge, documents, k],
      }),
    );
  }
  const find = async (limit: number, exact: boolean) =>
    hits(
      await query({
        sql: "select id, score from bm25_found($1, $2, $3, $4::text[], $5, $6)",
        params: [indexOf(knowledge), knowledge, text, documents, limit, exact],
      }),
    );
  for (let limit = k + 16; ; limit *= 4) {
    let found = await find(limit, false);
    // All alike is what a plan without the index would give; the rows' own scores tell.
    if (found.length > 0 && found[0]?.score === found.at(-1)?.score) found = await find(limit, true);
    const last = found.at(-1);
    if (found.length < limit || last === undefined || last.score < (found[k - 1]?.score ?? 0)) {
      return found
        .filter((hit) => hit.score > 0)
        .sort(byScore)
        .slice(0, k);
    }
  }
}

/** Few candidates are scored one by one; of many, the index finds the best faster. */
async function isSmall(query: Query, knowledge: string, documents: readonly string[]): Promise<boolean> {
  const [size] = await query({
    sql: `select count(*) as candidates from (
      select from chunks where knowledge = $1 and document_id = any($2::text[]) limit ${scoredSingly + 1}) candidate`,
    params: [knowledge, documents],
  });
  return Number(size?.candidates) <= scoredSingly;
}

/** By the tables of term statistics: the same formula, in single precision as the index, so that equals are equal. */
async function searchTables(query: Query, { knowledge, text, k, filter }: Bm25Query): Promise<Hit[]> {
  return hits(
    await query({
      sql: `with total as (
          select chunks::float8 as n, greatest(length::float8 / nullif(chunks, 0), 1e-9) as mean
          from bm25_totals where knowledge = $1),
        terms as materialized (
          select q.term, q.frequency as weight,
            ln(1 + (total.n - f.df + 0.5) / (f.df + 0.5)) as idf, total.mean
          from bm25_terms($2) q cross join total
          cross join lateral (
            select count(*)::float8 as df from bm25_postings where knowledge = $1 and term = q.term) f
          where f.df > 0),
        scored as (
          select p.number, (sum(t.weight * t.idf * p.frequency * ${k1 + 1}
            / (p.frequency + ${k1} * (1 - ${b} + ${b} * p.length / t.mean))))::float4 as score
          from terms t join bm25_postings p on p.knowledge = $1 and p.term = t.term
          ${filter?.documentIds === undefined ? "" : "where p.number in (select number from bm25_chunks where knowledge = $1 and document_id = any($4::text[]))"}
          group by p.number)
        select c.chunk_id as id, s.score from scored s join bm25_chunks c on c.number = s.number
        order by s.score desc, id limit $3`,
      params: filter?.documentIds === undefined ? [knowledge, text, k] : [knowledge, text, k, filter.documentIds],
    }),
  );
}

function hits(rows: readonly Row[]): Hit[] {
  return rows.map((row) => ({ chunkId: String(row.id), score: Number(row.score) }));
}

/** Best first; equals by chunk id, compared by code unit as in the database's "C" order of ASCII ids. */
export function byScore(a: Hit, b: Hit): number {
  return b.score - a.score || (a.chunkId < b.chunkId ? -1 : a.chunkId > b.chunkId ? 1 : 0);
}
