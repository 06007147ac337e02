import { ok } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { actsOf } from './entry-acts.ts';
import { changedCounts, readStockCount, stockCountEntry, sumCounts, type CountedGoods } from './stock-count.ts';

const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };
const counted = (sku: string, quantity: number, atMs: number, unit: CountedGoods['unit'] = 'piece'): CountedGoods => ({
  sku,
  quantity,
  unit,
  atMs,
  uncertaintyMs: atMs % 7,
});
const SHEET = { document: 'ab'.repeat(16), name: 'Aisle 3' };

test('counts of the same goods at several places are one line, as of the last of them', () => {
  expect(sumCounts([counted('MILK', 3, 10), counted('APPLE', 500, 20, 'gram'), counted('MILK', 4, 8)])).toEqual([
    { sku: 'APPLE', quantity: 500, unit: 'gram', atMs: 20, uncertaintyMs: 6 },
    { sku: 'MILK', quantity: 7, unit: 'piece', atMs: 10, uncertaintyMs: 3 },
  ]);
});

test('in whatever order goods were counted, the lines are the same', () => {
  const arbitrary = fc.array(
    fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.nat(9), fc.nat(100)).map(([sku, quantity, atMs]) => counted(sku, quantity, atMs)),
  );
  fc.assert(
    fc.property(
      arbitrary.chain((counts) => fc.tuple(fc.constant(counts), fc.shuffledSubarray(counts, { minLength: counts.length }))),
      ([counts, shuffled]) => {
        expect(sumCounts(shuffled)).toEqual(sumCounts(counts));
        expect(changedCounts(sumCounts(counts), sumCounts(shuffled))).toEqual([]);
      },
    ),
  );
});

test('a sheet that is closed again states what late counts changed, and what there is nothing of any more', () => {
  const before = sumCounts([counted('MILK', 3, 10), counted('BEER', 5, 10), counted('PEAR', 1, 10)]);
  const now = sumCounts([counted('MILK', 3, 10), counted('MILK', 2, 30), counted('BEER', 5, 10)]);
  expect(changedCounts(before, now).map(({ sku, quantity }) => [sku, quantity])).toEqual([
    ['MILK', 5],
    ['PEAR', 0],
  ]);
});

test('its entry reads back; nothing counted, and what no shelf holds, is refused', () => {
  const lines = sumCounts([counted('MILK', 0, 10), counted('BEER', 5, 12)]);
  const entry = stockCountEntry(HEADER, { ...SHEET, lines });
  expect(entry.ok && readStockCount(entry.value.fields)).toEqual(ok({ ...HEADER, ...SHEET, lines }));
  expect(stockCountEntry(HEADER, { ...SHEET, lines: [] })).toMatchObject({ error: { type: 'nothingCounted' } });
  expect(stockCountEntry(HEADER, { ...SHEET, lines: [counted('MILK', -1, 1)] })).toMatchObject({ error: { type: 'quantityOutOfRange' } });
  expect(readStockCount({ ...(entry.ok ? entry.value.fields : {}), lines: [{ sku: 'MILK' }] })).toMatchObject({ ok: false });
});

test('it asks for the leave to change stock, by the most of any goods that it states', () => {
  const entry = stockCountEntry(HEADER, { ...SHEET, lines: [counted('MILK', 40, 1), counted('BEER', 900, 1)] });
  expect(entry.ok && actsOf(entry.value)).toEqual({ operator: 'op-1', cut: undefined, acts: [{ action: 'adjustStock', amount: 900 }] });
});
