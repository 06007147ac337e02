/** Pages of keys stand on the sell screen from the moment their store wishes for them, and until headquarters has answered. */
import { assert } from '@holdfast/base';
import { answerKey, ENTITY_TYPES, keyPageFields, LEDGER_KINDS, priceKey, readOverride } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, expect, test } from 'vitest';

import { type RequestBody, requestBodySchema } from '../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import {
  ASSORTMENT,
  createTestLane,
  goods,
  LANE_EPOCH,
  NOON_MS,
  publish,
  type PublishedEntity,
  type TestLane,
} from './testing/test-lane.ts';

const SHOP: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  ...goods({ sku: 'ROLL', name: 'Roll', cents: 45, gtin: '04000417025005' }),
  { type: 'department', key: 'Bakery', fields: { position: 1 } },
  { type: 'department', key: 'Dairy', fields: { position: 2 } },
  { type: 'item', key: 'MILK', fields: { category: 'Dairy' } },
  { type: 'item', key: 'ROLL', fields: { category: 'Bakery' } },
];
const page = (name: string, position: number, ...skus: string[]): PublishedEntity => ({
  type: 'keyPage',
  key: name,
  fields: { ...keyPageFields({ position, skus }) } as Record<string, string | number>,
});
const ARRANGE: RequestBody = { type: 'arrangeKeys', page: 'Morning', position: 0, skus: ['ROLL', 'MILK'] };

let lane: TestLane;
const openLane = (...more: readonly PublishedEntity[]): void => {
  lane = createTestLane([...SHOP, ...more]);
};
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});
const hear = (...entities: readonly PublishedEntity[]): void => {
  publish(lane.store, entities);
  lane.till.cutMoved();
};
const tabs = () => lane.take({ type: 'tiles' }).departments;
const keys = (department: string) => lane.take({ type: 'tiles', department }).tiles?.map(({ sku }) => sku);

test('without pages the tabs are the departments, and their keys as they come', () => {
  openLane();
  expect(tabs()).toEqual(['Bakery', 'Dairy']);
  expect(keys('Dairy')).toEqual(['MILK']);
});

test('a page that headquarters published stands at its position, in its order, and in its department’s place', () => {
  openLane(page('Breakfast', 1_500, 'MILK', 'ROLL'), page('Dairy', -1, 'ROLL'));
  expect(tabs()).toEqual(['Dairy', 'Bakery', 'Breakfast']);
  expect(keys('Breakfast')).toEqual(['MILK', 'ROLL']);
  expect(keys('Dairy')).toEqual(['ROLL']);
});

test('goods that are not there any more leave no key, and a page without keys is none', () => {
  openLane(page('Breakfast', 0, 'GONE', 'ROLL'), page('Bakery', 9_000));
  expect(keys('Breakfast')).toEqual(['ROLL']);
  expect(tabs()).toEqual(['Breakfast', 'Bakery', 'Dairy']);
  expect(keys('Bakery')).toEqual(['ROLL']);
});

test('P-5: goods of a page that are in no catalogue yet are named where it is arranged, stay on it when it is, and have their key once they come', () => {
  openLane(page('Breakfast', 0, 'GONE', 'ROLL'));
  const named = () => lane.take({ type: 'keyPages' }).keyPages?.find(({ name }) => name === 'Breakfast');
  expect([named()?.skus, named()?.keys.map(({ sku }) => sku)]).toEqual([['GONE', 'ROLL'], ['ROLL']]);
  lane.take({ type: 'arrangeKeys', page: 'Breakfast', position: 0, skus: ['MILK', 'ROLL', 'GONE'] });
  expect([named()?.skus, keys('Breakfast')]).toEqual([
    ['MILK', 'ROLL', 'GONE'],
    ['MILK', 'ROLL'],
  ]);
  expect(lane.refusal({ type: 'arrangeKeys', page: 'Breakfast', position: 0, skus: ['GONE', 'NEVER'] })).toBe('unknownCode');
  hear(...goods({ sku: 'GONE', name: 'Croissant', cents: 90, gtin: '04000417025012' }));
  expect([named()?.skus, keys('Breakfast')]).toEqual([undefined, ['MILK', 'ROLL', 'GONE']]);
});

test('the narrowest scope counts: a store’s own page covers the company’s', () => {
  openLane(page('Breakfast', 0, 'MILK'), { ...page('Breakfast', 7_000, 'ROLL'), scope: 'store:1' });
  expect(tabs()).toEqual(['Bakery', 'Dairy', 'Breakfast']);
  expect(keys('Breakfast')).toEqual(['ROLL']);
});

test('O-7: what the store arranges is in the ledger and on the keys at once, and after a restart', () => {
  openLane();
  lane.take(ARRANGE);
  const [entry] = lane.store.entriesAfter(LANE_EPOCH, 0, 100, 1_000_000);
  const read = entry && readEntry(entry.canonical, LEDGER_SCHEMAS);
  assert(read?.ok === true && read.value.fields !== null && read.value.kind === LEDGER_KINDS.storeOverride.kind, 'a wish');
  expect(readOverride(read.value.fields)).toMatchObject({
    ok: true,
    value: { entityType: ENTITY_TYPES.keyPage.type, key: 'Morning', operator: '1' },
  });
  lane.reopen();
  expect(tabs()).toEqual(['Morning', 'Bakery', 'Dairy']);
  expect(keys('Morning')).toEqual(['ROLL', 'MILK']);
});

test.each(['accepted', 'conflict'] as const)('%s: from then on what is published holds', (status) => {
  openLane(page('Morning', 0, 'MILK'));
  lane.take(ARRANGE);
  expect(keys('Morning')).toEqual(['ROLL', 'MILK']);
  const rule = status === 'accepted' ? 'unchanged' : 'changedSince';
  hear(
    { type: 'requestAnswer', key: answerKey('lane-1', LANE_EPOCH, 1), scope: 'store:1', fields: { status, rule } },
    ...(status === 'accepted' ? [{ ...page('Morning', 0, 'ROLL', 'MILK'), scope: 'store:1' }] : []),
  );
  expect(keys('Morning')).toEqual(status === 'accepted' ? ['ROLL', 'MILK'] : ['MILK']);
});

test('a store takes a page away by arranging nothing on it', () => {
  openLane(page('Morning', 0, 'MILK'));
  lane.take({ ...ARRANGE, skus: [] });
  expect(tabs()).toEqual(['Bakery', 'Dairy']);
});

test('D-18: a key names its goods’ picture; what is no name of one is none, and the goods stand', () => {
  const picture = 'ab'.repeat(32);
  const pictured = (key: string, name: string): PublishedEntity => ({ type: 'item', key, fields: { picture: name } });
  openLane(page('Breakfast', 0, 'MILK', 'ROLL'), pictured('MILK', picture), pictured('ROLL', '../etc'));
  expect(lane.take({ type: 'tiles', department: 'Breakfast' }).tiles?.map((tile) => [tile.sku, tile.picture])).toEqual([
    ['MILK', picture],
    ['ROLL', undefined],
  ]);
  expect(lane.db.prepare('SELECT picture FROM search_item WHERE picture IS NOT NULL').pluck().all()).toEqual([picture]);
  expect(lane.take({ type: 'pictures', names: [picture] }).pictures).toEqual([]);
});

test('a customer display is told the pictured goods of the page that the store’s setting names, and nothing where it names none', () => {
  const picture = 'cd'.repeat(32);
  openLane(page('Offers', 0, 'ROLL', 'MILK'), { type: 'item', key: 'MILK', fields: { picture } });
  const shown = () => lane.take({ type: 'displayGoods' }).tiles?.map((tile) => [tile.sku, tile.picture, tile.unitPrice?.amount]);
  expect(shown()).toEqual([]);
  hear({ type: 'setting', key: 'displayPage', fields: { value: 'Offers' } });
  expect(shown()).toEqual([['MILK', picture, 119]]);
  hear({ type: 'setting', key: 'displayPage', fields: { value: 'Nowhere' } });
  expect(shown()).toEqual([]);
});

test('goods that nobody lists are refused, and nothing is written', () => {
  openLane();
  expect(lane.refusal({ ...ARRANGE, skus: ['ROLL', 'NOPE'] })).toBe('unknownCode');
  expect(lane.store.waiting().entries).toBe(0);
});

test.each([
  ['a page of blanks', { page: ' ' }],
  ['a page of two lines', { page: 'a\nb' }],
  ['goods twice', { skus: ['ROLL', 'ROLL'] }],
  ['half a position', { position: 0.5 }],
  ['61 keys', { skus: Array.from({ length: 61 }, (_, index) => `S${index}`) }],
])('%s: no request', (_what, more) => {
  openLane();
  expect(requestBodySchema.safeParse({ ...ARRANGE, ...more }).success).toBe(false);
});

test('what is arranged is asked for whole: each tab with its keys, and whether somebody arranged it', () => {
  openLane(page('Breakfast', 0, 'MILK', 'ROLL'));
  expect(lane.take({ type: 'keyPages' }).keyPages).toMatchObject([
    { name: 'Breakfast', position: 0, isArranged: true, keys: [{ sku: 'MILK', name: 'Milk 1 l' }, { sku: 'ROLL' }] },
    { name: 'Bakery', position: 1_000, isArranged: false, keys: [{ sku: 'ROLL' }] },
    { name: 'Dairy', position: 2_000, isArranged: false, keys: [{ sku: 'MILK' }] },
  ]);
});

test('a price that begins at a moment is on its key from then on, and whoever shows keys knows when', () => {
  const from = (amount: number, fromMs: number, toMs?: number): PublishedEntity => ({
    type: 'price',
    key: priceKey('ROLL', 'promotional'),
    fields: { amount, decimals: 2, currency: 'EUR', fromMs, ...(toMs !== undefined && { toMs }) },
  });
  const inAnHour = NOON_MS + 3_600_000;
  openLane(page('Morning', 0, 'ROLL'), from(39, inAnHour, inAnHour + 60_000));
  const told = () => {
    const { tiles, pricesInMs } = lane.take({ type: 'tiles', department: 'Morning' });
    return [tiles?.[0]?.unitPrice?.amount, pricesInMs];
  };
  expect(told()).toEqual([45, 3_600_000]);
  expect(lane.take({ type: 'tiles', department: 'Dairy' }).pricesInMs).toBeUndefined();
  lane.clock.nowMs = inAnHour - 1;
  expect(told()).toEqual([45, 1]);
  lane.clock.nowMs = inAnHour;
  expect(told()).toEqual([39, 60_000]);
  lane.clock.nowMs = inAnHour + 60_000;
  expect(told()).toEqual([45, undefined]);
});
