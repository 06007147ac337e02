/** Who was at work as the hub tells it, and how the page lists it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { askHub, type Answer } from '../hub-client.ts';

export type AttendanceRow = Answer<'getAttendance'>['attendance'][number];

const REFRESH_MS = 15_000;

/** Newest first; of one store, or of all where it is empty. */
export const useAttendance = (store: string, fromMs: number, toMs: number) =>
  useQuery({
    queryKey: ['attendance', store, fromMs, toMs],
    queryFn: async ({ signal }) => (await askHub('getAttendance', { question: { store, fromMs, toMs } }, signal)).attendance,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

/** Undefined where one end is not known. */
export const workedMs = ({ fromMs, toMs }: AttendanceRow): number | undefined =>
  fromMs === undefined || toMs === undefined ? undefined : toMs - fromMs;

export const attendanceState = ({ fromMs, toMs, isForgotten, isStated }: AttendanceRow): 'missing' | 'here' | 'stated' | 'told' =>
  isForgotten === true ? 'missing' : fromMs !== undefined && toMs === undefined ? 'here' : isStated === true ? 'stated' : 'told';

/** `nameOf`: who a key is. */
export const isShown = (
  row: AttendanceRow,
  { q = '', state = '' }: { readonly q?: string; readonly state?: string },
  nameOf: (person: string) => string = (person) => person,
): boolean =>
  `${nameOf(row.person)} ${row.person}`.toLowerCase().includes(q.trim().toLowerCase()) && (state === '' || attendanceState(row) === state);
