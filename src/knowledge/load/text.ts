import { decodeText } from "./decode.ts";
import { type Block, type Loader, titleFromPath } from "./loader.ts";

/** Plain text: paragraphs are separated by blank lines; a short first line on its own is the title. */
export const text: Loader = {
  extensions: [".txt", ".text"],
  mediaTypes: ["text/plain"],
  async load(bytes, { path }) {
    const { text, notes } = decodeText(bytes, path);
    const blocks = paragraphs(text);
    const first = blocks[0];
    const line = first === undefined ? "" : text.slice(first.start, first.end);
    if (
      first === undefined ||
      blocks.length < 2 ||
      line.length > 100 ||
      line.includes("\n") ||
      /[.!?:;,]$/.test(line)
    ) {
      return { title: titleFromPath(path), text, blocks, notes };
    }
    blocks[0] = { kind: "heading", level: 1, title: line, start: first.start, end: first.end };
    return { title: line, text, blocks, notes };
  },
};

/** Runs of lines between blank lines; a line that begins with a bullet or a number is an item of its own. */
export function paragraphs(text: string): Block[] {
  const blocks: Block[] = [];
  let offset = 0;
  let open: Block | null = null;
  for (const line of text.split("\n")) {
    const start = offset + line.length - line.trimStart().length;
    const end = offset + line.trimEnd().length;
    offset += line.length + 1;
    if (end <= start) {
      open = null;
      continue;
    }
    const item = /^\s*(?:[-*+•‣]|\d{1,3}[.)])\s+\S/.test(line);
    if (open === null || item) {
      open = { kind: item ? "list-item" : "paragraph", start, end };
      blocks.push(open);
    } else {
      open.end = end;
    }
  }
  return blocks;
}
