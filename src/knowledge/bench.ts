import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { contentId, PawlError, type Report, sha256 } from "#kernel";
import { KnowledgeSettings, type Models } from "#schema";
import { mean, median, ndcgAt, recallAt, reciprocalRankAt } from "#stats";
import { ensureVectors, replaceDocument, type Store } from "#store";
import { embedPassages } from "./embedding.ts";
import { type Fused, search } from "./retrieve.ts";

export type StageResult = { ndcg10: number; recall100: number; mrr: number; p50Ms: number };
export type RetrievalBench = {
  folder: string;
  documents: number;
  queries: number;
  embedder: string;
  stages: Record<"bm25" | "vector" | "fused" | "default", StageResult>;
};

const knowledge = "bench";

/**
 * Retrieval on a folder of BEIR's layout (`corpus.jsonl`, `queries.jsonl`, `qrels.tsv`), in a store of its own:
 * a document is one chunk with the text title, newline, text (what exceeds the embedder's limit is not embedded);
 * judged queries one by one, warm, their embedding included. `bm25`, `vector` and `fused` are with equal weights,
 * `default` is what an app without settings has.
 */
export async function benchRetrieval(options: {
  store: Store;
  models: Models;
  folder: string;
  settings?: Partial<KnowledgeSettings>;
  signal: AbortSignal;
  report: Report;
}): Promise<RetrievalBench> {
  const { store, models, folder, signal } = options;
  const settings = KnowledgeSettings.parse(options.settings ?? {});
  const corpus = await lines(join(folder, "corpus.jsonl"), CorpusLine);
  const gains = await judgements(join(folder, "qrels.tsv"));
  const queries = (await lines(join(folder, "queries.jsonl"), QueryLine)).filter((query) => gains.has(query._id));
  if (queries.length === 0) throw new PawlError("bad-request", `${folder} has no judged query.`);
  const names = await index(corpus, { ...options, settings });

  const one = (over: Partial<KnowledgeSettings>) => async (query: string) => {
    const common = { store, models, index: knowledge, query, signal };
    const { fused } = await search({ ...common, settings: { ...settings, ...over } });
    return fused;
  };
  const equal = { candidates: 100, rrfK: 60, weights: { bm25: 1, vector: 1 } };
  const stage = (name: string, over: Partial<KnowledgeSettings>) =>
    measure(one(over), queries, { gains, names, report: options.report, name });
  return {
    folder,
    documents: corpus.length,
    queries: queries.length,
    embedder: settings.embedder,
    stages: {
      bm25: await stage("bm25", { ...equal, fusion: "bm25" }),
      vector: await stage("vector", { ...equal, fusion: "vector" }),
      fused: await stage("fused", { ...equal, fusion: "rrf" }),
      default: await stage("default", {}),
    },
  };
}

const CorpusLine = z.object({ _id: z.string(), title: z.string().default(""), text: z.string() });
const QueryLine = z.object({ _id: z.string(), text: z.string() });

async function index(
  corpus: z.infer<typeof CorpusLine>[],
  options: { store: Store; models: Models; settings: KnowledgeSettings; signal: AbortSignal; report: Report },
): Promise<Map<string, string>> {
  const { store, models, settings, signal, report } = options;
  const { version } = await models.describe(settings.embedder);
  const texts = corpus.map(({ title, text }) => `${title}\n${text}`);
  const vectors = await embedPassages(texts, {
    store,
    models,
    settings,
    version,
    signal,
    priority: "background",
    onBatch: (done, total) => report({ task: "embedding", done, total, unit: "documents" }),
  });
  await ensureVectors(store, vectors[0]?.length ?? 384);
  const names = new Map<string, string>();
  const documents = corpus.map(({ _id, title, text }, at) => {
    const id = contentId("doc", sha256(`${knowledge}\n${_id}`));
    const chunkId = contentId("chk", sha256(id));
    names.set(chunkId, _id);
    const searchText = texts[at] ?? "";
    const body = { start: 0, end: text.length, titlePath: [title], tokens: 0 };
    const about = { title, chunks: 1 };
    const vector = vectors[at];
    return {
      document: { id, knowledge, path: _id, sha256: sha256(searchText), text, body: about },
      chunks: [{ id: chunkId, knowledge, documentId: id, ordinal: 0, text, searchText, body }],
      vectors: vector === undefined ? [] : [vector],
    };
  });
  for (let at = 0; at < documents.length; at += 100) {
    signal.throwIfAborted();
    await store.batch(documents.slice(at, at + 100).flatMap(replaceDocument));
    report({ task: "indexing", done: at, total: documents.length, unit: "documents" });
  }
  await store.search.settle(knowledge);
  return names;
}

async function measure(
  ask: (query: string) => Promise<Fused[]>,
  queries: readonly z.infer<typeof QueryLine>[],
  context: { gains: Map<string, Map<string, number>>; names: Map<string, string>; report: Report; name: string },
): Promise<StageResult> {
  for (const query of queries.slice(0, 3)) await ask(query.text); // warm
  const rows: { ndcg: number; recall: number; reciprocal: number; ms: number }[] = [];
  for (const query of queries) {
    const startMs = performance.now();
    const fused = await ask(query.text);
    const ms = performance.now() - startMs;
    const ranking = fused.map((hit) => context.names.get(hit.chunkId) ?? "");
    const gains = context.gains.get(query._id) ?? new Map();
    rows.push({
      ndcg: ndcgAt(10, ranking, gains),
      recall: recallAt(100, ranking, gains),
      reciprocal: reciprocalRankAt(10, ranking, gains),
      ms,
    });
    context.report({ task: `asking ${context.name}`, done: rows.length, total: queries.length });
  }
  return {
    ndcg10: mean(rows.map((row) => row.ndcg)),
    recall100: mean(rows.map((row) => row.recall)),
    mrr: mean(rows.map((row) => row.reciprocal)),
    p50Ms: median(rows.map((row) => row.ms)),
  };
}

async function judgements(file: string): Promise<Map<string, Map<string, number>>> {
  const gains = new Map<string, Map<string, number>>();
  const [, ...rows] = (await text(file)).split("\n");
  for (const row of rows.filter((line) => line.trim() !== "")) {
    const [query, document, gain] = row.trim().split("\t");
    if (query === undefined || document === undefined || Number.isNaN(Number(gain))) {
      throw new PawlError("bad-request", `${file}: "${row}" is not query, document and gain, parted by tabs.`);
    }
    const of = gains.get(query) ?? new Map<string, number>();
    of.set(document, Number(gain));
    gains.set(query, of);
  }
  return gains;
}

async function lines<T>(file: string, schema: z.ZodType<T>): Promise<T[]> {
  const rows = (await text(file)).split("\n").map((line, index) => ({ line, number: index + 1 }));
  return rows
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => {
      try {
        return schema.parse(JSON.parse(line));
      } catch (cause) {
        throw new PawlError("bad-request", `${file}, line ${number}, is not what it should be.`, {
          hint: "A line is a JSON object: `_id`, `title` and `text` (corpus), `_id` and `text` (queries).",
          cause,
        });
      }
    });
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new PawlError("not-found", `${file} cannot be read.`, {
      hint: "The folder needs corpus.jsonl, queries.jsonl and qrels.tsv (BEIR's layout).",
      cause,
    });
  }
}
