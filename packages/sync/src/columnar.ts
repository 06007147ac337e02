/**
 * Tables of records as columns: the body of up and down frames, before compression. A row is a map column number → CBOR value;
 * what comes out is what went in, value for value, so canonical bytes can be rebuilt from it. Nothing here knows a schema: types are seen in the data, lists of maps
 * become tables of their own, and what fits nowhere is carried as its CBOR.
 *
 * A column may also be said in terms of columns before it (same value, product of two, last value that stood beside
 * the same key, sum over a list), with its misses listed: a line's amount, its stock movement and its tax class then cost next to nothing.
 *
 * Hostile input: each read charges a `Budget`, before anything is allocated for it.
 */
import { assert } from '@holdfast/base';

import { compareBytewise, sameBytes, utf8, type ByteReader, ByteWriter } from './bytes.ts';
import { readCbor, writeCbor, type CborValue } from './cbor.ts';

export type Row = ReadonlyMap<number, CborValue>;

const MODE = {
  raw: 0,
  constant: 1,
  int: 2,
  delta: 3,
  bool: 4,
  dictionary: 5,
  texts: 6,
  sequence: 7,
  list: 8,
  same: 9,
  product: 10,
  last: 11,
  sum: 12,
} as const;

/** A value under `nesting` lists stands at depth 2 + 2 × nesting of its entry's canonical bytes, which end at `CBOR_MAX_DEPTH`. */
const MAX_NESTING = 5;
const depthAt = (nesting: number): number => 2 + 2 * nesting;
const MAX_PLANES = 6;
const MAX_DIGITS = 14;
/** Bytes of a column that nothing is worth trying to shorten. */
const SHORT_COLUMN = 8;
const MAX_INT = 2 ** 52;

/** What one frame may make a reader allocate. */
export class Budget {
  #cells: number;
  #textBytes: number;

  constructor(limits: { readonly cells: number; readonly textBytes: number }) {
    this.#cells = limits.cells;
    this.#textBytes = limits.textBytes;
  }

  cells(reader: ByteReader, count: number): void {
    this.#cells -= count;
    reader.need(this.#cells >= 0, 'too many values');
  }

  text(reader: ByteReader, bytes: number): void {
    this.#textBytes -= bytes;
    reader.need(this.#textBytes >= 0, 'too much text');
  }
}

type Values = readonly CborValue[];
/** The columns of a table that are done: number → one value per row, undefined where the row has none. */
type Done = ReadonlyMap<number, readonly (CborValue | undefined)[]>;

const isMap = (value: CborValue | undefined): value is Row => value instanceof Map;
const isList = (value: CborValue | undefined): value is readonly CborValue[] => Array.isArray(value);
const isTable = (value: CborValue | undefined): value is readonly Row[] => isList(value) && value.every(isMap);
const isInt = (value: CborValue | undefined): value is number => typeof value === 'number';

// ---- writing ----

export function writeTable(writer: ByteWriter, rows: readonly Row[], nesting = 0): void {
  const numbers = new Set<number>();
  for (const row of rows) for (const number of row.keys()) numbers.add(number);
  const done = new Map<number, readonly (CborValue | undefined)[]>();
  writer.varint(numbers.size);
  let previous = 0;
  for (const number of [...numbers].sort((left, right) => left - right)) {
    writer.varint(number - previous);
    previous = number;
    const column = rows.map((row) => row.get(number));
    const present = writePresence(writer, column);
    writer.raw(shortestColumn(present, column, done, nesting));
    done.set(number, column);
  }
}

function writePresence(writer: ByteWriter, column: readonly (CborValue | undefined)[]): Values {
  const present = column.filter((value) => value !== undefined);
  if (present.length === column.length) writer.u8(0);
  else {
    writer.u8(1);
    writeBits(
      writer,
      column.map((value) => value !== undefined),
    );
  }
  return present;
}

function writeBits(writer: ByteWriter, bits: readonly boolean[]): void {
  for (let start = 0; start < bits.length; start += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) if (bits[start + bit] === true) byte |= 1 << bit;
    writer.u8(byte);
  }
}

function shortestColumn(present: Values, column: readonly (CborValue | undefined)[], done: Done, nesting: number): Uint8Array {
  const plain = plainColumn(present, nesting);
  if (plain.length <= SHORT_COLUMN) return plain;
  let best = plain;
  for (const predictor of predictors(column, done, present)) {
    const writer = new ByteWriter();
    predictor.head(writer);
    if (!writeMisses(writer, column, predictor.guess, best.length, nesting)) continue;
    if (writer.length < best.length) best = writer.done();
    if (best.length <= SHORT_COLUMN) break;
  }
  return best;
}

function plainColumn(values: Values, nesting: number): Uint8Array {
  const writer = new ByteWriter();
  const first = values[0];
  if (first !== undefined && !isList(first) && !isMap(first) && values.every((value) => sameValue(value, first))) {
    writer.u8(MODE.constant);
    writeCbor(writer, first);
    return writer.done();
  }
  if (values.length > 0 && nesting < MAX_NESTING && values.every(isTable)) {
    writer.u8(MODE.list);
    writeInts(
      writer,
      values.map((list) => list.length),
    );
    writeTable(writer, values.flat(), nesting + 1);
    return writer.done();
  }
  if (values.every((value) => typeof value === 'boolean')) {
    writer.u8(MODE.bool);
    writeBits(writer, values);
  } else if (values.every(isInt)) writeIntColumn(writer, values);
  else if (values.every((value) => typeof value === 'string')) writeTextColumn(writer, values);
  else writeRaw(writer, values);
  return writer.done();
}

function writeRaw(writer: ByteWriter, values: Values): void {
  writer.u8(MODE.raw);
  for (const value of values) writeCbor(writer, value);
}

function writeIntColumn(writer: ByteWriter, values: readonly number[]): void {
  const steps = deltas(values);
  const [plainRange, stepRange] = [rangeOf(values), rangeOf(steps)];
  const raw = values.reduce((sum, value) => sum + cborIntBytes(value), 0);
  const asInts = plainRange === null ? Infinity : plainRange.planes * values.length;
  const asSteps = stepRange === null ? Infinity : stepRange.planes * values.length;
  if (raw < Math.min(asInts, asSteps)) writeRaw(writer, values);
  else if (plainRange !== null && asInts <= asSteps) {
    writer.u8(MODE.int);
    writePlanes(writer, values, plainRange);
  } else if (stepRange !== null) {
    writer.u8(MODE.delta);
    writePlanes(writer, steps, stepRange);
  }
}

function cborIntBytes(value: number): number {
  const magnitude = value < 0 ? -1 - value : value;
  if (magnitude < 24) return 1;
  if (magnitude < 2 ** 8) return 2;
  if (magnitude < 2 ** 16) return 3;
  return magnitude < 2 ** 32 ? 5 : 9;
}

const deltas = (values: readonly number[]): readonly number[] =>
  values.map((value, index) => value - (index === 0 ? 0 : (values[index - 1] ?? 0)));

interface IntRange {
  readonly least: number;
  /** Bytes that hold the greatest distance from `least`. */
  readonly planes: number;
}

/** Of all but the first; null where planes cannot say these values. The first value of deltas would spoil the range for all others, so it stands alone. */
function rangeOf(values: readonly number[]): IntRange | null {
  let least = Infinity;
  let most = -Infinity;
  for (let index = 1; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!inRange(values[0] ?? 0)) return null;
  if (values.length < 2) return { least: 0, planes: 0 };
  if (!inRange(least) || !inRange(most) || most - least >= 2 ** (8 * MAX_PLANES)) return null;
  let planes = 0;
  while (most - least >= 2 ** (8 * planes)) planes += 1;
  return { least, planes };
}

/** Lengths, indexes: always within range. */
function writeInts(writer: ByteWriter, values: readonly number[]): void {
  const range = rangeOf(values);
  assert(range !== null, 'integers within range');
  writePlanes(writer, values, range);
}

/** The first value; then the least, and what is above it byte by byte, highest bytes of all first: like bytes lie together, as compression likes it. */
function writePlanes(writer: ByteWriter, values: readonly number[], { least, planes }: IntRange): void {
  const first = values[0];
  if (first === undefined) return;
  writeSigned(writer, first);
  const count = values.length - 1;
  if (count === 0) return;
  writeSigned(writer, least);
  writer.u8(planes);
  const bytes = new Uint8Array(planes * count);
  for (let index = 0; index < count; index += 1) {
    let rest = (values[index + 1] ?? 0) - least;
    for (let plane = planes - 1; plane >= 0; plane -= 1) {
      bytes[plane * count + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  writer.raw(bytes);
}

const inRange = (value: number): boolean => value > -MAX_INT && value < MAX_INT;
const writeSigned = (writer: ByteWriter, value: number): void => writer.varint(value < 0 ? -value * 2 - 1 : value * 2);

function writeTextColumn(writer: ByteWriter, values: readonly string[]): void {
  const distinct = [...new Set(values)];
  if (distinct.length * 4 > values.length * 3) {
    writeTextValues(writer, values);
    return;
  }
  writer.u8(MODE.dictionary);
  distinct.sort(compareBytewise);
  writer.varint(distinct.length);
  writeTextValues(writer, distinct);
  const indexByText = new Map(distinct.map((text, index) => [text, index]));
  writeInts(
    writer,
    values.map((text) => indexByText.get(text) ?? 0),
  );
}

function writeTextValues(writer: ByteWriter, values: readonly string[]): void {
  const sequence = asSequence(values);
  if (sequence === null) {
    writer.u8(MODE.texts);
    writeTexts(writer, values);
    return;
  }
  writer.u8(MODE.sequence);
  writer.text(sequence.prefix);
  writer.varint(sequence.width);
  writeInts(writer, deltas(sequence.numbers));
}

/** Texts that differ only in a number of fixed width at their end: receipt numbers, GTINs. */
function asSequence(values: readonly string[]): { prefix: string; width: number; numbers: readonly number[] } | null {
  const first = values[0];
  if (first === undefined || values.length < 2) return null;
  const digits = /\d+$/.exec(first)?.[0] ?? '';
  const width = Math.min(digits.length, MAX_DIGITS);
  if (width === 0) return null;
  const prefix = first.slice(0, first.length - width);
  const numbers: number[] = [];
  for (const text of values) {
    const number = text.slice(prefix.length);
    if (number.length !== width || !text.startsWith(prefix) || !/^\d+$/.test(number)) return null;
    numbers.push(Number(number));
  }
  return { prefix, width, numbers };
}

/** Each text as the length it shares with the one before, and the rest; in bytes of UTF-8. */
function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  const shared: number[] = [];
  const rest: number[] = [];
  const suffixes = new ByteWriter();
  let previous: Uint8Array = new Uint8Array();
  for (const text of texts) {
    const bytes = utf8(text);
    let same = 0;
    while (same < bytes.length && same < previous.length && bytes[same] === previous[same]) same += 1;
    shared.push(same);
    rest.push(bytes.length - same);
    suffixes.raw(bytes.subarray(same));
    previous = bytes;
  }
  writeInts(writer, shared);
  writeInts(writer, rest);
  writer.raw(suffixes.done());
}

// ---- columns said in terms of others ----

type Guess = (row: number) => CborValue | undefined;
interface Predictor {
  readonly guess: Guess;
  readonly head: (writer: ByteWriter) => void;
}

function predictors(column: readonly (CborValue | undefined)[], done: Done, present: Values): readonly Predictor[] {
  const found: Predictor[] = [];
  const ints = present.every(isInt);
  const head =
    (...bytes: readonly number[]) =>
    (writer: ByteWriter): void => {
      for (const byte of bytes) writer.varint(byte);
    };
  const intColumns: number[] = [];
  for (const [number, values] of done) {
    if (ints && values.some(isInt)) {
      intColumns.push(number);
      found.push({ guess: (row) => values[row], head: head(MODE.same, number) });
    }
    if (!ints || !values.every((value) => value === undefined || isTable(value))) continue;
    const children = new Set(values.flatMap((value) => (isTable(value) ? value.flatMap((child) => [...child.keys()]) : [])));
    for (const child of children) found.push({ guess: sumOf(values, child), head: head(MODE.sum, number, child) });
  }
  for (const [index, left] of intColumns.entries()) {
    for (const right of intColumns.slice(index + 1))
      found.push({ guess: productOf(done, left, right), head: head(MODE.product, left, right) });
  }
  for (const [number, values] of done) {
    if (values.some((value) => typeof value === 'string')) found.push({ guess: lastBeside(values, column), head: head(MODE.last, number) });
  }
  return found;
}

function productOf(done: Done, left: number, right: number): Guess {
  const lefts = done.get(left) ?? [];
  const rights = done.get(right) ?? [];
  return (row) => {
    const a = lefts[row];
    const b = rights[row];
    if (!isInt(a) || !isInt(b)) return undefined;
    const product = a * b;
    return Number.isSafeInteger(product) ? product + 0 : undefined;
  };
}

function sumOf(lists: readonly (CborValue | undefined)[], child: number): Guess {
  return (row) => {
    const list = lists[row];
    if (!isTable(list)) return undefined;
    let sum = 0;
    for (const item of list) {
      const value = item.get(child);
      if (value === undefined) continue;
      if (!isInt(value)) return undefined;
      sum += value;
    }
    return Number.isSafeInteger(sum) ? sum : undefined;
  };
}

/** Reads `column` only at rows before the one asked for, so that a reader can fill it as it goes. Rows are asked for in order. */
function lastBeside(keys: readonly (CborValue | undefined)[], column: readonly (CborValue | undefined)[]): Guess {
  const lastByKey = new Map<CborValue | undefined, CborValue>();
  let seen = 0;
  return (row) => {
    if (row < seen) {
      lastByKey.clear();
      seen = 0;
    }
    for (; seen < row; seen += 1) {
      const value = column[seen];
      if (value !== undefined) lastByKey.set(keys[seen], value);
    }
    return lastByKey.get(keys[row]);
  };
}

/** False where too few guesses are right, or nothing would be gained over `best` bytes. */
function writeMisses(writer: ByteWriter, column: readonly (CborValue | undefined)[], guess: Guess, best: number, nesting: number): boolean {
  const hits: boolean[] = [];
  const misses: CborValue[] = [];
  const most = Math.min(best, column.length * 0.7);
  for (const [row, value] of column.entries()) {
    if (value === undefined) continue;
    const guessed = guess(row);
    const hit = guessed !== undefined && sameValue(guessed, value);
    hits.push(hit);
    if (hit) continue;
    misses.push(value);
    if (misses.length > most || misses.length > 16 + hits.length * 0.8) return false;
  }
  writer.varint(misses.length);
  if (misses.length === 0) return true;
  writeBits(writer, hits);
  writer.raw(plainColumn(misses, nesting));
  return true;
}

/** Lists and maps are never the same here: predictors deal in scalars. */
function sameValue(left: CborValue, right: CborValue): boolean {
  if (left === right) return !isList(left) && !isMap(left);
  return left instanceof Uint8Array && right instanceof Uint8Array && sameBytes(left, right);
}

// ---- reading ----

export function readTable(reader: ByteReader, rowCount: number, budget: Budget, nesting = 0): readonly Row[] {
  budget.cells(reader, rowCount);
  const rows: Map<number, CborValue>[] = Array.from({ length: rowCount }, () => new Map());
  const done = new Map<number, readonly (CborValue | undefined)[]>();
  const columnCount = reader.varint(reader.left);
  let number = 0;
  for (let index = 0; index < columnCount; index += 1) {
    const step = reader.varint();
    reader.need(index === 0 || step > 0, 'columns not ascending');
    number += step;
    reader.need(Number.isSafeInteger(number), 'column number too large');
    budget.cells(reader, rowCount);
    const presence = readPresence(reader, rowCount);
    const column = readColumn(reader, presence, done, budget, nesting);
    done.set(number, column);
    for (const [row, value] of column.entries()) if (value !== undefined) rows[row]?.set(number, value);
  }
  return rows;
}

/** The rows that hold a value, and how many rows there are. */
interface Presence {
  readonly rows: readonly number[];
  readonly rowCount: number;
}

function readPresence(reader: ByteReader, rowCount: number): Presence {
  const flag = reader.u8();
  reader.need(flag <= 1, 'presence');
  const bits = flag === 1 ? readBits(reader, rowCount) : null;
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row += 1) if (bits === null || bits[row] === true) rows.push(row);
  return { rows, rowCount };
}

function readBits(reader: ByteReader, count: number): readonly boolean[] {
  const bytes = reader.raw(Math.ceil(count / 8));
  return Array.from({ length: count }, (_, index) => (((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1);
}

function readColumn(
  reader: ByteReader,
  presence: Presence,
  done: Done,
  budget: Budget,
  nesting: number,
): readonly (CborValue | undefined)[] {
  const column: (CborValue | undefined)[] = Array.from({ length: presence.rowCount });
  const mode = reader.u8();
  const guess = readPredictor(reader, mode, done, column, budget);
  if (guess === null) {
    const values = readPlain(reader, mode, presence.rows.length, budget, nesting);
    for (const [index, row] of presence.rows.entries()) column[row] = values[index];
    return column;
  }
  const missCount = reader.varint(presence.rows.length);
  const hits = missCount === 0 ? null : readBits(reader, presence.rows.length);
  const misses = missCount === 0 ? [] : readPlain(reader, reader.u8(), missCount, budget, nesting);
  let miss = 0;
  for (const [index, row] of presence.rows.entries()) {
    const value = hits === null || hits[index] === true ? guess(row) : misses[miss++];
    if (value === undefined) reader.fail('nothing to predict from');
    column[row] = value;
  }
  reader.need(miss === missCount, 'misses left over');
  return column;
}

function readPredictor(
  reader: ByteReader,
  mode: number,
  done: Done,
  column: readonly (CborValue | undefined)[],
  budget: Budget,
): Guess | null {
  const known = (): readonly [number, readonly (CborValue | undefined)[]] => {
    const number = reader.varint();
    return [number, done.get(number) ?? reader.fail('column said by one that is not there')];
  };
  switch (mode) {
    case MODE.same: {
      const [, values] = known();
      return (row) => values[row];
    }
    case MODE.product: {
      const [left] = known();
      const [right] = known();
      return productOf(done, left, right);
    }
    case MODE.sum: {
      const [, lists] = known();
      let items = 0;
      for (const value of lists) items += isList(value) ? value.length : 0;
      budget.cells(reader, items);
      return sumOf(lists, reader.varint());
    }
    case MODE.last: {
      const [, keys] = known();
      return lastBeside(keys, column);
    }
    default:
      return null;
  }
}

function readPlain(reader: ByteReader, mode: number, count: number, budget: Budget, nesting: number): Values {
  switch (mode) {
    case MODE.raw:
      return readRaw(reader, count, nesting);
    case MODE.constant: {
      const value = readCbor(reader);
      reader.need(!isList(value) && !isMap(value), 'constant of a list');
      return Array.from({ length: count }, () => value);
    }
    case MODE.int:
      return readInts(reader, count);
    case MODE.delta:
      return sums(reader, readInts(reader, count));
    case MODE.bool:
      return readBits(reader, count);
    case MODE.dictionary:
      return readDictionary(reader, count, budget);
    case MODE.texts:
    case MODE.sequence:
      return readTextValues(reader, mode, count, budget);
    case MODE.list:
      return readLists(reader, count, budget, nesting);
    default:
      return reader.fail(`column mode ${mode}`);
  }
}

function readRaw(reader: ByteReader, count: number, nesting: number): Values {
  reader.need(count <= reader.left, 'ends early');
  const values: CborValue[] = [];
  for (let index = 0; index < count; index += 1) values.push(readCbor(reader, depthAt(nesting)));
  return values;
}

function readSigned(reader: ByteReader): number {
  const value = reader.varint();
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

function readInts(reader: ByteReader, count: number): readonly number[] {
  if (count === 0) return [];
  const first = readSigned(reader);
  if (count === 1) return [first];
  const least = readSigned(reader);
  const planes = reader.u8();
  reader.need(planes <= MAX_PLANES, 'integers too wide');
  const values: number[] = Array.from({ length: count }, () => 0);
  for (let plane = 0; plane < planes; plane += 1) {
    const bytes = reader.raw(count - 1);
    for (let index = 1; index < count; index += 1) values[index] = (values[index] ?? 0) * 256 + (bytes[index - 1] ?? 0);
  }
  for (let index = 1; index < count; index += 1) {
    const value = (values[index] ?? 0) + least;
    reader.need(Number.isSafeInteger(value), 'integer too large');
    values[index] = value;
  }
  values[0] = first;
  return values;
}

function sums(reader: ByteReader, steps: readonly number[]): readonly number[] {
  let value = 0;
  return steps.map((step) => {
    value += step;
    reader.need(Number.isSafeInteger(value), 'integer too large');
    return value;
  });
}

function readTexts(reader: ByteReader, count: number, budget: Budget): readonly string[] {
  budget.cells(reader, count);
  const shared = readInts(reader, count);
  const rest = readInts(reader, count);
  let previous = new Uint8Array();
  return shared.map((same, index) => {
    const more = rest[index] ?? 0;
    reader.need(same >= 0 && same <= previous.length && more >= 0, 'text shares what is not there');
    budget.text(reader, same + more);
    const suffix = reader.raw(more);
    const bytes = new Uint8Array(same + more);
    bytes.set(previous.subarray(0, same));
    bytes.set(suffix, same);
    previous = bytes;
    return reader.decode(bytes);
  });
}

function readTextValues(reader: ByteReader, mode: number, count: number, budget: Budget): readonly string[] {
  if (mode === MODE.sequence) return readSequence(reader, count, budget);
  reader.need(mode === MODE.texts, 'texts');
  return readTexts(reader, count, budget);
}

function readDictionary(reader: ByteReader, count: number, budget: Budget): readonly string[] {
  const distinct = reader.varint(count);
  const texts = readTextValues(reader, reader.u8(), distinct, budget);
  return readInts(reader, count).map((index) => texts[index] ?? reader.fail('dictionary index'));
}

function readSequence(reader: ByteReader, count: number, budget: Budget): readonly string[] {
  const prefix = reader.text(reader.left);
  const width = reader.varint(MAX_DIGITS);
  budget.text(reader, count * (prefix.length + width));
  return sums(reader, readInts(reader, count)).map((number) => {
    const digits = String(number);
    reader.need(number >= 0 && digits.length <= width, 'sequence number');
    return prefix + digits.padStart(width, '0');
  });
}

function readLists(reader: ByteReader, count: number, budget: Budget, nesting: number): Values {
  reader.need(nesting < MAX_NESTING, 'nests too deep');
  const lengths = readInts(reader, count);
  let total = 0;
  for (const length of lengths) {
    reader.need(length >= 0, 'list length');
    total += length;
    reader.need(Number.isSafeInteger(total), 'list length');
  }
  const rows = readTable(reader, total, budget, nesting + 1);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return rows.slice(at - length, at);
  });
}
