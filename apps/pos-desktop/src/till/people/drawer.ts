/**
 * The lane's drawer and its shifts. What lies in it is a fold over the entries since the last close; nothing of that is kept but where those begin, so
 * there is no sum that could differ from the ledger. The first question pays for the fold; from then on each entry is added as it is written.
 */
import { assert } from '@holdfast/base';
import { addEntry, noShift, type LedgerEntry, type ShiftSums } from '@holdfast/domain';
import { readEntry, type EntryId, type ReplicaStore } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';

/** The lane's one drawer. */
const DRAWER = '1';

export interface OpenShift {
  readonly shift: number;
  readonly drawer: string;
  /** Of its opening or its first entry, to its close or the roll, whatever the clock does; absent: nothing was written in it yet. */
  readonly businessDate?: string;
  /** Somebody counted a float into it. */
  readonly isOpened: boolean;
  /** The day before it, where that one rolled over and nobody has counted since. */
  readonly rolledFrom?: string;
}

export interface Drawer {
  shift(): OpenShift;
  sums(currency: string): ShiftSums;
  /** Of all shifts before this one. */
  perpetualMinor(): number;
  /** What it comes to follows this entry; undefined: it is the first. */
  begins(): Pick<EntryId, 'epoch' | 'seq'> | undefined;
  /** Inside of the transaction that appended it. */
  note(entry: LedgerEntry): void;
  open(businessDate: string): void;
  /** `last`: the entry that closed it. `rolledFrom`: nobody counted. */
  close(last: EntryId, perpetualMinor: number, rolledFrom?: string): void;
  /** The transaction was rolled back. */
  reread(): void;
}

interface Row {
  readonly shift: number;
  readonly business_date: string | null;
  readonly from_epoch: string | null;
  readonly from_seq: number;
  readonly perpetual_minor: number;
  readonly is_opened: number;
  readonly rolled_from: string | null;
}

const NOT_OPENED = { business_date: null, is_opened: 0 } as const;
const FIRST: Row = { shift: 1, ...NOT_OPENED, from_epoch: null, from_seq: 0, perpetual_minor: 0, rolled_from: null };
const PAGE_ENTRIES = 500;
const PAGE_BYTES = 4_000_000;

export function createDrawer(db: Connection, store: ReplicaStore): Drawer {
  const read = db.prepare<[], Row>(
    'SELECT shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from FROM shift WHERE id = 1',
  );
  const write = db.prepare<[Row]>(
    `INSERT OR REPLACE INTO shift (id, shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from)
     VALUES (1, @shift, @business_date, @from_epoch, @from_seq, @perpetual_minor, @is_opened, @rolled_from)`,
  );
  let row = read.get() ?? FIRST;
  let sums: ShiftSums | undefined;
  const set = (next: Row): void => {
    write.run(next);
    row = next;
  };

  /** An entry that cannot be read is another build's: it is in no sum here, as it is in none at the hub. */
  const add = (before: ShiftSums, entry: LedgerEntry): ShiftSums => {
    if (entry.fields['shift'] !== row.shift || entry.fields['drawer'] !== DRAWER) return before;
    const after = addEntry(before, entry);
    return after.ok ? after.value : before;
  };

  function fold(currency: string): ShiftSums {
    let folded = noShift(currency);
    const epochs = store.epochs();
    const first = Math.max(
      epochs.findIndex(({ epoch }) => epoch === row.from_epoch),
      0,
    );
    for (const { epoch } of epochs.slice(first)) {
      let after = epoch === row.from_epoch ? row.from_seq : 0;
      for (;;) {
        const page = store.entriesAfter(epoch, after, PAGE_ENTRIES, PAGE_BYTES);
        for (const { canonical } of page) {
          const entry = readEntry(canonical, LEDGER_SCHEMAS);
          if (entry.ok && entry.value.fields !== null) folded = add(folded, { kind: entry.value.kind, fields: entry.value.fields });
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.id.seq;
      }
    }
    return folded;
  }

  return {
    shift: () => ({
      shift: row.shift,
      drawer: DRAWER,
      isOpened: row.is_opened === 1,
      ...(row.business_date !== null && { businessDate: row.business_date }),
      ...(row.rolled_from !== null && { rolledFrom: row.rolled_from }),
    }),
    sums(currency) {
      sums ??= fold(currency);
      assert(sums.currency === currency, 'a drawer holds one currency');
      return sums;
    },
    perpetualMinor: () => row.perpetual_minor,
    begins: () => (row.from_epoch === null ? undefined : { epoch: row.from_epoch, seq: row.from_seq }),
    note(entry) {
      const { businessDate } = entry.fields;
      if (row.business_date === null && typeof businessDate === 'string') set({ ...row, business_date: businessDate });
      if (sums !== undefined) sums = add(sums, entry);
    },
    open: (businessDate) => set({ ...row, business_date: businessDate, is_opened: 1 }),
    close({ epoch, seq }, perpetualMinor, rolledFrom) {
      const from = { from_epoch: epoch, from_seq: seq, perpetual_minor: perpetualMinor, rolled_from: rolledFrom ?? null };
      set({ shift: row.shift + 1, ...NOT_OPENED, ...from });
      sums = undefined;
    },
    reread() {
      row = read.get() ?? FIRST;
      sums = undefined;
    },
  };
}
