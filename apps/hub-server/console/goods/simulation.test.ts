import { expect, test } from 'vitest';

import { changeText, readNews, scopeText, type SimulationResult, totalsOf } from './simulation.ts';

const PROGRESS = { type: 'progress', day: '2026-11-21', done: 400, of: 900 } as const;
const RESULT: SimulationResult = {
  type: 'result',
  from: '2026-11-15',
  to: '2026-11-21',
  wholeFrom: '2026-11-15',
  looked: 2,
  baskets: 1_200,
  stores: [
    { store: '1', currency: 'EUR', baskets: 1, soldMinor: 300, beforeMinor: 300, afterMinor: 240 },
    { store: '2', currency: 'EUR', baskets: 1, soldMinor: 200, beforeMinor: 210, afterMinor: 210 },
    { store: '3', currency: 'CHF', baskets: 4, soldMinor: 100, beforeMinor: 100, afterMinor: 130 },
  ],
  articles: [],
};

test('news come line by line, whatever the pieces in which they arrive', () => {
  const text = `${JSON.stringify(PROGRESS)}\n${JSON.stringify(RESULT)}\n`;
  const [first, second] = [readNews(text.slice(0, 30)), readNews(text)];
  expect(first).toEqual({ news: [], rest: text.slice(0, 30) });
  expect(second).toEqual({ news: [PROGRESS, RESULT], rest: '' });
  expect(() => readNews('{"type":"other"}\n')).toThrow('could not be read');
});

test('stores are added up by currency', () => {
  expect(totalsOf(RESULT)).toEqual([
    { currency: 'EUR', baskets: 2, soldMinor: 500, beforeMinor: 510, afterMinor: 450 },
    { currency: 'CHF', baskets: 4, soldMinor: 100, beforeMinor: 100, afterMinor: 130 },
  ]);
});

test('a difference is told as a share of what was before', () => {
  expect([changeText(1_000, 1_032), changeText(1_000, 900), changeText(1_000, 1_000), changeText(0, 5)]).toEqual([
    '+3.2 %',
    '−10.0 %',
    '0.0 %',
    '',
  ]);
});

test('days that are not whole are never taken for all', () => {
  expect(scopeText(RESULT)).toBe('2026-11-15 to 2026-11-21: 2 baskets of 1,200 hold one of these goods.');
  expect(scopeText({ ...RESULT, wholeFrom: '2026-11-20' })).toContain('Only 2026-11-20 to 2026-11-21 is whole, for time ran out');
  expect(scopeText({ ...RESULT, wholeFrom: null })).toContain('No day is whole');
});
