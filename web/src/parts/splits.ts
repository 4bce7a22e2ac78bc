import type { Split } from "../api.ts";

/** Every split of a dataset, in the order in which they are shown. */
export const splits = [
  "development",
  "gate",
  "report",
  "train",
  "validation",
  "test",
] as const satisfies readonly Split[];

/** Splits that an experiment may read at any time: gate and report are opened by ship alone. */
export const openSplits = splits.filter((split) => split !== "gate" && split !== "report");
