import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { Gateway } from "#gateway";
import {
  answer,
  fromProblem,
  nodeArguments,
  PawlError,
  type Problem,
  processPort,
  type Report,
  sibling,
} from "#kernel";
import type { IngestedDocument } from "#knowledge";
import type { Json } from "#schema";
import { type Job, type Jobs, openJobs, type Store, serveStore } from "#store";
import { jobKinds } from "./job-kinds.ts";
import type { IngestInput } from "./worker.ts";

export type { IngestInput } from "./worker.ts";

/** Reads documents into collections, and other long work, as jobs that a worker process does. */
export type Ingesting = {
  readonly jobs: Jobs;
  /** Queues work of the worker's. */
  start(kind: (typeof workerKinds)[number], input: Json, options: { key: string }): Promise<string>;
  /** Queues an ingest; one that waits or runs for the same collection and files is given back instead. */
  enqueue(input: IngestInput): Promise<string>;
  /** Queues it and waits; throws what the job failed with. Aborting the signal cancels the job. */
  run(input: IngestInput, options: { signal: AbortSignal; report: Report }): Promise<IngestedDocument[]>;
  /** Waits for a job that was queued, as `run` does. */
  wait(id: string, options: { signal: AbortSignal; report: Report }): Promise<IngestedDocument[]>;
  close(): Promise<void>;
};

const workerKinds = ["ingest", "tune"] as const;
/** Between two looks at a job's row. */
const lookMs = 100;
/** How much nicer than the host the worker is: parsing never takes the processor from a chat. */
const niceness = 10;

/** A worker without work leaves after this long: it would hold some 270 MB. */
const IdleMs = z.coerce.number().positive().default(60_000);

/**
 * Opens the queue and starts the worker process on first use; a worker that dies is started again, one that is idle
 * is sent away.
 */
export async function openIngesting(parts: {
  store: Store;
  gateway: Gateway;
  env: NodeJS.ProcessEnv;
  modelsFolder: string;
}): Promise<Ingesting> {
  const { store, gateway } = parts;
  const unrecorded = unrecordedFailures();
  const opened = await openJobs(store, {
    kinds: jobKinds,
    onUnrecorded: ({ id, attempts }, problem) => unrecorded.add(id, attempts, problem),
  });
  const jobs: Jobs = {
    ...opened,
    async enqueue(kind, input, options) {
      const id = await opened.enqueue(kind, input, options);
      unrecorded.forget(id); // asked for again: it runs until it is known to have failed again
      return id;
    },
    get: async (id) => unrecorded.told(await opened.get(id)),
    list: async (query) => (await opened.list(query)).map(unrecorded.told),
  };
  const idleMs = IdleMs.parse(parts.env.PAWL_WORKER_IDLE_MS);
  let child: ChildProcess | undefined;
  let isClosed = false;
  /** Counts what was queued, so that a worker is not sent away while something is being queued. */
  let queued = 0;
  let idle: NodeJS.Timeout | undefined;

  /** After a while without work, ends the worker; a job that was queued meanwhile keeps it. */
  function sendAwayWhenIdle(): void {
    clearTimeout(idle);
    idle = setTimeout(async () => {
      const before = queued;
      const isBusy = await hasWork(jobs).catch(() => true); // the store is closing, or away: then look again
      if (isClosed || child === undefined) return;
      if (isBusy || queued !== before) return sendAwayWhenIdle();
      const leaving = child;
      child = undefined;
      leaving.disconnect();
    }, idleMs).unref();
  }

  function startWorker(): void {
    queued += 1;
    if (isClosed) return;
    sendAwayWhenIdle();
    if (child) return;
    const started = fork(fileURLToPath(sibling(import.meta.url, "./worker")), [], {
      execArgv: [...nodeArguments],
      env: { ...parts.env, PAWL_MODELS: parts.modelsFolder },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child = started;
    if (started.pid !== undefined) setPriority(started.pid, niceness);
    const port = processPort(started);
    serveStore(store, port);
    answer(port, "engine", {
      address: () => gateway.engine.address(),
      explain: async (address: Parameters<typeof gateway.engine.explain>[0]) =>
        (await gateway.engine.explain(address)) ?? null,
    });
    answer(port, "host", {
      isAnswering: async () => gateway.isAnswering(),
      unrecorded: async (id: string, attempts: number, problem: Problem) => unrecorded.add(id, attempts, problem),
    });
    started.once("exit", () => {
      if (child !== started) return; // it was sent away
      child = undefined;
      // What it left undone goes back to the queue, and a new worker takes it up.
      if (!isClosed) jobs.recover().then(startWorker, () => {}); // the store was closed meanwhile: nothing to take up
    });
  }

  // A job that an earlier process left is done without being asked for again.
  for (const kind of workerKinds) if ((await jobs.list({ kind, status: "queued", limit: 1 })).length > 0) startWorker();

  const ingesting: Ingesting = {
    jobs,
    async start(kind, input, options) {
      startWorker();
      const id = await jobs.enqueue(kind, input, options);
      startWorker(); // the one of before may have been sent away, for it had nothing to do yet
      return id;
    },
    enqueue: (input) =>
      ingesting.start("ingest", input, { key: JSON.stringify([input.collection, input.folder, input.sources]) }),
    async run(input, options) {
      return ingesting.wait(await ingesting.enqueue(input), options);
    },
    async wait(id, { signal, report }) {
      for (;;) {
        const job = await jobs.get(id);
        if (!job) throw new PawlError("internal", `The job ${id} is gone.`);
        if (job.progress) report(job.progress);
        if (hasEnded(job)) return resultOf(job);
        if (signal.aborted) {
          await jobs.cancel(id);
          throw new PawlError("cancelled", "Reading the documents was cancelled.", {
            hint: "What was read is kept; run it again to go on.",
          });
        }
        await new Promise((resolve) => setTimeout(resolve, lookMs));
      }
    },
    async close() {
      isClosed = true;
      await jobs.close();
      const running = child;
      if (!running) return;
      const gone = new Promise((resolve) => running.once("exit", resolve));
      running.disconnect();
      await gone;
    },
  };
  return ingesting;
}

/** Failures that the store could not take down; a job whose row says that it runs has failed so, until it is tried again. */
function unrecordedFailures() {
  const failures = new Map<string, { attempts: number; problem: Problem }>();
  return {
    add: (id: string, attempts: number, problem: Problem) => void failures.set(id, { attempts, problem }),
    forget: (id: string) => void failures.delete(id),
    told<J extends Job | null>(job: J): J {
      const failure = job?.status === "running" ? failures.get(job.id) : undefined;
      if (!job || failure?.attempts !== job.attempts) return job;
      return { ...job, status: "failed", error: failure.problem };
    },
  };
}

async function hasWork(jobs: Jobs): Promise<boolean> {
  const found = workerKinds.flatMap((kind) =>
    (["queued", "running"] as const).map((status) => jobs.list({ kind, status, limit: 1 })),
  );
  return (await Promise.all(found)).some((list) => list.length > 0);
}

function hasEnded(job: Job): boolean {
  return job.status === "done" || job.status === "failed" || job.status === "cancelled";
}

function resultOf(job: Job): IngestedDocument[] {
  if (job.status === "cancelled") throw new PawlError("cancelled", "Reading the documents was cancelled.");
  if (job.status === "failed") throw fromProblem(job.error ?? {});
  return job.result as IngestedDocument[]; // what worker.ts gave back, by way of the job's row
}
