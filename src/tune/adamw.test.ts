import { expect, test } from "vitest";
import { adamw, normOf } from "./adamw.ts";
import { learningRateAt, Recipe } from "./recipe.ts";

test("Three steps are those of torch.optim.AdamW (PyTorch 2.15)", () => {
  const matrix = { values: Float32Array.of(1, -2, 0.5), first: new Float32Array(3), second: new Float32Array(3) };
  const gradients = [Float32Array.of(0.1, -0.2, 3), Float32Array.of(-0.4, 0, 1), Float32Array.of(0.05, 0.3, -2)];
  gradients.forEach((gradient, at) => {
    adamw(matrix, gradient, { step: at + 1, learningRate: 0.01, weightDecay: 0.1, scale: 1 });
  });
  const expected = [0.9961365, -1.9797781, 0.4775473];
  matrix.values.forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 6);
  });
});

test("A gradient's norm is over all matrices", () => {
  expect(normOf([Float32Array.of(3), Float32Array.of(0, 4)])).toBe(5);
});

test("The rate rises, is highest after the warm-up, and ends at a tenth", () => {
  const recipe = Recipe.parse({ learningRate: 1, warmup: 0.1 });
  const rates = Array.from({ length: 101 }, (_, step) => learningRateAt(recipe, step, 100));
  expect(rates[0]).toBeCloseTo(0.1);
  expect(Math.max(...rates)).toBe(1);
  expect(rates[10]).toBe(1);
  expect(rates[55]).toBeCloseTo(0.55);
  expect(rates[100]).toBeCloseTo(0.1);
});
