import { expect, test } from 'vitest';

import { bytesText, type ContactSpell, healthOf, isDiskLow, publicationsDown, reasonText, roomText, type DeviceSays } from './devices.ts';
import { needsLook, storesShown } from './stores-page.tsx';

const says = (...devices: DeviceSays['devices']): DeviceSays => ({ atMs: 0, version: '0.1.0', freeMegabytes: 51_000, devices });

test('the worst that a device says is what is seen of it', () => {
  expect(healthOf(null)).toBeNull();
  expect(healthOf(says())).toEqual({ tone: 'good', text: 'no devices' });
  expect(healthOf(says({ device: 'printer', state: 'ready' }))).toEqual({ tone: 'good', text: 'all ready' });
  expect(healthOf(says({ device: 'printer', state: 'warning', reason: 'paperLow' }))).toEqual({ tone: 'warn', text: 'Printer: paper low' });
  expect(healthOf(says({ device: 'x-ray', state: 'warning' }, { device: 'scale', state: 'down' }))).toEqual({
    tone: 'bad',
    text: 'x-ray and 1 more',
  });
  expect(reasonText('notReachable')).toBe('not reachable');
});

test.each([
  [null, '–'],
  [940, '940 MB'],
  [51_000, '51 GB'],
  [1_200_000, '1.2 TB'],
])('%s MB of room read as %s', (megabytes, text) => expect(roomText(megabytes)).toBe(text));

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [4_120, '4.1 kB'],
  [52_000, '52 kB'],
  [12_000_000, '12 MB'],
  [3_400_000_000, '3.4 GB'],
])('%d bytes read as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test('publications are counted from one spell to the next, and not over a hub that was set back', () => {
  const spell = (heldLsn: number | null): ContactSpell => ({
    fromMs: 0,
    lastAtMs: 0,
    exchanges: 1,
    bytesUp: 1,
    bytesDown: 1,
    entriesUp: 0,
    heldLsn,
  });
  expect(publicationsDown([spell(9), spell(7), spell(8), spell(null), spell(3)])).toEqual([2, null, null, null, null]);
});

test('a device is looked after where something of it is not ready or its disk is nearly full, and never once it is gone', () => {
  const row = { device: 'd', store: '1', lane: 1, name: 'Lane 1', role: 'lane', gone: null, lastSeenMs: null, says: says() } as const;
  expect(needsLook(row)).toBe(false);
  expect(needsLook({ ...row, says: null })).toBe(false);
  const low = { ...says(), freeMegabytes: 900 };
  expect(isDiskLow(low)).toBe(true);
  expect(needsLook({ ...row, says: low })).toBe(true);
  expect(needsLook({ ...row, says: low, gone: 'replaced' })).toBe(false);
  const store = {
    store: '1',
    name: 'Nordpark',
    zone: '1',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    taxInclusive: true,
    address: 'Am Hafen',
    minorDigits: 2,
    businessDate: '2026-11-21',
  };
  const shown = (filters: Parameters<typeof storesShown>[2]): number => storesShown([store], [row], filters)[0]?.devices.length ?? -1;
  expect([
    shown({}),
    shown({ q: 'hafen' }),
    shown({ q: 'lane 1' }),
    shown({ q: 'lane 2' }),
    shown({ zone: '2' }),
    shown({ state: 'look' }),
  ]).toEqual([1, 1, 1, -1, -1, -1]);
});
