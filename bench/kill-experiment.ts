import { isDeepStrictEqual } from "node:util";
import { killedExperiment } from "../tests/killed-experiment.ts";

/*
 * kill -9 at 20 random moments of a 1,000-example experiment, `npm run -s bench -- kill-experiment --json`: calls at the
 * provider beside the bound (1,000, and for each kill what was under way), and whether the figures at the end are those
 * of an undisturbed run. Ends with 1 where either does not hold.
 */
const { figures, undisturbed, ...told } = await killedExperiment({ examples: 1_000, kills: 20, seed: 20 });
const result = {
  ...told,
  repeated: told.requests - told.examples,
  sameFigures: isDeepStrictEqual(figures, undisturbed),
};
console.log(JSON.stringify(result, null, process.argv.includes("--json") ? undefined : 2));
process.exitCode = result.sameFigures && told.requests <= told.allowed ? 0 : 1;
