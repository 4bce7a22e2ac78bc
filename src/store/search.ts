/** A chunk found by one retriever; `score`: higher is better (BM25, or cosine similarity). */
export type Hit = { chunkId: string; score: number };

export type SearchFilter = { documentIds?: readonly string[] };

/**
 * Search over the chunks of one knowledge collection. The chunks' rows are the truth; an index is derived from them.
 * Hits come best first; equal scores are ordered by chunk id, so that a search is repeatable.
 */
export type Search = {
  /** BM25 (Robertson and Zaragoza 2009) over `chunks.search_text`, English stemming. `k`: how many at most. */
  bm25(query: { knowledge: string; text: string; k: number; filter?: SearchFilter }): Promise<Hit[]>;
  /** Nearest by cosine; `vector` is a unit vector. */
  nearest(query: { knowledge: string; vector: Float32Array; k: number; filter?: SearchFilter }): Promise<Hit[]>;
  /** Called once after bulk loading: builds or refreshes what is better built at the end (HNSW above its threshold, statistics). */
  settle(knowledge: string): Promise<void>;
};
