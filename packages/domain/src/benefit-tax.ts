/**
 * Benefit cards: what such a card pays is untaxed, for the part that it pays. Its amount goes to the eligible lines by largest remainder, so
 * that shares sum to it; each line's tax is then charged on what is left of the line.
 *
 * With tax on top, the card pays nets, and the tax on its part is never due. Where prices include tax they stay as they are, and no tax is in
 * the part that the card paid.
 */
import { err, ok, type Result } from '@holdfast/base';

import { addMinor, amountOutOfRange, isAmountInRange, scaleRounded, type AmountOutOfRange } from './money.ts';
import { allot } from './promotions/allot.ts';
import type { Quantity } from './quantity.ts';
import type { TaxClass } from './tax-rule.ts';
import { taxesOf, type TaxAmount, type TaxedAmount, type TaxTerms } from './tax.ts';

export interface BenefitLine extends TaxedAmount {
  readonly lineId: string;
  readonly quantity: Quantity;
  /** Whether the card may pay for it. */
  readonly isEligible: boolean;
}

export interface BenefitTaxes {
  /** What the card pays of each eligible line. */
  readonly sharesMinor: ReadonlyMap<string, number>;
  readonly taxes: readonly TaxAmount[];
  readonly totalMinor: number;
  /** What other tenders pay. */
  readonly dueMinor: number;
}

export type BenefitRefusal =
  | AmountOutOfRange
  | { readonly type: 'benefitAboveEligible'; readonly detail: { readonly amountMinor: number; readonly limitMinor: number } };

const untaxed = ({ taxClass, name }: TaxClass): TaxClass => ({ taxClass, name, rateBps: 0 });

/** The document's taxes when a benefit card pays `benefitMinor` of it; at most what its eligible lines come to without tax on top. */
export function taxWithBenefit(lines: readonly BenefitLine[], benefitMinor: number, terms: TaxTerms): Result<BenefitTaxes, BenefitRefusal> {
  if (!isAmountInRange(benefitMinor) || benefitMinor < 0) return err(amountOutOfRange());
  const eligible = lines.filter(({ isEligible, amountMinor }) => isEligible && amountMinor > 0);
  const weights = eligible.map(({ amountMinor }) => amountMinor);
  const limitMinor = weights.reduce(addMinor, 0);
  if (benefitMinor > limitMinor) return err({ type: 'benefitAboveEligible', detail: { amountMinor: benefitMinor, limitMinor } });
  const shares = allot(benefitMinor, weights);
  const sharesMinor = new Map(eligible.map(({ lineId }, index) => [lineId, shares[index] ?? 0]));
  const amounts = lines.flatMap((line) => partsOf(line, sharesMinor.get(line.lineId) ?? 0));
  const taxes = taxesOf(amounts, terms);
  const netMinor = lines.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), 0);
  const totalMinor = terms.taxInclusive ? netMinor : taxes.reduce((sum, { taxMinor }) => addMinor(sum, taxMinor), netMinor);
  return ok({ sharesMinor, taxes, totalMinor, dueMinor: totalMinor - benefitMinor });
}

/** The untaxed part of a line and the rest. A tax per unit is due on the units that the rest stands for, rounded up to whole steps: never more than the line has. */
function partsOf({ tax, amountMinor, quantity }: BenefitLine, paidMinor: number): readonly TaxedAmount[] {
  if (paidMinor === 0) return [{ tax, amountMinor, quantity }];
  const restMinor = amountMinor - paidMinor;
  const rest = scaleRounded(quantity.value, restMinor, amountMinor, 'up') ?? quantity.value;
  return [
    { tax: untaxed(tax), amountMinor: paidMinor, quantity },
    ...(restMinor === 0 ? [] : [{ tax, amountMinor: restMinor, quantity: { ...quantity, value: rest } }]),
  ];
}
