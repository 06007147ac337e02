import { readConfigureGlobal } from 'fast-check';
import { expect, test } from 'vitest';

import { propertySeed } from './property-seed.ts';

test('one seed for all runs, another where it is said, and none of its own for a soak', () => {
  const usual = propertySeed({});
  expect(usual).toEqual(expect.any(Number));
  expect(propertySeed({ HOLDFAST_SEED: '' })).toBe(usual);
  expect(propertySeed({ HOLDFAST_SOAK: '1' })).toBeUndefined();
  for (const HOLDFAST_SOAK of ['', '1']) expect(propertySeed({ HOLDFAST_SOAK, HOLDFAST_SEED: '-1462018427' })).toBe(-1_462_018_427);
  for (const said of ['seven', '1.5', ' 7', '1e3']) expect(() => propertySeed({ HOLDFAST_SEED: said })).toThrow(`“${said}”`);
});

test('the properties of this run draw from it', () => {
  expect(readConfigureGlobal()?.seed).toBe(propertySeed(process.env));
});
