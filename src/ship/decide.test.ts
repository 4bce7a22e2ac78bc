import { describe, expect, it } from "vitest";
import type { ExampleResult, MetricInfo } from "#schema";
import { decide } from "./decide.ts";
import { answered, type Measured, pairsOf, type ScoredPair } from "./pairs.ts";

function info(name: string, rest: Partial<MetricInfo> = {}): MetricInfo {
  return {
    name,
    direction: "higher",
    unit: "share",
    range: [0, 1],
    margin: 0.05,
    component: "answer",
    isGuarded: true,
    ...rest,
  };
}

const result = (example: string, rest: Partial<ExampleResult>): ExampleResult => ({
  example,
  release: "rel_1",
  turn: null,
  scores: { recall: 1 },
  error: null,
  ...rest,
});

it("a metric is untouched where every example's step was the same one", () => {
  const metrics = [info("recall", { component: "retrieve" })];
  const touched = (...same: (string[] | undefined)[]) =>
    pairsOf({
      live: same.map((_, i) => result(`${i}`, {})),
      candidate: same.map((kinds, i) => result(`${i}`, kinds ? { same: kinds } : {})),
      metrics,
      clusterOf: (example) => example,
    }).metrics[0]?.isUntouched;
  expect(touched(["retrieve"], ["retrieve", "model"])).toBe(true);
  expect(touched(["retrieve"], ["model"])).toBe(false);
  expect(touched(["retrieve"], undefined)).toBe(false);
  expect(touched()).toBe(false);
});

/** Right or wrong on `examples`; only live is right on `losses`, only the candidate on `gains`. */
function right(
  name: string,
  examples: number,
  losses: number,
  gains: number,
  rest: Partial<MetricInfo> = {},
): Measured {
  const pairs: ScoredPair[] = Array.from({ length: examples }, (_, index) => ({
    example: `${index}`,
    cluster: `${index}`,
    live: index < losses ? 1 : 0,
    candidate: index >= losses && index < losses + gains ? 1 : 0,
  }));
  return { info: info(name, rest), pairs };
}

describe("check", () => {
  const check = (...metrics: Measured[]) => decide({ metrics, mode: "check" });

  it("ends in the worst word of a guarded metric and names the metric", () => {
    const better = right("recall", 200, 2, 30);
    const steady = right("form", 400, 1, 1);
    const unclear = right("f1", 60, 4, 4);
    const worse = right("cited", 200, 40, 5);
    expect(check(better, steady)).toMatchObject({ verdict: "better", exit: 0 });
    expect(check(steady)).toMatchObject({ verdict: "no-worse", exit: 0 });
    expect(check(better, unclear)).toMatchObject({ verdict: "cannot-tell", exit: 1 });
    const all = check(better, steady, unclear, worse);
    expect(all).toMatchObject({ verdict: "worse", exit: 1 });
    expect(all.reason).toMatch(/^Worse: cited −17\.5 points \(95 %: −[\d.]+ to −[\d.]+\)\.$/);
    expect(all.metrics.map(({ verdict }) => verdict)).toEqual(["better", "no-worse", "cannot-tell", "worse"]);
  });

  it("lets a metric that is not guarded be shown and decide nothing", () => {
    const found = check(right("form", 400, 1, 1), right("cited", 200, 40, 5, { isGuarded: false }));
    expect(found.verdict).toBe("no-worse");
    expect(found.metrics[1]?.verdict).toBe("worse");
  });

  it("leaves out a metric whose step was the same one on every example, however few they are", () => {
    const better = right("f1", 24, 0, 14);
    const recall = right("recall", 24, 0, 0, { component: "retrieve" });
    const ship = (...metrics: Measured[]) => decide({ metrics, mode: "ship", alpha: 0.05 });
    expect(ship(better, recall)).toMatchObject({ verdict: "cannot-tell", exit: 1 });
    const found = ship(better, { ...recall, isUntouched: true });
    expect(found).toMatchObject({ verdict: "better", exit: 0 });
    expect(found.metrics[1]).toMatchObject({ difference: 0, low: 0, high: 0, verdict: "unchanged" });
    const alone = { ...recall, isUntouched: true };
    expect(check(alone)).toMatchObject({ verdict: "no-worse", exit: 0 });
    expect(ship(alone)).toMatchObject({ exit: 1, reason: expect.stringMatching(/^Refused: no gain can be shown/) });
  });

  it("says how many examples would tell, and passes an undecided check where that is asked", () => {
    const unclear = right("f1", 60, 4, 4);
    const found = check(unclear);
    expect(found.reason).toMatch(/about [\d,]+ examples like these would tell\.$/);
    expect(found.metrics[0]?.needed).toBeGreaterThan(60);
    expect(found.metrics[0]?.detectable).toBeGreaterThan(0.1);
    expect(decide({ metrics: [unclear], mode: "check", undecided: "pass" })).toMatchObject({
      verdict: "cannot-tell",
      exit: 0,
    });
    const worse = right("cited", 200, 40, 5);
    expect(decide({ metrics: [worse], mode: "check", undecided: "pass" }).exit).toBe(1);
  });

  it("knows that less is better for latency, and keeps the sign as measured", () => {
    const pairs = Array.from({ length: 50 }, (_, index) => ({
      example: `${index}`,
      cluster: `${index}`,
      live: 200 + (index % 7),
      candidate: 300 + (index % 5),
    }));
    const latency = info("latency", { direction: "lower", unit: "ms", range: [0, null], margin: 20 });
    const found = check({ info: latency, pairs });
    expect(found.verdict).toBe("worse");
    expect(found.metrics[0]?.difference).toBeCloseTo(99, 0);
    expect(found.reason).toContain("latency +99");
  });

  it("cannot tell from nothing, one example, or one document", () => {
    for (const pairs of [right("f1", 0, 0, 0), right("f1", 1, 0, 1)]) {
      const found = check(pairs);
      expect(found).toMatchObject({ verdict: "cannot-tell", exit: 1 });
      expect(found.metrics[0]).toMatchObject({ low: null, high: null, detectable: null, needed: null });
    }
    const one = right("f1", 20, 0, 20);
    expect(check({ ...one, pairs: one.pairs.map((pair) => ({ ...pair, cluster: "d" })) }).verdict).toBe("cannot-tell");
  });

  it("takes a score that is no number as missing, never as 0", () => {
    const metric = right("form", 400, 1, 1);
    const holes = metric.pairs.map((pair, index) => (index % 2 === 0 ? { ...pair, candidate: Number.NaN } : pair));
    const [found] = check({ ...metric, pairs: holes }).metrics;
    expect(found?.difference).toBeCloseTo(1 / 200, 10);
  });
});

describe("ship", () => {
  const ship = (metrics: Measured[], rest: { look?: number; needsGain?: boolean } = {}) =>
    decide({ metrics, mode: "ship", ...rest });
  const steady = right("form", 400, 1, 1);

  it("wants a gain, unless that is waived", () => {
    expect(ship([steady])).toMatchObject({ verdict: "no-worse", exit: 1 });
    expect(ship([steady]).reason).toContain("no gain is shown");
    expect(ship([steady], { needsGain: false })).toMatchObject({ verdict: "no-worse", exit: 0 });
    expect(ship([steady, right("recall", 400, 2, 30)])).toMatchObject({ verdict: "better", exit: 0 });
  });

  it("refuses a gain that is bought with a loss, or that might be", () => {
    const gain = right("recall", 400, 2, 60);
    expect(ship([gain, right("cited", 400, 60, 5)])).toMatchObject({ verdict: "worse", exit: 1 });
    const unclear = ship([gain, right("cited", 60, 4, 4)]);
    expect(unclear).toMatchObject({ verdict: "cannot-tell", exit: 1 });
    expect(unclear.reason).toContain("cited lost less than 5 points");
  });

  it("asks for more with every look", () => {
    const small = right("recall", 400, 10, 27);
    expect(ship([small]).exit).toBe(0);
    expect(ship([small], { look: 8 }).exit).toBe(1);
    const first = ship([small]).metrics[0]?.detectable ?? 0;
    expect(ship([small], { look: 8 }).metrics[0]?.detectable).toBeGreaterThan(first);
  });

  it("divides what a gain may spend among the metrics that could bring it", () => {
    const small = right("recall", 400, 10, 24);
    expect(ship([small]).exit).toBe(0);
    const others = ["a", "b", "c"].map((name) => right(name, 400, 2, 2));
    expect(ship([small, ...others])).toMatchObject({ verdict: "no-worse", exit: 1 });
  });

  it("names no detectable gain where an equal release could not even show that it lost nothing", () => {
    const noisy = right("cited", 100, 10, 10);
    const found = ship([right("recall", 100, 5, 5), noisy]);
    expect(found.metrics.map(({ detectable }) => detectable)).toEqual([null, null]);
  });
});

describe("errors", () => {
  const result = (example: number, score: number | null): ExampleResult => ({
    example: `${example}`,
    release: "rel",
    turn: null,
    scores: score === null ? {} : { f1: score },
    error: score === null ? { code: "provider-failed", message: "no" } : null,
  });
  const compared = (live: (number | null)[], candidate: (number | null)[]) =>
    pairsOf({
      live: live.map((score, index) => result(index, score)),
      candidate: candidate.map((score, index) => result(index, score)),
      metrics: [info("f1")],
      clusterOf: (example) => example,
    });

  it("are missing in both releases and counted", () => {
    const { metrics, errors, examples } = compared([1, null, 0, 1], [1, 1, null, 1]);
    expect({ errors, examples }).toEqual({ errors: 2, examples: 4 });
    expect(metrics[0]?.pairs.map(({ example }) => example)).toEqual(["0", "3"]);
  });

  it("win nothing for the candidate that fails where it would have been wrong", () => {
    const live = Array.from({ length: 200 }, (_, index) => (index < 60 ? 0 : 1));
    const evasive = live.map((score, index) => (index < 50 ? null : index < 60 ? 1 : score));
    const { metrics } = compared(live, evasive);
    const found = decide({ metrics, mode: "ship" });
    expect(found).toMatchObject({ verdict: "worse", exit: 1 });
    expect(found.reason).toContain(answered.name);
    expect(decide({ metrics, mode: "check" }).verdict).toBe("worse");
  });

  it("are nothing to guard against when only live has them", () => {
    const live = Array.from({ length: 100 }, (_, index) => (index < 3 ? null : 1));
    const { metrics } = compared(
      live,
      live.map(() => 1),
    );
    expect(metrics[1]?.info).toMatchObject({ name: answered.name, isGuarded: false });
  });
});
