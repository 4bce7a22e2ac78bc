import { maximise } from "./newton.ts";

/** One thumb: who gave it to a turn of which release. */
export type Thumb = { release: string; rater: string; isUp: boolean };

export type Leniency = {
  /** Best first. Log-odds of a thumb up from the average rater, its standard error, and the share with its interval. */
  releases: {
    release: string;
    thumbs: number;
    raw: number;
    quality: number;
    error: number;
    corrected: number;
    low: number;
    high: number;
  }[];
  /** Most thumbs first. `leniency`: log-odds beyond what the releases explain, shrunk towards none. */
  raters: { rater: string; thumbs: number; up: number; leniency: number }[];
  /** How far raters differ, in log-odds. */
  spread: number;
};

/** Of the normal prior of a release's log-odds: wide, but a release with thumbs up only has a finite quality. */
const qualitySd = 3;
/** Two-sided 95 % of the normal distribution. */
const z95 = 1.959963984540054;

/**
 * What thumbs say of each release as the average rater would give them: logit P(up) = quality(release) +
 * leniency(rater), leniency normal about none with a spread that the thumbs tell (the Rasch model, fitted by marginal
 * maximum likelihood: Bock and Aitkin 1981). The integral over each rater's leniency is taken around its mode, which
 * penalised IRLS finds (Pinheiro and Bates 1995). Priors: quality normal (sd 3); spread gamma with shape 2, rate 1, which
 * keeps it off zero (Chung et al. 2013). The interval is the delta method's on the log-odds, the spread's own
 * uncertainty counted.
 *
 * Raw shares mislead where lenient people try one release and strict ones another. What this cannot tell apart: releases
 * that no rater has in common differ by their raters as much as by themselves; their intervals are wide then.
 */
export function estimateLeniency(thumbs: readonly Thumb[]): Leniency {
  const releases = [...new Set(thumbs.map(({ release }) => release))].sort();
  const raters = ratersOf(thumbs, releases);
  // Raters with the same counts have the same integral: many who gave one thumb each cost as much as a few.
  const alike = [...Map.groupBy(raters, ({ cells }) => JSON.stringify(cells)).values()];
  if (releases.length === 0) return { releases: [], raters: [], spread: 0 };

  const logPosterior = (at: readonly number[]) => {
    const qualities = at.slice(0, releases.length);
    const logSpread = at.at(-1)!;
    const spread = Math.exp(logSpread);
    let value = 2 * logSpread - spread; // gamma(2, 1) of the spread, as a density of its logarithm
    const gradient: number[] = [...qualities.map((quality) => -quality / qualitySd ** 2), 2 - spread];
    for (const quality of qualities) value -= quality ** 2 / (2 * qualitySd ** 2);
    for (const group of alike) {
      const { cells } = group[0]!;
      const { logMarginal, score, scoreOfSpread } = integrate(cells, qualities, spread);
      value += group.length * logMarginal;
      cells.forEach(({ release }, i) => {
        gradient[release]! += group.length * score[i]!;
      });
      gradient[releases.length]! += group.length * scoreOfSpread;
    }
    return { value, gradient };
  };

  const { at, covariance } = maximise(logPosterior, [...releases.map(() => 0), 0]);
  const spread = Math.exp(at.at(-1)!);
  return {
    releases: releases
      .map((release, i) => {
        const given = thumbs.filter((thumb) => thumb.release === release);
        const quality = at[i]!;
        const error = Math.sqrt(covariance[i]![i]!);
        return {
          release,
          thumbs: given.length,
          raw: given.filter(({ isUp }) => isUp).length / given.length,
          quality,
          error,
          corrected: logistic(quality),
          low: logistic(quality - z95 * error),
          high: logistic(quality + z95 * error),
        };
      })
      .sort((a, b) => b.quality - a.quality || (a.release < b.release ? -1 : 1)),
    raters: raters
      .map((rater) => {
        const count = rater.cells.reduce((sum, cell) => sum + cell.thumbs, 0);
        const up = rater.cells.reduce((sum, cell) => sum + cell.up, 0) / count;
        return { rater: rater.name, thumbs: count, up, leniency: integrate(rater.cells, at, spread).meanLeniency };
      })
      .sort((a, b) => b.thumbs - a.thumbs || (a.rater < b.rater ? -1 : 1)),
    spread,
  };
}

/** A rater's thumbs, counted by release (an index). */
type Rater = { name: string; cells: { release: number; thumbs: number; up: number }[] };

function ratersOf(thumbs: readonly Thumb[], releases: readonly string[]): Rater[] {
  const index = new Map(releases.map((release, i) => [release, i]));
  return [...Map.groupBy(thumbs, ({ rater }) => rater)].map(([name, given]) => ({
    name,
    cells: [...Map.groupBy(given, ({ release }) => index.get(release)!)]
      .map(([release, cell]) => ({
        release,
        thumbs: cell.length,
        up: cell.filter(({ isUp }) => isUp).length,
      }))
      .sort((a, b) => a.release - b.release),
  }));
}

/** Places of the trapezoid rule in standard deviations about the mode: exact to the last digits for a smooth peak. */
const places = Array.from({ length: 41 }, (_, i) => (i - 20) / 2);

/** A rater's likelihood with the leniency integrated out, and its derivatives (Fisher's identity). */
function integrate(cells: Rater["cells"], qualities: readonly number[], spread: number) {
  const { mode, sd } = modeOf(cells, qualities, spread);
  const score = cells.map(() => 0);
  let total = 0;
  let square = 0;
  let sum = 0;
  const top = logJoint(cells, qualities, spread, mode);
  for (const place of places) {
    const leniency = mode + place * sd;
    const weight = Math.exp(logJoint(cells, qualities, spread, leniency) - top);
    total += weight;
    sum += weight * leniency;
    square += weight * leniency ** 2;
    cells.forEach(({ release, thumbs, up }, i) => {
      score[i]! += weight * (up - thumbs * logistic(qualities[release]! + leniency));
    });
  }
  return {
    logMarginal: top + Math.log((total * sd) / 2),
    score: score.map((one) => one / total),
    scoreOfSpread: square / total / spread ** 2 - 1,
    meanLeniency: sum / total,
  };
}

function logJoint(cells: Rater["cells"], qualities: readonly number[], spread: number, leniency: number): number {
  let value = -(leniency ** 2) / (2 * spread ** 2) - Math.log(spread) - 0.5 * Math.log(2 * Math.PI);
  for (const { release, thumbs, up } of cells) {
    const logit = qualities[release]! + leniency;
    value += up * logit - thumbs * softplus(logit);
  }
  return value;
}

/** The most likely leniency given everything else: penalised IRLS; the function is concave. */
function modeOf(cells: Rater["cells"], qualities: readonly number[], spread: number): { mode: number; sd: number } {
  let mode = 0;
  let curvature = 1 / spread ** 2;
  for (let step = 0; step < 100; step++) {
    let slope = -mode / spread ** 2;
    curvature = 1 / spread ** 2;
    for (const { release, thumbs, up } of cells) {
      const p = logistic(qualities[release]! + mode);
      slope += up - thumbs * p;
      curvature += thumbs * p * (1 - p);
    }
    // Far out the logistic curve is flat and a whole step would overshoot.
    const change = Math.max(-1, Math.min(1, slope / curvature));
    mode += change;
    if (Math.abs(change) < 1e-12) break;
  }
  return { mode, sd: 1 / Math.sqrt(curvature) };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** ln(1 + eˣ) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
