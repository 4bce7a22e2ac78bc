import type { Store } from "#store";
import type { Traces } from "./outside.ts";

export { type Journal, openJournal } from "./journal.ts";
export { given, spansOf } from "./known.ts";
export type { Received, Traces } from "./outside.ts";
export { resolveSpans } from "./reference.ts";
export {
  type Differs,
  type Known,
  type Remembered,
  type Run,
  type RunOptions,
  type Step,
  startRun,
  type Within,
} from "./run.ts";
export {
  listTurns,
  machineSessions,
  readTurn,
  storedTurns,
  type TurnQuery,
  withoutNul,
  writeTurns,
} from "./turns.ts";

/** Reads an OTLP/HTTP export request; see `otlp.ts`. */
export const readTraces = async (...input: Parameters<typeof import("./otlp.ts").readTraces>) =>
  (await import("./otlp.ts")).readTraces(...input);
/** Turns from other programs' traces; see `outside.ts`. */
export const openTraces: (store: Store) => Promise<Traces> = async (store) =>
  (await import("./outside.ts")).openTraces(store);
