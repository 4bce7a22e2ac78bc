import type { JobsOptions } from "#store";

/**
 * What is particular about kinds of jobs; the host and its worker must hold the same. A training keeps its process busy for
 * long: a sign of life may be late by minutes, and a worker that has died is noticed by its host at once.
 */
export const jobKinds: NonNullable<JobsOptions["kinds"]> = {
  loop: { maxCrashes: 25 },
  ingest: { maxCrashes: 5, byChild: true },
  tune: { maxCrashes: 25, byChild: true, heartbeatSeconds: 600 },
};
