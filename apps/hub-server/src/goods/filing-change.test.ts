import { expect, test } from 'vitest';

import { renamedIn } from './filing-change.ts';

const RULE = {
  type: 'goods',
  goods: { categories: ['Dairy', 'Milk'], except: { categories: ['Dairy'], brands: ['Dairy'] } },
  off: { bps: 1 },
};

test('each list of categories names the other one, once; what else is called so stays', () => {
  const renamed = renamedIn(JSON.stringify(RULE), 'categories', 'Dairy', 'Milk');
  expect(JSON.parse(renamed ?? '')).toEqual({
    ...RULE,
    goods: { categories: ['Milk'], except: { categories: ['Milk'], brands: ['Dairy'] } },
  });
});

test.each([[JSON.stringify(RULE)], ['{"categories": "Tools"}'], ['no rule'], ['']])('what does not name it stays as it is: %s', (body) => {
  expect(renamedIn(body, 'categories', 'Tools', 'Iron')).toBeUndefined();
});
