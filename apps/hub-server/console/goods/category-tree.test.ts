import { expect, test } from 'vitest';

import { shownRows, treeRows } from './category-tree.ts';

const ROWS = treeRows([
  { category: 'Cheese', parent: 'Dairy', isDepartment: false, size: 5 },
  { category: 'Dairy', parent: null, isDepartment: true, size: 2 },
  { category: 'Hard cheese', parent: 'Cheese', isDepartment: false, size: 7 },
  { category: 'Bakery', parent: null, isDepartment: true, size: 1 },
]);

test('each stands behind what it lies in, with all articles that it holds', () => {
  expect(ROWS.map(({ path, size, total, hasInside }) => [path.join(' › '), size, total, hasInside])).toEqual([
    ['Bakery', 1, 1, false],
    ['Dairy', 2, 14, true],
    ['Dairy › Cheese', 5, 12, true],
    ['Dairy › Cheese › Hard cheese', 7, 7, false],
  ]);
});

test('names that end in numbers stand in the order of these', () => {
  const rows = treeRows(['Market 10', 'Market 2', 'Market 1'].map((category) => ({ category, parent: null, isDepartment: true, size: 0 })));
  expect(rows.map(({ category }) => category)).toEqual(['Market 1', 'Market 2', 'Market 10']);
});

test.each([
  ['', ['Dairy', 'Cheese'], ['Bakery', 'Dairy', 'Cheese', 'Hard cheese']],
  ['', ['Dairy'], ['Bakery', 'Dairy', 'Cheese']],
  ['', ['Cheese'], ['Bakery', 'Dairy']],
  ['HARD', [], ['Dairy', 'Cheese', 'Hard cheese']],
  ['bak', [], ['Bakery']],
])('by “%s”, with %o open, %o are shown', (text, open, shown) => {
  expect(shownRows(ROWS, text, (category) => open.includes(category)).map(({ category }) => category)).toEqual(shown);
});
