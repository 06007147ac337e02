import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const SOURCE = import.meta.dirname;
/** Letters of sections; numbers of three digits are something else (a curve, a code). */
const RULE = /\b[ILUDCPNOAWSBK]-\d{1,2}\b/g;
const ROOT = join(SOURCE, '../../..');

const SPEC = readFileSync(join(SOURCE, '../SPEC.md'), 'utf8');
const rules = [...SPEC.matchAll(/^- \*\*([A-Z]-\d{1,2})\*\*/gm)].map(([, rule = '']) => rule);
const letters = [...SPEC.matchAll(/^## ([A-Z]): /gm)].map(([, letter = '']) => letter);

const filesOf = (folder: string, suffix: (name: string) => boolean): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && suffix(name))
    .map((name) => join(folder, name));
const citedBy = (files: readonly string[]): ReadonlySet<string> =>
  new Set(files.flatMap((name) => readFileSync(name, 'utf8').match(RULE) ?? []));

const isTest = (name: string): boolean => name.endsWith('.test.ts') || name.endsWith('-contract.ts');
/** What the protocol promises is kept by the programs that speak it: their tests count too. */
const sources = ['packages', 'apps']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name, 'src')))
  .filter(existsSync);

test('rules are numbered once, from 1, without a gap', () => {
  expect(letters.length).toBeGreaterThanOrEqual(6);
  for (const letter of letters) {
    const numbers = rules.filter((rule) => rule.startsWith(letter)).map((rule) => Number(rule.slice(2)));
    expect(numbers.length).toBeGreaterThan(2);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  }
});

test('every rule is cited by a test', () => {
  const cited = citedBy(sources.flatMap((folder) => filesOf(folder, isTest)));
  expect(rules.filter((rule) => !cited.has(rule))).toEqual([]);
});

test('every rule that is cited exists', () => {
  const cited = citedBy(filesOf(SOURCE, () => true));
  expect([...cited].filter((rule) => !rules.includes(rule))).toEqual([]);
});

/** By which what is signed or hashed cannot be mistaken for anything else. */
const NAME = /'(holdfast [a-z ]+ \d+)'/g;

test('the name of each message that is signed or hashed stands in a rule', () => {
  const written = filesOf(SOURCE, (name) => !isTest(name)).flatMap((name) =>
    [...readFileSync(name, 'utf8').matchAll(NAME)].map(([, message = '']) => message),
  );
  expect(new Set(written).size).toBeGreaterThan(15);
  expect([...new Set(written)].filter((message) => !SPEC.includes(`["${message}", `))).toEqual([]);
  const named = [...SPEC.matchAll(/\["(holdfast [a-z ]+ \d+)", /g)].map(([, message = '']) => message);
  expect(named.filter((message) => !written.includes(message))).toEqual([]);
});

const PROMISES = readFileSync(join(SOURCE, '../PROMISES.md'), 'utf8');
/** `A-1 to A-3` names three. */
const rulesIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/([A-Z])-(\d+)(?: to [A-Z]-(\d+))?/g)].flatMap(([, letter = '', from = '', to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `${letter}-${Number(from) + index}`),
  );
const promises = PROMISES.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise') && !line.startsWith('| ---'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, promise = '', named = '', tests = '']) => ({
    promise,
    named: rulesIn(named),
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }));

test('each rule stands by a promise, and each promise by rules that there are', () => {
  expect(promises.length).toBeGreaterThan(30);
  const named = new Set(promises.flatMap((promise) => promise.named));
  expect(rules.filter((rule) => !named.has(rule))).toEqual([]);
  expect([...named].filter((rule) => !rules.includes(rule))).toEqual([]);
});

test('each test that is named beside a promise cites one of its rules', () => {
  const idle = promises.flatMap(({ promise, named, tests }) => {
    const cited = tests.map((file) => readFileSync(join(ROOT, file), 'utf8').match(RULE) ?? []);
    const isShown = tests.length > 0 && cited.every((found) => found.some((rule) => named.includes(rule)));
    return isShown ? [] : [promise];
  });
  expect(idle).toEqual([]);
});
