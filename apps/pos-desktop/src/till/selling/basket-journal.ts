/**
 * Baskets on disk: each is the fold of its event rows. Every function here runs inside the caller's transaction; what it
 * returns is only true once that has committed.
 */
import { assert } from '@holdfast/base';
import { replayBasket, type Basket, type BasketEvent, type BasketOpening, type LedgerHeader, type StoreSettings } from '@holdfast/domain';
import type { Cut, EntryId, LedgerPlace } from '@holdfast/sync';

import type { CompletedSale } from '../../shared/till-contract.ts';
import type { Connection } from '../database/connection.ts';

/** A basket that may still change. */
export interface LiveBasket {
  readonly basketId: string;
  /** Of its row; a later basket's is higher. */
  readonly number: number;
  /** Null until its first event: until then it belongs to no currency yet. */
  readonly basket: Basket | null;
  /** The cut that it has pinned, in sync's order; null while it has no line. */
  readonly cutAt: number | null;
  readonly eventCount: number;
  /** Nothing of it counts, and it is sold in training alone. */
  readonly isTraining: boolean;
}

/** What a receipt says beyond its basket's lines, fixed at the sale: a later copy says the same. */
export interface Closing {
  readonly header: LedgerHeader;
  readonly settings: Pick<StoreSettings, 'storeName' | 'storeAddress' | 'storeTaxNumber' | 'receiptFooter' | 'timeZone'> &
    Partial<Pick<StoreSettings, 'locale' | 'receiptHeader' | 'receiptLegal'>>;
  readonly lane: string;
  readonly atMs: number;
  readonly externalReference?: string;
  /** What the store called its tenders, by type; absent where it was paid in cash alone. */
  readonly tenderNames?: Readonly<Record<string, string>>;
  /** What its gifts are called, by SKU; absent where it has none. */
  readonly giftNames?: Readonly<Record<string, string>>;
}

export interface CompletedBasket {
  readonly basket: Basket;
  readonly closing: Closing;
}

export interface RecentSale extends CompletedBasket {
  readonly receiptNumber: string;
}

export interface SuspendedBasket {
  readonly basketId: string;
  readonly atMs: number;
  readonly basket: Basket;
}

/** More than a store ever has; the oldest beyond are not listed. */
const MAX_SUSPENDED = 200;

interface BasketRow {
  readonly number: number;
  readonly basket_id: string;
  readonly opening: string | null;
  readonly cut_at: number | null;
  readonly closing: string | null;
  readonly receipt_number: string | null;
  readonly changed_at_ms: number;
  readonly is_training: number;
}

export interface BasketJournal {
  /** Whether the baskets that are opened from here on are training. */
  setTraining(isTraining: boolean): void;
  /** The open basket; made where there is none. */
  openBasket(newId: () => string, atMs: number): LiveBasket;
  suspended(basketId: string): LiveBasket | undefined;
  allSuspended(isTraining: boolean): readonly SuspendedBasket[];
  completed(receiptNumber: string): CompletedBasket | undefined;
  /** Where in this lane's ledger a sale stands. */
  entryOf(receiptNumber: string): LedgerPlace | undefined;
  /** Newest first. */
  recentCompleted(limit: number, isTraining: boolean): readonly RecentSale[];
  /** What `setLastCompleted` said last; the open basket may have begun since. */
  lastCompleted(): CompletedSale | undefined;

  /** Appends `events`, which made `after` out of `live`. `pin` is the cut, where one of them pinned it. */
  append(live: LiveBasket, events: readonly BasketEvent[], after: Basket, pin: Cut | null, atMs: number): LiveBasket;
  /** Ends a basket (or sets it aside) and opens the next one. */
  close(live: LiveBasket, state: 'suspended' | 'voided', atMs: number): void;
  complete(live: LiveBasket, receiptNumber: string, entry: EntryId, closing: Closing): void;
  /** Makes a suspended basket the open one. The present one must be empty. */
  reopen(suspended: LiveBasket, present: LiveBasket, atMs: number): void;
  setLastCompleted(sale: CompletedSale | null): void;
  /** When the open basket had its first line, or was gone on with. */
  openSinceMs(): number;
  /** What made the basket. */
  events(live: LiveBasket): readonly BasketEvent[];
  /** The basket that was open is lost with a database that was rebuilt. */
  noteLost(): void;
  /** That is so, and nothing was sold since. */
  isLost(): boolean;
  /** A basket that another lane set aside, or this one before its database was rebuilt, as a suspended one of this lane. `cutAt`: what it has pinned, in this lane's order, or `REBUILT_CUT`. */
  adopt(opening: BasketOpening, events: readonly BasketEvent[], cutAt: number | null, atMs: number): LiveBasket;
}

/** Of a basket that pinned a cut of the database before this one was rebuilt: it goes on at the cut that is exposed then. */
export const REBUILT_CUT = 0;

/** Events of one basket stand together, in their order, behind those of the baskets before it. */
export const EVENTS_PER_BASKET = 2 ** 20;

export function createBasketJournal(db: Connection): BasketJournal {
  const columns = 'number, basket_id, opening, cut_at, closing, receipt_number, changed_at_ms, is_training';
  const findOpen = db.prepare<[], BasketRow>(`SELECT ${columns} FROM basket WHERE state = 'open'`);
  const findSuspended = db.prepare<[string], BasketRow>(`SELECT ${columns} FROM basket WHERE basket_id = ? AND state = 'suspended'`);
  const listSuspended = db.prepare<[number, number], BasketRow>(
    `SELECT ${columns} FROM basket WHERE state = 'suspended' AND is_training = ? ORDER BY changed_at_ms DESC, number LIMIT ?`,
  );
  const findCompleted = db.prepare<[string], BasketRow>(`SELECT ${columns} FROM basket WHERE receipt_number = ?`);
  const findEntry = db.prepare<[string], LedgerPlace>(
    'SELECT entry_epoch AS epoch, entry_seq AS seq FROM basket WHERE receipt_number = ? AND entry_epoch IS NOT NULL',
  );
  const listCompleted = db.prepare<[number, number], BasketRow>(
    `SELECT ${columns} FROM basket WHERE state = 'completed' AND is_training = ? ORDER BY number DESC LIMIT ?`,
  );
  const writeTraining = db.prepare('UPDATE lane SET is_training = ? WHERE id = 1');
  const readTraining = db.prepare<[], number>('SELECT is_training FROM lane WHERE id = 1').pluck();
  const insert = db.prepare("INSERT INTO basket (basket_id, state, opened_at_ms, changed_at_ms, is_training) VALUES (?, 'open', ?, ?, ?)");
  const insertSuspended = db.prepare("INSERT INTO basket (basket_id, state, opened_at_ms, changed_at_ms) VALUES (?, 'suspended', ?, ?)");
  const listEvents = db.prepare<[number, number], string>('SELECT event FROM basket_event WHERE id > ? AND id < ? ORDER BY id').pluck();
  const insertEvent = db.prepare('INSERT INTO basket_event (id, event) VALUES (?, ?)');
  const noteChange = db.prepare(
    'UPDATE basket SET changed_at_ms = ?, opening = coalesce(opening, ?), cut_at = ?, cut_hub_epoch = ?, cut_lsn = ? WHERE number = ?',
  );
  const setState = db.prepare("UPDATE basket SET state = ?, changed_at_ms = ? WHERE number = ? AND state IN ('open', 'suspended')");
  const setCompleted = db.prepare(
    "UPDATE basket SET state = 'completed', changed_at_ms = ?, receipt_number = ?, entry_epoch = ?, entry_seq = ?, closing = ? WHERE number = ? AND state = 'open'",
  );
  const removeEmpty = db.prepare("DELETE FROM basket WHERE number = ? AND state = 'open'");
  const readLast = db.prepare<[], string | null>('SELECT last_completed FROM lane WHERE id = 1').pluck();
  const writeLast = db.prepare('UPDATE lane SET last_completed = ? WHERE id = 1');
  const writeLost = db.prepare('UPDATE lane SET lost_basket = ? WHERE id = 1 AND lost_basket <> ?');
  const readLost = db.prepare<[], number>('SELECT lost_basket FROM lane WHERE id = 1').pluck();

  const readEvents = (number: number): readonly BasketEvent[] =>
    listEvents.all(number * EVENTS_PER_BASKET, (number + 1) * EVENTS_PER_BASKET).map((event) => JSON.parse(event) as BasketEvent);
  const toBasket = (row: BasketRow): Basket => {
    assert(row.opening !== null, `basket ${row.basket_id} has events and an opening`);
    return replayBasket(JSON.parse(row.opening) as BasketOpening, readEvents(row.number));
  };
  const toLive = (row: BasketRow): LiveBasket => {
    const { basket_id: basketId, number } = row;
    const isTraining = row.is_training === 1;
    if (row.opening === null) return { basketId, number, basket: null, cutAt: null, eventCount: 0, isTraining };
    const events = readEvents(number);
    const basket = replayBasket(JSON.parse(row.opening) as BasketOpening, events);
    return { basketId, number, basket, cutAt: row.cut_at, eventCount: events.length, isTraining };
  };

  const toCompleted = (row: BasketRow): CompletedBasket => {
    assert(row.closing !== null, `the completed basket ${row.basket_id} says how it was closed`);
    return { basket: toBasket(row), closing: JSON.parse(row.closing) as Closing };
  };

  return {
    setTraining: (isTraining) => void writeTraining.run(isTraining ? 1 : 0),
    openBasket(newId, atMs) {
      const row = findOpen.get();
      if (row !== undefined) return toLive(row);
      const basketId = newId();
      const isTraining = readTraining.get() ?? 0;
      const { lastInsertRowid } = insert.run(basketId, atMs, atMs, isTraining);
      return { basketId, number: Number(lastInsertRowid), basket: null, cutAt: null, eventCount: 0, isTraining: isTraining === 1 };
    },
    suspended(basketId) {
      const row = findSuspended.get(basketId);
      return row === undefined ? undefined : toLive(row);
    },
    allSuspended: (isTraining) =>
      listSuspended
        .all(isTraining ? 1 : 0, MAX_SUSPENDED)
        .map((row) => ({ basketId: row.basket_id, atMs: row.changed_at_ms, basket: toBasket(row) })),
    completed(receiptNumber) {
      const row = findCompleted.get(receiptNumber);
      return row === undefined ? undefined : toCompleted(row);
    },
    entryOf: (receiptNumber) => findEntry.get(receiptNumber),
    recentCompleted: (limit, isTraining) =>
      listCompleted.all(isTraining ? 1 : 0, limit).map((row) => {
        assert(row.receipt_number !== null, `the completed basket ${row.basket_id} has its receipt`);
        return { ...toCompleted(row), receiptNumber: row.receipt_number };
      }),
    lastCompleted() {
      const sale = readLast.get();
      return sale === null || sale === undefined ? undefined : (JSON.parse(sale) as CompletedSale);
    },
    append(live, events, after, pin, atMs) {
      let { eventCount } = live;
      for (const event of events) {
        eventCount += 1;
        assert(eventCount < EVENTS_PER_BASKET, 'a basket has fewer than a million events');
        insertEvent.run(live.number * EVENTS_PER_BASKET + eventCount, JSON.stringify(event));
      }
      const cutAt = after.cut === null ? null : (pin?.at ?? live.cutAt);
      assert((after.cut === null) === (cutAt === null), 'a basket that names a cut has pinned it');
      const opening = live.basket === null ? JSON.stringify(after.opening) : null;
      // Most scans change neither: then the basket's own row is not written again.
      if (opening !== null || cutAt !== live.cutAt) {
        noteChange.run(atMs, opening, cutAt, after.cut?.hubEpoch ?? null, after.cut?.lsn ?? null, live.number);
      }
      return { ...live, basket: after, cutAt, eventCount };
    },
    close(live, state, atMs) {
      assert(setState.run(state, atMs, live.number).changes === 1, `basket ${live.basketId} was open`);
    },
    complete(live, receiptNumber, entry, closing) {
      const done = setCompleted.run(closing.atMs, receiptNumber, entry.epoch, entry.seq, JSON.stringify(closing), live.number);
      assert(done.changes === 1, `basket ${live.basketId} was open`);
      writeLost.run(0, 0);
    },
    noteLost: () => void writeLost.run(1, 1),
    isLost: () => readLost.get() === 1,
    reopen(suspended, present, atMs) {
      assert(present.basket === null || present.basket.rows.length === 0, 'only an empty basket gives its place to another');
      if (present.eventCount === 0) removeEmpty.run(present.number);
      else setState.run('voided', atMs, present.number);
      assert(setState.run('open', atMs, suspended.number).changes === 1, `basket ${suspended.basketId} was suspended`);
    },
    setLastCompleted(sale) {
      writeLast.run(sale === null ? null : JSON.stringify(sale));
    },
    openSinceMs: () => findOpen.get()?.changed_at_ms ?? Infinity,
    events: ({ number }) => readEvents(number),
    adopt(opening, events, cutAt, atMs) {
      const basket = replayBasket(opening, events);
      assert(
        basket.state === 'suspended' && (basket.cut === null) === (cutAt === null),
        'a basket that was set aside, at the cut that it names',
      );
      const { lastInsertRowid } = insertSuspended.run(opening.basketId, atMs, atMs);
      const number = Number(lastInsertRowid);
      for (const [index, event] of events.entries()) insertEvent.run(number * EVENTS_PER_BASKET + index + 1, JSON.stringify(event));
      noteChange.run(atMs, JSON.stringify(opening), cutAt, basket.cut?.hubEpoch ?? null, basket.cut?.lsn ?? null, number);
      return { basketId: opening.basketId, number, basket, cutAt, eventCount: events.length, isTraining: false };
    },
  };
}
