/**
 * Balances of gift cards, vouchers, store credit, deposits and customers' accounts. A balance is the sum of its movements, which stand in
 * ledger entries: lines that add to it, tenders that are taken from it, payouts and corrections. So it is the same in whatever order
 * entries arrive, and each entry counts once wherever entries count once.
 *
 * A movement is a fact: one that takes a balance below zero is booked and shown (`isOverdrawn`), never refused.
 */
import { assert, ok, type Result } from '@holdfast/base';

import { accountOf, type Nature } from '../catalog/nature.ts';
import { readFields } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { roundCash, type CashRounding } from '../money/cash-rounding.ts';
import { addMinor, currencyOf, isAmountInRange, MAX_AMOUNT_MINOR } from '../money/money.ts';
import { pointsOfSale } from '../returns/return-points.ts';
import { readSaleColumns } from '../sale/read-sale.ts';
import type { Sale } from '../sale/sale.ts';
import { ACCOUNT_KINDS, type AccountKind } from '../tender/tender-type.ts';
import { isReference, MAX_REFERENCE_LENGTH } from '../tender/tender.ts';

/** Whose balance it is: a card's, a voucher's, a customer's. One reference may have a balance in each currency. */
export interface AccountName {
  readonly account: AccountKind;
  readonly reference: string;
  readonly currency: string;
}

export interface AccountMovement extends AccountName {
  /** Above 0: more is on it. */
  readonly amountMinor: number;
}

/** Money paid out of the drawer for what was left on a card. `roundingMinor` as in a sale: amount + rounding = what was paid. */
export interface AccountPayout extends LedgerHeader, AccountName {
  /** Taken from the balance; above 0. */
  readonly amountMinor: number;
  readonly paidMinor: number;
}

/** A movement without money: an expiry, a goodwill, a correction. */
export interface AccountAdjustment extends LedgerHeader, AccountMovement {
  readonly reason: string;
}

/** What points are counted in: they have no decimals, and are the same in every currency. */
export const POINTS = 'points';

const KEY_SEPARATOR = '\u001F';

export const accountKey = ({ account, currency, reference }: AccountName): string => [account, currency, reference].join(KEY_SEPARATOR);

/** Accounts of customers who buy now and pay later go below zero by what they are for, down to their limit where they have one. */
export const isOverdrawn = (account: AccountKind, balanceMinor: number, limitMinor?: number): boolean =>
  account === 'onAccount' ? limitMinor !== undefined && balanceMinor < -limitMinor : balanceMinor < 0;

/** Adds movements to balances by `accountKey`, in place; in any order the sums are the same. */
export function foldBalances(balances: Map<string, number>, movements: Iterable<AccountMovement>): void {
  for (const movement of movements) {
    const key = accountKey(movement);
    balances.set(key, addMinor(balances.get(key) ?? 0, movement.amountMinor));
  }
}

/** The entry for cash that is paid out for a balance, as coins have it. */
export function payoutEntry(
  header: LedgerHeader,
  { account, reference, currency, amountMinor }: AccountMovement,
  rounding: CashRounding | undefined,
): LedgerEntry {
  assert(amountMinor > 0 && isAmountInRange(amountMinor), 'what is paid out was there');
  const paidMinor = 0 - roundCash(-amountMinor, rounding);
  return {
    kind: LEDGER_KINDS.accountPayout.kind,
    fields: { ...headerFields(header), account, reference, currency, amountMinor, paidMinor },
  };
}

/** The entry for a movement without money. */
export function adjustmentEntry(header: LedgerHeader, movement: AccountMovement, reason: string): LedgerEntry {
  const { account, reference, currency, amountMinor } = movement;
  assert(amountMinor !== 0 && isAmountInRange(amountMinor), 'a movement moves something');
  return {
    kind: LEDGER_KINDS.accountAdjustment.kind,
    fields: { ...headerFields(header), account, reference, currency, amountMinor, reason },
  };
}

function readAccountName(read: ReturnType<typeof readFields>): AccountName {
  const [account, reference, currency] = [read.text('account'), read.text('reference'), read.text('currency')];
  if (!isReference(reference)) read.fail('reference', `at most ${MAX_REFERENCE_LENGTH} printable characters`, '');
  if (account === 'points' ? currency !== POINTS : currencyOf(currency) === undefined)
    read.fail('currency', 'a currency that this build knows', '');
  return {
    account: ACCOUNT_KINDS.find((kind) => kind === account) ?? read.fail('account', ACCOUNT_KINDS.join(' or '), 'giftCard'),
    reference,
    currency,
  };
}

export function readPayout(fields: LedgerEntry['fields']): Result<AccountPayout, MalformedEntry> {
  const read = readFields(fields);
  const payout = {
    ...readHeader(read),
    ...readAccountName(read),
    amountMinor: read.int('amountMinor', 1, MAX_AMOUNT_MINOR),
    paidMinor: read.int('paidMinor', 0, MAX_AMOUNT_MINOR),
  };
  return finished(read, payout);
}

export function readAdjustment(fields: LedgerEntry['fields']): Result<AccountAdjustment, MalformedEntry> {
  const read = readFields(fields);
  const adjustment = {
    ...readHeader(read),
    ...readAccountName(read),
    amountMinor: read.int('amountMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
    reason: read.text('reason'),
  };
  return finished(read, adjustment);
}

/** What an entry moved; nothing for kinds that move nothing and for training. A sale whose sums disagree still took what it took. */
export function accountMovementsOf({ kind, fields }: LedgerEntry): Result<readonly AccountMovement[], MalformedEntry> {
  if (kind === LEDGER_KINDS.accountPayout.kind) {
    const payout = readPayout(fields);
    return payout.ok ? ok(moved(payout.value, -payout.value.amountMinor, payout.value.training)) : payout;
  }
  if (kind === LEDGER_KINDS.accountAdjustment.kind) {
    const adjustment = readAdjustment(fields);
    return adjustment.ok ? ok(moved(adjustment.value, adjustment.value.amountMinor, adjustment.value.training)) : adjustment;
  }
  if (kind !== LEDGER_KINDS.sale.kind) return ok([]);
  const sale = readSaleColumns(fields);
  return sale.ok ? ok(movementsOfSale(sale.value)) : sale;
}

/** What lines take off gift cards, card by card: of those that come back, less what is put on the same card beside them. Above 0. */
export function cardsBackOf(
  lines: readonly { readonly nature?: Nature; readonly natureReference?: string; readonly amountMinor: number }[],
  currency: string,
): readonly AccountMovement[] {
  const takenByCard = new Map<string, number>();
  for (const { nature, natureReference, amountMinor } of lines) {
    if (nature !== 'giftCard' || natureReference === undefined) continue;
    takenByCard.set(natureReference, addMinor(takenByCard.get(natureReference) ?? 0, 0 - amountMinor));
  }
  return [...takenByCard].flatMap(([reference, amountMinor]) =>
    amountMinor > 0 ? [{ account: 'giftCard' as const, reference, currency, amountMinor }] : [],
  );
}

function moved({ account, reference, currency }: AccountName, amountMinor: number, training: boolean): readonly AccountMovement[] {
  return training ? [] : [{ account, reference, currency, amountMinor }];
}

/** Lines add what they cost, tenders take what they paid, and what a voucher forfeits with it. */
export function movementsOfSale(sale: Sale): readonly AccountMovement[] {
  const { training, currency, lines, tenders } = sale;
  if (training) return [];
  const added = lines.flatMap(({ nature, natureReference: reference, amountMinor }): AccountMovement[] => {
    const account = nature === undefined ? undefined : accountOf(nature);
    return account === undefined || reference === undefined ? [] : [{ account, reference, currency, amountMinor }];
  });
  const taken = tenders.flatMap(({ account, reference, amountMinor, forfeitedMinor = 0, points }): AccountMovement[] => {
    if (account === undefined || reference === undefined) return [];
    if (points !== undefined) return [{ account, reference, currency: POINTS, amountMinor: 0 - points }];
    return [{ account, reference, currency, amountMinor: 0 - amountMinor - forfeitedMinor }];
  });
  return [...added, ...taken, ...pointMovements(sale)].filter(({ amountMinor }) => amountMinor !== 0);
}

/** Goods that come back take points from whoever earned them, not from whoever brings them. */
function pointMovements(sale: Sale): readonly AccountMovement[] {
  const { customer, pointsTaken = [] } = sale;
  const earned = customer === undefined ? [] : [{ customer, points: 0 - pointsOfSale(sale) }];
  return [...earned, ...pointsTaken]
    .filter((row) => isReference(row.customer))
    .map((row) => ({ account: 'points', reference: row.customer, currency: POINTS, amountMinor: 0 - row.points }));
}
