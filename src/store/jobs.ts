import { asPawlError, type Id, newId, PawlError, type Problem, type Progress, toProblem } from "#kernel";
import type { Json } from "#schema";
import { type JobKind, jobDefaults, openQueue, type Queue } from "./queue.ts";
import type { Row, Store } from "./store.ts";
import { json } from "./values.ts";

export type JobStatus = "queued" | "running" | "done" | "failed" | "cancelled";

/** The record of a job. `result` is there when it is done, `error` when it has failed. */
export type Job = {
  id: Id<"job">;
  kind: string;
  key: string | null;
  status: JobStatus;
  createdAt: string;
  updatedAt: string;
  input: Json;
  progress: Progress | null;
  /** How often it was begun. */
  attempts: number;
  result: Json;
  error: Problem | null;
};

/** What a handler gets. A step that is recorded is not done again when the job goes on after a crash. */
export type JobContext = {
  id: Id<"job">;
  input: Json;
  /** Aborted when the job is cancelled, given to another process, or this process stops. */
  signal: AbortSignal;
  report(progress: Progress): void;
  /** What a step gave when it was done in an earlier attempt; undefined where it was not. */
  recorded(step: string): Json | undefined;
  record(step: string, output: Json): Promise<void>;
};

export type JobHandler = (context: JobContext) => Promise<Json>;

export type Jobs = {
  /**
   * Puts a job into the queue. With a `key`, an unfinished job of this kind and key is given back instead of a second; and
   * where the last one was cancelled or has failed, and had the same input, its recorded steps are the new one's.
   */
  enqueue(kind: string, input: Json, options?: { key?: string }): Promise<Id<"job">>;
  /** Works on jobs of this kind until `signal` is aborted; what is unfinished then goes back to the queue. */
  work(kind: string, handler: JobHandler, options: { signal: AbortSignal }): Promise<void>;
  /** False where the job had ended already. */
  cancel(id: string): Promise<boolean>;
  get(id: string): Promise<Job | null>;
  /** Resolves when this process has ended an attempt at the job, or after so many milliseconds: then look at it. */
  ended(id: string, ms: number): Promise<void>;
  /** Newest first. */
  list(options?: { kind?: string; status?: JobStatus; limit?: number }): Promise<Job[]>;
  /** For the owner of an embedded store, when a process it started has died: what that one was at is queued again. */
  recover(): Promise<void>;
  close(): Promise<void>;
};

export type JobsOptions = {
  kinds?: Readonly<Record<string, JobKind>>;
  /** What the queue notices beside a call: the store was away, a sign of life could not be given. */
  onError?: (error: Error) => void;
  /**
   * An attempt has failed, and the store could not take that down (the disk is full): the row says `running`, and the
   * queue tries the job again when the store is back.
   */
  onUnrecorded?: (job: Pick<Job, "id" | "attempts">, problem: Problem) => void;
};

/** Milliseconds between two looks at whether a running job was cancelled, and between two writes of its progress. */
const lookMs = 500;

/**
 * Jobs of this store; once for each opened store. The owner of an embedded one first takes back what a crash has
 * interrupted.
 */
export async function openJobs(
  store: Store,
  { kinds = {}, onError = () => {}, onUnrecorded = () => {} }: JobsOptions = {},
): Promise<Jobs> {
  const settingsOf = (kind: string) => ({ ...jobDefaults, ...kinds[kind] });
  const queue = await openQueue(store, settingsOf, onError);
  if (store.owner) await recover(store, queue);
  const wakers = new Map<string, Set<() => void>>();
  const stops = new Set<() => Promise<void>>();
  const awaited = new Map<string, Set<() => void>>();
  const tellEnd = (id: string) => {
    for (const tell of awaited.get(id) ?? []) tell();
  };
  return {
    enqueue: async (kind, input, { key } = {}) => {
      const id = newId("job");
      const rows = await store.query({
        sql: `with added as (
            insert into jobs (id, kind, key, status, body) values ($1, $2, $3, 'queued', $4::jsonb)
            on conflict (kind, key) where status in ('queued', 'running') do nothing returning id),
          last as (select id, status, body->'input' = $4::jsonb->'input' as is_same from jobs
            where kind = $2 and key = $3 order by created_at desc, id desc limit 1),
          taken as (update job_steps set job = added.id from added, last
            where job_steps.job = last.id and last.is_same and last.status in ('cancelled', 'failed'))
          select id from added union all
          select id from jobs where kind = $2 and key = $3 and status in ('queued', 'running') limit 1`,
        params: [id, kind, key ?? null, json({ input })],
      });
      const found = rows[0]?.id;
      if (found === undefined) {
        throw new PawlError("conflict", "A job of this key was just being ended.", { hint: "Try again." });
      }
      if (found !== id) return toId(found);
      await queue.send(kind, id);
      for (const wake of wakers.get(kind) ?? []) wake();
      return id;
    },
    work: async (kind, handler, { signal }) => {
      if (signal.aborted) return;
      const worker = await queue.work(kind, (id, lost) =>
        attempt(store, id, handler, {
          stop: signal,
          lost,
          maxCrashes: settingsOf(kind).maxCrashes,
          onUnrecorded,
        }).finally(() => tellEnd(id)),
      );
      const waking = wakers.get(kind) ?? new Set();
      wakers.set(kind, waking.add(worker.wake));
      let stopping: Promise<void> | undefined;
      const stop = () => {
        waking.delete(worker.wake);
        stopping ??= worker.stop().finally(() => stops.delete(stop));
        return stopping;
      };
      stops.add(stop);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      await stop();
    },
    cancel: async (id) => {
      const [row] = await store.query({
        sql: `update jobs set status = 'cancelled', updated_at = now()
          where id = $1 and status in ('queued', 'running') returning kind`,
        params: [id],
      });
      tellEnd(id);
      return row !== undefined;
    },
    ended: (id, ms) =>
      new Promise((resolve) => {
        const waiting = awaited.get(id) ?? new Set();
        awaited.set(id, waiting);
        const tell = () => {
          clearTimeout(timer);
          waiting.delete(tell);
          if (waiting.size === 0) awaited.delete(id);
          resolve();
        };
        const timer = setTimeout(tell, ms).unref();
        waiting.add(tell);
      }),
    get: async (id) => {
      const [row] = await store.query({ sql: "select * from jobs where id = $1", params: [id] });
      return row === undefined ? null : toJob(row);
    },
    list: async ({ kind, status, limit = 100 } = {}) => {
      const rows = await store.query({
        sql: `select * from jobs where ($1::text is null or kind = $1) and ($2::text is null or status = $2)
          order by created_at desc, id desc limit $3`,
        params: [kind ?? null, status ?? null, limit],
      });
      return rows.map(toJob);
    },
    recover: async () => {
      const ofChildren = Object.keys(kinds).filter((kind) => settingsOf(kind).byChild);
      if (store.owner) await recover(store, queue, ofChildren);
    },
    close: async () => {
      for (const id of [...awaited.keys()]) tellEnd(id);
      await Promise.all([...stops].map((stop) => stop()));
      await queue.close();
    },
  };
}

/** One attempt at a job, from its row to its row. Throws only to give the job back to the queue. */
async function attempt(
  store: Store,
  id: string,
  handler: JobHandler,
  {
    stop,
    lost,
    maxCrashes,
    onUnrecorded,
  }: { stop: AbortSignal; lost: AbortSignal; maxCrashes: number } & Required<Pick<JobsOptions, "onUnrecorded">>,
): Promise<void> {
  const [row] = await store.query({
    sql: `update jobs set status = 'running', updated_at = now(),
        body = jsonb_set(body, '{attempts}', to_jsonb(coalesce((body->>'attempts')::int, 0) + 1))
      where id = $1 and status in ('queued', 'running') returning *`,
    params: [id],
  });
  if (row === undefined) return; // cancelled while it waited
  const job = toJob(row);
  if (job.attempts > maxCrashes + 1) {
    const error = new PawlError("internal", `The job has crashed its process ${job.attempts - 1} times.`);
    await finish(store, job, "failed", { error: toProblem(error) });
    return;
  }
  const cancelled = new AbortController();
  const signal = AbortSignal.any([stop, lost, cancelled.signal]);
  const watch = watchJob(store, job, () => cancelled.abort(new PawlError("cancelled", "The job was cancelled.")));
  try {
    const steps = await recordedSteps(store, id);
    const result = await handler({
      id: job.id,
      input: job.input,
      signal,
      report: watch.report,
      recorded: (step) => steps.get(step),
      record: async (step, output) => {
        signal.throwIfAborted(); // another process may be at it by now
        await store.query({
          sql: `insert into job_steps (job, step, output) values ($1, $2, $3::jsonb)
            on conflict (job, step) do update set output = excluded.output`,
          params: [id, step, json(output)],
        });
        steps.set(step, output);
      },
    });
    await watch.end();
    await finish(store, job, "done", { result });
  } catch (error) {
    await watch.end();
    if (cancelled.signal.aborted || lost.aborted) return;
    if (stop.aborted) {
      await release(store, job);
      throw error;
    }
    const problem = toProblem(asPawlError(error));
    await finish(store, job, "failed", { error: problem }).catch((unrecorded: unknown) => {
      onUnrecorded(job, problem);
      throw unrecorded;
    });
  }
}

/**
 * Only the attempt that the row speaks of may end it: one that was believed dead and given on may not. Steps of a job that
 * failed stay for the next one with its key.
 */
async function finish(
  store: Store,
  job: Job,
  status: JobStatus,
  outcome: { result?: Json; error?: Problem },
): Promise<void> {
  await store.batch([
    {
      sql: `delete from job_steps where job = $1 and ($3 = 'done' or $4::text is null) and exists (
        select from jobs where id = $1 and status = 'running' and (body->>'attempts')::int = $2)`,
      params: [job.id, job.attempts, status, job.key],
    },
    {
      sql: `update jobs set status = $3, updated_at = now(), body = body || $4::jsonb
        where id = $1 and status = 'running' and (body->>'attempts')::int = $2`,
      params: [job.id, job.attempts, status, json(outcome)],
    },
  ]);
}

/** This process stops: the job waits for another, and the attempt does not count as a crash. */
async function release(store: Store, job: Job): Promise<void> {
  await store.query({
    sql: `update jobs set status = 'queued', updated_at = now(), body = jsonb_set(body, '{attempts}', to_jsonb($2::int - 1))
      where id = $1 and status = 'running' and (body->>'attempts')::int = $2`,
    params: [job.id, job.attempts],
  });
}

/** Writes progress now and then, and looks whether the job was cancelled, by whatever process. */
function watchJob(store: Store, job: Job, onCancelled: () => void) {
  let progress: Progress | undefined;
  let looking = Promise.resolve();
  const look = async () => {
    const told = progress;
    progress = undefined;
    const [row] = await store.query(
      told === undefined
        ? { sql: "select status from jobs where id = $1", params: [job.id] }
        : {
            sql: `update jobs set updated_at = now(), body = jsonb_set(body, '{progress}', $2::jsonb)
              where id = $1 returning status`,
            params: [job.id, json(told)],
          },
    );
    if (row?.status === "cancelled") onCancelled();
  };
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => {}); // the job's own statements tell when the store is gone
  }, lookMs);
  return {
    report: (told: Progress) => {
      progress = told;
    },
    end: async () => {
      clearInterval(timer);
      await looking;
      if (progress !== undefined) await look().catch(() => {});
    },
  };
}

async function recordedSteps(store: Store, id: string): Promise<Map<string, Json>> {
  const rows = await store.query({ sql: "select step, output from job_steps where job = $1", params: [id] });
  return new Map(rows.map(({ step, output }) => [String(step), output as Json])); // jsonb
}

/**
 * What was running is not: its process held this store, or was the child that works on these kinds. A row that a crash
 * kept out of the queue is put there.
 */
async function recover(store: Store, queue: Queue, kinds?: readonly string[]): Promise<void> {
  await queue.recover();
  const rows = await store.query({
    sql: `update jobs set status = 'queued' where status in ('queued', 'running')
        and ($1::text is null or kind in (select jsonb_array_elements_text($1::jsonb))) returning id, kind`,
    params: [kinds === undefined ? null : json([...kinds])],
  });
  const byAge = rows.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  for (const { id, kind } of byAge) await queue.send(String(kind), String(id));
}

function toId(value: unknown): Id<"job"> {
  return `job_${String(value).replace(/^job_/, "")}`;
}

function toJob(row: Row): Job {
  const { input = null, progress = null, attempts = 0, result = null, error = null } = row.body as Partial<Job>; // jsonb of this file
  return {
    id: toId(row.id),
    kind: String(row.kind),
    key: row.key === null ? null : String(row.key),
    status: row.status as JobStatus, // written only here
    createdAt: String(row.created_at),
    updatedAt: String(row.updated_at),
    input,
    progress,
    attempts,
    result,
    error,
  };
}
