/** What an exempt customer does not pay of a price that includes tax, in cents. */
import { expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { exemptionOf, exemptLine, type ExemptPrices } from './exemption.ts';
import type { TaxClass } from './tax-rule.ts';

const classOf = (rateBps: number): TaxClass => ({ taxClass: 'goods', name: 'goods', rateBps });

const CASES = readTable(`
  price | rate | of the exempt | prices     | include tax | off
  ------+------+---------------+------------+-------------+------
  2000  | 825  | none          | withoutTax | yes         | -152
  119   | 1900 | none          | withoutTax | yes         | -19
  -119  | 1900 | none          | withoutTax | yes         | 19
  119   | 1900 | 700           | withoutTax | yes         | -12
  119   | 1900 | 1900          | withoutTax | yes         | none
  100   | 0    | none          | withoutTax | yes         | none
  1     | 700  | none          | withoutTax | yes         | none
  2000  | 825  | none          | unchanged  | yes         | none
  2000  | 825  | none          | withoutTax | no          | none
`);

test.each(CASES)('$price at $rate, of the exempt $of the exempt, $prices, $include tax: $off', (row) => {
  const exempt = cell(row, 'of the exempt');
  const line = {
    amountMinor: Number(cell(row, 'price')),
    quantity: { value: 1, unit: 'piece' as const },
    tax: classOf(Number(cell(row, 'rate'))),
    ...(exempt !== 'none' && { exemptTax: classOf(Number(exempt)) }),
  };
  const terms = { taxInclusive: cell(row, 'include tax') === 'yes', taxRounding: 'half-up' } as const;
  const prices: ExemptPrices = cell(row, 'prices') === 'unchanged' ? 'unchanged' : 'withoutTax';
  const off = exemptionOf(exemptLine(line, true), 'WI-000123', terms, prices);
  expect(off?.amountMinor ?? 'none').toBe(cell(row, 'off') === 'none' ? 'none' : Number(cell(row, 'off')));
  // Whoever is not exempt pays what the price says.
  expect(exemptionOf(line, 'WI-000123', terms, prices)).toBeUndefined();
});
