import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { valueOf } from '../testing/gs1.ts';
import { applicationIdentifiers, checkPair, identifierAt, valueFault } from './application-identifiers.ts';
import { readElementString } from './element-string.ts';
import '../testing/property-runs.ts';

const rowOf = (ai: string) => {
  const row = applicationIdentifiers().get(ai);
  expect(row, ai).toBeDefined();
  return row as NonNullable<typeof row>;
};

test('the dictionary’s every identifier is known, and none that it has not', () => {
  const dictionary = readFileSync(join(import.meta.dirname, '../../gs1/gs1-syntax-dictionary.txt'), 'utf8');
  const expected: string[] = [];
  for (const line of dictionary.split('\n')) {
    const [, first, last = first] = /^(\d{2,4})(?:-(\d{2,4}))?\s/.exec(line) ?? [];
    if (first === undefined) continue;
    for (let ai = Number(first); ai <= Number(last); ai += 1) expected.push(String(ai).padStart(first.length, '0'));
  }
  expect(expected.length).toBeGreaterThan(500);
  expect([...applicationIdentifiers().keys()].sort()).toEqual(expected.sort());
});

test('no identifier is the beginning of another one', () => {
  for (const ai of applicationIdentifiers().keys()) expect(identifierAt(`${ai}99`, 0)?.ai).toBe(ai);
});

test.each([...applicationIdentifiers().values()])('$ai $title parses, and says what is wrong with what is too long or too short', (row) => {
  fc.assert(
    fc.property(valueOf(row), (value) => {
      expect(valueFault(row, value), value).toBeUndefined();
      expect(readElementString(row.ai + value)).toEqual({ ok: true, value: { elements: [{ ai: row.ai, value }], unread: [] } });
      expect(valueFault(row, '')).toBe('tooShort');
      expect(valueFault(row, `${value}${'0'.repeat(row.maximumLength)}`)).toBe('tooLong');
      expect(valueFault(row, `${value.slice(0, -1)}\u0007`)).toBeDefined();
    }),
    { numRuns: 20 },
  );
});

test.each([
  ['01', '04006381333932', 'checkDigit'],
  ['00', '123456789012345670', 'checkDigit'],
  ['11', '261301', 'date'],
  ['11', '260230', 'date'],
  ['17', '261200', undefined],
  ['4326', '261200', 'date'],
  ['7003', '2612312460', 'time'],
  ['7250', '20260229', 'date'],
  ['8003', '19501101530003', 'content'],
  ['8006', '040063813339310201', 'content'],
  ['8007', 'DE89370400440532013001', 'content'],
  ['8013', '1987654Ad4X4bL5ttr2310c2K', undefined],
  ['8013', '1987654Ad4X4bL5ttr2310c2L', 'checkDigit'],
  ['8011', '0123', 'content'],
  ['4309', '18000000013600000000', 'content'],
  ['7258', '3/2', 'content'],
  ['10', 'A B', 'characters'],
  ['22', '', 'tooShort'],
])('(%s)%s: %s', (ai, value, fault) => {
  expect(valueFault(rowOf(ai), value)).toBe(fault);
});

test('check pairs are those of the General Specifications’ example', () => {
  expect(checkPair('1987654Ad4X4bL5ttr2310c')).toBe('2K');
});
