import { ok } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { actsOf } from '../ledger/entry-acts.ts';
import { changedCounts, readStockCount, stockCountEntry, sumCounts, type CountedGoods } from './stock-count.ts';

const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };
const counted = (sku: string, quantity: number, atMs: number, unit: CountedGoods['unit'] = 'piece'): CountedGoods => ({
  sku,
  quantity,
  unit,
  atMs,
  uncertaintyMs: atMs % 7,
});
const SEEN = [{ device: 'lane-2', epoch: 'a1'.repeat(8), seq: 41 }];
const SHEET = { document: 'ab'.repeat(16), name: 'Aisle 3', seen: SEEN };

test('counts of the same goods at several places are one line, as of the last of them', () => {
  expect(sumCounts([counted('MILK', 3, 10), counted('APPLE', 500, 20, 'gram'), counted('MILK', 4, 8)])).toEqual([
    { sku: 'APPLE', quantity: 500, unit: 'gram', atMs: 20, uncertaintyMs: 6 },
    { sku: 'MILK', quantity: 7, unit: 'piece', atMs: 10, uncertaintyMs: 3, fromMs: 8 },
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
  expect(changedCounts(before, now).map(({ sku, quantity, atMs, fromMs }) => [sku, quantity, fromMs, atMs])).toEqual([
    ['MILK', 5, 10, 30],
    ['PEAR', 0, 10, 11],
  ]);
});

test('what is stated again is of a later moment than what it replaces, also where its last count was taken back', () => {
  const before = sumCounts([counted('MILK', 3, 10), counted('MILK', 2, 30)]);
  expect(changedCounts(before, sumCounts([counted('MILK', 3, 10)]))).toMatchObject([{ quantity: 3, fromMs: 10, atMs: 31 }]);
});

test('one count says where its lane’s ledger stood; what several make says nothing of that', () => {
  const at = (seq: number) => ({ ...counted('MILK', 1, seq), counted: { device: 'lane-1', epoch: 'b2'.repeat(8), seq } });
  expect(sumCounts([at(4)])).toMatchObject([{ counted: { seq: 4 } }]);
  expect(sumCounts([at(4), at(9)])[0]).not.toHaveProperty('counted');
});

test('its entry reads back; nothing counted, and what no shelf holds, is refused', () => {
  const own = { device: 'lane-1', epoch: 'b2'.repeat(8), seq: 7 };
  const lines = sumCounts([{ ...counted('MILK', 0, 10), counted: own }, counted('BEER', 5, 12), counted('BEER', 5, 15)]);
  const entry = stockCountEntry(HEADER, { ...SHEET, lines });
  expect(entry.ok && readStockCount(entry.value.fields)).toEqual(ok({ ...HEADER, ...SHEET, lines }));
  expect(stockCountEntry(HEADER, { ...SHEET, lines: [] })).toMatchObject({ error: { type: 'nothingCounted' } });
  expect(stockCountEntry(HEADER, { ...SHEET, lines: [counted('MILK', -1, 1)] })).toMatchObject({ error: { type: 'quantityOutOfRange' } });
  const nobody = { sku: 'MILK', quantity: 1, unit: 'piece', atMs: 1, uncertaintyMs: 1, counter: 2, seq: 1 };
  expect(readStockCount({ ...(entry.ok ? entry.value.fields : {}), lines: [nobody] })).toMatchObject({ ok: false });
  const older = stockCountEntry(HEADER, { ...SHEET, seen: [], lines: [counted('MILK', 1, 1)] });
  expect(older.ok && Object.keys(older.value.fields)).not.toContain('seen');
  expect(readStockCount({ ...(entry.ok ? entry.value.fields : {}), lines: [{ sku: 'MILK' }] })).toMatchObject({ ok: false });
});

test('it asks for the leave to change stock, by the most of any goods that it states', () => {
  const entry = stockCountEntry(HEADER, { ...SHEET, lines: [counted('MILK', 40, 1), counted('BEER', 900, 1)] });
  expect(entry.ok && actsOf(entry.value)).toEqual({ operator: 'op-1', cut: undefined, acts: [{ action: 'adjustStock', amount: 900 }] });
});
