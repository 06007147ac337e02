/** Ten whole lanes of a store behind one line to the hub: what it carries for all of them beside what it carries for one, each message counted. */
import { ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import { createMemoryStore } from '../memory-store.ts';
import { createReplica } from '../replica/replica.ts';
import { OTHER_SIGNER, PORTS, SCHEMAS, seeded, seededRandom } from '../testing/fixtures.ts';
import { createModelHub } from '../testing/model-hub.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { decodeLevelQuestion, encodeLevelAnswer, levelMark } from '../wire/level.ts';
import { createMemoryDownCache, createSharing, type Sharing } from './sharing.ts';

const NOW_MS = 1_700_000_000_000;
const ITEMS = 40;
const priced = (round: number) => Array.from({ length: ITEMS }, (_, item) => ({ key: `I${item}`, name: `costs ${round * ITEMS + item}` }));

function store(count: number) {
  // Nothing rides in a manifest.
  const hub = createModelHub(6, { tailBytes: 0 });
  hub.publish(priced(0));
  const asked: string[] = [];
  const timers: { readonly run: () => void; cancelled: boolean }[] = [];
  const after = (_delayMs: number, run: () => void): (() => void) => {
    const timer = { run, cancelled: false };
    timers.push(timer);
    return () => void (timer.cancelled = true);
  };
  let monotonicMs = 0;
  const lanes = Array.from({ length: count }, (_, number) => {
    const device = `device-${number}`;
    const held = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
    const sharing: Sharing = createSharing({
      ...PORTS,
      hub: {
        enrol: () => Promise.resolve(ok({ value: hub.enrol(device, OTHER_SIGNER.publicKey), hubTimeMs: null })),
        sendLedger: (token, frame) => {
          const answer = hub.postLedger(token, frame);
          return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
        },
        fetchManifest: (token, request) => {
          asked.push('manifest');
          const answer = hub.postManifest(token, request);
          return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
        },
        fetchSegment: (_token, hash, from) => {
          asked.push(`segment ${hash}`);
          const answer = hub.getSegment(hash);
          return Promise.resolve(answer.ok ? ok({ bytes: answer.value.subarray(from), torn: null }) : answer);
        },
      },
      lan: {
        manifest: async (address, request) => {
          const manifest = await lanes[Number(address)]?.sharing.answerManifest(request);
          return manifest === null || manifest === undefined ? { ok: false, error: { type: 'refused', reason: '404' } } : ok(manifest);
        },
        segment: async (address, hash, { from, waitMs }) => {
          const frame = (await lanes[Number(address)]?.sharing.answerSegment(hash, waitMs)) ?? null;
          if (frame === 'later' || frame === null) return { ok: false, error: { type: 'refused', reason: '404' } };
          return ok({ bytes: frame.subarray(from), torn: null });
        },
      },
      siblings: () =>
        Array.from({ length: count }, (__, other) => ({ device: `device-${other}`, address: String(other), isConnected: true })).filter(
          (other) => other.device !== device,
        ),
      identity: () => held.identity(),
      waiting: (hubEpoch) => replica.waiting(hubEpoch),
      cache: createMemoryDownCache(),
      timers: { after },
      nowMs: () => NOW_MS + monotonicMs,
    });
    const replica = createReplica(
      {
        ...PORTS,
        store: held,
        transport: sharing.transport,
        signer: OTHER_SIGNER,
        clock: { nowMs: () => NOW_MS + monotonicMs, monotonicMs: () => monotonicMs },
        random: seededRandom(seeded(number)),
        timers: { after },
        logger: { info: () => {}, warn: () => {}, error: () => {} },
        withTurn: (write) => write(),
        oldestPinnedAt: () => null,
        report: () => 'as ever',
        onStatus: () => {},
        onCut: () => {},
        canBeCalled: () => true,
        askLevel: (question, hasMoved) => {
          asked.push(`${hasMoved ? 'moved' : 'level'} ${question.length}`);
          const mark = bytesToHex(decodeLevelQuestion(question)?.mark ?? new Uint8Array());
          const isLevel = mark === bytesToHex(levelMark(PORTS.hash, { position: hub.position(), revocations: 0 }));
          return Promise.resolve(encodeLevelAnswer(isLevel ? NOW_MS : null));
        },
      },
      { enrol: { code: 'code', publicKey: bytesToHex(OTHER_SIGNER.publicKey) } },
    );
    return { sharing, replica, held };
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 60; round += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** What the hub is asked for meanwhile. */
  const askedIn = async (run: () => void): Promise<readonly string[]> => {
    asked.length = 0;
    run();
    await settle();
    return [...asked];
  };
  return {
    hub,
    askedIn,
    start: () => lanes.forEach(({ replica }) => replica.start()),
    poke: (to = lanes) =>
      to.forEach(({ sharing, replica }) => {
        sharing.poked();
        replica.poked();
      }),
    lanes,
    fire: () => {
      monotonicMs += 15_000;
      for (const timer of timers.splice(0)) if (!timer.cancelled) timer.run();
    },
    areAtHead: () => lanes.every(({ held }) => held.cut().position.historyHash === hub.position().historyHash),
  };
}

const kinds = (asked: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const what of asked) counts[what.split(' ')[0] ?? ''] = (counts[what.split(' ')[0] ?? ''] ?? 0) + 1;
  return counts;
};

test('N-11, D-21: what is published comes to ten lanes by one manifest and each segment once, and where it has brought them each tells in 19 bytes', async () => {
  const ten = store(10);
  await ten.askedIn(ten.start);
  await ten.askedIn(ten.fire);
  // At the head each has told the hub of itself.
  await ten.askedIn(ten.poke);
  expect(ten.areAtHead()).toBe(true);
  expect(kinds(await ten.askedIn(ten.fire))).toEqual({});

  ten.hub.publish(priced(1));
  const came = await ten.askedIn(ten.poke);
  expect(ten.areAtHead()).toBe(true);
  const one = store(1);
  await one.askedIn(one.start);
  await one.askedIn(one.fire);
  one.hub.publish(priced(1));
  const alone = kinds(await one.askedIn(one.poke));
  expect(kinds(came)).toEqual(alone);
  expect(alone).toEqual({ manifest: 1, segment: expect.toSatisfy((segments: number) => segments >= 1) });
  expect(new Set(came).size).toBe(came.length);

  expect(await ten.askedIn(ten.fire)).toEqual(Array.from({ length: 10 }, () => 'moved 19'));
  expect([await ten.askedIn(ten.fire), await ten.askedIn(ten.fire)]).toEqual([[], []]);
  expect(await ten.askedIn(ten.fire)).toEqual(Array.from({ length: 10 }, () => 'level 19'));
});

test('N-11, D-21: what is published while lanes are being moved comes by one manifest more; who was called once too often asks nobody for a manifest', async () => {
  const ten = store(10);
  await ten.askedIn(ten.start);
  await ten.askedIn(ten.fire);
  await ten.askedIn(ten.poke);
  await ten.askedIn(ten.fire);
  ten.hub.publish(priced(1));
  const once = await ten.askedIn(() => {
    ten.poke();
    ten.poke();
  });
  expect(ten.areAtHead()).toBe(true);
  expect(kinds(once)).toEqual({ manifest: 1, segment: expect.any(Number), moved: 10 });
});
