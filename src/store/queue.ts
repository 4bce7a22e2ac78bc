import { openOwnQueue } from "./own-queue.ts";
import type { Store } from "./store.ts";
import { decode, encode } from "./values.ts";

/** How jobs of one kind are treated. */
export type JobKind = {
  /** Seconds without a sign of life after which a job on another machine counts as crashed and is given on. */
  heartbeatSeconds?: number;
  /** Seconds that one attempt may take. */
  expireSeconds?: number;
  /** How many jobs of this kind one process works on at the same time. */
  concurrency?: number;
  /** How often a job may crash its process before it counts as failed. */
  maxCrashes?: number;
  /** Worked on by children of the embedded store's owner, through its channel. */
  byChild?: boolean;
};

export const jobDefaults: Required<JobKind> = {
  heartbeatSeconds: 30,
  expireSeconds: 86_000, // most that the queue allows is a day; a sign of life, not the clock, tells the dead
  concurrency: 1,
  maxCrashes: 3,
  byChild: false,
};

const schema = "pawl_queue";

export type Queue = {
  /** Puts a job into its queue unless it is there. */
  send(kind: string, id: string): Promise<void>;
  /** Gives jobs to `handler`, oldest first; a handler that throws gives its job back to the queue. */
  work(
    kind: string,
    handler: (id: string, signal: AbortSignal) => Promise<void>,
  ): Promise<{ wake(): void; stop(): Promise<void> }>;
  remove(kind: string, id: string): Promise<void>;
  /** Gives back what dead processes were working on; for the owner of an embedded store, before it works. */
  recover(): Promise<void>;
  close(): Promise<void>;
};

/** Who works on which job. Jobs that only the owner of an embedded store works on need no tables for that. */
export async function openQueue(
  store: Pick<Store, "executor" | "home" | "owner">,
  settingsOf: (kind: string) => Required<JobKind>,
  onError: (error: Error) => void,
): Promise<Queue> {
  if (store.home !== "embedded" || !store.owner) return openSharedQueue(store, settingsOf, onError);
  const own = openOwnQueue(settingsOf);
  let opening: Promise<Queue> | undefined;
  const shared = () => {
    opening ??= openSharedQueue(store, settingsOf, onError).then(async (queue) => {
      await queue.recover();
      return queue;
    });
    return opening;
  };
  const of = async (kind: string) => (settingsOf(kind).byChild ? shared() : own);
  return {
    send: async (kind, id) => (await of(kind)).send(kind, id),
    work: async (kind, handler) => (await of(kind)).work(kind, handler),
    remove: async (kind, id) => (await of(kind)).remove(kind, id),
    recover: async () => (await opening)?.recover(),
    close: async () => {
      await own.close();
      await (await opening)?.close();
    },
  };
}

/**
 * pg-boss on the store's own executor, so that it runs in the embedded database, through a
 * child's channel and on a server. It knows ids only; the record is the row in `jobs`.
 */
async function openSharedQueue(
  store: Pick<Store, "executor" | "home">,
  settingsOf: (kind: string) => Required<JobKind>,
  onError: (error: Error) => void,
): Promise<Queue> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({
    db: { executeSql: (text, values) => execute(store, text, values ?? []) },
    backend: store.home === "embedded" ? "pglite" : "postgres",
    schema,
    schedule: false,
    reindex: false, // it runs statements that cannot be in a script
    monitorVacuum: false,
    superviseIntervalSeconds: 15,
    monitorIntervalSeconds: 15,
  });
  boss.on("error", onError);
  await boss.start();
  const made = new Map<string, Promise<void>>();
  const ensure = (kind: string) => {
    const known = made.get(kind);
    if (known !== undefined) return known;
    const settings = settingsOf(kind);
    const making = boss.createQueue(kind, {
      expireInSeconds: settings.expireSeconds,
      heartbeatSeconds: settings.heartbeatSeconds,
      retryLimit: 10_000, // only crashes come back to the queue, and jobs.ts counts them
      retentionSeconds: 365 * 86_400,
      deleteAfterSeconds: 86_400,
    });
    made.set(kind, making);
    making.catch(() => made.delete(kind));
    return making;
  };
  return {
    send: async (kind, id) => {
      await ensure(kind);
      await boss.send(kind, { job: id }, { id: uuidOf(id) });
    },
    work: async (kind, handler) => {
      await ensure(kind);
      const { concurrency } = settingsOf(kind);
      const worker = await boss.work<{ job: string }>(
        kind,
        { pollingIntervalSeconds: 1, batchSize: 1, localConcurrency: concurrency },
        async (batch) => {
          for (const job of batch) await handler(job.data.job, job.signal);
        },
      );
      return {
        wake: () => boss.notifyWorker(worker),
        stop: () => boss.offWork(kind, { id: worker, wait: true }),
      };
    },
    remove: async (kind, id) => {
      await ensure(kind);
      await boss.deleteJob(kind, uuidOf(id));
    },
    recover: async () => {
      await execute(
        store,
        `update ${schema}.job set state = 'retry', start_after = now(), started_on = null, heartbeat_on = null
         where state = 'active'`,
        [],
      );
    },
    close: () => boss.stop({ graceful: true, close: false, timeout: 10_000 }),
  };
}

/** A text without parameters may hold several statements; the rows of all are given, as pg-boss expects. */
async function execute(store: Pick<Store, "executor">, text: string, values: readonly unknown[]) {
  const results =
    values.length === 0
      ? await store.executor.script(text)
      : [await store.executor.run(encode({ sql: text, params: values }))];
  return {
    rows: results.flatMap((result) =>
      result.rows.map((row) =>
        Object.fromEntries(
          result.columns.map(({ name, type }, at) => {
            const value = decode(row[at] ?? null, type);
            return [name, type === 1184 && typeof value === "string" ? new Date(value) : value]; // timestamptz
          }),
        ),
      ),
    ),
  };
}

/** The queue's ids are UUIDs: the 128 bits of a job's ULID, so that a job is in the queue at most once. */
function uuidOf(id: string): string {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32
  const number = [...id.slice(id.indexOf("_") + 1)].reduce(
    (sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)),
    0n,
  );
  const hex = number.toString(16).padStart(32, "0");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
