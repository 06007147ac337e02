import { expect, test } from 'vitest';

import { grantFieldText, grantText, limitIn, limitText } from './roles.ts';

test('limits are told as people say them, and read so again', () => {
  expect([limitText(1_000, 'percent'), limitText(1_250, 'percent'), limitText(5_000, 'amount'), limitText(1_000_000, 'count')]).toEqual([
    '10 %',
    '12.5 %',
    '50.00',
    '1,000,000',
  ]);
  expect([limitIn('10 %', 'percent'), limitIn('12,5', 'percent'), limitIn('50', 'amount'), limitIn('1000000', 'count')]).toEqual([
    1_000, 1_250, 5_000, 1_000_000,
  ]);
  expect([limitIn('', 'amount'), limitIn('ten', 'percent'), limitIn('1.5', 'count'), limitIn('1.234', 'amount')]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});

test('a preview says limits as the table does', () => {
  expect([
    grantFieldText('limit', 4_000, 'percent'),
    grantFieldText('limit', null, 'percent'),
    grantFieldText('isAllowed', true, 'percent'),
    grantFieldText('isAllowed', undefined, 'none'),
  ]).toEqual(['40 %', 'no limit', 'allowed', 'not allowed']);
});

test('what no grant allows is no', () => {
  expect(grantText(undefined, 'none')).toBe('no');
  expect(grantText({ isAllowed: false, limit: null }, 'amount')).toBe('no');
  expect(grantText({ isAllowed: true, limit: null }, 'none')).toBe('yes');
  expect(grantText({ isAllowed: true, limit: null }, 'amount')).toBe('any');
  expect(grantText({ isAllowed: true, limit: 0 }, 'percent')).toBe('0 %');
});
