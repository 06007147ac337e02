/**
 * The re-price after one scan, with 1,000 active promotions of which 200 mean something in the basket and 20 sets compete for
 * every line of it; beside the same call with rules that mean nothing there.
 */
import {
  preparePromotions,
  pricePromotions,
  type PreparedPromotions,
  type PromotionContext,
  type PromotionLine,
  type PromotionOutcome,
} from '@holdfast/domain';

import { countsOf } from './plan.ts';
import { ACTIVE, COMPETING, hotGoods, MATCHING, PROMOTIONS, PROMOTIONS_ELSEWHERE } from './promotion-rules.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const ITEMS = 2_000;
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

const lineOf = (position: number, item: number): PromotionLine => ({
  lineId: String(position),
  sku: `item ${item}`,
  ...hotGoods(item),
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
  const { runs, largeRuns } = countsOf('promotions-worst-case', quick);
  const start = performance.now();
  const prepared = preparePromotions(PROMOTIONS);
  const prepareMs = performance.now() - start;
  const nothing = preparePromotions(PROMOTIONS_ELSEWHERE);
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
