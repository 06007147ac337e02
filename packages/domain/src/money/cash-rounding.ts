/**
 * Cash rounding, where the smallest coin is larger than the minor unit: what is paid in cash is a multiple of a step. The difference
 * is an amount of its own beside the total, after tax and outside every tax base: total + rounding = what is paid (the sign of
 * UN/CEFACT's rounding amount: above 0 where the shopper pays more). The policies, with examples, are in docs/CONVENTIONS.md.
 *
 * Invariants: rounding works on the magnitude, so that a refund mirrors its sale; a rounded amount within MAX_AMOUNT_MINOR
 * stays within it, because each step divides that limit; no rounding makes another sign.
 */
import { assert } from '@holdfast/base';

import { MAX_AMOUNT_MINOR, scaleRounded } from './money.ts';

/** Of a tie, `half-up` makes the larger magnitude and `half-down` the smaller one. */
export const CASH_ROUNDING_MODES = ['half-up', 'half-down', 'up', 'down'] as const;
export type CashRoundingMode = (typeof CASH_ROUNDING_MODES)[number];

/** `cash`: what is paid in cash is rounded, what is paid by other means is exact. `total`: each sale is rounded, however it is paid. */
export const CASH_ROUNDING_SCOPES = ['cash', 'total'] as const;
export type CashRoundingScope = (typeof CASH_ROUNDING_SCOPES)[number];

/** `mirrored`: a refund is rounded as its sale was. `toward-zero`: the store never pays out more than it owes. */
export const REFUND_ROUNDINGS = ['mirrored', 'toward-zero'] as const;
export type RefundRounding = (typeof REFUND_ROUNDINGS)[number];

export interface CashRounding {
  /** In minor units: a step that `isCashStep` takes. */
  readonly stepMinor: number;
  readonly mode: CashRoundingMode;
  readonly scope: CashRoundingScope;
  readonly refunds: RefundRounding;
}

export const MAX_CASH_STEP_MINOR = 1_000_000;

/** Whether coins can have such a step: 2 to MAX_CASH_STEP_MINOR, a divisor of the largest amount (so 5, 10, 25, 1000, but not 3). */
export const isCashStep = (stepMinor: number): boolean =>
  Number.isSafeInteger(stepMinor) && stepMinor > 1 && stepMinor <= MAX_CASH_STEP_MINOR && MAX_AMOUNT_MINOR % stepMinor === 0;

/** What is paid in cash for an amount; below 0 the store pays it out. Exact without a rounding. */
export function roundCash(amountMinor: number, rounding: CashRounding | undefined): number {
  if (rounding === undefined) return amountMinor;
  const { stepMinor, mode, refunds } = rounding;
  assert(isCashStep(stepMinor), 'a cash rounding has a step of coins');
  const steps = scaleRounded(amountMinor, 1, stepMinor, amountMinor < 0 && refunds === 'toward-zero' ? 'down' : mode);
  assert(steps !== undefined, 'a quotient is no larger than its numerator');
  return steps * stepMinor;
}

/**
 * What is paid out for a part of a sale that comes back, above or equal to 0: the rounded sum of all refunds of that sale, less the
 * rounded sum of those before. `refundMinor` and `refundedBeforeMinor` are exact amounts, above or equal to 0. So parts that make
 * up a whole come, mirrored, to exactly what was paid for it, and no sequence of small returns gains by its rounding.
 */
export const cashRefundMinor = (refundMinor: number, refundedBeforeMinor: number, rounding: CashRounding | undefined): number =>
  roundCash(-refundedBeforeMinor, rounding) - roundCash(-(refundedBeforeMinor + refundMinor), rounding);
