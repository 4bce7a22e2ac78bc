import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { caller, nodeArguments, PawlError, sibling } from "#kernel";
import type { Encoded, Executor, Result } from "./executor.ts";

/** PGlite on `folder`/database, in a worker thread. The caller holds the folder's lock. */
export function embeddedExecutor(folder: string): Executor {
  const worker = new Worker(sibling(import.meta.url, "./pglite-worker"), {
    execArgv: [...nodeArguments],
    workerData: { folder: join(folder, "database") },
    name: "pawl-store",
  });
  const { call, end } = caller(worker, "store");
  let closed = false;
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      end(
        closed
          ? new PawlError("store-failed", "The store is closed.")
          : new PawlError("store-failed", "The embedded database has crashed.", {
              hint: "Start pawl again: the database recovers from its log when it opens.",
            }),
      );
      resolve();
    });
  });
  worker.on("error", () => {}); // "exit" follows and ends the calls
  return {
    run: (statement: Encoded) => call("run", statement) as Promise<Result>, // pglite-worker answers with these
    batch: (statements: readonly Encoded[]) => call("batch", statements) as Promise<void>,
    script: (sql: string) => call("script", sql) as Promise<Result[]>,
    close: async () => {
      if (closed) return;
      closed = true;
      await call("close").finally(() => exited);
    },
  };
}
