export type { Case, Expected, Found, Place } from "./case.ts";
export type { Replay } from "./causes.ts";

/** Why turns failed; see `causes.ts`. */
export const findCauses: typeof import("./causes.ts").findCauses = async (...input) =>
  (await import("./causes.ts")).findCauses(...input);
/** Whether a turn answers as expected; see `case.ts`. */
export const isRight: typeof import("./case.ts").isRight = async (...input) =>
  (await import("./case.ts")).isRight(...input);
