export type { ChatExample, Tokens } from "./examples.ts";
export { Recipe, type RecipeInput } from "./recipe.ts";
export type { TrainOptions, TrainResult } from "./train.ts";
export type { TrainProgress } from "./training.ts";

import type { TrainOptions, TrainResult } from "./train.ts";

/** Trains a LoRA adapter; see train.ts. */
export async function trainLora(options: TrainOptions): Promise<TrainResult> {
  return (await import("./train.ts")).trainLora(options);
}
