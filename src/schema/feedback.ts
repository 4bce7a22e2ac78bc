import * as z from "zod";

const told = { reason: z.string().max(4000).optional(), rater: z.string().max(200).optional() };

/** A person's signal on a turn. */
export const FeedbackBody = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("thumb"), value: z.union([z.literal(1), z.literal(-1)]), ...told }),
  z.object({
    kind: z.literal("correction"),
    value: z.string().min(1).max(20_000).describe("the answer as it should have been"),
    passage: z.object({ documentId: z.string(), start: z.int(), end: z.int() }).optional(),
    ...told,
  }),
  z.object({ kind: z.literal("choice"), value: z.string().describe("id of the turn preferred to this one"), ...told }),
]);
export type FeedbackBody = z.infer<typeof FeedbackBody>;

export const Feedback = z.object({
  id: z.string(),
  turn: z.string(),
  release: z.string(),
  rater: z.string(),
  createdAt: z.iso.datetime(),
  body: FeedbackBody,
});
export type Feedback = z.infer<typeof Feedback>;

/** How lenient a rater is: log-odds of a thumb up beyond what the turns' releases explain, shrunk towards none. */
export const RaterEstimate = z.object({
  rater: z.string(),
  thumbs: z.int(),
  up: z.number().describe("share of thumbs up"),
  leniency: z.number().describe("log-odds; above 0: kinder than the average rater"),
});
export type RaterEstimate = z.infer<typeof RaterEstimate>;

/** What thumbs say of a release: as given, and as the average rater would give them, with a 95 % interval. */
export const ReleaseEstimate = z.object({
  release: z.string(),
  turns: z.int(),
  thumbs: z.int(),
  raw: z.number().nullable(),
  corrected: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  compared: z.int().describe("choices between an answer of this release and one of another"),
  preferred: z.int().describe("of these, those that this release won"),
});
export type ReleaseEstimate = z.infer<typeof ReleaseEstimate>;

/** What came of a turn in the business. */
export const OutcomeBody = z.object({
  kind: z.string().min(1).max(100).describe("what came of it: resolved, escalated, purchase, …"),
  value: z.union([z.number(), z.boolean(), z.string()]).optional(),
  reason: z.string().max(4000).optional(),
});
export type OutcomeBody = z.infer<typeof OutcomeBody>;
export const Outcome = z.object({ id: z.string(), turn: z.string(), createdAt: z.iso.datetime(), body: OutcomeBody });
export type Outcome = z.infer<typeof Outcome>;
