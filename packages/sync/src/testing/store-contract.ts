/**
 * What holds for every `ReplicaStore`, whatever it is made of. An adapter's test calls `describeStore` with a way to open a store and to open
 * it again, as after a kill.
 */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Cell, Cut, Position, TouchedEntity } from '../down/cells.ts';
import { HELD_ENTITIES } from '../down/held-cuts.ts';
import { genesisHead, signBegin, signFoldCheckpoint, verifyChain, type ChainedEntry, type EntryDraft } from '../replica/ledger.ts';
import type { Scalar } from '../schema.ts';
import type { Identity, OnEntity, ReplicaStore } from '../store.ts';
import type { Manifest } from '../wire/protocol.ts';
import { DEVICE, EPOCH, NEXT_EPOCH, PORTS, saleDraft, SIGNER, voidDraft } from './fixtures.ts';

export interface StoreUnderTest {
  readonly store: () => ReplicaStore;
  /** Runs `work` in one transaction, where the store has such a thing. */
  readonly transact: <T>(work: () => T) => T;
  /** Another process, the same disk. */
  readonly reopen: () => void;
}

export type OpenStore = (onEntity: OnEntity) => StoreUnderTest;

const EMPTY = new Uint8Array(32);
const HUB_EPOCH = '00000000000000aa';
const OTHER_HUB_EPOCH = '00000000000000bb';

export const IDENTITY: Identity = {
  tenant: 'default',
  device: DEVICE,
  token: 'secret',
  store: '1',
  zone: '1',
  lane: 1,
  hubEpoch: HUB_EPOCH,
  hubPublicKey: 'ab'.repeat(32),
};

const at = (lsn: number, hubEpoch = HUB_EPOCH): Position => ({
  hubEpoch,
  lsn,
  historyHash: lsn === 0 ? '0'.repeat(64) : String(lsn % 10).repeat(64),
});

const manifestTo = (from: Position, to: Position, rebase = false, entities = 0): Manifest => ({
  from,
  to,
  rebase,
  segments: entities === 0 ? [] : [{ hash: 'e'.repeat(64), bytes: 1, cells: 1, entities }],
  signature: `${to.hubEpoch}${String(to.lsn).padStart(8, '0')}`.padEnd(128, '0'),
});

const cell = (key: string, field: number, value: Scalar, stamp: number, generation = 1, scope = 'global'): Cell => ({
  type: 1,
  key,
  scope,
  field,
  generation,
  stamp,
  value,
});

const item = (key: string, name: string, stamp: number, scope = 'global'): readonly Cell[] => [
  cell(key, 0, true, stamp, 1, scope),
  cell(key, 1, name, stamp, 1, scope),
];

export function describeStore(name: string, open: OpenStore): void {
  const enrolled = (onEntity: OnEntity = () => {}): StoreUnderTest => {
    const under = open(onEntity);
    expect(under.store().enrol(IDENTITY, EPOCH)).toEqual({ ok: true, value: IDENTITY });
    return under;
  };
  const append = (under: StoreUnderTest, draft: EntryDraft): ChainedEntry => under.transact(() => under.store().append(draft));

  /** Brings cells in as one cut; `entities`: that its manifest speaks of. */
  function bring(under: StoreUnderTest, to: Position, cells: readonly Cell[], rebase = false, entities = 0): Cut {
    const store = under.store();
    const from = rebase ? at(0, to.hubEpoch) : store.cut().position;
    store.stage(manifestTo(from, to, rebase, entities));
    store.applyChunk({ segment: `s${to.lsn}`, chunk: 0, chunkCount: 1 }, cells);
    return store.expose();
  }

  /** So much that no cut before it is held any more. */
  const bringMuch = (under: StoreUnderTest, to: Position, cells: readonly Cell[] = []): Cut =>
    bring(under, to, cells, false, HELD_ENTITIES + 1);
  const heldLsns = (under: StoreUnderTest): readonly number[] =>
    under
      .store()
      .heldCuts()
      .map(({ lsn }) => lsn);

  const names = (under: StoreUnderTest, key: string, when: Cut | number): readonly unknown[] =>
    under
      .store()
      .readEntity(1, key, typeof when === 'number' ? when : when.at)
      .map((entity) => entity.fields.get(1));

  describe(`${name}: identity and ledger`, () => {
    test('I-1: nothing is appended before enrolment, which opens the first epoch', () => {
      const under = open(() => {});
      expect(under.store().identity()).toBeNull();
      expect(under.store().epochs()).toEqual([]);
      expect(() => append(under, saleDraft(1))).toThrow('after enrolment');
      under.store().enrol(IDENTITY, EPOCH);
      under.reopen();
      expect(under.store().identity()).toEqual(IDENTITY);
      expect(under.store().epochs()).toEqual([
        {
          device: DEVICE,
          epoch: EPOCH,
          parent: null,
          headSeq: 0,
          headHash: new Uint8Array(32),
          confirmedSeq: 0,
          safeSeq: 0,
          begin: null,
          diverged: false,
        },
      ]);
    });

    test('I-7: enrolling again changes the token, not the epoch; another device waits for the first one’s entries, and begins a ledger of its own', () => {
      const under = enrolled();
      append(under, saleDraft(1));
      expect(under.store().enrol({ ...IDENTITY, token: 'new' }, NEXT_EPOCH)).toMatchObject({ ok: true });
      expect(under.store().epochs()).toHaveLength(1);
      const other = { ...IDENTITY, device: 'device-2' };
      expect(under.store().enrol(other, NEXT_EPOCH)).toEqual({
        ok: false,
        error: { type: 'entries-waiting-under-another-device', device: DEVICE },
      });
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 1, diverged: false }], {});
      expect(under.store().enrol(other, NEXT_EPOCH)).toMatchObject({ ok: true });
      expect(
        under
          .store()
          .epochs()
          .map(({ device, parent }) => [device, parent]),
      ).toEqual([
        [DEVICE, null],
        ['device-2', null],
      ]);
      const before = under.store().entriesAfter(EPOCH, 0, 9, 1e9);
      const start = genesisHead('device-2', NEXT_EPOCH, null);
      expect(append(under, saleDraft(2))).toMatchObject({
        id: { device: 'device-2', epoch: NEXT_EPOCH, seq: 1 },
        previousHash: start.hash,
      });
      expect(under.store().entriesAfter(EPOCH, 0, 9, 1e9)).toEqual(before);
    });

    test('L-3, L-6: what is appended is a chain, and is there after a kill', () => {
      const under = enrolled();
      const entries = [append(under, saleDraft(1)), append(under, voidDraft(2)), append(under, saleDraft(3))];
      under.reopen();
      expect(under.store().entriesAfter(EPOCH, 0, 10, 1e9)).toEqual(entries);
      expect(verifyChain(PORTS.hash, entries, genesisHead(DEVICE, EPOCH, null))).toMatchObject({ ok: true, value: { seq: 3 } });
      expect(under.store().epochs()[0]).toMatchObject({ headSeq: 3, headHash: entries[2]?.hash });
      expect(under.store().hashAt(EPOCH, 2)).toEqual(entries[1]?.hash);
      for (const [epoch, seq] of [
        [EPOCH, 0],
        [EPOCH, 4],
        [NEXT_EPOCH, 1],
      ] as const)
        expect(under.store().hashAt(epoch, seq)).toBeNull();
    });

    test('U-23: what is safe is forgotten up to a signed head; what is held follows it, also after a kill', () => {
      const under = enrolled();
      const entries = Array.from({ length: 6 }, (_, serial) => append(under, saleDraft(serial)));
      const headAt = (seq: number) => signBegin(SIGNER, { device: DEVICE, epoch: EPOCH, seq, hash: entries[seq - 1]?.hash ?? EMPTY });
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 5, diverged: false }], { [EPOCH]: 4 });
      expect(() => under.store().forget(headAt(5)), 'not safe yet').toThrow('only what is safe');
      expect(() => under.store().forget({ ...headAt(2), hash: EMPTY }), 'another history').toThrow('only what is safe');
      under.store().forget(headAt(2));
      under.store().forget(headAt(3));
      expect(() => under.store().forget(headAt(3)), 'never back').toThrow('only what is safe');
      under.reopen();
      const [epoch] = under.store().epochs();
      expect(epoch).toMatchObject({ headSeq: 6, confirmedSeq: 5, safeSeq: 4, begin: headAt(3) });
      expect(under.store().entriesAfter(EPOCH, 0, 10, 1e9)).toEqual(entries.slice(3));
      expect(under.store().entriesAfter(EPOCH, 4, 1, 1e9)).toEqual([entries[4]]);
      expect(verifyChain(PORTS.hash, entries.slice(3), headAt(3))).toMatchObject({ ok: true, value: { seq: 6 } });
      expect([2, 3, 4].map((seq) => under.store().hashAt(EPOCH, seq))).toEqual([null, entries[2]?.hash, entries[3]?.hash]);
      expect(under.store().waiting().entries).toBe(1);
      // A hub that lost it gets nothing of it again, and the count of what waits stays right.
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 0, diverged: false }], {});
      expect(under.store().epochs()[0]?.confirmedSeq).toBe(3);
      expect(under.store().waiting().entries).toBe(3);
      const next = append(under, saleDraft(7));
      expect(under.store().entriesAfter(EPOCH, 6, 10, 1e9)).toEqual([next]);
    });

    test('U-23: the last entry of an epoch, and what a fork holds, is never forgotten', () => {
      const under = enrolled();
      const entries = Array.from({ length: 3 }, (_, serial) => append(under, saleDraft(serial)));
      const headAt = (seq: number) => signBegin(SIGNER, { device: DEVICE, epoch: EPOCH, seq, hash: entries[seq - 1]?.hash ?? EMPTY });
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 3, diverged: false }], { [EPOCH]: 3 });
      expect(() => under.store().forget(headAt(3))).toThrow('only what is safe');
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 3, diverged: true }], { [EPOCH]: 3 });
      expect(() => under.store().forget(headAt(1))).toThrow('only what is safe');
    });

    test('N-18: of each epoch the furthest checkpoint stays, this device’s own and those of siblings', () => {
      const under = enrolled();
      const checkpointOf = (device: string, seq: number) =>
        signFoldCheckpoint(SIGNER, { device, epoch: EPOCH, seq, hash: new Uint8Array(32).fill(seq) });
      expect(under.store().foldCheckpoints()).toEqual([]);
      for (const [device, seq] of [
        [DEVICE, 3],
        ['lane-2', 9],
        [DEVICE, 5],
        [DEVICE, 4],
      ] as const)
        under.store().keepFoldCheckpoint(checkpointOf(device, seq));
      under.reopen();
      expect(under.store().foldCheckpoints()).toEqual([checkpointOf(DEVICE, 5), checkpointOf('lane-2', 9)]);
    });

    test('I-8: what a ledger shares with another database only grows, is there after a kill, and is of one enrolment', () => {
      const under = enrolled();
      for (const serial of [1, 2, 3]) append(under, saleDraft(serial));
      expect(under.store().sharedUpTo()).toBeNull();
      for (const [epoch, seq, held] of [
        [EPOCH, 2, 2],
        [EPOCH, 1, 2],
        [EPOCH, 3, 3],
      ] as const) {
        under.store().noteShared({ epoch, seq });
        under.reopen();
        expect(under.store().sharedUpTo()).toEqual({ epoch: EPOCH, seq: held });
      }
      expect(() => under.store().noteShared({ epoch: EPOCH, seq: 4 })).toThrow('is shared up to 4');
      expect(() => under.store().noteShared({ epoch: NEXT_EPOCH, seq: 0 })).toThrow('is shared up to 0');
      under.store().mintEpoch(NEXT_EPOCH);
      under.store().noteShared({ epoch: EPOCH, seq: 3 });
      expect(under.store().sharedUpTo()).toEqual({ epoch: EPOCH, seq: 3 });
      under.store().noteShared({ epoch: NEXT_EPOCH, seq: 0 });
      under.store().noteShared({ epoch: EPOCH, seq: 3 });
      expect(under.store().sharedUpTo()).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 3, diverged: false }], {});
      under.store().enrol({ ...IDENTITY, token: 'new' }, 'cccccccccccccccc');
      expect(under.store().sharedUpTo()).toEqual({ epoch: NEXT_EPOCH, seq: 0 });
      under.store().enrol({ ...IDENTITY, device: 'device-2' }, 'cccccccccccccccc');
      expect(under.store().sharedUpTo()).toBeNull();
    });

    test('I-8: of an epoch of which the hub holds another history all is shared', () => {
      const under = enrolled();
      for (const serial of [1, 2, 3]) append(under, saleDraft(serial));
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 1, diverged: true }], {});
      under.reopen();
      expect(under.store().sharedUpTo()).toEqual({ epoch: EPOCH, seq: 3 });
    });

    test('U-13: entries are handed out in order, within a count and a size, but never none', () => {
      const under = enrolled();
      const entries = Array.from({ length: 6 }, (_, serial) => append(under, saleDraft(serial)));
      const size = entries[0]?.canonical.length ?? 0;
      const seqs = (after: number, maxEntries: number, maxBytes: number) =>
        under
          .store()
          .entriesAfter(EPOCH, after, maxEntries, maxBytes)
          .map(({ id }) => id.seq);
      expect(seqs(0, 4, 1e9)).toEqual([1, 2, 3, 4]);
      expect(seqs(4, 4, 1e9)).toEqual([5, 6]);
      expect(seqs(6, 4, 1e9)).toEqual([]);
      expect(seqs(1, 4, size * 2.5)).toEqual([2, 3]);
      expect(seqs(1, 4, 1)).toEqual([2]);
      expect(under.store().entriesAfter(NEXT_EPOCH, 0, 4, 1e9)).toEqual([]);
    });

    test('I-2: an epoch continues the entry before it; one that was left empty is nobody’s parent', () => {
      const under = enrolled();
      append(under, saleDraft(1));
      const second = append(under, saleDraft(2));
      const parent = { epoch: EPOCH, seq: 2, hash: second.hash };
      expect(under.store().mintEpoch(NEXT_EPOCH)).toMatchObject({ epoch: NEXT_EPOCH, parent, headSeq: 0, headHash: second.hash });
      expect(under.store().mintEpoch('cccccccccccccccc')).toMatchObject({ parent });
      expect(() => under.store().mintEpoch(EPOCH)).toThrow('is new');
      const entry = append(under, saleDraft(3));
      expect(entry).toMatchObject({ id: { epoch: 'cccccccccccccccc', seq: 1 }, previousHash: second.hash });
      expect(under.store().entriesAfter('cccccccccccccccc', 0, 9, 1e9)).toEqual([entry]);
    });

    test('U-11: waiting counts by kind follow what is confirmed, forwards and backwards', () => {
      const under = enrolled();
      for (const draft of [saleDraft(1), voidDraft(2), saleDraft(3), saleDraft(4), voidDraft(5)]) append(under, draft);
      under.store().mintEpoch(NEXT_EPOCH);
      append(under, saleDraft(6));
      const waiting = () => ({ entries: under.store().waiting().entries, byKind: Object.fromEntries(under.store().waiting().byKind) });
      expect(waiting()).toEqual({ entries: 6, byKind: { 1: 4, 2: 2 } });
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 4, diverged: false }], {});
      expect(waiting()).toEqual({ entries: 2, byKind: { 1: 1, 2: 1 } });
      under.store().confirm(
        [
          { epoch: EPOCH, confirmedSeq: 1, diverged: true },
          { epoch: NEXT_EPOCH, confirmedSeq: 1, diverged: false },
        ],
        {},
      );
      under.reopen();
      expect(waiting()).toEqual({ entries: 4, byKind: { 1: 2, 2: 2 } });
      expect(
        under
          .store()
          .epochs()
          .map(({ confirmedSeq, diverged }) => [confirmedSeq, diverged]),
      ).toEqual([
        [1, true],
        [1, false],
      ]);
      expect(() => under.store().confirm([{ epoch: EPOCH, confirmedSeq: 6, diverged: false }], {})).toThrow('confirmed to 6');
    });

    test('U-16: safe never passes what is confirmed, and falls with it', () => {
      const under = enrolled();
      for (let serial = 0; serial < 5; serial += 1) append(under, saleDraft(serial));
      const safe = (): number | undefined => under.store().epochs()[0]?.safeSeq;
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 4, diverged: false }], { [EPOCH]: 3 });
      expect(safe()).toBe(3);
      under.store().confirm([], { [EPOCH]: 9 });
      expect(safe()).toBe(4);
      under.store().confirm([{ epoch: EPOCH, confirmedSeq: 2, diverged: false }], { [EPOCH]: 9 });
      expect(safe()).toBe(2);
    });

    test('U-10: the hub’s clock is remembered', () => {
      const under = enrolled();
      expect(under.store().hubClock()).toBeNull();
      under.store().setHubClock({ hubOffsetMs: -86_400_000 * 400, uncertaintyMs: 12 });
      under.reopen();
      expect(under.store().hubClock()).toEqual({ hubOffsetMs: -86_400_000 * 400, uncertaintyMs: 12 });
    });
  });

  describe(`${name}: cells`, () => {
    test('D-6: nothing of a cut shows before it is exposed, and then all of it', () => {
      const under = enrolled();
      const before = under.store().cut();
      expect(before).toEqual({ position: at(0), at: 0 });
      under.store().stage(manifestTo(at(0), at(5)));
      under.store().applyChunk({ segment: 's', chunk: 0, chunkCount: 2 }, item('A', 'Apple', 5));
      under.store().applyChunk({ segment: 's', chunk: 1, chunkCount: 2 }, item('B', 'Bread', 5));
      expect(names(under, 'A', before)).toEqual([]);
      const after = under.store().expose();
      under.reopen();
      expect(under.store().cut()).toEqual(after);
      expect(after.position).toEqual(at(5));
      expect([names(under, 'A', after), names(under, 'B', after), names(under, 'A', before)]).toEqual([['Apple'], ['Bread'], []]);
    });

    test('D-5: a cut that was being applied goes on after a kill, and another one takes its place', () => {
      const under = enrolled();
      const manifest = manifestTo(at(0), at(5));
      expect(under.store().staged()).toBeNull();
      under.store().stage(manifest);
      under.store().applyChunk({ segment: 's1', chunk: 0, chunkCount: 2 }, item('A', 'Apple', 5));
      under.reopen();
      const progress = new Map([['s1', { applied: 1, chunkCount: 2 }]]);
      expect(under.store().staged()).toEqual({ manifest, progress });
      expect(under.store().stage(manifest)).toEqual({ manifest, progress });
      expect(() => under.store().applyChunk({ segment: 's2', chunk: 1, chunkCount: 2 }, [])).toThrow('in order');
      const next = manifestTo(at(0), at(6));
      expect(under.store().stage(next)).toEqual({ manifest: next, progress: new Map() });
      under.store().applyChunk({ segment: 's3', chunk: 0, chunkCount: 1 }, item('B', 'Bread', 6));
      const cut = under.store().expose();
      expect([names(under, 'B', cut), under.store().staged()]).toEqual([['Bread'], null]);
    });

    test('D-2: a chunk may come in several transactions, and counts as applied with its last one', () => {
      const under = enrolled();
      const id = { segment: 's', chunk: 0, chunkCount: 2 };
      under.store().stage(manifestTo(at(0), at(5)));
      under.store().applyChunk(id, item('A', 'Apple', 5), false);
      under.reopen();
      expect(under.store().staged()?.progress.get('s')).toBeUndefined();
      expect(() => under.store().applyChunk({ ...id, chunk: 1 }, item('C', 'Cocoa', 5), false)).toThrow('in order');
      under.store().applyChunk(id, item('A', 'Apple', 5), false);
      under.store().applyChunk(id, item('B', 'Bread', 5));
      expect(under.store().staged()?.progress.get('s')).toEqual({ applied: 1, chunkCount: 2 });
      under.store().applyChunk({ ...id, chunk: 1 }, item('C', 'Cocoa', 5));
      const cut = under.store().expose();
      expect([names(under, 'A', cut), names(under, 'B', cut), names(under, 'C', cut)]).toEqual([['Apple'], ['Bread'], ['Cocoa']]);
    });

    test('D-2: a part ends behind an entity where somebody waits, is noted only when all of it was joined, and tells which of it was', () => {
      const under = enrolled();
      under.store().stage(manifestTo(at(0), at(4)));
      under.store().applyChunk({ segment: 'before', chunk: 0, chunkCount: 1 }, item('A', 'before', 4));
      under.store().expose();
      const id = { segment: 's', chunk: 0, chunkCount: 1 };
      under.store().stage(manifestTo(at(4), at(5)));
      const cells = [...item('A', 'Apple', 5), ...item('B', 'Bread', 5), ...item('C', 'Cocoa', 5)];
      let asked = 0;
      const joined = under.store().applyChunk(id, cells, true, () => (asked += 1) < 2);
      expect([asked, joined.map(({ key }) => key)]).toEqual([2, ['A', 'B']]);
      under.reopen();
      expect(under.store().staged()?.progress.get('s')).toBeUndefined();
      // One at least comes each time.
      expect(under.store().applyChunk(id, item('C', 'Cocoa', 5), true, () => false)).toHaveLength(1);
      expect(under.store().staged()?.progress.get('s')).toEqual({ applied: 1, chunkCount: 1 });
      const cut = under.store().expose();
      expect(['A', 'B', 'C'].flatMap((key) => names(under, key, cut))).toEqual(['Apple', 'Bread', 'Cocoa']);
    });

    test('D-5, C-1: a chunk that is applied again changes nothing', () => {
      const under = enrolled();
      under.store().stage(manifestTo(at(0), at(5)));
      for (let time = 0; time < 3; time += 1) under.store().applyChunk({ segment: 's', chunk: 0, chunkCount: 2 }, item('A', 'Apple', 5));
      expect(under.store().staged()?.progress.get('s')).toEqual({ applied: 1, chunkCount: 2 });
      expect(names(under, 'A', under.store().expose())).toEqual(['Apple']);
    });

    test('D-5, C-1: before the first cut, too, what comes joins what was applied for a manifest that was given up', () => {
      const under = enrolled();
      under.store().stage(manifestTo(at(0), at(5)));
      under.store().applyChunk({ segment: 's', chunk: 0, chunkCount: 2 }, [...item('A', 'Apple', 5), ...item('B', 'Bread', 5)]);
      under.reopen();
      under.store().stage(manifestTo(at(0), at(6)));
      const cells = [
        ...item('A', 'Pear', 6),
        cell('B', 0, false, 6),
        ...item('C', 'Cocoa', 6),
        cell('D', 1, 'first its name', 6),
        cell('D', 0, true, 6),
      ];
      under.store().applyChunk({ segment: 't', chunk: 0, chunkCount: 1 }, cells);
      const cut = under.store().expose();
      expect(['A', 'B', 'C', 'D'].flatMap((key) => names(under, key, cut))).toEqual(['Pear', 'Cocoa', 'first its name']);
    });

    test('C-3, C-4: a reader at an older cut sees its own values, until nobody pins it', () => {
      const under = enrolled();
      const first = bring(under, at(1), [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      const second = bring(under, at(2), [cell('A', 1, 'Pear', 2), cell('B', 0, false, 2)]);
      const third = bringMuch(under, at(3), [cell('A', 1, 'Plum', 3)]);
      const seen = (cut: Cut) => [...names(under, 'A', cut), ...names(under, 'B', cut)];
      const all = () => [seen(first), seen(second), seen(third)];
      expect(all()).toEqual([['Apple', 'Bread'], ['Pear'], ['Plum']]);
      expect(under.store().pruneVersions(first.at, 100)).toBe(false);
      expect(all()).toEqual([['Apple', 'Bread'], ['Pear'], ['Plum']]);
      expect(under.store().pruneVersions(second.at, 100)).toBe(false);
      expect(all().slice(1)).toEqual([['Pear'], ['Plum']]);
      expect(under.store().pruneVersions(Infinity, 100)).toBe(false);
      under.reopen();
      expect(seen(third)).toEqual(['Plum']);
      for (const cut of [first, second]) expect(seen(cut)).not.toEqual(expect.arrayContaining([expect.any(String)]));
    });

    test('C-4: pruning goes in small steps, and says when it is done', () => {
      const under = enrolled();
      const keys = Array.from({ length: 10 }, (_, index) => `K${index}`);
      bring(
        under,
        at(1),
        keys.flatMap((key) => item(key, 'old', 1)),
      );
      const cut = bringMuch(
        under,
        at(2),
        keys.map((key) => cell(key, 1, 'new', 2)),
      );
      let steps = 1;
      while (under.store().pruneVersions(Infinity, 4)) steps += 1;
      expect(steps).toBe(3);
      expect(keys.flatMap((key) => names(under, key, cut))).toEqual(keys.map(() => 'new'));
    });

    test('C-6: a new hub epoch keeps what both share, and its fork hides what was lost', () => {
      const under = enrolled();
      bring(under, at(1), item('A', 'Apple', 1));
      const shared = bring(under, at(2), item('B', 'Bread', 2));
      // Staged under the old epoch, and never exposed: the hub lost it.
      under.store().stage(manifestTo(at(2), at(9)));
      under.store().applyChunk({ segment: 'lost', chunk: 0, chunkCount: 2 }, item('A', 'Lost', 9));
      const next = bring(under, at(12, OTHER_HUB_EPOCH), item('C', 'Cocoa', 12));
      expect([names(under, 'A', next), names(under, 'B', next), names(under, 'C', next)]).toEqual([['Apple'], ['Bread'], ['Cocoa']]);
      expect([names(under, 'A', shared), names(under, 'C', shared)]).toEqual([['Apple'], []]);
    });

    test('C-6: a new start replaces everything at once, and sweeps out what is not in it', () => {
      const under = enrolled();
      const keys = Array.from({ length: 9 }, (_, index) => `K${index}`);
      const before = bring(
        under,
        at(7),
        keys.flatMap((key) => item(key, 'old', 7)),
      );
      const after = bring(under, at(3, OTHER_HUB_EPOCH), [...item('K1', 'new', 3), ...item('Z', 'new', 3)], true);
      const seen = (cut: Cut) => [...keys, 'Z'].flatMap((key) => names(under, key, cut));
      expect(seen(before)).toEqual(keys.map(() => 'old'));
      expect(seen(after)).toEqual(['new', 'new']);
      while (under.store().pruneVersions(before.at, 4));
      expect(seen(before)).toEqual(keys.map(() => 'old'));
      while (under.store().pruneVersions(Infinity, 4));
      expect(seen(after)).toEqual(['new', 'new']);
      expect(under.store().countEntities(1)).toBe(2);
    });

    test('D-19: cuts before the exposed one are held at growing ages, also after a kill, and show what they showed, whatever is pruned', () => {
      const under = enrolled();
      bring(under, at(1), [...item('A', 'name 1', 1), ...item('B', 'Bread', 1)]);
      for (let lsn = 2; lsn <= 24; lsn += 1) {
        const added = lsn === 12 ? item('N', 'new', lsn) : [];
        bring(under, at(lsn), [cell('A', 1, `name ${lsn}`, lsn), cell('B', 0, lsn % 2 === 1, lsn), ...added]);
        while (under.store().pruneVersions(Infinity, 3));
      }
      under.reopen();
      expect(heldLsns(under)).toEqual([1, 9, 13, 17, 19, 21, 22, 23]);
      const seen = under
        .store()
        .heldCuts()
        .map((held) => ['A', 'B', 'N'].flatMap((key) => names(under, key, held.at)));
      const wanted = (lsn: number) => [`name ${lsn}`, ...(lsn % 2 === 1 ? ['Bread'] : []), ...(lsn >= 12 ? ['new'] : [])];
      expect(seen).toEqual(heldLsns(under).map(wanted));
      bringMuch(under, at(25));
      expect(heldLsns(under)).toEqual([]);
      while (under.store().pruneVersions(Infinity, 3));
      expect(names(under, 'A', under.store().cut())).toEqual(['name 24']);
    });

    /** Three cuts, of which the hub has lost the last. */
    function loseThird(under: StoreUnderTest): Cut {
      bring(under, at(1), [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      bring(under, at(2), [cell('A', 1, 'Pear', 2)]);
      return bring(under, at(3), [cell('A', 1, 'Lost', 3), cell('B', 0, false, 3), ...item('C', 'Cocoa', 3)]);
    }
    const keysOf = (entities: readonly TouchedEntity[]) => entities.map(({ key }) => key);
    const shownAt = (under: StoreUnderTest, when: Cut) => ['A', 'B', 'C', 'D'].flatMap((key) => names(under, key, when));

    test('D-19, C-6: a rebase to a held cut shows nothing of what was lost, and tells whoever follows the cells what goes back', () => {
      const told: (readonly [string, readonly unknown[]])[] = [];
      const under: StoreUnderTest = enrolled((entity) => told.push([entity.key, names(under, entity.key, under.store().newestAt())]));
      const lost = loseThird(under);
      const back = manifestTo(at(2, OTHER_HUB_EPOCH), at(5, OTHER_HUB_EPOCH), true);
      under.store().stage(back);
      under.store().applyChunk({ segment: 's5', chunk: 0, chunkCount: 1 }, item('D', 'Date', 5));
      told.length = 0;
      expect(keysOf(under.store().tellReverted(null, 2))).toEqual(['A', 'B']);
      under.reopen();
      expect(keysOf(under.store().tellReverted(null, 2))).toEqual(['A', 'B']);
      const [last] = under.store().tellReverted(null, 2).slice(-1);
      expect(keysOf(under.store().tellReverted(last ?? null, 2))).toEqual(['C']);
      expect(told.slice(-3)).toEqual([
        ['A', ['Pear']],
        ['B', ['Bread']],
        ['C', []],
      ]);
      expect(shownAt(under, under.store().cut())).toEqual(['Lost', 'Cocoa']);
      const next = under.store().expose();
      expect(next.at).toBeGreaterThan(lost.at);
      expect(shownAt(under, next)).toEqual(['Pear', 'Bread', 'Date']);
      expect(heldLsns(under)).toEqual([1, 2]);
      // A basket that pinned what was lost reads on, and takes nothing from those that went back beneath it.
      while (under.store().pruneVersions(lost.at, 2));
      expect(shownAt(under, lost)).toEqual(['Lost', 'Cocoa']);
      expect(shownAt(under, next)).toEqual(['Pear', 'Bread', 'Date']);
      const after = bringMuch(under, at(6, OTHER_HUB_EPOCH), [cell('D', 1, 'Dates', 6)]);
      while (under.store().pruneVersions(Infinity, 2));
      expect(shownAt(under, after)).toEqual(['Pear', 'Bread', 'Dates']);
      expect(under.store().countEntities(1)).toBe(3);
    });

    test('D-19: back at the very cut nothing has to come; and one that was begun may be left for a later one, or for a new start', () => {
      const under = enrolled();
      loseThird(under);
      under.store().stage(manifestTo(at(2, OTHER_HUB_EPOCH), at(4, OTHER_HUB_EPOCH), true));
      under.store().applyChunk({ segment: 'left', chunk: 0, chunkCount: 2 }, item('D', 'never shown', 4));
      under.store().stage(manifestTo(at(2, OTHER_HUB_EPOCH), at(2, OTHER_HUB_EPOCH), true));
      const next = under.store().expose();
      expect(next.position).toEqual(at(2, OTHER_HUB_EPOCH));
      expect(shownAt(under, next)).toEqual(['Pear', 'Bread']);
      expect(heldLsns(under)).toEqual([1]);
      // The hub was set back once more, and further.
      bring(under, at(3, OTHER_HUB_EPOCH), [cell('A', 1, 'Plum', 3)]);
      const third = 'cc'.padStart(16, '0');
      under.store().stage(manifestTo(at(1, third), at(4, third), true));
      under.store().applyChunk({ segment: 's4', chunk: 0, chunkCount: 1 }, item('D', 'Date', 4));
      expect(keysOf(under.store().tellReverted(null, 9))).toContain('A');
      expect(shownAt(under, under.store().expose())).toEqual(['Apple', 'Bread', 'Date']);
      const anew = bring(under, at(2, HUB_EPOCH), item('A', 'Anew', 2), true);
      expect([shownAt(under, anew), heldLsns(under)]).toEqual([['Anew'], []]);
    });

    test('D-19, D-13: of a cut over which something urgent was shown, what lies beneath is held', () => {
      const under = enrolled();
      bring(under, at(1), [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      under.store().stage(urgentManifest(at(1), at(9), 4));
      apply(under, 'a', [cell('A', 1, 'Recalled', 4)]);
      under.store().exposeUrgent();
      apply(under, 'b', [cell('A', 1, 'Recalled', 9)]);
      under.store().expose();
      while (under.store().pruneVersions(Infinity, 9));
      expect(
        under
          .store()
          .heldCuts()
          .map((held) => [held.lsn, names(under, 'A', held.at)]),
      ).toEqual([[1, ['Apple']]]);
      under.store().stage(manifestTo(at(1, OTHER_HUB_EPOCH), at(2, OTHER_HUB_EPOCH), true));
      under.store().tellReverted(null, 9);
      expect(shownAt(under, under.store().expose())).toEqual(['Apple', 'Bread']);
    });

    const ref = (hash: string) => ({ hash: hash.padEnd(64, '0'), bytes: 1, cells: 1, entities: 1 });
    const urgentManifest = (from: Position, to: Position, lsn: number): Manifest => ({
      ...manifestTo(from, to),
      segments: [ref('b')],
      urgent: { lsn, segments: [ref('a')] },
    });
    const apply = (under: StoreUnderTest, hash: string, cells: readonly Cell[], chunk = 0, chunkCount = 1) =>
      under.store().applyChunk({ segment: ref(hash).hash, chunk, chunkCount }, cells);

    test('D-13: what is urgent shows over the exposed cut, which keeps its position, while the rest is half applied; a basket that pinned the cut before does not see it', () => {
      const under = enrolled();
      const before = bring(under, at(1), [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      under.store().stage(urgentManifest(at(1), at(9), 4));
      apply(under, 'b', [cell('B', 1, 'half applied', 9)], 0, 2);
      expect(names(under, 'B', under.store().cut())).toEqual(['Bread']);
      apply(under, 'a', [cell('A', 1, 'Recalled', 4)]);
      expect(names(under, 'A', under.store().cut())).toEqual(['Apple']);
      const urgent = under.store().exposeUrgent();
      under.reopen();
      expect(under.store().cut()).toEqual(urgent);
      expect(urgent.position).toEqual(at(1));
      expect(urgent.at).toBeGreaterThan(before.at);
      expect([names(under, 'A', urgent), names(under, 'B', urgent)]).toEqual([['Recalled'], ['Bread']]);
      expect(names(under, 'A', before)).toEqual(['Apple']);
      // What lies beneath what is urgent, and is not shown yet, is not swept away.
      while (under.store().pruneVersions(Infinity, 2));
      apply(under, 'b', [cell('A', 1, 'Recalled, and named anew', 9)], 1, 2);
      const after = under.store().expose();
      expect(after.at).toBeGreaterThan(urgent.at);
      expect(after.position).toEqual(at(9));
      expect([names(under, 'A', after), names(under, 'B', after)]).toEqual([['Recalled, and named anew'], ['half applied']]);
      expect([names(under, 'A', urgent), names(under, 'B', urgent)]).toEqual([['Recalled'], ['Bread']]);
      while (under.store().pruneVersions(urgent.at, 2));
      expect([names(under, 'A', urgent), names(under, 'B', urgent)]).toEqual([['Recalled'], ['Bread']]);
      expect([names(under, 'A', after), names(under, 'B', after)]).toEqual([['Recalled, and named anew'], ['half applied']]);
      while (under.store().pruneVersions(Infinity, 2));
      expect([names(under, 'A', after), names(under, 'B', after)]).toEqual([['Recalled, and named anew'], ['half applied']]);
      const next = bring(under, at(12), item('C', 'Cocoa', 12));
      expect(['A', 'B', 'C'].flatMap((key) => names(under, key, next))).toEqual(['Recalled, and named anew', 'half applied', 'Cocoa']);
    });

    test('D-13: a second urgent publication comes over the first, under a new manifest, and what was applied of the rest stays applied', () => {
      const under = enrolled();
      bring(under, at(1), [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      under.store().stage(urgentManifest(at(1), at(9), 4));
      apply(under, 'a', [cell('A', 1, 'Recalled', 4)]);
      under.store().exposeUrgent();
      apply(under, 'b', [cell('B', 1, 'new', 9)], 0, 2);
      const later: Manifest = { ...urgentManifest(at(1), at(12), 11), urgent: { lsn: 11, segments: [ref('c')] } };
      const staged = under.store().stage(later);
      expect(staged.progress.get(ref('b').hash)).toEqual({ applied: 1, chunkCount: 2 });
      expect(staged.progress.get(ref('c').hash)).toBeUndefined();
      apply(under, 'c', [cell('B', 1, 'Stopped', 11)]);
      const urgent = under.store().exposeUrgent();
      expect(['A', 'B'].flatMap((key) => names(under, key, urgent))).toEqual(['Recalled', 'Stopped']);
      apply(under, 'b', [cell('A', 1, 'Recalled', 9)], 1, 2);
      const cut = under.store().expose();
      expect(cut.position).toEqual(at(12));
      expect(['A', 'B'].flatMap((key) => names(under, key, cut))).toEqual(['Recalled', 'new']);
    });

    test('D-13: what belongs to another history, or comes before anything is exposed, is not shown ahead', () => {
      const under = enrolled();
      expect(under.store().stage({ ...urgentManifest(at(0), at(9), 4) }).manifest.urgent).toBeUndefined();
      bring(under, at(5), item('A', 'Apple', 5));
      const anew = { ...urgentManifest(at(0, OTHER_HUB_EPOCH), at(9, OTHER_HUB_EPOCH), 7), rebase: true };
      expect(under.store().stage(anew).manifest.urgent).toBeUndefined();
      const seen = { ...urgentManifest(at(5), at(8), 3) };
      expect(under.store().stage(seen).manifest.urgent).toBeUndefined();
    });

    test('C-6: the newest cells can be read before they are exposed, by an index that follows them', () => {
      const read: (readonly unknown[])[] = [];
      const under: StoreUnderTest = enrolled((entity) => read.push(names(under, entity.key, under.store().newestAt())));
      bring(under, at(1), item('A', 'Apple', 1));
      bring(under, at(2), [cell('A', 1, 'Pear', 2)]);
      bring(under, at(1, OTHER_HUB_EPOCH), item('A', 'Plum', 1), true);
      expect(read).toEqual([['Apple'], ['Pear'], ['Plum']]);
    });

    test('C-7: keys are found bytewise, by prefix, in order, without splitting a key', () => {
      const under = enrolled();
      const keys = ['85123A', '85123a', '8512', '85123', '85124', '9', 'ä', '\u{1f980}', '\uffee', 'AB\u{10ffff}', 'AB'];
      const cells = keys.flatMap((key) => [...item(key, key, 1), ...item(key, key, 1, 'store:1')]);
      const { at: cutAt } = bring(under, at(1), cells);
      const found = (prefix: string, limit = 100, after?: string) =>
        under
          .store()
          .readPrefix(1, prefix, cutAt, limit, after)
          .map(({ key }) => key);
      const twice = (list: readonly string[]) => list.flatMap((key) => [key, key]);
      expect(found('85123')).toEqual(twice(['85123', '85123A', '85123a']));
      expect(found('8512', 3)).toEqual(twice(['8512', '85123']));
      expect(found('8512', 3, '85123')).toEqual(twice(['85123A', '85123a']));
      expect(found('AB')).toEqual(twice(['AB', 'AB\u{10ffff}']));
      expect(found('')).toEqual(twice(keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))));
      expect(found('none')).toEqual([]);
      expect(under.store().readEntity(1, '85123A', cutAt)).toHaveLength(2);
      expect(under.store().readEntity(2, '85123A', cutAt)).toEqual([]);
    });

    test('C-7: of however many entities in however many scopes, none is left out and none comes twice', () => {
      const under = enrolled();
      const keys = Array.from({ length: 300 }, (_, n) => `K${String(n).padStart(3, '0')}`);
      const scopes = ['global', 'store:1', 'zone:A'];
      const cells = keys.flatMap((key) => scopes.flatMap((scope) => item(key, key, 1, scope)));
      const { at: cutAt } = bring(under, at(1), cells);
      const found = (prefix: string, limit: number, after?: string): readonly string[] =>
        under
          .store()
          .readPrefix(1, prefix, cutAt, limit, after)
          .map(({ key, scope }) => `${key} ${scope}`);
      const all = keys.flatMap((key) => scopes.map((scope) => `${key} ${scope}`));
      expect(found('K', 10_000)).toEqual(all);
      expect(found('', 10_000)).toEqual(all);
      // A limit ends behind the last scope of a key, wherever it falls.
      expect(found('K', 700)).toEqual(all.slice(0, 702));
      expect(found('K', 10_000, 'K084')).toEqual(all.slice(255));
    });

    test('C-8: an entity is kept by scope', () => {
      const under = enrolled();
      const { at: cutAt } = bring(under, at(1), [...item('A', 'all', 1), ...item('A', 'here', 1, 'store:1')]);
      const byScope = under
        .store()
        .readEntity(1, 'A', cutAt)
        .map(({ scope, fields }) => `${scope}: ${String(fields.get(1))}`);
      expect(byScope.sort()).toEqual(['global: all', 'store:1: here']);
    });

    test('O-11: what led to the exposed cut is held as its proof, without the frames that rode along, also after a kill', () => {
      const under = enrolled();
      expect(under.store().proof()).toBeNull();
      const manifest = manifestTo(at(0), at(5));
      under.store().stage({ ...manifest, segments: manifest.segments.map((segment) => ({ ...segment, frame: 'AQID' })) });
      expect(under.store().proof()).toBeNull();
      for (const { hash } of manifest.segments) under.store().applyChunk({ segment: hash, chunk: 0, chunkCount: 1 }, []);
      under.store().expose();
      under.reopen();
      expect(under.store().proof()).toEqual(manifest);
    });

    test('D-6: who follows the cells is told of each touched entity, once a chunk, inside its transaction', () => {
      const told: TouchedEntity[] = [];
      let fail = false;
      const under = enrolled((entity) => {
        assert(!fail, 'the index is full');
        told.push(entity);
      });
      const { store } = under;
      store().stage(manifestTo(at(0), at(1)));
      const touched = store().applyChunk({ segment: 's', chunk: 0, chunkCount: 2 }, [...item('A', 'Apple', 1), ...item('B', 'Bread', 1)]);
      expect(told).toEqual([
        { type: 1, key: 'A', scope: 'global' },
        { type: 1, key: 'B', scope: 'global' },
      ]);
      expect(touched).toEqual(told);
      fail = true;
      expect(() => store().applyChunk({ segment: 's', chunk: 1, chunkCount: 2 }, item('C', 'Cocoa', 1))).toThrow('the index is full');
      expect(store().staged()?.progress.get('s')).toEqual({ applied: 1, chunkCount: 2 });
      fail = false;
      store().applyChunk({ segment: 's', chunk: 1, chunkCount: 2 }, item('C', 'Cocoa', 1));
      expect(names(under, 'C', store().expose())).toEqual(['Cocoa']);
    });
  });
}
