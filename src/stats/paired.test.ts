import { describe, expect, it } from "vitest";
import { incompleteBeta, studentQuantile, studentUpper } from "./distributions.ts";
import {
  bounds,
  clustersOf,
  designOf,
  detectable,
  differences,
  foreseen,
  needed,
  type Pair,
  powerOf,
  signFlipTest,
  single,
  spentAlpha,
  wordOf,
} from "./index.ts";
import references from "./paired-references.json" with { type: "json" };

const { scipy, statsmodels } = references.versions;

/** Right or wrong: `losses` examples that only live has right, `gains` that only the candidate has right. */
function binary(examples: number, losses: number, gains: number, clusterSize = 1): Pair[] {
  return Array.from({ length: examples }, (_, index) => ({
    live: index < losses ? 1 : 0,
    candidate: index >= losses && index < losses + gains ? 1 : 0,
    cluster: `${Math.floor(index / clusterSize)}`,
  }));
}

describe("distributions", () => {
  it(`equal SciPy ${scipy}`, () => {
    for (const { x, a, b, value } of references.beta) {
      expect(Math.abs(incompleteBeta(x, a, b) - value)).toBeLessThanOrEqual(1e-10 * value);
    }
    for (const { degrees, tail, t } of references.student) {
      expect(studentQuantile(tail, degrees) / t).toBeCloseTo(1, 8);
      expect(studentUpper(t, degrees) / tail).toBeCloseTo(1, 8);
    }
    expect(studentQuantile(0.975, 5)).toBeCloseTo(-studentQuantile(0.025, 5), 12);
  });
});

describe("the paired test", () => {
  it(`equals SciPy's permutation test ${scipy}, all sign flips tried`, () => {
    for (const { sums, p } of references.flips) {
      expect(signFlipTest(sums)).toEqual({ p: expect.closeTo(p, 10), isExact: true });
    }
  });

  it(`equals statsmodels' exact McNemar test ${statsmodels} for right and wrong`, () => {
    for (const { losses, gains, p } of references.mcnemar) {
      const { sums } = differences(binary(1000, losses, gains));
      expect(signFlipTest(sums)).toEqual({ p: expect.closeTo(p, 10), isExact: true });
    }
  });

  it("draws signs where there are too many, near the exact value, repeatable and never 0", () => {
    const sums = Array.from({ length: 30 }, (_, index) => Math.sin(index) + 0.3);
    const drawn = signFlipTest(sums);
    expect(drawn.isExact).toBe(false);
    expect(signFlipTest(sums)).toEqual(drawn);
    // The same numbers in whole thousandths are counted exactly.
    expect(drawn.p).toBeCloseTo(signFlipTest(sums.map((sum) => Math.round(sum * 1000))).p, 1);
    expect(signFlipTest(sums.map(() => 0.5)).p).toBe(1 / 10_000);
  });

  it("is 1 where nothing differs", () => {
    expect(signFlipTest([0, 0])).toEqual({ p: 1, isExact: true });
    expect(signFlipTest([])).toEqual({ p: 1, isExact: true });
  });
});

describe("the interval of a mean", () => {
  it(`is Student's (SciPy ${scipy}) where values are symmetric and no two examples belong together`, () => {
    for (const { values, low, high } of references.plain) {
      const found = bounds(single(values.map((value, index) => ({ value, cluster: `${index}` }))));
      expect(found?.low).toBeCloseTo(low, 9);
      expect(found?.high).toBeCloseTo(high, 9);
    }
  });

  it("does not claim certainty where no example disagrees: 3.8 points for 100, less for more", () => {
    const of = (examples: number) => bounds(differences(binary(examples, 0, 0), [0, 1]));
    expect(of(100)?.low).toBeCloseTo(-0.038, 3);
    expect(of(100)?.high).toBeCloseTo(0.038, 3);
    expect(of(1000)?.high).toBeLessThan(0.005);
    // A true loss of that size would be seen in all but 2.5 % of samples.
    expect((1 - 0.038) ** 100).toBeLessThan(0.025);
  });

  it("is a point only for what was never anything else than 0 in either release", () => {
    const never = Array.from({ length: 10 }, (_, index) => ({ live: 0, candidate: 0, cluster: `${index}` }));
    expect(bounds(differences(never, [0, null]))).toEqual({ low: 0, high: 0 });
    const alike = never.map((pair) => ({ ...pair, live: 120, candidate: 120 }));
    expect(bounds(differences(alike, [0, null]))?.high).toBeGreaterThan(10);
  });

  it("stays inside what the metric allows", () => {
    const right = Array.from({ length: 20 }, (_, index) => ({ value: 1, cluster: `${index}` }));
    const found = bounds(single(right, [0, 1]));
    expect(found?.high).toBe(1);
    expect(found?.low).toBeGreaterThan(0.75);
    expect(found?.low).toBeLessThan(0.9);
  });

  it("of a share covers it at least as often as it says, of two examples too", () => {
    for (const n of [2, 3, 4, 5, 8, 12]) {
      const within = Array.from({ length: n + 1 }, (_, right) =>
        bounds(
          single(
            Array.from({ length: n }, (_, at) => ({ value: at < right ? 1 : 0, cluster: `${at}` })),
            [0, 1],
          ),
        ),
      );
      for (let share = 0.02; share < 1; share += 0.02) {
        let covered = 0;
        let chance = (1 - share) ** n; // of 0 right, then of 1, 2, …
        for (let right = 0; right <= n; right += 1) {
          const found = within[right];
          if (found && found.low <= share && share <= found.high) covered += chance;
          chance *= ((n - right) / (right + 1)) * (share / (1 - share));
        }
        expect(covered, `${n} examples, ${share.toFixed(2)} right`).toBeGreaterThan(0.94);
      }
    }
  });

  it("is wider when the same examples come in clusters that agree", () => {
    const width = (pairs: Pair[]) => {
      const found = bounds(differences(pairs, [0, 1]));
      return (found?.high ?? 0) - (found?.low ?? 0);
    };
    expect(width(binary(200, 10, 20, 10))).toBeGreaterThan(1.5 * width(binary(200, 10, 20)));
  });

  it("mirrors when live and candidate change places", () => {
    const one = bounds(differences(binary(60, 2, 9), [0, 1]));
    const other = bounds(differences(binary(60, 9, 2), [0, 1]));
    expect(one?.low).toBeCloseTo(-(other?.high ?? 0), 12);
    expect(one?.high).toBeCloseTo(-(other?.low ?? 0), 12);
  });

  it("is none for no example, one example, or one cluster", () => {
    expect(bounds(differences([]))).toBeNull();
    expect(bounds(differences(binary(1, 1, 0)))).toBeNull();
    expect(bounds(differences(binary(8, 2, 3, 8)))).toBeNull();
  });
});

describe("power", () => {
  it(`is near statsmodels' for the paired t-test (${statsmodels})`, () => {
    for (const { examples, tail, effect } of references.power) {
      const design = { examples, degrees: examples - 1, variance: () => 1, piled: 0, width: null };
      expect((detectable(design, { tail }) ?? 0) / effect).toBeCloseTo(1, 1);
    }
  });

  it("says 11 points for 100 examples before any was asked, and less for more", () => {
    expect(detectable(foreseen(100), { tail: 0.025 })).toBeCloseTo(0.11, 2);
    expect(detectable(foreseen(1000), { tail: 0.025 })).toBeLessThan(0.04);
    const clustered = foreseen(100, { sizes: Array.from({ length: 10 }, () => 10) });
    expect(detectable(clustered, { tail: 0.025 })).toBeGreaterThan(0.14);
  });

  it("is unable with too few examples, and says so", () => {
    expect(detectable(foreseen(1), { tail: 0.025 })).toBeNull();
    expect(detectable(foreseen(4), { tail: 0.0001 })).toBeNull();
    expect(needed(foreseen(100), 0, { tail: 0.025 })).toBeNull();
    expect(needed(foreseen(100), -0.05, { tail: 0.025, margin: 0.02 })).toBeNull();
  });

  it("counts the examples with which a difference is detectable", () => {
    const question = { tail: 0.025 };
    for (const examples of [100, 700]) {
      const difference = detectable(foreseen(examples), question) ?? 0;
      const count = needed(foreseen(examples), difference, question) ?? 0;
      expect(Math.abs(count / examples - 1)).toBeLessThan(0.03);
    }
    const design = designOf(differences(binary(200, 12, 20), [0, 1]));
    const count = needed(design, 0.04, question) ?? 0;
    expect(count).toBeGreaterThan(600);
    expect(count).toBeLessThan(1000);
    expect(powerOf(design, 0, { tail: 0.025, margin: 0.1 })).toBeGreaterThan(0.8);
  });

  it("expects as much disagreement as the difference itself needs, though the pilot saw none", () => {
    const pilot = designOf(differences(binary(100, 0, 0), [0, 1]));
    expect(detectable(pilot, { tail: 0.025 })).toBeGreaterThan(0.06);
  });
});

describe("words", () => {
  const margin = 0.02;
  it("are those of the interval and the margin, at their edges too", () => {
    const word = (low: number, high: number) => wordOf({ low, high, margin, direction: "higher" });
    expect(word(0.001, 0.1)).toBe("better");
    expect(word(0, 0.1)).toBe("no-worse");
    expect(word(-0.019, -0.001)).toBe("no-worse");
    expect(word(-0.02, 0.1)).toBe("cannot-tell");
    expect(word(-0.02, -0.001)).toBe("worse");
    expect(word(-0.5, 0)).toBe("cannot-tell");
    expect(wordOf({ low: null, high: null, margin, direction: "higher" })).toBe("cannot-tell");
    expect(wordOf({ low: Number.NaN, high: 1, margin, direction: "higher" })).toBe("cannot-tell");
  });

  it("turn the sign where less is better", () => {
    const word = (low: number, high: number) => wordOf({ low, high, margin, direction: "lower" });
    expect(word(-0.1, -0.001)).toBe("better");
    expect(word(-0.1, 0.019)).toBe("no-worse");
    expect(word(0.001, 0.03)).toBe("worse");
    expect(word(-0.1, 0.03)).toBe("cannot-tell");
  });
});

describe("looks", () => {
  it("spend at most alpha, however many", () => {
    let spent = 0;
    for (let look = 1; look <= 10_000; look++) spent += spentAlpha(look, 0.05);
    expect(spent).toBeLessThan(0.05);
    expect(spent).toBeGreaterThan(0.0499);
    expect(spentAlpha(1, 0.05)).toBeCloseTo(0.0304, 4);
  });
});

describe("clusters", () => {
  it("hold together all examples that share a group, directly or through others", () => {
    const [a, b, c, d, e, f] = clustersOf([["x"], ["x", "y"], ["y", "z"], ["w"], [], []]);
    expect([a, b]).toEqual([b, c]);
    expect(new Set([a, d, e, f]).size).toBe(4);
  });

  it("keeps examples without a group apart from a group of any name", () => {
    expect(new Set(clustersOf([["#1"], [], []])).size).toBe(3);
  });
});
