/** Sales by whatever a person has of one, and what came back of which, over HTTP: the same on both databases. */
import type { Fields } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type SoldLine, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { FoundSales } from './find-sales.ts';
import type { LinkedSale } from './linked-sales.ts';
import type { SaleDetail } from './sales.ts';

vi.setConfig({ testTimeout: 60_000 });

const sold = (sku: string, quantity: number): SoldLine => ({ sku, quantity, amountMinor: quantity * 100 });

export function findSalesContract(engine: string, open: () => Promise<Database>): void {
  describe(`finding sales: ${engine}`, () => {
    let hub: TestHub;
    let device: TestDevice;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 } });
      const item = (key: string, name: string): object => ({
        type: 'item',
        key,
        scope: 'global',
        fields: { name, taxClass: 'standard', unit: 'piece' },
      });
      await hub.post('/api/v1/publications', { cells: [item('MILK', 'Whole milk'), item('TEA', 'Green tea')] });
      device = await enrolNextDevice(hub);
      device.sell([sold('MILK', 3)], { receiptNumber: '1-abcd-000001' });
      device.sell([sold('TEA', 2)], { receiptNumber: '1-abcd-000002', externalReference: 'WEB-77' });
      device.sell([sold('TEA', 5)], { receiptNumber: '1-abcd-000003', businessDate: '2026-09-01' });
      const fields = saleFields(4, [sold('MILK', -1)]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const [line] = fields['lines'] as readonly Fields[];
      device.append(1, { ...fields, lines: [{ ...line, returnReceipt: '1-abcd-000001' }] });
      await device.send();
    });
    afterAll(async () => hub.close());

    const find = async (q: string, more: object = {}): Promise<Response> =>
      hub.api(`/api/v1/sales/search?${String(new URLSearchParams({ q, from: '2026-11-01', to: '2026-11-21', ...more }))}`);
    const found = async (q: string, more: object = {}): Promise<string> => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const { by, sales } = (await (await find(q, more)).json()) as FoundSales;
      return [by ?? 'none', ...sales.map(({ receiptNumber }) => receiptNumber.slice(-1)).toSorted()].join(' ');
    };

    test.each`
      q                  | more                                        | says
      ${'1-abcd-000003'} | ${{}}                                       | ${'receipt 3'}
      ${'1-ABCD-000001'} | ${{}}                                       | ${'receipt 1'}
      ${'WEB-77'}        | ${{}}                                       | ${'content 2'}
      ${'3.00'}          | ${{}}                                       | ${'content 1'}
      ${'3,00'}          | ${{}}                                       | ${'content 1'}
      ${'-1'}            | ${{}}                                       | ${'content 4'}
      ${'TEA'}           | ${{}}                                       | ${'content 2'}
      ${'green'}         | ${{}}                                       | ${'content 2'}
      ${'green'}         | ${{ from: '2026-08-15', to: '2026-09-10' }} | ${'content 3'}
      ${'milk'}          | ${{}}                                       | ${'content 1 4'}
      ${'milk'}          | ${{ store: '2' }}                           | ${'none'}
      ${"'; DROP TABLE"} | ${{}}                                       | ${'none'}
      ${'%'}             | ${{}}                                       | ${'none'}
    `('$q, $more: $says', async ({ q, more, says }: { readonly q: string; readonly more: object; readonly says: string }) => {
      expect(await found(q, more)).toBe(says);
    });

    test.each([
      ['nothing', '', {}],
      ['more than a month', 'milk', { from: '2026-10-01' }],
      ['a day that there is not', 'milk', { to: '2026-13-01' }],
    ])('%s is refused', async (_what, q, more) => {
      expect((await find(q, more)).status).toBe(400);
    });

    test('a sale says what came back of it, and a return of which sale it is', async () => {
      const detail = async (seq: number): Promise<SaleDetail> => hub.json(`/api/v1/sales/${device.enrolled.device}/${device.epoch}/${seq}`);
      const receipts = (sales: readonly LinkedSale[]): readonly string[] => sales.map(({ receiptNumber }) => receiptNumber);
      const [sale, other, back] = [await detail(1), await detail(2), await detail(4)];
      expect([receipts(sale.origins), receipts(sale.returns)]).toEqual([[], ['1-abcd-000004']]);
      expect([receipts(other.origins), receipts(other.returns)]).toEqual([[], []]);
      expect([receipts(back.origins), receipts(back.returns)]).toEqual([['1-abcd-000001'], []]);
      expect(back.origins[0]).toMatchObject({ device: device.enrolled.device, epoch: device.epoch, seq: 1, store: '1' });
    });
  });
}
