/**
 * What a picture of goods may be: one still WebP image in the simple file form (RFC 9649, 2.5 and 2.6), so small that it never stands in anybody's way. The hub draws
 * each (`draw-picture.ts`), and lets none go to lanes that is not so: no other chunk, no animation, no metadata, no second file behind the first.
 */
import { err, ok, type Result } from '@holdfast/base';
import { MAX_PICTURE_BYTES } from '@holdfast/sync';

export const PICTURE_MEDIA_TYPE = 'image/webp';
/** Of each side: what decoding takes is bounded by it, whatever the bytes say. */
export const MAX_PICTURE_SIDE = 256;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const textAt = (bytes: Uint8Array, at: number): string => String.fromCodePoint(...bytes.subarray(at, at + 4));

const HEADER = 12;
const CHUNK_HEADER = 8;
const LOSSY_HEADER = 10;
const LOSSLESS_HEADER = 5;

/** Why it is none, in words for whoever made it. */
export function readPictureForm(bytes: Uint8Array): Result<PictureSize, string> {
  if (bytes.length > MAX_PICTURE_BYTES) return err(`it has more than ${MAX_PICTURE_BYTES} bytes`);
  if (bytes.length < HEADER + CHUNK_HEADER || textAt(bytes, 0) !== 'RIFF' || textAt(bytes, 8) !== 'WEBP') return err('it is no WebP file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(HEADER + 4, true);
  const padded = length + (length % 2);
  if (view.getUint32(4, true) !== bytes.length - 8 || HEADER + CHUNK_HEADER + padded !== bytes.length)
    return err('it is not one chunk of the length that it names');
  const chunk = bytes.subarray(HEADER + CHUNK_HEADER, HEADER + CHUNK_HEADER + length);
  const kind = textAt(bytes, HEADER);
  const size = kind === 'VP8 ' ? lossySize(chunk) : kind === 'VP8L' ? losslessSize(chunk) : undefined;
  if (size === undefined) return err('it is no still image in the simple form of WebP');
  const { width, height } = size;
  return width < 1 || height < 1 || width > MAX_PICTURE_SIDE || height > MAX_PICTURE_SIDE
    ? err(`it is ${width} × ${height}, and a side has 1 to ${MAX_PICTURE_SIDE}`)
    : ok(size);
}

/** RFC 6386, 9.1: a key frame that is shown, its start code, width and height of 14 bits each. */
function lossySize(chunk: Uint8Array): PictureSize | undefined {
  if (chunk.length < LOSSY_HEADER) return undefined;
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const tag = view.getUint16(0, true) | (view.getUint8(2) << 16);
  const [isKeyFrame, isShown, firstPart] = [(tag & 1) === 0, (tag & 0x10) !== 0, tag >> 5];
  const hasStart = view.getUint8(3) === 0x9d && view.getUint8(4) === 0x01 && view.getUint8(5) === 0x2a;
  if (!isKeyFrame || !isShown || !hasStart || firstPart > chunk.length - LOSSY_HEADER) return undefined;
  return { width: view.getUint16(6, true) & 0x3f_ff, height: view.getUint16(8, true) & 0x3f_ff };
}

/** RFC 9649, 3.4: signature, two sides less one of 14 bits each, and version 0. */
function losslessSize(chunk: Uint8Array): PictureSize | undefined {
  if (chunk.length < LOSSLESS_HEADER || chunk[0] !== 0x2f) return undefined;
  const bits = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength).getUint32(1, true);
  return bits >>> 29 === 0 ? { width: (bits & 0x3f_ff) + 1, height: ((bits >>> 14) & 0x3f_ff) + 1 } : undefined;
}
