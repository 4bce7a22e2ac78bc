import { and, eq } from "drizzle-orm";
import { ExampleResult } from "#schema";
import { type Store, tables } from "#store";

const { results } = tables;

/** Results wait so long, or until there are so many, for a write of many at once. */
const writeAfterMs = 100;
const batchResults = 200;

/** Writes an experiment's results, many at a time, and with them how far it is. */
export type ResultWriter = {
  /** Waits only where a batch is full; throws what an earlier write failed with. */
  add(result: ExampleResult, reached: { done?: number; errors?: number }): Promise<void>;
  /** Resolves when everything that was added is stored. */
  flush(): Promise<void>;
};

/**
 * A result that a crash takes from here is made again from its turn, which is in the journal: scored again, never asked
 * again.
 */
export function resultWriter(store: Store, experiment: string): ResultWriter {
  let waiting: ExampleResult[] = [];
  let reached = {};
  let writing = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    await store.batch([
      {
        sql: `insert into results (experiment, release, example, body)
          select $1, r->>'release', r->>'example', r from jsonb_array_elements($2::jsonb) r
          on conflict (experiment, release, example) do update set body = excluded.body`,
        params: [experiment, JSON.stringify(batch).replaceAll("\\u0000", "\\ufffd")], // jsonb holds no NUL
      },
      {
        sql: "update experiments set body = body || $2::jsonb where id = $1",
        params: [experiment, JSON.stringify(reached)],
      },
    ]);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    writing.catch(() => {}); // whoever adds or flushes next is told
    return writing;
  }

  return {
    add: async (result, now) => {
      waiting.push(result);
      reached = now;
      if (waiting.length >= batchResults) return flush();
      timer ??= setTimeout(flush, writeAfterMs);
    },
    flush,
  };
}

export async function readResults(store: Store, experiment: string, release?: string): Promise<ExampleResult[]> {
  const rows = await store.db
    .select({ body: results.body })
    .from(results)
    .where(and(eq(results.experiment, experiment), release === undefined ? undefined : eq(results.release, release)));
  return rows.map((row) => ExampleResult.parse(row.body));
}
