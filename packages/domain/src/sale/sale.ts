/**
 * What a sale is. It is a fact, written once and never recomputed: reading it back (read-sale.ts) checks
 * that its sums agree with each other, not that today's rules would give them again.
 *
 * Sums, of lines at their net (`netMinorOf`): Σ lines = total (inclusive) or Σ lines + Σ taxes = total (exclusive); per tax class
 * net (+ tax) = Σ its lines; Σ tenders + Σ claims − change = total + rounding. Stock: each sold line moves `stockQuantity` of its SKU out of the store, negative: in.
 */
import { assert } from '@holdfast/base';

import type { Cut } from '../basket/basket.ts';
import type { Claim, LineDiscount } from '../basket/line-discount.ts';
import type { PriceType } from '../catalog/catalog.ts';
import type { CostPart } from '../catalog/cost.ts';
import type { Nature } from '../catalog/nature.ts';
import type { LedgerHeader } from '../ledger/ledger.ts';
import type { UnitPrice } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import type { SaleApproval } from '../people/approval.ts';
import type { Reward } from '../promotions/rule.ts';
import type { ReturnColumns } from '../returns/return-line.ts';
import type { PointsTaken } from '../returns/return-points.ts';
import type { UntaxedPart } from '../tax/benefit-tax.ts';
import type { Service } from '../tax/tax-rule.ts';
import type { ComponentAmount } from '../tax/tax.ts';
import type { Tender } from '../tender/tender.ts';

export interface SaleLine extends ReturnColumns, UntaxedPart, CostPart {
  readonly sku: string;
  readonly code?: string;
  readonly quantity: Quantity;
  readonly unitPrice: UnitPrice;
  readonly priceType: PriceType;
  /** Where it is the price of a pack: how many pieces are in one. */
  readonly packUnits?: number;
  readonly reason?: string;
  /** Quantity × unit price; `netMinorOf` is what is left of it. */
  readonly amountMinor: number;
  /** Absent where nothing was taken off. */
  readonly discounts?: readonly LineDiscount[];
  readonly taxClass: string;
  readonly taxRateBps: number;
  /** What the catalogue asked where the price was overridden. */
  readonly cataloguePrice?: UnitPrice;
  /** Who approved the price, or the return without a receipt; opaque. */
  readonly approvedBy?: string;
  /** Leaves the store, in steps of the quantity's unit; negative: comes back; 0 in entries that sell nothing. */
  readonly stockQuantity: number;
  readonly serial?: string;
  readonly batch?: string;
  /** Of the store's list of notes. */
  readonly note?: string;
  /** The minimum age that was confirmed for this line. */
  readonly ageCheckedYears?: number;
  /** How: by a document, or by how they look; absent in sales of older tills, or as a newer one has it. */
  readonly ageMethod?: string;
  readonly text?: string;
  /** Not listed by the catalogue: sold under its department's item, at a price that was typed. */
  readonly isUnlisted?: true;
  /** Of what is no goods. */
  readonly nature?: Nature;
  /** The card, deposit or account that it is about. */
  readonly natureReference?: string;
  /** Taken off what the scale showed, in steps of the quantity's unit; the quantity is net. */
  readonly tare?: number;
  /** Of a deposit: where its goods stand among the lines, from 0. */
  readonly depositOf?: number;
}

/** A tax of a class; where the class has several, one row for each, with the net of the class in every one. */
export interface SaleTax {
  readonly taxClass: string;
  /** Of the class, as its lines carry it. */
  readonly rateBps: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly component?: ComponentAmount;
}

/** What all entries about a basket hold. */
export interface BasketRecord extends LedgerHeader {
  readonly basketId: string;
  readonly currency: string;
  /** An empty epoch and LSN 0 where the basket never had a line. */
  readonly cut: Cut;
  readonly lines: readonly SaleLine[];
  readonly totalMinor: number;
}

export interface Sale extends BasketRecord {
  readonly receiptNumber: string;
  readonly taxInclusive: boolean;
  readonly taxes: readonly SaleTax[];
  readonly tenders: readonly Tender[];
  readonly changeMinor: number;
  readonly externalReference?: string;
  /** Where it was eaten, where somebody said. */
  readonly service?: Service;
  /** Cash rounding, beside the total and its taxes; absent where it is 0. */
  readonly roundingMinor?: number;
  /** The certificate of a customer who owed no tax. */
  readonly exemption?: string;
  /** Absent where nothing needed one. */
  readonly approvals?: readonly SaleApproval[];
  /** The promotions that took something or gave a reward; absent where none did. */
  readonly promotions?: readonly SalePromotion[];
  /** What third parties pay of the total; absent where they pay nothing. */
  readonly claims?: readonly Claim[];
  /** An opaque id. */
  readonly customer?: string;
  readonly rewards?: readonly SaleReward[];
  /** What the customer earned by the store's rule; absent where it is 0. */
  readonly points?: number;
  /** By goods that came back, of what their sales had earned; absent where they took nothing. */
  readonly pointsTaken?: readonly PointsTaken[];
  /** The receipt of the sale that this one undoes, whole. */
  readonly postVoidOf?: string;
  /** What that sale had used of promotions. */
  readonly undonePromotions?: readonly SalePromotion[];
}

/** The version of a promotion that a sale used, and how often. */
export interface SalePromotion {
  readonly promotionId: string;
  readonly version: string;
  readonly uses: number;
}

export interface SaleReward {
  readonly promotionId: string;
  readonly times: number;
  readonly reward: Reward;
}

export interface SaleFacts {
  readonly receiptNumber: string;
  readonly externalReference?: string;
  /** What its customer earns; not 0 without one. */
  readonly points?: number;
}

/** Numbers of sales made in training are a series of their own: nobody takes one for a receipt. */
export const formatTrainingNumber = (lane: string, epoch: string, counter: number): string =>
  `T${formatReceiptNumber(lane, epoch, counter)}`;

/** `<lane>-<first 4 hex digits of the epoch>-<counter, at least 6 digits>`: gap-free per device and epoch. */
export function formatReceiptNumber(lane: string, epoch: string, counter: number): string {
  assert(Number.isSafeInteger(counter) && counter > 0, 'receipts are counted from 1');
  assert(/^[0-9a-f]{4}/.test(epoch), 'an epoch begins with 4 hex digits');
  return `${lane}-${epoch.slice(0, 4)}-${String(counter).padStart(6, '0')}`;
}
