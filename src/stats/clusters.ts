/**
 * One cluster for each example, from all groups that it belongs to: examples that share a group, directly or through
 * others, are in one cluster (union-find). The name is that of the cluster's first group.
 */
export function clustersOf(groups: readonly (readonly string[])[]): string[] {
  const parents = new Map<string, string>();
  const rootOf = (group: string): string => {
    let root = group;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    parents.set(group, root);
    return root;
  };
  for (const [first, ...others] of groups) {
    if (first === undefined) continue;
    const root = rootOf(first);
    for (const other of others) parents.set(rootOf(other), root);
  }
  // An example of no group is a cluster of its own, by a name that no group has.
  const taken = new Set(groups.flat());
  let alone = 0;
  return groups.map(([first]) => {
    if (first !== undefined) return rootOf(first);
    do alone++;
    while (taken.has(`#${alone}`));
    return `#${alone}`;
  });
}
