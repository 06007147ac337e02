/**
 * How often promotions with a limit were used, and what of their budgets is gone: what headquarters summed up of all ledgers, and what this
 * lane used since. Its own uses are written down with each sale, because the next basket asks; once the sums hold them they are forgotten, so
 * that nothing counts twice. Of other lanes' sales nobody here knows before headquarters tells.
 */
import {
  promotionReference,
  promotionUsesOf,
  worstOverspend,
  type BasketCustomer,
  type ExplainedLine,
  type PreparedPromotions,
  type Promotion,
  type PromotedSale,
  type PromotionStanding,
  type PromotionTerms,
} from '@holdfast/domain';

import type { ExplanationView } from '../../shared/till-contract.ts';
import type { Connection } from '../database/connection.ts';

/** What a cut of the catalogue says of them. */
export interface ToldUses {
  /** Of promotions with a limit, all customers together. */
  readonly totals: ReadonlyMap<string, PromotionStanding>;
  usesBy(customerId: string): ReadonlyMap<string, number>;
  /** How far a ledger is in these sums; 0 where it is not in them. */
  countedTo(device: string, epoch: string): number;
}

export interface LedgerPlace {
  readonly epoch: string;
  readonly seq: number;
}

export type KnownUses = Pick<PromotionTerms, 'usesBy' | 'budgetUsedMinor'>;

export interface PromotionUse {
  /** Told and own together; `device` is this lane's. */
  known(told: ToldUses | undefined, device: string): KnownUses;
  /** Inside the transaction that wrote the sale at `place`. Only promotions with such a limit are written down. */
  fold(sale: Omit<PromotedSale, 'training'> & { readonly customerId?: string }, place: LedgerPlace, prepared: PreparedPromotions): void;
  /** Inside a transaction: what the sums hold by now is forgotten. */
  forget(told: ToldUses, device: string): void;
  /** After a transaction that was rolled back. */
  reload(): void;
}

interface OwnUse extends LedgerPlace {
  readonly promotionId: string;
  /** Empty: of nobody in particular. */
  readonly customerId: string;
  readonly uses: number;
  readonly usedMinor: number;
}

export function createPromotionUse(db: Connection): PromotionUse {
  const readAll = db.prepare<[], OwnUse>(
    `SELECT epoch, seq, promotion_id AS promotionId, customer_id AS customerId, uses, used_minor AS usedMinor FROM promotion_use_own`,
  );
  const add = db.prepare(
    'INSERT INTO promotion_use_own (epoch, seq, promotion_id, customer_id, uses, used_minor) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM promotion_use_own WHERE epoch = ? AND seq <= ?');
  let own = readAll.all();
  let last: { readonly told: ToldUses | undefined; readonly own: readonly OwnUse[]; readonly uses: KnownUses } | undefined;
  return {
    known(told, device) {
      if (last === undefined || last.told !== told || last.own !== own) last = { told, own, uses: sumUses(told, device, own) };
      return last.uses;
    },
    fold({ customerId = '', ...sale }, { epoch, seq }, prepared) {
      const limited = limitedOf(prepared);
      const uses = promotionUsesOf({ ...sale, training: false }).filter(({ promotionId }) => limited.has(promotionId));
      for (const { promotionId, uses: times, discountMinor } of uses) add.run(epoch, seq, promotionId, customerId, times, discountMinor);
      const added = uses.map(({ promotionId, uses: times, discountMinor }) => ({
        epoch,
        seq,
        promotionId,
        customerId,
        uses: times,
        usedMinor: discountMinor,
      }));
      if (added.length > 0) own = [...own, ...added];
    },
    forget(told, device) {
      const kept = own.filter((use) => !isCounted(use, told, device));
      if (kept.length === own.length) return;
      for (const epoch of new Set(own.map((use) => use.epoch))) if (epoch !== '') remove.run(epoch, told.countedTo(device, epoch));
      own = kept;
    },
    reload() {
      own = readAll.all();
    },
  };
}

/** What is of no known sale is in nobody's sums. */
const isCounted = ({ epoch, seq }: LedgerPlace, told: ToldUses, device: string): boolean =>
  epoch !== '' && seq <= told.countedTo(device, epoch);

function sumUses(told: ToldUses | undefined, device: string, own: readonly OwnUse[]): KnownUses {
  const budgetUsedMinor = new Map<string, number>();
  for (const [promotionId, { usedMinor }] of told?.totals ?? []) budgetUsedMinor.set(promotionId, usedMinor);
  const ownByCustomer = new Map<string, OwnUse[]>();
  for (const use of own) {
    if (told !== undefined && isCounted(use, told, device)) continue;
    budgetUsedMinor.set(use.promotionId, (budgetUsedMinor.get(use.promotionId) ?? 0) + use.usedMinor);
    ownByCustomer.set(use.customerId, [...(ownByCustomer.get(use.customerId) ?? []), use]);
  }
  return {
    budgetUsedMinor,
    usesBy(customerId) {
      const uses = new Map(told?.usesBy(customerId));
      for (const use of ownByCustomer.get(customerId) ?? []) uses.set(use.promotionId, (uses.get(use.promotionId) ?? 0) + use.uses);
      return uses;
    },
  };
}

const LIMITED = new WeakMap<PreparedPromotions, ReadonlyMap<string, Promotion>>();

/** Promotions whose limits reach beyond one basket, by their ids. */
function limitedOf(prepared: PreparedPromotions): ReadonlyMap<string, Promotion> {
  let limited = LIMITED.get(prepared);
  if (limited === undefined) {
    const rules = prepared.promotions.map(({ rule }) => rule);
    limited = new Map(
      rules
        .filter(({ limits }) => limits.perCustomer !== undefined || limits.budgetMinor !== undefined)
        .map((rule) => [rule.promotionId, rule]),
    );
    LIMITED.set(prepared, limited);
  }
  return limited;
}

interface LimitFacts {
  readonly customer: BasketCustomer | null;
  readonly told: ToldUses | undefined;
}

/** Of the promotions that took something off a line, or might have: what of their limits is gone. */
export function toLimitViews(
  { discounts, notTaken }: ExplainedLine,
  { prepared, usesBy, budgetUsedMinor }: PromotionTerms,
  { customer, told }: LimitFacts,
): NonNullable<ExplanationView['limits']> {
  const limited = limitedOf(prepared);
  const taken = new Set(discounts.map(({ reference }) => reference));
  const missed = new Set(notTaken.map(({ promotionId }) => promotionId));
  const rules = [...limited.values()].filter((rule) => taken.has(promotionReference(rule)) || missed.has(rule.promotionId));
  return rules.map(({ promotionId, name, limits: { perCustomer, budgetMinor } }) => {
    const usedMinor = budgetUsedMinor.get(promotionId) ?? 0;
    const otherLanes = (told?.totals.get(promotionId)?.devices ?? 0) - 1;
    return {
      name,
      ...(perCustomer !== undefined &&
        customer !== null && { perCustomer: { limit: perCustomer, used: usesBy(customer.customerId).get(promotionId) ?? 0 } }),
      ...(budgetMinor !== undefined && {
        budget: { limitMinor: budgetMinor, usedMinor },
        ...(otherLanes > 0 && { otherLanes, worstOverspendMinor: worstOverspend(budgetMinor, usedMinor, otherLanes) }),
      }),
    };
  });
}
