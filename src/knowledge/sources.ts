import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { loaders } from "./load/index.ts";

/**
 * A document to ingest: `path` is its name relative to the app's folder, with forward slashes; its bytes are a file's,
 * or the stored original's (`blob`, a sha256).
 */
export type Source = { path: string; file: string; blob?: undefined } | { path: string; blob: string };

/**
 * Files that sources name: a folder (everything in it that a loader reads), a file, or a glob, relative to `folder`.
 * A file that is named itself is taken whatever its format is, so that it is refused aloud; hidden ones and
 * `node_modules` are not searched. Sorted by path, each once.
 */
export async function expandSources(
  sources: readonly string[],
  folder: string,
): Promise<(Source & { file: string })[]> {
  const files = new Set<string>();
  for (const source of sources) {
    const at = resolve(folder, source);
    const kind = await stat(at).catch(() => null); // not a path: a glob, or a file that is not there
    if (kind?.isFile()) files.add(at);
    else if (kind?.isDirectory()) for (const file of await search(`**/*`, at)) files.add(file);
    else if (/[*?[\]{}!()]/.test(source))
      for (const file of await search(source.replaceAll("\\", "/"), folder)) files.add(file);
    else files.add(at); // reading it says what is wrong
  }
  return [...files]
    .map((file) => ({ file, path: relative(folder, file).replaceAll("\\", "/") }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function search(pattern: string, cwd: string): Promise<string[]> {
  const { glob } = await import("tinyglobby");
  const found = await glob(pattern, { cwd, absolute: true, onlyFiles: true, ignore: ["**/node_modules/**"] });
  const known = new Set(loaders.flatMap((loader) => loader.extensions));
  return found.map((file) => resolve(file)).filter((file) => known.has(extensionOf(file)));
}

function extensionOf(file: string): string {
  return /\.[^./\\]+$/.exec(file)?.[0].toLowerCase() ?? "";
}
