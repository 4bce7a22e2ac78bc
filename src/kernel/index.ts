export { answer, type Caller, caller, type Methods, type Port, processPort } from "./channel.ts";
export { type Clock, fixedClock, systemClock } from "./clock.ts";
export { asPawlError, codes, type ErrorCode, fromProblem, PawlError, type Problem, toProblem } from "./errors.ts";
export { canonicalJson, hashOf, sha256 } from "./hash.ts";
export { contentId, type Id, type IdPrefix, newId, timedId } from "./ids.ts";
export { type Progress, type Report, silent } from "./progress.ts";
export { fromSource, nodeArguments, sibling } from "./spawn.ts";
export { version } from "./version.ts";
