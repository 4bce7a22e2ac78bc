import * as z from "zod";
import { KnowledgeSettings } from "./knowledge.ts";
import { Message, ResponseFormat, Sampling } from "./model.ts";

/**
 * How a grounded answer is made: the best sentence of the passages as it stands, the words in them that a reader finds, or
 * the model's wording.
 */
export const AnswerMode = z.enum(["sentence", "reader", "model"]);
export type AnswerMode = z.infer<typeof AnswerMode>;

/** Everything that can change an answer, as JSON. Its canonical hash is the release's id. */
export const ReleaseSpec = z.object({
  app: z.string(),
  instructions: z.string(),
  route: z.array(z.object({ model: z.string(), version: z.string() })),
  sampling: Sampling,
  answer: AnswerMode,
  /** What finds the words that answer, where `answer` is the reader's. */
  reader: z.object({ model: z.string(), version: z.string() }).optional(),
  /** Conversations shown to the model before the question. */
  examples: z.array(Message).default([]),
  /** What every answer must look like. */
  format: ResponseFormat.default({ type: "text" }),
  /** LoRA weights that word the grounded answer (without knowledge: every answer) of one model of the route. */
  adapter: z
    .object({
      model: z.string(),
      sha256: z.string(),
      skill: z.string().optional().describe("the name of the skill of pawl's that it is"),
    })
    .nullable()
    .default(null),
  knowledge: z.record(
    z.string(),
    z.object({
      sources: z.array(z.string()),
      settings: KnowledgeSettings,
      embedderVersion: z.string(),
      documentsVersion: z.string(),
    }),
  ),
  /**
   * sha256 of the app file and what it imports from the user's own files, comments and layout not counted, where the app
   * has functions of the user's; `none` where this spec says everything.
   */
  code: z.string(),
});
export type ReleaseSpec = z.infer<typeof ReleaseSpec>;

/**
 * How well the best sentence found, or the reader's words, must support an answer for there to be one: the least `minSupport`
 * of the collections. An adapter's own words need none: it is trained to say where the passages hold no answer.
 */
export function supportNeeded({ adapter, knowledge, answer }: ReleaseSpec, mode: AnswerMode = answer): number {
  if (mode === "model" && adapter !== null) return 0;
  return Math.min(...Object.values(knowledge).map(({ settings }) => settings.minSupport));
}

/** The reader that a model's words are compared with: beside pawl's own skill, which quotes as a reader does. */
export function readerBeside({ adapter, reader }: ReleaseSpec): ReleaseSpec["reader"] {
  return adapter?.skill === undefined ? undefined : reader;
}

/** From here on a reader's words are likelier to be an answer than none. */
export const readerSupport = 0.5;

export const Release = z.object({ id: z.string(), app: z.string(), createdAt: z.iso.datetime(), spec: ReleaseSpec });
export type Release = z.infer<typeof Release>;
