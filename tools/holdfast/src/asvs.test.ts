/** docs/SECURITY-ASVS.md names tests that are there, and counts its own items right. */
import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/SECURITY-ASVS.md', ROOT), 'utf8');
const items = [...text.matchAll(/^\| +(\d+\.\d+\.\d+) +\| +([12]) +\| +(.+?) +\| +(.+?) +\|$/gmu)].map(
  ([, number = '', level = '', what = '', how = '']) => ({ number, level, what, how }),
);
const OTHERS = ['by construction', 'not applicable', '**not met**'];
const files = (how: string): readonly string[] =>
  [...how.matchAll(/`((?:apps|packages|hardware|tools)\/[\w./-]+\.\w+)`/gu)].map(([, file = '']) => file);

test('each item stands once, and says how it is met or what is missing', () => {
  expect(items).toHaveLength(253);
  expect(new Set(items.map(({ number }) => number)).size).toBe(items.length);
  const namesTest = (how: string): boolean => files(how).some((file) => /\.(?:test|e2e)\.ts$/u.test(file));
  const saysWhy = (how: string): boolean => OTHERS.some((other) => how.startsWith(`${other}: `));
  expect(items.filter(({ how }) => !saysWhy(how) && !namesTest(how)).map(({ number }) => number)).toEqual([]);
});

test('what it names is there', () => {
  expect([...new Set(items.flatMap(({ how }) => files(how)))].filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
});

test('its head has the figures of the list', () => {
  const starting = (with_: string): number => items.filter(({ how }) => how.startsWith(with_)).length;
  const [built, none, unmet] = OTHERS.map(starting);
  const tested = items.length - (built ?? 0) - (none ?? 0) - (unmet ?? 0);
  expect(text).toContain(
    `Of ${items.length} items ${tested} are shown by tests, ${built} hold by construction, ${none} do not apply, and ${unmet} are not met.`,
  );
});
