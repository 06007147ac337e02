import { expect, test } from 'vitest';

import { PAGES } from './address.ts';
import { PAGE_GROUPS } from './pages.tsx';

test('the navigation shows each page once; one’s own stands at its foot', () => {
  expect(
    PAGE_GROUPS.flatMap(({ pages }) => [...pages] as string[])
      .concat('profile')
      .toSorted(),
  ).toEqual([...PAGES].toSorted());
});
