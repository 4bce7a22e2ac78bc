/** Candidates of a known truth at the gate: what `decide` ships of them (its slow test, `bench/statistics.ts`). */
import type { MetricInfo } from "#schema";
import { decide, type Measured } from "#ship";
import { seededRandom } from "#stats";
import { alone, binary, type Clustering, type Draw, documents, draw, graded, type Next } from "./simulated.ts";

/** Candidates per simulation. */
export const runs = 2000;

export function metric(name: string, margin: number): MetricInfo {
  return { name, direction: "higher", unit: "share", range: [0, 1], margin, component: "answer", isGuarded: true };
}

export type Truth = { info: MetricInfo; draw: Draw };

export type Setting = {
  examples?: number;
  clustering?: Clustering;
  look?: number;
  /** Looks, from `look` on, until it is shipped; each at fresh examples. */
  looks?: number;
  needsGain?: boolean;
};

/** The share of candidates that are shipped. */
export function shipped(
  truths: readonly Truth[],
  { examples = 200, clustering = alone, look = 1, looks = 1, needsGain = true }: Setting = {},
): number {
  const next = seededRandom(7);
  let count = 0;
  for (let candidate = 0; candidate < runs; candidate++) {
    let isLive = false;
    for (let at = look; at < look + looks && !isLive; at++) {
      const metrics = measured(truths, next, examples, clustering);
      isLive = decide({ metrics, mode: "ship", look: at, needsGain, draws: 9 }).exit === 0;
    }
    if (isLive) count++;
  }
  return count / runs;
}

export function measured(
  truths: readonly Truth[],
  next: Next,
  examples: number,
  clustering: Clustering = alone,
): Measured[] {
  return truths.map((truth) => ({ info: truth.info, pairs: draw(truth.draw, clustering, next, examples) }));
}

const equal = [{ info: metric("right", 0.15), draw: binary(0) }];
const threeEqual = [
  ...equal,
  { info: metric("form", 0.15), draw: binary(0, { share: 0.9 }) },
  { info: metric("f1", 0.15), draw: graded(0) },
];
const gain = { info: metric("right", 0.1), draw: binary(0.18, { agreement: 0.2 }) };
const lossOf = (one: Draw) => [gain, { info: metric("other", 0.05), draw: one }];
const loss = lossOf(binary(-0.05));
const rareLoss = lossOf(binary(-0.05, { share: 0.99, agreement: 0.1 }));
const gradedLoss = lossOf(graded(0.05));

/** What a gate of 5 % may ship in at most 5 of 100 cases. */
export const unshippable: readonly { name: string; truths: readonly Truth[]; setting: Setting }[] = [
  { name: "equal", truths: equal, setting: {} },
  { name: "equal, documents of 5", truths: equal, setting: { clustering: documents } },
  { name: "equal, three metrics", truths: threeEqual, setting: {} },
  { name: "equal, three metrics, documents of 5", truths: threeEqual, setting: { clustering: documents } },
  { name: "18 points more, another metric worse by its margin", truths: loss, setting: {} },
  {
    name: "18 points more, another worse by its margin, documents of 5",
    truths: loss,
    setting: { clustering: documents },
  },
  { name: "18 points more, rare failures up by the margin", truths: rareLoss, setting: {} },
  {
    name: "18 points more, rare failures up by the margin, documents of 5",
    truths: rareLoss,
    setting: { clustering: documents },
  },
  { name: "18 points more, graded metric worse by its margin", truths: gradedLoss, setting: {} },
  {
    name: "18 points more, graded metric worse by its margin, documents of 5",
    truths: gradedLoss,
    setting: { clustering: documents },
  },
  {
    name: "worse by its margin, no gain asked",
    truths: [{ info: metric("right", 0.05), draw: binary(-0.05) }],
    setting: { needsGain: false },
  },
  { name: "equal, looked at 20 times on fresh examples", truths: equal, setting: { examples: 100, looks: 20 } },
  {
    name: "18 points more, another worse by its margin, 20 looks on fresh examples",
    truths: loss,
    setting: { examples: 100, looks: 20 },
  },
];
