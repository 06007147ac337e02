/** Facts and requests, judged by who signed them and the cut that they name: each engine's test file runs this suite over real HTTP. */
import { nodeVerifier } from '@holdfast/base/node';
import {
  answerKey,
  ENTITY_TYPES,
  grantAcceptanceEntry,
  grantKey,
  grantReleaseEntry,
  LEDGER_KINDS,
  overrideEntry,
  priceKey,
  returnRightEntry,
  staffPinFields,
  storePriceFields,
} from '@holdfast/domain';
import { verifyGrant, type ChainedEntry, type Fields, type SignedGrant } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { GrantView } from '../accounts/grants.ts';
import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ConflictView } from './conflicts.ts';
import type { ExceptionView } from './exceptions.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const HEADER = { businessDate: '2026-11-25', shift: 1, drawer: '1', operator: 'mia', training: false };

/** A busy machine decides later. */
const WAIT = { timeout: 30_000, interval: 20 };

export function authorityContract(engine: string, open: () => Promise<Database>): void {
  describe(`authority contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
      await publish([
        { type: 'staff', key: 'ann', scope: 'global', fields: { roles: 'cashier' } },
        { type: 'staff', key: 'sue', scope: 'global', fields: { roles: 'supervisor' } },
        { type: 'staff', key: 'mia', scope: 'global', fields: { roles: 'manager' } },
      ]);
    });
    afterAll(async () => hub.close());

    async function publish(cells: readonly object[]): Promise<number> {
      const response = await hub.post('/api/v1/publications', { cells });
      expect(response.status).toBe(200);
      return ((await response.json()) as { lsn: number }).lsn;
    }
    const roleGrant = (role: string, action: 'overridePrice' | 'changeStorePrice', fields: object, scope = 'global'): object => ({
      type: 'roleGrant',
      key: grantKey(role, action),
      scope,
      fields,
    });
    const price = (sku: string, amount: number, scope = 'global'): object => ({
      type: 'price',
      key: priceKey(sku, 'regular'),
      scope,
      fields: { amount, decimals: 2, currency: 'EUR' },
    });
    const exceptions = async (device: TestDevice): Promise<readonly ExceptionView[]> =>
      (await hub.json<{ exceptions: readonly ExceptionView[] }>('/api/v1/exceptions')).exceptions.filter(
        (row) => row.device === device.enrolled.device,
      );
    const conflicts = async (sku: string, question = 'open=true'): Promise<readonly ConflictView[]> =>
      (await hub.json<{ conflicts: readonly ConflictView[] }>(`/api/v1/conflicts?${question}`)).conflicts.filter(
        ({ key }) => key === priceKey(sku, 'regular'),
      );
    const held = async (type: number, key: string, scope: string): Promise<unknown> =>
      (
        await hub.database.rows<{ fields: unknown }>('SELECT fields FROM entity WHERE type = $1 AND key = $2 AND scope = $3 AND alive', [
          type,
          key,
          scope,
        ])
      )[0]?.fields;
    const storePrice = async (sku: string, store = '1'): Promise<unknown> =>
      held(ENTITY_TYPES.price.type, priceKey(sku, 'regular'), `store:${store}`);
    const answerOf = async ({ id }: ChainedEntry, store = '1'): Promise<unknown> =>
      held(ENTITY_TYPES.requestAnswer.type, answerKey(id.device, id.epoch, id.seq), `store:${store}`);
    const answered = async (entry: ChainedEntry): Promise<unknown> =>
      vi.waitFor(async () => {
        const answer = await answerOf(entry);
        expect(answer).toBeDefined();
        return answer;
      }, WAIT);
    const propose = (device: TestDevice, sku: string, amount: number, lsn: number, more: Fields = {}): ChainedEntry => {
      const { kind, fields } = overrideEntry(HEADER, {
        entityType: ENTITY_TYPES.price.type,
        key: priceKey(sku, 'regular'),
        values: storePriceFields({ amount, decimals: 2 }, 'EUR'),
        basedOn: { hubEpoch: device.enrolled.hubEpoch, lsn },
        reason: 'the shop across the street',
      });
      return device.append(kind, { ...fields, ...more });
    };
    /** A line for half of what the catalogue asks, by whoever is named. */
    const halfPrice = (device: TestDevice, operator: string, lsn: number, more: Fields = {}): ChainedEntry => {
      const fields = saleFields(device.entries.length + 1, [{ sku: 'MUG', quantity: 1, amountMinor: 100 }]);
      const lines = (fields['lines'] as readonly Fields[]).map((line) => ({
        ...line,
        priceType: 'override',
        cataloguePriceAmount: 200,
        cataloguePriceDecimals: 2,
        ...more,
      }));
      return device.append(LEDGER_KINDS.sale.kind, { ...fields, lines, operator, cutHubEpoch: device.enrolled.hubEpoch, cutLsn: lsn });
    };

    describe('facts', () => {
      test('O-1: a sale beyond an authority counts, and is an exception until somebody has looked', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('O1', 100)]);
        halfPrice(device, 'mia', lsn);
        const beyond = halfPrice(device, 'ann', lsn);
        halfPrice(device, 'ann', lsn, { approvedBy: 'sue' });
        halfPrice(device, 'kim', lsn);
        expect(await device.send()).toMatchObject({ setAside: 0, received: { [device.epoch]: 4 } });
        const found = await exceptions(device);
        expect(found.map(({ seq, operator, because, amount, line }) => [seq, operator, because, amount, line])).toEqual([
          [4, 'kim', 'unknown', 5_000, 1],
          [2, 'ann', 'operator', 5_000, 1],
        ]);
        const [, first] = found;
        expect(first).toMatchObject({ seq: beyond.id.seq, action: 'overridePrice', wasAllowed: false, isAllowedToday: false });
        const clear = async (): Promise<number> =>
          (await hub.post('/api/v1/exceptions/clear', { entryNo: first?.entryNo, number: first?.number, note: 'spoken to' })).status;
        expect(await clear()).toBe(200);
        expect(await clear()).toBe(404);
        expect((await exceptions(device)).map(({ seq }) => seq)).toEqual([4]);
        // Sent again it is neither counted nor judged again.
        await device.send();
        expect(await exceptions(device)).toHaveLength(1);
      });

      test('O-2: it is judged by the policy at the cut that it names; what today’s policy says otherwise is shown', async () => {
        const device = await enrolNextDevice(hub);
        const free = await publish([roleGrant('cashier', 'overridePrice', { isAllowed: true, limit: null })]);
        const strict = await publish([roleGrant('cashier', 'overridePrice', { isAllowed: true, limit: 1_000 })]);
        halfPrice(device, 'ann', free);
        halfPrice(device, 'ann', strict);
        const here = await publish([roleGrant('cashier', 'overridePrice', { isAllowed: true }, `store:1`)]);
        halfPrice(device, 'ann', strict);
        halfPrice(device, 'ann', here);
        await device.send();
        expect((await exceptions(device)).map(({ seq, wasAllowed, isAllowedToday }) => [seq, wasAllowed, isAllowedToday])).toEqual([
          [3, false, true],
          [2, false, true],
        ]);
        await publish([{ type: 'roleGrant', key: grantKey('cashier', 'overridePrice'), scope: 'store:1', removed: true }]);
        halfPrice(device, 'ann', here);
        await device.send();
        expect((await exceptions(device))[0]).toMatchObject({ seq: 5, wasAllowed: true, isAllowedToday: false });
      });

      test('O-2, C-11: of a store that moved, it is judged by the zone that the store stood in at that cut', async () => {
        const place = { currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
        expect((await hub.post('/api/v1/stores', { store: 'mover', name: 'Mover', zone: 'north', ...place })).status).toBe(201);
        const device = await enrolNextDevice(hub, 'mover');
        const supervisor = (user: string, zone: string) => ({
          type: 'staff',
          key: user,
          scope: `zone:${zone}`,
          fields: { roles: 'supervisor' },
        });
        const before = await publish([supervisor('nora', 'north'), supervisor('sam', 'south')]);
        const moved = await publish([{ type: 'setting', key: 'zone', scope: 'store:mover', fields: { value: 'south' } }]);
        for (const [user, lsn] of [
          ['nora', before],
          ['sam', before],
          ['nora', moved],
          ['sam', moved],
        ] as const)
          halfPrice(device, user, lsn);
        await device.send();
        const found = (await exceptions(device)).map(({ seq, wasAllowed, isAllowedToday }) => [seq, wasAllowed, isAllowedToday] as const);
        expect(found.toSorted(([left], [right]) => left - right)).toEqual([
          [1, true, false],
          [2, false, true],
          [3, false, false],
        ]);
      });

      test('O-2, C-8: who has something of their own in a store has there the roles that they have everywhere', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([
          { type: 'staff', key: 'meg', scope: 'global', fields: { roles: 'supervisor' } },
          { type: 'staff', key: 'meg', scope: 'store:1', fields: { displayName: 'Meg' } },
        ]);
        halfPrice(device, 'meg', lsn);
        halfPrice(device, 'nobody', lsn);
        await device.send();
        expect((await exceptions(device)).map(({ seq }) => seq)).toEqual([2]);
      });

      test('of people nothing but their roles outlives a change', async () => {
        const lsn = await publish([{ type: 'staff', key: 'liz', scope: 'store:1', fields: { roles: 'cashier', displayName: 'Liz' } }]);
        const kept = await hub.database.rows(`SELECT fields FROM policy_version WHERE key = 'liz' AND lsn = $1`, [lsn]);
        expect(kept).toEqual([{ fields: { '1': 'cashier' } }]);
      });

      test('O-2: what names no cut is judged by the one that the entry before it named', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([{ type: 'staff', key: 'pat', scope: 'store:1', fields: { roles: 'supervisor' } }]);
        await publish([{ type: 'staff', key: 'pat', scope: 'store:1', fields: { roles: 'cashier' } }]);
        const sold = saleFields(1, [{ sku: 'MUG', quantity: 1, amountMinor: 100 }]);
        device.append(LEDGER_KINDS.sale.kind, { ...sold, operator: 'pat', cutHubEpoch: device.enrolled.hubEpoch, cutLsn: lsn });
        const movements = [{ sku: 'MUG', quantity: 2, unit: 'piece' }];
        device.append(LEDGER_KINDS.stockAdjustment.kind, { ...HEADER, operator: 'pat', reason: 'damage', movements });
        await device.send();
        expect(await exceptions(device)).toMatchObject([{ seq: 2, action: 'adjustStock', wasAllowed: true, isAllowedToday: false }]);
      });
    });

    describe('rights to spend ahead', () => {
      const GIFT = { account: 'giftCard', currency: 'EUR' } as const;
      const load = async (device: TestDevice, reference: string, amountMinor: number): Promise<void> => {
        device.append(LEDGER_KINDS.accountAdjustment.kind, { ...HEADER, ...GIFT, reference, amountMinor, reason: 'goodwill' });
        await device.send();
      };
      const spend = (device: TestDevice, reference: string, amountMinor: number): ChainedEntry =>
        device.sell([{ sku: 'socks', quantity: 1, amountMinor }], {
          tenders: [{ tenderType: 'ours', amountMinor, reference, account: 'giftCard' }],
        });
      const accept = (device: TestDevice, reference: string, grant: SignedGrant): ChainedEntry => {
        const { kind, fields } = grantAcceptanceEntry(HEADER, { ...GIFT, reference, ...grant });
        return device.append(kind, fields);
      };
      const release = (device: TestDevice, reference: string, { grantId }: SignedGrant, amountMinor: number): ChainedEntry => {
        const { kind, fields } = grantReleaseEntry(HEADER, { ...GIFT, reference, grantId, amountMinor });
        return device.append(kind, fields);
      };
      const granted = async (device: TestDevice, reference: string, neededMinor = 0): Promise<SignedGrant> => {
        const { grant } = await device.askBalance(reference, neededMinor, true);
        if (grant === undefined) throw new Error('an advance');
        return grant;
      };
      const setAdvance = async (value: string, scope = 'global'): Promise<void> => {
        await publish([{ type: 'setting', key: 'offlineAdvanceMinor', scope, fields: { value } }]);
      };
      const outstanding = async (reference: string): Promise<readonly GrantView[]> =>
        (await hub.json<{ grants: readonly GrantView[] }>('/api/v1/grants')).grants.filter((grant) => grant.reference === reference);

      test('O-8: an advance is given where the store’s setting says so, is signed for its device, and is there for nobody else', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E1', 5_000);
        expect(await device.askBalance('E1', 0, true)).toEqual({ received: expect.anything(), availableMinor: 5_000 });
        await setAdvance('2000');
        expect(await device.askBalance('E1', 1_000)).toEqual({ received: expect.anything(), availableMinor: 5_000 });
        const answer = await device.askBalance('E1', 1_000, true);
        const { grant } = answer;
        expect(answer).toMatchObject({ availableMinor: 3_000, grant: { amountMinor: 2_000 }, held: { leftMinor: 2_000 } });
        const place = { tenant: device.enrolled.tenant, device: device.enrolled.device, ...GIFT, reference: 'E1' };
        expect(grant !== undefined && verifyGrant(nodeVerifier, device.enrolled.hubPublicKey, place, grant)).toBe(true);
        // Its answer was lost: the same comes again, and no second one.
        expect(await granted(device, 'E1')).toEqual(grant);
        // 1,000 are held for the first, 2,000 granted; the other gets what is left and no more.
        expect(await other.askBalance('E1', 0, true)).toMatchObject({ availableMinor: 1_000, grant: { amountMinor: 2_000 } });
        await setAdvance('0');
      });

      test('O-9: what is spent comes out of the rights first, and what is left returns with the device’s ledger', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E2', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E2');
        accept(device, 'E2', grant);
        spend(device, 'E2', 1_500);
        expect(await other.askBalance('E2', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        await device.send();
        // 1,500 are gone from the balance, 500 are still the device's.
        expect(await other.askBalance('E2', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        expect(await device.askBalance('E2', 0, true)).toEqual({
          received: expect.anything(),
          availableMinor: 3_000,
          held: { grantId: grant.grantId, leftMinor: 500 },
        });
        spend(device, 'E2', 900);
        await device.send();
        expect(await other.askBalance('E2', 0)).toEqual({ received: expect.anything(), availableMinor: 2_600 });
        release(device, 'E2', grant, 0);
        await device.send();
        await device.send(1, 3);
        await vi.waitFor(async () => expect(await outstanding('E2')).toEqual([]), WAIT);
        expect(await other.askBalance('E2', 0)).toEqual({ received: expect.anything(), availableMinor: 2_600 });
        const again = await granted(device, 'E2');
        expect(again.grantId).not.toBe(grant.grantId);
        accept(device, 'E2', again);
        release(device, 'E2', again, again.amountMinor);
        await device.send();
        expect(await other.askBalance('E2', 0)).toEqual({ received: expect.anything(), availableMinor: 2_600 });
        await setAdvance('0');
      });

      test('O-9, O-10: rights that were not accepted are spent by nothing, and those that were by nothing of a second history', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E9', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E9');
        spend(device, 'E9', 500);
        await device.send();
        const left = async (): Promise<readonly [number, number | undefined]> => {
          const { availableMinor } = await other.askBalance('E9', 0);
          return [availableMinor, (await outstanding('E9'))[0]?.leftMinor];
        };
        expect(await left()).toEqual([2_500, 2_000]);
        const copy = device.clone(2);
        accept(device, 'E9', grant);
        await device.send();
        spend(copy, 'E9', 700);
        release(copy, 'E9', grant, 1_300);
        expect(await copy.send()).toMatchObject({ branch: true });
        // What it took is gone from the balance.
        expect(await left()).toEqual([1_800, 2_000]);
        await setAdvance('0');
      });

      test('O-9: expiry alone gives nothing back: the holder’s later ledger does, or a person', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E3', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E3');
        accept(device, 'E3', grant);
        await device.send();
        await hub.database.execute('UPDATE account_grant SET expires_at_ms = 1, granted_at_ms = 1 WHERE grant_id = $1', [grant.grantId]);
        expect(await other.askBalance('E3', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        expect(await outstanding('E3')).toMatchObject([
          { grantId: grant.grantId, device: device.enrolled.device, leftMinor: 2_000, accepted: true },
        ]);
        const writeOff = async (): Promise<number> => (await hub.post(`/api/v1/grants/${grant.grantId}/write-off`, {})).status;
        expect(await writeOff()).toBe(200);
        expect(await writeOff()).toBe(404);
        expect(await other.askBalance('E3', 0)).toEqual({ received: expect.anything(), availableMinor: 5_000 });
        // It had spent of it all the same: the sale counts.
        spend(device, 'E3', 2_000);
        await device.send();
        expect(await other.askBalance('E3', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        await setAdvance('0');
      });

      test('O-8: of a customer’s account it is what is left of their limit, before there is a balance and over all stores; beyond it the account is overdrawn', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        const limitTo = async (accountLimit: string | null, onAccount: true | null = true): Promise<unknown> =>
          publish([{ type: 'customer', key: 'L1', scope: 'store:1', fields: { onAccount, accountLimit } }]);
        const left = async (by = other): Promise<number> => (await by.askBalance('L1', 0, undefined, 'onAccount')).availableMinor;
        const owe = (by: TestDevice, amountMinor: number): ChainedEntry =>
          by.sell([{ sku: 'socks', quantity: 1, amountMinor }], {
            tenders: [{ tenderType: 'account', amountMinor, reference: 'L1', account: 'onAccount' }],
          });
        expect(await left()).toBe(0);
        await limitTo('5000 EUR');
        expect(await left()).toBe(5_000);
        // Two who ask at once get no more than there is between them.
        const asked = await Promise.all([device, other].map(async (each) => each.askBalance('L1', 3_000, undefined, 'onAccount')));
        expect(asked.map(({ availableMinor }) => availableMinor).toSorted((one, two) => one - two)).toEqual([2_000, 5_000]);
        for (const each of [device, other]) await left(each);
        await setAdvance('2000');
        const { grant } = await device.askBalance('L1', 1_000, true, 'onAccount');
        if (grant === undefined) throw new Error('an advance');
        expect(await left()).toBe(2_000);
        const { kind, fields } = grantAcceptanceEntry(HEADER, { account: 'onAccount', reference: 'L1', currency: 'EUR', ...grant });
        device.append(kind, fields);
        owe(device, 1_500);
        await device.send();
        await left(device);
        expect(await left()).toBe(3_000);
        expect(await outstanding('L1')).toMatchObject([{ account: 'onAccount', leftMinor: 500 }]);
        const listed = async (question = ''): Promise<unknown> =>
          (
            await hub.json<{ accounts: readonly { readonly reference: string }[] }>(`/api/v1/accounts?account=onAccount${question}`)
          ).accounts.filter(({ reference }) => reference === 'L1');
        expect(await listed()).toMatchObject([{ balanceMinor: -1_500, limitMinor: 5_000, overdrawn: false }]);
        expect(await listed('&overdrawn=true')).toEqual([]);
        await limitTo('1000 EUR');
        expect(await left()).toBe(-1_000);
        expect(await listed('&overdrawn=true')).toMatchObject([{ balanceMinor: -1_500, limitMinor: 1_000, overdrawn: true }]);
        await limitTo('9000 USD');
        expect(await left()).toBe(-2_000);
        await limitTo(null);
        expect(await left()).toBeGreaterThan(1_000_000);
        expect(await listed('&overdrawn=true')).toEqual([]);
        await limitTo(null, null);
        expect(await left()).toBe(-2_000);
        await setAdvance('0');
      });

      test('O-9: a grant that was never accepted ends once its device was heard of with nothing waiting', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E4', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E4');
        const heard = async (lastSeenMs: number): Promise<void> => {
          await hub.database.execute('UPDATE account_grant SET granted_at_ms = 1 WHERE grant_id = $1', [grant.grantId]);
          await hub.database.execute('UPDATE device SET nothing_waited_at_ms = $2 WHERE device = $1', [device.enrolled.device, lastSeenMs]);
        };
        await heard(0);
        expect(await other.askBalance('E4', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        await heard(4_102_444_800_000);
        expect(await other.askBalance('E4', 0)).toEqual({ received: expect.anything(), availableMinor: 5_000 });
        await setAdvance('0');
      });

      test('I-8, O-10: of a device that goes on in two ledgers what it holds is given back by neither, and nothing is given to it, until a person has looked', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E6', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E6');
        accept(device, 'E6', grant);
        const theirs = other.sell([{ sku: 'mug', quantity: 1, amountMinor: 100 }], { receiptNumber: '1-e600-000001' });
        await Promise.all([device.send(), other.send()]);
        expect(theirs.id.seq).toBe(1);
        // Its copy begins an epoch of its own behind what both hold, and it goes on in the old one: each by itself is a ledger like any other.
        const copy = device.nextEpoch();
        release(copy, 'E6', grant, 2_000);
        spend(device, 'E6', 500);
        expect(await device.send()).not.toHaveProperty('forked');
        expect(await copy.send()).toMatchObject({ received: { [copy.epoch]: 1 }, forked: true });
        for (const each of [device, copy]) expect(await each.probe()).toMatchObject({ forked: true });
        expect(await other.probe()).not.toHaveProperty('forked');
        expect(await outstanding('E6')).toMatchObject([{ device: device.enrolled.device, leftMinor: 1_500 }]);
        expect(await other.askBalance('E6', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        // Its answer is one, so that no build takes it for a hub that is away; and what it asks for is not there.
        for (const each of [device, copy])
          expect(await each.askBalance('E6', 100, true)).toEqual({ received: expect.anything(), availableMinor: 0, forked: true });
        expect(await device.askBalance('E6', 0, true)).toMatchObject({
          availableMinor: 3_000,
          held: { grantId: grant.grantId, leftMinor: 1_500 },
          forked: true,
        });
        const back = { receiptNumber: '1-e600-000001', take: true } as const;
        expect(await copy.askReturn(back)).toMatchObject({ granted: false });
        // Neither speaks for the other: that nothing waits at one of them ends nothing.
        await hub.database.execute('UPDATE account_grant SET granted_at_ms = 1, accepted = false WHERE grant_id = $1', [grant.grantId]);
        const speaks = 'UPDATE device SET waiting_at_ms = 4102444800000, waiting_entries = 0, gone = $2 WHERE device = $1';
        await hub.database.execute(speaks, [device.enrolled.device, null]);
        expect(await other.askBalance('E6', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        await hub.database.execute('UPDATE account_grant SET accepted = true WHERE grant_id = $1', [grant.grantId]);
        expect((await hub.post(`/api/v1/grants/${grant.grantId}/write-off`, {})).status).toBe(200);
        expect(await other.askBalance('E6', 0)).toEqual({ received: expect.anything(), availableMinor: 4_500 });
        // Of what it holds nothing any more it is given no rights either.
        for (const each of [device, copy])
          expect(await each.askBalance('E6', 0, true)).toEqual({ received: expect.anything(), availableMinor: 4_500, forked: true });
        await setAdvance('0');
      });

      test.each(['marked', 'counted'] as const)(
        'I-8, U-17, U-19: what a device held before it was known as two, and was over by then, stays over; the rest ends by neither, and goes with both (%s)',
        async (by) => {
          const [device, other, third] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
          const { device: forked } = device.enrolled;
          const [old, young] = [`E7-${by}`, `E8-${by}`];
          const receipts = by === 'marked' ? ['1-e700-000001', '1-e700-000002'] : ['1-e700-000003', '1-e700-000004'];
          for (const reference of [old, young]) await load(device, reference, 5_000);
          for (const receiptNumber of receipts) other.sell([{ sku: 'mug', quantity: 1, amountMinor: 100 }], { receiptNumber });
          await other.send();
          for (const reference of [old, young]) await device.askBalance(reference, 3_000);
          for (const receiptNumber of receipts)
            expect(await device.askReturn({ receiptNumber, take: true })).toMatchObject({ granted: true });
          const times = async (sql: string, ...rest: readonly unknown[]): Promise<void> =>
            void (await hub.database.execute(sql, [forked, ...rest]));
          // It said a quarter of an hour after the older ones that nothing waits.
          await times('UPDATE account_hold SET held_at_ms = CASE reference WHEN $2 THEN 1 ELSE 2000000 END WHERE device = $1', old);
          await times(
            'UPDATE return_hold SET held_at_ms = CASE receipt_number WHEN $2 THEN 1 ELSE 2000000 END WHERE device = $1',
            receipts[0],
          );
          await times('UPDATE device SET nothing_waited_at_ms = 2000001 WHERE device = $1');
          const says = async (waitingEntries: number): Promise<number> => {
            const position = { hubEpoch: '0'.repeat(16), lsn: 0, historyHash: '0'.repeat(64) };
            const body = JSON.stringify({ position, waitingEntries, waitingSales: waitingEntries, wallMs: 0, reads: 2 });
            return (await device.request('/sync/v1/manifest', { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
              .status;
          };
          // Its copy has been selling for long.
          expect(await says(500)).toBe(200);
          const copy = device.nextEpoch();
          for (const each of [device, copy]) each.sell([{ sku: 'mug', quantity: 1, amountMinor: 100 }]);
          if (by === 'marked') for (const each of [device, copy]) await each.send();
          // By a replica of an older build.
          else await times('UPDATE device SET branches = 1 WHERE device = $1');
          expect(await device.probe()).toMatchObject({ forked: true });
          const left = async (reference: string): Promise<number> => (await third.askBalance(reference, 0)).availableMinor;
          const takes = async (): Promise<readonly boolean[]> => {
            const answers: boolean[] = [];
            for (const receiptNumber of receipts) answers.push((await third.askReturn({ receiptNumber, take: true })).granted);
            return answers;
          };
          expect([await left(old), await left(young), await takes()]).toEqual([5_000, 2_000, [true, false]]);
          expect(await says(0)).toBe(200);
          // Nor does a question of one of them end what the other may spend.
          for (const each of [device, copy])
            for (const neededMinor of [0, 100]) expect(await each.askBalance(young, neededMinor)).toMatchObject({ forked: true });
          expect([await left(old), await left(young), await takes()]).toEqual([5_000, 2_000, [true, false]]);
          // What one of them gives up, or asks for no more, the other may have used.
          const asked = await copy.askReturn({ receiptNumber: receipts[1] ?? '', take: false, ledger: { epoch: copy.epoch, seq: 0 } });
          expect(asked).toMatchObject({ granted: true });
          expect(await takes()).toEqual([true, false]);
          const { kind, fields } = returnRightEntry(HEADER, { type: 'released', receiptNumber: receipts[1] ?? '' });
          copy.append(kind, fields);
          await copy.send();
          expect(await takes()).toEqual([true, false]);
          // A person says that it is gone, right after its last word: that something waits there.
          await times('UPDATE device SET waiting_at_ms = 2000001, waiting_entries = 1 WHERE device = $1');
          expect((await hub.post(`/api/v1/devices/${forked}/revoke`, { reason: 'replaced' })).status).toBe(200);
          expect([await left(old), await left(young), await takes()]).toEqual([5_000, 2_000, [true, false]]);
          await times('UPDATE device SET waiting_entries = 0 WHERE device = $1');
          expect([await left(old), await left(young), await takes()]).toEqual([5_000, 5_000, [true, true]]);
        },
      );

      test('O-10: an acceptance tells a hub of the grant that it lost; one that it never signed tells nothing', async () => {
        const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
        await load(device, 'E5', 5_000);
        await setAdvance('2000');
        const grant = await granted(device, 'E5');
        await hub.database.execute('DELETE FROM account_grant WHERE grant_id = $1', [grant.grantId]);
        accept(other, 'E5', grant);
        accept(device, 'E5', { ...grant, amountMinor: 4_000 });
        expect(await other.send()).toMatchObject({ setAside: 0 });
        await device.send();
        expect(await other.askBalance('E5', 0)).toEqual({ received: expect.anything(), availableMinor: 5_000 });
        accept(device, 'E5', grant);
        spend(device, 'E5', 500);
        await device.send();
        expect(await other.askBalance('E5', 0)).toEqual({ received: expect.anything(), availableMinor: 3_000 });
        expect(await outstanding('E5')).toMatchObject([{ leftMinor: 1_500, accepted: true }]);
        await setAdvance('0');
      });
    });

    describe('requests', () => {
      test('O-3, O-5: where nobody changed it since, a store’s price becomes its cell, together with the answer', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R1', 1_000)]);
        const asked = propose(device, 'R1', 900, lsn);
        await device.send();
        expect(await answered(asked)).toEqual({ '1': 'accepted', '2': 'unchanged' });
        expect(await storePrice('R1')).toEqual({ '1': 900, '2': 2, '3': 'EUR' });
        const stamps = await hub.database.rows<{ lsn: number }>(`SELECT DISTINCT lsn FROM entity WHERE lsn > $1`, [lsn]);
        expect(stamps).toHaveLength(1);
        // The store's own answered wish is nobody else's change, whatever it was based on; and what comes twice is asked once.
        const again = propose(device, 'R1', 850, lsn);
        await device.send();
        expect(await answered(again)).toEqual({ '1': 'accepted', '2': 'unchanged' });
        expect(await storePrice('R1')).toMatchObject({ '1': 850 });
        expect(await conflicts('R1')).toEqual([]);
      });

      test.each(['global', 'zone:1', 'store:1'])(
        'O-5: where headquarters changed it since in %s, its value stands, and both are shown',
        async (scope) => {
          const sku = `R2-${scope}`;
          const device = await enrolNextDevice(hub);
          const lsn = await publish([price(sku, 1_000)]);
          const changed = await publish([price(sku, 1_100, scope)]);
          const asked = propose(device, sku, 900, lsn);
          await device.send();
          expect(await answered(asked)).toEqual({ '1': 'conflict', '2': 'changedSince' });
          expect(await storePrice(sku)).toEqual(scope === 'store:1' ? { '1': 1_100, '2': 2, '3': 'EUR' } : undefined);
          expect(await conflicts(sku)).toMatchObject([
            {
              rule: 'changedSince',
              entity: 'price',
              store: '1',
              ours: { values: { amount: 900, decimals: 2, currency: 'EUR' }, by: 'mia', device: device.enrolled.device },
              theirs: { values: { amount: 1_100 }, scope, lsn: changed, source: 'publication' },
            },
          ]);
        },
      );

      test('O-5: a change in another zone, or of another price, is none of this store’s', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R3', 1_000)]);
        await publish([
          price('R3', 1_100, 'zone:9'),
          price('R3', 1_200, 'store:9'),
          { ...price('R3', 700), key: priceKey('R3', 'member') },
        ]);
        const asked = propose(device, 'R3', 900, lsn);
        await device.send();
        expect(await answered(asked)).toMatchObject({ '1': 'accepted' });
      });

      const place = { currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      const openStore = async (store: string, zone: string): Promise<TestDevice> => {
        expect((await hub.post('/api/v1/stores', { store, name: store, zone, ...place })).status).toBe(201);
        return enrolNextDevice(hub, store);
      };
      const move = async (store: string, zone: string): Promise<number> =>
        publish([{ type: 'setting', key: 'zone', scope: `store:${store}`, fields: { value: zone } }]);
      const staff = (user: string, scope: string): object => ({ type: 'staff', key: user, scope, fields: { roles: 'manager' } });

      test('O-4, C-11: of a store that moved, a request is judged by the people of the zone that it stood in at the cut that it names', async () => {
        const device = await openStore('moves', 'harbour');
        const before = await publish([staff('hal', 'zone:harbour'), staff('ivy', 'zone:inland'), price('R9', 1_000), price('R10', 1_000)]);
        const moved = await move('moves', 'inland');
        const asked = [
          propose(device, 'R9', 900, before, { operator: 'hal' }),
          propose(device, 'R10', 900, before, { operator: 'ivy' }),
          propose(device, 'R9', 890, moved, { operator: 'hal' }),
          propose(device, 'R10', 890, moved, { operator: 'ivy' }),
        ];
        await device.send();
        const answers = [];
        for (const entry of asked) {
          await vi.waitFor(async () => expect(await answerOf(entry, 'moves')).toBeDefined(), WAIT);
          answers.push(await answerOf(entry, 'moves'));
        }
        expect(answers.map((answer) => (answer as Fields)['2'])).toEqual(['unchanged', 'notAllowed', 'notAllowed', 'unchanged']);
      });

      test('O-5, C-11: a store that moved since reads other prices: what its author saw is no more what stands, and headquarters’ word holds', async () => {
        const device = await openStore('moves-2', 'harbour');
        const before = await publish([price('R11', 1_000), price('R11', 1_300, 'zone:inland'), price('R12', 1_000)]);
        const moved = await move('moves-2', 'inland');
        const asked = [propose(device, 'R11', 900, before), propose(device, 'R12', 900, before)];
        await device.send();
        for (const entry of asked) await vi.waitFor(async () => expect(await answerOf(entry, 'moves-2')).toBeDefined(), WAIT);
        expect(await answerOf(asked[0]!, 'moves-2')).toMatchObject({ '1': 'conflict', '2': 'changedSince' });
        expect(await storePrice('R11', 'moves-2')).toBeUndefined();
        expect(await conflicts('R11')).toMatchObject([{ theirs: { values: { amount: 1_300 }, scope: 'zone:inland', lsn: moved } }]);
        // Of what neither zone says anything nothing changed.
        expect(await answerOf(asked[1]!, 'moves-2')).toMatchObject({ '1': 'accepted' });
      });

      test('O-4, S-4: whoever works at devices of one role alone asks as anybody', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([staff('lia', 'lane@store:1'), price('R13', 1_000)]);
        const asked = propose(device, 'R13', 900, lsn, { operator: 'lia' });
        await device.send();
        expect(await answered(asked)).toMatchObject({ '1': 'accepted' });
      });

      test.each(['lane@global', 'lane@store:1'])(
        'O-5, S-4: what headquarters changed for devices of one role, in %s, it changed',
        async (scope) => {
          const sku = `R14-${scope}`;
          const device = await enrolNextDevice(hub);
          const lsn = await publish([price(sku, 1_000)]);
          const changed = await publish([price(sku, 1_100, scope)]);
          const asked = propose(device, sku, 900, lsn);
          await device.send();
          expect(await answered(asked)).toMatchObject({ '1': 'conflict', '2': 'changedSince' });
          expect(await conflicts(sku)).toMatchObject([{ theirs: { values: { amount: 1_100 }, scope, lsn: changed } }]);
        },
      );

      test('O-5, O-11: a cut that lies beyond what this hub has is of a history that it lost: whatever stands, its author has not seen it', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R15', 1_000)]);
        // Set back, it published something else before any device showed what it lost.
        const asked = propose(device, 'R15', 900, lsn + 7);
        await device.send();
        expect(await answered(asked)).toMatchObject({ '1': 'conflict', '2': 'changedSince' });
        expect(await storePrice('R15')).toBeUndefined();
      });

      test('O-4: what nobody was granted at its cut is refused, changes nothing, and may be judged again', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R4', 1_000)]);
        const asked = propose(device, 'R4', 900, lsn, { operator: 'ann' });
        await device.send();
        expect(await answered(asked)).toEqual({ '1': 'refused', '2': 'notAllowed' });
        expect(await storePrice('R4')).toBeUndefined();
        const [conflict] = await conflicts('R4');
        const retry = async (): Promise<Response> => hub.post(`/api/v1/conflicts/${conflict?.conflictNo}`, { answer: 'retry' });
        expect((await retry()).status).toBe(409);
        await publish([roleGrant('cashier', 'changeStorePrice', { isAllowed: true, limit: 1_000 })]);
        expect((await retry()).status).toBe(200);
        expect((await retry()).status).toBe(409);
        expect(await storePrice('R4')).toMatchObject({ '1': 900 });
        expect(await answerOf(asked)).toEqual({ '1': 'accepted', '2': 'unchanged' });
        // A grant that came later does not reach back.
        const late = propose(device, 'R4', 890, lsn, { operator: 'ann' });
        await device.send();
        expect(await answered(late)).toEqual({ '1': 'refused', '2': 'notAllowed' });
        const tooCheap = propose(device, 'R4', 100, await publish([price('R4', 1_001)]), { operator: 'ann' });
        await device.send();
        expect(await answered(tooCheap)).toEqual({ '1': 'refused', '2': 'notAllowed' });
        await publish([{ type: 'roleGrant', key: grantKey('cashier', 'changeStorePrice'), scope: 'global', removed: true }]);
      });

      test('O-4: nothing but what stores may change is changed, whoever asks', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R5', 1_000)]);
        const asked = propose(device, 'R5', 900, lsn, {
          entityType: ENTITY_TYPES.roleGrant.type,
          entityKey: grantKey('cashier', 'publish'),
          values: [{ column: 1, bool: true }],
        });
        await device.send();
        expect(await answered(asked)).toEqual({ '1': 'refused', '2': 'notOverridable' });
        const training = propose(device, 'R5', 900, lsn, { training: true });
        const last = propose(device, 'R5', 950, lsn);
        await device.send();
        await answered(last);
        expect(await answerOf(training)).toBeUndefined();
      });

      test('O-4, O-5: a person’s own PIN becomes the cell where it stood; nobody changes another’s, and a reset meanwhile stands', async () => {
        const device = await enrolNextDevice(hub, '1');
        const sealed = (digit: string): string => `a1.1.${digit.repeat(64)}`;
        const fields = { roles: 'cashier', displayName: 'Pia', pin: sealed('0') };
        const lsn = await publish([{ type: 'staff', key: 'pia', scope: 'global', fields }]);
        const wish = (operator: string, pin: string, at = lsn): ChainedEntry => {
          const entry = overrideEntry(
            { ...HEADER, operator },
            {
              entityType: ENTITY_TYPES.staff.type,
              key: 'pia',
              values: staffPinFields(pin),
              basedOn: { hubEpoch: device.enrolled.hubEpoch, lsn: at },
              reason: 'pinChanged',
            },
          );
          return device.append(entry.kind, entry.fields);
        };
        const stands = async (): Promise<unknown> => held(ENTITY_TYPES.staff.type, 'pia', 'global');
        const others = wish('mia', sealed('9'));
        await device.send();
        expect(await answered(others)).toMatchObject({ '1': 'refused', '2': 'notAllowed' });
        const [first, second] = [wish('pia', sealed('1')), wish('pia', sealed('2'))];
        await device.send();
        expect(await answered(first)).toMatchObject({ '1': 'accepted' });
        expect(await answered(second)).toMatchObject({ '1': 'accepted' });
        expect(await stands()).toMatchObject({ '1': 'cashier', '5': sealed('2') });
        expect(await held(ENTITY_TYPES.staff.type, 'pia', 'store:1')).toBeUndefined();
        await publish([{ type: 'staff', key: 'pia', scope: 'global', fields: { ...fields, pin: sealed('7') } }]);
        const late = wish('pia', sealed('3'));
        await device.send();
        expect(await answered(late)).toMatchObject({ '1': 'conflict', '2': 'changedSince' });
        expect(await stands()).toMatchObject({ '5': sealed('7') });
        // Whoever has left is nobody whose PIN it could be.
        const left = await publish([{ type: 'staff', key: 'pia', scope: 'global', removed: true }]);
        const gone = wish('pia', sealed('4'), left);
        await device.send();
        expect(await answered(gone)).toEqual({ '1': 'refused', '2': 'notAllowed' });
        expect([await stands(), await held(ENTITY_TYPES.staff.type, 'pia', 'store:1')]).toEqual([undefined, undefined]);
      });

      test('O-6: a person accepts what the rule decided, or corrects it; either ends the conflict, once', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R6', 1_000), price('R7', 1_000)]);
        await publish([price('R6', 1_100), price('R7', 1_100)]);
        const asked = [propose(device, 'R6', 900, lsn), propose(device, 'R7', 900, lsn)];
        await device.send();
        for (const entry of asked) expect(await answered(entry)).toMatchObject({ '1': 'conflict' });
        const [[first], [second]] = [await conflicts('R6'), await conflicts('R7')];
        const answer = async (conflict: ConflictView | undefined, body: object): Promise<Response> =>
          hub.post(`/api/v1/conflicts/${conflict?.conflictNo}`, body);
        expect((await answer(first, { answer: 'accept' })).status).toBe(200);
        expect(await storePrice('R6')).toBeUndefined();
        expect((await answer(second, { answer: 'correct', values: { amount: 'cheap' } })).status).toBe(422);
        expect((await answer(second, { answer: 'correct', values: { amount: 950, decimals: 2, currency: 'EUR' } })).status).toBe(200);
        expect(await storePrice('R7')).toEqual({ '1': 950, '2': 2, '3': 'EUR' });
        expect((await answer(second, { answer: 'accept' })).status).toBe(409);
        expect((await answer({ ...(second as ConflictView), conflictNo: 999_999 }, { answer: 'accept' })).status).toBe(404);
        expect(await conflicts('R6')).toEqual([]);
        expect(await conflicts('R7', 'open=false')).toMatchObject([{ answer: 'correct', answeredBy: 'console' }]);
      });

      test('O-3, P-1: a request that was set aside is answered once it is applied, with nothing else coming, and takes no newer one of its store back', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R16', 1_000), price('R17', 1_000)]);
        await hub.database
          .script(`CREATE FUNCTION refuse_request() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for it'; END $$;
          CREATE TRIGGER refuse_request BEFORE INSERT ON store_request FOR EACH ROW WHEN (NEW.reason = 'refused') EXECUTE FUNCTION refuse_request();`);
        const aside = { reason: 'refused' };
        const [older, alone] = [propose(device, 'R16', 900, lsn, aside), propose(device, 'R17', 900, lsn, aside)];
        const newer = propose(device, 'R16', 850, lsn);
        await device.send();
        expect(await answered(newer)).toMatchObject({ '1': 'accepted' });
        expect(await device.probe()).toMatchObject({ setAside: 2 });
        await hub.database.script('DROP TRIGGER refuse_request ON store_request; DROP FUNCTION refuse_request;');
        expect(await (await hub.post('/api/v1/set-aside/retry', {})).json()).toEqual({ applied: 2 });
        expect(await answered(alone)).toMatchObject({ '1': 'accepted' });
        expect(await answered(older)).toEqual({ '1': 'conflict', '2': 'changedSince' });
        expect([await storePrice('R16'), await storePrice('R17')]).toMatchObject([{ '1': 850 }, { '1': 900 }]);
        expect(await conflicts('R16')).toMatchObject([
          { ours: { values: { amount: 900 } }, theirs: { values: { amount: 850 }, scope: 'store:1' } },
        ]);
      });

      test('O-3: requests that wait when a hub ends are answered when one starts again', async () => {
        const device = await enrolNextDevice(hub);
        const lsn = await publish([price('R8', 1_000)]);
        const asked = propose(device, 'R8', 900, lsn);
        await device.send();
        await answered(asked);
        await hub.database.execute(`UPDATE store_request SET state = 'waiting' WHERE device = $1`, [device.enrolled.device]);
        // As if it had ended before it decided: neither the answer nor the price is there.
        await hub.database.execute(`DELETE FROM entity WHERE scope = 'store:1' AND key = $1`, [priceKey('R8', 'regular')]);
        await hub.database.execute(`DELETE FROM entity WHERE key = $1`, [answerKey(asked.id.device, asked.id.epoch, asked.id.seq)]);
        const next = await startTestHub(hub.database);
        await vi.waitFor(async () => expect(await answerOf(asked)).toMatchObject({ '1': 'accepted' }), WAIT);
        await next.stop();
      });
    });
  });
}
