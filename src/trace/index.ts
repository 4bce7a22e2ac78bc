export { type Journal, openJournal } from "./journal.ts";
export { given, spansOf } from "./known.ts";
export { resolveSpans } from "./reference.ts";
export {
  type Differs,
  type Known,
  type Remembered,
  type Run,
  type RunOptions,
  type Step,
  startRun,
  type Within,
} from "./run.ts";
export {
  feedbackOf,
  listTurns,
  outcomesOf,
  readTurn,
  saveFeedback,
  saveOutcome,
  type TurnQuery,
  writeTurns,
} from "./turns.ts";
