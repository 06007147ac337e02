/**
 * The down frame: a segment (from, to] holds the value at `to` of each cell last changed in it, stamped `to`; immutable, addressed by its SHA-256
 * (SPEC: D rules).
 *
 *   magic "HFSG" · codec version · dictionary id · tenant · scopes · from · to · cells · entities · chunk count · per chunk: (cells, bytes) · chunks
 *
 * Each chunk is a zstd frame of its own (one transaction on a lane): per type a table with one row per entity and generation, columns key, scope, generation, existence, and
 * 8 + field number for each field. A segment may be applied in part, again, and in any order: its cells join by stamp.
 */
import { assert, err, ok, type Compression, type Hash, type Result } from '@holdfast/base';

import { decompress } from './batch.ts';
import { bytesToHex, ByteWriter, hexToBytes, reading, type ByteReader } from './bytes.ts';
import type { CborValue } from './cbor.ts';
import { EXISTENCE, type Cell, type Position } from './cells.ts';
import { Budget, readTable, writeTable, type Row } from './columnar.ts';
import { CURRENT_DICTIONARY, dictionaryBytes, isDictionary, NO_DICTIONARY } from './dictionaries.ts';
import { MAX_LSN, type SegmentRef } from './protocol.ts';
import type { Scalar } from './schema.ts';

export const SEGMENT_LIMITS = {
  frameBytes: 1024 * 1024,
  chunks: 4096,
  chunkCells: 4096,
  /** Of columns, uncompressed. */
  chunkBytes: 1024 * 1024,
  nameBytes: 200,
  scopes: 64,
} as const;

export interface SegmentHeader {
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly from: Position;
  /** The cells' stamp: each holds its value at this position. */
  readonly to: Position;
}

/** As `Cell`, without the stamp: a segment's cells are stamped with its end. */
export type SegmentCell = Omit<Cell, 'stamp'>;

export interface EncodedSegment {
  readonly ref: SegmentRef;
  readonly frame: Uint8Array;
}

export interface SegmentOptions {
  /** Cells per chunk: what a lane notes as applied. Default 2,048, and 384 for codec 1. */
  readonly chunkCells?: number;
  /** Frames are split near this many bytes. Default 262,144. */
  readonly frameBytes?: number;
  /** The highest that its readers read. Default: this build's own. */
  readonly codec?: SegmentCodec;
}

interface Ports {
  readonly compression: Compression;
  readonly hash: Hash;
}

const MAGIC = 'HFSG';
/** The highest codec version that this build writes and reads; it reads every one before it. */
export const SEGMENT_CODEC_VERSION = 2;
export type SegmentCodec = 1 | 2;
const COLUMN = { key: 1, scope: 2, generation: 3, exists: 4, firstField: 8 } as const;

const CHUNK_CELLS: Readonly<Record<SegmentCodec, number>> = { 1: 384, 2: 2_048 };

interface Form {
  readonly codec: SegmentCodec;
  readonly dictionary: number;
}

const formOf = (codec: SegmentCodec): Form => ({ codec, dictionary: codec === 1 ? NO_DICTIONARY : CURRENT_DICTIONARY });

interface Chunk {
  readonly cells: number;
  readonly entities: number;
  readonly bytes: Uint8Array;
}

/**
 * Cells (one per type, key, scope and field, in an order that keeps an entity's cells together) as one or more frames, each by itself applicable in any order.
 * Equal cells in equal order give equal bytes. Consumes lazily: memory is one frame's. No cells: no frame.
 */
export function* encodeSegments(
  header: SegmentHeader,
  cells: Iterable<SegmentCell>,
  ports: Ports,
  options: SegmentOptions = {},
): Generator<EncodedSegment> {
  const frameBytes = Math.min(options.frameBytes ?? 262_144, SEGMENT_LIMITS.frameBytes / 2);
  let chunks: Chunk[] = [];
  let bytes = 0;
  const form = formOf(options.codec ?? SEGMENT_CODEC_VERSION);
  const chunkCells = Math.min(options.chunkCells ?? CHUNK_CELLS[form.codec], SEGMENT_LIMITS.chunkCells / 2);
  for (const chunk of encodeChunks(cells, chunkCells, ports.compression, form)) {
    if (chunks.length > 0 && (bytes + chunk.bytes.length > frameBytes || chunks.length === SEGMENT_LIMITS.chunks)) {
      yield encodeFrame(header, chunks, ports.hash, form);
      chunks = [];
      bytes = 0;
    }
    chunks.push(chunk);
    bytes += chunk.bytes.length;
  }
  if (chunks.length > 0) yield encodeFrame(header, chunks, ports.hash, form);
}

/** Uncompressed text of a chunk stays below this, however long its fields are. */
const CHUNK_TEXT = 128 * 1024;

function* encodeChunks(cells: Iterable<SegmentCell>, chunkCells: number, compression: Compression, form: Form): Generator<Chunk> {
  let pending: SegmentCell[] = [];
  let weight = 0;
  let entities = 0;
  let last: SegmentCell | null = null;
  for (const cell of cells) {
    const begins = last === null || last.key !== cell.key || last.type !== cell.type || last.scope !== cell.scope;
    const full = pending.length >= SEGMENT_LIMITS.chunkCells || weight > CHUNK_TEXT;
    if (pending.length > 0 && (full || (begins && pending.length >= chunkCells))) {
      yield encodeChunk(pending, entities, compression, form);
      pending = [];
      entities = 0;
      weight = 0;
    }
    if (begins || pending.length === 0) entities += 1;
    pending.push(cell);
    weight += cell.key.length + (typeof cell.value === 'string' || cell.value instanceof Uint8Array ? cell.value.length : 8);
    last = cell;
  }
  if (pending.length > 0) yield encodeChunk(pending, entities, compression, form);
}

function encodeChunk(cells: readonly SegmentCell[], entities: number, compression: Compression, form: Form): Chunk {
  const rowsByType = new Map<number, Map<string, Map<number, CborValue>>>();
  for (const cell of cells) {
    const rows = rowsByType.get(cell.type) ?? new Map<string, Map<number, CborValue>>();
    rowsByType.set(cell.type, rows);
    const name = `${cell.generation}\n${cell.scope}\n${cell.key}`;
    const row = rows.get(name) ?? new Map<number, CborValue>();
    rows.set(name, row);
    if (row.size === 0) row.set(COLUMN.key, cell.key).set(COLUMN.scope, cell.scope).set(COLUMN.generation, cell.generation);
    const column = cell.field === EXISTENCE ? COLUMN.exists : COLUMN.firstField + cell.field;
    assert(!row.has(column), `two values for field ${cell.field} of ${cell.key}`);
    assert(cell.field !== EXISTENCE || typeof cell.value === 'boolean', 'existence is a boolean');
    row.set(column, cell.value);
  }
  const writer = new ByteWriter(16_384);
  const types = [...rowsByType.keys()].sort((left, right) => left - right);
  writer.varint(types.length);
  for (const type of types) {
    const rows = [...(rowsByType.get(type)?.values() ?? [])];
    writer.varint(type);
    writer.varint(rows.length);
    writeTable(writer, rows, form.codec);
  }
  assert(writer.length <= SEGMENT_LIMITS.chunkBytes, `chunk of ${writer.length} bytes`);
  return { cells: cells.length, entities, bytes: compression.compress(writer.done(), dictionaryBytes(form.dictionary)) };
}

function encodeFrame(header: SegmentHeader, chunks: readonly Chunk[], hash: Hash, form: Form): EncodedSegment {
  const cells = chunks.reduce((sum, chunk) => sum + chunk.cells, 0);
  const entities = chunks.reduce((sum, chunk) => sum + chunk.entities, 0);
  const writer = new ByteWriter(65_536);
  for (const char of MAGIC) writer.u8(char.charCodeAt(0));
  writer.varint(form.codec);
  writer.varint(form.dictionary);
  writer.text(header.tenant);
  writer.varint(header.scopes.length);
  for (const scope of header.scopes) writer.text(scope);
  writePosition(writer, header.from);
  writePosition(writer, header.to);
  writer.varint(cells);
  writer.varint(entities);
  writer.varint(chunks.length);
  for (const chunk of chunks) {
    writer.varint(chunk.cells);
    writer.varint(chunk.bytes.length);
  }
  for (const chunk of chunks) writer.raw(chunk.bytes);
  assert(writer.length <= SEGMENT_LIMITS.frameBytes, `segment of ${writer.length} bytes`);
  const frame = writer.done();
  return { ref: { hash: bytesToHex(hash.sha256(frame)), bytes: frame.length, cells, entities }, frame };
}

function writePosition(writer: ByteWriter, position: Position): void {
  writer.raw(hexToBytes(position.hubEpoch));
  writer.varint(position.lsn);
  writer.raw(hexToBytes(position.historyHash));
}

function readPosition(reader: ByteReader): Position {
  return { hubEpoch: bytesToHex(reader.raw(8)), lsn: reader.varint(MAX_LSN), historyHash: bytesToHex(reader.raw(32)) };
}

export type SegmentError = { readonly type: 'bad-segment'; readonly reason: string };

export interface Segment {
  readonly header: SegmentHeader;
  readonly hash: string;
  readonly cells: number;
  readonly chunkCount: number;
  /** Decodes one chunk; a chunk that is bad leaves the others as they are. */
  chunk(index: number): Result<readonly Cell[], SegmentError>;
}

const bad = (reason: string): { readonly ok: false; readonly error: SegmentError } => err({ type: 'bad-segment', reason });

/** Checks the address first. */
export function openSegment(frame: Uint8Array, expectedHash: string, ports: Ports): Result<Segment, SegmentError> {
  if (frame.length > SEGMENT_LIMITS.frameBytes) return bad('frame too long');
  if (bytesToHex(ports.hash.sha256(frame)) !== expectedHash) return bad('hash differs from address');
  const read = reading(frame, readFrame);
  if (!read.ok) return bad(read.error.reason);
  const { header, chunks, cells, form } = read.value;
  return ok({
    header,
    hash: expectedHash,
    cells,
    chunkCount: chunks.length,
    chunk: (index) => {
      const chunk = chunks[index];
      assert(chunk !== undefined, `chunk ${index} of ${chunks.length}`);
      return decodeChunk(chunk, header.to.lsn, ports.compression, form);
    },
  });
}

interface RawChunk {
  readonly cells: number;
  readonly bytes: Uint8Array;
}

function readFrame(reader: ByteReader): { header: SegmentHeader; form: Form; cells: number; chunks: readonly RawChunk[] } {
  for (const char of MAGIC) reader.need(reader.u8() === char.charCodeAt(0), 'no segment frame');
  const codec = reader.varint();
  if (codec !== 1 && codec !== 2) return reader.fail('codec version');
  const dictionary = reader.varint();
  reader.need(codec === 1 ? dictionary === NO_DICTIONARY : isDictionary(dictionary), 'dictionary');
  const tenant = reader.text(SEGMENT_LIMITS.nameBytes);
  const scopes = Array.from({ length: reader.varint(SEGMENT_LIMITS.scopes) }, () => reader.text(SEGMENT_LIMITS.nameBytes));
  const from = readPosition(reader);
  const to = readPosition(reader);
  const cells = reader.varint();
  reader.varint();
  const sizes = Array.from({ length: reader.varint(SEGMENT_LIMITS.chunks) }, () => ({
    cells: reader.varint(SEGMENT_LIMITS.chunkCells),
    length: reader.varint(reader.left),
  }));
  const chunks = sizes.map((size) => ({ cells: size.cells, bytes: reader.raw(size.length) }));
  reader.need(chunks.reduce((sum, chunk) => sum + chunk.cells, 0) === cells, 'count of cells');
  return { header: { tenant, scopes, from, to }, form: { codec, dictionary }, cells, chunks };
}

function decodeChunk(chunk: RawChunk, stamp: number, compression: Compression, form: Form): Result<readonly Cell[], SegmentError> {
  const body = decompress(chunk.bytes, SEGMENT_LIMITS.chunkBytes, compression, dictionaryBytes(form.dictionary));
  if (body === null) return bad('chunk is no zstd frame, or too long');
  const read = reading(body, (reader) => readChunk(reader, stamp, form.codec), SEGMENT_LIMITS.chunkCells * 8);
  if (!read.ok) return bad(read.error.reason);
  return read.value.length === chunk.cells ? read : bad('count of cells');
}

function readChunk(reader: ByteReader, stamp: number, codec: SegmentCodec): readonly Cell[] {
  const budget = new Budget({ cells: SEGMENT_LIMITS.chunkCells * 16, textBytes: SEGMENT_LIMITS.chunkBytes });
  const cells: Cell[] = [];
  const types = reader.varint(SEGMENT_LIMITS.chunkCells);
  for (let index = 0; index < types; index += 1) {
    const type = reader.varint();
    const rows = readTable(reader, reader.varint(SEGMENT_LIMITS.chunkCells), budget, codec);
    for (const row of rows) readRow(reader, type, row, stamp, cells);
  }
  return cells;
}

function readRow(reader: ByteReader, type: number, row: Row, stamp: number, cells: Cell[]): void {
  const key = row.get(COLUMN.key);
  const scope = row.get(COLUMN.scope);
  const generation = row.get(COLUMN.generation);
  if (typeof key !== 'string' || typeof scope !== 'string' || typeof generation !== 'number' || generation < 0)
    return reader.fail('row without a key');
  for (const [column, value] of row) {
    if (column < COLUMN.exists) continue;
    if (Array.isArray(value) || value instanceof Map) return reader.fail('cell is no scalar');
    const field = column === COLUMN.exists ? EXISTENCE : column - COLUMN.firstField;
    reader.need(field > 0 || (column === COLUMN.exists && typeof value === 'boolean'), 'field');
    cells.push({ type, key, scope, field, generation, stamp, value: value as Scalar });
  }
}
