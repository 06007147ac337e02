import { expect, test } from 'vitest';

import { formOfLine, type LineContent, lineText, stepsOf } from './campaigns.ts';
import { lineOf } from './prices.ts';

test('what may be done with a campaign follows from where it is, and none without prices is asked for', () => {
  const steps = (['draft', 'review', 'approved', 'published', 'dropped'] as const).map((state) =>
    stepsOf({ state, lineCount: 2 }).join(' '),
  );
  expect(steps).toEqual(['submit drop', 'approve sendBack drop', 'publish sendBack drop', '', '']);
  expect(stepsOf({ state: 'draft', lineCount: 0 })).toEqual(['drop']);
});

test('a line that is written again says what it said', () => {
  const line: LineContent = {
    sku: 'MILK',
    scopes: ['zone:9'],
    type: 'member',
    amount: '0.99',
    from: '2026-12-01T08:00',
    to: '',
    fromQuantity: 6,
  };
  expect(lineOf('MILK', formOfLine(line))).toEqual(line);
});

test('a line is told in words', () => {
  const line: LineContent = {
    sku: 'MILK',
    scopes: ['zone:9', 'store:1'],
    type: 'regular',
    amount: '0.99',
    from: '2026-12-01T08:00',
    to: '2026-12-06',
  };
  expect(lineText(line, (scope) => scope)).toBe('0.99, regular, zone:9 and store:1, from 2026-12-01 08:00 until 2026-12-06');
  expect(lineText({ ...line, amount: null, from: '', to: '' }, () => 'Harbour')).toBe('taken away, regular, Harbour and Harbour');
});
