/** A piece of running text. `cite` is a citation mark: `[n]`, counted from 1. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "strong" | "em"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "cite"; n: number };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "list"; ordered: boolean; start: number; items: Inline[][] }
  | { kind: "table"; head: Inline[][] | null; rows: Inline[][][] }
  | { kind: "code"; text: string };

const bullet = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const rule = /^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/;
const row = /^\s*\|.*\|(?:\s*\[\d+\])*\s*$/;

/**
 * The little Markdown that answers use, as data: what is not understood stays text, and nothing becomes markup.
 * Total and linear in the text's length, because it runs at every piece of a stream.
 */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const run = (test: (line: string) => boolean): string[] => {
      const from = at;
      while (at < lines.length && test(lines[at] ?? "")) at++;
      return lines.slice(from, at);
    };
    if (line.trim() === "") {
      at++;
    } else if (line.startsWith("```")) {
      at++;
      const code = run((next) => !next.startsWith("```"));
      at++;
      blocks.push({ kind: "code", text: code.join("\n") });
    } else if (/^#{1,6}\s/.test(line)) {
      const level = /^#+/.exec(line)?.[0].length ?? 1;
      blocks.push({ kind: "heading", level, children: parseInline(line.slice(level).trim()) });
      at++;
    } else if (row.test(line)) {
      blocks.push(tableOf(run((next) => row.test(next))));
    } else if (bullet.test(line)) {
      blocks.push(listOf(run((next) => bullet.test(next) || (/^\s{2,}\S/.test(next) && next.trim() !== ""))));
    } else {
      const paragraph = run(
        (next) => next.trim() !== "" && !next.startsWith("```") && !bullet.test(next) && !row.test(next),
      );
      blocks.push({ kind: "paragraph", children: parseInline(paragraph.join("\n")) });
    }
  }
  return blocks;
}

function listOf(lines: string[]): Block {
  const first = bullet.exec(lines[0] ?? "");
  const items: string[] = [];
  for (const line of lines) {
    const match = bullet.exec(line);
    if (match) items.push(match[2] ?? "");
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return {
    kind: "list",
    ordered: first?.[1] !== undefined,
    start: Number(first?.[1] ?? 1),
    items: items.map(parseInline),
  };
}

function tableOf(lines: string[]): Block {
  const cells = (line: string) => {
    // Citations behind the last bar belong to the last cell.
    const bar = line.lastIndexOf("|");
    const inside = line.slice(line.indexOf("|") + 1, bar);
    const parts = inside.split("|").map((cell) => cell.trim());
    const tail = line.slice(bar + 1).trim();
    if (tail !== "") parts.push(`${parts.pop() ?? ""} ${tail}`);
    return parts.map(parseInline);
  };
  const hasHead = rule.test(lines[1] ?? "");
  const body = hasHead ? lines.slice(2) : lines.filter((line) => !rule.test(line));
  return { kind: "table", head: hasHead ? cells(lines[0] ?? "") : null, rows: body.map(cells) };
}

// Emphasis by `_` only at the edges of words, so that names_with_underscores stay whole.
const inline =
  /`([^`\n]+)`|\*\*([^*\n]+(?:\*(?!\*)[^*\n]+)*)\*\*|\*([^*\s](?:[^*\n]*[^*\s])?)\*|(?<!\w)_([^_\s](?:[^_\n]*[^_\s])?)_(?!\w)|\[(\d{1,3})\]/g;

export function parseInline(text: string): Inline[] {
  const pieces: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(inline)) {
    if (match.index > from) pieces.push({ kind: "text", text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    const [, code, strong, star, underscore, cite] = match;
    if (code !== undefined) pieces.push({ kind: "code", text: code });
    else if (strong !== undefined) pieces.push({ kind: "strong", children: parseInline(strong) });
    else if (cite !== undefined) pieces.push({ kind: "cite", n: Number(cite) });
    else pieces.push({ kind: "em", children: parseInline(star ?? underscore ?? "") });
  }
  if (from < text.length) pieces.push({ kind: "text", text: text.slice(from) });
  return pieces;
}
