import { expect, test } from 'vitest';

import { writeElementString } from '../testing/gs1.ts';
import { elementsText, missingPartners, readElementString } from './element-string.ts';

const GTIN = { ai: '01', value: '04006381333931' };

test('a separator stands behind what has no fixed length, and nowhere else', () => {
  const elements = [GTIN, { ai: '10', value: 'LOT7' }, { ai: '17', value: '261231' }, { ai: '21', value: 'S9' }];
  expect(writeElementString(elements)).toBe('010400638133393110LOT7\u001D1726123121S9');
  expect(elementsText(elements)).toBe('(01)04006381333931(10)LOT7(17)261231(21)S9');
});

test('what should stand beside an element and does not is named, and refuses nothing', () => {
  const read = readElementString('10LOT7');
  expect(read.ok).toBe(true);
  expect(missingPartners([{ ai: '10', value: 'LOT7' }])).toEqual([{ ai: '10', needs: ['01', '02', '03', '8006', '8026'] }]);
  expect(missingPartners([GTIN, { ai: '10', value: 'LOT7' }])).toEqual([]);
  expect(missingPartners([GTIN, { ai: '3922', value: '499' }, { ai: '3103', value: '000842' }])).toEqual([]);
  expect(missingPartners([GTIN, { ai: '3922', value: '499' }])).toHaveLength(1);
});

test('said twice with one value, it is said once', () => {
  expect(readElementString('10LOT7\u001D10LOT7')).toEqual({ ok: true, value: { elements: [{ ai: '10', value: 'LOT7' }], unread: [] } });
});
