import { join } from "node:path";
import type { Port } from "#kernel";
import { openEmbedded } from "./embedded.ts";
import type { Jobs, JobsOptions } from "./jobs.ts";
import type { OpenOptions } from "./open.ts";
import type { Home, Store } from "./store.ts";

export type { Blobs } from "./blobs.ts";

export { type ChunkRow, type DocumentRow, dropIndexes, removeDocument, replaceDocument } from "./documents.ts";
export { embeddingKey, readEmbeddings, writeEmbeddings } from "./embeddings.ts";
export type { Job, JobContext, JobHandler, JobStatus, Jobs, JobsOptions } from "./jobs.ts";
export { announce, type Owner, ownerOf } from "./lock.ts";
export type { OpenOptions } from "./open.ts";
export type { JobKind } from "./queue.ts";
export type { Hit, Search, SearchFilter } from "./search.ts";
export type { Home, Row, Statement, Store } from "./store.ts";
export * as tables from "./tables.ts";
export { ensureVectors } from "./vectors.ts";
export { type BatchWriter, batchWriter, type SpanRow, type TurnRow, type Written } from "./writer.ts";

/** Where the store of pawl's folder is: in it, or on the server that `DATABASE_URL` names. */
export function homeOf(folder: string, env: NodeJS.ProcessEnv): Home {
  return env.DATABASE_URL
    ? { kind: "server", url: env.DATABASE_URL }
    : { kind: "embedded", folder: join(folder, "store") };
}

/**
 * Opens the store and brings its schema up to date. Throws `store-locked` (details `pid`, `url`) where another process
 * owns an embedded folder, `migration-failed`, `disk-full`, `store-failed`.
 */
export async function openStore(home: Home, options: OpenOptions = {}): Promise<Store> {
  options.signal?.throwIfAborted();
  // An embedded database begins to open at once, in its own thread, before anything else is loaded.
  const opening = home.kind === "embedded" ? { ...home, executor: openEmbedded(home.folder, options) } : home;
  const { openStore: open } = await import("./open.ts");
  return open(opening, options);
}

/**
 * Makes this process the one owner of a folder, until it closes the lock or ends; an embedded store locks its own.
 *
 * @throws PawlError `store-locked`, with the owner's `pid` and `url` in the details
 */
export async function lockFolder(folder: string): Promise<{ close(): Promise<void> }> {
  const { lockFolder: lock } = await import("./lock.ts");
  const { release } = lock(folder);
  return { close: async () => release() };
}

/** Answers for `store` over `port`, so that a child process reaches it; gives back a function that stops. */
export async function serveStore(store: Store, port: Port): Promise<() => void> {
  const { serveStore: serve } = await import("./remote.ts");
  return serve(store, port);
}

/** In a child process: the store that its parent serves over `port`. */
export async function connectStore(port: Port): Promise<Store> {
  const { connectStore: connect } = await import("./remote.ts");
  return connect(port);
}

/** Long work that survives a crash: see {@link Jobs}. */
export async function openJobs(store: Store, options: JobsOptions = {}): Promise<Jobs> {
  const { openJobs: open } = await import("./jobs.ts");
  return open(store, options);
}
