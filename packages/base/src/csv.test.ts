import { expect, test } from 'vitest';

import { csvCell, csvText, toCsv } from './csv.ts';

test.each([
  ['Bananas', 'Bananas'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['', ''],
  ['-12.50', '-12.50'],
  ['42', '42'],
])('%j is written as %j', (value, expected) => expect(csvCell(value)).toBe(expected));

test.each(['=1+1', '+49 30', '-2+3', '@SUM(A1)', '\t=1', '\r=1', ' =1', '=cmd|"/c calc"!A1', '-', '＝1+1', '--1', '-1.2.3'])(
  '%j can run no formula',
  (value) => expect(csvCell(value)).toMatch(/^"'/),
);

test('a table has a mark, a header and an end to each row', () => {
  expect(toCsv(['a', 'b'], [['1', 'x, y']])).toBe('\uFEFFa,b\r\n1,"x, y"\r\n');
});

test.each([
  ["'=1+1", '=1+1'],
  ["'-2+3", '-2+3'],
  ["'quoted'", "'quoted'"],
  ["'", "'"],
  ['plain', 'plain'],
])('%j came from %j', (cell, text) => expect(csvText(cell)).toBe(text));
