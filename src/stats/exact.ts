import { seededRandom } from "./summary.ts";

/** Clusters up to which all 2^n signs are tried. */
const enumerated = 14;

/**
 * Two-sided paired test by sign flips: were live and candidate the same, each cluster's sum of differences could as
 * well have the other sign. The probability of a sum at least as far from 0 as the one seen (Fisher 1935; Dwass 1957).
 *
 * Exact for whole-numbered sums (every metric of 0 and 1: by the distribution of the sum; single examples give McNemar's
 * exact test) and up to 14 clusters that differ (all signs). Else `draws` seeded flips with the +1 of Phipson and Smyth
 * (2010), so it is never 0. `sums`: one number per cluster.
 */
export function signFlipTest(
  sums: ArrayLike<number>,
  { draws = 9_999, seed = 1 }: { draws?: number; seed?: number } = {},
): { p: number; isExact: boolean } {
  const sizes = Array.from(sums, Math.abs).filter((size) => size > 0);
  const seen = Math.abs(Array.from(sums).reduce((total, sum) => total + sum, 0));
  const most = sizes.reduce((total, size) => total + size, 0);
  if (sizes.length === 0) return { p: 1, isExact: true };
  if (sizes.every(Number.isInteger) && most * sizes.length < 1e7) {
    return { p: byDistribution(sizes, seen, most), isExact: true };
  }
  const isFar = (sum: number) => Math.abs(sum) >= seen - 1e-9 * most; // sums of the same numbers differ by rounding
  if (sizes.length <= enumerated) return { p: byEnumeration(sizes, isFar), isExact: true };
  const next = seededRandom(seed);
  let far = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    let bits = 0;
    for (let index = 0; index < sizes.length; index++) {
      if (index % 30 === 0) bits = Math.floor(next() * 2 ** 30);
      sum += bits & (1 << (index % 30)) ? (sizes[index] ?? 0) : -(sizes[index] ?? 0);
    }
    if (isFar(sum)) far++;
  }
  return { p: (far + 1) / (draws + 1), isExact: false };
}

/** P(|Σ ±size| ≥ seen) by convolution: `chance[s]` is that of the chosen sizes adding up to s; the sum is 2s − most. */
function byDistribution(sizes: readonly number[], seen: number, most: number): number {
  const chance = new Float64Array(most + 1);
  chance[0] = 1;
  let reach = 0;
  for (const size of sizes) {
    reach += size;
    for (let sum = reach; sum >= 0; sum--) {
      chance[sum] = ((chance[sum] ?? 0) + (sum >= size ? (chance[sum - size] ?? 0) : 0)) / 2;
    }
  }
  return Math.min(
    1,
    chance.reduce((total, value, sum) => (Math.abs(2 * sum - most) >= seen ? total + value : total), 0),
  );
}

function byEnumeration(sizes: readonly number[], isFar: (sum: number) => boolean): number {
  let far = 0;
  for (let signs = 0; signs < 2 ** sizes.length; signs++) {
    if (isFar(sizes.reduce((sum, size, index) => sum + (signs & (1 << index) ? size : -size), 0))) far++;
  }
  return far / 2 ** sizes.length;
}
