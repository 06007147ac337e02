/**
 * What a ledger entry did in the terms of the permissions table, and whether its operator might: how a hub judges a fact. A fact happened, so
 * it is never refused for that; what went beyond an authority is an excess, which a person looks at. The principal is device plus user: `scopes`
 * are those of the device's store, the operator is the entry's.
 *
 * An entry holds amounts, not the percentages that were typed: a percentage is worked out from them in the operator's favour, a minor unit for each
 * reduction, so that rounding is no excess.
 */
import type { Cut } from '../basket/basket.ts';
import type { LineDiscount } from '../basket/line-discount.ts';
import { isOfLine } from '../basket/manual-discount.ts';
import { isDiscountable } from '../catalog/nature.ts';
import { readFields } from '../fields.ts';
import { addMinor, scaleRounded } from '../money/money.ts';
import { percentBelow } from '../people/approval.ts';
import { isAllowed, WITHOUT_MEASURE, type Action, type Grant } from '../people/permissions.ts';
import { readBasketRecord, readSale } from '../sale/read-sale.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { readSafeMovement } from '../shift/safe.ts';
import { readCashMovement, readShiftClose } from '../shift/shift.ts';
import { readStockCount } from '../stock/stock-count.ts';
import { readStockAdjustment } from '../stock/stock-movement.ts';
import type { Fields, LedgerEntry } from './ledger.ts';
import { LEDGER_KINDS } from './ledger.ts';

export interface Act {
  readonly action: Action;
  /** In the unit of the action's limit. */
  readonly amount: number;
  /** Of the entry's lines, counted from 1; absent: the whole. */
  readonly line?: number;
  /** Opaque; absent: nobody but the operator. */
  readonly approver?: string;
  /** What the approver allowed at most; absent: as much as they may. */
  readonly maximum?: number;
}

export interface EntryActs {
  readonly operator: string;
  /** By whose grants it is judged; undefined where the entry names no cut. */
  readonly cut: Cut | undefined;
  readonly acts: readonly Act[];
}

/** Grants and people as one cut shows them. */
export interface Policy {
  readonly grants: readonly Grant[];
  /** Undefined for somebody whom it does not know. */
  rolesOf(user: string): readonly string[] | undefined;
}

/** `operator`: nobody allowed it. `approver`: who approved it might not have. `unknown`: the policy knows no such operator. */
export type ExcessReason = 'operator' | 'approver' | 'unknown';

export interface Excess {
  readonly act: Act;
  readonly because: ExcessReason;
}

const ALL_BPS = 10_000;
const { sale, lineVoid, saleVoid, stockAdjustment, stockCount, tenderReversal, cashMovement, safeMovement, shiftClose } = LEDGER_KINDS;
const NOBODY = { operator: '', cut: undefined, acts: [] } satisfies EntryActs;

/** Training does nothing; what cannot be read did nothing that could be judged (it is set aside for that). */
export function actsOf({ kind, fields }: LedgerEntry): EntryActs {
  if (kind === sale.kind) return actsOfSaleEntry(fields);
  if (kind === stockCount.kind) return actsOfCount(fields);
  if (kind === lineVoid.kind || kind === saleVoid.kind) return actsOfVoid(kind, fields);
  if (kind === stockAdjustment.kind) {
    const read = readStockAdjustment(fields);
    if (!read.ok || read.value.training) return NOBODY;
    const amount = read.value.movements.reduce((most, { quantity }) => Math.max(most, Math.abs(quantity)), 0);
    return { operator: read.value.operator, cut: undefined, acts: [{ action: 'adjustStock', amount }] };
  }
  if (kind === cashMovement.kind || kind === safeMovement.kind) return actsOfCash(kind, fields);
  if (kind === shiftClose.kind) return actsOfClose(fields);
  if (kind !== tenderReversal.kind) return NOBODY;
  const read = readFields(fields);
  const [operator, isTraining, amountMinor] = [read.text('operator'), read.bool('training'), read.int('amountMinor')];
  return read.fault() !== undefined || isTraining
    ? NOBODY
    : { operator, cut: undefined, acts: [{ action: 'postVoid', amount: Math.abs(amountMinor) }] };
}

/** Money that goes out for no sale: out of a drawer, or to the bank. */
function actsOfCash(kind: number, fields: Fields): EntryActs {
  const action = kind === cashMovement.kind ? 'payOut' : 'bankDeposit';
  const movement = kind === cashMovement.kind ? readCashMovement(fields) : readSafeMovement(fields);
  const isAsked = movement.ok && (movement.value.act === 'paidOut' || movement.value.act === 'bankDeposit');
  if (!isAsked || fields['training'] === true) return NOBODY;
  const { amountMinor: amount, approvedBy } = movement.value;
  const operator = readFields(fields).text('operator');
  return { operator, cut: undefined, acts: [{ action, amount, ...(approvedBy !== undefined && { approver: approvedBy }) }] };
}

function actsOfClose(fields: Fields): EntryActs {
  const close = readShiftClose(fields);
  if (!close.ok || close.value.isAnothers !== true || close.value.header.training) return NOBODY;
  const { header, approvedBy } = close.value;
  const act: Act = { action: 'closeOtherShift', amount: 0, ...(approvedBy !== undefined && { approver: approvedBy }) };
  return { operator: header.operator, cut: undefined, acts: [act] };
}

function actsOfCount(fields: Fields): EntryActs {
  const read = readStockCount(fields);
  if (!read.ok || read.value.training) return NOBODY;
  const amount = read.value.lines.reduce((most, { quantity }) => Math.max(most, quantity), 0);
  return { operator: read.value.operator, cut: undefined, acts: [{ action: 'adjustStock', amount }] };
}

function actsOfSaleEntry(fields: Fields): EntryActs {
  const read = readSale(fields);
  return read.ok ? actsOfSale(read.value) : NOBODY;
}

export function actsOfSale(sold: Sale): EntryActs {
  const { operator, cut, training, totalMinor } = sold;
  if (training) return NOBODY;
  if (sold.postVoidOf !== undefined) {
    const inCash = actOfCashBack(sold);
    return { operator, cut, acts: [{ action: 'postVoid', amount: Math.abs(totalMinor) }, ...inCash] };
  }
  const acts: Act[] = sold.lines.flatMap((line, index) => actsOfLine(line, index + 1));
  const basketBps = percentOf(sold.lines, (discount) => !isOfLine(discount.reference));
  if (basketBps !== undefined) acts.push({ action: 'discountBasket', amount: basketBps });
  const loose = sold.lines.filter(isLoose);
  if (loose.length > 0) {
    const approver = loose.find(({ returnApprovedBy }) => returnApprovedBy !== undefined)?.returnApprovedBy;
    const amount = loose.reduce((sum, { amountMinor }) => addMinor(sum, -amountMinor), 0);
    acts.push({ action: 'returnWithoutReceipt', amount, ...(approver !== undefined && { approver }) });
  }
  if (sold.exemption !== undefined) acts.push({ action: 'exemptCustomer', amount: 0 });
  acts.push(...actsBeyondLimit(sold));
  return { operator, cut, acts: acts.map((act) => withApproval(act, sold)) };
}

/** Of a sale that is undone: cash in place of what a card had paid, as coins made it. */
function actOfCashBack(sold: Sale): readonly Act[] {
  const inPlace = sold.tenders.filter(({ inPlaceOf }) => inPlaceOf !== undefined);
  const amount = inPlace.reduce((sum, { amountMinor, tipMinor = 0 }) => addMinor(sum, Math.abs(addMinor(amountMinor, tipMinor))), 0);
  return inPlace.length === 0 ? [] : [withApproval({ action: 'clearCardCase', amount }, sold)];
}

/** By how much is not in the sale: what was allowed is judged. Whoever needed nobody's leave shows in the account, which is overdrawn. */
function actsBeyondLimit({ approvals = [], tenders }: Sale): readonly Act[] {
  const owedMinor = tenders.reduce((sum, { account, amountMinor }) => (account === 'onAccount' ? addMinor(sum, amountMinor) : sum), 0);
  return approvals.flatMap(({ action, maximum }): Act[] =>
    action === 'exceedAccountLimit' ? [{ action: 'exceedAccountLimit', amount: Math.min(maximum ?? owedMinor, owedMinor) }] : [],
  );
}

/** Goods that came back without a receipt. */
const isLoose = ({ amountMinor, nature, returnOf }: SaleLine): boolean => amountMinor < 0 && nature === undefined && returnOf === undefined;

function actsOfLine(line: SaleLine, number: number): readonly Act[] {
  if (line.returnOf !== undefined) return [];
  const acts: Act[] = [];
  const { unitPrice, cataloguePrice, approvedBy } = line;
  if (line.isUnlisted === true) {
    // What was brought back without a receipt is judged as that, as at the till.
    const amount = line.amountMinor;
    if (amount > 0) acts.push({ action: 'sellUnlisted', line: number, amount, ...(approvedBy !== undefined && { approver: approvedBy }) });
  } else if (line.priceType === 'override') {
    const amount = cataloguePrice === undefined ? WITHOUT_MEASURE : percentBelow(unitPrice, cataloguePrice);
    acts.push({ action: 'overridePrice', line: number, amount, ...(approvedBy !== undefined && { approver: approvedBy }) });
  }
  const lineBps = percentOf([line], (discount) => isOfLine(discount.reference));
  if (lineBps !== undefined) acts.push({ action: 'discountLine', line: number, amount: lineBps });
  return acts;
}

/** What people took off the lines together, in basis points of what they took it off; undefined where they took nothing. */
function percentOf(lines: readonly SaleLine[], counts: (discount: LineDiscount) => boolean): number | undefined {
  let [takenMinor, leftMinor, reductions] = [0, 0, 0];
  for (const line of lines) {
    const isReducible = line.amountMinor > 0 && line.returnOf === undefined && line.depositOf === undefined && isDiscountable(line);
    if (!isReducible) continue;
    leftMinor = addMinor(leftMinor, line.amountMinor);
    let isFirst = true;
    for (const discount of line.discounts ?? []) {
      // What promotions took before people did is not there to be taken.
      if (discount.kind !== 'manual') leftMinor = isFirst ? addMinor(leftMinor, discount.amountMinor) : leftMinor;
      else {
        isFirst = false;
        if (!counts(discount)) continue;
        takenMinor = addMinor(takenMinor, -discount.amountMinor);
        reductions += 1;
      }
    }
  }
  if (reductions === 0) return undefined;
  const inFavourMinor = Math.max(takenMinor - reductions, 0);
  return leftMinor <= 0 ? ALL_BPS : (scaleRounded(inFavourMinor, ALL_BPS, leftMinor, 'down') ?? ALL_BPS);
}

/** The approval that the sale holds for an act; where the line names its approver, theirs. */
function withApproval(act: Act, { approvals = [] }: Sale): Act {
  const found = approvals.find(
    ({ action, line, approver }) =>
      action === act.action && (line === undefined || line === act.line) && (act.approver === undefined || approver === act.approver),
  );
  if (found === undefined) return act;
  return { ...act, approver: found.approver, ...(found.maximum !== undefined && { maximum: found.maximum }) };
}

function actsOfVoid(kind: number, fields: Fields): EntryActs {
  const read = readBasketRecord(fields);
  if (!read.ok || read.value.training) return NOBODY;
  const { operator, cut, totalMinor, lines } = read.value;
  const approver = readFields(fields).optionalText('approvedBy');
  const isLine = kind === lineVoid.kind;
  const amount = isLine ? lines.reduce((sum, { amountMinor }) => addMinor(sum, Math.abs(amountMinor)), 0) : Math.abs(totalMinor);
  return {
    operator,
    cut,
    acts: [{ action: isLine ? 'voidLine' : 'voidSale', amount, ...(approver !== undefined && { approver }) }],
  };
}

/** What of it went beyond what operator and approver might at these places. */
export function excessesOf({ operator, acts }: EntryActs, policy: Policy, scopes: readonly string[]): readonly Excess[] {
  const may = (user: string, { action, amount }: Act): boolean =>
    isAllowed(policy.grants, { user, roles: policy.rolesOf(user) ?? [] }, { action, scopes, amount }).ok;
  return acts.flatMap((act): readonly Excess[] => {
    if (may(operator, act)) return [];
    if (act.approver === undefined) return [{ act, because: policy.rolesOf(operator) === undefined ? 'unknown' : 'operator' }];
    const isWithin = act.maximum === undefined || act.amount <= act.maximum;
    return isWithin && may(act.approver, act) ? [] : [{ act, because: 'approver' }];
  });
}
