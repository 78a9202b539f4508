/** Groups as a tree: each below the one it reports to. */

import type { Group } from "../api/types";

export interface Branch {
  readonly group: Group;
  readonly below: readonly Branch[];
}

/** The roots with what hangs below them, in the order given. Who reports to a group the reader cannot see is a root. */
export function asTree(groups: readonly Group[]): Branch[] {
  const known = new Set(groups.map(({ id }) => id));
  const branch = (group: Group): Branch => ({ group, below: childrenOf(group.id).map(branch) });
  const childrenOf = (id: string): Group[] => groups.filter(({ parent_id }) => parent_id === id);
  return groups.filter(({ parent_id }) => parent_id === null || !known.has(parent_id)).map(branch);
}

/** A group and everything below it: none of these can be its parent. */
export function withAllBelow(groups: readonly Group[], id: string): Set<string> {
  const found = new Set([id]);
  for (let grown = true; grown; ) {
    const next = groups.filter((group) => group.parent_id !== null && found.has(group.parent_id) && !found.has(group.id));
    for (const group of next) found.add(group.id);
    grown = next.length > 0;
  }
  return found;
}
