import type { OpenOptions } from "./open.ts";
import type { Home, Store } from "./store.ts";

export type { Blobs } from "./blobs.ts";
export { type ChunkRow, type DocumentRow, removeDocument, replaceDocument } from "./documents.ts";
export { announce, type Owner, ownerOf } from "./lock.ts";
export type { OpenOptions } from "./open.ts";
export type { Hit, Search, SearchFilter } from "./search.ts";
export type { Home, Row, Statement, Store } from "./store.ts";
export * as tables from "./tables.ts";
export { ensureVectors } from "./vectors.ts";

/**
 * Opens the store and brings its schema up to date. Throws `store-locked` (details `pid`, `url`) where another process
 * owns an embedded folder, `migration-failed`, `disk-full`, `store-failed`.
 */
export async function openStore(home: Home, options: OpenOptions = {}): Promise<Store> {
  const { openStore: open } = await import("./open.ts");
  return open(home, options);
}
