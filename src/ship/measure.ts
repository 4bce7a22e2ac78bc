import type { MetricDifference, MetricInfo } from "#schema";
import {
  bounds,
  type Design,
  designOf,
  detectable,
  differences,
  mean,
  needed,
  type Pair,
  type Sample,
  signFlipTest,
  wordOf,
} from "#stats";
import type { Measured } from "./pairs.ts";

/** A metric with all that a decision asks of it. Inside, more is better: signs are turned where the metric is not so. */
export type Weighed = {
  readonly info: MetricInfo;
  readonly isGuarded: boolean;
  /** Its step was not touched: it has no say. */
  readonly isOut: boolean;
  readonly design: Design | null;
  readonly shown: MetricDifference;
  /** Lower bound of the gain that is wrong with probability `tail`; null with too little data. */
  readonly gainAbove: (tail: number) => number | null;
};

/** Half of what a 95 % interval leaves out. The words are made by it. */
export const wordTail = 0.025;

/** The numbers of one metric, without power: what may be asked of it depends on the others ({@link withPower}). */
export function weigh({ info, pairs, isUntouched = false }: Measured, draws?: number): Weighed {
  const complete: Pair[] = pairs.flatMap(({ live, candidate, cluster }) =>
    isScore(live) && isScore(candidate) ? [{ live, candidate, cluster }] : [],
  );
  const sample = differences(complete, info.range);
  // What was not touched differs on no example, seen or not: there is nothing to estimate.
  const seen = complete.length === 0 ? null : bounds(sample, wordTail);
  const isOut = isUntouched && seen !== null && complete.every(({ live, candidate }) => live === candidate);
  const interval = isOut ? { low: 0, high: 0 } : seen;
  const isMeasured = complete.length > 0;
  return {
    info,
    // Asked of no example, it guards nothing; asked of some and answered by neither, it cannot be told.
    isGuarded: info.isGuarded && !isOut && pairs.some(({ live, candidate }) => live !== null || candidate !== null),
    isOut,
    design: interval === null || isOut ? null : designOf(sample),
    shown: {
      name: info.name,
      unit: info.unit,
      direction: info.direction,
      component: info.component,
      isGuarded: info.isGuarded,
      margin: info.margin,
      live: isMeasured ? mean(complete.map(({ live }) => live)) : null,
      candidate: isMeasured ? mean(complete.map(({ candidate }) => candidate)) : null,
      difference: isMeasured ? sample.mean : null,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      p: isMeasured ? signFlipTest(sample.sums, draws === undefined ? {} : { draws }).p : null,
      detectable: null,
      needed: null,
      verdict: isOut
        ? "unchanged"
        : wordOf({
            low: interval?.low ?? null,
            high: interval?.high ?? null,
            margin: info.margin,
            direction: info.direction,
          }),
      pairs: counts(complete, info),
    },
    gainAbove: (tail) => gainAbove(sample, info, tail),
  };
}

function counts(pairs: readonly Pair[], { direction }: MetricInfo): { better: number; same: number; worse: number } {
  const gains = pairs.map(({ live, candidate }) => (direction === "higher" ? candidate - live : live - candidate));
  const better = gains.filter((gain) => gain > 0).length;
  const worse = gains.filter((gain) => gain < 0).length;
  return { better, worse, same: gains.length - better - worse };
}

function isScore(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function gainAbove(sample: Sample, { direction }: MetricInfo, tail: number): number | null {
  if (sample.examples === 0) return null;
  const found = bounds(sample, tail);
  if (found === null) return null;
  return direction === "higher" ? found.low : -found.high;
}

/**
 * The metric with what the examples can show, and how many would show what they do not yet: first that there is no loss
 * above the margin, then the difference that was seen. `power` is what is asked of this metric alone.
 */
export function withPower(weighed: Weighed, { tail, power }: { tail: number; power: number }): MetricDifference {
  const { design, shown, info } = weighed;
  if (design === null || shown.difference === null) return shown;
  const gain = info.direction === "higher" ? shown.difference : -shown.difference;
  const difference = needed(design, Math.abs(gain), { tail });
  const noLoss = needed(design, gain, { tail, margin: info.margin });
  const both = [difference, noLoss].filter((count) => count !== null);
  return {
    ...shown,
    detectable: detectable(design, { tail }, power),
    needed: shown.verdict === "cannot-tell" ? (both.length === 0 ? null : Math.min(...both)) : difference,
  };
}
