/** Return lines in the ledger: which line they give back, and the exact tax that goes back with it. */
import { netMinorOf } from '../basket/line-discount.ts';
import type { FieldReader } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import type { SaleLine } from '../sale/sale.ts';
import { MAX_RATE_PPM } from '../tax/tax-rule.ts';
import type { ReturnColumns, ReturnTax } from './return-line.ts';

export const returnFields = ({ returnOf, returnTaxes, isUnverified, isDefective, returnApprovedBy }: ReturnColumns): Fields => ({
  ...(returnOf !== undefined && { returnReceipt: returnOf.receiptNumber }),
  ...(returnOf?.line !== undefined && { returnLine: returnOf.line }),
  ...(returnOf?.store !== undefined && { returnStore: returnOf.store }),
  ...(returnTaxes !== undefined && {
    returnTaxes: returnTaxes.map(({ component, ratePpm, baseMinor, taxMinor }) => ({
      ...(component !== undefined && { component }),
      ...(ratePpm !== undefined && { ratePpm }),
      ...(baseMinor !== undefined && { baseMinor }),
      taxMinor,
    })),
  }),
  ...(isUnverified === true && { isUnverified: true }),
  ...(isDefective === true && { isDefective: true }),
  ...(returnApprovedBy !== undefined && { returnApprovedBy }),
});

/** Whether a sale's fields give back anything that was sold with a receipt. Asked of every sale that is written, which is not read as a whole for it. */
export const givesBack = ({ lines, postVoidOf }: Fields): boolean =>
  postVoidOf !== undefined || (Array.isArray(lines) && lines.some((line: Fields) => line['returnReceipt'] !== undefined));

/** A lane writes few lines for one class of taxes, and fewer taxes for one line. */
const MAX_LINES = 1_000_000;

export function readReturnColumns(read: FieldReader): ReturnColumns {
  const receiptNumber = read.optionalText('returnReceipt');
  const line = read.optionalInt('returnLine', 1, MAX_LINES);
  const store = read.optionalText('returnStore');
  const returnTaxes = read.optionalList('returnTaxes', readReturnTax);
  const isUnverified = read.optionalBool('isUnverified') ?? false;
  const isDefective = read.optionalBool('isDefective') ?? false;
  const returnApprovedBy = read.optionalText('returnApprovedBy');
  if (receiptNumber === undefined && (line !== undefined || store !== undefined))
    read.fail('returnReceipt', 'there where returnLine is', '');
  if (returnTaxes !== undefined && line === undefined) read.fail('returnLine', 'there where returnTaxes are', 1);
  return {
    ...(receiptNumber !== undefined && {
      returnOf: { receiptNumber, ...(store !== undefined && { store }), ...(line !== undefined && { line }) },
    }),
    ...(returnTaxes !== undefined && { returnTaxes }),
    ...(isUnverified && { isUnverified }),
    ...(isDefective && { isDefective }),
    ...(returnApprovedBy !== undefined && { returnApprovedBy }),
  };
}

function readReturnTax(row: FieldReader): ReturnTax {
  const component = row.optionalText('component');
  const ratePpm = row.optionalInt('ratePpm', 0, MAX_RATE_PPM);
  const baseMinor = row.optionalInt('baseMinor', -2 * MAX_AMOUNT_MINOR, 2 * MAX_AMOUNT_MINOR);
  if ((ratePpm === undefined) !== (baseMinor === undefined)) row.fail('baseMinor', 'there where ratePpm is', undefined);
  if (component === undefined && ratePpm !== undefined) row.fail('component', 'there where ratePpm is', undefined);
  return {
    ...(component !== undefined && { component }),
    ...(ratePpm !== undefined && { ratePpm }),
    ...(baseMinor !== undefined && { baseMinor }),
    taxMinor: row.int('taxMinor', -2 * MAX_AMOUNT_MINOR, 2 * MAX_AMOUNT_MINOR),
  };
}

/**
 * Whether a return line can be one: its amount, its net and its quantity point the same way. A line of quantity 0 takes discounts
 * back, or gives more of them: it has no amount.
 */
export function isReturnSound(line: SaleLine): boolean {
  if (line.returnTaxes === undefined) return true;
  const { quantity, amountMinor, discounts = [] } = line;
  if (quantity.value === 0) {
    const isOneSign = [1, -1].some((sign) => discounts.every((discount) => discount.amountMinor * sign >= 0));
    return amountMinor === 0 && isOneSign;
  }
  return [amountMinor, netMinorOf(line)].every((minor) => minor === 0 || Math.sign(minor) === Math.sign(quantity.value));
}
