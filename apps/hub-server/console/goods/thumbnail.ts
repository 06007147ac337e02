/**
 * What a person chose, as the hub takes pictures: a WebP of one size, small enough for lanes. The browser decodes it, in its sandbox, and writes it anew: nothing of the file but what is
 * seen is sent.
 */
import { err, ok, type Result } from '@holdfast/base';

const MEDIA_TYPE = 'image/webp';
const MAX_THUMBNAIL_BYTES = 8_192;
/** The largest sides, the best qualities first: a key shows 36 to 58 dots, twice as many on a dense screen, and a customer display a few hundred. */
const ATTEMPTS = [
  [256, 0.8],
  [256, 0.65],
  [256, 0.5],
  [192, 0.6],
  [160, 0.5],
  [128, 0.4],
] as const;
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
      const alone = new Uint8Array(HEADER + end - at);
      alone.set(bytes.subarray(0, HEADER));
      alone.set(bytes.subarray(at, end), HEADER);
      new DataView(alone.buffer).setUint32(4, alone.length - CHUNK_HEADER, true);
      return alone;
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
  try {
    for (const [side, quality] of ATTEMPTS) {
      const blob = await drawn(bitmap, side, quality);
      if (blob?.type !== MEDIA_TYPE)
        return err('This browser cannot write WebP, which lanes show: take Chrome, Edge or Firefox. Nothing was changed.');
      const image = simpleWebp(new Uint8Array(await blob.arrayBuffer()));
      if (image !== undefined && image.length <= MAX_THUMBNAIL_BYTES) return ok(new Blob([image], { type: MEDIA_TYPE }));
    }
  } finally {
    bitmap.close();
  }
  return err('The picture has too much in it to be made small enough for lanes. Nothing was changed.');
}

async function drawn(bitmap: ImageBitmap, side: number, quality: number): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [side, side];
  // Without transparency, which would take another form of file.
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return null;
  const { x, y, width, height } = placeInSquare(bitmap.width, bitmap.height, side);
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, MEDIA_TYPE, quality));
}
