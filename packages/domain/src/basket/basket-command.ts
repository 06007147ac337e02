/**
 * What a command would change: `applyBasketCommand` decides, and answers with events or with the refusal that says why nothing
 * changes. Pure: catalogue, prices, promotions and the moment come with the command.
 */
import { err, ok, type Result, unreachable } from '@holdfast/base';

import { printableCode } from '../barcode/barcode.ts';
import { amountOutOfRange, isAmountInRange } from '../money/money.ts';
import type { PromotionTerms } from '../promotions/repricing.ts';
import { isCertificate } from '../tax/exemption.ts';
import { taxAtMost } from '../tax/tax.ts';
import { addItem, exempted, findFollowed, overridePrice, returnFixed, setCustomer, setQuantity } from './basket-goods.ts';
import { payAllInCash, payBack, takeTender } from './basket-payment.ts';
import { orderOf, reducibleLines, withReductions } from './basket-reductions.ts';
import { isFixedReturn, setReturn, type SetReturn, withReturn } from './basket-return.ts';
import { describeLine, setService } from './basket-service.ts';
import {
  type Basket,
  type BasketCommand,
  basketEmpty,
  type BasketEvent,
  basketLines,
  type BasketRefusal,
  closedLines,
  findLine,
  isItemLine,
  linesWithDeposits,
  noSuchLine,
  openAgeCheckYears,
  type RefusedRow,
} from './basket.ts';
import { findDiscountRefusal, type ManualDiscount, type ManualOff } from './manual-discount.ts';

/**
 * What a command would change: its events, or the refusal that says why nothing changes. Refused commands leave no trace;
 * a scan that is to stay as a red row comes back as `addRefused`. `promotions` are those of the basket's cut; without them nothing is promoted.
 */
export function applyBasketCommand(
  basket: Basket,
  command: BasketCommand,
  promotions?: PromotionTerms,
): Result<readonly BasketEvent[], BasketRefusal> {
  const decided = decide(basket, command, promotions);
  return decided.ok ? ok(withReductions(basket, decided.value, promotions)) : decided;
}

function decide(
  basket: Basket,
  command: BasketCommand,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const expected = command.type === 'resume' ? 'suspended' : 'open';
  if (basket.state !== expected) return err({ type: 'noSuchBasket', detail: { basketId: basket.opening.basketId } });
  const tenders = basket.tenders.length;
  if (tenders > 0 && !KEEPS_DUE.has(command.type)) return err({ type: 'tendersOpen', detail: { tenders } });
  switch (command.type) {
    case 'addItem':
      return addItem(basket, command);
    case 'addRefused':
      return ok([{ type: 'rowAdded', row: refusedRow(basket, command) }]);
    case 'setQuantity':
      return setQuantity(basket, command);
    case 'overridePrice':
      return overridePrice(basket, command);
    case 'discount':
      return grantDiscount(basket, command);
    case 'removeDiscount':
      return basket.manualDiscounts.some(({ discountId }) => discountId === command.discountId)
        ? ok([{ type: 'discountRemoved', discountId: command.discountId }])
        : err({ type: 'noSuchDiscount', detail: { discountId: command.discountId } });
    case 'exempt':
      if (!isCertificate(command.certificate)) {
        return err({ type: 'badCertificate', detail: { certificate: printableCode(command.certificate) } });
      }
      return ok(exempted(basket, command.certificate));
    case 'clearExemption':
      return ok(exempted(basket, null));
    case 'approve': {
      const { approver, action, lineId, maximum, expiresAtMs } = command;
      const bound = {
        ...(lineId !== undefined && { lineId }),
        ...(maximum !== undefined && { maximum }),
        ...(expiresAtMs !== undefined && { expiresAtMs }),
      };
      const approvalId = String(basket.approvals.length + 1);
      return ok([{ type: 'approved', approval: { approvalId, approver: approver.user, action, ...bound, isUsed: false } }]);
    }
    case 'voidLine':
      return voidLine(basket, command.lineId);
    case 'confirmAge': {
      const years = openAgeCheckYears(basket);
      return ok(years === 0 ? [] : [{ type: 'ageConfirmed', years, method: command.method }]);
    }
    case 'clearRefused':
      return clearRefused(basket, command.lineId);
    case 'voidSale':
      return isUntouched(basket) ? basketEmpty(basket) : ok([{ type: 'voided' }]);
    case 'abort':
      return ok([{ type: 'aborted', reason: command.reason }]);
    case 'suspend':
      return basket.rows.some(isItemLine) ? ok([{ type: 'suspended' }]) : basketEmpty(basket);
    case 'resume': {
      const held = closedLines(basket, command.clock);
      return ok([{ type: 'resumed', ...(held.length > 0 && { held }) }]);
    }
    case 'payCash':
      return payAllInCash(basket, command.amountMinor, promotions);
    case 'tender':
      return takeTender(basket, command, promotions);
    case 'voidTender':
      return basket.tenders.some((tender) => tender.tenderId === command.tenderId)
        ? ok([{ type: 'tenderVoided', tenderId: command.tenderId }])
        : err({ type: 'noSuchTender', detail: { tenderId: command.tenderId } });
    case 'addCoupon':
      return basket.coupons.some(({ code }) => code === command.coupon.code)
        ? err({ type: 'couponTwice', detail: { code: command.coupon.code } })
        : ok([{ type: 'couponAdded', coupon: command.coupon }]);
    case 'removeCoupon':
      return basket.coupons.some(({ code }) => code === command.code)
        ? ok([{ type: 'couponRemoved', code: command.code }])
        : err({ type: 'noSuchCoupon', detail: { code: command.code } });
    case 'setCustomer':
      return setCustomer(basket, command.customer, command.certificate ?? null);
    case 'clearCustomer':
      return basket.customer === null ? ok([]) : setCustomer(basket, null, null);
    case 'setService':
      return setService(basket, command);
    case 'describeLine':
      return describeLine(basket, command);
    case 'setReceiptLanguage':
      return ok(basket.receiptLanguage === command.language ? [] : [{ type: 'receiptLanguageSet', language: command.language }]);
    case 'setReturn':
      return bringBack(basket, command);
    case 'refund':
      return payBack(basket);
    default:
      return unreachable(command, 'applyBasketCommand');
  }
}

/** What may be done while tenders stand. */
const KEEPS_DUE: ReadonlySet<BasketCommand['type']> = new Set([
  'addRefused',
  'clearRefused',
  'confirmAge',
  'approve',
  'abort',
  'payCash',
  'tender',
  'voidTender',
  'refund',
  'describeLine',
  'setReceiptLanguage',
]);

/** Nothing in it that would have to be given up. */
const isUntouched = ({ rows, coupons, customer }: Basket): boolean => rows.length === 0 && coupons.length === 0 && customer === null;

function refusedRow(basket: Basket, command: Extract<BasketCommand, { type: 'addRefused' }>): RefusedRow {
  const position = basket.rowCounter + 1;
  return {
    kind: 'refused',
    lineId: String(position),
    position,
    code: printableCode(command.code),
    name: command.name ?? '',
    refusal: command.refusal,
  };
}

function grantDiscount(
  basket: Basket,
  command: Extract<BasketCommand, { type: 'discount' }>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const { lineId, off, reason, approvedBy } = command;
  if (lineId !== undefined && findLine(basket, lineId) === undefined) return noSuchLine(lineId);
  const discount: ManualDiscount = {
    discountId: String(basket.discountCounter + 1),
    ...(lineId !== undefined && { lineId }),
    off: plainOff(off),
    reason,
    ...(approvedBy !== undefined && { approvedBy }),
  };
  const refusal = findDiscountRefusal(reducibleLines(basket), basket.manualDiscounts, discount, orderOf(basket));
  return refusal === undefined ? ok([{ type: 'discounted', discount }]) : err(refusal);
}

/** As JSON gives it back. */
const plainOff = (off: ManualOff): ManualOff =>
  off.type === 'percent' ? { type: 'percent', bps: off.bps } : { type: 'amount', amountMinor: off.amountMinor };

/** The line, and the deposits that came with it. */
function voidLine(basket: Basket, lineId: string): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, lineId);
  if (line === undefined) return noSuchLine(lineId);
  const follows = findFollowed(line);
  if (follows !== undefined) return err(follows);
  const { returnOf } = line;
  // What is taken back of a bundle depends on all that comes back of it: alone, neither the one nor the other goes.
  const isBound = basketLines(basket).some(
    (other) => isFixedReturn(other) && other.quantity.value === 0 && other.returnOf?.receiptNumber === returnOf?.receiptNumber,
  );
  if (isFixedReturn(line) && isBound) return returnFixed(lineId);
  return ok(linesWithDeposits(basket, line).map((gone) => ({ type: 'lineVoided', lineId: gone.lineId })));
}

function bringBack(basket: Basket, command: SetReturn): Result<readonly BasketEvent[], BasketRefusal> {
  const set = setReturn(basket, command);
  if (!set.ok) return set;
  if (set.value.lines.length === 0 && set.value.removedLineIds.length === 0) return ok([]);
  const turnoverMinor = basketLines(withReturn(basket, set.value)).reduce(
    (sum, line) => sum + Math.abs(line.amountMinor) + taxAtMost(line),
    0,
  );
  if (!isAmountInRange(turnoverMinor)) return err(amountOutOfRange());
  return ok(basket.cut === null ? [{ type: 'cutPinned', cut: command.cut }, set.value] : [set.value]);
}

function clearRefused(basket: Basket, lineId: string | undefined): Result<readonly BasketEvent[], BasketRefusal> {
  const lineIds = basket.rows
    .filter((row) => row.kind === 'refused' && (lineId === undefined || row.lineId === lineId))
    .map((row) => row.lineId);
  if (lineIds.length === 0) return lineId === undefined ? ok([]) : noSuchLine(lineId);
  return ok([{ type: 'refusedCleared', lineIds }]);
}
