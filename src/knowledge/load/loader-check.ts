import { loadDocument } from "./index.ts";
import type { Loaded } from "./loader.ts";

/** A document as pawl loads it; the loader is that of the path's extension. For tests of loaders. */
export function load(source: Uint8Array | string, path: string): ReturnType<typeof loadDocument> {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : source;
  return loadDocument(bytes, { path, signal: new AbortController().signal });
}

/** The blocks as `kind: text`, in order. */
export function shown({ text, blocks }: Loaded): string[] {
  return blocks.map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);
}

/**
 * What is wrong with a loader's ranges, in sentences; none for a sound document.
 *
 * @param source the file's text, where all of its words are content: words that no block has are wrong too
 */
export function checkBlocks({ text, blocks }: Loaded, source?: string): string[] {
  const wrong: string[] = [];
  let end = 0;
  for (const block of blocks) {
    const where = `${block.kind} ${block.start}–${block.end}`;
    if (block.start < 0 || block.end > text.length || block.start >= block.end) wrong.push(`${where} is no range`);
    if (text.slice(block.start, block.end).trim() === "") wrong.push(`${where} is blank`);
    if (block.kind === "page") continue;
    if (block.start < end) wrong.push(`${where} overlaps or precedes the block before it`);
    end = block.end;
  }
  if (text.startsWith("\uFEFF")) wrong.push("the text begins with a byte order mark");
  if (text.includes("\r")) wrong.push("the text has line ends other than LF");
  if (source !== undefined) {
    for (const word of lostWords({ text, blocks }, source)) wrong.push(`"${word}" is in the file and in no block`);
  }
  return wrong;
}

/** Words of the source, letters and digits only, as often as the blocks lack them. */
function lostWords({ text, blocks }: Pick<Loaded, "text" | "blocks">, source: string): string[] {
  const wordsOf = (words: string) => words.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const there = new Map<string, number>();
  for (const { kind, start, end } of blocks) {
    if (kind === "page") continue;
    for (const word of wordsOf(text.slice(start, end))) there.set(word, (there.get(word) ?? 0) + 1);
  }
  return wordsOf(source).filter((word) => {
    const left = there.get(word) ?? 0;
    there.set(word, left - 1);
    return left <= 0;
  });
}
