/** A hub that was set back to an older state of itself: simulated as a restore leaves it, with what came later gone from every table. */
import { nodeVerifier } from '@holdfast/base/node';
import { answerKey, ENTITY_TYPES, LEDGER_KINDS, overrideEntry, priceKey, storePriceFields } from '@holdfast/domain';
import { verifyManifest, type ChainedEntry, type Fields, type Position } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { ConflictView } from '../authority/conflicts.ts';
import type { ExceptionView } from '../authority/exceptions.ts';
import type { Database } from '../db/database.ts';
import { enrolNextDevice, saleFields, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { knownEpochs, lsnOfCut } from './hub-epoch.ts';

vi.setConfig({ testTimeout: 60_000 });

export function hubEpochContract(engine: string, open: () => Promise<Database>): void {
  describe(`hub epoch contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
    });
    afterAll(async () => hub.close());

    const publish = async (value: string): Promise<Position> => {
      const cells = [{ type: 'setting', key: 'receiptFooter', scope: 'global', fields: { value } }];
      expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
      return head();
    };
    const head = async (): Promise<Position> => {
      const [row] = await hub.database.rows<Position>(
        'SELECT h.hub_epoch AS "hubEpoch", t.lsn, t.history_hash AS "historyHash" FROM hub h, tenant t',
      );
      if (row === undefined) throw new Error('a hub has its row');
      return row;
    };
    const restoreTo = async ({ lsn, historyHash }: Position): Promise<void> => {
      await hub.database.execute('DELETE FROM publication WHERE lsn > $1', [lsn]);
      await hub.database.execute('DELETE FROM entity WHERE lsn > $1', [lsn]);
      await hub.database.execute('DELETE FROM entity_change WHERE lsn > $1', [lsn]);
      await hub.database.execute('DELETE FROM policy_version WHERE lsn > $1', [lsn]);
      await hub.database.execute('UPDATE tenant SET lsn = $1, history_hash = $2', [lsn, historyHash]);
    };
    const conflicts = async (): Promise<readonly ConflictView[]> =>
      (await hub.json<{ conflicts: readonly ConflictView[] }>('/api/v1/conflicts')).conflicts;
    /** As a device that has told everything. */
    const settle = async (device: TestDevice, position: Position): Promise<void> => {
      const body = JSON.stringify({ position, waitingEntries: 0, waitingSales: 0, wallMs: 0, reads: 2 });
      const answer = await device.request('/sync/v1/manifest', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      expect(answer.status).toBe(200);
    };
    const unsettled = async (): Promise<readonly string[]> => (await hub.json<{ devices: readonly string[] }>('/api/v1/unsettled')).devices;
    const isAnswered = async (device: TestDevice): Promise<boolean> => {
      const body = JSON.stringify({ account: 'giftCard', reference: 'G1', currency: 'EUR', neededMinor: 1 });
      const answer = await device.request('/sync/v1/balance', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return answer.status === 200;
    };

    test('O-11, O-12: it learns of it, goes on in a new epoch once, names what was lost, and grants nothing before it has heard of everybody', async () => {
      const [first, second, gone] = [await enrolNextDevice(hub), await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const stolen = await enrolNextDevice(hub);
      const kept = await publish('kept');
      const lost = await publish('lost');
      expect(await first.manifest(lost)).toMatchObject({ from: lost, to: lost, rebase: false });
      expect(await isAnswered(first)).toBe(true);
      await restoreTo(kept);
      // Who stands at what is still held notices nothing.
      expect(await second.manifest(kept)).toMatchObject({ from: kept, to: kept, rebase: false });
      expect(await unsettled()).toEqual([]);
      const told = await first.manifest(lost);
      expect(told).toMatchObject({ rebase: true, from: { lsn: 0 }, to: { lsn: kept.lsn, historyHash: kept.historyHash } });
      const present = told.to;
      expect(present.hubEpoch).not.toBe(kept.hubEpoch);
      expect(await head()).toEqual(present);
      // Shown again, by this one or another, it is not lost again; and what the old epoch has in common with the new one is one history.
      expect((await second.manifest(lost)).to).toEqual(present);
      expect(await second.manifest(kept)).toMatchObject({ from: kept, to: present, rebase: false });
      expect(await second.manifest(present)).toMatchObject({ from: present, to: present, rebase: false });
      expect(await conflicts()).toMatchObject([
        { rule: 'lostPublications', key: `${kept.hubEpoch} ${lost.lsn}`, ours: { by: first.enrolled.device }, theirs: { lsn: kept.lsn } },
      ]);
      expect((await hub.post(`/api/v1/conflicts/${(await conflicts())[0]?.conflictNo}`, { answer: 'retry' })).status).toBe(409);

      const all = [first, second, gone].map((device) => device.enrolled.device);
      expect(await unsettled()).toEqual([...all, stolen.enrolled.device].toSorted());
      // Who counts no more is written off.
      expect((await hub.post(`/api/v1/devices/${stolen.enrolled.device}/revoke`, { reason: 'stolen' })).status).toBe(200);
      expect(await unsettled()).toEqual(all.toSorted());
      expect(await isAnswered(second)).toBe(false);
      await settle(first, present);
      // Under the old name it has not looked at what this hub holds of it.
      await settle(second, kept);
      expect(await unsettled()).toEqual(all.slice(1).toSorted());
      await settle(second, present);
      expect(await isAnswered(second)).toBe(false);
      const writeOff = async (): Promise<number> => (await hub.post(`/api/v1/devices/${gone.enrolled.device}/write-off`, {})).status;
      expect(await writeOff()).toBe(200);
      expect(await writeOff()).toBe(404);
      expect(await isAnswered(second)).toBe(true);
      // Whoever comes later holds nothing of before.
      expect(await isAnswered(await enrolNextDevice(hub))).toBe(true);
    });

    test('O-11: a position that nobody told is no reason for a new epoch: whoever claims it, without proof or with a forged one, starts again', async () => {
      const device = await enrolNextDevice(hub);
      await device.manifest(await publish('held'));
      const held = await head();
      const ask = async (shown: object): Promise<Response> => {
        const body = JSON.stringify({ waitingEntries: 0, waitingSales: 0, wallMs: 0, reads: 2, ...shown });
        return device.request('/sync/v1/manifest', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      };
      const claimed = { ...held, lsn: held.lsn + 5, historyHash: 'ab'.repeat(32) };
      const genuine = await device.manifest(held);
      expect((await ask({ position: claimed, canProve: true })).status).toBe(409);
      for (const shown of [{}, { canProve: true, proof: genuine }, { canProve: true, proof: { ...genuine, from: claimed, to: claimed } }]) {
        const answer = await ask({ position: claimed, ...shown });
        expect(await answer.json()).toMatchObject({ rebase: true, from: { lsn: 0 }, to: held });
      }
      // Nor is another history under a number that it did tell, by the proof of its own.
      const other = { ...held, historyHash: 'ab'.repeat(32) };
      const answer = await ask({ position: other, canProve: true, proof: genuine });
      expect(await answer.json()).toMatchObject({ rebase: true, from: { lsn: 0 }, to: held });
      expect(await head()).toEqual(held);
    });

    test('D-19: whoever shows what else it holds is told what changed since the newest of it that both share; nobody else is', async () => {
      const device = await enrolNextDevice(hub);
      const shared = [await publish('first'), await publish('second')];
      const lost = await publish('lost');
      await device.manifest(lost);
      await restoreTo(shared[1] ?? lost);
      const never = { lsn: lost.lsn, historyHash: 'ab'.repeat(32) };
      const held = [...shared, never].map(({ lsn, historyHash }) => ({ lsn, historyHash }));
      const back = await device.manifest(lost, 3, undefined, held);
      expect(back).toMatchObject({ rebase: true, from: held[1], to: held[1], segments: [] });
      const next = await publish('third');
      expect(next.hubEpoch).not.toBe(lost.hubEpoch);
      const told = await device.manifest(lost, 3, undefined, held);
      expect(told).toMatchObject({ rebase: true, from: held[1], to: next, segments: [{ entities: 1 }] });
      expect(verifyManifest(nodeVerifier, device.enrolled.hubPublicKey, device.enrolled.tenant, told)).toBe(true);
      expect((await device.manifest(lost, 3, undefined, held.slice(0, 1))).from).toMatchObject({ lsn: shared[0]?.lsn });
      for (const nothing of [undefined, [], [never]])
        expect((await device.manifest(lost, 3, undefined, nothing)).from, JSON.stringify(nothing)).toMatchObject({ lsn: 0 });
    });

    test('O-11: what it publishes under the new epoch is another history than what was lost, under the same numbers', async () => {
      const device = await enrolNextDevice(hub);
      const kept = await publish('both');
      const lost = await publish('one way');
      await device.manifest(lost);
      await restoreTo(kept);
      const other = await publish('the other way');
      expect(other.lsn).toBe(lost.lsn);
      const { to, rebase } = await device.manifest(lost);
      expect(rebase).toBe(true);
      expect(to).toMatchObject({ lsn: other.lsn, historyHash: other.historyHash });
      expect(to.hubEpoch).not.toBe(lost.hubEpoch);
      expect(await device.manifest(other)).toMatchObject({ from: other, to, rebase: false });
    });

    const publishCells = async (cells: readonly object[]): Promise<Position> => {
      expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
      return head();
    };
    const staff = (user: string, roles: string): object => ({ type: 'staff', key: user, scope: 'global', fields: { roles } });
    const price = (sku: string, amount: number): object => ({
      type: 'price',
      key: priceKey(sku, 'regular'),
      scope: 'global',
      fields: { amount, decimals: 2, currency: 'EUR' },
    });
    /** For half of what the catalogue asks: more than a cashier may. */
    const halfPrice = (device: TestDevice, operator: string, { hubEpoch, lsn }: Position): ChainedEntry => {
      const fields = saleFields(device.entries.length + 1, [{ sku: 'MUG', quantity: 1, amountMinor: 100 }]);
      const overridden = { priceType: 'override', cataloguePriceAmount: 200, cataloguePriceDecimals: 2 };
      const lines = (fields['lines'] as readonly Fields[]).map((line) => ({ ...line, ...overridden }));
      return device.append(LEDGER_KINDS.sale.kind, { ...fields, lines, operator, cutHubEpoch: hubEpoch, cutLsn: lsn });
    };
    const propose = (device: TestDevice, sku: string, { hubEpoch, lsn }: Position): ChainedEntry => {
      const header = { businessDate: '2026-11-25', shift: 1, drawer: '1', operator: 'mia', training: false };
      const { kind, fields } = overrideEntry(header, {
        entityType: ENTITY_TYPES.price.type,
        key: priceKey(sku, 'regular'),
        values: storePriceFields({ amount: 900, decimals: 2 }, 'EUR'),
        basedOn: { hubEpoch, lsn },
        reason: 'the shop across the street',
      });
      return device.append(kind, fields);
    };
    const answered = async ({ id }: ChainedEntry): Promise<unknown> =>
      vi.waitFor(
        async () => {
          const [answer] = await hub.database.rows<{ fields: Fields }>('SELECT fields FROM entity WHERE key = $1 AND alive', [
            answerKey(id.device, id.epoch, id.seq),
          ]);
          expect(answer).toBeDefined();
          return answer?.fields['1'];
        },
        { timeout: 30_000, interval: 20 },
      );
    /** Of each entry that went beyond an authority: whether it had leave at its cut, and whether it would today. */
    const exceeded = async (device: TestDevice): Promise<ReadonlyMap<number, readonly [boolean, boolean]>> => {
      const { exceptions } = await hub.json<{ exceptions: readonly ExceptionView[] }>('/api/v1/exceptions');
      const own = exceptions.filter((row) => row.device === device.enrolled.device);
      return new Map(own.map(({ seq, wasAllowed, isAllowedToday }) => [seq, [wasAllowed, isAllowedToday]]));
    };

    test('O-2, O-5, O-11: a cut of before the fork is judged as it was, whichever epoch it is named by; one that was lost is not known', async () => {
      const device = await enrolNextDevice(hub);
      const trusted = await publishCells([staff('mia', 'manager'), staff('zoe', 'supervisor'), price('F1', 1_000), price('F2', 1_000)]);
      const kept = await publishCells([staff('zoe', 'cashier')]);
      const lost = await publishCells([staff('yan', 'supervisor'), staff('zoe', 'supervisor')]);
      await device.manifest(lost);
      await restoreTo(kept);
      await device.manifest(
        lost,
        3,
        undefined,
        [trusted, kept].map(({ lsn, historyHash }) => ({ lsn, historyHash })),
      );
      const present = await head();
      expect(present.hubEpoch).not.toBe(kept.hubEpoch);
      // Once more: what two forks have in common is common.
      const lostToo = await publishCells([staff('xia', 'supervisor')]);
      await device.manifest(lostToo);
      await restoreTo(present);
      await device.manifest(lostToo, 3, undefined, [{ lsn: kept.lsn, historyHash: kept.historyHash }]);
      expect((await head()).hubEpoch).not.toBe(present.hubEpoch);

      for (const cut of [trusted, kept, lost, present]) halfPrice(device, 'zoe', cut);
      const [asked, late] = [propose(device, 'F1', trusted), propose(device, 'F2', lost)];
      await device.send();
      expect([await answered(asked), await answered(late)]).toEqual(['accepted', 'conflict']);
      expect(await exceeded(device)).toEqual(
        new Map([
          [1, [true, false]],
          [2, [false, false]],
          [3, [false, false]],
          [4, [false, false]],
        ]),
      );
    });

    test('O-11: a hub that is set back again, and further, knows cuts of all its epochs up to there, and none behind it', async () => {
      const device = await enrolNextDevice(hub);
      const [both, once] = [await publish('in both'), await publish('in one')];
      const heldOf = (...cuts: readonly Position[]) => cuts.map(({ lsn, historyHash }) => ({ lsn, historyHash }));
      const lost = await publish('lost');
      await device.manifest(lost);
      await restoreTo(once);
      await device.manifest(lost, 3, undefined, heldOf(both, once));
      const known = async (cut: Position): Promise<number | null> => lsnOfCut(await knownEpochs(hub.database, 1), cut);
      expect([await known(both), await known(once), await known(lost)]).toEqual([both.lsn, once.lsn, null]);
      const lostToo = await publish('lost as well');
      await device.manifest(lostToo);
      await restoreTo(both);
      await device.manifest(lostToo, 3, undefined, heldOf(both));
      const anew = await publish('another under the number of what was in one');
      expect([anew.lsn, new Set([once, lostToo, anew].map(({ hubEpoch }) => hubEpoch)).size]).toEqual([once.lsn, 3]);
      expect([await known(both), await known(once), await known(lostToo), await known(anew)]).toEqual([both.lsn, null, null, anew.lsn]);
    });

    test('O-5, O-11: what was published under the lost numbers before anybody knew is nothing that their author saw', async () => {
      const device = await enrolNextDevice(hub);
      const kept = await publishCells([staff('mia', 'manager'), price('F3', 1_000), price('F4', 1_000)]);
      const lost = await publish('lost once more');
      await device.manifest(kept);
      await device.manifest(lost);
      await restoreTo(kept);
      const other = await publishCells([price('F3', 1_100)]);
      expect(other.lsn).toBe(lost.lsn);
      await device.manifest(lost, 3, undefined, [{ lsn: kept.lsn, historyHash: kept.historyHash }]);
      const asked = [propose(device, 'F3', lost), propose(device, 'F4', kept)];
      await device.send();
      expect(await Promise.all(asked.map(answered))).toEqual(['conflict', 'accepted']);
    });
  });
}
