import { access, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PawlError } from "#kernel";
import { hashCode, parseSource, placeOf } from "./code.ts";
import { type App, AppInput, completeApp } from "./define.ts";
import { importFresh } from "./import.ts";
import { renderPrompt } from "./prompt.ts";

/** An app as loaded from its file: complete, checked, its instructions rendered. */
export type LoadedApp = {
  app: App;
  /** Absolute path of `app.ts`, and its folder, which sources are relative to. */
  file: string;
  folder: string;
  instructions: string;
  code: string;
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
  const file = await appFile(path);
  const source = await readFile(file, "utf8");
  const { hash: code, files } = await hashCode(file);
  const exported = await importDefault(file, code);
  const input = await checkInput(file, source, exported);
  const app = completeApp(input);
  const folder = dirname(file);
  const instructions = await readInstructions(app, folder);
  const promptFiles = "file" in app.instructions ? [resolve(folder, app.instructions.file)] : [];
  return { app, file, folder, instructions, code, files: [...files, ...promptFiles] };
}

async function appFile(path: string): Promise<string> {
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

async function importDefault(file: string, version: string): Promise<unknown> {
  try {
    const module = await importFresh(pathToFileURL(file), version);
    return module.default;
  } catch (cause) {
    if (cause instanceof PawlError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const frame =
      cause instanceof Error ? /([^\s(]+\.[mc]?[tj]s)(?:\?[^:]*)?:(\d+):(\d+)/.exec(cause.stack ?? "") : null;
    throw new PawlError("app-malformed", `${file}${frame ? `:${frame[2]}` : ""} could not be run: ${message}`, {
      hint: "Run `node app.ts` to see where it stops.",
      cause,
      details: { file, ...(frame ? { line: Number(frame[2]) } : {}) },
    });
  }
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
  const issue = parsed.error.issues[0];
  const path = issue?.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : (issue?.path ?? []);
  const place = await lineOf(file, source, path);
  throw new PawlError("app-malformed", `${place.text}: ${path.join(".") || "the app"}: ${issue?.message}`, {
    hint: "See docs/app.md for what an app may hold.",
    details: place.details,
  });
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
  const { line, column } = placeOf(source, offset);
  return { text: `${file}:${line}:${column}`, details: { file, line, column } };
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
