/**
 * The open sale: its shape, and what is read from it. `applyBasketCommand` (basket-command.ts) decides and answers with events;
 * `applyBasketEvent` (basket-event.ts) does what they say. Events are
 * small JSON facts that hold every amount they caused: replaying them over the same opening rebuilds the basket exactly,
 * with no price, no rounding and no setting looked at again.
 *
 * Invariants: all amounts are of one currency; the sum of the magnitudes of all lines, with tax, stays within
 * MAX_AMOUNT_MINOR, so that the total can always be paid, whichever lines are voided; rows keep their order and their position for good; a basket
 * reads one cut of the catalogue from its first line to its end; a closed basket never changes again; while a tender stands, no line changes, and what is due changes
 * by tenders alone (a benefit card takes the tax with it).
 */
import { err, type Result } from '@holdfast/base';

import type { BadPriceVerifier } from '../barcode/in-store-code.ts';
import type { Item, PriceType, ScheduledPrice } from '../catalog/catalog.ts';
import type { CostPart } from '../catalog/cost.ts';
import type { DepositFollows, DepositGoods, DepositUnusable } from '../catalog/deposit.ts';
import type { DepositTaxPoint, Nature } from '../catalog/nature.ts';
import type { RestrictionFacts, RestrictionRefusal, Restrictions } from '../catalog/restrictions.ts';
import { saleHoursAt } from '../catalog/sale-hours.ts';
import type { BadTare } from '../catalog/tare.ts';
import { type CashRounding, roundCash } from '../money/cash-rounding.ts';
import { addMinor, type AmountOutOfRange, currencyOf, type LineRounding, type UnitPrice } from '../money/money.ts';
import { isMeasured, type Quantity, type QuantityOutOfRange, type Unit } from '../money/quantity.ts';
import type { Action, Approval, Principal } from '../people/permissions.ts';
import type { PriceChoice } from '../pricing/pricing.ts';
import type { BasketCoupon, BasketCustomer, BasketReward, PromotionMoment, Repricing, UsedPromotion } from '../promotions/repricing.ts';
import type { ReceiptLanguage } from '../receipt/receipt-words.ts';
import type { Refusal } from '../refusal.ts';
import type { ReturnColumns, ReturnOf } from '../returns/return-line.ts';
import type { ReturnOrigin } from '../returns/return-quote.ts';
import { type DocumentLine, documentTaxes } from '../returns/return-taxes.ts';
import type { ReturnPolicy } from '../returns/return-terms.ts';
import type { BenefitShares, UntaxedPart, UntaxedShare } from '../tax/benefit-tax.ts';
import type { ExemptPrices, ExemptableLine } from '../tax/exemption.ts';
import type { Service, TaxClass } from '../tax/tax-rule.ts';
import type { TaxAmount, TaxPolicy, TaxRounding } from '../tax/tax.ts';
import { type OpenTender, settle, suggestedCashMinor, type Tender, type TenderOffer, type TenderRefusal } from '../tender/tender.ts';
import { type BasketReturnRefusal, returnPayment, type ReturnSet, type SetReturn } from './basket-return.ts';
import type { LineDescription, ServiceSet, SetService } from './basket-service.ts';
import { type Claim, claimsOf, discountMinorOf, type LineDiscount, netMinorOf } from './line-discount.ts';
import type { DiscountRefusal, ManualDiscount, ManualDiscountOrder } from './manual-discount.ts';

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
  /** Absent: `DEFAULT_BENEFIT_SHARES`. */
  readonly benefitShares?: BenefitShares;
}

/** `untaxed`: of a benefit card, what it pays of each line. */
export interface BasketTender extends OpenTender {
  readonly untaxed?: readonly UntaxedShare[];
}

/** A line that may not be sold any more, and why. */
export interface HeldLine {
  readonly lineId: string;
  readonly refusal: RestrictionRefusal;
}

/** How a completed sale was paid: Σ tenders + Σ claims − change = total + rounding. */
export interface BasketPayment {
  readonly tenders: readonly Tender[];
  readonly changeMinor: number;
  /** Absent where it is 0. */
  readonly roundingMinor?: number;
}

export interface BasketLine extends ExemptableLine, ReturnColumns, UntaxedPart, CostPart {
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
  /** Where it is the price of a pack: how many pieces are in one. */
  readonly packUnits?: number;
  /** Why the price was overridden. */
  readonly reason?: string;
  /** What the catalogue asks where the price was overridden; absent where it asked nothing. */
  readonly cataloguePrice?: UnitPrice;
  /** Who approved its price, or its return without a receipt; opaque. */
  readonly approvedBy?: string;
  /** `synthetic` where the price was made up for goods that came without one. */
  readonly priceSource?: string;
  /** Of goods that are sold, or come back without their receipt; `costMinor` is of those that come back with it. */
  readonly unitCost?: UnitPrice;
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
  /** Of the store's list of notes. */
  readonly note?: string;
  /** A free text in place of the item's name (a department key). */
  readonly text?: string;
  /** The catalogue does not list these goods: they stand under their department's item, at a price that was typed; `code` is theirs. */
  readonly isUnlisted?: true;
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
  /** Nobody is attached who may buy now and pay later, or the account that was named is another's. */
  | { readonly type: 'notOnAccount'; readonly detail: { readonly tenderType: string; readonly customerId?: string } }
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
  /** What is no goods, and has no price of its own, says what the shopper pays for it. */
  | { readonly type: 'worthNeeded'; readonly detail: { readonly sku: string; readonly name: string } }
  /** Vouchers that are taken back here are worth more than what is sold: they never pay out. */
  | { readonly type: 'voucherAboveDue'; readonly detail: { readonly totalMinor: number } }
  /** A serial number is that of one piece: the line has several. */
  | { readonly type: 'serialOfOne'; readonly detail: { readonly sku: string; readonly name: string } }
  | { readonly type: 'noSuchLine'; readonly detail: { readonly lineId: string } }
  | { readonly type: 'noSuchBasket'; readonly detail: { readonly basketId: string } }
  | { readonly type: 'basketEmpty'; readonly detail: { readonly basketId: string } }
  | { readonly type: 'refusedRowsOpen'; readonly detail: { readonly rows: number } }
  | { readonly type: 'ageCheckOpen'; readonly detail: { readonly minimumAgeYears: number } }
  | { readonly type: 'couponTwice'; readonly detail: { readonly code: string } }
  | { readonly type: 'noSuchCoupon'; readonly detail: { readonly code: string } }
  | { readonly type: 'noSuchTender'; readonly detail: { readonly tenderId: string } }
  /** What a tender that may pay for some goods only paid goes back to it whole: nothing else is bought with it. */
  | { readonly type: 'returnAlone'; readonly detail: { readonly tenderType: string; readonly amountMinor: number } }
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

const BASKET_STATES = ['open', 'suspended', 'completed', 'voided', 'aborted'] as const;

export type BasketState = (typeof BASKET_STATES)[number];

/** The language that was chosen for the receipt, or the customer's own. */
export const receiptLanguageOf = ({
  receiptLanguage,
  customer,
}: Pick<Basket, 'receiptLanguage' | 'customer'>): ReceiptLanguage | undefined => receiptLanguage ?? customer?.language;

/** How somebody's age was checked: by a document that they showed, or because nobody could doubt it. Nothing of the document is kept. */
export const AGE_METHODS = ['document', 'appearance'] as const;
export type AgeMethod = (typeof AGE_METHODS)[number];

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
  /** How that was seen; absent in baskets of older tills. */
  readonly ageMethod?: AgeMethod | undefined;
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
  /** Where it is eaten; absent: nobody said. */
  readonly service?: Service;
  /** The shopper's; absent: the store's. */
  readonly receiptLanguage?: ReceiptLanguage;
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
  /** Of a scanned pack: how many pieces it holds; `quantity` counts pieces. Absent: one. */
  readonly packUnits?: number;
  /** Where the caller knows it: refused unless it is the item's own. */
  readonly unit?: Unit;
  readonly override?: PriceOverride;
  /** The catalogue does not list what is sold: `item` is its department's, and this is what was typed for one of it. */
  readonly unlistedPrice?: UnitPrice;
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
      readonly expiresAtMs?: number;
    }
  | { readonly type: 'voidLine'; readonly lineId: string }
  | { readonly type: 'confirmAge'; readonly method: AgeMethod }
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
  | SetService
  | ({ readonly type: 'describeLine'; readonly lineId: string } & LineDescription)
  | { readonly type: 'setReceiptLanguage'; readonly language: ReceiptLanguage }
  | SetReturn
  /** All that is owed for goods that came back, to the tenders that paid for them. */
  | { readonly type: 'refund' };

export interface ChosenPrice {
  readonly unitPrice: UnitPrice;
  readonly priceType: PriceType;
  readonly packUnits?: number;
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
  | ServiceSet
  | ({ readonly type: 'lineDescribed'; readonly lineId: string } & LineDescription)
  | { readonly type: 'receiptLanguageSet'; readonly language: ReceiptLanguage }
  | { readonly type: 'ageConfirmed'; readonly years: number; readonly method?: AgeMethod }
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
  for (let at = 0; at < basket.rows.length; at += 1) {
    const row = basket.rows[at]!;
    if (row.kind === 'item' && asksAge(row)) years = Math.max(years, row.minimumAgeYears ?? 0);
  }
  return years > basket.ageConfirmedYears ? years : 0;
}

function documentLineOf(line: BasketLine): DocumentLine {
  const { discounts, tax, quantity, untaxedMinor, returnTaxes } = line;
  if (discounts === undefined) return line;
  const amountMinor = netMinorOf(line);
  // Without what only few lines have: there are many lines, and each change of the basket asks.
  return untaxedMinor === undefined && returnTaxes === undefined ? { tax, quantity, amountMinor } : { ...line, amountMinor };
}

/** What lines come to, with their taxes. */
export function sumLines(
  opening: BasketOpening,
  lines: readonly BasketLine[],
): Pick<BasketTotals, 'subtotalMinor' | 'taxes' | 'totalMinor'> {
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
  let savedMinor = 0;
  for (let at = 0; at < basket.rows.length; at += 1) {
    const row = basket.rows[at]!;
    if (row.kind !== 'item') continue;
    const { quantity } = row;
    lines.push(row);
    savedMinor = addMinor(savedMinor, -discountMinorOf(row));
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
    savedMinor,
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

export const sumOfClaims = (claims: readonly Claim[]): number => claims.reduce((sum, claim) => addMinor(sum, claim.amountMinor), 0);

export function indexOfRow(basket: Basket, lineId: string): number {
  // Backwards: what is touched is most often what was touched last.
  return basket.rows.findLastIndex((row) => row.lineId === lineId);
}

export const noSuchLine = (lineId: string): Result<never, BasketRefusal> => err({ type: 'noSuchLine', detail: { lineId } });

export const basketEmpty = (basket: Basket): Result<never, BasketRefusal> =>
  err({ type: 'basketEmpty', detail: { basketId: basket.opening.basketId } });

/** Lines that certainly may not be sold at this time of the store. Where the clock cannot tell, what was judged when they were added stands. */
export function closedLines(basket: Basket, clock: RestrictionFacts['clock']): readonly HeldLine[] {
  if (clock === undefined) return [];
  return basketLines(basket).flatMap(({ lineId, sku, name, quantity, restrictions }) => {
    const hours = restrictions?.saleHours;
    if (hours === undefined || quantity.value <= 0 || saleHoursAt(hours, clock) !== 'closed') return [];
    return [{ lineId, refusal: { type: 'outsideSaleHours', detail: { sku, name, hours: hours.text } } }];
  });
}
