import { nodeHash } from '@holdfast/base/node';
import { attributeValueKey } from '@holdfast/domain';
import { afterEach, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, goods, publish, type TestLane } from '../testing/test-lane.ts';
import { createCatalogue } from './catalogue.ts';

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
    place: { zone: '1', store: '1' },
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
  const view = createCatalogue({ hash: nodeHash, store: lane.store, place: { zone: '1', store: '1' } }).view(lane.store.cut().at);
  expect(view.priceAt('MILK', 2_500, 'EUR')?.price.amount).toBe(119);
  expect([1_999, 2_000, 2_999, 3_000].map((atMs) => view.priceAt('BEER', atMs, 'EUR')?.price.amount)).toEqual([99, 79, 79, 99]);
  expect(view.priceAt('BEER', 2_000, 'USD')).toBeUndefined();
});

test('C-11: a store moves to another zone by a cell of its own: each cut reads the zone that the store stood in', () => {
  const cents = (key: string, scope: string, amount: number) => ({
    type: 'price' as const,
    key: `${key}\u001Fregular\u001F`,
    scope,
    fields: { amount, decimals: 2, currency: 'EUR' },
  });
  lane = createTestLane([...ASSORTMENT, cents('MILK', 'zone:1', 121), cents('MILK', 'zone:2', 122)]);
  const catalogue = createCatalogue({ hash: nodeHash, store: lane.store, place: { zone: '1', store: '1', role: 'kiosk' } });
  const milkAt = (at: number) => catalogue.view(at).priceAt('MILK', lane.clock.nowMs, 'EUR')?.price.amount;
  const before = lane.store.cut().at;
  publish(lane.store, [{ type: 'setting', key: 'zone', scope: 'store:1', fields: { value: '2' } }]);
  const moved = lane.store.cut().at;
  publish(lane.store, [{ type: 'setting', key: 'zone', scope: 'store:1', fields: { value: '1' } }]);
  expect([before, moved, lane.store.cut().at].map(milkAt)).toEqual([121, 122, 121]);
  expect(catalogue.view(moved).scopes).toEqual(['global', 'kiosk@global', 'zone:2', 'kiosk@zone:2', 'store:1', 'kiosk@store:1']);
});

test('C-11: a cell that is no name of a zone, or another store’s, moves nobody', () => {
  lane = createTestLane([
    ...ASSORTMENT,
    { type: 'setting', key: 'zone', scope: 'store:2', fields: { value: '2' } },
    { type: 'setting', key: 'zone', scope: 'store:1', fields: { value: 'a zone' } },
  ]);
  const view = createCatalogue({ hash: nodeHash, store: lane.store, place: { zone: '1', store: '1' } }).view(lane.store.cut().at);
  expect(view.scopes).toContain('zone:1');
  expect(view.scopes).not.toContain('zone:2');
});

test('what is said of goods is read in the order of its names, of the narrowest scope, and only what an attribute defines', () => {
  const value = (sku: string, code: string, text: string, scope = 'global') => ({
    type: 'attributeValue' as const,
    key: attributeValueKey(sku, code),
    scope,
    fields: { value: text },
  });
  lane = createTestLane([
    ...ASSORTMENT,
    { type: 'attribute', key: 'fat', fields: { name: 'Fat', type: 'number', unit: '%', decimals: 1 } },
    { type: 'attribute', key: 'animal', fields: { name: 'animal', type: 'choice', choices: 'Cow\nGoat' } },
    { type: 'attribute', key: 'box', fields: { name: 'Box', type: 'bushel' } },
    value('MILK', 'fat', '3.5'),
    value('MILK', 'fat', '3.8', 'zone:1'),
    value('MILK', 'fat', '1.5', 'store:2'),
    value('MILK', 'animal', 'Sheep'),
    value('MILK', 'box', '12'),
    value('MILK', 'nobody-defined', 'x'),
    value('MILK2', 'animal', 'Goat'),
  ]);
  const faults: string[] = [];
  const catalogue = createCatalogue({
    hash: nodeHash,
    store: lane.store,
    place: { zone: '1', store: '1' },
    onFault: (fault) => faults.push(fault.detail.key),
  });
  const said = (sku: string): readonly string[] =>
    catalogue
      .view(lane.store.cut().at)
      .attributesOf(sku)
      .map(({ name, value: text, unit = '' }) => `${name}: ${text}${unit}`);
  expect([said('MILK'), said('MILK2'), said('BEER')]).toEqual([['animal: Sheep', 'Fat: 3.8%'], ['animal: Goat'], []]);
  expect(faults).toEqual(['box']);
  publish(lane.store, [{ type: 'attributeValue', key: attributeValueKey('MILK', 'fat'), scope: 'zone:1' }]);
  expect(said('MILK')).toEqual(['animal: Sheep', 'Fat: 3.5%']);
});
