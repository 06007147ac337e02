/**
 * How often promotions with a limit were used at this lane, and what of their budgets is gone: folded in the transaction of each sale,
 * because the next basket asks. Sales of other lanes are not in it.
 */
import { promotionUsesOf, type Basket, type PreparedPromotions, type PromotionTerms, basketLines } from '@holdfast/domain';

import type { Connection } from './database/connection.ts';

export interface PromotionUse extends Pick<PromotionTerms, 'usesBy'> {
  budgetUsedMinor(): ReadonlyMap<string, number>;
  /** Inside the transaction of the sale. Only promotions with such a limit are counted. */
  fold(sold: Basket, prepared: PreparedPromotions): void;
}

export function createPromotionUse(db: Connection): PromotionUse {
  const usesBy = db.prepare<[string], [string, number]>('SELECT promotion_id, uses FROM promotion_use WHERE customer_id = ?').raw();
  const budgets = db.prepare<[], [string, number]>('SELECT promotion_id, used_minor FROM promotion_budget').raw();
  const addUses = db.prepare(
    `INSERT INTO promotion_use (customer_id, promotion_id, uses) VALUES (?, ?, ?)
     ON CONFLICT (customer_id, promotion_id) DO UPDATE SET uses = uses + excluded.uses`,
  );
  const addBudget = db.prepare(
    'INSERT INTO promotion_budget (promotion_id, used_minor) VALUES (?, ?) ON CONFLICT (promotion_id) DO UPDATE SET used_minor = used_minor + excluded.used_minor',
  );
  return {
    usesBy: (customerId) => new Map(usesBy.all(customerId)),
    budgetUsedMinor: () => new Map(budgets.all()),
    fold(sold, prepared) {
      const { promotions, customer } = sold;
      for (const { promotionId, uses, discountMinor } of promotionUsesOf({ training: false, promotions, lines: basketLines(sold) })) {
        const { limits } = prepared.rule(promotionId);
        if (limits.perCustomer !== undefined && customer !== null) addUses.run(customer.customerId, promotionId, uses);
        if (limits.budgetMinor !== undefined) addBudget.run(promotionId, discountMinor);
      }
    },
  };
}
