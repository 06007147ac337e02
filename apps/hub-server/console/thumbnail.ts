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
    if (blob.size <= MAX_THUMBNAIL_BYTES) return ok(blob);
  }
  return err('The picture has too much in it to be made small enough for lanes. Nothing was changed.');
}
