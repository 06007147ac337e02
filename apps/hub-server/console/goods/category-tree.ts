/** Categories in the order in which a tree is read: each behind what it lies in, beside its like by name. */
import type { Category } from './filing.ts';

export interface TreeRow {
  readonly category: string;
  readonly isDepartment: boolean;
  /** From the top down to itself. */
  readonly path: readonly string[];
  /** Articles filed under itself. */
  readonly size: number;
  /** With those of all that lies in it. */
  readonly total: number;
  readonly hasInside: boolean;
}

/** The hub tells no rings. */
export function treeRows(categories: readonly Category[]): readonly TreeRow[] {
  const inside = Map.groupBy(categories, ({ parent }) => parent);
  const rowsOf = ({ category, isDepartment, size }: Category, above: readonly string[]): readonly TreeRow[] => {
    const path = [...above, category];
    const within = branchesOf(category, path);
    const total = size + within.reduce((sum, row) => (row.path.length === path.length + 1 ? sum + row.total : sum), 0);
    return [{ category, isDepartment, path, size, total, hasInside: within.length > 0 }, ...within];
  };
  const branchesOf = (parent: string | null, above: readonly string[]): readonly TreeRow[] =>
    (inside.get(parent) ?? [])
      .toSorted((one, other) => one.category.localeCompare(other.category, 'en', { numeric: true }))
      .flatMap((each) => rowsOf(each, above));
  return branchesOf(null, []);
}

/** Those whose names have the text in them, with what they lie in; without a text, those that nothing closed lies above. */
export function shownRows(rows: readonly TreeRow[], text: string, isOpen: (category: string) => boolean): readonly TreeRow[] {
  if (text === '') return rows.filter(({ path }) => path.slice(0, -1).every(isOpen));
  const folded = text.toLowerCase();
  const wanted = new Set(rows.filter(({ category }) => category.toLowerCase().includes(folded)).flatMap(({ path }) => path));
  return rows.filter(({ category }) => wanted.has(category));
}
