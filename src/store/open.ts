import { join } from "node:path";
import { type Report, silent } from "#kernel";
import { assemble } from "./assemble.ts";
import { fileBlobs, tableBlobs } from "./blob-files.ts";
import { prepareBm25 } from "./bm25.ts";
import type { Executor } from "./executor.ts";
import { migrate } from "./migrate.ts";
import type { Home, Store } from "./store.ts";

/** `isBrief`: an embedded database for a command that ends soon; it opens faster and answers large searches slower. */
export type OpenOptions = { report?: Report; signal?: AbortSignal; isBrief?: boolean };

/** Opens the store on a server, or around the embedded database that has been opened, and brings its schema up to date. */
export async function openStore(
  home: Exclude<Home, { kind: "embedded" }> | { kind: "embedded"; folder: string; executor: Executor },
  { report = silent, signal }: OpenOptions,
): Promise<Store> {
  const executor = home.kind === "server" ? (await import("./server.ts")).serverExecutor(home.url) : home.executor;
  try {
    await migrate(executor, report);
    signal?.throwIfAborted();
    await prepareBm25(executor);
  } catch (error) {
    await executor.close().catch(() => {}); // the first error says what was wrong
    throw error;
  }
  return assemble({
    home: home.kind,
    owner: home.kind === "embedded",
    executor,
    blobs: home.kind === "server" ? tableBlobs(executor) : fileBlobs(join(home.folder, "blobs")),
    close: executor.close,
  });
}
