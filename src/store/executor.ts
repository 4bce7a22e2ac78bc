/** A column of a result: its name and the object id of its PostgreSQL type. */
export type Column = { name: string; type: number };

/** A result as PostgreSQL's text protocol gives it; `decode` in `values.ts` makes values of it. */
export type Result = { columns: readonly Column[]; rows: readonly (readonly (string | null)[])[] };

/** A statement whose parameters are texts as PostgreSQL reads them; `encode` in `values.ts` makes it. */
export type Encoded = { sql: string; params: readonly (string | null)[] };

/**
 * What a home must be able to do; everything else of the store is built on it. All that goes in and out is JSON, so
 * that the same executor works in this thread, behind a worker's port and behind a child's channel.
 */
export type Executor = {
  run(statement: Encoded): Promise<Result>;
  /** All or none, in this order. */
  batch(statements: readonly Encoded[]): Promise<void>;
  /** Several statements in one text, without parameters; gives the result of each. */
  script(sql: string): Promise<Result[]>;
  close(): Promise<void>;
};
