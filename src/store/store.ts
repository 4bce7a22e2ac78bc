import type { PgRemoteDatabase } from "drizzle-orm/pg-proxy";
import type { Blobs } from "./blobs.ts";
import type { Executor } from "./executor.ts";
import type { Search } from "./search.ts";

/** One SQL statement with its parameters; `$1`, `$2`, … in the text. */
export type Statement = { sql: string; params: readonly unknown[] };
export type Row = Record<string, unknown>;

/** Where the data lives: PGlite in a folder of this machine, or a PostgreSQL server. */
export type Home = { kind: "embedded"; folder: string } | { kind: "server"; url: string };

/**
 * The store: one SQL dialect, two homes. There is no interactive transaction: a write is one statement, or one atomic
 * batch whose statements are all known before the first runs.
 */
export type Store = {
  readonly home: Home["kind"];
  /** True in the one process that holds an embedded folder: whatever was at work before it opened is dead. */
  readonly owner: boolean;
  /** Typed queries over the tables of `tables.ts`. */
  readonly db: PgRemoteDatabase;
  /** One statement; rows as objects by column name. Throws `store-failed` without the parameters' values. */
  query(statement: Statement): Promise<Row[]>;
  /** All statements or none, in this order. */
  batch(statements: readonly Statement[]): Promise<void>;
  /** What the rest stands on; of use to what passes the store on (`serveStore`) and to the queue. */
  readonly executor: Executor;
  readonly search: Search;
  readonly blobs: Blobs;
  close(): Promise<void>;
};
