/**
 * Rights to spend from a scarce balance, given ahead: the hub grants them to one device, the device accepts them with an entry, and from then on
 * spends them without asking. What it spent of the balance is taken from them first, at both ends, so neither needs to be told. What is left
 * returns with another entry: expiry by itself only stops spending, for the hub cannot know what a device that it does not hear did before.
 */
import type { Result } from '@holdfast/base';

import { readFields, type FieldReader } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import { ACCOUNT_KINDS } from '../tender/tender-type.ts';
import { isReference } from '../tender/tender.ts';
import type { AccountName } from './account.ts';

export interface GrantAcceptance extends AccountName {
  readonly grantId: string;
  /** Above 0. */
  readonly amountMinor: number;
  readonly expiresAtMs: number;
  readonly signature: string;
}

export interface GrantRelease extends AccountName {
  readonly grantId: string;
  /** What is left; 0 where all of it was spent. */
  readonly amountMinor: number;
}

export function grantAcceptanceEntry(header: LedgerHeader, acceptance: GrantAcceptance): LedgerEntry {
  const { account, reference, currency, grantId, amountMinor, expiresAtMs, signature } = acceptance;
  return {
    kind: LEDGER_KINDS.grantAcceptance.kind,
    fields: { ...headerFields(header), account, reference, currency, amountMinor, grantId, expiresAtMs, signature },
  };
}

export function grantReleaseEntry(header: LedgerHeader, { account, reference, currency, grantId, amountMinor }: GrantRelease): LedgerEntry {
  return {
    kind: LEDGER_KINDS.grantRelease.kind,
    fields: { ...headerFields(header), account, reference, currency, amountMinor, grantId },
  };
}

export function readGrantAcceptance(fields: Fields): Result<GrantAcceptance & LedgerHeader, MalformedEntry> {
  const read = readFields(fields);
  const signature = read.text('signature');
  if (!/^[0-9a-f]{128}$/.test(signature)) read.fail('signature', '64 bytes as hex', undefined);
  return finished(read, {
    ...readHeader(read),
    ...readRights(read, 1),
    expiresAtMs: read.int('expiresAtMs'),
    signature,
  });
}

export function readGrantRelease(fields: Fields): Result<GrantRelease & LedgerHeader, MalformedEntry> {
  const read = readFields(fields);
  return finished(read, { ...readHeader(read), ...readRights(read, 0) });
}

function readRights(read: FieldReader, leastMinor: number): GrantRelease {
  const name = read.text('account');
  const account = ACCOUNT_KINDS.find((known) => known === name) ?? read.fail('account', ACCOUNT_KINDS.join(' or '), 'giftCard' as const);
  const reference = read.text('reference');
  if (!isReference(reference)) read.fail('reference', 'a reference', undefined);
  const grantId = read.text('grantId');
  if (!/^[0-9a-f]{16}$/.test(grantId)) read.fail('grantId', '16 hex digits', undefined);
  return {
    account,
    reference,
    currency: read.text('currency'),
    grantId,
    amountMinor: read.int('amountMinor', leastMinor, MAX_AMOUNT_MINOR),
  };
}
