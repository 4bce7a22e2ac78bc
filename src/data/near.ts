/**
 * Texts that say nearly the same, in bunches: Jaccard similarity of their words and pairs of words is at least
 * `threshold`. Each text is compared with the first of each bunch, and only with those that share one of its rarest
 * features: two sets of n and m features can only be that similar if the first n − ⌈threshold·n⌉ + 1 of them, in one
 * common order, meet (prefix filter: Chaudhuri, Ganti, Kaushik 2006). Rare features first makes that cheap.
 *
 * @returns lists of indices, each with two or more, in the order of their first
 */
export function nearlySame(texts: readonly string[], threshold = 0.8): number[][] {
  const features = texts.map(featuresOf);
  const frequency = new Map<string, number>();
  for (const set of features) for (const feature of set) frequency.set(feature, (frequency.get(feature) ?? 0) + 1);
  const rarest = (a: string, b: string) => (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : 1);

  const bunches: { first: ReadonlySet<string>; members: number[] }[] = [];
  const index = new Map<string, number[]>();
  for (const [at, set] of features.entries()) {
    if (set.size === 0) continue;
    const prefix = [...set].sort(rarest).slice(0, set.size - Math.ceil(threshold * set.size) + 1);
    const candidates = new Set(prefix.flatMap((feature) => index.get(feature) ?? []));
    const found = [...candidates]
      .map((candidate) => bunches[candidate])
      .find((bunch) => bunch && jaccard(bunch.first, set) >= threshold);
    if (found) {
      found.members.push(at);
      continue;
    }
    const bunch = bunches.push({ first: set, members: [at] }) - 1;
    for (const feature of prefix) {
      const known = index.get(feature);
      if (known) known.push(bunch);
      else index.set(feature, [bunch]);
    }
  }
  return bunches.map(({ members }) => members).filter((members) => members.length > 1);
}

function featuresOf(text: string): Set<string> {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)]);
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const feature of a) if (b.has(feature)) both += 1;
  return both / (a.size + b.size - both);
}
