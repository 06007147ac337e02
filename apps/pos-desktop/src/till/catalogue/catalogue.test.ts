import { nodeHash } from '@holdfast/base/node';
import { afterEach, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, goods, publish, type TestLane } from '../testing/test-lane.ts';
import { createCatalogue, scopesOf } from './catalogue.ts';

let lane: TestLane;
afterEach(() => lane.close());

test('what this build cannot use reads as absent, and is told once per cut', () => {
  lane = createTestLane([
    ...ASSORTMENT,
    { type: 'item', key: 'BROKEN', fields: { name: 'Broken', unit: 'bushel', taxClass: 'reduced' } },
    { type: 'price', key: 'MILK\u001Fregular\u001Fyesterday', fields: { amount: 1, decimals: 2, currency: 'EUR' } },
  ]);
  const faults: string[] = [];
  const catalogue = createCatalogue({
    hash: nodeHash,
    store: lane.store,
    scopes: scopesOf({ zone: '1', store: '1' }),
    onFault: (fault) => faults.push(fault.detail.key),
  });
  for (let i = 0; i < 3; i++) {
    const view = catalogue.view(lane.store.cut().at);
    expect(view.item('BROKEN')).toBeUndefined();
    expect(view.priceAt('MILK', lane.clock.nowMs, 'EUR')?.price).toEqual({ amount: 119, decimals: 2 });
  }
  expect(faults).toEqual(['BROKEN', 'MILK\u001Fregular\u001Fyesterday']);
  publish(lane.store, goods({ sku: 'NEW', name: 'New', cents: 1 }));
  catalogue.view(lane.store.cut().at).item('BROKEN');
  expect(faults).toHaveLength(3);
});

test('prices of other scopes and other times do not count', () => {
  lane = createTestLane([
    ...ASSORTMENT,
    { type: 'price', key: 'MILK\u001Fpromotional\u001F', scope: 'store:2', fields: { amount: 1, decimals: 2, currency: 'EUR' } },
    {
      type: 'price',
      key: 'BEER\u001Fpromotional\u001F',
      scope: 'zone:1',
      fields: { amount: 79, decimals: 2, currency: 'EUR', fromMs: 2_000, toMs: 3_000 },
    },
  ]);
  const view = createCatalogue({ hash: nodeHash, store: lane.store, scopes: scopesOf({ zone: '1', store: '1' }) }).view(
    lane.store.cut().at,
  );
  expect(view.priceAt('MILK', 2_500, 'EUR')?.price.amount).toBe(119);
  expect([1_999, 2_000, 2_999, 3_000].map((atMs) => view.priceAt('BEER', atMs, 'EUR')?.price.amount)).toEqual([99, 79, 79, 99]);
  expect(view.priceAt('BEER', 2_000, 'USD')).toBeUndefined();
});
