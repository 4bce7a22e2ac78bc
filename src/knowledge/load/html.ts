import { PawlError } from "#kernel";
import { decodeText } from "./decode.ts";
import { type Block, type Loader, titleFromPath } from "./loader.ts";
import { BlockWriter, firstHeading } from "./writer.ts";

/**
 * HTML: the words of the main part (its `main` or `article`, else what Readability finds, else the body) as plain text;
 * scripts, styles, navigation and forms are gone. Table rows become `a | b | c`.
 */
export const html: Loader = {
  extensions: [".html", ".htm", ".xhtml"],
  mediaTypes: ["text/html", "application/xhtml+xml"],
  async load(bytes, { path }) {
    const source = decodeText(withDeclaredCharset(bytes), path);
    const { parseHTML } = await import("linkedom");
    const markup = /<html[\s>]/i.test(source.text) ? source.text : `<html><body>${source.text}</body></html>`;
    const { document }: { document: Page } = parseHTML(markup);
    if (document.body === null) {
      throw new PawlError("document-unreadable", `${path} is not HTML that can be read.`, { details: { path } });
    }
    const head = clean(document.querySelector("title")?.textContent ?? "");
    for (const element of document.querySelectorAll(unwanted)) element.remove();
    const main = await mainPart(document);
    const gatherer = new Gatherer();
    walk(main, gatherer, null);
    gatherer.flush();
    const { text, blocks } = gatherer.writer;
    return { title: head || (firstHeading(blocks) ?? titleFromPath(path)), text, blocks, notes: source.notes };
  },
};

const unwanted =
  "script, style, noscript, template, nav, iframe, object, embed, svg, canvas, form, button, input, select, textarea, dialog, [hidden], [aria-hidden=true], [role=navigation], [role=banner], [role=contentinfo], [role=search], body > header, body > footer";

/** The element that holds the page's own words. */
async function mainPart(document: Page): Promise<Element> {
  const mains = document.querySelectorAll("main, [role=main]");
  const articles = document.querySelectorAll("article");
  const marked = mains[0] ?? (articles.length === 1 ? articles[0] : undefined);
  if (marked !== undefined && clean(marked.textContent ?? "") !== "") return marked;
  const { Readability } = await import("@mozilla/readability");
  const { parseHTML } = await import("linkedom");
  const { document: copy }: { document: Page } = parseHTML(document.documentElement.outerHTML);
  const found = new Readability(copy, { charThreshold: 200 }).parse();
  // Readability is made for articles; on a page of tables or lists it may keep a corner, so it must keep most.
  const body = document.body ?? document.documentElement;
  if (found?.content && (found.textContent ?? "").length > 0.7 * (body.textContent ?? "").length) {
    const { document: article }: { document: Page } = parseHTML(`<html><body>${found.content}</body></html>`);
    return article.body ?? body;
  }
  return body;
}

/** What of the DOM is used here; linkedom's own types are the browser's, which this program does not know. */
type Node = { nodeType: number; nodeName: string; textContent: string | null; childNodes: Iterable<Node> };
type Element = Node & { outerHTML: string; remove(): void };
type Page = {
  body: Element | null;
  documentElement: Element;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Element[];
};

/** Gathers the words of one block after the other. */
class Gatherer {
  readonly writer = new BlockWriter();
  #open = "";
  #kind: Block["kind"] = "paragraph";
  #level = 0;

  add(words: string): void {
    this.#open += words;
  }

  begin(kind: Block["kind"], level = 0): void {
    this.flush();
    this.#kind = kind;
    this.#level = level;
  }

  flush(): void {
    const kind = this.#kind;
    const words = kind === "code" ? this.#open.replace(/^\n+|\s+$/g, "") : clean(this.#open);
    if (kind === "heading") this.writer.heading(this.#level, words);
    else if (kind !== "page") this.writer.write(kind, words);
    this.#open = "";
    this.#kind = "paragraph";
  }
}

const blockTags = new Set(
  "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer header hr main ol p section summary table tbody tfoot thead ul".split(
    " ",
  ),
);

function walk(node: Node, into: Gatherer, inherited: Block["kind"] | null): void {
  if (node.nodeType === 3) {
    into.add(node.textContent ?? "");
    return;
  }
  if (node.nodeType !== 1 && node.nodeType !== 9 && node.nodeType !== 11) return;
  const tag = node.nodeName.toLowerCase();
  const children = [...node.childNodes];
  const heading = /^h([1-6])$/.exec(tag);
  if (heading !== null) {
    into.begin("heading", Number(heading[1]));
    into.add(node.textContent ?? "");
    into.flush();
  } else if (tag === "pre") {
    into.begin("code");
    into.add(node.textContent ?? "");
    into.flush();
  } else if (tag === "tr") {
    const cells = children.filter((child) => /^t[hd]$/i.test(child.nodeName));
    const header = cells.length > 0 && cells.every((cell) => cell.nodeName.toLowerCase() === "th");
    into.begin(header ? "table-header" : "table-row");
    into.add(cells.map((cell) => clean(cell.textContent ?? "").replaceAll("|", "\\|")).join(" | "));
    into.flush();
  } else if (tag === "li") {
    into.begin("list-item");
    for (const child of children) walk(child, into, "list-item");
    into.flush();
  } else if (tag === "br") {
    into.add(" ");
  } else if (tag === "img") {
    return;
  } else if (blockTags.has(tag)) {
    into.begin(inherited ?? "paragraph");
    for (const child of children) walk(child, into, inherited);
    into.flush();
  } else {
    for (const child of children) walk(child, into, inherited);
  }
}

function clean(words: string): string {
  return words.replace(/[\s\u00a0]+/g, " ").trim();
}

/** A page that declares another encoding than UTF-8 is decoded by it. */
function withDeclaredCharset(bytes: Uint8Array): Uint8Array {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 2048));
  const name = /<meta[^>]+charset=["']?([\w-]+)/i.exec(start)?.[1]?.toLowerCase();
  if (name === undefined || name === "utf-8" || name === "utf8" || bytes.includes(0)) return bytes;
  try {
    return new TextEncoder().encode(new TextDecoder(name).decode(bytes));
  } catch {
    return bytes; // an encoding nobody knows: decodeText guesses and notes it
  }
}
