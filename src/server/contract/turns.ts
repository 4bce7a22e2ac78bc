import * as z from "zod";
import { Feedback, FeedbackBody, Outcome, OutcomeBody, Turn, TurnStatus, TurnSummary } from "#schema";
import type { Route } from "../route.ts";
import { ById, Page } from "./shapes.ts";

/** Turns and what people say of them. */
export const turnsRoutes = {
  turns: {
    method: "GET",
    path: "/api/turns",
    tag: "turns",
    summary: "Turns, newest first",
    query: z.object({
      app: z.string().optional(),
      session: z.string().optional(),
      release: z.string().optional(),
      status: TurnStatus.optional(),
      thumb: z.enum(["up", "down", "none"]).optional(),
      abstained: z.enum(["true", "false"]).optional(),
      q: z.string().optional().describe("words of the question or the answer"),
      ...Page,
    }),
    out: z.object({ turns: z.array(TurnSummary), next: z.string().nullable(), total: z.int() }),
  },

  turn: {
    method: "GET",
    path: "/api/turns/{id}",
    tag: "turns",
    summary: "One turn with its spans, feedback and outcomes",
    params: ById,
    out: Turn.extend({ feedback: z.array(Feedback), outcomes: z.array(Outcome) }),
  },

  replay: {
    method: "POST",
    path: "/api/turns/{id}/replay",
    tag: "turns",
    summary: "Run a stored turn again: what is known is not asked again",
    params: ById,
    body: z.object({
      release: z.string().optional(),
      faithful: z.boolean().default(false).describe("refuse where a step differs"),
    }),
    out: Turn,
  },

  feedback: {
    method: "POST",
    path: "/api/turns/{id}/feedback",
    tag: "turns",
    summary: "A person's signal; the same rater and kind replaces",
    params: ById,
    body: FeedbackBody,
    out: Feedback.extend({ replaced: z.boolean().describe("the rater had said something of this kind before") }),
  },

  outcome: {
    method: "POST",
    path: "/api/turns/{id}/outcome",
    tag: "turns",
    summary: "What came of the turn",
    params: ById,
    body: OutcomeBody,
    out: Outcome,
  },

  pins: {
    method: "GET",
    path: "/api/pins",
    tag: "evaluate",
    summary: "Turns that are asked again at each save",
    query: z.object({ app: z.string() }),
    out: z.object({ turns: z.array(z.string()) }),
  },

  pin: {
    method: "POST",
    path: "/api/turns/{id}/pin",
    tag: "evaluate",
    summary: "Pin a turn",
    params: ById,
    out: z.object({ pinned: z.string() }),
  },

  unpin: {
    method: "DELETE",
    path: "/api/turns/{id}/pin",
    tag: "evaluate",
    summary: "Unpin a turn",
    params: ById,
    out: z.object({ unpinned: z.string() }),
  },

  replays: {
    method: "GET",
    path: "/api/apps/{id}/replays",
    tag: "evaluate",
    summary: "The pinned turns as the candidate answers them, beside what they were",
    params: ById,
    out: z.object({
      release: z.string().nullable(),
      isRunning: z.boolean(),
      turns: z.array(z.object({ was: TurnSummary, now: TurnSummary.nullable(), isSame: z.boolean() })),
    }),
  },
} as const satisfies Record<string, Route>;
