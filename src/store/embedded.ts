import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { asPawlError, caller, nodeArguments, PawlError, sibling } from "#kernel";
import type { Encoded, Executor, Result } from "./executor.ts";
import { type Lock, lockFolder } from "./lock.ts";

/**
 * PGlite on `folder`/database, in a worker thread; it holds the folder's lock until it is closed. Throws `store-locked`
 * where another process owns the folder; an error in opening the database is told by the first call.
 */
export function openEmbedded(folder: string, { isBrief = false }: { isBrief?: boolean } = {}): Executor {
  const lock = lockedFolder(folder);
  if (isBrief) compileOnce();
  // PGlite's own 128 MB of buffers are in memory from the start. The system caches the files as well: vector searches in
  // 70 MB of index and vectors took 2 ms (median) with 32 MB and 1.5 ms with 128 MB. Filling 32 MB takes 60 ms at the start.
  const worker = new Worker(sibling(import.meta.url, "./pglite-worker"), {
    execArgv: [...nodeArguments],
    workerData: { folder: join(folder, "database"), sharedBuffers: isBrief ? "4MB" : "32MB" },
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
      await call("close")
        .finally(() => exited)
        .finally(lock.release);
    },
  };
}

/**
 * A command is over before a faster database would pay: V8 compiles its WebAssembly once, fast, and not a second time for
 * speed. What the first flag implies must be said too: after V8's start it implies nothing.
 */
function compileOnce(): void {
  for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
}

function lockedFolder(folder: string): Lock {
  try {
    return lockFolder(folder);
  } catch (error) {
    const known = asPawlError(error);
    if (known.code !== "internal") throw known;
    throw new PawlError("store-failed", `The data folder ${folder} cannot be written.`, {
      hint: "Choose another with PAWL_HOME, or change its permissions.",
      cause: error,
    });
  }
}
