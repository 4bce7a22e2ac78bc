import { answer, caller, PawlError, type Port } from "#kernel";
import { assemble } from "./assemble.ts";
import type { Encoded, Result } from "./executor.ts";
import type { Home, Store } from "./store.ts";

/*
 * A child process reaches the store through its owner: the same Store on the other side of a port. Everything that
 * crosses is JSON (bytes as base64), so a child's channel serves as well as a worker's port.
 */

/** Answers for `store` over `port` (`processPort(child)` for a child process); gives back a function that stops. */
export function serveStore(store: Store, port: Port): () => void {
  return answer(port, "store", {
    home: async () => store.home,
    run: (statement: Encoded) => store.executor.run(statement),
    batch: (statements: readonly Encoded[]) => store.executor.batch(statements),
    script: (sql: string) => store.executor.script(sql),
    put: (base64: string) => store.blobs.put(Buffer.from(base64, "base64")),
    get: async (sha256: string) => {
      const bytes = await store.blobs.get(sha256);
      return bytes === null ? null : Buffer.from(bytes).toString("base64");
    },
  });
}

/**
 * The store that the other side of `port` serves. `close` ends this side only. Where the port can tell that it was
 * closed (`disconnect` of a child's channel, `close` of a worker's port), every call that waits fails.
 */
export async function connectStore(port: Port): Promise<Store> {
  const { call, end } = caller(port, "store");
  const gone = () => {
    end(new PawlError("store-failed", "The process that holds the store is gone.", { hint: "Start pawl again." }));
  };
  port.onEnd?.(gone);
  const home = (await call("home")) as Home["kind"]; // the other end is serveStore
  return assemble({
    home,
    owner: false,
    executor: {
      run: (statement) => call("run", statement) as Promise<Result>,
      batch: (statements) => call("batch", statements) as Promise<void>,
      script: (sql) => call("script", sql) as Promise<Result[]>,
      close: async () => {},
    },
    blobs: {
      put: (bytes) => call("put", Buffer.from(bytes).toString("base64")) as Promise<string>,
      get: async (sha256) => {
        const base64 = (await call("get", sha256)) as string | null;
        return base64 === null ? null : new Uint8Array(Buffer.from(base64, "base64"));
      },
    },
    close: async () => end(new PawlError("store-failed", "The store is closed.")),
  });
}
