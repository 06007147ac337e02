/**
 * Writing and reading bytes, for the codecs of this package only. A reader works inside `reading`, which turns its one kind of
 * throw into a Result at the codec's door; every length that it reads is checked against what is left before anything is allocated.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Up to here a loop over char codes beats the call into the encoder. */
const SHORT_TEXT = 48;

/** What a writer throws at its limit; never leaves `within`. */
class TooLong extends Error {}

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;
  readonly #maxBytes: number;

  /** Without `maxBytes` it grows without limit. */
  constructor(capacity = 256, maxBytes = Infinity) {
    this.#bytes = new Uint8Array(capacity);
    this.#maxBytes = maxBytes;
  }

  /** False where `write` would have passed the writer's limit. */
  within(write: () => void): boolean {
    try {
      write();
      return this.#length <= this.#maxBytes;
    } catch (error) {
      if (error instanceof TooLong) return false;
      throw error;
    }
  }

  get length(): number {
    return this.#length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    // Varints and short texts reserve a little more than they use.
    if (needed > this.#maxBytes + 64) throw new TooLong();
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Big-endian, `width` bytes. */
  uint(value: number, width: number): void {
    this.#reserve(width);
    if (width <= 4) {
      for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) this.#bytes[this.#length++] = value >>> shift;
      return;
    }
    let rest = value;
    for (let at = this.#length + width - 1; at >= this.#length; at -= 1) {
      this.#bytes[at] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#length += width;
  }

  /** LEB128 of an integer in [0, 2^53). */
  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'varint of no integer from 0 on');
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Length in bytes as varint, then the bytes. */
  blob(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Length in bytes of its UTF-8 as varint, then the UTF-8. */
  text(text: string): void {
    this.blob(utf8(text));
  }

  /** Plain ASCII behind a byte of head, or false with nothing written. */
  shortAscii(text: string, head: number): boolean {
    const { length } = text;
    if (length > SHORT_TEXT) return false;
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = head;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  /** A copy: the writer may go on. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** No copy: what it has written, until it goes on. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew in the same memory. */
  reset(): void {
    this.#length = 0;
  }
}

/** Asserts that `text` has no lone surrogate: its UTF-8 must read back as itself. */
export function utf8(text: string): Uint8Array {
  if (text.length <= SHORT_TEXT) {
    const bytes = new Uint8Array(text.length);
    let index = 0;
    for (; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 127) break;
      bytes[index] = code;
    }
    if (index === text.length) return bytes;
  }
  assert(text.isWellFormed(), 'text with a lone surrogate');
  return encoder.encode(text);
}

/** Undefined where it is long, or holds more than ASCII. */
function shortAsciiOf(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length > SHORT_TEXT) return undefined;
  let text = '';
  for (let at = start; at < start + length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** What a reader throws; never leaves `reading`. */
class Malformed extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #itemsLeft: number;

  /** `maxItems`: how many values of CBOR may be made from these bytes. */
  constructor(bytes: Uint8Array, maxItems: number) {
    this.#bytes = bytes;
    this.#itemsLeft = maxItems;
  }

  item(): void {
    this.#itemsLeft -= 1;
    this.need(this.#itemsLeft >= 0, 'too many values');
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(reason: string): never {
    throw new Malformed(reason, this.#at);
  }

  need(condition: boolean, reason: string): void {
    if (!condition) this.fail(reason);
  }

  u8(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) this.fail('ends early');
    this.#at += 1;
    return value;
  }

  /** Big-endian; past 2^53 it fails. */
  uint(width: number): number {
    this.need(this.left >= width, 'ends early');
    let value = 0;
    for (const end = this.#at + width; this.#at < end; this.#at += 1) value = value * 256 + (this.#bytes[this.#at] ?? 0);
    this.need(value <= Number.MAX_SAFE_INTEGER, 'integer too large');
    return value;
  }

  /** Refuses a spelling that is not the shortest. */
  varint(max = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 8; index += 1) {
      const byte = this.u8();
      value += (byte % 128) * scale;
      if (byte < 128) {
        this.need(byte !== 0 || index === 0, 'varint not the shortest');
        return value <= max ? value : this.fail(`number above ${max}`);
      }
      scale *= 128;
    }
    return this.fail('varint too long');
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    this.need(length <= this.left, 'ends early');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** A copy. */
  blob(maxLength: number): Uint8Array {
    return this.raw(this.varint(maxLength)).slice();
  }

  utf8(length: number): string {
    this.need(length <= this.left, 'ends early');
    const text = shortAsciiOf(this.#bytes, this.#at, length);
    if (text === undefined) return this.decode(this.raw(length));
    this.#at += length;
    return text;
  }

  /** Strict UTF-8. */
  decode(bytes: Uint8Array): string {
    const text = shortAsciiOf(bytes, 0, bytes.length);
    if (text !== undefined) return text;
    try {
      return decoder.decode(bytes);
    } catch {
      return this.fail('invalid UTF-8');
    }
  }

  text(maxLength: number): string {
    return this.utf8(this.varint(maxLength));
  }

  end(): void {
    this.need(this.left === 0, 'trailing bytes');
  }
}

export interface ReadingError {
  readonly reason: string;
  /** Offset in the bytes that were read. */
  readonly at: number;
}

/** Runs `read` over all of `bytes`. */
export function reading<T>(bytes: Uint8Array, read: (reader: ByteReader) => T, maxItems = Infinity): Result<T, ReadingError> {
  try {
    const reader = new ByteReader(bytes, maxItems);
    const value = read(reader);
    reader.end();
    return ok(value);
  } catch (error) {
    if (error instanceof Malformed) return err({ reason: error.message, at: error.at });
    throw error;
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function bytesToHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte] ?? '';
  return hex;
}

/** Asserts lower-case hex of even length. */
export function hexToBytes(hex: string): Uint8Array {
  assert(hex.length % 2 === 0, 'no lower-case hex');
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = 16 * digitAt(hex, 2 * at) + digitAt(hex, 2 * at + 1);
  return bytes;
}

function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
  assert(digit >= 0, 'no lower-case hex');
  return digit;
}

export function joinBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}

export const bytesToBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** Asserts (by a throw) that `text` is base64: it was checked at the edge. */
export const base64ToBytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}

/** Bytewise order of the UTF-8 of two texts (as SQLite's BINARY): UTF-16 order differs where surrogates meet U+E000 to U+FFFF. */
export function compareBytewise(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const aSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bSurrogate = b >= 0xd800 && b <= 0xdfff;
    if (aSurrogate !== bSurrogate) return aSurrogate ? 1 : -1;
    return a - b;
  }
  return left.length - right.length;
}
