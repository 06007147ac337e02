/** Who came to this store and went: this lane's own entries, and those of its siblings as far as they are here. Everything that writes runs inside its caller's transaction. */
import { LEDGER_KINDS, readAttendance, type AttendanceMark, type Fields } from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';

/** What a lane lists; the hub has all of it. */
const KEPT_MS = 35 * 86_400_000;

export interface AttendanceBook {
  /** The entry of this lane, or of another one; any other kind is passed over. In any order, and again: it counts once. */
  note(id: EntryId, kind: number, fields: Fields): void;
  marks(sinceMs: number): readonly AttendanceMark[];
}

interface Row {
  readonly person: string;
  readonly act: AttendanceMark['act'];
  readonly at_ms: number;
  readonly reason: string | null;
}

export function createAttendanceBook(db: Connection): AttendanceBook {
  const insert = db.prepare(
    'INSERT OR IGNORE INTO attendance_mark (device, epoch, seq, person, act, at_ms, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const forget = db.prepare('DELETE FROM attendance_mark WHERE at_ms < ?');
  const list = db.prepare<[number], Row>('SELECT person, act, at_ms, reason FROM attendance_mark WHERE at_ms >= ? ORDER BY at_ms');
  return {
    note({ device, epoch, seq }, kind, fields) {
      if (kind !== LEDGER_KINDS.attendance.kind) return;
      const read = readAttendance(fields);
      if (!read.ok || read.value.training) return;
      const { person, act, atMs, reason } = read.value;
      insert.run(device, epoch, seq, person, act, atMs, reason ?? null);
      forget.run(atMs - KEPT_MS);
    },
    marks: (sinceMs) =>
      list.all(sinceMs).map(({ person, act, at_ms: atMs, reason }) => ({ person, act, atMs, ...(reason !== null && { reason }) })),
  };
}
