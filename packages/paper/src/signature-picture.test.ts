import { expect, test } from 'vitest';

import { readLogo } from './logo.ts';
import { signaturePicture } from './signature-picture.ts';

test('what was drawn is black on white where it was drawn, and a small picture however much it is', () => {
  const picture = readLogo(
    signaturePicture([
      [
        { x: 10, y: 20 },
        { x: 30, y: 20 },
      ],
      [{ x: 399, y: 159 }],
    ]),
  );
  const at = (x: number, y: number): number | undefined => picture?.grey[y * (picture?.width ?? 0) + x];
  expect([picture?.width, picture?.height]).toEqual([400, 160]);
  expect([at(10, 20), at(20, 21), at(30, 19), at(399, 159)]).toEqual([0, 0, 0, 0]);
  expect([at(20, 23), at(40, 20), at(200, 80)]).toEqual([255, 255, 255]);
  const scribble = Array.from({ length: 60 }, (_, stroke) =>
    Array.from({ length: 30 }, (__, index) => ({ x: (stroke * 97 + index * 13) % 400, y: (stroke * 41 + index * 29) % 160 })),
  );
  expect(signaturePicture(scribble).length).toBeLessThanOrEqual(16_384);
  expect(readLogo(signaturePicture(scribble))).toBeDefined();
});
