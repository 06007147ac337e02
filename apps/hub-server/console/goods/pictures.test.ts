import { expect, test } from 'vitest';

import { MAX_FILE_BYTES, whyNoPicture } from './pictures.ts';

test.each([
  ['image/png', 10, ''],
  ['image/jpeg', MAX_FILE_BYTES, ''],
  ['image/webp', MAX_FILE_BYTES + 1, '16 MB'],
  ['image/svg+xml', 10, 'PNG, JPEG or WebP'],
  ['', 10, 'PNG, JPEG or WebP'],
])('%s of %i bytes: %s', (type, size, said) => {
  expect(/16 MB|PNG, JPEG or WebP/.exec(whyNoPicture({ type, size }) ?? '')?.[0] ?? '').toBe(said);
});
