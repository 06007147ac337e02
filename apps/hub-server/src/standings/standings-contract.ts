/** What headquarters tells of limits and tiers: each engine's test file runs this suite over a real hub. */
import { ENTITY_TYPES, promotionUseKey, usesCountedKey } from '@holdfast/domain';
import type { Fields } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Exposure } from './exposure.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const WAIT = { timeout: 30_000, interval: 20 };

export function standingsContract(engine: string, open: () => Promise<Database>): void {
  describe(`standings contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 } });
    });
    afterAll(async () => hub.close());

    const publish = async (...cells: readonly object[]): Promise<void> =>
      expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
    const promotion = (key: string, limits: object): object => ({
      type: 'promotion',
      key,
      scope: 'global',
      fields: {
        name: `Offer ${key}`,
        body: JSON.stringify({
          priority: 0,
          combine: 'best',
          currency: 'EUR',
          limits,
          offer: { type: 'each', goods: {}, tiers: [{ fromPieces: 1, off: { type: 'amount', amountMinor: 50 } }] },
        }),
      },
    });
    const setting = (key: string, value: string): object => ({ type: 'setting', key, scope: 'global', fields: { value } });
    const held = async (type: { readonly type: number }, key: string): Promise<unknown> =>
      (
        await hub.database.rows<{ fields: unknown }>('SELECT fields FROM entity WHERE type = $1 AND key = $2 AND alive', [type.type, key])
      )[0]?.fields;
    const use = async (promotionId: string, customer?: string): Promise<unknown> =>
      held(ENTITY_TYPES.promotionUse, promotionUseKey(promotionId, customer));
    const counted = async ({ enrolled, epoch }: TestDevice): Promise<unknown> =>
      held(ENTITY_TYPES.usesCounted, usesCountedKey(enrolled.device, epoch));
    /** A sale in which a promotion took 0.50 so many times. */
    const sell = (device: TestDevice, promotionId: string, uses: number, more: Fields = {}): void => {
      const amountMinor = 1_000;
      const discount = { kind: 'promotion', reference: `${promotionId}@v`, amountMinor: -50 * uses };
      const netMinor = amountMinor + discount.amountMinor;
      device.sell([{ sku: 'MUG', quantity: 1, amountMinor: netMinor }], {
        promotions: [{ promotionId, version: 'v', uses }],
        ...more,
      });
    };

    test('uses of all lanes are summed, of limited promotions alone, and how far each ledger is in the sum stands beside it', async () => {
      await publish(promotion('B1', { budgetMinor: 10_000 }), promotion('C1', { perCustomer: 3 }), promotion('N1', { perBasket: 1 }));
      const [first, second] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      sell(first, 'B1', 2);
      sell(first, 'C1', 1, { customer: '4711' });
      sell(first, 'N1', 1);
      sell(second, 'C1', 2, { customer: '4711' });
      await first.send();
      await second.send();
      await vi.waitFor(async () => expect(await use('C1', '4711')).toMatchObject({ '1': 3 }), WAIT);
      await vi.waitFor(async () => expect(await use('B1')).toMatchObject({ '1': 2 }), WAIT);
      expect(await use('C1')).toBeUndefined();
      expect(await use('B1', '4711')).toBeUndefined();
      expect(await use('N1')).toBeUndefined();
      await vi.waitFor(async () => expect([await counted(first), await counted(second)]).toEqual([{ '1': 3 }, { '1': 1 }]), WAIT);
    });

    test('what is sent again is not counted again, and a sale that is undone gives its uses back', async () => {
      await publish(promotion('C2', { perCustomer: 3 }));
      const device = await enrolNextDevice(hub);
      sell(device, 'C2', 2, { customer: '4712' });
      await device.send();
      await device.send();
      await vi.waitFor(async () => expect(await use('C2', '4712')).toMatchObject({ '1': 2 }), WAIT);
      const undone = [{ promotionId: 'C2', version: 'v', uses: 2 }];
      device.sell([], { customer: '4712', postVoidOf: '1-abcd-000001', undonePromotions: undone });
      await device.send();
      await vi.waitFor(async () => expect(await use('C2', '4712')).toMatchObject({ '1': 0 }), WAIT);
    });

    test('a limit that comes later finds what was used before it', async () => {
      await publish(promotion('L3', {}));
      const device = await enrolNextDevice(hub);
      sell(device, 'L3', 4, { customer: '4713' });
      await device.send();
      await publish(promotion('L3', { perCustomer: 5 }));
      sell(device, 'N1', 1);
      await device.send();
      await vi.waitFor(async () => expect(await use('L3', '4713')).toMatchObject({ '1': 4 }), WAIT);
    });

    test('what no ledger should hold counts for nobody, and stops nothing', async () => {
      await publish(promotion('P4', { perCustomer: 3 }));
      const device = await enrolNextDevice(hub);
      sell(device, 'P4', 1, { customer: 'not\u0000anybody' });
      sell(device, 'P\u00004', 1, { customer: '4714' });
      sell(device, 'P4', 1, { customer: '4714', training: true });
      sell(device, 'P4', 1, { customer: '4714' });
      expect(await device.send()).toMatchObject({ received: { [device.epoch]: 4 } });
      await vi.waitFor(async () => expect(await use('P4', '4714')).toMatchObject({ '1': 1 }), WAIT);
    });

    test('who has earned enough of late is in a tier, whatever list of customers is imported, and out of it when it is too long ago', async () => {
      const tierOf = async (customer: string): Promise<unknown> =>
        ((await held(ENTITY_TYPES.customer, customer)) as Record<string, unknown> | undefined)?.['4'];
      await publish(setting('loyaltyTiers', 'silver 100 150\ngold 1000 200'), setting('loyaltyTierDays', '36500'));
      await publish({ type: 'customer', key: 'T1', scope: 'global', fields: { groups: 'staff' } });
      const device = await enrolNextDevice(hub);
      device.sell([], { customer: 'T1', points: 90 });
      device.sell([], { customer: 'T2', points: 1_500 });
      device.sell([], { customer: 'T3', points: 99 });
      await device.send();
      await vi.waitFor(async () => expect(await tierOf('T2')).toBe('gold'), WAIT);
      expect([await tierOf('T1'), await tierOf('T3')]).toEqual([undefined, undefined]);
      // Points of a promotion count, and goods that come back take theirs along.
      device.sell([], { customer: 'T1', rewards: [{ promotionId: 'N1', times: 2, type: 'points', points: 5 }] });
      device.sell([], { pointsTaken: [{ customer: 'T2', points: 600 }] });
      await device.send();
      await vi.waitFor(async () => expect([await tierOf('T1'), await tierOf('T2')]).toEqual(['silver', 'silver']), WAIT);
      await publish({ type: 'customer', key: 'T1', scope: 'global', fields: { groups: 'staff\nclub' } });
      expect(await held(ENTITY_TYPES.customer, 'T1')).toMatchObject({ '1': 'staff\nclub', '4': 'silver' });
      // Nobody who was removed comes back by their points.
      await publish({ type: 'customer', key: 'T2', scope: 'global', removed: true });
      await publish(setting('loyaltyTierDays', '1'));
      device.sell([], { customer: 'T1', points: 1 });
      device.sell([], { customer: 'T2', points: 5_000 });
      await device.send();
      // The sales are of a day that is longer ago than that.
      await vi.waitFor(async () => expect(await tierOf('T1')).toBeNull(), WAIT);
      expect(await held(ENTITY_TYPES.customer, 'T2')).toBeUndefined();
      await publish(setting('loyaltyTiers', ''));
    });

    test('all of it stands in the ledger, and verification says so; what was changed by hand is named', async () => {
      const verify = async () => hub.json<{ projectionsEqualLedger: boolean; problems: readonly string[] }>('/api/v1/verify');
      expect(await verify()).toMatchObject({ projectionsEqualLedger: true, problems: [] });
      await hub.database.execute("UPDATE promotion_use SET uses = uses + 1 WHERE promotion_id = 'L3' AND customer = '4713'");
      await hub.database.execute("UPDATE points_earned SET points = points - 1 WHERE customer = 'T3'");
      const { projectionsEqualLedger, problems } = await verify();
      expect([projectionsEqualLedger, problems.length]).toEqual([false, 2]);
      expect(problems.join('\n')).toMatch(/uses L3 4713 .*: folded as 5, the ledger says 4/);
      await hub.database.execute("UPDATE promotion_use SET uses = uses - 1 WHERE promotion_id = 'L3' AND customer = '4713'");
      await hub.database.execute("UPDATE points_earned SET points = points + 1 WHERE customer = 'T3'");
    });

    test('B-6: the worst that lanes may overspend is the lanes that are cut off times what is left', async () => {
      await publish(
        promotion('B5', { budgetMinor: 1_000 }),
        promotion('C5', { perCustomer: 2 }),
        setting('offlineSpendingLimitMinor', '5000'),
      );
      const device = await enrolNextDevice(hub);
      sell(device, 'B5', 4);
      sell(device, 'C5', 2, { customer: '4715' });
      await device.send();
      const exposure = async (): Promise<Exposure> => hub.json<Exposure>('/api/v1/exposure');
      const of = ({ promotions }: Exposure, id: string) => promotions.find(({ promotionId }) => promotionId === id);
      const now = await vi.waitFor(async () => {
        const told = await exposure();
        const perCustomer = { limit: 2, customersAtLimit: 1 };
        expect(of(told, 'C5')).toMatchObject({ name: 'Offer C5', uses: 2, budget: null, perCustomer });
        return told;
      }, WAIT);
      expect(now.cutOffDevices).toBe(0);
      expect(of(now, 'B5')?.budget).toMatchObject({ limitMinor: 1_000, worstOverspendMinor: 0 });
      await hub.database.execute('UPDATE device SET last_seen_ms = 1 WHERE device <> $1', [device.enrolled.device]);
      const later = await exposure();
      const cutOff = later.cutOffDevices;
      expect(cutOff).toBe(later.devices - 1);
      const budget = of(later, 'B5')?.budget;
      expect(budget?.worstOverspendMinor).toBe(cutOff * (1_000 - (budget?.usedMinor ?? 0)));
      expect(of(later, 'C5')?.perCustomer?.worstOverspend).toBe(cutOff * 2);
      expect(later.balances).toContainEqual({
        scope: 'global',
        currency: 'EUR',
        minorDigits: 2,
        limitMinor: 5_000,
        cutOffDevices: cutOff,
        worstOverspendMinor: cutOff * 5_000,
      });
    });
  });
}
