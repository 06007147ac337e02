/** Lanes with real stores and certificates, and a wire in memory; time is the test's. */
import { assert, type Timers } from '@holdfast/base';
import { expect, test } from 'vitest';

import { createMemoryStore } from '../memory-store.ts';
import { judgeBatch, previousOf } from '../replica/judge.ts';
import {
  headOf,
  signBegin,
  signFoldCheckpoint,
  signHead,
  verifyHead,
  type ChainedEntry,
  type ChainHead,
  type SignedHead,
} from '../replica/ledger.ts';
import { mostCheckpointSeq } from '../store.ts';
import { PORTS, saleDraft, SCHEMAS, seeded, seededRandom, SIGNER } from '../testing/fixtures.ts';
import { createAuthority, createLaneIdentity, type LaneIdentity } from '../testing/siblings.ts';
import { decodeBatch, encodeBatch, BATCH_CODEC_VERSION } from '../wire/batch.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { createMemoryNeighbourStore } from './memory-neighbour-store.ts';
import { helloToJson, parseHello, parseHelloAnswer, type EntriesRequest } from './neighbour-protocol.ts';
import { createNeighbours, type NeighbourTransport, type Neighbours } from './neighbours.ts';
import { signRevocations } from './trust.ts';

const authority = createAuthority('default');

/** A few seconds at a time; nothing happens by itself. */
function createTime() {
  let nowMs = 0;
  const due: { atMs: number; run: (() => void) | null }[] = [];
  const timers: Timers = {
    after: (delayMs, run) => {
      const timer: { atMs: number; run: (() => void) | null } = { atMs: nowMs + delayMs, run };
      due.push(timer);
      return () => void (timer.run = null);
    },
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    timers,
    nowMs: () => nowMs,
    settle,
    pass: async (ms: number): Promise<void> => {
      const end = nowMs + ms;
      await settle();
      for (;;) {
        const next = due.filter(({ run, atMs }) => run !== null && atMs <= end).sort((left, right) => left.atMs - right.atMs)[0];
        if (next === undefined) break;
        nowMs = Math.max(nowMs, next.atMs);
        const { run } = next;
        next.run = null;
        run?.();
        await settle();
      }
      nowMs = end;
    },
  };
}

interface Hub {
  /** Main lines. */
  readonly entries: Map<string, ChainedEntry[]>;
  /** Of all other histories. */
  readonly branches: ChainedEntry[];
  isThere: boolean;
  /** Whether it calls all of its main lines safe. */
  isSafe: boolean;
  calls: number;
  /** Entries that were brought, whether it had them or not. */
  carried: number;
  /** While an answer is on its way. */
  onAnswer: () => void;
}

interface Lane {
  readonly id: LaneIdentity;
  readonly address: string;
  readonly store: ReturnType<typeof createMemoryStore>;
  readonly held: ReturnType<typeof createMemoryNeighbourStore>;
  readonly neighbours: Neighbours;
  beyond: number;
  isDiskFull: boolean;
  /** Where copies of it were met, as its log says. */
  readonly copiesSaid: string[];
  /** Lists by which connections of those who are on them end. */
  readonly ended: number[];
  /** Serials of its sales. */
  readonly sold: number[];
  isConnected: boolean;
  isUp: boolean;
  readonly heard: string[];
  sell(count?: number): void;
  /** Receipt numbers would do as well: what it holds of `other`, by hash. */
  copyOf(other: Lane): readonly string[];
  own(): readonly string[];
}

function createStore(count: number) {
  const time = createTime();
  /** Of siblings' ledgers, as they went over the wire. */
  const frames = { bytes: 0, forge: (frame: Uint8Array): Uint8Array => frame };
  const hub: Hub = { entries: new Map(), branches: [], isThere: true, isSafe: false, calls: 0, carried: 0, onAnswer: () => {} };
  const lanes: Lane[] = [];
  const cut = new Set<string>();
  const by = (address: string): Lane | undefined => lanes.find((lane) => [lane.address, `also-${lane.address}`].includes(address));
  const reach = (from: Lane, address: string): Lane | null => {
    const to = by(address);
    const isCut =
      cut.has(`${from.id.identity.lane}-${to?.id.identity.lane}`) || cut.has(`${to?.id.identity.lane}-${from.id.identity.lane}`);
    return to !== undefined && to.isUp && from.isUp && !isCut && to.neighbours.admits(from.id.member) ? to : null;
  };
  const lost = { ok: false as const, error: { type: 'unreachable' as const, reason: 'silence' } };
  const hostOf = ({ address }: Lane): string => address.replace(/:1$/, '');
  const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  const wireOf = (from: Lane): NeighbourTransport => ({
    hello: async (address, told) => {
      const to = reach(from, address);
      if (to === null) return lost;
      const parsed = parseHello(json(helloToJson(told)));
      assert(parsed.ok, 'a hello reads back');
      const answer = parseHelloAnswer(json(helloToJson(to.neighbours.answerHello(from.id.member, hostOf(from), parsed.value))));
      assert(answer.ok, 'an answer reads back');
      return { ok: true, value: { from: to.id.member, answer: answer.value } };
    },
    entries: async (address, request: EntriesRequest) => {
      const frame = reach(from, address)?.neighbours.answerEntries(request);
      if (frame === undefined) return lost;
      frames.bytes += frame?.length ?? 0;
      return frame === null ? { ok: false, error: { type: 'refused', reason: '404' } } : { ok: true, value: frames.forge(frame) };
    },
  });

  function takeAtHub(frame: Uint8Array) {
    hub.calls += 1;
    const decoded = decodeBatch(frame, PORTS);
    assert(decoded.ok, 'a frame that decodes');
    const batch = decoded.value;
    hub.carried += batch.entries.length;
    const { publicKey } = lanes.find(({ id }) => id.identity.device === batch.device)?.id.signer ?? SIGNER;
    const name = `${batch.device} ${batch.epoch}`;
    const main = hub.entries.get(name) ?? [];
    const last = main.at(-1);
    const previous = previousOf(batch);
    const all = [...hub.entries.values(), hub.branches].flat().map(({ hash }) => bytesToHex(hash));
    const verdict = judgeBatch(
      {
        device: batch.device,
        publicKey,
        head: last === undefined ? null : headOf(last),
        hashBySeq: new Map(main.map((entry) => [entry.id.seq, entry.hash])),
        previousHeld: previous === null || all.includes(bytesToHex(previous.hash)),
      },
      batch,
      PORTS.verifier,
    );
    assert(verdict.type !== 'refused', `carried as it was signed: ${verdict.type}`);
    if (verdict.type === 'branch') hub.branches.push(...verdict.entries.filter(({ hash }) => !all.includes(bytesToHex(hash))));
    if (verdict.type === 'append') hub.entries.set(name, [...main, ...verdict.entries]);
    const now = hub.entries.get(name) ?? [];
    const head = now.at(-1);
    const heads: Record<string, string> = head === undefined ? {} : { [batch.epoch]: bytesToHex(head.hash) };
    hub.onAnswer();
    const value = {
      received: { [batch.epoch]: now.length },
      heads,
      safe: hub.isSafe ? { [batch.epoch]: now.length } : {},
      setAside: 0,
      reads: BATCH_CODEC_VERSION,
      ...(verdict.type === 'gap' && { gap: true as const }),
      ...(verdict.type === 'branch' && { branch: true as const }),
    };
    return { ok: true as const, value: { value, hubTimeMs: null } };
  }

  /** `at`: where it listens, where that is not its name: it runs on a copy of a disk, and `id` is another one's as well. */
  function open(id: LaneIdentity, at?: string): Lane {
    const { lane: number, device } = id.identity;
    const chance = seeded(at === undefined ? number : number + 100);
    const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
    store.enrol(id.identity, `${String(number).padStart(4, '0')}0000000000aa`);
    const heard: string[] = [];
    const held = createMemoryNeighbourStore({ onEntry: (entry) => void heard.push(bytesToHex(entry.hash)), onForgotten: () => {} });
    const hashes = (entries: readonly ChainedEntry[]): readonly string[] => entries.map(({ hash }) => bytesToHex(hash));
    const lane: Lane = {
      id,
      address: `${at ?? device}:1`,
      store,
      held,
      beyond: 0,
      isDiskFull: false,
      copiesSaid: [],
      ended: [],
      sold: [],
      isConnected: false,
      isUp: true,
      heard,
      get neighbours() {
        return started;
      },
      sell: (sales = 1) => {
        for (let sale = 0; sale < sales; sale += 1) {
          const serial = Math.floor(chance() * 1e6);
          store.append(saleDraft(serial));
          lane.sold.push(serial);
        }
        lane.neighbours.appended();
      },
      copyOf: (other) =>
        held.lines().flatMap(({ line, head, beginSeq }) => {
          if (head.device !== other.id.identity.device) return [];
          const run = held.run(line, beginSeq, 1e6, 1e9);
          return run === null ? [] : hashes(run.entries);
        }),
      own: () => store.epochs().flatMap(({ epoch }) => hashes(store.entriesAfter(epoch, 0, 1e6, 1e9))),
    };
    const started = createNeighbours(
      {
        store,
        neighbours: held,
        reader: id.reader,
        transport: wireOf(lane),
        hub: { sendLedger: async (_token, frame) => (hub.isThere && lane.isConnected ? takeAtHub(frame) : lost) },
        signer: id.signer,
        ...PORTS,
        clock: { nowMs: () => 1_700_000_000_000 + time.nowMs(), monotonicMs: time.nowMs },
        random: seededRandom(chance),
        timers: time.timers,
        logger: {
          info: () => {},
          warn: () => {},
          error: (message, fields) => {
            const isCopy = message.startsWith('another till runs as this lane');
            assert(lane.isDiskFull || isCopy, `${message} ${JSON.stringify(fields)}`);
            if (isCopy) lane.copiesSaid.push(String(fields?.['address']));
          },
        },
        withTurn: (write) => write(),
        isConnected: () => hub.isThere && lane.isConnected,
        port: () => 1,
        onBeyond: () => {
          if (lane.isDiskFull) throw new Error('database or disk is full');
          lane.beyond += 1;
          const left = store.epochs().at(-1);
          if (left !== undefined) store.noteShared({ epoch: left.epoch, seq: left.headSeq });
          store.mintEpoch(`${String((at === undefined ? 9_000 : 8_000) + lane.beyond)}0000000000bb`);
        },
        onTaken: () => {},
        onRevocations: (list) => void lane.ended.push(list.number),
      },
      { helloMs: 1_000 },
    );
    lanes.push(lane);
    return lane;
  }
  for (let number = 1; number <= count; number += 1) open(createLaneIdentity(authority, number));
  const start = (): void => {
    for (const lane of lanes) {
      lane.neighbours.start();
      // One address is enough: the others are heard of.
      lane.neighbours.found(['lane-1:1']);
    }
  };
  /** Another process on a copy of the lane's disk as it is now. */
  const clone = (lane: Lane): Lane => {
    const copy = open(lane.id, `copy-of-${lane.id.identity.device}`);
    for (const serial of lane.sold) copy.store.append(saleDraft(serial));
    copy.sold.push(...lane.sold);
    expect(copy.own()).toEqual(lane.own());
    return copy;
  };
  return { time, hub, lanes, cut, start, frames, clone };
}

const lanesOf = (lanes: readonly Lane[]): readonly [Lane, Lane, Lane] => {
  const [first, second, third] = lanes;
  assert(first !== undefined && second !== undefined && third !== undefined, 'three lanes');
  return [first, second, third];
};

test('N-14: a lane that is found at two addresses is one sibling: it is asked once, and its clock counts once', async () => {
  const { time, lanes, start } = createStore(3);
  const [first] = lanesOf(lanes);
  start();
  first.neighbours.found(['lane-2:1', 'also-lane-2:1', 'lane-3:1']);
  await time.pass(400);
  expect(first.neighbours.siblings().map(({ device }) => device)).toHaveLength(2);
  await time.pass(30_000);
  expect(
    first.neighbours
      .siblings()
      .map(({ device }) => device)
      .sort(),
  ).toEqual(['lane-2', 'lane-3']);
});

test('N-7, N-8: lanes that know one address hold each other’s ledgers, without a hub and without a leader, and go on with one away', async () => {
  const { time, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  for (const lane of lanes) lane.sell(5);
  start();
  await time.pass(3_000);
  for (const lane of [second, third]) expect(lane.copyOf(first)).toEqual(first.own());
  expect(first.copyOf(second)).toEqual(second.own());
  // The second has the third’s from the first: they never met.
  expect(second.copyOf(third)).toEqual(third.own());
  first.sell();
  await time.settle();
  expect(third.copyOf(first)).toEqual(first.own());
  expect(third.heard).toHaveLength(11);
  third.isUp = false;
  second.sell(3);
  await time.pass(2_000);
  third.isUp = true;
  first.isUp = false;
  await time.pass(60_000);
  expect(first.copyOf(second)).toEqual(second.own());
});

test('N-7: of a lane that is away the others tell each other', async () => {
  const { time, lanes, cut, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  cut.add('1-3');
  start();
  third.neighbours.found(['lane-2:1']);
  first.sell(4);
  await time.pass(3_000);
  first.isUp = false;
  await time.pass(3_000);
  expect(third.copyOf(first)).toEqual(first.own());
  expect(second.copyOf(first)).toEqual(first.own());
});

test('N-8: what is not signed by its device, or not what it says, is not taken', async () => {
  const { time, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  first.sell(4);
  start();
  await time.pass(2_000);
  const line = second.held.lines()[0];
  const run = line === undefined ? null : second.held.run(line.line, 0, 100, 1e9);
  assert(run !== null, 'a copy');
  expect(verifyHead(PORTS.verifier, first.id.signer.publicKey, run.head)).toBe(true);
  const told = first.neighbours.answerHello(second.id.member, null, {
    heads: [],
    devices: [],
    revocations: 0,
    port: null,
    isConnected: false,
    confirmed: {},
    clock: null,
  });
  const [head] = told.heads;
  assert(head !== undefined, 'a head');
  const lie = { ...head, seq: head.seq + 5, hash: new Uint8Array(32).fill(9) };
  const before = second.heard.length;
  second.neighbours.answerHello(first.id.member, 'lane-1', { ...told, port: 1, heads: [lie, { ...head, device: 'lane-7' }] });
  await time.pass(3_000);
  expect(second.heard).toHaveLength(before);
  expect(encodeBatch(run, PORTS.compression, 1).length).toBeGreaterThan(0);
});

test('N-8: entries that somebody else has signed are not taken, whatever head was asked for; they come once they are the device’s own', async () => {
  const { time, lanes, frames, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  let forged = 0;
  frames.forge = (frame) => {
    const batch = decodeBatch(frame, PORTS);
    assert(batch.ok, 'a frame that decodes');
    forged += 1;
    return encodeBatch({ ...batch.value, head: signHead(SIGNER, batch.value.head) }, PORTS.compression, 1);
  };
  first.sell(4);
  start();
  await time.pass(3_000);
  expect(forged).toBeGreaterThan(0);
  expect(second.copyOf(first)).toEqual([]);
  frames.forge = (frame) => frame;
  await time.pass(10_000);
  expect(second.copyOf(first)).toEqual(first.own());
});

test('N-4, N-8: what a sibling hands on of a lane of another store is not taken: no certificate is kept that does not count here', async () => {
  const { time, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  const away = [createLaneIdentity(authority, 8, { store: '2' }), createLaneIdentity(authority, 9)];
  for (const { identity, signer, certificate } of away) {
    const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
    store.enrol(identity, '00770000000000aa');
    const entry = store.append(saleDraft(1));
    const { device, epoch } = entry.id;
    const head = signHead(signer, headOf(entry));
    second.held.keepCertificate(device, certificate);
    second.held.take({ device, epoch, parent: null, firstSeq: 1, previousHash: entry.previousHash, entries: [entry], head }, null);
  }
  start();
  second.neighbours.found([first.address]);
  first.neighbours.found([second.address]);
  await time.pass(20_000);
  expect(second.held.lines()).toHaveLength(2);
  expect([...first.held.certificates().keys()].toSorted()).toEqual(['lane-2', 'lane-9']);
  expect(first.held.lines().map(({ head }) => head.device)).toEqual(['lane-9']);
});

test('N-9: of two histories of one epoch whoever asks is given the one that it asks for, by the hash of its last entry, and of a third none', async () => {
  const { lanes } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  const { epoch } = first.store.epochs()[0] ?? {};
  assert(epoch !== undefined, 'an epoch');
  const histories = [1, 2, 3].map((salt) => {
    const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
    store.enrol(first.id.identity, epoch);
    const entries = [store.append(saleDraft(salt * 1_000)), store.append(saleDraft(salt * 1_000 + 1))];
    const [begin, last] = entries;
    assert(begin !== undefined && last !== undefined, 'two sales');
    const head = signHead(first.id.signer, headOf(last));
    return { device: head.device, epoch, parent: null, firstSeq: 1, previousHash: begin.previousHash, entries, head };
  });
  for (const batch of histories.slice(0, 2)) second.held.take(batch, null);
  const given = (of: Lane): readonly unknown[] =>
    histories.map(({ device, head }) => {
      const frame = of.neighbours.answerEntries({ device, epoch, tipSeq: 2, tip: bytesToHex(head.hash), afterSeq: 0, afterHash: '' });
      const batch = frame === null ? null : decodeBatch(frame, PORTS);
      return batch?.ok === true ? batch.value.entries.map(({ hash }) => bytesToHex(hash)) : null;
    });
  const hashes = histories.map(({ entries }) => entries.map(({ hash }) => bytesToHex(hash)));
  expect(given(second)).toEqual([hashes[0], hashes[1], null]);
  // Of its own ledger no other history is given out either.
  first.sell(2);
  expect(given(first)).toEqual([null, null, null]);
});

test('U-23: what a lane has forgotten was its own: siblings that hold it prove no other disk, and go on with it', async () => {
  const { time, lanes, cut, start } = createStore(3);
  const [first, second] = lanesOf(lanes);
  cut.add('1-3');
  cut.add('2-3');
  first.sell(6);
  start();
  await time.pass(3_000);
  const before = first.own();
  forget(first, 4);
  first.sell(2);
  await time.pass(10_000);
  expect([first.beyond, first.own().length]).toEqual([0, 4]);
  expect(second.copyOf(first)).toEqual([...before, ...first.own().slice(2)]);
});

/** What the hub has safely, up to there. */
function forget(lane: Lane, seq: number): void {
  const [epoch] = lane.store.epochs();
  const hash = epoch === undefined ? null : lane.store.hashAt(epoch.epoch, seq);
  assert(epoch !== undefined && hash !== null, 'an entry');
  lane.store.confirm([{ epoch: epoch.epoch, confirmedSeq: epoch.headSeq, diverged: false }], { [epoch.epoch]: epoch.headSeq });
  lane.store.forget(signBegin(lane.id.signer, { device: epoch.device, epoch: epoch.epoch, seq, hash }));
}

test('N-17: who was away for longer than a ledger is kept, or is new, holds what its device holds, from whoever has it, and says where that begins', async () => {
  const { time, hub, lanes, cut, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  // The second has the beginning; the third was never there.
  cut.add('1-3');
  cut.add('2-3');
  first.sell(4);
  start();
  await time.pass(3_000);
  const early = first.own();
  expect(second.copyOf(first)).toEqual(early);
  second.isUp = false;
  first.sell(6);
  forget(first, 8);
  first.sell(2);
  second.isUp = true;
  await time.pass(60_000);
  // What lies between nobody holds; each entry is held once.
  expect(second.copyOf(first)).toEqual([...early, ...first.own()]);
  expect(second.heard).toHaveLength(new Set(second.heard).size);
  expect(second.held.lines().map(({ beginSeq, head }) => [beginSeq, head.seq])).toEqual([
    [0, 4],
    [8, 12],
  ]);
  first.isUp = false;
  cut.delete('2-3');
  third.neighbours.found(['lane-2:1']);
  await time.pass(60_000);
  // From a sibling, and without what ended before the begin.
  expect([third.copyOf(first), third.held.lines().map(({ beginSeq }) => beginSeq)]).toEqual([first.own(), [8]]);
  expect([first.beyond, hub.calls]).toEqual([0, 0]);
  // It goes on as ever.
  first.isUp = true;
  cut.clear();
  first.sell(3);
  await time.pass(60_000);
  for (const lane of [second, third]) expect(lane.copyOf(first).slice(-7)).toEqual(first.own());
  expect(third.held.lines()).toHaveLength(1);
});

/** Who tells nothing. */
const quiet = { heads: [], devices: [], revocations: 0, port: null, isConnected: false, confirmed: {}, clock: null };

/** Nobody new needs what lies before. */
function keepCheckpoint(lane: Lane, seq: number): SignedHead {
  const [epoch] = lane.store.epochs();
  const hash = epoch === undefined ? null : lane.store.hashAt(epoch.epoch, seq);
  assert(epoch !== undefined && hash !== null, 'an entry');
  const checkpoint = signFoldCheckpoint(lane.id.signer, { device: epoch.device, epoch: epoch.epoch, seq, hash });
  lane.store.keepFoldCheckpoint(checkpoint);
  return checkpoint;
}

test('N-18: a lane that is new takes a ledger from its checkpoint, from whoever has it; who has it from before goes on with all of it', async () => {
  const { time, hub, lanes, cut, start, frames } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  // The third comes when the first is gone: it knows the checkpoint from the second alone.
  cut.add('1-3');
  cut.add('2-3');
  first.sell(4_000);
  start();
  await time.pass(30_000);
  keepCheckpoint(first, 3_900);
  first.sell(2);
  await time.pass(30_000);
  expect(second.copyOf(first)).toEqual(first.own());
  const whole = frames.bytes;
  first.isUp = false;
  cut.clear();
  third.neighbours.found(['lane-2:1']);
  await time.pass(60_000);
  expect(third.held.lines().map(({ beginSeq, head }) => [beginSeq, head.seq])).toEqual([[3_900, 4_002]]);
  expect(third.copyOf(first)).toEqual(first.own().slice(3_900));
  // Bytes follow what is younger than the checkpoint: 102 of 4,002 entries.
  expect((frames.bytes - whole) / whole).toBeLessThan(102 / 4_002 + 0.01);
  // It goes on as ever, and a later checkpoint changes nothing of it.
  first.isUp = true;
  first.sell(3);
  keepCheckpoint(first, 4_003);
  first.sell(1);
  await time.pass(60_000);
  expect(second.copyOf(first)).toEqual(first.own());
  expect(third.copyOf(first)).toEqual(first.own().slice(3_900));
  expect([first.beyond, hub.calls]).toEqual([0, 0]);
});

test('N-18: of an epoch that ends at its checkpoint nothing is asked for, nor what a sibling has of before it; what comes then is', async () => {
  const { time, lanes, start, cut, frames } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  // The second has its beginning, and hears of nothing more.
  cut.add('1-3');
  cut.add('2-3');
  first.sell(3);
  start();
  await time.pass(10_000);
  const early = first.own();
  cut.add('1-2');
  first.sell(3);
  const checkpoint = keepCheckpoint(first, 6);
  const sent = frames.bytes;
  cut.delete('1-3');
  third.neighbours.found(['lane-1:1']);
  await time.pass(10_000);
  cut.delete('2-3');
  third.neighbours.found(['lane-1:1', 'lane-2:1']);
  await time.pass(60_000);
  expect([third.held.lines(), frames.bytes - sent, third.store.foldCheckpoints()]).toEqual([[], 0, [checkpoint]]);
  expect([second.copyOf(first), second.store.foldCheckpoints()], 'told on').toEqual([early, [checkpoint]]);
  first.sell(1);
  await time.pass(60_000);
  expect([third.copyOf(first), third.held.lines()[0]?.beginSeq]).toEqual([first.own().slice(6), 6]);
});

test('N-18, U-7: with a ledger’s device and all that held its beginning gone a lane that began at its checkpoint brings what follows to a hub that kept what was safe alone (found by seed 3001)', async () => {
  const { time, hub, lanes, cut, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  // The third comes late.
  cut.add('1-3');
  cut.add('2-3');
  first.sell(3);
  start();
  second.isConnected = true;
  await time.pass(60_000);
  const [epoch] = first.store.epochs();
  const sold = epoch === undefined ? [] : first.store.entriesAfter(epoch.epoch, 0, 100, 1e9);
  assert(epoch !== undefined && hub.entries.get(`lane-1 ${epoch.epoch}`)?.length === 3, 'the hub has all of it');
  // Its standby has one entry.
  first.store.confirm([{ epoch: epoch.epoch, confirmedSeq: 3, diverged: false }], { [epoch.epoch]: 1 });
  const [confirmed] = first.store.epochs();
  assert(confirmed !== undefined, 'an epoch');
  keepCheckpoint(first, mostCheckpointSeq(confirmed));
  await time.pass(10_000);
  second.isConnected = false;
  cut.clear();
  third.neighbours.found(['lane-1:1', 'lane-2:1']);
  first.sell(4);
  await time.pass(60_000);
  expect(third.held.lines().filter(({ head }) => head.device === 'lane-1')).toMatchObject([{ beginSeq: 1, head: { seq: 7 } }]);
  const all = first.own();
  hub.entries.set(`lane-1 ${epoch.epoch}`, sold.slice(0, 1));
  first.isUp = false;
  second.isUp = false;
  third.neighbours.doubtHub();
  third.isConnected = true;
  await time.pass(120_000);
  expect(hub.entries.get(`lane-1 ${epoch.epoch}`)?.map(({ hash }) => bytesToHex(hash))).toEqual(all);
});

test('N-18: a checkpoint is believed of the device that signed it alone, and a hash that its ledger has not there costs a question', async () => {
  const { time, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  first.sell(4);
  start();
  await time.pass(10_000);
  const [epoch] = first.store.epochs();
  assert(epoch !== undefined, 'an epoch');
  const at = { device: epoch.device, epoch: epoch.epoch, seq: 3, hash: new Uint8Array(32).fill(9) };
  const tell = (checkpoints: readonly SignedHead[]): void =>
    void second.neighbours.answerHello(first.id.member, null, { ...quiet, checkpoints });
  // A head, a begin and another's signature are none.
  tell([signFoldCheckpoint(second.id.signer, at), signBegin(first.id.signer, at), signHead(first.id.signer, at)]);
  expect(second.store.foldCheckpoints()).toEqual([]);
  const signed = signFoldCheckpoint(first.id.signer, at);
  tell([signed]);
  expect(second.store.foldCheckpoints()).toEqual([signed]);
  // Its own, of a disk that is further than this one, is a sibling's as well, and no place that this disk has come to.
  first.neighbours.answerHello(second.id.member, null, { ...quiet, checkpoints: [signed] });
  expect(first.store.foldCheckpoints()).toEqual([]);
  const json = helloToJson({ ...quiet, checkpoints: [signed] }) as { readonly checkpoints: readonly object[] };
  expect(parseHello(JSON.parse(JSON.stringify(json)))).toMatchObject({ ok: true, value: { checkpoints: [signed] } });
  for (const checkpoints of [{}, [null], [{ ...json.checkpoints[0], seq: -1 }], Array.from({ length: 20_001 }, () => json.checkpoints[0])])
    expect(parseHello({ ...json, checkpoints })).toMatchObject({ ok: false });
  const third = createStore(2);
  const [seller, taker] = third.lanes;
  const [other] = seller?.store.epochs() ?? [];
  assert(seller !== undefined && taker !== undefined && other !== undefined, 'two lanes');
  seller.sell(4);
  seller.store.keepFoldCheckpoint(signFoldCheckpoint(seller.id.signer, { ...at, device: other.device, epoch: other.epoch }));
  third.start();
  await third.time.pass(60_000);
  expect(taker.copyOf(seller)).toEqual(seller.own());
});

test('N-17: where a ledger begins is believed of the device that signed it alone; what is no begin is no greeting', async () => {
  const { time, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  first.sell(4);
  start();
  await time.pass(3_000);
  const [epoch] = first.store.epochs();
  const hash = epoch === undefined ? null : first.store.hashAt(epoch.epoch, 3);
  assert(epoch !== undefined && hash !== null, 'an entry');
  const at = { device: epoch.device, epoch: epoch.epoch, seq: 3, hash };
  const tell = (begins: readonly SignedHead[]): void => void second.neighbours.answerHello(first.id.member, null, { ...quiet, begins });
  // Another's signature, that of a head, and one of another place.
  const signed = signBegin(first.id.signer, at);
  for (const begin of [signBegin(second.id.signer, at), signHead(first.id.signer, at), { ...signed, seq: 2 }]) tell([begin]);
  expect(second.held.begins()).toEqual([]);
  tell([signed, signBegin(first.id.signer, { ...at, seq: 2 })]);
  expect(second.held.begins()).toEqual([signed]);
  expect(second.copyOf(first), 'nothing goes by it').toEqual(first.own());
  const json = helloToJson({ ...quiet, begins: [signed] }) as { readonly begins: readonly object[] };
  expect(parseHello(JSON.parse(JSON.stringify(json)))).toMatchObject({ ok: true, value: { begins: [signed] } });
  for (const begins of [{}, [null], [{ ...json.begins[0], hash: 'ab' }], Array.from({ length: 20_001 }, () => json.begins[0])])
    expect(parseHello({ ...json, begins })).toMatchObject({ ok: false });
});

test('N-17: what ended before its device’s begin goes once the hub calls it safe: by its last entry, where that is held, else whole', async () => {
  const { time, hub, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  first.sell(5);
  start();
  await time.pass(3_000);
  second.isUp = false;
  first.sell(5);
  forget(first, 8);
  const [epoch] = first.store.epochs();
  assert(epoch !== undefined, 'an epoch');
  const begins = (): readonly (readonly [number, number])[] =>
    second.held.lines().map(({ beginSeq, head }) => [beginSeq, head.seq] as const);
  const early = second.held.run(1, 0, 100, 1e9)?.entries ?? [];
  const late = first.store.entriesAfter(epoch.epoch, 8, 100, 1e9);
  second.isUp = true;
  await time.pass(40_000);
  while (second.held.forgetNext(50));
  expect([begins(), hub.calls], 'nobody reaches the hub').toEqual([
    [
      [0, 5],
      [8, 10],
    ],
    0,
  ]);
  // A hub that has nothing of it is given all that is held here.
  second.isConnected = true;
  await time.pass(40_000);
  expect(hub.entries.get(`lane-1 ${epoch.epoch}`)?.map(({ hash }) => bytesToHex(hash))).toEqual(early.map(({ hash }) => bytesToHex(hash)));
  await time.pass(40_000);
  expect(begins(), 'the hub may lose it yet').toEqual([
    [0, 5],
    [8, 10],
  ]);
  // It is asked ever more seldom.
  const asked = hub.calls;
  await time.pass(60_000);
  expect(hub.calls - asked).toBeLessThan(12);
  hub.isSafe = true;
  await time.pass(60_000);
  expect(begins()).toEqual([
    [4, 5],
    [8, 10],
  ]);
  expect(second.copyOf(first).slice(-2)).toEqual(late.map(({ hash }) => bytesToHex(hash)));
  // Of what is missing between nothing can be brought: that is tried ever more seldom.
  const { calls } = hub;
  await time.pass(60_000);
  expect(hub.calls - calls).toBeLessThan(12);
});

test('N-17: another history that ended before its device’s begin stays whole, and goes up again to a hub that has lost it', async () => {
  const { time, hub, lanes, start, clone } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  // A disk from before the second took more: both histories share five entries.
  first.sell(5);
  const after = clone(first);
  after.isUp = false;
  start();
  await time.pass(3_000);
  first.sell(5);
  await time.pass(3_000);
  const sold = first.own();
  expect(second.copyOf(first)).toEqual(sold);
  first.isUp = false;
  after.sell(15);
  const [epoch] = after.store.epochs();
  assert(epoch !== undefined, 'an epoch');
  const main = [...after.store.entriesAfter(epoch.epoch, 0, 100, 1e9)];
  const name = `lane-1 ${epoch.epoch}`;
  hub.entries.set(name, main);
  hub.isSafe = true;
  forget(after, 15);
  const begin = after.store.epochs()[0]?.begin;
  assert(begin !== null && begin !== undefined, 'a begin');
  second.neighbours.answerHello(first.id.member, null, { ...quiet, begins: [begin] });
  second.isConnected = true;
  const branch = () => hub.branches.map(({ hash }) => bytesToHex(hash));
  await time.pass(60_000);
  expect([branch(), second.copyOf(first)]).toEqual([sold.slice(5), sold]);
  // It is told once what it is.
  const { calls } = hub;
  await time.pass(60_000);
  expect(hub.calls).toBe(calls);
  // What it failed over to has what is safe, and no more.
  hub.branches.length = 0;
  second.neighbours.doubtHub();
  await time.pass(60_000);
  expect([branch(), second.copyOf(first)]).toEqual([sold.slice(5), sold]);
});

test('N-17: of what ended before its device’s begin nothing but its last entry goes up where the hub has all of it', async () => {
  const { time, hub, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  start();
  // In three heads, of which each would go up by itself.
  for (let head = 0; head < 3; head += 1) {
    first.sell(200);
    await time.pass(3_000);
  }
  second.isUp = false;
  first.sell(5);
  const [epoch] = first.store.epochs();
  assert(epoch !== undefined, 'an epoch');
  hub.entries.set(`lane-1 ${epoch.epoch}`, [...first.store.entriesAfter(epoch.epoch, 0, 1_000, 1e9)]);
  forget(first, 603);
  second.isUp = true;
  await time.pass(40_000);
  const lines = () => second.held.lines().map(({ forgottenSeq, head }) => [forgottenSeq, head.seq] as const);
  expect(lines()).toEqual([
    [0, 600],
    [603, 605],
  ]);
  hub.isSafe = true;
  second.isConnected = true;
  await time.pass(40_000);
  expect(lines()).toEqual([
    [599, 600],
    [603, 605],
  ]);
  expect(hub.carried).toBe(1);
});

test('N-10: a lane learns from a sibling alone that it signed more than it holds, once, and only by its own signature', () => {
  const { lanes } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  first.sell(2);
  first.neighbours.start();
  const [own] = first.store.epochs();
  assert(own !== undefined, 'an epoch');
  const told = (head: ChainHead, signer: LaneIdentity['signer']) => {
    const base = { devices: [], revocations: 0, port: null, isConnected: false, confirmed: {}, clock: null };
    first.neighbours.answerHello(second.id.member, null, { ...base, heads: [signHead(signer, head)] });
    return first.beyond;
  };
  const held = first.store.entriesAfter(own.epoch, 0, 10, 1e9)[0];
  assert(held !== undefined, 'an entry');
  const beyond = { device: own.device, epoch: own.epoch, seq: 4, hash: new Uint8Array(32).fill(7) };
  expect(told(headOf(held), first.id.signer)).toBe(0);
  expect(told(beyond, second.id.signer)).toBe(0);
  expect(told(beyond, first.id.signer)).toBe(1);
  expect(told(beyond, first.id.signer)).toBe(1);
  // Another history under the new epoch's name, too.
  const [, fresh] = first.store.epochs();
  assert(fresh !== undefined, 'the epoch that was opened');
  expect(told({ ...beyond, epoch: fresh.epoch, seq: 1 }, first.id.signer)).toBe(2);
});

test('N-3, N-5: a revocation spreads from lane to lane, and the revoked is talked with no more', async () => {
  const { time, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  start();
  await time.pass(3_000);
  const revoked = { device: 'lane-3', serial: third.id.member.serial, reason: 'stolen' as const, heads: [] };
  const list = signRevocations(SIGNER, 'default', { number: 1, revocations: [revoked] });
  expect(second.neighbours.takeRevocations({ ...list, number: 2 })).toBe(false);
  expect(second.neighbours.takeRevocations(list)).toBe(true);
  expect(second.neighbours.takeRevocations(list)).toBe(false);
  await time.pass(3_000);
  expect(first.held.revocations()).toEqual([list]);
  expect([first.ended, second.ended]).toEqual([[1], [1]]);
  third.sell(2);
  await time.pass(5_000);
  expect([first.copyOf(third), second.copyOf(third)]).toEqual([[], []]);
  expect(first.neighbours.admits(third.id.member)).toBe(false);
});

test('N-20: what a hub that was set back has lost is refused on by whoever heard it, and told to whoever only has the newer list', async () => {
  const { time, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  start();
  await time.pass(3_000);
  const { serial } = third.id.member;
  const lost = signRevocations(SIGNER, 'default', {
    number: 4,
    revocations: [{ device: 'lane-3', serial, reason: 'stolen', heads: [] }],
  });
  const next = signRevocations(SIGNER, 'default', {
    number: 9,
    revocations: [{ device: 'lane-8', serial: '0c', reason: 'replaced', heads: [] }],
  });
  expect(second.neighbours.takeRevocations(next)).toBe(true);
  await time.pass(3_000);
  expect([first.held.revocations(), first.neighbours.admits(third.id.member)]).toEqual([[next], true]);
  // A copy of it that somebody made up is nobody's.
  expect(second.neighbours.takeRevocations({ ...lost, signature: next.signature })).toBe(false);
  expect(second.neighbours.takeRevocations(lost)).toBe(true);
  await time.pass(20_000);
  for (const lane of [first, second]) {
    expect([lane.held.revocations(), lane.neighbours.admits(third.id.member)]).toEqual([[next, lost], false]);
  }
  // The hub names it again: that one list says all.
  const regained = signRevocations(SIGNER, 'default', { number: 10, revocations: [...next.revocations, ...lost.revocations] });
  expect(first.neighbours.takeRevocations(regained)).toBe(true);
  await time.pass(20_000);
  for (const lane of [first, second]) {
    expect([lane.held.revocations(), lane.neighbours.admits(third.id.member)]).toEqual([[regained], false]);
  }
});

test('N-20: a list that a torn answer has not brought is told again after a minute, and not with each greeting', async () => {
  const { time, lanes, start } = createStore(2);
  const [first, second] = lanes;
  assert(first !== undefined && second !== undefined, 'two lanes');
  const revocations = [{ device: 'lane-3', serial: '0a', reason: 'stolen' as const, heads: [] }];
  const lost = signRevocations(SIGNER, 'default', { number: 4, revocations });
  const next = signRevocations(SIGNER, 'default', { number: 9, revocations: [] });
  for (const list of [next, lost]) expect(first.neighbours.takeRevocations(list)).toBe(true);
  expect(second.neighbours.takeRevocations(next)).toBe(true);
  const torn = { heads: [], devices: [], revocations: 9, port: null, isConnected: false, confirmed: {}, clock: null };
  expect(first.neighbours.answerHello(second.id.member, null, torn).revocationList).toEqual(lost);
  start();
  await time.pass(30_000);
  expect(second.held.revocations()).toEqual([next]);
  await time.pass(60_000);
  expect(second.held.revocations()).toEqual([next, lost]);
});

test('W-6: who wrote a piece is proven by its key for as long as that counts: of a device that was stolen none does, of one that was replaced it does', async () => {
  const { time, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  start();
  await time.pass(3_000);
  const keys = () => ['lane-1', 'lane-2', 'lane-3', 'lane-4'].map((device) => first.neighbours.keyOf(device));
  const [own, replaced, stolen] = [first, second, third].map(({ id }) => id.signer.publicKey);
  expect(keys()).toEqual([own, replaced, stolen, undefined]);
  const revocations = ([second, third] as const).map(({ id: { member } }, index) => ({
    device: member.device,
    serial: member.serial,
    reason: index === 0 ? ('replaced' as const) : ('stolen' as const),
    heads: [],
  }));
  expect(first.neighbours.takeRevocations(signRevocations(SIGNER, 'default', { number: 1, revocations }))).toBe(true);
  expect(keys()).toEqual([own, replaced, undefined, undefined]);
});

test('N-6: what a lane takes it countersigns, and nothing of a device that was stolen', async () => {
  const { time, lanes, cut, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  cut.add('1-3');
  start();
  third.neighbours.found(['lane-2:1']);
  first.sell(2);
  await time.pass(3_000);
  expect(third.held.countersignatures('lane-1', 'lane-3')).toMatchObject([{ seq: 2, witness: 'lane-3' }]);
  cut.add('2-3');
  first.sell(2);
  await time.pass(2_000);
  const revoked = { device: 'lane-1', serial: first.id.member.serial, reason: 'stolen' as const, heads: [] };
  third.neighbours.takeRevocations(signRevocations(SIGNER, 'default', { number: 1, revocations: [revoked] }));
  cut.delete('2-3');
  await time.pass(60_000);
  // The second had them before anybody knew: they are handed on, and told apart.
  expect(third.copyOf(first)).toHaveLength(4);
  expect(third.held.countersignatures('lane-1', 'lane-3')).toHaveLength(1);
  expect(second.held.countersignatures('lane-1', 'lane-2')).toHaveLength(2);
});

test('N-12: a sibling carries a lane’s ledger up to the hub, once, and the lane’s own sending finds it there', async () => {
  const { time, hub, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  second.isConnected = true;
  third.isConnected = true;
  first.sell(700);
  start();
  await time.pass(20_000);
  const carried = hub.entries.get(`lane-1 ${first.store.epochs()[0]?.epoch}`) ?? [];
  expect(carried.map(({ hash }) => bytesToHex(hash))).toEqual(first.own());
  const { calls } = hub;
  expect(calls).toBeLessThanOrEqual(8);
  await time.pass(20_000);
  expect(hub.calls).toBe(calls);
  first.sell();
  await time.pass(5_000);
  expect(hub.entries.get(`lane-1 ${first.store.epochs()[0]?.epoch}`)).toHaveLength(701);
  // A hub that comes back with less is given it again.
  hub.entries.clear();
  for (const lane of lanes) lane.neighbours.doubtHub();
  await time.pass(20_000);
  expect(hub.entries.get(`lane-1 ${first.store.epochs()[0]?.epoch}`)).toHaveLength(701);
});

test('N-12: a hub that lacks what a run continues, and says nothing else of what it lost, is given all of it again, of every lane', async () => {
  const { time, hub, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  second.isConnected = true;
  for (const lane of [first, third]) lane.sell(3);
  start();
  // The second has never met the third: that may yet come.
  await time.pass(60_000);
  const held = (lane: Lane): readonly string[] =>
    (hub.entries.get(`${lane.id.identity.device} ${lane.store.epochs()[0]?.epoch}`) ?? []).map(({ hash }) => bytesToHex(hash));
  expect([held(first), held(third)]).toEqual([first.own(), third.own()]);
  hub.entries.clear();
  const before = hub.calls;
  // Asked without rest it is there no more.
  hub.onAnswer = () => void (hub.isThere = hub.calls < before + 20);
  first.sell();
  await time.pass(20_000);
  expect([held(first), held(third)]).toEqual([first.own(), third.own()]);
});

test('N-12, U-8: what the hub holds of a copy’s history is nothing of the lane’s own: siblings carry all of that up beside it', async () => {
  const { time, hub, lanes, start } = createStore(3);
  const [first, second] = lanesOf(lanes);
  const { epoch } = first.store.epochs()[0] ?? {};
  assert(epoch !== undefined, 'an epoch');
  const copy = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  copy.enrol(first.id.identity, epoch);
  const main = Array.from({ length: 400 }, (_, sale) => copy.append(saleDraft(sale + 5_000_000)));
  hub.entries.set(`lane-1 ${epoch}`, main);
  start();
  // In three runs: what the hub holds of the copy reaches into the second.
  for (let run = 0; run < 3; run += 1) {
    first.sell(200);
    await time.pass(3_000);
  }
  second.isConnected = true;
  await time.pass(40_000);
  expect(hub.branches.map(({ hash }) => bytesToHex(hash))).toEqual(first.own());
  expect(hub.entries.get(`lane-1 ${epoch}`)).toEqual(main);
});

test('N-12: of a lane whose ledger the hub cannot continue the others’ ledgers go up all the same', async () => {
  const { time, hub, lanes, start } = createStore(3);
  const [first, second, third] = lanesOf(lanes);
  // Of the second lane's ledger only what follows an entry that nobody has any more is held: the hub says gap for ever.
  const lost = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  lost.enrol(second.id.identity, '00220000000000aa');
  const entries = Array.from({ length: 3 }, (_, sale) => lost.append(saleDraft(sale)));
  const [begin, next, last] = entries;
  assert(begin !== undefined && next !== undefined && last !== undefined, 'what was sold');
  const [head, behind] = [signHead(second.id.signer, headOf(last)), signBegin(second.id.signer, headOf(begin))];
  const { device, epoch } = head;
  const held = { device, epoch, parent: null, firstSeq: 2, previousHash: next.previousHash, entries: [next, last], head };
  third.held.keepBegin(behind);
  expect(third.held.take(held, null, behind).type).toBe('taken');
  second.isUp = false;
  third.isConnected = true;
  start();
  await time.pass(40_000);
  expect(hub.calls).toBeGreaterThan(0);
  first.sell(300);
  await time.pass(10_000);
  expect(hub.entries.get(`lane-1 ${first.store.epochs()[0]?.epoch}`)).toHaveLength(300);
  expect(hub.entries.get(`${device} ${epoch}`) ?? []).toEqual([]);
  // Nor is it asked about without rest.
  expect(hub.calls).toBeLessThan(15);
});

test('N-10, P-4: where a full disk lets a device begin no epoch, it asks its siblings for what they have all the same, and begins one once it can', async () => {
  const { time, lanes, start } = createStore(3);
  const [first, second] = lanesOf(lanes);
  const { epoch } = first.store.epochs()[0] ?? {};
  assert(epoch !== undefined, 'an epoch');
  const before = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
  before.enrol(first.id.identity, epoch);
  const entry = before.append(saleDraft(1));
  const head = signHead(first.id.signer, headOf(entry));
  second.held.take(
    { device: head.device, epoch, parent: null, firstSeq: 1, previousHash: entry.previousHash, entries: [entry], head },
    null,
  );
  second.sell();
  first.isDiskFull = true;
  start();
  await time.pass(20_000);
  second.sell();
  await time.pass(20_000);
  expect([first.beyond, first.copyOf(second)]).toEqual([0, second.own()]);
  first.isDiskFull = false;
  await time.pass(20_000);
  expect(first.beyond).toBe(1);
});

test('N-12: what a hub answered before it was set back says nothing of what it holds behind that', async () => {
  const { time, hub, lanes, start } = createStore(3);
  const [first, second] = lanesOf(lanes);
  second.isConnected = true;
  first.sell(3);
  let answers = 0;
  hub.onAnswer = () => {
    if ((answers += 1) > 1) return;
    hub.entries.clear();
    for (const lane of lanes) lane.neighbours.doubtHub();
  };
  start();
  await time.pass(40_000);
  expect(answers).toBeGreaterThan(1);
  expect(hub.entries.get(`lane-1 ${first.store.epochs()[0]?.epoch}`)).toHaveLength(3);
});

test.each([2, 0])(
  'N-12: what a lane has lost, down to its first %i entries, siblings carry up, also once it holds a copy of it',
  async (kept) => {
    const { time, hub, lanes, start } = createStore(3);
    const [first, second] = lanesOf(lanes);
    const { epoch } = first.store.epochs()[0] ?? {};
    assert(epoch !== undefined, 'an epoch');
    const before = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash });
    before.enrol(first.id.identity, epoch);
    const entries = Array.from({ length: 5 }, (_, sale) => before.append(saleDraft(sale)));
    for (let sale = 0; sale < kept; sale += 1) first.store.append(saleDraft(sale));
    const [begin, last] = [entries[0], entries.at(-1)];
    assert(begin !== undefined && last !== undefined, 'what was sold');
    const head = signHead(first.id.signer, headOf(last));
    second.held.take({ device: head.device, epoch, parent: null, firstSeq: 1, previousHash: begin.previousHash, entries, head }, null);
    start();
    await time.pass(10_000);
    const lost = entries.map(({ hash }) => bytesToHex(hash));
    expect(first.copyOf(first)).toEqual(lost);
    expect(first.own()).toEqual(lost.slice(0, kept));
    // All know that it is online before any of them could carry.
    first.isConnected = true;
    await time.pass(5_000);
    for (const lane of lanes) lane.isConnected = true;
    await time.pass(20_000);
    expect((hub.entries.get(`${head.device} ${epoch}`) ?? []).map(({ hash }) => bytesToHex(hash))).toEqual(lost);
  },
);

/** Of the device that both are: all that either wrote, each once. */
const ofBoth = (lane: Lane, copy: Lane): readonly string[] => [...new Set([...lane.own(), ...copy.own()])].sort();

test('N-19: of two processes on copies of one disk, without a hub, one goes on in a new epoch before either sells; both say so, and each holds what the other sells', async () => {
  const { time, clone, lanes } = createStore(1);
  const [lane] = lanes;
  assert(lane !== undefined, 'a lane');
  lane.sell(3);
  const copy = clone(lane);
  for (const each of lanes) each.neighbours.start();
  lane.neighbours.found([lane.address, copy.address]);
  await time.pass(1_000);
  expect(lane.beyond + copy.beyond).toBe(1);
  expect([lane.copiesSaid, copy.copiesSaid]).toEqual([[copy.address], [lane.address]]);
  expect([lane.neighbours.copies(), copy.neighbours.copies()]).toEqual([[copy.address], [lane.address]]);
  // What both hold is noted at both, for good.
  for (const each of lanes) expect(each.store.sharedUpTo()).toEqual({ epoch: each.store.epochs()[0]?.epoch, seq: 3 });
  // A copy is no sibling: it is asked for no goods, no leave, and no picture.
  expect([...lane.neighbours.siblings(), ...copy.neighbours.siblings()]).toEqual([]);
  for (let round = 0; round < 4; round += 1) {
    lane.sell();
    copy.sell(2);
    await time.pass(1_000);
  }
  const [at, there] = [lane, copy].map(({ store }) => store.epochs().flatMap(({ epoch, headSeq }) => `${epoch} ${headSeq}`));
  expect(new Set([...(at ?? []), ...(there ?? [])]).size).toBe(3);
  for (const each of lanes) expect([...new Set([...each.own(), ...each.copyOf(each)])].sort()).toEqual(ofBoth(lane, copy));
  expect(ofBoth(lane, copy)).toHaveLength(3 + 4 + 8);
  for (const each of lanes) expect(each.store.sharedUpTo()).toEqual({ epoch: each.store.epochs()[0]?.epoch, seq: 3 });
  expect(lane.beyond + copy.beyond).toBe(1);
  copy.isUp = false;
  await time.pass(40_000);
  expect(lane.neighbours.copies()).toEqual([]);
  expect([lane.copiesSaid, copy.copiesSaid]).toEqual([[copy.address], [lane.address]]);
});

test('I-8, N-19: what copies of one disk hold in common is noted to its end, also where that is not their first epoch', async () => {
  const { time, clone, lanes } = createStore(1);
  const [lane] = lanes;
  assert(lane !== undefined, 'a lane');
  lane.sell(3);
  const copy = clone(lane);
  const second = `0002${'0'.repeat(12)}`;
  for (const { store } of [lane, copy]) {
    store.mintEpoch(second);
    store.append(saleDraft(7));
  }
  for (const each of lanes) each.neighbours.start();
  lane.neighbours.found([copy.address]);
  await time.pass(1_000);
  for (const each of lanes) expect(each.store.sharedUpTo()).toEqual({ epoch: second, seq: 1 });
});

test('I-8: what a copy that is gone sold behind this lane, in an epoch that the lane has left, a sibling shows: what both held is noted', async () => {
  const { time, clone, lanes } = createStore(2);
  const [lane, sibling] = lanes;
  assert(lane !== undefined && sibling !== undefined, 'two lanes');
  lane.sell(3);
  const copy = clone(lane);
  copy.sell(2);
  lane.isUp = false;
  for (const each of [sibling, copy]) each.neighbours.start();
  sibling.neighbours.found([copy.address]);
  await time.pass(3_000);
  expect(sibling.copyOf(copy)).toEqual(copy.own());
  copy.isUp = false;
  const epoch = lane.store.epochs()[0]?.epoch;
  lane.store.mintEpoch(`0002${'0'.repeat(12)}`);
  lane.sell();
  lane.isUp = true;
  lane.neighbours.start();
  lane.neighbours.found([sibling.address]);
  await time.pass(5_000);
  expect(lane.copyOf(copy)).toEqual(copy.own());
  expect([lane.beyond, lane.store.sharedUpTo()]).toEqual([0, { epoch, seq: 3 }]);
});

test('N-19, N-12: what copies of one disk sold apart stands side by side as soon as they meet, and reaches the hub also by the one that is left', async () => {
  const { time, hub, clone, lanes } = createStore(1);
  const [lane] = lanes;
  assert(lane !== undefined, 'a lane');
  lane.sell(3);
  const copy = clone(lane);
  lane.sell(4);
  copy.sell(2);
  for (const each of lanes) each.neighbours.start();
  copy.neighbours.found([lane.address]);
  await time.pass(5_000);
  // Each has shown the other what it does not hold.
  expect([lane.beyond, copy.beyond]).toEqual([1, 1]);
  expect([lane, copy].map(({ store }) => store.sharedUpTo()?.seq)).toEqual([7, 5]);
  copy.sell(5);
  lane.sell();
  await time.pass(5_000);
  const theirs = copy.own();
  expect(theirs).toHaveLength(10);
  expect(lane.copyOf(lane)).toEqual(expect.arrayContaining([...theirs]));
  copy.isUp = false;
  await time.pass(40_000);
  lane.isConnected = true;
  await time.pass(10_000);
  const arrived = [...hub.entries.values()].flat().map(({ hash }) => bytesToHex(hash));
  expect(arrived.toSorted()).toEqual(theirs.toSorted());
});

test('I-8, N-9: of a copy that it never met a lane learns by what a neighbour holds of it, however much later', async () => {
  const { time, clone, cut, lanes } = createStore(2);
  const [lane, neighbour] = lanes;
  assert(lane !== undefined && neighbour !== undefined, 'two lanes');
  lane.sell(3);
  const copy = clone(lane);
  lane.isUp = false;
  // It was restored, or left by itself: in a new epoch, which goes on from what both hold.
  copy.store.mintEpoch('80010000000000bb');
  copy.sell(2);
  for (const each of [neighbour, copy]) each.neighbours.start();
  copy.neighbours.found([neighbour.address]);
  await time.pass(5_000);
  expect(neighbour.copyOf(lane)).toHaveLength(5);
  copy.isUp = false;
  cut.clear();
  lane.isUp = true;
  lane.sell(4);
  expect(lane.store.sharedUpTo()).toBeNull();
  lane.neighbours.start();
  lane.neighbours.found([neighbour.address]);
  await time.pass(5_000);
  expect([lane.beyond, lane.store.sharedUpTo()]).toEqual([0, { epoch: lane.store.epochs()[0]?.epoch, seq: 3 }]);
});
