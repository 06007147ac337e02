import fc from 'fast-check';
import { expect, test } from 'vitest';

import { branchOf, levelsOf, pathOf, treeOf } from './category-tree.ts';

const TREE = treeOf([
  { category: 'Cheese', parent: 'Dairy' },
  { category: 'Hard cheese', parent: 'Cheese' },
  { category: 'Milk', parent: 'Dairy' },
  { category: 'Dairy', parent: '' },
]);

test.each([
  ['Dairy', ['Dairy'], ['Dairy', 'Cheese', 'Milk', 'Hard cheese'], 3],
  ['Cheese', ['Dairy', 'Cheese'], ['Cheese', 'Hard cheese'], 2],
  ['Hard cheese', ['Dairy', 'Cheese', 'Hard cheese'], ['Hard cheese'], 1],
  ['Tools', ['Tools'], ['Tools'], 1],
])('%s lies at %o, and holds %o', (category, path, branch, levels) => {
  expect([pathOf(TREE, category), branchOf(TREE, category), levelsOf(TREE, category)]).toEqual([path, branch, levels]);
});

test('whatever cells say, nobody lies in themselves, and each is in the branch of all that it lies in', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const link = fc.record({ category: fc.constantFrom(...names), parent: fc.constantFrom(...names, '') });
  fc.assert(
    fc.property(fc.array(link, { maxLength: 12 }), (links) => {
      const tree = treeOf(links);
      for (const category of names) {
        const path = pathOf(tree, category);
        expect(new Set(path).size).toBe(path.length);
        for (const above of path) expect(branchOf(tree, above)).toContain(category);
      }
    }),
  );
});
