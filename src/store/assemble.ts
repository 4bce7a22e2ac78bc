import { drizzle } from "drizzle-orm/pg-proxy";
import { PawlError } from "#kernel";
import type { Blobs } from "./blobs.ts";
import { bm25Search } from "./bm25.ts";
import type { Executor } from "./executor.ts";
import type { Home, Store } from "./store.ts";
import { arraysOf, encode, rowsOf } from "./values.ts";
import { vectorSearch } from "./vectors.ts";

/** The store over anything that can execute: both homes and a remote one are the same from here on. */
export function assemble(parts: {
  home: Home["kind"];
  owner: boolean;
  executor: Executor;
  blobs: Blobs;
  close(): Promise<void>;
}): Store {
  const { home, owner, executor, blobs, close } = parts;
  let closed: Promise<void> | undefined;
  const guarded: Executor = {
    ...executor,
    run: async (statement) => {
      refuseClosed();
      return executor.run(statement);
    },
    batch: async (statements) => {
      refuseClosed();
      if (statements.length > 0) await executor.batch(statements);
    },
    script: async (sql) => {
      refuseClosed();
      return executor.script(sql);
    },
  };
  const refuseClosed = () => {
    if (closed !== undefined) throw new PawlError("store-failed", "The store is closed.");
  };
  const query: Store["query"] = async (statement) => rowsOf(await guarded.run(encode(statement)));
  const vectors = vectorSearch(query);
  const bm25 = bm25Search(query, home === "embedded");
  return {
    home,
    owner,
    executor: guarded,
    blobs,
    query,
    batch: (statements) => guarded.batch(statements.map(encode)),
    db: drizzle(async (sql, params, method) => {
      const result = await guarded.run(encode({ sql, params }));
      return { rows: method === "execute" ? rowsOf(result) : arraysOf(result) };
    }),
    search: {
      bm25: bm25.search,
      nearest: vectors.nearest,
      settle: async (knowledge) => {
        await bm25.settle(knowledge);
        await vectors.settle(knowledge);
      },
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
