/**
 * How a return is paid out: of each sale that goods came from, to the tenders that paid for it; what no sale accounts for (goods
 * without a receipt, goods that an exchange had paid for) in cash, or as store credit where that is all that the store pays for it. Goods that
 * are bought in the same basket are paid for first.
 */
import { assert } from '@holdfast/base';

import { roundCash, type CashRounding } from '../money/cash-rounding.ts';
import { addMinor } from '../money/money.ts';
import { limitedRefunds, type LimitedRefund, type LimitedTender, type LineBack } from '../tender/limited-refund.ts';
import { refundTenders, STORE_CREDIT, type PaidSale, type RefundTender, type RefundTerms } from '../tender/tender-refund.ts';
import { CASH } from '../tender/tender-type.ts';
import type { Tender } from '../tender/tender.ts';
import type { ReturnOrigin } from './return-quote.ts';

export interface ReturnPayment {
  readonly tenders: readonly Tender[];
  /** Σ tenders − due: what coins cannot pay out; Σ tenders = due + rounding. */
  readonly roundingMinor: number;
}

/** Goods of one sale in a basket, and what they come to: above or equal to 0. */
export interface ReturnedGoods {
  readonly origin: ReturnOrigin;
  readonly refundMinor: number;
  /** Line by line, where tenders paid for some goods only. */
  readonly back?: readonly LineBack[];
}

export interface PayReturnTerms {
  readonly cashRounding: CashRounding | undefined;
  /** How what no sale accounts for goes out. */
  readonly rest: 'cash' | 'storeCredit';
}

/** Pays out `dueMinor`, below 0, for goods that came back of these sales. */
export function payReturn(dueMinor: number, returned: readonly ReturnedGoods[], { cashRounding, rest }: PayReturnTerms): ReturnPayment {
  assert(dueMinor < 0, 'only what is owed is paid out');
  const tenders: Tender[] = [];
  const rests = returned.map((goods) => {
    const limited = toLimitedTenders(goods);
    tenders.push(...limited);
    const backMinor = limited.reduce((sum, { amountMinor }) => addMinor(sum, -amountMinor), 0);
    return { origin: goods.origin, backMinor, restMinor: goods.refundMinor - backMinor };
  });
  // What is bought with these goods is not paid for by tenders that could not buy it.
  let leftMinor = rests.reduce((sum, { backMinor }) => sum - backMinor, -dueMinor);
  for (const { origin, backMinor, restMinor } of rests) {
    const { sale, refundedMinor, isAll } = withoutLimited(origin, backMinor);
    const partMinor = Math.max(0, Math.min(restMinor, leftMinor, sale.totalMinor - refundedMinor));
    const places = new Map(origin.tenders.map(({ tenderType }, index) => [tenderType, origin.refundTo[index] ?? 'original']));
    const terms = { cashRounding, refundToOf: (tenderType: string) => places.get(tenderType) ?? 'original' };
    const paid = refundTenders(sale, refundedMinor, partMinor, { ...terms, ...(isAll !== undefined && { isAll: isAll(partMinor) }) });
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

function limitedTender(origin: ReturnOrigin, { paidBy, amountMinor, shares }: LimitedRefund): Tender {
  const tenderType = origin.tenders[paidBy]?.tenderType ?? '';
  const paidFor = shares.map((share) => ({ ...share, amountMinor: 0 - share.amountMinor }));
  return { ...withAccount({ tenderType, amountMinor: 0 - amountMinor, paidBy }, origin), paidFor };
}

/** What of a sale goes back to tenders that paid for some goods only: their amounts are below 0, or 0 where they have merely paid for other lines by now. */
export const toLimitedTenders = ({ origin, refundMinor, back = [] }: ReturnedGoods): readonly Tender[] =>
  limitedRefunds(origin.limited ?? [], back, refundMinor).map((refund) => limitedTender(origin, refund));

interface OpenPart {
  readonly sale: PaidSale;
  readonly refundedMinor: number;
  /** Whether all of the whole sale came back, before and with this part. */
  readonly isAll?: (partMinor: number) => NonNullable<RefundTerms['isAll']>;
}

/** A sale, and its refunds, without what tenders paid and got back that may pay for some goods only; `backMinor` goes back to these now. */
function withoutLimited(
  { limited, totalMinor, tenders, changeMinor, refundedBeforeMinor, ...origin }: ReturnOrigin,
  backMinor: number,
): OpenPart {
  if (limited === undefined) return { sale: { totalMinor, tenders, changeMinor }, refundedMinor: refundedBeforeMinor };
  const sumOf = (amountOf: (tender: LimitedTender) => number): number =>
    limited.reduce((sum, tender) => addMinor(sum, amountOf(tender)), 0);
  const paidMinor = sumOf((tender) => tender.paidMinor);
  const beforeMinor = sumOf((tender) => tender.refundedMinor);
  const openMinor = Math.max(0, totalMinor - paidMinor);
  const refundedMinor = Math.max(0, Math.min(openMinor, refundedBeforeMinor - beforeMinor));
  const kept = tenders.map((tender, place) => {
    const { paidFor = [], amountMinor } = tender;
    const isLimited = origin.refundTo[place] === 'original';
    return isLimited ? { ...tender, amountMinor: paidFor.reduce((sum, share) => sum - share.amountMinor, amountMinor) } : tender;
  });
  return {
    sale: { totalMinor: openMinor, tenders: kept, changeMinor },
    refundedMinor,
    isAll: (partMinor) => ({
      before: refundedMinor === openMinor && beforeMinor === paidMinor,
      after: refundedMinor + partMinor === openMinor && beforeMinor + backMinor === paidMinor,
    }),
  };
}

/** What goes back to the very account or card that paid names it. */
function withAccount({ paidBy, ...tender }: RefundTender, origin: ReturnOrigin): Tender {
  const original = paidBy === undefined ? undefined : origin.tenders[paidBy];
  if (original?.tenderType !== tender.tenderType) return tender;
  const { reference, account, card } = original;
  const givesBack = card?.transactionId === undefined ? {} : { givesBack: { transactionId: card.transactionId, atMs: card.atMs } };
  return { ...tender, ...givesBack, ...(reference !== undefined && { reference }), ...(account !== undefined && { account }) };
}
