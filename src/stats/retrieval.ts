/** What a person judged relevant for one query: gain by document id; 0 or absent is not relevant. */
export type Gains = ReadonlyMap<string, number>;

/**
 * Normalised discounted cumulative gain at k, as trec_eval's `ndcg_cut` makes it (Järvelin and Kekäläinen 2002 with
 * linear gain): Σ gain / log2(rank + 1) over the ranking, divided by that of the best ranking. 0 without a relevant one.
 */
export function ndcgAt(k: number, ranking: readonly string[], gains: Gains): number {
  const best = [...gains.values()].filter((gain) => gain > 0).sort((a, b) => b - a);
  const ideal = dcg(best.slice(0, k));
  return ideal === 0 ? 0 : dcg(ranking.slice(0, k).map((id) => Math.max(0, gains.get(id) ?? 0))) / ideal;
}

function dcg(gains: readonly number[]): number {
  return gains.reduce((total, gain, index) => total + gain / Math.log2(index + 2), 0);
}

/** Share of the relevant documents among the first k. 0 without a relevant one. */
export function recallAt(k: number, ranking: readonly string[], gains: Gains): number {
  const relevant = [...gains].filter(([, gain]) => gain > 0);
  if (relevant.length === 0) return 0;
  const first = new Set(ranking.slice(0, k));
  return relevant.filter(([id]) => first.has(id)).length / relevant.length;
}

/** 1 / rank of the first relevant document among the first k, else 0. Its mean over queries is MRR@k. */
export function reciprocalRankAt(k: number, ranking: readonly string[], gains: Gains): number {
  const index = ranking.slice(0, k).findIndex((id) => (gains.get(id) ?? 0) > 0);
  return index === -1 ? 0 : 1 / (index + 1);
}
