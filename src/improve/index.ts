export { type Correction, correctionsOf } from "./corrections.ts";
export type { LoopParts } from "./loop.ts";
export { type Conversation, conversationsOf, passagesOf } from "./training.ts";
export { simulateUsers } from "./users.ts";

/** The loop; see `loop.ts`. */
export const improve: typeof import("./loop.ts").improve = async (parts) => (await import("./loop.ts")).improve(parts);
export { loopMarkdown } from "./report.ts";
