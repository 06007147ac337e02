import { expect, test } from 'vitest';

import { systemRandom } from './node.ts';

test('bytes of chance are as many as were asked for, and given out once', () => {
  const given = Array.from({ length: 400 }, () => systemRandom.bytes(12));
  expect(given.every((bytes) => bytes.length === 12 && bytes.byteLength === bytes.buffer.byteLength)).toBe(true);
  expect(new Set(given.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(400);
  expect([0, 1, 64, 65, 4_000].map((length) => systemRandom.bytes(length).length)).toEqual([0, 1, 64, 65, 4_000]);
});
