import { existsSync } from "node:fs";
import { access, readFile, rm, writeFile } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { PawlError } from "#kernel";
import { expandSources } from "#knowledge";
import { print, say } from "./draw.ts";

export type InitOptions = { name?: string; json?: boolean; fromTurns?: boolean; app?: string; questions: number };

/**
 * `pawl init FOLDER`: writes `app.ts` in the current folder, with the folder's documents as its knowledge, and tries it with
 * questions from those documents. Broken off, it goes on where it was when it is run again.
 */
export async function init(documents: string | undefined, options: InitOptions): Promise<number> {
  if (options.fromTurns) return (await import("./from-turns.ts")).initFromTurns(documents, options);
  if (documents === undefined) {
    throw new PawlError("bad-request", "What should the app answer from?", {
      hint: "Name a folder of documents (pawl init ./docs), or take what was recorded (pawl init --from-turns).",
    });
  }
  const folder = resolve(documents);
  const files = await documentsIn(folder, documents);
  const beside = relative(process.cwd(), folder).replaceAll("\\", "/") || ".";
  const source = /^\.\.(?:\/|$)/.test(beside) ? beside : `./${beside}`;
  const name = options.name ?? nameOf(basename(folder) === "docs" ? basename(process.cwd()) : basename(folder));
  if (name !== nameOf(name))
    throw new PawlError("bad-request", `"${name}" is no name for an app.`, {
      hint: `Small letters, digits and dashes: --name ${nameOf(name)}`,
    });
  const text = appText(name, source);
  const isTried = options.questions > 0;
  const before = isTried ? await readFile("app.ts", "utf8").catch(() => null) : null;
  if (isTried && existsSync(questionsFile))
    throw before === appText(name, source, questionsFile)
      ? new PawlError("conflict", `This app is made and tried: app.ts, with its questions in ${questionsFile}.`, {
          hint: `npx pawl dev serves it. For other questions, move ${questionsFile} away and run it again.`,
        })
      : new PawlError("conflict", `There is a ${questionsFile} here already.`, {
          hint: "Move it away, or run pawl init --questions 0 and name it in app.ts.",
        });
  // What an earlier attempt wrote, and did not get beyond; the dataset is written last.
  if (before === appText(name, source, questionsFile)) await writeFile("app.ts", text);
  else if (before !== text) await writeApp(text);
  if (!options.json)
    print(
      `app.ts describes ${name}, over ${files.length === 1 ? "one document" : `${files.length} documents`} of ${source}.`,
    );
  const { tryDocuments } = await import("./try-documents.ts");
  const tried = await tryDocuments({
    count: options.questions,
    isSaid: !options.json,
    app: { name, text, source },
  }).catch(async (error: unknown) => {
    // Of documents of which none can be read there is no app.
    if (error instanceof PawlError && error.code.startsWith("document-") && before === null) await rm("app.ts");
    throw error;
  });
  if (options.json) print(JSON.stringify({ app: name, file: resolve("app.ts"), documents: files.length, ...tried }));
  else say("Next: npx pawl dev");
  return 0;
}

/** Where the questions go that were written from the documents: a dataset of the app. */
export const questionsFile = "questions.jsonl";

/**
 * The files of a folder that pawl can read, or one file.
 *
 * @throws PawlError `not-found`, `document-unsupported`
 */
export async function documentsIn(path: string, called = path): Promise<readonly unknown[]> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new PawlError("not-found", `There is no folder ${called}.`, {
      hint: "Name a folder of documents: pawl init ./docs",
    });
  const files = await expandSources([path], process.cwd());
  if (files.length === 0) {
    throw new PawlError("document-unsupported", `${called} holds no document that pawl can read.`, {
      hint: "Markdown, reStructuredText, plain text, HTML and PDF are read.",
    });
  }
  return files;
}

/** @throws PawlError `conflict` where there is one */
export async function writeApp(text: string): Promise<void> {
  await writeFile("app.ts", text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw cause;
    throw new PawlError("conflict", "There is an app.ts here already.", {
      hint: "Edit it, or run pawl init in another folder.",
    });
  });
}

/** A name for an app, of a folder's or another one. */
export function nameOf(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63);
  return name === "" ? "app" : name;
}

/** An app file over a folder of documents; `data`: its dataset, beside it. */
export function appText(name: string, source: string, data?: string): string {
  return `import { defineApp } from "pawl";

export default defineApp({
  name: ${JSON.stringify(name)},
  instructions: "Answer questions from the documents, in one or two plain sentences.",
  model: "local/default",
  knowledge: { documents: ${JSON.stringify(source)} },
${data === undefined ? "" : `  evals: { data: ${JSON.stringify(`./${data}`)} },\n`}});
`;
}
