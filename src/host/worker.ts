import { setTimeout } from "node:timers/promises";
import { createModels } from "#gateway";
import { caller, processPort } from "#kernel";
import { expandSources, ingest } from "#knowledge";
import { type EngineAddress, modelsFolder } from "#models";
import type { Json, KnowledgeSettings } from "#schema";
import { connectStore, openJobs } from "#store";
import { jobKinds } from "./job-kinds.ts";

/** What an ingest job is given. */
export type IngestInput = {
  app: string;
  /** The store's name of the collection. */
  collection: string;
  /** The folder that sources are relative to. */
  folder: string;
  sources: string[];
  settings: KnowledgeSettings;
  /** Whose files these are: all that the app's sources name, or some that a person adds. */
  origin: "app" | "added";
};

/*
 * The worker: a niced child of the host that takes jobs from the queue. It reaches the store and the engine through
 * the host, and ends with it.
 */
const quietMs = 100;
const port = processPort(process);
const stop = new AbortController();
process.once("disconnect", () => {
  stop.abort();
  globalThis.setTimeout(() => process.exit(0), 2_000).unref(); // a job that does not heed its signal is taken up by the next worker
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {}); // the host decides when to stop

const store = await connectStore(port);
const engine = caller(port, "engine");
const models = createModels({
  engine: {
    address: () => engine.call("address") as Promise<EngineAddress>, // the other end is ingesting.ts
    explain: async () => undefined,
    close: async () => {},
  },
});
const host = caller(port, "host");
const jobs = await openJobs(store, {
  kinds: jobKinds,
  onUnrecorded: ({ id, attempts }, problem) => void host.call("unrecorded", id, attempts, problem).catch(() => {}), // the host is gone
});
const ingesting = jobs.work(
  "ingest",
  async ({ input, signal, report }) => {
    // The queue keeps JSON; host/ingesting.ts is the only writer of this kind.
    const { collection, folder, sources, settings, origin } = input as unknown as IngestInput;
    const files = await expandSources(sources, folder);
    const { documents } = await ingest({
      store,
      models,
      knowledge: collection,
      settings,
      files,
      origin,
      signal: AbortSignal.any([signal, stop.signal]),
      report,
    }).catch((error: unknown) => {
      if (process.env.PAWL_DEBUG) console.error(error); // only its problem crosses to the host
      throw error;
    });
    return documents as unknown as Json; // plain data; Json cannot be seen of an optional member
  },
  { signal: stop.signal },
);
const tuning = jobs.work(
  "tune",
  async ({ signal, ...context }) => {
    const { runTuning } = await import("./tune-job.ts");
    return runTuning(
      { ...context, signal: AbortSignal.any([signal, stop.signal]) },
      { store, models, modelsFolder: modelsFolder(process.env), env: process.env, between: untilQuiet },
    );
  },
  { signal: stop.signal },
);
await Promise.all([ingesting, tuning]);
process.exit(0);

/** Training waits while somebody is answered: both would want all of the processor. */
async function untilQuiet(): Promise<void> {
  while (!stop.signal.aborted && (await host.call("isAnswering")) === true) await setTimeout(quietMs);
}
