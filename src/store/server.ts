import pg from "pg";
import type { Encoded, Executor, Result } from "./executor.ts";
import { storeFailure } from "./failure.ts";

/** A PostgreSQL server, through a pool of connections. */
export function serverExecutor(url: string): Executor {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "pawl",
    max: 8,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: () => (text: string) => text }, // `values.ts` reads the texts
  });
  pool.on("error", () => {}); // an idle connection was cut; the next query opens another
  // One that is cut while it works tells its query; unheard, its event would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw storeFailure(error);
    });
    try {
      const value = await work(client);
      client.release();
      return value;
    } catch (error) {
      const clean = await client.query("rollback").then(
        () => true,
        () => false,
      );
      client.release(!clean);
      throw storeFailure(error);
    }
  };
  let closing: Promise<void> | undefined;
  return {
    run: (statement) => withClient(async (client) => toResult(await client.query(arrayQuery(statement)))),
    batch: (statements) =>
      withClient(async (client) => {
        await client.query("begin");
        for (const statement of statements) await client.query(arrayQuery(statement));
        await client.query("commit");
      }),
    script: (sql) =>
      withClient(async (client) => {
        // The simple protocol gives one result, or an array of them where the text has several statements.
        const results: unknown = await client.query({ text: sql, rowMode: "array" });
        return (Array.isArray(results) ? results : [results]).filter(isResult).map(toResult);
      }),
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

type ArrayResult = Pick<pg.QueryArrayResult, "rows" | "fields">;

function arrayQuery(statement: Encoded): pg.QueryArrayConfig {
  return { text: statement.sql, values: [...statement.params], rowMode: "array" };
}

function isResult(value: unknown): value is ArrayResult {
  return typeof value === "object" && value !== null && "rows" in value && "fields" in value;
}

function toResult(result: ArrayResult): Result {
  return {
    columns: result.fields.map((field) => ({ name: field.name, type: field.dataTypeID })),
    rows: result.rows,
  };
}
