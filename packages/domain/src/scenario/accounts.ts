/**
 * Balances in scenarios: what the hub holds, what this lane was told of it, and what the lane may spend. The hub's balance is what stood on it
 * when the scenario began, what other lanes did, and what this lane's ledger says as far as it was sent: it is sent as soon as the hub answers.
 */
import { assert, ok, type Result } from '@holdfast/base';

import { limitedAccountOf } from '../account/account-limit.ts';
import {
  accountKey,
  accountMovementsOf,
  adjustmentEntry,
  cardsBackOf,
  foldBalances,
  isOverdrawn,
  payoutEntry,
  POINTS,
  type AccountMovement,
  type AccountName,
} from '../account/account.ts';
import { cardBackRefusal, decideCashOut, decideSpending, standingMinor, type SpendingFacts } from '../account/spending.ts';
import type { Basket, BasketEvent } from '../basket/basket.ts';
import type { Nature } from '../catalog/nature.ts';
import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { leaveBeyondLimit, type Authority } from '../people/approval.ts';
import type { Refusal } from '../refusal.ts';
import { readSale } from '../sale/read-sale.ts';
import { addSale, noSums, type SaleSums } from '../sale/sale-sums.ts';
import { ACCOUNT_KINDS } from '../tender/tender-type.ts';
import type { TenderOffer } from '../tender/tender.ts';
import { spaced } from './cells.ts';
import type { Shop } from './shop.ts';

/** What balances ask of a lane. */
export interface AccountsLane {
  readonly shop: Shop;
  readonly atMs: number;
  readonly entries: LedgerEntry[];
  readonly shopper: { readonly basket: Basket };
  readonly accounts: LaneAccounts;
}

export interface LaneAccounts {
  hubAnswers: boolean;
  /** This lane stands on a second history. */
  isFrozen: boolean;
  /** What other lanes did, as the hub has it. */
  readonly elsewhere: AccountMovement[];
  /** By key: what the lane was told last, less what it did since. */
  readonly told: Map<string, number>;
  readonly spentOnFloor: Map<string, number>;
  /** Not yet spent, by key. */
  readonly rights: Map<string, { amountMinor: number; readonly expiresAtMs: number }>;
}

export const openAccounts = ({ accounts }: Shop): LaneAccounts => ({
  hubAnswers: true,
  isFrozen: false,
  elsewhere: [],
  told: new Map(),
  spentOnFloor: new Map(),
  rights: new Map(
    accounts
      .filter(({ rightsMinor }) => rightsMinor > 0)
      .map((opening) => [accountKey(opening), { amountMinor: opening.rightsMinor, expiresAtMs: opening.rightsUntilMs }]),
  ),
});

/** Balances as everybody has them once everything was sent, in the order in which they came up. */
function balancesOf(lane: AccountsLane): ReadonlyMap<string, number> {
  const balances = new Map<string, number>();
  foldBalances(balances, lane.shop.accounts);
  foldBalances(balances, lane.accounts.elsewhere);
  for (const entry of lane.entries) foldBalances(balances, movementsOf(entry));
  return balances;
}

function movementsOf(entry: LedgerEntry): readonly AccountMovement[] {
  const movements = accountMovementsOf(entry);
  assert(movements.ok, 'what a lane writes it can read');
  return movements.value;
}

/** What this lane did to a balance: of a customer's account it knows the limit, also where it was never told what is left. */
const ownMinor = ({ entries }: AccountsLane, key: string): number =>
  entries.flatMap(movementsOf).reduce((sum, movement) => (accountKey(movement) === key ? sum + movement.amountMinor : sum), 0);

function factsOf(lane: AccountsLane, name: AccountName, takenMinor: number): SpendingFacts {
  const { accounts, shop } = lane;
  const key = accountKey(name);
  const rights = accounts.rights.get(key);
  const limitMinor = name.account === 'onAccount' ? (lane.shopper.basket.customer?.accountLimitMinor ?? 0) : 0;
  const told =
    accounts.told.get(key) ?? (name.account === 'onAccount' ? limitMinor + ownMinor(lane, key) - (rights?.amountMinor ?? 0) : undefined);
  const availableMinor = limitMinor + (balancesOf(lane).get(key) ?? 0) - (rights?.amountMinor ?? 0) - takenMinor;
  if (accounts.hubAnswers) {
    accounts.told.set(key, availableMinor + takenMinor);
    accounts.spentOnFloor.delete(key);
  }
  return {
    nowMs: lane.atMs,
    ...(accounts.hubAnswers && { hub: { availableMinor } }),
    ...(rights !== undefined && { rights }),
    floorLimitMinor: shop.settings.offlineSpendingLimitMinor ?? 0,
    spentOnFloorMinor: (accounts.spentOnFloor.get(key) ?? 0) + (accounts.hubAnswers ? 0 : takenMinor),
    ...(told !== undefined && { lastKnownMinor: told - takenMinor }),
    isFrozen: accounts.isFrozen,
  };
}

/** The balance that a tender is taken from; undefined where it has none, or where whoever pays later has no limit. */
function spentFrom(basket: Basket, offer: TenderOffer): AccountName | undefined {
  const {
    tenderType: { account },
    reference,
    amountMinor,
  } = offer;
  if (account === 'onAccount') return limitedAccountOf(basket, offer);
  if (account === undefined || reference === undefined || amountMinor <= 0) return undefined;
  return { account, reference, currency: account === 'points' ? POINTS : basket.opening.currency };
}

/** What a tender does besides because of the balance that it is taken from; or why that does not cover it. */
export function coverTender(
  lane: AccountsLane,
  offer: TenderOffer,
  authority: Authority | undefined,
): Result<readonly BasketEvent[], Refusal> {
  const { basket } = lane.shopper;
  const name = spentFrom(basket, offer);
  if (name === undefined) return ok([]);
  const spending = decideSpending(offer.amountMinor, factsOf(lane, name, standingMinor(basket, name)));
  if (!spending.ok) {
    return name.account === 'onAccount' && authority !== undefined ? leaveBeyondLimit(basket, spending.error, authority) : spending;
  }
  const key = accountKey(name);
  const { byRightsMinor, byFloorMinor } = spending.value;
  const rights = lane.accounts.rights.get(key);
  if (rights !== undefined) rights.amountMinor -= byRightsMinor;
  if (byFloorMinor > 0) lane.accounts.spentOnFloor.set(key, (lane.accounts.spentOnFloor.get(key) ?? 0) + byFloorMinor);
  return ok([]);
}

/** Why gift cards among lines that come back are not paid out. `basket`: what it takes of them besides; absent where they come back in it. */
export function uncoveredCard(lane: AccountsLane, lines: Parameters<typeof cardsBackOf>[0], basket?: Basket): Refusal | undefined {
  return cardsBackOf(lines, lane.shop.settings.currency)
    .map((card) => cardBackRefusal(card.amountMinor, factsOf(lane, card, basket === undefined ? 0 : standingMinor(basket, card))))
    .find((refusal) => refusal !== undefined);
}

/** The lane knows what it did itself. */
export function noteMovements(lane: AccountsLane, entry: LedgerEntry): void {
  for (const movement of movementsOf(entry)) {
    const key = accountKey(movement);
    const told = lane.accounts.told.get(key);
    if (told !== undefined) lane.accounts.told.set(key, told + movement.amountMinor);
  }
}

export function cashOut(lane: AccountsLane, header: LedgerHeader, named: Pick<AccountName, 'account' | 'reference'>): Refusal | undefined {
  const { currency, cashOutBelowMinor = 0, cashRounding } = lane.shop.settings;
  const name = { ...named, currency };
  const amountMinor = decideCashOut(factsOf(lane, name, 0), cashOutBelowMinor);
  if (!amountMinor.ok) return amountMinor.error;
  write(lane, payoutEntry(header, { ...name, amountMinor: amountMinor.value }, cashRounding));
  return undefined;
}

export const adjust = (lane: AccountsLane, header: LedgerHeader, movement: AccountMovement, reason: string): void =>
  write(lane, adjustmentEntry(header, movement, reason));

function write(lane: AccountsLane, entry: LedgerEntry): void {
  lane.entries.push(entry);
  noteMovements(lane, entry);
}

interface Named extends Pick<AccountName, 'reference'> {
  readonly account: string;
  readonly amountMinor: number;
}

/** All balances that are not 0, or that the scenario set up; `isOverdrawnOnly`: those that a person should look at. */
export function balanceRows(lane: AccountsLane, isOverdrawnOnly = false): readonly Named[] {
  return [...balancesOf(lane)].flatMap(([key, amountMinor]) => {
    const [account = '', , reference = ''] = key.split('\u001F');
    const kind = ACCOUNT_KINDS.find((name) => name === account);
    assert(kind !== undefined, 'a key begins with its kind');
    return isOverdrawnOnly && !isOverdrawn(kind, amountMinor) ? [] : [{ account: spaced(account), reference, amountMinor }];
  });
}

/** All sales of the lane so far. */
export function sumsOf(lane: AccountsLane): SaleSums {
  let sums = noSums(lane.shop.settings.currency);
  for (const { fields, kind } of lane.entries) {
    const sale = kind === LEDGER_KINDS.sale.kind ? readSale(fields) : undefined;
    if (sale?.ok === true) sums = addSale(sums, sale.value);
  }
  return sums;
}

export const liabilityRows = (lane: AccountsLane): readonly (readonly [Nature, number])[] => [...sumsOf(lane).liabilitiesMinor];
