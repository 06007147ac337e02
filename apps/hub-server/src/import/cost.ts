/** What goods cost the store, in lists of goods and of prices. */
import { err, ok, type Result } from '@holdfast/base';
import { currencyOf } from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import type { Cells } from './columns.ts';
import { parsePrice, type Refusal, refuse } from './refusal.ts';

/** Header words. */
export const COST_WORDS = ['cost', 'unitcost', 'costprice', 'purchaseprice'] as const;

export interface RowCost {
  readonly amount: number;
  readonly decimals: number;
  readonly currency: string;
}

/** Of one piece, kilogram, litre or metre, in the row's currency; what an empty cell comes to is never written. */
export function readCost(cell: Cells<'cost' | 'currency'>, defaults: { readonly currency: string }): Result<RowCost, Refusal> {
  const currencyText = (cell('currency') || defaults.currency).toUpperCase();
  if (cell('cost') === '') return ok({ amount: 0, decimals: 0, currency: currencyText });
  const currency = currencyOf(currencyText);
  if (currency === undefined) return refuse('unknownCurrency', currencyText);
  const cost = parsePrice(cell('cost'), currency.minorDigits);
  return cost.ok ? ok({ ...cost.value, currency: currencyText }) : refuse('badCost', cell('cost'));
}

/** Of an item, by column. */
export const costFields = ({ amount, decimals, currency }: RowCost): Readonly<Record<string, FieldValue>> => ({
  '50': amount,
  '51': decimals,
  '52': currency,
});

/** Whoever does not see what goods cost leaves that column out. */
export const COST_NOT_SEEN = err({
  type: 'notAllowed',
  reason: 'The file says what goods cost, and you may not see that there (seeCost). Leave that column out',
});
