/** Who can read what comes down, on any engine, over real HTTP (SPEC: S). */
import { nodeCipher, nodeCompression, nodeHash, nodeVerifier } from '@holdfast/base/node';
import {
  base64ToBytes,
  bytesToHex,
  fingerprintOf,
  isSealed,
  keyNameOf,
  openSealed,
  openSegment,
  parseAuditAnswer,
  parseManifest,
  parseSegmentKeysAnswer,
  parseWipeOrder,
  verifyWipe,
  type ChainedEntry,
  type Manifest,
  type SegmentKey,
} from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Too many, and too different from each other, to ride in a manifest. */
const GOODS = 400;

export function sealingContract(engine: string, open: () => Promise<Database>): void {
  describe(`sealing contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
      const store = { store: '2', name: 'Second', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      expect((await hub.post('/api/v1/stores', store)).status).toBe(201);
    });
    afterAll(async () => hub.close());

    const publish = async (word: string, scope: string, urgent = false): Promise<void> => {
      const cells = Array.from({ length: GOODS }, (_, at) => ({
        type: 'item',
        key: `${word}-${at}`,
        scope,
        fields: { name: `${word} ${bytesToHex(nodeHash.sha256(Uint8Array.of(at % 256, word.length, at >> 8)))}` },
      }));
      expect((await hub.post('/api/v1/publications', { cells, urgent })).status).toBe(200);
    };
    const keysOf = async (device: TestDevice): Promise<readonly SegmentKey[]> => {
      const answer = await device.request('/sync/v1/segment-keys');
      const parsed = parseSegmentKeysAnswer(await answer.json());
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      return parsed.value.keys;
    };
    /** What is fetched by address, as it comes. */
    const fetched = async (device: TestDevice, { segments, urgent }: Manifest): Promise<readonly Uint8Array[]> =>
      Promise.all(
        [...segments, ...(urgent?.segments ?? [])].map(async ({ hash, frame }) => {
          if (frame !== undefined) return base64ToBytes(frame);
          const answer = await device.request(`/sync/v1/segments/${hash}`);
          const bytes = new Uint8Array(await answer.arrayBuffer());
          expect(bytesToHex(nodeHash.sha256(bytes))).toBe(hash);
          return bytes;
        }),
      );
    /** Names of goods that these keys open; frames that they do not open are counted. */
    const readBy = (keys: readonly SegmentKey[], frames: readonly Uint8Array[]) => {
      const names: string[] = [];
      let closed = 0;
      for (const frame of frames.filter(isSealed)) {
        const opened = openSealed(frame, (name) => keys.find(({ key }) => keyNameOf(nodeHash, key) === name)?.key, { cipher: nodeCipher });
        if (!opened.ok) closed += 1;
        const segment = opened.ok
          ? openSegment(opened.value, bytesToHex(nodeHash.sha256(opened.value)), { compression: nodeCompression, hash: nodeHash })
          : undefined;
        if (segment?.ok !== true) continue;
        for (let at = 0; at < segment.value.chunkCount; at += 1) {
          const chunk = segment.value.chunk(at);
          if (chunk.ok) names.push(...chunk.value.map(({ key }) => key));
        }
      }
      return { names, closed };
    };
    const nothing = (device: TestDevice) => ({ hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: '0'.repeat(64) });

    test('S-1, S-2: a device opens what is of its scopes; with another store’s keys only what both have in common is read', async () => {
      const [here, there] = [await enrolDevice(hub), await enrolNextDevice(hub, '2')];
      await publish('everywhere', 'global');
      await publish('secret', 'store:1');
      const frames = await fetched(here, await here.manifest(nothing(here), 4));
      expect(frames.every(isSealed)).toBe(true);
      const own = readBy(await keysOf(here), frames);
      expect(own.closed).toBe(0);
      expect(own.names).toEqual(expect.arrayContaining(['everywhere-7', 'secret-7']));
      const others = readBy(await keysOf(there), frames);
      expect(others.closed).toBeGreaterThan(0);
      expect(others.names.some((name) => name.startsWith('secret'))).toBe(false);
      expect(others.names).toContain('everywhere-7');
      expect((await keysOf(here)).map(({ scope }) => scope)).toEqual([
        'global',
        'lane@global',
        'zone:1',
        'lane@zone:1',
        'store:1',
        'lane@store:1',
      ]);
      // A device of before is told what it reads.
      const plain = await fetched(here, await here.manifest(nothing(here), 3));
      expect(plain.some(isSealed)).toBe(false);
    });

    test('S-4: what is narrowed to a role is told to devices of it, given to them by address, and compared with them, and to nobody else', async () => {
      const [lane, kiosk] = [await enrolNextDevice(hub), await enrolNextDevice(hub, '1', 'kiosk')];
      expect([lane.enrolled.role, kiosk.enrolled.role]).toEqual(['lane', 'kiosk']);
      await publish('inner', 'lane@store:1');
      await publish('outer', 'kiosk@global');
      const told = async (device: TestDevice) => {
        const manifest = await device.manifest(nothing(device), 5);
        return { manifest, ...readBy(await keysOf(device), await fetched(device, manifest)) };
      };
      const [toLane, toKiosk] = [await told(lane), await told(kiosk)];
      const holds = (names: readonly string[], word: string): boolean => names.some((name) => name.startsWith(word));
      expect([holds(toLane.names, 'inner'), holds(toLane.names, 'outer'), toLane.closed]).toEqual([true, false, 0]);
      expect([holds(toKiosk.names, 'inner'), holds(toKiosk.names, 'outer'), toKiosk.closed]).toEqual([false, true, 0]);
      // Whoever learns an address is still given nothing, and whoever has the bytes reads nothing.
      const kiosks = new Set(toKiosk.manifest.segments.map(({ hash }) => hash));
      const lanesAlone = toLane.manifest.segments.filter(({ hash, frame }) => frame === undefined && !kiosks.has(hash));
      expect(lanesAlone.length).toBeGreaterThan(0);
      const answers = await Promise.all(lanesAlone.map(async ({ hash }) => kiosk.request(`/sync/v1/segments/${hash}`)));
      expect(answers.some(({ status }) => status === 404)).toBe(true);
      expect(holds(readBy(await keysOf(kiosk), await fetched(lane, toLane.manifest)).names, 'inner')).toBe(false);
      // A right is a person's, whatever they stand before.
      const grant = { type: 'roleGrant', key: 'cashier refund', scope: 'kiosk@global', fields: { isAllowed: true } };
      expect((await hub.post('/api/v1/publications', { cells: [grant] })).status).toBe(422);
    });

    test('S-4: a lane and a kiosk are audited by what each may hold', async () => {
      const [lane, kiosk] = [await enrolNextDevice(hub), await enrolNextDevice(hub, '1', 'kiosk')];
      const fields = { name: 'Told to lanes alone' };
      expect(
        (await hub.post('/api/v1/publications', { cells: [{ type: 'item', key: '~only', scope: 'lane@global', fields }] })).status,
      ).toBe(200);
      const differs = async (device: TestDevice, fingerprint: string): Promise<readonly number[]> => {
        const { to } = await device.manifest(nothing(device), 5);
        const body = JSON.stringify({ position: to, ledger: [], cells: [{ type: 1, after: '~', upTo: null, fingerprint }] });
        const answer = await device.request('/sync/v1/audit', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        const parsed = parseAuditAnswer(await answer.json());
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
        expect(parsed.value.isAtHead).toBe(true);
        return parsed.value.cells;
      };
      const held = { type: 1, key: '~only', scope: 'lane@global', fields: new Map([[1, fields.name]]) };
      const [all, none] = [fingerprintOf(nodeHash, [held]), fingerprintOf(nodeHash, [])];
      expect([await differs(lane, all), await differs(kiosk, none)]).toEqual([[], []]);
      expect([await differs(lane, none), await differs(kiosk, all)]).toEqual([[0], [0]]);
    });

    test('S-5: what rides in a manifest is sealed for whoever reads all of it; to a device of before it rides as it did', async () => {
      const device = await enrolNextDevice(hub);
      const { to } = await device.manifest(nothing(device), 5);
      const cells = [{ type: 'item', key: 'tail', scope: 'store:1', fields: { name: 'Rides along' } }];
      expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
      const riding = async (reads: number) => {
        const { segments } = await device.manifest(to, reads);
        expect(segments).toHaveLength(1);
        const frame = base64ToBytes(segments[0]?.frame ?? '');
        expect(bytesToHex(nodeHash.sha256(frame))).toBe(segments[0]?.hash);
        return frame;
      };
      expect(isSealed(await riding(4))).toBe(false);
      const sealed = await riding(5);
      const { names, closed } = readBy(await keysOf(device), [sealed]);
      expect([[...new Set(names)], closed]).toEqual([['tail'], 0]);
      const others = [await enrolNextDevice(hub, '2'), await enrolNextDevice(hub, '1', 'kiosk')];
      for (const other of others) expect(readBy(await keysOf(other), [sealed])).toEqual({ names: [], closed: 1 });
    });

    test('D-17: a stick carries what a lane of its store that holds nothing is told, sealed; of another store, or of none, it has nothing', async () => {
      const device = await enrolNextDevice(hub);
      const told = await device.manifest(nothing(device), 5);
      const answer = await hub.api('/api/v1/stores/1/snapshot');
      const parsed = parseManifest(await answer.json());
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      const { from, to, segments } = parsed.value;
      expect({ from, to, segments }).toEqual({ from: told.from, to: told.to, segments: told.segments });
      const own = segments.filter(({ frame }) => frame === undefined).map(({ hash }) => hash);
      expect(own.length).toBeGreaterThan(1);
      const frames: Uint8Array[] = [];
      const missing: string[] = [];
      for (const hash of own) {
        const carried = await hub.api(`/api/v1/stores/1/segments/${hash}`);
        frames.push(new Uint8Array(await carried.arrayBuffer()));
        if ((await hub.api(`/api/v1/stores/2/segments/${hash}`)).status === 404) missing.push(hash);
      }
      expect(frames.every(isSealed)).toBe(true);
      expect(frames.map((frame) => bytesToHex(nodeHash.sha256(frame)))).toEqual(own);
      // What is the first store's alone.
      expect(missing.length).toBeGreaterThan(0);
      expect((await hub.api('/api/v1/stores/99/snapshot')).status).toBe(404);
    });

    test('S-1: what is urgent is sealed, too', async () => {
      const device = await enrolNextDevice(hub);
      const before = (await device.manifest(nothing(device), 4)).to;
      await publish('recall', 'store:1', true);
      await publish('more', 'store:1');
      const { urgent, ...rest } = await device.manifest(before, 4);
      expect(urgent?.segments.length).toBeGreaterThan(0);
      const frames = await fetched(device, { ...rest, segments: urgent?.segments ?? [] });
      expect(frames.every(isSealed)).toBe(true);
      expect(readBy(await keysOf(device), frames).names).toContain('recall-7');
    });

    test('S-9: a device is ordered to erase itself by what its hub signs; it goes once the hub holds all that it had, and counts no more', async () => {
      const [device, other] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const ask = async (of: TestDevice) => of.request('/sync/v1/wipe');
      expect((await ask(device)).status).toBe(404);
      const { orderedAtMs } = (await (await hub.post(`/api/v1/devices/${device.enrolled.device}/wipe`, {})).json()) as {
        orderedAtMs: number;
      };
      expect((await hub.post('/api/v1/devices/d-nobody/wipe', {})).status).toBe(404);
      // Given once more it is the same.
      expect(await (await hub.post(`/api/v1/devices/${device.enrolled.device}/wipe`, {})).json()).toMatchObject({ orderedAtMs });
      const answer = await ask(device);
      expect(answer.headers.get('holdfast-wipe')).toBe('ordered');
      const parsed = parseWipeOrder(await answer.json());
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      expect(parsed.value).toMatchObject({ device: device.enrolled.device, orderedAtMs, isStolen: false });
      expect([device, other].map(({ enrolled }) => verifyWipe(nodeVerifier, enrolled, parsed.value))).toEqual([true, false]);
      expect((await ask(other)).headers.get('holdfast-wipe')).toBeNull();

      const { id, hash } = device.sell([{ sku: 'a', quantity: 1, amountMinor: 100 }]);
      const report = async (of: TestDevice, ms = orderedAtMs) =>
        (
          await of.request('/sync/v1/wipe', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ orderedAtMs: ms, heads: [{ epoch: id.epoch, seq: id.seq, hash: bytesToHex(hash) }] }),
          })
        ).status;
      // What is not here yet, another order, somebody else's.
      expect([await report(device), await report(other)]).toEqual([409, 409]);
      await device.send();
      expect([await report(device, orderedAtMs + 1), await report(device), await report(device)]).toEqual([409, 204, 204]);
      const { wipes } = await hub.json<{ wipes: readonly object[] }>('/api/v1/wipes');
      expect(wipes).toMatchObject([{ device: device.enrolled.device, orderedAtMs, handedOverAtMs: expect.any(Number) }]);
      // It is served no more; a copy of its disk still hears of the order.
      expect((await device.request('/sync/v1/segment-keys')).status).toBe(403);
      expect(await (await ask(device)).json()).toMatchObject({ orderedAtMs, isStolen: false });
      // Of a stolen one it says so: nobody's basket is waited for there.
      for (const path of ['wipe', 'revoke'])
        expect((await hub.post(`/api/v1/devices/${other.enrolled.device}/${path}`, { reason: 'stolen' })).status).toBe(200);
      expect(await (await ask(other)).json()).toMatchObject({ device: other.enrolled.device, isStolen: true });
    });

    test('S-9: what a copy of a device’s disk sold is held where the hub has these very entries; that its other history goes on beyond them is no reason to let it go', async () => {
      const device = await enrolNextDevice(hub);
      const { orderedAtMs } = (await (await hub.post(`/api/v1/devices/${device.enrolled.device}/wipe`, {})).json()) as {
        orderedAtMs: number;
      };
      const sell = (of: TestDevice, amountMinor: number): ChainedEntry => of.sell([{ sku: 'a', quantity: 1, amountMinor }]);
      sell(device, 100);
      const copy = device.clone(1);
      for (const amountMinor of [200, 300, 400]) sell(device, amountMinor);
      await device.send();
      const report = async ({ id, hash }: ChainedEntry): Promise<number> =>
        (
          await copy.request('/sync/v1/wipe', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ orderedAtMs, heads: [{ epoch: id.epoch, seq: id.seq, hash: bytesToHex(hash) }] }),
          })
        ).status;
      const sold = sell(copy, 700);
      expect(await report(sold)).toBe(409);
      // Received, folded or not: as a branch of the same length.
      await copy.send();
      const more = sell(copy, 800);
      expect(await report(more)).toBe(409);
      expect([await report(sold), await report(device.entries[1]!)]).toEqual([204, 204]);
    });

    test('S-3: after a theft what is sealed anew is closed to the thief; those that count read what was sealed before and after', async () => {
      const [thief, honest] = [await enrolNextDevice(hub), await enrolNextDevice(hub)];
      const stolen = await keysOf(thief);
      expect((await hub.post(`/api/v1/devices/${thief.enrolled.device}/revoke`, { reason: 'stolen' })).status).toBe(200);
      expect((await thief.request('/sync/v1/segment-keys')).status).toBe(403);
      const before = (await honest.manifest(nothing(honest), 4)).to;
      await publish('afterwards', 'store:1');
      const frames = await fetched(honest, await honest.manifest(before, 4));
      expect(frames.some(isSealed)).toBe(true);
      expect(readBy(stolen, frames)).toEqual({ names: [], closed: frames.filter(isSealed).length });
      expect(readBy(await keysOf(honest), frames).names).toContain('afterwards-7');
      const all = await fetched(honest, await honest.manifest(nothing(honest), 4));
      expect(readBy(await keysOf(honest), all).closed).toBe(0);
    });
  });
}
