import * as z from "zod";
import { Range } from "./text.ts";

/** What became of one source at an ingest. */
export const DocumentStatus = z.enum(["added", "updated", "unchanged", "removed", "refused"]);
export type DocumentStatus = z.infer<typeof DocumentStatus>;

/** A source as stored: `text` is the normalised text that every range points into; the original is a blob. */
export const Document = z.object({
  id: z.string(),
  knowledge: z.string().describe("the collection it belongs to"),
  path: z.string().describe("where it came from, relative to the app's folder, with forward slashes"),
  title: z.string(),
  mediaType: z.string(),
  language: z.string().nullable().describe("ISO 639-1, null where too short to tell"),
  sha256: z.string().describe("of the original bytes"),
  characters: z.int(),
  chunks: z.int(),
  pages: z.int().nullable(),
  pagesWithoutText: z.array(z.int()).default([]).describe("their numbers, from 1: pictures that nothing was read of"),
  notes: z
    .array(z.string())
    .describe("what a person should know: a language that the embedder does not, pages without text"),
  updatedAt: z.iso.datetime(),
});
export type Document = z.infer<typeof Document>;

/** The unit that is indexed. `start`/`end` are a range of the document's text, and `text` is that slice. */
export const Chunk = z.object({
  id: z.string(),
  documentId: z.string(),
  ordinal: z.int(),
  ...Range.shape,
  text: z.string(),
  titlePath: z.array(z.string()).describe("document title, then the headings above"),
  tokens: z.int(),
});
export type Chunk = z.infer<typeof Chunk>;

/** What a search gives back: a chunk's range with the score and rank that each stage gave it (null: not found there). */
export const Passage = z.object({
  chunkId: z.string(),
  documentId: z.string(),
  title: z.string().describe('title path, joined by " › "'),
  path: z.string(),
  ...Range.shape,
  text: z.string(),
  score: z.number().describe("the score of the last stage; higher is better"),
  bm25: z.object({ rank: z.int(), score: z.number() }).nullable(),
  vector: z.object({ rank: z.int(), score: z.number() }).nullable(),
});
export type Passage = z.infer<typeof Passage>;

/** A range of a document's text. */
export const Place = z.object({ documentId: z.string(), ...Range.shape });
export type Place = z.infer<typeof Place>;

/** Where an answer's statement is supported. `[n]` in the answer is the n-th of its citations. */
export const Citation = z.object({
  documentId: z.string(),
  title: z.string(),
  ...Range.shape,
  quote: z.string(),
  support: z.number().min(0).max(1).describe("how well the quote supports the statement"),
});
export type Citation = z.infer<typeof Citation>;

const settingFields = {
  chunkTokens: z.int().min(8).max(512).describe("most tokens in a chunk, as the embedder counts them"),
  overlapTokens: z.int().min(0).max(128),
  embedder: z.string(),
  queryPrefix: z.string().nullable().describe("null: what the catalog says of the embedder"),
  pooling: z.enum(["cls", "mean"]).nullable().describe("null: what the catalog says of the embedder"),
  queryPooling: z.enum(["cls", "mean"]).nullable().describe("null: as `pooling`"),
  candidates: z.int().min(1).max(1000).describe("how many each retriever brings to the fusion"),
  fusion: z
    .enum(["sum", "rrf", "bm25", "vector"])
    .describe("sum: cosine + weight · bm25 / (bm25 + half); rrf: reciprocal ranks; or one retriever alone"),
  sum: z.object({ weight: z.number().nonnegative(), half: z.number().positive() }),
  rrfK: z.number().positive(),
  weights: z.object({ bm25: z.number(), vector: z.number() }).describe("of the two rankings in rrf"),
  passages: z.int().min(1).max(50).describe("how many are given to the answer"),
  minSupport: z.number().min(0).max(1).describe("below it no citation is given, and without one the answer abstains"),
};

/** Settings of a collection, as far as somebody says so. */
export const KnowledgeOverride = z.object(settingFields).partial();
export type KnowledgeOverride = z.infer<typeof KnowledgeOverride>;

/** How a knowledge collection is cut, embedded and searched; a part of the release. */
export const KnowledgeSettings = z.object({
  chunkTokens: settingFields.chunkTokens.default(160),
  overlapTokens: settingFields.overlapTokens.default(0),
  embedder: settingFields.embedder.default("local/bge-small-en-v1.5"),
  queryPrefix: settingFields.queryPrefix.default(null),
  pooling: settingFields.pooling.default(null),
  queryPooling: settingFields.queryPooling.default(null),
  candidates: settingFields.candidates.default(100),
  fusion: settingFields.fusion.default("sum"),
  sum: settingFields.sum.default({ weight: 0.2, half: 20 }),
  rrfK: settingFields.rrfK.default(60),
  weights: settingFields.weights.default({ bm25: 1, vector: 1 }),
  passages: settingFields.passages.default(5),
  minSupport: settingFields.minSupport.default(0.5),
});
export type KnowledgeSettings = z.infer<typeof KnowledgeSettings>;
