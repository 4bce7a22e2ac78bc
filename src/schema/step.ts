import * as z from "zod";
import { Citation, KnowledgeSettings, Passage, Place } from "./knowledge.ts";
import { ChatRequest, ChatResponse, Message, ReadSpan } from "./model.ts";
import { AnswerMode } from "./release.ts";
import { Json } from "./text.ts";

/** The sentence that best answers, and how well it is supported. */
export const Evidence = z.object({
  passage: z.int(),
  start: z.int(),
  end: z.int(),
  text: z.string(),
  support: z.number(),
});
export type Evidence = z.infer<typeof Evidence>;

/**
 * The kinds of step, each with its input and output. One kind = one kind of span = one component that can be measured,
 * remembered, replaced and replayed.
 */
export const steps = {
  /** Find passages in one knowledge collection. */
  retrieve: {
    in: z.object({
      knowledge: z.string(),
      query: z.string(),
      settings: KnowledgeSettings.omit({ minSupport: true }).describe("another least support searches the same"),
      without: z.array(Place).optional(),
    }),
    out: z.object({
      passages: z.array(Passage),
      evidence: z.array(Evidence).describe("best sentences, most supported first"),
    }),
  },
  /** Find the words that answer in passages. */
  read: {
    in: z.object({ question: z.string(), passages: z.array(z.string()) }),
    out: z.object({
      spans: z.array(ReadSpan).describe("the best words of each passage, most supported first"),
      others: z.array(ReadSpan).default([]).describe("the next best words of any passage"),
    }),
  },
  /** Build the prompt as it is sent. */
  compose: {
    in: z.object({
      instructions: z.string(),
      examples: z.array(Message).default([]),
      messages: z.array(Message),
      passages: z.array(Passage),
    }),
    out: z.object({
      messages: z.array(Message),
      used: z.array(z.int()).describe("indices of the passages that fitted"),
    }),
  },
  /** Choose a model. */
  route: {
    in: z.object({ candidates: z.array(z.string()) }),
    out: z.object({ model: z.string(), reason: z.string() }),
  },
  /** Ask a model. */
  model: { in: ChatRequest, out: ChatResponse },
  /** Make the answer of what is there: text, citations, or that the documents do not say. */
  answer: {
    in: z.object({
      mode: AnswerMode,
      question: z.string(),
      draft: z
        .string()
        .nullable()
        .describe("the model's wording; null where a sentence is shown or nothing supports an answer"),
      passages: z.array(Passage),
      evidence: z.array(Evidence),
      minSupport: z.number(),
      instead: Evidence.nullable()
        .default(null)
        .describe("the reader's words, where they are likelier right than the model's"),
    }),
    out: z.object({ text: z.string(), abstained: z.boolean(), citations: z.array(Citation) }),
  },
  /** Work that is not a part of a turn: a document ingested, an example scored. */
  task: { in: Json, out: Json },
} as const;

export type Kind = keyof typeof steps;
export type Steps = { [K in Kind]: { in: z.infer<(typeof steps)[K]["in"]>; out: z.infer<(typeof steps)[K]["out"]> } };
export const Kind = z.enum(Object.keys(steps) as [Kind, ...Kind[]]); // zod wants a non-empty tuple; the keys above are one
