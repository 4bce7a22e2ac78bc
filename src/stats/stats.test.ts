import { describe, expect, it } from "vitest";
import {
  bootstrapMean,
  bounds,
  exactMatch,
  mean,
  median,
  ndcgAt,
  normalizeAnswer,
  percentile,
  recallAt,
  reciprocalRankAt,
  single,
  tokenF1,
} from "./index.ts";
import references from "./references.json" with { type: "json" };

const { ir_measures: version } = references.versions;

describe("retrieval measures", () => {
  it(`equal ir_measures ${version} (trec_eval), binary and graded`, () => {
    for (const one of references.retrieval) {
      const gains = new Map<string, number>();
      for (const [id, gain] of Object.entries(one.gains)) if (typeof gain === "number") gains.set(id, gain);
      expect(ndcgAt(10, one.ranking, gains)).toBeCloseTo(one.ndcg10, 9);
      expect(recallAt(100, one.ranking, gains)).toBeCloseTo(one.recall100, 9);
      expect(reciprocalRankAt(10, one.ranking, gains)).toBeCloseTo(one.mrr10, 9);
    }
  });

  it("are 0, not NaN, for a query without a relevant document or a hit", () => {
    expect(ndcgAt(10, ["a"], new Map())).toBe(0);
    expect(recallAt(10, ["a"], new Map([["a", 0]]))).toBe(0);
    expect(reciprocalRankAt(10, [], new Map([["a", 1]]))).toBe(0);
  });
});

describe("answer measures", () => {
  it("equal SQuAD's official evaluation (v1.1)", () => {
    for (const one of references.answers) {
      expect(normalizeAnswer(one.prediction)).toBe(one.normal);
      expect(tokenF1(one.prediction, one.references)).toBeCloseTo(one.f1, 12);
      expect(exactMatch(one.prediction, one.references)).toBe(one.exact);
    }
  });
});

describe("summaries", () => {
  it(`have percentiles as NumPy ${references.versions.numpy}`, () => {
    for (const { values, p, value } of references.percentiles) expect(percentile(values, p)).toBeCloseTo(value, 9);
    expect(median([3, 1, 2])).toBe(2);
    expect(percentile([], 50)).toBeNaN();
  });

  it("give a bootstrap interval that is repeatable and covers the true mean about as often as it says", () => {
    const draws = (seed: number) => {
      // Sums of sines as a cheap spread of values with a mean of 0.5.
      return Array.from({ length: 60 }, (_, index) => 0.5 + Math.sin(seed * 7919 + index * 104729) / 2);
    };
    expect(bootstrapMean(draws(1))).toEqual(bootstrapMean(draws(1)));
    const covered = Array.from({ length: 60 }, (_, seed) => {
      const { low, high } = bootstrapMean(draws(seed), { resamples: 300 });
      return low <= 0.5 && 0.5 <= high ? 1 : 0;
    });
    expect(mean(covered)).toBeGreaterThan(0.85);
  });
});

it("an interval never leaves out the mean that was seen, however few the values", () => {
  for (const values of [
    [0, 0, 0],
    [1, 1, 1],
    [0, 1],
    [0, 0, 0, 0],
  ]) {
    const sample = single(
      values.map((value, i) => ({ value, cluster: String(i) })),
      [0, 1],
    );
    const interval = bounds(sample);
    expect(interval?.low).toBeLessThanOrEqual(sample.mean);
    expect(interval?.high).toBeGreaterThanOrEqual(sample.mean);
  }
});
