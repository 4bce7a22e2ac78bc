import type { ExampleResult, MetricInfo } from "#schema";

/** One metric of one example by both releases; null where there is no score. */
export type ScoredPair = {
  readonly example: string;
  readonly cluster: string;
  readonly live: number | null;
  readonly candidate: number | null;
};

export type Measured = {
  readonly info: MetricInfo;
  readonly pairs: readonly ScoredPair[];
  /** The step that it judges was the same one on every example: it cannot have lost or gained, here or on others. */
  readonly isUntouched?: boolean;
};

/** The share of examples that were answered and scored without an error. */
export const answered: MetricInfo = {
  name: "answered",
  direction: "higher",
  unit: "share",
  range: [0, 1],
  margin: 0.05,
  component: "answer",
  isGuarded: true,
};

/**
 * Two releases' results as pairs, for the examples that both were asked. An example with an error in either is missing
 * for both in every metric, so that nobody gains by failing where it is hard. In return the share answered is a metric
 * of its own, guarded as soon as the candidate fails on an example that live answered: without one nothing speaks
 * against it, and a gate of 30 examples could never show that fewer than 5 % fail.
 */
export function pairsOf({
  live,
  candidate,
  metrics,
  clusterOf,
}: {
  live: readonly ExampleResult[];
  candidate: readonly ExampleResult[];
  metrics: readonly MetricInfo[];
  /** What must be taken as one: the example's session or document (`clustersOf` of #stats makes it from groups). */
  clusterOf: (example: string) => string;
}): { metrics: Measured[]; examples: number; errors: number } {
  const answers = new Map(candidate.map((result) => [result.example, result]));
  const both = live.flatMap((before) => {
    const after = answers.get(before.example);
    if (after === undefined) return [];
    const cluster = clusterOf(before.example);
    return [{ example: before.example, cluster, before, after, isWhole: !before.error && !after.error }];
  });
  const whole = both.filter(({ isWhole }) => isWhole);
  const measured: Measured[] = metrics.map((info) => ({
    info,
    pairs: whole.map(({ example, cluster, before, after }) => ({
      example,
      cluster,
      live: before.scores[info.name] ?? null,
      candidate: after.scores[info.name] ?? null,
    })),
    isUntouched: whole.length > 0 && whole.every(({ after }) => after.same?.includes(info.component) === true),
  }));
  const errors = both.length - whole.length;
  if (errors > 0) {
    measured.push({
      info: { ...answered, isGuarded: both.some(({ before, after }) => !before.error && after.error) },
      pairs: both.map(({ example, cluster, before, after }) => ({
        example,
        cluster,
        live: before.error ? 0 : 1,
        candidate: after.error ? 0 : 1,
      })),
    });
  }
  return { metrics: measured, examples: both.length, errors };
}
