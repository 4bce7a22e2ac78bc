import * as z from "zod";
import { MetricDifference, MetricValue } from "./experiment.ts";

/** What made turns fail: the step whose replacement mends the answer. */
export const CauseName = z.enum(["document-missing", "passage-lost", "prompt", "form", "model-ability", "none"]);
export type CauseName = z.infer<typeof CauseName>;

/** Where a passage that the documents hold was lost on its way to the prompt. */
export const LostAt = z.enum(["split", "not-retrieved", "fused-out", "cut"]);
export type LostAt = z.infer<typeof LostAt>;

/** What would mend a cause, cheapest kind first. */
export const Remedy = z.object({
  kind: z.enum(["none", "document", "retrieval", "prompt", "tune"]),
  text: z.string().describe("what a person should do, in one sentence"),
  settings: z.record(z.string(), z.unknown()).optional().describe("what to set in the app file, where that is all"),
});
export type Remedy = z.infer<typeof Remedy>;

/** One trial of a replacement: how many of the turns it mended. */
export const Trial = z.object({ name: z.string(), kind: Remedy.shape.kind, tried: z.int(), mended: z.int() });
export type Trial = z.infer<typeof Trial>;

export const Cause = z.object({
  name: CauseName,
  lostAt: LostAt.nullable(),
  turns: z.array(z.string()),
  remedy: Remedy,
  trials: z.array(Trial),
});
export type Cause = z.infer<typeof Cause>;

/** Why turns of a release failed, most turns first. */
export const CausesReport = z.object({
  app: z.string(),
  release: z.string(),
  createdAt: z.iso.datetime(),
  turns: z.int().describe("turns that were judged"),
  failed: z.int(),
  causes: z.array(Cause),
});
export type CausesReport = z.infer<typeof CausesReport>;

const recipeFields = {
  rank: z.int().positive(),
  alpha: z.number().positive().describe("the adapter's product is multiplied by alpha / rank"),
  learningRate: z.number().positive().describe("Adam's step at its highest"),
  warmup: z.number().min(0).max(1).describe("share of the steps over which the rate rises from 0"),
  batchTokens: z.int().positive().describe("tokens of a step, prompts included"),
  maxTokens: z.int().positive().describe("longest example; a longer one is refused"),
  epochs: z
    .number()
    .positive()
    .describe("most times through the examples, however many minutes there are; 100 steps are always allowed"),
  seed: z.int(),
};

/** How an adapter is trained, as far as a person says so. */
export const RecipeOverride = z.object(recipeFields).partial();
export type RecipeOverride = z.infer<typeof RecipeOverride>;

/** How an adapter is trained; the trainer adds what only it needs. */
export const Recipe = z.object({
  rank: recipeFields.rank.default(16),
  alpha: recipeFields.alpha.default(32),
  learningRate: recipeFields.learningRate.default(1e-3),
  warmup: recipeFields.warmup.default(0.05),
  batchTokens: recipeFields.batchTokens.default(1024),
  maxTokens: recipeFields.maxTokens.default(1024),
  epochs: recipeFields.epochs.default(10),
  seed: recipeFields.seed.default(1),
});
export type Recipe = z.infer<typeof Recipe>;

/** A line that `pawl tune --data` takes: passages and a question, or what is asked as it stands. */
export const TuneLine = z.object({
  passages: z.array(z.string()).default([]),
  question: z.string().min(1),
  answer: z.string().nullable(),
  citation: z.int().min(1).optional().describe("number of the passage that holds the answer, from 1"),
  answers: z.array(z.string()).optional().describe("other answers that are right"),
});
export type TuneLine = z.infer<typeof TuneLine>;

/** A point of a training run's curve. */
export const TunePoint = z.object({ step: z.int(), loss: z.number(), validation: z.number().nullable() });
export type TunePoint = z.infer<typeof TunePoint>;

/** What is trained: an adapter of the app's chat model that answers (chat) or writes questions (writer), or a reader. */
export const TuneKind = z.enum(["chat", "reader", "writer"]);
export type TuneKind = z.infer<typeof TuneKind>;

/** A training run; `result` when it has ended. */
export const Tuning = z.object({
  id: z.string().describe("its job"),
  app: z.string(),
  kind: TuneKind.default("chat"),
  status: z.enum(["queued", "running", "done", "failed", "cancelled"]),
  createdAt: z.iso.datetime(),
  recipe: Recipe,
  from: z.string().nullable().describe("sha256 of the adapter that it continues"),
  examples: z.int(),
  steps: z.int().nullable(),
  tokensPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  peakMemoryMb: z.number().nullable(),
  points: z.array(TunePoint),
  result: z
    .object({
      adapter: z.string().describe("path of the GGUF file; a reader's: the folder of its skill"),
      sha256: z.string(),
      peft: z.string().nullable().describe("folder with PEFT's safetensors; null for a reader"),
      release: z.string().nullable(),
      validation: z.number().describe("lowest loss on the validation lines, nats per token"),
    })
    .nullable(),
});
export type Tuning = z.infer<typeof Tuning>;

/** One remedy that the loop tried. */
export const Arm = z.object({
  name: z.string(),
  kind: z.enum(["live", "prompt", "retrieval", "tune"]),
  release: z.string().nullable(),
  metrics: z.array(MetricValue),
  seconds: z.number(),
  costUsd: z.number().nullable(),
  note: z.string(),
});
export type Arm = z.infer<typeof Arm>;

/** The story of one loop: what failed, why, what was tried, what was decided. */
export const LoopReport = z.object({
  id: z.string(),
  app: z.string(),
  createdAt: z.iso.datetime(),
  seconds: z.number(),
  areUsersSimulated: z.boolean(),
  feedback: z.object({
    turns: z.int(),
    thumbs: z.int(),
    corrections: z.int(),
    raw: z.number().nullable(),
    corrected: z.number().nullable(),
  }),
  verdict: z.enum(["promoted", "refused"]),
  reason: z.string(),
  cause: z.array(Cause),
  arms: z.array(Arm),
  metrics: z.array(MetricDifference).describe("live beside the chosen arm, on the gate split"),
  report: z.array(MetricDifference).describe("the same on the report split, opened only for a promotion"),
  live: z.string(),
  candidate: z.string().nullable(),
  todo: z.array(z.string()).describe("what a person should do"),
  story: z.array(z.string()).describe("the steps in words, in order"),
});
export type LoopReport = z.infer<typeof LoopReport>;

/** Ways to answer from passages given: a chat model without its adapter, with it, and as it is served; a reader. */
export const AnswersArmName = z.enum(["bare", "adapter", "default", "reader"]);
export type AnswersArmName = z.infer<typeof AnswersArmName>;

/** Where a mean lies with 95 % confidence. */
const MeanInterval = z.object({ low: z.number(), high: z.number() }).nullable();

/** Figures of one way to answer on lines with passages given; shares of 1. */
export const AnswersArm = z.object({
  f1: z.number(),
  f1Interval: MeanInterval,
  exact: z.number(),
  exactInterval: MeanInterval,
  citation: z.number().nullable(),
  abstention: z.number().nullable(),
  falseAbstention: z.number().nullable(),
  p50Ms: z.number(),
});
export type AnswersArm = z.infer<typeof AnswersArm>;
