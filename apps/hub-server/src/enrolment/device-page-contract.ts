/** What the hub tells of a device, on any engine: each engine's test file runs this suite over real HTTP. */
import { LEDGER_KINDS } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { NO_HISTORY } from '../identity.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { KEPT_MS } from './contact-log.ts';
import type { DevicePage, DeviceRow } from './device-page.ts';

vi.setConfig({ testTimeout: 60_000 });

const REPORT = '["0.1.0",51000,[["printer","warning","paperLow"],["drawer","ready"]]]';

export function devicePageContract(engine: string, open: () => Promise<Database>): void {
  describe(`device page contract: ${engine}`, () => {
    let hub: TestHub;
    let device: TestDevice;
    beforeAll(async () => {
      hub = await startTestHub(await open());
      device = await enrolNextDevice(hub);
    });
    afterAll(async () => hub.close());

    const page = async (of = device): Promise<DevicePage> => hub.json<DevicePage>(`/api/v1/devices/${of.enrolled.device}`);
    const contact = async (more: object): Promise<number> => {
      const position = { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY };
      const answer = await device.request('/sync/v1/manifest', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ position, waitingEntries: 1, waitingSales: 0, wallMs: Date.now(), ...more }),
      });
      await answer.arrayBuffer();
      return answer.status;
    };

    test('a device that was never in contact says nothing', async () => {
      expect(await page()).toMatchObject({ says: null, contacts: [], heldLsn: null, role: 'lane', gone: null, wipeOrderedAtMs: null });
      expect((await hub.api('/api/v1/devices/nobody')).status).toBe(404);
    });

    test('what it says of itself stands until it says something else; what is no report is refused nothing, and told as none', async () => {
      expect(await contact({ report: REPORT })).toBe(200);
      const said = (await page()).says;
      expect(said).toMatchObject({
        version: '0.1.0',
        freeMegabytes: 51_000,
        devices: [
          { device: 'printer', state: 'warning', reason: 'paperLow' },
          { device: 'drawer', state: 'ready' },
        ],
      });
      expect(await contact({})).toBe(200);
      expect((await page()).says).toEqual(said);
      const rows = (await hub.json<{ devices: readonly DeviceRow[] }>('/api/v1/devices')).devices;
      expect(rows.find((row) => row.device === device.enrolled.device)).toMatchObject({ store: '1', says: said, gone: null });
      for (const naughty of ['', '{', '["<script>",1,[]]', '\uD83E\uDDC2'.repeat(700)])
        expect(await contact({ report: naughty })).toBe(200);
      expect((await page()).says).toBeNull();
      expect(await contact({ report: REPORT })).toBe(200);
      for (const refused of [7, null, {}, 'x'.repeat(2_049), '\uD800']) expect(await contact({ report: refused })).toBe(400);
      expect((await page()).says).toMatchObject({ version: '0.1.0' });
    });

    test('what it exchanges is counted with every byte of its connections, and which entries came', async () => {
      const before = (await page()).contacts;
      device.sell([{ sku: 'apple', quantity: 1, amountMinor: 100 }]);
      device.append(LEDGER_KINDS.noSale.kind, {
        businessDate: '2026-11-21',
        shift: 1,
        drawer: 'A',
        operator: 'op-1',
        training: false,
        reason: 'change',
      });
      const frame = device.frame();
      await device.send();
      await device.probe();
      const after = (await page()).contacts;
      const sum = (of: readonly DevicePage['contacts'][number][], what: 'exchanges' | 'bytesUp' | 'bytesDown' | 'entriesUp'): number =>
        of.reduce((total, spell) => total + spell[what], 0);
      expect(sum(after, 'entriesUp') - sum(before, 'entriesUp')).toBe(2);
      expect(sum(after, 'exchanges') - sum(before, 'exchanges')).toBe(2);
      const up = sum(after, 'bytesUp') - sum(before, 'bytesUp');
      // With what stands before the body, twice.
      expect(up).toBeGreaterThan(frame.length + 200);
      expect(up).toBeLessThan(frame.length + 2_000);
      expect(sum(after, 'bytesDown')).toBeGreaterThan(sum(before, 'bytesDown'));
      expect(after[0]).toMatchObject({ heldLsn: 0 });
    });

    test('what is older than two days is told no more', async () => {
      await hub.database.execute('UPDATE device_contact SET from_ms = from_ms - $1', [KEPT_MS + 60_000]);
      expect((await page()).contacts).toEqual([]);
    });

    test('a code for a device comes with the command that enrols it, where it is said how the hub is reached', async () => {
      const issue = async (body: object): Promise<Response> => hub.post('/api/v1/enrolment-codes', { store: '1', ...body });
      const bare = (await (await issue({})).json()) as object;
      expect(bare).not.toHaveProperty('command');
      const issued = (await (await issue({ hub: 'https://hq.example:8443' })).json()) as Readonly<Record<string, string>>;
      expect(issued['command']).toBe(
        `pnpm holdfast till --data ./till-${issued['code']?.toLowerCase().slice(0, 4)} --hub https://hq.example:8443 --enrol ${issued['code']}`,
      );
      expect(issued['picture']).toMatch(/^<svg [^>]*><path [^>]*\/><path d="M\d/u);
      for (const wrong of ['hq.example', 'https://hq.example/; rm -rf /', 'javascript:alert(1)', 'https://a b'])
        expect((await issue({ hub: wrong })).status).toBe(400);
    });

    test('U-8: a number that two disks of one device gave to two sales is told with both, and no other', async () => {
      const lane = await enrolNextDevice(hub);
      const sell = (of: TestDevice, amountMinor: number, receiptNumber: string): unknown =>
        of.sell([{ sku: 'apple', quantity: 1, amountMinor }], { receiptNumber });
      sell(lane, 100, '7-d0d0-000001');
      const copy = lane.clone(1);
      sell(lane, 200, '7-d0d0-000002');
      sell(lane, 300, '7-d0d0-000003');
      await lane.send();
      expect((await page(lane)).doubledReceipts).toEqual([]);
      // Set back, it counts on by itself before it meets anybody.
      sell(copy, 450, '7-d0d0-000002');
      sell(copy, 100, '7-d0d0-000009');
      await copy.send();
      await copy.probe();
      const sold = { epoch: lane.epoch, seq: 2, currency: 'EUR', minorDigits: 2 };
      expect((await page(lane)).doubledReceipts).toEqual([
        {
          receiptNumber: '7-d0d0-000002',
          sales: [
            { ...sold, branch: false, totalMinor: 200, atMs: expect.any(Number) },
            { ...sold, branch: true, totalMinor: 450, atMs: expect.any(Number) },
          ],
        },
      ]);
      expect((await page()).doubledReceipts).toEqual([]);
    });

    test('one that is gone says so', async () => {
      expect((await hub.post(`/api/v1/devices/${device.enrolled.device}/revoke`, { reason: 'replaced' })).status).toBe(200);
      expect(await page()).toMatchObject({ gone: 'replaced' });
    });
  });
}
