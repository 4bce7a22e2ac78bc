import type { Loaded } from "./loader.ts";

/** What is wrong with a loader's ranges, in sentences; none for a sound document. For tests of loaders. */
export function checkBlocks({ text, blocks }: Loaded): string[] {
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
  return wrong;
}
