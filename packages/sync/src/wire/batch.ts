/**
 * The up frame: a run of entries of one epoch, under one signed head (SPEC: U-1 to U-4).
 *
 *   magic "HFLG" · codec version · dictionary id · device · epoch (8 bytes) · first seq · previous hash · count
 *   · parent (flag; only where first seq is 1) · head hash · head signature · body
 *
 * The body is a zstd frame over columns: one table of envelopes, then one table for each kind in ascending order. Hashes of entries are not carried: the reader rebuilds
 * each entry's canonical bytes, chains them, and must arrive at the head's hash. So a frame that decodes is byte-exact, whatever codec carried it.
 */
import { assert, err, ok, type Compression, type Hash, type Result } from '@holdfast/base';

import {
  DEVICE_MAX_LENGTH,
  ENTRY_MAX_BYTES,
  HASH_BYTES,
  isDevice,
  NO_HASH,
  readEntry,
  writeEntry,
  type ChainedEntry,
  type EntryEnvelope,
  type SignedHead,
} from '../replica/ledger.ts';
import type { EpochParent } from '../store.ts';
import { bytesToHex, ByteWriter, hexToBytes, reading, sameBytes, type ByteReader } from './bytes.ts';
import { Budget, readTable, writeTable, type Row, type Table } from './columnar.ts';
import { CURRENT_DICTIONARY, dictionaryBytes, isDictionary, NO_DICTIONARY } from './dictionaries.ts';

/** Limits that a frame may not pass; a device stays below them, a hub refuses beyond. */
export const BATCH_LIMITS = {
  frameBytes: 3 * 1024 * 1024,
  /** Of columns, uncompressed. */
  bodyBytes: 4 * 1024 * 1024,
  /** Of all entries together. */
  canonicalBytes: 2 * 1024 * 1024,
  entries: 4096,
  /** Values that a reader may make room for. */
  cells: 1024 * 1024,
} as const;

/** A run of entries of one epoch. No entries: a probe, that only asks what the hub holds. */
export interface Batch {
  readonly device: string;
  readonly epoch: string;
  /** The entry that the epoch's first one continues (seq ≥ 1); carried only where `firstSeq` is 1 (its hash is `previousHash` then), else null. */
  readonly parent: EpochParent | null;
  readonly firstSeq: number;
  /** The hash of the entry before `firstSeq`. */
  readonly previousHash: Uint8Array;
  readonly entries: readonly ChainedEntry[];
  /** Signed over the last entry (over `firstSeq` − 1 and `previousHash` where there is none). */
  readonly head: SignedHead;
}

export type BatchError = { readonly type: 'bad-batch'; readonly reason: string };

const MAGIC = 'HFLG';
/** The highest codec version that this build writes and reads; it reads every one before it. 1: tables of the first form. 2: of the second. */
export const BATCH_CODEC_VERSION = 2;
export type BatchCodec = 1 | 2;
const SIGNATURE_BYTES = 64;

const ENVELOPE = { kind: 1, wallMs: 2, clockUncertaintyMs: 3, hubOffsetMs: 4 } as const;

/** Asserts that the batch is what its doc says, and within `BATCH_LIMITS`. `codec`: the highest that its reader reads. */
export function encodeBatch(batch: Batch, compression: Compression, codec: BatchCodec = BATCH_CODEC_VERSION): Uint8Array {
  assert(batch.entries.length <= BATCH_LIMITS.entries, 'batch has too many entries');
  assert(batch.head.seq === batch.firstSeq - 1 + batch.entries.length, 'batch ends at its head');
  const writer = new ByteWriter(4096);
  for (const char of MAGIC) writer.u8(char.charCodeAt(0));
  const dictionary = codec === 1 ? NO_DICTIONARY : CURRENT_DICTIONARY;
  writer.varint(codec);
  writer.varint(dictionary);
  writer.text(batch.device);
  writer.raw(hexToBytes(batch.epoch));
  writer.varint(batch.firstSeq);
  writer.raw(batch.previousHash);
  writer.varint(batch.entries.length);
  if (batch.firstSeq === 1) writeParent(writer, batch);
  else assert(batch.parent === null, 'parent only with the first entry');
  writer.raw(batch.head.hash);
  writer.raw(batch.head.signature);
  if (batch.entries.length > 0) writer.raw(compression.compress(encodeBody(batch.entries, codec), dictionaryBytes(dictionary)));
  assert(writer.length <= BATCH_LIMITS.frameBytes, `batch of ${writer.length} bytes`);
  return writer.done();
}

function writeParent(writer: ByteWriter, batch: Batch): void {
  writer.u8(batch.parent === null ? 0 : 1);
  assert(sameBytes(batch.parent?.hash ?? NO_HASH, batch.previousHash), 'an epoch continues its parent');
  if (batch.parent === null) return;
  writer.raw(hexToBytes(batch.parent.epoch));
  writer.varint(batch.parent.seq);
}

function encodeBody(entries: readonly ChainedEntry[], codec: BatchCodec): Uint8Array {
  const envelopes: Row[] = [];
  const rowsByKind = new Map<number, Row[]>();
  let canonicalTotal = 0;
  for (const entry of entries) {
    const read = readEntry(entry.canonical);
    assert(read.ok, 'own entries are readable');
    const { kind, wallMs, clockUncertaintyMs, hubOffsetMs, columns } = read.value;
    envelopes.push(
      new Map([
        [ENVELOPE.kind, kind],
        [ENVELOPE.wallMs, wallMs],
        [ENVELOPE.clockUncertaintyMs, clockUncertaintyMs],
        ...(hubOffsetMs === null ? [] : [[ENVELOPE.hubOffsetMs, hubOffsetMs] as const]),
      ]),
    );
    const rows = rowsByKind.get(kind) ?? [];
    rows.push(columns);
    rowsByKind.set(kind, rows);
    canonicalTotal += entry.canonical.length;
  }
  assert(canonicalTotal <= BATCH_LIMITS.canonicalBytes, `batch of ${canonicalTotal} canonical bytes`);
  const writer = new ByteWriter(16_384);
  writeTable(writer, envelopes, codec);
  for (const kind of [...rowsByKind.keys()].sort((left, right) => left - right)) writeTable(writer, rowsByKind.get(kind) ?? [], codec);
  assert(writer.length <= BATCH_LIMITS.bodyBytes, `batch body of ${writer.length} bytes`);
  return writer.done();
}

interface Ports {
  readonly compression: Compression;
  readonly hash: Hash;
}

interface Header extends Omit<Batch, 'entries' | 'head'> {
  readonly codec: BatchCodec;
  readonly dictionary: number;
  readonly count: number;
  readonly headHash: Uint8Array;
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
}

const bad = (reason: string): { readonly ok: false; readonly error: BatchError } => err({ type: 'bad-batch', reason });

/**
 * Each entry's canonical bytes are rebuilt, hashed and chained, and the head's hash compared; its signature is `judgeBatch`'s
 * business. Memory stays within a small multiple of `BATCH_LIMITS`, whatever the bytes.
 */
export function decodeBatch(frame: Uint8Array, ports: Ports): Result<Batch, BatchError> {
  if (frame.length > BATCH_LIMITS.frameBytes) return bad('frame too long');
  const header = reading(frame, readHeader);
  if (!header.ok) return bad(header.error.reason);
  const entries = decodeEntries(header.value, ports);
  if (!entries.ok) return entries;
  const { device, epoch, parent, firstSeq, previousHash, count, headHash, signature } = header.value;
  const lastHash = entries.value.at(-1)?.hash ?? previousHash;
  if (!sameBytes(lastHash, headHash)) return bad('entries do not lead to the head');
  const head: SignedHead = { device, epoch, seq: firstSeq - 1 + count, hash: headHash, signature };
  return ok({ device, epoch, parent, firstSeq, previousHash, entries: entries.value, head });
}

/** Whose ledger a frame says it is of; null where it is no frame. Nothing of it is believed: its signature says. */
export function deviceOfBatch(frame: Uint8Array): string | null {
  if (frame.length > BATCH_LIMITS.frameBytes) return null;
  const header = reading(frame, readHeader);
  return header.ok ? header.value.device : null;
}

/** How many entries a frame says it has, of which these are the first bytes; null where they do not say. */
export function entriesOfBatch(begin: Uint8Array): number | null {
  const header = reading(begin, readHeader);
  return header.ok ? header.value.count : null;
}

function readHeader(reader: ByteReader): Header {
  for (const char of MAGIC) reader.need(reader.u8() === char.charCodeAt(0), 'no batch frame');
  const codec = reader.varint();
  if (codec !== 1 && codec !== 2) return reader.fail('codec version');
  const dictionary = reader.varint();
  reader.need(codec === 1 ? dictionary === NO_DICTIONARY : isDictionary(dictionary), 'dictionary');
  const device = reader.text(DEVICE_MAX_LENGTH);
  reader.need(isDevice(device), 'device');
  const epoch = bytesToHex(reader.raw(8));
  const firstSeq = reader.varint(Number.MAX_SAFE_INTEGER - BATCH_LIMITS.entries);
  reader.need(firstSeq >= 1, 'first seq');
  const previousHash = reader.raw(HASH_BYTES).slice();
  const count = reader.varint(BATCH_LIMITS.entries);
  const parent = firstSeq === 1 ? readParent(reader, previousHash) : null;
  const headHash = reader.raw(HASH_BYTES).slice();
  const signature = reader.raw(SIGNATURE_BYTES).slice();
  const body = reader.raw(reader.left);
  reader.need(count > 0 || body.length === 0, 'trailing bytes');
  return { codec, dictionary, device, epoch, firstSeq, previousHash, count, parent, headHash, signature, body };
}

function readParent(reader: ByteReader, previousHash: Uint8Array): EpochParent | null {
  const flag = reader.u8();
  reader.need(flag <= 1, 'parent');
  if (flag === 1) {
    const epoch = bytesToHex(reader.raw(8));
    const seq = reader.varint();
    reader.need(seq >= 1, 'parent');
    return { epoch, seq, hash: previousHash };
  }
  reader.need(sameBytes(previousHash, NO_HASH), 'first epoch continues nothing');
  return null;
}

function decodeEntries(header: Header, ports: Ports): Result<readonly ChainedEntry[], BatchError> {
  if (header.count === 0) return ok([]);
  const body = decompress(header.body, BATCH_LIMITS.bodyBytes, ports.compression, dictionaryBytes(header.dictionary));
  if (body === null) return bad('body is no zstd frame, or too long');
  const rows = reading(body, (reader) => readBody(reader, header.count, header.codec), BATCH_LIMITS.cells);
  if (!rows.ok) return bad(rows.error.reason);
  const entries: ChainedEntry[] = [];
  const writer = new ByteWriter(1024, ENTRY_MAX_BYTES);
  let previousHash = header.previousHash;
  let left: number = BATCH_LIMITS.canonicalBytes;
  for (const [index, { envelope, table, row }] of rows.value.entries()) {
    const id = { device: header.device, epoch: header.epoch, seq: header.firstSeq + index };
    writer.reset();
    const isWritten = writeEntry(writer, { ...envelope, id, previousHash }, () => table.writeRow(writer, row, 1));
    left -= writer.length;
    if (!isWritten || left < 0) return bad('entries too long');
    const canonical = writer.done();
    const hash = ports.hash.sha256(canonical);
    entries.push({ id, previousHash, hash, canonical });
    previousHash = hash;
  }
  return ok(entries);
}

/** Null where the bytes are no frame, or would grow past `maxBytes`. */
export function decompress(bytes: Uint8Array, maxBytes: number, compression: Compression, dictionary?: Uint8Array): Uint8Array | null {
  try {
    return compression.decompress(bytes, maxBytes, dictionary);
  } catch {
    return null;
  }
}

interface BodyEntry {
  readonly envelope: Omit<EntryEnvelope, 'id' | 'previousHash'>;
  /** What it says: a row of its kind's table. */
  readonly table: Table;
  readonly row: number;
}

function readBody(reader: ByteReader, count: number, codec: BatchCodec): readonly BodyEntry[] {
  const budget = new Budget({ cells: BATCH_LIMITS.cells, textBytes: BATCH_LIMITS.canonicalBytes });
  const envelopes = readEnvelopes(reader, readTable(reader, count, budget, codec));
  const countByKind = new Map<number, number>();
  for (const { kind } of envelopes) countByKind.set(kind, (countByKind.get(kind) ?? 0) + 1);
  const tables = new Map<number, { readonly table: Table; taken: number }>();
  for (const kind of [...countByKind.keys()].sort((left, right) => left - right)) {
    tables.set(kind, { table: readTable(reader, countByKind.get(kind) ?? 0, budget, codec), taken: 0 });
  }
  return envelopes.map((envelope) => {
    const of = tables.get(envelope.kind);
    assert(of !== undefined, 'a table for each kind');
    return { envelope, table: of.table, row: of.taken++ };
  });
}

function readEnvelopes(reader: ByteReader, table: Table): readonly BodyEntry['envelope'][] {
  const envelopes: BodyEntry['envelope'][] = [];
  const int = (number: number, row: number): number => {
    const value = table.column(number)?.[row];
    return typeof value === 'number' ? value : reader.fail('envelope');
  };
  for (let row = 0; row < table.rowCount; row += 1) {
    const hasOffset = table.column(ENVELOPE.hubOffsetMs)?.[row] !== undefined;
    const envelope = {
      kind: int(ENVELOPE.kind, row),
      wallMs: int(ENVELOPE.wallMs, row),
      clockUncertaintyMs: int(ENVELOPE.clockUncertaintyMs, row),
      hubOffsetMs: hasOffset ? int(ENVELOPE.hubOffsetMs, row) : null,
    };
    reader.need(envelope.kind >= 1 && envelope.clockUncertaintyMs >= 0, 'envelope');
    reader.need(table.size(row) === (hasOffset ? 4 : 3), 'envelope of a later codec');
    envelopes.push(envelope);
  }
  return envelopes;
}
