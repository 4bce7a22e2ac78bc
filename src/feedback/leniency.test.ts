import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { seededRandom } from "#stats";
import { estimateLeniency, type Thumb } from "./leniency.ts";

/** Three releases, truly best to worst; strict people try the best and lenient ones the worst, mostly. */
function unevenThumbs(seed: number): Thumb[] {
  const next = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const quality = { best: 0.9, middle: 0.1, worst: -0.7 };
  const names = ["best", "middle", "worst"] as const;
  const leniencies = Array.from({ length: 30 }, () => 1.5 * normal()).sort((a, b) => a - b);
  return leniencies.flatMap((leniency, i) =>
    Array.from({ length: 40 }, () => {
      const mostly = names[Math.floor(i / 10)]!;
      const release = next() < 0.7 ? mostly : names[Math.floor(next() * 3)]!;
      const isUp = next() < 1 / (1 + Math.exp(-(quality[release] + leniency)));
      return { release, rater: `rater ${i}`, isUp };
    }),
  );
}

test("where raw thumbs rank three releases wrong in most runs, the corrected estimate ranks them right", {
  timeout: 120_000,
}, () => {
  const runs = Array.from({ length: 200 }, (_, run) => estimateLeniency(unevenThumbs(run + 1)).releases);
  const isRight = (names: string[]) => names.join() === "best,middle,worst";
  const rawRight = runs.filter((releases) =>
    isRight([...releases].sort((a, b) => b.raw - a.raw).map(({ release }) => release)),
  );
  const right = runs.filter((releases) => isRight(releases.map(({ release }) => release)));
  expect(rawRight.length).toBeLessThan(100);
  expect(right.length).toBeGreaterThanOrEqual(190);
});

test("the 95 % interval holds the share that the average rater would give in about 95 % of runs", () => {
  const runs = Array.from({ length: 200 }, (_, run) => estimateLeniency(evenThumbs(run + 1)).releases);
  for (const [release, quality] of Object.entries(evenQuality)) {
    const share = 1 / (1 + Math.exp(-quality));
    const held = runs.filter((releases) => {
      const found = releases.find((one) => one.release === release)!;
      return found.low <= share && share <= found.high;
    });
    expect(held.length).toBeGreaterThanOrEqual(180);
    expect(held.length).toBeLessThan(200);
  }
});

const evenQuality = { a: 0.8, b: -0.2 };
function evenThumbs(seed: number): Thumb[] {
  const next = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: 20 }, (_, i) => ({ rater: `rater ${i}`, leniency: normal() })).flatMap(
    ({ rater, leniency }) =>
      Array.from({ length: 12 }, (_, i) => {
        const release = i % 2 === 0 ? "a" : "b";
        return { release, rater, isUp: next() < 1 / (1 + Math.exp(-(evenQuality[release] + leniency))) };
      }),
  );
}

type Reference = {
  /** Release, rater, thumbs, of them up. */
  counts: [string, string, number, number][];
  quality: Record<string, number>;
  error: Record<string, number>;
  spread: number;
  gpboost?: { quality: Record<string, number>; spread: number };
};

/** Written by bench/references/leniency.py, which integrates and maximises by other means. */
const references: { cases: Reference[] } = JSON.parse(
  readFileSync(new URL("./leniency-references.json", import.meta.url), "utf8"),
);

test("qualities, errors and spread are those of the reference", () => {
  for (const { counts, quality, error, spread, gpboost } of references.cases) {
    const thumbs = counts.flatMap(([release, rater, given, up]) =>
      Array.from({ length: given }, (_, i) => ({ release, rater, isUp: i < up })),
    );
    const estimate = estimateLeniency(thumbs);
    expect(Math.abs(estimate.spread - spread)).toBeLessThan(1e-4);
    if (gpboost) expect(Math.abs(estimate.spread - gpboost.spread)).toBeLessThan(0.03);
    for (const one of estimate.releases) {
      expect(Math.abs(one.quality - quality[one.release]!)).toBeLessThan(1e-4);
      expect(Math.abs(one.error - error[one.release]!)).toBeLessThan(1e-3);
      if (gpboost) expect(Math.abs(one.quality - gpboost.quality[one.release]!)).toBeLessThan(0.02);
    }
  }
});

test("a release with thumbs up only, one rater, one thumb or none still has an estimate", () => {
  expect(estimateLeniency([]).releases).toEqual([]);
  const [one] = estimateLeniency([{ release: "a", rater: "x", isUp: true }]).releases;
  expect(one!.corrected).toBeGreaterThan(0.5);
  expect(one!.corrected).toBeLessThan(1);
  expect(one!.low).toBeLessThan(0.5);
  const up = Array.from({ length: 50 }, (_, i) => ({ release: "a", rater: `r${i % 5}`, isUp: true }));
  const [sure] = estimateLeniency(up).releases;
  expect(sure!.low).toBeGreaterThan(0.5);
  expect(Number.isFinite(sure!.high)).toBe(true);
});
