import { afterEach, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, goods, MILK, type PublishedEntity, publish, setting, type TestLane } from '../testing/test-lane.ts';

let lane: TestLane;
afterEach(() => lane.close());

const LATER = Date.UTC(2026, 11, 1);

const scheduled = (sku: string, amount: number, change: Readonly<Record<string, string | number>> = {}): PublishedEntity => ({
  type: 'price',
  key: `${sku}\u001Fpromotional\u001F`,
  fields: { amount, decimals: 2, currency: 'EUR', fromMs: LATER, toMs: LATER + 7 * 86_400_000, ...change },
});

test('of codes that are named: as the shelf is to say it now, or on a day', async () => {
  lane = createTestLane([...ASSORTMENT, scheduled('MILK', 99), setting('locale', 'de-DE')]);
  expect(await lane.till.shelfLabels({ codes: [MILK, '4011', '4006381333931', 'GIFT'] })).toMatchObject({
    labels: [
      { sku: 'MILK', gtin: MILK, price: { amount: 119 } },
      { sku: 'APPLE', plu: '4011', unit: 'gram' },
    ],
    missing: ['4006381333931', 'GIFT'],
    locale: 'de-DE',
  });
  expect(await lane.till.shelfLabels({ codes: [MILK], on: '2026-12-02' })).toMatchObject({
    labels: [{ price: { amount: 99 }, regular: { amount: 119 }, validTo: '2026-12-08' }],
  });
});

test('of all goods whose price changes on a day, and of no others', async () => {
  // More than a page of codes and prices; the clocks of Berlin are an hour ahead: it begins at one o’clock there.
  const shelves = Array.from({ length: 450 }, (_, n) =>
    goods({ sku: `G${n}`, name: `Goods ${n}`, cents: 100 + n, plu: String(10_000 + n) }),
  );
  lane = createTestLane([...ASSORTMENT, ...shelves.flat(), scheduled('G7', 50), scheduled('G430', 60), scheduled('MILK', 99)]);
  const skusOn = async (on: string): Promise<readonly string[] | undefined> =>
    (await lane.till.shelfLabels({ codes: [], on }))?.labels.map(({ sku, gtin, price }) => `${sku} ${gtin ?? '-'} ${price.amount}`);
  expect(await skusOn('2026-12-01')).toEqual(['G430 - 60', 'G7 - 50', `MILK ${MILK} 99`]);
  expect(await skusOn('2026-12-02')).toEqual([]);
  expect(await skusOn('2026-12-08')).toEqual(['G430 - 530', 'G7 - 107', `MILK ${MILK} 119`]);
  publish(lane.store, [scheduled('G7', 50, { fromMs: LATER + 86_400_000 })]);
  expect(await skusOn('2026-12-02')).toEqual(['G7 - 50']);
  expect(await skusOn('2026-02-30')).toEqual([]);
});

test('a lane without a catalogue has none', async () => {
  lane = createTestLane([]);
  expect(await lane.till.shelfLabels({ codes: [MILK] })).toBeUndefined();
});
