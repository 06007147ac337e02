/**
 * Benefit cards: what such a card pays is untaxed, for the part that it pays. Its amount goes to the eligible lines by largest remainder, so
 * that shares sum to it; each line's tax is then charged on what is left of the line.
 *
 * With tax on top, the card pays nets, and the tax on its part is never due. Where prices include tax they stay as they are, and no tax is in
 * the part that the card paid.
 */
import { addMinor, scaleRounded } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import { allot } from '../promotions/allot.ts';
import type { TaxClass } from './tax-rule.ts';
import type { TaxedAmount } from './tax.ts';

/** What a line of a basket or a sale holds where a benefit card paid for it. */
export interface UntaxedPart {
  /** Of its net, what is untaxed because of who paid it: of the line's own sign. Absent: nothing. */
  readonly untaxedMinor?: number;
}

/** A part of one line. */
export interface UntaxedShare {
  readonly lineId: string;
  readonly amountMinor: number;
}

/** What a limited tender may still pay for. */
export interface OpenLine {
  readonly lineId: string;
  /** Above 0. */
  readonly openMinor: number;
}

/** What a benefit card may pay for, and what of it is still taxed. */
export interface BenefitLine extends OpenLine {
  /** At some rate, or per unit. */
  readonly isTaxed: boolean;
}

export const openMinorOf = (lines: readonly OpenLine[]): number => lines.reduce((sum, { openMinor }) => addMinor(sum, openMinor), 0);

/** Of whose goods a benefit card pays first: of all in proportion, or of those that are taxed before the others. */
export const BENEFIT_SHARES = ['proportional', 'taxedFirst'] as const;
export type BenefitShares = (typeof BENEFIT_SHARES)[number];
export const DEFAULT_BENEFIT_SHARES: BenefitShares = 'proportional';

/** What each line gets of `amountMinor`, which is at most what they come to. */
export function shareOut(lines: readonly OpenLine[], amountMinor: number): readonly UntaxedShare[] {
  const shares = allot(
    amountMinor,
    lines.map(({ openMinor }) => openMinor),
  );
  return lines.map(({ lineId }, index) => ({ lineId, amountMinor: shares[index] ?? 0 })).filter((share) => share.amountMinor > 0);
}

/** The same by the store's policy. */
export function untaxedShares(lines: readonly BenefitLine[], amountMinor: number, policy: BenefitShares): readonly UntaxedShare[] {
  if (policy === 'proportional') return shareOut(lines, amountMinor);
  const taxed = lines.filter(({ isTaxed }) => isTaxed);
  const firstMinor = Math.min(amountMinor, openMinorOf(taxed));
  const others = lines.filter(({ isTaxed }) => !isTaxed);
  return [...shareOut(taxed, firstMinor), ...shareOut(others, amountMinor - firstMinor)];
}

const untaxed = ({ taxClass, name }: TaxClass): TaxClass => ({ taxClass, name, rateBps: 0 });

/** The untaxed part of a line as an amount of its class without a rate, and the rest, where there is any; amounts are nets. */
export function taxedParts({ tax, amountMinor, quantity, untaxedMinor = 0 }: TaxedAmount & UntaxedPart): readonly TaxedAmount[] {
  const rest = { tax, amountMinor, ...(quantity !== undefined && { quantity }) };
  if (untaxedMinor === 0) return [rest];
  const restMinor = amountMinor - untaxedMinor;
  const part: TaxedAmount = { tax: untaxed(tax), amountMinor: untaxedMinor };
  if (restMinor === 0) return [part];
  return [part, { ...rest, amountMinor: restMinor, ...(quantity !== undefined && { quantity: restOf(quantity, restMinor, amountMinor) }) }];
}

/** A tax per unit is due on the units that the rest stands for, rounded up to whole steps: never more than the line has. */
export const restOf = (quantity: Quantity, restMinor: number, amountMinor: number): Quantity =>
  restMinor === amountMinor
    ? quantity
    : { ...quantity, value: scaleRounded(quantity.value, restMinor, amountMinor, 'up') ?? quantity.value };

/** Whether the untaxed part can be one: of its net's sign, and no more than that. */
export const isUntaxedSound = (untaxedMinor: number, netMinor: number): boolean =>
  untaxedMinor === 0 || (Math.sign(untaxedMinor) === Math.sign(netMinor) && Math.abs(untaxedMinor) <= Math.abs(netMinor));
