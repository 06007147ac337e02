/**
 * A retailer's logo: a small grey picture in one form alone, a PNG of 4 bits a dot, without filters and not interlaced (ISO/IEC 15948). Pages show it as it
 * is, and paper needs no decoder of pictures for it: whatever else a setting holds is refused before anything is inflated further than a logo can be.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

import { err, ok, type Result } from '@holdfast/base';

/** As wide as 80 mm of paper; a serial line at 38,400 baud takes five seconds for the most that it can be. */
export const LOGO_MAX = { width: 576, height: 256, bytes: 12_288 } as const;

/** Row by row, 0 (black) to 255 (white). */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

export interface LogoFault {
  readonly type: 'badLogo';
  readonly reason: 'notThisForm' | 'damaged' | 'tooLarge' | 'empty';
}

const failed = (reason: LogoFault['reason']): { readonly ok: false; readonly error: LogoFault } => err({ type: 'badLogo', reason });

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const [LEVELS, STEP] = [16, 17];
/** Depth 4, grey, and the only methods that there are; not interlaced. */
const HEADER_END = Uint8Array.of(4, 0, 0, 0, 0);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const [WIDTH_STEP, LEAST_WIDTH] = [64, 64];

/** As wide as it may be, in as many bytes as a setting holds: what does not deflate well becomes smaller. */
export function encodeLogo(picture: GreyPicture): Result<Uint8Array, LogoFault> {
  if (picture.width < 1 || picture.height < 1) return failed('empty');
  const widest = Math.min(picture.width, LOGO_MAX.width, Math.floor((picture.width * LOGO_MAX.height) / picture.height));
  if (widest < 1) return failed('tooLarge');
  for (let width = widest; width === widest || width >= LEAST_WIDTH; width -= WIDTH_STEP) {
    const png = pngOf(scaleGrey(picture, width));
    if (png.length <= LOGO_MAX.bytes) return ok(png);
  }
  return failed('tooLarge');
}

/** What `encodeLogo` made, and nothing else. */
export function decodeLogo(png: Uint8Array): Result<GreyPicture, LogoFault> {
  if (png.length > LOGO_MAX.bytes) return failed('tooLarge');
  const [header, data, end, ...more] = chunksOf(png) ?? [];
  if (header?.name !== 'IHDR' || data?.name !== 'IDAT' || end?.name !== 'IEND' || more.length > 0 || end.data.length > 0)
    return failed('notThisForm');
  const view = viewOf(header.data);
  if (header.data.length !== 13 || HEADER_END.some((byte, index) => header.data[8 + index] !== byte)) return failed('notThisForm');
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  if (width < 1 || height < 1) return failed('empty');
  if (width > LOGO_MAX.width || height > LOGO_MAX.height) return failed('tooLarge');
  const rowBytes = 1 + Math.ceil(width / 2);
  const rows = inflated(data.data, rowBytes * height);
  if (rows === undefined) return failed('damaged');
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    if (rows[y * rowBytes] !== 0) return failed('notThisForm');
    for (let x = 0; x < width; x += 1) {
      const two = rows[y * rowBytes + 1 + (x >> 1)] ?? 0;
      grey[y * width + x] = ((x & 1) === 0 ? two >> 4 : two & 15) * STEP;
    }
  }
  return ok({ width, height, grey });
}

/** Of a document; undefined where there is none, or what there is is none: paper is made without it. */
export function readLogo(text: string | undefined): GreyPicture | undefined {
  // Node would read past letters that are none of base64, and pages hold the text as it is.
  if (text === undefined || !BASE64.test(text)) return undefined;
  const read = decodeLogo(new Uint8Array(Buffer.from(text, 'base64')));
  return read.ok ? read.value : undefined;
}

/** Each new dot is the mean of what it covers. Never larger than it was. */
export function scaleGrey({ width, height, grey }: GreyPicture, wanted: number): GreyPicture {
  const toWidth = Math.min(wanted, width);
  if (toWidth === width) return { width, height, grey };
  const toHeight = Math.max(1, Math.round((height * toWidth) / width));
  const [columns, rows] = [coverOf(width, toWidth), coverOf(height, toHeight)];
  const scaled = new Uint8Array(toWidth * toHeight);
  const area = width * height;
  for (let y = 0; y < toHeight; y += 1) {
    for (let x = 0; x < toWidth; x += 1) {
      let sum = 0;
      for (const [fromY, high] of rows[y] ?? [])
        for (const [fromX, wide] of columns[x] ?? []) sum += (grey[fromY * width + fromX] ?? 0) * high * wide;
      scaled[y * toWidth + x] = Math.round(sum / area);
    }
  }
  return { width: toWidth, height: toHeight, grey: scaled };
}

/** For each of `to` dots the dots of `from` that it covers, with how much of it each is; the parts of one come to `from`. */
function coverOf(from: number, to: number): readonly (readonly (readonly [index: number, part: number])[])[] {
  return Array.from({ length: to }, (_, at) => {
    const [start, end] = [at * from, (at + 1) * from];
    const parts: [number, number][] = [];
    for (let index = Math.floor(start / to); index * to < end; index += 1)
      parts.push([index, Math.min(end, (index + 1) * to) - Math.max(start, index * to)]);
    return parts;
  });
}

/** Black or white, what a dot is wrong by handed to its neighbours (Floyd and Steinberg, 1976); what is black or white already stays so. 1 is black. */
export function ditherGrey({ width, height, grey }: GreyPicture): Uint8Array {
  const light = Int16Array.from(grey);
  const black = new Uint8Array(width * height);
  const hand = (x: number, y: number, part: number): void => {
    if (x < 0 || x >= width || y >= height) return;
    light[y * width + x] = (light[y * width + x] ?? 0) + part;
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = light[y * width + x] ?? 0;
      const isBlack = value < 128;
      black[y * width + x] = isBlack ? 1 : 0;
      const wrong = value - (isBlack ? 0 : 255);
      if (wrong === 0) continue;
      const [right, left, below] = [(wrong * 7) >> 4, (wrong * 3) >> 4, (wrong * 5) >> 4];
      hand(x + 1, y, right);
      hand(x - 1, y + 1, left);
      hand(x, y + 1, below);
      hand(x + 1, y + 1, wrong - right - left - below);
    }
  }
  return black;
}

function pngOf({ width, height, grey }: GreyPicture): Uint8Array {
  const rowBytes = 1 + Math.ceil(width / 2);
  const rows = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const level = Math.min(LEVELS - 1, Math.round((grey[y * width + x] ?? 0) / STEP));
      const at = y * rowBytes + 1 + (x >> 1);
      rows[at] = (rows[at] ?? 0) | ((x & 1) === 0 ? level << 4 : level);
    }
  }
  const header = new Uint8Array(13);
  viewOf(header).setUint32(0, width);
  viewOf(header).setUint32(4, height);
  header.set(HEADER_END, 8);
  return Uint8Array.from([
    ...SIGNATURE,
    ...chunk('IHDR', header),
    ...chunk('IDAT', deflateSync(rows, { level: 9 })),
    ...chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length);
  viewOf(whole).setUint32(0, data.length);
  whole.set(Buffer.from(name, 'latin1'), 4);
  whole.set(data, 8);
  viewOf(whole).setUint32(8 + data.length, crc32(whole.subarray(4, 8 + data.length)));
  return whole;
}

/** Undefined where they are not whole, or not what their sums say. */
function chunksOf(png: Uint8Array): readonly { readonly name: string; readonly data: Uint8Array }[] | undefined {
  if (SIGNATURE.some((byte, index) => png[index] !== byte)) return undefined;
  const chunks: { name: string; data: Uint8Array }[] = [];
  const view = viewOf(png);
  for (let at = SIGNATURE.length; at < png.length;) {
    if (at + 12 > png.length) return undefined;
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length || view.getUint32(end) !== crc32(png.subarray(at + 4, end))) return undefined;
    chunks.push({ name: Buffer.from(png.subarray(at + 4, at + 8)).toString('latin1'), data: png.subarray(at + 8, end) });
    at = end + 4;
  }
  return chunks;
}

function inflated(data: Uint8Array, length: number): Uint8Array | undefined {
  try {
    const rows = inflateSync(data, { maxOutputLength: length });
    return rows.length === length ? rows : undefined;
  } catch {
    return undefined;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
