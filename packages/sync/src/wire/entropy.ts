/**
 * Entropy coding of small integers, texts and bits: a range coder (32 bits, carry as in LZMA's) under models that learn as they go, the same on both sides, so that nothing about
 * the data is sent beside the data. A column of a batch is a few thousand symbols at most: what counts is how fast a model learns, not what it
 * could learn from a million.
 *
 * Hostile input: a reader allocates by the counts that its caller has charged, never by what it decodes, and stops where the bytes are none that a writer makes.
 */
import { assert } from '@holdfast/base';

import type { ByteReader, ByteWriter } from './bytes.ts';

const TOP = 2 ** 32;
const BOTTOM = 2 ** 24;
/** Sums of frequencies stay below, so that a symbol's share of the range is exact enough. */
const MAX_TOTAL = 2 ** 18;
const CHUNK_BITS = 16;

class RangeEncoder {
  #low = 0;
  #range = TOP - 1;
  #cache = 0;
  #pending = 0;
  #begun = false;
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  /** A symbol that takes `frequency` of `total`, with `below` before it. */
  encode(below: number, frequency: number, total: number): void {
    const share = Math.floor(this.#range / total);
    this.#low += share * below;
    this.#range = share * frequency;
    while (this.#range < BOTTOM) {
      this.#range *= 256;
      this.#shift();
    }
  }

  /** Of a number below 2^bits, all equally likely. */
  bits(value: number, bits: number): void {
    for (let left = bits, rest = value; left > 0;) {
      const take = Math.min(left, CHUNK_BITS);
      this.encode(rest % 2 ** take, 1, 2 ** take);
      rest = Math.floor(rest / 2 ** take);
      left -= take;
    }
  }

  #shift(): void {
    if (this.#low < 0xff000000 || this.#low >= TOP) {
      const carry = this.#low >= TOP ? 1 : 0;
      // The first byte is always 0, as nothing can carry into it.
      if (this.#begun) this.#bytes.push((this.#cache + carry) & 255);
      for (; this.#pending > 0; this.#pending -= 1) this.#bytes.push((255 + carry) & 255);
      this.#begun = true;
      this.#cache = Math.floor(this.#low / BOTTOM) & 255;
    } else this.#pending += 1;
    this.#low = (this.#low % BOTTOM) * 256;
  }

  /** The shortest bytes that say it: a reader takes what is missing at the end as zeros. */
  done(): Uint8Array {
    const end = this.#low + this.#range - 1;
    for (let zeros = 32; zeros >= 0; zeros -= 1) {
      const value = end - (end % 2 ** zeros);
      if (value < this.#low) continue;
      this.#low = value;
      break;
    }
    for (let left = 5; left > 0; left -= 1) this.#shift();
    let length = this.#bytes.length;
    while (length > 0 && this.#bytes[length - 1] === 0) length -= 1;
    return Uint8Array.from(this.#bytes.slice(0, length));
  }
}

class RangeDecoder {
  readonly #reader: ByteReader;
  readonly #bytes: Uint8Array;
  #at = 0;
  #code = 0;
  #range = TOP - 1;
  #share = 0;

  constructor(reader: ByteReader, bytes: Uint8Array) {
    this.#reader = reader;
    this.#bytes = bytes;
    for (let byte = 0; byte < 4; byte += 1) this.#code = this.#code * 256 + this.#next();
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** Which of `total` it is; to be followed by `consume`. */
  target(total: number): number {
    this.#share = Math.floor(this.#range / total);
    const found = Math.floor(this.#code / this.#share);
    this.#reader.need(found < total, 'coded symbols');
    return found;
  }

  consume(below: number, frequency: number): void {
    this.#code -= this.#share * below;
    this.#range = this.#share * frequency;
    while (this.#range < BOTTOM) {
      this.#code = this.#code * 256 + this.#next();
      this.#range *= 256;
    }
  }

  bits(bits: number): number {
    let value = 0;
    for (let left = bits, scale = 1; left > 0;) {
      const take = Math.min(left, CHUNK_BITS);
      const part = this.target(2 ** take);
      this.consume(part, 1);
      value += part * scale;
      scale *= 2 ** take;
      left -= take;
    }
    return value;
  }
}

/** How often each of `size` symbols came, as a Fenwick tree; each begins at 1 and gains `gain`. */
class Frequencies {
  readonly #tree: Int32Array;
  readonly #size: number;
  readonly #gain: number;
  readonly #highest: number;
  #total: number;

  constructor(size: number, gain: number) {
    this.#size = size;
    this.#gain = gain;
    this.#tree = new Int32Array(size + 1);
    for (let at = 1; at <= size; at += 1) this.#tree[at] = at & -at;
    this.#total = size;
    this.#highest = 2 ** Math.floor(Math.log2(Math.max(1, size)));
  }

  #below(symbol: number): number {
    let sum = 0;
    for (let at = symbol; at > 0; at -= at & -at) sum += this.#tree[at] ?? 0;
    return sum;
  }

  #count(symbol: number): void {
    if (this.#total + this.#gain > MAX_TOTAL) return;
    for (let at = symbol + 1; at <= this.#size; at += at & -at) this.#tree[at] = (this.#tree[at] ?? 0) + this.#gain;
    this.#total += this.#gain;
  }

  encode(coder: RangeEncoder, symbol: number): void {
    assert(symbol >= 0 && symbol < this.#size, 'symbol of the alphabet');
    const below = this.#below(symbol);
    coder.encode(below, this.#below(symbol + 1) - below, this.#total);
    this.#count(symbol);
  }

  decode(coder: RangeDecoder): number {
    let left = coder.target(this.#total);
    let at = 0;
    let below = 0;
    for (let step = this.#highest; step > 0; step >>= 1) {
      const sum = this.#tree[at + step];
      if (at + step > this.#size || sum === undefined || sum > left) continue;
      at += step;
      left -= sum;
      below += sum;
    }
    coder.consume(below, this.#below(at + 1) - below);
    this.#count(at);
    return at;
  }
}

/** Frequencies by context, made when they are first needed. */
class Contexts {
  readonly #byContext = new Map<number, Frequencies>();
  readonly #size: number;
  readonly #gain: number;

  constructor(size: number, gain: number) {
    this.#size = size;
    this.#gain = gain;
  }

  of(context: number): Frequencies {
    const held = this.#byContext.get(context);
    if (held !== undefined) return held;
    const made = new Frequencies(this.#size, this.#gain);
    this.#byContext.set(context, made);
    return made;
  }
}

// ---- numbers from 0 on: their length in bits learnt, and of what follows the first bit, the next ones ----

const MAX_LENGTH = 54;
const LEARNT_BITS = 4;

const bitsOf = (value: number): number => (value < TOP ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / TOP)));

class Magnitudes {
  readonly #lengths = new Frequencies(MAX_LENGTH, 8);
  /** Made when they are first needed: a short column needs a few of them. */
  readonly #tops: (Frequencies | undefined)[] = [];

  encode(coder: RangeEncoder, value: number): void {
    const length = bitsOf(value);
    this.#lengths.encode(coder, length);
    if (length < 2) return;
    const raw = length - 1 - Math.min(LEARNT_BITS, length - 1);
    const rest = value - 2 ** (length - 1);
    this.#top(length).encode(coder, Math.floor(rest / 2 ** raw));
    coder.bits(rest % 2 ** raw, raw);
  }

  decode(coder: RangeDecoder): number {
    const length = this.#lengths.decode(coder);
    if (length < 2) return length;
    const raw = length - 1 - Math.min(LEARNT_BITS, length - 1);
    const top = this.#top(length).decode(coder);
    return 2 ** (length - 1) + top * 2 ** raw + coder.bits(raw);
  }

  #top(length: number): Frequencies {
    const held = this.#tops[length];
    if (held !== undefined) return held;
    const top = new Frequencies(2 ** Math.min(LEARNT_BITS, length - 1), 4);
    this.#tops[length] = top;
    return top;
  }
}

// ---- columns of integers ----

/** How a column's numbers are said. `symbols`, `chain`, `near`: as places in the list of those that occur. */
const SHAPE = { values: 0, steps: 1, symbols: 2, chain: 3, near: 4, runs: 5 } as const;

/** A chain learns a model for each symbol. */
const CHAIN_MOST = 256;
const NEAR = 8;
const NEAR_LEAST = 4 * NEAR;
/** Steps between two such numbers, and distances between two such steps, stay exact, and within the lengths above. */
const MAX_INT = 2 ** 50;

/** Null where they are beyond what models can say. Shorter than planes where values repeat, lie close together, or follow each other. */
export function packInts(values: readonly number[], form: number): Uint8Array | null {
  if (!values.every((value) => value > -MAX_INT && value < MAX_INT)) return null;
  const distinct = [...new Set(values)].sort((left, right) => left - right);
  const shapes: Uint8Array[] = [packMagnitudes(SHAPE.values, values), packMagnitudes(SHAPE.steps, stepsOf(values))];
  if (distinct.length * 8 < values.length * 7) {
    const place = new Map(distinct.map((value, index) => [value, index]));
    const places = values.map((value) => place.get(value) ?? 0);
    shapes.push(packPlaces(SHAPE.symbols, distinct, places));
    if (distinct.length <= CHAIN_MOST) shapes.push(packPlaces(SHAPE.chain, distinct, places));
    if (distinct.length >= NEAR_LEAST) shapes.push(packPlaces(SHAPE.near, distinct, places));
  }
  if (form >= 3) shapes.push(packRuns(values));
  return shapes.reduce((best, shape) => (shape.length < best.length ? shape : best));
}

const stepsOf = (values: readonly number[]): readonly number[] =>
  values.map((value, index) => value - (index === 0 ? 0 : (values[index - 1] ?? 0)));

function withShape(shape: number, bytes: Uint8Array): Uint8Array {
  const shaped = new Uint8Array(bytes.length + 1);
  shaped[0] = shape;
  shaped.set(bytes, 1);
  return shaped;
}

const zigzag = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

/** The first by itself, the least of the others, and what is above it. */
function packMagnitudes(shape: number, values: readonly number[]): Uint8Array {
  const coder = new RangeEncoder();
  const others = values.slice(1);
  const least = others.reduce((lowest, value) => Math.min(lowest, value), Infinity);
  const wide = new Magnitudes();
  if (values.length > 0) wide.encode(coder, zigzag(values[0] ?? 0));
  if (others.length > 0) wide.encode(coder, zigzag(least));
  const magnitudes = new Magnitudes();
  for (const value of others) magnitudes.encode(coder, value - least);
  return withShape(shape, coder.done());
}

/** Numbers that come in runs of one size: each in the light of how long the one before it was. */
function packRuns(values: readonly number[]): Uint8Array {
  const coder = new RangeEncoder();
  const least = values.reduce((lowest, value) => Math.min(lowest, value), 0);
  new Magnitudes().encode(coder, zigzag(least));
  const models = new RunModels();
  for (const value of values) models.next().encode(coder, models.saw(value - least));
  return withShape(SHAPE.runs, coder.done());
}

class RunModels {
  readonly #byLength = new Map<number, Magnitudes>();
  #length = 0;

  next(): Magnitudes {
    const held = this.#byLength.get(this.#length) ?? new Magnitudes();
    this.#byLength.set(this.#length, held);
    return held;
  }

  saw(value: number): number {
    this.#length = bitsOf(value);
    return value;
  }
}

function packPlaces(shape: number, distinct: readonly number[], places: readonly number[]): Uint8Array {
  const coder = new RangeEncoder();
  const count = new Magnitudes();
  count.encode(coder, distinct.length);
  count.encode(coder, zigzag(distinct[0] ?? 0));
  const gaps = new Magnitudes();
  for (let index = 1; index < distinct.length; index += 1) gaps.encode(coder, (distinct[index] ?? 0) - (distinct[index - 1] ?? 0) - 1);
  const model = placesModel(shape, distinct.length);
  let previous = 0;
  for (const place of places) {
    model.encode(coder, place, previous);
    previous = place;
  }
  return withShape(shape, coder.done());
}

interface PlacesModel {
  encode(coder: RangeEncoder, place: number, previous: number): void;
  decode(coder: RangeDecoder, previous: number): number;
}

function placesModel(shape: number, size: number): PlacesModel {
  if (shape === SHAPE.near) return nearModel(size);
  const models = new Contexts(size, shape === SHAPE.chain ? 8 : 2);
  const contextOf = (previous: number): number => (shape === SHAPE.chain ? previous : 0);
  return {
    encode: (coder, place, previous) => models.of(contextOf(previous)).encode(coder, place),
    decode: (coder, previous) => models.of(contextOf(previous)).decode(coder),
  };
}

/** Whoever buys one of a range buys the next one of it, too: a step of a few places, or any place. */
function nearModel(size: number): PlacesModel {
  const steps = new Contexts(2 * NEAR + 2, 4);
  const far = new Frequencies(size, 1);
  const ESCAPE = 2 * NEAR + 1;
  let last = 0;
  return {
    encode: (coder, place, previous) => {
      const step = place - previous;
      const symbol = Math.abs(step) <= NEAR ? step + NEAR : ESCAPE;
      steps.of(last).encode(coder, symbol);
      last = symbol === ESCAPE ? 0 : 1;
      if (symbol === ESCAPE) far.encode(coder, place);
    },
    decode: (coder, previous) => {
      const symbol = steps.of(last).decode(coder);
      last = symbol === ESCAPE ? 0 : 1;
      return symbol === ESCAPE ? far.decode(coder) : previous + symbol - NEAR;
    },
  };
}

/** `count` numbers, which the caller has charged. */
export function unpackInts(reader: ByteReader, bytes: Uint8Array, count: number, form: number): readonly number[] {
  const shape = bytes[0];
  const coder = new RangeDecoder(reader, bytes.subarray(1));
  if (shape === SHAPE.values || shape === SHAPE.steps) return unpackMagnitudes(reader, coder, count, shape === SHAPE.steps);
  if (shape === SHAPE.runs && form >= 3) return unpackRuns(reader, coder, count);
  if (shape !== SHAPE.symbols && shape !== SHAPE.chain && shape !== SHAPE.near) return reader.fail('shape of integers');
  const head = new Magnitudes();
  const size = head.decode(coder);
  reader.need(size >= 1 && size <= count && (shape !== SHAPE.chain || size <= CHAIN_MOST), 'count of integers');
  const distinct = [unzigzag(head.decode(coder))];
  const gaps = new Magnitudes();
  for (let index = 1; index < size; index += 1) distinct.push((distinct[index - 1] ?? 0) + 1 + gaps.decode(coder));
  reader.need(isSafe(distinct.at(-1)) && isSafe(distinct[0]), 'integer too large');
  const model = placesModel(shape, size);
  const values: number[] = [];
  let previous = 0;
  for (let index = 0; index < count; index += 1) {
    previous = model.decode(coder, previous);
    values.push(distinct[previous] ?? reader.fail('place of an integer'));
  }
  return values;
}

function unpackRuns(reader: ByteReader, coder: RangeDecoder, count: number): readonly number[] {
  const least = unzigzag(new Magnitudes().decode(coder));
  const models = new RunModels();
  const values: number[] = [];
  for (let index = 0; index < count; index += 1) values.push(models.saw(models.next().decode(coder)) + least);
  reader.need(values.every(isSafe), 'integer too large');
  return values;
}

const isSafe = (value: number | undefined): boolean => Number.isSafeInteger(value);

function unpackMagnitudes(reader: ByteReader, coder: RangeDecoder, count: number, asSteps: boolean): readonly number[] {
  if (count === 0) return [];
  const wide = new Magnitudes();
  const values = [unzigzag(wide.decode(coder))];
  const least = count > 1 ? unzigzag(wide.decode(coder)) : 0;
  const magnitudes = new Magnitudes();
  for (let index = 1; index < count; index += 1) values.push(magnitudes.decode(coder) + least + (asSteps ? (values[index - 1] ?? 0) : 0));
  reader.need(values.every(isSafe), 'integer too large');
  return values;
}

// ---- bits and bytes ----

const BIT_MEMORY = 4;

export function packBits(bits: readonly boolean[]): Uint8Array {
  const coder = new RangeEncoder();
  const models = new Contexts(2, 2);
  let context = 0;
  for (const bit of bits) {
    models.of(context).encode(coder, bit ? 1 : 0);
    context = (context * 2 + (bit ? 1 : 0)) % BIT_MEMORY;
  }
  return coder.done();
}

/** One bit after the other, as how many there are may depend on those before. */
export function bitsUnpacker(reader: ByteReader, bytes: Uint8Array): () => boolean {
  const coder = new RangeDecoder(reader, bytes);
  const models = new Contexts(2, 2);
  let context = 0;
  return () => {
    const bit = models.of(context).decode(coder) === 1;
    context = (context * 2 + (bit ? 1 : 0)) % BIT_MEMORY;
    return bit;
  };
}

export function unpackBits(reader: ByteReader, bytes: Uint8Array, count: number): readonly boolean[] {
  const next = bitsUnpacker(reader, bytes);
  const bits: boolean[] = [];
  for (let index = 0; index < count; index += 1) bits.push(next());
  return bits;
}

/** A byte each, in the light of what stands before it: `contexts` are below 512. */
export function packBytes(bytes: readonly number[], contexts: readonly number[]): Uint8Array {
  const coder = new RangeEncoder();
  const models = new Contexts(256, 24);
  for (const [index, byte] of bytes.entries()) models.of(contexts[index] ?? 0).encode(coder, byte);
  return coder.done();
}

/** One byte after the other, as contexts depend on those before. */
export function bytesUnpacker(reader: ByteReader, bytes: Uint8Array): (context: number) => number {
  const coder = new RangeDecoder(reader, bytes);
  const models = new Contexts(256, 24);
  return (context) => models.of(context).decode(coder);
}

/** With its length before it. */
export function writePacked(writer: ByteWriter, bytes: Uint8Array): void {
  writer.varint(bytes.length);
  writer.raw(bytes);
}

export const readPacked = (reader: ByteReader): Uint8Array => reader.raw(reader.varint(reader.left));
