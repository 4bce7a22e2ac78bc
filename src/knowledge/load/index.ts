/**
 * Loaders: how a file becomes text with structure.
 *
 * To add a format, say `.rst`:
 * 1. Write `rst.ts` beside this file. It exports a `Loader` (see loader.ts): its `extensions`, its `mediaTypes`, and
 *    `load(bytes, { path, signal })`, which gives a title, the `text` that pawl stores, and `blocks`: ranges of that
 *    text with their kind, each explained in loader.ts. `decode.ts` turns bytes into text.
 * 2. Put it into `loaders` below. That is all: chunks, evidence and citations follow from the blocks, and nothing reads
 *    the text for marks again.
 * 3. Write `rst.test.ts` with loader-check.ts: `load` a text, compare `shown`, and `checkBlocks`, which tells whether the
 *    ranges are sound and no word is lost. `pawl ingest FILE --dry-run` shows title, blocks and chunks of a file.
 *
 * The text is the file's own where a person reads the file as it is (Markdown, plain text): then ranges are offsets of
 * the file, and marks stay in it (`markdown.ts`; `paragraphs` of text.ts has runs of lines). It is written anew where the
 * source is markup or layout that nobody reads (HTML, PDF, rst's tables and directives): `BlockWriter` of writer.ts does
 * that, with lines and blank lines as the other loaders have them. In between is no choice: a text is the file's, to
 * the character, or the loader's.
 *
 * A loader throws a PawlError: `document-binary`, `document-scanned`, `document-unreadable`. Size and emptiness are
 * checked here, for all. A new loader needs no raise of `ingestVersion` (ingest.ts), for nothing was stored of its
 * format; one that gives something else for the same file does. Nor does it need an entry in docs/decisions.md, unless
 * it brings a dependency.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { PawlError } from "#kernel";
import { html } from "./html.ts";
import type { Loaded, Loader } from "./loader.ts";
import { markdown } from "./markdown.ts";
import { pdf } from "./pdf.ts";
import { rst } from "./rst.ts";
import { text } from "./text.ts";

export const loaders: readonly Loader[] = [markdown, text, html, pdf, rst];

/** Most bytes of a document. */
export const maxDocumentBytes = 50 * 1024 * 1024;

/** The loader of a file by its name's extension; null where there is none. */
export function loaderOf(path: string): Loader | null {
  const extension = extname(path).toLowerCase();
  return loaders.find((loader) => loader.extensions.includes(extension)) ?? null;
}

/** Bytes of a document as text with structure. Throws the `document-…` errors. */
export async function loadDocument(
  bytes: Uint8Array,
  options: { path: string; signal: AbortSignal },
): Promise<Loaded & { mediaType: string }> {
  const { path } = options;
  const loader = loaderOf(path);
  if (loader === null) throw unsupported(path);
  if (bytes.length > maxDocumentBytes) throw tooLarge(path, bytes.length);
  if (bytes.length === 0) throw empty(path);
  options.signal.throwIfAborted();
  const loaded = await loader.load(bytes, options).catch((error: unknown) => {
    throw withFormats(error);
  });
  if (loaded.text.trim() === "" || !loaded.blocks.some((block) => block.kind !== "page")) throw empty(path);
  return { ...loaded, mediaType: loader.mediaTypes[0] ?? "application/octet-stream" };
}

/** A file's bytes; its size and kind are checked before it is read. `path` is the name that errors show. */
export async function readDocument(file: string, path: string): Promise<Uint8Array> {
  if (loaderOf(path) === null) throw unsupported(path);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const { size } = await stat(file);
    if (size > maxDocumentBytes) throw tooLarge(path, size);
    // Read in parts: a file that grows meanwhile, or a pipe, must not exceed the limit either.
    for await (const part of createReadStream(file)) {
      const bytes: Uint8Array = part;
      length += bytes.length;
      if (length > maxDocumentBytes) throw tooLarge(path, length);
      parts.push(bytes);
    }
  } catch (error) {
    if (error instanceof PawlError) throw error;
    throw new PawlError("document-unreadable", `${path} cannot be read.`, {
      hint: "Does the file exist, and may this user read it?",
      cause: error,
      details: { path },
    });
  }
  return Buffer.concat(parts);
}

function formats(): string {
  return loaders.flatMap((loader) => loader.extensions).join(" ");
}

/** An error of a loader; what is no text is told which formats there are. */
function withFormats(error: unknown): unknown {
  if (!(error instanceof PawlError) || error.code !== "document-binary" || error.hint !== undefined) return error;
  return new PawlError(error.code, error.message, {
    hint: `Convert it to a format that pawl reads: ${formats()}.`,
    cause: error,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

function unsupported(path: string): PawlError {
  return new PawlError("document-unsupported", `${path} has a format that pawl cannot read.`, {
    hint: `Formats: ${formats()}. A new one is a file in src/knowledge/load.`,
    details: { path },
  });
}

function tooLarge(path: string, bytes: number): PawlError {
  return new PawlError("document-too-large", `${path} has ${Math.round(bytes / 1048576)} MB.`, {
    hint: `The limit is ${maxDocumentBytes / 1048576} MB for a document: split it.`,
    details: { path, bytes, limit: maxDocumentBytes },
  });
}

function empty(path: string): PawlError {
  return new PawlError("document-empty", `${path} has no text.`, {
    hint: "Write something into it, or leave it out of the knowledge's sources.",
    details: { path },
  });
}
