import * as z from "zod";
import { Foreseen, MetricDifference, Spending, Verdict } from "#schema";
import type { Route } from "../route.ts";
import { ById, Job } from "./shapes.ts";

/** A release beside another: what was changed, in words, and every metric's difference. */
export const Comparison = z.object({
  live: z.string(),
  candidate: z.string(),
  changes: z.array(z.string()).describe("in words: `instructions: 2 lines changed`"),
  verdict: Verdict,
  reason: z.string(),
  examples: z.int(),
  errors: z.int(),
  metrics: z.array(MetricDifference),
  experiment: z.string().optional().describe("where its examples are; none where nothing was asked"),
  before: Foreseen.nullable().optional(),
  spent: Spending.optional(),
  fromLock: z.int().optional().describe("examples whose live scores are from pawl.lock.json"),
});

/** An event of an app's story. */
export const Decision = z.object({
  id: z.string(),
  app: z.string(),
  kind: z.enum(["check", "ship", "refused", "overruled", "rollback", "documents"]),
  createdAt: z.iso.datetime(),
  release: z.string(),
  previous: z.string().nullable(),
  by: z.string().nullable(),
  reason: z.string(),
  comparison: Comparison.nullable(),
});

/** A candidate beside what is live. */
export const shipRoutes = {
  candidate: {
    method: "GET",
    path: "/api/apps/{id}/candidate",
    tag: "ship",
    summary: "What the app file is now beside what is live, in words",
    params: ById,
    out: z.object({ live: z.string().nullable(), candidate: z.string().nullable(), changes: z.array(z.string()) }),
  },

  check: {
    method: "POST",
    path: "/api/apps/{id}/check",
    tag: "ship",
    summary: "Is the candidate worse than what is live? On the development split; a job whose result is a comparison",
    params: ById,
    body: z.object({
      dataset: z.string().optional(),
      against: z.string().optional().describe("a release; none: what is live"),
    }),
    status: 202,
    out: Job,
  },

  ship: {
    method: "POST",
    path: "/api/apps/{id}/ship",
    tag: "ship",
    summary: "The whole gate: a gain, and no loss, on the gate split; a job whose result is a decision",
    params: ById,
    body: z.object({
      dataset: z.string().optional(),
      noWorse: z.boolean().default(false).describe("ship without a gain, where nothing is worse"),
      overrule: z
        .string()
        .min(1)
        .max(2000)
        .optional()
        .describe("ship whatever the gate says, for this reason, which is kept"),
      by: z.string().max(200).optional(),
      adopt: z
        .boolean()
        .default(false)
        .describe("serve what pawl.lock.json says, where this host served another release"),
    }),
    status: 202,
    out: Job,
  },

  rollback: {
    method: "POST",
    path: "/api/apps/{id}/rollback",
    tag: "ship",
    summary: "The release before, or a named one, is live again",
    params: ById,
    body: z.object({ release: z.string().optional(), reason: z.string().max(2000).optional() }),
    out: Decision,
  },

  story: {
    method: "GET",
    path: "/api/apps/{id}/story",
    tag: "ship",
    summary: "The story of releases: checked, shipped, refused, rolled back, why",
    params: ById,
    out: z.object({ live: z.string().nullable(), decisions: z.array(Decision) }),
  },
} as const satisfies Record<string, Route>;
