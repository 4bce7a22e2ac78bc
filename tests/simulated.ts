/** Live and candidate as they are drawn in simulations of the statistics (their slow tests, `bench/statistics.ts`). */
import { seededRandom } from "#stats";

export type Next = () => number;
type Scores = { live: number; candidate: number };
export type Draw = (next: Next) => Scores;

/** Right or wrong: live is right at `share`, the candidate at `share + gain`, correlated by `agreement`. */
export function binary(gain: number, { share = 0.8, agreement = 0.5 } = {}): Draw {
  const other = share + gain;
  const both = share * other + agreement * Math.sqrt(share * (1 - share) * other * (1 - other));
  return (next) => {
    const at = next();
    if (at < both) return { live: 1, candidate: 1 };
    if (at < share) return { live: 1, candidate: 0 };
    return { live: 0, candidate: at < share + other - both ? 1 : 0 };
  };
}

/** Scores with many ties, as token F1 has them: half of the examples score the same, the others lose `2 × loss`. */
export function graded(loss: number): Draw {
  return (next) => {
    const live = Math.sqrt(next());
    if (next() < 0.5) return { live, candidate: live };
    return { live, candidate: live + (next() - 0.5) * 0.6 - loss * 2 };
  };
}

/** Eight of ten examples score the same, the others lose 1/3 on average, small losses more often than great ones. */
export function lossy(): Draw {
  return (next) => ({ live: 1, candidate: next() < 0.8 ? 1 : 1 - next() ** 2 });
}

/** Log-normal values (σ 0.7) of a mean that is `factor` times as high for the candidate: latencies, costs. */
export function heavy(factor: number): Draw {
  return (next) => ({ live: Math.exp(0.7 * normal(next)), candidate: factor * Math.exp(0.7 * normal(next)) });
}

/** A normal difference with the mean 0. */
export function even(): Draw {
  return (next) => ({ live: 0, candidate: normal(next) });
}

function normal(next: Next): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export type Clustering = { sizes: (next: Next) => number; correlation: number };

export const alone: Clustering = { sizes: () => 1, correlation: 0 };

/** Sessions of 1 to 10 turns, or documents of 5 questions; differences inside one correlate by 0.5. */
export const sessions: Clustering = { sizes: (next) => 1 + Math.floor(next() * 10), correlation: 0.5 };
export const documents: Clustering = { sizes: () => 5, correlation: 0.5 };

/**
 * Examples in clusters. Each example takes its cluster's own draw with probability √correlation, else a fresh one: the
 * mean stays, and two examples of a cluster correlate as said.
 */
export function draw(
  one: Draw,
  { sizes, correlation }: Clustering,
  next: Next,
  examples: number,
): (Scores & { example: string; cluster: string })[] {
  const share = Math.sqrt(correlation);
  const found: (Scores & { example: string; cluster: string })[] = [];
  for (let cluster = 0; found.length < examples; cluster++) {
    const shared = one(next);
    for (let left = sizes(next); left > 0 && found.length < examples; left--) {
      const scores = share > 0 && next() < share ? shared : one(next);
      found.push({ ...scores, example: `${found.length}`, cluster: `${cluster}` });
    }
  }
  return found;
}

export type Case = { name: string; draw: Draw; truth: number; range: [number, number | null]; clustering: Clustering };

/** What intervals must cover: tied, skewed, one-sided and even differences, alone and in clusters. */
export const cases: readonly Case[] = [alone, documents, sessions].flatMap((clustering) => {
  const where = clustering === alone ? "" : clustering === documents ? ", documents" : ", sessions";
  const share: [number, number] = [0, 1];
  const free: [number, null] = [0, null];
  return [
    { name: `right or wrong, equal${where}`, draw: binary(0), truth: 0, range: share, clustering },
    { name: `right or wrong, 10 points more${where}`, draw: binary(0.1), truth: 0.1, range: share, clustering },
    { name: `graded, half tied${where}`, draw: graded(0), truth: 0, range: share, clustering },
    { name: `graded, 80 % tied, losses only${where}`, draw: lossy(), truth: -0.2 / 3, range: share, clustering },
    { name: `log-normal, 30 % more${where}`, draw: heavy(1.3), truth: 0.3 * Math.exp(0.245), range: free, clustering },
    { name: `normal${where}`, draw: even(), truth: 0, range: free, clustering },
  ];
});

/** Of `samples` of a case, the shares whose interval lies wholly above, and wholly below, the true mean. */
export function missed(
  { draw: one, truth, clustering }: Case,
  examples: number,
  samples: number,
  intervalOf: (pairs: (Scores & { cluster: string })[], next: Next) => { low: number; high: number } | null,
): { above: number; below: number } {
  const next = seededRandom(5);
  let above = 0;
  let below = 0;
  for (let sample = 0; sample < samples; sample++) {
    const interval = intervalOf(draw(one, clustering, next, examples), next);
    if (interval === null) continue;
    if (interval.low > truth + 1e-12) above++;
    if (interval.high < truth - 1e-12) below++;
  }
  return { above: above / samples, below: below / samples };
}
