/** Publications and what devices are told of them, on any engine, over real HTTP: nothing skipped, nothing twice, always one cut. */
import { createHash } from 'node:crypto';
import { on } from 'node:events';
import { connect } from 'node:net';

import { nodeCipher, nodeCompression, nodeHash, nodeVerifier, systemClock, systemRandom } from '@holdfast/base/node';
import { base64ToBytes, openSegment, verifyManifest, type Cell, type Manifest, type Position } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createCatalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import { loadIdentity, NO_HISTORY } from '../identity.ts';
import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createUrgent } from './urgent.ts';

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

async function applyManifest(device: TestDevice, lane: LaneCells, reads: 1 | 2 | 3 = 3): Promise<Manifest> {
  const manifest = await device.manifest(lane.position, reads);
  expect(verifyManifest(nodeVerifier, device.enrolled.hubPublicKey, device.enrolled.tenant, manifest)).toBe(true);
  if (manifest.rebase) lane.cells.clear();
  for (const ref of manifest.segments) {
    const frame = ref.frame === undefined ? await fetchSegment(device, ref.hash) : base64ToBytes(ref.frame);
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
    });
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

    test('C-11: a store that moves is told all of the zone that it comes to, with the cut that moves it; from then on what is new there, and nothing of the zone that it left', async () => {
      const opened = await hub.post('/api/v1/stores', {
        store: 'mover',
        name: 'Mover',
        zone: 'north',
        currency: 'EUR',
        timeZone: 'Europe/Berlin',
        taxInclusive: true,
      });
      expect(opened.status).toBe(201);
      const mover = await enrolNextDevice(hub, 'mover');
      const read = (lane: LaneCells, zone: string) =>
        Object.fromEntries(Object.entries(shown(lane)).filter(([name]) => name.endsWith(`zone:${zone}`)));
      const moveTo = (zone: string) => ({ type: 'setting', key: 'zone', scope: 'store:mover', fields: { value: zone } });
      const lane = freshLane();
      await publish([
        item('tea', 'Northern tea', 'zone:north'),
        item('tea', 'Southern tea', 'zone:south'),
        item('fig', 'Fig', 'zone:south'),
      ]);
      await applyManifest(mover, lane);
      expect(Object.keys(read(lane, 'south'))).toEqual([]);

      await publish([moveTo('south'), item('fig', 'Ripe fig', 'zone:south')]);
      await applyManifest(mover, lane);
      expect(read(lane, 'south')).toMatchObject({ '1/tea/zone:south': { 1: 'Southern tea' }, '1/fig/zone:south': { 1: 'Ripe fig' } });
      expect((await hub.json<{ stores: readonly object[] }>('/api/v1/stores')).stores).toContainEqual(
        expect.objectContaining({ store: 'mover', zone: 'south' }),
      );

      await publish([item('tea', 'Other northern tea', 'zone:north'), item('fig', 'Dried fig', 'zone:south')]);
      const next = await applyManifest(mover, lane);
      expect(next.segments.reduce((sum, { cells }) => sum + cells, 0)).toBe(1);
      expect(read(lane, 'north')).toMatchObject({ '1/tea/zone:north': { 1: 'Northern tea' } });
      expect(read(lane, 'south')).toMatchObject({ '1/fig/zone:south': { 1: 'Dried fig' } });

      // What went while it was away is gone when it comes back.
      await publish([{ type: 'item', key: 'tea', scope: 'zone:north', removed: true }, item('oat', 'Oats', 'zone:north')]);
      await publish([moveTo('north')]);
      await applyManifest(mover, lane);
      const fresh = freshLane();
      await applyManifest(await enrolNextDevice(hub, 'mover'), fresh);
      expect(read(lane, 'north')).toEqual(read(fresh, 'north'));
      expect(Object.keys(read(fresh, 'south'))).toEqual([]);
    });

    test.each([
      ['under another scope than a store’s', { scope: 'global', fields: { value: '2' } }],
      ['for devices of a role', { scope: 'kiosk@store:1', fields: { value: '2' } }],
      ['to what is no name', { scope: 'store:1', fields: { value: 'zone 2' } }],
      ['to nowhere', { scope: 'store:1', removed: true }],
    ])('C-11: a store is not moved %s', async (_how, change) => {
      expect((await hub.post('/api/v1/publications', { cells: [{ type: 'setting', key: 'zone', ...change }] })).status).toBe(422);
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

    const goods = (count: number, name: string, prefix = 'good') =>
      Array.from({ length: count }, (_, n) => item(`${prefix}-${String(n).padStart(4, '0')}`, `${name} ${n}`));

    test('D-9: little that is new rides in the manifest, all scopes in one frame; a device of the first release is given addresses', async () => {
      const lane = freshLane();
      await applyManifest(device, lane);
      const old = { position: lane.position, cells: new Map(lane.cells) };
      await publish([item('tail', 'Tail'), item('tail-here', 'Tail', 'store:1'), item('tail-there', 'Tail', 'store:2')]);
      const manifest = await applyManifest(device, lane);
      expect(manifest.segments).toHaveLength(1);
      expect(manifest.segments[0]).toMatchObject({ entities: 2, frame: expect.any(String) as string });
      const first = await applyManifest(device, old, 1);
      expect(first.segments.map(({ frame }) => frame)).toEqual([undefined, undefined]);
      expect(shown(old)).toEqual(shown(lane));
      expect(shown(lane)[`${ITEM}/tail-there/store:2`]).toBeUndefined();
    });

    test('D-9: a tail of long texts does not ride along', async () => {
      const lane = freshLane();
      await applyManifest(device, lane);
      const noise = (n: number): string => createHash('sha512').update(String(n)).digest('hex').repeat(4);
      await publish(Array.from({ length: 40 }, (_, n) => item(`long-${n}`, `${noise(n)}${noise(n + 99)}`)));
      const manifest = await applyManifest(device, lane);
      expect(manifest.segments.every(({ frame }) => frame === undefined)).toBe(true);
      expect(manifest.segments.length).toBeGreaterThan(0);
    });

    test('D-10: lanes of all ages share few suffixes, each at most a quarter heavier than what its lane lacks', async () => {
      await publish(goods(600, 'Good'));
      const positions: Position[] = [];
      for (let round = 0; round < 48; round += 1) {
        await publish(goods(8, `Round ${round}`, `r${round}`));
        positions.push((await device.manifest()).to);
      }
      const hashes = new Set<string>();
      for (const [round, position] of positions.entries()) {
        const missing = 8 * (positions.length - 1 - round);
        const manifest = await device.manifest(position);
        for (const { hash, frame } of manifest.segments) if (frame === undefined) hashes.add(hash);
        const carried = manifest.segments.reduce((sum, { entities }) => sum + entities, 0);
        expect(carried).toBeGreaterThanOrEqual(missing);
        expect(carried).toBeLessThanOrEqual(missing * 1.25 + 64);
      }
      // 48 cursors, of which the last ones are carried by tails alone.
      expect(hashes.size).toBeLessThanOrEqual(16);
      expect(hashes.size).toBeGreaterThan(2);
    });

    test('D-10: a suffix and the base stand while a tail carries what came after, and are sealed anew where it does not', async () => {
      const lane = freshLane();
      await applyManifest(device, lane);
      const behind = lane.position;
      await publish(goods(200, 'Changed once'));
      const sealed = (await device.manifest(behind)).segments.map(({ hash }) => hash);
      expect(sealed).toHaveLength(1);
      await publish(goods(3, 'Changed twice'));
      const later = await device.manifest(behind);
      expect(later.segments.map(({ hash }) => hash).slice(0, 1)).toEqual(sealed);
      expect(later.segments.map(({ frame }) => frame === undefined)).toEqual([true, false]);
      await publish(goods(150, 'Changed thrice'));
      expect((await device.manifest(behind)).segments.map(({ hash }) => hash)).not.toContain(sealed[0]);
      const follower: LaneCells = { position: behind, cells: new Map(lane.cells) };
      await applyManifest(device, follower);
      const fresh = freshLane();
      await applyManifest(device, fresh);
      expect(shown(follower)).toEqual(shown(fresh));
    });

    test('D-13: what is urgent is named apart, each entity whole, for a lane that lacks a catalogue; its LSN stamps nothing else', async () => {
      const lane = freshLane();
      await publish([item('recalled', 'Soup')]);
      await applyManifest(device, lane);
      const behind = lane.position;
      const noise = (n: number): string => createHash('sha256').update(String(n)).digest('hex');
      await publish(Array.from({ length: 300 }, (_, n) => item(`noise-${n}`, noise(n))));
      const cells = [
        { type: 'item', key: 'recalled', scope: 'global', fields: { name: 'Soup (recalled)' } },
        item('new', 'New', 'store:1'),
      ];
      const answer = await hub.post('/api/v1/publications', { cells, urgent: true });
      const urgent = (await answer.json()) as { lsn: number };
      await publish(Array.from({ length: 80 }, (_, n) => item(`noise-${n}`, noise(n + 1_000))));
      const manifest = await device.manifest(behind, 3);
      expect(verifyManifest(nodeVerifier, device.enrolled.hubPublicKey, device.enrolled.tenant, manifest)).toBe(true);
      expect(manifest.urgent?.lsn).toBe(urgent.lsn);
      const opened = (manifest.urgent?.segments ?? []).map((ref) => {
        const segment = openSegment(base64ToBytes(ref.frame ?? ''), ref.hash, { compression: nodeCompression, hash: nodeHash });
        if (!segment.ok) throw new Error(segment.error.reason);
        const chunk = segment.value.chunk(0);
        if (!chunk.ok) throw new Error(chunk.error.reason);
        return chunk.value;
      });
      const brought = opened.flat();
      expect(new Set(brought.map(({ stamp }) => stamp))).toEqual(new Set([urgent.lsn]));
      const named = brought.filter(({ field }) => field === 1 || field === 0).map(({ key, scope, value }) => [key, scope, value]);
      expect(named).toEqual([
        ['recalled', 'global', true],
        ['recalled', 'global', 'Soup (recalled)'],
        ['new', 'store:1', true],
        ['new', 'store:1', 'New'],
      ]);
      expect((await device.manifest(behind, 3, urgent.lsn)).urgent).toBeUndefined();
      expect((await device.manifest(behind, 2)).urgent).toBeUndefined();
      expect((await device.manifest(freshLane().position, 3)).urgent).toBeUndefined();
      // A lane that is near the head is told in the manifest itself, and any that fetches is told that there is something urgent.
      const near = await device.manifest({ ...(await device.manifest()).to }, 3);
      expect([near.urgent, near.segments]).toEqual([undefined, []]);
      const [ref] = manifest.segments.filter(({ frame }) => frame === undefined);
      expect((await device.request(`/sync/v1/segments/${ref?.hash}`)).headers.get('holdfast-urgent')).toBe(String(urgent.lsn));
      // It comes again with all the rest.
      await applyManifest(device, lane);
      const fresh = freshLane();
      await applyManifest(device, fresh);
      expect(shown(lane)).toEqual(shown(fresh));
      expect(shown(lane)['1/recalled/global']).toMatchObject({ 1: 'Soup (recalled)', 4: 'standard' });
    });

    test('D-15: prices that begin within a day are listed once, urgently, for lanes that lack them; to a lane at the head nothing changes', async () => {
      const soonMs = Date.now() + 23 * 60 * 60 * 1_000 + 30 * 60 * 1_000;
      const price = (sku: string, fromMs: number) => ({
        type: 'price',
        key: `${sku}\u001Fregular\u001F${fromMs}`,
        scope: 'global',
        fields: { amount: 199, decimals: 2, currency: 'EUR', fromMs },
      });
      const behind = (await device.manifest()).to;
      const noise = (n: number): string => createHash('sha256').update(`d15 ${n}`).digest('hex');
      await publish([
        price('soon', soonMs),
        price('later', soonMs + 99 * 60 * 60 * 1_000),
        ...Array.from({ length: 300 }, (_, n) => item(`d15-${n}`, noise(n))),
      ]);
      const catalog = createCatalog({
        database: hub.database,
        identity: await loadIdentity(hub.database, { clock: systemClock, random: systemRandom, vault: hub.vault }),
        clock: systemClock,
        urgent: createUrgent({
          keys: hub.keys,
          identity: await loadIdentity(hub.database, { clock: systemClock, random: systemRandom, vault: hub.vault }),
          clock: systemClock,
          random: systemRandom,
          cipher: nodeCipher,
          compression: nodeCompression,
          hash: nodeHash,
        }),
        onPublished: () => undefined,
      });
      const atHead = (await device.manifest()).to;
      const listed = await catalog.relistSoon();
      expect(listed).toBe(atHead.lsn + 1);
      expect(await catalog.relistSoon()).toBeNull();
      const manifest = await device.manifest(behind, 3);
      expect(manifest.urgent?.lsn).toBe(listed);
      const [ref] = manifest.urgent?.segments ?? [];
      const segment = openSegment(base64ToBytes(ref?.frame ?? ''), ref?.hash ?? '', { compression: nodeCompression, hash: nodeHash });
      const chunk = segment.ok ? segment.value.chunk(0) : segment;
      expect(chunk.ok && [...new Set(chunk.value.map(({ key }) => key))]).toEqual([`soon\u001Fregular\u001F${soonMs}`]);
      const near = await device.manifest(atHead, 3);
      expect([near.urgent, near.segments, near.to.lsn]).toEqual([undefined, [], atHead.lsn + 2]);
    });

    test('D-16: what only a later reader understands says so, to whoever has not got it yet', async () => {
      const before = (await device.manifest()).to;
      const cells = [item('d16', 'Of a later kind')];
      expect((await hub.post('/api/v1/publications', { cells, minReader: 7 })).status).toBe(200);
      const manifest = await device.manifest(before, 3);
      expect(manifest.minReader).toBe(7);
      expect(verifyManifest(nodeVerifier, device.enrolled.hubPublicKey, device.enrolled.tenant, manifest)).toBe(true);
      expect((await device.manifest(before, 2)).minReader).toBeUndefined();
      await publish([item('d16-after', 'As ever')]);
      expect((await device.manifest(manifest.to, 3)).minReader).toBeUndefined();
    });

    test('D-9: at the head, a resync is one round trip of at most 2 kB, headers and request included, on an open connection', async () => {
      const { port } = new URL(hub.url);
      const { to: position } = await device.manifest();
      const body = JSON.stringify({ position, waitingEntries: 0, waitingSales: 0, wallMs: Date.now(), reads: 2 });
      const request =
        `POST /sync/v1/manifest HTTP/1.1\r\nHost: hub.example.com\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n` +
        `Authorization: Bearer ${device.enrolled.token}\r\nHoldfast-Protocol: 1\r\nAccept: */*\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\n` +
        `User-Agent: node\r\nAccept-Encoding: br, gzip, deflate\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const socket = connect(Number(port), '127.0.0.1');
      const exchange = async (): Promise<string> => {
        socket.write(request);
        let text = '';
        for await (const [part] of on(socket, 'data') as AsyncIterable<readonly [Buffer]>) {
          text += part.toString('latin1');
          const [head = '', content] = text.split('\r\n\r\n');
          if (content?.length === Number(/content-length: (\d+)/i.exec(head)?.[1])) break;
        }
        return text;
      };
      await exchange();
      const answer = await exchange();
      socket.destroy();
      expect(answer).toContain(`"lsn":${position.lsn}`);
      expect(answer.toLowerCase()).toContain('connection: keep-alive');
      expect(request.length + answer.length).toBeLessThanOrEqual(2_048);
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
        expect(manifest).toMatchObject({ rebase: true, from: { hubEpoch: manifest.to.hubEpoch, lsn: 0, historyHash: NO_HISTORY } });
      }
    });

    test('D-11: a segment is immutable, resumes by range at any byte, and is another store’s secret', async () => {
      await publish([item('secret', 'Secret', 'store:1')]);
      const lane = freshLane();
      const manifest = await applyManifest(device, lane, 1);
      const [ref] = manifest.segments;
      const hash = ref?.hash ?? '';
      const whole = await fetchSegment(device, hash);
      const path = `/sync/v1/segments/${hash}`;
      expect((await device.request(path, { headers: { 'if-none-match': `"${hash}"` } })).status).toBe(304);
      const tail = await device.request(path, { headers: { range: 'bytes=10-' } });
      expect(tail.status).toBe(206);
      expect(new Uint8Array(await tail.arrayBuffer())).toEqual(whole.subarray(10));
      for (let start = 1; start < whole.length; start += Math.ceil(whole.length / 40)) {
        const rest = await device.request(path, { headers: { range: `bytes=${start}-` } });
        expect(Buffer.from(await rest.arrayBuffer()).equals(whole.subarray(start))).toBe(true);
      }
      expect(tail.headers.get('cache-control')).toContain('immutable');
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

    test('C-9: while many publish, a lane that keeps asking never skips a change, and each of its cuts is whole', async () => {
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
      // What no path takes is no request.
      const nul = { type: 'item', key: 'x', scope: 'global', fields: { name: 'nul\u0000' } };
      const refused = await hub.post('/api/v1/publications', { cells: [item('fine', 'Fine'), nul] });
      expect([refused.status, await refused.json()]).toMatchObject([400, { detail: 'cells.1.fields.name: holds U+0000' }]);
      expect((await device.manifest()).to).toEqual(before.to);
    });
  });
}
