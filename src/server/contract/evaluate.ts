import * as z from "zod";
import {
  DatasetVersion,
  Example,
  ExampleResult,
  Experiment,
  Foreseen,
  MetricDifference,
  MetricValue,
  Split,
} from "#schema";
import type { Route } from "../route.ts";
import { ById, Imported, Page } from "./shapes.ts";

export const ExperimentDetail = Experiment.extend({
  metrics: z.array(z.object({ release: z.string(), values: z.array(MetricValue) })),
  slices: z.array(z.object({ tag: z.string(), value: z.string(), release: z.string(), values: z.array(MetricValue) })),
  differences: z.array(z.object({ live: z.string(), candidate: z.string(), metrics: z.array(MetricDifference) })),
  before: Foreseen.nullable(),
});

/** Datasets and experiments. */
export const evaluateRoutes = {
  datasets: {
    method: "GET",
    path: "/api/datasets",
    tag: "evaluate",
    summary: "Datasets: the newest version of each",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ datasets: z.array(DatasetVersion) }),
  },

  importDataset: {
    method: "POST",
    path: "/api/datasets/import",
    tag: "evaluate",
    summary: "Import examples: JSONL, CSV, OpenAI chat form, promptfoo YAML; what cannot be carried over is named",
    body: z.object({
      app: z.string().optional(),
      dataset: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
      format: z.enum(["auto", "jsonl", "csv", "openai", "promptfoo"]).default("auto"),
      file: z.string().describe("its name, for messages and provenance"),
      text: z.string(),
      mode: z.enum(["replace", "append"]).default("replace"),
    }),
    isLarge: true,
    out: Imported,
  },

  examples: {
    method: "GET",
    path: "/api/datasets/{id}/examples",
    tag: "evaluate",
    summary: "The examples of a dataset's version",
    params: ById,
    query: z.object({ split: Split.optional(), q: z.string().optional(), ...Page }),
    out: z.object({ examples: z.array(Example), next: z.string().nullable(), total: z.int() }),
  },

  exampleOfTurn: {
    method: "POST",
    path: "/api/datasets/{id}/turns",
    tag: "evaluate",
    summary:
      "Make a turn an example of a dataset (`id` is the dataset's name); its answer is the correction where there is one",
    params: ById,
    body: z.object({ turn: z.string(), split: Split.default("development"), answer: z.string().nullable().optional() }),
    out: Imported,
  },

  experiments: {
    method: "GET",
    path: "/api/experiments",
    tag: "evaluate",
    summary: "Experiments, newest first",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ experiments: z.array(Experiment) }),
  },

  evaluate: {
    method: "POST",
    path: "/api/experiments",
    tag: "evaluate",
    summary:
      "Run a dataset's split on releases (none named: live and candidate); the same experiment goes on where it was",
    body: z.object({
      app: z.string(),
      dataset: z.string().optional().describe("name or version; none: the app's only one"),
      split: Split.default("development"),
      releases: z.array(z.string()).optional(),
    }),
    status: 202,
    out: Experiment.extend({ job: z.string().describe("what runs it") }),
  },

  experiment: {
    method: "GET",
    path: "/api/experiments/{id}",
    tag: "evaluate",
    summary: "One experiment: every figure with its interval, slices, differences",
    params: ById,
    out: ExperimentDetail,
  },

  results: {
    method: "GET",
    path: "/api/experiments/{id}/results",
    tag: "evaluate",
    summary: "Each example beside what each release answered; where they disagree first",
    params: ById,
    query: z.object({ ...Page }),
    out: z.object({
      rows: z.array(
        z.object({ example: Example, results: z.array(ExampleResult.extend({ answer: z.string().nullable() })) }),
      ),
      next: z.string().nullable(),
      total: z.int(),
    }),
  },

  cancelExperiment: {
    method: "POST",
    path: "/api/experiments/{id}/cancel",
    tag: "evaluate",
    summary: "Stop an experiment; it can go on later",
    params: ById,
    out: Experiment,
  },
} as const satisfies Record<string, Route>;
