/** Lanes behind one line to the hub, which counts what it is asked for. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import { afterAll, describe, expect, test } from 'vitest';

import { createDownCache } from '../adapters/down-cache.ts';
import { createMemoryParts, type SegmentParts } from '../down/segment-parts.ts';
import type { Transport, TransportError } from '../replica/replica.ts';
import { originPosition } from '../store.ts';
import { OTHER_SIGNER, PORTS, SIGNER } from '../testing/fixtures.ts';
import { IDENTITY } from '../testing/store-contract.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { DOWN_FORM, signManifest, type Manifest } from '../wire/protocol.ts';
import { carrierOf } from './neighbour-engine.ts';
import type { SharedManifestRequest } from './neighbour-protocol.ts';
import { createMemoryDownCache, createSharing, type DownCache, type Sharing } from './sharing.ts';

const HUB_EPOCH = '00000000000000aa';
const at = (lsn: number) =>
  lsn === 0 ? originPosition(HUB_EPOCH) : { hubEpoch: HUB_EPOCH, lsn, historyHash: String(lsn).padStart(64, '0') };
const frameOf = (salt: number): Uint8Array => Uint8Array.from({ length: 3_000 }, (_, index) => (index * salt) % 251);
const hashOf = (frame: Uint8Array): string => bytesToHex(PORTS.hash.sha256(frame));
const manifestOf = (from: number, to: number, signer = SIGNER): Manifest =>
  signManifest(signer, IDENTITY.tenant, {
    from: at(from),
    to: at(to),
    rebase: false,
    segments: [{ hash: hashOf(frameOf(to)), bytes: 3_000, cells: 1, entities: 1 }],
  });
const UNREACHABLE: TransportError = { type: 'unreachable', reason: 'silence' };

interface Line {
  isThere: boolean;
  lsn: number;
  readonly frames: Map<string, Uint8Array>;
  /** Entries that wait, by each question. */
  readonly told: number[];
  manifests: number;
  segments: string[];
  /** Ends each segment after so many bytes. */
  tearsAfter: number;
  /** The same between siblings, where it is no more. */
  lanTearsAfter: number;
  /** What siblings gave, and from where. */
  given: string[];
  /** Falls silent where it would end. */
  isSilent: boolean;
  nowMs: number;
  /** Until each lane has met whom it knows. */
  fullMeeting: Promise<void>;
}

function createStore(
  count: number,
  cacheOf: (lane: number) => DownCache = () => createMemoryDownCache(),
  met: Promise<void> = Promise.resolve(),
  roles: readonly string[] = [],
  parts?: SegmentParts,
  holdsNothing?: () => boolean,
) {
  const line: Line = {
    isThere: true,
    lsn: 1,
    frames: new Map(),
    manifests: 0,
    told: [],
    segments: [],
    tearsAfter: Infinity,
    lanTearsAfter: Infinity,
    given: [],
    isSilent: false,
    nowMs: 1_700_000_000_000,
    fullMeeting: Promise.resolve(),
  };
  for (let lsn = 1; lsn < 9; lsn += 1) line.frames.set(hashOf(frameOf(lsn)), frameOf(lsn));
  const later = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const hub: Transport = {
    enrol: async () => ({ ok: false, error: UNREACHABLE }),
    sendLedger: async () => ({ ok: false, error: UNREACHABLE }),
    fetchManifest: async (_token, { position, waitingEntries }) => {
      line.told.push(waitingEntries);
      await later();
      if (!line.isThere) return { ok: false, error: UNREACHABLE };
      line.manifests += 1;
      return { ok: true, value: { value: manifestOf(position.lsn, Math.max(position.lsn, line.lsn)), hubTimeMs: 7 } };
    },
    fetchSegment: async (_token, hash, from, _maxBytes, signal, came) => {
      await later();
      if (!line.isThere) return { ok: false, error: UNREACHABLE };
      line.segments.push(`${hash} ${from}`);
      const frame = line.frames.get(hash);
      if (frame === undefined) return { ok: false, error: { type: 'refused', reason: '404' } };
      const part = frame.subarray(from, from + line.tearsAfter);
      came?.(part);
      if (line.isSilent) await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      return { ok: true, value: { bytes: part, torn: from + part.length < frame.length ? UNREACHABLE : null } };
    },
  };
  const lanes: {
    sharing: Sharing;
    isConnected: boolean;
    isUp: boolean;
    lies: boolean;
    /** How often it does not answer for a segment. */
    misses: number;
    readonly device: string;
    readonly unmet: Set<string>;
  }[] = [];
  for (let lane = 0; lane < count; lane += 1) {
    const device = `lane-${lane}`;
    const siblingAt = (address: string) => lanes.find((other) => other.device === address && other.isUp);
    const sharing = createSharing({
      hub: {
        ...hub,
        fetchManifest: async (token, request) =>
          lanes[lane]?.isConnected === true ? hub.fetchManifest(token, request) : { ok: false, error: UNREACHABLE },
        fetchSegment: async (...call) =>
          lanes[lane]?.isConnected === true ? hub.fetchSegment(...call) : { ok: false, error: UNREACHABLE },
      },
      lan: {
        manifest: async (address, request) => {
          const sibling = siblingAt(address);
          if (sibling === undefined) return { ok: false, error: UNREACHABLE };
          if (sibling.lies) return { ok: true, value: manifestOf(request.position.lsn, 8, OTHER_SIGNER) };
          const manifest = await sibling.sharing.answerManifest(request);
          return manifest === null ? { ok: false, error: { type: 'refused', reason: '404' } } : { ok: true, value: manifest };
        },
        segment: async (address, hash, { from, waitMs, came }) => {
          const sibling = siblingAt(address);
          if (sibling === undefined || sibling.misses-- > 0) return { ok: false, error: UNREACHABLE };
          if (sibling.lies) {
            came?.(frameOf(99));
            return { ok: true, value: { bytes: frameOf(99), torn: null } };
          }
          const frame = await sibling.sharing.answerSegment(hash, waitMs);
          if (frame === 'later') return { ok: false, error: { type: 'busy', reason: '503' } };
          if (frame === null) return { ok: false, error: { type: 'refused', reason: '404' } };
          const bytes = frame.subarray(from, from + line.lanTearsAfter);
          line.given.push(`${from} ${bytes.length}`);
          came?.(bytes);
          return { ok: true, value: { bytes, torn: from + bytes.length < frame.length ? UNREACHABLE : null } };
        },
      },
      siblings: () =>
        lanes
          .filter((other) => other.device !== device && other.isUp && lanes[lane]?.unmet.has(other.device) !== true)
          .map(({ device: name, isConnected }) => ({ device: name, address: name, isConnected })),
      identity: () => ({
        ...IDENTITY,
        ...(roles[lane] !== undefined && { role: roles[lane] }),
        device,
        hubPublicKey: bytesToHex(SIGNER.publicKey),
      }),
      waiting: (hubEpoch) => ({ waitingEntries: hubEpoch === at(0).hubEpoch ? 3 : 4, waitingSales: 0 }),
      cache: cacheOf(lane),
      ...(parts !== undefined && { parts }),
      hash: PORTS.hash,
      verifier: PORTS.verifier,
      timers: systemTimers,
      nowMs: () => line.nowMs,
      firstMeeting: () => met,
      fullMeeting: () => line.fullMeeting,
      ...(holdsNothing !== undefined && { holdsNothing }),
    });
    lanes.push({ sharing, isConnected: true, isUp: true, lies: false, misses: 0, device, unmet: new Set() });
  }
  const request = (lsn: number) => ({ position: at(lsn), waitingEntries: 0, waitingSales: 0, wallMs: 0 });
  const laneAt = (lane: number) => {
    const found = lanes[lane];
    assert(found !== undefined, `lane ${lane}`);
    return found;
  };
  return {
    line,
    lanes,
    manifest: (lane: number, lsn: number) => laneAt(lane).sharing.transport.fetchManifest('token', request(lsn)),
    segment: (lane: number, lsn: number, from = 0, signal?: AbortSignal) =>
      laneAt(lane).sharing.transport.fetchSegment('token', hashOf(frameOf(lsn)), from, 3_000, signal),
  };
}

const all = Array.from({ length: 10 }, (_, lane) => lane);

describe('N-11: ten lanes behind one line', () => {
  test('a poke moves all of them by one manifest and each segment once', async () => {
    const store = createStore(10);
    for (const { sharing } of store.lanes) sharing.poked();
    const manifests = await Promise.all(all.map((lane) => store.manifest(lane, 0)));
    for (const manifest of manifests) expect(manifest).toMatchObject({ ok: true, value: { value: manifestOf(0, 1) } });
    const segments = await Promise.all(all.map((lane) => store.segment(lane, 1)));
    for (const segment of segments) expect(segment).toEqual({ ok: true, value: { bytes: frameOf(1), torn: null } });
    expect([store.line.manifests, store.line.segments]).toEqual([1, [`${hashOf(frameOf(1))} 0`]]);
    // Only who asked the hub itself says that it was reached.
    expect(manifests.filter((manifest) => manifest.ok && manifest.value.isFromSibling !== true).length).toBeLessThanOrEqual(1);
  });

  test('O-12: whoever asks the hub for a sibling tells it what it has to tell of itself; what it would say by itself it says again', async () => {
    const store = createStore(2);
    const { hubEpoch, lsn, historyHash } = at(0);
    const chosen = carrierOf(`${hubEpoch} ${lsn} ${historyHash}`, ['lane-0', 'lane-1']) === 'lane-0' ? 0 : 1;
    const forSibling = store.lanes[chosen]?.sharing.answerManifest({ position: at(0), waitMs: 1_000, reads: DOWN_FORM });
    const own = await store.manifest(chosen, 0);
    expect(await forSibling).not.toBeNull();
    expect([store.line.manifests, store.line.told]).toEqual([1, [3]]);
    expect(own).toMatchObject({ ok: true, value: { hubTimeMs: null, isFromSibling: true } });
  });

  test('S-4: a manifest is handed on within a role: a kiosk takes none of a lane’s, nor a lane a kiosk’s', async () => {
    const store = createStore(4, () => createMemoryDownCache(), Promise.resolve(), ['lane', 'lane', 'kiosk', 'kiosk']);
    for (const { sharing } of store.lanes) sharing.poked();
    for (const lane of [0, 1, 2, 3]) await store.manifest(lane, 0);
    expect(store.line.manifests).toBeGreaterThanOrEqual(2);
    const ask = async (lane: number, role?: string) =>
      store.lanes[lane]?.sharing.answerManifest({ position: at(0), waitMs: 0, reads: DOWN_FORM, ...(role !== undefined && { role }) });
    expect(await Promise.all([0, 1, 2, 3].map(async (lane) => (await ask(lane, 'lane')) !== null))).toEqual([true, true, false, false]);
    expect(await Promise.all([0, 1, 2, 3].map(async (lane) => (await ask(lane, 'kiosk')) !== null))).toEqual([false, false, true, true]);
    // A sibling of before says no role: it is a lane.
    expect([(await ask(0)) !== null, await ask(2)]).toEqual([true, null]);
  });

  test('one that asks later, without a poke, gets what a sibling got; at the head each asks the hub, which sees it', async () => {
    const store = createStore(3);
    for (const lane of [0, 1, 2]) await store.manifest(lane, 0);
    expect(store.line.manifests).toBeLessThan(3);
    const before = store.line.manifests;
    for (const lane of [0, 1, 2]) expect(await store.manifest(lane, 1)).toMatchObject({ ok: true, value: { hubTimeMs: 7 } });
    expect(store.line.manifests).toBe(before + 3);
  });

  test('lanes that are called at the head one after the other are asked for once by the one whom all choose: each asks the hub itself', async () => {
    const store = createStore(10);
    const { hubEpoch, lsn, historyHash } = at(1);
    const name = carrierOf(
      `${hubEpoch} ${lsn} ${historyHash}`,
      store.lanes.map(({ device }) => device),
    );
    const chosen = store.lanes.findIndex(({ device }) => device === name);
    const others = all.filter((lane) => lane !== chosen);
    const call = (lane: number): void => store.lanes[lane]?.sharing.poked();
    /** How often the hub is asked where these are called, one after the other. */
    const asks = async (lanes: readonly number[]): Promise<number> => {
      const before = store.line.manifests;
      for (const lane of lanes) {
        call(lane);
        expect(await store.manifest(lane, 1)).toMatchObject({ ok: true, value: { hubTimeMs: 7 } });
      }
      return store.line.manifests - before;
    };
    expect(await asks(others)).toBe(10);
    // Called itself, and after some seconds, it asks anew; also where its clock was set back.
    call(chosen);
    expect(await asks(others.slice(0, 2))).toBe(3);
    for (const stepMs of [5_000, -1]) {
      store.line.nowMs += stepMs;
      expect(await asks(others.slice(0, 2))).toBe(3);
    }
    // What was on its way as it was called is of before.
    const underWay = store.manifest(chosen, 1);
    call(chosen);
    await underWay;
    expect(await asks(others.slice(0, 1))).toBe(2);
    // A publication moves all by one manifest, also right behind such an answer.
    const before = store.line.manifests;
    store.line.lsn = 2;
    for (const lane of all) call(lane);
    const moved = await Promise.all(all.map((lane) => store.manifest(lane, 1)));
    for (const manifest of moved) expect(manifest).toMatchObject({ ok: true, value: { value: manifestOf(1, 2) } });
    expect(store.line.manifests).toBe(before + 1);
  });

  test('what one of them has the others ask nobody else for, whoever is chosen to ask the hub for all', async () => {
    const store = createStore(10);
    const lsns = [1, 2, 3, 4, 5, 6, 7, 8];
    await store.manifest(4, 0);
    for (const lsn of lsns) await store.segment(4, lsn);
    const others = all.filter((lane) => lane !== 4);
    const manifests = await Promise.all(others.map((lane) => store.manifest(lane, 0)));
    for (const manifest of manifests) expect(manifest).toMatchObject({ ok: true, value: { value: manifestOf(0, 1), isFromSibling: true } });
    for (const lsn of lsns) {
      const segments = await Promise.all(others.map((lane) => store.segment(lane, lsn)));
      for (const segment of segments) expect(segment).toEqual({ ok: true, value: { bytes: frameOf(lsn), torn: null } });
    }
    expect([store.line.manifests, store.line.segments]).toEqual([1, lsns.map((lsn) => `${hashOf(frameOf(lsn))} 0`)]);
  });

  test('who began by what a sibling has, and asks once more with nothing, asks the hub itself: it knows what there is', async () => {
    const store = createStore(3);
    await store.manifest(0, 0);
    for (const lane of [1, 2]) expect(await store.manifest(lane, 0)).toMatchObject({ value: { isFromSibling: true } });
    expect(store.line.manifests).toBe(1);
    for (const lane of [1, 2]) expect(await store.manifest(lane, 0)).toMatchObject({ ok: true, value: { hubTimeMs: 7 } });
    expect(store.line.manifests).toBe(3);
  });

  test('D-4: who holds a cut and is told to begin anew asks the hub itself: what siblings began with may be what it lost', async () => {
    const store = createStore(4, undefined, undefined, undefined, undefined, () => false);
    for (const lane of [0, 1, 2, 3]) expect(await store.manifest(lane, 0)).toMatchObject({ ok: true, value: { hubTimeMs: 7 } });
    expect(store.line.manifests).toBe(4);
  });

  test('a torn line is gone on with where it ended, for all', async () => {
    const store = createStore(2);
    store.line.tearsAfter = 1_200;
    const got: Uint8Array[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      for (const lane of [0, 1]) {
        const part = await store.segment(lane, 2);
        if (part.ok && part.value.torn === null) got.push(part.value.bytes);
      }
    }
    expect(got.length).toBeGreaterThan(2);
    for (const bytes of got) expect(bytes).toEqual(frameOf(2));
    expect(store.line.segments.map((asked) => Number(asked.split(' ')[1]))).toEqual([0, 1_200, 2_400]);
  });
});

describe('D-11: between siblings', () => {
  /** Two lanes of which the first has the segment and the second cannot reach the hub. */
  async function holderAndOther(parts?: SegmentParts) {
    const store = createStore(2, undefined, undefined, undefined, parts);
    const [holder, other] = store.lanes;
    assert(holder !== undefined && other !== undefined, 'two lanes');
    other.isUp = false;
    expect(await store.segment(0, 2)).toMatchObject({ ok: true });
    other.isUp = true;
    other.isConnected = false;
    return { store, holder };
  }

  test('a transfer that is torn goes on at that byte, and the hub’s line carries nothing of it', async () => {
    const { store } = await holderAndOther();
    store.line.lanTearsAfter = 1_300;
    const answers = [await store.segment(1, 2), await store.segment(1, 2), await store.segment(1, 2)];
    expect(answers).toEqual([
      { ok: false, error: { type: 'busy', reason: 'the line to a sibling was cut' } },
      { ok: false, error: { type: 'busy', reason: 'the line to a sibling was cut' } },
      { ok: true, value: { bytes: frameOf(2), torn: null } },
    ]);
    expect([store.line.given, store.line.segments.length]).toEqual([['0 1300', '1300 1300', '2600 400'], 1]);
  });

  test('the hub goes on where a sibling ended, and a sibling where the hub did', async () => {
    const { store, holder } = await holderAndOther();
    store.line.lanTearsAfter = 1_000;
    await store.segment(1, 2);
    holder.isUp = false;
    const second = store.lanes[1];
    assert(second !== undefined, 'a second lane');
    second.isConnected = true;
    store.line.tearsAfter = 700;
    expect(await store.segment(1, 2)).toMatchObject({ ok: true, value: { torn: UNREACHABLE } });
    second.isConnected = false;
    holder.isUp = true;
    store.line.lanTearsAfter = Infinity;
    expect(await store.segment(1, 2)).toEqual({ ok: true, value: { bytes: frameOf(2), torn: null } });
    expect([store.line.given, store.line.segments.at(-1)]).toEqual([['0 1000', '1700 1300'], `${hashOf(frameOf(2))} 1000`]);
  });

  test('of a sibling that lies nothing stays: what was held before is gone on with', async () => {
    const parts = createMemoryParts();
    const { store, holder } = await holderAndOther(parts);
    for (const segment of parts.segments()) parts.drop(segment);
    store.line.lanTearsAfter = 1_000;
    await store.segment(1, 2);
    expect(parts.held(hashOf(frameOf(2)))).toEqual(frameOf(2).subarray(0, 1_000));
    holder.lies = true;
    expect(await store.segment(1, 2)).toMatchObject({ ok: true, value: { bytes: { length: 1_000 }, torn: UNREACHABLE } });
    expect(parts.held(hashOf(frameOf(2)))).toEqual(frameOf(2).subarray(0, 1_000));
    holder.lies = false;
    store.line.lanTearsAfter = Infinity;
    expect(await store.segment(1, 2)).toEqual({ ok: true, value: { bytes: frameOf(2), torn: null } });
    expect(store.line.given.at(-1)).toBe('1000 2000');
  });
});

test('D-14: where a lane ends its transfers, the one to the hub ends for all who wait for it, and goes on where it ended', async () => {
  const store = createStore(1);
  store.line.tearsAfter = 1_200;
  store.line.isSilent = true;
  const urgent = new AbortController();
  const waiting = [store.segment(0, 2, 0, urgent.signal), store.segment(0, 2)];
  while (store.line.segments.length === 0) await new Promise((resolve) => setImmediate(resolve));
  urgent.abort();
  for (const part of await Promise.all(waiting))
    expect(part).toEqual({ ok: true, value: { bytes: frameOf(2).slice(0, 1_200), torn: UNREACHABLE } });
  [store.line.tearsAfter, store.line.isSilent] = [Infinity, false];
  // Another's end is none of this one's.
  urgent.abort();
  expect(await store.segment(0, 2, 1_200, new AbortController().signal)).toMatchObject({
    value: { bytes: frameOf(2).slice(1_200), torn: null },
  });
  expect(store.line.segments.map((asked) => Number(asked.split(' ')[1]))).toEqual([0, 1_200]);
});

test('D-11: what came of a segment for all outlives the process of who asks for them', async () => {
  const parts = createMemoryParts();
  const before = createStore(1, undefined, undefined, [], parts);
  before.line.tearsAfter = 1_200;
  await before.segment(0, 2);
  const after = createStore(1, undefined, undefined, [], parts);
  expect(await after.segment(0, 2)).toEqual({ ok: true, value: { bytes: frameOf(2), torn: null } });
  expect(after.line.segments).toEqual([`${hashOf(frameOf(2))} 1200`]);
});

test('N-11, P-4: a disk that is full keeps nothing for siblings, and holds up nothing', async () => {
  const refuse = (): never => {
    throw new Error('no space left on device');
  };
  const store = createStore(2, () => ({ ...createMemoryDownCache(), keepFrame: refuse, keepManifest: refuse }));
  for (const lane of [0, 1]) {
    expect(await store.manifest(lane, 0)).toMatchObject({ ok: true, value: { value: manifestOf(0, 1) } });
    expect(await store.segment(lane, 1)).toMatchObject({ ok: true, value: { torn: null } });
  }
});

test('N-11: who has nothing yet asks nobody before it has met its siblings; then one asks for all, without any poke', async () => {
  let meet = (): void => {};
  const store = createStore(3, undefined, new Promise<void>((resolve) => (meet = resolve)));
  const asked = [0, 1, 2].map((lane) => store.manifest(lane, 0));
  // Who holds something has met them.
  expect(await store.manifest(0, 1)).toMatchObject({ ok: true });
  expect(store.line.manifests).toBe(1);
  meet();
  for (const manifest of await Promise.all(asked)) expect(manifest).toMatchObject({ ok: true, value: { value: manifestOf(0, 1) } });
  expect(store.line.manifests).toBe(2);
});

describe('N-11: lanes that are switched on together', () => {
  /** Of three, the first has all; the second is chosen to ask the hub for `what` by those who have not met the first, of whom the third is one. */
  async function holderAndNew(what: string) {
    const store = createStore(3);
    const [one, two] = store.lanes.slice(1);
    const holder = store.lanes[0];
    assert(holder !== undefined && one !== undefined && two !== undefined, 'three lanes');
    for (const lane of [one, two]) [lane.isUp, lane.isConnected] = [false, true];
    await store.manifest(0, 0);
    await store.segment(0, 1);
    for (const lane of [one, two]) lane.isUp = true;
    const [chosen, asker] = carrierOf(what, [one.device, two.device]) === one.device ? [one, two] : [two, one];
    for (const lane of [chosen, asker]) lane.unmet.add(holder.device);
    let meet = (): void => {};
    store.line.fullMeeting = new Promise((resolve) => (meet = resolve));
    const numberOf = (lane: typeof chosen): number => store.lanes.indexOf(lane);
    return { store, holder, chosen, asker, meet: () => meet(), numberOf };
  }
  const { hubEpoch, historyHash } = at(0);
  const origin = `${hubEpoch} 0 ${historyHash}`;
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  test('where those who were met first have nothing, nobody is asked for all before the others were met', async () => {
    const { store, chosen, asker, holder, meet, numberOf } = await holderAndNew(origin);
    const asked = [chosen, asker].map((lane) => store.manifest(numberOf(lane), 0));
    await turns();
    expect(store.line.manifests).toBe(1);
    for (const lane of [chosen, asker]) lane.unmet.delete(holder.device);
    meet();
    for (const manifest of await Promise.all(asked)) expect(manifest).toMatchObject({ ok: true, value: { isFromSibling: true } });
    expect(store.line.manifests).toBe(1);
  });

  test('where nobody has anything, one asks the hub for all once they have met', async () => {
    const { store, chosen, asker, meet, numberOf } = await holderAndNew(origin);
    const asked = [chosen, asker].map((lane) => store.manifest(numberOf(lane), 0));
    await turns();
    meet();
    for (const manifest of await Promise.all(asked)) expect(manifest).toMatchObject({ ok: true, value: { value: manifestOf(0, 1) } });
    expect(store.line.manifests).toBe(2);
  });

  test('who is asked for all begins by what a sibling has that only it has met', async () => {
    const { store, chosen, asker, holder, meet, numberOf } = await holderAndNew(origin);
    chosen.unmet.delete(holder.device);
    meet();
    expect(await store.manifest(numberOf(asker), 0)).toMatchObject({ ok: true, value: { isFromSibling: true, value: manifestOf(0, 1) } });
    expect(store.line.manifests).toBe(1);
  });

  test('a segment is asked of whoever gave the manifest first, and of the one who is chosen, which has not met it, only then', async () => {
    const { store, asker, holder, meet, numberOf } = await holderAndNew(hashOf(frameOf(1)));
    asker.unmet.delete(holder.device);
    meet();
    expect(await store.manifest(numberOf(asker), 0)).toMatchObject({ ok: true, value: { isFromSibling: true } });
    expect(await store.segment(numberOf(asker), 1)).toEqual({ ok: true, value: { bytes: frameOf(1), torn: null } });
    expect(store.line.segments.length).toBe(1);
  });

  test.each([
    [1, 1],
    [2, 2],
  ])('where whoever gave the manifest does not answer %i times the hub has been asked for its segment %i times', async (misses, times) => {
    const { store, asker, holder, meet, numberOf } = await holderAndNew(hashOf(frameOf(1)));
    asker.unmet.delete(holder.device);
    meet();
    await store.manifest(numberOf(asker), 0);
    holder.misses = misses;
    asker.unmet.add(holder.device);
    expect(await store.segment(numberOf(asker), 1)).toEqual({ ok: true, value: { bytes: frameOf(1), torn: null } });
    expect(store.line.segments.length).toBe(times);
  });

  test('where whoever gave the manifest is gone, its segments are asked for as any', async () => {
    const { store, asker, holder, meet, numberOf } = await holderAndNew(hashOf(frameOf(1)));
    asker.unmet.delete(holder.device);
    meet();
    await store.manifest(numberOf(asker), 0);
    holder.isUp = false;
    expect(await store.segment(numberOf(asker), 1)).toEqual({ ok: true, value: { bytes: frameOf(1), torn: null } });
    expect(store.line.segments.length).toBe(2);
  });

  test('who is asked for a segment for all meets its siblings before it asks the hub', async () => {
    const { store, chosen, asker, holder, meet, numberOf } = await holderAndNew(hashOf(frameOf(1)));
    const asked = store.segment(numberOf(asker), 1);
    await turns();
    expect(store.line.segments.length).toBe(1);
    chosen.unmet.delete(holder.device);
    meet();
    expect(await asked).toEqual({ ok: true, value: { bytes: frameOf(1), torn: null } });
    expect(store.line.segments.length).toBe(1);
  });
});

test('N-11: with the hub gone, and for one whose line is cut, siblings hand over what they have', async () => {
  const store = createStore(3);
  await store.manifest(0, 0);
  await store.segment(0, 1);
  store.line.isThere = false;
  for (const lane of store.lanes) lane.isConnected = false;
  expect(await store.manifest(2, 0)).toMatchObject({ ok: true, value: { isFromSibling: true, value: manifestOf(0, 1) } });
  expect(await store.segment(2, 1, 2_990)).toEqual({ ok: true, value: { bytes: frameOf(1).slice(2_990), torn: null } });
  expect(await store.manifest(2, 1)).toEqual({ ok: false, error: UNREACHABLE });
  // One of three reaches it again: the others get new things by it.
  store.line.isThere = true;
  store.line.lsn = 3;
  const [, middle] = store.lanes;
  assert(middle !== undefined, 'a lane in the middle');
  middle.isConnected = true;
  const [first] = store.lanes;
  first?.sharing.poked();
  expect(await store.manifest(0, 1)).toMatchObject({ ok: true, value: { isFromSibling: true, value: manifestOf(1, 3) } });
  expect(await store.segment(0, 3)).toMatchObject({ value: { bytes: frameOf(3) } });
});

test('D-13, N-11: what a lane was told with what is urgent left out, for it had shown that already, is handed on to nobody', async () => {
  const store = createStore(2);
  const [first] = store.lanes;
  const question = { position: at(1), waitingEntries: 0, waitingSales: 0, wallMs: 0 };
  store.line.lsn = 3;
  const told = await Promise.all([
    first?.sharing.transport.fetchManifest('token', { ...question, urgentLsn: 2 }),
    first?.sharing.transport.fetchManifest('token', question),
  ]);
  for (const answer of told) expect(answer).toMatchObject({ ok: true, value: { value: manifestOf(1, 3) } });
  expect(store.line.manifests).toBe(2);
  const again = createStore(1);
  again.line.lsn = 3;
  await again.lanes[0]?.sharing.transport.fetchManifest('token', { ...question, urgentLsn: 2 });
  expect(await again.lanes[0]?.sharing.answerManifest({ position: at(1), waitMs: 0, reads: DOWN_FORM })).toBeNull();
  await again.lanes[0]?.sharing.transport.fetchManifest('token', question);
  expect(await again.lanes[0]?.sharing.answerManifest({ position: at(1), waitMs: 0, reads: DOWN_FORM })).toEqual(manifestOf(1, 3));
});

test('D-17: a lane that reaches nobody begins with what was carried to it, and asks nobody for segments that it has', async () => {
  const carried = createMemoryDownCache();
  carried.keepManifest(manifestOf(0, 2));
  carried.keepFrame(hashOf(frameOf(2)), frameOf(2));
  const store = createStore(1, () => carried);
  // While the hub can be asked, it says what there is; segments are at hand all the same.
  expect(await store.manifest(0, 0)).toMatchObject({ ok: true, value: { value: manifestOf(0, 1) } });
  expect(await store.segment(0, 2)).toEqual({ ok: true, value: { bytes: frameOf(2), torn: null } });
  expect(store.line.segments).toEqual([]);
  store.line.isThere = false;
  expect(await store.manifest(0, 0)).toMatchObject({ ok: true, value: { isFromSibling: true, value: manifestOf(0, 2) } });
  // Where it leads is where it ends; what another hub signed is nothing.
  expect(await store.manifest(0, 2)).toEqual({ ok: false, error: UNREACHABLE });
  carried.keepManifest(manifestOf(0, 7, OTHER_SIGNER));
  expect(await store.manifest(0, 0)).toEqual({ ok: false, error: UNREACHABLE });
});

test('N-11: a sibling that lies, or is gone, costs a question and nothing else', async () => {
  const store = createStore(3);
  for (const lane of store.lanes.slice(1)) lane.lies = true;
  for (let lsn = 1; lsn < 6; lsn += 1) {
    store.line.lsn = lsn;
    expect(await store.manifest(0, lsn - 1)).toMatchObject({ ok: true, value: { value: manifestOf(lsn - 1, lsn) } });
    expect(await store.segment(0, lsn)).toEqual({ ok: true, value: { bytes: frameOf(lsn), torn: null } });
  }
  for (const lane of store.lanes.slice(1)) [lane.lies, lane.isUp] = [false, false];
  expect(await store.segment(0, 7)).toMatchObject({ value: { bytes: frameOf(7) } });
  expect(await store.lanes[0]?.sharing.transport.fetchSegment('token', 'ef'.repeat(32), 0, 10)).toMatchObject({
    error: { type: 'refused' },
  });
});

describe('what a lane keeps for its siblings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-down-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const open = (name: string, maxBytes?: number): DownCache =>
    createDownCache({ folder: join(folder, name), hash: PORTS.hash, ...(maxBytes !== undefined && { maxBytes }) });

  test('N-11: outlives a restart; what is damaged on disk is not there', () => {
    const cache = open('kept');
    cache.keepFrame(hashOf(frameOf(1)), frameOf(1));
    for (const manifest of [manifestOf(1, 2), manifestOf(1, 4), manifestOf(2, 4)]) cache.keepManifest(manifest);
    const again = open('kept');
    expect(again.frame(hashOf(frameOf(1)))).toEqual(frameOf(1));
    expect(again.frame(hashOf(frameOf(2)))).toBeNull();
    expect([again.manifestFrom(at(1)), again.manifestFrom(at(2)), again.manifestFrom(at(3))]).toEqual([
      manifestOf(1, 4),
      manifestOf(2, 4),
      null,
    ]);
    writeFileSync(join(folder, 'kept', `${hashOf(frameOf(1))}.segment`), frameOf(1).slice(0, 100));
    expect(again.frame(hashOf(frameOf(1)))).toBeNull();
    for (const name of readdirSync(join(folder, 'kept')).filter((each) => each.endsWith('.manifest')))
      writeFileSync(join(folder, 'kept', name), '{');
    expect(open('kept').manifestFrom(at(1))).toBeNull();
  });

  test('N-11: is bounded', () => {
    const cache = open('small', 10_000);
    for (let salt = 1; salt < 20; salt += 1) cache.keepFrame(hashOf(frameOf(salt)), frameOf(salt));
    for (let lsn = 1; lsn < 200; lsn += 1) cache.keepManifest(manifestOf(lsn, lsn + 1));
    expect(readdirSync(join(folder, 'small')).filter((name) => name.endsWith('.segment')).length).toBe(3);
    expect(readdirSync(join(folder, 'small')).filter((name) => name.endsWith('.manifest')).length).toBe(64);
    cache.keepFrame('ab'.repeat(32), new Uint8Array(20_000));
    expect(readdirSync(join(folder, 'small'))).not.toContain(`${'ab'.repeat(32)}.segment`);
    expect(open('small', 10_000).manifestFrom(at(199))).toEqual(manifestOf(199, 200));
  });
});

describe('P-4, N-11: where a manifest that a sibling gave led nowhere', () => {
  /** Of three lanes that hold a cut at 1: who asks the hub for all from there, and one of the others. */
  function led() {
    const store = createStore(3, undefined, undefined, undefined, undefined, () => false);
    store.line.lsn = 3;
    const { hubEpoch, lsn, historyHash } = at(1);
    const chosen = carrierOf(
      `${hubEpoch} ${lsn} ${historyHash}`,
      store.lanes.map(({ device }) => device),
    );
    const [carrier = 0, one = 0, other = 0] = [0, 1, 2].sort((left) => (store.lanes[left]?.device === chosen ? -1 : 1));
    return { store, carrier, one, other };
  }

  test('its segment gone at the hub and with every sibling: who asks again asks the hub itself, and goes on', async () => {
    const { store, carrier, one } = led();
    await store.manifest(carrier, 1);
    expect(await store.manifest(one, 1)).toMatchObject({ value: { value: manifestOf(1, 3), isFromSibling: true } });
    store.line.frames.delete(hashOf(frameOf(3)));
    expect(await store.segment(one, 3)).toMatchObject({ ok: false, error: { type: 'refused' } });
    store.line.lsn = 4;
    expect(await store.manifest(one, 1)).toMatchObject({ ok: true, value: { value: manifestOf(1, 4), hubTimeMs: 7 } });
    expect(await store.segment(one, 4)).toMatchObject({ ok: true, value: { torn: null } });
    // Elsewhere it asks siblings first, as ever.
    await store.manifest(carrier, 2);
    expect(store.line.manifests).toBe(3);
  });

  test('D-16: who is too old for what it brings, and asks again, asks the hub, which hears of it', async () => {
    const { store, carrier, one } = led();
    await store.manifest(carrier, 1);
    await store.manifest(one, 1);
    for (const lsn of [3, 3, 4]) {
      store.line.lsn = lsn;
      expect(await store.manifest(one, 1)).toMatchObject({ ok: true, value: { value: manifestOf(1, lsn), hubTimeMs: 7 } });
    }
  });

  test('D-14: what is urgent, and comes while lanes take what a sibling led them to, is asked for by one for all', async () => {
    const { store, carrier, one, other } = led();
    await store.manifest(carrier, 1);
    for (const lane of [one, other]) await store.manifest(lane, 1);
    expect(store.line.manifests).toBe(1);
    store.line.lsn = 4;
    for (const { sharing } of store.lanes) sharing.poked();
    for (const lane of [one, other]) expect(await store.manifest(lane, 1)).toMatchObject({ value: { value: manifestOf(1, 4) } });
    expect(store.line.manifests).toBe(2);
  });

  test('D-14: where the one who asks for all knows nothing newer, or is a build that is not asked that, the hub is asked', async () => {
    const { store, carrier, one, other } = led();
    await store.manifest(carrier, 1);
    await store.manifest(one, 1);
    const request = { position: at(1), reads: DOWN_FORM };
    const ask = async (lane: number, more: object) => store.lanes[lane]?.sharing.answerManifest({ ...request, waitMs: 0, ...more });
    expect([await ask(carrier, {}), await ask(carrier, { beyond: 2 })]).toEqual([manifestOf(1, 3), manifestOf(1, 3)]);
    expect([await ask(carrier, { beyond: 3 }), await ask(other, { beyond: 0 })]).toEqual([null, null]);
    // It says what it would to whoever is new.
    const carrierLane = store.lanes[carrier];
    assert(carrierLane !== undefined, 'a lane');
    const today = { ...carrierLane.sharing };
    Object.assign(carrierLane.sharing, {
      answerManifest: async ({ position, waitMs }: SharedManifestRequest) => today.answerManifest({ position, waitMs, reads: DOWN_FORM }),
    });
    store.line.lsn = 4;
    for (const { sharing } of store.lanes) sharing.poked();
    expect(await store.manifest(one, 1)).toMatchObject({ ok: true, value: { value: manifestOf(1, 4), hubTimeMs: 7 } });
  });
});
