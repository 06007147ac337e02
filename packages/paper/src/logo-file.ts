/** A logo out of whatever picture a person has: read on that person's own machine, never on a till or a hub. */
import { err, ok, type Result } from '@holdfast/base';
import { createCanvas, type Image, loadImage } from '@napi-rs/canvas';

import { type GreyPicture, LOGO_MAX } from './logo.ts';

export interface NoPicture {
  readonly type: 'noPicture';
  readonly detail: string;
}

/** Not larger than a logo may be; what is transparent is white, as paper is. */
export async function readGreyPicture(file: Uint8Array): Promise<Result<GreyPicture, NoPicture>> {
  let image: Image;
  try {
    image = await loadImage(file);
  } catch (error) {
    return err({ type: 'noPicture', detail: error instanceof Error ? error.message : String(error) });
  }
  const scale = Math.min(1, LOGO_MAX.width / image.width, LOGO_MAX.height / image.height);
  const [width, height] = [Math.max(1, Math.floor(image.width * scale)), Math.max(1, Math.floor(image.height * scale))];
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const light = (at: number): number => Math.round(((data[at] ?? 0) * 299 + (data[at + 1] ?? 0) * 587 + (data[at + 2] ?? 0) * 114) / 1_000);
  return ok({ width, height, grey: Uint8Array.from({ length: width * height }, (_, index) => light(index * 4)) });
}
