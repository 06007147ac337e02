/**
 * The lane's drawers and their shifts: its own one; or an insert of each cashier's, of which the one that is in place belongs to whoever is signed on, and the others stay as they are. What lies in
 * one is a fold over the entries since its last close; nothing of that is kept but where those begin, so there is no sum that could differ from the ledger. The first question pays for the fold; from then on each entry is added as it is written.
 *
 * A lane has one business date at a time: all its shifts begin on it and end with it.
 */
import { assert } from '@holdfast/base';
import { addEntry, addMinor, beginsShift, noShift, type LedgerEntry, type ShiftSums } from '@holdfast/domain';
import type { EntryId, ReplicaStore } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { ownEntriesBehind } from './own-entries.ts';

/** That nobody in particular has; what happens while nobody is signed on happens to it. */
export const LANE_DRAWER = '1';

export interface OpenShift {
  readonly shift: number;
  readonly drawer: string;
  /** The lane's: of an opening or a first entry, to the last close or the roll, whatever the clock does; absent: nothing was written since. */
  readonly businessDate?: string;
  /** Somebody counted a float into it. */
  readonly isOpened: boolean;
  /** The day before it, where that one rolled over and nobody has counted since. */
  readonly rolledFrom?: string;
}

export interface Drawer {
  /** Of the drawer that is in place, as all that follows. */
  shift(): OpenShift;
  sums(currency: string): ShiftSums;
  /** Of all shifts of all drawers of this lane that were closed. */
  perpetualMinor(): number;
  /** Drawers in whose shift something was written, in the order of their names. */
  inUse(): readonly string[];
  /** `work`, with another drawer in place. */
  with<T>(drawer: string, work: () => T): T;
  /** What the shifts come to follows this entry; undefined: in none of them anything was written. */
  begins(): Pick<EntryId, 'epoch' | 'seq'> | undefined;
  /** Inside of the transaction that appended it. */
  note(entry: LedgerEntry): void;
  open(businessDate: string): void;
  /** `last`: the entry that closed it. `rolledFrom`: nobody counted. */
  close(last: EntryId, perpetualMinor: number, rolledFrom?: string): void;
  /** The transaction was rolled back. */
  reread(): void;
}

/** As the database has it. */
export interface DrawerRow {
  readonly drawer: string;
  readonly shift: number;
  readonly business_date: string | null;
  readonly from_epoch: string | null;
  readonly from_seq: number;
  readonly perpetual_minor: number;
  readonly is_opened: number;
  readonly rolled_from: string | null;
}

const NOT_OPENED = { business_date: null, is_opened: 0 } as const;
export const FIRST_SHIFT: Omit<DrawerRow, 'drawer'> = {
  shift: 1,
  ...NOT_OPENED,
  from_epoch: null,
  from_seq: 0,
  perpetual_minor: 0,
  rolled_from: null,
};

const byName = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** What cannot be read as its kind is in no sum here, as it is in none at the hub. */
function add(row: DrawerRow, before: ShiftSums, entry: LedgerEntry): ShiftSums {
  if (entry.fields['shift'] !== row.shift || entry.fields['drawer'] !== row.drawer) return before;
  const after = addEntry(before, entry);
  return after.ok ? after.value : before;
}

function foldShift(store: ReplicaStore, row: DrawerRow, currency: string): ShiftSums {
  let folded = noShift(currency);
  for (const entry of ownEntriesBehind(store, { epoch: row.from_epoch, seq: row.from_seq })) folded = add(row, folded, entry);
  return folded;
}

/** `inPlace`: whose drawer it is now. */
export function createDrawer(db: Connection, store: ReplicaStore, inPlace: () => string): Drawer {
  const read = db.prepare<[], DrawerRow>(
    'SELECT drawer, shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from FROM drawer ORDER BY drawer',
  );
  const write = db.prepare<[DrawerRow]>(
    `INSERT OR REPLACE INTO drawer (drawer, shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from)
     VALUES (@drawer, @shift, @business_date, @from_epoch, @from_seq, @perpetual_minor, @is_opened, @rolled_from)`,
  );
  const readRows = (): Map<string, DrawerRow> => new Map(read.all().map((row) => [row.drawer, row]));
  let rows = readRows();
  const sumsByDrawer = new Map<string, ShiftSums>();
  let forced: string | undefined;
  const current = (): string => forced ?? inPlace();
  const rowOf = (drawer: string): DrawerRow => rows.get(drawer) ?? { drawer, ...FIRST_SHIFT };
  const set = (row: DrawerRow): void => {
    write.run(row);
    rows.set(row.drawer, row);
  };
  const laneDate = (): string | undefined => [...rows.values()].find((row) => row.business_date !== null)?.business_date ?? undefined;
  /** A shift that begins: what was written before, `written` entries of its own aside, is none of it. */
  const begun = (row: DrawerRow, businessDate: string, written: number): DrawerRow => {
    const last = store.epochs().at(-1);
    assert(last !== undefined, 'who has a drawer is enrolled');
    const date = laneDate() ?? businessDate;
    return { ...row, business_date: date, from_epoch: last.epoch, from_seq: Math.max(last.headSeq - written, 0) };
  };
  const perpetual = (): number => [...rows.values()].reduce((sum, row) => addMinor(sum, row.perpetual_minor), 0);

  return {
    shift() {
      const row = rowOf(current());
      const businessDate = laneDate();
      return {
        shift: row.shift,
        drawer: row.drawer,
        isOpened: row.is_opened === 1,
        ...(businessDate !== undefined && { businessDate }),
        ...(row.rolled_from !== null && { rolledFrom: row.rolled_from }),
      };
    },
    sums(currency) {
      const row = rowOf(current());
      const sums = sumsByDrawer.get(row.drawer) ?? (row.business_date === null ? noShift(currency) : foldShift(store, row, currency));
      assert(sums.currency === currency, 'a drawer holds one currency');
      sumsByDrawer.set(row.drawer, sums);
      return sums;
    },
    perpetualMinor: perpetual,
    inUse: () => [...rows.values()].flatMap((row) => (row.business_date === null ? [] : [row.drawer])).toSorted(byName),
    with(drawer, work) {
      const before = forced;
      forced = drawer;
      try {
        return work();
      } finally {
        forced = before;
      }
    },
    begins() {
      const names = store.epochs().map(({ epoch }) => epoch);
      const places = [...rows.values()].flatMap((row) => (row.business_date === null ? [] : [row]));
      const first = places.toSorted(
        (left, right) => names.indexOf(left.from_epoch ?? '') - names.indexOf(right.from_epoch ?? '') || left.from_seq - right.from_seq,
      )[0];
      return first === undefined ? undefined : { epoch: first.from_epoch ?? names[0] ?? '', seq: first.from_seq };
    },
    note(entry) {
      const { businessDate, drawer } = entry.fields;
      if (typeof businessDate !== 'string' || typeof drawer !== 'string') return;
      const row = rowOf(drawer);
      if (row.business_date === null) {
        if (!beginsShift(entry)) return;
        set(begun(row, businessDate, 1));
      }
      const sums = sumsByDrawer.get(drawer);
      if (sums !== undefined) sumsByDrawer.set(drawer, add(rowOf(drawer), sums, entry));
    },
    open(businessDate) {
      const row = rowOf(current());
      set({ ...(row.business_date === null ? begun(row, businessDate, 0) : row), is_opened: 1 });
    },
    close({ epoch, seq }, perpetualMinor, rolledFrom) {
      const row = rowOf(current());
      const ownMinor = addMinor(row.perpetual_minor, perpetualMinor - perpetual());
      const from = { from_epoch: epoch, from_seq: seq, perpetual_minor: ownMinor, rolled_from: rolledFrom ?? null };
      set({ drawer: row.drawer, shift: row.shift + 1, ...NOT_OPENED, ...from });
      sumsByDrawer.delete(row.drawer);
    },
    reread() {
      rows = readRows();
      sumsByDrawer.clear();
    },
  };
}
