import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { createSchemas, decodeFields, encodeFields, UNKNOWN } from '../schema.ts';
import { chainColumns, DEVICE, EPOCH, OTHER_SIGNER, PORTS, saleDraft, SCHEMAS, SIGNER, START, voidDraft } from '../testing/fixtures.ts';
import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../wire/cbor.ts';
import {
  canonicalBytes,
  chainEntry,
  drawEpoch,
  genesisHead,
  headMessage,
  headOf,
  NO_HASH,
  readEntry,
  signBegin,
  signFoldCheckpoint,
  signHead,
  verifyBegin,
  verifyChain,
  verifyFoldCheckpoint,
  verifyHead,
  type ChainedEntry,
} from './ledger.ts';

function chainOf(count: number): readonly ChainedEntry[] {
  let head = START;
  return Array.from({ length: count }, (_, serial) => {
    const entry = chainEntry(PORTS.hash, head, serial % 3 === 2 ? voidDraft(serial) : saleDraft(serial), SCHEMAS);
    head = headOf(entry);
    return entry;
  });
}

test('L-2: the canonical bytes of an entry, spelt out', () => {
  const entry = chainEntry(PORTS.hash, START, { ...voidDraft(2), wallMs: 1_000, clockUncertaintyMs: 3, hubOffsetMs: -7 }, SCHEMAS);
  const decoded = decodeCbor(entry.canonical);
  const columns = new Map<number, CborValue>([
    [1, '2026-03-14'],
    [26, 'a customer left'],
  ]);
  expect(decoded).toEqual({ ok: true, value: [1, DEVICE, EPOCH, 1, NO_HASH, 2, 1_000, 3, -7, columns] });
  expect(bytesToHex(entry.hash)).toBe(bytesToHex(PORTS.hash.sha256(entry.canonical)));
});

test('L-2: an entry reads back with its envelope and its fields by name', () => {
  const draft = saleDraft(4);
  const entry = chainEntry(PORTS.hash, START, draft, SCHEMAS);
  expect(readEntry(entry.canonical, SCHEMAS)).toMatchObject({ ok: true, value: { ...draft, id: entry.id, previousHash: NO_HASH } });
});

test('I-1: identities run on from 1 without a gap, each naming the hash before it', () => {
  const entries = chainOf(5);
  expect(entries.map((entry) => entry.id)).toEqual([1, 2, 3, 4, 5].map((seq) => ({ device: DEVICE, epoch: EPOCH, seq })));
  for (const [index, entry] of entries.entries()) expect(entry.previousHash).toEqual(entries[index - 1]?.hash ?? NO_HASH);
});

/** What stands for each part of an entry, and what may not stand there. */
const BAD_PARTS: readonly (readonly [string, number, CborValue])[] = [
  ['format', 0, 2],
  ['device', 1, ''],
  ['device', 1, 'two words'],
  ['device', 1, 'x'.repeat(65)],
  ['epoch', 2, '00112233445566AA'],
  ['epoch', 2, '0011'],
  ['seq', 3, 0],
  ['seq', 3, -1],
  ['previous hash', 4, new Uint8Array(31)],
  ['kind', 5, 0],
  ['wall clock', 6, null],
  ['clock uncertainty', 7, -1],
  ['hub offset', 8, '1'],
  ['columns', 9, [1]],
];

test.each(BAD_PARTS)('I-1, L-2: an entry with a bad %s (part %i: %j) is not read', (_what, part, value) => {
  const entry = chainOf(1)[0];
  const decoded = decodeCbor(entry?.canonical ?? NO_HASH);
  assert(decoded.ok && Array.isArray(decoded.value), 'an entry is an array');
  const bytes = encodeCbor((decoded.value as readonly CborValue[]).with(part, value));
  expect(readEntry(bytes, SCHEMAS)).toMatchObject({ ok: false, error: { type: 'bad-entry' } });
});

test('L-3: a chain verifies from its start to its head, and from any entry on', () => {
  const entries = chainOf(9);
  const last = entries.at(-1);
  const third = entries[2];
  assert(last !== undefined && third !== undefined, 'entries');
  expect(verifyChain(PORTS.hash, entries, START)).toEqual({ ok: true, value: headOf(last) });
  expect(verifyChain(PORTS.hash, entries.slice(3), headOf(third))).toEqual({ ok: true, value: headOf(last) });
  expect(verifyChain(PORTS.hash, [], START)).toEqual({ ok: true, value: START });
});

test('L-3: a missing, moved, doubled or changed entry breaks the chain, at its place', () => {
  const entries = chainOf(6);
  const changed = entries.map((entry, index) =>
    index === 3 ? { ...entry, canonical: entry.canonical.with(entry.canonical.length - 1, 0xf6) } : entry,
  );
  const cases = [
    { seq: 3, broken: entries.toSpliced(2, 1) },
    { seq: 2, broken: entries.toSpliced(1, 2, ...entries.slice(1, 3).toReversed()) },
    { seq: 3, broken: entries.toSpliced(2, 0, ...entries.slice(1, 2)) },
    { seq: 4, broken: changed },
    { seq: 1, broken: entries.slice(1) },
  ];
  for (const { seq, broken } of cases) expect(verifyChain(PORTS.hash, broken, START)).toMatchObject({ ok: false, error: { seq } });
});

test('L-3: an entry that names another before it, or has another hash than its bytes, breaks the chain there', () => {
  const entries = chainOf(5);
  const brokenAt = (seq: number, part: string, broken: readonly ChainedEntry[]): void =>
    expect(verifyChain(PORTS.hash, broken, START)).toMatchObject({ ok: false, error: { type: 'broken-chain', seq, reason: part } });
  // The same place in another history: rightly chained, from the start of a later epoch on.
  const elsewhere = chainEntry(PORTS.hash, { ...START, seq: 2, hash: hexToBytes('ab'.repeat(32)) }, saleDraft(2), SCHEMAS);
  brokenAt(3, 'continues another entry', entries.with(2, elsewhere));
  brokenAt(1, 'continues another entry', chainColumns({ ...START, hash: hexToBytes('ab'.repeat(32)) }, [[1, new Map()]]));
  // The last one: nothing behind it would tell.
  const [fourth, last] = entries.slice(3);
  assert(fourth !== undefined && last !== undefined, 'entries');
  const other = chainEntry(PORTS.hash, headOf(fourth), saleDraft(77), SCHEMAS);
  brokenAt(5, `hash is ${bytesToHex(other.hash)}`, entries.with(4, { ...last, canonical: other.canonical }));
});

test('L-4: a signed head holds for that head and that key alone', () => {
  const head = headOf(chainOf(2)[1] ?? ({} as never));
  const signed = signHead(SIGNER, head);
  expect(verifyHead(PORTS.verifier, SIGNER.publicKey, signed)).toBe(true);
  expect(verifyHead(PORTS.verifier, OTHER_SIGNER.publicKey, signed)).toBe(false);
  for (const other of [{ seq: 3 }, { device: 'device-2' }, { epoch: 'ffffffffffffffff' }, { hash: NO_HASH }]) {
    expect(verifyHead(PORTS.verifier, SIGNER.publicKey, { ...signed, ...other })).toBe(false);
  }
  expect(new TextDecoder().decode(headMessage(head))).toContain('holdfast ledger head 1');
});

test('L-4, U-23, N-18: a head, a begin and a checkpoint of one place are three messages: none passes for another', () => {
  const place = headOf(chainOf(2)[1] ?? ({} as never));
  const signed = [signHead(SIGNER, place), signBegin(SIGNER, place), signFoldCheckpoint(SIGNER, place)];
  const isRight = [verifyHead, verifyBegin, verifyFoldCheckpoint].map((verify) =>
    signed.map((each) => verify(PORTS.verifier, SIGNER.publicKey, each)),
  );
  expect(isRight).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});

test('I-2: a later epoch starts from its parent’s hash', () => {
  const parentHash = hexToBytes('ab'.repeat(32));
  const start = genesisHead(DEVICE, EPOCH, parentHash);
  expect(chainEntry(PORTS.hash, start, saleDraft(1), SCHEMAS).previousHash).toEqual(parentHash);
  expect(genesisHead(DEVICE, EPOCH, null).hash).toEqual(NO_HASH);
});

test('I-4: a new epoch is told from the device’s others by its first four digits', () => {
  const drawn = ['abcd000000000002', 'abcd000000000003', 'abce000000000001'].map(hexToBytes);
  expect(drawEpoch({ bytes: () => drawn.shift() ?? NO_HASH }, ['abcd000000000001', '0123000000000001'])).toBe('abce000000000001');
  expect(() => drawEpoch({ bytes: () => hexToBytes('abcd000000000009') }, ['abcd000000000001'])).toThrow('tell apart');
});

test('L-7: an entry of 1,048,576 bytes is read, one of a byte more is refused', () => {
  const envelope = { id: { device: DEVICE, epoch: EPOCH, seq: 1 }, previousHash: NO_HASH, kind: 1, wallMs: 0, clockUncertaintyMs: 0 };
  const sized = (length: number): Uint8Array =>
    encodeCbor([1, DEVICE, EPOCH, 1, NO_HASH, 1, 0, 0, null, new Map([[1, new Uint8Array(length)]])]);
  const around = sized(100_000).length - 100_000;
  const [whole, longer] = [0, 1].map((more) => 1_048_576 - around + more);
  assert(whole !== undefined && longer !== undefined, 'two lengths');
  expect(sized(whole).length).toBe(1_048_576);
  expect(readEntry(sized(whole)).ok).toBe(true);
  expect(readEntry(sized(longer))).toEqual({ ok: false, error: { type: 'bad-entry', reason: 'too long' } });
  const written = (length: number) => canonicalBytes({ ...envelope, hubOffsetMs: null }, new Map([[1, new Uint8Array(length)]]));
  expect([written(whole)?.length, written(longer)]).toEqual([1_048_576, null]);
});

test('P-3: an entry of a kind that nobody here knows is held, with all that it says', () => {
  const [entry] = chainColumns(START, [[99, new Map<number, CborValue>([[7, 'later']])]]);
  const read = readEntry(entry?.canonical ?? NO_HASH, SCHEMAS);
  expect(read).toMatchObject({ ok: true, value: { kind: 99, fields: null, columns: new Map([[7, 'later']]) } });
});

test('L-8: a column of a later build is kept under UNKNOWN, and goes out again byte by byte', () => {
  const later = createSchemas([
    {
      kind: 1,
      name: 'later',
      columns: [
        { number: 1, name: 'a', type: 'int' },
        { number: 2, name: 'b', type: { list: [{ number: 1, name: 'c', type: 'text' }] }, optional: true },
      ],
    },
  ]);
  const today = [{ number: 1, name: 'a', type: 'int' }] as const;
  const columns = encodeFields(later.get(1)?.columns ?? [], { a: 1, b: [{ c: 'x' }] });
  const read = decodeFields(today, columns);
  expect(read).toEqual({ ok: true, value: { a: 1, [UNKNOWN]: new Map([[2, [new Map([[1, 'x']])]]]) } });
  assert(read.ok, 'read');
  expect(bytesToHex(encodeCbor(encodeFields(today, read.value)))).toBe(bytesToHex(encodeCbor(columns)));
});

test('L-8: an optional column that is absent is an absent key; a required one is an error', () => {
  const columns = [
    { number: 1, name: 'a', type: 'int' },
    { number: 2, name: 'b', type: 'text', optional: true },
  ] as const;
  expect(decodeFields(columns, new Map([[1, 5]]))).toEqual({ ok: true, value: { a: 5 } });
  expect(decodeFields(columns, new Map([[2, 'x']]))).toEqual({ ok: false, error: { type: 'missing-column', column: 'a' } });
  expect(decodeFields(columns, new Map([[1, 'x']]))).toEqual({ ok: false, error: { type: 'wrong-type', column: 'a' } });
});

test('L-8: what an app appends must have the shape that it declared', () => {
  const columns = [{ number: 1, name: 'a', type: 'int' }] as const;
  expect(() => encodeFields(columns, {})).toThrow('required');
  expect(() => encodeFields(columns, { a: 1.5 })).toThrow('no int');
  expect(() => encodeFields(columns, { a: 1, b: 2 })).toThrow('has no number');
  expect(() => createSchemas([{ kind: 1, name: 'x', columns: [...columns, { number: 1, name: 'c', type: 'int' }] }])).toThrow('taken');
});
