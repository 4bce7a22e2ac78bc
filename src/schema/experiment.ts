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
});
export type MetricDifference = z.infer<typeof MetricDifference>;

/** One example answered by one release: its scores, or why there are none. */
export const ExampleResult = z.object({
  example: z.string(),
  release: z.string(),
  turn: z.string().nullable(),
  scores: z.record(z.string(), z.number()),
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
});
export type Experiment = z.infer<typeof Experiment>;
