/** What is kept of sales as sums is what the sales are: the same on both databases. */
import { businessDateOf, LEDGER_KINDS } from '@holdfast/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Overview } from '../console-api/overview.ts';
import type { WeekOverview } from '../console-api/week.ts';
import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { problemsOfSums } from './sale-sums.ts';
import type { Verification } from './verify.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const TENANT_NO = 1;
const HOUR_MS = 3_600_000;
/** Within a quarter of an hour. */
const NOW_MS = Date.parse('2026-11-27T12:40:07.500Z');
const WEEK_MS = 7 * 24 * HOUR_MS;
const STORES = {
  '1': { timeZone: 'Europe/Berlin', currency: 'EUR' },
  in: { timeZone: 'Asia/Kolkata', currency: 'INR' },
} as const;

interface Sold {
  readonly store: keyof typeof STORES;
  readonly atMs: number;
  readonly amountMinor: number;
  readonly training: boolean;
}

const sold: fc.Arbitrary<Sold> = fc.record({
  store: fc.constantFrom('1' as const, 'in' as const),
  // Around now, a week before to the millisecond, and between.
  atMs: fc.oneof(
    fc.integer({ min: NOW_MS - 20 * HOUR_MS, max: NOW_MS }),
    fc.integer({ min: -3, max: 3 }).map((ms) => NOW_MS - WEEK_MS + ms),
    fc.integer({ min: NOW_MS - WEEK_MS - 20 * HOUR_MS, max: NOW_MS - WEEK_MS + 12 * HOUR_MS }),
  ),
  amountMinor: fc.integer({ min: -5_000, max: 50_000 }).filter((amount) => amount !== 0),
  training: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
});
const BATCHES = fc.array(fc.array(sold, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });

const dayOf = ({ store, atMs }: Sold): string => businessDateOf(atMs, STORES[store].timeZone);
const total = (rows: readonly Sold[]): number => rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

export function saleSumsContract(engine: string, open: () => Promise<Database>): void {
  describe(`sums of sales: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      const clock = { nowMs: () => NOW_MS, monotonicMs: () => performance.now() };
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: HOUR_MS }, clock });
      const second = { store: 'in', name: 'Pune', zone: 'east', currency: 'INR', timeZone: 'Asia/Kolkata', taxInclusive: true };
      expect((await hub.post('/api/v1/stores', second)).status).toBe(201);
    });
    afterAll(async () => hub.close());

    const problems = async (): Promise<readonly string[]> => (await hub.json<Verification>('/api/v1/verify')).problems;
    const problemsNamed = async (): Promise<readonly string[]> => (await problems()).filter((problem) => problem.startsWith('sums of'));

    /** The ledger stays: of what is folded the next turn begins anew. */
    const clear = async (): Promise<void> => {
      await hub.database.script('DELETE FROM sale; DELETE FROM sale_sum');
    };

    test('a sum that is not of the sales is named', async () => {
      const device = await enrolNextDevice(hub);
      device.append(LEDGER_KINDS.sale.kind, saleFields(1, [{ sku: 'A', quantity: 1, amountMinor: 250 }]), NOW_MS);
      await device.send();
      expect(await problemsNamed()).toEqual([]);
      await hub.database.execute('UPDATE sale_sum SET total_minor = 251');
      expect(await problemsNamed()).toEqual([expect.stringMatching(/kept as 1 of 251, the sales are 1 of 250$/)]);
      await hub.database.execute('DELETE FROM sale_sum');
      expect(await problemsNamed()).toEqual([expect.stringMatching(/kept as none, the sales are 1 of 250$/)]);
    });

    test('two hundred problems are named, and how many more there are is told', async () => {
      const device = await enrolNextDevice(hub);
      for (let number = 1; number <= 210; number += 1)
        device.append(LEDGER_KINDS.sale.kind, saleFields(number, [{ sku: 'A', quantity: 1, amountMinor: 250 }]), NOW_MS);
      await device.send();
      await hub.json<Overview>('/api/v1/overview');
      await clear();
      const told = await problems();
      expect(told).toHaveLength(201);
      expect(told.at(-1)).toMatch(/^and \d+ more$/);
      expect(Number(/\d+/.exec(told.at(-1) ?? '')?.[0])).toBeGreaterThanOrEqual(10);
    });

    test('whatever lanes sold, in whichever batches it came: the overview and the week before are of the sales, and training is of none', async () => {
      await clear();
      const devices = { '1': await enrolNextDevice(hub), in: await enrolNextDevice(hub, 'in') };
      const sent = { '1': 0, in: 0 };
      let number = 0;
      await fc.assert(
        fc
          .asyncProperty(BATCHES, async (batches) => {
            for (const batch of batches) {
              for (const sale of batch) {
                number += 1;
                const more = { businessDate: dayOf(sale), currency: STORES[sale.store].currency, training: sale.training };
                const fields = saleFields(
                  number,
                  [{ sku: 'A', quantity: Math.sign(sale.amountMinor), amountMinor: sale.amountMinor }],
                  more,
                );
                devices[sale.store].append(LEDGER_KINDS.sale.kind, fields, sale.atMs);
              }
              for (const store of new Set(batch.map((sale) => sale.store))) await devices[store].send(1 + sent[store]);
              for (const store of ['1', 'in'] as const) sent[store] = devices[store].entries.length;
            }
            const real = batches.flat().filter(({ training }) => !training);
            const today = real.filter((sale) => dayOf(sale) === businessDateOf(NOW_MS, STORES[sale.store].timeZone));
            const before = real.filter((sale) => dayOf(sale) === businessDateOf(NOW_MS - WEEK_MS, STORES[sale.store].timeZone));
            const overview = await hub.json<Overview>('/api/v1/overview');
            expect(overview.totals).toMatchObject({
              sales: today.filter(({ amountMinor }) => amountMinor > 0).length,
              returns: today.filter(({ amountMinor }) => amountMinor < 0).length,
            });
            const week = await hub.json<WeekOverview>('/api/v1/overview/week');
            for (const [store, { timeZone }] of Object.entries(STORES)) {
              const own = (rows: readonly Sold[]): readonly Sold[] => rows.filter((sale) => sale.store === store);
              const view = overview.stores.find((each) => each.store === store);
              expect([view?.salesToday, view?.totalTodayMinor]).toEqual([own(today).length, total(own(today))]);
              const soFar = own(before).filter(({ atMs }) => atMs <= NOW_MS - WEEK_MS);
              const pair = week.stores.find((each) => each.store === store);
              expect([pair?.todayMinor ?? 0, pair?.lastWeekMinor ?? 0]).toEqual([total(own(today)), total(soFar)]);
              const hourOf = ({ atMs }: Sold): number =>
                Number(new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(atMs));
              const hours = week.hours.filter(({ currency }) => currency === STORES[store as Sold['store']].currency);
              const expected = Map.groupBy(own(before), hourOf);
              expect(new Map(hours.map(({ hour, count, totalMinor }) => [hour, [count, totalMinor]]))).toEqual(
                new Map([...expected].map(([hour, rows]) => [hour, [rows.length, total(rows)]])),
              );
            }
            expect(await problemsOfSums(hub.database, TENANT_NO)).toEqual([]);
          })
          .afterEach(clear),
        { numRuns: 12 },
      );
    });
  });
}
