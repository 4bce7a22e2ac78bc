import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoopReport } from "#schema";
import { seededRandom } from "#stats";
import { openStore } from "#store";
import { type Command, startCommand } from "./command.ts";
import { embeddedFolder } from "./homes.ts";

/*
 * A loop of a minute: an app over the handbook that answers with sentences, which asks no model for words; where
 * something is to be mended, it demands more support of a sentence than any has, and so says nothing.
 */

const root = join(import.meta.dirname, "..");
const handbook = join(root, "examples", "handbook");
const most = { development: 20, gate: 30, report: 30 };

/** @param hasUnanswerable whether a third of the questions has no answer in the documents */
export async function loopedApp(
  settings: { minSupport?: number },
  hasUnanswerable = false,
): Promise<{ folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "pawl-looped-"));
  cpSync(join(handbook, "docs"), join(folder, "docs"), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "pawl"), "junction");
  const lines = readFileSync(join(handbook, "questions.jsonl"), "utf8").trim().split("\n");
  const of = (split: string, isAnswerable: boolean, count: number) =>
    lines
      .filter((line) => {
        const { split: own, answer, lexical } = JSON.parse(line);
        return own === split && (isAnswerable ? answer !== null && lexical : answer === null);
      })
      .slice(0, count)
      .map((line) => (split === "development" ? line : marked(line)));
  const questions = Object.entries(most).flatMap(([split, count]) => {
    const without = hasUnanswerable ? Math.floor(count / 3) : 0;
    return [...of(split, true, count - without), ...of(split, false, without)];
  });
  writeFileSync(join(folder, "questions.jsonl"), `${questions.join("\n")}\n`);
  const app = {
    name: "looped",
    instructions: "Answer employees' questions from the handbook, in one or two plain sentences.",
    model: "local/default",
    adapter: false,
    answer: "sentence",
    knowledge: { handbook: { sources: "./docs/*.md", ...settings } },
    evals: { data: "./questions.jsonl" },
  };
  writeFileSync(
    join(folder, "app.ts"),
    `import { defineApp } from "pawl";\n\nexport default defineApp(${JSON.stringify(app, null, 2)});\n`,
  );
  await embeddedFolder(join(folder, ".pawl", "store"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** One more right answer, which no document and no user says. */
const judgesOnly = "zzjudged";

function marked(line: string): string {
  const { answer, answers = [], ...example } = JSON.parse(line);
  return JSON.stringify({ ...example, answer, ...(answer === null ? {} : { answers: [...answers, judgesOnly] }) });
}

/**
 * What a loop left behind: how often the gate looked, how much was said of turns, and how often an answer of the splits
 * that judge stands in the dataset, and in what the loop kept, users said, and was trained on.
 */
export async function leftBehind(folder: string) {
  const { looks } = JSON.parse(readFileSync(join(folder, "pawl.lock.json"), "utf8"));
  const store = await openStore({ kind: "embedded", folder: join(folder, ".pawl", "store") });
  const count = async (sql: string) => Number((await store.query({ sql, params: [] }))[0]?.count);
  const holding = `like '%${judgesOnly}%'`;
  const said = await count("select count(*)::int as count from feedback");
  const inDataset = await count(`select count(*)::int as count from examples where body::text ${holding}`);
  const inLoops = await count(`select count(*)::int as count from loops where body::text ${holding}`);
  const inFeedback = await count(`select count(*)::int as count from feedback where body::text ${holding}`);
  await store.close();
  return { looks: looks.length as number, said, inDataset, leaked: inLoops + inFeedback };
}

const start = (folder: string): Command => startCommand(["loop", folder, "--minutes", "5", "--json"]);

/** Runs `pawl loop` to its end. */
export async function looped(folder: string): Promise<{ code: number | null; report: LoopReport; seconds: number }> {
  const from = performance.now();
  const ended = await start(folder).ended;
  return { ...reportOf(ended), seconds: (performance.now() - from) / 1000 };
}

function reportOf({ code, stdout, stderr }: Awaited<Command["ended"]>): { code: number | null; report: LoopReport } {
  if (stdout === "") throw new Error(`pawl loop ended with ${code}: ${stderr}`);
  return { code, report: LoopReport.parse(JSON.parse(stdout)) };
}

/**
 * Runs `pawl loop`, killed with SIGKILL at random moments of the time that it takes undisturbed, one in each of `kills` equal
 * parts of it, until it ends.
 */
export async function killedLoop(
  folder: string,
  { kills, seconds, seed }: { kills: number; seconds: number; seed: number },
): Promise<{ kills: number; code: number | null; report: LoopReport }> {
  const random = seededRandom(seed);
  let killed = 0;
  for (let i = 0; i < kills; i++) {
    const command = start(folder);
    const waited = ((0.1 + 0.8 * random()) * seconds) / kills;
    const ended = await Promise.race([
      command.ended,
      new Promise<null>((resolve) => setTimeout(resolve, waited * 1000, null)),
    ]);
    if (ended !== null) return { kills: killed, ...reportOf(ended) }; // it was done before its next kill
    command.child.kill("SIGKILL");
    await command.ended;
    killed += 1;
  }
  const { code, report } = await looped(folder);
  return { kills: killed, code, report };
}

/** What must be the same however often a loop was killed: all but its id and what the clock measured. */
export function figuresOf({ verdict, reason, arms, metrics, report, feedback, cause }: LoopReport) {
  const timeless = <T extends { name: string }>(values: readonly T[]) =>
    values.filter(({ name }) => name !== "latency");
  return {
    verdict,
    reason,
    feedback,
    causes: cause.map(({ name, remedy, trials }) => ({ name, remedy, trials })),
    arms: arms.map(({ name, kind, metrics: own }) => ({ name, kind, metrics: own })),
    metrics: timeless(metrics),
    report: timeless(report),
  };
}
