export {
  type AnsweredLine,
  type AnswersLine,
  type AnswersOptions,
  type Arm,
  benchAnswers,
  chatArm,
  type Reading,
  readerArm,
} from "./answers.ts";
export { checks, judgeAll } from "./expectations.ts";
export { addExperiment, type ExperimentParts, runExperiment, turnId, updateExperiment } from "./experiment.ts";
export { readResults, resultWriter } from "./results.ts";
export { answerText, type Scored, type Scorer } from "./scorer.ts";
export { scorersFor } from "./scorers.ts";
