import * as z from "zod";
import { LostAt } from "./improve.ts";
import { Range } from "./text.ts";

/** A question that was written for words of a document, and kept because it finds them again. */
export const WrittenQuestion = z.object({
  question: z.string(),
  answer: z.string().nullable().describe("words of `quote`; null: the place is left out, and nothing else answers"),
  documentId: z.string(),
  path: z.string().describe("the document's, as `pawl ingest` prints it"),
  ...Range.shape,
  quote: z.string().describe("the sentence that answers: the document's text from `start` to `end`"),
  support: z.number().min(0).max(1).describe("how sure the reader is of the answer, among the passages found"),
});
export type WrittenQuestion = z.infer<typeof WrittenQuestion>;

/** How a question fared with the app: answered, lost on the way to its passage, or answered differently. */
export const QuestionStage = z.enum(["answered", "missing", ...LostAt.options, "answer"]);
export type QuestionStage = z.infer<typeof QuestionStage>;

/** What an app made of a written question. */
export const AskedQuestion = WrittenQuestion.extend({ turn: z.string(), stage: QuestionStage });
export type AskedQuestion = z.infer<typeof AskedQuestion>;

/** Questions written from an app's documents, and what the app made of them. */
export const QuestionsReport = z.object({
  app: z.string(),
  release: z.string(),
  createdAt: z.iso.datetime(),
  seconds: z.number(),
  written: z.int().describe("questions that the model wrote"),
  kept: z.int().describe("of them, those that found their words again"),
  questions: z.array(WrittenQuestion),
  asked: z.array(AskedQuestion).describe("empty where only the writing was asked for"),
  documents: z
    .array(z.object({ id: z.string(), path: z.string(), written: z.int(), kept: z.int() }))
    .describe("every document that was looked at"),
  notes: z.array(z.string()).describe("what was passed over, and why"),
});
export type QuestionsReport = z.infer<typeof QuestionsReport>;
