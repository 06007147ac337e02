import { assert } from '@holdfast/base';
import { nodeVerifierAside } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { batchOfEntries, DEVICE, NEXT_EPOCH, OTHER_SIGNER, PORTS, saleDraft, SCHEMAS, SIGNER, START } from '../testing/fixtures.ts';
import type { Batch } from '../wire/batch.ts';
import { judgeBatch, previousOf, refusalAside, type HeldLedger } from './judge.ts';
import { chainEntry, genesisHead, headOf, signHead, type ChainedEntry, type ChainHead } from './ledger.ts';

function chain(count: number, from: ChainHead = START, firstSerial = 1): readonly ChainedEntry[] {
  let head = from;
  return Array.from({ length: count }, (_, index) => {
    const entry = chainEntry(PORTS.hash, head, saleDraft(firstSerial + index), SCHEMAS);
    head = headOf(entry);
    return entry;
  });
}

const MAIN = chain(10);
const entryAt = (entries: readonly ChainedEntry[], index: number): ChainedEntry => {
  const entry = entries.at(index);
  assert(entry !== undefined, 'an entry');
  return entry;
};
/** A copy of the device that went its own way after entry 4. */
const COPY = chain(8, headOf(entryAt(MAIN, 3)), 500);

/** What a hub that holds the first `count` entries of the main line finds for `batch`. */
function holding(count: number, batch: Batch, others: Partial<HeldLedger> = {}): HeldLedger {
  const held = MAIN.slice(0, count);
  const previous = previousOf(batch);
  const last = held.at(-1);
  return {
    device: DEVICE,
    publicKey: SIGNER.publicKey,
    head: last === undefined ? null : headOf(last),
    hashBySeq: new Map(held.map((entry) => [entry.id.seq, entry.hash])),
    previousHeld: previous === null || held.some((entry) => Buffer.from(entry.hash).equals(previous.hash)),
    ...others,
  };
}

const judge = (count: number, batch: Batch, others: Partial<HeldLedger> = {}) =>
  judgeBatch(holding(count, batch, others), batch, PORTS.verifier);
const run = (entries: readonly ChainedEntry[], first: number, last: number): Batch =>
  batchOfEntries(entries.filter(({ id }) => id.seq >= first && id.seq <= last));

/** Held so far, first and last seq sent; what is appended, and how many were held already. */
const MAIN_LINE = [
  { held: 0, first: 1, last: 3, appended: [1, 2, 3], duplicates: 0 },
  { held: 3, first: 4, last: 6, appended: [4, 5, 6], duplicates: 0 },
  { held: 3, first: 1, last: 3, appended: [], duplicates: 3 },
  { held: 3, first: 2, last: 3, appended: [], duplicates: 2 },
  { held: 3, first: 1, last: 5, appended: [4, 5], duplicates: 3 },
  { held: 10, first: 4, last: 4, appended: [], duplicates: 1 },
];

test.each(MAIN_LINE)(
  'U-6: holding $held, sent $first to $last: appends $appended, knows $duplicates',
  ({ held, first, last, appended, duplicates }) => {
    const verdict = judge(held, run(MAIN, first, last));
    expect(verdict).toMatchObject({ type: 'append', duplicates });
    expect(verdict.type === 'append' && verdict.entries.map((entry) => entry.id.seq)).toEqual(appended);
  },
);

test.each([
  { held: 0, first: 2 },
  { held: 3, first: 5 },
  { held: 3, first: 10 },
])('U-7: holding $held, sent from $first: a gap, and nothing of it is taken', ({ held, first }) => {
  expect(judge(held, run(MAIN, first, 10))).toEqual({ type: 'gap' });
});

/** The main line is held to `held`; the copy sends `first` to `last` of its own. */
const BRANCHES = [
  { held: 10, first: 5, last: 7, stored: [5, 6, 7], duplicates: 0 },
  { held: 6, first: 5, last: 12, stored: [5, 6, 7, 8, 9, 10, 11, 12], duplicates: 0 },
  { held: 5, first: 5, last: 5, stored: [5], duplicates: 0 },
];

test.each(BRANCHES)(
  'U-8: holding $held, a copy sends $first to $last: stored whole, beside',
  ({ held, first, last, stored, duplicates }) => {
    const verdict = judge(held, run(COPY, first, last));
    expect(verdict).toMatchObject({ type: 'branch', duplicates });
    expect(verdict.type === 'branch' && verdict.entries.map((entry) => entry.id.seq)).toEqual(stored);
  },
);

test('U-8: a batch that begins before the fork has its known part known, and the rest stored beside', () => {
  const verdict = judge(10, batchOfEntries([...MAIN.slice(2, 4), ...COPY.slice(0, 2)]));
  expect(verdict).toMatchObject({ type: 'branch', duplicates: 2 });
  expect(verdict.type === 'branch' && verdict.entries.map((entry) => entry.id.seq)).toEqual([5, 6]);
});

test('U-8: a branch goes on where it is held, and nowhere else', () => {
  const next = run(COPY, 8, 9);
  expect(judge(6, next, { previousHeld: true })).toMatchObject({ type: 'branch' });
  expect(judge(7, next, { previousHeld: true })).toMatchObject({ type: 'branch' });
  expect(judge(6, next, { previousHeld: false })).toEqual({ type: 'gap' });
  expect(judge(0, next, { previousHeld: true })).toMatchObject({ type: 'branch' });
});

test('U-9: a new epoch is taken where its parent is held, on the main line or on a branch', () => {
  const parentEntry = entryAt(COPY, 2);
  const parent = { epoch: parentEntry.id.epoch, seq: parentEntry.id.seq, hash: parentEntry.hash };
  const entries = chain(2, genesisHead(DEVICE, NEXT_EPOCH, parent.hash), 900);
  const batch = batchOfEntries(entries, parent);
  expect(previousOf(batch)).toEqual(parent);
  const held: Partial<HeldLedger> = { head: null, hashBySeq: new Map() };
  expect(judge(10, batch, { ...held, previousHeld: true })).toMatchObject({ type: 'append' });
  expect(judge(10, batch, { ...held, previousHeld: false })).toEqual({ type: 'gap' });
});

test('U-9: an epoch that names no parent is taken', () => {
  const batch = batchOfEntries(chain(2, genesisHead(DEVICE, NEXT_EPOCH, null), 900));
  expect(judge(0, batch)).toEqual({ type: 'append', duplicates: 0, entries: batch.entries });
});

test('U-5, I-1: only what is not authentic is refused', () => {
  const batch = run(MAIN, 1, 3);
  expect(judge(0, batch, { device: 'device-2' })).toEqual({ type: 'refused', reason: 'wrong-device' });
  expect(judge(0, batch, { publicKey: OTHER_SIGNER.publicKey })).toEqual({ type: 'refused', reason: 'bad-signature' });
  expect(judge(0, batchOfEntries(MAIN.slice(0, 3), null, OTHER_SIGNER))).toEqual({ type: 'refused', reason: 'bad-signature' });
});

test('U-5, I-1: with the signature checked beside, the same is refused', async () => {
  const refused = async (device: string, publicKey: Uint8Array) => refusalAside({ device, publicKey }, run(MAIN, 1, 3), nodeVerifierAside);
  expect(await refused(DEVICE, SIGNER.publicKey)).toBeNull();
  // Also where the key is right: whoever signs for another device is not that one.
  expect(await refused('device-2', SIGNER.publicKey)).toBe('wrong-device');
  expect(await refused(DEVICE, OTHER_SIGNER.publicKey)).toBe('bad-signature');
});

test('U-7, I-2: a batch goes on from the entry before its first, the first of an epoch from its parent', () => {
  expect(previousOf(run(MAIN, 4, 6))).toEqual({ epoch: START.epoch, seq: 3, hash: entryAt(MAIN, 2).hash });
  expect(previousOf(run(MAIN, 1, 2))).toBeNull();
  const parent = { epoch: START.epoch, seq: 10, hash: entryAt(MAIN, -1).hash };
  expect(previousOf(batchOfEntries(chain(2, genesisHead(DEVICE, NEXT_EPOCH, parent.hash), 900), parent))).toEqual(parent);
});

test('U-4: a probe appends nothing, whatever is held', () => {
  const head = headOf(entryAt(MAIN, 4));
  const probe: Batch = {
    device: DEVICE,
    epoch: head.epoch,
    parent: null,
    firstSeq: 6,
    previousHash: head.hash,
    entries: [],
    head: signHead(SIGNER, head),
  };
  for (const held of [0, 3, 5, 10]) expect(judge(held, probe)).toEqual({ type: 'append', entries: [], duplicates: 0 });
});
