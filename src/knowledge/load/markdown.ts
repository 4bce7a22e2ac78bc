import type { Nodes, Root } from "mdast";
import { decodeText } from "./decode.ts";
import { type Block, type Loader, titleFromPath } from "./loader.ts";
import { firstHeading } from "./writer.ts";

/**
 * Markdown (CommonMark with GitHub's tables). The text is the file's own, so offsets are those of the file; front
 * matter, comments, link definitions and MDX imports are not content.
 */
export const markdown: Loader = {
  extensions: [".md", ".mdx", ".markdown"],
  mediaTypes: ["text/markdown", "text/x-markdown"],
  async load(bytes, { path }) {
    const { text, notes } = decodeText(bytes, path);
    const { fromMarkdown } = await import("mdast-util-from-markdown");
    const { gfmFromMarkdown } = await import("mdast-util-gfm");
    const { gfm } = await import("micromark-extension-gfm");
    const matter = /^---\n(?:[^\n]*\n)*?(?:---|\.\.\.)(?:\n|$)/.exec(text)?.[0] ?? "";
    const body = matter.replace(/[^\n]/g, " ") + text.slice(matter.length); // blanked, so that offsets stay
    const root: Root = fromMarkdown(body, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
    const blocks: Block[] = [];
    visit(root, blocks, { text: body, mdx: path.toLowerCase().endsWith(".mdx") });
    const given = /^title:[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|([^\n]+))$/m.exec(matter);
    const title = given?.[1] ?? given?.[2] ?? given?.[3]?.trim() ?? firstHeading(blocks, 1);
    return { title: title || titleFromPath(path), text, blocks, notes };
  },
};

type Context = { text: string; mdx: boolean };

function visit(node: Nodes, blocks: Block[], context: Context): void {
  const start = node.position?.start.offset;
  const end = node.position?.end.offset;
  if (start === undefined || end === undefined) return;
  switch (node.type) {
    case "root":
    case "blockquote":
    case "list":
    case "footnoteDefinition":
      for (const child of node.children) visit(child, blocks, context);
      return;
    case "heading":
      blocks.push({ kind: "heading", level: node.depth, title: plain(node).trim(), start, end });
      return;
    case "listItem":
      for (const child of node.children) {
        const from = blocks.length;
        visit(child, blocks, context);
        for (const block of blocks.slice(from)) if (block.kind === "paragraph") block.kind = "list-item";
      }
      return;
    case "paragraph":
      if (context.mdx && /^(?:import|export)\s/.test(context.text.slice(start, end))) return;
      blocks.push({ kind: "paragraph", start, end });
      return;
    case "code":
      if (node.value.trim() !== "") blocks.push({ kind: "code", start, end });
      return;
    case "html":
      // A comment or lone tags say nothing; text between tags does.
      if (plainOfHtml(node.value) !== "") blocks.push({ kind: "paragraph", start, end });
      return;
    case "table":
      node.children.forEach((row, index) => {
        const rowStart = row.position?.start.offset ?? start;
        const rowEnd =
          index === 0 ? delimiterEnd(context.text, row.position?.end.offset ?? end) : row.position?.end.offset;
        blocks.push({ kind: index === 0 ? "table-header" : "table-row", start: rowStart, end: rowEnd ?? end });
      });
      return;
    default:
      return;
  }
}

/** End of the line below a table's header row: the row of dashes belongs to the header. */
function delimiterEnd(text: string, headerEnd: number): number {
  const lineStart = text.indexOf("\n", headerEnd) + 1;
  if (lineStart === 0) return headerEnd;
  const lineEnd = text.indexOf("\n", lineStart);
  return lineStart + text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd).trimEnd().length;
}

/** The words of a node without its marks. */
function plain(node: Nodes): string {
  if ("value" in node) return node.type === "html" ? "" : node.value;
  if (node.type === "image") return node.alt ?? "";
  if (node.type === "break") return " ";
  return "children" in node ? node.children.map(plain).join("").replace(/\s+/g, " ") : "";
}

function plainOfHtml(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<[^>]*>/g, "")
    .trim();
}
