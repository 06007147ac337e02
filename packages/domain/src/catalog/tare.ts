/**
 * Tare: what the package weighs, taken off what the scale shows. The line holds the net quantity, which is what is paid, and the tare
 * beside it. A tare that leaves nothing is refused, whoever entered it: a negative weight would pay the shopper.
 */
import { err, ok, type Result } from '@holdfast/base';

import { isMeasured, isQuantityInRange, type Unit } from '../money/quantity.ts';

export interface BadTare {
  readonly type: 'badTare';
  readonly detail: {
    readonly sku: string;
    readonly name: string;
    readonly reason: 'tooLarge' | 'notMeasured' | 'malformed';
    /** What the scale showed, and the tare, in steps of `unit`. */
    readonly gross: number;
    readonly tare: number;
    readonly unit: Unit;
  };
}

export interface Net {
  readonly quantity: number;
  /** Above 0. */
  readonly tare?: number;
}

/** `entered` goes before the item's own tare, also where it is 0. What comes back is weighed with its package too: signs mirror. */
export function netOf(
  item: { readonly sku: string; readonly name: string; readonly unit: Unit; readonly tare?: number },
  gross: number,
  entered: number | undefined,
): Result<Net, BadTare> {
  const { sku, name, unit } = item;
  const tare = entered ?? item.tare ?? 0;
  const bad = (reason: BadTare['detail']['reason']): Result<never, BadTare> =>
    err({ type: 'badTare', detail: { sku, name, reason, gross, tare, unit } });
  if (!isQuantityInRange(tare) || tare < 0) return bad('malformed');
  if (tare === 0) return ok({ quantity: gross });
  if (!isMeasured(unit)) return bad('notMeasured');
  if (gross !== 0 && Math.abs(gross) <= tare) return bad('tooLarge');
  return ok({ quantity: gross - Math.sign(gross) * tare, tare });
}
