/** Balances as they stand in a scenario's cells. */
import { ok, type Result } from '@holdfast/base';

import { POINTS, type AccountMovement, type AccountName } from '../account/account.ts';
import { ACCOUNT_KINDS, type AccountKind } from '../tender/tender-type.ts';
import { joined, readAmount, spaced } from './cells.ts';
import { mistake, unknownWord, type Mistake } from './mistake.ts';

/** A balance as the scenario's table sets it up. */
export interface Opening extends AccountMovement {
  /** Granted to this lane, and accepted. */
  readonly rightsMinor: number;
  readonly rightsUntilMs: number;
}

/** `gift card G1`: the kind of balance, and whose. */
export function readAccount(text: string): Result<Pick<AccountName, 'account' | 'reference'>, Mistake> {
  const known = ACCOUNT_KINDS.map(spaced);
  const kind = known.find((word) => text.startsWith(`${word} `));
  if (kind === undefined) return unknownWord('balance', text.split(' ').slice(0, -1).join(' '), known);
  const account: AccountKind = ACCOUNT_KINDS.find((name) => name === joined(kind)) ?? 'giftCard';
  return ok({ account, reference: text.slice(kind.length + 1) });
}

/** `gift card G1 by -5.00` */
export function readAccountMovement(
  text: string,
  { minorDigits, settings }: { readonly minorDigits: number; readonly settings: { readonly currency: string } },
): Result<AccountMovement, Mistake> {
  const [, name = '', by = ''] = /^(.+) by (\S+)$/.exec(text) ?? [];
  if (name === '') return mistake('Write the balance and what moves it: gift card G1 by -5.00');
  const account = readAccount(name);
  if (!account.ok) return account;
  const isPoints = account.value.account === 'points';
  const amountMinor = readAmount(by, isPoints ? 0 : minorDigits);
  const currency = isPoints ? POINTS : settings.currency;
  return amountMinor.ok ? ok({ ...account.value, currency, amountMinor: amountMinor.value }) : amountMinor;
}
