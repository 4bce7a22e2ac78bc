import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { asPawlError, PawlError, type Report, silent } from "#kernel";
import { assemble } from "./assemble.ts";
import { fileBlobs, tableBlobs } from "./blob-files.ts";
import { prepareBm25 } from "./bm25.ts";
import { embeddedExecutor } from "./embedded.ts";
import type { Executor } from "./executor.ts";
import { lockFolder } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { serverExecutor } from "./server.ts";
import type { Home, Store } from "./store.ts";

export type OpenOptions = { report?: Report; signal?: AbortSignal };

/**
 * Opens the store and brings its schema up to date. Throws `store-locked` where another process owns an embedded
 * folder, `migration-failed`, `disk-full`, `store-failed`.
 */
export async function openStore(home: Home, { report = silent, signal }: OpenOptions = {}): Promise<Store> {
  signal?.throwIfAborted();
  if (home.kind === "server") {
    const executor = serverExecutor(home.url);
    await prepare(executor, report, signal).catch(async (error: unknown) => {
      await executor.close();
      throw error;
    });
    return assemble({
      home: "server",
      owner: false,
      executor,
      blobs: tableBlobs(executor),
      close: executor.close,
    });
  }
  const lock = lockedFolder(home.folder);
  let executor: Executor | undefined;
  try {
    executor = embeddedExecutor(home.folder);
    await prepare(executor, report, signal);
  } catch (error) {
    await executor?.close().catch(() => {}); // the first error says what was wrong
    lock.release();
    throw error;
  }
  const opened = executor;
  return assemble({
    home: "embedded",
    owner: true,
    executor: opened,
    blobs: fileBlobs(join(home.folder, "blobs")),
    close: async () => {
      await opened.close().finally(lock.release);
    },
  });
}

function lockedFolder(folder: string) {
  try {
    mkdirSync(folder, { recursive: true });
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

async function prepare(executor: Executor, report: Report, signal: AbortSignal | undefined): Promise<void> {
  await migrate(executor, report);
  signal?.throwIfAborted();
  await prepareBm25(executor);
}
