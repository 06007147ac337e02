/**
 * Whether a lane may spend from a balance that is scarce: a gift card, a voucher, store credit. Rights rest with the hub. Asked, it decides by
 * the balance less what it has granted. Cut off, a lane spends the rights that it holds, and beyond them up to a floor limit, at its own
 * store's risk. Decisions are functions of known facts; nothing is asked here.
 *
 * With an answering hub no balance goes below zero. Cut off, the worst that can happen is one floor limit for each device and card:
 * cut-off devices × limit (`worstOverspendMinor`), which is shown where the limit is set.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { type Basket, basketLines } from '../basket/basket.ts';
import { addMinor } from '../money/money.ts';
import { type AccountName, cardsBackOf } from './account.ts';

/** An advance that the hub granted to this device, of which the acceptance is durable. */
export interface HeldRights {
  readonly amountMinor: number;
  /** From then on they are not spent; by the time that stores agree on. */
  readonly expiresAtMs: number;
}

export interface SpendingFacts {
  readonly nowMs: number;
  /** What the hub answered to this question: its balance, less all rights that it granted. Absent: it does not answer. */
  readonly hub?: { readonly availableMinor: number };
  /** Not yet spent. Absent: none. */
  readonly rights?: HeldRights;
  /** Of one card at one device, until the hub has answered again; 0: nothing is spent without rights. */
  readonly floorLimitMinor: number;
  /** What this device spent of it without rights since the hub answered last. */
  readonly spentOnFloorMinor: number;
  /** The last balance that this device was told, less what it has spent since; absent: never told. */
  readonly lastKnownMinor?: number;
  /** This device stands on a second history of itself: it sells on, and its rights rest until a person has looked. */
  readonly isFrozen: boolean;
}

/** What covers a spending; together the amounts are what was asked for. */
export interface Spending {
  readonly byHubMinor: number;
  readonly byRightsMinor: number;
  /** At the store's risk. */
  readonly byFloorMinor: number;
}

/** Why it is not spent: the balance is too small; cut off, this lane may not go that far; its rights rest. */
export type NotCovered = {
  readonly type: 'notCovered';
  readonly detail: {
    /** `cardBack`: a gift card that comes back holds less than it would be paid out for; `cardUnasked`: nobody says what it holds. */
    readonly reason: 'balance' | 'offlineLimit' | 'frozen' | 'cardBack' | 'cardUnasked';
    readonly amountMinor: number;
    /** As much as could be spent now. */
    readonly limitMinor: number;
  };
};

const notCovered = (reason: NotCovered['detail']['reason'], amountMinor: number, limitMinor: number): Result<never, NotCovered> =>
  err({ type: 'notCovered', detail: { reason, amountMinor, limitMinor: Math.max(limitMinor, 0) } });

/** `amountMinor` is above 0. */
export function decideSpending(amountMinor: number, facts: SpendingFacts): Result<Spending, NotCovered> {
  assert(Number.isSafeInteger(amountMinor) && amountMinor > 0, 'what is spent is above 0');
  const { hub, rights, floorLimitMinor, spentOnFloorMinor, lastKnownMinor, isFrozen, nowMs } = facts;
  assert(floorLimitMinor >= 0 && spentOnFloorMinor >= 0, 'limits and what was spent are amounts');
  if (isFrozen) return notCovered('frozen', amountMinor, 0);
  const rightsMinor = rights === undefined || nowMs >= rights.expiresAtMs ? 0 : Math.max(rights.amountMinor, 0);
  if (hub !== undefined) {
    const limitMinor = addMinor(rightsMinor, Math.max(hub.availableMinor, 0));
    if (amountMinor > limitMinor) return notCovered('balance', amountMinor, limitMinor);
    const byHubMinor = Math.min(amountMinor, Math.max(hub.availableMinor, 0));
    return ok({ byHubMinor, byRightsMinor: amountMinor - byHubMinor, byFloorMinor: 0 });
  }
  const floorMinor = Math.max(floorLimitMinor - spentOnFloorMinor, 0);
  // What this device knows to be gone it does not spend, whatever the limit. Rights are apart from the balance: they were taken from it.
  const riskMinor = lastKnownMinor === undefined ? floorMinor : Math.min(floorMinor, Math.max(lastKnownMinor, 0));
  const limitMinor = addMinor(rightsMinor, riskMinor);
  if (amountMinor > limitMinor) return notCovered(riskMinor < floorMinor ? 'balance' : 'offlineLimit', amountMinor, limitMinor);
  const byRightsMinor = Math.min(amountMinor, rightsMinor);
  return ok({ byHubMinor: 0, byRightsMinor, byFloorMinor: amountMinor - byRightsMinor });
}

/** What an open basket takes of a balance, which no ledger knows yet: its tenders from it, and a gift card that comes back. */
export function standingMinor(basket: Basket, { account, reference, currency }: AccountName): number {
  const tendered = basket.tenders.reduce(
    (sum, tender) => (tender.account === account && tender.reference === reference ? sum + (tender.points ?? tender.amountMinor) : sum),
    0,
  );
  const cards = account === 'giftCard' ? cardsBackOf(basketLines(basket), currency) : [];
  return tendered + (cards.find((card) => card.reference === reference)?.amountMinor ?? 0);
}

/** What one card can be overspent by while so many devices are cut off. */
export const worstOverspendMinor = (cutOffDevices: number, floorLimitMinor: number): number => {
  const worst = cutOffDevices * floorLimitMinor;
  assert(Number.isSafeInteger(worst) && cutOffDevices >= 0 && floorLimitMinor >= 0, 'devices and a limit');
  return worst;
};

/**
 * Why a gift card that comes back, whoever sold it, is not paid out for `amountMinor`: what was spent of it is gone, and money that left the drawer comes back from nobody. Only the hub's own
 * balance will do, as for what is left on a card.
 */
export function cardBackRefusal(amountMinor: number, { hub, isFrozen }: Pick<SpendingFacts, 'hub' | 'isFrozen'>): NotCovered | undefined {
  const refused = (reason: NotCovered['detail']['reason'], limitMinor: number): NotCovered => ({
    type: 'notCovered',
    detail: { reason, amountMinor, limitMinor: Math.max(limitMinor, 0) },
  });
  if (isFrozen) return refused('frozen', 0);
  if (hub === undefined) return refused('cardUnasked', 0);
  return amountMinor > hub.availableMinor ? refused('cardBack', hub.availableMinor) : undefined;
}

export type CashOutRefusal =
  | NotCovered
  | { readonly type: 'aboveCashOutLimit'; readonly detail: { readonly balanceMinor: number; readonly limitMinor: number } };

/**
 * What is left on a card as cash, all of it and only below a limit (a law in some places, such as California). Only the hub's own balance
 * will do: money that left the drawer comes back from nobody.
 */
export function decideCashOut(facts: Pick<SpendingFacts, 'hub' | 'isFrozen'>, cashOutBelowMinor: number): Result<number, CashOutRefusal> {
  const { hub, isFrozen } = facts;
  if (isFrozen) return notCovered('frozen', 0, 0);
  if (hub === undefined) return notCovered('offlineLimit', 0, 0);
  if (hub.availableMinor <= 0) return notCovered('balance', 0, 0);
  if (hub.availableMinor >= cashOutBelowMinor) {
    return err({ type: 'aboveCashOutLimit', detail: { balanceMinor: hub.availableMinor, limitMinor: cashOutBelowMinor } });
  }
  return ok(hub.availableMinor);
}
