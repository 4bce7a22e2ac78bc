export { checks, expectationsScorer, judgeAll, passedScorer } from "./expectations.ts";
export { type ExperimentParts, readResults, runExperiment, saveExperiment } from "./experiment.ts";
export type { Scored, Scorer } from "./scorer.ts";
export { builtInScorers } from "./scorers.ts";
