import { expect, test } from 'vitest';

import { PAGES } from './address.ts';
import { PAGE_GROUPS } from './pages.tsx';

test('the navigation shows each page once', () => {
  expect(PAGE_GROUPS.flatMap(({ pages }) => [...pages] as string[]).toSorted()).toEqual([...PAGES].toSorted());
});
