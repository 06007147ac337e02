import { expect, test } from 'vitest';

import { agoText, clockText, durationText } from './duration.ts';

const minutes = (count: number): number => count * 60_000;
const hours = (count: number): number => minutes(count * 60);

test.each([
  [-5, '0 s'],
  [0, '0 s'],
  [8_999, '8 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [minutes(15), '15 min'],
  [hours(1) - 1, '59 min'],
  [hours(3) + minutes(4), '3 h 04 min'],
  [hours(24), '1 d 00 h'],
  [hours(76), '3 d 04 h'],
])('%d ms last %s', (durationMs, expected) => expect(durationText(durationMs)).toBe(expected));

test.each([
  [-100, 'just now'],
  [9_999, 'just now'],
  [10_000, '10 s ago'],
  [59_999, '50 s ago'],
  [minutes(2), '2 min ago'],
])('%d ms are %s', (durationMs, expected) => expect(agoText(durationMs)).toBe(expected));

test.each([
  [0, 'exact'],
  [49, 'exact'],
  [-50, '0.1 s fast'],
  [1_240, '1.2 s slow'],
  [minutes(3), '3 min slow'],
  [-hours(8_760), '365 d 00 h fast'],
])('a device that is %d ms behind the hub is %s', (offsetMs, expected) => expect(clockText(offsetMs)).toBe(expected));
