/**
 * What the domain takes for one more line: the basket's decision, its events, its totals and taxes; no disk and no window. Beside the least
 * that any basket does, adding its amounts up. And what a basket weighs.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { applyBasketCommand, applyBasketEvents, basketTotals, openAgeCheckYears, openBasket, type Basket } from '@holdfast/domain';

import { atMost, figure, median, percentile, type Bench } from './report.ts';

const SIZES = [100, 1_114] as const;
const WARM_UP = 300;

const OPENING = { basketId: 'bench', currency: 'EUR', taxInclusive: true, taxRounding: 'half-up', quantityAskAbove: 999 } as const;
const TAXES = [
  { taxClass: 'standard', name: 'VAT', rateBps: 1_900 },
  { taxClass: 'reduced', name: 'VAT', rateBps: 700 },
] as const;

function addLine(basket: Basket, n: number): Basket {
  const tax = TAXES[n % TAXES.length]!;
  const sku = `sku-${n}`;
  const answer = applyBasketCommand(basket, {
    type: 'addItem',
    cut: { hubEpoch: '00000000000000aa', lsn: 1 },
    item: { sku, name: `Item ${n}`, unit: 'piece', taxClass: tax.taxClass },
    price: { sku, type: 'regular', scope: 'global', price: { amount: 100 + (n % 900), decimals: 2 }, currency: 'EUR', priority: 0 },
    taxClass: tax,
  });
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
  const runs = quick ? 2_000 : 20_000;
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
    targets.push(atMost(`one more line on ${lines}, p99`, percentile(add, 0.99), lines === 100 ? 2 : 30, 'ms'));
  }
  return Promise.resolve({
    name: 'price-basket',
    against: 'the sum of the same amounts in a plain array',
    setting: `baskets of ${SIZES.join(' and ')} lines in two tax classes, ${runs} times one more line: decided, applied, totalled`,
    figures,
    targets,
  });
};
