import { asPawlError, PawlError } from "#kernel";
import { expandSources, type Preview, previewDocument } from "#knowledge";
import { bold, dim, drawError, print, table } from "./draw.ts";

/** `pawl ingest PATH… --dry-run`: title, blocks and chunks of files, without an app and without storing anything. */
export async function preview(paths: readonly string[], options: { json?: boolean }): Promise<number> {
  if (paths.length === 0) {
    throw new PawlError("bad-request", "Which files?", { hint: "pawl ingest FILE --dry-run" });
  }
  const { signal } = new AbortController();
  const documents: object[] = [];
  let refused = 0;
  for (const source of await expandSources(paths, process.cwd())) {
    try {
      const made = await previewDocument(source, { signal });
      if (options.json) documents.push(made);
      else draw(made);
    } catch (error) {
      const { code, message, hint } = asPawlError(error);
      refused++;
      if (options.json) documents.push({ path: source.path, status: "refused", code, message, hint });
      else drawError(error);
    }
  }
  if (options.json) print(JSON.stringify({ documents }));
  return refused > 0 ? 1 : 0;
}

function draw({ path, title, mediaType, language, notes, text, blocks, chunks }: Preview): void {
  print(`${bold(title)} ${dim(`${path} · ${mediaType} · ${language ?? "language unknown"}`)}`);
  for (const note of notes) print(`  ${note}`);
  print("\nBlocks");
  print(
    table(
      blocks.map((block) => [
        `  ${block.kind}${block.kind === "heading" ? ` ${block.level}` : ""}`,
        `${block.start}–${block.end}`,
        oneLine(text.slice(block.start, block.end)),
      ]),
    ),
  );
  print("\nChunks (tokens estimated)");
  for (const chunk of chunks) {
    print(`  ${dim(`${chunk.start}–${chunk.end} · ${chunk.tokens} tokens ·`)} ${chunk.titlePath.join(" › ")}`);
    for (const { words } of chunk.statements) print(`    ${oneLine(words)}`);
  }
  print("");
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
