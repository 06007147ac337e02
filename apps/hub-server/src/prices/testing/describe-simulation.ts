/** What real baskets would have paid, over HTTP, for whichever database the hub stands on. It has the stores n1, n2 (zone north) and s1 (zone south),. */
import type { Fields } from '@holdfast/sync';
import { beforeAll, describe, expect, test } from 'vitest';

import { enrolNextDevice, saleFields, type SoldLine } from '../../testing/test-device.ts';
import type { TestHub } from '../../testing/test-hub.ts';
import type { SimulationNews, SimulationResult } from '../simulation.ts';

const SPAN = { from: '2026-11-15', to: '2026-11-21' };

export function describeSimulation(hubOf: () => TestHub): void {
  const ask = async (body: object, init: RequestInit = {}): Promise<Response> =>
    hubOf().api('/api/v1/price-simulations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...SPAN, ...body }),
      ...init,
    });
  const line = (sku: string, amount: string | null, more: object = {}): object => ({ sku, amount, scopes: ['zone:north'], ...more });
  const simulated = async (body: object): Promise<SimulationResult> => {
    const response = await ask(body);
    const news = (await response.text())
      .trim()
      .split('\n')
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      .map((text) => JSON.parse(text) as SimulationNews);
    const last = news.at(-1);
    if (last?.type !== 'result') throw new Error(`${response.status} ${JSON.stringify(last)}`);
    expect(news.slice(0, -1).every(({ type }) => type === 'progress')).toBe(true);
    return last;
  };

  describe('what real baskets would have paid', () => {
    beforeAll(async () => {
      const item = (key: string, name: string): object => ({
        type: 'item',
        key,
        scope: 'global',
        fields: { name, taxClass: 'standard', unit: 'piece' },
      });
      await hubOf().post('/api/v1/publications', { cells: [item('OATS', 'Oats'), item('COCOA', 'Cocoa')] });
      const sold = (sku: string, quantity: number): SoldLine => ({ sku, quantity, amountMinor: quantity * 100 });
      for (const [store, baskets] of [
        ['n1', [[sold('OATS', 2), sold('COCOA', 1)], [sold('COCOA', 1)], [sold('OATS', 1)]]],
        ['s1', [[sold('OATS', 5)]]],
      ] as const) {
        const device = await enrolNextDevice(hubOf(), store);
        for (const lines of baskets) device.sell(lines);
        device.sell([sold('OATS', 9)], { businessDate: '2026-11-14' });
        device.sell([sold('OATS', 9)], { training: true });
        device.sell([sold('OATS', -1)]);
        await device.send();
      }
    });

    test('only baskets that hold one of the goods, of the stores and days that were asked, are priced anew', async () => {
      const result = await simulated({ lines: [line('OATS', '0.80')] });
      expect(result).toMatchObject({ ...SPAN, wholeFrom: '2026-11-15', looked: 2, baskets: 3 });
      expect(result.stores).toEqual([{ store: 'n1', currency: 'EUR', baskets: 2, soldMinor: 400, beforeMinor: 400, afterMinor: 340 }]);
      expect(result.articles).toEqual([
        { sku: 'OATS', name: 'Oats', currency: 'EUR', unit: 'piece', quantity: 3, lines: 2, beforeMinor: 300, afterMinor: 240 },
      ]);
    });

    test('when a price begins does not matter: it is taken to hold on all days', async () => {
      const result = await simulated({ lines: [line('OATS', '0.80', { type: 'promotional', from: '2027-01-01', to: '2027-01-08' })] });
      expect(result.stores[0]).toMatchObject({ afterMinor: 340 });
    });

    test('the prices of a campaign are simulated as they stand', async () => {
      const post = async (path: string, body: object, method = 'POST'): Promise<{ readonly campaign: number }> => {
        const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return (await (await hubOf().api(path, init)).json()) as { readonly campaign: number };
      };
      await hubOf().post('/api/v1/publications', {
        cells: [{ type: 'staff', key: 'sim', scope: 'global', fields: { roles: 'clerk' } }],
      });
      const { campaign } = await post('/api/v1/price-campaigns', { name: 'Dear tea', by: 'sim' });
      expect((await ask({ campaign })).status).toBe(422);
      const content = { sku: 'COCOA', amount: '1.50', scopes: ['global'], currency: 'EUR', type: 'regular', from: '', to: '' };
      await post(`/api/v1/price-campaigns/${campaign}`, { by: 'sim', lines: [{ line: 'a', content }] }, 'PATCH');
      const result = await simulated({ campaign });
      expect(result.articles).toMatchObject([{ sku: 'COCOA', quantity: 2, beforeMinor: 200, afterMinor: 300 }]);
    });

    test('who does not wait for it ends it', async () => {
      const gone = new AbortController();
      const response = await ask({ lines: [line('OATS', '0.80')] }, { signal: gone.signal });
      gone.abort();
      await expect(response.text()).rejects.toThrow(/abort/u);
      expect((await simulated({ lines: [line('OATS', '0.80')] })).looked).toBe(2);
    });

    test('a sale that was undone is no basket, whenever that was; what undoes a return is none either', async () => {
      const before = await simulated({ lines: [line('OATS', '0.80')] });
      const device = await enrolNextDevice(hubOf(), 'n1');
      const oats = (quantity: number): SoldLine => ({ sku: 'OATS', quantity, amountMinor: quantity * 100 });
      const sell = (receiptNumber: string, quantity: number): unknown => device.sell([oats(quantity)], { receiptNumber });
      /** The same goods the other way round. */
      const turn = (receiptNumber: string, quantity: number, of: string, more: Fields = {}): void => {
        const { lines } = saleFields(0, [oats(quantity)]);
        const turned = Array.isArray(lines) ? lines.map((each: Fields) => ({ ...each, returnReceipt: of })) : [];
        device.sell([oats(quantity)], { ...more, receiptNumber, lines: turned });
      };
      sell('4-kept-000001', 4);
      sell('4-kept-000002', 8);
      sell('4-kept-000003', 16);
      turn('4-kept-000004', -8, '4-kept-000002', { postVoidOf: '4-kept-000002' });
      // Its card had its money back: it is undone on a later day.
      turn('4-kept-000005', -16, '4-kept-000003', { postVoidOf: '4-kept-000003', businessDate: '2026-11-22' });
      turn('4-kept-000006', -4, '4-kept-000001');
      turn('4-kept-000007', 4, '4-kept-000001', { postVoidOf: '4-kept-000006' });
      await device.send();
      const result = await simulated({ lines: [line('OATS', '0.80')] });
      expect(result).toMatchObject({ looked: before.looked + 1, baskets: before.baskets + 1 });
      expect(result.stores).toEqual([{ store: 'n1', currency: 'EUR', baskets: 3, soldMinor: 800, beforeMinor: 800, afterMinor: 660 }]);
    });

    test.each([
      ['neither lines nor a campaign', {}, 400],
      ['both', { lines: [line('OATS', '1.00')], campaign: 1 }, 400],
      ['days that end before they begin', { lines: [line('OATS', '1.00')], from: '2026-11-22' }, 400],
      ['a year', { lines: [line('OATS', '1.00')], from: '2025-11-21' }, 400],
      ['no such campaign', { campaign: 999_999 }, 404],
      ['no such goods', { lines: [line('NONE', '1.00')] }, 422],
      ['what is no price', { lines: [line('OATS', 'dear')] }, 422],
    ])('%s is refused', async (_what, body, status) => {
      expect((await ask(body)).status).toBe(status);
    });
  });
}
