export { estimatesOf } from "./estimates.ts";
export { estimateLeniency, type Leniency, type Thumb } from "./leniency.ts";
export {
  anonymous,
  type FeedbackQuery,
  type FeedbackRow,
  feedbackOf,
  listFeedback,
  outcomesOf,
  saveFeedback,
  saveOutcome,
} from "./signals.ts";
