import { expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';
import { labelDocument } from './label.ts';

test('a label in the store’s own figures, with the bars of its code', () => {
  const label = {
    sku: 'OIL',
    name: 'Olivenöl',
    brand: 'Oliva',
    gtin: '4006381333931',
    currency: 'EUR',
    unit: 'piece',
    price: { amount: 499, decimals: 2 },
    regular: { amount: 749, decimals: 2 },
    measure: { unit: 'millilitre', price: { amount: 665, decimals: 2 } },
    validFrom: '2026-12-01',
    validTo: '2026-12-07',
  } as const;
  expect(labelDocument(label, 'de-DE')).toEqual({
    direction: 'ltr',
    title: 'Oliva Olivenöl',
    price: '4,99\u00A0€',
    before: '7,49\u00A0€',
    measure: '6,65\u00A0€ / l',
    notes: ['01.12.26 – 07.12.26', 'OIL'],
    barcode: { kind: 'ean13', data: '4006381333931' },
  });
  const { gtin: _, brand: __, measure: ___, ...plain } = label;
  expect(labelDocument({ ...plain, unit: 'gram', plu: '4011', gtin: '96385074' }, 'ar')).toMatchObject({
    direction: 'rtl',
    title: 'Olivenöl',
    per: '/ kg',
    barcode: { kind: 'ean8' },
  });
});

test.each([
  [[], 'Say which'],
  [['--on', 'tomorrow'], '--on is a day'],
  [['4006381333931', '--size', '6x4'], '--size is'],
  [['4006381333931', '--printer', 'laser@tcp://127.0.0.1'], 'zpl-203'],
])('%j is refused in words', async (args, words) => {
  let said = '';
  const code = await runCommandLine(['label', '--data', '/nowhere', ...args], {
    out: () => {},
    err: (text) => void (said += text),
    interactive: false,
  });
  expect(code).toBe(EXIT.usage);
  expect(said).toContain(words);
});
