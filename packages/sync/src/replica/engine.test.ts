import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Cut, Position } from '../down/cells.ts';
import { EPOCH, NEXT_EPOCH } from '../testing/fixtures.ts';
import { READER_VERSION, type LedgerAnswer, type Manifest, type SegmentRef } from '../wire/protocol.ts';
import {
  ENGINE_DEFAULTS,
  INITIAL_STATE,
  judgeManifest,
  step,
  type Effect,
  type EngineEvent,
  type EngineState,
  type EpochMark,
  type Failure,
  type Told,
} from './engine.ts';

const HUB = '00000000000000aa';
const OTHER_HUB = '00000000000000bb';
const at = (lsn: number, hubEpoch = HUB, historyHash = String(lsn % 10).repeat(64)): Position => ({ hubEpoch, lsn, historyHash });
const CUT: Cut = { position: at(4), at: 4 };
const segment = (name: string): SegmentRef => ({ hash: name, bytes: 10, cells: 4, entities: 2 });
const manifest = (from: Position, to: Position, segments: readonly string[] = [], rebase = false): Manifest => ({
  from,
  to,
  rebase,
  segments: segments.map(segment),
  signature: 'signature',
});

const mark = (headSeq: number, confirmedSeq: number, epoch = EPOCH, diverged = false): EpochMark => ({
  epoch,
  headSeq,
  confirmedSeq,
  diverged,
});
const hashAt = (epoch: string, seq: number): string => `${epoch}/${seq}`;

/** An engine with what it did; `run` feeds it events one after the other and gives back their effects. Whatever an answer says is written at once, but where `disk` is full. */
function engineFrom(
  start: Extract<EngineEvent, { type: 'started' }>,
  disk = { isFull: false },
): {
  readonly run: (...events: readonly EngineEvent[]) => readonly Effect[];
  readonly state: () => EngineState;
  readonly first: readonly Effect[];
} {
  let state = INITIAL_STATE;
  const run = (...events: readonly EngineEvent[]): readonly Effect[] =>
    events.flatMap((event) => {
      const reaction = step(state, event, { nowMs: 1_000, random: 0.5, options: ENGINE_DEFAULTS });
      ({ state } = reaction);
      const isWriting = reaction.effects.some(({ type }) => type === 'confirm');
      const written: EngineEvent = disk.isFull ? { type: 'failed', what: 'ledger', failure: failure('failed') } : { type: 'confirmed' };
      return isWriting ? [...reaction.effects, ...run(written)] : reaction.effects;
    });
  return { first: run(start), run, state: () => state };
}

const started = (epochs: readonly EpochMark[]): Extract<EngineEvent, { type: 'started' }> => ({
  type: 'started',
  enrolled: true,
  epochs,
  staged: null,
});

/** The hub's answer to a batch of `epoch` after `afterSeq` to `lastSeq`; `own` is right unless told. */
function answered(
  epochs: readonly EpochMark[],
  received: Readonly<Record<string, number>>,
  [afterSeq, lastSeq, epoch = EPOCH]: readonly [number, number, string?],
  others: Partial<LedgerAnswer> & { readonly own?: Readonly<Record<string, string>> } = {},
): Extract<EngineEvent, { type: 'ledgerAnswered' }> {
  const heads = Object.fromEntries(Object.entries(received).map(([name, seq]) => [name, hashAt(name, seq)]));
  const { own = heads, ...answer } = others;
  return {
    type: 'ledgerAnswered',
    answer: { received, heads, safe: {}, setAside: 0, ...answer },
    sent: { epoch, afterSeq, lastSeq },
    epochs,
    own,
  };
}

const ofType = <T extends Effect['type']>(effects: readonly Effect[], type: T): readonly Extract<Effect, { type: T }>[] =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
const sends = (effects: readonly Effect[]): readonly (readonly [string, number, number])[] =>
  ofType(effects, 'sendLedger').map(({ epoch, afterSeq, maxEntries }) => [epoch, afterSeq, maxEntries]);
const failure = (type: Failure['type'], retryAfterMs?: number): Failure => ({
  type,
  reason: type,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

describe('up', () => {
  test('U-4: at its start, with nothing to send, it asks what the hub holds, once', () => {
    const engine = engineFrom(started([mark(5, 5)]));
    expect(sends(engine.first)).toEqual([[EPOCH, 5, 0]]);
    expect(sends(engine.run(answered([mark(5, 5)], { [EPOCH]: 5 }, [5, 5])))).toEqual([]);
  });

  test('U-13: a backlog goes batch by batch, the next as soon as one is answered, one at a time', () => {
    const engine = engineFrom(started([mark(600, 0)]));
    expect(sends(engine.first)).toEqual([[EPOCH, 0, 250]]);
    expect(sends(engine.run({ type: 'appended', epochs: [mark(601, 0)] }, { type: 'poked' }))).toEqual([]);
    expect(sends(engine.run(answered([mark(601, 0)], { [EPOCH]: 250 }, [0, 250])))).toEqual([[EPOCH, 250, 250]]);
    expect(sends(engine.run(answered([mark(601, 250)], { [EPOCH]: 500 }, [250, 500])))).toEqual([[EPOCH, 500, 250]]);
    expect(sends(engine.run(answered([mark(601, 500)], { [EPOCH]: 601 }, [500, 601])))).toEqual([]);
    expect(sends(engine.run({ type: 'appended', epochs: [mark(602, 601)] }))).toEqual([[EPOCH, 601, 250]]);
  });

  test('U-13: on a line with a long way batches grow with what is answered, and are paced; once nobody answered they begin anew', () => {
    const engine = engineFrom(started([mark(9_000, 0)]));
    let sent = 0;
    const next = (maxEntries: number): readonly (readonly [entries: number, bytes: number, paced: boolean])[] => {
      const post = { entries: maxEntries, bytes: maxEntries * 25, tookMs: 600 + maxEntries };
      const effects = engine.run({ ...answered([mark(9_000, sent)], { [EPOCH]: sent + maxEntries }, [sent, sent + maxEntries]), post });
      sent += maxEntries;
      return ofType(effects, 'sendLedger').map((batch) => [batch.maxEntries, batch.maxBytes, batch.msPerByte > 0] as const);
    };
    expect([250, 250, 500, 1_000].map(next)).toEqual([
      [[250, 256 * 1024, false]],
      [[500, 512 * 1024, false]],
      [[1_000, 1024 * 1024, true]],
      [[2_000, 2 * 1024 * 1024, true]],
    ]);
    // Refused, it is tried half as large, and grows again to what the line is worth.
    const smaller = engine.run({ type: 'failed', what: 'ledger', failure: failure('refused') }, { type: 'tick', timer: 'up' });
    expect(sends(smaller)).toEqual([[EPOCH, sent, 1_000]]);
    expect(next(1_000)).toMatchObject([[2_000, 2 * 1024 * 1024, true]]);
    const away = engine.run({ type: 'failed', what: 'ledger', failure: failure('unreachable') }, { type: 'tick', timer: 'up' });
    expect(sends(away)).toEqual([[EPOCH, sent, 250]]);
    expect(next(250)).toEqual([[250, 256 * 1024, false]]);
  });

  test('U-13: the bytes of a batch grow as its entries do, up to what one may have', () => {
    const engine = engineFrom(started([mark(20_000, 0)]));
    const bytesBy = new Map<number, number>();
    let sent = 0;
    for (const entries of [250, 250, 500, 1_000, 2_000, 4_000]) {
      // The way is so long that what it takes for the bytes hardly counts.
      const post = { entries, bytes: entries * 25, tookMs: 600 + entries / 1_000 };
      const effects = engine.run({ ...answered([mark(20_000, sent)], { [EPOCH]: sent + entries }, [sent, sent + entries]), post });
      sent += entries;
      for (const { maxEntries, maxBytes } of ofType(effects, 'sendLedger')) bytesBy.set(maxEntries, maxBytes);
    }
    expect(Object.fromEntries(bytesBy)).toEqual({
      250: 256 * 1024,
      500: 512 * 1024,
      1_000: 1024 * 1024,
      2_000: 2 * 1024 * 1024,
      4_000: 2 * 1024 * 1024,
      4_096: 2 * 1024 * 1024,
    });
  });

  test('U-13: what was too long for something on its way is as long no more, until the hub was away', () => {
    const engine = engineFrom(started([mark(90_000, 0)]));
    let sent = 0;
    const next = (entries: number): number | undefined => {
      const post = { entries, bytes: entries * 25, tookMs: 600 + entries / 1_000 };
      const effects = engine.run({ ...answered([mark(90_000, sent)], { [EPOCH]: sent + entries }, [sent, sent + entries]), post });
      sent += entries;
      return ofType(effects, 'sendLedger')[0]?.maxEntries;
    };
    expect([250, 250, 500, 1_000].map(next)).toEqual([250, 500, 1_000, 2_000]);
    const tooLong: Failure = { ...failure('refused'), isTooLong: true };
    expect(sends(engine.run({ type: 'failed', what: 'ledger', failure: tooLong }, { type: 'tick', timer: 'up' }))).toEqual([
      [EPOCH, sent, 1_000],
    ]);
    expect([1_000, 1_000, 1_000].map(next)).toEqual([1_000, 1_000, 1_000]);
    engine.run({ type: 'failed', what: 'ledger', failure: failure('unreachable') }, { type: 'tick', timer: 'up' });
    expect([250, 250, 500, 1_000].map(next)).toEqual([250, 500, 1_000, 2_000]);
  });

  test('U-13: by what is not a full batch over one connection nothing is learned', () => {
    const engine = engineFrom(started([mark(900, 0)]));
    for (const sent of [0, 250, 500])
      expect(sends(engine.run(answered([mark(900, sent)], { [EPOCH]: sent + 250 }, [sent, sent + 250])))).toEqual([
        [EPOCH, sent + 250, 250],
      ]);
  });

  test('U-13, U-11: what an answer says is written before the next batch goes; where it cannot be, nothing is under way, and the hub is asked again', () => {
    const disk = { isFull: true };
    const engine = engineFrom(started([mark(600, 0)]), disk);
    const effects = engine.run(answered([mark(600, 0)], { [EPOCH]: 250 }, [0, 250]));
    expect(sends(effects)).toEqual([]);
    expect(engine.state().up).toMatchObject({ busy: false, resting: true, asked: false });
    // Whatever ends its rest: one batch goes, and no other until that one is answered.
    disk.isFull = false;
    expect(sends(engine.run({ type: 'poked' }, { type: 'tick', timer: 'up' }, { type: 'poked' }))).toHaveLength(1);
    expect(sends(engine.run({ type: 'tick', timer: 'up' }, { type: 'appended', epochs: [mark(601, 0)] }))).toEqual([]);
  });

  test('U-13: an epoch that another copy grows is left before anything else is sent', () => {
    const engine = engineFrom(started([mark(3, 0)]));
    const effects = engine.run(answered([mark(3, 0)], { [EPOCH]: 5 }, [0, 3], { branch: true, own: {} }));
    expect(ofType(effects, 'mintEpoch')).toHaveLength(1);
    const epochs = [mark(3, 3, EPOCH, true), mark(4, 0, NEXT_EPOCH)];
    expect(sends(engine.run({ type: 'appended', epochs }))).toEqual([]);
    expect(sends(engine.run({ type: 'epochMinted', epochs, ends: 'answer' }))).toEqual([[NEXT_EPOCH, 0, 250]]);
    // A sibling that knows more says so at any time: what is under way stays so.
    expect(sends(engine.run({ type: 'epochMinted', epochs }))).toEqual([]);
  });

  test('U-13: epochs go oldest first', () => {
    const engine = engineFrom(started([mark(3, 1), mark(2, 0, NEXT_EPOCH)]));
    expect(sends(engine.first)).toEqual([[EPOCH, 1, 250]]);
    const next = engine.run(answered([mark(3, 1), mark(2, 0, NEXT_EPOCH)], { [EPOCH]: 3 }, [1, 3]));
    expect(sends(next)).toEqual([[NEXT_EPOCH, 0, 250]]);
  });

  test('U-11: a lost answer costs a repetition, nothing else', () => {
    const engine = engineFrom(started([mark(10, 0)]));
    const effects = engine.run({ type: 'failed', what: 'ledger', failure: failure('unreachable') });
    expect(sends(effects)).toEqual([]);
    expect(sends(engine.run({ type: 'tick', timer: 'up' }))).toEqual([[EPOCH, 0, 250]]);
    // The first one had arrived after all.
    const done = engine.run(answered([mark(10, 0)], { [EPOCH]: 10 }, [0, 10]));
    expect(ofType(done, 'confirm')).toMatchObject([{ progress: [{ epoch: EPOCH, confirmedSeq: 10 }] }]);
  });

  test('U-7, U-11: a gap is filled from what the hub says it has', () => {
    const engine = engineFrom(started([mark(10, 8)]));
    expect(sends(engine.first)).toEqual([[EPOCH, 8, 250]]);
    const again = engine.run(answered([mark(10, 8)], { [EPOCH]: 3 }, [8, 10], { gap: true }));
    expect(ofType(again, 'confirm')).toMatchObject([{ progress: [{ confirmedSeq: 3, diverged: false }] }]);
    expect(sends(again)).toEqual([[EPOCH, 3, 250]]);
  });

  test('U-11: a hub that comes back with less gets it again, without being asked', () => {
    const engine = engineFrom(started([mark(10, 10)]));
    const effects = engine.run(answered([mark(10, 10)], { [EPOCH]: 4 }, [10, 10]));
    expect(sends(effects)).toEqual([[EPOCH, 4, 250]]);
    engine.run(answered([mark(10, 4)], { [EPOCH]: 10 }, [4, 10]));
    // Away and back: who was away is asked again.
    expect(sends(engine.run({ type: 'failed', what: 'manifest', failure: failure('unreachable') }))).toEqual([[EPOCH, 10, 0]]);
  });

  test('U-11: an answer that could not be written is asked for again, also where the engine has nothing left to send', () => {
    const engine = engineFrom(started([mark(10, 0)]));
    engine.run(answered([mark(10, 0)], { [EPOCH]: 10 }, [0, 10]));
    const full = { type: 'failed', what: 'ledger', failure: failure('failed') } as const;
    expect(sends(engine.run(full))).toEqual([]);
    expect(sends(engine.run({ type: 'tick', timer: 'up' }))).toEqual([[EPOCH, 10, 0]]);
    // The store still has none of it confirmed.
    const done = engine.run(answered([mark(10, 0)], { [EPOCH]: 10 }, [10, 10]));
    expect(ofType(done, 'confirm')).toMatchObject([{ progress: [{ epoch: EPOCH, confirmedSeq: 10 }] }]);
    expect(sends(done)).toEqual([]);
  });

  test('U-12: branches go up again under a new hub epoch also where that could not be written the first time', () => {
    const epochs = [mark(5, 5, EPOCH, true), mark(2, 2, NEXT_EPOCH)];
    const engine = engineFrom(started(epochs));
    engine.run(answered(epochs, { [NEXT_EPOCH]: 2 }, [2, 2, NEXT_EPOCH]));
    const moved = { type: 'manifestAnswered', manifest: manifest(at(4), at(5, OTHER_HUB)), cut: CUT } as const;
    const anew = [{ epoch: EPOCH, confirmedSeq: 0, diverged: true }];
    expect(ofType(engine.run(moved), 'stageCut')).toMatchObject([{ anew }]);
    engine.run({ type: 'failed', what: 'manifest', failure: failure('failed') });
    // An answer that comes meanwhile is reconciled with a store that knows nothing of it.
    engine.run(answered(epochs, { [NEXT_EPOCH]: 2 }, [2, 2, NEXT_EPOCH]), { type: 'tick', timer: 'down' });
    const again = engine.run(moved);
    expect(ofType(again, 'stageCut')).toMatchObject([{ anew }]);
    expect(sends(again)).toEqual([[EPOCH, 0, 250]]);
  });

  test('U-7: a hub that asks for the same again and again is not hammered', () => {
    const engine = engineFrom(started([mark(10, 0)]));
    const effects = engine.run(answered([mark(10, 0)], {}, [0, 10], { gap: true }));
    expect(sends(effects)).toEqual([]);
    expect(ofType(effects, 'setTimer')).toMatchObject([{ timer: 'up' }]);
    expect(engine.state().up.problem).toContain('asks again');
  });

  test('U-12, I-3: a hub that knows more of this device than it does itself: a new epoch, and the rest goes up', () => {
    const engine = engineFrom(started([mark(105, 100)]));
    const effects = engine.run(answered([mark(105, 100)], { [EPOCH]: 150 }, [105, 105], { own: {} }));
    expect(ofType(effects, 'mintEpoch')).toHaveLength(1);
    expect(ofType(effects, 'confirm')).toMatchObject([{ progress: [{ epoch: EPOCH, confirmedSeq: 100, diverged: true }] }]);
    expect(sends(effects)).toEqual([]);
    const epochs = [mark(105, 100, EPOCH, true), mark(0, 0, NEXT_EPOCH)];
    expect(sends(engine.run({ type: 'epochMinted', epochs, ends: 'answer' }))).toEqual([[EPOCH, 100, 250]]);
    const done = engine.run(answered(epochs, { [EPOCH]: 150 }, [100, 105], { branch: true, own: {} }));
    expect(ofType(done, 'confirm')).toMatchObject([{ progress: [{ epoch: EPOCH, confirmedSeq: 105, diverged: true }] }]);
    expect(ofType(done, 'mintEpoch')).toHaveLength(0);
    expect(engine.state().branches).toBe(1);
    expect(sends(engine.run({ type: 'appended', epochs: [mark(105, 105, EPOCH, true), mark(1, 0, NEXT_EPOCH)] }))).toEqual([
      [NEXT_EPOCH, 0, 250],
    ]);
  });

  test('U-12: another hash at what the hub received is another history', () => {
    const engine = engineFrom(started([mark(300, 100)]));
    const effects = engine.run(answered([mark(300, 100)], { [EPOCH]: 200 }, [100, 100], { own: { [EPOCH]: 'something else' } }));
    expect(ofType(effects, 'confirm')).toMatchObject([{ progress: [{ confirmedSeq: 100, diverged: true }] }]);
    expect(sends(effects)).toEqual([]);
    const epochs = [mark(300, 100, EPOCH, true), mark(0, 0, NEXT_EPOCH)];
    expect(sends(engine.run({ type: 'epochMinted', epochs, ends: 'answer' }))).toEqual([[EPOCH, 100, 250]]);
    // The hub has lost the branch, too: it goes up from the start.
    const again = engine.run(answered(epochs, { [EPOCH]: 50 }, [100, 300], { gap: true, own: { [EPOCH]: 'else' } }));
    expect(sends(again)).toEqual([[EPOCH, 0, 250]]);
  });

  test('U-23: below what was forgotten nothing is sent, and a hub that lost it is no other copy', () => {
    const epochs = [{ ...mark(300, 200), begin: { seq: 150 } }];
    const engine = engineFrom(started(epochs));
    const effects = engine.run(answered(epochs, { [EPOCH]: 100 }, [300, 300], { own: {} }));
    expect(ofType(effects, 'mintEpoch')).toEqual([]);
    expect(ofType(effects, 'confirm')).toMatchObject([{ progress: [{ confirmedSeq: 150, diverged: false }] }]);
    expect(sends(effects)).toEqual([[EPOCH, 150, 250]]);
    // It asks for what is nowhere any more: that is told to people, and the hub is not hammered.
    const still = engine.run(answered([{ ...mark(300, 150), begin: { seq: 150 } }], { [EPOCH]: 100 }, [150, 300], { gap: true, own: {} }));
    expect(sends(still)).toEqual([]);
    expect(engine.state().up.problem).toContain('asks again');
    const fork = engineFrom(started([{ ...mark(300, 200, EPOCH, true), begin: { seq: 150 } }, mark(1, 0, NEXT_EPOCH)]));
    const gap = fork.run(
      answered([{ ...mark(300, 200, EPOCH, true), begin: { seq: 150 } }, mark(1, 0, NEXT_EPOCH)], {}, [0, 1, NEXT_EPOCH], { gap: true }),
    );
    expect(sends(gap)).toEqual([[EPOCH, 150, 250]]);
  });

  test('U-8, U-12: a branch answer marks the epoch, and what it took is confirmed', () => {
    const engine = engineFrom(started([mark(10, 5)]));
    const effects = engine.run(answered([mark(10, 5)], { [EPOCH]: 7 }, [5, 8], { branch: true, own: {} }));
    expect(ofType(effects, 'confirm')).toMatchObject([{ progress: [{ confirmedSeq: 8, diverged: true }] }]);
    expect(ofType(effects, 'mintEpoch')).toHaveLength(1);
    const epochs = [mark(10, 8, EPOCH, true), mark(0, 0, NEXT_EPOCH)];
    expect(sends(engine.run({ type: 'epochMinted', epochs, ends: 'answer' }))).toEqual([[EPOCH, 8, 250]]);
  });

  test('U-12: where the hub misses a branch that an epoch continues, the branch goes up again first', () => {
    const epochs = [mark(55, 55, EPOCH, true), mark(9, 0, NEXT_EPOCH)];
    const engine = engineFrom(started(epochs));
    expect(sends(engine.first)).toEqual([[NEXT_EPOCH, 0, 250]]);
    const effects = engine.run(answered(epochs, { [EPOCH]: 30 }, [0, 9, NEXT_EPOCH], { gap: true }));
    expect(ofType(effects, 'confirm')).toMatchObject([{ progress: [{ epoch: EPOCH, confirmedSeq: 0, diverged: true }] }]);
    expect(sends(effects)).toEqual([[EPOCH, 0, 250]]);
  });

  test('O-12: what it says to a question from before it was seen in another epoch is not what it holds now: it is asked again', () => {
    const engine = engineFrom(started([mark(5, 5)]));
    expect(ofType(engine.first, 'sendLedger')).toHaveLength(1);
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(5, OTHER_HUB)), cut: CUT });
    const old = engine.run(answered([mark(5, 5)], { [EPOCH]: 5 }, [5, 5]));
    expect(ofType(old, 'confirm')).toMatchObject([{ isOutdated: true }]);
    expect(ofType(old, 'sendLedger')).toMatchObject([{ afterSeq: 5, maxEntries: 0 }]);
    const present = engine.run(answered([mark(5, 5)], { [EPOCH]: 3 }, [5, 5]));
    expect(ofType(present, 'confirm')).toMatchObject([{ isOutdated: false, progress: [{ confirmedSeq: 3 }] }]);
    expect(ofType(present, 'sendLedger')).toMatchObject([{ afterSeq: 3 }]);
  });

  test('U-12: under a new hub epoch the hub is asked again, and branches go up again, once', () => {
    const epochs = [mark(55, 55, EPOCH, true), mark(9, 9, NEXT_EPOCH)];
    const engine = engineFrom(started(epochs));
    engine.run(answered(epochs, { [EPOCH]: 99, [NEXT_EPOCH]: 9 }, [9, 9, NEXT_EPOCH]));
    const moved = { type: 'manifestAnswered', manifest: manifest(at(4), at(5, OTHER_HUB)), cut: CUT } as const;
    const effects = engine.run(moved);
    expect(ofType(effects, 'stageCut')).toMatchObject([{ isOtherHub: true, anew: [{ epoch: EPOCH, confirmedSeq: 0, diverged: true }] }]);
    expect(sends(effects)).toEqual([[EPOCH, 0, 250]]);
    engine.run({ type: 'failed', what: 'segment', failure: failure('failed') }, { type: 'tick', timer: 'down' });
    expect(ofType(engine.run(moved), 'confirm')).toEqual([]);
  });

  test('P-1: what the hub set aside is shown, and stops nothing', () => {
    const engine = engineFrom(started([mark(10, 0)]));
    const effects = engine.run(answered([mark(10, 0)], { [EPOCH]: 5 }, [0, 5], { setAside: 2 }));
    expect(engine.state().setAside).toBe(2);
    expect(sends(effects)).toEqual([[EPOCH, 5, 250]]);
  });

  test('P-2: a refused batch is tried smaller and smaller, and shown; success makes it large again', () => {
    const engine = engineFrom(started([mark(600, 0)]));
    const sizes: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const effects = engine.run({ type: 'failed', what: 'ledger', failure: failure('refused') }, { type: 'tick', timer: 'up' });
      sizes.push(...sends(effects).map(([, , maxEntries]) => maxEntries));
    }
    expect(sizes).toEqual([125, 62, 31, 15, 7, 3, 1, 1, 1]);
    expect(engine.state().up.problem).toBe('ledger: refused');
    expect(sends(engine.run(answered([mark(600, 0)], { [EPOCH]: 1 }, [0, 1])))).toEqual([[EPOCH, 1, 2]]);
    expect(engine.state().up.problem).toBeNull();
  });
});

test('U-24: a batch that was torn on its way is tried smaller and smaller; where nobody was there, it stays as large', () => {
  const engine = engineFrom(started([mark(600, 0)]));
  const torn: Failure = { ...failure('unreachable'), isTorn: true };
  const sizeAfter = (what: Failure): number | undefined =>
    sends(engine.run({ type: 'failed', what: 'ledger', failure: what }, { type: 'tick', timer: 'up' }))[0]?.[2];
  expect([torn, torn, failure('unreachable'), torn].map(sizeAfter)).toEqual([125, 62, 62, 31]);
  expect(engine.state().up.problem).toBeNull();
  expect(sends(engine.run(answered([mark(600, 0)], { [EPOCH]: 31 }, [0, 31])))).toEqual([[EPOCH, 31, 62]]);
});

describe('rest and return', () => {
  const delays = (type: Failure['type'], count: number, random: number): readonly number[] => {
    let state = step(INITIAL_STATE, started([mark(1, 0)]), { nowMs: 0, random, options: ENGINE_DEFAULTS }).state;
    return Array.from({ length: count }, () => {
      const reaction = step(
        state,
        { type: 'failed', what: 'ledger', failure: failure(type) },
        { nowMs: 7, random, options: ENGINE_DEFAULTS },
      );
      state = step(reaction.state, { type: 'tick', timer: 'up' }, { nowMs: 8, random, options: ENGINE_DEFAULTS }).state;
      return ofType(reaction.effects, 'setTimer')[0]?.delayMs ?? Number.NaN;
    });
  };

  test('U-14: rests grow to five seconds, half of each by chance', () => {
    expect(delays('unreachable', 7, 0)).toEqual([125, 250, 500, 1_000, 2_000, 2_500, 2_500]);
    expect(delays('unreachable', 7, 0.9999).every((delayMs) => delayMs <= 5_000)).toBe(true);
    expect(delays('unreachable', 9, 0.9999).at(-1)).toBeGreaterThan(4_990);
    expect(delays('unauthorised', 2, 0)).toEqual([15_000, 15_000]);
  });

  test('U-14, U-18: the hub’s own Retry-After is kept, a poke notwithstanding, up to a limit', () => {
    const engine = engineFrom(started([mark(1, 0)]));
    const effects = engine.run({ type: 'failed', what: 'ledger', failure: failure('busy', 60_000) });
    expect(ofType(effects, 'setTimer')).toMatchObject([{ timer: 'up', delayMs: 60_000 }]);
    expect(sends(engine.run({ type: 'poked' }))).toEqual([]);
    expect(sends(engine.run({ type: 'tick', timer: 'up' }))).toEqual([[EPOCH, 0, 250]]);
    const endless = engine.run({ type: 'failed', what: 'ledger', failure: failure('busy', 1e12) });
    expect(ofType(endless, 'setTimer')[0]?.delayMs).toBe(ENGINE_DEFAULTS.retryAfterMostMs);
  });

  test('U-14: a poke, or an answer to anything else, ends a rest for want of a network', () => {
    const engine = engineFrom(started([mark(1, 0)]));
    engine.run({ type: 'failed', what: 'ledger', failure: failure('unreachable') });
    expect(engine.state()).toMatchObject({ connected: false, offlineSinceMs: 1_000 });
    expect(sends(engine.run({ type: 'appended', epochs: [mark(2, 0)] }))).toEqual([]);
    expect(sends(engine.run({ type: 'poked' }))).toEqual([[EPOCH, 0, 250]]);
    engine.run({ type: 'failed', what: 'ledger', failure: failure('unreachable') });
    const back = engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    expect(sends(back)).toEqual([[EPOCH, 0, 250]]);
    expect(engine.state()).toMatchObject({ connected: true, offlineSinceMs: null });
  });

  test('U-14: enrolment is tried until it succeeds; before, nothing else is', () => {
    const engine = engineFrom({ type: 'started', enrolled: false, epochs: [], staged: null });
    expect(engine.first).toEqual([{ type: 'enrol' }]);
    expect(engine.run({ type: 'poked' })).toEqual([]);
    engine.run({ type: 'failed', what: 'enrol', failure: failure('unreachable') });
    expect(engine.run({ type: 'tick', timer: 'enrol' })).toEqual([{ type: 'enrol' }]);
    const effects = engine.run({ type: 'enrolled', epochs: [mark(0, 0)] });
    expect(ofType(effects, 'fetchManifest')).toHaveLength(1);
  });

  test('U-4: whoever was just enrolled and wrote nothing asks the hub nothing of its ledger; enrolled again, it asks', () => {
    const enrolling = { type: 'started', enrolled: false, epochs: [], staged: null } as const;
    const fresh = engineFrom(enrolling);
    expect(sends(fresh.run({ type: 'enrolled', epochs: [mark(0, 0)] }))).toEqual([]);
    expect(sends(fresh.run({ type: 'appended', epochs: [mark(1, 0)] }))).toEqual([[EPOCH, 0, 250]]);
    // A hub that was away may be another one by now.
    const lost = engineFrom(enrolling);
    lost.run({ type: 'enrolled', epochs: [mark(0, 0)] });
    expect(sends(lost.run({ type: 'lost' }))).toEqual([[EPOCH, 0, 0]]);
    expect(sends(engineFrom(enrolling).run({ type: 'enrolled', epochs: [mark(3, 3)] }))).toEqual([[EPOCH, 3, 0]]);
    // After a start nobody knows whether it is the first.
    expect(sends(engineFrom(started([mark(0, 0)])).first)).toEqual([[EPOCH, 0, 0]]);
  });
});

describe('down', () => {
  test('D-8: a lost poke socket shows the hub as away at once, and has it asked for a manifest and what it holds; its answer ends that', () => {
    const engine = engineFrom(started([mark(5, 5)]));
    engine.run(answered([mark(5, 5)], { [EPOCH]: 5 }, [5, 5]), { type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    expect(engine.state()).toMatchObject({ connected: true, offlineSinceMs: null });
    const effects = engine.run({ type: 'lost' });
    expect(engine.state()).toMatchObject({ connected: false, offlineSinceMs: 1_000 });
    expect(sends(effects)).toEqual([[EPOCH, 5, 0]]);
    expect(ofType(effects, 'fetchManifest')).toHaveLength(1);
    // Each of them is under way: a second loss asks nothing twice.
    expect(engine.run({ type: 'lost' })).toEqual([]);
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    expect(engine.state()).toMatchObject({ connected: true, offlineSinceMs: null });
  });

  const CASES: readonly (readonly [string, Manifest, Cut, boolean, ReturnType<typeof judgeManifest>])[] = [
    ['nothing new', manifest(at(4), at(4)), CUT, false, 'current'],
    ['something new', manifest(at(4), at(9)), CUT, false, 'apply'],
    ['a new hub epoch at the same LSN', manifest(at(4), at(4, OTHER_HUB)), CUT, false, 'apply'],
    ['a first base', manifest(at(0), at(9)), { position: at(0), at: 0 }, false, 'apply'],
    ['a rebase to a whole base', manifest(at(0, OTHER_HUB), at(2, OTHER_HUB), [], true), CUT, false, 'apply'],
    ['a rebase to somewhere between', manifest(at(2), at(9), [], true), CUT, false, 'showOrigin'],
    ['a base that was asked for', manifest(at(0, OTHER_HUB), at(2, OTHER_HUB)), CUT, true, 'apply'],
    ['a base that was not asked for', manifest(at(0), at(9)), CUT, false, 'stray'],
    ['from a position that is not here', manifest(at(3), at(9)), CUT, false, 'stray'],
    ['from another history', manifest(at(4, HUB, 'f'.repeat(64)), at(9)), CUT, false, 'stray'],
    ['another history at the same LSN', manifest(at(4), at(4, HUB, 'f'.repeat(64))), CUT, false, 'stray'],
    ['backwards', manifest(at(4), at(3)), CUT, false, 'stray'],
  ];

  test.each(CASES)('D-4: %s', (_what, given, cut, askedFromOrigin, verdict) => {
    expect(judgeManifest(given, cut, askedFromOrigin, false)).toBe(verdict);
  });

  test('D-19: a rebase to a cut that is held is applied, unless it ends before it', () => {
    expect(judgeManifest(manifest(at(2), at(9, OTHER_HUB), [], true), CUT, false, true)).toBe('apply');
    expect(judgeManifest(manifest(at(2), at(2, OTHER_HUB), [], true), CUT, false, true)).toBe('apply');
    expect(judgeManifest(manifest(at(2), at(1, OTHER_HUB), [], true), CUT, false, true)).toBe('showOrigin');
    expect(judgeManifest(manifest(at(2), at(9)), CUT, false, true)).toBe('stray');
  });

  const quiet = () => {
    const engine = engineFrom(started([mark(1, 1)]));
    engine.run(answered([mark(1, 1)], { [EPOCH]: 1 }, [1, 1]));
    return engine;
  };

  /** Plays the part of the replica for a manifest: effects are carried out at once. */
  function apply(engine: ReturnType<typeof quiet>, given: Manifest, chunkCount: number): readonly string[] {
    const done: string[] = [];
    const pending: EngineEvent[] = [{ type: 'manifestAnswered', manifest: given, cut: CUT }];
    for (let event = pending.shift(); event !== undefined; event = pending.shift()) {
      for (const effect of engine.run(event)) {
        if (effect.type === 'stageCut') pending.push({ type: 'staged', staged: { manifest: effect.manifest, progress: new Map() } });
        else if (effect.type === 'fetchSegment') {
          done.push(`fetch ${effect.segment.hash}`);
          pending.push({ type: 'segmentArrived', segment: effect.segment.hash, chunkCount });
        } else if (effect.type === 'applyChunk') {
          done.push(`apply ${effect.id.segment} ${effect.id.chunk}`);
          pending.push({ type: 'chunkApplied', id: effect.id });
        } else if (effect.type === 'exposeCut') {
          done.push('expose');
          pending.push({ type: 'cutExposed' });
        } else done.push(effect.type);
      }
    }
    return done;
  }

  test('D-5, D-6: segments are fetched a little ahead, chunks applied in order, the cut exposed last', () => {
    const done = apply(quiet(), manifest(at(4), at(9), ['a', 'b', 'c']), 2);
    expect(done.filter((what) => what.startsWith('apply') || what === 'expose')).toEqual([
      'apply a 0',
      'apply a 1',
      'apply b 0',
      'apply b 1',
      'apply c 0',
      'apply c 1',
      'expose',
    ]);
    expect(done.indexOf('fetch b')).toBeLessThan(done.indexOf('apply a 0'));
    expect(done.indexOf('fetch c')).toBeGreaterThan(done.indexOf('apply a 1'));
    expect(done.slice(-3)).toEqual(['expose', 'prune', 'setTimer']);
  });

  test('D-8: a poke that comes while a cut is applied is answered when it is done, and only then is asked at once', () => {
    const engine = quiet();
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(9)), cut: CUT });
    engine.run({ type: 'staged', staged: { manifest: manifest(at(4), at(9)), progress: new Map() } });
    expect(ofType(engine.run({ type: 'poked' }), 'fetchManifest')).toEqual([]);
    const poked = engine.run({ type: 'cutExposed' });
    // It has moved since: that may have been what it was called for (SPEC: D-21).
    expect(poked.map(({ type }) => type)).toEqual(['prune', 'askLevel']);
    // Behind that a poke is asked about as ever.
    engine.run({ type: 'poked' });
    expect(ofType(engine.run({ type: 'level' }), 'fetchManifest')).toHaveLength(1);
  });

  test('D-14: called for something urgent as the last of a cut is shown, it asks for a manifest', () => {
    const engine = quiet();
    const staged = { manifest: manifest(at(4), at(9)), progress: new Map() };
    engine.run({ type: 'manifestAnswered', manifest: staged.manifest, cut: CUT });
    expect(ofType(engine.run({ type: 'staged', staged }), 'exposeCut')).toHaveLength(1);
    engine.run({ type: 'poked', urgent: true });
    expect(engine.run({ type: 'cutExposed' }).map(({ type }) => type)).toEqual(['prune', 'fetchManifest']);
  });

  test('D-8: a timer that goes off while something is under way asks nothing behind it of a hub that calls; of one that does not it does', () => {
    for (const told of ['all', 'allButPlace', undefined] as const) {
      const engine = quiet();
      const staged = { manifest: manifest(at(4), at(9)), progress: new Map() };
      engine.run({ type: 'manifestAnswered', manifest: staged.manifest, cut: CUT });
      engine.run({ type: 'staged', staged });
      expect(engine.run({ type: 'tick', timer: 'down', ...(told !== undefined && { told }) })).toEqual([]);
      expect(engine.run({ type: 'cutExposed' }).map(({ type }) => type)).toEqual(['prune', told === undefined ? 'askLevel' : 'setTimer']);
    }
  });

  test('D-6: a manifest without segments moves the cut all the same', () => {
    expect(apply(quiet(), manifest(at(4), at(9)), 1)).toEqual(['expose', 'prune', 'setTimer']);
  });

  test('D-5: after a kill, what is whole is not fetched, and the rest goes on where it stopped', () => {
    const progress = new Map([
      ['a', { applied: 2, chunkCount: 2 }],
      ['b', { applied: 1, chunkCount: 2 }],
    ]);
    const staged = { manifest: manifest(at(4), at(9), ['a', 'b', 'c']), progress };
    const engine = engineFrom({ type: 'started', enrolled: true, epochs: [mark(1, 1)], staged });
    expect(ofType(engine.first, 'fetchSegment').map((effect) => effect.segment.hash)).toEqual(['b', 'c']);
    expect(ofType(engine.first, 'fetchManifest')).toEqual([]);
    const effects = engine.run(
      { type: 'segmentArrived', segment: 'c', chunkCount: 1 },
      { type: 'segmentArrived', segment: 'b', chunkCount: 2 },
    );
    expect(ofType(effects, 'applyChunk').map((effect) => effect.id)).toEqual([{ segment: 'b', chunk: 1, chunkCount: 2 }]);
  });

  test('D-5, P-4: a segment that does not come, or is bad, is asked for again by a new manifest', () => {
    const engine = quiet();
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(9), ['a', 'b']), cut: CUT });
    engine.run(
      { type: 'staged', staged: { manifest: manifest(at(4), at(9), ['a', 'b']), progress: new Map() } },
      { type: 'segmentArrived', segment: 'b', chunkCount: 1 },
    );
    const effects = engine.run({ type: 'failed', what: 'segment', failure: failure('malformed') });
    expect(ofType(effects, 'dropSegment')).toMatchObject([{ segment: 'b' }]);
    expect(engine.state().down.problem).toBe('segment: malformed');
    // What arrives late belongs to nothing any more.
    expect(engine.run({ type: 'segmentArrived', segment: 'a', chunkCount: 1 })).toEqual([]);
    expect(ofType(engine.run({ type: 'tick', timer: 'down' }), 'fetchManifest')).toHaveLength(1);
  });

  test('D-11, P-4: what was torn is asked for again under the same manifest, after a rest that progress keeps short; what is gone is not', () => {
    const engine = quiet();
    const two = { manifest: manifest(at(4), at(9), ['a', 'b']), progress: new Map() };
    engine.run({ type: 'manifestAnswered', manifest: two.manifest, cut: CUT }, { type: 'staged', staged: two });
    engine.run({ type: 'segmentArrived', segment: 'b', chunkCount: 1 });
    for (let round = 0; round < 5; round += 1) {
      const torn = engine.run({ type: 'segmentTorn', segment: 'a', failure: failure('unreachable'), progressed: true });
      expect(ofType(torn, 'dropSegment')).toEqual([]);
      expect(ofType(torn, 'setTimer')).toMatchObject([{ timer: 'down', delayMs: 187.5 + 0.5 }]);
      const again = engine.run({ type: 'tick', timer: 'down' });
      expect(ofType(again, 'fetchManifest')).toEqual([]);
      expect(ofType(again, 'fetchSegment').map((effect) => effect.segment.hash)).toEqual(['a']);
    }
    const silent = [0, 1, 2].map(() => {
      const effects = engine.run({ type: 'segmentTorn', segment: 'a', failure: failure('unreachable'), progressed: false });
      engine.run({ type: 'tick', timer: 'down' });
      return ofType(effects, 'setTimer')[0]?.delayMs ?? 0;
    });
    expect(silent).toEqual([...silent].sort((left, right) => left - right));
    expect(new Set(silent).size).toBe(3);
    const arrived = engine.run({ type: 'segmentArrived', segment: 'a', chunkCount: 1 });
    expect(ofType(arrived, 'applyChunk').map(({ id }) => id.segment)).toEqual(['a']);
    engine.run({ type: 'segmentTorn', segment: 'b', failure: failure('refused'), progressed: false });
    expect(ofType(engine.run({ type: 'tick', timer: 'down' }), 'fetchManifest')).toHaveLength(1);
  });

  test('D-8: a poke asks at once; a poke while something is applied asks when it is done; else now and then', () => {
    const engine = quiet();
    const current = { type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT } as const;
    const effects = engine.run(current);
    expect(ofType(effects, 'setTimer')).toMatchObject([{ timer: 'down', delayMs: ENGINE_DEFAULTS.pollMs }]);
    expect(ofType(engine.run({ type: 'poked' }), 'fetchManifest')).toHaveLength(1);
    expect(ofType(engine.run({ type: 'poked' }), 'fetchManifest')).toHaveLength(0);
    expect(ofType(engine.run(current), 'fetchManifest')).toHaveLength(1);
    expect(ofType(engine.run(current), 'fetchManifest')).toHaveLength(0);
    expect(ofType(engine.run({ type: 'tick', timer: 'down' }), 'fetchManifest')).toHaveLength(1);
  });

  test('D-8: a hub that can call and was told all is asked every third time; whoever has something to say, or was failed, asks as ever', () => {
    const engine = quiet();
    const current = { type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT } as const;
    const tick = (isLevel: boolean): readonly string[] =>
      engine.run({ type: 'tick', timer: 'down', ...(isLevel && { told: 'all' }) }).map(({ type }) => type);
    engine.run(current);
    for (let round = 0; round < 2; round += 1) {
      expect([tick(true), tick(true), tick(true)]).toEqual([['setTimer'], ['setTimer'], ['askLevel']]);
      engine.run(current);
    }
    expect([tick(true), tick(false)]).toEqual([['setTimer'], ['fetchManifest']]);
    // It counts anew from each question.
    engine.run(current);
    expect([tick(true), tick(true), tick(true)]).toEqual([['setTimer'], ['setTimer'], ['askLevel']]);
    engine.run({ type: 'failed', what: 'manifest', failure: failure('refused') });
    expect(tick(true)).toEqual(['fetchManifest']);
    engine.run(current, { type: 'lost' });
    expect(engine.state().connected).toBe(false);
    engine.run(current);
    expect(tick(true)).toEqual(['setTimer']);
  });

  test('D-21: that there is nothing new is an answer like a manifest that leads nowhere: the next question waits, and a poke that came meanwhile does not', () => {
    const engine = quiet();
    const tick = (): readonly string[] => engine.run({ type: 'tick', timer: 'down', told: 'all' }).map(({ type }) => type);
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    expect([tick(), tick(), tick()].at(-1)).toEqual(['askLevel']);
    expect(ofType(engine.run({ type: 'level' }), 'setTimer')).toMatchObject([{ timer: 'down', delayMs: ENGINE_DEFAULTS.pollMs }]);
    expect([tick(), tick(), tick()]).toEqual([['setTimer'], ['setTimer'], ['askLevel']]);
    // One question at a time.
    expect(ofType(engine.run({ type: 'poked' }), 'fetchManifest')).toEqual([]);
    expect(ofType(engine.run({ type: 'level' }), 'fetchManifest')).toHaveLength(1);
    // A hub that was away is there again.
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    tick();
    tick();
    tick();
    engine.run({ type: 'lost' });
    expect(engine.state().connected).toBe(false);
    engine.run({ type: 'level' });
    expect(engine.state().connected).toBe(true);
  });

  test('D-21: where it has come to a device tells over the line with the first question, and leaves out none for it', () => {
    const engine = quiet();
    const tick = (told: Told): readonly string[] => engine.run({ type: 'tick', timer: 'down', told }).map(({ type }) => type);
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(4)), cut: CUT });
    expect(tick('allButPlace')).toEqual(['askLevel']);
    engine.run({ type: 'level' });
    expect([tick('all'), tick('allButPlace')]).toEqual([['setTimer'], ['askLevel']]);
    engine.run({ type: 'level' });
    expect([tick('all'), tick('all'), tick('all')]).toEqual([['setTimer'], ['setTimer'], ['askLevel']]);
    engine.run({ type: 'level' }, { type: 'lost' });
    engine.run({ type: 'failed', what: 'manifest', failure: failure('unreachable') });
    expect(tick('allButPlace')).toEqual(['fetchManifest']);
  });

  test('D-16: what only a later reader understands is not applied by halves: it is shown as a problem, and asked for again', () => {
    const engine = engineFrom(started([mark(5, 5)]));
    const brings = (minReader: number): EngineEvent => ({
      type: 'manifestAnswered',
      manifest: { ...manifest(at(4), at(5)), minReader },
      cut: CUT,
    });
    const effects = engine.run(brings(READER_VERSION + 1));
    expect(ofType(effects, 'stageCut')).toEqual([]);
    expect(ofType(effects, 'setTimer').map(({ timer }) => timer)).toEqual(['down']);
    expect(engine.state().down.problem).toContain('too old');
    expect(ofType(engine.run({ type: 'tick', timer: 'down' }), 'fetchManifest')).toHaveLength(1);
    expect(ofType(engine.run(brings(READER_VERSION)), 'stageCut')).toHaveLength(1);
    expect(engine.state().down.problem).toBeNull();
  });

  test('D-4: a stray manifest is shown as a problem, and asked for anew after a rest', () => {
    const engine = quiet();
    const effects = engine.run({ type: 'manifestAnswered', manifest: manifest(at(1), at(9)), cut: CUT });
    expect(ofType(effects, 'stageCut')).toEqual([]);
    expect(engine.state().down.problem).toContain('a manifest from 1 to 9 at 4');
    expect(ofType(engine.run({ type: 'tick', timer: 'down' }), 'fetchManifest')).toEqual([{ type: 'fetchManifest', fromOrigin: false }]);
  });

  test('D-4: a rebase that is not whole is answered by showing the origin', () => {
    const engine = quiet();
    const effects = engine.run({ type: 'manifestAnswered', manifest: manifest(at(2), at(9), [], true), cut: CUT });
    expect(ofType(effects, 'fetchManifest')).toEqual([{ type: 'fetchManifest', fromOrigin: true }]);
    const whole = engine.run({ type: 'manifestAnswered', manifest: manifest(at(0, OTHER_HUB), at(9, OTHER_HUB), ['a']), cut: CUT });
    expect(ofType(whole, 'stageCut')).toHaveLength(1);
  });

  test('U-15: neither way waits for the other', () => {
    const engine = engineFrom(started([mark(600, 0)]));
    engine.run({ type: 'manifestAnswered', manifest: manifest(at(4), at(9), ['a']), cut: CUT });
    engine.run({ type: 'staged', staged: { manifest: manifest(at(4), at(9), ['a']), progress: new Map() } });
    expect(sends(engine.run(answered([mark(600, 0)], { [EPOCH]: 250 }, [0, 250])))).toEqual([[EPOCH, 250, 250]]);
    engine.run({ type: 'failed', what: 'ledger', failure: failure('failed') });
    const effects = engine.run({ type: 'segmentArrived', segment: 'a', chunkCount: 1 });
    expect(ofType(effects, 'applyChunk')).toHaveLength(1);
    assert(engine.state().up.resting, 'up still rests');
  });
});
