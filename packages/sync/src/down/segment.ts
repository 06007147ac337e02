/**
 * The down frame: a segment (from, to] holds the value at `to` of each cell last changed in it, stamped `to`; immutable, addressed by its SHA-256
 * (SPEC: D rules).
 *
 *   magic "HFSG" · codec version · dictionary id · tenant · scopes · from · to · cells · entities · chunk count · per chunk: (cells, bytes) · chunks
 *
 * Each chunk is a zstd frame of its own (one transaction on a lane): per type a table with one row per entity and generation, columns key, scope, generation, existence, and
 * 8 + field number for each field. In codec 3 the whole segment is one zstd frame, so that a name is said by all names before it and a code's key by its item's; its chunks are
 * runs of rows, and only counted (`segment-body.ts`). A segment may be applied in part, again, and in any order: its cells join by stamp.
 */
import { assert, err, ok, type Compression, type Hash, type Result } from '@holdfast/base';

import type { Scalar } from '../schema.ts';
import { decompress } from '../wire/batch.ts';
import { bytesToHex, ByteWriter, hexToBytes, reading, type ByteReader } from '../wire/bytes.ts';
import { Budget, readTable, writeTable, type Row, type TextStyle } from '../wire/columnar.ts';
import { CURRENT_DICTIONARY, dictionaryBytes, isDictionary, NO_DICTIONARY } from '../wire/dictionaries.ts';
import { MAX_LSN, type SegmentRef } from '../wire/protocol.ts';
import { eachEntityOf, EXISTENCE, type Cell, type EachEntity, type Position } from './cells.ts';
import { cellsToTables, COLUMN, decodeBody, encodeBody, placesOf, type BodyReader, type EncodedBody } from './segment-body.ts';

export const SEGMENT_LIMITS = {
  frameBytes: 1024 * 1024,
  chunks: 4096,
  chunkCells: 4096,
  /** Of columns, uncompressed. */
  chunkBytes: 1024 * 1024,
  /** Of codec 3, whose chunks are compressed together. */
  bodyBytes: 4 * 1024 * 1024,
  frameCells: 256 * 1024,
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
  /** Frames are split near this many bytes, 262,144 by default; in codec 3 these are of cells before compression, and 2,752,512. */
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
export const SEGMENT_CODEC_VERSION = 3;
export type SegmentCodec = 1 | 2 | 3;

const CHUNK_CELLS: Readonly<Record<SegmentCodec, number>> = { 1: 384, 2: 2_048, 3: 2_048 };

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

type Steps<Returned = void> = Generator<EncodedSegment | null, Returned>;

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
  for (const step of encodeSegmentsInSteps(header, cells, ports, options)) if (step !== null) yield step;
}

/** The same; null where a frame is on its way, which takes up to half a second as a whole: for whoever has others to answer meanwhile. */
export function* encodeSegmentsInSteps(
  header: SegmentHeader,
  cells: Iterable<SegmentCell>,
  ports: Ports,
  options: SegmentOptions = {},
): Steps {
  let chunks: Chunk[] = [];
  let bytes = 0;
  const form = formOf(options.codec ?? SEGMENT_CODEC_VERSION);
  const chunkCells = Math.min(options.chunkCells ?? CHUNK_CELLS[form.codec], SEGMENT_LIMITS.chunkCells / 2);
  if (form.codec === 3) {
    for (const some of splitCells(cells, Math.min(options.frameBytes ?? WHOLE_WEIGHT, WHOLE_WEIGHT)))
      yield* encodeFitting(header, some, chunkCells, ports, form);
    return;
  }
  const frameBytes = Math.min(options.frameBytes ?? 262_144, SEGMENT_LIMITS.frameBytes / 2);
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
  let last: SegmentCell | undefined;
  for (const cell of cells) {
    const isFirst = startsEntity(last, cell);
    const full = pending.length >= SEGMENT_LIMITS.chunkCells || weight > CHUNK_TEXT;
    if (pending.length > 0 && (full || (isFirst && pending.length >= chunkCells))) {
      yield encodeChunk(pending, entities, compression, form);
      pending = [];
      entities = 0;
      weight = 0;
    }
    if (isFirst || pending.length === 0) entities += 1;
    pending.push(cell);
    weight += cell.key.length + (typeof cell.value === 'string' || cell.value instanceof Uint8Array ? cell.value.length : 8);
    last = cell;
  }
  if (pending.length > 0) yield encodeChunk(pending, entities, compression, form);
}

function encodeChunk(cells: readonly SegmentCell[], entities: number, compression: Compression, form: Form): Chunk {
  const writer = new ByteWriter(16_384);
  const tables = cellsToTables(cells);
  writer.varint(tables.size);
  for (const [type, rows] of tables) {
    writer.varint(type);
    writer.varint(rows.length);
    writeTable(writer, rows, form.codec);
  }
  assert(writer.length <= SEGMENT_LIMITS.chunkBytes, `chunk of ${writer.length} bytes`);
  return { cells: cells.length, entities, bytes: compression.compress(writer.done(), dictionaryBytes(form.dictionary)) };
}

const textBytes = (value: unknown): number => {
  if (typeof value === 'string') return isAscii(value) ? value.length : value.length * 3;
  return value instanceof Uint8Array ? value.length : 8;
};
const isAscii = (text: string): boolean => /^[\0-\x7F]*$/.test(text);

const startsEntity = (last: SegmentCell | undefined, cell: SegmentCell): boolean =>
  last?.key !== cell.key || last.type !== cell.type || last.scope !== cell.scope;

/** Cells of one frame of codec 3, before compression: no entity is torn apart, and a reader takes its texts. */
function* splitCells(cells: Iterable<SegmentCell>, maxBytes: number): Generator<readonly SegmentCell[]> {
  let some: SegmentCell[] = [];
  let bytes = 0;
  let scopeBytes = 0;
  let last: SegmentCell | undefined;
  for (const cell of cells) {
    const isFirst = startsEntity(last, cell);
    if (isFirst && some.length > 0 && (bytes > maxBytes || scopeBytes > WHOLE_SCOPES || some.length > WHOLE_CELLS)) {
      yield some;
      some = [];
      bytes = 0;
      scopeBytes = 0;
    }
    some.push(cell);
    bytes += textBytes(cell.value);
    if (isFirst || last?.generation !== cell.generation) {
      bytes += textBytes(cell.key);
      scopeBytes += textBytes(cell.scope);
    }
    last = cell;
  }
  if (some.length > 0) yield some;
}

/** Bytes of cells before compression. A name is said by the names before it in its frame: of large.csv.gz frames of a third say a tenth more. */
const WHOLE_WEIGHT = 2_752_512;
/** With an entity's cells on top (`chunkCells`), a reader takes them. */
const WHOLE_CELLS = SEGMENT_LIMITS.frameCells - SEGMENT_LIMITS.chunkCells;
/** Bytes of scopes, one for each row. Mostly there is one scope, or few, which take next to nothing; of texts at full length a reader takes twice as many as of the body. */
const WHOLE_SCOPES = SEGMENT_LIMITS.bodyBytes;
/** Places of tables, the empty ones among them. A reader allows four times as many, and counts one twice at most; what they take of its memory is bounded by them, too. */
const WHOLE_PLACES = 4 * SEGMENT_LIMITS.frameCells;
/** A frame of so many is sealed within the limit (SPEC: S-1). */
const WHOLE_FRAME = SEGMENT_LIMITS.frameBytes - 1_024;
/**
 * Which way is the shortest is only known afterwards; a few cells are written in all of them. Many need no dictionary, and are shorter without: at level 19 zstd looks a body through
 * for its statistics before it begins, but not behind a dictionary.
 */
const STYLES: readonly TextStyle[] = ['joined', 'letters', 'shared'];
const SMALL_CELLS = 8_192;

/** In one frame; or by halves, where it is longer than was guessed (texts may be what compression cannot shorten), or one entity has fields that each of very many others then has a place for. */
function* encodeFitting(header: SegmentHeader, cells: readonly SegmentCell[], chunkCells: number, ports: Ports, form: Form): Steps {
  const whole = yield* encodeWhole(header, cells, chunkCells, ports, form);
  if (whole !== null) {
    yield whole;
    return;
  }
  let middle = cells.length >> 1;
  const isWithin = (at: number): boolean => at > 0 && !startsEntity(cells[at - 1], cells[at] as SegmentCell);
  while (middle < cells.length - 1 && isWithin(middle)) middle += 1;
  while (isWithin(middle)) middle -= 1;
  assert(middle > 0, 'an entity that fits into a frame');
  yield* encodeFitting(header, cells.slice(0, middle), chunkCells, ports, form);
  yield* encodeFitting(header, cells.slice(middle), chunkCells, ports, form);
}

/** Null where it is more than readers take. */
function* encodeWhole(
  header: SegmentHeader,
  cells: readonly SegmentCell[],
  chunkCells: number,
  { compression, hash }: Ports,
  form: Form,
): Steps<EncodedSegment | null> {
  const isSmall = cells.length <= SMALL_CELLS;
  const dictionary = isSmall ? form.dictionary : NO_DICTIONARY;
  const tables = cellsToTables(cells);
  if (placesOf(tables) > WHOLE_PLACES) return null;
  yield null;
  const bodies: EncodedBody[] = [];
  for (const style of STYLES.slice(0, isSmall ? STYLES.length : 1)) bodies.push(yield* encodeBody(tables, chunkCells, style));
  if (bodies.some(({ bytes }) => bytes.length > SEGMENT_LIMITS.bodyBytes)) return null;
  const packed = bodies.map((body) => ({ ...body, bytes: compression.compress(body.bytes, dictionaryBytes(dictionary), 'dense') }));
  const body = packed.reduce((best, other) => (other.bytes.length < best.bytes.length ? other : best));
  const writer = new ByteWriter(65_536);
  writeHeader(writer, header, { ...form, dictionary });
  writer.varint(cells.length);
  writer.varint(body.entities);
  writer.varint(body.chunks.length);
  for (const count of body.chunks) writer.varint(count);
  writer.raw(body.bytes);
  return writer.length > WHOLE_FRAME ? null : sealFrame(writer, { cells: cells.length, entities: body.entities }, hash);
}

function encodeFrame(header: SegmentHeader, chunks: readonly Chunk[], hash: Hash, form: Form): EncodedSegment {
  const cells = chunks.reduce((sum, chunk) => sum + chunk.cells, 0);
  const entities = chunks.reduce((sum, chunk) => sum + chunk.entities, 0);
  const writer = new ByteWriter(65_536);
  writeHeader(writer, header, form);
  writer.varint(cells);
  writer.varint(entities);
  writer.varint(chunks.length);
  for (const chunk of chunks) {
    writer.varint(chunk.cells);
    writer.varint(chunk.bytes.length);
  }
  for (const chunk of chunks) writer.raw(chunk.bytes);
  return sealFrame(writer, { cells, entities }, hash);
}

function writeHeader(writer: ByteWriter, header: SegmentHeader, form: Form): void {
  for (const char of MAGIC) writer.u8(char.charCodeAt(0));
  writer.varint(form.codec);
  writer.varint(form.dictionary);
  writer.text(header.tenant);
  writer.varint(header.scopes.length);
  for (const scope of header.scopes) writer.text(scope);
  writePosition(writer, header.from);
  writePosition(writer, header.to);
}

function sealFrame(writer: ByteWriter, counts: { readonly cells: number; readonly entities: number }, hash: Hash): EncodedSegment {
  assert(writer.length <= SEGMENT_LIMITS.frameBytes, `segment of ${writer.length} bytes`);
  const frame = writer.done();
  return { ref: { hash: bytesToHex(hash.sha256(frame)), bytes: frame.length, ...counts }, frame };
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
  /** The same cells, entity by entity. */
  entities(index: number): Result<EachEntity, SegmentError>;
}

const bad = (reason: string): { readonly ok: false; readonly error: SegmentError } => err({ type: 'bad-segment', reason });

/** Checks the address first. */
export function openSegment(frame: Uint8Array, expectedHash: string, ports: Ports): Result<Segment, SegmentError> {
  if (frame.length > SEGMENT_LIMITS.frameBytes) return bad('frame too long');
  if (bytesToHex(ports.hash.sha256(frame)) !== expectedHash) return bad('hash differs from address');
  const read = reading(frame, readFrame);
  if (!read.ok) return bad(read.error.reason);
  const { header, chunks, cells, form, body } = read.value;
  const stamp = header.to.lsn;
  const whole = form.codec === 3 ? openWhole(body, chunks, ports.compression, form) : null;
  const apart = (index: number): Result<readonly Cell[], SegmentError> => {
    const chunk = chunks[index];
    assert(chunk !== undefined, `chunk ${index} of ${chunks.length}`);
    return decodeChunk(chunk, stamp, ports.compression, form);
  };
  return ok({
    header,
    hash: expectedHash,
    cells,
    chunkCount: chunks.length,
    chunk: (index) => (whole === null ? apart(index) : mapResult(whole(), (reader) => reader.cells(index, stamp))),
    entities: (index) =>
      whole === null ? mapResult(apart(index), eachEntityOf) : mapResult(whole(), (reader) => reader.entities(index, stamp)),
  });
}

const mapResult = <T, U>(result: Result<T, SegmentError>, map: (value: T) => U): Result<U, SegmentError> =>
  result.ok ? ok(map(result.value)) : result;

/** Its body is unpacked once, by whoever first asks for a chunk of it. */
function openWhole(
  bytes: Uint8Array,
  chunks: readonly RawChunk[],
  compression: Compression,
  form: Form,
): () => Result<BodyReader, SegmentError> {
  let decoded: Result<BodyReader, SegmentError> | undefined;
  const decode = (): Result<BodyReader, SegmentError> => {
    const body = decompress(bytes, SEGMENT_LIMITS.bodyBytes, compression, dictionaryBytes(form.dictionary));
    if (body === null) return bad('body is no zstd frame, or too long');
    const counts = chunks.map(({ cells }) => cells);
    const read = decodeBody(body, counts, SEGMENT_LIMITS);
    return read.ok ? read : bad(read.error.reason);
  };
  return () => (decoded ??= decode());
}

interface RawChunk {
  readonly cells: number;
  readonly bytes: Uint8Array;
}

interface RawFrame {
  readonly header: SegmentHeader;
  readonly form: Form;
  readonly cells: number;
  readonly chunks: readonly RawChunk[];
  /** Of codec 3. */
  readonly body: Uint8Array;
}

function readFrame(reader: ByteReader): RawFrame {
  for (const char of MAGIC) reader.need(reader.u8() === char.charCodeAt(0), 'no segment frame');
  const codec = reader.varint();
  if (codec !== 1 && codec !== 2 && codec !== 3) return reader.fail('codec version');
  const dictionary = reader.varint();
  reader.need(codec === 1 ? dictionary === NO_DICTIONARY : isDictionary(dictionary), 'dictionary');
  const tenant = reader.text(SEGMENT_LIMITS.nameBytes);
  const scopes = Array.from({ length: reader.varint(SEGMENT_LIMITS.scopes) }, () => reader.text(SEGMENT_LIMITS.nameBytes));
  const from = readPosition(reader);
  const to = readPosition(reader);
  const cells = reader.varint(codec === 3 ? SEGMENT_LIMITS.frameCells : undefined);
  reader.varint();
  const sizes = Array.from({ length: reader.varint(SEGMENT_LIMITS.chunks) }, () => ({
    cells: reader.varint(SEGMENT_LIMITS.chunkCells),
    length: codec === 3 ? 0 : reader.varint(reader.left),
  }));
  const chunks = sizes.map((size) => ({ cells: size.cells, bytes: reader.raw(size.length) }));
  reader.need(chunks.reduce((sum, chunk) => sum + chunk.cells, 0) === cells, 'count of cells');
  const body = reader.raw(codec === 3 ? reader.left : 0);
  return { header: { tenant, scopes, from, to }, form: { codec, dictionary }, cells, chunks, body };
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
    const table = readTable(reader, reader.varint(SEGMENT_LIMITS.chunkCells), budget, codec);
    for (let row = 0; row < table.rowCount; row += 1) readRow(reader, type, table.row(row), stamp, cells);
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
