/** Publications and what devices are told of them, on any engine, over real HTTP: nothing skipped, nothing twice, always one cut. */
import { nodeCompression, nodeHash, nodeVerifier } from '@holdfast/base/node';
import { openSegment, verifyManifest, type Cell, type Manifest, type Position } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { NO_HISTORY } from '../identity.ts';
import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const ITEM = 1;

/** A lane's cells as sync's rule says: the highest stamp wins, fields of older generations are hidden. */
interface LaneCells {
  position: Position;
  readonly cells: Map<string, Cell>;
}

async function fetchSegment(device: TestDevice, hash: string): Promise<Uint8Array> {
  const response = await device.request(`/sync/v1/segments/${hash}`);
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

async function applyManifest(device: TestDevice, lane: LaneCells): Promise<Manifest> {
  const manifest = await device.manifest(lane.position);
  expect(verifyManifest(nodeVerifier, device.enrolled.hubPublicKey, device.enrolled.tenant, manifest)).toBe(true);
  if (manifest.rebase) lane.cells.clear();
  for (const ref of manifest.segments) {
    const frame = await fetchSegment(device, ref.hash);
    expect(frame.length).toBe(ref.bytes);
    const segment = openSegment(frame, ref.hash, { compression: nodeCompression, hash: nodeHash });
    if (!segment.ok) throw new Error(segment.error.reason);
    for (let index = 0; index < segment.value.chunkCount; index += 1) {
      const chunk = segment.value.chunk(index);
      if (!chunk.ok) throw new Error(chunk.error.reason);
      for (const cell of chunk.value) {
        const key = JSON.stringify([cell.type, cell.key, cell.scope, cell.field]);
        const held = lane.cells.get(key);
        if (held === undefined || held.stamp <= cell.stamp) lane.cells.set(key, cell);
      }
    }
  }
  lane.position = manifest.to;
  return manifest;
}

/** What the lane shows: entity → fields of its living generation. */
function shown(lane: LaneCells): Readonly<Record<string, Readonly<Record<number, unknown>>>> {
  const entities: Record<string, Record<number, unknown>> = {};
  for (const exists of [...lane.cells.values()].filter((cell) => cell.field === 0 && cell.value === true)) {
    const fields: Record<number, unknown> = {};
    for (const cell of lane.cells.values()) {
      const isSame = cell.type === exists.type && cell.key === exists.key && cell.scope === exists.scope;
      if (isSame && cell.field !== 0 && cell.generation === exists.generation && cell.value !== null) fields[cell.field] = cell.value;
    }
    entities[`${exists.type}/${exists.key}/${exists.scope}`] = fields;
  }
  return Object.fromEntries(Object.entries(entities).sort(([left], [right]) => (left < right ? -1 : 1)));
}

export function downContract(engine: string, open: () => Promise<Database>): void {
  describe(`down contract: ${engine}`, () => {
    let hub: TestHub;
    let device: TestDevice;
    beforeAll(async () => {
      hub = await startTestHub(await open());
      device = await enrolDevice(hub);
    }, 60_000);
    afterAll(async () => hub.close());

    const freshLane = (): LaneCells => ({
      position: { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY },
      cells: new Map(),
    });
    const publish = async (cells: readonly object[]): Promise<{ lsn: number | null; changed: number }> => {
      const response = await hub.post('/api/v1/publications', { cells });
      expect(response.status).toBe(200);
      return (await response.json()) as { lsn: number | null; changed: number };
    };
    const item = (key: string, name: string, scope = 'global') => ({
      type: 'item',
      key,
      scope,
      fields: { name, taxClass: 'standard', unit: 'piece' },
    });

    test('a fresh hub gives its lane tax classes and settings, and nothing more when nothing changed', async () => {
      const lane = freshLane();
      const manifest = await applyManifest(device, lane);
      expect(manifest).toMatchObject({ rebase: false, from: { lsn: 0 } });
      expect(shown(lane)).toMatchObject({
        '4/standard/global': { 1: 'VAT 19 %', 2: 1900 },
        '5/currency/store:1': { 1: 'EUR' },
        '5/timeZone/store:1': { 1: 'Europe/Berlin' },
        '5/taxInclusive/store:1': { 1: 'true' },
      });
      expect(await device.manifest(lane.position)).toMatchObject({ from: lane.position, to: lane.position, segments: [] });
    });

    test('one publication is one LSN; what equals the held value takes none', async () => {
      const first = await publish([item('milk', 'Milk'), item('bread', 'Bread')]);
      expect(first.changed).toBe(2);
      expect(await publish([item('milk', 'Milk'), item('bread', 'Bread')])).toEqual({ lsn: null, changed: 0 });
      expect(await publish([item('milk', 'Whole milk'), item('bread', 'Bread')])).toEqual({ lsn: Number(first.lsn) + 1, changed: 1 });
    });

    test('a lane that follows holds what a fresh lane holds: changes, cleared fields, removals, a second life', async () => {
      const lane = freshLane();
      await applyManifest(device, lane);
      const steps = [
        [item('a', 'A'), { type: 'item', key: 'a', scope: 'global', fields: { brand: 'Old' } }, item('b', 'B')],
        [{ type: 'item', key: 'a', scope: 'global', fields: { name: 'A2' } }],
        [{ type: 'item', key: 'a', scope: 'global', fields: { brand: null } }],
        [{ type: 'item', key: 'a', scope: 'global', removed: true }],
        [item('a', 'A again')],
        [item('b', 'B here', 'store:1'), item('b', 'B there', 'store:2'), item('c', 'C', 'zone:1')],
      ];
      for (const step of steps) {
        expect((await publish(step)).lsn).not.toBeNull();
        await applyManifest(device, lane);
        const fresh = freshLane();
        await applyManifest(device, fresh);
        expect(shown(lane)).toEqual(shown(fresh));
      }
      const entities = shown(lane);
      expect(entities['1/a/global']).toEqual({ 1: 'A again', 4: 'standard', 5: 'piece' });
      expect(entities['1/b/store:1']).toMatchObject({ 1: 'B here' });
      expect(entities['1/b/store:2']).toBeUndefined();
      expect(entities['1/c/zone:1']).toMatchObject({ 1: 'C' });
    });

    test('a fresh lane is given few runs, however many publications there were, and follows the geometry of their sizes', async () => {
      for (let round = 0; round < 24; round += 1) {
        await publish([item(`round-${round}`, `Round ${round}`)]);
        await device.manifest(freshLane().position);
      }
      const manifest = await device.manifest(freshLane().position);
      expect(manifest.segments.length).toBeLessThanOrEqual(8);
    });

    test('a position that this history does not hold is answered from the beginning', async () => {
      const lane = freshLane();
      await applyManifest(device, lane);
      const foreign: readonly Position[] = [
        { ...lane.position, hubEpoch: 'ffffffffffffffff' },
        { ...lane.position, historyHash: 'ab'.repeat(32) },
        { ...lane.position, lsn: lane.position.lsn + 7 },
        { ...lane.position, lsn: 0 },
      ];
      for (const position of foreign) {
        const manifest = await device.manifest(position);
        expect(manifest).toMatchObject({ rebase: true, from: { hubEpoch: device.enrolled.hubEpoch, lsn: 0, historyHash: NO_HISTORY } });
      }
    });

    test('a segment is immutable, resumes by range, and is another store’s secret', async () => {
      await publish([item('secret', 'Secret', 'store:1')]);
      const lane = freshLane();
      const manifest = await applyManifest(device, lane);
      const [ref] = manifest.segments;
      const hash = ref?.hash ?? '';
      const whole = await fetchSegment(device, hash);
      const path = `/sync/v1/segments/${hash}`;
      expect((await device.request(path, { headers: { 'if-none-match': `"${hash}"` } })).status).toBe(304);
      const tail = await device.request(path, { headers: { range: 'bytes=10-' } });
      expect(tail.status).toBe(206);
      expect(new Uint8Array(await tail.arrayBuffer())).toEqual(whole.subarray(10));
      expect((await device.request(path, { headers: { range: 'bytes=999999999-' } })).status).toBe(416);
      expect((await device.request('/sync/v1/segments/..%2f..')).status).toBe(404);

      expect(
        (await hub.post('/api/v1/stores', { store: '9', name: 'Nine', currency: 'EUR', timeZone: 'UTC', taxInclusive: false, zone: '9' }))
          .status,
      ).toBe(201);
      const stranger = await enrolNextDevice(hub, '9');
      const answers = await Promise.all(
        manifest.segments.map(async (segment) => (await stranger.request(`/sync/v1/segments/${segment.hash}`)).status),
      );
      expect(answers).toContain(404);
      expect(answers).toContain(200);
    });

    test('while many publish, a lane that keeps asking never skips a change, and each of its cuts is whole', async () => {
      const lane = freshLane();
      const publishers = Array.from({ length: 6 }, async (_, publisher) => {
        for (let round = 1; round <= 8; round += 1) {
          // Two entities that change together: a cut that shows them apart is torn.
          await publish([item(`pair-${publisher}-left`, `${round}`), item(`pair-${publisher}-right`, `${round}`)]);
        }
      });
      const published = Promise.all(publishers).then(() => 'done' as const);
      const look = async (): Promise<'looked'> => {
        await applyManifest(device, lane);
        const entities = shown(lane);
        for (let publisher = 0; publisher < 6; publisher += 1) {
          const left = entities[`${ITEM}/pair-${publisher}-left/global`]?.[1];
          expect(entities[`${ITEM}/pair-${publisher}-right/global`]?.[1]).toBe(left);
        }
        return 'looked';
      };
      let looking = look();
      while ((await Promise.race([published, looking])) !== 'done') looking = look();
      await looking;
      await applyManifest(device, lane);
      const fresh = freshLane();
      await applyManifest(device, fresh);
      expect(shown(lane)).toEqual(shown(fresh));
      expect(shown(lane)[`${ITEM}/pair-3-left/global`]).toMatchObject({ 1: '8' });
    });

    test('a bad change publishes nothing and says which one', async () => {
      const before = await device.manifest();
      const bad: readonly (readonly [object, RegExp])[] = [
        [{ type: 'item', key: 'x', scope: 'everywhere', fields: { name: 'X' } }, /no scope/],
        [{ type: 'item', key: '', scope: 'global', fields: { name: 'X' } }, /key/],
        [{ type: 'item', key: 'x', scope: 'global', fields: { name: 'nul\u0000' } }, /name/],
        [{ type: 'item', key: 'x', scope: 'global', fields: { name: '\ud800' } }, /name/],
        [{ type: 'item', key: 'x', scope: 'global', fields: { colour: 'red' } }, /no field/],
        [{ type: 'item', key: 'x', scope: 'global', fields: { name: null } }, /name/],
        [{ type: 'item', key: 'x', scope: 'global', fields: {} }, /no fields/],
        [{ type: 'price', key: 'x', scope: 'global', fields: { amount: 1.5 } }, /amount/],
        [{ type: 'price', key: 'no key', scope: 'global', fields: { amount: 1, decimals: 2, currency: 'EUR' } }, /key/],
        [{ type: 'nothing', key: 'x', scope: 'global', fields: {} }, /entity type/],
        [{ type: 'tax', key: 'x', scope: 'global', fields: { name: 'X', rateBps: -1 } }, /rateBps/],
      ];
      for (const [change, reason] of bad) {
        const response = await hub.post('/api/v1/publications', { cells: [item('fine', 'Fine'), change] });
        expect(response.status).toBe(422);
        const problem = (await response.json()) as { title: string };
        expect(problem.title).toMatch(/^cells\[1\]: /);
        expect(problem.title).toMatch(reason);
      }
      expect((await device.manifest()).to).toEqual(before.to);
    });
  });
}
