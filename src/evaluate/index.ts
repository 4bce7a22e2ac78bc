export { type AnswersLine, type AnswersOptions, benchAnswers } from "./answers.ts";
export { checks, judgeAll } from "./expectations.ts";
export { type ExperimentParts, runExperiment, saveExperiment } from "./experiment.ts";
export { readResults } from "./results.ts";
export type { Scored, Scorer } from "./scorer.ts";
export { scorersFor } from "./scorers.ts";
