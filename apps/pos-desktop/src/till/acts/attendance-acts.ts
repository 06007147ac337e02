/** People come to work and go, at whatever lane is nearest; what somebody forgot to say is stated by who may. Nobody is kept from either by what another lane knows. */
import { assert } from '@holdfast/base';
import {
  attendanceEntry,
  attendancesOf,
  beginOf,
  hereSince,
  localTimeOf,
  momentsOf,
  type Attendance,
  type AttendanceEntry,
  type Refusal,
  type StoreSettings,
} from '@holdfast/domain';

import type { AttendanceView, RequestBody } from '../../shared/till-contract.ts';
import { createAttendanceBook, type AttendanceBook } from '../people/attendance.ts';
import type { StoreMoment } from '../store-time.ts';
import type { Done, OpenSale, Register } from './register.ts';

const DAY_MS = 86_400_000;
const LISTED_DAYS = 15;
/** What leave for it is given for. */
const REFERENCE = 'attendance';

export class AttendanceActs {
  readonly #register: Register;
  readonly #book: AttendanceBook;

  constructor(register: Register) {
    this.#register = register;
    this.#book = createAttendanceBook(register.ports.db);
  }

  /** By who shows who they are, whoever is signed on. */
  clock({ act }: Extract<RequestBody, { type: 'clock' }>): Done {
    const identified = this.#register.hub?.identified;
    const settings = this.#register.newestView()?.settings();
    if (identified === undefined || settings?.ok !== true) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#register.refuse(identified.error);
    const { staff, how } = identified.value;
    const moment = this.#register.now();
    const { atMs } = moment;
    const here = hereSince(this.#recent(atMs), staff.user, atMs);
    const sinceMs = here?.fromMs;
    if (act === 'clockIn' && sinceMs !== undefined && here?.isForgotten !== true)
      return this.#register.refuse({ type: 'alreadyClockedIn', detail: { sinceMs } });
    this.#append(settings.value, moment, { person: staff.user, act, atMs, how }, staff.user);
    const name = staff.displayName ?? staff.user;
    const clocked = { name, act, atMs, ...(sinceMs !== undefined && { sinceMs }), ...(here?.isForgotten === true && { forgotten: true }) };
    return { ...this.#register.unchanged({ value: { clocked } }), appended: true };
  }

  /** Newest first. */
  list(): readonly AttendanceView[] | Refusal {
    const open = this.#mayKeep();
    if ('type' in open) return open;
    const { atMs } = this.#register.now();
    const names = new Map(
      this.#register
        .newestView()
        ?.people()
        .map(({ user, displayName }) => [user, displayName]),
    );
    return attendancesOf(this.#recent(atMs), atMs)
      .toReversed()
      .map(({ person, fromMs, toMs, isForgotten, isStated }) => ({
        person,
        name: names.get(person) ?? person,
        ...(fromMs !== undefined && { fromMs }),
        ...(toMs !== undefined && { toMs }),
        ...(isForgotten === true && { forgotten: true }),
        ...(isStated === true && { stated: true }),
      }));
  }

  /** The end that is missing, as the clock on the wall showed it. */
  state({ person, fromMs, toMs, time, reason }: Extract<RequestBody, { type: 'stateAttendance' }>): Done {
    const open = this.#mayKeep();
    if ('type' in open) return this.#register.refuse(open);
    const moment = this.#register.now();
    const all = attendancesOf(this.#recent(moment.atMs), moment.atMs).filter((each) => each.person === person);
    const place = all.findIndex((each) => each.fromMs === fromMs && each.toMs === toMs);
    const found = all[place];
    if (found === undefined || (found.fromMs === undefined) === (found.toMs === undefined))
      return this.#register.refuse({ type: 'noSuchAttendance', detail: { person } });
    const [before, after] = [all[place - 1], all[place + 1]];
    const between = {
      fromMs: Math.max(found.fromMs ?? 0, before === undefined ? 0 : (before.toMs ?? beginOf(before))),
      toMs: Math.min(found.toMs ?? moment.atMs, after === undefined ? moment.atMs : beginOf(after)),
    };
    const atMs = momentNear(found, time, open.settings.timeZone);
    if (atMs === undefined || atMs < between.fromMs || atMs > between.toMs)
      return this.#register.refuse({ type: 'timeUnusable', detail: { time } });
    const act = found.toMs === undefined ? 'clockOut' : 'clockIn';
    this.#append(open.settings, moment, { person, act, atMs, reason, ...open.leave });
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  #recent(atMs: number) {
    return this.#book.marks(atMs - LISTED_DAYS * DAY_MS);
  }

  #mayKeep(): (OpenSale & { readonly leave: { readonly approvedBy?: string } }) | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    // Looking is no use of a leave: what was found may be stated by the same one.
    const about = { reference: REFERENCE, isStep: true } as const;
    const leave = this.#register.people.permit(open.authority, { action: 'keepAttendance', amount: 0 }, about);
    return leave.ok ? { ...open, leave: leave.value } : this.#register.denialOf(leave.error, open);
  }

  #append(settings: StoreSettings, moment: StoreMoment, attendance: AttendanceEntry, operator?: string): void {
    const header = { ...this.#register.header(settings, moment), ...(operator !== undefined && { operator }) };
    const entry = attendanceEntry(header, attendance);
    const { id } = this.#register.append(entry, moment);
    this.#book.note(id, entry.kind, entry.fields);
  }
}

/** The first time that the wall shows it after a coming, or the last one before a going; within a day. */
function momentNear({ fromMs, toMs }: Attendance, time: string, timeZone: string): number | undefined {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const knownMs = fromMs ?? toMs;
  assert(knownMs !== undefined, 'an attendance has one end');
  const moments = [-DAY_MS, 0, DAY_MS].flatMap((away) => {
    const { date } = localTimeOf(knownMs + away, timeZone);
    const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
    return momentsOf({ year, month, day, hour, minute }, timeZone);
  });
  return fromMs === undefined ? moments.findLast((atMs) => atMs < knownMs) : moments.find((atMs) => atMs > knownMs);
}
