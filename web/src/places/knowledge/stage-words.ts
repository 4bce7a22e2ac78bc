import type { QuestionsReport } from "../../api.ts";

type Stage = QuestionsReport["asked"][number]["stage"];

/** How it is said what became of a question, after a number; as `pawl init` says it. */
export const stageWords: Record<Stage, string> = {
  answered: "answered",
  missing: "whose document is gone",
  split: "lost at chunking",
  "not-retrieved": "not found",
  "fused-out": "ranked too low",
  cut: "found, and not answered",
  answer: "answered with other words",
};

/** `16 answered, 2 lost at chunking, 2 not found`. */
export function toldStages(asked: QuestionsReport["asked"]): string {
  const stages = Object.keys(stageWords) as Stage[]; // the keys of the record above
  return stages
    .map((stage) => ({ stage, count: asked.filter((one) => one.stage === stage).length }))
    .filter(({ count }) => count > 0)
    .map(({ stage, count }) => `${count} ${stageWords[stage]}`)
    .join(", ");
}
