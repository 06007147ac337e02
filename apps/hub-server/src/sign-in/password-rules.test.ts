/** What a password of the console may be. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { LEAST_PASSWORD, passwordProblem, wordsOf } from './password-rules.ts';

const WORDS = wordsOf(['Holdfast', 'Grüner Markt Süd', 'Bath', 'Ada Byron', '7']);

test('a password that somebody else would think of is none', () => {
  const PROBLEMS = `
    seventeen grey herons              | fine
    🧂🦉🪵🧭🐌🥖🍯🪁🎏🧶🧦🪆                       | fine
    eleven char                        | tooShort
    aaaaaaaaaaaaaaaa                   | tooPlain
    123456789012                       | tooPlain
    hunterhunterhunter1                | tooPlain
    1qaz2wsx3edc                       | mostUsed
    Q1W2E3R4T5Y6                       | mostUsed
    administrator                      | mostUsed
    seventeen ada77 herons             | holdsName
    Holdfast2026!                      | companyWords
    grünermarktsüd2026                 | companyWords
    markt-markt-grüner                 | companyWords
    byronbyron byron 1815              | companyWords
    grey herons in a bathtub           | fine
    herons fly over the markt          | fine`;
  for (const line of PROBLEMS.trim().split('\n')) {
    const [password = '', said = ''] = line.split('|').map((cell) => cell.trim());
    expect([password, passwordProblem(password, { name: 'ada77', words: WORDS }) ?? 'fine']).toEqual([password, said]);
  }
});

test('names are taken whole and by words, and short ones are left', () => {
  expect(WORDS).toEqual(['grünermarktsüd', 'holdfast', 'adabyron', 'grüner', 'markt', 'byron', 'bath']);
});

test('the list has more than the 3,000 most used ones of a password’s length, each as it is compared', () => {
  const list = gunzipSync(readFileSync(new URL('most-used-passwords.txt.gz', import.meta.url)))
    .toString()
    .trimEnd()
    .split('\n');
  expect(new Set(list).size).toBe(5_000);
  expect(list.filter((each) => [...each].length < LEAST_PASSWORD || each !== each.toLowerCase())).toEqual([]);
});
