import { access, writeFile } from "node:fs/promises";
import { basename, relative, resolve } from "node:path";
import { PawlError } from "#kernel";
import { expandSources } from "#knowledge";
import { print, say } from "./draw.ts";

export type InitOptions = { name?: string; json?: boolean; fromTurns?: boolean; app?: string };

/** `pawl init FOLDER`: writes `app.ts` in the current folder, with the folder's documents as its knowledge. */
export async function init(documents: string | undefined, options: InitOptions): Promise<number> {
  if (options.fromTurns) return (await import("./from-turns.ts")).initFromTurns(documents, options);
  if (documents === undefined) {
    throw new PawlError("bad-request", "What should the app answer from?", {
      hint: "Name a folder of documents (pawl init ./docs), or take what was recorded (pawl init --from-turns).",
    });
  }
  const folder = resolve(documents);
  const files = await expandSources([folder], process.cwd());
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new PawlError("not-found", `There is no folder ${documents}.`, {
      hint: "Name a folder of documents: pawl init ./docs",
    });
  if (files.length === 0) {
    throw new PawlError("document-unsupported", `${documents} holds no document that pawl can read.`, {
      hint: "Markdown, text, HTML and PDF are read.",
    });
  }
  const source = `./${relative(process.cwd(), folder).replaceAll("\\", "/") || "."}`;
  const name = options.name ?? nameOf(basename(folder) === "docs" ? basename(process.cwd()) : basename(folder));
  const text = appText(name, source);
  await writeApp(text);
  if (options.json) print(JSON.stringify({ app: name, file: resolve("app.ts"), documents: files.length }));
  else {
    print(`app.ts describes ${name}, over ${files.length} documents of ${source}.`);
    say("Next: npx pawl dev");
  }
  return 0;
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

function appText(name: string, source: string): string {
  return `import { defineApp } from "pawl";

export default defineApp({
  name: ${JSON.stringify(name)},
  instructions: "Answer questions from the documents, in one or two plain sentences.",
  model: "local/default",
  knowledge: { documents: ${JSON.stringify(source)} },
});
`;
}
