/**
 * What a sale says of its customer and of the promotions that it used: what limits and tiers are told from. Uses are kept by device, so that what
 * one lane's ledger brought is known apart from the others'.
 */
import { earnedBySale, isPersonId, promotionUsesOf, type EarnedBySale, type Sale } from '@holdfast/domain';

import type { JsonFold } from '../ledger/folds.ts';
import { isPlainText } from '../plain-text.ts';

/** As long as a promotion's key may be. */
const MAX_PROMOTION_LENGTH = 400;

export interface UseOfSale {
  readonly promotionId: string;
  /** Empty: all together. */
  readonly customer: string;
  readonly uses: number;
  readonly discountMinor: number;
}

/** What is no id of anybody, or of no promotion, counts for nobody: an entry of a foreign hand must not stop the ledger. */
export function usesOfSale(sale: Sale | null): readonly UseOfSale[] {
  if (sale === null) return [];
  const { customer } = sale;
  const known = customer !== undefined && isPersonId(customer) ? [customer] : [];
  return promotionUsesOf(sale).flatMap(({ promotionId, uses, discountMinor }) =>
    promotionId !== '' && isPlainText(promotionId, MAX_PROMOTION_LENGTH)
      ? ['', ...known].map((each) => ({ promotionId, customer: each, uses, discountMinor }))
      : [],
  );
}

export const earnedOfSale = (sale: Sale | null): readonly EarnedBySale[] =>
  sale === null ? [] : earnedBySale(sale).filter(({ customer }) => isPersonId(customer));

export const promotionUseFold: JsonFold = {
  name: 'uses of promotions',
  rows: (arrivals) =>
    arrivals.flatMap(({ run, sale }) =>
      usesOfSale(sale).map(({ promotionId, customer, uses, discountMinor }) => ({
        t: run.tenantNo,
        p: promotionId,
        c: customer,
        d: run.device,
        u: uses,
        m: discountMinor,
      })),
    ),
  store: async (tx, json) => {
    await tx.execute(
      `INSERT INTO promotion_use AS held (tenant_no, promotion_id, customer, device, uses, discount_minor)
       SELECT x.t, x.p, x.c, x.d, sum(x.u), sum(x.m) FROM jsonb_to_recordset($1::jsonb) AS x (t integer, p text, c text, d text, u bigint, m bigint)
       GROUP BY x.t, x.p, x.c, x.d ORDER BY x.t, x.p COLLATE "C", x.c COLLATE "C", x.d COLLATE "C"
       ON CONFLICT (tenant_no, promotion_id, customer, device) DO UPDATE
         SET uses = held.uses + excluded.uses, discount_minor = held.discount_minor + excluded.discount_minor`,
      [json],
    );
  },
};

/** How far each epoch's main line is in these sums: its last entry that used a promotion. A second history counts, and vouches for nothing. */
export const usesCountedFold: JsonFold = {
  name: 'ledgers in the uses',
  rows: (arrivals) =>
    arrivals.flatMap(({ run, entry, branch, sale }) =>
      branch === '' && usesOfSale(sale).length > 0 ? [{ t: run.tenantNo, d: run.device, e: entry.id.epoch, q: entry.id.seq }] : [],
    ),
  store: async (tx, json) => {
    await tx.execute(
      `INSERT INTO uses_counted AS held (tenant_no, device, epoch, seq)
       SELECT x.t, x.d, x.e, max(x.q) FROM jsonb_to_recordset($1::jsonb) AS x (t integer, d text, e text, q bigint)
       GROUP BY x.t, x.d, x.e ORDER BY x.t, x.d COLLATE "C", x.e COLLATE "C"
       ON CONFLICT (tenant_no, device, epoch) DO UPDATE SET seq = greatest(held.seq, excluded.seq)`,
      [json],
    );
  },
};

export const pointsEarnedFold: JsonFold = {
  name: 'earned points',
  rows: (arrivals) =>
    arrivals.flatMap(({ run, sale }) =>
      earnedOfSale(sale).map(({ customer, businessDate, points }) => ({ t: run.tenantNo, c: customer, b: businessDate, p: points })),
    ),
  store: async (tx, json) => {
    await tx.execute(
      `INSERT INTO points_earned AS held (tenant_no, customer, business_date, points)
       SELECT x.t, x.c, x.b, sum(x.p) FROM jsonb_to_recordset($1::jsonb) AS x (t integer, c text, b text, p bigint)
       GROUP BY x.t, x.c, x.b ORDER BY x.t, x.c COLLATE "C", x.b COLLATE "C"
       ON CONFLICT (tenant_no, customer, business_date) DO UPDATE SET points = held.points + excluded.points`,
      [json],
    );
  },
};
