import { describe, expect, it } from "vitest";
import type { MetricInfo } from "#schema";
import { detectable, foreseen, mean, seededRandom, spentAlpha } from "#stats";
import { alone, binary, type Clustering, type Draw, documents, draw as drawn, graded } from "../../tests/simulated.ts";
import { decide } from "./decide.ts";
import type { Measured } from "./pairs.ts";

/** Candidates per simulation, as issue 11 asks. */
const runs = 2000;

/** The most of `runs` that a true rate exceeds with a probability below 1 in 1,000 (normal approximation, +½). */
function allowed(rate: number): number {
  return (rate * runs + 3.09 * Math.sqrt(runs * rate * (1 - rate)) + 0.5) / runs;
}

function metric(name: string, margin: number): MetricInfo {
  return { name, direction: "higher", unit: "share", range: [0, 1], margin, component: "answer", isGuarded: true };
}

/** The least of `runs` that a true rate of 80 % falls below with a probability below 1 in 1,000. */
const atLeast = 0.8 - 3.09 * Math.sqrt((0.8 * 0.2) / runs);

type Truth = { info: MetricInfo; draw: Draw };

type Setting = {
  examples?: number;
  clustering?: Clustering;
  looks?: number;
  look?: number;
  needsGain?: boolean;
  seed?: number;
};

/** The share of candidates that are shipped at look number `look`, or at one of `looks`, each on fresh examples. */
function shipped(
  truths: readonly Truth[],
  { examples = 200, clustering = alone, look = 1, looks = look, needsGain = true, seed = 7 }: Setting = {},
): number {
  const next = seededRandom(seed);
  const isShipped = (at: number) => {
    const metrics = measured(truths, next, examples, clustering);
    return decide({ metrics, mode: "ship", look: at, needsGain, draws: 9 }).exit === 0;
  };
  let count = 0;
  for (let candidate = 0; candidate < runs; candidate++) {
    let isLive = false;
    for (let at = look; at <= looks && !isLive; at++) isLive = isShipped(at);
    if (isLive) count++;
  }
  return count / runs;
}

function measured(truths: readonly Truth[], next: () => number, examples: number, clustering: Clustering): Measured[] {
  return truths.map(({ info, draw }) => ({ info, pairs: drawn(draw, clustering, next, examples) }));
}

describe("a gate of 5 %", () => {
  const wide = 0.15;

  it("ships equal releases at most that often, alone or of three metrics, clustered or not", () => {
    const one = [{ info: metric("right", wide), draw: binary(0) }];
    const three = [
      ...one,
      { info: metric("form", wide), draw: binary(0, { share: 0.9 }) },
      { info: metric("f1", wide), draw: graded(0) },
    ];
    for (const truths of [one, three]) {
      for (const clustering of [alone, documents]) expect(shipped(truths, { clustering })).toBeLessThan(allowed(0.05));
    }
  });

  it("ships a release with one guarded metric worse by its margin at most that often, however good the rest", () => {
    const gain = { info: metric("right", 0.1), draw: binary(0.18, { agreement: 0.2 }) };
    const losses: Draw[] = [binary(-0.05), binary(-0.05, { share: 0.99, agreement: 0.1 }), graded(0.05)];
    for (const draw of losses) {
      const truths = [gain, { info: metric("other", 0.05), draw }];
      for (const clustering of [alone, documents]) expect(shipped(truths, { clustering })).toBeLessThan(allowed(0.05));
    }
  });

  it("keeps its promise when no gain is asked for", () => {
    const truths = [{ info: metric("right", 0.05), draw: binary(-0.05) }];
    expect(shipped(truths, { needsGain: false })).toBeLessThan(allowed(0.05));
  });

  it("ships at most that often when looked at 20 times, each time on fresh examples", { timeout: 600_000 }, () => {
    const equal = [{ info: metric("right", wide), draw: binary(0) }];
    expect(shipped(equal, { looks: 20, examples: 100 })).toBeLessThan(allowed(0.05));
    const worse = [
      { info: metric("right", 0.1), draw: binary(0.18, { agreement: 0.2 }) },
      { info: metric("other", 0.05), draw: binary(-0.05) },
    ];
    expect(shipped(worse, { looks: 20, examples: 100 })).toBeLessThan(allowed(0.05));
    let spent = 0;
    for (let look = 1; look <= 1000; look++) spent += spentAlpha(look, 0.05);
    expect(spent).toBeLessThan(0.05);
  });

  it("ships at least 80 % of the releases that have the gain it says these examples can show", () => {
    for (const examples of [100, 400]) {
      const gain = detectable(foreseen(examples), { tail: 0.025 });
      expect(gain).not.toBeNull();
      const truths = [{ info: metric("right", 0.05), draw: binary(gain ?? 0) }];
      expect(shipped(truths, { examples })).toBeGreaterThan(atLeast);
    }
  });

  it("says in its report what gain would be shipped, also with another metric to guard, clusters and later looks", () => {
    const right = metric("right", 0.1);
    const form = { info: metric("form", 0.1), draw: binary(0, { share: 0.9 }) };
    for (const { clustering, look } of [
      { clustering: alone, look: 1 },
      { clustering: documents, look: 1 },
      { clustering: alone, look: 3 },
    ]) {
      // What 50 reports on equal releases say, on average.
      const next = seededRandom(11);
      const said = Array.from({ length: 50 }, () => {
        const metrics = measured([{ info: right, draw: binary(0) }, form], next, 300, clustering);
        return decide({ metrics, mode: "ship", look, draws: 9 }).metrics[0]?.detectable ?? Number.NaN;
      });
      const gain = mean(said.filter((value) => !Number.isNaN(value)));
      const rate = shipped([{ info: right, draw: binary(gain) }, form], { examples: 300, clustering, look });
      expect(rate).toBeGreaterThan(atLeast);
    }
  });
});
