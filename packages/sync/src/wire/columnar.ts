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
import { readCbor, writeArrayHead, writeCbor, writeMapHead, type CborValue } from './cbor.ts';
import { bitsUnpacker, bytesUnpacker, packBits, packBytes, packInts, readPacked, unpackBits, unpackInts, writePacked } from './entropy.ts';

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
  /** From here on of the second form. */
  packed: 13,
  affix: 14,
  packedTexts: 15,
  packedBits: 16,
  rate: 17,
  /** From here on of the third form. */
  beside: 18,
  digits: 19,
  joined: 20,
} as const;

/**
 * How tables are written: the first form as compression likes it, the second entropy-coded where that is shorter; the third is for many rows and several tables of one frame: it says texts
 * by those of earlier tables, and leaves long ones to compression, which sees them in one piece. Each reader knows its own and those before.
 */
export type TableForm = 1 | 2 | 3;

const FIRST_OF_FORM: Readonly<Record<TableForm, number>> = { 1: 0, 2: MODE.packed, 3: MODE.beside };
const isModeOf = (form: TableForm, mode: number): boolean => form === 3 || mode < FIRST_OF_FORM[form === 1 ? 2 : 3];

/** The columns of texts in the tables of a frame, in the order in which they were written: those before say what comes after. Of the third form only. */
export type TextColumns = (readonly string[])[];

/**
 * How a writer of the third form says texts that have no number in them; a reader sees it by itself. `joined`: one after the other, as compression likes long columns. `letters`: under models of
 * single letters where those are shorter. `shared`: each without what it shares with the one before.
 */
export type TextStyle = 'joined' | 'letters' | 'shared';

interface Place {
  readonly form: TableForm;
  readonly nesting: number;
  readonly texts: TextColumns;
  readonly style: TextStyle;
}

const within = (place: Place): Place => ({ ...place, nesting: place.nesting + 1 });
/** Models have nothing to learn from fewer values; compression with a dictionary may know them. */
const PACKED_LEAST = 8;
/** Bytes of texts that a dictionary or repetition shortens better than models of single letters. */
const PACKED_TEXT_SHARE = 0.45;
const MAX_RATE_BPS = 10_000;

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

const isMap = (value: ReadValue | undefined): value is Row => value instanceof Map;
const isList = (value: ReadValue | undefined): value is readonly CborValue[] => Array.isArray(value);
const isTable = (value: ReadValue | undefined): value is readonly Row[] => isList(value) && value.every(isMap);
const isInt = (value: ReadValue | undefined): value is number => typeof value === 'number';

// ---- writing ----

/** `texts`: one list for all tables of a frame. */
export function writeTable(
  writer: ByteWriter,
  rows: readonly Row[],
  form: TableForm,
  texts: TextColumns = [],
  style: TextStyle = 'letters',
): void {
  writeRows(writer, rows, { form, nesting: 0, texts, style });
}

function writeRows(writer: ByteWriter, rows: readonly Row[], place: Place): void {
  const numbers = new Set<number>();
  for (const row of rows) for (const number of row.keys()) numbers.add(number);
  const done = new Map<number, readonly (CborValue | undefined)[]>();
  writer.varint(numbers.size);
  let previous = 0;
  for (const number of [...numbers].sort((left, right) => left - right)) {
    writer.varint(number - previous);
    previous = number;
    const column = rows.map((row) => row.get(number));
    const present = writePresence(writer, column, place);
    writer.raw(shortestColumn(present, column, done, place));
    done.set(number, column);
    keepTexts(present, place);
  }
}

const isTexts = (values: Values): values is readonly string[] => values.every((value) => typeof value === 'string');

function keepTexts(present: Values, place: Place): void {
  if (place.form === 3 && place.nesting === 0 && present.length > 0 && isTexts(present)) place.texts.push(present);
}

function writePresence(writer: ByteWriter, column: readonly (CborValue | undefined)[], place: Place): Values {
  const present = column.filter((value) => value !== undefined);
  if (present.length === column.length) writer.u8(0);
  else {
    const bits = column.map((value) => value !== undefined);
    const packed = place.form !== 1 ? packBits(bits) : null;
    const isShorter = packed !== null && packed.length + 1 < Math.ceil(bits.length / 8);
    writer.u8(isShorter ? 2 : 1);
    if (isShorter) writePacked(writer, packed);
    else writeBits(writer, bits);
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

function shortestColumn(present: Values, column: readonly (CborValue | undefined)[], done: Done, place: Place): Uint8Array {
  const plain = plainColumn(present, place);
  if (plain.length <= SHORT_COLUMN) return plain;
  let best = plain;
  for (const predictor of predictors(column, done, present, place)) {
    const writer = new ByteWriter();
    predictor.head(writer);
    if (!writeMisses(writer, column, predictor.guess, best.length, place)) continue;
    if (writer.length < best.length) best = writer.done();
    if (best.length <= SHORT_COLUMN) break;
  }
  return best;
}

function plainColumn(values: Values, place: Place): Uint8Array {
  const writer = new ByteWriter();
  const first = values[0];
  if (first !== undefined && !isList(first) && !isMap(first) && values.every((value) => sameValue(value, first))) {
    writer.u8(MODE.constant);
    writeCbor(writer, first);
    return writer.done();
  }
  if (values.length > 0 && place.nesting < MAX_NESTING && values.every(isTable)) {
    writer.u8(MODE.list);
    writeInts(
      writer,
      values.map((list) => list.length),
      place,
    );
    writeRows(writer, values.flat(), within(place));
    return writer.done();
  }
  if (values.every((value) => typeof value === 'boolean')) {
    const packed = place.form !== 1 ? packBits(values) : null;
    const isShorter = packed !== null && packed.length + 1 < Math.ceil(values.length / 8);
    writer.u8(isShorter ? MODE.packedBits : MODE.bool);
    if (isShorter) writePacked(writer, packed);
    else writeBits(writer, values);
  } else if (values.every(isInt)) writeIntColumn(writer, values, place);
  else if (isTexts(values)) writeTextColumn(writer, values, place);
  else writeRaw(writer, values);
  return writer.done();
}

function writeRaw(writer: ByteWriter, values: Values): void {
  writer.u8(MODE.raw);
  for (const value of values) writeCbor(writer, value);
}

function writeIntColumn(writer: ByteWriter, values: readonly number[], place: Place): void {
  const packed = place.form !== 1 && values.length >= PACKED_LEAST ? packInts(values, place.form) : null;
  const plain = new ByteWriter();
  writePlainIntColumn(plain, values);
  if (packed !== null && packed.length + 3 < plain.length) {
    writer.u8(MODE.packed);
    writePacked(writer, packed);
  } else writer.raw(plain.done());
}

function writePlainIntColumn(writer: ByteWriter, values: readonly number[]): void {
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

/** Lengths, indexes: always within range. The second form says first whether they are packed. */
function writeInts(writer: ByteWriter, values: readonly number[], place: Place): void {
  const range = rangeOf(values);
  assert(range !== null, 'integers within range');
  if (place.form === 1) return writePlanes(writer, values, range);
  const packed = values.length < PACKED_LEAST ? null : packInts(values, place.form);
  const isShorter = packed !== null && packed.length + 1 < range.planes * values.length;
  writer.u8(isShorter ? 1 : 0);
  return isShorter ? writePacked(writer, packed) : writePlanes(writer, values, range);
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

function writeTextColumn(writer: ByteWriter, values: readonly string[], place: Place): void {
  const own = new ByteWriter();
  writeOwnTexts(own, values, place);
  const beside = place.form === 3 && place.nesting === 0 ? besideColumn(values, own.length, place) : null;
  writer.raw(beside ?? own.done());
}

/** By themselves, without other columns. */
function writeOwnTexts(writer: ByteWriter, values: readonly string[], place: Place): void {
  const distinct = [...new Set(values)];
  if (distinct.length * 4 > values.length * 3) {
    writeTextValues(writer, values, place);
    return;
  }
  writer.u8(MODE.dictionary);
  distinct.sort(compareBytewise);
  writer.varint(distinct.length);
  writeTextValues(writer, distinct, place);
  const indexByText = new Map(distinct.map((text, index) => [text, index]));
  writeInts(
    writer,
    values.map((text) => indexByText.get(text) ?? 0),
    place,
  );
}

function writeTextValues(writer: ByteWriter, values: readonly string[], place: Place): void {
  const affix = place.form === 1 ? '' : commonEnd(values);
  if (affix.length > 0) {
    writer.u8(MODE.affix);
    writer.text(affix);
    return writeUnaffixed(
      writer,
      values.map((value) => value.slice(0, value.length - affix.length)),
      place,
    );
  }
  return writeUnaffixed(writer, values, place);
}

function writeUnaffixed(writer: ByteWriter, values: readonly string[], place: Place): void {
  if (place.form === 3) {
    if (writeDigits(writer, values, place) || (place.style === 'joined' && writeJoined(writer, values))) return;
    return writeTexts(writer, values, place);
  }
  const sequence = asSequence(values);
  if (sequence === null) return writeTexts(writer, values, place);
  writer.u8(MODE.sequence);
  writer.text(sequence.prefix);
  writer.varint(sequence.width);
  return writeInts(writer, deltas(sequence.numbers), place);
}

/** What all texts end in, behind a digit of theirs: a key's kind and zone behind its number. */
function commonEnd(values: readonly string[]): string {
  const first = values[0];
  if (first === undefined || values.length < 2) return '';
  const end = /\d([^\d]+)$/.exec(first)?.[1] ?? '';
  return end.isWellFormed() && values.every((value) => value.endsWith(end)) ? end : '';
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

/** Texts that end in a number each, of up to 14 digits: article numbers and GTINs, which lose their check digit where all have a right one. False where they are none. */
function writeDigits(writer: ByteWriter, values: readonly string[], place: Place): boolean {
  const first = values[0];
  if (first === undefined || values.length < 2) return false;
  const prefix = /^(.*?)\d{1,14}$/s.exec(first)?.[1];
  if (prefix === undefined) return false;
  const ends = values.map((text) => text.slice(prefix.length));
  if (!values.every((text, index) => text.startsWith(prefix) && /^\d{1,14}$/.test(ends[index] ?? ''))) return false;
  const isChecked = ends.every((digits) => digits.length > 1 && checkDigit(digits.slice(0, -1)) === digits.at(-1));
  writer.u8(MODE.digits);
  writer.text(prefix);
  writer.u8(isChecked ? 1 : 0);
  writeInts(
    writer,
    ends.map((digits) => digits.length),
    place,
  );
  const numbers = ends.map((digits) => Number(isChecked ? digits.slice(0, -1) : digits));
  writeInts(writer, deltas(numbers), place);
  return true;
}

/** GS1 General Specifications, 7.9: weights 3 and 1 from the right. */
function checkDigit(digits: string): string {
  let sum = 0;
  for (let at = digits.length - 1, weight = 3; at >= 0; at -= 1, weight = 4 - weight) sum += Number(digits[at]) * weight;
  return String((10 - (sum % 10)) % 10);
}

const END_OF_TEXT = '\0';

/** False where one of them holds the mark that ends them. */
function writeJoined(writer: ByteWriter, values: readonly string[]): boolean {
  if (values.some((text) => text.includes(END_OF_TEXT))) return false;
  writer.u8(MODE.joined);
  writer.text(values.join(END_OF_TEXT));
  return true;
}

/** Each text as the length it shares with the one before, and the rest; in bytes of UTF-8. */
function writeTexts(writer: ByteWriter, texts: readonly string[], place: Place): void {
  const contexts: number[] = [];
  const letters: number[] = [];
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
    for (let at = same; at < bytes.length; at += 1) {
      contexts.push(letterContext(previous, bytes, at, same));
      letters.push(bytes[at] ?? 0);
    }
    previous = bytes;
  }
  const packed = place.form !== 1 && place.style === 'letters' && texts.length >= PACKED_LEAST ? packBytes(letters, contexts) : null;
  const isShorter = packed !== null && packed.length < letters.length * PACKED_TEXT_SHARE;
  writer.u8(isShorter ? MODE.packedTexts : MODE.texts);
  writeInts(writer, shared, place);
  writeInts(writer, rest, place);
  if (isShorter) writePacked(writer, packed);
  else writer.raw(suffixes.done());
}

/** Where a text parts from the one before it, that one's letter says most, for they are often in order; from there on the letter before. */
const letterContext = (previous: Uint8Array, bytes: Uint8Array, at: number, same: number): number =>
  at === same ? 256 + (previous[at] ?? 0) : (bytes[at - 1] ?? 0);

// ---- texts said by those of another column ----

/** How a text is made of one of another column. */
interface Wrapping {
  readonly source: number;
  readonly before: string;
  readonly after: string;
}

const SAMPLES = 24;
/** How far two columns of one order may have shifted against each other where one of them is looked for. */
const SHIFT = 8;

/** Null where no other column says these texts in less than `best` bytes. A code's key is its item's in another dress, a price's key is its item's and more. */
function besideColumn(values: readonly string[], best: number, place: Place): Uint8Array | null {
  let shortest: Uint8Array | null = null;
  for (const source of place.texts.keys()) {
    const wrapping = findWrapping(values, source, place.texts[source] ?? []);
    if (wrapping === null) continue;
    const column = encodeBeside(values, wrapping, place);
    if (column.length < (shortest?.length ?? best)) shortest = column;
  }
  return shortest;
}

/** The most frequent of a few samples. */
function findWrapping(values: readonly string[], source: number, texts: readonly string[]): Wrapping | null {
  const found = new Map<string, { readonly wrapping: Wrapping; readonly count: number }>();
  const count = Math.min(SAMPLES, values.length);
  for (let sample = 0; sample < count; sample += 1) {
    const at = Math.floor((sample * values.length) / count);
    const value = values[at] ?? '';
    const near = Math.floor((at * texts.length) / values.length);
    for (let row = Math.max(0, near - SHIFT); row <= near + SHIFT; row += 1) {
      const text = texts[row];
      if (text === undefined || text.length === 0) continue;
      const begins = value.indexOf(text);
      if (begins === -1) continue;
      const wrapping = { source, before: value.slice(0, begins), after: value.slice(begins + text.length) };
      if (!wrapping.before.isWellFormed() || !wrapping.after.isWellFormed()) continue;
      const name = JSON.stringify(wrapping);
      found.set(name, { wrapping, count: (found.get(name)?.count ?? 0) + 1 });
      break;
    }
  }
  let most: { readonly wrapping: Wrapping; readonly count: number } | null = null;
  for (const candidate of found.values()) if (candidate.count > (most?.count ?? 0)) most = candidate;
  return most !== null && most.count * 4 > count ? most.wrapping : null;
}

/** Which of the values are there; of those, how many rows behind the one after the last; and the others by themselves. */
function encodeBeside(values: readonly string[], { source, before, after }: Wrapping, place: Place): Uint8Array {
  const rowByText = new Map((place.texts[source] ?? []).map((text, row) => [before + text + after, row]));
  const steps: number[] = [];
  const misses: string[] = [];
  let expected = 0;
  for (const value of values) {
    const row = rowByText.get(value);
    if (row === undefined) misses.push(value);
    else {
      steps.push(row - expected);
      expected = row + 1;
    }
  }
  const writer = new ByteWriter();
  writer.u8(MODE.beside);
  writer.varint(source);
  writer.text(before);
  writer.text(after);
  writer.varint(misses.length);
  if (misses.length > 0) writePacked(writer, packBits(values.map((value) => rowByText.has(value))));
  writeInts(writer, steps, place);
  if (misses.length > 0) writer.raw(plainColumn(misses, { ...place, texts: [] }));
  return writer.done();
}

// ---- columns said in terms of others ----

type Guess = (row: number) => CborValue | undefined;
interface Predictor {
  readonly guess: Guess;
  readonly head: (writer: ByteWriter) => void;
}

function predictors(column: readonly (CborValue | undefined)[], done: Done, present: Values, place: Place): readonly Predictor[] {
  const found: Predictor[] = [];
  const ints = present.every(isInt);
  const head =
    (...bytes: readonly number[]) =>
    (writer: ByteWriter): void => {
      for (const byte of bytes) writer.varint(byte);
    };
  const intColumns: number[] = [];
  const valuesOf = (number: number): readonly (CborValue | undefined)[] => done.get(number) ?? [];
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
      found.push({ guess: productOf(valuesOf(left), valuesOf(right)), head: head(MODE.product, left, right) });
  }
  for (const rate of place.form !== 1 ? intColumns.filter((number) => isRate(done.get(number) ?? [])) : []) {
    for (const base of intColumns)
      if (base !== rate) found.push({ guess: shareOf(valuesOf(base), valuesOf(rate)), head: head(MODE.rate, base, rate) });
  }
  for (const [number, values] of done) {
    if (values.some((value) => typeof value === 'string')) found.push({ guess: lastBeside(values, column), head: head(MODE.last, number) });
  }
  return found;
}

function productOf(lefts: ReadColumn, rights: ReadColumn): Guess {
  return (row) => {
    const a = lefts[row];
    const b = rights[row];
    if (!isInt(a) || !isInt(b)) return undefined;
    const product = a * b;
    return Number.isSafeInteger(product) ? product + 0 : undefined;
  };
}

const isRate = (values: readonly (CborValue | undefined)[]): boolean =>
  values.every((value) => value === undefined || (isInt(value) && value > 0 && value <= MAX_RATE_BPS));

/** So much of a base as a rate in basis points says, half up from zero: a tax of a net amount. */
function shareOf(bases: ReadColumn, rates: ReadColumn): Guess {
  return (row) => {
    const [amount, bps] = [bases[row], rates[row]];
    if (!isInt(amount) || !isInt(bps)) return undefined;
    const product = Math.abs(amount) * bps;
    if (!Number.isSafeInteger(product * 2)) return undefined;
    const share = Math.floor((product * 2 + MAX_RATE_BPS) / (2 * MAX_RATE_BPS));
    return amount < 0 ? 0 - share : share;
  };
}

function sumOf(lists: ReadColumn, child: number): Guess {
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
function lastBeside<T extends ReadValue>(keys: ReadColumn, column: readonly (T | undefined)[]): (row: number) => T | undefined {
  const lastByKey = new Map<ReadValue | undefined, T>();
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
function writeMisses(writer: ByteWriter, column: readonly (CborValue | undefined)[], guess: Guess, best: number, place: Place): boolean {
  const hits: boolean[] = [];
  const misses: CborValue[] = [];
  const most = Math.min(best, column.length * 0.7);
  for (const [row, value] of column.entries()) {
    if (value === undefined) continue;
    const guessed = guess(row);
    const hit = guessed !== undefined && sameValue(guessed, value);
    // In the second form, where nothing was guessed nothing needs saying.
    if (place.form === 1 || guessed !== undefined) hits.push(hit);
    if (hit) continue;
    misses.push(value);
    if (misses.length > most || (place.form === 1 && misses.length > 16 + hits.length * 0.8)) return false;
  }
  writer.varint(misses.length);
  if (misses.length === 0) return true;
  if (place.form === 1) writeBits(writer, hits);
  else writePacked(writer, packBits(hits));
  writer.raw(plainColumn(misses, place));
  return true;
}

/** Lists and maps are never the same here: predictors deal in scalars. */
function sameValue(left: CborValue, right: CborValue): boolean {
  if (left === right) return !isList(left) && !isMap(left);
  return left instanceof Uint8Array && right instanceof Uint8Array && sameBytes(left, right);
}

// ---- reading ----

/**
 * A table as it was read, column by column: rows are made of it only where somebody asks for them. An entry's canonical bytes are written from its
 * columns, which is several times less work than by a map for each line of each sale.
 */
export class Table {
  readonly rowCount: number;
  readonly #columns: ReadColumns;
  readonly #isFull: boolean;

  constructor(rowCount: number, columns: ReadColumns) {
    this.rowCount = rowCount;
    this.#columns = columns;
    this.#isFull = [...columns.values()].every((column) => !column.includes(undefined));
  }

  /** Undefined where no row has it. */
  column(number: number): ReadColumn | undefined {
    return this.#columns.get(number);
  }

  /** How many columns have a value in this row. */
  size(row: number): number {
    if (this.#isFull) return this.#columns.size;
    let size = 0;
    for (const column of this.#columns.values()) if (column[row] !== undefined) size += 1;
    return size;
  }

  row(row: number): Row {
    const made = new Map<number, CborValue>();
    for (const [number, column] of this.#columns) {
      const value = column[row];
      if (value !== undefined) made.set(number, asCbor(value));
    }
    return made;
  }

  /** As `writeCbor` writes `row(row)` at `depth`. */
  writeRow(writer: ByteWriter, row: number, depth: number): void {
    writeMapHead(writer, this.size(row));
    for (const [number, column] of this.#columns) {
      const value = column[row];
      if (value === undefined) continue;
      writeCbor(writer, number);
      if (value instanceof Rows) value.write(writer, depth + 1);
      else writeCbor(writer, value, depth + 1);
    }
  }
}

/** A list of maps: some rows of a table that holds those of all rows of its column. */
class Rows {
  readonly table: Table;
  readonly start: number;
  readonly end: number;
  #made: readonly Row[] | undefined;

  constructor(table: Table, start: number, end: number) {
    this.table = table;
    this.start = start;
    this.end = end;
  }

  /** Once, however many columns say that they are the same. */
  made(): readonly Row[] {
    this.#made ??= Array.from({ length: this.end - this.start }, (_, index) => this.table.row(this.start + index));
    return this.#made;
  }

  write(writer: ByteWriter, depth: number): void {
    writeArrayHead(writer, this.end - this.start);
    for (let row = this.start; row < this.end; row += 1) this.table.writeRow(writer, row, depth + 1);
  }

  /** Undefined where one of the values is no integer, or there is none such sum. */
  sumOf(child: number): number | undefined {
    const column = this.table.column(child);
    if (column === undefined) return 0;
    let sum = 0;
    for (let row = this.start; row < this.end; row += 1) {
      const value = column[row];
      if (value === undefined) continue;
      if (!isInt(value)) return undefined;
      sum += value;
    }
    return Number.isSafeInteger(sum) ? sum : undefined;
  }
}

type ReadValue = CborValue | Rows;
type ReadColumn = readonly (ReadValue | undefined)[];
/** In ascending order of their numbers. */
type ReadColumns = ReadonlyMap<number, ReadColumn>;

const asCbor = (value: ReadValue): CborValue => (value instanceof Rows ? value.made() : value);

export function readTable(reader: ByteReader, rowCount: number, budget: Budget, form: TableForm): Table {
  return readRows(reader, rowCount, budget, { form, nesting: 0, texts: [], style: 'letters' });
}

/** Column number → one value per row: less than rows where there are many. `texts` as for `writeTable`. */
export function readTableColumns(reader: ByteReader, rowCount: number, budget: Budget, form: TableForm, texts: TextColumns): Done {
  const columns = readColumns(reader, rowCount, budget, { form, nesting: 0, texts, style: 'letters' });
  return new Map([...columns].map(([number, column]) => [number, column.map((value) => (value === undefined ? value : asCbor(value)))]));
}

function readRows(reader: ByteReader, rowCount: number, budget: Budget, place: Place): Table {
  budget.cells(reader, rowCount);
  return new Table(rowCount, readColumns(reader, rowCount, budget, place));
}

function readColumns(reader: ByteReader, rowCount: number, budget: Budget, place: Place): ReadColumns {
  const done = new Map<number, ReadColumn>();
  const columnCount = reader.varint(reader.left);
  let number = 0;
  for (let index = 0; index < columnCount; index += 1) {
    const step = reader.varint();
    reader.need(index === 0 || step > 0, 'columns not ascending');
    number += step;
    reader.need(Number.isSafeInteger(number), 'column number too large');
    budget.cells(reader, rowCount);
    const presence = readPresence(reader, rowCount, place);
    const column = readColumn(reader, presence, done, budget, place);
    done.set(number, column);
    if (place.form === 3) keepTexts(column.filter((value) => value !== undefined).map(asCbor), place);
  }
  return done;
}

/** How many rows there are, and which of them hold a value: null where all do. */
interface Presence {
  readonly rows: readonly number[] | null;
  readonly count: number;
  readonly rowCount: number;
}

function readPresence(reader: ByteReader, rowCount: number, place: Place): Presence {
  const flag = reader.u8();
  reader.need(flag <= Math.min(place.form, 2), 'presence');
  if (flag === 0) return { rows: null, count: rowCount, rowCount };
  const bits = flag === 1 ? readBits(reader, rowCount) : unpackBits(reader, readPacked(reader), rowCount);
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row += 1) if (bits[row] === true) rows.push(row);
  return { rows, count: rows.length, rowCount };
}

function readBits(reader: ByteReader, count: number): readonly boolean[] {
  const bytes = reader.raw(Math.ceil(count / 8));
  const bits: boolean[] = [];
  for (let index = 0; index < count; index += 1) bits.push((((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1);
  return bits;
}

const emptyColumn = (rowCount: number): (ReadValue | undefined)[] => {
  const column: (ReadValue | undefined)[] = [];
  for (let row = 0; row < rowCount; row += 1) column.push(undefined);
  return column;
};

function readColumn(reader: ByteReader, presence: Presence, done: ReadColumns, budget: Budget, place: Place): ReadColumn {
  const { rows, count, rowCount } = presence;
  const mode = reader.u8();
  reader.need(isModeOf(place.form, mode), `column mode ${mode}`);
  if (!isPredicted(mode)) {
    const values = readPlain(reader, mode, count, budget, place);
    if (rows === null) return values;
    const spread = emptyColumn(rowCount);
    for (let index = 0; index < count; index += 1) spread[rows[index] ?? 0] = values[index];
    return spread;
  }
  const column = emptyColumn(rowCount);
  const guess = readPredictor(reader, mode, done, column, budget);
  const missCount = reader.varint(count);
  const nextHit = missCount === 0 ? (): boolean => true : readHits(reader, count, place);
  const misses = missCount === 0 ? [] : readPlain(reader, reader.u8(), missCount, budget, place);
  let miss = 0;
  for (let index = 0; index < count; index += 1) {
    const row = rows === null ? index : (rows[index] ?? 0);
    const guessed = guess(row);
    const isHit = place.form !== 1 && guessed === undefined ? false : nextHit();
    const value = isHit ? guessed : misses[miss++];
    if (value === undefined) reader.fail('nothing to predict from');
    column[row] = value;
  }
  reader.need(miss === missCount, 'misses left over');
  return column;
}

/** The first form has a bit for each row, the second for each guess. */
function readHits(reader: ByteReader, count: number, place: Place): () => boolean {
  if (place.form !== 1) return bitsUnpacker(reader, readPacked(reader));
  const bits = readBits(reader, count);
  let at = 0;
  return () => bits[at++] === true;
}

const isPredicted = (mode: number): boolean => (mode >= MODE.same && mode <= MODE.sum) || mode === MODE.rate;

type ReadGuess = (row: number) => ReadValue | undefined;

function readPredictor(reader: ByteReader, mode: number, done: ReadColumns, column: ReadColumn, budget: Budget): ReadGuess {
  const known = (): ReadColumn => done.get(reader.varint()) ?? reader.fail('column said by one that is not there');
  switch (mode) {
    case MODE.same: {
      const values = known();
      return (row) => values[row];
    }
    case MODE.product: {
      const left = known();
      return productOf(left, known());
    }
    case MODE.sum: {
      const lists = known();
      let items = 0;
      for (const value of lists) items += value instanceof Rows ? value.end - value.start : isList(value) ? value.length : 0;
      budget.cells(reader, items);
      const child = reader.varint();
      const ofMade = sumOf(lists, child);
      return (row) => {
        const list = lists[row];
        return list instanceof Rows ? list.sumOf(child) : ofMade(row);
      };
    }
    case MODE.rate: {
      const base = known();
      return shareOf(base, known());
    }
    default:
      return lastBeside(known(), column);
  }
}

function readPlain(reader: ByteReader, mode: number, count: number, budget: Budget, place: Place): readonly ReadValue[] {
  reader.need(isModeOf(place.form, mode), `column mode ${mode}`);
  switch (mode) {
    case MODE.raw:
      return readRaw(reader, count, place.nesting);
    case MODE.constant: {
      const value = readCbor(reader);
      reader.need(!isList(value) && !isMap(value), 'constant of a list');
      const values: CborValue[] = [];
      for (let index = 0; index < count; index += 1) values.push(value);
      return values;
    }
    case MODE.int:
      return readPlanes(reader, count);
    case MODE.delta:
      return sums(reader, readPlanes(reader, count));
    case MODE.packed:
      return unpackInts(reader, readPacked(reader), count, place.form);
    case MODE.bool:
      return readBits(reader, count);
    case MODE.packedBits:
      return unpackBits(reader, readPacked(reader), count);
    case MODE.dictionary:
      return readDictionary(reader, count, budget, place);
    case MODE.texts:
    case MODE.packedTexts:
    case MODE.sequence:
    case MODE.affix:
    case MODE.digits:
    case MODE.joined:
      return readTextValues(reader, mode, count, budget, place);
    case MODE.beside:
      return readBeside(reader, count, budget, place);
    case MODE.list:
      return readLists(reader, count, budget, place);
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

function readInts(reader: ByteReader, count: number, place: Place): readonly number[] {
  if (place.form === 1) return readPlanes(reader, count);
  const flag = reader.u8();
  reader.need(flag <= 1, 'integers');
  return flag === 1 ? unpackInts(reader, readPacked(reader), count, place.form) : readPlanes(reader, count);
}

function readPlanes(reader: ByteReader, count: number): readonly number[] {
  if (count === 0) return [];
  const first = readSigned(reader);
  if (count === 1) return [first];
  const least = readSigned(reader);
  const planes = reader.u8();
  reader.need(planes <= MAX_PLANES, 'integers too wide');
  const values: number[] = [];
  for (let index = 0; index < count; index += 1) values.push(0);
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

function readTexts(reader: ByteReader, mode: number, count: number, budget: Budget, place: Place): readonly string[] {
  budget.cells(reader, count);
  const shared = readInts(reader, count, place);
  const rest = readInts(reader, count, place);
  const nextLetter = mode === MODE.packedTexts ? bytesUnpacker(reader, readPacked(reader)) : null;
  let previous = new Uint8Array();
  return shared.map((same, index) => {
    const more = rest[index] ?? 0;
    reader.need(same >= 0 && same <= previous.length && more >= 0, 'text shares what is not there');
    budget.text(reader, same + more);
    const bytes = new Uint8Array(same + more);
    bytes.set(previous.subarray(0, same));
    if (nextLetter === null) bytes.set(reader.raw(more), same);
    else for (let at = same; at < same + more; at += 1) bytes[at] = nextLetter(letterContext(previous, bytes, at, same));
    previous = bytes;
    return reader.decode(bytes);
  });
}

function readTextValues(reader: ByteReader, mode: number, count: number, budget: Budget, place: Place): readonly string[] {
  if (place.form !== 1 && mode === MODE.affix) {
    const affix = reader.text(reader.left);
    const inner = reader.u8();
    reader.need(inner !== MODE.affix, 'texts');
    const values = readTextValues(reader, inner, count, budget, place);
    budget.text(reader, count * affix.length);
    return values.map((value) => value + affix);
  }
  if (mode === MODE.sequence) return readSequence(reader, count, budget, place);
  if (place.form === 3 && mode === MODE.digits) return readDigits(reader, count, budget, place);
  if (place.form === 3 && mode === MODE.joined) return readJoined(reader, count, budget);
  reader.need(mode === MODE.texts || (place.form !== 1 && mode === MODE.packedTexts), 'texts');
  return readTexts(reader, mode, count, budget, place);
}

function readDictionary(reader: ByteReader, count: number, budget: Budget, place: Place): readonly string[] {
  const distinct = reader.varint(count);
  const texts = readTextValues(reader, reader.u8(), distinct, budget, place);
  return readInts(reader, count, place).map((index) => texts[index] ?? reader.fail('dictionary index'));
}

function readSequence(reader: ByteReader, count: number, budget: Budget, place: Place): readonly string[] {
  const prefix = reader.text(reader.left);
  const width = reader.varint(MAX_DIGITS);
  budget.text(reader, count * (prefix.length + width));
  return sums(reader, readInts(reader, count, place)).map((number) => {
    const digits = String(number);
    reader.need(number >= 0 && digits.length <= width, 'sequence number');
    return prefix + digits.padStart(width, '0');
  });
}

function readDigits(reader: ByteReader, count: number, budget: Budget, place: Place): readonly string[] {
  const prefix = reader.text(reader.left);
  const isChecked = reader.u8() === 1;
  const widths = readInts(reader, count, place);
  for (const width of widths) {
    reader.need(width >= 1 && width <= MAX_DIGITS, 'width of a number');
    budget.text(reader, prefix.length + width);
  }
  return sums(reader, readInts(reader, count, place)).map((number, index) => {
    const width = (widths[index] ?? 1) - (isChecked ? 1 : 0);
    const digits = String(number);
    reader.need(number >= 0 && digits.length <= Math.max(1, width), 'number');
    const padded = digits.padStart(width, '0');
    return prefix + padded + (isChecked ? checkDigit(padded) : '');
  });
}

function readJoined(reader: ByteReader, count: number, budget: Budget): readonly string[] {
  budget.cells(reader, count);
  const bytes = reader.varint(reader.left);
  budget.text(reader, bytes);
  const texts = reader.utf8(bytes).split(END_OF_TEXT);
  reader.need(texts.length === count, 'count of texts');
  return texts;
}

function readBeside(reader: ByteReader, count: number, budget: Budget, place: Place): readonly string[] {
  const source = place.texts[reader.varint()] ?? reader.fail('texts said by ones that are not there');
  const [before, after] = [reader.text(reader.left), reader.text(reader.left)];
  const missCount = reader.varint(count);
  const hits = missCount === 0 ? null : unpackBits(reader, readPacked(reader), count);
  const steps = readInts(reader, count - missCount, place);
  const misses = missCount === 0 ? [] : readPlain(reader, reader.u8(), missCount, budget, { ...place, texts: [] });
  let [row, hit, miss] = [0, 0, 0];
  const values: string[] = [];
  for (let index = 0; index < count; index += 1) {
    if (hits !== null && hits[index] !== true) {
      const value = misses[miss++];
      values.push(typeof value === 'string' ? value : reader.fail('a text that is none'));
      continue;
    }
    row += steps[hit++] ?? reader.fail('count of steps');
    const text = source[row++] ?? reader.fail('a text beside one that is not there');
    budget.text(reader, before.length + text.length + after.length);
    values.push(before + text + after);
  }
  return values;
}

function readLists(reader: ByteReader, count: number, budget: Budget, place: Place): readonly Rows[] {
  reader.need(place.nesting < MAX_NESTING, 'nests too deep');
  const lengths = readInts(reader, count, place);
  let total = 0;
  for (const length of lengths) {
    reader.need(length >= 0, 'list length');
    total += length;
    reader.need(Number.isSafeInteger(total), 'list length');
  }
  const table = readRows(reader, total, budget, within(place));
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return new Rows(table, at - length, at);
  });
}
