/**
 * Everything that may be refused at a till, by name. The list is the till contract's; windows put words to each, and
 * `detail` holds what the words need.
 */
export const REFUSAL_TYPES = [
  'unknownCode',
  'badCheckDigit',
  'malformedCode',
  'noPrice',
  'notForSale',
  'negativePrice',
  'quantityZero',
  'quantityAboveLimit',
  'quantityOutOfRange',
  'weightNeeded',
  'unitMismatch',
  'unknownTaxClass',
  'noSuchLine',
  'noSuchBasket',
  'basketEmpty',
  'basketOpen',
  'refusedRowsOpen',
  'ageCheckOpen',
  'tenderTooSmall',
  'refundMismatch',
  'tenderAboveLimit',
  'notPayableInCoins',
  'refundNotAllowed',
  'referenceNeeded',
  'voucherAboveDue',
  'notCovered',
  'aboveCashOutLimit',
  'unknownCoupon',
  'couponNotValid',
  'couponTwice',
  'noSuchCoupon',
  'noSuchTender',
  'tendersOpen',
  'discountTooLarge',
  'notDiscountable',
  'noSuchDiscount',
  'badCertificate',
  'approvalNeeded',
  'notAllowed',
  'amountOutOfRange',
  'noCatalogue',
  'noSuchReceipt',
  'returnAboveSold',
  'notReturnable',
  'returnTooLate',
  'returnElsewhere',
  'returnFixed',
  'returnWithoutReceipt',
  'returnAboveCap',
  'postVoidTooLate',
  'alreadyReturned',
  'tenderNotReversed',
  'diskFull',
  'badRequest',
  'internal',
] as const;
export type RefusalType = (typeof REFUSAL_TYPES)[number];

/** Any refusal, in the shape that a red row keeps and a window shows. Each typed refusal of this package is one. */
export interface Refusal {
  readonly type: RefusalType;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}
