import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { runsOf } from '../testing/property-runs.ts';
import { PART, solveSets, type SetProblem } from './best-sets.ts';
import { explainPromotions } from './explain.ts';
import { preparePromotions } from './prepare.ts';
import { pricePromotions } from './price-promotions.ts';
import type { PromotionLine, PromotionOutcome } from './promotion-terms.ts';
import { PROMOTION_POLICY_DEFAULTS, type Goods, type Off, type Promotion, type PromotionPolicy } from './rule.ts';
import { largestSavingMinor, type OraclePiece } from './testing/oracle.ts';
import { CONTEXT } from './testing/shop-floor.ts';

const SKUS = ['ale', 'bun', 'cod', 'dip', 'egg'] as const;
const CATEGORIES = ['drinks', 'food', 'food', 'home', 'home'] as const;

/** No two items ever cost the same: which of two equally cheap ones is the free one is settled by item, and the oracle knows no items' order. */
const piece: fc.Arbitrary<OraclePiece> = fc
  .tuple(fc.nat({ max: SKUS.length - 1 }), fc.integer({ min: 1, max: 12 }))
  .map(([index, tens]) => ({
    sku: SKUS[index] ?? '',
    category: CATEGORIES[index] ?? '',
    priceMinor: tens * 1_000 + index * 100,
  }));
const pieces = (maxLength: number): fc.Arbitrary<readonly OraclePiece[]> => fc.array(piece, { minLength: 1, maxLength });

const goods: fc.Arbitrary<Goods> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Goods>({}) },
  { weight: 2, arbitrary: fc.shuffledSubarray([...SKUS], { minLength: 1 }).map((skus) => ({ skus })) },
  { weight: 2, arbitrary: fc.constantFrom('drinks', 'food', 'home').map((category) => ({ categories: [category] })) },
  { weight: 1, arbitrary: fc.constantFrom(...SKUS).map((sku) => ({ except: { skus: [sku] } })) },
);
const percent = fc.integer({ min: 1, max: 10 }).map((tenths): Off => ({ type: 'percent', bps: tenths * 1_000 }));
const amount = fc
  .integer({ min: 1, max: 20 })
  .map((tens): Extract<Off, { type: 'amount' }> => ({ type: 'amount', amountMinor: tens * 100 }));
const off: fc.Arbitrary<Off> = fc.oneof(
  { weight: 3, arbitrary: percent },
  { weight: 1, arbitrary: amount },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 150 }).map((tens): Off => ({ type: 'price', priceMinor: tens * 100 })) },
);

const set = fc
  .record({
    slots: fc.array(fc.record({ goods, pieces: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 2 }),
    off,
    pick: fc.nat(),
  })
  .map(({ slots, off: reward, pick }) => {
    const count = slots.reduce((sum, slot) => sum + slot.pieces, 0);
    if (slots.length === 2 && pick % 2 === 0) {
      const [buy, get] = slots as [(typeof slots)[0], (typeof slots)[0]];
      return { slots: [buy, { ...get, get: true as const }], off: reward, on: 'get' as const };
    }
    const some = 1 + (pick % count);
    return { slots, off: reward, on: [{ cheapest: some }, { dearest: some }, 'all' as const][pick % 3] ?? ('all' as const) };
  });

type Terms = Pick<Promotion, 'offer' | 'combine' | 'limits'> & { readonly priority?: number };

const limits: fc.Arbitrary<Promotion['limits']> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((perBasket) => ({ perBasket })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((tens) => ({ budgetMinor: tens * 500 })) },
);
const combine = fc.constantFrom('best' as const, 'compounding' as const);
const each: fc.Arbitrary<Promotion['offer']> = fc.record({
  type: fc.constant('each' as const),
  goods,
  tiers: fc.oneof(
    { weight: 3, arbitrary: off.map((only) => [{ fromPieces: 1, off: only }]) },
    {
      weight: 1,
      arbitrary: fc.tuple(off, off).map(([low, high]) => [
        { fromPieces: 1, off: low },
        { fromPieces: 3, off: high },
      ]),
    },
  ),
});
const sets: fc.Arbitrary<Promotion['offer']> = fc.record({
  type: fc.constant('set' as const),
  sets: fc.array(set, { minLength: 1, maxLength: 2 }),
});
const total: fc.Arbitrary<Promotion['offer']> = fc.record({
  type: fc.constant('total' as const),
  goods,
  tiers: fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.oneof(percent, amount))
    .map(([tens, reward]) => [{ fromMinor: tens * 500, off: reward as Extract<Off, { type: 'amount' }> }]),
});

const numbered = (terms: readonly Terms[]): readonly Promotion[] =>
  terms.map((term, index) => ({ promotionId: `p${index}`, version: '1', name: `p${index}`, priority: 0, when: {}, ...term }));
const pieceRules = (maxLength: number): fc.Arbitrary<readonly Promotion[]> =>
  fc
    .array(fc.record({ offer: fc.oneof({ weight: 2, arbitrary: sets }, { weight: 1, arbitrary: each }), combine, limits }), {
      minLength: 1,
      maxLength,
    })
    .map(numbered);
const anyRules = fc
  .array(
    fc.record({
      offer: fc.oneof(sets, each, total),
      combine: fc.constantFrom('best' as const, 'compounding' as const, 'exclusive' as const),
      limits,
      priority: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map(numbered);
const policy: fc.Arbitrary<PromotionPolicy> = fc.record({
  stacking: fc.constantFrom('compound', 'add'),
  stackingOrder: fc.constantFrom('amountsFirst', 'percentagesFirst'),
  discountRounding: fc.constantFrom('unit', 'line', 'basket'),
  minimumBasis: fc.constantFrom('before', 'after'),
  setPrices: fc.constantFrom('final', 'promoted'),
  acrossPriorities: fc.constantFrom('never', 'compound'),
});

/** Three budgets, each too small for most of what it could pay: nothing but all ways to spend them shows which is best. */
const BUDGETS_THAT_CROWD: [readonly Promotion[], readonly OraclePiece[], OraclePiece] = (() => {
  const one = (reward: Off) => ({ slots: [{ goods: {}, pieces: 1 }], off: reward, on: { cheapest: 1 } }) as const;
  const two = (bps: number, ...skus: readonly string[]) => {
    const buy = { goods: skus.length === 0 ? {} : { skus }, pieces: 1 };
    return { slots: [buy, { goods: {}, pieces: 1, get: true as const }], off: { type: 'percent' as const, bps }, on: 'get' as const };
  };
  const free: Off = { type: 'price', priceMinor: 0 };
  const tens: readonly (readonly [index: number, priceMinor: number])[] = [
    [0, 1_000],
    [0, 2_000],
    [0, 4_000],
    [0, 3_000],
    [2, 1_200],
    [3, 1_300],
    [0, 5_000],
    [1, 3_100],
  ];
  const basket = tens.map(([index, priceMinor]) => ({ sku: SKUS[index] ?? '', category: CATEGORIES[index] ?? '', priceMinor }));
  const rules: readonly Terms[] = [
    { offer: { type: 'set', sets: [one({ type: 'percent', bps: 1_000 }), one(free)] }, combine: 'best', limits: { budgetMinor: 1_000 } },
    { offer: { type: 'set', sets: [two(1_000), two(2_000, 'ale', 'cod')] }, combine: 'best', limits: { budgetMinor: 1_500 } },
    {
      offer: { type: 'each', goods: { categories: ['drinks'] }, tiers: [{ fromPieces: 1, off: free }] },
      combine: 'best',
      limits: { budgetMinor: 500 },
    },
  ];
  return [numbered(rules), basket.slice(0, -1), basket.at(-1) ?? { sku: '', category: '', priceMinor: 0 }];
})();

const lineOf = ({ sku, category, priceMinor }: OraclePiece, index: number): PromotionLine => ({
  lineId: String(index + 1),
  sku,
  category,
  quantity: { value: 1, unit: 'piece' },
  amountMinor: priceMinor,
});

/** Lines of any count and price, of measured goods and of returns too. */
const anyLines = fc
  .array(
    fc.record({
      index: fc.nat({ max: 4 }),
      count: fc.integer({ min: -2, max: 40 }).filter((count) => count !== 0),
      amountMinor: fc.nat({ max: 5_000 }),
      isMeasured: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((lines) =>
    lines.map(({ index, count, amountMinor, isMeasured }, position): PromotionLine => ({
      lineId: String(position + 1),
      sku: SKUS[index] ?? '',
      category: CATEGORIES[index] ?? '',
      quantity: { value: count, unit: isMeasured ? 'gram' : 'piece' },
      amountMinor: count < 0 ? -amountMinor : amountMinor,
    })),
  );

function price(
  rules: readonly Promotion[],
  lines: readonly PromotionLine[],
  terms: PromotionPolicy = PROMOTION_POLICY_DEFAULTS,
): PromotionOutcome {
  const outcome = pricePromotions(preparePromotions(rules), lines, { ...CONTEXT, policy: terms });
  if (!outcome.ok) throw new Error(`the basket is priced: ${JSON.stringify(outcome.error)}`);
  return outcome.value;
}

/** How far a sum of so many promotions, each rounded once, may be from the exact one. */
const slack = (outcome: PromotionOutcome): number => outcome.applied.length + 1;

describe('the best combination', () => {
  test('equals brute force on baskets of up to 8 items and 6 promotions', () => {
    let contested = 0;
    fc.assert(
      fc.property(pieceRules(6), pieces(8), (rules, basket) => {
        const outcome = price(rules, basket.map(lineOf), { ...PROMOTION_POLICY_DEFAULTS, discountRounding: 'basket' });
        const largest = largestSavingMinor(rules, basket);
        if (outcome.applied.length > 1) contested += 1;
        expect(outcome.isExact).toBe(true);
        expect(Math.abs(-outcome.discountMinor - largest)).toBeLessThanOrEqual(slack(outcome));
      }),
      { numRuns: runsOf(300) },
    );
    expect(contested, 'promotions do meet').toBeGreaterThan(60);
  });

  test('is never less than the greedy answer, however little time it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ count: fc.integer({ min: 1, max: 50 }), solo: fc.nat({ max: 20 }), value: fc.nat({ max: 500 }) }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.array(
          fc.record({
            size: fc.integer({ min: 1, max: 6 }),
            bps: fc.integer({ min: 100, max: 10_000 }),
            uses: fc.integer({ min: 1, max: 20 }),
          }),
          { minLength: 1, maxLength: 10 },
        ),
        fc.nat({ max: 2_000 }),
        (kinds, offers, steps) => {
          const problem: SetProblem = {
            kinds,
            rules: offers.map(({ size, uses }) => ({
              sets: [{ slots: [{ kinds: kinds.map((_, index) => index), pieces: size, get: false }], on: 'all' }],
              uses,
              budget: Number.MAX_SAFE_INTEGER,
            })),
            evaluate: (deal) => {
              let worth = 0;
              for (let at = 0; at < deal.end; at += PART) worth += (kinds[deal.parts[at] ?? -1]?.value ?? 0) * (deal.parts[at + 1] ?? 0);
              deal.gain = Math.floor((worth * (offers[deal.rule]?.bps ?? 0)) / 10_000);
              deal.own = deal.gain;
            },
          };
          const greedy = solveSets(problem, 0);
          const searched = solveSets(problem, steps);
          expect(searched.gain).toBeGreaterThanOrEqual(greedy.gain);
          expect(searched.steps).toBeLessThanOrEqual(steps);
          const used = kinds.map(() => 0);
          for (const { deal, times } of searched.deals) {
            for (let at = 0; at < deal.end; at += PART) used[deal.parts[at] ?? -1]! += (deal.parts[at + 1] ?? 0) * times;
          }
          used.forEach((count, kind) => expect(count).toBeLessThanOrEqual(kinds[kind]?.count ?? 0));
          expect(searched.deals.reduce((sum, { deal, times }) => sum + deal.gain * times, 0)).toBe(searched.gain);
        },
      ),
    );
  });

  test('saves no less for one item more', () => {
    // Without a second priority and without totals: what they take, or when they begin, may well be worse for what is left.
    const everyPieceCounts = { ...PROMOTION_POLICY_DEFAULTS, discountRounding: 'unit' as const };
    fc.assert(
      fc.property(pieceRules(5), pieces(7), piece, (rules, basket, more) => {
        const fromOne = rules.map((rule) =>
          rule.offer.type === 'each' ? { ...rule, offer: { ...rule.offer, tiers: rule.offer.tiers.slice(0, 1) } } : rule,
        );
        const before = price(fromOne, basket.map(lineOf), everyPieceCounts);
        const after = price(fromOne, [...basket, more].map(lineOf), everyPieceCounts);
        expect(before.isExact && after.isExact).toBe(true);
        expect(-after.discountMinor).toBeGreaterThanOrEqual(-before.discountMinor);
      }),
      { numRuns: runsOf(300), examples: [BUDGETS_THAT_CROWD] },
    );
  });
});

/** With the second ale p0 takes from the egg, too: 40 more by itself, and p1 takes its tenth of an egg that costs 440 less. */
const A_TOTAL_AFTER_A_SET: [readonly Promotion[], readonly OraclePiece[], OraclePiece] = [
  [
    {
      promotionId: 'p0',
      version: '1',
      name: 'p0',
      priority: 0,
      when: {},
      offer: {
        type: 'set',
        sets: [{ slots: [{ goods: { skus: ['egg', 'ale'] }, pieces: 1 }], off: { type: 'percent', bps: 1_000 }, on: { cheapest: 1 } }],
      },
      combine: 'compounding',
      limits: { budgetMinor: 1_500 },
    },
    {
      promotionId: 'p1',
      version: '1',
      name: 'p1',
      priority: 0,
      when: {},
      offer: { type: 'total', goods: { categories: ['home'] }, tiers: [{ fromMinor: 500, off: { type: 'percent', bps: 1_000 } }] },
      combine: 'compounding',
      limits: {},
    },
  ],
  [
    { sku: 'egg', category: 'home', priceMinor: 4_400 },
    { sku: 'ale', category: 'drinks', priceMinor: 12_000 },
  ],
  { sku: 'ale', category: 'drinks', priceMinor: 8_000 },
];

describe('one item more', () => {
  const isNamed: ReadonlySet<string> = new Set(['goesFirst', 'savesMore', 'usedElsewhere', 'budget']);
  const tierOf = ({ offer }: Promotion, basket: readonly OraclePiece[]) => {
    if (offer.type !== 'each') return undefined;
    const { skus, categories, except } = offer.goods;
    const meant = basket.filter(
      ({ sku, category }) =>
        skus?.includes(sku) !== false && categories?.includes(category) !== false && except?.skus?.includes(sku) !== true,
    );
    return offer.tiers.findLast(({ fromPieces }) => fromPieces <= meant.length);
  };

  /** What compounds comes after others, out of what they leave of a line: that they leave less there is on the receipt. */
  const isLeftLess = ({ promotionId: id, combine: how }: Promotion, before: PromotionOutcome, after: PromotionOutcome): boolean => {
    const taken = ({ applied }: PromotionOutcome, line: string): number =>
      applied
        .filter(({ promotionId }) => promotionId !== id)
        .flatMap(({ shares }) => shares)
        .reduce((sum, { lineId, amountMinor }) => (lineId === line ? sum - amountMinor : sum), 0);
    const own = before.applied.find(({ promotionId }) => promotionId === id)?.shares ?? [];
    return how === 'compounding' && own.some(({ lineId }) => taken(after, lineId) > taken(before, lineId));
  };

  test('saves less only where a promotion that lost something is named, comes after one that takes more, or has come to another tier of its own', () => {
    let less = 0;
    fc.assert(
      fc.property(anyRules, pieces(7), piece, (rules, basket, more) => {
        const unit = { ...PROMOTION_POLICY_DEFAULTS, discountRounding: 'unit' as const };
        const lines = [...basket, more].map(lineOf);
        const before = price(rules, lines.slice(0, -1), unit);
        const after = price(rules, lines, unit);
        expect(before.isExact && after.isExact).toBe(true);
        if (-after.discountMinor >= -before.discountMinor) return;
        less += 1;
        const explained = explainPromotions(preparePromotions(rules), lines, { ...CONTEXT, policy: unit }, after);
        const notTaken = explained.flatMap((line) => line.notTaken);
        const takenBy = ({ applied }: PromotionOutcome, id: string): number =>
          applied.find(({ promotionId }) => promotionId === id)?.discountMinor ?? 0;
        const losers = rules.filter(({ promotionId }) => takenBy(after, promotionId) > takenBy(before, promotionId));
        const explanations = losers.filter(
          (rule) =>
            notTaken.some(({ promotionId, reason }) => promotionId === rule.promotionId && isNamed.has(reason)) ||
            isLeftLess(rule, before, after) ||
            tierOf(rule, [...basket, more]) !== tierOf(rule, basket),
        );
        expect(explanations.length, JSON.stringify({ before, after, notTaken })).toBeGreaterThan(0);
      }),
      { numRuns: runsOf(1_000), examples: [A_TOTAL_AFTER_A_SET] },
    );
    expect(less, 'it does happen').toBeGreaterThan(3);
  });
});

describe('whatever the rules and the basket', () => {
  test('shares sum to their discount, no line falls below 0, no limit and no budget is passed, nothing is a fraction', () => {
    fc.assert(
      fc.property(anyRules, anyLines, policy, (rules, lines, terms) => {
        const outcome = price(rules, lines, terms);
        const left = new Map(lines.map((line) => [line.lineId, line.amountMinor]));
        for (const { promotionId, discountMinor, shares, uses } of outcome.applied) {
          const { perBasket = Infinity, budgetMinor = Infinity } = rules.find((rule) => rule.promotionId === promotionId)?.limits ?? {};
          expect(shares.reduce((sum, share) => sum + share.amountMinor, 0)).toBe(discountMinor);
          expect(discountMinor).toBeLessThan(0);
          expect(uses).toBeLessThanOrEqual(perBasket);
          expect(-discountMinor).toBeLessThanOrEqual(budgetMinor);
          for (const { lineId, amountMinor, pieces: count } of shares) {
            expect(Number.isSafeInteger(amountMinor) && !Object.is(amountMinor, -0) && amountMinor <= 0).toBe(true);
            expect(count).toBeGreaterThan(0);
            left.set(lineId, (left.get(lineId) ?? 0) + amountMinor);
          }
        }
        for (const line of lines) {
          // What comes back keeps all of its amount, what is sold may cost nothing at least.
          const leastMinor = Math.min(line.amountMinor, 0);
          expect(left.get(line.lineId)).toBeGreaterThanOrEqual(leastMinor);
          expect(left.get(line.lineId)).toBeLessThanOrEqual(line.amountMinor);
        }
        expect(outcome.applied.reduce((sum, { discountMinor }) => sum + discountMinor, 0)).toBe(outcome.discountMinor);
      }),
      { numRuns: runsOf(500) },
    );
  });

  test('neither the order of the scans nor that of the rules matters: each item takes the same from each promotion', () => {
    const byItem = (outcome: PromotionOutcome, lines: readonly PromotionLine[]): ReadonlyMap<string, number> => {
      const taken = new Map<string, number>();
      for (const { promotionId, shares } of outcome.applied) {
        for (const { lineId, amountMinor } of shares) {
          const key = `${promotionId} ${lines.find((line) => line.lineId === lineId)?.sku}`;
          taken.set(key, (taken.get(key) ?? 0) + amountMinor);
        }
      }
      return new Map([...taken].sort(([left], [right]) => (left < right ? -1 : 1)));
    };
    fc.assert(
      fc.property(anyRules, anyLines, policy, fc.infiniteStream(fc.nat()), (rules, lines, terms, keys) => {
        const shuffled = lines
          .map((line) => ({ line, key: keys.next().value ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ line }, index) => ({ ...line, lineId: String(index + 1) }));
        expect(byItem(price(rules.toReversed(), shuffled, terms), shuffled)).toEqual(byItem(price(rules, lines, terms), lines));
      }),
      { numRuns: runsOf(300) },
    );
  });

  test('what was remembered of one basket shows in no other: each is priced as with rules that were never asked', () => {
    fc.assert(
      fc.property(anyRules, fc.array(fc.tuple(anyLines, policy), { minLength: 2, maxLength: 4 }), (rules, baskets) => {
        const used = preparePromotions(rules);
        for (const [lines, terms] of baskets) {
          const context = { ...CONTEXT, policy: terms };
          expect(pricePromotions(used, lines, context)).toEqual(pricePromotions(preparePromotions(rules), lines, context));
        }
      }),
      { numRuns: runsOf(200) },
    );
  });
});
