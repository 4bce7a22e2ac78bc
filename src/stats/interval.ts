import { studentQuantile } from "./distributions.ts";

/** One example's value; values of one cluster (a session, a document) may resemble each other. */
export type Observation = { readonly value: number; readonly cluster: string };

/** One metric of one example by two releases. */
export type Pair = { readonly live: number; readonly candidate: number; readonly cluster: string };

/** Least and greatest value of a metric; null where there is no limit. */
export type Range = readonly [number | null, number | null];

/**
 * What an interval of a mean is made of. `anchors` are the two values that stand for what was not seen, `piled` is the
 * share of values at the commonest ones, on which it depends whether anchors are needed.
 */
export type Sample = {
  readonly examples: number;
  readonly mean: number;
  /** Of each cluster: the sum of its values, and how many they are. */
  readonly sums: Float64Array;
  readonly sizes: Float64Array;
  readonly anchors: readonly [number, number];
  /** The anchors are the range's ends: more of them draw bounds together instead of apart. */
  readonly isBetween: boolean;
  readonly piled: number;
  /** How many values are off the commonest, and how many of them come as one: 1 when clusters mean nothing. */
  readonly away: number;
  readonly clump: number;
  readonly range: Range;
};

export type Bounds = { readonly low: number; readonly high: number };

/** Candidate − live. Most values are often exactly 0: then what was not seen is a difference of the largest size seen. */
export function differences(pairs: readonly Pair[], range: Range = [null, null]): Sample {
  const values = pairs.map(({ live, candidate, cluster }) => ({ value: candidate - live, cluster }));
  const width = range[0] === null || range[1] === null ? null : range[1] - range[0];
  const away = values.filter(({ value }) => value !== 0).length;
  const largest = values.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
  // Nothing ever differed: the size of a difference is not known, so it is as large as the metric allows.
  const unseen = away > 0 ? largest : (width ?? pairs.reduce((most, { live }) => Math.max(most, Math.abs(live)), 0));
  return sampleOf(values, {
    anchors: [-unseen, unseen],
    isBetween: false,
    piled: values.length === 0 ? 0 : 1 - away / values.length,
    pile: 0,
    range: width === null ? [null, null] : [-width, width],
  });
}

/** One release's values. Values piled up at the ends of the range (right or wrong) are what needs care here. */
export function single(values: readonly Observation[], range: Range = [null, null]): Sample {
  const at = (end: number | null) => (end === null ? 0 : values.filter(({ value }) => value === end).length);
  const [low, high] = range;
  const [least, most] = [at(low), at(high)];
  const isBounded = low !== null && high !== null && values.length > 0;
  return sampleOf(values, {
    anchors: isBounded ? [low, high] : [0, 0],
    isBetween: isBounded,
    piled: isBounded ? (least + most) / values.length : 0,
    pile: (least > most ? low : high) ?? 0,
    range,
  });
}

function sampleOf(
  values: readonly Observation[],
  { pile, ...rest }: Pick<Sample, "anchors" | "isBetween" | "piled" | "range"> & { pile: number },
): Sample {
  const indexOf = new Map<string, number>();
  const at = values.map(({ cluster }) => {
    const known = indexOf.get(cluster);
    if (known !== undefined) return known;
    indexOf.set(cluster, indexOf.size);
    return indexOf.size - 1;
  });
  const sums = new Float64Array(indexOf.size);
  const sizes = new Float64Array(indexOf.size);
  let total = 0;
  let away = 0;
  let squares = 0;
  values.forEach(({ value }, index) => {
    const cluster = at[index] ?? 0;
    sums[cluster] = (sums[cluster] ?? 0) + value;
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
    total += value;
    squares += (value - pile) ** 2;
    if (value !== pile) away++;
  });
  // Two more values in the clumps that are assumed: where none is off the pile, nothing else is known.
  const assumedClump = 1 + (crowd(sizes, values.length) - 1) * assumedCorrelation;
  const prior = away === 0 ? 1 : (2 * squares) / away;
  const together = sums.reduce((sum, value, index) => sum + (value - (sizes[index] ?? 0) * pile) ** 2, 0);
  const clump = Math.max(1, (together + assumedClump * prior) / (squares + prior));
  return { examples: values.length, mean: total / values.length, sums, sizes, away, clump, ...rest };
}

/** The size of the cluster that the average example is in: Σm² / Σm. */
function crowd(sizes: Float64Array, examples: number): number {
  return examples === 0 ? 1 : sizes.reduce((sum, size) => sum + size * size, 0) / examples;
}

/** How alike values of a cluster are taken to be where degrees of freedom are counted (intra-cluster correlation). */
const assumedCorrelation = 0.5;

/** From about here on Student's distribution is the normal one. */
const normalDegrees = 1e6;

/** Estimated skewness is pulled to 0 by degrees / (degrees + this): from few clusters it is mostly noise. */
const skewnessDoubt = 10;

/**
 * Centre, standard error, degrees of freedom and skewness of a mean, for bounds at one tail.
 *
 * The variance is cluster-robust, CR2 (Bell and McCaffrey 2002), degrees of freedom after Satterthwaite. Where values
 * pile up, k clusters of `clump` values are added at each anchor: 1 as Bonett and Price (2012) do for paired shares, and more with fewer
 * values away from the pile, t²/2 with none. Then the bound is z²/n, that of the score interval (Tango 1998): a sample
 * without disagreement does not claim certainty. Of a share itself the anchors are 0 and 1, and as many as Agresti and Coull
 * (1998) add, z²/2 at most: with Student's t of few examples they would outweigh what was seen.
 */
export function moments(
  { examples, sums, sizes, anchors, isBetween, piled, away, clump }: Sample,
  tail: number,
): { centre: number; error: number; degrees: number; skewness: number; weight: number } {
  let plain = 0;
  let squares = 0;
  for (const size of sizes) {
    const share = size * (1 + (size - 1) * assumedCorrelation);
    plain += share;
    squares += share * share;
  }
  const first = studentQuantile(tail, isBetween ? normalDegrees : Math.max(1, (plain * plain) / squares - 1));
  const added = piled * Math.max(1, (first * first) / 2 / (1 + away / clump / 8));
  const total = examples + 2 * added * clump;
  let centre = added * clump * (anchors[0] + anchors[1]);
  for (const sum of sums) centre += sum;
  centre /= total;

  let robust = 0;
  let second = 0;
  let third = 0;
  sums.forEach((sum, index) => {
    const size = sizes[index] ?? 0;
    const residual = sum - size * centre;
    robust += residual ** 2 / (1 - size / total);
    second += residual ** 2;
    third += residual ** 3; // the anchors tell nothing about skewness: they stay out of it
  });
  for (const anchor of added > 0 ? anchors : []) {
    const square = (clump * (anchor - centre)) ** 2;
    robust += (added * square) / (1 - clump / total);
    second += added * square;
  }
  const weight = sums.length + 2 * added;
  const load = clump * (1 + (clump - 1) * assumedCorrelation);
  const degrees = Math.max(1, (plain + 2 * added * load) ** 2 / (squares + 2 * added * load * load) - 1);
  const bare = second > 0 ? third / weight / (second / weight) ** 1.5 : 0;
  const unbiased = weight > 2 ? Math.sqrt(weight * (weight - 1)) / (weight - 2) : 0;
  const skewness = (bare * unbiased * degrees) / (degrees + skewnessDoubt);
  return { centre, error: Math.sqrt(robust) / total, degrees, skewness, weight };
}

/**
 * Bounds that the true mean lies below `low`, and above `high`, with probability `tail` each; 0.025 is the 95 %
 * interval. Null with fewer than two clusters: nothing tells then how much they differ.
 *
 * Student's t corrected for skewness (Hall 1992), which is what the studentised bootstrap comes to in the second
 * order, but needs no resampling, holds far out in the tail, and covers better with few clusters and many ties
 * (docs/statistics.md has the simulation).
 */
export function bounds(sample: Sample, tail = 0.025): Bounds | null {
  if (sample.sums.length < 2) return null;
  const { centre, error, degrees, skewness, weight } = moments(sample, tail);
  const t = studentQuantile(tail, degrees);
  const [least, most] = sample.range;
  const low = centre - error * unskewed(t, skewness, weight);
  const high = centre - error * unskewed(-t, skewness, weight);
  // Of a handful of equal values the anchors draw the centre away: what was seen is never shown as ruled out.
  return {
    low: Math.max(Math.min(low, sample.mean), least ?? low),
    high: Math.min(Math.max(high, sample.mean), most ?? high),
  };
}

/** The inverse of Hall's transformation g(T) = T + (γ/√n)(T²/3 + 1/6) + γ²T³/(27 n). */
function unskewed(t: number, skewness: number, n: number): number {
  const step = skewness / (3 * Math.sqrt(n));
  if (Math.abs(step) < 1e-8) return t;
  return (Math.cbrt(1 + 3 * step * (t - skewness / (6 * Math.sqrt(n)))) - 1) / step;
}
