import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { readSettings } from '../settings/settings.ts';
import { parseTiers, pointsEarned, tierOfGroups, tierOfPoints, type LoyaltyRules } from './loyalty.ts';
import '../testing/property-runs.ts';

const RULES: LoyaltyRules = {
  earnPoints: 1,
  perMinor: 100,
  tiers: [
    { tier: 'silver', fromPoints: 500, percent: 150 },
    { tier: 'gold', fromPoints: 2_000, percent: 200 },
  ],
  birthdayPercent: 200,
};
const NOBODY = { groups: [], paidWithPointsMinor: 0 };

describe('tiers', () => {
  test.each([
    [0, undefined],
    [499, undefined],
    [500, 'silver'],
    [1_999, 'silver'],
    [2_000, 'gold'],
  ])('%i points: %s', (points, tier) => expect(tierOfPoints(points, RULES)?.tier).toBe(tier));

  test('of a customer in several, the best', () => {
    expect(tierOfGroups(['gold', 'staff', 'silver'], RULES)?.tier).toBe('gold');
    expect(tierOfGroups(['staff'], RULES)).toBeUndefined();
  });

  test('are read in any order, and stand by their points', () => {
    expect(parseTiers('gold 2000 200\n\n silver 500 150 ')).toEqual(RULES.tiers);
    expect(parseTiers('')).toEqual([]);
  });

  test.each([
    'gold',
    'gold x 200',
    'gold 1 2 3',
    'gold 1 100\ngold 2 100',
    'gold -1 100',
    Array.from({ length: 21 }, (_, i) => `t${i} 1 1`).join('\n'),
  ])('%j is no tier', (text) => expect(parseTiers(text)).toBeUndefined());
});

test('what comes back, and what is no goods, earns nothing; nor what points paid', () => {
  const lines = [{ netMinor: 2_380 }, { netMinor: -500 }, { netMinor: 5_000, nature: 'giftCard' as const }];
  expect(pointsEarned(lines, NOBODY, RULES)).toBe(23);
  expect(pointsEarned(lines, { groups: [], paidWithPointsMinor: 1_400 }, RULES)).toBe(9);
  expect(pointsEarned(lines, { groups: [], paidWithPointsMinor: 9_999 }, RULES)).toBe(0);
});

test('splitting a sale never earns more, a better tier never less', () => {
  const amounts = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(amounts, fc.constantFrom('', 'silver', 'gold'), (minor, tier) => {
      const lines = minor.map((netMinor) => ({ netMinor }));
      const customer = { groups: [tier], paidWithPointsMinor: 0 };
      const whole = pointsEarned(lines, customer, RULES);
      const split = lines.reduce((sum, line) => sum + pointsEarned([line], customer, RULES), 0);
      expect(whole).toBeGreaterThanOrEqual(split);
      expect(whole - split).toBeLessThanOrEqual(lines.length);
      expect(pointsEarned(lines.toReversed(), customer, RULES)).toBe(whole);
      expect(whole).toBeGreaterThanOrEqual(pointsEarned(lines, NOBODY, RULES));
    }),
  );
});

test('settings say what is earned; without them nobody earns', () => {
  const base = { currency: 'EUR', taxInclusive: 'true', timeZone: 'UTC' };
  const read = (more: Readonly<Record<string, string>>) => readSettings(new Map(Object.entries({ ...base, ...more })));
  expect(read({})).toMatchObject({ ok: true, value: { faults: [] } });
  expect(read({})).not.toHaveProperty('value.settings.loyalty');
  const tiers = 'silver 500 150\ngold 2000 200';
  expect(read({ loyaltyEarnPoints: '1', loyaltyTiers: tiers, loyaltyBirthdayPercent: '200' })).toMatchObject({
    ok: true,
    value: { settings: { loyalty: RULES } },
  });
  expect(read({ loyaltyEarnPoints: 'many', loyaltyTiers: 'gold' })).toMatchObject({
    ok: true,
    value: { faults: [{ detail: { key: 'loyaltyTiers' } }, { detail: { key: 'loyaltyEarnPoints' } }] },
  });
});
