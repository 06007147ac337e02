/**
 * Categories as a tree: each lies in one other, or in none. What headquarters file by; of a tree lanes know nothing.
 *
 * Invariant: nobody lies in themselves. What cells say otherwise (two people who each moved one into the other's) is left out, of the names in a ring the one that comes last.
 */

/** By category, what it lies in; those that lie in none are not in it. */
export type Parents = ReadonlyMap<string, string>;

/** Deeper is no order any more. */
export const MOST_LEVELS = 8;

export function treeOf(links: readonly { readonly category: string; readonly parent: string }[]): Parents {
  const parents = new Map<string, string>();
  for (const { category, parent } of links.toSorted((left, right) => (left.category < right.category ? -1 : 1)))
    if (parent !== '' && !pathOf(parents, parent).includes(category)) parents.set(category, parent);
  return parents;
}

/** From the top down to itself. */
export function pathOf(parents: Parents, category: string): readonly string[] {
  const path: string[] = [];
  for (let at: string | undefined = category; at !== undefined; at = parents.get(at)) path.unshift(at);
  return path;
}

/** Itself, and all that lies in it. */
export function branchOf(parents: Parents, category: string): readonly string[] {
  const branch = [category];
  const inside = Map.groupBy(parents, ([, parent]) => parent);
  // oxlint-disable-next-line typescript/prefer-for-of -- it grows while it is gone through
  for (let index = 0; index < branch.length; index += 1) branch.push(...(inside.get(branch[index] ?? '') ?? []).map(([name]) => name));
  return branch;
}

/** How many levels a category has with all that lies in it: 1 where nothing does. */
export function levelsOf(parents: Parents, category: string): number {
  const above = pathOf(parents, category).length;
  return Math.max(...branchOf(parents, category).map((name) => pathOf(parents, name).length - above + 1));
}
