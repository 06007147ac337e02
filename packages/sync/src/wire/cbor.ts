/**
 * Deterministic CBOR (RFC 8949 §4.2.1), as far as canonical bytes need it: integers within ±(2^53 − 1), text, bytes, booleans,
 * null, arrays, and maps whose keys are integers ≥ 0 in ascending order. One value has one encoding: the decoder refuses every other
 * spelling, floats, tags, indefinite lengths, trailing bytes, and whatever nests deeper or claims more items than its bytes can
 * hold (SPEC: L-1). Decoding needs memory in proportion to its input.
 */
import { assert, err, type Result } from '@holdfast/base';

import type { Scalar } from '../schema.ts';
import { reading, utf8, type ByteReader, ByteWriter } from './bytes.ts';

export type CborValue = Scalar | readonly CborValue[] | ReadonlyMap<number, CborValue>;

export type CborError = { readonly type: 'bad-cbor'; readonly reason: string; readonly at: number };

export const CBOR_MAX_DEPTH = 12;

const MAJOR = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

function writeHead(writer: ByteWriter, major: number, value: number): void {
  const high = major << 5;
  if (value < 24) writer.u8(high | value);
  else if (value < 0x100) writer.uint((high | 24) * 0x100 + value, 2);
  else if (value < 0x10000) writer.uint((high | 25) * 0x10000 + value, 3);
  else if (value < 0x100000000) {
    writer.u8(high | 26);
    writer.uint(value, 4);
  } else {
    writer.u8(high | 27);
    writer.uint(value, 8);
  }
}

/** For who writes a map or an array item by item; keys are his to put in order. */
export const writeMapHead = (writer: ByteWriter, size: number): void => writeHead(writer, MAJOR.map, size);
export const writeArrayHead = (writer: ByteWriter, length: number): void => writeHead(writer, MAJOR.array, length);

/** Asserts that numbers are safe integers, texts well-formed, keys ≥ 0, and the depth within `CBOR_MAX_DEPTH`. */
export function writeCbor(writer: ByteWriter, value: CborValue, depth = 0): void {
  assert(depth <= CBOR_MAX_DEPTH, 'CBOR nests too deep');
  if (typeof value === 'number') {
    // Its message is no template: for each number of each entry it would be a text that nobody reads.
    assert(Number.isSafeInteger(value), 'CBOR of a number that is no safe integer');
    if (value >= 0) writeHead(writer, MAJOR.uint, value);
    else writeHead(writer, MAJOR.negative, -1 - value);
  } else if (typeof value === 'string') writeText(writer, value);
  else if (value === null) writer.u8(NULL);
  else if (typeof value === 'boolean') writer.u8(value ? TRUE : FALSE);
  else if (value instanceof Uint8Array) {
    writeHead(writer, MAJOR.bytes, value.length);
    writer.raw(value);
  } else if (value instanceof Map) writeMap(writer, value as ReadonlyMap<number, CborValue>, depth);
  else {
    const items = value as readonly CborValue[];
    writeHead(writer, MAJOR.array, items.length);
    for (const item of items) writeCbor(writer, item, depth + 1);
  }
}

function writeText(writer: ByteWriter, text: string): void {
  // One byte of head, and for ASCII as many bytes as chars: the common case, without the encoder.
  if (text.length < 24 && writer.shortAscii(text, (MAJOR.text << 5) | text.length)) return;
  const bytes = utf8(text);
  writeHead(writer, MAJOR.text, bytes.length);
  writer.raw(bytes);
}

function writeMap(writer: ByteWriter, map: ReadonlyMap<number, CborValue>, depth: number): void {
  writeHead(writer, MAJOR.map, map.size);
  let sorted = true;
  let last = -1;
  for (const key of map.keys()) {
    assert(Number.isSafeInteger(key) && key >= 0, 'CBOR map key below 0');
    sorted &&= key > last;
    last = key;
  }
  const entries = sorted ? map : [...map].sort(([left], [right]) => left - right);
  for (const [key, value] of entries) {
    writeHead(writer, MAJOR.uint, key);
    writeCbor(writer, value, depth + 1);
  }
}

/** The one encoding of `value`. */
export function encodeCbor(value: CborValue): Uint8Array {
  const writer = new ByteWriter();
  writeCbor(writer, value);
  return writer.done();
}

function readArgument(reader: ByteReader, info: number): number {
  if (info < 24) return info;
  if (info > 27) reader.fail('indefinite or reserved length');
  const width = 1 << (info - 24);
  const value = reader.uint(width);
  const least = info === 24 ? 24 : 2 ** (4 * width);
  reader.need(value >= least, 'not the shortest spelling');
  return value;
}

/** Reads one value; throws as readers do (use inside `reading`). */
export function readCbor(reader: ByteReader, depth = 0): CborValue {
  reader.need(depth <= CBOR_MAX_DEPTH, 'nests too deep');
  reader.item();
  const head = reader.u8();
  const major = head >> 5;
  if (major === MAJOR.simple) {
    if (head === NULL) return null;
    if (head === TRUE) return true;
    if (head === FALSE) return false;
    return reader.fail('float or simple value');
  }
  const argument = readArgument(reader, head & 31);
  if (major === MAJOR.uint) return argument;
  if (major === MAJOR.negative) {
    reader.need(argument < Number.MAX_SAFE_INTEGER, 'integer too large');
    return -1 - argument;
  }
  if (major === MAJOR.bytes) return reader.raw(argument).slice();
  if (major === MAJOR.text) return reader.utf8(argument);
  if (major === MAJOR.array) return readArray(reader, argument, depth);
  if (major === MAJOR.map) return readMap(reader, argument, depth);
  return reader.fail('tag');
}

function readArray(reader: ByteReader, length: number, depth: number): readonly CborValue[] {
  reader.need(length <= reader.left, 'array longer than its bytes');
  const items: CborValue[] = [];
  for (let index = 0; index < length; index += 1) items.push(readCbor(reader, depth + 1));
  return items;
}

function readMap(reader: ByteReader, length: number, depth: number): ReadonlyMap<number, CborValue> {
  reader.need(length * 2 <= reader.left, 'map longer than its bytes');
  const map = new Map<number, CborValue>();
  let last = -1;
  for (let index = 0; index < length; index += 1) {
    const key = readCbor(reader, depth + 1);
    if (typeof key !== 'number' || key < 0) return reader.fail('map key is no integer ≥ 0');
    reader.need(key > last, 'map keys not ascending');
    last = key;
    map.set(key, readCbor(reader, depth + 1));
  }
  return map;
}

/** Refuses whatever `encodeCbor` would not have written. */
export function decodeCbor(bytes: Uint8Array): Result<CborValue, CborError> {
  const read = reading(bytes, (reader) => readCbor(reader));
  return read.ok ? read : err({ type: 'bad-cbor', ...read.error });
}
