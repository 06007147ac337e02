/**
 * Many prices moved by one rule: by a percentage, then to what shelves of the house end in. A price keeps its decimals where nothing says how it ends; an ending is one of the currency's own
 * minor units. What is above nothing stays above nothing.
 */
import { divideRoundHalfUp, isUnitPrice, scaleRounded, type UnitPrice } from '../money/money.ts';

export interface PriceStep {
  /** Hundredths of a percent: 500 is five percent more, -1000 ten percent less. */
  readonly percentBps: number;
  /** Its last digits in minor units: `9`, `99`, `95`, `0`; absent: as it comes. */
  readonly ending?: string | undefined;
}

export const MAX_STEP_BPS = 1_000_000;
export const isPriceStep = ({ percentBps, ending }: PriceStep): boolean =>
  Number.isSafeInteger(percentBps) &&
  percentBps > -10_000 &&
  percentBps <= MAX_STEP_BPS &&
  (ending === undefined || /^\d{1,3}$/.test(ending));

/** Half up at each of the two roundings; of two endings that are as near the dearer. Undefined where the answer is no price. */
export function stepPrice(price: UnitPrice, { percentBps, ending }: PriceStep, minorDigits: number): UnitPrice | undefined {
  if (price.amount === 0) return price;
  const decimals = Math.max(price.decimals, minorDigits);
  const moved = scaleRounded(price.amount * 10 ** (decimals - price.decimals), 10_000 + percentBps, 10_000, 'half-up');
  if (moved === undefined) return undefined;
  if (ending === undefined) return priceOf(Math.max(moved, 1), decimals);
  return priceOf(endingIn(divideRoundHalfUp(moved, 10 ** (decimals - minorDigits)), ending), minorDigits);
}

/** The nearest amount above nothing with these last digits. */
function endingIn(minor: number, ending: string): number {
  const step = 10 ** ending.length;
  const last = Number(ending);
  const nearest = divideRoundHalfUp(minor - last, step) * step + last;
  return Math.max(nearest, last === 0 ? step : last);
}

function priceOf(amount: number, decimals: number): UnitPrice | undefined {
  const price = { amount, decimals };
  return isUnitPrice(price) ? price : undefined;
}
