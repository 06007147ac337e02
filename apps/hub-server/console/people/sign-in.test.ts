import { expect, test } from 'vitest';

import { ApiFailure } from '../ask.ts';
import { failedIn, linkIn, passwordProblem, reasonOf, seedText, seesCompany } from './sign-in.ts';

test('an invitation and the hub’s own link stand behind #, whole or not at all', () => {
  const token = 'A-_'.repeat(14) + 'x';
  expect(linkIn(`#invitation=${token}`)).toEqual({ type: 'invitation', token });
  expect(linkIn(`#link=${token}`)).toEqual({ type: 'link', token });
  const none = ['', '#', '#invitation=', `#invitation=${token}x`, `#link=${token.slice(1)}`, `?invitation=${token}`, `#links=${token}`];
  expect(none.map(linkIn)).toEqual(none.map(() => undefined));
});

test('a seed is read off in groups, a password is typed twice', () => {
  expect(seedText('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
  expect(passwordProblem('🧂'.repeat(11), '')).toBe('12 characters or more');
  expect(passwordProblem('twelve chars', 'twelve char')).toBe('The two are not the same');
  expect(passwordProblem('twelve chars', 'twelve chars')).toBeUndefined();
});

test('why the hub refused is said in its own words', () => {
  expect(reasonOf(new ApiFailure({ type: 'problem', status: 403, text: 'No.' }))).toBe('No.');
  expect(reasonOf(new ApiFailure({ type: 'unreachable' }))).toContain('Try again');
  expect(reasonOf(null)).toBeUndefined();
});

test('the whole company is seen by who may use the console there, not at a store of it', () => {
  const seeing = (may: Readonly<Record<string, string[]>>) => seesCompany({ may });
  expect([seeing({ useConsole: ['store:1', 'global'] }), seeing({ useConsole: ['store:1'] }), seeing({ publish: ['global'] })]).toEqual([
    true,
    false,
    false,
  ]);
  expect(seesCompany(undefined)).toBe(false);
});

test('why the provider’s way in led nowhere stands behind #, in words of our own alone', () => {
  expect(failedIn('#sign-in-failed=notKnown')).toMatch(/invited/);
  expect(failedIn('#sign-in-failed=tooWeak')).toMatch(/second factor/);
  expect(['', '#', '#sign-in-failed=', '#sign-in-failed=<b>', '#sign-in-failed=constructor2'].map(failedIn)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
});
