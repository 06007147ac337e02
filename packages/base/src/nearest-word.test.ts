import { expect, test } from 'vitest';

import { nearestWord } from './nearest-word.ts';

const WORDS = ['demo', 'dev', 'hub', 'enrol', 'import', 'verify'];

test.each([
  ['enroll', 'enrol'],
  ['vreify', 'verify'],
  ['dem', 'demo'],
  ['hub', 'hub'],
  ['frobnicate', undefined],
  ['v'.repeat(1_000_000), undefined],
])('the nearest word is at most two slips away: %.20s', (given, word) => {
  expect(nearestWord(given, WORDS)).toBe(word);
});
