/**
 * What a person chose, as the hub takes pictures: a WebP of one size, small enough for lanes. The browser decodes it, in its sandbox, and writes it anew: nothing of the file but what is
 * seen is sent.
 */
import { err, ok, type Result } from '@holdfast/base';

/** Of each side. A key shows 36 to 58 of them, on screens of twice the density. */
export const THUMBNAIL_SIDE = 160;
export const MAX_THUMBNAIL_BYTES = 8_192;
const QUALITIES = [0.82, 0.7, 0.55, 0.4, 0.25] as const;
/** A camera's own; decoding more takes a browser's memory. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** All of it is seen, in the middle, on white. */
export function placeInSquare(width: number, height: number, side: number): { x: number; y: number; width: number; height: number } {
  const longer = Math.max(width, height);
  const [wide, high] = [Math.max(1, Math.round((width * side) / longer)), Math.max(1, Math.round((height * side) / longer))];
  return { x: Math.floor((side - wide) / 2), y: Math.floor((side - high) / 2), width: wide, height: high };
}

const HEADER = 12;
const CHUNK_HEADER = 8;

/**
 * The image alone, in the simple form (RFC 9649, 2.5 and 2.6): browsers put a profile of colours beside it, which is the one that pictures without any have. Undefined where there is no image
 * in it, or it ends in its middle.
 */
export function simpleWebp(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = HEADER; at + CHUNK_HEADER <= bytes.length;) {
    const kind = String.fromCodePoint(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = at + CHUNK_HEADER + length + (length % 2);
    if (end > bytes.length) return undefined;
    if (kind === 'VP8 ' || kind === 'VP8L') {
      const file = new Uint8Array(HEADER + end - at);
      file.set(bytes.subarray(0, HEADER));
      file.set(bytes.subarray(at, end), HEADER);
      new DataView(file.buffer).setUint32(4, file.length - CHUNK_HEADER, true);
      return file;
    }
    at = end;
  }
  return undefined;
}

export async function thumbnailOf(file: File): Promise<Result<Blob, string>> {
  if (file.size > MAX_FILE_BYTES) return err('The file is larger than a picture. Nothing was changed.');
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return err('This file is no picture that a browser can read. Nothing was changed.');
  }
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [THUMBNAIL_SIDE, THUMBNAIL_SIDE];
  // Without transparency, which would take another form of file.
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return err('This browser cannot make pictures smaller. Nothing was changed.');
  const { x, y, width, height } = placeInSquare(bitmap.width, bitmap.height, THUMBNAIL_SIDE);
  context.fillStyle = 'white';
  context.fillRect(0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, width, height);
  bitmap.close();
  for (const quality of QUALITIES) {
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/webp', quality));
    if (blob?.type !== 'image/webp')
      return err('This browser cannot write WebP, which lanes show: take Chrome, Edge or Firefox. Nothing was changed.');
    const file = simpleWebp(new Uint8Array(await blob.arrayBuffer()));
    if (file !== undefined && file.length <= MAX_THUMBNAIL_BYTES) return ok(new Blob([file], { type: blob.type }));
  }
  return err('The picture has too much in it to be made small enough for lanes. Nothing was changed.');
}
