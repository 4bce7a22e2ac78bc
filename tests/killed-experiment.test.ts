import { expect, test } from "vitest";
import { killedExperiment } from "./killed-experiment.ts";

// bench/kill-experiment.ts does it at 20 moments of 1,000 examples.
test("an experiment that is killed again and again asks nothing twice that was recorded, and ends with the same figures", {
  timeout: 600_000,
}, async () => {
  const told = await killedExperiment({ examples: 300, kills: 3, seed: 5 });
  expect(told.kills).toBe(3);
  expect(told.requests).toBeGreaterThanOrEqual(told.examples);
  expect(told.requests).toBeLessThanOrEqual(told.allowed);
  expect(told.figures).toEqual(told.undisturbed);
  expect(told.figures).toMatchObject({ examples: 300, errors: 0 });
  expect(told.figures.metrics.find(({ name }) => name === "passed")?.mean).toBeCloseTo(2 / 3);
});
