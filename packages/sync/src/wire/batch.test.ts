import { expect, test } from 'vitest';

import {
  chainEntry,
  ENTRY_MAX_BYTES,
  headOf,
  NO_HASH,
  signHead,
  type ChainedEntry,
  type ChainHead,
  type EntryDraft,
} from '../replica/ledger.ts';
import type { Schemas } from '../schema.ts';
import {
  batchOfEntries,
  chainColumns,
  DEVICE,
  EPOCH,
  NEXT_EPOCH,
  PORTS,
  saleDraft,
  SCHEMAS,
  SIGNER,
  START,
  voidDraft,
} from '../testing/fixtures.ts';
import { generatedSales, hasOnlineRetail, onlineRetailSales, SALE_SCHEMAS } from '../testing/sales.ts';
import { BATCH_CODEC_VERSION, type BatchCodec, BATCH_LIMITS, decodeBatch, encodeBatch, type Batch } from './batch.ts';
import { ByteWriter } from './bytes.ts';
import { writeCbor } from './cbor.ts';
import { writeTable } from './columnar.ts';

function chain(drafts: readonly EntryDraft[], schemas: Schemas = SCHEMAS, from: ChainHead = START): readonly ChainedEntry[] {
  let head = from;
  return drafts.map((draft) => {
    const entry = chainEntry(PORTS.hash, head, draft, schemas);
    head = headOf(entry);
    return entry;
  });
}

test('U-1: several kinds in one batch, from the middle of an epoch', () => {
  const entries = chain([saleDraft(1), voidDraft(2), saleDraft(3), voidDraft(4), saleDraft(5, 1_114)]);
  const batch = batchOfEntries(entries.slice(2));
  expect(decodeBatch(encodeBatch(batch, PORTS.compression), PORTS)).toEqual({ ok: true, value: batch });
});

test('U-1, I-2: the first batch of a later epoch names its parent', () => {
  const parent = { epoch: NEXT_EPOCH, seq: 7, hash: PORTS.hash.sha256(Uint8Array.of(7)) };
  const entries = chain([saleDraft(1)], SCHEMAS, { ...START, hash: parent.hash });
  const batch = batchOfEntries(entries, parent);
  expect(decodeBatch(encodeBatch(batch, PORTS.compression), PORTS)).toEqual({ ok: true, value: batch });
});

test('I-2: an epoch without a parent continues nothing: a frame that leaves its parent out is refused', () => {
  const parent = { epoch: NEXT_EPOCH, seq: 7, hash: PORTS.hash.sha256(Uint8Array.of(7)) };
  const frame = encodeBatch(batchOfEntries(chain([saleDraft(1)], SCHEMAS, { ...START, hash: parent.hash }), parent), PORTS.compression);
  const parentAt = 4 + 2 + 1 + DEVICE.length + 8 + 1 + 32 + 1;
  expect([frame[parentAt], frame[parentAt + 9]]).toEqual([1, 7]);
  const orphaned = Uint8Array.from([...frame.subarray(0, parentAt), 0, ...frame.subarray(parentAt + 10)]);
  expect(decodeBatch(orphaned, PORTS)).toMatchObject({ ok: false, error: { reason: 'first epoch continues nothing' } });
});

test('U-4: a probe carries no entries, and its own signed head', () => {
  const probe: Batch = {
    device: DEVICE,
    epoch: EPOCH,
    parent: null,
    firstSeq: 1,
    previousHash: NO_HASH,
    entries: [],
    head: signHead(SIGNER, START),
  };
  const frame = encodeBatch(probe, PORTS.compression);
  expect(decodeBatch(frame, PORTS)).toEqual({ ok: true, value: probe });
  expect(frame.length).toBeLessThan(200);
  // U-1: nothing comes after it, where there are no columns either.
  expect(decodeBatch(Uint8Array.from([...frame, 0]), PORTS)).toMatchObject({ ok: false, error: { reason: 'trailing bytes' } });
});

test('U-2: another codec version or a dictionary that is not here is refused by name', () => {
  const frame = encodeBatch(batchOfEntries(chain([saleDraft(1)])), PORTS.compression);
  const changed = (at: number): Uint8Array => frame.with(at, 9);
  expect(frame[4]).toBe(BATCH_CODEC_VERSION);
  expect(decodeBatch(changed(4), PORTS)).toEqual({ ok: false, error: { type: 'bad-batch', reason: 'codec version' } });
  expect(decodeBatch(changed(5), PORTS)).toEqual({ ok: false, error: { type: 'bad-batch', reason: 'dictionary' } });
  const first = encodeBatch(batchOfEntries(chain([saleDraft(1)])), PORTS.compression, 1);
  expect(decodeBatch(first, PORTS).ok).toBe(true);
  // Codec 1 has no dictionary: one that names any is not its.
  expect(decodeBatch(first.with(5, 1), PORTS)).toEqual({ ok: false, error: { type: 'bad-batch', reason: 'dictionary' } });
  expect(decodeBatch(changed(0), PORTS)).toEqual({ ok: false, error: { type: 'bad-batch', reason: 'no batch frame' } });
});

test.each([1, 2] as const)('U-1, U-5: a frame of codec %i that goes on after its end is refused: one content has one spelling', (codec) => {
  const frame = encodeBatch(batchOfEntries(chain([saleDraft(1), voidDraft(2)])), PORTS.compression, codec);
  expect(decodeBatch(frame, PORTS).ok).toBe(true);
  for (const more of [[0], [0x28], [...frame.subarray(-40)], [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]])
    expect(decodeBatch(Uint8Array.from([...frame, ...more]), PORTS).ok).toBe(false);
});

const BOMB_MS = 20_000;

/** A frame that claims `count` entries, with this body, under a head that nobody could have signed. */
function forgedFrame(
  count: number,
  body: Uint8Array,
  compress = (bytes: Uint8Array): Uint8Array => PORTS.compression.compress(bytes),
): Uint8Array {
  const [entry] = chainColumns(START, [[1, new Map()]]);
  const honest = encodeBatch(batchOfEntries(entry === undefined ? [] : [entry]), PORTS.compression, 1);
  const writer = new ByteWriter();
  const beforeCount = 4 + 2 + 1 + DEVICE.length + 8 + 1 + 32;
  writer.raw(honest.subarray(0, beforeCount));
  writer.varint(count);
  writer.raw(honest.subarray(beforeCount + 1, beforeCount + 2 + 32 + 64));
  writer.raw(compress(body));
  return writer.done();
}

test('U-1, L-5: an envelope that says more than an entry holds is refused: one content has one spelling', () => {
  const envelope: readonly (readonly [number, number])[] = [
    [1, 1],
    [2, 1_000],
    [3, 1],
  ];
  const framed = (said: readonly (readonly [number, number])[]) => {
    const writer = new ByteWriter();
    writeTable(writer, [new Map(said)], 1);
    writeTable(writer, [new Map()], 1);
    return decodeBatch(forgedFrame(1, writer.done()), PORTS);
  };
  expect(framed(envelope).ok).toBe(true);
  expect(framed([...envelope, [5, 9]])).toMatchObject({ ok: false, error: { reason: 'envelope of a later codec' } });
});

/** Envelopes of `count` entries of kind 1, all columns constant. */
function writeEnvelopes(writer: ByteWriter): void {
  writer.varint(3);
  for (const value of [1, 5, 0]) {
    writer.varint(1);
    writer.u8(0);
    writer.u8(1);
    writeCbor(writer, value);
  }
}

function bodyOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  writeEnvelopes(writer);
  write(writer);
  return writer.done();
}

const constantColumn = (writer: ByteWriter, step: number, value: string | number): void => {
  writer.varint(step);
  writer.u8(0);
  writer.u8(1);
  writeCbor(writer, value);
};

/** Name, count of entries, body: small inputs that ask for much. */
const BOMBS: readonly (readonly [string, number, Uint8Array])[] = [
  ['64 MB of zeros', 1, new Uint8Array(64 * 1024 * 1024)],
  [
    'a list of 2^40 rows',
    1,
    bodyOf((writer) => {
      writer.varint(1);
      writer.varint(14);
      writer.u8(0);
      writer.u8(8);
      writer.varint(2 ** 41);
      constantColumn(writer, 1, 0);
    }),
  ],
  [
    '4096 entries of one megabyte each, said once',
    4096,
    bodyOf((writer) => {
      writer.varint(1);
      constantColumn(writer, 1, 'x'.repeat(1_000_000));
    }),
  ],
  [
    'a million columns',
    4096,
    bodyOf((writer) => {
      writer.varint(500_000);
      for (let column = 0; column < 500_000; column += 1) constantColumn(writer, 1, 1);
    }),
  ],
  [
    '4096 texts that share 60,000 bytes each',
    4096,
    bodyOf((writer) => {
      writer.varint(1);
      writer.varint(1);
      writer.u8(0);
      writer.u8(6);
      // shared lengths: 0, then 60,000 for all; rests: 60,000, then 0 for all.
      for (const [first, least] of [
        [0, 60_000],
        [60_000, 0],
      ] as const) {
        writer.varint(first * 2);
        writer.varint(least * 2);
        writer.u8(0);
      }
      writer.raw(new Uint8Array(60_000).fill(97));
    }),
  ],
  [
    '100,000 sums over a list of 400,000 rows',
    1,
    bodyOf((writer) => {
      writer.varint(100_001);
      writer.varint(1);
      writer.u8(0);
      writer.u8(8);
      writer.varint(400_000 * 2);
      writer.varint(1);
      constantColumn(writer, 1, 1);
      for (let column = 0; column < 100_000; column += 1) {
        writer.varint(1);
        writer.u8(0);
        for (const byte of [12, 1, 1]) writer.varint(byte);
        writer.varint(0);
      }
    }),
  ],
  [
    'four million empty lists',
    1,
    bodyOf((writer) => {
      writer.varint(1);
      writer.varint(1);
      writer.u8(0);
      writer.u8(0);
      writer.uint(0x9a, 1);
      writer.uint(4_000_000, 4);
      writer.raw(new Uint8Array(4_000_000).fill(0x80));
    }),
  ],
];

test.each(BOMBS)(
  'U-3: %s is refused, quickly and in little memory',
  (_name, count, body) => {
    const before = process.memoryUsage().rss;
    const startedMs = performance.now();
    expect(decodeBatch(forgedFrame(count, body), PORTS)).toMatchObject({ ok: false, error: { type: 'bad-batch' } });
    expect(performance.now() - startedMs).toBeLessThan(BOMB_MS);
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(300);
  },
  BOMB_MS,
);

test('U-3: a body that asks for a window of 128 MB, or is no zstd at all', () => {
  const raw = (bytes: Uint8Array): Uint8Array => bytes;
  // Magic, a header without a content size, a window descriptor of 2^27 bytes, one empty last block.
  const wide = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00);
  for (const body of [wide, Uint8Array.of(1, 2, 3), new Uint8Array()]) {
    expect(decodeBatch(forgedFrame(1, body, raw), PORTS)).toMatchObject({
      ok: false,
      error: { reason: 'body is no zstd frame, or too long' },
    });
  }
});

test('U-3: a frame beyond its limit is not even looked at', () => {
  expect(decodeBatch(new Uint8Array(BATCH_LIMITS.frameBytes + 1), PORTS)).toMatchObject({ error: { reason: 'frame too long' } });
});

test('L-7: the largest entry fits into a batch with others', () => {
  const large = { ...voidDraft(2), fields: { businessDate: '2026-03-14', reason: 'x'.repeat(ENTRY_MAX_BYTES - 300) } };
  const entries = chain([saleDraft(1), large, saleDraft(3)]);
  const batch = batchOfEntries(entries);
  expect(decodeBatch(encodeBatch(batch, PORTS.compression), PORTS)).toEqual({ ok: true, value: batch });
  expect(() => chain([{ ...large, fields: { ...large.fields, reason: 'x'.repeat(ENTRY_MAX_BYTES) } }])).toThrow('entry of more than');
});

interface Sizes {
  readonly lines: number;
  readonly jsonBytes: number;
  readonly batchBytes: number;
}

function sizesPerSale(drafts: readonly EntryDraft[], batchSize: number, codec: BatchCodec = BATCH_CODEC_VERSION): Sizes {
  const entries = chain(drafts, SALE_SCHEMAS);
  let batchBytes = 0;
  for (let start = 0; start < entries.length; start += batchSize) {
    const batch = batchOfEntries(entries.slice(start, start + batchSize));
    const frame = encodeBatch(batch, PORTS.compression, codec);
    expect(decodeBatch(frame, PORTS)).toEqual({ ok: true, value: batch });
    batchBytes += frame.length;
  }
  const lines = drafts.reduce((sum, draft) => sum + (draft.fields['lines'] as readonly unknown[]).length, 0);
  const jsonBytes = drafts.reduce((sum, draft) => sum + JSON.stringify(draft).length, 0);
  return { lines: lines / drafts.length, jsonBytes: jsonBytes / drafts.length, batchBytes: batchBytes / drafts.length };
}

const SLOW_MS = 60_000;

test(
  'U-1: sales of 5.4 lines in batches of 250 take a small part of their JSON',
  () => {
    const sizes = sizesPerSale(generatedSales(500), 250);
    expect(sizes.lines).toBeGreaterThan(5);
    expect(sizes.lines).toBeLessThan(5.8);
    expect(sizes.batchBytes).toBeLessThan(sizes.jsonBytes / 40);
    expect(sizes.batchBytes).toBeLessThan(36);
    expect(sizesPerSale(generatedSales(250), 250, 1).batchBytes).toBeGreaterThan(sizes.batchBytes * 1.2);
  },
  SLOW_MS,
);

test.runIf(hasOnlineRetail())(
  'U-1: sales of a real shop, 20 lines each, in batches of 250',
  () => {
    const sizes = sizesPerSale(onlineRetailSales(500), 250);
    expect(sizes.batchBytes).toBeLessThan(sizes.jsonBytes / 60);
    expect(sizes.batchBytes / sizes.lines).toBeLessThan(3);
  },
  SLOW_MS,
);

if (!hasOnlineRetail()) console.warn('not run: sizes of real sales (no ../shared/data/sales/online_retail.csv.gz)');
