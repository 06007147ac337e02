/** Balances, and rights that devices hold of them, as they are answered. */
import { ACCOUNT_KINDS } from '@holdfast/domain';
import { z } from 'zod';

import { atMs, currency, entryPlace, minor, minorDigits } from './parts.ts';

const account = z.object({
  account: z.enum(ACCOUNT_KINDS),
  reference: z.string(),
  currency,
  minorDigits,
  balanceMinor: minor,
  /** How far a customer may owe. */
  limitMinor: minor.optional(),
  overdrawn: z.boolean(),
});
export const ACCOUNTS = z.object({ accounts: z.array(account) });

/** A row for each currency, and what moved, newest first. */
export const ACCOUNT = ACCOUNTS.extend({
  movements: z.array(entryPlace.extend({ kind: z.int(), store: z.string(), receivedAtMs: atMs, currency, amountMinor: minor })),
});

export const GRANTS = z.object({
  grants: z.array(
    z.object({
      grantId: z.string(),
      account: z.enum(ACCOUNT_KINDS),
      reference: z.string(),
      currency,
      device: z.string(),
      store: z.string(),
      lane: z.int(),
      amountMinor: minor,
      leftMinor: minor,
      grantedAtMs: atMs,
      expiresAtMs: atMs,
      accepted: z.boolean(),
    }),
  ),
});

export const RETURN_RIGHTS = z.object({
  rights: z.array(z.object({ store: z.string(), receiptNumber: z.string(), device: z.string(), heldAtMs: atMs, accepted: z.boolean() })),
});
