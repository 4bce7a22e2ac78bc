export { exactMatch, normalizeAnswer, tokenF1 } from "./answers.ts";
export { type Gains, ndcgAt, recallAt, reciprocalRankAt } from "./retrieval.ts";
export { bootstrapMean, type Interval, mean, median, percentile, seededRandom } from "./summary.ts";
