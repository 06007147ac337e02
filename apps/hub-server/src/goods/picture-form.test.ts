import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MAX_PICTURE_SIDE, readPictureForm } from './picture-form.ts';
import { HOSTILE_PICTURES, losslessWebp, lossyWebp } from './testing/webp-files.ts';

test.each([lossyWebp, losslessWebp])('still images up to their size are read: %o', (write) => {
  for (const [width, height] of [
    [1, 1],
    [160, 160],
    [MAX_PICTURE_SIDE, 7],
  ] as const)
    expect(readPictureForm(write(width, height))).toEqual({ ok: true, value: { width, height } });
});

test.each(Object.entries(HOSTILE_PICTURES))('%s: none, and it says why', (_what, bytes) => {
  expect(readPictureForm(bytes)).toMatchObject({ ok: false, error: expect.stringMatching(/^it /) as string });
});

test('whatever the bytes, an answer and no throw; and what is taken has its size', () => {
  const good = lossyWebp(160, 160);
  const mutated = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }).map((changes) => {
    const bytes = good.slice();
    for (const [at, byte] of changes) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(
      fc.oneof(
        mutated,
        fc.uint8Array({ maxLength: 64 }),
        mutated.map((bytes) => bytes.slice(0, 25)),
      ),
      (bytes) => {
        const read = readPictureForm(bytes);
        if (!read.ok) return;
        expect(bytes.length).toBe(good.length);
        expect(read.value.width).toBeLessThanOrEqual(MAX_PICTURE_SIDE);
        expect(read.value.height).toBeLessThanOrEqual(MAX_PICTURE_SIDE);
      },
    ),
  );
});
