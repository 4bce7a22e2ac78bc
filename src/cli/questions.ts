import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { hashOf, PawlError } from "#kernel";
import { QuestionsReport } from "#schema";
import { type Connection, connect, folderOf } from "./connect.ts";
import { dim, print, say, table } from "./draw.ts";
import { appText, documentsIn, nameOf } from "./init.ts";
import { waitForJob } from "./jobs.ts";

export type QuestionsOptions = {
  app: string;
  json?: boolean;
  count: number;
  share: number;
  seed: number;
  minutes?: number;
  model?: string;
  out?: string;
};

/** `pawl data questions PATH`: questions that the documents at PATH answer; an app's, or a folder of no app's. */
export async function questions(path: string | undefined, options: QuestionsOptions): Promise<number> {
  if (options.out !== undefined) await canWrite(options.out); // before the hour's work
  const { connection, within, around } = await connectTo(path ?? options.app, options.app);
  try {
    const told = await written(connection, {
      count: options.count,
      share: options.share,
      seed: options.seed,
      isAsked: false,
      ...(options.minutes === undefined ? {} : { minutes: options.minutes }),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(within === undefined ? {} : { path: within }),
    });
    const report = around === undefined ? told : fromHere(told, around);
    if (options.out !== undefined) await writeFile(options.out, datasetOf(report));
    if (options.json) print(JSON.stringify(report));
    else {
      const rows = report.questions.map(({ question, answer, path }) => [
        question,
        answer ?? dim("no answer"),
        dim(path),
      ]);
      if (rows.length > 0) print(table(rows));
      for (const note of report.notes) say(note);
      const perMinute = (60 * report.written) / report.seconds;
      say(
        `${report.kept} of ${report.written} written questions kept (${Math.round((100 * report.kept) / Math.max(1, report.written))} %), ${perMinute.toFixed(0)} written a minute`,
      );
      if (options.out !== undefined) say(`A dataset of them: ${options.out}`);
    }
    return 0;
  } finally {
    await connection.close();
  }
}

/** @throws PawlError `bad-request` */
async function canWrite(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, "", { flag: "a" });
  } catch (cause) {
    throw new PawlError("bad-request", `${path} cannot be written.`, {
      hint: "Name a file in a folder that is yours: --out",
      cause,
    });
  }
}

/** Writes questions and waits for the report. */
export async function written(
  connection: Connection,
  body: {
    count: number;
    share: number;
    seed: number;
    isAsked: boolean;
    minutes?: number;
    model?: string;
    path?: string;
  },
): Promise<QuestionsReport> {
  const { id } = await connection.client.writeQuestions({ params: { id: connection.app }, body });
  const job = await waitForJob(connection, id, "Run it again: it goes on where it was.");
  return QuestionsReport.parse(job.result);
}

/** Questions as lines of a dataset, each with where it is from. */
export function datasetOf({ questions }: Pick<QuestionsReport, "questions">): string {
  const lines = questions.map(({ question, answer, path, start, end }) => ({
    question,
    answer,
    group: path,
    ...(answer === null ? { without: [{ path, start, end }] } : { sources: [{ path, start, end }] }),
    tags: { source: "written" },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The app that is named, or the one whose documents these are; else one is made around them. */
async function connectTo(
  path: string,
  app: string,
): Promise<{ connection: Connection; within?: string; around?: string }> {
  const isApp = /\.(m?[tj]s)$/.test(path) || existsSync(join(path, "app.ts")) || existsSync(join(path, "app.js"));
  if (isApp || !existsSync(path)) return { connection: await connect(path) };
  const own = await connect(app).catch((error: unknown) => {
    if (error instanceof PawlError && error.code === "app-file-missing") return null;
    throw error;
  });
  if (own !== null) {
    const within = relative(folderOf(app), resolve(path)).replaceAll("\\", "/");
    const { documents } = await own.client.documents({ query: { app: own.app, q: within, limit: 500 } });
    if (documents.some((one) => one.path === within || one.path.startsWith(`${within}/`)))
      return { connection: own, within };
    await own.close();
  }
  const { folder: around, name } = await appAround(resolve(path));
  const connection = await connect(around);
  if (connection.app === name) return { connection, around };
  await connection.close();
  throw new PawlError("app-unknown", `The running pawl serves ${connection.app}, not ${path}.`, {
    hint: "Stop it, or set another PAWL_HOME for this command.",
  });
}

/** Paths as whoever asks sees them, not from the folder of the app that was made around the documents. */
function fromHere(report: QuestionsReport, around: string): QuestionsReport {
  const seen = <T extends { path: string }>(one: T) => ({
    ...one,
    path: relative(process.cwd(), resolve(around, one.path)).replaceAll("\\", "/"),
  });
  return { ...report, questions: report.questions.map(seen), documents: report.documents.map(seen) };
}

/** An app file over documents that belong to no app, in pawl's own folder; the same documents give the same one. */
async function appAround(path: string): Promise<{ folder: string; name: string }> {
  await documentsIn(path);
  const name = `${nameOf(basename(path)).slice(0, 40)}-${hashOf(path).slice(0, 8)}`;
  const file = join(resolve(process.env.PAWL_HOME ?? ".pawl"), "questions", name, "app.ts");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, appText(name, path));
  return { folder: dirname(file), name };
}
