import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { seeded } from '../testing/fixtures.ts';
import { reading } from './bytes.ts';
import { bytesUnpacker, packBits, packBytes, packInts, unpackBits, unpackInts } from './entropy.ts';

const FORMS = [2, 3] as const;

const roundTrip = (values: readonly number[], form: 2 | 3): readonly number[] => {
  const packed = packInts(values, form);
  assert(packed !== null, 'within range');
  const read = reading(packed, (reader) => unpackInts(reader, reader.raw(reader.left), values.length, form));
  assert(read.ok, `reads back: ${JSON.stringify(read)}`);
  return read.value;
};

/** Few values or many, small or up to the limit, runs and steps. */
const columns = fc.oneof(
  fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 300 }),
  fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 60 }),
  fc.array(
    fc.maxSafeInteger().filter((value) => Math.abs(value) < 2 ** 50),
    { minLength: 1, maxLength: 40 },
  ),
  fc.array(fc.constantFrom(2 ** 50 - 1, 1 - 2 ** 50, 0, -1, 2 ** 49 + 1), { minLength: 1, maxLength: 12 }),
  fc.array(fc.nat(400), { minLength: 1, maxLength: 600 }).map((steps) => {
    let at = 1_773_500_000_000;
    return steps.map((step) => (at += step));
  }),
);

test('U-1: packed integers come back, whatever they are', () => {
  fc.assert(
    fc.property(columns, (values) => {
      for (const form of FORMS) expect(roundTrip(values, form)).toEqual(values);
    }),
  );
});

test('U-1: what is beyond the models is not packed', () => {
  expect(packInts([1, 2 ** 50], 3)).toBeNull();
  expect(packInts([-(2 ** 50), 1], 3)).toBeNull();
});

test('U-1: many symbols of much the same weight cost little more than their entropy', () => {
  const next = seeded(5);
  const values = Array.from({ length: 6_000 }, () => Math.floor(next() ** 2 * 1_000));
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const bits = [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / values.length), 0);
  expect(roundTrip(values, 2)).toEqual(values);
  // What the models have to learn is about a bit and a half for each of the thousand symbols, and as much to list them.
  expect((packInts(values, 2)?.length ?? Infinity) * 8).toBeLessThan(bits + 4_000);
});

test('U-1: bits and letters come back; rare bits cost a fraction of one', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (bits, letters) => {
      const readBits = reading(packBits(bits), (reader) => unpackBits(reader, reader.raw(reader.left), bits.length));
      expect(readBits).toEqual({ ok: true, value: bits });
      const contexts = [...letters].map((_, index) => (letters[index - 1] ?? 0) + (index % 2) * 256);
      const packed = packBytes([...letters], contexts);
      const readLetters = reading(packed, (reader) => {
        const nextLetter = bytesUnpacker(reader, reader.raw(reader.left));
        return contexts.map((context) => nextLetter(context));
      });
      expect(readLetters).toEqual({ ok: true, value: [...letters] });
    }),
  );
  expect(packBits(Array.from({ length: 8_000 }, (_, index) => index % 500 === 0)).length).toBeLessThan(60);
});

test('U-3: other bytes than a writer makes give numbers or an error, never more than were asked for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 2_000 }), (bytes, count) => {
      const read = reading(bytes, (reader) => unpackInts(reader, reader.raw(reader.left), count, 3));
      if (!read.ok) return;
      expect(read.value).toHaveLength(count);
      expect(read.value.every(Number.isSafeInteger)).toBe(true);
    }),
    { numRuns: 400 },
  );
});
