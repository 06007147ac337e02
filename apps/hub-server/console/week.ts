/** Today beside the same weekday of last week as the hub tells it, checked on arrival. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './api.ts';
import { format } from './format.ts';

const pair = { currency: z.string(), minorDigits: z.int(), todayMinor: z.int(), lastWeekMinor: z.int() };
const weekSchema = z.object({
  asOfMs: z.number(),
  totals: z.array(z.object(pair)),
  stores: z.array(z.object({ ...pair, store: z.string() })),
  hours: z.array(z.object({ hour: z.int(), currency: z.string(), count: z.int(), totalMinor: z.int() })),
  departments: z.array(z.object({ ...pair, department: z.string().nullable() })),
});
export type Week = z.infer<typeof weekSchema>;
export type Pair = Week['totals'][number];

const REFRESH_MS = 15_000;

/** Asked again with each sale that comes (`useLive`), and now and then: the time of day goes on. */
export const useWeek = () =>
  useQuery({
    queryKey: ['week'],
    queryFn: ({ signal }) => ask(weekSchema, '/api/v1/overview/week', {}, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

/** `+12 %`, in whole percent; of nothing there is no share. */
export function shareText({ todayMinor, lastWeekMinor }: Pick<Pair, 'todayMinor' | 'lastWeekMinor'>): string {
  if (lastWeekMinor <= 0) return '';
  const share = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
  return share
    .format((todayMinor - lastWeekMinor) / lastWeekMinor)
    .replace('-', '−')
    .replace('%', ' %');
}

export const moneyText = (minor: number, { minorDigits, currency }: Pick<Pair, 'minorDigits' | 'currency'>): string =>
  format.currency(minor, minorDigits, currency);

/** Hour by hour what that day took, where the company counts in one currency. */
export function hoursOf({ hours }: Week, currency: string): ReadonlyMap<number, number> {
  return hours.some((hour) => hour.currency !== currency) ? new Map() : new Map(hours.map(({ hour, totalMinor }) => [hour, totalMinor]));
}
