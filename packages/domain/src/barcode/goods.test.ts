/** What the pack says about the goods, and whether they may be sold. */
import { expect, test } from 'vitest';

import { readElementString } from './element-string.ts';
import { goodsLabelOf, labelFacts } from './goods-label.ts';
import { findGoodsStop, recallKeys } from './goods-stop.ts';
import type { DateRange } from './gs1-date.ts';

const labelOf = (text: string) => {
  const read = readElementString(text);
  expect(read.ok, text).toBe(true);
  return goodsLabelOf(read.ok ? read.value.elements : []);
};

test.each([
  ['3103000842', { unit: 'gram', value: 842 }],
  ['3100000002', { unit: 'gram', value: 2_000 }],
  ['3105123456', { unit: 'gram', value: 1_235 }],
  ['3201000010', { unit: 'gram', value: 454 }],
  ['3152000150', { unit: 'millilitre', value: 1_500 }],
  ['3111000012', { unit: 'millimetre', value: 1_200 }],
  ['3210000010', { unit: 'millimetre', value: 254 }],
])('%s is so much', (text, measure) => {
  expect(labelOf(text).measure).toEqual(measure);
});

test('prices, dates, batch and serial number', () => {
  expect(labelOf('3922499')).toEqual({ price: { amount: 499, decimals: 2 } });
  expect(labelOf('39329780499')).toEqual({ price: { amount: 499, decimals: 2 }, currencyNumber: '978' });
  expect(labelOf('3929499')).toEqual({});
  expect(labelOf('70032612311430')).toEqual({ useBy: '261231' });
  expect(labelOf('152612311626123017261229')).toEqual({ bestBefore: '261231', sellBy: '261230', useBy: '261229' });
});

test('a weight is for goods by weight, a batch for all', () => {
  const label = labelOf('310300084210LOT7');
  expect(labelFacts(label, 'gram')).toEqual({ batch: 'LOT7', quantity: 842 });
  expect(labelFacts(label, 'piece')).toEqual({ batch: 'LOT7' });
  expect(labelFacts(undefined, 'gram')).toEqual({});
});

const SURE: DateRange = { earliest: '2026-11-20', latest: '2026-11-20', isUnsure: false };
test.each<[string, DateRange, boolean, string | undefined]>([
  ['261120', SURE, false, undefined],
  ['261119', SURE, false, 'goodsExpired'],
  ['261119', SURE, true, 'goodsExpired'],
  ['261100', SURE, false, undefined],
  ['261119', { earliest: '2026-11-19', latest: '2026-11-20', isUnsure: false }, false, undefined],
  ['261119', { earliest: '2026-11-10', latest: '2026-11-20', isUnsure: true }, false, 'goodsExpiryUnsure'],
  ['261119', { earliest: '2026-11-10', latest: '2026-11-20', isUnsure: true }, true, undefined],
  ['261130', { earliest: '2026-11-10', latest: '2026-11-20', isUnsure: true }, false, undefined],
])('use by %s on %j, looked at: %s, is %s', (useBy, today, isVouched, stop) => {
  expect(findGoodsStop({ label: { useBy }, today: () => today, isVouched })?.type).toBe(stop);
});

test('a recall names all of a GTIN, a batch or a serial number, and no date or person lifts it', () => {
  expect(recallKeys('04006381333931', { batch: 'LOT7', serial: 'S9' })).toEqual([
    '04006381333931',
    '04006381333931/10/LOT7',
    '04006381333931/21/S9',
  ]);
  expect(recallKeys('04006381333931', {})).toEqual(['04006381333931']);
  expect(findGoodsStop({ label: { batch: 'LOT7' }, today: () => SURE, recall: { reason: 'glass' }, isVouched: true })).toEqual({
    type: 'goodsRecalled',
    detail: { batch: 'LOT7', serial: '', reason: 'glass' },
  });
});
