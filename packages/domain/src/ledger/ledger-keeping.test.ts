import { expect, test } from 'vitest';

import { readSettings } from '../settings/settings.ts';
import { cell, readTable } from '../testing/table.ts';
import { DEFAULT_LEDGER_KEEPING, type FiscalPeriod, isBehindCopies, LEAST_KEPT_DAYS, mayBeForgotten } from './ledger-keeping.ts';

const cases = readTable(`
  written    | today      | days | period  | return days | may go
  -----------+------------+------+---------+-------------+-------
  2026-08-20 | 2026-11-18 | 90   | day     |             | no
  2026-08-20 | 2026-11-19 | 90   | day     |             | yes
  2026-08-20 | 2026-11-19 | 90   | day     | 365         | no
  2026-08-20 | 2027-08-21 | 90   | day     | 365         | yes
  2026-10-31 | 2026-12-06 | 35   | month   |             | yes
  2026-11-01 | 2026-12-06 | 35   | month   |             | no
  2026-11-01 | 2026-12-07 | 35   | month   |             | yes
  2026-01-01 | 2026-03-31 | 35   | quarter |             | no
  2026-02-20 | 2026-04-01 | 35   | quarter |             | yes
  2026-01-01 | 2026-12-31 | 90   | year    |             | no
  2026-09-30 | 2027-01-01 | 90   | year    |             | yes
  2026-10-05 | 2027-01-01 | 90   | year    |             | no
  2026-11-20 | 2026-08-01 | 35   | day     |             | no
`);

test.each(cases)('$written on $today, kept for $days days and its $period (returns: $return days) → $may go', (row) => {
  const keeping = { days: Number(cell(row, 'days')), period: cell(row, 'period') as FiscalPeriod };
  const returnDays = cell(row, 'return days');
  expect(mayBeForgotten(cell(row, 'written'), cell(row, 'today'), keeping, returnDays === '' ? undefined : Number(returnDays))).toBe(
    cell(row, 'may go') === 'yes',
  );
});

test('a store says how long, and never less than 35 days', () => {
  const read = (more: Readonly<Record<string, string>>) => {
    const settings = readSettings(new Map(Object.entries({ currency: 'EUR', taxInclusive: 'true', timeZone: 'Europe/Berlin', ...more })));
    return settings.ok ? [settings.value.settings.ledgerKeeping, settings.value.faults.map(({ detail }) => detail.key)] : undefined;
  };
  expect(read({})).toEqual([undefined, []]);
  expect(read({ ledgerKeptDays: '400' })).toEqual([{ ...DEFAULT_LEDGER_KEEPING, days: 400 }, []]);
  expect(read({ fiscalPeriod: 'year' })).toEqual([{ days: 90, period: 'year' }, []]);
  expect(read({ ledgerKeptDays: String(LEAST_KEPT_DAYS) })).toEqual([{ ...DEFAULT_LEDGER_KEEPING, days: LEAST_KEPT_DAYS }, []]);
  for (const wrong of ['34', '0', '-1', '90 days', '12345'])
    expect(read({ ledgerKeptDays: wrong })).toEqual([undefined, ['ledgerKeptDays']]);
  expect(read({ fiscalPeriod: 'week' })).toEqual([undefined, ['fiscalPeriod']]);
});

const copied = readTable(`
  written    | today      | kept days | return days | nobody new needs it
  -----------+------------+-----------+-------------+--------------------
  2026-08-20 | 2026-09-24 | 400       | 14          | no
  2026-08-20 | 2026-09-25 | 400       | 14          | yes
  2026-08-20 | 2026-11-18 | 400       | 90          | no
  2026-08-20 | 2026-11-19 | 400       | 90          | yes
  2026-08-20 | 2027-09-24 | 400       |             | no
  2026-08-20 | 2027-09-25 | 400       |             | yes
`);

test.each(copied)('N-18: of $written on $today: nobody new needs it: $nobody new needs it', (row) => {
  const returnDays = cell(row, 'return days');
  const keeping = { days: Number(cell(row, 'kept days')), period: 'year' } as const;
  const isBehind = isBehindCopies(cell(row, 'written'), cell(row, 'today'), keeping, returnDays === '' ? undefined : Number(returnDays));
  expect(isBehind).toBe(cell(row, 'nobody new needs it') === 'yes');
});
