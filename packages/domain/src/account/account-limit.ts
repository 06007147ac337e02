/**
 * How much a customer may owe who buys now and pays later. The limit is the company's: what all stores' lanes sold on the account counts against it, so what is
 * left of it is scarce like a gift card's balance, and is spent by the same rules (`spending.ts`): asked, the hub decides; cut off, a lane spends the rights that it
 * was granted ahead. In another currency than the limit's nothing may be owed.
 */
import type { Basket } from '../basket/basket.ts';
import { currencyOf, isAmountInRange } from '../money/money.ts';
import type { TenderOffer } from '../tender/tender.ts';
import type { AccountName } from './account.ts';

export interface AccountLimit {
  /** 0 or more. */
  readonly amountMinor: number;
  readonly currency: string;
}

/** As a cell has it: `50000 EUR`. Undefined where it is none. */
export function readAccountLimit(text: string): AccountLimit | undefined {
  const [, digits = '', currency = ''] = /^(\d{1,15}) ([A-Z]{3})$/.exec(text) ?? [];
  const amountMinor = Number(digits);
  return digits === '' || currencyOf(currency) === undefined || !isAmountInRange(amountMinor) ? undefined : { amountMinor, currency };
}

export const accountLimitText = ({ amountMinor, currency }: AccountLimit): string => `${amountMinor} ${currency}`;

/** What may be owed in `currency`. */
export const limitMinorIn = (limit: AccountLimit, currency: string): number => (limit.currency === currency ? limit.amountMinor : 0);

/** The account that a tender is owed on where there is a limit to it; undefined where there is none, and of every other tender. */
export function limitedAccountOf({ customer, opening }: Basket, { tenderType, amountMinor }: TenderOffer): AccountName | undefined {
  const isOwed = tenderType.account === 'onAccount' && amountMinor > 0;
  if (!isOwed || customer?.accountLimitMinor === undefined) return undefined;
  return { account: 'onAccount', reference: customer.customerId, currency: opening.currency };
}
