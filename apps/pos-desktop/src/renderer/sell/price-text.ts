/** What stands behind `×`: the price of one, or of the pack that it came in, with how many are in it. */
import type { Format } from '@holdfast/ui';

import type { LineView } from '../../shared/till-contract.ts';

interface Priced {
  readonly quantity: NonNullable<LineView['quantity']>;
  readonly unitPrice: NonNullable<LineView['unitPrice']>;
  readonly pack?: LineView['pack'];
}

export const priceText = ({ quantity, unitPrice, pack }: Priced, format: Format, minorDigits: number): string =>
  pack === undefined
    ? format.unitPrice(unitPrice, minorDigits, quantity.unit)
    : `${format.money(pack.priceMinor, minorDigits)}/${pack.units}`;
