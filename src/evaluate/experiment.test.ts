import { afterAll, beforeAll, expect, test } from "vitest";
import type { Experiment } from "#schema";
import type { Store } from "#store";
import { testHomes } from "../../tests/homes.ts";
import { addExperiment, updateExperiment } from "./experiment.ts";

const homes = testHomes();
let store: Store;

beforeAll(async () => {
  const opened = await homes.open("embedded");
  if (opened === null) throw new Error("There is always an embedded store.");
  store = opened;
});
afterAll(homes.end);

const experiment: Experiment = {
  id: "exp_1",
  app: "small",
  dataset: "dst_1",
  split: "development",
  releases: ["rel_1"],
  scorers: ["f1"],
  status: "running",
  createdAt: "2026-11-24T20:00:00.000Z",
  examples: 3,
  done: 0,
  errors: 0,
  costUsd: 0,
  seconds: 0,
};

// A job that a crash had interrupted ends while the command that goes on with it plans: the plan must not say "running" over it.
test("who plans an experiment again leaves how it ended as it is", async () => {
  await addExperiment(store, experiment);
  await updateExperiment(store, "exp_1", { status: "done", done: 3 });
  await addExperiment(store, experiment);
  expect(await updateExperiment(store, "exp_1", { before: null, fromLock: 1 })).toEqual({
    ...experiment,
    status: "done",
    done: 3,
    before: null,
    fromLock: 1,
  });
  expect(await store.query({ sql: "select status from experiments", params: [] })).toEqual([{ status: "done" }]);
});
