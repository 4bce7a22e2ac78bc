import type { LostAt } from "#schema";

export type { Case, Expected } from "./case.ts";
export { isTooLong, type Replay } from "./replay.ts";

/** Why turns failed; see `causes.ts`. */
export const findCauses: typeof import("./causes.ts").findCauses = async (...input) =>
  (await import("./causes.ts")).findCauses(...input);
/** Whether a turn answers as expected; see `case.ts`. */
export const isRight: typeof import("./case.ts").isRight = async (...input) =>
  (await import("./case.ts")).isRight(...input);
/** Where a place was lost on its way to the answer; see `lost.ts`. */
export const lostAt = async (what: Parameters<typeof import("./lost.ts").lostAt>[0]): Promise<LostAt | null> =>
  (await import("./lost.ts")).lostAt(what);
export { type Correction, correctionsOf, likedOf, wantedOf } from "./corrections.ts";
export type { LoopParts } from "./loop.ts";
export { type Conversation, conversationsOf } from "./training.ts";
export { simulateUsers } from "./users.ts";

/** The loop; see `loop.ts`. */
export const improve: typeof import("./loop.ts").improve = async (parts) => (await import("./loop.ts")).improve(parts);
export { loopMarkdown } from "./report.ts";
