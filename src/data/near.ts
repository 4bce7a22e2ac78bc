/**
 * Texts that say nearly the same, in bunches: Jaccard similarity of their words and pairs of words is at least
 * `threshold`. Each text is compared with the first of each bunch, and only with those that share one of its rarest
 * features: two sets of n and m features can only be that similar if the first n − ⌈threshold·n⌉ + 1 of them, in one
 * common order, meet (prefix filter: Chaudhuri, Ganti, Kaushik 2006). Rare features first makes that cheap.
 *
 * @returns lists of indices, each with two or more, in the order of their first
 */
export function nearlySame(texts: readonly string[], threshold = 0.8): number[][] {
  const bunches: { first: readonly number[]; members: number[] }[] = [];
  const index = new Map<number, number[]>();
  for (const [at, features] of rankedFeatures(texts).entries()) {
    if (features.length === 0) continue;
    const prefix = features.slice(0, features.length - Math.ceil(threshold * features.length) + 1);
    const candidates = new Set(prefix.flatMap((feature) => index.get(feature) ?? []));
    const found = [...candidates]
      .map((candidate) => bunches[candidate])
      .find((bunch) => bunch && areSimilar(bunch.first, features, threshold));
    if (found) {
      found.members.push(at);
      continue;
    }
    const bunch = bunches.push({ first: features, members: [at] }) - 1;
    for (const feature of prefix) {
      const known = index.get(feature);
      if (known) known.push(bunch);
      else index.set(feature, [bunch]);
    }
  }
  return bunches.map(({ members }) => members).filter((members) => members.length > 1);
}

/** Each text's features as numbers, ascending; the rarer a feature is in all texts, the smaller its number. */
function rankedFeatures(texts: readonly string[]): number[][] {
  const sets = texts.map(featuresOf);
  const frequency = new Map<string, number>();
  for (const set of sets) for (const feature of set) frequency.set(feature, (frequency.get(feature) ?? 0) + 1);
  const order = [...frequency].sort(([a, timesA], [b, timesB]) => timesA - timesB || (a < b ? -1 : 1));
  const ranks = new Map(order.map(([feature], rank) => [feature, rank]));
  return sets.map((set) => [...set].map((feature) => ranks.get(feature) ?? 0).sort((a, b) => a - b));
}

function featuresOf(text: string): Set<string> {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)]);
}

/** Whether two ascending lists have a Jaccard similarity of `threshold`; stops where that is out of reach. */
function areSimilar(a: readonly number[], b: readonly number[], threshold: number): boolean {
  const needed = (threshold / (1 + threshold)) * (a.length + b.length) - 1e-9; // a rounding error is no difference
  let both = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (both + Math.min(a.length - i, b.length - j) < needed) return false;
    const [x = 0, y = 0] = [a[i], b[j]];
    if (x === y) both += 1;
    if (x <= y) i += 1;
    if (y <= x) j += 1;
  }
  return both >= needed;
}
