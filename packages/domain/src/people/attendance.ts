/**
 * Who was at work, and when: people come and go at any lane of their store, and each time is an entry by itself. What it comes to is a fold over them all, by the moments that they
 * name: an entry that states later what was forgotten takes its place among the others by what it says.
 *
 * Nothing is guessed. A coming that no going follows, and a going that nobody came before, stand as they are, marked, until somebody says what is missing.
 */
import type { Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { isPersonId } from './person.ts';
import { SIGN_ON_HOWS, type SignOnHow } from './sign-on.ts';

export const ATTENDANCE_ACTS = ['clockIn', 'clockOut'] as const;
export type AttendanceAct = (typeof ATTENDANCE_ACTS)[number];

/** Nobody works longer in one go: whoever has not gone by then forgot to say so, and a going after it is another day's. */
export const LONGEST_ATTENDANCE_MS = 16 * 3_600_000;
/** What somebody states is within a day of what is known, and a day has up to 25 hours. */
export const LONGEST_STATED_MS = 25 * 3_600_000;

export interface AttendanceMark {
  /** Opaque. */
  readonly person: string;
  readonly act: AttendanceAct;
  /** Store-agreed. */
  readonly atMs: number;
  /** Why it was stated by somebody else, afterwards. Absent: the person showed who they are, then and there. */
  readonly reason?: string;
}

export interface AttendanceEntry extends AttendanceMark {
  readonly how?: SignOnHow;
  readonly approvedBy?: string;
}

export interface Attendance {
  readonly person: string;
  /** Absent: nobody said when. */
  readonly fromMs?: number;
  /** Absent: they are still here, or nobody said when. */
  readonly toMs?: number;
  /** An end is missing, and somebody has to say it. */
  readonly isForgotten?: true;
  /** One of its ends was stated afterwards. */
  readonly isStated?: true;
}

export const attendanceEntry = (header: LedgerHeader, { person, act, atMs, how, reason, approvedBy }: AttendanceEntry): LedgerEntry => ({
  kind: LEDGER_KINDS.attendance.kind,
  fields: {
    ...headerFields(header),
    act,
    person,
    atMs,
    ...(how !== undefined && { how }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  },
});

export function readAttendance(fields: Fields): Result<AttendanceEntry & LedgerHeader, MalformedEntry> {
  const read = readFields(fields);
  const [name, person] = [read.text('act'), read.text('person')];
  if (!isPersonId(person)) read.fail('person', 'an opaque id', '');
  const [howText, reason, approvedBy] = [read.optionalText('how'), read.optionalText('reason'), read.optionalText('approvedBy')];
  const how = SIGN_ON_HOWS.find((known) => known === howText);
  if (howText !== undefined && how === undefined) read.fail('how', SIGN_ON_HOWS.join(' or '), undefined);
  return finished(read, {
    ...readHeader(read),
    act: ATTENDANCE_ACTS.find((known) => known === name) ?? read.fail('act', ATTENDANCE_ACTS.join(' or '), 'clockIn' as const),
    person,
    atMs: read.int('atMs', 0),
    ...(how !== undefined && { how }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  });
}

/** In the order of their beginnings, whatever the order of `marks`. At one moment somebody goes before they come. What is further apart than anybody works is not one attendance. */
export function attendancesOf(marks: readonly AttendanceMark[], nowMs: number): readonly Attendance[] {
  const ordered = marks.toSorted((left, right) => left.atMs - right.atMs || (left.act < right.act ? 1 : left.act > right.act ? -1 : 0));
  const here = new Map<string, AttendanceMark>();
  const found: Attendance[] = [];
  for (const mark of ordered) {
    const { person } = mark;
    const came = here.get(person);
    here.delete(person);
    const isPair = came !== undefined && mark.act === 'clockOut' && mark.atMs - came.atMs <= longestOf(came, mark);
    if (isPair) {
      found.push({ ...from(came), toMs: mark.atMs, ...stated(came, mark) });
      continue;
    }
    if (came !== undefined) found.push({ ...from(came), isForgotten: true });
    if (mark.act === 'clockIn') here.set(person, mark);
    else found.push({ person, toMs: mark.atMs, isForgotten: true, ...stated(mark) });
  }
  for (const came of here.values()) {
    found.push({ ...from(came), ...(nowMs - came.atMs > LONGEST_ATTENDANCE_MS && { isForgotten: true as const }) });
  }
  return found.toSorted((left, right) => beginOf(left) - beginOf(right) || (left.person < right.person ? -1 : 1));
}

/** Where it stands in time: its beginning, or its end where that is all that is known. */
export const beginOf = ({ fromMs, toMs = 0 }: Attendance): number => fromMs ?? toMs;

const longestOf = (...marks: readonly AttendanceMark[]): number =>
  marks.some(({ reason }) => reason !== undefined) ? LONGEST_STATED_MS : LONGEST_ATTENDANCE_MS;
const from = (came: AttendanceMark): Attendance => ({ person: came.person, fromMs: came.atMs, ...stated(came) });
const stated = (...marks: readonly AttendanceMark[]): Pick<Attendance, 'isStated'> =>
  marks.some(({ reason }) => reason !== undefined) ? { isStated: true } : {};

/** Of somebody who is here, since when; undefined where they are not, as far as `marks` tell. */
export function hereSince(marks: readonly AttendanceMark[], person: string, nowMs: number): Attendance | undefined {
  const last = attendancesOf(
    marks.filter((mark) => mark.person === person),
    nowMs,
  ).at(-1);
  return last?.fromMs !== undefined && last.toMs === undefined ? last : undefined;
}
