import { describe, expect, test } from 'vitest';

import { parseAddress } from '../address.ts';
import { peerDay } from '../testing/peer.ts';
import { filterSales, sortSales } from './sales-page.tsx';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const { sales } = peerDay(NOON_MS, 40);
const berlin = new Map([['1', 'Europe/Berlin']]);

describe('filters', () => {
  test('by hour mean the store’s hour', () => {
    const found = filterSales(sales, parseAddress('?page=sales&hour=9'), berlin);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(sales.length);
    for (const sale of found) expect(new Date(sale.atMs).getUTCHours()).toBe(8);
  });

  test('by receipt and by kind', () => {
    expect(filterSales(sales, parseAddress('?page=sales&q=8F3A-000007'), berlin).map((sale) => sale.seq)).toEqual([7]);
    expect(filterSales(sales, parseAddress('?page=sales&kind=return'), berlin)).toEqual([]);
  });
});

test('any column orders, up and down, and equal rows stay newest first', () => {
  const totals = sortSales(sales, { key: 'total', descending: true }).map((sale) => sale.totalMinor);
  expect(totals).toEqual(totals.toSorted((left, right) => right - left));
  const byStore = sortSales(sales, { key: 'store', descending: false });
  expect(byStore.map((sale) => sale.atMs)).toEqual(byStore.map((sale) => sale.atMs).toSorted((left, right) => right - left));
});
