export { type Decided, decide, type Question } from "./decide.ts";
export { answered, type Measured, pairsOf, type ScoredPair } from "./pairs.ts";
