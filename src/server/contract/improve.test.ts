import { expect, test } from "vitest";
import { loopRoutes } from "./improve.ts";

test("A recipe of which nothing is said stays empty: a reader's own settings are not an answerer's", () => {
  const lines = [{ question: "Where?", answer: null }];
  expect(loopRoutes.tune.body.parse({ lines, recipe: {} }).recipe).toEqual({});
  expect(loopRoutes.tune.body.parse({ lines, recipe: { epochs: 2 } }).recipe).toEqual({ epochs: 2 });
});
