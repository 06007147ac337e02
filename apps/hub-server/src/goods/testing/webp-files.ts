/** WebP files by their form, good and hostile: headers as RFC 9649 and RFC 6386 have them; nobody who tests with them decodes what is in them. */
import { deflateSync } from 'node:zlib';

const text = (letters: string): readonly number[] => [...letters].map((letter) => letter.codePointAt(0) ?? 0);
const u32 = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const u16 = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff];

const chunk = (kind: string, payload: readonly number[]): readonly number[] => [
  ...text(kind),
  ...u32(payload.length),
  ...payload,
  ...(payload.length % 2 === 1 ? [0] : []),
];
const file = (...chunks: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> => {
  const body = chunks.flat();
  return new Uint8Array([...text('RIFF'), ...u32(body.length + 4), ...text('WEBP'), ...body]);
};

const FIRST_PART = 4;
/** A key frame that is shown, its first part of four bytes. */
const lossyChunk = (width: number, height: number, tag = 0x10): readonly number[] =>
  chunk('VP8 ', [...u32((FIRST_PART << 5) | tag).slice(0, 3), 0x9d, 0x01, 0x2a, ...u16(width), ...u16(height), 1, 2, 3, 4, 5]);

export const lossyWebp = (width: number, height: number): Uint8Array<ArrayBuffer> => file(lossyChunk(width, height));
export const losslessWebp = (width: number, height: number): Uint8Array<ArrayBuffer> =>
  file(chunk('VP8L', [0x2f, ...u32((width - 1) | ((height - 1) << 14)), 7, 7]));

const GOOD = lossyWebp(160, 160);
const altered = (at: number, byte: number): Uint8Array<ArrayBuffer> => {
  const bytes = GOOD.slice();
  bytes[at] = byte;
  return bytes;
};

/** A PNG of a few kilobytes that says that it is 30,000 × 30,000, and is. */
const pngBomb = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array([
    0x89,
    ...text('PNG\r\n\u001A\n'),
    0,
    0,
    0,
    13,
    ...text('IHDR'),
    0,
    0,
    0x75,
    0x30,
    0,
    0,
    0x75,
    0x30,
    8,
    6,
    ...deflateSync(Buffer.alloc(4_000_000)),
  ]);

export const HOSTILE_PICTURES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  nothing: new Uint8Array(),
  'a PNG bomb': pngBomb(),
  'an animation': file(chunk('VP8X', [2, 0, 0, 0, 159, 0, 0, 159, 0, 0]), chunk('ANIM', [0, 0, 0, 0, 0, 0]), lossyChunk(160, 160)),
  metadata: file(chunk('VP8X', [8, 0, 0, 0, 159, 0, 0, 159, 0, 0]), lossyChunk(160, 160), chunk('EXIF', text('who and where'))),
  'a chunk behind the picture': file(lossyChunk(160, 160), chunk('XMP ', text('<x/>'))),
  'a second file behind it': new Uint8Array([...GOOD, ...text('<script>')]),
  'a torn file': GOOD.slice(0, -4),
  'a chunk that says it is longer': altered(16, 0xff),
  'more than 256 wide': lossyWebp(257, 10),
  '16,383 square': lossyWebp(16_383, 16_383),
  'no width': lossyWebp(0, 10),
  '16,384 square without loss': losslessWebp(16_384, 16_384),
  'no key frame': file(lossyChunk(160, 160, 0x11)),
  'a frame that is not shown': file(lossyChunk(160, 160, 0)),
  'no start code': altered(23, 0),
  'a first part beyond its end': altered(21, 0xff),
  'an unknown version without loss': file(chunk('VP8L', [0x2f, ...u32(0xe0_00_00_00 | 0), 7])),
  'more than 8 kB': file(chunk('VP8 ', [...lossyChunk(160, 160).slice(8, 18), ...Array.from({ length: 8_192 }, () => 1)])),
};
