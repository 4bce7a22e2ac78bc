import { PawlError, type Report } from "#kernel";
import type { Experiment, Release } from "#schema";
import { changesOf, decide, type Lock, type Reported } from "#ship";
import type { Evaluating } from "./evaluating.ts";
import { measured } from "./figures.ts";

/** The error rates that check and ship declare. */
export const alpha = 0.05;

export type Comparing = { dataset?: string | undefined; signal: AbortSignal; report: Report };

/** Both releases on a split, and what the figures say. Scores that the lock file has of live are not asked for again. */
export async function compare(
  evaluating: Evaluating,
  sides: { app: string; live: Release; candidate: Release; scores?: Lock["scores"] },
  what: { split: "development" | "gate" | "report"; mode: "check" | "ship"; look: number; needsGain: boolean },
  options: Comparing,
): Promise<{ report: Reported; passed: boolean }> {
  const { app, live, candidate, scores = null } = sides;
  const { experiment, examples } = await evaluating.plan({
    app,
    dataset: options.dataset,
    split: what.split,
    releases: [live, candidate],
    scores,
  });
  const done = await evaluating.run(experiment, examples, options);
  const [before, after] = await Promise.all([
    evaluating.results(done.id, live.id),
    evaluating.results(done.id, candidate.id),
  ]);
  const { metrics, errors } = measured(evaluating.metrics(app, examples), examples, before, after);
  const { look, needsGain } = what;
  const decision = decide({ metrics, mode: what.mode, look, alpha, needsGain });
  const report: Reported = {
    live: live.id,
    candidate: candidate.id,
    changes: changesOf(live.spec, candidate.spec),
    verdict: decision.verdict,
    reason: decision.reason,
    examples: examples.length,
    errors,
    metrics: decision.metrics,
    ...spendingOf(done),
  };
  return { report, passed: decision.exit === 0 };
}

function spendingOf({ id, before = null, spent, fromLock = 0 }: Experiment) {
  return { experiment: id, before, ...(spent ? { spent } : {}), ...(fromLock > 0 ? { fromLock } : {}) };
}

/** Nothing changed: nothing is asked. */
export function unchanged(live: Release, candidate: Release): Reported {
  return {
    live: live.id,
    candidate: candidate.id,
    changes: changesOf(live.spec, candidate.spec),
    verdict: "unchanged",
    reason: "Nothing changed that can change an answer; nothing was asked.",
    examples: 0,
    errors: 0,
    metrics: [],
  };
}

/**
 * A release's scores on the development split, as later checks compare with them; null where the dataset has no such
 * split, or there is none. Times are left out: another machine has others.
 *
 * @param beside releases that the same examples were asked of: what they share is not done again
 */
export async function developmentScores(
  evaluating: Evaluating,
  of: { app: string; release: Release; beside: readonly Release[] },
  options: Comparing,
): Promise<Lock["scores"]> {
  const { app, release, beside } = of;
  const planned = await evaluating
    .plan({ app, dataset: options.dataset, split: "development", releases: [...beside, release] })
    .catch((error: unknown) => {
      const isNone = error instanceof PawlError && /^dataset-(empty|unknown)$/.test(error.code);
      if (isNone) return null; // a dataset may have a gate split only
      throw error;
    });
  if (!planned) return null;
  const done = await evaluating.run(planned.experiment, planned.examples, options);
  const results = await evaluating.results(done.id, release.id);
  const metrics = evaluating
    .metrics(app, planned.examples)
    .filter(({ unit }) => unit !== "ms")
    .map(({ name }) => name);
  const round = (value: number | undefined) => (value === undefined ? null : Number(value.toFixed(4)));
  const examples = results
    .filter((result) => result.error === null)
    .sort((a, b) => (a.example < b.example ? -1 : 1))
    .map((result) => [result.example, metrics.map((name) => round(result.scores[name]))] as const);
  return {
    release: release.id,
    dataset: done.dataset,
    scorers: evaluating.scorersVersion(app, planned.examples),
    metrics,
    examples: Object.fromEntries(examples),
  };
}
