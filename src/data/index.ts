import type { parseDataset as Parse } from "./formats/index.ts";
import type { importText as ImportText, syncAppDatasets as Sync } from "./import.ts";
import type { writeQuestions as Write } from "./questions/write.ts";
import type { createVersion as Create } from "./version.ts";

export { dividedLines } from "./divide.ts";
export type { Format, NotCarried, Parsed, Refused, SourceLine } from "./formats/format.ts";
export type { PlainAssert } from "./formats/promptfoo-asserts.ts";
export { exampleOfTurn } from "./from-turn.ts";
export type { Import } from "./import.ts";
export { datasetName } from "./name.ts";
export { normalQuestion, normalText } from "./normal.ts";
export { listPins, pinTurn, unpinTurn } from "./pins.ts";
export { questionExample } from "./questions/prompt.ts";
export { sourcesIn } from "./questions/sources.ts";
export type {
  Attempt,
  QuestionParts,
  Source as QuestionSource,
  Written as WrittenQuestions,
} from "./questions/write.ts";
export { exportJsonl, findVersion, listDatasets, listExamples, newestVersion, readExamples } from "./read.ts";
export type { CreateVersion } from "./version.ts";

/** Reads a file of examples; see `formats/index.ts`. */
export const parseDataset: typeof Parse = async (input) => (await import("./formats/index.ts")).parseDataset(input);
/** A dataset's next version; see `version.ts`. */
export const createVersion: typeof Create = async (...input) => (await import("./version.ts")).createVersion(...input);
/** A file's text becomes the next version of a dataset; see `import.ts`. */
export const importText: typeof ImportText = async (...input) => (await import("./import.ts")).importText(...input);
/** The datasets that an app names in its file; see `import.ts`. */
export const syncAppDatasets: typeof Sync = async (...input) => (await import("./import.ts")).syncAppDatasets(...input);
/** Questions that documents answer; see `questions/write.ts`. */
export const writeQuestions: typeof Write = async (...input) =>
  (await import("./questions/write.ts")).writeQuestions(...input);
