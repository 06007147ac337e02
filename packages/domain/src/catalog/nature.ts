import type { TaxClass } from '../tax/tax-rule.ts';
/**
 * What a line is where it sells no goods: money that is kept for later (a gift card, a deposit), for others (a donation, a tip) or that was
 * owed (a payment on account). None of it is revenue, none of it moves stock, none of it is ever discounted; each names its tax point.
 *
 * Money that is not taxed with this sale stands in it outside every tax, whatever the tax class of its item says.
 */
import type { AccountKind } from '../tender/tender-type.ts';

export const NATURES = [
  'giftCard',
  'singlePurposeVoucher',
  'multiPurposeVoucher',
  'layawayDeposit',
  'orderDeposit',
  'donation',
  'tip',
  'accountPayment',
] as const;
export type Nature = (typeof NATURES)[number];

/**
 * When tax is due on it: with this sale, when it is redeemed, when the goods are handed over, with the sale that was made on account, or never.
 */
const TAX_POINTS = ['sale', 'redemption', 'delivery', 'earlierSale', 'never'] as const;
export type TaxPoint = (typeof TAX_POINTS)[number];

/** Deposits are taxed when they are paid (as in the EU) or when the goods are handed over (as in the US). */
export const DEPOSIT_TAX_POINTS = ['delivery', 'payment'] as const;
export type DepositTaxPoint = (typeof DEPOSIT_TAX_POINTS)[number];
export const DEFAULT_DEPOSIT_TAX_POINT: DepositTaxPoint = 'delivery';

interface NatureRules {
  /** `deposit`: as the store's policy has it. */
  readonly taxPoint: TaxPoint | 'deposit';
  /** The balance that a line adds to, and takes from where it comes back; such a line names it. */
  readonly account?: AccountKind;
  /** Whether a line that comes back may take a total below zero: money that is owed may, a voucher may not. */
  readonly paysOut: boolean;
}

const RULES: Readonly<Record<Nature, NatureRules>> = {
  giftCard: { taxPoint: 'redemption', account: 'giftCard', paysOut: true },
  singlePurposeVoucher: { taxPoint: 'sale', account: 'voucher', paysOut: false },
  multiPurposeVoucher: { taxPoint: 'redemption', account: 'voucher', paysOut: false },
  layawayDeposit: { taxPoint: 'deposit', account: 'layaway', paysOut: true },
  orderDeposit: { taxPoint: 'deposit', account: 'order', paysOut: true },
  donation: { taxPoint: 'never', paysOut: false },
  tip: { taxPoint: 'never', paysOut: false },
  accountPayment: { taxPoint: 'earlierSale', account: 'onAccount', paysOut: false },
};

export function taxPointOf(nature: Nature, deposits: DepositTaxPoint = DEFAULT_DEPOSIT_TAX_POINT): TaxPoint {
  const { taxPoint } = RULES[nature];
  if (taxPoint !== 'deposit') return taxPoint;
  return deposits === 'payment' ? 'sale' : 'delivery';
}

/** The balance that lines of this nature add to; undefined where none is kept. */
export const accountOf = (nature: Nature): AccountKind | undefined => RULES[nature].account;

/** Whether a line of this nature that comes back may leave the store owing. */
export const paysOut = (nature: Nature): boolean => RULES[nature].paysOut;

export const isNature = (text: string): text is Nature => NATURES.some((nature) => nature === text);

/** What stands outside every tax. */
export const OUTSIDE_TAX: TaxClass = { taxClass: 'outsideTax', name: 'Not taxed', rateBps: 0 };

/** Goods and services only: what is kept for later or for others has the price that it has. */
export const isDiscountable = (line: { readonly nature?: Nature; readonly isDeposit?: true }): boolean =>
  line.nature === undefined && line.isDeposit !== true;
