import { PawlError } from "#kernel";
import { inParts, rowsPerStatement } from "./documents.ts";
import { sqlStateOf } from "./failure.ts";
import type { Statement, Store } from "./store.ts";
import type { spans, turns } from "./tables.ts";
import { json } from "./values.ts";

export type TurnRow = typeof turns.$inferInsert;
export type SpanRow = typeof spans.$inferInsert;

export type Written = { turns?: readonly TurnRow[]; spans?: readonly SpanRow[] };

export type BatchWriter = {
  /**
   * Takes rows; resolves as soon as they may wait (at once, unless too many do). A turn and its spans given together
   * are written together. A row whose id is there already is left as it is, so a journal can be written again.
   */
  write(rows: Written): Promise<void>;
  /** Resolves when everything taken so far is in the store; throws what kept it from there, and keeps the rows. */
  flush(): Promise<void>;
  /** How many rows wait. */
  readonly waiting: number;
  close(): Promise<void>;
};

export type WriterOptions = {
  /** Milliseconds a row waits at most before it is written. */
  delayMs?: number;
  /** How many rows may wait before `write` holds its caller back. */
  maxWaiting?: number;
  /** A row that the database refuses whatever happens (it breaks a rule): it is left out, so that the others go on. */
  onRefused?: (refused: { id: string; error: PawlError }) => void;
  /** Writing failed and will be tried again: the disk is full, the server is away. */
  onError?: (error: PawlError) => void;
};

type Item = { turns: readonly TurnRow[]; spans: readonly SpanRow[] };

/** Writes turns and spans off the request's path: measured 10 to 20 times the rows per second of single inserts. */
export function batchWriter(store: Pick<Store, "batch">, options: WriterOptions = {}): BatchWriter {
  const { delayMs = 50, maxWaiting = 20_000, onRefused = () => {}, onError = () => {} } = options;
  let waiting: Item[] = [];
  let rows = 0;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;
  const released = new Set<() => void>();

  const work = async () => {
    while (waiting.length > 0) {
      const part = takeRows(waiting);
      await writeItems(store, part, onRefused);
      waiting = waiting.slice(part.length);
      rows -= sizeOf(part);
      for (const release of released) release();
      released.clear();
    }
  };
  const start = () => {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
    });
    return working;
  };
  const startLater = (ms: number) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      start().catch((error: unknown) => {
        onError(
          error instanceof PawlError ? error : new PawlError("store-failed", "Writing failed.", { cause: error }),
        );
        if (!closed) startLater(1000);
      });
    }, ms);
  };
  return {
    get waiting() {
      return rows;
    },
    write: async ({ turns = [], spans = [] }) => {
      if (closed) throw new PawlError("store-failed", "The writer is closed.");
      while (rows >= maxWaiting) {
        await new Promise<void>((resolve) => {
          released.add(resolve);
          startLater(0);
        });
      }
      const item = { turns, spans };
      waiting.push(item);
      rows += sizeOf([item]);
      if (rows >= rowsPerStatement) {
        clearTimeout(timer);
        timer = undefined;
        startLater(0);
      } else startLater(delayMs);
    },
    flush: async () => {
      while (waiting.length > 0) await start();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      while (waiting.length > 0) await start();
    },
  };
}

/** As many items as fill a statement; at least one, whatever its size. */
function takeRows(items: readonly Item[]): Item[] {
  let size = 0;
  const end = items.findIndex((item) => {
    size += sizeOf([item]);
    return size > rowsPerStatement;
  });
  return items.slice(0, end === -1 ? items.length : Math.max(1, end));
}

/** Halves a batch that the database refuses for what is in it, until the refused row is alone. */
async function writeItems(
  store: Pick<Store, "batch">,
  items: readonly Item[],
  onRefused: NonNullable<WriterOptions["onRefused"]>,
): Promise<void> {
  try {
    await store.batch(statementsOf(items));
  } catch (error) {
    if (!(error instanceof PawlError) || !/^2[23]/.test(sqlStateOf(error) ?? "")) throw error;
    const [first] = items;
    if (items.length === 1 && first !== undefined) {
      const id = first.turns[0]?.id ?? first.spans[0]?.id ?? "";
      onRefused({ id, error });
      return;
    }
    const middle = Math.ceil(items.length / 2);
    await writeItems(store, items.slice(0, middle), onRefused);
    await writeItems(store, items.slice(middle), onRefused);
  }
}

function statementsOf(items: readonly Item[]): Statement[] {
  return [
    ...inParts(items.flatMap((item) => item.turns)).map((part) => ({
      sql: `insert into turns (id, session, app, release, status, start_ms, question, body)
        select id, session, app, release, status, "startMs", question, body
        from jsonb_to_recordset($1::jsonb) as row (id text, session text, app text, release text, status text,
          "startMs" float8, question text, body jsonb)
        on conflict (id) do nothing`,
      params: [json(part)],
    })),
    ...inParts(items.flatMap((item) => item.spans)).map((part) => ({
      sql: `insert into spans (id, turn, run, kind, start_ms, body)
        select id, turn, run, kind, "startMs", body
        from jsonb_to_recordset($1::jsonb) as row (id text, turn text, run text, kind text, "startMs" float8, body jsonb)
        on conflict (id) do nothing`,
      params: [json(part)],
    })),
  ];
}

function sizeOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.turns.length + item.spans.length, 0);
}
