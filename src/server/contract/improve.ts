import * as z from "zod";
import {
  AnswersArm,
  AnswersArmName,
  CausesReport,
  Feedback,
  LoopReport,
  RaterEstimate,
  RecipeOverride,
  ReleaseEstimate,
  TuneKind,
  TuneLine,
  Tuning,
} from "#schema";
import type { Route } from "../route.ts";
import { ById, Job, Page } from "./shapes.ts";

/** What people said of turns, and what follows from it. */
export const feedbackRoutes = {
  feedbackList: {
    method: "GET",
    path: "/api/feedback",
    tag: "improve",
    summary: "What people said, newest first, each with its question and answer",
    query: z.object({
      app: z.string().optional(),
      release: z.string().optional(),
      rater: z.string().optional(),
      kind: z.enum(["thumb", "correction", "choice"]).optional(),
      ...Page,
    }),
    out: z.object({
      feedback: z.array(Feedback.extend({ question: z.string(), answer: z.string().nullable() })),
      next: z.string().nullable(),
      total: z.int(),
    }),
  },
  feedbackEstimates: {
    method: "GET",
    path: "/api/apps/{id}/feedback",
    tag: "improve",
    summary: "What the thumbs say of each release, as given and corrected for who gives them",
    params: ById,
    out: z.object({ releases: z.array(ReleaseEstimate), raters: z.array(RaterEstimate) }),
  },
} as const satisfies Record<string, Route>;

/** Why turns fail. */
export const causesRoutes = {
  findCauses: {
    method: "POST",
    path: "/api/apps/{id}/causes",
    tag: "improve",
    summary: "Replay failed turns with one step's output given: a job whose result is a report of causes",
    params: ById,
    body: z.object({
      dataset: z
        .string()
        .optional()
        .describe("judge its development examples as well (the other splits are for judging); none: feedback only"),
      release: z.string().optional().describe("none: what is live"),
    }),
    status: 202,
    out: Job,
  },
  causes: {
    method: "GET",
    path: "/api/apps/{id}/causes",
    tag: "improve",
    summary: "The newest report of causes",
    params: ById,
    out: z.object({ report: CausesReport.nullable() }),
  },
} as const satisfies Record<string, Route>;

/** A component on the user's own lines. */
export const benchRoutes = {
  benchAnswers: {
    method: "POST",
    path: "/api/apps/{id}/bench/answers",
    tag: "improve",
    summary:
      "Answer questions over passages given: the model with its skill off and on, beside the reader, and the reader alone; a job whose result is each arm's figures",
    params: ById,
    body: z.object({
      lines: z
        .array(TuneLine.extend({ passages: z.array(z.string()).min(1), answers: z.array(z.string()).default([]) }))
        .min(1),
      arms: z.array(AnswersArmName).min(1).optional().describe("all that there are, where none is named"),
    }),
    isLarge: true,
    status: 202,
    out: Job,
  },
} as const satisfies Record<string, Route>;

/** Training, and the whole way of an improvement. */
export const loopRoutes = {
  tune: {
    method: "POST",
    path: "/api/apps/{id}/tune",
    tag: "improve",
    summary: "Train an adapter of the app's local model; a job, shown at `/api/tunings`",
    params: ById,
    body: z.object({
      lines: z.array(TuneLine).min(1),
      kind: TuneKind.default("chat").describe(
        "the app's chat model for answers, a reader, or the chat model as a writer of questions",
      ),
      minutes: z
        .number()
        .positive()
        .max(24 * 60)
        .default(30)
        .describe("with loading and validation"),
      recipe: RecipeOverride.optional(),
      fresh: z.boolean().default(false).describe("begin from the model as it comes, not from the live adapter"),
    }),
    isLarge: true,
    status: 202,
    out: Job,
  },
  tunings: {
    method: "GET",
    path: "/api/tunings",
    tag: "improve",
    summary: "Training runs, newest first",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ tunings: z.array(Tuning) }),
  },
  tuning: {
    method: "GET",
    path: "/api/tunings/{id}",
    tag: "improve",
    summary: "One training run with its curve",
    params: ById,
    out: Tuning,
  },
  loop: {
    method: "POST",
    path: "/api/apps/{id}/loop",
    tag: "improve",
    summary: "The whole way from reactions to a promotion or a refusal; a job, the same one goes on where it was",
    params: ById,
    body: z.object({
      minutes: z
        .number()
        .positive()
        .max(24 * 60)
        .default(60),
      seed: z.int().default(1),
    }),
    status: 202,
    out: Job,
  },
  loops: {
    method: "GET",
    path: "/api/loops",
    tag: "improve",
    summary: "Reports of loops, newest first",
    query: z.object({ app: z.string().optional() }),
    out: z.object({ loops: z.array(LoopReport) }),
  },
  loopReport: {
    method: "GET",
    path: "/api/loops/{id}",
    tag: "improve",
    summary: "One loop's report",
    params: ById,
    out: LoopReport,
  },
} as const satisfies Record<string, Route>;

/** Figures of the arms of `bench answers`. */
export const AnswersBench = z.object({ arms: z.record(z.string(), AnswersArm) });
