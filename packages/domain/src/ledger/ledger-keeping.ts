/**
 * How long a lane keeps its own ledger: for as long as goods may come back, never for less than `LEAST_KEPT_DAYS`, and each fiscal period whole until it has ended. What the hub
 * does not hold safely is sync's to refuse (SPEC: U-23); this says what may be asked of it. Dates are business dates.
 */
import { daysBetween } from '../shift/business-day.ts';

export const FISCAL_PERIODS = ['day', 'month', 'quarter', 'year'] as const;
export type FiscalPeriod = (typeof FISCAL_PERIODS)[number];

export interface LedgerKeeping {
  /** ≥ `LEAST_KEPT_DAYS`. */
  readonly days: number;
  readonly period: FiscalPeriod;
}

export const LEAST_KEPT_DAYS = 35;
export const DEFAULT_LEDGER_KEEPING: LedgerKeeping = { days: 90, period: 'month' };

const QUARTERS = ['1', '1', '1', '2', '2', '2', '3', '3', '3', '4', '4', '4'] as const;

/** Names the period that a date lies in; later periods have later names. */
function periodOf(date: string, period: FiscalPeriod): string {
  const year = date.slice(0, 4);
  if (period === 'day') return date;
  if (period === 'month') return date.slice(0, 7);
  return period === 'year' ? year : `${year} ${QUARTERS[Number(date.slice(5, 7)) - 1]}`;
}

/** Whether a lane may forget what it wrote on `date`. `returnDays`: of the store's policy; absent: goods may come back without a limit of days, and `days` is how long this lane answers for it alone. */
export function mayBeForgotten(date: string, today: string, { days, period }: LedgerKeeping, returnDays = 0): boolean {
  return daysBetween(date, today) > Math.max(days, returnDays) && periodOf(date, period) < periodOf(today, period);
}

/** Whether a sibling that is new needs nothing of what was written on `date`: goods of it come back by the hub's word alone, and a lane lists no attendance of so long ago. Fiscal periods are its own lane's. */
export function isBehindCopies(date: string, today: string, { days }: LedgerKeeping, returnDays = days): boolean {
  return daysBetween(date, today) > Math.max(LEAST_KEPT_DAYS, returnDays);
}
