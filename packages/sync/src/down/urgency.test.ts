/** How long what is urgent takes on a line that a catalogue fills: the real replica, a hub in maps, and a line of 64 kbit/s, in virtual time. */
import { ok, type Result } from '@holdfast/base';
import { expect, test } from 'vitest';

import { createMemoryStore } from '../memory-store.ts';
import { createReplica, type SegmentPart, type Transport, type TransportError } from '../replica/replica.ts';
import { OTHER_SIGNER, PORTS, SCHEMAS, seeded, seededRandom } from '../testing/fixtures.ts';
import { createModelHub } from '../testing/model-hub.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { encodeManifest } from './manifest-bytes.ts';

const PACKET_BYTES = 1_024;
const BYTES_PER_MS = 8;
const ONE_WAY_MS = 300;
/** Of a request, and of an answer beside its body. */
const HEADER_BYTES = 450;

/** Virtual time: what is due runs in its order, and promises settle in between. */
function createTime() {
  let nowMs = 0;
  const due: { readonly atMs: number; readonly run: () => void; cancelled: boolean }[] = [];
  const after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: nowMs + delayMs, run, cancelled: false };
    due.push(timer);
    return () => void (timer.cancelled = true);
  };
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const until = async (what: string, isThere: () => boolean, mostMs: number): Promise<void> => {
    await settle();
    for (const endMs = nowMs + mostMs; !isThere();) {
      due.sort((left, right) => left.atMs - right.atMs);
      const next = due.shift();
      if (next === undefined || next.atMs > endMs) throw new Error(`${what}: not there after ${mostMs} ms`);
      if (next.cancelled) continue;
      nowMs = Math.max(nowMs, next.atMs);
      next.run();
      await settle();
    }
  };
  return { nowMs: () => nowMs, after, until };
}

/** One direction of a line: packets leave one after the other. What is still to leave for a transfer that was ended never does. */
function createLine(time: ReturnType<typeof createTime>) {
  let freeMs = 0;
  let sent = 0;
  /** Resolves with how many of the bytes arrived. */
  const send = async (bytes: number, signal?: AbortSignal): Promise<number> =>
    new Promise((resolve) => {
      let arrived = 0;
      let isEnded = false;
      signal?.addEventListener('abort', () => {
        isEnded = true;
        resolve(arrived);
      });
      const next = (left: number): void => {
        if (isEnded) return;
        if (left === 0) return resolve(arrived);
        const packet = Math.min(left, PACKET_BYTES);
        const startMs = Math.max(time.nowMs(), freeMs);
        freeMs = startMs + packet / BYTES_PER_MS;
        sent += packet;
        time.after(freeMs + ONE_WAY_MS - time.nowMs(), () => {
          if (!isEnded) arrived += packet;
          if (left === packet) next(0);
        });
        if (left > packet) time.after(freeMs - time.nowMs(), () => next(left - packet));
      };
      next(bytes);
    });
  return { send, sent: () => sent };
}

function world() {
  const time = createTime();
  const hub = createModelHub(2_048, { frameBytes: 120_000 });
  const [up, down] = [createLine(time), createLine(time)];
  const requests: { readonly what: string; readonly atMs: number; readonly sentBefore: number }[] = [];
  const note = (what: string): void => void requests.push({ what, atMs: time.nowMs(), sentBefore: down.sent() });
  const ask = async <T>(what: string, answer: () => Result<T, TransportError>, bytes: (value: T) => number) => {
    note(what);
    await up.send(HEADER_BYTES);
    const result = answer();
    await down.send(HEADER_BYTES + (result.ok ? bytes(result.value) : 0));
    return result.ok ? ok({ value: result.value, hubTimeMs: null }) : result;
  };
  const transport: Transport = {
    enrol: () =>
      ask(
        'enrol',
        () => ok(hub.enrol('device-1', OTHER_SIGNER.publicKey)),
        () => 250,
      ),
    sendLedger: (token, frame) =>
      ask(
        'ledger',
        () => hub.postLedger(token, frame),
        () => 60,
      ),
    fetchManifest: (token, request) =>
      ask(
        'manifest',
        () => hub.postManifest(token, request),
        (manifest) => encodeManifest(manifest, request.position).length,
      ),
    fetchSegment: async (_token, hash, from, _maxBytes, signal): Promise<Result<SegmentPart, TransportError>> => {
      note('segment');
      await up.send(HEADER_BYTES);
      const frame = hub.getSegment(hash);
      if (!frame.ok) return frame;
      const rest = frame.value.subarray(from);
      const arrived = Math.max(0, (await down.send(HEADER_BYTES + rest.length, signal)) - HEADER_BYTES);
      const torn: TransportError | null = arrived < rest.length ? { type: 'unreachable', reason: 'ended' } : null;
      return ok({ bytes: rest.subarray(0, arrived), torn });
    },
  };
  const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  const replica = createReplica(
    {
      store,
      transport,
      signer: OTHER_SIGNER,
      verifier: PORTS.verifier,
      hash: PORTS.hash,
      compression: PORTS.compression,
      clock: { nowMs: () => time.nowMs(), monotonicMs: () => time.nowMs() },
      random: seededRandom(seeded(1)),
      timers: { after: (delayMs, run) => time.after(delayMs, run) },
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      withTurn: (write) => write(),
      oldestPinnedAt: () => null,
      onStatus: () => {},
      onCut: () => {},
    },
    { enrol: { code: 'code', publicKey: bytesToHex(OTHER_SIGNER.publicKey) }, engine: { pollMs: 3_600_000 } },
  );
  const nameOf = (key: string): unknown => store.readEntity(1, key, store.cut().at)[0]?.fields.get(1);
  return { time, hub, replica, store, requests, down, nameOf };
}

const next = seeded(11);
const renamed = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ key: `K${String(n).padStart(5, '0')}`, name: `Name ${Math.floor(next() * 1e9)}` }));

test('D-13: a lane that comes back shows what is urgent first, while the catalogue takes its time, and then all of it', async () => {
  const { time, hub, replica, store, nameOf } = world();
  hub.publish([
    { key: 'K00007', name: 'Soup' },
    { key: 'K00008', name: 'Salt' },
  ]);
  replica.start();
  await time.until('the first cut', () => nameOf('K00007') === 'Soup', 60_000);
  const before = store.cut().position;
  hub.publish(renamed(12_000));
  hub.publishUrgent([{ key: 'K00007', name: 'Soup (recalled)' }]);
  hub.publish(renamed(30));
  const startMs = time.nowMs();
  replica.poked();
  await time.until('the recall', () => nameOf('K00007') === 'Soup (recalled)', 60_000);
  // One round trip, and what the manifest takes on this line.
  expect(time.nowMs() - startMs).toBeLessThan(2 * ONE_WAY_MS + 300);
  expect(store.cut().position).toEqual(before);
  expect(nameOf('K00008')).toBe('Salt');
  await time.until('the rest', () => store.cut().position.lsn === hub.position().lsn, 600_000);
  expect(time.nowMs() - startMs).toBeGreaterThan(3_000);
  expect(new Map(store.readPrefix(1, '', store.cut().at, 20_000).map(({ key, fields }) => [key, fields.get(1)]))).toEqual(
    hub.stateAt(hub.position()),
  );
});

test('D-14: something urgent comes while a catalogue fills the line: it waits for no more than 8 kB, and nothing that came is fetched again', async () => {
  const { time, hub, replica, store, requests, down, nameOf } = world();
  hub.publish([
    { key: 'K00007', name: 'Soup' },
    { key: 'K19999', name: 'Salt' },
  ]);
  replica.start();
  await time.until('the first cut', () => nameOf('K00007') === 'Soup', 60_000);
  hub.publish(renamed(12_000));
  replica.poked();
  const begunMs = time.nowMs();
  const sentBefore = down.sent();
  await time.until('much of the catalogue', () => down.sent() - sentBefore > 20_000, 60_000);
  hub.publishUrgent([{ key: 'K19999', name: 'Salt (recalled)' }]);
  const [pokedMs, sentAtPoke] = [time.nowMs(), down.sent()];
  replica.poked(true);
  await time.until('the recall', () => nameOf('K19999') === 'Salt (recalled)', 60_000);
  const manifests = requests.filter(({ what }) => what === 'manifest');
  expect(manifests.at(-1)?.atMs).toBe(pokedMs);
  // All that the line carried from the poke on, the answer itself with it.
  expect(down.sent() - sentAtPoke).toBeLessThan(8_192);
  expect(time.nowMs() - pokedMs).toBeLessThan(2 * ONE_WAY_MS + 8_192 / BYTES_PER_MS);
  await time.until('the rest', () => store.cut().position.lsn === hub.position().lsn, 600_000);
  expect(new Map(store.readPrefix(1, '', store.cut().at, 20_000).map(({ key, fields }) => [key, fields.get(1)]))).toEqual(
    hub.stateAt(hub.position()),
  );
  // What was in flight was lost, and two more requests were made; all else came once.
  const uninterrupted = await bytesWithout();
  expect(down.sent() - sentBefore).toBeLessThan(uninterrupted + 8_192);
  expect(time.nowMs() - begunMs).toBeLessThan((uninterrupted + 3 * 8_192) / BYTES_PER_MS + 20 * ONE_WAY_MS);
});

/** What the same catalogue takes where nobody interrupts it. */
async function bytesWithout(): Promise<number> {
  const { time, hub, replica, store, down, nameOf } = world();
  hub.publish([
    { key: 'K00007', name: 'Soup' },
    { key: 'K19999', name: 'Salt' },
  ]);
  replica.start();
  await time.until('the first cut', () => nameOf('K00007') === 'Soup', 60_000);
  const before = down.sent();
  hub.publish(renamed(12_000));
  hub.publish([{ key: 'K19999', name: 'Salt (recalled)' }]);
  replica.poked();
  await time.until('all of it', () => store.cut().position.lsn === hub.position().lsn, 600_000);
  return down.sent() - before;
}
