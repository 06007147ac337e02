/**
 * What the domain takes for one more line: the basket's decision, its events, its totals and taxes; no disk and no window. Beside the least
 * that any basket does, adding its amounts up. And what a basket weighs.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import {
  applyBasketCommand,
  applyBasketEvents,
  basketTotals,
  openAgeCheckYears,
  openBasket,
  preparePromotions,
  type Basket,
  type PromotionTerms,
} from '@holdfast/domain';

import { countsOf } from './plan.ts';
import { hotGoods, PROMOTIONS } from './promotion-rules.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const SIZES = [100, 1_114] as const;
const WARM_UP = 1_000;

const OPENING = { basketId: 'bench', currency: 'EUR', taxInclusive: true, taxRounding: 'half-up', quantityAskAbove: 999 } as const;
const TAXES = [
  { taxClass: 'standard', name: 'VAT', rateBps: 1_900 },
  { taxClass: 'reduced', name: 'VAT', rateBps: 700 },
] as const;

const PROMOTED: PromotionTerms = {
  prepared: preparePromotions(PROMOTIONS),
  store: 'store-1',
  moment: { atMs: 1_000_000, weekday: 3, minuteOfDay: 600 },
  usesBy: () => new Map(),
  budgetUsedMinor: new Map(),
};

function addLine(basket: Basket, n: number, promotions?: PromotionTerms): Basket {
  const tax = TAXES[n % TAXES.length]!;
  const sku = `sku-${n}`;
  const command = {
    type: 'addItem' as const,
    cut: { hubEpoch: '00000000000000aa', lsn: 1 },
    item: { sku, name: `Item ${n}`, unit: 'piece' as const, taxClass: tax.taxClass, ...hotGoods(n) },
    price: {
      sku,
      type: 'regular' as const,
      scope: 'global',
      price: { amount: 100 + (n % 900), decimals: 2 },
      currency: 'EUR',
      priority: 0,
    },
    taxClass: tax,
  };
  const answer = applyBasketCommand(basket, command, promotions);
  if (!answer.ok) throw new Error(answer.error.type);
  const after = applyBasketEvents(basket, answer.value);
  basketTotals(after);
  openAgeCheckYears(after);
  return after;
}

function basketOf(lines: number): Basket {
  let basket = openBasket(OPENING);
  for (let n = 0; n < lines; n++) basket = addLine(basket, n);
  return basket;
}

function timesOf(basket: Basket, runs: number, work: (n: number) => unknown): readonly number[] {
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + runs; n++) {
    const start = performance.now();
    work(basket.rowCounter + n);
    times.push(performance.now() - start);
  }
  return times.slice(WARM_UP);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Of one basket among many. */
function bytesOf(lines: number): number {
  const before = heapBytes();
  const kept = Array.from({ length: 50 }, () => basketOf(lines));
  return (heapBytes() - before) / kept.length;
}

export const priceBasket: Bench = ({ quick }) => {
  const { runs } = countsOf('price-basket', quick);
  const figures = [];
  const targets = [];
  for (const lines of SIZES) {
    const basket = basketOf(lines);
    const amounts = basket.rows.map((row) => (row.kind === 'item' ? row.amountMinor : 0));
    const add = timesOf(basket, runs, (n) => addLine(basket, n));
    const sum = timesOf(basket, runs, () => amounts.reduce((total, amount) => total + amount, 0));
    figures.push(
      figure(`one more line on ${lines}, median`, median(add), 'ms'),
      figure(`adding ${lines} amounts up, median`, median(sum), 'ms'),
      figure(`a basket of ${lines} lines`, bytesOf(lines), 'bytes'),
    );
    const promoted = addLine(basket, lines, PROMOTED);
    if (basketTotals(promoted).savedMinor === 0) throw new Error('no promotion took anything off');
    const reprice = timesOf(promoted, lines === 100 ? runs : Math.floor(runs / 100), (n) => addLine(promoted, n, PROMOTED));
    figures.push(figure(`one more line on ${lines} with 1,000 promotions, median`, median(reprice), 'ms'));
    targets.push(atMost(`one more line on ${lines} with 1,000 promotions, p99`, percentile(reprice, 0.99), lines === 100 ? 2 : 30, 'ms'));
    targets.push(atMost(`one more line on ${lines}, p99`, percentile(add, 0.99), lines === 100 ? 2 : 30, 'ms'));
  }
  return Promise.resolve({
    name: 'price-basket',
    against: 'the sum of the same amounts in a plain array',
    setting: `baskets of ${SIZES.join(' and ')} lines in two tax classes, ${runs} times one more line: decided, applied, totalled; and again with 1,000 active promotions, 200 of them matching, 20 sets competing for every line, re-priced whole`,
    figures,
    targets,
  });
};
