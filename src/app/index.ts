export { type App, type AppDefinition, AppInput, defineApp, type ScoredResult, type ScorerFunction } from "./define.ts";
export { type Found, mergeFound } from "./found.ts";
export type { Learned } from "./learned.ts";
export type { LoadedApp } from "./load.ts";
export { composeMessages } from "./prompt.ts";
export type { Question, Serving } from "./turn.ts";

/** Loads an app file; see `load.ts`. */
export const loadApp = async (path: string) => (await import("./load.ts")).loadApp(path);
/** The file of an app; see `load.ts`. */
export const findAppFile = async (path: string) => (await import("./load.ts")).findAppFile(path);
/** A file of the user's, run; see `load.ts`. */
export const importFile = async (file: string) => (await import("./load.ts")).importFile(file);
/** The release that an app is now; see `release.ts`. */
export const releaseOf: typeof import("./release.ts").releaseOf = async (...input) =>
  (await import("./release.ts")).releaseOf(...input);
let turns: Promise<typeof import("./turn.ts")> | undefined; // an import that is asked for again costs near a millisecond
/** One turn; see `turn.ts`. */
export const answerTurn: typeof import("./turn.ts").answerTurn = async (...input) => {
  turns ??= import("./turn.ts");
  return (await turns).answerTurn(...input);
};
/** What pawl learned for an app; see `learned.ts`. */
export const learnedOf = async (folder: string) => (await import("./learned.ts")).readLearned(folder);
export const saveLearned: typeof import("./learned.ts").writeLearned = async (...input) =>
  (await import("./learned.ts")).writeLearned(...input);
/** An app with a change; see `learned.ts`. */
export const changed = async (...input: Parameters<typeof import("./learned.ts").changed>) =>
  (await import("./learned.ts")).changed(...input);
/** Prompt and answer as an adapter is trained with them; see `skill.ts`. */
export const skill = () => import("./skill.ts");
/** Which of a model and a reader is surer; see `instead.ts`. */
export const instead = () => import("./instead.ts");
