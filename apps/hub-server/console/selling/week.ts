/** Today beside the same weekday of last week as the hub tells it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { format } from '../format.ts';
import { askHub, type Answer } from '../hub-client.ts';
import { useRights } from '../rights.tsx';

export type Week = Answer<'getOverviewWeek'>;
export type Pair = Week['totals'][number];

const REFRESH_MS = 15_000;

/** Of the whole company. Asked again with each sale that comes (`useLive`), and now and then: the time of day goes on. */
export function useWeek() {
  const { seesCompany } = useRights();
  return useQuery({
    queryKey: ['week'],
    queryFn: ({ signal }) => askHub('getOverviewWeek', {}, signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
    enabled: seesCompany,
  });
}

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
