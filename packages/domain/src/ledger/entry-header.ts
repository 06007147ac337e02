/** What every ledger entry begins with, written and read back, and how reading one ends. */
import { err, ok, type Result } from '@holdfast/base';

import type { FieldReader } from '../fields.ts';
import type { Fields, LedgerHeader } from './ledger.ts';

/** An entry that does not hold what its kind says; `field` names the first column at fault. */
export interface MalformedEntry {
  readonly type: 'malformedEntry';
  readonly detail: { readonly field: string; readonly expected: string };
}

export const headerFields = ({ businessDate, shift, drawer, operator, training }: LedgerHeader): Fields => ({
  businessDate,
  shift,
  drawer,
  operator,
  training,
});

export function readHeader(read: FieldReader): LedgerHeader {
  const businessDate = read.text('businessDate');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(businessDate)) read.fail('businessDate', 'YYYY-MM-DD', '');
  return {
    businessDate,
    shift: read.int('shift', 0),
    drawer: read.text('drawer'),
    operator: read.text('operator'),
    training: read.bool('training'),
  };
}

/** What was read, or the first fault on the way. */
export function finished<T>(read: FieldReader, value: T): Result<T, MalformedEntry> {
  const fault = read.fault();
  return fault === undefined ? ok(value) : err({ type: 'malformedEntry', detail: { field: fault.field, expected: fault.expected } });
}
