/** Store days as the hub tells them; asking and closing. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { askHub, type Answer } from '../hub-client.ts';

export type StoreDay = Answer<'getStoreDaysByStoreByBusinessDate'>;
export type Sums = StoreDay['sums'];
export type DayShift = StoreDay['shifts'][number];
export type DayLane = StoreDay['lanes'][number];
export type LaneWait = DayLane['waits'][number];
type TerminalSum = NonNullable<Sums['terminals']>[number];

/** Those whose drawer was counted: of the others nobody knows what is over or short. */
export const countedShifts = (shifts: readonly { readonly z: Pick<NonNullable<DayShift['z']>, 'isRolled'> | null }[]): number =>
  shifts.filter(({ z }) => z !== null && !z.isRolled).length;

/** Of each lane, its shifts together: a terminal is settled once a day. */
export function terminalsOf(day: StoreDay): readonly { readonly lane: number; readonly sum: TerminalSum }[] {
  const rows = new Map<string, { lane: number; sum: TerminalSum }>();
  for (const { lane, sums } of day.shifts) {
    for (const sum of sums.terminals ?? []) {
      const name = JSON.stringify([lane, sum.terminalId]);
      const held = rows.get(name)?.sum;
      rows.set(name, { lane, sum: held === undefined ? sum : addTerminals(held, sum) });
    }
  }
  return [...rows.values()];
}

const addTerminals = (left: TerminalSum, right: TerminalSum): TerminalSum => ({
  terminalId: left.terminalId,
  takenMinor: left.takenMinor + right.takenMinor,
  takenCount: left.takenCount + right.takenCount,
  settlements: left.settlements + right.settlements,
  countedMinor: left.countedMinor + right.countedMinor,
  countedCount: left.countedCount + right.countedCount,
  settledMinor: left.settledMinor + right.settledMinor,
  settledCount: left.settledCount + right.settledCount,
});

export type SafeMovement = StoreDay['safe']['movements'][number];

export type StoreDayRow = Answer<'getStoreDays'>['days'][number];

const REFRESH_MS = 5_000;
const MOST = 200;

/** Newest first; of one store, or of all where it is empty. */
export const useStoreDays = (store: string) =>
  useQuery({
    queryKey: ['storeDays', store],
    queryFn: async ({ signal }) => (await askHub('getStoreDays', { question: { limit: MOST, store } }, signal)).days,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export const useStoreDay = (store: string, date: string) =>
  useQuery({
    queryKey: ['storeDay', store, date],
    queryFn: ({ signal }) => askHub('getStoreDaysByStoreByBusinessDate', { question: { store, businessDate: date } }, signal),
    refetchInterval: again(REFRESH_MS),
  });

/** What stands then is told by asking again: the hub closes a day once. */
export function useCloseDay(store: string, date: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => askHub('postStoreDaysByStoreByBusinessDateClose', { question: { store, businessDate: date } }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['storeDay', store, date] });
      void client.invalidateQueries({ queryKey: ['storeDays'] });
    },
  });
}

/** What of the day is still on its way, in words. */
export function waitText(wait: LaneWait): string {
  switch (wait.type) {
    case 'close':
      return `shift ${wait.shift} is open`;
    case 'entries':
      return wait.count === 1 ? '1 entry not sent yet' : `${wait.count} entries not sent yet`;
    case 'contact':
      return 'not heard since that day';
    case 'setAside':
      return wait.count === 1 ? '1 entry could not be read' : `${wait.count} entries could not be read`;
    default:
      return wait satisfies never;
  }
}
