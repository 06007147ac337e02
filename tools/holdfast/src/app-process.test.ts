import { expect, test } from 'vitest';

import { runRebuilding } from './app-process.ts';

const DAMAGED = { code: 3, isToldTo: false };

test.each([
  ['one that ends well', [{ code: 0, isToldTo: false }], 0, 1],
  ['one that cannot start', [{ code: 1, isToldTo: false }], 1, 1],
  ['one whose database was damaged', [DAMAGED, { code: 0, isToldTo: false }], 0, 2],
  ['one that finds damage again and again', [DAMAGED, DAMAGED, DAMAGED, DAMAGED], 3, 3],
  ['one that finds damage and is told to end meanwhile', [DAMAGED, { code: 3, isToldTo: true }, DAMAGED], 3, 2],
])('a till in the foreground: %s', async (_, ends, code, starts) => {
  let started = 0;
  const ended = await runRebuilding(async () => ends[started++] ?? DAMAGED);
  expect([ended, started]).toEqual([code, starts]);
});
