import fc from 'fast-check';
import { expect, test } from 'vitest';

import { placeInSquare, simpleWebp } from './thumbnail.ts';

const SIDE = 160;

test.each([
  [320, 320, { x: 0, y: 0, width: 160, height: 160 }],
  [4_000, 1_000, { x: 0, y: 60, width: 160, height: 40 }],
  [10, 20, { x: 40, y: 0, width: 80, height: 160 }],
])('a picture of %d × %d stands whole in the middle of its square', (width, height, place) => {
  expect(placeInSquare(width, height, SIDE)).toEqual(place);
});

/** A file of chunks, each a kind and how many bytes of what. */
const webp = (...chunks: readonly (readonly [string, number, number])[]): Uint8Array<ArrayBuffer> => {
  const body = chunks.flatMap(([kind, length, byte]) => [
    ...[...kind].map((letter) => letter.codePointAt(0) ?? 0),
    length,
    0,
    0,
    0,
    ...Array.from({ length }, () => byte),
    ...(length % 2 === 1 ? [0] : []),
  ]);
  const size = body.length + 4;
  return new Uint8Array([0x52, 0x49, 0x46, 0x46, size & 0xff, size >> 8, 0, 0, 0x57, 0x45, 0x42, 0x50, ...body]);
};

test('of what a browser writes the image alone is sent', () => {
  const alone = webp(['VP8 ', 33, 7]);
  expect(simpleWebp(webp(['VP8X', 10, 1], ['ICCP', 201, 2], ['VP8 ', 33, 7]))).toEqual(alone);
  expect(simpleWebp(webp(['VP8 ', 33, 7], ['EXIF', 9, 3]))).toEqual(alone);
  expect(simpleWebp(alone)).toEqual(alone);
  expect(simpleWebp(webp(['VP8X', 10, 1]))).toBeUndefined();
  expect(simpleWebp(alone.slice(0, -2))).toBeUndefined();
  expect(simpleWebp(new Uint8Array())).toBeUndefined();
});

test('whatever its sides, it is all inside, and fills one way', () => {
  const side = fc.integer({ min: 1, max: 30_000 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const place = placeInSquare(width, height, SIDE);
      expect(Math.min(place.x, place.y)).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width).toBeLessThanOrEqual(SIDE);
      expect(place.y + place.height).toBeLessThanOrEqual(SIDE);
      expect(Math.max(place.width, place.height)).toBe(SIDE);
      expect(Math.min(place.width, place.height)).toBeGreaterThanOrEqual(1);
    }),
  );
});
