import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Recipe } from "./recipe.ts";
import { Training, trainedFrom } from "./training.ts";

/** A training of one number, whose examples fill so many steps; resolves with the steps that it took. */
async function stepsOf(perEpoch: number, recipe: { epochs?: number; length?: Recipe["length"] }): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "pawl-training-"));
  const training = new Training({
    folder,
    lesson: {
      plan: { at: () => [0], in: (epochs) => Math.round(epochs * perEpoch) },
      sizeOf: () => ({ predicted: 1, tokens: 1 }),
      learn: async () => ({ loss: 1, gradients: new Map([["one", Float32Array.of(0.1)]]) }),
      validate: async () => null,
    },
    recipe: Recipe.parse(recipe),
    trained: trainedFrom([["one", Float32Array.of(0)]]),
    identity: "one",
    startMs: performance.now(),
    signal: new AbortController().signal,
    report: () => {},
  });
  try {
    return (await training.run()).steps;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("Minutes hold no more than the epochs, a handful of examples a hundred steps", async () => {
  const minutes = { length: { minutes: 5 } };
  expect(await stepsOf(30, minutes)).toBe(300);
  expect(await stepsOf(30, { ...minutes, epochs: 4 })).toBe(120);
  expect(await stepsOf(2, minutes)).toBe(100);
});

test("Without minutes the epochs are the length, and steps are taken at their word", async () => {
  expect(await stepsOf(2, { epochs: 3 })).toBe(6);
  expect(await stepsOf(2, { epochs: 3, length: { steps: 9 } })).toBe(9);
});
