export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0) / values.length;
}

/** The p-th percentile (0 to 100), linear between neighbours (type 7 of Hyndman and Fan 1996, as NumPy). NaN for none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (Math.min(100, Math.max(0, p)) / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export type Interval = { mean: number; low: number; high: number };

/**
 * Percentile bootstrap interval of a mean (Efron 1979): `resamples` means of values drawn with replacement. The same
 * seed gives the same interval. Wants some 20 values or more to be worth its name.
 */
export function bootstrapMean(
  values: readonly number[],
  { level = 0.95, resamples = 2000, seed = 1 }: { level?: number; resamples?: number; seed?: number } = {},
): Interval {
  const next = seededRandom(seed);
  const means = Array.from({ length: resamples }, () => {
    let total = 0;
    for (let index = 0; index < values.length; index++) total += values[Math.floor(next() * values.length)] ?? 0;
    return total / values.length;
  });
  const tail = ((1 - level) / 2) * 100;
  return { mean: mean(values), low: percentile(means, tail), high: percentile(means, 100 - tail) };
}

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
