/** Entries, keys and random values that the tests of this package share. Everything follows from a seed. */
import { assert, type Hash, type Random, type Signer, type Verifier } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeCompression, nodeHash, nodeVerifier } from '@holdfast/base/node';

import { canonicalBytes, genesisHead, headOf, signHead, type ChainedEntry, type ChainHead, type EntryDraft } from '../replica/ledger.ts';
import { createSchemas, type Column, type Columns, type Schemas } from '../schema.ts';
import type { EpochParent } from '../store.ts';
import type { Batch } from '../wire/batch.ts';

export const PORTS: { readonly hash: Hash; readonly compression: typeof nodeCompression; readonly verifier: Verifier } = {
  hash: nodeHash,
  compression: nodeCompression,
  verifier: nodeVerifier,
};

export const SIGNER: Signer = createSigner(generateSigningKey());
export const OTHER_SIGNER: Signer = createSigner(generateSigningKey());

export const DEVICE = 'device-1';
export const EPOCH = '00112233445566aa';
export const NEXT_EPOCH = '00112233445566bb';

/** A generator of numbers in [0, 1) that follow from `seed` (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const seededRandom = (next: () => number): Random => ({
  bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
});

const SALE_COLUMNS: readonly Column[] = [
  { number: 1, name: 'businessDate', type: 'text' },
  { number: 2, name: 'training', type: 'bool' },
  {
    number: 14,
    name: 'lines',
    type: {
      list: [
        { number: 1, name: 'sku', type: 'text' },
        { number: 3, name: 'quantity', type: 'int' },
        { number: 5, name: 'unitPriceAmount', type: 'int' },
        { number: 9, name: 'amountMinor', type: 'int' },
        { number: 16, name: 'text', type: 'text', optional: true },
      ],
    },
  },
  { number: 15, name: 'totalMinor', type: 'int' },
  { number: 20, name: 'receiptNumber', type: 'text' },
];
const VOID_COLUMNS: readonly Column[] = [
  { number: 1, name: 'businessDate', type: 'text' },
  { number: 26, name: 'reason', type: 'text', optional: true },
];

/** That a device has forgotten its ledger up to there. */
export const CUT_KIND = {
  kind: 4,
  name: 'cut',
  columns: [
    { number: 1, name: 'epoch', type: 'text' },
    { number: 2, name: 'seq', type: 'int' },
    { number: 3, name: 'hash', type: 'bytes' },
  ],
} as const;

/** A sale and a void, as an app might describe them; numbers 1 and 2 are what status lines count. */
export const SCHEMAS: Schemas = createSchemas([
  { kind: 1, name: 'sale', columns: SALE_COLUMNS },
  { kind: 2, name: 'void', columns: VOID_COLUMNS },
  CUT_KIND,
]);

/** The same app a release later: a void has another column, and there is another kind. */
export const NEXT_SCHEMAS: Schemas = createSchemas([
  { kind: 1, name: 'sale', columns: SALE_COLUMNS },
  { kind: 2, name: 'void', columns: [...VOID_COLUMNS, { number: 40, name: 'approver', type: 'text', optional: true }] },
  {
    kind: 3,
    name: 'count',
    columns: [
      { number: 1, name: 'sku', type: 'text' },
      { number: 2, name: 'pieces', type: 'int' },
    ],
  },
  CUT_KIND,
]);

export function saleDraft(serial: number, lineCount = 2): EntryDraft {
  const lines = Array.from({ length: lineCount }, (_, line) => {
    const quantity = 1 + ((serial + line) % 3);
    const unitPriceAmount = 99 + ((serial * 7 + line * 13) % 20) * 50;
    return { sku: `S${(serial * 3 + line * 5) % 40}`, quantity, unitPriceAmount, amountMinor: quantity * unitPriceAmount };
  });
  return {
    kind: 1,
    wallMs: 1_700_000_000_000 + serial * 41_237,
    clockUncertaintyMs: 20,
    hubOffsetMs: serial % 5 === 0 ? null : -1_200,
    fields: {
      businessDate: '2026-03-14',
      training: false,
      lines,
      totalMinor: lines.reduce((sum, line) => sum + line.amountMinor, 0),
      receiptNumber: `1-0011-${String(serial).padStart(6, '0')}`,
    },
  };
}

export const voidDraft = (serial: number): EntryDraft => ({
  kind: 2,
  wallMs: 1_700_000_000_000 + serial,
  clockUncertaintyMs: 0,
  hubOffsetMs: null,
  fields: { businessDate: '2026-03-14', ...(serial % 2 === 0 ? { reason: 'a customer left' } : {}) },
});

export const cutDraft = ({ epoch, seq, hash }: Pick<ChainHead, 'epoch' | 'seq' | 'hash'>): EntryDraft => ({
  ...voidDraft(seq),
  kind: CUT_KIND.kind,
  fields: { epoch, seq, hash },
});

/** Of `NEXT_SCHEMAS` only: the new kind, or the new column of the old one. */
export const countDraft = (serial: number): EntryDraft =>
  serial % 2 === 0
    ? { ...voidDraft(serial), fields: { ...voidDraft(serial).fields, approver: `u${serial % 5}` } }
    : { ...voidDraft(serial), kind: 3, fields: { sku: `S${serial % 40}`, pieces: serial } };

/** Chains entries that say whatever `columns` say, known to no schema. */
export function chainColumns(from: ChainHead, kinds: readonly (readonly [kind: number, columns: Columns])[]): readonly ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  let head = from;
  for (const [kind, columns] of kinds) {
    const id = { device: head.device, epoch: head.epoch, seq: head.seq + 1 };
    const envelope = {
      id,
      previousHash: head.hash,
      kind,
      wallMs: 1_000 + head.seq * 7,
      clockUncertaintyMs: 1,
      hubOffsetMs: head.seq % 3 === 0 ? null : -5,
    };
    const canonical = canonicalBytes(envelope, columns);
    assert(canonical !== null, 'an entry within limits');
    const entry = { id, previousHash: head.hash, hash: PORTS.hash.sha256(canonical), canonical };
    entries.push(entry);
    head = headOf(entry);
  }
  return entries;
}

/** A signed batch of consecutive entries. */
export function batchOfEntries(entries: readonly ChainedEntry[], parent: EpochParent | null = null, signer = SIGNER): Batch {
  const first = entries[0];
  const last = entries.at(-1);
  assert(first !== undefined && last !== undefined, 'at least one entry');
  return {
    device: first.id.device,
    epoch: first.id.epoch,
    parent: first.id.seq === 1 ? parent : null,
    firstSeq: first.id.seq,
    previousHash: first.previousHash,
    entries,
    head: signHead(signer, headOf(last)),
  };
}

export const START = genesisHead(DEVICE, EPOCH, null);
