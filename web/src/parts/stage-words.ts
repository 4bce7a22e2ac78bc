import type { QuestionsReport } from "../api.ts";

export type Stage = QuestionsReport["asked"][number]["stage"];

/** What became of a question, as `pawl init` says it after a number. */
export const stageWords: Record<Stage, string> = {
  answered: "answered",
  missing: "whose document is gone",
  split: "lost at chunking",
  "not-retrieved": "not found",
  "fused-out": "ranked too low",
  cut: "found, and not answered",
  answer: "answered differently",
};

/** The stages in the order they are told. */
export const stages = [
  "answered",
  "missing",
  "split",
  "not-retrieved",
  "fused-out",
  "cut",
  "answer",
] as const satisfies readonly Stage[];
