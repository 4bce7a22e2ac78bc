import { KnowledgeSettings } from "#schema";
import { chunk, type Piece } from "./chunk.ts";
import { detectLanguage } from "./language.ts";
import { loadDocument, readDocument } from "./load/index.ts";
import type { Block } from "./load/loader.ts";
import type { Source } from "./sources.ts";

export type Preview = {
  path: string;
  title: string;
  mediaType: string;
  language: string | null;
  notes: string[];
  text: string;
  blocks: Block[];
  chunks: Piece[];
};

/**
 * What an ingest would make of a file, with the default settings; nothing is stored and no model is asked. Tokens are
 * estimated (a piece for every six letters, one for each mark), so that long chunks may end elsewhere in an ingest.
 * Throws the `document-…` errors.
 */
export async function previewDocument(
  { path, file }: Source & { file: string },
  { signal }: { signal: AbortSignal },
): Promise<Preview> {
  const loaded = await loadDocument(await readDocument(file, path), { path, signal });
  const { title, mediaType, notes, text, blocks } = loaded;
  const { chunkTokens: budget, overlapTokens: overlap } = KnowledgeSettings.parse({});
  const count = async (texts: readonly string[]) => texts.map(estimatedTokens);
  const chunks = await chunk(loaded, { budget, overlap, count });
  return { path, title, mediaType, language: await detectLanguage(text), notes, text, blocks, chunks };
}

/** About what a word-piece tokenizer counts, its two framing tokens included. */
function estimatedTokens(text: string): number {
  return 2 + (text.match(/[\p{L}\p{N}]{1,6}|[^\s\p{L}\p{N}]/gu)?.length ?? 0);
}
