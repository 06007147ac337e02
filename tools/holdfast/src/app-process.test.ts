import { expect, test } from 'vitest';

import { FoundDamage, runRebuilding, startRebuilding } from './app-process.ts';

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

test.each([
  ['one that is ready', [undefined], false, 'ready', 1],
  ['one whose database was damaged', [DAMAGED, undefined], false, 'ready', 2],
  ['one that finds damage again and again', [DAMAGED, DAMAGED, DAMAGED, DAMAGED], false, 'damaged', 3],
  ['one that finds damage while all are told to end', [DAMAGED, undefined], true, 'damaged', 1],
])('a till in the background: %s', async (_, ends, isToldTo, becomes, starts) => {
  let started = 0;
  const running = startRebuilding(
    async () => {
      if (ends[started++] === DAMAGED) throw new FoundDamage('damaged');
      return 'ready';
    },
    () => isToldTo,
  );
  expect([await running.catch((error: unknown) => (error instanceof FoundDamage ? error.message : error)), started]).toEqual([
    becomes,
    starts,
  ]);
});
