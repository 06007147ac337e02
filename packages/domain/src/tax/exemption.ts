/**
 * A customer who owes no tax, by a certificate whose number stands in the sale. Lines are untaxed, or taxed at the variant that their class has
 * for the exempt. A price that includes tax is paid without it, or stays as it is: the store's policy.
 *
 * Each line keeps what it would be taxed otherwise, so that the certificate may come after the goods, and be taken back. Goods of an earlier sale
 * keep that sale's taxes.
 */
import { assert } from '@holdfast/base';

import { netMinorOf, type LineDiscount, type Reducible } from '../basket/line-discount.ts';
import { addMinor } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import type { ReturnOf } from '../returns/return-line.ts';
import type { TaxClass } from './tax-rule.ts';
import { taxesOf, type TaxTerms } from './tax.ts';

/** What becomes of a price that includes tax. */
export const EXEMPT_PRICES = ['withoutTax', 'unchanged'] as const;
export type ExemptPrices = (typeof EXEMPT_PRICES)[number];
export const DEFAULT_EXEMPT_PRICES: ExemptPrices = 'withoutTax';

/** A number, never a text: it stands in ledgers. */
export const isCertificate = (text: string): boolean => /^[\w./:-]{1,64}$/.test(text);

/** A line's taxes, as they are and as they would be. */
export interface ExemptableLine {
  readonly tax: TaxClass;
  /** Its class for exempt customers; absent: untaxed. */
  readonly exemptTax?: TaxClass;
  /** What it is taxed without the exemption that it has; absent where it has none. */
  readonly ordinaryTax?: TaxClass;
  readonly returnOf?: ReturnOf;
}

const untaxed = ({ taxClass, name }: TaxClass): TaxClass => ({ taxClass, name, rateBps: 0 });

/** The line with the exemption, and without it. */
export function exemptLine<Line extends ExemptableLine>(line: Line, isExempt: boolean): Line {
  if (line.returnOf !== undefined || (line.ordinaryTax !== undefined) === isExempt) return line;
  if (isExempt) return { ...line, tax: line.exemptTax ?? untaxed(line.tax), ordinaryTax: line.tax };
  const { ordinaryTax, ...kept } = line;
  assert(ordinaryTax !== undefined, 'an exempt line keeps its ordinary tax');
  // The rest of a line without one of its optional fields is still that line.
  return { ...(kept as Line), tax: ordinaryTax };
}

/** The kind's own word: neither a promotion nor a person took it off. */
export const isByExemption = ({ kind }: LineDiscount): boolean => kind === 'exemption';

interface PricedLine extends ExemptableLine, Reducible {
  readonly quantity: Quantity;
}

/** What an exempt customer does not pay of a price that includes tax; undefined where it stays. `line` is as everything else reduced it. */
export function exemptionOf(line: PricedLine, certificate: string, terms: TaxTerms, prices: ExemptPrices): LineDiscount | undefined {
  const { ordinaryTax, tax, quantity } = line;
  if (!terms.taxInclusive || prices === 'unchanged' || ordinaryTax === undefined) return undefined;
  const paidMinor = netMinorOf(line);
  const ordinary = taxesOf([{ tax: ordinaryTax, amountMinor: paidMinor, quantity }], terms);
  const netMinor = ordinary[0]?.netMinor ?? paidMinor;
  const stillDue = taxesOf([{ tax, amountMinor: netMinor, quantity }], { ...terms, taxInclusive: false });
  const amountMinor = stillDue.reduce((sum, row) => addMinor(sum, row.taxMinor), netMinor) - paidMinor;
  return amountMinor === 0 ? undefined : { kind: 'exemption', reference: certificate, amountMinor };
}
