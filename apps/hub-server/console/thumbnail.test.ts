import fc from 'fast-check';
import { expect, test } from 'vitest';

import { placeInSquare, THUMBNAIL_SIDE } from './thumbnail.ts';

test.each([
  [320, 320, { x: 0, y: 0, width: 160, height: 160 }],
  [4_000, 1_000, { x: 0, y: 60, width: 160, height: 40 }],
  [10, 20, { x: 40, y: 0, width: 80, height: 160 }],
])('a picture of %d × %d stands whole in the middle of its square', (width, height, place) => {
  expect(placeInSquare(width, height, THUMBNAIL_SIDE)).toEqual(place);
});

test('whatever its sides, it is all inside, and fills one way', () => {
  const side = fc.integer({ min: 1, max: 30_000 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const place = placeInSquare(width, height, THUMBNAIL_SIDE);
      expect(Math.min(place.x, place.y)).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width).toBeLessThanOrEqual(THUMBNAIL_SIDE);
      expect(place.y + place.height).toBeLessThanOrEqual(THUMBNAIL_SIDE);
      expect(Math.max(place.width, place.height)).toBe(THUMBNAIL_SIDE);
      expect(Math.min(place.width, place.height)).toBeGreaterThanOrEqual(1);
    }),
  );
});
