import { access, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as z from "zod";
import { hashOf, PawlError } from "#kernel";
import { hashCode, parseSource, placeOf } from "./code.ts";
import { type App, AppInput, completeApp } from "./define.ts";
import { importFresh } from "./import.ts";
import { learnedFile, readLearned, withLearned } from "./learned.ts";
import { renderPrompt } from "./prompt.ts";

/** An app as loaded from its file: complete, checked, its instructions rendered. */
export type LoadedApp = {
  app: App;
  /** As the app file says, without what pawl learned. */
  written: App;
  /** Absolute path of `app.ts`, and its folder, which sources are relative to. */
  file: string;
  folder: string;
  instructions: string;
  code: string;
  /** The hash of each scorer's code, with what it uses. */
  scorerVersions: Record<string, string>;
  /** Every file that the app is made of: what a watcher watches. */
  files: string[];
};

/** Parts of an app that pawl does not have yet: naming one is an error, never ignored. */
const laterParts: Record<string, string> = {
  tools: "tools",
  guards: "guards",
  memory: "memory",
};

/**
 * Loads an app file.
 *
 * @param path a folder with `app.ts`, or the file itself
 * @throws PawlError `app-file-missing`, `app-malformed` (points at the line), `app-part-missing`
 */
export async function loadApp(path: string): Promise<LoadedApp> {
  const file = await findAppFile(path);
  const source = await readFile(file, "utf8");
  const { hash: code, files } = await hashCode(file);
  const exported = await importDefault(file, source, code);
  const input = await checkInput(file, source, exported);
  const folder = dirname(file);
  const learned = await readLearned(folder);
  const written = completeApp(input);
  const app = learned ? withLearned(written, learned) : written;
  const instructions = await readInstructions(app, folder);
  const promptFiles = "file" in app.instructions ? [resolve(folder, app.instructions.file)] : [];
  const scorerVersions = await versionsOf(file, source, app, code);
  return {
    app,
    written,
    file,
    folder,
    instructions,
    code,
    scorerVersions,
    files: [...files, ...promptFiles, resolve(folder, learnedFile)],
  };
}

async function versionsOf(file: string, source: string, app: App, code: string): Promise<Record<string, string>> {
  const names = Object.keys(app.evals.scorers);
  if (names.length === 0) return {};
  const { scorerVersions } = await import("./scorer-code.ts");
  const { program, module } = await parseSource(file, source);
  return scorerVersions({ file, program, module, app: findAppObject(program), names, code });
}

/** The app file at a path: the file itself, or `app.ts` in a folder. Throws `app-file-missing`. */
export async function findAppFile(path: string): Promise<string> {
  const candidates = /\.(m?[tj]s)$/.test(path)
    ? [path]
    : ["app.ts", "app.mts", "app.js", "app.mjs"].map((name) => resolve(path, name));
  for (const candidate of candidates) {
    const there = await access(candidate).then(
      () => true,
      () => false,
    );
    if (there) return resolve(candidate);
  }
  throw new PawlError("app-file-missing", `There is no app file at ${candidates[0]}.`, {
    hint: "Make one with `pawl init FOLDER_OF_DOCUMENTS`, or name it with --app.",
  });
}

/**
 * What a TypeScript or JavaScript file of the user's exports as its default.
 *
 * @throws PawlError `app-malformed`, at the line where it does not parse or stops
 */
export async function importFile(file: string): Promise<unknown> {
  const source = await readFile(file, "utf8");
  await parseSource(file, source);
  return importDefault(file, source, hashOf(source));
}

async function importDefault(file: string, source: string, version: string): Promise<unknown> {
  try {
    const module = await importFresh(pathToFileURL(file), version);
    return module.default;
  } catch (cause) {
    if (cause instanceof PawlError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const place = await placeOfFailure(file, source, cause);
    throw new PawlError("app-malformed", `${place.text} could not be run: ${message}`, {
      hint: "Mend the file at that place.",
      cause,
      details: place.details,
    });
  }
}

/** Where a module stopped: the import that was not found, else the innermost line of a file of the user's. */
async function placeOfFailure(file: string, source: string, cause: unknown) {
  const lost = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
  if (lost) {
    const { module } = await parseSource(file, source);
    const asked = module.staticImports.find(({ moduleRequest: { value } }) => {
      const name = value.replace(/^(\.\.?\/)+/, "");
      return cause.message.includes(`${name}'`) || cause.message.includes(`${name}?`);
    });
    if (asked) return placeIn(file, source, asked.start);
  }
  const stack = cause instanceof Error ? (cause.stack ?? "") : "";
  for (const [, url = "", line, column] of stack.matchAll(
    /(file:[^\s()?]+\.[mc]?[tj]s)(?:\?[^:\s]*)?:(\d+)(?::(\d+))?/g,
  )) {
    const path = fileURLToPath(url);
    if (path.includes("node_modules") || !path.startsWith(dirname(file))) continue;
    const details = { file: path, line: Number(line), ...(column ? { column: Number(column) } : {}) };
    return { text: `${path}:${line}${column ? `:${column}` : ""}`, details };
  }
  return { text: file, details: { file } };
}

function placeIn(file: string, source: string, offset: number) {
  const { line, column } = placeOf(source, offset);
  return { text: `${file}:${line}:${column}`, details: { file, line, column } };
}

async function checkInput(file: string, source: string, exported: unknown) {
  const input =
    typeof exported === "object" && exported !== null && "kind" in exported && "input" in exported
      ? exported.input
      : undefined;
  if (input === undefined) {
    throw new PawlError("app-malformed", `${file} does not export an app.`, {
      hint: "End it with `export default defineApp({ … })`.",
      details: { file },
    });
  }
  const later = Object.keys(laterParts).find((name) => typeof input === "object" && input !== null && name in input);
  if (later) {
    const place = await lineOf(file, source, [later]);
    throw new PawlError(
      "app-part-missing",
      `${place.text} names ${laterParts[later]}, which this version of pawl does not have.`,
      {
        hint: `Remove \`${later}\` from the app.`,
        details: place.details,
      },
    );
  }
  const parsed = AppInput.safeParse(input);
  if (parsed.success) return parsed.data;
  const { path, message } = faultOf(parsed.error.issues);
  const place = await lineOf(file, source, path);
  throw new PawlError("app-malformed", `${place.text}: ${path.join(".") || "the app"}: ${message}`, {
    hint: "The type of defineApp's argument says what an app may hold.",
    details: place.details,
  });
}

/** The first fault; where a value may have several forms, that of the form which fits furthest. */
function faultOf(issues: readonly z.core.$ZodIssue[]): { path: PropertyKey[]; message: string } {
  const [issue] = issues;
  if (!issue) return { path: [], message: "invalid" };
  if (issue.code === "unrecognized_keys") return { path: [...issue.path, issue.keys[0] ?? ""], message: issue.message };
  if (issue.code !== "invalid_union") return { path: issue.path, message: issue.message };
  const forms = issue.errors.map(faultOf).sort((a, b) => b.path.length - a.path.length);
  const [best] = forms;
  return best
    ? { path: [...issue.path, ...best.path], message: best.message }
    : { path: issue.path, message: issue.message };
}

/** Where a property of the app object stands in the file: the deepest part of `path` that is written there. */
async function lineOf(file: string, source: string, path: readonly PropertyKey[]) {
  const { program } = await parseSource(file, source);
  let node = findAppObject(program);
  let offset = node?.start ?? 0;
  for (const name of path) {
    const property = node?.properties?.find(
      (candidate) => candidate.key?.name === name || candidate.key?.value === name,
    );
    if (!property) break;
    offset = property.start;
    node = property.value;
  }
  return placeIn(file, source, offset);
}

/** As much of a syntax tree as `lineOf` walks. */
type Node = {
  type: string;
  start: number;
  properties?: Node[];
  key?: { name?: unknown; value?: unknown };
  value?: Node;
  callee?: { name?: string };
  arguments?: Node[];
};

function findAppObject(value: unknown): Node | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const node = value as Node; // a syntax tree is objects and arrays; every member is looked at before it is used
  if (node.type === "CallExpression" && node.callee?.name === "defineApp") return node.arguments?.[0];
  for (const member of Object.values(value)) {
    const found = findAppObject(member);
    if (found) return found;
  }
  return undefined;
}

async function readInstructions(app: App, folder: string): Promise<string> {
  if ("text" in app.instructions) return app.instructions.text;
  const { file, variables } = app.instructions;
  const template = await readFile(resolve(folder, file), "utf8").catch((cause) => {
    throw new PawlError("app-malformed", `The instructions' file ${file} cannot be read.`, {
      cause,
      hint: "Its path is relative to the app file.",
    });
  });
  return renderPrompt(template.replaceAll("\r\n", "\n").trim(), variables, file);
}
