import { isDeepStrictEqual, parseArgs } from "node:util";
import { figuresOf, killedLoop, looped, loopedApp } from "../tests/looped.ts";

/*
 * kill -9 at 20 random moments of a loop of a minute over a 20-question app, `npm run -s bench -- kill --json`: is the
 * verdict, and every figure behind it, that of an undisturbed loop? Ends with 1 where it is not. A loop that ends before
 * its kill is begun anew in a fresh folder, until there were as many kills as asked (`--kills N`).
 */
const { values: flags } = parseArgs({
  options: { json: { type: "boolean", default: false }, kills: { type: "string", default: "20" } },
});
const wanted = Number(flags.kills);
const settings = { minSupport: 0.97 };

const sound = await loopedApp(settings);
const undisturbed = await looped(sound.folder);
sound.remove();
let kills = 0;
let loops = 0;
let same = 0;
while (kills < wanted) {
  const app = await loopedApp(settings);
  const killed = await killedLoop(app.folder, {
    kills: Math.min(3, wanted - kills),
    seconds: undisturbed.seconds,
    seed: 20 + loops,
  });
  app.remove();
  kills += killed.kills;
  loops += 1;
  if (isDeepStrictEqual(figuresOf(killed.report), figuresOf(undisturbed.report))) same += 1;
}
const result = { kills, loops, same, verdict: undisturbed.report.verdict, secondsUndisturbed: undisturbed.seconds };
console.log(JSON.stringify(result, null, flags.json ? undefined : 2));
process.exitCode = same === loops ? 0 : 1;
