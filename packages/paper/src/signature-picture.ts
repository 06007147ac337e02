/** What somebody drew, as the picture that paper takes: black lines on white, as large as the grid that it was drawn on. */
import { assert } from '@holdfast/base';
import { SIGNATURE_MAX, type SignatureStroke } from '@holdfast/domain';

import { encodeLogo } from './logo.ts';

/** To each side of the line: it shows on the coarsest paper. */
const PEN_DOTS = 1;
const [BLACK, WHITE] = [0, 255];

/** Base64, in the form of `encodeLogo`. */
export function signaturePicture(strokes: readonly SignatureStroke[]): string {
  const { width, height } = SIGNATURE_MAX;
  const grey = new Uint8Array(width * height).fill(WHITE);
  const dab = (x: number, y: number): void => {
    for (let row = Math.max(y - PEN_DOTS, 0); row <= Math.min(y + PEN_DOTS, height - 1); row += 1)
      grey.fill(BLACK, row * width + Math.max(x - PEN_DOTS, 0), row * width + Math.min(x + PEN_DOTS, width - 1) + 1);
  };
  for (const stroke of strokes) {
    stroke.forEach((point, index) => {
      const from = stroke[index - 1] ?? point;
      const steps = Math.max(Math.abs(point.x - from.x), Math.abs(point.y - from.y), 1);
      for (let step = 0; step <= steps; step += 1)
        dab(from.x + Math.round(((point.x - from.x) * step) / steps), from.y + Math.round(((point.y - from.y) * step) / steps));
    });
  }
  const png = encodeLogo({ width, height, grey });
  assert(png.ok, 'lines of black on white are small');
  return Buffer.from(png.value).toString('base64');
}
