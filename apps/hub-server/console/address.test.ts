import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { addressToSearch, FILTERS, PAGES, parseAddress, parseSaleId, parseSort, sortToText, withFilters, type Address } from './address.ts';

const sale = { device: 'd-1', epoch: '0123456789abcdef', seq: 42 };

describe('the address', () => {
  test('of the first page is empty', () => {
    expect(addressToSearch({ page: 'overview', filters: {}, sale: null })).toBe('');
    expect(parseAddress('')).toEqual({ page: 'overview', filters: {}, sale: null });
  });

  test('names an open sale by device, epoch and number, in readable slashes', () => {
    const search = addressToSearch({ page: 'overview', filters: {}, sale });
    expect(search).toBe('?sale=d-1/0123456789abcdef/42');
    expect(parseAddress(search).sale).toEqual(sale);
    expect(parseAddress('?sale=d-1%2F0123456789abcdef%2F42').sale).toEqual(sale);
  });

  test('keeps the page’s own filters and drops everything else', () => {
    expect(parseAddress('?page=sales&store=1&state=cut-off&token=secret&q=')).toEqual({
      page: 'sales',
      filters: { store: '1' },
      sale: null,
    });
    expect(parseAddress('?page=nowhere').page).toBe('overview');
  });

  test('drops what is no sale', () => {
    for (const text of [
      '',
      'd',
      'd/e',
      'd/e/1',
      ...['x', '-1', '0', '1/2'].map((seq) => `d/0123456789abcdef/${seq}`),
      '/0123456789abcdef/1',
      'd//1',
    ])
      expect(parseSaleId(text), text).toBeNull();
  });

  test('reads back as it was written, for any content', () => {
    const part = fc.string({ minLength: 1, maxLength: 20 });
    const sales = fc.record({
      device: part.map((text) => text.replaceAll('/', '-')),
      epoch: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((nonce) => nonce.toString(16).padStart(16, '0')),
      seq: fc.integer({ min: 1 }),
    });
    // What an address could trip over, often.
    const letter = fc.constantFrom('a', '0', '/', '%', '2F', '&', '=', '+', ' ', '#', '?', '-', 'ü', '🍌', '\u0000', '\n');
    const value = fc.array(letter, { minLength: 1 }).map((letters) => letters.join(''));
    const addresses = PAGES.map((page) =>
      fc.record({
        page: fc.constant(page),
        filters: fc.record(Object.fromEntries(FILTERS[page].map((filter) => [filter, value])), { requiredKeys: [], noNullPrototype: true }),
        sale: fc.option(sales),
      }),
    );
    fc.assert(
      fc.property(fc.oneof(...addresses), (address: Address) => {
        expect(parseAddress(addressToSearch(address))).toEqual(address);
      }),
    );
  });

  test('takes a filter away with an empty value', () => {
    const before = parseAddress('?page=sales&store=1&q=x');
    expect(addressToSearch(withFilters(before, { q: '', sort: '-total' }))).toBe('?page=sales&store=1&sort=-total');
  });
});

test('an order is a column, with a minus for descending', () => {
  const fallback = { key: 'at', descending: true };
  expect(parseSort('-total', ['at', 'total'], fallback)).toEqual({ key: 'total', descending: true });
  expect(parseSort('total', ['at', 'total'], fallback)).toEqual({ key: 'total', descending: false });
  expect(parseSort('constructor', ['at', 'total'], fallback)).toEqual(fallback);
  expect(parseSort(undefined, ['at'], fallback)).toEqual(fallback);
  expect(sortToText({ key: 'total', descending: true })).toBe('-total');
});
