import { describe, expect, test } from 'vitest';

import { parseAddress } from '../address.ts';
import type { Store } from '../api.ts';
import { peerDevice } from '../testing/peer.ts';
import { filterStores, sortStores } from './stores-table.tsx';

const NOW_MS = 1_800_000_000_000;

const store = (name: string, number: string, devices: Store['devices'], totalTodayMinor = 0): Store => ({
  store: number,
  name,
  zone: 'north',
  currency: 'EUR',
  minorDigits: 2,
  salesToday: 0,
  totalTodayMinor,
  awaitedToday: { sales: 0, totalMinor: 0 },
  devices,
});

const inStep = peerDevice(1, { lastSeenMs: NOW_MS, name: 'Front' });
const cutOff = peerDevice(2, { lastSeenMs: NOW_MS - 3_600_000, waitingSales: 5, name: 'Flowers' });
const stores = [store('Harbour', '2', [inStep, cutOff], 500), store('Station', '10', [peerDevice(3)], 900), store('New', '3', [])];

const left = (search: string): readonly string[] =>
  filterStores(stores, parseAddress(search), NOW_MS).map((each) => `${each.store}:${each.devices.map((device) => device.lane).join(' ')}`);

describe('filters', () => {
  test.each([
    ['', ['2:1 2', '10:3', '3:']],
    ['?q=HARBOUR', ['2:1 2']],
    ['?q=flow', ['2:2']],
    ['?q=lane 3', ['10:3']],
    ['?state=cut-off', ['2:2']],
    ['?state=never', ['10:3']],
    ['?state=explain', []],
    ['?state=cut-off&q=station', []],
    ['?zone=south', []],
    ['?q=new', ['3:']],
  ])('%j leaves %j', (search, expected) => expect(left(search)).toEqual(expected));
});

describe('order', () => {
  const order = (key: string, descending: boolean): string =>
    sortStores(stores, { key, descending }, NOW_MS)
      .map((each) => each.store)
      .join(' ');

  test('puts store 2 before store 10', () => expect(order('store', false)).toBe('2 3 10'));
  test('puts the most waiting, the most sold, the longest silent first', () => {
    expect(order('waiting', true)).toBe('2 3 10');
    expect(order('sales', true)).toBe('10 2 3');
    expect(order('seen', true)).toBe('2 3 10');
  });
});
