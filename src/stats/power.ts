import { studentQuantile, studentUpper } from "./distributions.ts";
import { moments, type Sample } from "./interval.ts";

/** What power depends on: how many examples, how many of them are independent, how much one example's difference varies. */
export type Design = {
  readonly examples: number;
  /** Degrees of freedom that the interval has. */
  readonly degrees: number;
  /** Variance of the mean × examples, where the true difference is as given: clusters and anchors are in it. */
  readonly variance: (difference: number) => number;
  /** Share of examples without a difference; the interval's centre is drawn to 0 where it is high. */
  readonly piled: number;
  /** Largest difference that can be; null: no limit. */
  readonly width: number | null;
};

/** What is to be shown: that the true difference is above −`margin`, when a bound may be wrong with probability `tail`. */
export type Question = { readonly tail: number; readonly margin?: number };

/** The power that "can show" means, everywhere. */
export const namedPower = 0.8;

/**
 * What is assumed about a metric from 0 to 1 before there is data: right or wrong, right at `share`, and how much the two
 * releases agree beyond chance (correlation). Between scores of one cluster's differences: `within`.
 */
export const assumed = { share: 0.8, agreement: 0.5, within: 0.1 } as const;

/** The design of a dataset that was not asked yet, by {@link assumed} values; `sizes` are the clusters' (none: all 1). */
export function foreseen(
  examples: number,
  {
    sizes = [],
    share = assumed.share,
    agreement = assumed.agreement,
    within = assumed.within,
    width = 1,
  }: { sizes?: readonly number[]; share?: number; agreement?: number; within?: number; width?: number } = {},
): Design {
  const sum = (load: (size: number) => number) =>
    sizes.length === 0 ? examples * load(1) : sizes.reduce((total, size) => total + load(size), 0);
  // Kish's design effect with unequal clusters: 1 + (Σm²/Σm − 1) ρ.
  const effect = 1 + (sum((size) => size * size) / sum((size) => size) - 1) * within;
  const load = (size: number) => size * (1 + (size - 1) * 0.5);
  const degrees = Math.max(1, sum(load) ** 2 / sum((size) => load(size) ** 2) - 1);
  const one = (difference: number) => {
    const candidate = Math.min(1, share + difference / width);
    const [a, b] = [share * (1 - share), candidate * (1 - candidate)];
    return a + b - 2 * agreement * Math.sqrt(a * b);
  };
  const piled = Math.max(0, 1 - one(0));
  const shrink = examples / (examples + 2 * piled);
  return {
    examples,
    degrees,
    piled,
    // Sharing more than the smaller share allows is impossible: disagreement is at least the difference itself.
    variance: (difference) => {
      const least = (Math.abs(difference) / width) * (1 - Math.abs(difference) / width);
      return (Math.max(one(difference), least) * effect + (2 * piled) / examples) * shrink ** 2 * width ** 2;
    },
    // Half the width: beyond, the two shares cannot be as assumed.
    width: width * Math.max(share, 1 - share),
  };
}

/** The design that pairs seen already stand for: another sample like them, of the same size. */
export function designOf(sample: Sample): Design {
  const { error, degrees } = moments(sample, 0.025);
  const seen = error ** 2 * sample.examples;
  const [least, most] = sample.range;
  const width = least === null || most === null ? null : (most - least) / 2;
  // Right or wrong: a difference δ needs at least δ of the examples to differ, whatever the pilot saw.
  const isBinary = width === 1 && sample.anchors[1] === 1 && sample.sums.every(Number.isInteger);
  return {
    examples: sample.examples,
    degrees,
    piled: sample.piled,
    variance: (difference) => (isBinary ? Math.max(seen, Math.abs(difference) * (1 - Math.abs(difference))) : seen),
    width,
  };
}

/** The probability that the question is answered with yes when `difference` is true (towards better: positive). */
export function powerOf(design: Design, difference: number, { tail, margin = 0 }: Question): number {
  const { examples, degrees, piled } = design;
  const error = Math.sqrt(design.variance(difference) / examples);
  const centre = (difference * examples) / (examples + 2 * piled);
  if (error === 0) return centre > -margin ? 1 : 0;
  // Whole degrees are near enough here, and their quantiles are known already.
  const whole = Math.max(1, Math.round(degrees));
  return studentUpper(studentQuantile(tail, whole) - (centre + margin) / error, whole);
}

/** The smallest true difference for which the answer is yes with probability `power`; null where no difference is enough. */
export function detectable(design: Design, question: Question, power: number = namedPower): number | null {
  if (design.examples < 2 || power >= 1) return null;
  const enough = (difference: number) => powerOf(design, difference, question) >= power;
  let high = design.width ?? Math.sqrt(design.variance(0)) + Number.EPSILON;
  if (design.width === null) for (let tries = 0; !enough(high) && tries < 60; tries++) high *= 2;
  if (!enough(high)) return null;
  let low = -(question.margin ?? 0);
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Examples with which the answer is yes with probability `power`, when `difference` is true and examples stay alike; null
 * where the difference is not on the right side of −margin, or a hundred million are not enough.
 */
export function needed(
  design: Design,
  difference: number,
  question: Question,
  power: number = namedPower,
): number | null {
  if (difference + (question.margin ?? 0) <= 0 || design.examples < 2) return null;
  const perExample = (design.degrees + 1) / design.examples;
  const enough = (examples: number) =>
    powerOf({ ...design, examples, degrees: Math.max(1, examples * perExample - 1) }, difference, question) >= power;
  let high = 2;
  while (!enough(high)) {
    high *= 2;
    if (high > 1e8) return null;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
