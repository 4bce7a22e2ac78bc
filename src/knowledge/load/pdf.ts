import type { TextItem } from "pdfjs-dist/types/src/display/api.js";
import { asPawlError, PawlError } from "#kernel";
import { type Loader, titleFromPath } from "./loader.ts";
import { type Line, linesOf, type Paragraph, paragraphsOf } from "./pdf-layout.ts";
import { BlockWriter, firstHeading } from "./writer.ts";

/** PDF with a text layer, page by page in reading order. Throws `document-scanned`, `document-unreadable`. */
export const pdf: Loader = {
  extensions: [".pdf"],
  mediaTypes: ["application/pdf"],
  async load(bytes, { path, signal }) {
    const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
    const task = pdfjs.getDocument({
      data: new Uint8Array(bytes), // a copy, for pdf.js takes the buffer for itself, and no Buffer
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      stopAtErrors: false,
      verbosity: pdfjs.VerbosityLevel.ERRORS,
    });
    try {
      const document = await task.promise;
      const info = await document.getMetadata().catch(() => null); // a broken info block costs the title, no more
      const pages: Line[][] = [];
      for (let number = 1; number <= document.numPages; number++) {
        signal.throwIfAborted();
        const page = await document.getPage(number);
        const content = await page.getTextContent();
        pages.push(linesOf(content.items.filter((item): item is TextItem => "str" in item)));
        page.cleanup();
      }
      return assemble(pages, { path, given: titleOf(info?.info) });
    } catch (error) {
      throw readable(error, path);
    } finally {
      await task.destroy();
    }
  },
};

function assemble(pages: Line[][], { path, given }: { path: string; given: string | undefined }) {
  const empty = pages.flatMap((lines, index) => (lines.length === 0 ? [index + 1] : []));
  if (pages.length > 0 && empty.length === pages.length) {
    throw new PawlError("document-scanned", `${path} has no text: its ${pages.length} pages are pictures.`, {
      hint: "Run it through text recognition first, for example `ocrmypdf in.pdf out.pdf`.",
      details: { path, pages: pages.length },
    });
  }
  const heights = pages.flat().flatMap((line) => Array<number>(line.text.length).fill(line.height));
  const bodyHeight = heights.sort((a, b) => a - b)[heights.length >> 1] ?? 0;
  const writer = new BlockWriter();
  for (const lines of pages) {
    const from = writer.blocks.length;
    const paragraphs = paragraphsOf(lines, bodyHeight);
    paragraphs.forEach((paragraph, index) => {
      const { level, text } = paragraph;
      if (level > 0) writer.heading(level, text);
      else writer.write(kindOf(paragraph, paragraphs[index - 1], paragraphs[index + 1]), text);
    });
    writer.page(from);
  }
  const { text, blocks } = writer;
  const title = given ?? firstHeading(blocks) ?? titleFromPath(path);
  const notes = empty.length === 0 ? [] : [emptyNote(empty, pages.length)];
  return { title, text, blocks, pages: pages.length, pagesWithoutText: empty, notes };
}

function emptyNote(empty: readonly number[], of: number): string {
  const shown = `${empty.slice(0, 5).join(", ")}${empty.length > 5 ? " and others" : ""}`;
  return empty.length === 1
    ? `Page ${shown} of ${of} has no text (a picture?) and was left out.`
    : `${empty.length} of ${of} pages have no text (pictures?) and were left out: ${shown}.`;
}

/** A row is the header of those below it where as many cells begin a table. */
function kindOf(one: Paragraph, before: Paragraph | undefined, after: Paragraph | undefined) {
  if (one.cells === 1) return one.item ? "list-item" : "paragraph";
  const isFirst = (before?.cells ?? 1) === 1;
  return isFirst && one.cells === after?.cells ? "table-header" : "table-row";
}

function titleOf(info: object | undefined): string | undefined {
  const title = info !== undefined && "Title" in info && typeof info.Title === "string" ? info.Title.trim() : "";
  // Writers leave file names and "untitled" there.
  return title === "" || /^(untitled|microsoft word)|\.(docx?|pdf|tex|indd)$/i.test(title) ? undefined : title;
}

function readable(error: unknown, path: string): PawlError {
  if (error instanceof PawlError) return error;
  if (error instanceof Error && error.name === "AbortError") return asPawlError(error);
  const locked = error instanceof Error && error.name === "PasswordException";
  return new PawlError(
    "document-unreadable",
    locked ? `${path} is encrypted and needs a password.` : `${path} is damaged or not a PDF.`,
    {
      hint: locked
        ? "Save a copy without a password and ingest that."
        : "Open it in a PDF viewer and save it again, or fetch it anew.",
      cause: error,
      details: { path },
    },
  );
}
