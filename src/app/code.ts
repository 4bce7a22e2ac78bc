import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { hashOf, PawlError } from "#kernel";

/** A source file of an app as parsed: its syntax tree without places, and the user's own files that it imports. */
type Module = { path: string; tree: unknown; imports: string[] };

const extensions = ["", ".ts", ".mts", ".js", ".mjs", ".json", "/index.ts", "/index.js"];

/**
 * The hash of an app's code: the syntax trees of its file and of every file of the user's that it imports, comments
 * and layout not counted. Packages are not followed: their version is the lock file's business.
 *
 * @throws PawlError `app-malformed` at the line of a syntax error
 */
export async function hashCode(appFile: string): Promise<{ hash: string; files: string[] }> {
  const root = dirname(appFile);
  const seen = new Map<string, Module>();
  const queue = [appFile];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (seen.has(path)) continue;
    const module = await parseModule(path);
    seen.set(path, module);
    queue.push(...module.imports);
  }
  const modules = [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    hash: hashOf(
      modules.map((module) => ({ path: relative(root, module.path).replaceAll("\\", "/"), tree: module.tree })),
    ),
    files: modules.map((module) => module.path),
  };
}

async function parseModule(path: string): Promise<Module> {
  const source = await readFile(path, "utf8");
  if (path.endsWith(".json")) return { path, tree: JSON.parse(source), imports: [] };
  const { program, module } = await parseSource(path, source);
  const specifiers = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) => found.entries.map((entry) => entry.moduleRequest?.value)),
  ].filter((specifier) => specifier?.startsWith("."));
  const imports = await Promise.all(specifiers.map((specifier) => resolveFile(dirname(path), specifier!)));
  return { path, tree: bare(program), imports: imports.filter((found) => found !== null) };
}

/** Parses TypeScript or JavaScript; the first syntax error becomes an `app-malformed` that points at its line. */
export async function parseSource(path: string, source: string) {
  const { parseSync } = await import("oxc-parser");
  const parsed = parseSync(path, source);
  const [error] = parsed.errors;
  if (error) {
    const offset = error.labels[0]?.start ?? 0;
    const { line, column } = placeOf(source, offset);
    throw new PawlError("app-malformed", `${path}:${line}:${column}: ${error.message}`, {
      hint: error.labels[0]?.message ?? error.helpMessage ?? "Mend the syntax at that place.",
      details: { file: path, line, column },
    });
  }
  return parsed;
}

/** Line and column, both from 1, of an offset in UTF-16 code units. */
export function placeOf(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

export async function resolveFile(folder: string, specifier: string): Promise<string | null> {
  const { access } = await import("node:fs/promises");
  for (const extension of extensions) {
    const path = resolve(folder, specifier + extension);
    const there = await access(path).then(
      () => /\.\w+$/.test(path),
      () => false,
    );
    if (there) return path;
  }
  return null;
}

/** A syntax tree without places, comments and spelling, so that layout does not count. */
export function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (typeof node === "bigint") return `${node}n`;
  if (typeof node !== "object" || node === null) return node;
  const spelled = "type" in node && node.type === "Literal";
  const members = Object.entries(node).filter(
    ([name]) =>
      name !== "start" && name !== "end" && name !== "range" && name !== "loc" && !(spelled && name === "raw"),
  );
  return Object.fromEntries(members.map(([name, member]) => [name, bare(member)]));
}
