import * as z from "zod";
import type { AnswerMode, Found, Span } from "../api.ts";

// A span's input and output are `unknown` in the contract, because a stored one may be of an older shape. Only what the
// screens draw is checked; what does not fit is shown by the JSON viewer and nowhere else.
const Stage = z.object({ rank: z.number(), score: z.number() }).nullable();
const Passage = z.object({
  chunkId: z.string(),
  documentId: z.string(),
  title: z.string(),
  path: z.string(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  score: z.number(),
  bm25: Stage,
  vector: Stage,
});
const Evidence = z.object({
  passage: z.number(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  support: z.number(),
});
const FoundShape = z.object({ passages: z.array(Passage), evidence: z.array(Evidence) });
const PromptShape = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  used: z.array(z.number()),
});

const Mode = z.enum(["sentence", "reader", "model"]);

const answerOf = (spans: readonly Span[]) => spans.find((span) => span.kind === "answer");

/** What the turn had found: of all collections, as its answer was made from it, else what the first search gave. */
export function foundOf(spans: readonly Span[]): Found | undefined {
  return (
    FoundShape.safeParse(answerOf(spans)?.input).data ??
    FoundShape.safeParse(spans.find((span) => span.kind === "retrieve")?.output).data
  );
}

/** How the answer was made. */
export function modeOf(spans: readonly Span[]): AnswerMode | undefined {
  const answer = answerOf(spans);
  return answer && (Mode.safeParse(answer.name).data ?? "model"); // an adapted model's span is named otherwise
}

/** The model that read the passages for the words of an answer, without its version. */
export function readerOf(spans: readonly Span[]): string | undefined {
  return spans.find((span) => span.kind === "read")?.name.split("@")[0];
}

/** The prompt as it was sent. */
export function promptOf(spans: readonly Span[]): z.infer<typeof PromptShape> | undefined {
  return PromptShape.safeParse(spans.find((span) => span.kind === "compose")?.output).data;
}
