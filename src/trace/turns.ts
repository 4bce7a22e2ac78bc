import { and, desc, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import { Turn, TurnSummary } from "#schema";
import { type Statement, type Store, tables } from "#store";

const { turns, spans } = tables;

/**
 * Stores turns with their spans in one atomic batch of two statements; a turn that is there already stays as it is,
 * so the journal may bring one twice.
 */
export async function writeTurns(store: Store, finished: readonly Turn[]): Promise<void> {
  if (finished.length === 0) return;
  const rows = finished.map(({ spans: _, ...turn }) => turn);
  const spanRows = finished.flatMap((turn) => turn.spans.map((span) => ({ ...span, turn: turn.id })));
  const statements: Statement[] = [
    {
      sql: `insert into turns (id, session, app, release, status, start_ms, question, body)
        select t->>'id', t->>'session', t->>'app', t->>'release', t->>'status', (t->>'startMs')::double precision, t->>'question', t
        from jsonb_array_elements($1::jsonb) t on conflict (id) do nothing`,
      params: [JSON.stringify(withoutNul(rows))],
    },
    {
      sql: `insert into spans (id, turn, run, kind, start_ms, body)
        select s->>'id', s->>'turn', s->>'turn', s->>'kind', (s->>'startMs')::double precision, s - 'turn'
        from jsonb_array_elements($1::jsonb) s on conflict (id) do nothing`,
      params: [JSON.stringify(withoutNul(spanRows))],
    },
  ];
  await store.batch(statements);
}

/** One turn with its spans in the order they ended, references unresolved; null where there is none. */
export async function readTurn(store: Store, id: string): Promise<Turn | null> {
  const [row] = await store.db.select({ body: turns.body }).from(turns).where(eq(turns.id, id));
  if (!row) return null;
  const spanRows = await store.db
    .select({ body: spans.body })
    .from(spans)
    .where(eq(spans.turn, id))
    .orderBy(spans.startMs, spans.id);
  return Turn.parse({ ...row.body, spans: spanRows.map((span) => span.body) });
}

/** Which of these turns are stored. */
export async function storedTurns(store: Store, ids: readonly string[]): Promise<Set<string>> {
  const rows = await store.query({
    sql: "select id from turns where id in (select jsonb_array_elements_text($1::jsonb))",
    params: [JSON.stringify(ids)],
  });
  return new Set(rows.map((row) => String(row.id)));
}

export type TurnQuery = {
  app?: string | undefined;
  session?: string | undefined;
  release?: string | undefined;
  status?: string | undefined;
  thumb?: "up" | "down" | "none" | undefined;
  abstained?: "true" | "false" | undefined;
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Sessions of what experiments, saves and a loop's arms asked: a regular expression of PostgreSQL. */
export const machineSessions = "^(exp|replay|loop)_";

/** Turns, newest first, a page at a time; `total` counts all that match. */
export async function listTurns(
  store: Store,
  query: TurnQuery,
): Promise<{ turns: TurnSummary[]; next: string | null; total: number }> {
  const thumb = sql<
    number | null
  >`(select (f.body->>'value')::int from feedback f where f.turn = ${turns.id} and f.kind = 'thumb' order by f.created_at desc limit 1)`;
  const conditions: (SQL | undefined)[] = [
    query.app === undefined ? undefined : eq(turns.app, query.app),
    // Turns that experiments and saves asked are shown with them, not among what people asked.
    query.session === undefined ? sql`${turns.session} !~ ${machineSessions}` : eq(turns.session, query.session),
    query.release === undefined ? undefined : eq(turns.release, query.release),
    query.status === undefined ? undefined : eq(turns.status, query.status),
    // Every word, in any order, in the question or the answer.
    ...wordsOf(query.q).map((word) =>
      or(ilike(turns.question, like(word)), sql`${turns.body}->'answer'->>'text' ilike ${like(word)}`),
    ),
    query.abstained === undefined ? undefined : sql`${turns.body}->'answer'->>'abstained' = ${query.abstained}`,
    query.thumb === undefined
      ? undefined
      : query.thumb === "none"
        ? sql`${thumb} is null`
        : sql`${thumb} = ${query.thumb === "up" ? 1 : -1}`,
  ];
  const [count] = await store.db
    .select({ total: sql<number>`count(*)::int` })
    .from(turns)
    .where(and(...conditions));
  // Ids do not sort by time: a turn of work that may be broken off has one that its question gives.
  const isBefore =
    query.cursor === undefined
      ? undefined
      : sql`(${turns.startMs}, ${turns.id}) < (select start_ms, id from turns where id = ${query.cursor})`;
  const rows = await store.db
    .select({ body: turns.body, thumb })
    .from(turns)
    .where(and(...conditions, isBefore))
    .orderBy(desc(turns.startMs), desc(turns.id))
    .limit(query.limit + 1);
  const page = rows.slice(0, query.limit).map((row) => TurnSummary.parse({ ...row.body, thumb: row.thumb }));
  return { turns: page, next: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null, total: count?.total ?? 0 };
}

function wordsOf(q = ""): string[] {
  return [...new Set(q.split(/\s+/))].filter((word) => word !== "");
}

function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

/**
 * PostgreSQL's text holds no NUL and no half of a surrogate pair (a text that was cut); each becomes the replacement
 * character. JSON writes both as escapes, and an escaped backslash is none of them.
 */
export function withoutNul<T>(value: T): T {
  const text = JSON.stringify(value).replace(/\\(\\|u0000|ud[89a-f][0-9a-f]{2})/g, (whole, escaped: string) =>
    escaped === "\\" ? whole : "\\ufffd",
  );
  return JSON.parse(text);
}
