import { parseArgs } from "node:util";
import { isNamed, plants, soundHandbook } from "../tests/planted.ts";

/*
 * Ten apps with one known fault each: is the right remedy named? `npm run -s bench -- causes --json`; `--only WORDS` takes
 * those whose name has these words. Ends with 1 where fewer than eight in ten are named right.
 */

const { values: flags } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string", default: "" } } });
const sound = await soundHandbook();
const rows: object[] = [];
let named = 0;
let run = 0;
try {
  for (const plant of plants.filter(({ name }) => name.includes(flags.only))) {
    const from = performance.now();
    const report = await plant.run(sound);
    const isRight = isNamed(plant, report);
    run += 1;
    if (isRight) named += 1;
    const causes = report.causes.map(({ name, lostAt, turns, remedy, trials }) => ({
      name,
      lostAt,
      turns: turns.length,
      remedy,
      trials,
    }));
    const seconds = Number(((performance.now() - from) / 1000).toFixed(1));
    rows.push({ plant: plant.name, isRight, turns: report.turns, failed: report.failed, seconds, causes });
    process.stderr.write(`${isRight ? "right" : "WRONG"}  ${plant.name} (${seconds} s)\n`);
    for (const { name, lostAt, turns, remedy } of causes)
      process.stderr.write(`         ${name}${lostAt ? ` (${lostAt})` : ""} × ${turns}: ${remedy.text}\n`);
  }
} finally {
  sound.close();
}
if (flags.json)
  process.stdout.write(`${JSON.stringify({ plants: run, named, sound: sound.questions.length, rows })}\n`);
else process.stdout.write(`${named} of ${run} named right\n`);
process.exitCode = named >= 0.8 * run ? 0 : 1;
