export type { ChatExample, Tokens } from "./examples.ts";
export { Recipe, type RecipeInput } from "./recipe.ts";
export type { TrainOptions, TrainProgress, TrainResult } from "./train.ts";

import type { TrainOptions, TrainResult } from "./train.ts";

/** Trains a LoRA adapter; see train.ts. */
export async function trainLora(options: TrainOptions): Promise<TrainResult> {
  return (await import("./train.ts")).trainLora(options);
}
