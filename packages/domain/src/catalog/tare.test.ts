import { expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { netOf } from './tare.ts';

test.each(
  readTable(`
    gross | item's | entered | net
    842   |        |         | 842
    842   | 12     |         | 830
    842   | 12     | 20      | 822
    842   | 12     | 0       | 842
    -842  | 12     |         | -830
    13    | 12     |         | 1
    12    | 12     |         | tooLarge
    5     | 12     |         | tooLarge
    -12   | 12     |         | tooLarge
    0     | 12     |         | 0
    842   |        | -1      | malformed
    842   |        | 0.5     | malformed
  `),
)('$gross g, tare $entered', (row) => {
  const number = (name: string): number | undefined => (cell(row, name) === '' ? undefined : Number(cell(row, name)));
  const own = number("item's");
  const item = { sku: 'a', name: 'Apples', unit: 'gram', ...(own !== undefined && { tare: own }) } as const;
  const net = netOf(item, number('gross') ?? 0, number('entered'));
  expect(net.ok ? String(net.value.quantity) : net.error.detail.reason).toBe(cell(row, 'net'));
});

test('goods by the piece have none', () => {
  expect(netOf({ sku: 'm', name: 'Milk', unit: 'piece' }, 2, 1)).toMatchObject({ ok: false, error: { detail: { reason: 'notMeasured' } } });
});
