import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  createEscPosStatusReader,
  createStarStatusReader,
  GOOD_CONDITION,
  starCounterByte,
  starCounterOf,
  withRealTime,
} from './status.ts';

test('an automatic report and real-time answers on one stream are told apart by their fixed bits', () => {
  const reader = createEscPosStatusReader();
  expect(reader.read(Uint8Array.of(0x16, 0x14, 0x00))).toEqual([{ type: 'realTime', byte: 0x16 }]);
  // The report's second half comes later.
  expect(reader.read(Uint8Array.of(0x0c, 0x00, 0x12, 0x00))).toEqual([
    { type: 'condition', condition: { ...GOOD_CONDITION, isDrawerOpen: true, paper: 'out' } },
    { type: 'realTime', byte: 0x12 },
    { type: 'inOrder', byte: 0x00 },
  ]);
});

test('a report that was cut short is noise, and what follows is read', () => {
  expect(createEscPosStatusReader().read(Uint8Array.of(0x18, 0x00, 0x12, 0xff))).toEqual([
    { type: 'noise', byte: 0x18 },
    { type: 'noise', byte: 0x00 },
    { type: 'realTime', byte: 0x12 },
    { type: 'noise', byte: 0xff },
  ]);
});

test.each([
  [1, 0x1a, { isOnline: false }],
  [1, 0x16, { isDrawerOpen: true }],
  [2, 0x16, { isCoverOpen: true }],
  [2, 0x32, { paper: 'out' }],
  [3, 0x1a, { fault: 'cutter' }],
  [3, 0x32, { fault: 'other' }],
  [4, 0x1e, { paper: 'nearEnd' }],
  [4, 0x7e, { paper: 'out' }],
] as const)('the answer to question %i, %i, says %j', (question, byte, change) => {
  expect(withRealTime(GOOD_CONDITION, question, byte)).toEqual({ ...GOOD_CONDITION, ...change });
});

test('Star’s report says how long it is, and how many jobs were printed', () => {
  const reader = createStarStatusReader();
  expect(reader.read(Uint8Array.of(0x00, 0x23, 0x86, 0x28, 0x00))).toEqual([{ type: 'noise', byte: 0 }]);
  expect(reader.read(Uint8Array.of(0x00, 0x08, 0x00, starCounterByte(5), 0x00))).toEqual([
    { type: 'condition', condition: { ...GOOD_CONDITION, isOnline: false, isCoverOpen: true, paper: 'out' }, printedCount: 5 },
  ]);
  for (let count = 0; count < 32; count += 1) expect(starCounterOf(starCounterByte(count))).toBe(count);
});

test('any bytes in any pieces are read, none twice', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, cut) => {
      for (const create of [createEscPosStatusReader, createStarStatusReader]) {
        const whole = create().read(bytes);
        const reader = create();
        const at = bytes.length === 0 ? 0 : cut % bytes.length;
        expect([...reader.read(bytes.slice(0, at)), ...reader.read(bytes.slice(at))]).toEqual(whole);
        expect(whole.length).toBeLessThanOrEqual(bytes.length);
      }
    }),
  );
});
