import * as z from "zod";
import { Message } from "./model.ts";
import { Json } from "./text.ts";

/** Splits of a dataset. Only `ship` reads gate, and a promotion opens report once. */
export const Split = z.enum(["development", "gate", "report", "train", "validation", "test"]);
export type Split = z.infer<typeof Split>;

/** Where an example came from. */
export const Provenance = z.object({
  /** `jsonl`, `csv`, `openai`, `promptfoo`, `turn`, … */
  source: z.string(),
  /** File and line, or the turn's id. */
  at: z.string(),
  importedAt: z.iso.datetime(),
});

/** A range of a document, named by its path, that supports the answer. */
export const SourceSpan = z.object({ path: z.string(), start: z.int().nonnegative(), end: z.int().nonnegative() });

/** A check that an example brings with it: a scorer's name and what it needs. */
export const Expectation = z.object({
  scorer: z.string(),
  options: z.record(z.string(), Json).default({}),
  weight: z.number().positive().default(1),
});
export type Expectation = z.infer<typeof Expectation>;

/** A line of a dataset file. `answer` null: the documents do not say. Left out: not known. */
export const ExampleLine = z
  .object({
    id: z.string().min(1).max(200).optional(),
    question: z.string().min(1).optional(),
    messages: z.array(Message).min(1).optional(),
    answer: z.string().nullable().optional(),
    answers: z.array(z.string()).optional().describe("other answers that are right"),
    group: z.string().optional().describe("what must stay in one split: document, session or user"),
    groups: z.array(z.string()).optional(),
    split: Split.optional(),
    sources: z.array(SourceSpan.loose()).optional(),
    without: z.array(SourceSpan.loose()).optional().describe("places that are left out when it is asked"),
    expect: z.array(Expectation).optional(),
    tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .loose()
  .refine(
    (line) => line.question !== undefined || line.messages !== undefined,
    "a line needs `question` or `messages`",
  );
export type ExampleLine = z.infer<typeof ExampleLine>;

/** An example as stored: complete, its id and group filled in. `id` is unique in its dataset's version. */
export const Example = z.object({
  id: z.string(),
  /** sha256 of what is asked and expected; the same content has the same hash in every version. */
  hash: z.string(),
  messages: z.array(Message).min(1),
  answer: z.string().nullable().optional(),
  answers: z.array(z.string()),
  groups: z.array(z.string()).min(1),
  split: Split,
  sources: z.array(SourceSpan),
  without: z.array(SourceSpan).optional(),
  expect: z.array(Expectation),
  tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  provenance: Provenance,
});
export type Example = z.infer<typeof Example>;

/** What was noticed about a dataset on arrival. */
export const HealthNote = z.object({
  kind: z.enum([
    "duplicate",
    "near-duplicate",
    "contradiction",
    "answer-not-in-source",
    "empty-answer",
    "split-small",
    "split-leak",
  ]),
  examples: z.array(z.string()),
  message: z.string(),
});
export type HealthNote = z.infer<typeof HealthNote>;

/** An immutable version of a dataset; its id is the hash of its examples. */
export const DatasetVersion = z.object({
  id: z.string(),
  dataset: z.string(),
  app: z.string().nullable(),
  createdAt: z.iso.datetime(),
  examples: z.int(),
  splits: z.record(z.string(), z.int()),
  health: z.array(HealthNote),
});
export type DatasetVersion = z.infer<typeof DatasetVersion>;
