import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Gateway } from "#gateway";
import { answer, fromProblem, nodeArguments, PawlError, processPort, type Report, sibling } from "#kernel";
import type { IngestedDocument } from "#knowledge";
import { type Job, type Jobs, openJobs, type Store, serveStore } from "#store";
import type { IngestInput } from "./worker.ts";

export type { IngestInput } from "./worker.ts";

/** Reads documents into collections, as jobs that a worker process does. */
export type Ingesting = {
  readonly jobs: Jobs;
  /** Queues an ingest; one that waits or runs for the same collection and files is given back instead. */
  enqueue(input: IngestInput): Promise<string>;
  /** Queues it and waits; throws what the job failed with. Aborting the signal cancels the job. */
  run(input: IngestInput, options: { signal: AbortSignal; report: Report }): Promise<IngestedDocument[]>;
  /** Waits for a job that was queued, as `run` does. */
  wait(id: string, options: { signal: AbortSignal; report: Report }): Promise<IngestedDocument[]>;
  close(): Promise<void>;
};

/** Between two looks at a job's row. */
const lookMs = 100;
/** How much nicer than the host the worker is: parsing never takes the processor from a chat. */
const niceness = 10;

/** Opens the queue and starts the worker process on first use; a worker that dies is started again. */
export async function openIngesting(parts: {
  store: Store;
  gateway: Gateway;
  env: NodeJS.ProcessEnv;
  modelsFolder: string;
}): Promise<Ingesting> {
  const { store, gateway } = parts;
  const jobs = await openJobs(store, { kinds: { ingest: { maxCrashes: 5, byChild: true } } });
  let child: ChildProcess | undefined;
  let isClosed = false;

  function startWorker(): void {
    if (child || isClosed) return;
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
    started.once("exit", () => {
      child = undefined;
      // What it left undone goes back to the queue, and a new worker takes it up.
      if (!isClosed) jobs.recover().then(startWorker, () => {}); // the store was closed meanwhile: nothing to take up
    });
  }

  // A job that an earlier process left is done without being asked for again.
  if ((await jobs.list({ kind: "ingest", status: "queued", limit: 1 })).length > 0) startWorker();

  const ingesting: Ingesting = {
    jobs,
    enqueue(input) {
      startWorker();
      return jobs.enqueue("ingest", input, { key: JSON.stringify([input.collection, input.folder, input.sources]) });
    },
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

function hasEnded(job: Job): boolean {
  return job.status === "done" || job.status === "failed" || job.status === "cancelled";
}

function resultOf(job: Job): IngestedDocument[] {
  if (job.status === "cancelled") throw new PawlError("cancelled", "Reading the documents was cancelled.");
  if (job.status === "failed") throw fromProblem(job.error ?? {});
  return job.result as IngestedDocument[]; // what worker.ts gave back, by way of the job's row
}
