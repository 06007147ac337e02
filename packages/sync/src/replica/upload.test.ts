/** Batches over lines that are cut: what goes over them, and what the hub is told. */
import { err, ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import { PORTS, seeded } from '../testing/fixtures.ts';
import { bytesToHex, joinBytes } from '../wire/bytes.ts';
import type { LedgerAnswer, TornBatch } from '../wire/protocol.ts';
import type { Transport, TransportError } from './replica.ts';
import { createUploads } from './upload.ts';

const ANSWER: LedgerAnswer = { received: {}, heads: {}, safe: {}, setAside: 0 };
const NEWS: LedgerAnswer = { ...ANSWER, setAside: 1 };
const PROBE = -1;
const CUT: TransportError = { type: 'unreachable', reason: 'cut', isTorn: true };
const SILENCE: TransportError = { type: 'unreachable', reason: 'silence' };
const BUSY: TransportError = { type: 'busy', reason: '503', retryAfterMs: 1_000 };
const GONE: TransportError = { type: 'refused', reason: '416' };

const frameOf = (salt: number, length = 10_000): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * salt) % 251);

/** A hub that keeps what was torn; each call lets through as many bytes as `cuts` says, and all where it says no more. */
function line({
  cuts = [],
  keeps = true,
  isAwayAfterCut = false,
}: { readonly cuts?: readonly number[]; readonly keeps?: boolean; readonly isAwayAfterCut?: boolean } = {}) {
  const left = [...cuts];
  const state = {
    held: new Uint8Array() as Uint8Array,
    isThere: true,
    posts: [] as number[],
    asks: 0,
    sent: 0,
    taken: [] as Uint8Array[],
    refuses: false,
    /** To each batch that goes on, and to no question. */
    isBusy: false,
    /** It took what was cut off, all the same. */
    forgets: false,
    /** Beside what it holds; nothing: a hub of before. */
    tells: {} as Pick<TornBatch, 'entries' | 'ledger'>,
  };
  const transport: Pick<Transport, 'sendLedger' | 'askTorn'> = {
    sendLedger: async (_token, frame, from = 0) => {
      state.posts.push(from);
      if (from > state.held.length) return err(GONE);
      if (state.isBusy && from > 0) return err(BUSY);
      const most = left.shift() ?? Infinity;
      const rest = frame.subarray(from);
      state.sent += Math.min(rest.length, most);
      const came = joinBytes(state.held.subarray(0, from), rest.subarray(0, most));
      if (most < rest.length) {
        state.held = keeps && !state.forgets ? came : new Uint8Array();
        if (isAwayAfterCut) state.isThere = false;
        return err(CUT);
      }
      state.held = new Uint8Array();
      if (state.refuses) return err({ type: 'refused', reason: '422' });
      state.taken.push(came);
      return ok({ value: ANSWER, hubTimeMs: null });
    },
    askTorn: async () => {
      state.asks += 1;
      if (!state.isThere) return err(SILENCE);
      return keeps
        ? ok({ bytes: state.held.length, hash: bytesToHex(PORTS.hash.sha256(state.held)), ...state.tells })
        : err({ type: 'refused', reason: '404' });
    },
  };
  let nowMs = 0;
  const clock = { monotonicMs: () => (nowMs += 7) };
  const uploads = createUploads<number>({ transport: transport as Transport, hash: PORTS.hash, clock });
  /** `entries`, where they are said, are a batch of another salt. */
  const send = (name: string, salt: number, length?: number) =>
    uploads.send('t', {
      name,
      encode: (entries = salt) => ({ frame: frameOf(entries, length), sent: entries }),
      newsOf: ({ setAside }) => (setAside === NEWS.setAside ? PROBE : null),
    });
  return { state, send };
}

test('U-24: a batch that is cut again and again goes on at the byte where it was cut, and each of its bytes goes over the line once', async () => {
  const { state, send } = line({ cuts: [3_000, 300, 4_000] });
  expect((await send('e 0', 3)).result).toMatchObject({ ok: true });
  expect(state.taken).toEqual([frameOf(3)]);
  expect([state.posts, state.sent]).toEqual([[0, 3_000, 3_300, 7_300], 10_000]);
});

test('U-24: whichever bytes it is cut at, it arrives as it was, or is told to be torn', async () => {
  const chance = seeded(3);
  for (let round = 0; round < 200; round += 1) {
    const cuts = Array.from({ length: 8 }, () => Math.floor(chance() * 6_000));
    const { state, send } = line({ cuts });
    let tries = 0;
    for (; state.taken.length === 0 && tries < 9; tries += 1) {
      const { result } = await send('e 0', 7);
      expect(result.ok ? 'cut' : result.error.reason).toBe('cut');
    }
    expect(state.taken).toEqual([frameOf(7)]);
  }
});

test('U-24: a connection that brought next to nothing is rested after, and what was there before is gone on with', async () => {
  const { state, send } = line({ cuts: [3_000, 20] });
  expect((await send('e 0', 3)).result).toEqual(err({ type: 'unreachable', reason: 'cut' }));
  expect((await send('e 0', 4)).sent).toBe(3);
  expect([state.posts, state.sent]).toEqual([[0, 3_000, 3_020], 10_000]);
});

test('U-24: where the hub keeps nothing, or is an older one, a torn batch is told to be torn, and made smaller', async () => {
  const { state, send } = line({ cuts: [3_000], keeps: false });
  expect(await send('e 0', 3)).toEqual({ result: err(CUT), sent: 3 });
  // What goes out now is another, and nothing is asked for it.
  const asks = state.asks;
  expect(await send('e 0', 4)).toMatchObject({ result: { ok: true }, sent: 4 });
  expect([state.taken, state.asks]).toEqual([[frameOf(4)], asks]);
});

test('U-24: where the line is gone altogether it rests, and then goes on with the very batch, whatever there is to send by now', async () => {
  const { state, send } = line({ cuts: [3_000], isAwayAfterCut: true });
  state.isThere = false;
  // It is asked for first, as a process before may have been ended in the middle of it.
  expect(await send('e 0', 7)).toEqual({ result: err(SILENCE), sent: 7 });
  expect(state.posts).toEqual([]);
  state.isThere = true;
  expect(await send('e 0', 3)).toEqual({ result: err(SILENCE), sent: 3 });
  expect(state.posts).toEqual([0]);
  state.isThere = true;
  const held = await send('e 0', 4);
  expect([held.sent, state.taken, state.posts]).toEqual([3, [frameOf(3)], [0, 3_000]]);
  // Confirmed: what follows is another batch.
  expect((await send('e 250', 5)).sent).toBe(5);
});

test('U-24: of a batch that goes on and is told to come again later the hub has what it had: it goes on from there', async () => {
  const { state, send } = line({ cuts: [4_000] });
  state.isBusy = true;
  expect((await send('1', 3)).result).toEqual(err(BUSY));
  state.isBusy = false;
  expect((await send('1', 3)).result.ok).toBe(true);
  expect(state.posts).toEqual([0, 4_000, 4_000]);
  expect(state.sent).toBe(10_000);
});

test('U-24: a process that begins anew goes on with what the one before had sent, where it is the same', async () => {
  for (const [salt, posts] of [
    [3, [4_000]],
    [4, [0]],
  ] as const) {
    const { state, send } = line();
    state.held = frameOf(3).slice(0, 4_000);
    expect((await send('e 0', salt)).result.ok).toBe(true);
    expect([state.taken, state.posts]).toEqual([[frameOf(salt)], posts]);
  }
});

test('U-24: a process that begins anew builds the batch that the one before had sent, where the hub says how many entries that was to have', async () => {
  for (const [entries, sent, posts] of [
    [3, 3, [4_000]],
    // It says so, and has other bytes.
    [5, 4, [0]],
  ] as const) {
    const { state, send } = line();
    state.held = frameOf(3).slice(0, 4_000);
    state.tells = { entries };
    expect(await send('e 0', 4)).toMatchObject({ result: { ok: true }, sent });
    expect([state.taken, state.posts, state.asks]).toEqual([[frameOf(sent)], posts, 1]);
  }
});

test('U-24: where the batch had arrived, and only its answer was lost, to this process or to the one before, the hub says what it holds and nothing goes out again', async () => {
  const anew = line();
  anew.state.tells = { ledger: NEWS };
  expect(await anew.send('e 0', 3)).toEqual({ result: ok({ value: NEWS, hubTimeMs: null }), sent: PROBE });
  expect(anew.state.posts).toEqual([]);
  // What follows is another batch, and nothing is asked for it.
  expect((await anew.send('e 250', 4)).sent).toBe(4);
  expect([anew.state.asks, anew.state.posts]).toEqual([1, [0]]);

  const { state, send } = line({ cuts: [Infinity, 9_999] });
  await send('e 0', 3);
  // Of the last byte nothing was to be said any more.
  state.tells = { ledger: NEWS };
  state.forgets = true;
  expect(await send('e 250', 4)).toEqual({ result: ok({ value: NEWS, hubTimeMs: null }), sent: PROBE });
  expect(state.posts).toEqual([0, 0]);
});

test('U-24: what the hub holds and this device knew is no news: it sends', async () => {
  const { state, send } = line();
  state.tells = { ledger: ANSWER };
  expect(await send('e 0', 3)).toMatchObject({ result: { ok: true }, sent: 3 });
  expect(state.posts).toEqual([0]);
});

test('U-24: what the hub has no more is sent whole, once; what it refuses is refused', async () => {
  const { state, send } = line();
  state.held = frameOf(3).slice(0, 4_000);
  state.refuses = true;
  expect((await send('e 0', 3)).result).toEqual(err({ type: 'refused', reason: '422' }));
  expect(state.posts).toEqual([4_000, 0]);
});

test('U-13: what all went over one connection says how long the line took for it, and what was torn does not', async () => {
  const { send } = line({ cuts: [Infinity, 3_000] });
  expect((await send('e 0', 3)).whole).toEqual({ bytes: 10_000, tookMs: 7 });
  const torn = await send('e 250', 4);
  expect([torn.result.ok, torn.whole]).toEqual([true, undefined]);
});

test('U-24: a short batch is not worth asking for', async () => {
  const { state, send } = line({ cuts: [700] });
  expect((await send('e 0', 3, 900)).result).toEqual(err(CUT));
  expect((await send('e 0', 3, 900)).result.ok).toBe(true);
  expect([state.asks, state.posts]).toEqual([0, [0, 0]]);
});
