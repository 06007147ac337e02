/**
 * The open sale. `applyBasketCommand` decides and answers with events; `applyBasketEvent` does what they say. Events are
 * small JSON facts that hold every amount they caused: replaying them over the same opening rebuilds the basket exactly,
 * with no price, no rounding and no setting looked at again.
 *
 * Invariants: all amounts are of one currency; the sum of the magnitudes of all lines, with tax, stays within
 * MAX_AMOUNT_MINOR, so that the total can always be paid, whichever lines are voided; rows keep their order and their position for good; a basket
 * reads one cut of the catalogue from its first line to its end; a closed basket never changes again; while a tender stands, no line changes, and what is due changes
 * by tenders alone (a benefit card takes the tax with it).
 */
import { assert, err, ok, unreachable, type Result } from '@holdfast/base';

import { printableCode } from './barcode.ts';
import { benefitTerms, isEligible, withUntaxed } from './basket-benefit.ts';
import {
  capRefusal,
  isFixedReturn,
  isPaidAsStoreCredit,
  returnedGoods,
  returnPayment,
  setReturn,
  withoutReceiptRefusal,
  withReturn,
  type BasketReturnRefusal,
  type ReturnSet,
  type SetReturn,
} from './basket-return.ts';
import type { UntaxedPart, UntaxedShare } from './benefit-tax.ts';
import { roundCash, type CashRounding } from './cash-rounding.ts';
import type { Item, PriceType, ScheduledPrice } from './catalog.ts';
import { depositQuantity, type DepositFollows, type DepositGoods, type DepositUnusable } from './deposit.ts';
import { DEFAULT_EXEMPT_PRICES, exemptLine, isCertificate, type ExemptableLine, type ExemptPrices } from './exemption.ts';
import type { BadPriceVerifier } from './in-store-code.ts';
import { claimedMinorOf, discountMinorOf, netMinorOf, type Claim, type LineDiscount, claimsOf, isReductionSound } from './line-discount.ts';
import {
  DEFAULT_MANUAL_DISCOUNT_ORDER,
  findDiscountRefusal,
  isOfLine,
  type DiscountRefusal,
  type ManualDiscount,
  type ManualDiscountOrder,
  type ManualOff,
} from './manual-discount.ts';
import {
  addMinor,
  amountOutOfRange,
  compareUnitPrices,
  currencyOf,
  isAmountInRange,
  isUnitPrice,
  lineAmountMinor,
  MAX_AMOUNT_MINOR,
  minorDigitsOf,
  quantityOfAmount,
  type AmountOutOfRange,
  type LineRounding,
  type UnitPrice,
} from './money.ts';
import { accountOf, OUTSIDE_TAX, paysOut, taxPointOf, type DepositTaxPoint, type Nature } from './nature.ts';
import type { Action, Approval, Principal } from './permissions.ts';
import { chooseAgain, isSameChoices, type PriceChoice } from './pricing.ts';
import {
  type BasketCoupon,
  type BasketCustomer,
  type BasketReward,
  type PromotableBasket,
  type PromotionMoment,
  type PromotionTerms,
  type Repricing,
  type UsedPromotion,
} from './promotions/repricing.ts';
import {
  isMeasured,
  isQuantityInRange,
  pricingStep,
  quantityOutOfRange,
  type Quantity,
  type QuantityOutOfRange,
  type Unit,
} from './quantity.ts';
import { reductionsOf, type ReducibleBasket } from './reductions.ts';
import type { Refusal } from './refusal.ts';
import { findRestriction, restrictionsOf, type RestrictionFacts, type RestrictionRefusal, type Restrictions } from './restrictions.ts';
import type { ReturnColumns, ReturnOf } from './return-line.ts';
import type { ReturnPayment } from './return-payment.ts';
import type { ReturnOrigin } from './return-quote.ts';
import { documentTaxes, type DocumentLine } from './return-taxes.ts';
import type { ReturnPolicy } from './return-terms.ts';
import { saleHoursAt } from './sale-hours.ts';
import { netOf, type BadTare } from './tare.ts';
import type { TaxClass } from './tax-rule.ts';
import { isSameTax, isTaxUsable, taxAtMost, type TaxAmount, type TaxedAmount, type TaxPolicy, type TaxRounding } from './tax.ts';
import { CASH, type EligibleItems, type TenderType } from './tender-type.ts';
import {
  acceptTender,
  isReference,
  payCash,
  settle,
  suggestedCashMinor,
  type OpenTender,
  type Tender,
  type TenderOffer,
  type TenderRefusal,
} from './tender.ts';

/** The catalogue version that a basket reads: the hub's epoch and the number of its last publication. */
export interface Cut {
  readonly hubEpoch: string;
  readonly lsn: number;
}

/** What a basket takes from the store's settings when it is opened. */
export interface BasketOpening {
  readonly basketId: string;
  readonly currency: string;
  readonly taxInclusive: boolean;
  readonly taxRounding: TaxRounding;
  /** Absent: `DEFAULT_TAX_POLICY`. */
  readonly taxPolicy?: TaxPolicy;
  /** Above so many pieces (kilograms, litres, metres) of one line a person is asked. */
  readonly quantityAskAbove: number;
  /** Absent: cash is exact. */
  readonly cashRounding?: CashRounding;
  /** Absent: `DEFAULT_DEPOSIT_TAX_POINT`. */
  readonly depositTaxPoint?: DepositTaxPoint;
  /** Absent: `DEFAULT_RETURN_POLICY`. */
  readonly returns?: ReturnPolicy;
  /** Absent: `DEFAULT_MANUAL_DISCOUNT_ORDER`. */
  readonly manualDiscountOrder?: ManualDiscountOrder;
  /** Absent: `DEFAULT_EXEMPT_PRICES`. */
  readonly exemptPrices?: ExemptPrices;
  /** Absent: `DEFAULT_LINE_ROUNDING`. */
  readonly lineRounding?: LineRounding;
}

/** `untaxed`: of a benefit card, what it pays of each line. */
export interface BasketTender extends OpenTender {
  readonly untaxed?: readonly UntaxedShare[];
}

/** How a completed sale was paid: Σ tenders + Σ claims − change = total + rounding. */
/** A line that may not be sold any more, and why. */
export interface HeldLine {
  readonly lineId: string;
  readonly refusal: RestrictionRefusal;
}

export interface BasketPayment {
  readonly tenders: readonly Tender[];
  readonly changeMinor: number;
  /** Absent where it is 0. */
  readonly roundingMinor?: number;
}

export interface BasketLine extends ExemptableLine, ReturnColumns, UntaxedPart {
  readonly kind: 'item';
  /** Unique in its basket: the text of its position. */
  readonly lineId: string;
  /** From the basket's row counter; the newest row is the highest, and none ever moves. */
  readonly position: number;
  readonly sku: string;
  readonly name: string;
  /** As scanned or typed. */
  readonly code?: string;
  readonly quantity: Quantity;
  readonly unitPrice: UnitPrice;
  readonly priceType: PriceType;
  /** Why the price was overridden. */
  readonly reason?: string;
  /** What the catalogue asks where the price was overridden; absent where it asked nothing. */
  readonly cataloguePrice?: UnitPrice;
  /** Who approved its price, or its return without a receipt; opaque. */
  readonly approvedBy?: string;
  /** `synthetic` where the price was made up for goods that came without one. */
  readonly priceSource?: string;
  /** Quantity × unit price; `netMinorOf` is what is left of it. */
  readonly amountMinor: number;
  /** Absent where nothing is taken off. */
  readonly discounts?: readonly LineDiscount[];
  /** What promotions look at beside the SKU. */
  readonly category?: string;
  readonly brand?: string;
  readonly collections?: readonly string[];
  readonly tax: TaxClass;
  readonly minimumAgeYears?: number;
  readonly serial?: string;
  readonly batch?: string;
  /** A free text in place of the item's name (a department key). */
  readonly text?: string;
  /** Of what is no goods. */
  readonly nature?: Nature;
  /** The card, deposit or account that it is about. */
  readonly natureReference?: string;
  /** What quantity and customer may make of its price, as it was when the line was added. Absent: nothing. */
  readonly choices?: readonly PriceChoice[];
  /** Taken off what the scale showed; the quantity is net. */
  readonly tare?: number;
  readonly restrictions?: Restrictions;
  /** Weighed, with an amount that its label says: the quantity was found from it. */
  readonly isLabelled?: true;
  /** A container deposit: no promotion touches it. */
  readonly isDeposit?: true;
  /** The line whose goods it is the deposit of; it follows that line. */
  readonly depositOf?: string;
}

/** Why something was not done, in the words of the till's contract. */
export type BasketRefusal =
  | AmountOutOfRange
  | QuantityOutOfRange
  | TenderRefusal
  | BasketReturnRefusal
  /** What comes back keeps what its sale says: it is set again, or taken off. */
  | { readonly type: 'returnFixed'; readonly detail: { readonly lineId: string } }
  | DiscountRefusal
  | { readonly type: 'badCertificate'; readonly detail: { readonly certificate: string } }
  | BadTare
  | BadPriceVerifier
  | RestrictionRefusal
  | DepositUnusable
  | DepositFollows
  /** What its label says is what is paid: its quantity is not for anyone to change. */
  | { readonly type: 'labelFixed'; readonly detail: { readonly sku: string; readonly name: string } }
  /** No price in the basket's currency; `offeredCurrency` names another one that was offered, or is empty. */
  | {
      readonly type: 'noPrice';
      readonly detail: { readonly sku: string; readonly name: string; readonly currency: string; readonly offeredCurrency: string };
    }
  /** The catalogue says 0: nobody gives goods away by a gap in the data. An override to 0 sells. */
  | { readonly type: 'notForSale'; readonly detail: { readonly sku: string; readonly name: string; readonly cataloguePrice: 0 } }
  | { readonly type: 'negativePrice'; readonly detail: { readonly sku: string; readonly name: string } }
  | { readonly type: 'quantityZero'; readonly detail: { readonly sku: string; readonly name: string } }
  | {
      readonly type: 'quantityAboveLimit';
      readonly detail: {
        readonly sku: string;
        readonly name: string;
        readonly quantity: number;
        readonly unit: Unit;
        readonly limit: number;
      };
    }
  | { readonly type: 'weightNeeded'; readonly detail: { readonly sku: string; readonly name: string; readonly unit: Unit } }
  | {
      readonly type: 'unitMismatch';
      readonly detail: { readonly sku: string; readonly name: string; readonly unit: Unit; readonly offered: Unit };
    }
  | { readonly type: 'unknownTaxClass'; readonly detail: { readonly sku: string; readonly name: string; readonly taxClass: string } }
  /** A line that adds to a balance says whose. */
  | { readonly type: 'referenceNeeded'; readonly detail: { readonly sku: string; readonly name: string } }
  /** Vouchers that are taken back here are worth more than what is sold: they never pay out. */
  | { readonly type: 'voucherAboveDue'; readonly detail: { readonly totalMinor: number } }
  | { readonly type: 'noSuchLine'; readonly detail: { readonly lineId: string } }
  | { readonly type: 'noSuchBasket'; readonly detail: { readonly basketId: string } }
  | { readonly type: 'basketEmpty'; readonly detail: { readonly basketId: string } }
  | { readonly type: 'refusedRowsOpen'; readonly detail: { readonly rows: number } }
  | { readonly type: 'ageCheckOpen'; readonly detail: { readonly minimumAgeYears: number } }
  | { readonly type: 'couponTwice'; readonly detail: { readonly code: string } }
  | { readonly type: 'noSuchCoupon'; readonly detail: { readonly code: string } }
  | { readonly type: 'noSuchTender'; readonly detail: { readonly tenderId: string } }
  /** What is due may not change, nor the basket be given up, before its tenders are given back. */
  | { readonly type: 'tendersOpen'; readonly detail: { readonly tenders: number } };

/** A scan that could not be sold: it stays, red, until it is cleared, so that no goods are bagged unnoticed. */
export interface RefusedRow {
  readonly kind: 'refused';
  readonly lineId: string;
  readonly position: number;
  /** Printable, at most 48 characters. */
  readonly code: string;
  /** Of the item, where the code belongs to one; empty otherwise. */
  readonly name: string;
  readonly refusal: Refusal;
}

export type BasketRow = BasketLine | RefusedRow;

export const BASKET_STATES = ['open', 'suspended', 'completed', 'voided', 'aborted'] as const;
export type BasketState = (typeof BASKET_STATES)[number];

export interface Basket {
  readonly opening: BasketOpening;
  readonly state: BasketState;
  /** Null until the first line, and again when the last line is gone. */
  readonly cut: Cut | null;
  /** In order of position. */
  readonly rows: readonly BasketRow[];
  /** Rows ever made; the next row's position is one more. */
  readonly rowCounter: number;
  /** The row that the last change touched. */
  readonly currentLineId: string | null;
  /** The shopper was seen to be at least this old; 0 before. It ends with the shopper: when the basket is empty again or was suspended. */
  readonly ageConfirmedYears: number;
  /** Taken so far, while they do not cover what is due. */
  readonly tenders: readonly BasketTender[];
  /** Tenders that ever stood here; the next one's id is one more. */
  readonly tenderCounter: number;
  /** Once completed. */
  readonly payment: BasketPayment | null;
  /** As they were granted; their shares stand beside each line. */
  readonly manualDiscounts: readonly ManualDiscount[];
  /** Ever granted; the next one's id is one more. */
  readonly discountCounter: number;
  /** In the order in which they were given, used or not. */
  readonly approvals: readonly Approval[];
  /** The certificate of a customer who owes no tax. */
  readonly exemption: string | null;
  readonly customer: BasketCustomer | null;
  /** In the order in which they were handed over. */
  readonly coupons: readonly BasketCoupon[];
  /** When its first line came, by which promotions are priced; null while there is none. */
  readonly promotedAt: PromotionMoment | null;
  /** What takes something off the lines, or gives a reward, as they stand. */
  readonly promotions: readonly UsedPromotion[];
  readonly rewards: readonly BasketReward[];
  /** The sales that goods came back from, as their receipts were named. */
  readonly returns: readonly ReturnOrigin[];
  /** Lines that may not be sold since the basket was taken up again: nothing is paid until they are voided. */
  readonly held: readonly HeldLine[];
}

export interface PriceOverride {
  readonly unitPrice: UnitPrice;
  readonly reason: string;
}

/** An item as the caller found it at the basket's cut (or, for the first line, at `cut`). */
export interface AddItem extends RestrictionFacts {
  readonly type: 'addItem';
  readonly cut: Cut;
  readonly item: Item;
  /** What `choosePrice` answered. */
  readonly price: ScheduledPrice | undefined;
  /** What `priceChoices` answered: where there are any, they go before `price`. */
  readonly choices?: readonly PriceChoice[];
  /** What `depositsOf` answered, as goods. */
  readonly deposits?: readonly DepositGoods[];
  /** What the label of these goods says they cost, all in all: of goods by the piece the price of one. */
  readonly label?: UnitPrice;
  /** Entered, in steps of the item's unit; goes before the item's own. */
  readonly tare?: number;
  readonly taxClass: TaxClass | undefined;
  /** What `exemptTaxAt` answered. */
  readonly exemptTax?: TaxClass;
  readonly code?: string;
  /** In steps of the item's unit; negative: a return without receipt. Absent: one piece; measured goods ask for it. */
  readonly quantity?: number;
  /** Where the caller knows it: refused unless it is the item's own. */
  readonly unit?: Unit;
  readonly override?: PriceOverride;
  readonly approvedBy?: string;
  readonly serial?: string;
  readonly batch?: string;
  readonly text?: string;
  /** Of what is no goods: the card, deposit or account that it is about. */
  readonly natureReference?: string;
  /** Of what is no goods: what the shopper pays for it, in minor units, in place of a price. */
  readonly faceMinor?: number;
  /** The person at the till has said yes to an unusually large quantity. */
  readonly confirmed?: boolean;
  /** Of goods that come back while nobody can look their sale up. */
  readonly unverifiedReturnOf?: Omit<ReturnOf, 'line'>;
  /** Who allowed goods to come back without a receipt. */
  readonly returnApprovedBy?: string;
}

export type BasketCommand =
  | AddItem
  | { readonly type: 'addRefused'; readonly code: string; readonly name?: string; readonly refusal: Refusal }
  /** Of a line with tare it is what the scale shows. */
  | ({
      readonly type: 'setQuantity';
      readonly lineId: string;
      readonly quantity: number;
      readonly confirmed?: boolean;
      readonly approvedBy?: string;
    } & RestrictionFacts)
  | { readonly type: 'overridePrice'; readonly lineId: string; readonly override: PriceOverride; readonly approvedBy?: string }
  /** Of one line, or (without one) of the whole basket. */
  | ({ readonly type: 'discount' } & Omit<ManualDiscount, 'discountId'>)
  | { readonly type: 'removeDiscount'; readonly discountId: string }
  | { readonly type: 'exempt'; readonly certificate: string }
  | { readonly type: 'clearExemption' }
  /** Whether this person may is judged by `applyPermittedCommand`. */
  | {
      readonly type: 'approve';
      readonly approver: Principal;
      readonly action: Action;
      readonly lineId?: string;
      readonly maximum?: number;
    }
  | { readonly type: 'voidLine'; readonly lineId: string }
  | { readonly type: 'confirmAge' }
  /** One refused row, or all of them. */
  | { readonly type: 'clearRefused'; readonly lineId?: string }
  | { readonly type: 'voidSale' }
  | { readonly type: 'abort'; readonly reason: string }
  | { readonly type: 'suspend' }
  /** What may not be sold by this clock is held: it may be voided, not paid. */
  | ({ readonly type: 'resume' } & Pick<RestrictionFacts, 'clock'>)
  /** All that is still due, in cash. */
  | { readonly type: 'payCash'; readonly amountMinor: number }
  /** One of several tenders, in any order; the one that covers the rest completes the sale. */
  | ({ readonly type: 'tender' } & TenderOffer)
  | { readonly type: 'voidTender'; readonly tenderId: string }
  | { readonly type: 'addCoupon'; readonly coupon: BasketCoupon }
  | { readonly type: 'removeCoupon'; readonly code: string }
  /** `certificate`: of an exemption that the customer has. */
  | { readonly type: 'setCustomer'; readonly customer: BasketCustomer; readonly certificate?: string }
  | { readonly type: 'clearCustomer' }
  | SetReturn
  /** All that is owed for goods that came back, to the tenders that paid for them. */
  | { readonly type: 'refund' };

export interface ChosenPrice {
  readonly unitPrice: UnitPrice;
  readonly priceType: PriceType;
  readonly priceSource?: string;
}

export type BasketEvent =
  | { readonly type: 'cutPinned'; readonly cut: Cut; readonly moment?: PromotionMoment }
  | { readonly type: 'couponAdded'; readonly coupon: BasketCoupon }
  | { readonly type: 'couponRemoved'; readonly code: string }
  /** Null: nobody in particular any more. */
  | { readonly type: 'customerSet'; readonly customer: BasketCustomer | null }
  | { readonly type: 'rowAdded'; readonly row: BasketRow }
  | {
      readonly type: 'quantityChanged';
      readonly lineId: string;
      readonly quantity: number;
      readonly amountMinor: number;
      readonly approvedBy?: string;
      /** Where another of the line's choices holds now. */
      readonly price?: ChosenPrice;
    }
  | {
      readonly type: 'priceOverridden';
      readonly lineId: string;
      readonly unitPrice: UnitPrice;
      readonly reason: string;
      readonly amountMinor: number;
      readonly cataloguePrice?: UnitPrice;
      readonly approvedBy?: string;
    }
  | { readonly type: 'discounted'; readonly discount: ManualDiscount }
  | { readonly type: 'discountRemoved'; readonly discountId: string }
  /** Null: not any more. */
  | { readonly type: 'exempted'; readonly certificate: string | null }
  | { readonly type: 'approved'; readonly approval: Approval }
  | { readonly type: 'approvalUsed'; readonly approvalId: string }
  | { readonly type: 'lineVoided'; readonly lineId: string }
  | ({ readonly type: 'repriced' } & Repricing)
  | ReturnSet
  | { readonly type: 'ageConfirmed'; readonly years: number }
  | { readonly type: 'refusedCleared'; readonly lineIds: readonly string[] }
  | { readonly type: 'voided' }
  | { readonly type: 'aborted'; readonly reason: string }
  | { readonly type: 'suspended' }
  | { readonly type: 'resumed'; readonly held?: readonly HeldLine[] }
  | { readonly type: 'tendered'; readonly tender: BasketTender }
  | { readonly type: 'tenderVoided'; readonly tenderId: string }
  /** `untaxed` by its last tender. */
  | ({ readonly type: 'paid'; readonly untaxed?: readonly UntaxedShare[] } & BasketPayment);

export interface BasketTotals {
  /** Pieces, and one per measured line; what comes back counts negative, and what comes along (deposits) not at all. */
  readonly itemCount: number;
  /** Σ nets: with tax where prices include it, without where they do not. */
  readonly subtotalMinor: number;
  /** What was taken off, whoever pays for it; above 0 where the shopper saves. */
  readonly savedMinor: number;
  /** What third parties pay of the total. */
  readonly claims: readonly Claim[];
  readonly taxInclusive: boolean;
  readonly taxes: readonly TaxAmount[];
  readonly totalMinor: number;
  /** Beside the total and outside its taxes: what was paid is total + rounding. Of an open basket, what its rounding adds however it is paid. */
  readonly roundingMinor: number;
  /** What is left to pay; negative where the store owes. */
  readonly dueMinor: number;
  /** The same where it is paid in cash. */
  readonly cashDueMinor: number;
  readonly suggestedCashMinor: readonly number[];
}

/** A new, empty basket. The currency must be one that `currencyOf` knows. */
export function openBasket(opening: BasketOpening): Basket {
  assert(currencyOf(opening.currency) !== undefined, `a basket's currency is known: ${opening.currency}`);
  return {
    opening,
    state: 'open',
    cut: null,
    rows: [],
    rowCounter: 0,
    currentLineId: null,
    ageConfirmedYears: 0,
    tenders: [],
    tenderCounter: 0,
    payment: null,
    manualDiscounts: [],
    discountCounter: 0,
    approvals: [],
    exemption: null,
    customer: null,
    coupons: [],
    promotedAt: null,
    promotions: [],
    rewards: [],
    returns: [],
    held: [],
  };
}

/** The basket that these events made of a new one. */
export function replayBasket(opening: BasketOpening, events: Iterable<BasketEvent>): Basket {
  let basket = openBasket(opening);
  for (const event of events) basket = applyBasketEvent(basket, event);
  return basket;
}

/** The basket after `events`, in their order. */
export function applyBasketEvents(basket: Basket, events: readonly BasketEvent[]): Basket {
  return events.reduce(applyBasketEvent, basket);
}

export const isItemLine = (row: BasketRow): row is BasketLine => row.kind === 'item';

/** The lines that are sold, in order; refused rows are not among them. */
export const basketLines = (basket: Basket): readonly BasketLine[] => basket.rows.filter(isItemLine);

/** An item's line by its id; undefined for a refused row too. */
export function findLine(basket: Basket, lineId: string): BasketLine | undefined {
  const row = basket.rows[indexOfRow(basket, lineId)];
  return row?.kind === 'item' ? row : undefined;
}

/** A line, and behind it the deposits that belong to it. */
export const linesWithDeposits = (basket: Basket, line: BasketLine): readonly BasketLine[] => [
  line,
  ...basketLines(basket).filter((row) => row.depositOf === line.lineId),
];

export const refusedRowCount = (basket: Basket): number =>
  basket.rows.reduce((count, row) => (row.kind === 'refused' ? count + 1 : count), 0);

/** Whether a line sells goods for which a minimum age was, or is to be, checked. What comes back asks nobody's age. */
export const asksAge = (line: BasketLine): boolean => line.minimumAgeYears !== undefined && line.quantity.value > 0;

/** Whether the age that a line asks for has been confirmed for this shopper. */
export const isAgeChecked = (basket: Basket, line: BasketLine): boolean =>
  asksAge(line) && (line.minimumAgeYears ?? 0) <= basket.ageConfirmedYears;

/** The highest age that some line asks for and nobody has confirmed yet; 0 where none does. */
export function openAgeCheckYears(basket: Basket): number {
  let years = 0;
  for (const row of basket.rows) if (row.kind === 'item' && asksAge(row)) years = Math.max(years, row.minimumAgeYears ?? 0);
  return years > basket.ageConfirmedYears ? years : 0;
}

const documentLineOf = (line: BasketLine): DocumentLine =>
  line.discounts === undefined ? line : { ...line, amountMinor: netMinorOf(line) };

/** What lines come to, with their taxes. */
function sumLines(opening: BasketOpening, lines: readonly BasketLine[]): Pick<BasketTotals, 'subtotalMinor' | 'taxes' | 'totalMinor'> {
  const amounts = lines.map(documentLineOf);
  const subtotalMinor = amounts.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), 0);
  const taxes = documentTaxes(amounts, opening);
  const totalMinor = opening.taxInclusive ? subtotalMinor : taxes.reduce((sum, tax) => addMinor(sum, tax.taxMinor), subtotalMinor);
  return { subtotalMinor, taxes, totalMinor };
}

/** What the lines come to. Safe by the basket's invariants: no refusal is possible. */
export function basketTotals(basket: Basket): BasketTotals {
  const { taxInclusive, currency: code, cashRounding } = basket.opening;
  const lines: BasketLine[] = [];
  let itemCount = 0;
  for (const row of basket.rows) {
    if (row.kind !== 'item') continue;
    const { quantity } = row;
    lines.push(row);
    if (row.depositOf === undefined) itemCount += isMeasured(quantity.unit) ? Math.sign(quantity.value) : quantity.value;
  }
  const { subtotalMinor, taxes, totalMinor } = sumLines(basket.opening, lines);
  const claims = claimsOf(lines);
  const payableMinor = totalMinor - sumOfClaims(claims);
  const isPaid = basket.state === 'completed';
  const back = isPaid ? undefined : returnPayment(basket, payableMinor);
  const openRoundingMinor =
    cashRounding?.scope === 'total' ? (back?.roundingMinor ?? roundCash(payableMinor, cashRounding) - payableMinor) : 0;
  const roundingMinor = isPaid ? (basket.payment?.roundingMinor ?? 0) : openRoundingMinor;
  const { dueMinor, cashDueMinor } =
    back === undefined
      ? settle(isPaid ? 0 : payableMinor + roundingMinor, basket.tenders, cashRounding)
      : { dueMinor: payableMinor + roundingMinor, cashDueMinor: payableMinor + back.roundingMinor };
  const currency = currencyOf(code);
  return {
    itemCount,
    subtotalMinor,
    savedMinor: 0 - lines.reduce((sum, line) => addMinor(sum, discountMinorOf(line)), 0),
    claims,
    taxInclusive,
    taxes,
    totalMinor,
    roundingMinor,
    dueMinor,
    cashDueMinor,
    suggestedCashMinor: currency === undefined ? [] : suggestedCashMinor(cashDueMinor, currency),
  };
}

const sumOfClaims = (claims: readonly Claim[]): number => claims.reduce((sum, claim) => addMinor(sum, claim.amountMinor), 0);

function indexOfRow(basket: Basket, lineId: string): number {
  // Backwards: what is touched is most often what was touched last.
  return basket.rows.findLastIndex((row) => row.lineId === lineId);
}

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

/** After these no line costs anything else than before. */
const KEEPS_PRICES: ReadonlySet<BasketEvent['type']> = new Set([
  'repriced',
  'ageConfirmed',
  'refusedCleared',
  'voided',
  'aborted',
  'suspended',
  'resumed',
  'approved',
  'approvalUsed',
  'tendered',
  'tenderVoided',
  'paid',
]);

const keepsPrices = (event: BasketEvent): boolean =>
  KEEPS_PRICES.has(event.type) || (event.type === 'rowAdded' && event.row.kind === 'refused');

/** The events, and behind them what promotions and people take off the basket then. */
function withReductions(basket: Basket, events: readonly BasketEvent[], terms: PromotionTerms | undefined): readonly BasketEvent[] {
  if (events.every(keepsPrices)) return events;
  assert(terms !== undefined || basket.promotions.length === 0, 'a basket with promotions is priced with them');
  const pinned =
    terms === undefined ? events : events.map((event) => (event.type === 'cutPinned' ? { ...event, moment: terms.moment } : event));
  const reductions = reductionsOf(reducibleOf(applyBasketEvents(basket, pinned)), terms);
  return reductions === undefined ? pinned : [...pinned, { type: 'repriced', ...reductions }];
}

const orderOf = ({ opening }: Basket): ManualDiscountOrder => opening.manualDiscountOrder ?? DEFAULT_MANUAL_DISCOUNT_ORDER;

const reducibleOf = (basket: Basket): ReducibleBasket => ({
  ...promotableOf(basket),
  lines: reducibleLines(basket),
  manualDiscounts: basket.manualDiscounts,
  manualDiscountOrder: orderOf(basket),
  exemption: basket.exemption,
  exemptPrices: basket.opening.exemptPrices ?? DEFAULT_EXEMPT_PRICES,
  taxTerms: basket.opening,
});

/** What comes back keeps its sale's own reductions, even a share of nothing: neither promotions nor people take anything off it. */
const reducibleLines = (basket: Basket): readonly BasketLine[] => basketLines(basket).filter((line) => !isFixedReturn(line));

/** The basket as promotions see it. */
export const promotableOf = (basket: Basket): PromotableBasket => ({
  currency: basket.opening.currency,
  lines: reducibleLines(basket),
  customer: basket.customer,
  coupons: basket.coupons,
  promotedAt: basket.promotedAt,
  promotions: basket.promotions,
  rewards: basket.rewards,
});

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
      const { approver, action, lineId, maximum } = command;
      const bound = { ...(lineId !== undefined && { lineId }), ...(maximum !== undefined && { maximum }) };
      const approvalId = String(basket.approvals.length + 1);
      return ok([{ type: 'approved', approval: { approvalId, approver: approver.user, action, ...bound, isUsed: false } }]);
    }
    case 'voidLine':
      return voidLine(basket, command.lineId);
    case 'confirmAge': {
      const years = openAgeCheckYears(basket);
      return ok(years === 0 ? [] : [{ type: 'ageConfirmed', years }]);
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
]);

/** Nothing in it that would have to be given up. */
const isUntouched = ({ rows, coupons, customer }: Basket): boolean => rows.length === 0 && coupons.length === 0 && customer === null;

const exempted = ({ exemption }: Basket, certificate: string | null): readonly BasketEvent[] =>
  exemption === certificate ? [] : [{ type: 'exempted', certificate }];

const noSuchLine = (lineId: string): Result<never, BasketRefusal> => err({ type: 'noSuchLine', detail: { lineId } });

const basketEmpty = (basket: Basket): Result<never, BasketRefusal> =>
  err({ type: 'basketEmpty', detail: { basketId: basket.opening.basketId } });

interface Goods {
  readonly sku: string;
  readonly name: string;
}

/** Refuses quantities that no line may have: 0, out of range, or so many that a person must say yes first. */
function checkQuantity(
  basket: Basket,
  goods: Goods,
  change: { readonly quantity: Quantity; readonly before: number; readonly entered: number; readonly confirmed: boolean },
): BasketRefusal | undefined {
  const { sku, name } = goods;
  const { quantity, before, entered, confirmed } = change;
  if (quantity.value === 0) return { type: 'quantityZero', detail: { sku, name } };
  if (!isQuantityInRange(quantity.value)) return quantityOutOfRange();
  const limit = basket.opening.quantityAskAbove * pricingStep(quantity.unit);
  // Asked where one entry is that large, and where a line grows past the limit, but not at every scan after that.
  const isAsked = Math.abs(entered) > limit || (Math.abs(quantity.value) > limit && Math.abs(before) <= limit);
  if (isAsked && !confirmed) {
    return { type: 'quantityAboveLimit', detail: { sku, name, quantity: quantity.value, unit: quantity.unit, limit } };
  }
  return undefined;
}

function checkOverride(goods: Goods, override: PriceOverride): BasketRefusal | undefined {
  if (!isUnitPrice(override.unitPrice)) return amountOutOfRange();
  return override.unitPrice.amount < 0 ? { type: 'negativePrice', detail: { sku: goods.sku, name: goods.name } } : undefined;
}

/** A caller's price as JSON gives it back: two own keys, and no minus before a zero. */
const plainPrice = ({ amount, decimals }: UnitPrice): UnitPrice => ({ amount: amount + 0, decimals: decimals + 0 });

interface LinePrice extends ChosenPrice {
  readonly reason?: string;
  readonly cataloguePrice?: UnitPrice;
}

/** What the catalogue asks, where it asks something in the basket's currency. */
const askedPrice = (basket: Basket, price: ScheduledPrice | undefined): UnitPrice | undefined =>
  price !== undefined && price.currency === basket.opening.currency && isUnitPrice(price.price) && price.price.amount > 0
    ? plainPrice(price.price)
    : undefined;

type PricedGoods = Pick<AddItem, 'item' | 'price' | 'override' | 'label' | 'faceMinor'>;

function linePrice(basket: Basket, { item, price, override, label, faceMinor }: PricedGoods): Result<LinePrice, BasketRefusal> {
  const { sku, name } = item;
  if (item.nature !== undefined && faceMinor !== undefined) {
    if (!isAmountInRange(faceMinor)) return err(amountOutOfRange());
    if (faceMinor <= 0) return err({ type: 'negativePrice', detail: { sku, name } });
    return ok({ unitPrice: { amount: faceMinor, decimals: minorDigitsOf(basket.opening.currency) }, priceType: 'regular' });
  }
  if (override !== undefined) {
    const refusal = checkOverride(item, override);
    if (refusal !== undefined) return err(refusal);
    const cataloguePrice = askedPrice(basket, price);
    const { reason } = override;
    const asked = cataloguePrice === undefined ? {} : { cataloguePrice };
    return ok({ unitPrice: plainPrice(override.unitPrice), priceType: 'override', reason, ...asked });
  }
  if (label !== undefined && !isMeasured(item.unit)) {
    if (!isUnitPrice(label)) return err(amountOutOfRange());
    if (label.amount < 0) return err({ type: 'negativePrice', detail: { sku, name } });
    if (label.amount === 0) return err({ type: 'notForSale', detail: { sku, name, cataloguePrice: 0 } });
    return ok({ unitPrice: plainPrice(label), priceType: 'label' });
  }
  const { currency } = basket.opening;
  if (price === undefined || price.currency !== currency) {
    return err({ type: 'noPrice', detail: { sku, name, currency, offeredCurrency: price?.currency ?? '' } });
  }
  if (!isUnitPrice(price.price)) return err(amountOutOfRange());
  if (price.price.amount < 0) return err({ type: 'negativePrice', detail: { sku, name } });
  if (price.price.amount === 0) return err({ type: 'notForSale', detail: { sku, name, cataloguePrice: 0 } });
  return ok({
    unitPrice: plainPrice(price.price),
    priceType: price.type,
    ...(price.source !== undefined && { priceSource: price.source }),
  });
}

const chosenPrice = ({ unitPrice, type, source }: PriceChoice): ChosenPrice => ({
  unitPrice: plainPrice(unitPrice),
  priceType: type,
  ...(source !== undefined && { priceSource: source }),
});

type UnpricedLine = Omit<BasketLine, 'amountMinor' | 'unitPrice' | 'priceType'>;

/** What a line's own choices make of its quantity and its customer; undefined where none of them holds. */
function priceByChoice(basket: Basket, choices: readonly PriceChoice[], quantity: number): ChosenPrice | undefined {
  const groups = basket.customer?.groups;
  const choice = chooseAgain(choices, { quantity, ...(groups !== undefined && { customerGroups: groups }) });
  return choice === undefined ? undefined : chosenPrice(choice);
}

/** With tax on top, a basket comes to at most so many times its lines: no rate is above 1,000 %. */
const MOST_TAXED = 11;

/** Whether the basket can still be paid, whichever of its lines are voided, when `line` (new, or changed from `before`) stands in it. */
function staysInRange(basket: Basket, before: BasketLine | undefined, line: TaxedAmount): boolean {
  let turnoverMinor = Math.abs(line.amountMinor);
  // A tax per unit knows no highest rate.
  let isPlain = line.tax.components === undefined;
  for (const row of basket.rows) {
    if (row.kind !== 'item' || row === before) continue;
    turnoverMinor += Math.abs(row.amountMinor);
    isPlain &&= row.tax.components === undefined;
  }
  if (isPlain && (basket.opening.taxInclusive || turnoverMinor * MOST_TAXED <= MAX_AMOUNT_MINOR)) return isAmountInRange(turnoverMinor);
  let taxMinor = taxAtMost(line);
  for (const row of basket.rows) if (row.kind === 'item' && row !== before) taxMinor += taxAtMost(row);
  return isAmountInRange(turnoverMinor + taxMinor);
}

/** The goods, and the deposits that come with them: all of it or nothing. */
function addItem(basket: Basket, command: AddItem): Result<readonly BasketEvent[], BasketRefusal> {
  const { item, deposits = [] } = command;
  if (item.depositSku !== undefined && deposits.length === 0) {
    return err({ type: 'depositUnusable', detail: { sku: item.sku, name: item.name, depositSku: item.depositSku, reason: 'missing' } });
  }
  const added = addGoods(basket, command);
  if (!added.ok || deposits.length === 0) return added;
  const after = applyBasketEvents(basket, added.value);
  const line = findLine(after, after.currentLineId ?? '');
  assert(line !== undefined, 'goods that were added stand in a line');
  const followed = followDeposits(after, line, deposits);
  return followed.ok ? ok([...added.value, ...followed.value]) : followed;
}

/** Brings the deposits of a line to its quantity; those that it has not yet are made of `goods`. */
function followDeposits(basket: Basket, line: BasketLine, goods: readonly DepositGoods[]): Result<readonly BasketEvent[], BasketRefusal> {
  const quantity = depositQuantity(line.quantity);
  const held = basketLines(basket).filter((row) => row.depositOf === line.lineId);
  const steps: readonly ((after: Basket) => Result<BasketEvent, BasketRefusal>)[] =
    held.length > 0
      ? held.map((deposit) => (after) => changeQuantity(after, deposit, quantity))
      : goods.map((deposit) => (after) => addDeposit(after, line, deposit, quantity));
  const events: BasketEvent[] = [];
  let after = basket;
  for (const step of steps) {
    const event = step(after);
    if (!event.ok) return event;
    events.push(event.value);
    after = applyBasketEvent(after, event.value);
  }
  return ok(events);
}

/** Who buys, and what their own prices make of the lines that are there. */
function setCustomer(
  basket: Basket,
  customer: BasketCustomer | null,
  certificate: string | null,
): Result<readonly BasketEvent[], BasketRefusal> {
  const events: BasketEvent[] = [{ type: 'customerSet', customer }, ...exempted(basket, certificate)];
  let after = applyBasketEvents(basket, events);
  for (const line of basketLines(after).filter(({ choices }) => choices !== undefined)) {
    const changed = changeQuantity(after, line, line.quantity);
    if (!changed.ok) return changed;
    if (changed.value.type !== 'quantityChanged' || changed.value.price === undefined) continue;
    events.push(changed.value);
    after = applyBasketEvent(after, changed.value);
  }
  return ok(events);
}

function addDeposit(
  basket: Basket,
  line: BasketLine,
  { item, price, taxClass, exemptTax }: DepositGoods,
  quantity: Quantity,
): Result<BasketEvent, BasketRefusal> {
  const { sku, name } = item;
  const priced = linePrice(basket, { item, price });
  if (!priced.ok) return priced;
  const tax = usableTax(basket, item, taxClass);
  if (!tax.ok) return tax;
  const position = basket.rowCounter + 1;
  const row: Omit<BasketLine, 'amountMinor'> = {
    kind: 'item',
    lineId: String(position),
    position,
    sku,
    name,
    quantity,
    ...priced.value,
    tax: tax.value,
    ...(exemptTax !== undefined && { exemptTax }),
    isDeposit: true,
    depositOf: line.lineId,
  };
  return pricedRow(basket, exemptLine(row, basket.exemption !== null));
}

/** A new line with its amount (a label's, where it says one), as far as the basket can hold it. */
function pricedRow(basket: Basket, row: Omit<BasketLine, 'amountMinor'>, labelMinor?: number): Result<BasketEvent, BasketRefusal> {
  const amount =
    labelMinor === undefined
      ? lineAmountMinor(row.quantity, row.unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding)
      : ok(labelMinor);
  if (!amount.ok) return amount;
  const line: BasketLine = { ...row, amountMinor: amount.value };
  const aboveCap = line.isUnverified === true ? capRefusal(basket, undefined, line.amountMinor) : undefined;
  if (aboveCap !== undefined) return err(aboveCap);
  // An exemption may be taken back: what it would be taxed otherwise must fit.
  return staysInRange(basket, undefined, { ...line, tax: line.ordinaryTax ?? line.tax })
    ? ok({ type: 'rowAdded', row: line })
    : err(amountOutOfRange());
}

function usableTax(basket: Basket, item: Item, offered: TaxClass | undefined): Result<TaxClass, BasketRefusal> {
  const { sku, name, taxClass } = item;
  const found = taxOfLine(basket, item, offered);
  return found !== undefined && isTaxUsable(found, basket.opening.currency)
    ? ok(found)
    : err({ type: 'unknownTaxClass', detail: { sku, name, taxClass } });
}

interface Sold {
  readonly quantity: number;
  readonly tare?: number;
  /** What is paid for it, whatever the quantity comes to. */
  readonly labelMinor?: number;
}

/** What of the goods is sold: pieces, or the net of a weighing, or what a label's amount comes to. */
function soldQuantity(basket: Basket, command: AddItem, unitPrice: UnitPrice | undefined): Result<Sold, BasketRefusal> {
  const { item, label, quantity: entered } = command;
  const { sku, name, unit } = item;
  if (entered !== undefined && !isQuantityInRange(entered)) return err(quantityOutOfRange());
  if (label === undefined || !isMeasured(unit)) {
    if (entered === undefined && isMeasured(unit)) return err({ type: 'weightNeeded', detail: { sku, name, unit } });
    return netOf(item, entered ?? 1, command.tare);
  }
  // One package has one label: no count stands before it, only whether it comes back.
  if (entered !== undefined && Math.abs(entered) !== 1) return err({ type: 'labelFixed', detail: { sku, name } });
  const minorDigits = minorDigitsOf(basket.opening.currency);
  const amount = lineAmountMinor({ value: entered ?? 1, unit: 'piece' }, label, minorDigits);
  if (!amount.ok) return amount;
  const quantity = unitPrice === undefined ? undefined : quantityOfAmount(amount.value, unitPrice, unit, minorDigits);
  if (quantity === undefined) return err({ type: 'quantityZero', detail: { sku, name } });
  return isQuantityInRange(quantity) ? ok({ quantity, labelMinor: amount.value }) : err(quantityOutOfRange());
}

function addGoods(basket: Basket, command: AddItem): Result<readonly BasketEvent[], BasketRefusal> {
  const { item, natureReference } = command;
  const { sku, name, unit, nature } = item;
  if (command.unit !== undefined && command.unit !== unit) {
    return err({ type: 'unitMismatch', detail: { sku, name, unit, offered: command.unit } });
  }
  const hasChoices =
    command.override === undefined && command.label === undefined && command.faceMinor === undefined && (command.choices ?? []).length > 0;
  const choices = hasChoices ? command.choices : undefined;
  const fixed = linePrice(basket, command);
  // Where there are choices, one of them may hold though nothing holds for a single piece.
  if (!fixed.ok && choices === undefined) return fixed;
  if (nature !== undefined && (natureReference === undefined ? accountOf(nature) !== undefined : !isReference(natureReference))) {
    return err({ type: 'referenceNeeded', detail: { sku, name } });
  }
  const tax = usableTax(basket, item, command.taxClass);
  if (!tax.ok) return tax;
  const sold = soldQuantity(basket, command, fixed.ok ? fixed.value.unitPrice : undefined);
  if (!sold.ok) return sold;
  const { quantity: entered, tare, labelMinor } = sold.value;
  const withoutReceipt = entered < 0 ? withoutReceiptRefusal(basket, command) : undefined;
  if (withoutReceipt !== undefined) return err(withoutReceipt);
  const offered = newLine(basket, command, {
    quantity: { value: entered, unit },
    tax: tax.value,
    ...(command.exemptTax !== undefined && { exemptTax: command.exemptTax }),
    ...(choices !== undefined && { choices }),
    ...(tare !== undefined && { tare }),
    ...(labelMinor !== undefined && { isLabelled: true }),
  });
  const line = exemptLine(offered, basket.exemption !== null);
  const twin = findTwin(basket, line, fixed.ok ? fixed.value : undefined);
  const before = twin?.quantity.value ?? 0;
  const quantity: Quantity = { value: before + entered, unit };
  const refusal =
    checkQuantity(basket, item, { quantity, before, entered, confirmed: command.confirmed ?? false }) ??
    checkRestrictions(basket, item, { ...command, restrictions: item, unit, added: entered });
  if (refusal !== undefined) return err(refusal);
  if (twin !== undefined) {
    const changed = changeQuantity(basket, twin, quantity);
    return changed.ok ? ok([changed.value]) : changed;
  }
  const price = choices === undefined ? (fixed.ok ? fixed.value : undefined) : priceByChoice(basket, choices, entered);
  if (price === undefined) {
    return err({ type: 'noPrice', detail: { sku, name, currency: basket.opening.currency, offeredCurrency: '' } });
  }
  const row = pricedRow(basket, { ...line, ...price }, labelMinor);
  if (!row.ok) return row;
  return ok(basket.cut === null ? [{ type: 'cutPinned', cut: command.cut }, row.value] : [row.value]);
}

/** All of a new line but its price. */
function newLine(
  basket: Basket,
  { item, code, serial, batch, text, natureReference, unverifiedReturnOf, returnApprovedBy, approvedBy }: AddItem,
  facts: Pick<UnpricedLine, 'quantity' | 'tax' | 'exemptTax' | 'choices' | 'tare' | 'isLabelled'>,
): UnpricedLine {
  const position = basket.rowCounter + 1;
  const restrictions = restrictionsOf(item);
  const isBack = facts.quantity.value < 0;
  return {
    kind: 'item',
    lineId: String(position),
    position,
    sku: item.sku,
    name: item.name,
    ...(code !== undefined && { code }),
    ...facts,
    ...(item.category !== undefined && { category: item.category }),
    ...(item.brand !== undefined && { brand: item.brand }),
    ...(item.collections !== undefined && { collections: item.collections }),
    ...(item.minimumAgeYears !== undefined && { minimumAgeYears: item.minimumAgeYears }),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(text !== undefined && { text }),
    ...(restrictions !== undefined && { restrictions }),
    ...(item.isDeposit === true && { isDeposit: true }),
    ...(item.nature !== undefined && { nature: item.nature }),
    ...(item.nature !== undefined && natureReference !== undefined && { natureReference }),
    ...(unverifiedReturnOf !== undefined && isBack && { returnOf: unverifiedReturnOf, isUnverified: true }),
    ...(returnApprovedBy !== undefined && isBack && { returnApprovedBy }),
    ...(approvedBy !== undefined && { approvedBy }),
  };
}

/** Of goods that come on top; what comes back, or is made less, is never restricted. */
function checkRestrictions(
  basket: Basket,
  goods: Goods,
  {
    restrictions,
    added,
    ...facts
  }: RestrictionFacts & { readonly restrictions: Restrictions; readonly unit: Unit; readonly added: number },
): BasketRefusal | undefined {
  if (added <= 0 || restrictionsOf(restrictions) === undefined) return undefined;
  const sold = basketLines(basket).filter((line) => line.sku === goods.sku && line.quantity.value > 0);
  const inSale = sold.reduce((sum, line) => sum + line.quantity.value, added);
  return findRestriction(goods, restrictions, { ...facts, inSale });
}

/** Lines that certainly may not be sold at this time of the store. Where the clock cannot tell, what was judged when they were added stands. */
function closedLines(basket: Basket, clock: RestrictionFacts['clock']): readonly HeldLine[] {
  if (clock === undefined) return [];
  return basketLines(basket).flatMap(({ lineId, sku, name, quantity, restrictions }) => {
    const hours = restrictions?.saleHours;
    if (hours === undefined || quantity.value <= 0 || saleHoursAt(hours, clock) !== 'closed') return [];
    return [{ lineId, refusal: { type: 'outsideSaleHours', detail: { sku, name, hours: hours.text } } }];
  });
}

/** A line at another quantity, at the price that its own choices give it then. */
function changeQuantity(basket: Basket, line: BasketLine, quantity: Quantity, approvedBy?: string): Result<BasketEvent, BasketRefusal> {
  const price = line.choices === undefined ? line : (priceByChoice(basket, line.choices, quantity.value) ?? line);
  const amount = lineAmountMinor(quantity, price.unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding);
  if (!amount.ok) return amount;
  const amountMinor = amount.value;
  if (!staysInRange(basket, line, { tax: line.ordinaryTax ?? line.tax, amountMinor, quantity })) return err(amountOutOfRange());
  const aboveCap = line.isUnverified === true ? capRefusal(basket, line, amountMinor) : undefined;
  if (aboveCap !== undefined) return err(aboveCap);
  const changed = {
    type: 'quantityChanged',
    lineId: line.lineId,
    quantity: quantity.value,
    amountMinor,
    ...(approvedBy !== undefined && { approvedBy }),
  } as const;
  const isSame = price.priceType === line.priceType && compareUnitPrices(price.unitPrice, line.unitPrice) === 0;
  if (isSame) return ok(changed);
  const { unitPrice, priceType, priceSource } = price;
  return ok({ ...changed, price: { unitPrice, priceType, ...(priceSource !== undefined && { priceSource }) } });
}

/** The item's own, or none where its money is not taxed with this sale; undefined where the store does not have it. */
function taxOfLine({ opening }: Basket, { nature, taxClass }: Item, offered: TaxClass | undefined): TaxClass | undefined {
  if (nature !== undefined && taxPointOf(nature, opening.depositTaxPoint) !== 'sale') return OUTSIDE_TAX;
  return offered?.taxClass === taxClass ? offered : undefined;
}

/**
 * The newest line that one more of the same may be counted on: item, price, its type and reason, tax, unit, serial, batch,
 * text and sign agree. Measured goods never share a line: each weighing is one.
 */
function findTwin(basket: Basket, added: UnpricedLine, price: LinePrice | undefined): BasketLine | undefined {
  if (isMeasured(added.quantity.unit)) return undefined;
  const twin = basket.rows.findLast((row) => row.kind === 'item' && row.sku === added.sku && isTwin(row, added, price));
  return twin?.kind === 'item' ? twin : undefined;
}

const isTwin = (line: BasketLine, added: UnpricedLine, price: LinePrice | undefined): boolean =>
  isSamePrice(line, added, price) &&
  isSameTax(line.tax, added.tax) &&
  line.quantity.unit === added.quantity.unit &&
  line.serial === added.serial &&
  line.batch === added.batch &&
  line.text === added.text &&
  line.natureReference === added.natureReference &&
  // What a person took off was taken off so many, not off one more.
  line.returnTaxes === undefined &&
  line.returnOf?.receiptNumber === added.returnOf?.receiptNumber &&
  line.discounts?.some(({ kind, reference }) => kind === 'manual' && isOfLine(reference)) !== true &&
  line.approvedBy === added.approvedBy &&
  line.depositOf === added.depositOf &&
  line.quantity.value > 0 === added.quantity.value > 0;

/** The same choices come to the same price, however many there are of the goods. */
const isSamePrice = (line: BasketLine, added: UnpricedLine, price: LinePrice | undefined): boolean =>
  line.choices !== undefined || added.choices !== undefined
    ? isSameChoices(line.choices, added.choices)
    : price !== undefined &&
      line.unitPrice.amount === price.unitPrice.amount &&
      line.unitPrice.decimals === price.unitPrice.decimals &&
      line.priceType === price.priceType &&
      line.reason === price.reason;

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

function setQuantity(
  basket: Basket,
  command: Extract<BasketCommand, { type: 'setQuantity' }>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, command.lineId);
  if (line === undefined) return noSuchLine(command.lineId);
  if (isFixedReturn(line)) return returnFixed(command.lineId);
  const follows = findFollowed(line);
  if (follows !== undefined) return err(follows);
  const { sku, name, restrictions = {} } = line;
  if (line.isLabelled === true) return err({ type: 'labelFixed', detail: { sku, name } });
  const { unit, value: before } = line.quantity;
  const { quantity: entered, confirmed = false } = command;
  if (!isQuantityInRange(entered)) return err(quantityOutOfRange());
  const net = netOf({ ...line, unit }, entered, undefined);
  if (!net.ok) return net;
  const quantity: Quantity = { value: net.value.quantity, unit };
  const refusal =
    checkQuantity(basket, line, { quantity, before, entered, confirmed }) ??
    checkRestrictions(basket, line, { ...command, restrictions, unit, added: quantity.value - Math.max(before, 0) });
  if (refusal !== undefined) return err(refusal);
  const changed = changeQuantity(basket, line, quantity, command.approvedBy);
  if (!changed.ok) return changed;
  const followed = followDeposits(applyBasketEvent(basket, changed.value), { ...line, quantity }, []);
  return followed.ok ? ok([changed.value, ...followed.value]) : followed;
}

/** What a deposit's own line refuses: it is changed through the goods. */
const findFollowed = ({ lineId, depositOf }: BasketLine): DepositFollows | undefined =>
  depositOf === undefined ? undefined : { type: 'depositFollows', detail: { lineId, depositOf } };

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

function overridePrice(
  basket: Basket,
  command: Extract<BasketCommand, { type: 'overridePrice' }>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const line = findLine(basket, command.lineId);
  if (line === undefined) return noSuchLine(command.lineId);
  if (isFixedReturn(line)) return returnFixed(command.lineId);
  const refusal = findFollowed(line) ?? checkOverride(line, command.override);
  if (refusal !== undefined) return err(refusal);
  const unitPrice = plainPrice(command.override.unitPrice);
  const amount = lineAmountMinor(line.quantity, unitPrice, minorDigitsOf(basket.opening.currency), basket.opening.lineRounding);
  if (!amount.ok) return amount;
  if (!staysInRange(basket, line, { tax: line.tax, amountMinor: amount.value, quantity: line.quantity })) return err(amountOutOfRange());
  const cataloguePrice = line.priceType === 'override' ? line.cataloguePrice : line.unitPrice;
  const { approvedBy } = command;
  return ok([
    {
      type: 'priceOverridden',
      lineId: line.lineId,
      unitPrice,
      reason: command.override.reason,
      amountMinor: amount.value,
      ...(cataloguePrice !== undefined && { cataloguePrice }),
      ...(approvedBy !== undefined && { approvedBy }),
    },
  ]);
}

const returnFixed = (lineId: string): Result<never, BasketRefusal> => err({ type: 'returnFixed', detail: { lineId } });

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

/** The tenders that goods of known receipts go back to; undefined where the basket owes nothing for such goods. */
function returnPaymentOf(basket: Basket, { totalMinor, claims }: BasketTotals): ReturnType<typeof returnPayment> {
  return returnPayment(basket, totalMinor - sumOfClaims(claims));
}

function payBack(basket: Basket): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const totals = basketTotals(basket);
  const back = returnPaymentOf(basket, totals);
  // A part that comes to nothing, or to what is bought with it, still ends.
  if (back === undefined && totals.dueMinor === 0 && returnedGoods(basket).length > 0) return ok([paidBack(PAID_NOTHING)]);
  if (back === undefined) return err({ type: 'refundMismatch', detail: { dueMinor: totals.dueMinor, amountMinor: 0 } });
  return ok([paidBack(back)]);
}

/** Cash for goods that came back, where it is the only way in which they were paid; undefined where cash is a payment like any other. */
function payBackInCash(basket: Basket, amountMinor: number): Result<readonly BasketEvent[], BasketRefusal> | undefined {
  const totals = basketTotals(basket);
  const back = returnPaymentOf(basket, totals);
  if (back === undefined) return isPaidAsStoreCredit(basket, totals.dueMinor) ? refundNotAllowed(CASH.tenderType) : undefined;
  const payment = payCash(totals.cashDueMinor, amountMinor);
  if (!payment.ok) return payment;
  return back.tenders.every(({ tenderType }) => tenderType === CASH.tenderType) ? ok([paidBack(back)]) : refundNotAllowed(CASH.tenderType);
}

/** Where who paid is known, nobody chooses another way back. */
function isFreelyPaid(basket: Basket, { kind }: TenderType): boolean {
  const totals = basketTotals(basket);
  return returnPaymentOf(basket, totals) === undefined && (kind === 'storeCredit' || !isPaidAsStoreCredit(basket, totals.dueMinor));
}

const PAID_NOTHING: ReturnPayment = { tenders: [{ tenderType: CASH.tenderType, amountMinor: 0 }], roundingMinor: 0 };

const paidBack = ({ tenders, roundingMinor }: ReturnPayment): BasketEvent => ({
  type: 'paid',
  tenders,
  changeMinor: 0,
  ...(roundingMinor !== 0 && { roundingMinor }),
});

function clearRefused(basket: Basket, lineId: string | undefined): Result<readonly BasketEvent[], BasketRefusal> {
  const lineIds = basket.rows
    .filter((row) => row.kind === 'refused' && (lineId === undefined || row.lineId === lineId))
    .map((row) => row.lineId);
  if (lineIds.length === 0) return lineId === undefined ? ok([]) : noSuchLine(lineId);
  return ok([{ type: 'refusedCleared', lineIds }]);
}

/** Why nothing can be paid yet. */
function findPaymentRefusal(basket: Basket): BasketRefusal | undefined {
  const rows = refusedRowCount(basket);
  if (basket.rows.length === rows) return { type: 'basketEmpty', detail: { basketId: basket.opening.basketId } };
  if (rows > 0) return { type: 'refusedRowsOpen', detail: { rows } };
  const [held] = basket.held;
  if (held !== undefined) return held.refusal;
  const minimumAgeYears = openAgeCheckYears(basket);
  if (minimumAgeYears > 0) return { type: 'ageCheckOpen', detail: { minimumAgeYears } };
  return findVoucherAboveDue(basket);
}

/** A voucher that comes back pays for what is sold with it: it leaves nothing to pay out. What comes back with its receipt is paid out beside it. */
function findVoucherAboveDue({ opening, rows }: Basket): BasketRefusal | undefined {
  const lines = rows.filter(isItemLine);
  const isRedeemed = ({ nature, quantity, returnTaxes }: BasketLine): boolean =>
    nature !== undefined && quantity.value < 0 && returnTaxes === undefined && !paysOut(nature);
  if (!lines.some(isRedeemed)) return undefined;
  const { totalMinor } = sumLines(
    opening,
    lines.filter((line) => line.quantity.value > 0 || isRedeemed(line)),
  );
  return totalMinor < 0 ? { type: 'voucherAboveDue', detail: { totalMinor } } : undefined;
}

function payAllInCash(
  basket: Basket,
  amountMinor: number,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const back = payBackInCash(basket, amountMinor);
  if (back !== undefined) return back;
  return payWith(basket, CASH.tenderType, promotions, (priced) => {
    const totals = basketTotals(priced);
    // A cent or two that the store owes may be nothing in coins: then nothing is paid out, and nothing taken.
    const { dueMinor, cashDueMinor } = totals;
    if (dueMinor < 0 && cashDueMinor === 0 && amountMinor !== 0)
      return err({ type: 'refundMismatch', detail: { dueMinor: 0, amountMinor } });
    const payment = payCash(cashDueMinor, amountMinor);
    return payment.ok ? ok(payment.value.tenders.map((tender) => eventOfTender(priced, totals, tender))) : payment;
  });
}

function takeTender(
  basket: Basket,
  offer: TenderOffer,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const { tenderType, eligible } = offer.tenderType;
  const { currency, cashRounding } = basket.opening;
  if (!isFreelyPaid(basket, offer.tenderType)) return refundNotAllowed(tenderType);
  return payWith(basket, tenderType, promotions, (priced) => {
    const totals = basketTotals(priced);
    const { dueMinor, cashDueMinor } = totals;
    if (offer.tenderType.untaxes === true && dueMinor > 0) return takeBenefit(priced, offer);
    const eligibleMinor = eligible === undefined ? dueMinor : eligibleDueMinor(priced, tenderType, eligible, dueMinor);
    const tender = acceptTender(offer, { currency, cashRounding, dueMinor, cashDueMinor, eligibleMinor });
    return tender.ok ? ok([eventOfTender(priced, totals, tender.value)]) : tender;
  });
}

/** By a benefit card: the tax on what it pays is not due any more. */
function takeBenefit(basket: Basket, offer: TenderOffer): Result<readonly BasketEvent[], BasketRefusal> {
  const { currency, cashRounding } = basket.opening;
  const { dueMinor, eligibleMinor, sharesOf } = benefitTerms(basket, offer.tenderType.eligible, (after) => basketTotals(after).dueMinor);
  const tender = acceptTender(offer, { currency, cashRounding, dueMinor, cashDueMinor: dueMinor, eligibleMinor });
  if (!tender.ok) return tender;
  const untaxed = sharesOf(tender.value.amountMinor);
  return ok([eventOfTender(basket, basketTotals(withUntaxed(basket, untaxed)), tender.value, untaxed)]);
}

/**
 * Promotions that ask for a tender type count where this tender alone pays the whole sale: what it comes to then is known before
 * it is taken (`tenderOffersOf`). What is less than that pays a part, of the price without them.
 */
function payWith(
  basket: Basket,
  tenderType: string,
  promotions: PromotionTerms | undefined,
  pay: (priced: Basket) => Result<readonly BasketEvent[], BasketRefusal>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const repriced = repricedFor(basket, tenderType, promotions);
  if (repriced === undefined) return pay(basket);
  const paid = pay(applyBasketEvent(basket, repriced));
  if (!paid.ok) return paid.error.type === 'tenderTooSmall' ? pay(basket) : paid;
  return paid.value.some((event) => event.type === 'paid') ? ok([repriced, ...paid.value]) : pay(basket);
}

/** What changes where one tender of this type pays the whole sale; undefined where nothing does, and where the store owes. */
function repricedFor(basket: Basket, tenderType: string, terms: PromotionTerms | undefined): BasketEvent | undefined {
  if (terms === undefined || basket.tenders.length > 0 || !terms.prepared.tenderTypes.has(tenderType)) return undefined;
  if (basketTotals(basket).dueMinor <= 0) return undefined;
  const repricing = reductionsOf(reducibleOf(basket), terms, tenderType);
  return repricing === undefined ? undefined : { type: 'repriced', ...repricing };
}

export interface PromotedTender {
  readonly tenderType: string;
  readonly dueMinor: number;
  readonly cashDueMinor: number;
  readonly savedMinor: number;
}

/** What is due where one tender alone pays for all, for each type that promotions make another amount. */
export function tenderOffersOf(basket: Basket, terms: PromotionTerms): readonly PromotedTender[] {
  return [...terms.prepared.tenderTypes].sort().flatMap((tenderType) => {
    const repriced = repricedFor(basket, tenderType, terms);
    if (repriced === undefined) return [];
    const { dueMinor, cashDueMinor, savedMinor } = basketTotals(applyBasketEvent(basket, repriced));
    return [{ tenderType, dueMinor, cashDueMinor, savedMinor }];
  });
}

const refundNotAllowed = (tenderType: string): Result<never, BasketRefusal> => err({ type: 'refundNotAllowed', detail: { tenderType } });

/** What the goods that a limited tender may pay for come to, with their taxes, less what it, a third party or a benefit card has paid already. */
function eligibleDueMinor(basket: Basket, tenderType: string, items: EligibleItems, dueMinor: number): number {
  const lines = basketLines(basket);
  const eligible = lines.filter((line) => isEligible(items, line));
  if (eligible.length === lines.length) return dueMinor;
  const paid = basket.tenders.filter((tender) => tender.tenderType === tenderType);
  const paidByOthersMinor = eligible.reduce((sum, line) => addMinor(sum, claimedMinorOf(line) + Math.max(line.untaxedMinor ?? 0, 0)), 0);
  return paid.reduce((left, tender) => left - tender.amountMinor, sumLines(basket.opening, eligible).totalMinor - paidByOthersMinor);
}

/** The sale is paid where `tender` covers the rest; else it stands beside those before it. */
function eventOfTender(basket: Basket, totals: BasketTotals, tender: Tender, shares?: readonly UntaxedShare[]): BasketEvent {
  const tenders = [...basket.tenders.map(({ tenderId: _tenderId, untaxed: _untaxed, ...taken }) => taken), tender];
  const untaxed = shares === undefined ? {} : { untaxed: shares };
  const payableMinor = totals.totalMinor - sumOfClaims(totals.claims);
  const settlement = settle(payableMinor + totals.roundingMinor, tenders, basket.opening.cashRounding);
  if (!settlement.isSettled) {
    return { type: 'tendered', tender: { tenderId: String(basket.tenderCounter + 1), ...tender, ...untaxed } };
  }
  const roundingMinor = totals.roundingMinor + settlement.roundingMinor;
  return { type: 'paid', tenders, changeMinor: settlement.changeMinor, ...(roundingMinor !== 0 && { roundingMinor }), ...untaxed };
}

/** The basket after one event. An event that cannot have come from this basket is a broken invariant. */
export function applyBasketEvent(basket: Basket, event: BasketEvent): Basket {
  assert(
    basket.state === (event.type === 'resumed' ? 'suspended' : 'open'),
    `a basket that is ${basket.state} does not take ${event.type}`,
  );
  switch (event.type) {
    case 'cutPinned':
      return { ...basket, cut: event.cut, promotedAt: event.moment ?? null };
    case 'couponAdded':
      return { ...basket, coupons: [...basket.coupons, event.coupon] };
    case 'couponRemoved':
      return { ...basket, coupons: basket.coupons.filter(({ code }) => code !== event.code) };
    case 'customerSet':
      return { ...basket, customer: event.customer };
    case 'rowAdded':
      assert(event.row.position === basket.rowCounter + 1, 'rows are added in the order of their positions');
      return {
        ...basket,
        rows: [...basket.rows, event.row],
        rowCounter: event.row.position,
        currentLineId: goodsLineId(event.row),
      };
    case 'quantityChanged':
      return withLine(basket, event.lineId, (line) => ({
        ...(event.price === undefined ? line : { ...withoutPriceSource(line), ...event.price }),
        quantity: { value: event.quantity, unit: line.quantity.unit },
        amountMinor: event.amountMinor,
        ...(event.approvedBy !== undefined && { approvedBy: event.approvedBy }),
      }));
    case 'priceOverridden':
      return withLine(basket, event.lineId, (line) => {
        const { choices: _choices, isLabelled: _isLabelled, ...kept } = withoutPriceSource(line);
        const { unitPrice, reason, amountMinor, cataloguePrice, approvedBy } = event;
        return {
          ...kept,
          unitPrice,
          priceType: 'override',
          reason,
          amountMinor,
          ...(cataloguePrice !== undefined && { cataloguePrice }),
          ...(approvedBy !== undefined && { approvedBy }),
        };
      });
    case 'discounted':
      return {
        ...basket,
        manualDiscounts: [...basket.manualDiscounts, event.discount],
        discountCounter: basket.discountCounter + 1,
      };
    case 'discountRemoved': {
      const manualDiscounts = basket.manualDiscounts.filter(({ discountId }) => discountId !== event.discountId);
      assert(manualDiscounts.length < basket.manualDiscounts.length, `the basket has a discount ${event.discountId}`);
      return { ...basket, manualDiscounts };
    }
    case 'exempted': {
      const { certificate } = event;
      const rows = basket.rows.map((row) => (row.kind === 'item' && !isFixedReturn(row) ? exemptLine(row, certificate !== null) : row));
      return { ...basket, rows, exemption: certificate };
    }
    case 'approved':
      return { ...basket, approvals: [...basket.approvals, event.approval] };
    case 'approvalUsed': {
      const index = basket.approvals.findIndex(({ approvalId, isUsed }) => approvalId === event.approvalId && !isUsed);
      const approval = basket.approvals[index];
      assert(approval !== undefined, `the basket has an approval ${event.approvalId} that was not used`);
      return { ...basket, approvals: basket.approvals.with(index, { ...approval, isUsed: true }) };
    }
    case 'lineVoided':
      return withoutRows(basket, [event.lineId]);
    case 'repriced':
      return reprice(basket, event);
    case 'returnSet':
      return emptiedWithoutLines(withReturn(basket, event));
    case 'ageConfirmed':
      return { ...basket, ageConfirmedYears: event.years };
    case 'refusedCleared':
      return withoutRows(basket, event.lineIds);
    case 'voided':
      return { ...basket, state: 'voided' };
    case 'aborted':
      return { ...basket, state: 'aborted' };
    case 'suspended':
      return { ...basket, state: 'suspended' };
    case 'resumed':
      return { ...basket, state: 'open', ageConfirmedYears: 0, held: event.held ?? [] };
    case 'tendered':
      return {
        ...withUntaxed(basket, event.tender.untaxed ?? []),
        tenders: [...basket.tenders, event.tender],
        tenderCounter: basket.tenderCounter + 1,
      };
    case 'tenderVoided': {
      const voided = basket.tenders.find(({ tenderId }) => tenderId === event.tenderId);
      assert(voided !== undefined, `the basket has a tender ${event.tenderId}`);
      const tenders = basket.tenders.filter((tender) => tender !== voided);
      return { ...withUntaxed(basket, voided.untaxed ?? [], -1), tenders };
    }
    case 'paid': {
      const { type: _type, untaxed = [], ...payment } = event;
      return { ...withUntaxed(basket, untaxed), state: 'completed', tenders: [], payment };
    }
    default:
      return unreachable(event, 'applyBasketEvent');
  }
}

function withLine(basket: Basket, lineId: string, change: (line: BasketLine) => BasketLine): Basket {
  const index = indexOfRow(basket, lineId);
  const line = basket.rows[index];
  assert(line?.kind === 'item', `the basket has a line ${lineId}`);
  return { ...basket, rows: basket.rows.with(index, change(line)), currentLineId: goodsLineId(line) };
}

/** The row that a person looks at: a deposit's is that of its goods. */
const goodsLineId = (row: BasketRow): string => (row.kind === 'item' ? (row.depositOf ?? row.lineId) : row.lineId);

function withoutPriceSource(line: BasketLine): BasketLine {
  const { priceSource: _priceSource, ...kept } = line;
  return kept;
}

/** Promotions change what is taken off lines; which line a person looks at, and where it stands, they leave alone. */
function reprice(basket: Basket, { lines, promotions, rewards }: Repricing): Basket {
  const discountsById = new Map(lines.map(({ lineId, discounts }) => [lineId, discounts]));
  const rows = basket.rows.map((row) => {
    const discounts = row.kind === 'item' ? discountsById.get(row.lineId) : undefined;
    if (row.kind !== 'item' || discounts === undefined) return row;
    discountsById.delete(row.lineId);
    const { discounts: _before, ...line } = row;
    const changed: BasketLine = discounts.length === 0 ? line : { ...line, discounts };
    assert(isReductionSound(changed), `no line pays the shopper: ${row.lineId}`);
    return changed;
  });
  assert(discountsById.size === 0, 'only lines of the basket are re-priced');
  return { ...basket, rows, promotions, rewards };
}

function withoutRows(basket: Basket, lineIds: readonly string[]): Basket {
  const gone = new Set(lineIds);
  const rows = basket.rows.filter((row) => !gone.has(row.lineId));
  assert(rows.length === basket.rows.length - gone.size, `the basket has the rows ${lineIds.join(', ')}`);
  const manualDiscounts = basket.manualDiscounts.filter(({ lineId }) => lineId === undefined || !gone.has(lineId));
  const held = basket.held.filter(({ lineId }) => !gone.has(lineId));
  return emptiedWithoutLines({ ...basket, rows, currentLineId: rows.at(-1)?.lineId ?? null, manualDiscounts, held });
}

/** Without a line the basket is the next shopper's: neither the old prices nor the last one's age, card, coupons, approvals and receipts may reach them. */
function emptiedWithoutLines(basket: Basket): Basket {
  if (basket.rows.some(isItemLine)) return basket;
  const { rows, currentLineId, rowCounter, discountCounter, tenders, tenderCounter } = basket;
  return { ...openBasket(basket.opening), rows, currentLineId, rowCounter, discountCounter, tenders, tenderCounter };
}
