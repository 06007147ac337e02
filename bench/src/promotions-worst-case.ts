/**
 * The re-price after one scan, with 1,000 active promotions of which 200 mean something in the basket and 20 sets compete for
 * every line of it; beside the same call with rules that mean nothing there.
 */
import {
  preparePromotions,
  pricePromotions,
  type PreparedPromotions,
  type Promotion,
  type PromotionContext,
  type PromotionLine,
  type PromotionOutcome,
} from '@holdfast/domain';

import { atMost, figure, median, percentile, type Bench } from './report.ts';

const ACTIVE = 1_000;
const MATCHING = 200;
const COMPETING = 20;
const ITEMS = 2_000;
const BRANDS = 90;
const WARM_UP = 1_000;

const CONTEXT: PromotionContext = {
  currency: 'EUR',
  atMs: 1_000_000,
  weekday: 3,
  minuteOfDay: 600,
  store: 'store-1',
  customerGroups: [],
  coupons: [],
  usesByCustomer: new Map(),
  budgetUsedMinor: new Map(),
};

type Terms = Pick<Promotion, 'combine' | 'offer'>;

/** Sets of two to six pieces of the one category that all lines are in. */
function competing(index: number): Terms {
  const pieces = 2 + (index % 5);
  const goods = { categories: ['hot'] };
  const off = [
    { type: 'percent' as const, bps: 1_000 + index * 50 },
    { type: 'percent' as const, bps: 5_000 + index * 100 },
    { type: 'amount' as const, amountMinor: 100 * pieces + index * 7 },
    { type: 'price' as const, priceMinor: 350 * pieces - index * 9 },
  ][index % 4]!;
  const on = index % 4 === 1 ? { cheapest: 1 } : ('all' as const);
  return { combine: index % 3 === 0 ? 'compounding' : 'best', offer: { type: 'set', sets: [{ slots: [{ goods, pieces }], off, on }] } };
}

function matching(index: number): Terms {
  const brand = `brand ${index % BRANDS}`;
  if (index % 2 === 0) {
    const goods = { brands: [brand], categories: ['hot'] };
    const off = { type: 'percent' as const, bps: 100 + index };
    return { combine: index % 4 === 0 ? 'compounding' : 'best', offer: { type: 'each', goods, tiers: [{ fromPieces: 1, off }] } };
  }
  const tiers = [{ fromMinor: 500, off: { type: 'percent' as const, bps: 100 + index } }];
  return { combine: 'compounding', offer: { type: 'total', goods: { brands: [brand] }, tiers } };
}

const elsewhere = (index: number): Terms => ({
  combine: 'best',
  offer: {
    type: 'each',
    goods: index % 2 === 0 ? { skus: [`other ${index}`, `other ${index + 1}`] } : { brands: [`other ${index}`] },
    tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }],
  },
});

function rules(count: number, of: (index: number) => Terms, from = 0): readonly Promotion[] {
  return Array.from({ length: count }, (_, index) => {
    const promotionId = `P${String(from + index).padStart(4, '0')}`;
    return { promotionId, version: '1', name: promotionId, priority: 0, when: {}, limits: {}, ...of(index) };
  });
}

const lineOf = (position: number, item: number): PromotionLine => ({
  lineId: String(position),
  sku: `item ${item}`,
  category: 'hot',
  brand: `brand ${item % BRANDS}`,
  quantity: { value: 1, unit: 'piece' },
  amountMinor: 99 + ((item * 7_919) % 1_900),
});

/** Milliseconds of each re-price of a basket of `size` lines, whose last scan is another item each time. */
function times(
  prepared: PreparedPromotions,
  size: number,
  runs: number,
): { readonly ms: readonly number[]; readonly last: PromotionOutcome } {
  const lines = Array.from({ length: size }, (_, position) => lineOf(position, (position * 37) % ITEMS));
  const ms: number[] = [];
  let last: PromotionOutcome | undefined;
  for (let run = 0; run < runs; run++) {
    const at = run % size;
    lines[at] = lineOf(at, (run * 101 + at) % ITEMS);
    const start = performance.now();
    const outcome = pricePromotions(prepared, lines, CONTEXT);
    ms.push(performance.now() - start);
    if (!outcome.ok) throw new Error(`the basket was refused: ${JSON.stringify(outcome.error)}`);
    last = outcome.value;
  }
  return { ms, last: last! };
}

export const promotionsWorstCase: Bench = async ({ quick, say }) => {
  const runs = quick ? 600 : 3_000;
  const largeRuns = quick ? 60 : 300;
  const all = [
    ...rules(COMPETING, competing),
    ...rules(MATCHING - COMPETING, matching, COMPETING),
    ...rules(ACTIVE - MATCHING, elsewhere, MATCHING),
  ];
  const start = performance.now();
  const prepared = preparePromotions(all);
  const prepareMs = performance.now() - start;
  const nothing = preparePromotions(rules(ACTIVE, elsewhere));
  times(prepared, 100, WARM_UP);
  times(nothing, 100, WARM_UP);
  say(`${runs} re-prices of 100 lines`);
  const small = times(prepared, 100, runs);
  const idle = times(nothing, 100, runs);
  say(`${largeRuns} re-prices of 1,114 lines`);
  const large = times(prepared, 1_114, largeRuns);
  if (small.last.applied.length < 2 || large.last.applied.length < 2) throw new Error('no promotions competed');
  return {
    name: 'promotions-worst-case',
    against: 'the same re-price of 100 lines with 1,000 promotions that mean nothing in the basket',
    setting: `${ACTIVE} active promotions, ${MATCHING} matching, ${COMPETING} sets competing for every line; ${runs} re-prices of 100 lines, ${largeRuns} of 1,114, one line another each time`,
    figures: [
      figure('preparing 1,000 promotions', prepareMs, 'ms'),
      figure('100 lines, median', median(small.ms), 'ms'),
      figure('100 lines, nothing matches, median', median(idle.ms), 'ms'),
      figure('1,114 lines, median', median(large.ms), 'ms'),
    ],
    targets: [
      atMost('100 lines, p99', percentile(small.ms, 0.99), 2, 'ms'),
      atMost('1,114 lines, p99', percentile(large.ms, 0.99), 30, 'ms'),
    ],
  };
};
