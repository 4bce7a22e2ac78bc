import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as z from "zod";
import { createModels } from "#gateway";
import { PawlError } from "#kernel";
import { AnswersArm, AnswersArmName, TuneLine } from "#schema";
import { openStore } from "#store";
import { connect } from "./connect.ts";
import { print, progressDrawer, say, table } from "./draw.ts";
import { waitForJob } from "./jobs.ts";

type Options = { app: string; json?: boolean; arms?: string };

/** `pawl bench COMPONENT PATH`: a component's quality on the user's own data. */
export async function bench(component: string, path: string, options: Options): Promise<number> {
  switch (component) {
    case "retrieval":
      return retrieval(path, options);
    case "answers":
      return answers(path, options);
    default:
      throw new PawlError("bad-request", `There is no bench for "${component}".`, {
        hint: "pawl bench retrieval FOLDER, or pawl bench answers FILE.jsonl",
      });
  }
}

/** The stages of retrieval on the user's own judged queries, in a scratch store. */
async function retrieval(folder: string, options: Options): Promise<number> {
  const { benchRetrieval } = await import("#knowledge");
  const scratch = await mkdtemp(join(tmpdir(), "pawl-bench-"));
  const drawer = progressDrawer();
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const store = await openStore({ kind: "embedded", folder: scratch });
  const models = createModels({ report: drawer.report });
  try {
    const result = await benchRetrieval({
      store,
      models,
      folder: resolve(folder),
      signal: stop.signal,
      report: drawer.report,
    });
    drawer.end();
    if (options.json) print(JSON.stringify(result));
    else {
      const rows = Object.entries(result.stages).map(([name, { ndcg10, recall100, mrr, p50Ms }]) => [
        name,
        ndcg10.toFixed(3),
        recall100.toFixed(3),
        mrr.toFixed(3),
        p50Ms.toFixed(1),
      ]);
      print(table([["stage", "nDCG@10", "recall@100", "MRR@10", "p50 ms"], ...rows]));
    }
    return 0;
  } finally {
    drawer.end();
    await models.close();
    await store.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The app's model on passages given, with its adapter and without. */
async function answers(file: string, options: Options): Promise<number> {
  const lines = await readLines(file);
  const arms = options.arms === undefined ? undefined : namesOf(options.arms);
  const connection = await connect(options.app);
  try {
    const { live, candidate, changes } = await connection.client.candidate({ params: { id: connection.app } });
    if (live !== null && live !== candidate)
      say(`Measured is what is live, ${live}. The app file is not: ${changes.join("; ")}.`);
    const { id } = await connection.client.benchAnswers({
      params: { id: connection.app },
      body: { lines, ...(arms ? { arms } : {}) },
    });
    const { result } = await waitForJob(connection, id, "Run it again: it goes on where it was.");
    const told = Arms.parse(result).arms;
    if (options.json) print(JSON.stringify({ lines: lines.length, arms: told }));
    else print(table([["arm", ...figureNames], ...Object.entries(told).map(([arm, of]) => [arm, ...figuresOf(of)])]));
    return 0;
  } finally {
    await connection.close();
  }
}

/** @throws PawlError `bad-request` for an arm that there is not */
function namesOf(list: string): AnswersArmName[] {
  const read = z.array(AnswersArmName).safeParse(list.split(","));
  if (read.success) return read.data;
  throw new PawlError("bad-request", `${list} does not name arms.`, {
    hint: `Of ${AnswersArmName.options.join(", ")}, with commas between.`,
  });
}

const Arms = z.object({ arms: z.record(z.string(), AnswersArm) });
const figureNames = ["F1", "exact", "citation", "abstention", "false abstention", "p50 ms"];

function figuresOf(arm: AnswersArm): string[] {
  const within = (interval: AnswersArm["f1Interval"]) =>
    interval === null ? "" : ` (${interval.low.toFixed(3)}–${interval.high.toFixed(3)})`;
  const shares = [arm.citation, arm.abstention, arm.falseAbstention].map((share) => share?.toFixed(3) ?? "–");
  return [
    `${arm.f1.toFixed(3)}${within(arm.f1Interval)}`,
    `${arm.exact.toFixed(3)}${within(arm.exactInterval)}`,
    ...shares,
    arm.p50Ms.toFixed(0),
  ];
}

const AnswersLine = TuneLine.extend({
  passages: z.array(z.string()).min(1),
  answers: z.array(z.string()).default([]),
});

/** @throws PawlError `not-found`, `dataset-empty`; `dataset-unreadable` with the line's number */
async function readLines(file: string): Promise<z.infer<typeof AnswersLine>[]> {
  const text = await readFile(resolve(file), "utf8").catch((cause: unknown) => {
    throw new PawlError("not-found", `${file} cannot be read.`, { cause });
  });
  const rows = text.split("\n").map((line, index) => ({ line, number: index + 1 }));
  const lines = rows
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => {
      const wrong = (said: string, cause?: unknown) =>
        new PawlError("dataset-unreadable", `${file}, line ${number}: ${said}.`, {
          hint: "A line is a JSON object: `passages` (texts), `question`, `answer` (null: not there), `citation` (from 1), `answers`.",
          cause,
        });
      const read = AnswersLine.safeParse(jsonOf(line, (cause) => wrong("it is not JSON", cause)));
      if (!read.success)
        throw wrong(read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)[0] ?? "");
      const { citation, passages } = read.data;
      if (citation !== undefined && citation > passages.length)
        throw wrong(`its citation is ${citation}, and it has ${passages.length} passages`);
      return read.data;
    });
  if (lines.length === 0) throw new PawlError("dataset-empty", `${file} has no line.`);
  return lines;
}

function jsonOf(text: string, wrong: (cause: unknown) => PawlError): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(cause);
  }
}
