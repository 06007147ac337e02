import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { chainEntry, headOf, readEntry, verifyHead, type ChainedEntry } from '../replica/ledger.ts';
import { createSchemas } from '../schema.ts';
import { columns, schemasAndFields } from '../testing/arbitraries.ts';
import { batchOfEntries, chainColumns, PORTS, saleDraft, SCHEMAS, SIGNER, START } from '../testing/fixtures.ts';
import { BATCH_LIMITS, decodeBatch, encodeBatch } from './batch.ts';
import { bytesToHex } from './bytes.ts';

const numRuns = process.env['HOLDFAST_SOAK'] === '1' ? 5_000 : 150;

/** What arrives of `entries`, or why nothing does. */
function roundTrip(entries: readonly ChainedEntry[]): readonly string[] | string {
  const batch = batchOfEntries(entries);
  const decoded = decodeBatch(encodeBatch(batch, PORTS.compression), PORTS);
  if (!decoded.ok) return decoded.error.reason;
  expect(decoded.value).toEqual(batch);
  return hexOf(decoded.value.entries);
}

const hexOf = (entries: readonly ChainedEntry[]): readonly string[] => entries.map((entry) => bytesToHex(entry.canonical));

test('U-1, L-8: whatever entries say, of kinds and columns that nobody knows, they arrive byte by byte', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), columns), { minLength: 1, maxLength: 20 }), (kinds) => {
      const entries = chainColumns(START, kinds);
      expect(roundTrip(entries)).toEqual(hexOf(entries));
    }),
    { numRuns },
  );
});

test('U-1, L-8: entries of random schemas arrive byte by byte, and read back by name', () => {
  fc.assert(
    fc.property(schemasAndFields, ({ schemas: list, drafts }) => {
      const schemas = createSchemas(list);
      let head = START;
      const entries = drafts.map(([kind, fields]) => {
        const entry = chainEntry(PORTS.hash, head, { kind, fields, wallMs: head.seq, clockUncertaintyMs: 0, hubOffsetMs: null }, schemas);
        head = headOf(entry);
        return entry;
      });
      expect(roundTrip(entries)).toEqual(hexOf(entries));
      for (const [index, entry] of entries.entries()) {
        const read = readEntry(entry.canonical, schemas);
        expect(read.ok && read.value.fields).toEqual(drafts[index]?.[1]);
      }
    }),
    { numRuns },
  );
});

test('U-3: a frame with any byte changed, or cut anywhere, is refused or is the same batch', () => {
  let head = START;
  const entries = Array.from({ length: 12 }, (_, serial) => {
    const entry = chainEntry(PORTS.hash, head, saleDraft(serial), SCHEMAS);
    head = headOf(entry);
    return entry;
  });
  const batch = batchOfEntries(entries);
  const frame = encodeBatch(batch, PORTS.compression);
  const told = entries.map((entry) => bytesToHex(entry.canonical));
  for (let at = 0; at < frame.length; at += 1) {
    const flipped = frame.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const decoded = decodeBatch(flipped, PORTS);
    const isSigned = decoded.ok && verifyHead(PORTS.verifier, SIGNER.publicKey, decoded.value.head);
    expect(isSigned ? decoded.value.entries.map((entry) => bytesToHex(entry.canonical)) : told).toEqual(told);
    expect(decodeBatch(frame.subarray(0, at), PORTS).ok).toBe(false);
  }
});

test('U-3: random bytes behind an honest header give an error', () => {
  const [entry] = chainColumns(START, [[1, new Map([[1, 'x']])]]);
  const batch = batchOfEntries(entry === undefined ? [] : [entry]);
  const honest = encodeBatch(batch, PORTS.compression);
  const header = honest.subarray(0, honest.length - PORTS.compression.compress(new Uint8Array(40)).length);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
      const frame = new Uint8Array([...header, ...PORTS.compression.compress(body)]);
      expect(decodeBatch(frame, PORTS).ok).toBe(false);
      expect(frame.length).toBeLessThan(BATCH_LIMITS.frameBytes);
    }),
    { numRuns },
  );
});
