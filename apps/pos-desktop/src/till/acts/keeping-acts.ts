/**
 * A lane's ledger is kept for the return window and for its fiscal period, then by the hub alone (SPEC: U-23). It goes entry by entry from the start, a little at a time while nobody sells; with
 * an entry goes what this lane kept of it for returns and copies. What must outlive it is in its shift's Z, in the drawer's perpetual total, and in what is carried here.
 *
 * What a sibling that is new needs of it is less: the return window, and what is open. From where on that is this lane signs once a day (SPEC: N-18).
 *
 * Each step is one transaction: entries, what was kept of them, the new beginning and the carried sums stand or fall together.
 */
import { assert } from '@holdfast/base';
import { businessDateOf, DEFAULT_LEDGER_KEEPING, isBehindCopies, LEDGER_KINDS, mayBeForgotten, type StoreSettings } from '@holdfast/domain';
import { type ChainedEntry, type EpochState, mostCheckpointSeq, readEntry, signBegin, signFoldCheckpoint } from '@holdfast/sync';

import { createKeptOfEntries, type KeptOfEntries } from '../books/kept-of-entries.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { type CarriedSales, createCarriedSales } from '../sync/carried-sales.ts';
import type { Register } from './register.ts';

/** Of one step: some milliseconds. */
const ENTRIES_AT_ONCE = 100;
const BYTES_AT_ONCE = 400_000;

interface Due {
  readonly epoch: EpochState;
  readonly entries: readonly ChainedEntry[];
  /** There is no more of this epoch. */
  readonly isAll: boolean;
}

export class KeepingActs {
  readonly #register: Register;
  readonly #kept: KeptOfEntries;
  readonly #carried: CarriedSales;
  readonly #foldedTo: (epoch: string) => number;
  readonly #suspendedFrom: (epoch: string) => number;
  /** Nothing is due before this changes. */
  #lookedAt = '';
  /** Of which day, and by which settings, the checkpoints are; and how far each epoch was looked at for them. */
  #checkpointsOf = '';
  #checkedTo = new Map<string, { readonly seq: number; readonly hash: Uint8Array }>();

  constructor(register: Register) {
    this.#register = register;
    const { db } = register.ports;
    this.#kept = createKeptOfEntries(db);
    this.#carried = createCarriedSales(db);
    const folded = db.prepare<[string], number>('SELECT seq FROM stock_folded WHERE epoch = ?').pluck();
    this.#foldedTo = (epoch) => folded.get(epoch) ?? 0;
    const suspended = db
      .prepare<[string], number | null>(`SELECT min(seq) FROM own_suspension WHERE epoch = ? AND state = 'suspended'`)
      .pluck();
    this.#suspendedFrom = (epoch) => suspended.get(epoch) ?? Infinity;
  }

  /** One step; to be asked while nobody sells. False where nothing is due. */
  forgetNext(): boolean {
    const { ports, live } = this.#register;
    const settings = this.#register.newestView()?.settings();
    if (ports.signer === undefined || settings?.ok !== true || (live.basket !== null && live.basket.rows.length > 0)) return false;
    const today = this.#today(settings.value);
    const epochs = ports.store.epochs();
    const looksAt = [today, JSON.stringify(settings.value.ledgerKeeping), ...epochs.map(({ safeSeq }) => safeSeq)].join(' ');
    if (today === undefined || looksAt === this.#lookedAt) return false;
    for (const epoch of epochs) {
      const due = this.#dueOf(epoch, settings.value, today);
      if (due === undefined) continue;
      ports.transactions.durable(() => this.#forget(due, settings.value));
      if (due.isAll) ports.onAppended();
      return true;
    }
    this.#lookedAt = looksAt;
    return false;
  }

  /** One step towards today's checkpoints; to be asked while nobody sells. False where they stand. */
  checkpointNext(): boolean {
    const { ports, live } = this.#register;
    const settings = this.#register.newestView()?.settings();
    if (ports.signer === undefined || settings?.ok !== true || (live.basket !== null && live.basket.rows.length > 0)) return false;
    const today = this.#today(settings.value);
    const { ledgerKeeping = DEFAULT_LEDGER_KEEPING, returns } = settings.value;
    const looksAt = [today, ledgerKeeping.days, returns?.days].join(' ');
    if (today === undefined || looksAt === this.#checkpointsOf) return false;
    for (const epoch of ports.store.epochs()) {
      if (this.#lookFurther(epoch, (date) => isBehindCopies(date, today, ledgerKeeping, returns?.days))) return true;
    }
    this.#checkpointsOf = looksAt;
    return false;
  }

  /** A page of an epoch; signed where what is behind copies ends. False where that is as far as it goes. */
  #lookFurther(state: EpochState, isBehind: (date: string) => boolean): boolean {
    const { device, epoch, begin, headSeq } = state;
    const { store, signer, transactions } = this.#register.ports;
    const signed = store.foldCheckpoints().find((checkpoint) => checkpoint.device === device && checkpoint.epoch === epoch)?.seq ?? 0;
    const after = Math.max(signed, begin?.seq ?? 0, this.#checkedTo.get(epoch)?.seq ?? 0);
    const settled = Math.min(mostCheckpointSeq(state), this.#closedTo(epoch, headSeq), this.#suspendedFrom(epoch) - 1);
    const page = after < settled ? store.entriesAfter(epoch, after, ENTRIES_AT_ONCE, BYTES_AT_ONCE) : [];
    const end = page.findIndex((entry) => entry.id.seq > settled || !isBehind(dateOf(entry)));
    const last = page.at(end === -1 ? page.length - 1 : end - 1);
    if (last !== undefined && end !== 0) this.#checkedTo.set(epoch, { seq: last.id.seq, hash: last.hash });
    if (end === -1 && page.length > 0) return true;
    const reached = this.#checkedTo.get(epoch);
    assert(signer !== undefined, 'signed for');
    if (reached !== undefined && reached.seq > signed) {
      const checkpoint = signFoldCheckpoint(signer, { device, epoch, ...reached });
      transactions.durable(() => store.keepFoldCheckpoint(checkpoint));
    }
    return false;
  }

  /** No later than when the hub was heard: a clock that runs ahead, or a lane that is cut off, forgets nothing. */
  #today({ timeZone, dayRollsAtHour }: StoreSettings): string | undefined {
    const contactMs = this.#register.people.lastContactMs();
    const atMs = Math.min(this.#register.time.now().atMs, contactMs ?? -Infinity);
    return Number.isFinite(atMs) ? businessDateOf(atMs, timeZone, dayRollsAtHour) : undefined;
  }

  #dueOf(epoch: EpochState, { ledgerKeeping = DEFAULT_LEDGER_KEEPING, returns }: StoreSettings, today: string): Due | undefined {
    const after = epoch.begin?.seq ?? 0;
    const limit = this.#limitOf(epoch);
    if (after >= limit) return undefined;
    const entries: ChainedEntry[] = [];
    const page = this.#register.ports.store.entriesAfter(epoch.epoch, after, ENTRIES_AT_ONCE, BYTES_AT_ONCE);
    for (const entry of page) {
      if (entry.id.seq > limit || !mayBeForgotten(dateOf(entry), today, ledgerKeeping, returns?.days)) break;
      entries.push(entry);
    }
    const isAll = entries.length < page.length || page.at(-1)?.id.seq === limit;
    return entries.length === 0 ? undefined : { epoch, entries, isAll };
  }

  /** What is safe, of shifts that were closed, and in the lane's stock. */
  #limitOf({ epoch, safeSeq, headSeq, diverged }: EpochState): number {
    return diverged ? 0 : Math.min(safeSeq, headSeq - 1, this.#foldedTo(epoch), this.#closedTo(epoch, headSeq));
  }

  /** The last entry before the shift that is open. */
  #closedTo(epoch: string, headSeq: number): number {
    const shift = this.#register.drawer.begins();
    if (shift === undefined) return headSeq;
    if (epoch === shift.epoch) return shift.seq;
    const names = this.#register.ports.store.epochs().map((known) => known.epoch);
    return names.indexOf(epoch) < names.indexOf(shift.epoch) ? headSeq : 0;
  }

  #forget({ epoch: { device, epoch }, entries, isAll }: Due, settings: StoreSettings): void {
    const { store, signer } = this.#register.ports;
    const last = entries.at(-1);
    assert(last !== undefined && signer !== undefined, 'something is due, and signed for');
    for (const { id, canonical } of entries) {
      const read = readEntry(canonical, LEDGER_SCHEMAS);
      if (!read.ok || read.value.fields === null) continue;
      const entry = { kind: read.value.kind, fields: read.value.fields };
      this.#carried.add(epoch, entry);
      this.#kept.drop(id, entry);
    }
    store.forget(signBegin(signer, { device, epoch, seq: last.id.seq, hash: last.hash }));
    if (!isAll) return;
    const moment = this.#register.time.now();
    const read = readEntry(last.canonical);
    assert(read.ok, 'an entry of this ledger can be read');
    this.#kept.dropOlder(read.value.wallMs + (read.value.hubOffsetMs ?? 0));
    const { currency } = settings;
    const { sales, totalMinor } = this.#carried.of(epoch).find((sums) => sums.currency === currency) ?? { sales: 0, totalMinor: 0 };
    const cut = { epoch, seq: last.id.seq, hash: last.hash, currency, sales, totalMinor };
    this.#register.append(
      {
        kind: LEDGER_KINDS.ledgerCut.kind,
        fields: { ...this.#register.header(settings, moment), ...cut, perpetualMinor: this.#register.drawer.perpetualMinor() },
      },
      moment,
    );
  }
}

/** Of an entry that this build cannot read too: all kinds begin alike. What says none goes with those around it. */
function dateOf({ canonical }: ChainedEntry): string {
  const read = readEntry(canonical);
  const date = read.ok ? read.value.columns.get(LEDGER_KINDS.sale.columns[0].number) : undefined;
  return typeof date === 'string' ? date : '0000-01-01';
}
