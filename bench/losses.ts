import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { collectionOf, type Host, openHost, readConfig, textOf } from "#host";
import { isRight } from "#improve";
import { documentId } from "#knowledge";
import type { CausesReport } from "#schema";
import { embeddedFolder } from "../tests/homes.ts";
import { folders } from "./losses/folders.ts";
import { type AppFiles, type Loss, losses, soundApp } from "./losses/plants.ts";

/*
 * Twenty losses in small folders of documents, five of each kind: a table's row cut in two, a page left out, a section
 * under too long a heading, a scanned page. Each folder's sound app answers the question right, so that what fails is
 * the loss's doing. Is the stage named at which it was lost? `npm run -s bench -- losses --json`; `--only WORDS` takes
 * those whose kind or folder has these words.
 *
 * Why a section under a long heading is lost where others are ranked before it (`fused-out`) or nothing finds it
 * (`not-retrieved`): the two apps differ in that heading alone, and the one with the short heading finds the passage. The
 * section's own name stands at the heading's end; where it stands first, three of the five are found all the same.
 */

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string", default: "" } } });
const signal = new AbortController().signal;
const base = mkdtempSync(join(tmpdir(), "pawl-losses-"));
const chosen = losses.filter(({ kind, folder }) => `${kind} ${folder}`.includes(flags.only));

type Row = {
  kind: string;
  folder: string;
  /** The sound app answers right, and the other does not: only then is anything lost. */
  isSound: boolean;
  isLost: boolean;
  isRight: boolean;
  named: { cause: string; lostAt: string | null; remedy: string }[];
  answers: { sound: string; lost: string };
};

const rows: Row[] = [];
const host = await open();
try {
  for (const loss of chosen) {
    const row = await look(host, loss);
    rows.push(row);
    process.stderr.write(`${row.isRight ? "right" : "WRONG"}  ${row.kind}, ${row.folder}\n`);
    if (!row.isSound || !row.isLost) process.stderr.write(`         ${JSON.stringify(row.answers)}\n`);
    for (const { cause, lostAt, remedy } of row.named)
      process.stderr.write(`         ${cause}${lostAt ? ` (${lostAt})` : ""}: ${remedy}\n`);
  }
} finally {
  await host.close();
  rmSync(base, { recursive: true, force: true });
}
const right = rows.filter((row) => row.isRight).length;
const byKind = Object.fromEntries(
  [...Map.groupBy(rows, ({ kind }) => kind)].map(([kind, of]) => [kind, of.filter((row) => row.isRight).length]),
);
if (flags.json) process.stdout.write(`${JSON.stringify({ losses: rows.length, right, byKind, rows })}\n`);
else process.stdout.write(`${right} of ${rows.length} named with the right stage\n`);

/** A host of all apps: the sound one of each folder, and one for each loss. */
async function open(): Promise<Host> {
  const home = join(base, "home");
  mkdirSync(home);
  await embeddedFolder(join(home, "store"));
  const sound = folders.filter(({ name }) => chosen.some(({ folder }) => folder === name));
  const apps = [
    ...sound.map((folder) => write(folder.name, soundApp(folder))),
    ...chosen.map((loss) => write(appOf(loss), loss.lost)),
  ];
  const config = await readConfig({ appFolder: base, env: { ...process.env, PAWL_HOME: home } });
  return openHost(config, { apps });
}

function appOf({ kind, folder }: Loss): string {
  return `${folder}-${kind.replaceAll(" ", "-")}`;
}

function write(name: string, { files, knowledge }: AppFiles): string {
  const folder = join(base, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const app = {
    name,
    instructions: "Answer from the documents, in one or two plain sentences.",
    model: "local/default",
    adapter: false,
    answer: "sentence",
    knowledge: { docs: knowledge },
    evals: { data: "./questions.jsonl" },
  };
  writeFileSync(
    join(folder, "app.ts"),
    `import { defineApp } from "pawl";\nexport default defineApp(${JSON.stringify(app)});\n`,
  );
  writeFileSync(join(folder, "questions.jsonl"), "");
  return folder;
}

async function look(host: Host, loss: Loss): Promise<Row> {
  const { kind, folder, asked, wanted } = loss;
  await host.reload(folder);
  const soundText = (await textOf(host, folder)(asked.path)) ?? "";
  const place = placeIn(soundText, asked.quote);
  if (!place) throw new Error(`${asked.path} of ${folder} does not say: ${asked.quote}`);
  const app = appOf(loss);
  const text = await textIn(host, app, asked.path);
  const source = placeIn(text ?? "", asked.quote) ?? loss.placeOf({ text: text ?? soundText, ...place });
  const line = {
    id: "asked",
    question: asked.question,
    answer: asked.answer,
    split: "development",
    sources: [{ path: asked.path, ...source }],
  };
  writeFileSync(join(base, app, "questions.jsonl"), `${JSON.stringify(line)}\n`);
  const sound = await ask(host, folder, asked.question);
  const expected = { answer: asked.answer, answers: [], missing: [], expect: [] };
  const at = { documentId: documentId(collectionOf(folder, "docs"), asked.path), ...place };
  const isSound = await isRight(sound, { ...expected, places: [at] });
  const lost = await ask(host, app, asked.question);
  const report = await host.improving.causes({ app, dataset: "questions" }, { signal, report: () => {} });
  const named = report.causes.map(({ name, lostAt, remedy }) => ({ cause: name, lostAt, remedy: remedy.text }));
  const isLost = report.failed === 1;
  return {
    kind,
    folder,
    isSound,
    isLost,
    isRight: isSound && isLost && isNamed(report, wanted),
    named,
    answers: { sound: sound.answer?.text ?? "", lost: lost.answer?.text ?? "" },
  };
}

async function textIn(host: Host, app: string, path: string): Promise<string | null> {
  await host.reload(app);
  return textOf(host, app)(path);
}

function placeIn(text: string, quote: string): { start: number; end: number } | null {
  const start = text.indexOf(quote);
  return start < 0 ? null : { start, end: start + quote.length };
}

function ask(host: Host, app: string, question: string) {
  const messages = [{ role: "user" as const, content: question }];
  return host.ask({ model: `app/${app}`, messages, format: { type: "text" }, signal });
}

function isNamed({ causes }: CausesReport, wanted: Loss["wanted"]): boolean {
  const [first, ...others] = causes;
  if (!first || others.length > 0) return false;
  return (
    first.name === wanted.cause &&
    wanted.lostAt.includes(first.lostAt) &&
    (wanted.says ?? []).every((words) => first.remedy.text.toLowerCase().includes(words.toLowerCase()))
  );
}
