export type { ChatExample, Tokens } from "./examples.ts";
export { Recipe, type RecipeInput, readerRecipe } from "./recipe.ts";
export type { TrainOptions, TrainResult } from "./train.ts";
export type { TrainProgress } from "./training.ts";

import type { TrainOptions, TrainResult } from "./train.ts";
import type { TrainReaderOptions } from "./train-reader.ts";

/** Trains a LoRA adapter; see train.ts. */
export async function trainLora(options: TrainOptions): Promise<TrainResult> {
  return (await import("./train.ts")).trainLora(options);
}

/** Trains a reader; see train-reader.ts. */
export async function trainReader(options: TrainReaderOptions) {
  return (await import("./train-reader.ts")).trainReader(options);
}
