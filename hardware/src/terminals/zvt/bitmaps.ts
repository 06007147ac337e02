/**
 * The fields of ZVT messages ("bitmaps", BMP): a byte that says which, and data of a length that follows from it. Read as they stand; a message with an
 * unknown one is read up to there, because nobody knows how long it is.
 */

/** Bytes of data; `LL` and `LLL`: two or three bytes `Fx` before it count them; `TLV`: a length as BER writes it. */
type Length = number | 'LL' | 'LLL' | 'TLV';

export const BMP = {
  timeout: 0x01,
  serviceByte: 0x03,
  amount: 0x04,
  tlv: 0x06,
  traceNumber: 0x0b,
  time: 0x0c,
  date: 0x0d,
  expiry: 0x0e,
  cardSequence: 0x17,
  paymentType: 0x19,
  pan: 0x22,
  track2: 0x23,
  resultCode: 0x27,
  terminalId: 0x29,
  vuNumber: 0x2a,
  authorisation: 0x3b,
  additionalText: 0x3c,
  currency: 0x49,
  totals: 0x60,
  receiptNumber: 0x87,
  turnoverNumber: 0x88,
  cardType: 0x8a,
  cardName: 0x8b,
  resultCodeAs: 0xa0,
} as const;

const LENGTHS: ReadonlyMap<number, Length> = new Map<number, Length>([
  [0x01, 1], [0x02, 1], [0x03, 1], [0x04, 6], [0x05, 1], [0x06, 'TLV'], [0x0b, 3], [0x0c, 3], [0x0d, 2], [0x0e, 2], [0x17, 2], [0x19, 1],
  [0x22, 'LL'], [0x23, 'LL'], [0x24, 'LLL'], [0x27, 1], [0x29, 4], [0x2a, 15], [0x2d, 'LL'], [0x2e, 'LLL'], [0x37, 3], [0x3a, 2], [0x3b, 8],
  [0x3c, 'LLL'], [0x3d, 3], [0x49, 2], [0x60, 'LLL'], [0x87, 2], [0x88, 3], [0x8a, 1], [0x8b, 'LL'], [0x8c, 1], [0x9a, 'LLL'], [0xa0, 1],
  [0xa7, 'LL'], [0xaa, 3], [0xaf, 'LLL'], [0xba, 5], [0xd0, 1], [0xd1, 'LL'], [0xd2, 1], [0xd3, 1],
]); // prettier-ignore

/** The data of each field by its byte, without its length. */
export type Bitmaps = ReadonlyMap<number, Uint8Array>;

export function readBitmaps(data: Uint8Array, from = 0): Bitmaps {
  const fields = new Map<number, Uint8Array>();
  let place = from;
  while (place < data.length) {
    const id = data[place] ?? 0;
    const length = LENGTHS.get(id);
    if (length === undefined) break;
    const sized = sizeAt(data, place + 1, length);
    if (sized === undefined || sized.start + sized.size > data.length) break;
    fields.set(id, data.slice(sized.start, sized.start + sized.size));
    place = sized.start + sized.size;
  }
  return fields;
}

function sizeAt(data: Uint8Array, place: number, length: Length): { readonly start: number; readonly size: number } | undefined {
  if (typeof length === 'number') return { start: place, size: length };
  if (length === 'TLV') return berLengthAt(data, place);
  const digits = length === 'LL' ? 2 : 3;
  let size = 0;
  for (let digit = 0; digit < digits; digit += 1) {
    const byte = data[place + digit];
    if (byte === undefined || byte >> 4 !== 0xf || (byte & 0xf) > 9) return undefined;
    size = size * 10 + (byte & 0xf);
  }
  return { start: place + digits, size };
}

function berLengthAt(data: Uint8Array, place: number): { readonly start: number; readonly size: number } | undefined {
  const [first = 0xff, second = 0, third = 0] = data.slice(place, place + 3);
  if (first < 0x80) return { start: place + 1, size: first };
  if (first === 0x81) return { start: place + 2, size: second };
  return first === 0x82 ? { start: place + 3, size: (second << 8) | third } : undefined;
}

/** The entries of a TLV container by their tags, `1f11` as 0x1f11; containers inside it are opened, too. */
export function readTlv(data: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const entries = new Map<number, Uint8Array>();
  let place = 0;
  while (place < data.length) {
    let tag = data[place] ?? 0;
    const isContainer = (tag & 0x20) !== 0;
    place += 1;
    if ((tag & 0x1f) === 0x1f) {
      tag = (tag << 8) | (data[place] ?? 0);
      place += 1;
    }
    const sized = berLengthAt(data, place);
    if (sized === undefined || sized.start + sized.size > data.length) break;
    const value = data.slice(sized.start, sized.start + sized.size);
    entries.set(tag, value);
    if (isContainer) for (const [inner, held] of readTlv(value)) entries.set(inner, held);
    place = sized.start + sized.size;
  }
  return entries;
}

/** Two digits a byte. */
export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A number in BCD; undefined where a half byte is no digit. */
export function bcdOf(bytes: Uint8Array | undefined): number | undefined {
  const digits = bytes === undefined ? '' : hexOf(bytes);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** `digits` must be even in number. */
export const bcd = (digits: string): readonly number[] =>
  Array.from({ length: digits.length >> 1 }, (_, pair) => Number.parseInt(digits.slice(pair * 2, pair * 2 + 2), 16));

export const bcdNumber = (value: number, bytes: number): readonly number[] => bcd(String(value).padStart(bytes * 2, '0'));

/** A field with a counted length. */
export function counted(id: number, data: Iterable<number>, digits: 2 | 3): readonly number[] {
  const bytes = [...data];
  return [id, ...Array.from(String(bytes.length).padStart(digits, '0'), (digit) => 0xf0 | Number(digit)), ...bytes];
}

export function tlvEntry(tag: number, data: Iterable<number>): readonly number[] {
  const bytes = [...data];
  const length =
    bytes.length < 0x80 ? [bytes.length] : bytes.length < 0x100 ? [0x81, bytes.length] : [0x82, bytes.length >> 8, bytes.length & 0xff];
  return [...(tag > 0xff ? [tag >> 8] : []), tag & 0xff, ...length, ...bytes];
}

/** Text as terminals send it: letters of ISO 8859-1, ended by a zero where there is one. */
export const textOf = (bytes: Uint8Array | undefined): string | undefined => {
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.slice(0, end))).trim();
};
