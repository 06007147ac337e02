/** What is put away is held as before, on any engine: each engine's test file runs this suite over real HTTP. */
import { nodeHash, systemClock } from '@holdfast/base/node';
import { noShift, shiftCloseEntry } from '@holdfast/domain';
import { PATHS, parseAuditAnswer, type AuditAnswer, type LedgerRange } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, FUTURE_KIND, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Verification } from './verify.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const SOLD_MS = Date.parse('2026-01-20T10:00:00Z');
const LATER_MS = Date.parse('2026-07-02T10:00:00Z');
const KEPT_DAYS = 92;
/** Of more than two runs, with the end of their shift. */
const OLD_SALES = 1_100;
const OLD = OLD_SALES + 1;

const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };

function closeShift(device: TestDevice): void {
  const { kind, fields } = shiftCloseEntry(HEADER, { sums: noShift('EUR'), countedMinor: 0, perpetualMinor: 0, reason: 'counted' });
  device.append(kind, fields);
}

export function archiveContract(engine: string, open: () => Promise<Database>): void {
  describe(`archive contract: ${engine}`, () => {
    let database: Database;
    let hub: TestHub;
    let nowMs = SOLD_MS;
    const clock = { ...systemClock, nowMs: () => nowMs };
    const start = async (archiveAfterDays?: number): Promise<void> => {
      hub = await startTestHub(database, { clock, ...(archiveAfterDays !== undefined && { archiveAfterDays }) });
    };
    /** A hub archives when it starts, and waits for that before it ends. */
    const archive = async (): Promise<void> => {
      await hub.stop();
      await start(KEPT_DAYS);
      await hub.stop();
      await start();
    };
    /** Wherever the hub listens by then. */
    const ofHub = (): TestHub => new Proxy(hub, { get: (_, name) => Reflect.get(hub, name) as unknown });
    const runs = async (device: TestDevice) =>
      database.rows<{ from: number; to: number }>(
        'SELECT from_seq AS "from", to_seq AS "to" FROM ledger_archive WHERE device = $1 ORDER BY from_seq',
        [device.enrolled.device],
      );
    const left = async (device: TestDevice): Promise<readonly number[]> =>
      (await database.rows<{ seq: number }>('SELECT seq FROM ledger_entry WHERE device = $1 ORDER BY seq', [device.enrolled.device])).map(
        ({ seq }) => seq,
      );
    const verify = async (): Promise<Verification> => hub.json<Verification>('/api/v1/verify');

    let lane: TestDevice;
    let other: TestDevice;
    let third: TestDevice;
    let unclosed: TestDevice;
    beforeAll(async () => {
      database = await open();
      await start();
      lane = await enrolNextDevice(ofHub());
      for (let i = 0; i < OLD_SALES; i += 1) lane.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 + (i % 7) }]);
      closeShift(lane);
      await lane.send();
      other = await enrolNextDevice(ofHub());
      other.sell([{ sku: 'pear', quantity: 1, amountMinor: 100 }]);
      other.sell([{ sku: 'pear', quantity: 1, amountMinor: 100 }]);
      other.append(FUTURE_KIND.kind, { what: 'later' });
      other.sell([{ sku: 'pear', quantity: 1, amountMinor: 100 }]);
      closeShift(other);
      await other.send();
      third = await enrolNextDevice(ofHub());
      third.sell([{ sku: 'plum', quantity: 1, amountMinor: 100 }]);
      third.sell([{ sku: 'plum', quantity: 1, amountMinor: 100 }]);
      closeShift(third);
      await third.send();
      unclosed = await enrolNextDevice(ofHub());
      for (let i = 0; i < 3; i += 1) unclosed.sell([{ sku: 'fig', quantity: 1, amountMinor: 100 }]);
      await unclosed.send();
      nowMs = LATER_MS;
      lane.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 }], { shift: 2 });
      await lane.send(OLD + 1);
      await verify();
    });
    afterAll(async () => hub.close());

    test('A-6: whole months that are old enough are put away; an epoch’s last entry stays, what comes behind one that is set aside, and the shift that is open', async () => {
      nowMs = Date.parse('2026-04-30T10:00:00Z');
      await archive();
      expect(await runs(lane)).toEqual([]);
      nowMs = LATER_MS;
      await archive();
      expect(await runs(lane)).toEqual([
        { from: 1, to: 500 },
        { from: 501, to: 1_000 },
        { from: 1_001, to: OLD },
      ]);
      expect(await left(lane)).toEqual([OLD + 1]);
      expect([await runs(other), await left(other)]).toEqual([[{ from: 1, to: 2 }], [3, 4, 5]]);
      expect([await runs(third), await left(third)]).toEqual([[{ from: 1, to: 2 }], [3]]);
      expect([await runs(unclosed), await left(unclosed)]).toEqual([[], [1, 2, 3]]);
      await archive();
      expect(await runs(lane)).toHaveLength(3);
    });

    test('A-6: everything is proven as before: chains to their signed heads, sums, stock, fingerprints', async () => {
      const verified = await verify();
      expect(verified).toMatchObject({ projectionsEqualLedger: true, problems: [] });
      expect(verified.devices.find(({ device }) => device === lane.enrolled.device)?.epochs).toMatchObject([
        { seq: OLD + 1, sales: OLD_SALES + 1, chainWhole: true, headSigned: true, gaps: [] },
      ]);
      expect(await hub.json(`/api/v1/devices/${lane.enrolled.device}/proof`)).toMatchObject({ problems: [] });
      const range = (from: number, to: number): LedgerRange => ({
        epoch: lane.epoch,
        from,
        to,
        fingerprint: Buffer.from(nodeHash.sha256(Buffer.concat(lane.entries.slice(from - 1, to).map(({ hash }) => hash)))).toString('hex'),
      });
      const ledger = [range(1, 1_000), range(990, OLD + 1), { ...range(3, 3), to: 4 }];
      const answer = await lane.request(PATHS.audit, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ position: { hubEpoch: '0'.repeat(16), lsn: 0, historyHash: '0'.repeat(64) }, ledger, cells: [] }),
      });
      const compared = parseAuditAnswer(await answer.json());
      expect((compared as { value: AuditAnswer }).value.ledger).toEqual([2]);
    });

    test('A-6: what was put away is known when it comes again, and another history beside it is a branch', async () => {
      const answer = await lane.send(1, 700);
      expect(answer).toMatchObject({ received: { [lane.epoch]: OLD + 1 } });
      expect(answer).not.toHaveProperty('branch');
      expect(answer).not.toHaveProperty('gap');
      expect(await lane.send(1_050, OLD + 1)).not.toHaveProperty('gap');
      const clone = third.clone(1);
      clone.sell([{ sku: 'plum', quantity: 7, amountMinor: 700 }]);
      expect(await clone.send(1, 2)).toMatchObject({ branch: true });
      expect(await verify()).toMatchObject({ problems: [] });
    });

    test('A-6: an old receipt is found, shown and taken back as any other', async () => {
      const place = `${lane.enrolled.device}/${lane.epoch}/3`;
      expect(await hub.json(`/api/v1/sales/${place}`)).toMatchObject({ seq: 3, lines: [{ sku: 'apple', quantity: 1, amountMinor: 102 }] });
      const asked = await other.askReturn({ receiptNumber: '1-abcd-000600', take: true });
      expect(asked.sale?.entry).toBe(Buffer.from(lane.entries[599]?.canonical ?? []).toString('base64'));
      expect(asked.granted).toBe(true);
    });

    test('A-6: what somebody changed in the archive is named, also where the hash was changed with it', async () => {
      const at = [lane.enrolled.device];
      const change = async (set: string): Promise<void> =>
        void (await database.execute(`UPDATE ledger_archive SET ${set} WHERE device = $1 AND from_seq = 501`, at));
      await change('canonicals = set_byte(canonicals, 90, (get_byte(canonicals, 90) + 1) % 256)');
      expect((await verify()).problems.join('\n')).toContain('501 to 1000: the archive does not have the hash that it is kept under');
      await change('address = sha256(canonicals)');
      const said = (await verify()).problems.join('\n');
      expect(said).toContain('501 to 1000: the archive is not signed by this hub');
      expect(said).toContain(' 502: does not continue the entry before it');
      await change('canonicals = set_byte(canonicals, 90, (get_byte(canonicals, 90) + 255) % 256)');
      await change('address = sha256(canonicals)');
      expect((await verify()).problems).toEqual([]);
      await database.execute('DELETE FROM ledger_archive WHERE device = $1 AND from_seq = 1001', at);
      expect((await verify()).problems.join('\n')).toContain('entries 1001 to 1101 are missing');
    });
  });
}
