/**
 * How a return is paid out: of each sale that goods came from, to the tenders that paid for it; what no sale accounts for (goods
 * without a receipt, goods that an exchange had paid for) in cash, or as store credit where that is all that the store pays for it. Goods that
 * are bought in the same basket are paid for first.
 */
import { assert } from '@holdfast/base';

import { roundCash, type CashRounding } from './cash-rounding.ts';
import { addMinor } from './money.ts';
import type { ReturnOrigin } from './return-quote.ts';
import { refundTenders, STORE_CREDIT, type RefundTender } from './tender-refund.ts';
import { CASH } from './tender-type.ts';
import type { Tender } from './tender.ts';

export interface ReturnPayment {
  readonly tenders: readonly Tender[];
  /** Σ tenders − due: what coins cannot pay out; Σ tenders = due + rounding. */
  readonly roundingMinor: number;
}

/** Goods of one sale in a basket, and what they come to: above or equal to 0. */
export interface ReturnedGoods {
  readonly origin: ReturnOrigin;
  readonly refundMinor: number;
}

export interface PayReturnTerms {
  readonly cashRounding: CashRounding | undefined;
  /** How what no sale accounts for goes out. */
  readonly rest: 'cash' | 'storeCredit';
}

/** Pays out `dueMinor`, below 0, for goods that came back of these sales. */
export function payReturn(dueMinor: number, returned: readonly ReturnedGoods[], { cashRounding, rest }: PayReturnTerms): ReturnPayment {
  assert(dueMinor < 0, 'only what is owed is paid out');
  let leftMinor = -dueMinor;
  const tenders: Tender[] = [];
  for (const { origin, refundMinor } of returned) {
    const { totalMinor, refundedBeforeMinor, refundTo } = origin;
    const partMinor = Math.min(refundMinor, leftMinor, totalMinor - refundedBeforeMinor);
    const places = new Map(origin.tenders.map(({ tenderType }, index) => [tenderType, refundTo[index] ?? 'original']));
    const terms = { cashRounding, refundToOf: (tenderType: string) => places.get(tenderType) ?? 'original' };
    const paid = refundTenders(origin, refundedBeforeMinor, partMinor, terms);
    assert(paid.ok, 'no more is asked of a sale than is left of it');
    tenders.push(...paid.value.map((tender) => withAccount(tender, origin)));
    leftMinor -= partMinor;
  }
  if (leftMinor > 0 && rest === 'storeCredit') tenders.push({ tenderType: STORE_CREDIT, amountMinor: -leftMinor });
  else if (leftMinor > 0) tenders.push({ tenderType: CASH.tenderType, amountMinor: roundCash(-leftMinor, cashRounding) });
  const cashMinor = tenders.reduce(
    (sum, { tenderType, amountMinor }) => (tenderType === CASH.tenderType ? addMinor(sum, amountMinor) : sum),
    0,
  );
  const others = tenders.filter(({ tenderType }) => tenderType !== CASH.tenderType);
  // A refund that coins cannot pay at all is paid with nothing.
  const all = others.length > 0 && cashMinor === 0 ? others : [...others, { tenderType: CASH.tenderType, amountMinor: cashMinor }];
  return { tenders: all, roundingMinor: all.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), -dueMinor) };
}

/** What goes back to the very account that paid names it. */
function withAccount({ paidBy, ...tender }: RefundTender, origin: ReturnOrigin): Tender {
  const original = paidBy === undefined ? undefined : origin.tenders[paidBy];
  if (original?.tenderType !== tender.tenderType) return tender;
  const { reference, account } = original;
  return { ...tender, ...(reference !== undefined && { reference }), ...(account !== undefined && { account }) };
}
