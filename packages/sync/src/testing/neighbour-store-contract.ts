/** What holds for every `NeighbourStore`. An adapter's test calls `describeNeighbourStore` with a way to open one, and to open it again, as after a kill. */
import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { LineFolds, NeighbourStore, Run } from '../lan/neighbour-store.ts';
import { countersign, signRevocations, verifyCountersignature } from '../lan/trust.ts';
import {
  chainEntry,
  genesisHead,
  headOf,
  signBegin,
  signHead,
  verifyChain,
  verifyHead,
  type ChainedEntry,
  type ChainHead,
  type SignedHead,
} from '../replica/ledger.ts';
import { bytesToHex, hexToBytes, sameBytes } from '../wire/bytes.ts';
import { batchOfEntries, DEVICE, EPOCH, NEXT_EPOCH, OTHER_SIGNER, PORTS, saleDraft, SCHEMAS, SIGNER, START } from './fixtures.ts';

export interface NeighbourStoreUnderTest {
  readonly store: () => NeighbourStore;
  readonly reopen: () => void;
}

export type OpenNeighbourStore = (folds?: LineFolds) => NeighbourStoreUnderTest;

/** `count` entries after `from`; `salt` makes another history of them. */
function entriesFrom(from: ChainHead, count: number, salt = 0): readonly ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  let head = from;
  for (let index = 0; index < count; index += 1) {
    const entry = chainEntry(PORTS.hash, head, saleDraft(head.seq + 1 + salt * 1_000), SCHEMAS);
    entries.push(entry);
    head = headOf(entry);
  }
  return entries;
}

const WITNESS = 'lane-2';
const countersignatureOf = (entries: readonly ChainedEntry[]): Uint8Array => {
  const last = entries.at(-1);
  assert(last !== undefined, 'entries');
  return hexToBytes(countersign(OTHER_SIGNER, WITNESS, signHead(SIGNER, headOf(last))).signature);
};

const take = (store: NeighbourStore, entries: readonly ChainedEntry[], begin?: SignedHead) =>
  store.take(batchOfEntries(entries), countersignatureOf(entries), begin);

/** All of a line, run by run, each proven as whoever gets it would. */
function wholeOf(store: NeighbourStore, line: number, maxEntries = 3): readonly ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  for (let run = store.run(line, 0, maxEntries, 1e9); run !== null; run = store.run(line, entries.length, maxEntries, 1e9)) {
    checkRun(run, entries.length);
    entries.push(...run.entries);
  }
  return entries;
}

function checkRun(run: Run, afterSeq: number): void {
  expect([run.firstSeq, run.head.seq]).toEqual([afterSeq + 1, afterSeq + run.entries.length]);
  const chained = verifyChain(PORTS.hash, run.entries, { ...genesisHead(run.device, run.epoch, run.previousHash), seq: afterSeq });
  assert(chained.ok, `a run is a chain: ${JSON.stringify(chained)}`);
  expect(sameBytes(chained.value.hash, run.head.hash) && verifyHead(PORTS.verifier, SIGNER.publicKey, run.head)).toBe(true);
}

const names = (entries: readonly ChainedEntry[]): readonly string[] => entries.map(({ hash }) => bytesToHex(hash));

export function describeNeighbourStore(name: string, open: OpenNeighbourStore): void {
  describe(`${name} as a neighbour store`, () => {
    test('N-8: a ledger is taken batch by batch, once, and given out again in runs that prove themselves', () => {
      const heard: string[] = [];
      const disk = open({ onEntry: (entry) => void heard.push(bytesToHex(entry.hash)), onForgotten: () => {} });
      const entries = entriesFrom(START, 9);
      expect(take(disk.store(), entries.slice(0, 4))).toMatchObject({ type: 'taken', line: 1, entries: { length: 4 } });
      expect(take(disk.store(), entries.slice(0, 4))).toMatchObject({ type: 'taken', line: 1, entries: { length: 0 } });
      // What overlaps is taken from where it is new.
      expect(take(disk.store(), entries.slice(2, 6))).toMatchObject({ type: 'taken', entries: { length: 2 } });
      disk.reopen();
      expect(take(disk.store(), entries.slice(7))).toEqual({ type: 'gap' });
      expect(take(disk.store(), entries.slice(6))).toMatchObject({ type: 'taken', entries: { length: 3 } });
      const [line, ...more] = disk.store().lines();
      expect(more).toEqual([]);
      expect(line).toMatchObject({ line: 1, parent: null, confirmedSeq: 0, head: { device: DEVICE, epoch: EPOCH, seq: 9 } });
      for (const maxEntries of [1, 3, 100]) expect(names(wholeOf(disk.store(), 1, maxEntries))).toEqual(names(entries));
      expect(heard).toEqual(names(entries));
      expect([disk.store().hashAt(1, 9), disk.store().hashAt(1, 10), disk.store().hashAt(1, 0)]).toEqual([entries[8]?.hash, null, null]);
    });

    test('N-8: a run ends at a signed head, within what was asked for where there is one', () => {
      const { store } = open();
      const entries = entriesFrom(START, 9);
      for (const [from, to] of [
        [0, 2],
        [2, 5],
        [5, 9],
      ])
        take(store(), entries.slice(from, to));
      const ends = (afterSeq: number, maxEntries: number, maxBytes = 1e9): number | undefined =>
        store().run(1, afterSeq, maxEntries, maxBytes)?.head.seq;
      expect([ends(0, 1), ends(0, 4), ends(0, 5), ends(0, 99), ends(3, 1), ends(8, 5), ends(9, 5)]).toEqual([2, 2, 5, 9, 5, 9, undefined]);
      expect([ends(0, 99, 1), ends(2, 99, 1)]).toEqual([2, 5]);
    });

    test('N-9: another history under the same names is kept beside the first, whole, and both grow on', () => {
      const { store } = open();
      const entries = entriesFrom(START, 6);
      const third = entries[2];
      assert(third !== undefined, 'a third entry');
      const other = [...entries.slice(0, 3), ...entriesFrom(headOf(third), 4, 1)];
      const foreign = entriesFrom(START, 2, 7);
      take(store(), entries.slice(0, 3));
      take(store(), entries.slice(3, 5));
      expect(take(store(), other.slice(3, 5))).toMatchObject({ type: 'taken', line: 2, entries: { length: 2 } });
      expect(take(store(), foreign)).toMatchObject({ type: 'taken', line: 3, entries: { length: 2 } });
      expect(take(store(), other.slice(5))).toMatchObject({ type: 'taken', line: 2 });
      expect(take(store(), entries.slice(5))).toMatchObject({ type: 'taken', line: 1 });
      // The very batch again changes nothing.
      expect(take(store(), other)).toMatchObject({ line: 2, entries: { length: 0 } });
      expect([1, 2, 3].map((line) => names(wholeOf(store(), line)))).toEqual([names(entries), names(other), names(foreign)]);
    });

    test('N-16: what its device has forgotten goes from the start of a line, a little at a time; the line begins behind it, and grows on', () => {
      const entries = entriesFrom(START, 9);
      const [fourth, seventh] = [entries[3], entries[6]];
      assert(fourth !== undefined && seventh !== undefined, 'nine entries');
      const gone: string[] = [];
      // As its ninth entry says; the eighth names another history, which this line does not hold.
      const said = new Map([
        [8, { epoch: EPOCH, seq: 7, hash: fourth.hash }],
        [9, { epoch: EPOCH, seq: 4, hash: fourth.hash }],
      ]);
      const disk = open({
        onEntry: ({ id }) => said.get(id.seq),
        onForgotten: ({ hash }, line) => gone.push(`${line} ${bytesToHex(hash)}`),
      });
      for (const to of [2, 4, 8]) take(disk.store(), entries.slice(0, to));
      expect([disk.store().forgetNext(100), disk.store().lines()[0]]).toMatchObject([
        false,
        { beginSeq: 0, forgottenSeq: 0, confirmedSeq: 0 },
      ]);
      take(disk.store(), entries.slice(8));
      expect(disk.store().lines()[0]).toMatchObject({ beginSeq: 0, forgottenSeq: 4, confirmedSeq: 4 });
      expect(names(wholeOf(disk.store(), 1))).toEqual(names(entries));
      expect(disk.store().forgetNext(3)).toBe(true);
      disk.reopen();
      expect([disk.store().forgetNext(3), disk.store().forgetNext(3)]).toEqual([true, false]);
      expect(gone).toEqual(names(entries.slice(0, 4)).map((hash) => `1 ${hash}`));
      expect(disk.store().lines()[0]).toMatchObject({ beginSeq: 4, forgottenSeq: 4 });
      expect([3, 4, 5].map((seq) => disk.store().hashAt(1, seq))).toEqual([null, fourth.hash, entries[4]?.hash]);
      // Nothing of before is given out; what is held proves itself from there.
      expect([0, 3].map((afterSeq) => disk.store().run(1, afterSeq, 100, 1e9))).toEqual([null, null]);
      const run = disk.store().run(1, 4, 100, 1e9);
      assert(run !== null, 'what is held');
      checkRun(run, 4);
      expect(names(run.entries)).toEqual(names(entries.slice(4)));
      disk.store().doubt();
      expect(disk.store().lines()[0]?.confirmedSeq, 'the hub had it safely').toBe(4);
      const more = entriesFrom(headOf(run.entries.at(-1) ?? fourth), 2);
      expect(take(disk.store(), more)).toMatchObject({ type: 'taken', line: 1, entries: { length: 2 } });
      // Another history from behind the begin is kept beside it; one from before it only whole.
      const other = entriesFrom(headOf(seventh), 2, 3);
      expect(take(disk.store(), other)).toMatchObject({ type: 'taken', line: 2, entries: { length: 2 } });
      expect(disk.store().lines()[1]).toMatchObject({ beginSeq: 4, forgottenSeq: 4, confirmedSeq: 4 });
      expect(names(disk.store().run(2, 4, 100, 1e9)?.entries ?? [])).toEqual(names([...entries.slice(4, 7), ...other]));
      expect(take(disk.store(), entriesFrom(headOf(entries[1] ?? fourth), 2, 5))).toEqual({ type: 'gap' });
      expect(take(disk.store(), entriesFrom(START, 2, 6))).toMatchObject({ type: 'taken', line: 3 });
    });

    test('N-17: what leads to the begin of a line is of that line, also where it comes later: nothing is there twice', () => {
      const entries = entriesFrom(START, 9);
      const [second, fourth, seventh] = [entries[1], entries[3], entries[6]];
      assert(second !== undefined && fourth !== undefined && seventh !== undefined, 'nine entries');
      const taken: string[] = [];
      const { store } = open({ onEntry: ({ hash }) => void taken.push(bytesToHex(hash)), onForgotten: () => {} });
      const begins = [second, fourth].map((entry) => signBegin(SIGNER, headOf(entry)));
      take(store(), entries.slice(4, 7), begins[1]);
      // Asked of another sibling meanwhile, from an earlier place.
      expect(take(store(), entries.slice(2, 6), begins[0])).toMatchObject({ type: 'taken', line: 1, entries: { length: 0 } });
      expect(take(store(), entries.slice(2, 4), begins[0])).toMatchObject({ type: 'taken', line: 1, entries: { length: 0 } });
      expect(take(store(), entries.slice(2), begins[0])).toMatchObject({ type: 'taken', line: 1, entries: { length: 2 } });
      expect(store().lines()).toMatchObject([{ line: 1, beginSeq: 4, head: { seq: 9 } }]);
      expect(taken).toEqual(names(entries.slice(4)));
      // Another history from there shares what is held; one that leads elsewhere shares nothing, and one that ends before the begin says nothing of it.
      const other = entriesFrom(headOf(seventh), 1, 3);
      expect(take(store(), [...entries.slice(0, 7), ...other])).toMatchObject({ type: 'taken', line: 2, entries: { length: 1 } });
      expect(store().lines()[1]).toMatchObject({ beginSeq: 4, head: { seq: 8 } });
      expect(names(store().run(2, 4, 100, 1e9)?.entries ?? [])).toEqual(names([...entries.slice(4, 7), ...other]));
      expect(take(store(), entriesFrom(START, 6, 5))).toMatchObject({ type: 'taken', line: 3, entries: { length: 6 } });
      expect(take(store(), entries.slice(0, 3))).toMatchObject({ type: 'taken', line: 4, entries: { length: 3 } });
    });

    test('N-16: of a line that ends where its device has forgotten to, the last entry stays, and is given out', () => {
      const entries = entriesFrom(START, 5);
      const [second] = entries.slice(1);
      assert(second !== undefined, 'five entries');
      const other = [...entries.slice(0, 2), ...entriesFrom(headOf(second), 2, 1)];
      const last = other.at(-1);
      assert(last !== undefined, 'four entries');
      const said = { epoch: EPOCH, seq: last.id.seq, hash: last.hash };
      const { store } = open({ onEntry: ({ id }) => (id.seq === 5 ? said : undefined), onForgotten: () => {} });
      take(store(), entries.slice(0, 4));
      take(store(), other);
      take(store(), entries.slice(4));
      for (let times = 0; store().forgetNext(100); times += 1) expect(times).toBeLessThan(9);
      const [, line] = store().lines();
      assert(line !== undefined, 'a line of the other history');
      expect(line.head.seq).toBe(4);
      expect(store().run(2, line.beginSeq, 9, 1e9)?.entries.at(-1)?.hash).toEqual(last.hash);
    });

    test('N-17: by its device’s word a line is taken from where that begins; what is let go of goes, but for its last entry', () => {
      const gone: string[] = [];
      const disk = open({ onEntry: () => undefined, onForgotten: ({ hash }, line) => gone.push(`${line} ${bytesToHex(hash)}`) });
      const entries = entriesFrom(START, 12);
      const beginAt = (seq: number, of = entries) => {
        const entry = of[seq - 1];
        assert(entry !== undefined, 'an entry');
        return signBegin(SIGNER, headOf(entry));
      };
      take(disk.store(), entries.slice(0, 2));
      take(disk.store(), entries.slice(2, 4));
      expect(take(disk.store(), entries.slice(8, 10)), 'before anybody said so').toEqual({ type: 'gap' });
      for (const seq of [6, 8, 7]) disk.store().keepBegin(beginAt(seq));
      disk.reopen();
      expect(disk.store().begins()).toEqual([beginAt(8)]);
      expect(take(disk.store(), entries.slice(5, 7), beginAt(8)), 'from elsewhere').toEqual({ type: 'gap' });
      expect(take(disk.store(), entriesFrom(beginAt(8), 2, 4).slice(1), beginAt(8)), 'of another history').toEqual({
        type: 'gap',
      });
      expect(take(disk.store(), entries.slice(8, 10), beginAt(8))).toMatchObject({ type: 'taken', line: 2, entries: { length: 2 } });
      expect(take(disk.store(), entries.slice(10))).toMatchObject({ type: 'taken', line: 2, entries: { length: 2 } });
      expect(disk.store().lines()).toMatchObject([
        { line: 1, beginSeq: 0, forgottenSeq: 0, confirmedSeq: 0, head: { seq: 4 } },
        { line: 2, beginSeq: 8, forgottenSeq: 8, confirmedSeq: 8, parent: null, head: { seq: 12 } },
      ]);
      const run = disk.store().run(2, 8, 100, 1e9);
      assert(run !== null, 'what is held');
      checkRun(run, 8);
      expect([disk.store().hashAt(2, 8), disk.store().hashAt(2, 7), disk.store().run(2, 7, 9, 1e9)]).toEqual([
        entries[7]?.hash,
        null,
        null,
      ]);
      // Nor by that word, nor for what the hub has, is anything dropped: it may lose that yet, or have it as a second history.
      disk.store().confirm(1, 4);
      disk.store().keepBegin(beginAt(9));
      expect([disk.store().forgetNext(100), gone]).toEqual([false, []]);
      disk.store().doubt();
      expect(disk.store().lines()[0]).toMatchObject({ confirmedSeq: 0, forgottenSeq: 0 });
      disk.store().letGo(1, 99);
      disk.reopen();
      disk.store().letGo(1, 2);
      expect(disk.store().lines()[0]).toMatchObject({ beginSeq: 0, confirmedSeq: 3, forgottenSeq: 3 });
      expect([disk.store().forgetNext(2), disk.store().forgetNext(2), disk.store().forgetNext(2)]).toEqual([true, true, false]);
      expect(gone).toEqual(names(entries.slice(0, 3)).map((hash) => `1 ${hash}`));
      expect(disk.store().lines()[0]).toMatchObject({ beginSeq: 3, forgottenSeq: 3, head: { seq: 4 } });
      expect(names(disk.store().run(1, 3, 9, 1e9)?.entries ?? [])).toEqual(names(entries.slice(3, 4)));
      disk.store().doubt();
      expect(
        disk
          .store()
          .lines()
          .map(({ confirmedSeq }) => confirmedSeq),
      ).toEqual([3, 8]);
    });

    test('N-8: an epoch that continues another is taken by itself, and says what it continues', () => {
      const { store } = open();
      const entries = entriesFrom(START, 2);
      const last = entries[1];
      assert(last !== undefined, 'a last entry');
      const parent = { epoch: EPOCH, seq: 2, hash: last.hash };
      const next = entriesFrom(genesisHead(DEVICE, NEXT_EPOCH, last.hash), 2);
      store().take(batchOfEntries(next, parent), null);
      expect(store().lines()).toMatchObject([{ parent }]);
      expect(store().run(1, 0, 9, 1e9)).toMatchObject({ parent, previousHash: last.hash });
      expect(store().run(1, 2, 9, 1e9)).toBeNull();
    });

    test('N-12: what the hub is known to hold only grows, until that is in doubt', () => {
      const { store } = open();
      take(store(), entriesFrom(START, 4));
      const confirmed = (): number | undefined => store().lines()[0]?.confirmedSeq;
      store().confirm(1, 3);
      store().confirm(1, 2);
      expect(confirmed()).toBe(3);
      store().confirm(1, 99);
      expect(confirmed()).toBe(4);
      store().doubt();
      expect(confirmed()).toBe(0);
    });

    test('N-6: a countersignature stands with each head that was taken, and proves itself', () => {
      const { store } = open();
      const entries = entriesFrom(START, 5);
      take(store(), entries.slice(0, 2));
      store().take(batchOfEntries(entries.slice(2, 4)), null);
      take(store(), entries.slice(4));
      const signed = store().countersignatures(DEVICE, WITNESS);
      expect(signed.map(({ seq }) => seq)).toEqual([2, 5]);
      for (const each of signed) expect(verifyCountersignature(PORTS.verifier, OTHER_SIGNER.publicKey, each)).toBe(true);
      expect(signed.some((each) => verifyCountersignature(PORTS.verifier, SIGNER.publicKey, each))).toBe(false);
      expect(store().countersignatures('lane-9', WITNESS)).toEqual([]);
    });

    test('N-1, N-3, N-20: membership, certificates and revocations are what was kept last', () => {
      const disk = open();
      expect([disk.store().membership(), disk.store().revocations(), [...disk.store().certificates()]]).toEqual([null, [], []]);
      const head = { epoch: EPOCH, seq: 4, hash: 'ab'.repeat(32) };
      const lists = [3, 2, 1].map((number) =>
        signRevocations(SIGNER, 'default', { number, revocations: [{ device: DEVICE, serial: '0a', reason: 'stolen', heads: [head] }] }),
      );
      for (const known of [lists.slice(2), lists.slice(1), lists]) disk.store().setRevocations(known);
      disk.store().setMembership({ certificate: 'AAAA', authority: 'BBBB' });
      for (const certificate of ['AAAA', 'CCCC']) disk.store().keepCertificate(DEVICE, certificate);
      disk.reopen();
      expect(disk.store().membership()).toEqual({ certificate: 'AAAA', authority: 'BBBB' });
      expect(disk.store().revocations()).toEqual(lists);
      disk.store().setRevocations(lists.slice(0, 1));
      disk.reopen();
      expect(disk.store().revocations()).toEqual(lists.slice(0, 1));
      expect([...disk.store().certificates()]).toEqual([[DEVICE, 'CCCC']]);
      disk.store().setRevocations([]);
      disk.reopen();
      expect(disk.store().revocations()).toEqual([]);
    });

    test('N-8, N-9: in whatever order and pieces two histories come, each ends whole', () => {
      const entries = entriesFrom(START, 8);
      const fourth = entries[3];
      assert(fourth !== undefined, 'a fourth entry');
      const histories = [entries, [...entries.slice(0, 4), ...entriesFrom(headOf(fourth), 3, 1)]];
      const piece = fc.record({ history: fc.nat({ max: 1 }), from: fc.nat({ max: 7 }), length: fc.integer({ min: 1, max: 8 }) });
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const { store } = open();
          const offered = [...pieces, { history: 0, from: 0, length: 8 }, { history: 1, from: 0, length: 8 }];
          for (const { history, from, length } of offered) {
            const some = histories[history]?.slice(from, from + length) ?? [];
            if (some.length > 0) take(store(), some);
          }
          const lines = store().lines();
          const ends = lines.map(({ line }) => names(wholeOf(store(), line)).join());
          for (const history of histories) expect(ends).toContain(names(history).join());
          // Every line is a history, or the beginning of one that came as the end of another.
          for (const end of ends) expect(histories.some((history) => names(history).join().startsWith(end))).toBe(true);
        }),
        { numRuns: 60 },
      );
    });
  });
}
