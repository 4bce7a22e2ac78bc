import { enableCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { PGlite, Results } from "@electric-sql/pglite";
import { answer } from "#kernel";
import type { Encoded, Result } from "./executor.ts";
import { storeFailure } from "./failure.ts";

/*
 * The embedded database in its own thread: a long query must not stop the thread that serves HTTP. It answers the
 * methods of an Executor. Its parent holds the folder's lock.
 */
if (parentPort === null) throw new Error("pglite-worker runs as a worker thread");
const port = parentPort;

const opened = open();
opened.catch(() => {}); // every call tells it

let last: Promise<unknown> = opened;

/** One after the other: an open transaction would otherwise take in statements of another caller. */
function inTurn<T>(work: (database: PGlite) => Promise<T>): Promise<T> {
  const result = last.then(async () => {
    try {
      return await work(await opened);
    } catch (error) {
      throw storeFailure(error);
    }
  });
  last = result.catch(() => {});
  return result;
}

answer(port, "store", {
  run: (statement: Encoded) =>
    inTurn(async (database) =>
      toResult(await database.query(statement.sql, [...statement.params], { rowMode: "array" })),
    ),
  batch: (statements: readonly Encoded[]) =>
    inTurn((database) =>
      database.transaction(async (transaction) => {
        for (const { sql, params } of statements) await transaction.query(sql, [...params], { rowMode: "array" });
      }),
    ),
  script: (sql: string) =>
    inTurn(async (database) => {
      try {
        return (await database.exec(sql, { rowMode: "array" })).map(toResult);
      } catch (error) {
        await database.exec("rollback"); // harmless outside a transaction
        throw error;
      }
    }),
  close: () =>
    inTurn(async (database) => {
      await database.close();
      setImmediate(() => port.close());
    }),
});

function toResult(results: Pick<Results<unknown>, "rows" | "fields">): Result {
  return {
    columns: results.fields.map((field) => ({ name: field.name, type: field.dataTypeID })),
    rows: results.rows as (string | null)[][], // rowMode "array" and the parsers above
  };
}

/** Texts pass as they are, in both directions: `values.ts` on the other side reads and writes them. */
async function open(): Promise<PGlite> {
  enableCompileCache(); // each thread has its own
  const [{ PGlite, types }, { pg_textsearch }, { vector }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite-pg_textsearch"),
    import("@electric-sql/pglite-pgvector"),
  ]);
  const asText = Object.fromEntries(
    Object.values(types)
      .filter((type) => typeof type === "number")
      .map((type) => [type, (value: string) => value]),
  );
  const database = await PGlite.create({
    dataDir: workerData.folder,
    extensions: { vector, pg_textsearch },
    startParams: [...PGlite.defaultStartParams, "-c", `shared_buffers=${workerData.sharedBuffers}`],
    parsers: asText,
    serializers: asText,
  });
  // PGlite has added array types while it opened.
  for (const handlers of [database.parsers, database.serializers]) {
    for (const type of Object.keys(handlers)) handlers[type] = (value: string) => value;
  }
  return database;
}
