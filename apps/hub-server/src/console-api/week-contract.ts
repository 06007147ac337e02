/** Today beside last week, over HTTP: the same on both databases. */
import { LEDGER_KINDS } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type SoldLine } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Overview } from './overview.ts';
import type { WeekOverview } from './week.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Monday, noon in Berlin; the Monday before had its clocks on summer time. */
const NOW_MS = Date.parse('2026-10-26T11:00:00Z');
const TODAY = '2026-10-26';
const BEFORE = '2026-10-19';

export function weekContract(engine: string, open: () => Promise<Database>): void {
  describe(`today beside last week: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      const clock = { nowMs: () => NOW_MS, monotonicMs: () => performance.now() };
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 }, clock });
      const swiss = { store: 'ch', name: 'Basel', zone: 'alps', currency: 'CHF', timeZone: 'Europe/Zurich', taxInclusive: true };
      await hub.post('/api/v1/stores', swiss);
      const item = (key: string, category?: string): object => ({
        type: 'item',
        key,
        scope: 'global',
        fields: { name: key, taxClass: 'standard', unit: 'piece', ...(category !== undefined && { category }) },
      });
      await hub.post('/api/v1/publications', { cells: [item('MILK', 'Dairy'), item('TEA', 'Drinks'), item('BAG')] });
      const sold = (sku: string, quantity: number): SoldLine => ({ sku, quantity, amountMinor: quantity * 100 });
      const at = (text: string): number => Date.parse(text);
      const device = await enrolNextDevice(hub);
      for (const [businessDate, when, lines] of [
        [TODAY, '2026-10-26T09:00:00Z', [sold('MILK', 3), sold('TEA', 1)]],
        [TODAY, '2026-10-26T10:30:00Z', [sold('MILK', -1)]],
        [BEFORE, '2026-10-19T09:30:00Z', [sold('TEA', 5)]],
        // At the same time by the wall, an hour earlier by the sun.
        [BEFORE, '2026-10-19T10:00:00Z', [sold('MILK', 1)]],
        [BEFORE, '2026-10-19T10:00:01Z', [sold('MILK', 9)]],
        ['2026-10-25', '2026-10-25T10:00:00Z', [sold('MILK', 70)]],
      ] as const)
        append(device, lines, { businessDate }, at(when));
      append(device, [sold('MILK', 50)], { businessDate: TODAY, training: true }, at('2026-10-26T09:30:00Z'));
      await device.send();
      const other = await enrolNextDevice(hub, 'ch');
      append(other, [sold('BAG', 2)], { businessDate: TODAY, currency: 'CHF' }, at('2026-10-26T09:00:00Z'));
      await other.send();
    });
    afterAll(async () => hub.close());

    let number = 0;
    const append = (
      device: Awaited<ReturnType<typeof enrolNextDevice>>,
      lines: readonly SoldLine[],
      more: Parameters<typeof saleFields>[2],
      atMs: number,
    ): void => {
      number += 1;
      device.append(LEDGER_KINDS.sale.kind, saleFields(number, lines, more), atMs);
    };

    test('each store, hour and department stands beside the same weekday of last week, as far as it had come', async () => {
      const week = await hub.json<WeekOverview>('/api/v1/overview/week');
      const euros = (todayMinor: number, lastWeekMinor: number) => ({ currency: 'EUR', minorDigits: 2, todayMinor, lastWeekMinor });
      const francs = { currency: 'CHF', minorDigits: 2, todayMinor: 200, lastWeekMinor: 0 };
      expect(week.stores).toEqual([
        { store: '1', ...euros(300, 600) },
        { store: 'ch', ...francs },
      ]);
      expect(week.totals).toHaveLength(2);
      expect(week.totals).toEqual(expect.arrayContaining([euros(300, 600), francs]));
      // A hub that has just started sums them first.
      await expect
        .poll(async () => (await hub.json<WeekOverview>('/api/v1/overview/week')).departments, { timeout: 60_000 })
        .toEqual([
          { department: 'Dairy', ...euros(200, 100) },
          { department: null, ...francs },
          { department: 'Drinks', ...euros(100, 500) },
        ]);
      expect(week.hours).toEqual([
        { hour: 11, currency: 'EUR', count: 1, totalMinor: 500 },
        { hour: 12, currency: 'EUR', count: 2, totalMinor: 1_000 },
      ]);
    });

    test('an hour of today is told currency by currency, and what several took is not added up', async () => {
      const { salesByHour } = await hub.json<Overview>('/api/v1/overview');
      const taken = (currency: string, totalMinor: number) => ({ currency, minorDigits: 2, totalMinor });
      expect(salesByHour).toEqual([
        { hour: 10, count: 2, totalMinor: null, byCurrency: [taken('CHF', 200), taken('EUR', 400)] },
        { hour: 11, count: 1, totalMinor: null, byCurrency: [taken('EUR', -100)] },
      ]);
    });
  });
}
