/**
 * What goods cost the store: the item's unit cost at the basket's cut, pinned in the line when it is added and written into the sale as the
 * line's cost. It is no part of any price, total or tax. Goods that come back with their receipt take their part of the sale's own cost along,
 * by the rule of all their shares, so that parts sum to it exactly.
 */
import { lineAmountMinor, minorDigitsOf, type UnitPrice } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';

/** What one piece, kilogram, litre or metre of an item costs. */
export interface ItemCost {
  readonly unitCost: UnitPrice;
  readonly currency: string;
}

/** Of the sign of its quantity. Absent: nobody said what the goods cost. */
export interface CostPart {
  readonly costMinor?: number;
}

/** Of goods that are added: absent where nobody said it in the basket's currency. Costs are never converted. */
export const unitCostOf = (cost: ItemCost | undefined, currency: string): UnitPrice | undefined =>
  cost?.currency === currency ? cost.unitCost : undefined;

interface CostedLine extends CostPart {
  readonly quantity: Quantity;
  readonly unitCost?: UnitPrice;
}

/** What a line costs: its sale's own cost where it comes back with its receipt, else quantity × unit cost, rounded half up. A cost that no amount holds is none. */
export function lineCostMinor({ quantity, unitCost, costMinor }: CostedLine, currency: string): number | undefined {
  if (costMinor !== undefined || unitCost === undefined) return costMinor;
  const cost = lineAmountMinor(quantity, unitCost, minorDigitsOf(currency), 'half-up');
  return cost.ok ? cost.value : undefined;
}

/** What is left of a line's cost once `returned` came back; never of another sign. */
export function leftCost({ costMinor }: CostPart, returned: readonly CostPart[]): CostPart {
  if (costMinor === undefined) return {};
  const rest = returned.reduce((sum, part) => sum + (part.costMinor ?? 0), costMinor);
  return { costMinor: costMinor < 0 ? Math.min(0, rest) : Math.max(0, rest) };
}

/** Whether a line's cost has the sign of its quantity. */
export const isCostSound = ({ costMinor = 0 }: CostPart, { value }: Quantity): boolean =>
  costMinor === 0 || Math.sign(costMinor) === Math.sign(value);
