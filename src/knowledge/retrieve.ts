import type { Evidence, KnowledgeSettings, Models, Passage, Place } from "#schema";
import type { Hit, SearchFilter, Store } from "#store";
import { type ChunkBody, fromChunkBody } from "./chunk-body.ts";
import { indexOf } from "./ingest.ts";
import { evidenceFor } from "./support.ts";

export type RetrieveOptions = {
  store: Store;
  models: Models;
  knowledge: string;
  settings: KnowledgeSettings;
  query: string;
  signal: AbortSignal;
  filter?: SearchFilter;
  /** Passages that touch these places are passed over, as if the documents did not have them. */
  without?: readonly Place[];
};

/**
 * The passages of a collection that answer a query best, and their sentences as evidence, most supported first.
 * Words (BM25) and meaning (vectors) are asked at the same time and fused.
 */
export async function retrieve(options: RetrieveOptions): Promise<{ passages: Passage[]; evidence: Evidence[] }> {
  const index = await indexOf(options.models, options.knowledge, options.settings);
  const { fused, queryVector } = await search({ ...options, index });
  const { settings } = options;
  // More than are given back, for the words that tell subjects apart are weighed over them.
  const ranked = await passagesOf(options.store, fused.slice(0, Math.max(settings.passages * 2, poolSize)));
  const candidates = ranked.filter((passage) => !options.without?.some((place) => meets(passage, place)));
  const passages = distinct(candidates).slice(0, settings.passages);
  const evidence = await evidenceFor({ ...options, queryVector, passages, pool: candidates });
  return { passages: passages.map(({ tableHeader: _, statements: __, ...passage }) => passage), evidence };
}

function meets(passage: Passage, place: Place): boolean {
  return passage.documentId === place.documentId && passage.start < place.end && place.start < passage.end;
}

/** How many passages the weights of words are taken from. */
const poolSize = 30;

/** A chunk's place in the fused ranking, with what each retriever said of it. */
export type Fused = {
  chunkId: string;
  score: number;
  bm25: { rank: number; score: number } | null;
  vector: { rank: number; score: number } | null;
};

/** Chunk ids by score, best first, without their texts. `queryVector` is null where only words were asked for. */
export async function search(
  options: Omit<RetrieveOptions, "knowledge"> & { index: string },
): Promise<{ fused: Fused[]; queryVector: Float32Array | null }> {
  const { store, index, settings, query, filter } = options;
  const common = { knowledge: index, k: settings.candidates, ...(filter === undefined ? {} : { filter }) };
  const words = settings.fusion === "vector" ? Promise.resolve([]) : store.search.bm25({ ...common, text: query });
  const meaning = settings.fusion === "bm25" ? Promise.resolve(null) : embedQuery(options);
  const near = meaning.then((vector) => (vector === null ? [] : store.search.nearest({ ...common, vector })));
  const [bm25, vector, queryVector] = await Promise.all([words, near, meaning]);
  return { fused: fuse({ bm25, vector }, settings), queryVector };
}

async function embedQuery({
  models,
  settings,
  query,
  signal,
}: Pick<RetrieveOptions, "models" | "settings" | "query" | "signal">): Promise<Float32Array | null> {
  const { vectors } = await models.embed(
    {
      model: settings.embedder,
      texts: [query],
      purpose: "query",
      queryPrefix: settings.queryPrefix,
      pooling: settings.queryPooling ?? settings.pooling,
      priority: "interactive",
    },
    { signal },
  );
  return vectors[0] ?? null;
}

/**
 * Two rankings as one, by the settings' `fusion`. Equal scores are common with `rrf` (ranks 1 and 2 against 2 and 1):
 * the one with the better rank by words comes first (nDCG@10 on Cranfield 0.442 against 0.435 the other way round), then
 * by chunk id, so that a search is repeatable.
 *
 * - `sum`: cosine + weight · bm25 / (bm25 + half), a sum of scores (Bruch, Gai and Ingber 2023) whose BM25 part is
 *   bounded: one rare word in common with a question asked in other words does not push out what is near in meaning.
 *   A chunk that the vectors did not bring counts as the farthest that they did.
 * - `rrf`: Σ weight / (k + rank) (Cormack, Clarke and Büttcher 2009).
 * - `bm25`, `vector`: that retriever's own score.
 */
export function fuse(
  hits: { bm25: readonly Hit[]; vector: readonly Hit[] },
  settings: Pick<KnowledgeSettings, "fusion" | "sum" | "rrfK" | "weights">,
): Fused[] {
  const found = new Map<string, Fused>();
  for (const source of ["bm25", "vector"] as const) {
    hits[source].forEach(({ chunkId, score }, index) => {
      const entry = found.get(chunkId) ?? { chunkId, score: 0, bm25: null, vector: null };
      entry[source] = { rank: index + 1, score };
      found.set(chunkId, entry);
    });
  }
  const farthest = hits.vector.at(-1)?.score ?? 0;
  const fused = [...found.values()].map((entry) => ({ ...entry, score: fusedScore(entry, settings, farthest) }));
  return fused.sort((a, b) => {
    const difference = b.score - a.score;
    if (Math.abs(difference) > 1e-12) return difference; // sums of the same two terms may differ in the last digit
    const byWords = (a.bm25?.rank ?? Infinity) - (b.bm25?.rank ?? Infinity);
    return byWords || (a.chunkId < b.chunkId ? -1 : 1);
  });
}

function fusedScore(
  { bm25, vector }: Fused,
  { fusion, sum, rrfK, weights }: Pick<KnowledgeSettings, "fusion" | "sum" | "rrfK" | "weights">,
  farthest: number,
): number {
  switch (fusion) {
    case "sum": {
      const words = bm25 === null ? 0 : bm25.score / (bm25.score + sum.half);
      return (vector?.score ?? farthest) + sum.weight * words;
    }
    case "rrf":
      return (bm25 ? weights.bm25 / (rrfK + bm25.rank) : 0) + (vector ? weights.vector / (rrfK + vector.rank) : 0);
    case "bm25":
      return bm25?.score ?? 0;
    case "vector":
      return vector?.score ?? 0;
  }
}

/** A passage with what the store knows of its structure: see `Piece`. */
export type StoredPassage = Passage & Pick<ChunkBody, "tableHeader" | "statements">;

export async function passagesOf(store: Store, fused: readonly Fused[]): Promise<StoredPassage[]> {
  if (fused.length === 0) return [];
  const rows = await store.query({
    sql: `select c.id, c.document_id, c.text, c.body, d.path
      from chunks c join documents d on d.id = c.document_id
      where c.id in (select jsonb_array_elements_text($1::jsonb))`,
    params: [JSON.stringify(fused.map((entry) => entry.chunkId))],
  });
  const byId = new Map(rows.map((row) => [String(row.id), row]));
  return fused.flatMap(({ chunkId, ...scores }) => {
    const row = byId.get(chunkId);
    if (row === undefined) return []; // removed since the index was asked
    const text = String(row.text);
    const body = fromChunkBody(row.body, text);
    return [
      {
        chunkId,
        documentId: String(row.document_id),
        title: body.titlePath.join(" › "),
        path: String(row.path),
        start: body.start,
        end: body.end,
        text,
        tableHeader: body.tableHeader,
        statements: body.statements,
        ...scores,
      },
    ];
  });
}

/** Without repeats: the same text elsewhere, or a part of a better passage. */
function distinct<P extends Passage>(passages: readonly P[]): P[] {
  const kept: P[] = [];
  for (const passage of passages) {
    const words = passage.text.replace(/\s+/g, " ");
    const repeated = kept.some(
      (other) =>
        other.text.replace(/\s+/g, " ") === words ||
        (other.documentId === passage.documentId && other.start <= passage.start && other.end >= passage.end),
    );
    if (!repeated) kept.push(passage);
  }
  return kept;
}
