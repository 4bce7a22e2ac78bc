export { checks, expectationsScorer, judgeAll, passedScorer } from "./expectations.ts";
export { type ExperimentParts, runExperiment, saveExperiment } from "./experiment.ts";
export { readResults } from "./results.ts";
export type { Scored, Scorer } from "./scorer.ts";
export { builtInScorers } from "./scorers.ts";
