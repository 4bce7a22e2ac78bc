import { sha256 } from "#kernel";
import type { Split } from "#schema";

/** Shares of the examples that come without a split. */
export const shares: readonly (readonly [Split, number])[] = [
  ["development", 0.5],
  ["gate", 0.25],
  ["report", 0.25],
];

/** How far a split may be from its share, as a share of all, before the cut is moved. */
const tolerance = 0.05;

/** What must be told of an example to place it. `keys` are what may stand in one split only: its groups, its question. */
export type Placed = { keys: readonly { name: string; as: string }[]; split?: Split | undefined; at: string };

/**
 * A split for every item, so that no key is in two; or a sentence why it has none.
 *
 * Given splits hold, the earlier item's before the later's. An item that shares a key with one that has a split gets the
 * same. What is left falls into components (connected by keys), and each component into a split by the hash of its
 * smallest key: the same lines give the same splits everywhere, and a new line moves no other. Only where chance is too
 * far from the shares are the cuts moved along that order.
 */
export function assignSplits(items: readonly Placed[]): ({ split: Split } | { refusal: string })[] {
  const taken = new Map<string, { split: Split; at: string }>();
  const results: ({ split: Split } | { refusal: string } | undefined)[] = items.map(() => undefined);
  const settle = (index: number, item: Placed, split: Split) => {
    for (const { name } of item.keys) if (!taken.has(name)) taken.set(name, { split, at: item.at });
    results[index] = { split };
  };

  for (const [index, item] of items.entries()) {
    if (item.split === undefined) continue;
    const conflict = item.keys.find(({ name }) => (taken.get(name)?.split ?? item.split) !== item.split);
    if (conflict) results[index] = { refusal: clash(conflict, taken, item.split) };
    else settle(index, item, item.split);
  }

  let open = items.map((item, index) => ({ item, index })).filter(({ index }) => results[index] === undefined);
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    open = open.filter(({ item, index }) => {
      const [first, ...others] = item.keys.filter(({ name }) => taken.has(name));
      const split = first && taken.get(first.name)?.split;
      if (!split) return true;
      const conflict = others.find(({ name }) => taken.get(name)?.split !== split);
      if (conflict) results[index] = { refusal: `${sentence(first, taken)} and ${clash(conflict, taken)}` };
      else settle(index, item, split);
      return false;
    });
  }

  const components = componentsOf(open.map(({ item }) => item));
  const splits = splitsOf(components);
  for (const [order, { members }] of components.entries())
    for (const member of members) results[open[member]?.index ?? -1] = { split: splits[order] ?? "development" };
  return results.map((result) => result ?? { split: "development" });
}

type Taken = ReadonlyMap<string, { split: Split; at: string }>;

function sentence(key: Placed["keys"][number], taken: Taken): string {
  const known = taken.get(key.name);
  return `${key.as} is in ${known?.split} (${known?.at})`;
}

function clash(key: Placed["keys"][number], taken: Taken, wanted?: Split): string {
  return `${sentence(key, taken)}${wanted ? `, this line is for ${wanted}` : ""}: it would leak from one split into another.`;
}

type Component = { members: number[]; place: number };

/** Items that are connected by keys, each component with its place in 0…1, in the order of the places. */
function componentsOf(items: readonly Placed[]): Component[] {
  const parent = items.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) at = parent[at] = parent[parent[at] ?? at] ?? at;
    return at;
  };
  const first = new Map<string, number>();
  for (const [index, { keys }] of items.entries()) {
    for (const { name } of keys) {
      const other = first.get(name);
      if (other === undefined) first.set(name, index);
      else parent[root(index)] = root(other);
    }
  }
  const components = new Map<number, { members: number[]; key: string }>();
  for (const [index, { keys }] of items.entries()) {
    const smallest = keys.map(({ name }) => name).sort()[0] ?? "";
    const known = components.get(root(index));
    if (!known) components.set(root(index), { members: [index], key: smallest });
    else {
      known.members.push(index);
      if (smallest < known.key) known.key = smallest;
    }
  }
  return [...components.values()]
    .map(({ members, key }) => ({ members, key, place: Number.parseInt(sha256(key).slice(0, 12), 16) / 2 ** 48 }))
    .sort((a, b) => a.place - b.place || (a.key < b.key ? -1 : 1));
}

/** A split for each component, in their order. */
function splitsOf(components: readonly Component[]): Split[] {
  const count = components.length;
  const total = components.reduce((sum, { members }) => sum + members.length, 0);
  const before = [0];
  for (const { members } of components) before.push((before.at(-1) ?? 0) + members.length / total);

  let target = 0;
  let least = 0;
  const cuts = shares.slice(0, -1).map(([, share], index) => {
    target += share;
    let cut = components.filter(({ place }) => place < target).length;
    const off = (at: number) => Math.abs((before[at] ?? 0) - target);
    if (off(cut) > tolerance || count < shares.length)
      cut = before.reduce((best, _, at) => (off(at) < off(best) ? at : best), 0);
    // No split stays empty while there is something for each; with less, development comes first.
    const most = Math.max(count - (shares.length - 1 - index), least);
    cut = Math.min(Math.max(cut, least + 1), count < shares.length ? count : most);
    least = cut;
    return cut;
  });
  return components.map((_, order) => shares[cuts.filter((cut) => cut <= order).length]?.[0] ?? "report");
}
