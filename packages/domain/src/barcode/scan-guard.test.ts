import { expect, test } from 'vitest';

import { guardScan, type ScanSighting } from './scan-guard.ts';

/** `plain` is the EAN-13 of a pack, `lot` and `other` are 2D symbols of packs of the same goods. */
const scanOf = (word: string, atMs: number): ScanSighting => ({
  text: word,
  key: word === 'beer' ? '2' : '1',
  isLabelled: word === 'lot' || word === 'other',
  atMs,
});

test.each([
  ['plain 0, plain 100', 'counts, doubleRead'],
  ['plain 0, plain 300', 'counts, counts'],
  ['plain 0, plain 200, plain 400', 'counts, doubleRead, doubleRead'],
  ['plain 0, lot 400', 'counts, secondSymbol'],
  ['lot 0, plain 900', 'counts, secondSymbol'],
  ['plain 0, lot 1000', 'counts, counts'],
  ['lot 0, other 300', 'counts, counts'],
  ['plain 0, lot 400, plain 600, lot 800', 'counts, secondSymbol, counts, secondSymbol'],
  ['plain 0, beer 50, plain 100', 'counts, counts, counts'],
  ['plain 500, plain 400', 'counts, counts'],
])('%s: %s', (scans, answers) => {
  let last: ScanSighting | undefined;
  const given = scans.split(', ').map((scan) => {
    const [word = '', atMs = '0'] = scan.split(' ');
    const guarded = guardScan(last, scanOf(word, Number(atMs)));
    last = guarded.last;
    return guarded.repeat ?? 'counts';
  });
  expect(given.join(', ')).toBe(answers);
});
