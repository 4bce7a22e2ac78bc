export { exactMatch, normalizeAnswer, tokenF1 } from "./answers.ts";
export { clustersOf } from "./clusters.ts";
export { signFlipTest } from "./exact.ts";
export {
  type Bounds,
  bounds,
  differences,
  type Observation,
  type Pair,
  type Range,
  type Sample,
  single,
} from "./interval.ts";
export { fitLogistic } from "./logistic.ts";
export {
  assumed,
  type Design,
  designOf,
  detectable,
  foreseen,
  namedPower,
  needed,
  powerOf,
  type Question,
} from "./power.ts";
export { type Gains, ndcgAt, recallAt, reciprocalRankAt } from "./retrieval.ts";
export { bootstrapMean, type Interval, mean, median, percentile, seededRandom } from "./summary.ts";
export { spentAlpha, type Word, wordOf } from "./words.ts";
