/**
 * Three adapters that somebody might have trained by mistake, each a continuation of the live one on spoilt lines: is each
 * worse where it is measured directly (95 % intervals lie apart), and does `pawl ship` refuse it?
 *
 *   npm run -s bench -- sabotages --json [--data FOLDER] [--minutes 6] [--lines 110] [--only shuffled]
 *
 *   shuffled   the answers of other lines
 *   silent     every line ends in "The documents do not say."
 *   bold       only lines that have an answer: it gains where there is one, and loses its abstaining
 *
 * The live app is the handbook, answered by its model with its skill; the gate is the handbook's. FOLDER has the data of
 * `recipes/answering`. Ends with 1 where a sabotage is no worse directly, or is shipped. About a quarter of an hour each.
 * `--lines`: held-out ones with an answer; those without are all asked.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { AnswersArm } from "#schema";
import { bounds, seededRandom, single } from "#stats";
import { pawl } from "../tests/command.ts";

const Line = z.looseObject({ answer: z.string().nullable(), citation: z.int().optional() });
type Line = z.infer<typeof Line>;

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    data: { type: "string", default: process.env.PAWL_DATA ?? "../shared/data" },
    minutes: { type: "string", default: "6" },
    lines: { type: "string", default: "110" },
    only: { type: "string", default: "" },
  },
});

/** How surely a share of so many lines is lower than another's: both 95 % intervals must lie apart. */
function isLower(now: number | null, live: number | null, count: number): boolean {
  const [of, than] = [now, live].map((share) => bounds(single(outcomes(share ?? 0, count), [0, 1])));
  return of != null && than != null && of.high < than.low;
}

function outcomes(share: number, count: number) {
  return Array.from({ length: count }, (_, at) => ({
    value: at < Math.round(share * count) ? 1 : 0,
    cluster: `${at}`,
  }));
}

const isApart = (now: AnswersArm, live: AnswersArm) => (now.f1Interval?.high ?? 1) < (live.f1Interval?.low ?? 0);

const sabotages: Record<
  string,
  { spoil(lines: readonly Line[]): Line[]; isWorse(now: AnswersArm, live: AnswersArm, silent: number): boolean }
> = {
  shuffled: {
    spoil: (lines) => {
      const random = seededRandom(5);
      const answers = lines.filter(({ answer }) => answer !== null).map(({ answer }) => answer);
      return lines.map((line) => ({ ...line, answer: answers[Math.floor(random() * answers.length)] ?? null }));
    },
    isWorse: isApart,
  },
  silent: {
    spoil: (lines) => lines.map(({ citation: _, ...line }) => ({ ...line, answer: null })),
    isWorse: isApart,
  },
  bold: {
    spoil: (lines) => lines.filter(({ answer }) => answer !== null),
    isWorse: (now, live, unanswerable) => isLower(now.abstention, live.abstention, unanswerable),
  },
};

/** The example as it is cloned, without what was served, shipped or learned of it here. */
const isApp = (path: string) => !/^\.?pawl(\.|$)/.test(basename(path));

const root = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "pawl-bench-sabotages-"));
try {
  const example = readFileSync(join(root, "examples", "handbook", "app.ts"), "utf8");
  const app = example.replace("  model:", '  answer: "model",\n  model:');
  const folderOf = (name: string, text: string) => {
    const folder = join(scratch, name);
    cpSync(join(root, "examples", "handbook"), folder, { recursive: true, filter: isApp });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "pawl"), "junction");
    writeFileSync(join(folder, "app.ts"), text);
    return folder;
  };
  const folder = folderOf("app", app);

  execFileSync(process.execPath, [
    join(root, "recipes", "answering", "make.ts"),
    "--data",
    flags.data,
    "--out",
    scratch,
  ]);
  const read = (name: string) =>
    readFileSync(join(scratch, `${name}.jsonl`), "utf8")
      .trim()
      .split("\n")
      .map((line) => Line.parse(JSON.parse(line)));
  const write = (name: string, lines: readonly Line[]) => {
    const path = join(scratch, `${name}.jsonl`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return path;
  };
  // All that have no answer: abstention is a share of these, and few of them show little.
  const all = read("heldout");
  const unanswerable = all.filter(({ answer }) => answer === null);
  const answerable = all.filter(({ answer }) => answer !== null).slice(0, Number(flags.lines));
  const heldout = write("measured", [...answerable, ...unanswerable]);
  const train = read("train");

  const Shipped = z.looseObject({ verdict: z.string(), reason: z.string().optional() });
  const Arms = z.object({ arms: z.object({ default: AnswersArm }) });
  const run = async <T>(schema: z.ZodType<T>, args: readonly string[], mayRefuse = false): Promise<T> => {
    const { code, stdout, stderr } = await pawl([...args, "--json"], { cwd: folder });
    if (stdout === "" || (code !== 0 && !mayRefuse)) throw new Error(`pawl ${args[0]} ended with ${code}: ${stderr}`);
    return schema.parse(JSON.parse(stdout));
  };

  await run(Shipped, ["ship", "--app", folder]); // the first ship makes what is there live
  const { arms: live } = await run(Arms, ["bench", "answers", heldout, "--app", folder, "--arms", "default"]);
  const results: Record<string, unknown> = {};
  let caught = true;
  for (const [name, { spoil, isWorse }] of Object.entries(sabotages).filter(([one]) => one.includes(flags.only))) {
    process.stderr.write(`${name}: training\n`);
    const data = write(name, spoil(train));
    const Tuned = z.looseObject({ adapter: z.string(), steps: z.int() });
    const tuned = await run(Tuned, ["tune", "--app", folder, "--data", data, "--minutes", flags.minutes]);
    const spoilt = app.replace("  model:", `  adapter: ${JSON.stringify(tuned.adapter)},\n  model:`);
    process.stderr.write(`${name}: measuring\n`);
    // What is measured is what is live: in an app of its own, where nothing was shipped, that is the file.
    const alone = folderOf(name, spoilt);
    const { arms } = await run(Arms, ["bench", "answers", heldout, "--app", alone, "--arms", "default"]);
    writeFileSync(join(folder, "app.ts"), spoilt);
    process.stderr.write(`${name}: at the gate\n`);
    const decision = await run(Shipped, ["ship", "--app", folder], true);
    writeFileSync(join(folder, "app.ts"), app);
    const isCaught = isWorse(arms.default, live.default, unanswerable.length) && decision.verdict === "refused";
    caught &&= isCaught;
    results[name] = { isCaught, steps: tuned.steps, direct: arms.default, decision };
  }
  const output = { live: live.default, sabotages: results };
  console.log(JSON.stringify(output, null, flags.json ? undefined : 2));
  process.exitCode = caught ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
