/** Prices at headquarters over HTTP: listed, explained, changed at any number of places after a look at what each store gets, and followed to the lanes; the same on both databases. */
import { priceKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Reach } from '../catalog/reach.ts';
import type { Database } from '../db/database.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { PricePreview } from './price-changes.ts';
import type { PriceDay, PriceMoment, PriceRow, PricesOfOne } from './price-list.ts';
import { describeCampaigns } from './testing/describe-campaigns.ts';
import { describeSimulation } from './testing/describe-simulation.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Nine in the morning in Berlin. */
const START_MS = Date.parse('2026-12-01T08:00:00Z');
const DAY_MS = 86_400_000;

const item = (key: string, name: string): object => ({
  type: 'item',
  key,
  scope: 'global',
  fields: { name, taxClass: 'standard', unit: 'piece' },
});
const line = (sku: string, amount: string | null, more: object = {}): object => ({ sku, amount, scopes: ['global'], ...more });

export function pricesContract(engine: string, open: () => Promise<Database>): void {
  describe(`prices contract: ${engine}`, () => {
    let hub: TestHub;
    let nowMs = START_MS;
    beforeAll(async () => {
      const clock = { nowMs: () => nowMs, monotonicMs: () => performance.now() };
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 }, clock });
      const store = { currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      for (const [name, zone, more] of [
        ['n1', 'north', {}],
        ['n2', 'north', {}],
        ['s1', 'south', {}],
        ['uk', 'isles', { timeZone: 'Europe/London', currency: 'GBP' }],
      ] as const)
        await hub.post('/api/v1/stores', { store: name, name, zone, ...store, ...more });
      await hub.post('/api/v1/publications', { cells: [item('MILK', 'Milk 1 l'), item('RYE', 'Rye bread'), item('TEA', 'Tea')] });
    });
    afterAll(async () => hub.close());

    const change = async (lines: readonly object[], more: object = {}): Promise<Response> => hub.post('/api/v1/prices', { lines, ...more });
    const set = async (...lines: readonly object[]): Promise<number> => {
      const response = await change(lines);
      const answer = (await response.json()) as { lsn: number };
      expect([response.status, answer.lsn > 0]).toEqual([200, true]);
      return answer.lsn;
    };
    const preview = async (...lines: readonly object[]): Promise<PricePreview> =>
      (await (await hub.post('/api/v1/prices?preview=true', { lines })).json()) as PricePreview;
    const rows = async (query: Readonly<Record<string, string>> = {}): Promise<readonly PriceRow[]> =>
      (await hub.json<{ prices: readonly PriceRow[] }>(`/api/v1/prices?${String(new URLSearchParams(query))}`)).prices;
    const row = async (sku: string, scope = 'global'): Promise<PriceRow | undefined> =>
      (await rows({ scope, limit: '200' })).find((each) => each.sku === sku);
    const headLsn = async (): Promise<number> => (await hub.database.rows<{ lsn: number }>('SELECT lsn FROM tenant'))[0]?.lsn ?? 0;
    const reach = async (lsn: number): Promise<Reach> => hub.json<Reach>(`/api/v1/publications/${lsn}/reach`);

    test('one price is set at all stores, in a zone and in a store at once; each place reads its narrowest, now and next', async () => {
      await set(
        line('MILK', '1.19', { currency: 'EUR' }),
        line('MILK', '0.99', { scopes: ['zone:north'], type: 'promotional', from: '2026-12-05', to: '2026-12-12' }),
        line('MILK', '1,09', { scopes: ['store:s1'] }),
      );
      const euros = (amount: number, type = 'regular') => ({ amount, decimals: 2, currency: 'EUR', type });
      expect(await row('MILK')).toMatchObject({ now: euros(119), next: [], elsewhere: ['store:s1', 'zone:north'] });
      expect(await row('MILK', 'store:s1')).toMatchObject({ now: euros(109), next: [], elsewhere: [] });
      expect(await row('MILK', 'zone:north')).toMatchObject({
        now: euros(119),
        next: [
          { atMs: Date.parse('2026-12-04T23:00:00Z'), price: euros(99, 'promotional') },
          { atMs: Date.parse('2026-12-11T23:00:00Z'), price: euros(119) },
        ],
      });
      expect(await row('MILK', 'store:uk')).toMatchObject({ now: null });
      expect(await row('TEA')).toMatchObject({ now: null, next: [], elsewhere: [] });
    });

    test('of one article every price is told, and why it does not hold there; stores that ask the same stand together', async () => {
      const one = await hub.json<PricesOfOne>(`/api/v1/prices/MILK?scope=store:n1&atMs=${START_MS + 5 * DAY_MS}`);
      expect(one.prices.map(({ scope, reason }) => [scope, reason])).toEqual([
        ['zone:north', null],
        ['global', 'type'],
        ['store:s1', 'otherScope'],
      ]);
      expect(one.stores.map(({ stores, price }) => [stores.join(' '), price?.amount ?? null])).toEqual([
        ['1', 119],
        ['n1 n2', 99],
        ['s1', 109],
        ['uk', null],
      ]);
    });

    test('a preview says what each store would ask, what covers a price there, and when it ends; it changes nothing', async () => {
      const before = await headLsn();
      const shown = await preview(
        line('MILK', '1.29', { currency: 'EUR' }),
        line('RYE', '3.00', { currency: 'EUR', to: '2027-01-01T00:00:00+01:00' }),
      );
      expect(shown).toMatchObject({ lsn: before, differing: 2 });
      const told = shown.groups.map(({ stores, prices }) => [
        stores.join(' '),
        ...prices.map(({ sku, before: was, after, reason, end }) => [
          sku,
          was?.amount ?? null,
          after?.amount ?? null,
          reason,
          end?.price ?? null,
        ]),
      ]);
      expect(told).toEqual([
        ['1 n1 n2', ['MILK', 119, 129, null, null], ['RYE', null, 300, null, null]],
        ['s1', ['MILK', 109, 109, 'scope', null], ['RYE', null, 300, null, null]],
        ['uk', ['MILK', null, null, 'otherCurrency', null], ['RYE', null, null, 'otherCurrency', null]],
      ]);
      expect(shown.groups[0]?.prices[1]?.end?.atMs).toBe(Date.parse('2026-12-31T23:00:00Z'));
      expect(await preview(line('MILK', '1.19', { currency: 'EUR' }))).toMatchObject({ differing: 0 });
      expect(await headLsn()).toBe(before);
    });

    test('who publishes what somebody changed since they looked is told so; what others changed elsewhere is no matter', async () => {
      const wish = line('RYE', '2.80', { scopes: ['zone:north'] });
      const { lsn } = await preview(wish);
      await set(line('RYE', '2.50', { scopes: ['zone:south'] }));
      expect((await change([wish], { basedOn: lsn })).status).toBe(200);
      const seen = await preview(line('RYE', '2.70', { scopes: ['zone:north'] }));
      await set(line('RYE', '2.75', { scopes: ['zone:north'] }));
      const late = await change([line('RYE', '2.70', { scopes: ['zone:north'] })], { basedOn: seen.lsn });
      expect([late.status, await late.text()]).toEqual([409, expect.stringContaining('the price of RYE at zone:north')]);
      expect((await row('RYE', 'zone:north'))?.now?.amount).toBe(275);
    });

    test('a price is taken away; what it covered holds again, and who did it is kept with what it was for', async () => {
      await change([line('RYE', null, { scopes: ['zone:north', 'zone:south'] })], { reason: 'harvest is in' });
      expect((await row('RYE', 'zone:north'))?.now).toBe(null);
      const { publications } = await hub.json<{ publications: readonly { source: string; by: string; reach: object }[] }>(
        '/api/v1/publications?type=price&reach=true&limit=1',
      );
      expect(publications).toEqual([expect.objectContaining({ source: 'harvest is in', by: 'console', reach: { stores: 0, reached: 0 } })]);
    });

    test.each([
      ['no such goods', line('NONE', '1'), 'there are no goods NONE'],
      ['no such store', line('MILK', '1', { scopes: ['store:zz'] }), 'there is no store at store:zz'],
      ['no price', line('MILK', '1.2.3', { currency: 'EUR' }), '1.2.3 is no price in EUR'],
      ['stores of two currencies', line('MILK', '1'), 'several currencies'],
      ['a wall time of two time zones', line('MILK', '1', { currency: 'EUR', from: '2026-12-24' }), 'several time zones'],
      ['no moment', line('MILK', '1', { currency: 'EUR', from: 'tomorrow' }), 'tomorrow is no moment'],
      ['an hour that the clocks skip', line('MILK', '1', { scopes: ['store:n1'], from: '2027-03-28T02:30' }), 'the clocks there skip'],
      ['an end before its beginning', line('MILK', '1', { scopes: ['store:n1'], from: '2026-12-24', to: '2026-12-23' }), 'ends before'],
      ['a break of what everybody pays', line('MILK', '1', { scopes: ['store:n1'], fromQuantity: 6 }), 'fromQuantity is not'],
      ['no such price to take away', line('MILK', null, { type: 'clearance' }), 'there is no such price at global'],
    ])('%s is refused whole, and says which line', async (_what, wrong, reason) => {
      const before = await headLsn();
      const response = await change([line('TEA', '1', { currency: 'EUR' }), wrong]);
      expect([response.status, await response.text()]).toEqual([422, expect.stringContaining(`Line 2: `)]);
      expect(await (await change([line('TEA', '1', { currency: 'EUR' }), wrong])).text()).toContain(reason);
      expect(await headLsn()).toBe(before);
    });

    test('one price is said once: at a place that another line names already it is refused', async () => {
      const response = await change([line('TEA', '1', { scopes: ['store:n1'] }), line('TEA', '2', { scopes: ['store:n2', 'store:n1'] })]);
      expect(await response.text()).toContain('Line 2: line 1 says that price at store:n1 already');
    });

    test('what begins and what ends is listed by its moment, page by page, and counted by days', async () => {
      const from = Date.parse('2027-01-31T23:00:00Z');
      await set(
        ...[1, 2, 3].map((day) => line('TEA', `2.0${day}`, { scopes: ['store:n1'], from: `2027-02-0${day}`, to: `2027-02-0${day + 1}` })),
        line('TEA', '1.50', { scopes: ['zone:south'], type: 'promotional', from: '2027-02-02', to: '2027-03-02' }),
      );
      const span = { from: '2027-02-01', to: '2027-02-04', timeZone: 'Europe/Berlin' };
      const moments: PriceMoment[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = new URLSearchParams({ ...span, limit: '2', ...(cursor !== '' && { cursor }) });
        const page: { moments: readonly PriceMoment[]; next: string | null } = await hub.json(`/api/v1/price-moments?${String(query)}`);
        moments.push(...page.moments);
        cursor = page.next;
      }
      expect(moments.map(({ atMs, what, name, scope, price }) => [(atMs - from) / DAY_MS, what, name, scope, price.amount])).toEqual([
        [0, 'begins', 'Tea', 'store:n1', 201],
        [1, 'begins', 'Tea', 'zone:south', 150],
        [1, 'ends', 'Tea', 'store:n1', 201],
        [1, 'begins', 'Tea', 'store:n1', 202],
        [2, 'ends', 'Tea', 'store:n1', 202],
        [2, 'begins', 'Tea', 'store:n1', 203],
      ]);
      const days = async (more: object): Promise<readonly PriceDay[]> =>
        (await hub.json<{ days: readonly PriceDay[] }>(`/api/v1/price-days?${String(new URLSearchParams({ ...span, ...more }))}`)).days;
      expect(await days({})).toEqual([
        { date: '2027-02-01', begins: 1, ends: 0 },
        { date: '2027-02-02', begins: 2, ends: 1 },
        { date: '2027-02-03', begins: 1, ends: 1 },
      ]);
      expect(await days({ scope: 'store:s1' })).toEqual([{ date: '2027-02-02', begins: 1, ends: 0 }]);
    });

    describe('how far a publication has come', () => {
      let [first, second]: readonly TestDevice[] = [];
      const stateOf = async (lsn: number): Promise<readonly (readonly [string, boolean, readonly string[]])[]> =>
        (await reach(lsn)).stores.map(({ store, isReached, devices }) => [store, isReached, devices.map((device) => device.reach)]);

      test('a lane has it once its cut has, by its own word; until then it says why not', async () => {
        first = await enrolNextDevice(hub, 'n1');
        second = await enrolNextDevice(hub, 'n1');
        const lsn = await set(line('TEA', '3.33', { scopes: ['store:n1'] }));
        expect(await stateOf(lsn)).toEqual([['n1', false, ['never', 'never']]]);
        const told = await first.manifest();
        expect(await stateOf(lsn)).toEqual([['n1', false, ['underWay', 'never']]]);
        await first.manifest(told.to);
        expect(await stateOf(lsn)).toEqual([['n1', false, ['has', 'never']]]);
        await second.manifest((await second.manifest()).to);
        expect(await stateOf(lsn)).toEqual([['n1', true, ['has', 'has']]]);
        expect((await reach(lsn)).stores[0]?.devices[0]?.heldLsn).toBe(told.to.lsn);
      });

      test('whoever is cut off, has not asked yet, or does not get on with it is told apart; stores that read nothing of it are left out', async () => {
        const here = await first!.manifest();
        await second!.manifest(here.to);
        const lsn = await set(line('TEA', '3.44', { scopes: ['zone:north'] }));
        const next = await set(line('TEA', '3.55', { scopes: ['zone:south'] }));
        expect(await stateOf(lsn)).toEqual([
          ['n1', false, ['notTold', 'notTold']],
          ['n2', false, []],
        ]);
        expect(await stateOf(next)).toEqual([['s1', false, []]]);
        await first!.manifest(here.to);
        nowMs += 3 * 60_000;
        await first!.manifest(here.to);
        expect((await stateOf(lsn))[0]).toEqual(['n1', false, ['stuck', 'cutOff']]);
        nowMs = START_MS;
      });

      test('of many publications it is counted at once', async () => {
        await first!.manifest((await first!.manifest()).to);
        await second!.manifest((await second!.manifest()).to);
        const lsn = await set(line('MILK', '1.21', { currency: 'EUR' }));
        const { publications } = await hub.json<{ publications: readonly { lsn: number; reach: object }[] }>(
          '/api/v1/publications?type=price&reach=true&limit=3',
        );
        expect(publications.map((each) => [each.lsn, each.reach])).toEqual([
          [lsn, { stores: 1, reached: 0 }],
          [expect.any(Number), { stores: 0, reached: 0 }],
          [expect.any(Number), { stores: 1, reached: 1 }],
        ]);
        expect((await hub.api('/api/v1/publications/999999/reach')).status).toBe(404);
      });
    });

    describeCampaigns(() => hub);
    describeSimulation(() => hub);

    test('keys are the domain’s own: what a file sets a person changes here', async () => {
      const key = priceKey('TEA', 'member', undefined, { customerGroup: 'gold' });
      await set(line('TEA', '0.90', { scopes: ['store:n2'], type: 'member', customerGroup: 'gold' }));
      expect(await hub.database.rows('SELECT scope FROM entity WHERE type = 3 AND alive AND key = $1', [key])).toEqual([
        { scope: 'store:n2' },
      ]);
      const shown = await preview(line('TEA', '0.80', { scopes: ['store:n2'], type: 'member', customerGroup: 'gold' }));
      expect(shown.groups[0]?.prices[0]).toMatchObject({ before: { amount: 90, type: 'member' }, after: { amount: 80, type: 'member' } });
    });

    test('the price of a pack is that of the whole pack: it holds for packs alone, and only where it is no dearer than its pieces', async () => {
      await set(line('RYE', '2.00', { scopes: ['zone:south'] }));
      const pack = (amount: string | null, fromQuantity: number): object =>
        line('RYE', amount, { scopes: ['zone:south'], type: 'pack', fromQuantity });
      const shown = await preview(pack('10.00', 6));
      expect(shown.groups[0]?.prices[0]).toMatchObject({
        before: { amount: 200, type: 'regular' },
        after: { amount: 1_000, type: 'pack' },
        reason: null,
      });
      const dearer = await preview(pack('12.01', 6));
      expect(dearer.groups[0]?.prices[0]).toMatchObject({ after: { amount: 200, type: 'regular' }, reason: 'amount' });
      const before = await headLsn();
      for (const [fromQuantity, status] of [
        [1, 422],
        [401, 422],
        [0, 400],
      ] as const)
        expect((await change([pack('1.00', fromQuantity)])).status).toBe(status);
      expect((await change([line('RYE', '1.00', { scopes: ['zone:south'], type: 'pack' })])).status).toBe(422);
      expect(await headLsn()).toBe(before);
      await set(pack('10.00', 6));
      expect(await row('RYE', 'zone:south')).toMatchObject({ now: { amount: 200, type: 'regular' } });
      const { prices } = await hub.json<{ prices: readonly object[] }>('/api/v1/prices/RYE?scope=zone:south');
      expect(prices).toContainEqual(
        expect.objectContaining({
          fromQuantity: 6,
          reason: 'quantity',
          price: { amount: 1_000, decimals: 2, currency: 'EUR', type: 'pack' },
        }),
      );
      await set(pack(null, 6), line('RYE', null, { scopes: ['zone:south'] }));
    });
  });
}
