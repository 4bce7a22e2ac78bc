import * as z from "zod";
import { Split } from "./dataset.ts";

/** What a metric is: which way is better, in what unit, how much of a loss is still none. */
export const MetricInfo = z.object({
  name: z.string(),
  direction: z.enum(["higher", "lower"]),
  unit: z.string().describe("`share`, `score`, `ms`, `tokens`, `usd`"),
  range: z.tuple([z.number(), z.number().nullable()]).describe("least and greatest value; null: no limit"),
  margin: z.number().nonnegative().describe("a loss up to this counts as none"),
  /** The step whose quality it tells: `retrieve`, `answer`, … */
  component: z.string(),
  /** Guarded: a candidate may not lose on it. The others are shown. */
  isGuarded: z.boolean(),
});
export type MetricInfo = z.infer<typeof MetricInfo>;

/** A metric on a set of examples, with its 95 % interval. */
export const MetricValue = z.object({
  name: z.string(),
  mean: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  examples: z.int(),
  unit: z.string(),
  direction: z.enum(["higher", "lower"]),
});
export type MetricValue = z.infer<typeof MetricValue>;

/** In words, of one metric: `better` low > 0; `no-worse` −margin < low ≤ 0; `worse` high < 0; else `cannot-tell`. */
export const Verdict = z.enum(["unchanged", "better", "no-worse", "worse", "cannot-tell"]);
export type Verdict = z.infer<typeof Verdict>;

/** What the calls of an experiment take: foreseen before the first, counted after the last. */
export const Spending = z.object({
  calls: z.int().describe("calls of a model; an answer that is recorded already is not asked for"),
  inputTokens: z.int(),
  cachedTokens: z.int().describe("of the input tokens, those that a provider had in its cache"),
  outputTokens: z.int(),
  costUsd: z.number().describe("of the models that have a price; a local model costs 0"),
  unpriced: z.array(z.string()).describe("models without a price: what they cost is unknown"),
  seconds: z.number().nullable().describe("null: unknown"),
});
export type Spending = z.infer<typeof Spending>;

/** What is known of an experiment before anything is asked. */
export const Foreseen = Spending.extend({
  examples: z.int().describe("examples that are still to be asked, of any release"),
  from: z.enum(["turns", "estimate"]).describe("earlier turns of this app, or lengths of texts and limits"),
  detectable: z.record(z.string(), z.number()).describe("by metric: the smallest difference shown with 80 % power"),
});
export type Foreseen = z.infer<typeof Foreseen>;

/** Candidate − live on the same examples; signs as measured, the verdict knows the direction. */
export const MetricDifference = z.object({
  name: z.string(),
  unit: z.string(),
  direction: z.enum(["higher", "lower"]),
  component: z.string(),
  isGuarded: z.boolean(),
  margin: z.number(),
  live: z.number().nullable(),
  candidate: z.number().nullable(),
  difference: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  p: z.number().nullable().describe("exact paired test, two-sided"),
  detectable: z.number().nullable().describe("smallest difference that this many examples show with 80 % power"),
  needed: z.int().nullable().describe("examples needed to show the difference that was seen"),
  verdict: Verdict,
  /** On how many examples the candidate did better, the same, worse; only those that both answered. */
  pairs: z.object({ better: z.int(), same: z.int(), worse: z.int() }).optional(),
});
export type MetricDifference = z.infer<typeof MetricDifference>;

/** One example answered by one release: its scores, or why there are none. */
export const ExampleResult = z.object({
  example: z.string(),
  release: z.string(),
  turn: z.string().nullable(),
  scores: z.record(z.string(), z.number()),
  same: z
    .array(z.string())
    .optional()
    .describe(
      "kinds of steps that were, by their keys, those of the experiment's release before, on this and every example",
    ),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ExampleResult = z.infer<typeof ExampleResult>;

export const Experiment = z.object({
  id: z.string(),
  app: z.string(),
  dataset: z.string().describe("the dataset's version"),
  split: Split,
  releases: z.array(z.string()).min(1),
  scorers: z.array(z.string()),
  status: z.enum(["running", "done", "failed", "cancelled"]),
  createdAt: z.iso.datetime(),
  examples: z.int(),
  done: z.int(),
  errors: z.int(),
  costUsd: z.number(),
  seconds: z.number(),
  before: Foreseen.nullable().optional(),
  spent: Spending.optional(),
  /** Examples whose scores of the live release were read in pawl.lock.json instead of being asked again. */
  fromLock: z.int().optional(),
});
export type Experiment = z.infer<typeof Experiment>;
