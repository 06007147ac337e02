/**
 * Approvals: somebody else allows what is beyond the operator's limit. An approval is bound to its basket: it names who approved, the action, the line (or
 * the whole), and up to what; it is used once, and stands in the sale. `applyPermittedCommand` is the basket's own engine behind the table of
 * permissions.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { NotCovered } from '../account/spending.ts';
import { applyBasketCommand } from '../basket/basket-command.ts';
import { applyBasketEvents } from '../basket/basket-event.ts';
import {
  basketLines,
  basketTotals,
  findLine,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  type BasketRefusal,
} from '../basket/basket.ts';
import { DEFAULT_MANUAL_DISCOUNT_ORDER, manualPercentBps } from '../basket/manual-discount.ts';
import { partsGone } from '../basket/parts-gone.ts';
import type { FieldReader } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { addMinor, divideBigRounded, type UnitPrice } from '../money/money.ts';
import type { PromotionTerms } from '../promotions/repricing.ts';
import {
  ACTION_NAMES,
  isAllowed,
  WITHOUT_MEASURE,
  type Action,
  type Approval,
  type Grant,
  type PermissionRefusal,
  type Principal,
} from './permissions.ts';

/** Who works at the till, and by which grants, at which place. */
export interface Authority {
  readonly operator: Principal;
  readonly grants: readonly Grant[];
  /** Of the store, broadest first. */
  readonly scopes: readonly string[];
  /** Store-agreed. Absent: no approval expires. */
  readonly atMs?: number;
}

/** `lineId` of what must be approved; empty for the whole basket. */
export type ApprovalRefusal =
  /** Nobody approves what they themselves are about to do. */
  | { readonly type: 'approverIsOperator'; readonly detail: { readonly action: Action } }
  | Exclude<PermissionRefusal, { readonly type: 'approvalNeeded' }>
  | {
      readonly type: 'approvalNeeded';
      readonly detail: Extract<PermissionRefusal, { readonly type: 'approvalNeeded' }>['detail'] & { readonly lineId: string };
    };

/** What a command does in the terms of the table; `amount` in the unit of the action's limit. */
export interface Wanted {
  readonly action: Action;
  readonly lineId?: string;
  readonly amount: number;
}

/** `applyBasketCommand` for an operator of limited authority: what nobody approved is refused and changes nothing. */
export function applyPermittedCommand(
  basket: Basket,
  command: BasketCommand,
  authority: Authority,
  promotions?: PromotionTerms,
): Result<readonly BasketEvent[], BasketRefusal | ApprovalRefusal> {
  const { operator, grants, scopes } = authority;
  const decided = decidedBy(operator, basket, command, promotions);
  if (!decided.ok) return decided;
  if (command.type === 'approve') {
    const { action, maximum, lineId, approver } = command;
    if (approver.user === operator.user) return err({ type: 'approverIsOperator', detail: { action } });
    const may = isAllowed(grants, approver, { action, scopes, amount: maximum ?? WITHOUT_MEASURE });
    return may.ok ? decided : err(withLine(may.error, lineId));
  }
  const wanted = wantedOf(basket, command, decided.value);
  if (wanted === undefined) return decided;
  const leave = leaveFor(basket, wanted, authority);
  if (!leave.ok || leave.value === undefined) return leave.ok ? decided : leave;
  const approved = applyBasketCommand(basket, namesApprover(command, wanted.action, leave.value.approver), promotions);
  return approved.ok ? ok([usedBy(leave.value), ...approved.value]) : approved;
}

/** The basket's approval that allows what its operator may not; undefined where they may. */
function leaveFor(basket: Basket, wanted: Wanted, authority: Authority): Result<Approval | undefined, ApprovalRefusal> {
  const { operator, grants, scopes, atMs = Number.MIN_SAFE_INTEGER } = authority;
  const { action, amount, lineId } = wanted;
  const may = isAllowed(grants, operator, { action, scopes, amount });
  if (may.ok) return ok(undefined);
  const approval = basket.approvals.find((held) => holdsFor(held, wanted, atMs));
  return approval === undefined ? err(withLine(may.error, lineId)) : ok(approval);
}

const usedBy = ({ approvalId }: Approval): BasketEvent => ({ type: 'approvalUsed', approvalId });

/** Leave for what no engine sees, such as what a balance says: the events that note an approval as used; none where nobody is needed. */
function takeLeave(basket: Basket, wanted: Wanted, authority: Authority): Result<readonly BasketEvent[], ApprovalRefusal> {
  const leave = leaveFor(basket, wanted, authority);
  if (!leave.ok) return leave;
  return ok(leave.value === undefined ? [] : [usedBy(leave.value)]);
}

/** Whether an approval that nothing has used yet is for this, and still holds. */
export const holdsFor = (held: Approval, { action, lineId, amount }: Wanted, atMs: number): boolean =>
  !held.isUsed &&
  held.action === action &&
  held.lineId === lineId &&
  (held.maximum === undefined || amount <= held.maximum) &&
  (held.expiresAtMs === undefined || atMs < held.expiresAtMs);

const withLine = (refusal: PermissionRefusal, lineId: string | undefined): ApprovalRefusal =>
  refusal.type === 'approvalNeeded' ? { type: 'approvalNeeded', detail: { ...refusal.detail, lineId: lineId ?? '' } } : refusal;

/** What the engine says. Where a store's policy wants a return without receipt approved, whoever may take it back answers for it. */
function decidedBy(
  operator: Principal,
  basket: Basket,
  command: BasketCommand,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const decided = applyBasketCommand(basket, command, promotions);
  const isAsked = !decided.ok && decided.error.type === 'returnWithoutReceipt' && decided.error.detail.because === 'approval';
  return isAsked ? applyBasketCommand(basket, namesApprover(command, 'returnWithoutReceipt', operator.user), promotions) : decided;
}

/** What is beyond the limit, or beyond what a lane may sell alone, is owed all the same where whoever may says so. */
export function leaveBeyondLimit(
  basket: Basket,
  uncovered: NotCovered,
  authority: Authority,
): Result<readonly BasketEvent[], ApprovalRefusal | NotCovered> {
  const { amountMinor, limitMinor } = uncovered.detail;
  const leave = takeLeave(basket, { action: 'exceedAccountLimit', amount: amountMinor - limitMinor }, authority);
  // Where nobody may, what is left is more to the point.
  return !leave.ok && leave.error.type === 'notAllowed' ? err(uncovered) : leave;
}

/** Where the basket keeps who approved: on a line, or on a discount. What gives goods up says so in its ledger entry. */
function namesApprover(command: BasketCommand, action: Action, approver: string): BasketCommand {
  if (action === 'voidLine') return command;
  if (command.type === 'addItem' && action === 'returnWithoutReceipt') return { ...command, returnApprovedBy: approver };
  return command.type === 'addItem' || command.type === 'overridePrice' || command.type === 'setQuantity' || command.type === 'discount'
    ? { ...command, approvedBy: approver }
    : command;
}

/** Who approved what these events did; undefined where nobody had to. */
export function approverOf(basket: Basket, events: readonly BasketEvent[]): string | undefined {
  const used = events.find((event) => event.type === 'approvalUsed');
  return used === undefined ? undefined : basket.approvals.find(({ approvalId }) => approvalId === used.approvalId)?.approver;
}

/** What a command needs leave for; `events` are what it would do. */
function wantedOf(basket: Basket, command: BasketCommand, events: readonly BasketEvent[]): Wanted | undefined {
  const { type } = command;
  if (type === 'voidSale') return { action: 'voidSale', amount: Math.abs(basketTotals(basket).totalMinor) };
  if (type === 'voidLine') {
    const line = findLine(basket, command.lineId);
    return line === undefined ? undefined : { action: 'voidLine', lineId: line.lineId, amount: Math.abs(line.amountMinor) };
  }
  if (type === 'exempt') return { action: 'exemptCustomer', amount: 0 };
  if (type !== 'addItem' && type !== 'setQuantity' && type !== 'overridePrice' && type !== 'discount') return undefined;
  // Every scan comes this way: what is sold at its own price needs no one's leave.
  const isSold =
    (type === 'addItem' && (command.quantity ?? 1) > 0 && command.override === undefined && command.unlistedPrice === undefined) ||
    (type === 'setQuantity' && isMoreOfTheSame(basket, command));
  if (isSold) return undefined;
  const after = applyBasketEvents(basket, events);
  if (type === 'discount') {
    const { lineId } = command;
    const order = after.opening.manualDiscountOrder ?? DEFAULT_MANUAL_DISCOUNT_ORDER;
    const amount = manualPercentBps(basketLines(after), after.manualDiscounts, lineId, order);
    return lineId === undefined ? { action: 'discountBasket', amount } : { action: 'discountLine', lineId, amount };
  }
  const line = after.currentLineId === null ? undefined : findLine(after, after.currentLineId);
  if (line === undefined) return undefined;
  const returnedMinor = returnedWithoutReceipt(after);
  if (returnedMinor > returnedWithoutReceipt(basket)) {
    return { action: 'returnWithoutReceipt', lineId: line.lineId, amount: returnedMinor };
  }
  const gone =
    type === 'setQuantity'
      ? partsGone(basket, after).find(({ lineId, quantity }) => lineId === command.lineId && quantity.value > 0)
      : undefined;
  if (gone !== undefined) return { action: 'voidLine', lineId: gone.lineId, amount: Math.abs(gone.amountMinor) };
  if (line.isUnlisted === true) return { action: 'sellUnlisted', lineId: line.lineId, amount: Math.abs(line.amountMinor) };
  const isOverride = type === 'overridePrice' || (type === 'addItem' && command.override !== undefined);
  return isOverride ? overrideOf(line) : undefined;
}

/** At a price that is not the cashier's own. */
function isMoreOfTheSame(basket: Basket, { lineId, quantity }: { readonly lineId: string; readonly quantity: number }): boolean {
  const line = findLine(basket, lineId);
  return quantity >= (line?.quantity.value ?? 0) && line?.isUnlisted !== true;
}

/** All goods that this basket takes back without a receipt, at their price. */
const returnedWithoutReceipt = (basket: Basket): number =>
  basketLines(basket).reduce(
    (sum, line) =>
      line.amountMinor < 0 && line.nature === undefined && line.returnOf === undefined ? addMinor(sum, -line.amountMinor) : sum,
    0,
  );

/** How far below the catalogue's price a line stands. */
function overrideOf({ lineId, unitPrice, cataloguePrice }: BasketLine): Wanted {
  const amount = cataloguePrice === undefined ? WITHOUT_MEASURE : percentBelow(unitPrice, cataloguePrice);
  return { action: 'overridePrice', lineId, amount };
}

/** In basis points, rounded up; 0 where it is no lower. */
export function percentBelow(price: UnitPrice, full: UnitPrice): number {
  const decimals = Math.max(price.decimals, full.decimals);
  const at = ({ amount, decimals: own }: UnitPrice): bigint => BigInt(amount) * 10n ** BigInt(decimals - own);
  const missing = at(full) - at(price);
  if (missing <= 0n) return 0;
  const whole = at(full);
  return divideBigRounded(missing * 10_000n, whole, 'up') ?? WITHOUT_MEASURE;
}

/** The approvals that a basket used, as its sale holds them; `lines` are those of the sale, counted from 1. */
export const approvalFields = (basket: Basket, lines: readonly BasketLine[]): readonly Fields[] =>
  basket.approvals
    .filter(({ isUsed }) => isUsed)
    .map(({ approver, action, lineId, maximum }) => {
      const line = lines.findIndex((each) => each.lineId === lineId) + 1;
      return { action, approver, ...(line > 0 && { line }), ...(maximum !== undefined && { maximum }) };
    });

/** An approval out of a sale's entry. */
export interface SaleApproval {
  readonly action: Action;
  readonly approver: string;
  /** Of the sale's lines, counted from 1; absent: the whole, or a line that was given up. */
  readonly line?: number;
  readonly maximum?: number;
}

export function readSaleApproval(row: FieldReader): SaleApproval {
  const name = row.text('action');
  const line = row.optionalInt('line', 1);
  const maximum = row.optionalInt('maximum', 0);
  return {
    action: ACTION_NAMES.find((known) => known === name) ?? row.fail('action', ACTION_NAMES.join(' or '), 'discountLine' as const),
    approver: row.text('approver'),
    ...(line !== undefined && { line }),
    ...(maximum !== undefined && { maximum }),
  };
}

/** Whether `approver` may give leave to `operator`. */
export function leaveRefusal(
  operator: Principal,
  approver: Principal,
  asked: {
    readonly action: Action;
    readonly grants: readonly Grant[];
    readonly scopes: readonly string[];
    readonly maximum?: number | undefined;
  },
): PermissionRefusal | Extract<ApprovalRefusal, { readonly type: 'approverIsOperator' }> | undefined {
  const { action, grants, scopes, maximum } = asked;
  if (approver.user === operator.user) return { type: 'approverIsOperator', detail: { action } };
  const may = isAllowed(grants, approver, { action, scopes, amount: maximum ?? WITHOUT_MEASURE });
  return may.ok ? undefined : may.error;
}
