import * as z from "zod";
import { Recipe as Given } from "#schema";
import { projections } from "#tensor";

/** How an adapter is trained. The defaults suit a small model on a processor. */
export const Recipe = Given.extend({
  targets: z
    .array(z.enum(projections))
    .min(1)
    .default([...projections]),
  /** How the rate falls after that, down to a tenth. */
  decay: z.enum(["cosine", "linear", "none"]).default("cosine"),
  weightDecay: z.number().min(0).default(0),
  /** Gradients longer than this (their norm over all matrices) are shortened to it. */
  clip: z.number().positive().default(1),
  /** Tokens of one row of the graph, in which short examples are packed; a longer example makes longer rows. */
  rowTokens: z.int().min(64).default(512),
  /** How long to train: steps, or minutes (loading and validation included); by itself, `epochs`. */
  length: z.union([z.object({ steps: z.int().positive() }), z.object({ minutes: z.number().positive() })]).optional(),
  /** How often the validation examples are scored, over the whole training. */
  validations: z.int().positive().default(4),
});
export type Recipe = z.infer<typeof Recipe>;
export type RecipeInput = z.input<typeof Recipe>;

/** The learning rate of step `step` (from 0) of `steps`. */
export function learningRateAt(
  recipe: Pick<Recipe, "learningRate" | "warmup" | "decay">,
  step: number,
  steps: number,
): number {
  const warm = Math.max(1, Math.round(recipe.warmup * steps));
  if (step < warm) return (recipe.learningRate * (step + 1)) / warm;
  const done = (step - warm) / Math.max(1, steps - warm);
  const least = 0.1;
  switch (recipe.decay) {
    case "none":
      return recipe.learningRate;
    case "linear":
      return recipe.learningRate * (1 - (1 - least) * done);
    case "cosine":
      return recipe.learningRate * (least + ((1 - least) * (1 + Math.cos(Math.PI * done))) / 2);
  }
}

/** A head learns slower than the words of a chat model's answers: larger steps, twice the matrices. */
export const readerRecipe = { rank: 32, alpha: 64, batchTokens: 4096, validations: 8 };
