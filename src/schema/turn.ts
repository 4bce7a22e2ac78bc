import * as z from "zod";
import { Citation, type Passage, Place } from "./knowledge.ts";
import { Message, ResponseFormat, SamplingOverride, Usage } from "./model.ts";
import { AnswerMode } from "./release.ts";
import { Kind } from "./step.ts";

/** The record of a step. `source` says where its output came from: `work`, or a known source such as `cache` or `replay`. */
export const Span = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  kind: Kind,
  name: z.string(),
  path: z.string().describe("finds the step in its run: `answer/model#2`"),
  key: z.string().describe("sha256 of kind, name with version, input and scope: proves that two steps are the same"),
  startMs: z.number().describe("milliseconds since the Unix epoch"),
  endMs: z.number(),
  source: z.string(),
  input: z
    .unknown()
    .describe("parts that are another span's output are `{ $span, at }` in the store and resolved by the API"),
  output: z.unknown(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
  usage: Usage.nullable(),
  notes: z.array(z.string()).describe("what was noticed: a fallback, a retry, a replay that did not match"),
});
export type Span = z.infer<typeof Span>;

export const TurnStatus = z.enum(["done", "failed", "cancelled"]);
/** What was asked, with everything that the request itself said about how to answer. */
export const TurnInput = z.object({
  messages: z.array(Message),
  answer: AnswerMode.optional(),
  format: ResponseFormat.optional(),
  sampling: SamplingOverride.optional(),
  topLogprobs: z.int().optional(),
  without: z.array(Place).optional().describe("places that are left out of what is found, as if they did not exist"),
});
export type TurnInput = z.infer<typeof TurnInput>;
/** What an answer says where nothing in the documents supports one. */
export const notInDocuments = "The documents do not say.";

export const TurnAnswer = z.object({ text: z.string(), abstained: z.boolean(), citations: z.array(Citation) });
export type TurnAnswer = z.infer<typeof TurnAnswer>;

/** One request and its answer. */
export const Turn = z.object({
  id: z.string(),
  session: z.string(),
  app: z.string(),
  release: z.string(),
  status: TurnStatus,
  startMs: z.number(),
  endMs: z.number(),
  /** Milliseconds from the request to the first piece of content; null where none was sent. */
  firstContentMs: z.number().nullable(),
  question: z.string(),
  input: TurnInput,
  answer: TurnAnswer.nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
  usage: Usage,
  spans: z.array(Span),
});
export type Turn = z.infer<typeof Turn>;

/** A turn as a list shows it. */
export const TurnSummary = Turn.omit({ input: true, spans: true }).extend({ thumb: z.int().nullable() });
export type TurnSummary = z.infer<typeof TurnSummary>;

/** What a turn says while it runs. Deltas joined are the answer's text. */
export type TurnEvent =
  | {
      type: "found";
      passages: Passage[];
      evidence: { passage: number; start: number; end: number; text: string; support: number }[];
    }
  | { type: "delta"; text: string };
