import { InvariantError, ok, type Result } from '@holdfast/base';
import { nodeCipher } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import type { Cut } from '../down/cells.ts';
import { keyNameOf, sealFrame, segmentKeyOf } from '../down/sealed-frame.ts';
import { createMemoryParts, type SegmentParts } from '../down/segment-parts.ts';
import { createMemoryStore } from '../memory-store.ts';
import type { ReplicaStore } from '../store.ts';
import { OTHER_SIGNER, PORTS, saleDraft, SCHEMAS, SIGNER, seeded, seededRandom } from '../testing/fixtures.ts';
import { createModelHub, type ModelHub } from '../testing/model-hub.ts';
import { entriesOfBatch } from '../wire/batch.ts';
import { bytesToBase64, bytesToHex, joinBytes } from '../wire/bytes.ts';
import { decodeLevelQuestion, encodeLevelAnswer, levelMark, type LevelQuestion } from '../wire/level.ts';
import { signManifest, type Manifest, type ManifestRequest } from '../wire/protocol.ts';
import { traceIdOf } from '../wire/trace.ts';
import {
  createReplica,
  type Answered,
  type ReplicaOptions,
  type ReplicaPorts,
  type ReplicaStatus,
  type SegmentPart,
  type Transport,
  type TransportError,
} from './replica.ts';

const NOW_MS = 1_700_000_000_000;
const DOCUMENTS = '00112233445566aa';

const partOf = (answer: Result<Uint8Array, TransportError>, from: number): Result<SegmentPart, TransportError> =>
  answer.ok ? ok({ bytes: answer.value.subarray(from), torn: null }) : answer;

/** As a hub answers a device of the first release. */
function withoutTails(hub: ModelHub, token: string, request: ManifestRequest): Result<Answered<Manifest>, TransportError> {
  const answer = hub.postManifest(token, { ...request, reads: 1 });
  return answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer;
}

/** One device beside a model hub, with a clock that stands still and timers that fire when told. */
function world(
  change: {
    readonly transport?: Partial<Transport>;
    readonly store?: (store: ReplicaStore) => ReplicaStore;
    readonly monotonicMs?: () => number;
    readonly writeBudgetMs?: () => number;
    readonly isTurnAwaited?: () => boolean;
    readonly seals?: ReplicaPorts['seals'];
    readonly parts?: SegmentParts;
    readonly report?: () => string;
    readonly prepareFirst?: ReplicaPorts['prepareFirst'];
    readonly hub?: ModelHub;
    readonly onEquipped?: ReplicaPorts['onEquipped'];
    readonly canBeCalled?: () => boolean;
    readonly askLevel?: ReplicaPorts['askLevel'];
    readonly waitingSales?: () => number;
    readonly onOtherHub?: () => void;
    readonly options?: Omit<ReplicaOptions, 'enrol'>;
  } = {},
) {
  const hub = change.hub ?? createModelHub(6);
  if (change.hub === undefined) hub.publish([{ key: 'A', name: 'Apple' }]);
  const store = (change.store ?? ((plain) => plain))(createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash }));
  const timers: { readonly delayMs: number; readonly run: () => void; cancelled: boolean }[] = [];
  const statuses: ReplicaStatus[] = [];
  const cuts: Cut[] = [];
  const errors: string[] = [];
  const told: (readonly [string, unknown])[] = [];
  const timed = <T>(result: Result<T, TransportError>) => (result.ok ? ok({ value: result.value, hubTimeMs: NOW_MS - 5_000 }) : result);
  const transport: Transport = {
    enrol: () => Promise.resolve(timed(ok(hub.enrol('device-1', OTHER_SIGNER.publicKey)))),
    sendLedger: (token, frame) => Promise.resolve(timed(hub.postLedger(token, frame))),
    fetchManifest: (token, request) => Promise.resolve(timed(hub.postManifest(token, request))),
    fetchSegment: (_token, hash, from) => Promise.resolve(partOf(hub.getSegment(hash), from)),
    ...change.transport,
  };
  let turns = 0;
  const turnKinds: ('whole' | 'part')[] = [];
  const replica = createReplica(
    {
      store,
      transport,
      signer: OTHER_SIGNER,
      verifier: PORTS.verifier,
      hash: PORTS.hash,
      compression: PORTS.compression,
      clock: { nowMs: () => NOW_MS, monotonicMs: change.monotonicMs ?? (() => 0) },
      random: seededRandom(seeded(1)),
      timers: {
        after: (delayMs, run) => {
          const timer = { delayMs, run, cancelled: false };
          timers.push(timer);
          return () => void (timer.cancelled = true);
        },
      },
      logger: { info: (...line) => void told.push([line[0], line[1]]), warn: () => {}, error: (message) => void errors.push(message) },
      withTurn: (write) => {
        turns += 1;
        turnKinds.push('whole');
        return write();
      },
      withTurnOfPart: (write) => {
        turnKinds.push('part');
        return write();
      },
      ...(change.writeBudgetMs !== undefined && { writeBudgetMs: change.writeBudgetMs }),
      ...(change.isTurnAwaited !== undefined && { isTurnAwaited: change.isTurnAwaited }),
      ...(change.report !== undefined && { report: change.report }),
      ...(change.prepareFirst !== undefined && { prepareFirst: change.prepareFirst }),
      ...(change.seals !== undefined && { seals: change.seals }),
      ...(change.parts !== undefined && { parts: change.parts }),
      ...(change.onEquipped !== undefined && { onEquipped: change.onEquipped }),
      ...(change.canBeCalled !== undefined && { canBeCalled: change.canBeCalled }),
      ...(change.askLevel !== undefined && { askLevel: change.askLevel }),
      ...(change.waitingSales !== undefined && { waitingSales: change.waitingSales }),
      ...(change.onOtherHub !== undefined && { onOtherHub: change.onOtherHub }),
      oldestPinnedAt: () => null,
      onStatus: (status) => void statuses.push(status),
      onCut: (cut) => void cuts.push(cut),
    },
    { enrol: { code: 'code', publicKey: bytesToHex(OTHER_SIGNER.publicKey) }, ...change.options },
  );
  /** Lets every promise that is settled have its say. */
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { hub, store, replica, timers, statuses, cuts, errors, told, settle, turns: () => turns, turnKinds };
}

const itemNames = (store: ReplicaStore): readonly unknown[] =>
  store.readPrefix(1, '', store.cut().at, 10).map(({ fields }) => fields.get(1));

test('U-15, D-6: enrolled, it sends what waits and exposes what is published, each write in its turn', async () => {
  const { hub, store, replica, statuses, cuts, settle, turns } = world();
  replica.start();
  await settle();
  expect(itemNames(store)).toEqual(['Apple']);
  expect(cuts.map(({ position }) => position)).toEqual([hub.position()]);
  store.append(saleDraft(1));
  replica.appended();
  expect(statuses.at(-1)?.waiting).toEqual({ entries: 1, byKind: new Map([[1, 1]]) });
  await settle();
  expect(hub.mainEntries('device-1')).toHaveLength(1);
  expect(statuses.at(-1)).toMatchObject({
    enrolled: true,
    connected: true,
    waiting: { entries: 0 },
    problem: null,
    applying: null,
    hubOffsetMs: -5_000,
  });
  expect(turns()).toBeGreaterThan(5);
});

test('D-8: with a line on which the hub can call, and nothing to tell it, a device leaves questions out; what the hub was not told it tells with the next', async () => {
  let [asked, says, sales, isOpen, isWanted] = [0, 'first', 0, true, false];
  const made: ReturnType<typeof world> = world({
    report: () => says,
    waitingSales: () => sales,
    canBeCalled: () => isOpen,
    transport: {
      fetchManifest: (token, request) => {
        asked += 1;
        const answer = made.hub.postManifest(token, request);
        if (!answer.ok) return Promise.resolve(answer);
        return Promise.resolve(ok({ value: answer.value, hubTimeMs: null, ...(isWanted && { isAuditWanted: true as const }) }));
      },
    },
  });
  /** How often the hub is asked when the timers go off. */
  const later = async (): Promise<number> => {
    const before = asked;
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
    return asked - before;
  };
  made.replica.start();
  await made.settle();
  // The catalogue has come: where the device stands by now it tells with the next question.
  expect([await later(), await later(), await later(), await later()]).toEqual([1, 0, 0, 1]);
  const changes: readonly (() => void)[] = [
    () => (says = 'second'),
    () => (sales = 1),
    () => made.store.append(saleDraft(1)),
    () => (isOpen = false),
  ];
  for (const change of changes) {
    change();
    expect(await later()).toBe(1);
  }
  expect(await later()).toBe(1);
  [isOpen, isWanted] = [true, true];
  made.replica.poked();
  await made.settle();
  // Until the hub wants nothing of it any more.
  expect([await later(), await later()]).toEqual([1, 1]);
  isWanted = false;
  expect([await later(), await later()]).toEqual([1, 0]);
});

test('D-21: a device that has nothing to tell asks over the line whether there is anything new; where the hub does not say that there is nothing, it asks for a manifest', async () => {
  const asked: (LevelQuestion & { readonly hasMoved: boolean })[] = [];
  let manifests = 0;
  const answers: (Uint8Array | null)[] = [];
  let atMs = 0;
  const made: ReturnType<typeof world> = world({
    monotonicMs: () => atMs,
    canBeCalled: () => true,
    askLevel: (question, hasMoved) => {
      const read = decodeLevelQuestion(question);
      if (read !== null) asked.push({ ...read, hasMoved });
      return Promise.resolve(answers.shift() ?? null);
    },
    transport: {
      fetchManifest: (token, request) => {
        manifests += 1;
        const answer = made.hub.postManifest(token, request);
        return Promise.resolve(
          answer.ok ? ok({ value: answer.value, hubTimeMs: NOW_MS - 5_000, revocations: 3, documents: DOCUMENTS }) : answer,
        );
      },
    },
  });
  /** Until it asks the hub in one way or the other. */
  const nextQuestion = async (): Promise<readonly [number, number]> => {
    const before = [asked.length, manifests] as const;
    while (asked.length + manifests === before[0] + before[1]) {
      atMs += 15_000;
      for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
      await made.settle();
    }
    return [asked.length - before[0], manifests - before[1]];
  };
  made.replica.start();
  await made.settle();
  const standing = { revocations: 3, documents: DOCUMENTS };
  const question = (hasMoved: boolean) => ({
    mark: levelMark(PORTS.hash, { position: made.store.cut().position, ...standing }),
    wallMs: NOW_MS,
    hasMoved,
  });
  // Where the catalogue has brought it, it tells first, and of a hub of before by a manifest's question.
  expect(await nextQuestion()).toEqual([1, 1]);
  expect(asked.splice(0)).toEqual([question(true)]);
  answers.push(encodeLevelAnswer(NOW_MS - 65_000), encodeLevelAnswer(null), null, Uint8Array.of(0xff));
  expect(await nextQuestion()).toEqual([1, 0]);
  expect(asked).toEqual([question(false)]);
  // The hub's clock is heard of by it, too.
  expect(made.statuses.at(-1)).toMatchObject({ connected: true, problem: null, hubOffsetMs: -65_000 });
  // No; no answer; and what is none.
  for (let times = 0; times < 3; times += 1) expect(await nextQuestion()).toEqual([1, 1]);
  made.store.append(saleDraft(1));
  expect(await nextQuestion()).toEqual([0, 1]);
  // A poke is never asked about.
  made.replica.poked();
  await made.settle();
  expect(asked).toHaveLength(4);
});

test('D-21: after 40 such answers in a row it asks for a manifest all the same: what answers on a line may be a hub whose place another has taken', async () => {
  const asked: ('level' | 'manifest')[] = [];
  let atMs = 0;
  const made: ReturnType<typeof world> = world({
    monotonicMs: () => atMs,
    canBeCalled: () => true,
    askLevel: () => {
      asked.push('level');
      return Promise.resolve(encodeLevelAnswer(NOW_MS));
    },
    transport: {
      fetchManifest: (token, request) => {
        asked.push('manifest');
        const answer = made.hub.postManifest(token, request);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: NOW_MS }) : answer);
      },
    },
  });
  made.replica.start();
  await made.settle();
  while (asked.length < 43) {
    atMs += 15_000;
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
  }
  const levels = Array.from({ length: 40 }, () => 'level');
  expect(asked).toEqual(['manifest', ...levels, 'manifest', 'level']);
});

test('D-21: where siblings have brought a device it tells the hub over the line; what is settled in another epoch of the hub, and whoever begins anew, it tells by a manifest', async () => {
  const asked: ('level' | 'moved' | 'manifest')[] = [];
  let from: 'hub' | 'sibling' = 'hub';
  let [isForeign, atMs] = [false, 0];
  let answered = (): Promise<void> => Promise.resolve();
  const made: ReturnType<typeof world> = world({
    monotonicMs: () => atMs,
    canBeCalled: () => true,
    askLevel: (question, hasMoved) => {
      asked.push(hasMoved ? 'moved' : 'level');
      const mark = levelMark(PORTS.hash, { position: made.hub.position(), revocations: 0 });
      const isLevel = bytesToHex(decodeLevelQuestion(question)?.mark ?? new Uint8Array()) === bytesToHex(mark);
      return Promise.resolve(encodeLevelAnswer(isLevel ? NOW_MS : null));
    },
    transport: {
      fetchManifest: async (token, request) => {
        if (from === 'hub') asked.push('manifest');
        const position = isForeign ? { ...request.position, historyHash: 'ff'.repeat(32) } : request.position;
        const answer = made.hub.postManifest(token, { ...request, position });
        await answered();
        if (!answer.ok) return answer;
        return ok({ value: answer.value, hubTimeMs: null, ...(from === 'sibling' && { isFromSibling: true as const }) });
      },
    },
  });
  const fire = async (): Promise<void> => {
    atMs += 15_000;
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
  };
  const moved = async (name: string): Promise<void> => {
    made.hub.publish([{ key: 'A', name }]);
    from = 'sibling';
    made.replica.poked();
    await made.settle();
    from = 'hub';
    expect(itemNames(made.store)).toEqual([name]);
  };
  const asksNext = async (): Promise<readonly string[]> => {
    asked.length = 0;
    await fire();
    return [...asked];
  };
  made.replica.start();
  await made.settle();
  expect(await asksNext()).toEqual(['moved']);
  await moved('Pear');
  expect(await asksNext()).toEqual(['moved']);
  // It is known there by now.
  expect([await asksNext(), await asksNext(), await asksNext()]).toEqual([[], [], ['level']]);
  // Where the hub has gone on meanwhile it says no.
  await moved('Plum');
  made.hub.publish([{ key: 'A', name: 'Quince' }]);
  expect(await asksNext()).toEqual(['moved', 'manifest']);
  expect(await asksNext()).toEqual(['moved']);
  // Told to begin anew, it stands in the same history, and has not said there that it is settled.
  isForeign = true;
  made.replica.poked();
  await made.settle();
  isForeign = false;
  expect(made.store.cut().position).toEqual(made.hub.position());
  expect(await asksNext()).toEqual(['manifest']);
  expect([await asksNext(), await asksNext(), await asksNext()]).toEqual([[], [], ['level']]);
  // What it brings beside the place is told as ever.
  await moved('Medlar');
  made.store.append(saleDraft(1));
  expect(await asksNext()).toEqual(['manifest']);
  made.replica.appended();
  await made.settle();
  expect(await asksNext()).toEqual(['manifest']);
  // Under its next epoch a hub is told all of it.
  made.hub.snapshot()();
  await moved('Sorb');
  expect(await asksNext()).toEqual(['manifest']);
  await moved('Date');
  expect(await asksNext()).toEqual(['moved']);
  // Called while a manifest is on its way, it has moved by then: whether that was all is asked over the line, but not back to back, which no hub answers.
  answered = () => {
    answered = () => Promise.resolve();
    made.replica.poked();
    return Promise.resolve();
  };
  atMs += 15_000;
  asked.length = 0;
  await moved('Fig');
  expect(asked).toEqual(['moved']);
  answered = () => {
    answered = () => Promise.resolve();
    made.replica.poked();
    from = 'hub';
    return Promise.resolve();
  };
  asked.length = 0;
  await moved('Lime');
  expect(asked).toEqual(['manifest']);
});

test('D-20: what a device says of itself goes along once, and again when it is something else or nobody took it', async () => {
  const asked: (string | undefined)[] = [];
  let [says, isLost] = ['first', false];
  const made: ReturnType<typeof world> = world({
    report: () => says,
    transport: {
      fetchManifest: (token, request) => {
        asked.push(request.report);
        if (isLost) {
          isLost = false;
          return Promise.resolve({ ok: false, error: { type: 'unreachable', reason: 'not now' } });
        }
        const answer = made.hub.postManifest(token, request);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  made.replica.start();
  await made.settle();
  const again = async (): Promise<void> => {
    asked.length = 0;
    made.replica.poked();
    await made.settle();
  };
  expect(asked[0]).toBe('first');
  await again();
  expect(asked).toEqual([undefined]);
  says = 'second';
  isLost = true;
  await again();
  for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
  await made.settle();
  expect(asked.slice(0, 2)).toEqual(['second', 'second']);
  await again();
  expect(asked).toEqual([undefined]);
  // A hub that was set back goes on in another epoch, and may have lost it (O-11).
  const restore = made.hub.snapshot();
  made.hub.publish([{ key: 'A', name: 'Pear' }]);
  await again();
  restore();
  await again();
  await again();
  expect(asked).toContain('second');
  await again();
  expect(asked).toEqual([undefined]);
});

test('what went up is told under the trace of its last entry, and the hub’s name for the request; a question that brings nothing is not', async () => {
  const model = createModelHub(6);
  const { store, replica, told, settle } = world({
    hub: model,
    transport: {
      sendLedger: async (token, frame) => {
        const answered = model.postLedger(token, frame);
        return answered.ok ? ok({ value: answered.value, hubTimeMs: null, requestId: 'r-1' }) : answered;
      },
    },
  });
  replica.start();
  await settle();
  expect(told).toEqual([]);
  store.append(saleDraft(1));
  const sold = store.append(saleDraft(2));
  replica.appended();
  await settle();
  const epoch = store.epochs().at(-1)?.epoch;
  expect(told).toEqual([['the hub answered for entries', { epoch, from: 1, to: 2, traceId: traceIdOf(sold.hash), requestId: 'r-1' }]]);
});

test('U-2: batches go in codec 1 until the hub says that it reads more, and again when it refuses one', async () => {
  const codecs: (number | undefined)[] = [];
  let refuses = false;
  const made: ReturnType<typeof world> = world({
    transport: {
      sendLedger: (token, frame) => {
        codecs.push(frame[4]);
        if (refuses) return Promise.resolve({ ok: false, error: { type: 'refused', reason: 'codec version' } });
        const answer = made.hub.postLedger(token, frame);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  made.replica.start();
  await made.settle();
  const sell = async (serial: number): Promise<void> => {
    made.store.append(saleDraft(serial));
    made.replica.appended();
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
  };
  await sell(1);
  refuses = true;
  await sell(2);
  refuses = false;
  await sell(3);
  await sell(4);
  expect(codecs).toEqual([1, 2, 1, 2]);
  expect(made.hub.mainEntries('device-1')).toHaveLength(4);
});

test('S-2, I-5: what is told with the enrolment is handed over before anybody hears of it, and stands in no database', async () => {
  const equipment = { segmentKeys: { keys: [] }, passcodeSecrets: { secrets: [{ number: 1, secret: 'ab'.repeat(32) }] } };
  const told: unknown[] = [];
  const made = world({
    transport: {
      enrol: () => Promise.resolve(ok({ value: { ...made.hub.enrol('device-1', OTHER_SIGNER.publicKey), equipment }, hubTimeMs: null })),
    },
    onEquipped: (given) =>
      told.push(
        given,
        made.store.identity(),
        made.statuses.some(({ enrolled }) => enrolled),
      ),
  });
  made.replica.start();
  await made.settle();
  expect(told).toEqual([equipment, made.hub.enrol('device-1', OTHER_SIGNER.publicKey), false]);
  expect(itemNames(made.store)).toEqual(['Apple']);
});

test('U-2: where the enrolment says what the hub reads, the first batch goes in it, until one is refused', async () => {
  const codecs: (number | undefined)[] = [];
  const made: ReturnType<typeof world> = world({
    transport: {
      enrol: () => Promise.resolve(ok({ value: { ...made.hub.enrol('device-1', OTHER_SIGNER.publicKey), reads: 2 }, hubTimeMs: null })),
      sendLedger: (_token, frame) => {
        codecs.push(frame[4]);
        return Promise.resolve({ ok: false, error: { type: codecs.length === 1 ? 'unreachable' : 'refused', reason: 'not now' } });
      },
    },
  });
  made.replica.start();
  await made.settle();
  made.store.append(saleDraft(1));
  made.replica.appended();
  await made.settle();
  for (let round = 0; round < 2; round += 1) {
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
  }
  expect(codecs.slice(0, 3)).toEqual([2, 2, 1]);
});

test('D-3: a manifest without the hub’s own signature changes nothing, and is shown', async () => {
  const { hub, store, replica, statuses, settle } = world();
  const forged = world({
    transport: {
      fetchManifest: (token, request) => {
        const answer = hub.postManifest(token, request);
        return Promise.resolve(
          answer.ok ? ok({ value: { ...answer.value, signature: 'ab'.repeat(64) } satisfies Manifest, hubTimeMs: null }) : answer,
        );
      },
    },
  });
  hub.enrol('device-1', OTHER_SIGNER.publicKey);
  forged.replica.start();
  replica.start();
  await settle();
  expect([forged.store.cut().at, forged.store.staged()]).toEqual([0, null]);
  expect(forged.statuses.at(-1)).toMatchObject({ connected: true, problem: "manifest: the hub's signature is wrong" });
  expect([itemNames(store), statuses.at(-1)?.problem]).toEqual([['Apple'], null]);
});

test('D-7, P-4: a segment whose bytes lie is not applied; the exposed cut stands, the next try goes through', async () => {
  let lies = true;
  const made: ReturnType<typeof world> = world({
    transport: {
      fetchManifest: (token, request) => Promise.resolve(withoutTails(made.hub, token, request)),
      fetchSegment: (_token, hash, from) => {
        const answer = made.hub.getSegment(hash);
        return Promise.resolve(partOf(answer.ok && lies ? ok(answer.value.with(0, 0)) : answer, from));
      },
    },
  });
  made.replica.start();
  await made.settle();
  expect([made.store.cut().at, made.statuses.at(-1)?.problem]).toEqual([0, 'segment: hash differs from address']);
  lies = false;
  for (const timer of made.timers) if (!timer.cancelled) timer.run();
  await made.settle();
  expect([itemNames(made.store), made.statuses.at(-1)?.problem]).toEqual([['Apple'], null]);
});

test('D-11, P-4: a segment that is torn at every byte comes all the same, each byte once, under the manifest that named it', async () => {
  const asked: number[] = [];
  let manifests = 0;
  const made: ReturnType<typeof world> = world({
    transport: {
      fetchManifest: (token, request) => {
        if (made.cuts.length === 0) manifests += 1;
        return Promise.resolve(withoutTails(made.hub, token, request));
      },
      fetchSegment: (_token, hash, from) => {
        asked.push(from);
        const answer = made.hub.getSegment(hash);
        if (!answer.ok) return Promise.resolve(answer);
        return Promise.resolve(
          ok({ bytes: answer.value.subarray(from, from + 1), torn: { type: 'unreachable', reason: 'the line was cut' } }),
        );
      },
    },
  });
  made.replica.start();
  for (let round = 0; round < 1_000 && made.cuts.length === 0; round += 1) {
    await made.settle();
    const timers = made.timers.splice(0).filter((timer) => !timer.cancelled);
    // Nothing is gained by patience where each try brings something.
    for (const timer of timers) expect(timer.delayMs).toBeLessThanOrEqual(15_000 * 1.25);
    for (const timer of timers) timer.run();
  }
  expect(itemNames(made.store)).toEqual(['Apple']);
  expect(asked.length).toBeGreaterThan(100);
  expect(asked).toEqual(asked.map((_, index) => index));
  expect(manifests).toBe(1);
});

/** A device whose process ends whenever it is told, with its disk: what it exposes, and what is kept of segments. */
function mortal(change: {
  readonly parts: SegmentParts;
  readonly answer?: (frame: Uint8Array) => Uint8Array;
  readonly cutsAfter?: number;
}) {
  const hub = createModelHub(6);
  hub.publish([{ key: 'A', name: 'Apple' }]);
  const disk = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  const asked: number[] = [];
  const state = { cutsAfter: change.cutsAfter ?? Infinity, manifests: 0, answer: change.answer ?? ((frame: Uint8Array) => frame) };
  const live = () => {
    const life = world({
      hub,
      parts: change.parts,
      store: () => disk,
      transport: {
        fetchManifest: (token, request) => {
          state.manifests += 1;
          return Promise.resolve(withoutTails(hub, token, request));
        },
        // Comes byte by byte, and never to its end where the line is cut: no answer, only what came.
        fetchSegment: (_token, hash, from, _maxBytes, _signal, came) => {
          asked.push(from);
          const found = hub.getSegment(hash);
          if (!found.ok) return Promise.resolve(found);
          const frame = state.answer(found.value);
          const end = Math.min(frame.length, from + state.cutsAfter);
          for (let at = from; at < end; at += 1) came?.(frame.subarray(at, at + 1));
          return end < frame.length ? new Promise(() => {}) : Promise.resolve(ok({ bytes: frame.subarray(from), torn: null }));
        },
      },
    });
    life.replica.start();
    return life;
  };
  return { hub, disk, asked, state, live };
}

test('D-11: a process that is killed while a segment comes goes on at that byte, under the manifest that named it, and keeps nothing once it is applied', async () => {
  const parts = createMemoryParts();
  const { disk, asked, state, live } = mortal({ parts, cutsAfter: 20 });
  let lives = 0;
  for (let cuts = 0; cuts === 0 && lives < 100; lives += 1) {
    const life = live();
    await life.settle();
    cuts = life.cuts.length;
    await life.replica.stop();
  }
  expect(itemNames(disk)).toEqual(['Apple']);
  expect(lives).toBeGreaterThan(5);
  expect(asked).toEqual(asked.map((_, index) => index * 20));
  // The last one asks once more when it is done.
  expect([state.manifests, parts.segments()]).toEqual([2, []]);
});

test('D-5, D-11: what came whole is not fetched again by whoever is killed before it is applied', async () => {
  const parts = createMemoryParts();
  const { disk, asked, live } = mortal({ parts });
  const dying = live();
  const applyChunk = disk.applyChunk.bind(disk);
  disk.applyChunk = () => {
    void dying.replica.stop();
    throw new Error('killed');
  };
  await dying.settle();
  expect([itemNames(disk), asked]).toEqual([[], [0]]);
  disk.applyChunk = applyChunk;
  await live().settle();
  expect([itemNames(disk), asked, parts.segments()]).toEqual([['Apple'], [0], []]);
});

test('D-11: what a power cut left damaged of a segment is found by its hash, and fetched anew without anybody being told', async () => {
  const parts = createMemoryParts();
  const { disk, asked, state, live } = mortal({ parts, cutsAfter: 20 });
  const dying = live();
  await dying.settle();
  await dying.replica.stop();
  const [segment = ''] = parts.segments();
  const damaged = parts.held(segment).map((byte) => byte ^ 255);
  parts.drop(segment);
  parts.keep(segment, 0, damaged);
  state.cutsAfter = Infinity;
  const life = live();
  for (let round = 0; round < 5 && life.cuts.length === 0; round += 1) {
    await life.settle();
    for (const timer of life.timers.splice(0)) if (!timer.cancelled) timer.run();
  }
  expect([itemNames(disk), asked]).toEqual([['Apple'], [0, 20, 0]]);
  expect(life.statuses.map(({ problem }) => problem).filter((problem) => problem !== null)).toEqual([]);
});

test('D-11: what came of a segment that the next manifest does not name is dropped', async () => {
  const parts = createMemoryParts();
  const { hub, live } = mortal({ parts, cutsAfter: 20 });
  const dying = live();
  await dying.settle();
  await dying.replica.stop();
  const before = parts.segments();
  hub.publish(Array.from({ length: 12 }, (_, n) => ({ key: `K${n}`, name: `Item ${n}` })));
  const life = live();
  await life.settle();
  expect(parts.segments()).toEqual(before);
  // Its line falls silent, and is given up: it asks what there is now.
  life.replica.poked(true);
  await life.settle();
  expect(before).toHaveLength(1);
  expect(parts.segments().filter((segment) => before.includes(segment))).toEqual([]);
});

test('D-9: a tail rides in the manifest, and no segment is asked for', async () => {
  let asked = 0;
  const made: ReturnType<typeof world> = world({
    transport: {
      fetchSegment: (_token, hash, from) => {
        asked += 1;
        return Promise.resolve(partOf(made.hub.getSegment(hash), from));
      },
    },
  });
  made.replica.start();
  await made.settle();
  expect(itemNames(made.store)).toEqual(['Apple']);
  expect(asked).toBe(0);
});

test('D-2, D-6: where a transaction may take little, a chunk comes in many, each in its turn, and shows whole', async () => {
  let nowMs = 0;
  const parts: number[] = [];
  const ended: (readonly [string, string | undefined])[] = [];
  const made = world({
    hub: createModelHub(200, { frameBytes: 300_000 }),
    monotonicMs: () => nowMs,
    writeBudgetMs: () => 1.5,
    store: (store) => ({
      ...store,
      applyChunk: (id, cells, endsChunk) => {
        parts.push(cells.length);
        ended.push([endsChunk && id.chunk + 1 === id.chunkCount ? 'whole' : 'part', made.turnKinds.at(-1)]);
        nowMs += 0.05 * cells.length;
        expect(itemNames(store)).toEqual([]);
        return store.applyChunk(id, cells, endsChunk);
      },
    }),
  });
  made.hub.publish(Array.from({ length: 300 }, (_, n) => ({ key: `K${n}`, name: `Item ${n}` })));
  made.replica.start();
  for (let round = 0; round < 100 && made.cuts.length === 0; round += 1) {
    await made.settle();
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
  }
  expect(made.store.countEntities(1)).toBe(300);
  expect(itemNames(made.store)).toHaveLength(10);
  expect(parts.length).toBeGreaterThan(10);
  // 1.5 ms are 30 cells here; an entity's two cells are never parted.
  expect(Math.max(...parts)).toBeLessThanOrEqual(40);
  expect(parts.every((cells) => cells % 2 === 0)).toBe(true);
  // A power cut may take all but the last of a segment: what came of that is kept until then.
  expect(ended.filter(([ends, turn]) => ends !== turn)).toEqual([]);
  expect(ended.filter(([ends]) => ends === 'part').length).toBeGreaterThan(10);
  expect(ended.filter(([ends]) => ends === 'whole').length).toBe(1);
  expect(made.errors).toEqual([]);
});

test('D-2, D-5: what comes while somebody always waits for the turn comes few entities a turn, is dropped so, and shows whole', async () => {
  let isAwaited = false;
  const joined: number[] = [];
  const dropped: number[] = [];
  const made = world({
    hub: createModelHub(400, { frameBytes: 300_000 }),
    isTurnAwaited: () => isAwaited,
    store: (store) => ({
      ...store,
      applyChunk: (id, cells, endsChunk, goesOn) => {
        const touched = store.applyChunk(id, cells, endsChunk, goesOn);
        joined.push(touched.length);
        return touched;
      },
      pruneVersions: (minPinnedAt, entities) => {
        dropped.push(entities);
        return store.pruneVersions(minPinnedAt, entities);
      },
    }),
  });
  const publish = async (name: string): Promise<void> => {
    made.hub.publish(Array.from({ length: 100 }, (_, n) => ({ key: `K${String(n).padStart(2, '0')}`, name: `${name} ${n}` })));
    made.replica.poked();
    for (let round = 0; round < 100; round += 1) {
      await made.settle();
      for (const timer of made.timers.splice(0)) if (!timer.cancelled && timer.delayMs === 0) timer.run();
    }
  };
  made.replica.start();
  await publish('first');
  expect(made.cuts.at(-1)?.position.lsn).toBe(1);
  joined.length = 0;
  isAwaited = true;
  await publish('second');
  expect(joined).toEqual([24, 24, 24, 24, 4]);
  expect(Math.max(...dropped)).toBe(24);
  expect(itemNames(made.store)).toEqual(Array.from({ length: 10 }, (_, n) => `second ${n}`));
  expect(made.errors).toEqual([]);
});

test('D-6, P-4: what is made of a first catalogue is made before it shows, step by step, anew after a failure, and for no later one', async () => {
  let nowMs = 0;
  let fails = true;
  const steps: (readonly [boolean, string | undefined, readonly unknown[]])[] = [];
  const made = world({
    monotonicMs: () => nowMs,
    prepareFirst: (begins) => {
      steps.push([begins, made.turnKinds.at(-1), itemNames(made.store)]);
      nowMs += 15;
      if (fails && steps.length === 2) throw new Error('database or disk is full');
      return steps.length < 5;
    },
  });
  const runTimers = async (): Promise<void> => {
    for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
    await made.settle();
  };
  made.replica.start();
  await made.settle();
  expect(made.statuses.at(-1)?.problem).toBe('segment: database or disk is full');
  expect(made.cuts).toEqual([]);
  fails = false;
  for (let round = 0; round < 10; round += 1) await runTimers();
  expect(steps.map(([begins]) => begins)).toEqual([true, false, true, false, false]);
  expect(steps.every(([, turn, shown]) => turn === 'part' && shown.length === 0)).toBe(true);
  expect([itemNames(made.store), made.cuts.length]).toEqual([['Apple'], 1]);
  made.hub.publish([{ key: 'A', name: 'Pear' }]);
  made.replica.poked();
  for (let round = 0; round < 10; round += 1) await runTimers();
  expect([itemNames(made.store), steps.length]).toEqual([['Pear'], 5]);
});

test('P-4: what was staged and cannot be read ends no sync: it is said, what waits goes up, and the cut begins anew', async () => {
  let isUnreadable = false;
  const made = world({
    store: (store) => ({
      ...store,
      staged: () => {
        if (isUnreadable) throw new Error('database disk image is malformed');
        return store.staged();
      },
    }),
  });
  made.replica.start();
  await made.settle();
  await made.replica.stop();
  made.store.append(saleDraft(1));
  isUnreadable = true;
  made.replica.start();
  await made.settle();
  expect(made.errors).toEqual(['sync could not read what was staged']);
  expect([made.statuses.at(-1)?.connected, made.statuses.at(-1)?.waiting.entries]).toEqual([true, 0]);
});

test('P-4: a full disk is a failure like another: logged, shown, tried again; a broken invariant is not', async () => {
  let full = true;
  const made = world({
    store: (store) => ({
      ...store,
      applyChunk: (id, cells) => {
        if (full) throw new Error('database or disk is full');
        return store.applyChunk(id, cells);
      },
    }),
  });
  made.replica.start();
  await made.settle();
  expect(made.errors).toEqual(['sync could not write']);
  expect(made.statuses.at(-1)?.problem).toBe('segment: database or disk is full');
  full = false;
  for (const timer of made.timers) if (!timer.cancelled) timer.run();
  await made.settle();
  expect([itemNames(made.store), made.statuses.at(-1)?.problem]).toEqual([['Apple'], null]);

  const broken = world({
    store: (store) => ({
      ...store,
      epochs: () => {
        throw new InvariantError('the ledger is broken');
      },
    }),
  });
  expect(() => broken.replica.start()).toThrow('the ledger is broken');
});

test('U-11, P-4: what the hub has is confirmed once the disk has room again, with nothing sold and no call lost meanwhile', async () => {
  let full = false;
  const made = world({
    store: (store) => ({
      ...store,
      confirm: (progress, safe) => {
        if (full) throw new Error('database or disk is full');
        store.confirm(progress, safe);
      },
    }),
  });
  made.replica.start();
  await made.settle();
  made.store.append(saleDraft(1));
  full = true;
  made.replica.appended();
  await made.settle();
  expect(made.hub.mainEntries('device-1')).toHaveLength(1);
  expect(made.statuses.at(-1)).toMatchObject({ waiting: { entries: 1 }, problem: 'ledger: database or disk is full' });
  full = false;
  for (const timer of made.timers.splice(0)) if (!timer.cancelled) timer.run();
  await made.settle();
  expect(made.statuses.at(-1)).toMatchObject({ waiting: { entries: 0 }, problem: null });
  expect(made.hub.mainEntries('device-1')).toHaveLength(1);
});

test('U-14: offline it says since when; stopped, it writes nothing any more, whatever still arrives', async () => {
  let answer: ((result: Result<never, TransportError>) => void) | null = null;
  const offline = world({
    transport: { enrol: () => Promise.resolve({ ok: false, error: { type: 'unreachable', reason: 'no network' } }) },
  });
  offline.replica.start();
  await offline.settle();
  expect(offline.statuses.at(-1)).toMatchObject({ enrolled: false, connected: false, offlineSinceMs: NOW_MS, problem: null });
  const made = world({
    transport: {
      sendLedger: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    },
  });
  made.replica.start();
  await made.settle();
  made.store.append(saleDraft(1));
  made.replica.appended();
  await made.settle();
  await made.replica.stop();
  const before = [made.turns(), made.statuses.length];
  expect(made.timers.every((timer) => timer.cancelled)).toBe(true);
  expect(answer).not.toBeNull();
  (answer as unknown as (result: unknown) => void)({ ok: false, error: { type: 'failed', reason: 'late' } });
  made.replica.appended();
  await made.settle();
  expect([made.turns(), made.statuses.length]).toEqual(before);
});

test('U-13: a full disk under an answer never puts two batches under way', async () => {
  let [underWay, most, isFull] = [0, 0, false];
  const answers: (() => void)[] = [];
  const made = world({
    store: (plain) => ({
      ...plain,
      confirm: (progress, safe) => {
        if (isFull) throw new Error('the disk is full');
        plain.confirm(progress, safe);
      },
    }),
    transport: {
      sendLedger: (token, frame) =>
        new Promise((resolve) => {
          underWay += 1;
          most = Math.max(most, underWay);
          answers.push(() => {
            underWay -= 1;
            const answer = made.hub.postLedger(token, frame);
            resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
          });
        }),
    },
  });
  const { store, replica, timers, settle, hub } = made;
  const answerNext = async (): Promise<void> => {
    answers.shift()?.();
    await settle();
  };
  replica.start();
  await settle();
  await answerNext();
  for (let serial = 1; serial <= 600; serial += 1) store.append(saleDraft(serial));
  replica.appended();
  await settle();
  isFull = true;
  await answerNext();
  isFull = false;
  for (let round = 0; round < 12; round += 1) {
    for (const timer of timers.splice(0)) if (!timer.cancelled) timer.run();
    replica.poked();
    await settle();
    await answerNext();
  }
  expect(most).toBe(1);
  expect(hub.mainEntries('device-1')).toHaveLength(600);
  expect(store.waiting().entries).toBe(0);
});

test('I-8, U-10: a lane whose hub knows two histories of it notes what it has by then, once, and goes on', async () => {
  let isForked = false;
  const made = world({
    transport: {
      sendLedger: (token, frame) => {
        const answer = made.hub.postLedger(token, frame);
        return Promise.resolve(answer.ok ? ok({ value: { ...answer.value, ...(isForked && { forked: true }) }, hubTimeMs: null }) : answer);
      },
    },
  });
  const { store, replica, settle, hub } = made;
  replica.start();
  await settle();
  const sell = async (serial: number): Promise<void> => {
    store.append(saleDraft(serial));
    replica.appended();
    await settle();
  };
  await sell(1);
  expect(store.sharedUpTo()).toBeNull();
  isForked = true;
  for (const serial of [2, 3]) await sell(serial);
  expect(store.sharedUpTo()).toEqual({ epoch: store.epochs()[0]?.epoch, seq: 2 });
  expect([hub.mainEntries('device-1').length, store.epochs().length]).toEqual([3, 1]);
});

test('O-11: a hub that lost what it told is shown what it signed; who has nothing to show is not asked', async () => {
  const shown: (readonly [canProve: boolean, proves: string | undefined])[] = [];
  let isLost = false;
  const made = world({
    transport: {
      fetchManifest: (token, request) => {
        shown.push([request.canProve === true, request.proof?.to.historyHash]);
        if (isLost && request.canProve === true && request.proof === undefined)
          return Promise.resolve({ ok: false, error: { type: 'refused', reason: '409', wantsProof: true } } as const);
        const answer = made.hub.postManifest(token, request);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  const { replica, settle, store, hub } = made;
  replica.start();
  await settle();
  expect(shown.at(0)).toEqual([false, undefined]);
  isLost = true;
  replica.poked();
  await settle();
  const held = store.cut().position.historyHash;
  expect(shown.slice(-2)).toEqual([
    [true, undefined],
    [true, held],
  ]);
  expect(store.proof()?.to).toEqual(hub.position());
});

test('O-12: a device that a hub which was set back has not told what it holds of it does not say that nothing waits, also when it starts anew', async () => {
  let isClosed = false;
  const waits: (readonly [hubEpoch: string, waitingEntries: number])[] = [];
  const begin = (hub?: ModelHub, held?: ReplicaStore): ReturnType<typeof world> => {
    const made: ReturnType<typeof world> = world({
      ...(hub !== undefined && { hub }),
      ...(held !== undefined && { store: () => held }),
      transport: {
        sendLedger: (token, frame) => {
          if (isClosed) return Promise.resolve({ ok: false, error: { type: 'busy', reason: '503', retryAfterMs: 300_000 } } as const);
          const answer = made.hub.postLedger(token, frame);
          return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
        },
        fetchManifest: (token, request) => {
          waits.push([request.position.hubEpoch, request.waitingEntries]);
          const answer = made.hub.postManifest(token, request);
          return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
        },
      },
    });
    return made;
  };
  const first = begin();
  const { hub, store } = first;
  first.replica.start();
  await first.settle();
  const setBack = hub.snapshot();
  store.append(saleDraft(1));
  first.replica.appended();
  await first.settle();
  expect(hub.mainEntries('device-1')).toHaveLength(1);
  first.replica.poked();
  await first.settle();
  expect(waits.at(-1)?.[1]).toBe(0);

  setBack();
  // It answers for the catalogue, and asks for patience with ledgers.
  isClosed = true;
  for (const _ of [1, 2]) {
    first.replica.poked();
    await first.settle();
  }
  const present = hub.position().hubEpoch;
  expect(store.cut().position.hubEpoch).toBe(present);
  expect(waits.at(-1)).toEqual([present, 1]);
  await first.replica.stop();
  const second = begin(hub, store);
  second.replica.start();
  await second.settle();
  expect(waits.at(-1)).toEqual([present, 1]);
  // A cut of that epoch comes, and is what this device shows from now on.
  hub.publish([{ key: 'B', name: 'Bread' }]);
  second.replica.poked();
  await second.settle();
  expect([itemNames(store), store.proof()?.from.hubEpoch]).toEqual([['Apple', 'Bread'], present]);
  await second.replica.stop();
  const again = begin(hub, store);
  again.replica.start();
  await again.settle();
  expect(waits.at(-1)).toEqual([present, 1]);
  await again.replica.stop();

  isClosed = false;
  const third = begin(hub, store);
  third.replica.start();
  await third.settle();
  expect(hub.mainEntries('device-1')).toHaveLength(1);
  third.replica.poked();
  await third.settle();
  expect(waits.at(-1)).toEqual([present, 0]);
  await third.replica.stop();
  // The price of it: with each start one question more, at once.
  const before = waits.length;
  const last = begin(hub, store);
  last.replica.start();
  await last.settle();
  expect(waits.slice(before)).toEqual([
    [present, 1],
    [present, 0],
  ]);
});

test('O-12: a device that was told what a hub which was set back holds of it says so, also where the way to that history is begun twice', async () => {
  const waits: number[] = [];
  let isFull = false;
  const made: ReturnType<typeof world> = world({
    store: (plain) => ({
      ...plain,
      applyChunk: (...chunk) => {
        if (isFull) throw new Error('database or disk is full');
        return plain.applyChunk(...chunk);
      },
    }),
    transport: {
      fetchManifest: (token, request) => {
        waits.push(request.waitingEntries);
        const answer = made.hub.postManifest(token, request);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  const { hub, store, replica, settle, timers } = made;
  replica.start();
  await settle();
  store.append(saleDraft(1));
  replica.appended();
  await settle();
  const setBack = hub.snapshot();
  for (const key of ['B', 'C']) hub.publish([{ key, name: 'Bread' }]);
  replica.poked();
  await settle();
  setBack();
  hub.publish([{ key: 'D', name: 'Dates' }]);
  // It is told what the hub holds before it has come there, and begins once more.
  isFull = true;
  replica.poked();
  await settle();
  isFull = false;
  for (const timer of timers) if (!timer.cancelled) timer.run();
  await settle();
  expect([itemNames(store), hub.mainEntries('device-1').length]).toEqual([['Apple', 'Dates'], 1]);
  replica.poked();
  await settle();
  expect(waits.at(-1)).toBe(0);
  expect([replica.waiting(hub.position().hubEpoch), replica.waiting('another')]).toEqual([
    { waitingEntries: 0, waitingSales: 0 },
    { waitingEntries: 1, waitingSales: 0 },
  ]);
});

test.each([
  ['S-2: what was fetched by address', false],
  ['S-5: what rides in a manifest', true],
])('%s and cannot be opened yet is kept, the key is asked for, and it is opened once that is there', async (_, rides) => {
  const key = segmentKeyOf(PORTS.hash, new Uint8Array(32).fill(1), 'default', 'global');
  const held = new Map<string, Uint8Array>();
  let [asked, missing, reads] = [0, 0, 0];
  const sealedFrames = new Map<string, Uint8Array>();
  const made = world({
    seals: { cipher: nodeCipher, keyNamed: (name) => held.get(name), onMissing: () => (missing += 1) },
    transport: {
      // As a hub seals.
      fetchManifest: (token, request) => {
        reads = request.reads ?? 1;
        const answer = withoutTails(made.hub, token, request);
        if (!answer.ok) return Promise.resolve(answer);
        const segments = answer.value.value.segments.map((ref) => {
          const frame = made.hub.getSegment(ref.hash);
          const sealed = sealFrame(frame.ok ? frame.value : new Uint8Array(), key, { cipher: nodeCipher, hash: PORTS.hash });
          const hash = bytesToHex(PORTS.hash.sha256(sealed));
          sealedFrames.set(hash, sealed);
          return { ...ref, hash, bytes: sealed.length, ...(rides && { frame: bytesToBase64(sealed) }) };
        });
        return Promise.resolve(
          ok({ value: signManifest(SIGNER, made.store.identity()?.tenant ?? '', { ...answer.value.value, segments }), hubTimeMs: null }),
        );
      },
      fetchSegment: (_token, hash, from) => {
        asked += 1;
        return Promise.resolve(partOf(ok(sealedFrames.get(hash) ?? new Uint8Array()), from));
      },
    },
  });
  const { replica, settle, store, timers } = made;
  replica.start();
  await settle();
  expect([reads, itemNames(store), missing > 0]).toEqual([5, [], true]);
  const once = asked;
  held.set(keyNameOf(PORTS.hash, key), key);
  for (const timer of timers.splice(0)) if (!timer.cancelled) timer.run();
  await settle();
  expect(itemNames(store)).toEqual(['Apple']);
  expect(asked).toBe(rides ? 0 : once);
});

test('D-19, O-11: after a hub that was set back it returns to the newest cut that both hold, and fetches only what came since', async () => {
  const asked: ManifestRequest[] = [];
  const told: Manifest[] = [];
  const made: ReturnType<typeof world> = world({
    transport: {
      fetchManifest: (_token, request) => {
        asked.push(request);
        const answer = made.hub.postManifest('token of device-1', { ...request, reads: 1 });
        if (answer.ok) told.push(answer.value);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  const { hub, store, replica, settle, errors } = made;
  const move = async (key: string, name: string): Promise<void> => {
    hub.publish([{ key, name }]);
    replica.poked();
    await settle();
  };
  replica.start();
  await settle();
  for (let count = 0; count < 20; count += 1) await move(`K${count}`, `name ${count}`);
  const restore = hub.snapshot();
  await move('A', 'Lost');
  await move('Z', 'Lost too');
  expect(itemNames(store)).toContain('Lost');
  restore();
  asked.length = 0;
  told.length = 0;
  await move('B', 'Bread');
  const shared = store.heldCuts().map(({ lsn }) => lsn);
  expect(asked.map(({ canProve, proof, held }) => [canProve, proof?.to.lsn, held?.map(({ lsn }) => lsn)])).toEqual([
    [true, undefined, undefined],
    [true, 23, [...shared, 22]],
  ]);
  expect(told).toMatchObject([{ rebase: true, from: { lsn: 21 }, to: { lsn: 22 }, segments: [{ cells: 2, entities: 1 }] }]);
  expect(store.cut().position).toEqual(hub.position());
  const items = store.readPrefix(1, '', store.cut().at, 100).map(({ key, fields }) => [key, fields.get(1)] as const);
  expect(new Map(items)).toEqual(hub.stateAt(hub.position()));
  expect(replica.status().problem).toBeNull();
  expect(errors).toEqual([]);
});

test('N-12, P-4: another epoch of the hub is told before anything of it is written, and again where that could not be kept', async () => {
  const told: (readonly unknown[])[] = [];
  let isFull = true;
  const made: ReturnType<typeof world> = world({
    onOtherHub: () => {
      told.push(itemNames(made.store));
      if (isFull) throw new Error('database or disk is full');
    },
  });
  const { hub, store, replica, settle, statuses } = made;
  replica.start();
  await settle();
  hub.snapshot()();
  hub.publish([{ key: 'B', name: 'Bread' }]);
  replica.poked();
  await settle();
  expect([told, itemNames(store), statuses.at(-1)?.problem]).toEqual([[['Apple']], ['Apple'], 'manifest: database or disk is full']);
  isFull = false;
  for (const timer of made.timers) if (!timer.cancelled) timer.run();
  await settle();
  expect([told, itemNames(store)]).toEqual([
    [['Apple'], ['Apple']],
    ['Apple', 'Bread'],
  ]);
});

test('O-11: who is stopped while the hub asks for a proof looks for none: its store may be closed by then', async () => {
  const asked: ManifestRequest[] = [];
  const made: ReturnType<typeof world> = world({
    transport: {
      fetchManifest: (_token, request) => {
        asked.push(request);
        const answer = made.hub.postManifest('token of device-1', { ...request, reads: 1 });
        if (!answer.ok) void made.replica.stop();
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  const { hub, replica, settle, errors } = made;
  replica.start();
  await settle();
  const restore = hub.snapshot();
  hub.publish([{ key: 'A', name: 'Lost' }]);
  replica.poked();
  await settle();
  restore();
  asked.length = 0;
  replica.poked();
  await settle();
  expect(asked.map(({ proof }) => proof)).toEqual([undefined]);
  expect(errors).toEqual([]);
});

test('U-24: over a line that is cut before any large batch is through, a backlog arrives all the same, at little more than it takes on a whole one', async () => {
  const chance = seeded(7);
  const drawn = (): number => Math.round(-Math.log(1 - chance()) * 1_500);
  let left = Infinity;
  let sent = 0;
  const made: ReturnType<typeof world> = world({
    transport: {
      sendLedger: (token, frame) => {
        sent += Math.min(frame.length, left);
        if (frame.length > left) {
          left = drawn();
          return Promise.resolve({ ok: false, error: { type: 'unreachable', reason: 'cut', isTorn: true } });
        }
        left -= frame.length;
        const answer = made.hub.postLedger(token, frame);
        return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
      },
    },
  });
  const { hub, store, replica, timers, settle } = made;
  /** Sells so many, and waits until they are at the hub; what was sent for it. */
  const bring = async (sales: number): Promise<number> => {
    const before = sent;
    for (let serial = 0; serial < sales; serial += 1) store.append(saleDraft(serial, 3));
    replica.appended();
    for (let round = 0; round < 400 && store.waiting().entries > 0; round += 1) {
      await settle();
      for (const timer of timers.splice(0)) if (!timer.cancelled) timer.run();
    }
    expect(store.waiting().entries).toBe(0);
    return sent - before;
  };
  replica.start();
  await settle();
  await bring(1);
  const whole = await bring(500);
  left = drawn();
  const cut = await bring(500);
  expect(hub.mainEntries('device-1')).toHaveLength(1_001);
  expect(cut).toBeLessThan(3 * whole);
});

/** A hub that keeps what was torn, over a line that takes as many bytes as `state.most` says and then nothing more. */
function keepingHub(hub: ModelHub) {
  const state = { held: new Uint8Array() as Uint8Array, most: Infinity, isDeaf: false, posts: [] as number[], sent: 0, asks: 0 };
  const silence = new Promise<never>(() => {});
  const transport: Pick<Transport, 'sendLedger' | 'askTorn'> = {
    sendLedger: (token, frame, from = 0) => {
      state.posts.push(from);
      const came = frame.subarray(from, from + state.most);
      state.sent += came.length;
      state.held = joinBytes(state.held.subarray(0, from), came);
      if (state.held.length < frame.length) return silence;
      const answer = hub.postLedger(token, state.held);
      state.held = new Uint8Array();
      if (state.isDeaf) return silence;
      return Promise.resolve(answer.ok ? ok({ value: answer.value, hubTimeMs: null }) : answer);
    },
    askTorn: (token) => {
      state.asks += 1;
      const { held } = state;
      const ledger = hub.holds(token);
      const entries = entriesOfBatch(held) ?? undefined;
      const more = held.length === 0 && ledger.ok ? { ledger: ledger.value } : entries !== undefined && { entries };
      return Promise.resolve(ok({ bytes: held.length, hash: bytesToHex(PORTS.hash.sha256(held)), ...more }));
    },
  };
  return { state, transport };
}

/** A process that has 600 sales to send, in batches of 400, and has not begun. */
async function aboutToSend() {
  const hub = createModelHub(6);
  const { state, transport } = keepingHub(hub);
  const first = world({ hub, transport, options: { engine: { maxEntries: 400 }, leastTornBytes: 500 } });
  first.replica.start();
  await first.settle();
  for (let serial = 0; serial < 600; serial += 1) first.store.append(saleDraft(serial, 3));
  return { hub, state, transport, first };
}

test('U-24, U-13: a process that is killed within a large batch is followed by one that begins with small ones: it goes on with the very batch, at the byte to which that came', async () => {
  const { hub, state, transport, first } = await aboutToSend();
  state.most = 300;
  state.posts.length = 0;
  first.replica.appended();
  await first.settle();
  expect([state.posts, state.held.length]).toEqual([[0], 300]);
  await first.replica.stop();

  state.most = Infinity;
  const second = world({ hub, transport, store: () => first.store, options: { engine: { maxEntries: 100 }, leastTornBytes: 500 } });
  second.replica.start();
  await second.settle();
  expect(hub.mainEntries('device-1')).toHaveLength(600);
  expect(second.store.waiting().entries).toBe(0);
  // 400 of them in the batch of before; the others as this process sends them.
  expect(state.posts).toEqual([0, 300, 0, 0]);
  expect([first.errors, second.errors]).toEqual([[], []]);
});

test('U-24: a process that is killed between its batch and the answer is followed by one that is told that the hub has it, and sends none of it again', async () => {
  const { hub, state, transport, first } = await aboutToSend();
  state.isDeaf = true;
  state.posts.length = 0;
  first.replica.appended();
  await first.settle();
  await first.replica.stop();
  expect(first.store.waiting().entries).toBe(600);

  state.isDeaf = false;
  state.asks = 0;
  const second = world({ hub, transport, store: () => first.store, options: { engine: { maxEntries: 400 }, leastTornBytes: 500 } });
  second.replica.start();
  await second.settle();
  expect(hub.mainEntries('device-1')).toHaveLength(600);
  expect(second.store.waiting().entries).toBe(0);
  expect([state.posts, state.asks]).toEqual([[0, 0], 1]);
  expect([first.errors, second.errors]).toEqual([[], []]);
});

test('U-24: what another copy of this device has at the hub is no answer to a batch of this one', async () => {
  const hub = createModelHub(6);
  const { state, transport } = keepingHub(hub);
  const first = world({ hub, transport });
  first.replica.start();
  await first.settle();
  const copy = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  const [identity, epoch] = [first.store.identity(), first.store.epochs()[0]?.epoch];
  if (identity === null || epoch === undefined) throw new Error('enrolled');
  copy.enrol(identity, epoch);
  for (let serial = 0; serial < 200; serial += 1) first.store.append(saleDraft(serial, 3));
  first.replica.appended();
  await first.settle();
  await first.replica.stop();
  for (let serial = 0; serial < 200; serial += 1) copy.append(saleDraft(1_000 + serial, 3));
  state.posts.length = 0;
  state.asks = 0;
  const second = world({ hub, transport, store: () => copy, options: { leastTornBytes: 500 } });
  second.replica.start();
  await second.settle();
  expect(hub.branchEntries('device-1')).toHaveLength(200);
  expect(copy.waiting().entries).toBe(0);
  expect([state.posts, state.asks]).toEqual([[0], 1]);
});
