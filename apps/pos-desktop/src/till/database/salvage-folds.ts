/**
 * What a lane keeps beside its ledger and cannot read out of it any more once entries were forgotten (SPEC: U-23), for a database that is rebuilt: the sums of forgotten sales, the drawers' shifts and
 * totals, the stock that was moved; and the orders to its payment terminal, which may have moved money and are in no ledger before that is known. The ledger's word counts where it says it: its entries have the hashes that their chain names, these tables have none. A table counts where the ledger does not
 * contradict it. What neither says for sure is named: it may begin too low.
 */
import {
  addMinor,
  beginsShift,
  LEDGER_KINDS,
  readOverride,
  readSale,
  readShiftClose,
  type CardPayment,
  type LedgerEntry,
  type Tender,
} from '@holdfast/domain';
import type { Approved } from '@holdfast/hardware';
import { readEntry, type EntryId, type EpochState, type ReplicaStore } from '@holdfast/sync';

import { createDaySales, type DaySales } from '../books/day-sales.ts';
import { createUncountedSales, type UncountedSales } from '../books/uncounted-sales.ts';
import { FIRST_SHIFT, type DrawerRow } from '../people/drawer.ts';
import { createToldReturns } from '../returns/told-returns.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import type { SalesSums } from '../sync/carried-sales.ts';
import type { PaymentTarget, PaymentWish } from '../terminal/payment-journal.ts';
import { END_STATES, isOpenState, OPEN_STATES } from '../terminal/payment-state.ts';
import type { Connection } from './connection.ts';
import { type SalvagedBaskets, salvageBaskets } from './salvage-baskets.ts';
import { type SalvagedRights, salvageRights } from './salvage-rights.ts';

export type Fold = 'sales' | 'drawers' | 'stock' | 'terminal';

interface Cut extends SalesSums {
  readonly seq: number;
}

/** What the entries that are held say of themselves. */
interface Told {
  /** By epoch, the newest. */
  readonly cuts: ReadonlyMap<string, Cut>;
  readonly drawers: ReadonlyMap<string, DrawerRow>;
  readonly cards: CardWords;
  /** Each of them from the first on. */
  readonly isAll: boolean;
}

/** Of what went over the payment terminal. */
interface CardWords {
  /** By payment, the sale that it stands in, and as what; null: its basket gave it back. */
  readonly saleOf: Map<string, { readonly receiptNumber: string; readonly approved: Approved } | null>;
  /** Tenders of sales whose card has its money (`tenderKey`). */
  readonly reversed: Set<string>;
  /** Payments that a person gave up. */
  readonly writtenOff: Set<string>;
}

const PAGE_ENTRIES = 500;
const PAGE_BYTES = 4_000_000;

/** Inside a transaction of `fresh`, whose ledger is what was salvaged; `isCut`: its last entries are known to be gone. Answers what may begin too low. */
export function salvageFolds(
  damaged: Connection,
  fresh: Connection,
  { store, isCut }: { readonly store: ReplicaStore; readonly isCut: boolean },
): readonly Fold[] {
  const [rights, baskets] = [salvageRights(fresh), salvageBaskets(fresh)];
  const told = readLedger(store, {
    uncounted: createUncountedSales(fresh),
    daySales: createDaySales(fresh),
    rights,
    baskets,
    noteTakeover: takeoversOf(fresh),
    noteWish: wishesOf(fresh),
  });
  if (isCut) rights.rest();
  baskets.write();
  const epochs = store.epochs();
  const found: Readonly<Record<Fold, boolean>> = {
    sales: salvageSales(damaged, fresh, epochs, told.cuts),
    drawers: salvageDrawers(damaged, fresh, told),
    stock: salvageStock(damaged, fresh, epochs, told.isAll),
    terminal: salvagePayments(damaged, fresh, told.cards),
  };
  return (['sales', 'drawers', 'stock', 'terminal'] as const).filter((fold) => !found[fold]);
}

type Column = 'integer' | 'text' | 'text or null';
type RowOf<Columns> = {
  readonly [Name in keyof Columns]: Columns[Name] extends 'integer' ? number : Columns[Name] extends 'text' ? string : string | null;
};

/** Undefined where a row of it cannot be read: half of a table is none. */
function readTable<const Columns extends Readonly<Record<string, Column>>>(
  damaged: Connection,
  table: string,
  columns: Columns,
): readonly RowOf<Columns>[] | undefined {
  try {
    const rows = damaged.prepare<[], RowOf<Columns>>(`SELECT ${Object.keys(columns).join(', ')} FROM ${table}`).all();
    const isRow = (row: Readonly<Record<string, unknown>>): boolean =>
      Object.entries(columns).every(([column, type]) => {
        const value = row[column];
        if (type === 'integer') return Number.isSafeInteger(value);
        return typeof value === 'string' || (type === 'text or null' && value === null);
      });
    return rows.every(isRow) ? rows : undefined;
  } catch {
    return undefined;
  }
}

// ---- the ledger's word ----

interface Heard {
  readonly uncounted: UncountedSales;
  readonly daySales: DaySales;
  readonly rights: SalvagedRights;
  readonly baskets: SalvagedBaskets;
  readonly noteTakeover: (entry: LedgerEntry) => void;
  readonly noteWish: (entry: LedgerEntry, id: EntryId, atMs: number) => void;
}

function readLedger(store: ReplicaStore, { uncounted, daySales, rights, baskets, noteTakeover, noteWish }: Heard): Told {
  const cuts = new Map<string, Cut>();
  const drawers = new Map<string, DrawerRow>();
  const cards: CardWords = { saleOf: new Map(), reversed: new Set(), writtenOff: new Set() };
  let isAll = true;
  for (const { epoch, headSeq, begin } of store.epochs()) {
    let last = 0;
    for (;;) {
      const page = store.entriesAfter(epoch, last, PAGE_ENTRIES, PAGE_BYTES);
      for (const { id, canonical } of page) {
        isAll &&= id.seq === last + 1;
        if (id.seq !== Math.max(last, begin?.seq ?? 0) + 1) rights.rest();
        last = id.seq;
        const read = readEntry(canonical, LEDGER_SCHEMAS);
        if (!read.ok || read.value.fields === null) continue;
        const entry = { kind: read.value.kind, fields: read.value.fields };
        const cut = cutOf(entry);
        if (cut !== undefined) cuts.set(cut.of, cut);
        noteInDrawer(drawers, entry, id);
        noteCards(cards, entry);
        noteTakeover(entry);
        const atMs = read.value.wallMs + (read.value.hubOffsetMs ?? 0);
        noteWish(entry, id, atMs);
        baskets.note(entry, id, atMs);
        uncounted.note(entry, id);
        daySales.note(entry, id);
        rights.note(entry, id, read.value.wallMs);
      }
      if (page.length === 0) break;
    }
    isAll &&= last === headSeq;
    if (last !== headSeq) rights.rest();
  }
  return { cuts, drawers, cards, isAll };
}

/** What undoes a sale names its payments again. */
function noteCards({ saleOf, reversed, writtenOff }: CardWords, { kind, fields }: LedgerEntry): void {
  const { cardPayment, receiptNumber, tender, paymentId, how } = fields;
  if (kind === LEDGER_KINDS.tenderReversal.kind && typeof receiptNumber === 'string' && typeof tender === 'number')
    reversed.add(tenderKey(receiptNumber, tender));
  if (kind === LEDGER_KINDS.cardClearing.kind && typeof paymentId === 'string' && how === 'writtenOff') writtenOff.add(paymentId);
  if (kind === LEDGER_KINDS.tenderVoid.kind && typeof cardPayment === 'string') saleOf.set(cardPayment, null);
  const sale = kind === LEDGER_KINDS.sale.kind ? readSale(fields) : undefined;
  if (sale?.ok !== true || sale.value.postVoidOf !== undefined) return;
  const { receiptNumber: saleNumber, tenders } = sale.value;
  for (const { card, ...paid } of tenders) {
    if (card !== undefined) saleOf.set(card.paymentId, { receiptNumber: saleNumber, approved: approvedOf(paid, card) });
  }
}

/** What the terminal had said, as the sale has it. */
const approvedOf = (
  { amountMinor, tipMinor }: Pick<Tender, 'amountMinor' | 'tipMinor'>,
  { paymentId: _paymentId, atMs: _atMs, originalId: _originalId, entry: _entry, isOffline, ...card }: CardPayment,
): Approved => ({
  type: 'approved',
  amountMinor: Math.abs(amountMinor),
  ...(tipMinor !== undefined && { tipMinor }),
  isOffline: isOffline === true,
  card,
});

const tenderKey = (of: string, tender: string | number): string => JSON.stringify([of, tender]);

/** Baskets of other lanes that this one went on with: their ledgers come again, and say no more than that they were set aside. */
function takeoversOf(fresh: Connection): (entry: LedgerEntry) => void {
  const noteEnd = fresh.prepare('INSERT OR IGNORE INTO ended_suspension (device, epoch, seq) VALUES (?, ?, ?)');
  return ({ kind, fields: { from, suspendedEpoch, suspendedSeq } }) => {
    if (kind === LEDGER_KINDS.takeover.kind) noteEnd.run(from, suspendedEpoch, suspendedSeq);
  };
}

/** What this store asked for: it holds until the answer is seen, which comes with the catalogue. */
function wishesOf(fresh: Connection): Heard['noteWish'] {
  const insert = fresh.prepare(
    'INSERT OR IGNORE INTO store_wish (device, epoch, seq, type, key, fields, reason, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  return ({ kind, fields }, { device, epoch, seq }, atMs) => {
    const read = kind === LEDGER_KINDS.storeOverride.kind ? readOverride(fields) : undefined;
    if (read?.ok !== true || read.value.training) return;
    const { entityType, key, values, reason } = read.value;
    insert.run(device, epoch, seq, entityType, key, JSON.stringify(Object.fromEntries(values)), reason, atMs);
  };
}

function cutOf({
  kind,
  fields: { epoch: of, seq, currency, sales, totalMinor },
}: LedgerEntry): (Cut & { readonly of: string }) | undefined {
  if (kind !== LEDGER_KINDS.ledgerCut.kind || typeof of !== 'string' || typeof currency !== 'string') return undefined;
  return typeof seq === 'number' && typeof sales === 'number' && typeof totalMinor === 'number'
    ? { of, seq, currency, sales, totalMinor }
    : undefined;
}

/** As the drawers were kept while this was written (`people/drawer.ts`); what a close that is gone had said is in the next entry's shift, and in the next total. */
function noteInDrawer(rows: Map<string, DrawerRow>, { kind, fields }: LedgerEntry, { epoch, seq }: EntryId): void {
  const { businessDate, drawer, shift, perpetualMinor } = fields;
  if (typeof businessDate !== 'string' || typeof drawer !== 'string' || typeof shift !== 'number') return;
  const known = rows.get(drawer) ?? { drawer, ...FIRST_SHIFT };
  const before = known.shift === shift ? known : { ...known, ...FIRST_SHIFT, perpetual_minor: known.perpetual_minor, shift };
  const totalMinor = [...rows.values()].reduce((sum, row) => addMinor(sum, row.perpetual_minor), 0);
  const ownMinor =
    typeof perpetualMinor === 'number' ? addMinor(before.perpetual_minor, perpetualMinor - totalMinor) : before.perpetual_minor;
  const close = kind === LEDGER_KINDS.shiftClose.kind ? readShiftClose(fields) : undefined;
  if (close?.ok === true) {
    const isRolled = close.value.isRolled === true;
    // A float that goes over leaves its shift as open as the one before.
    const next = { business_date: null, is_opened: isRolled ? before.is_opened : 0, rolled_from: isRolled ? businessDate : null };
    rows.set(drawer, { ...before, ...next, shift: shift + 1, from_epoch: epoch, from_seq: seq, perpetual_minor: ownMinor });
    return;
  }
  const begins = before.business_date === null && beginsShift({ kind, fields });
  const begun = begins ? { business_date: businessDate, from_epoch: epoch, from_seq: seq - 1 } : {};
  const isFloat = kind === LEDGER_KINDS.cashMovement.kind && fields['act'] === 'float';
  const counted = isFloat && fields['reason'] !== 'rolled' ? { is_opened: 1, rolled_from: null } : {};
  rows.set(drawer, { ...before, ...begun, ...counted, perpetual_minor: ownMinor });
}

// ---- the tables ----

function salvageSales(damaged: Connection, fresh: Connection, epochs: readonly EpochState[], cuts: ReadonlyMap<string, Cut>): boolean {
  const carried = readTable(damaged, 'carried_sales', {
    epoch: 'text',
    currency: 'text',
    sales: 'integer',
    total_minor: 'integer',
  });
  const insert = fresh.prepare('INSERT INTO carried_sales (epoch, currency, sales, total_minor) VALUES (?, ?, ?, ?)');
  let isWhole = true;
  for (const { epoch, begin } of epochs) {
    const sums = new Map<string, SalesSums>(
      (carried ?? []).flatMap(({ epoch: of, currency, sales, total_minor: totalMinor }) =>
        of === epoch && sales > 0 ? [[currency, { currency, sales, totalMinor }]] : [],
      ),
    );
    const cut = cuts.get(epoch);
    const isNewest = cut !== undefined && begin?.seq === cut.seq;
    const kept = cut === undefined ? undefined : sums.get(cut.currency);
    if (cut !== undefined && cut.sales > 0 && (isNewest || kept === undefined || kept.sales < cut.sales)) sums.set(cut.currency, cut);
    isWhole &&= begin === null || carried !== undefined || isNewest;
    for (const { currency, sales, totalMinor } of sums.values()) insert.run(epoch, currency, sales, totalMinor);
  }
  return isWhole;
}

function salvageDrawers(damaged: Connection, fresh: Connection, { drawers, isAll }: Told): boolean {
  const kept = readTable(damaged, 'drawer', {
    drawer: 'text',
    shift: 'integer',
    business_date: 'text or null',
    from_epoch: 'text or null',
    from_seq: 'integer',
    perpetual_minor: 'integer',
    is_opened: 'integer',
    rolled_from: 'text or null',
  });
  const byName = new Map(kept?.map((row) => [row.drawer, row]));
  const isBehind = [...drawers.values()].some(({ drawer, shift }) => (byName.get(drawer)?.shift ?? 0) < shift);
  // A close that its ledger lost: its number is used, and its total was told.
  const isAhead = kept?.some(({ drawer, shift }) => shift > (drawers.get(drawer)?.shift ?? shift)) === true;
  const isKept = kept !== undefined && !isBehind && (isAhead || !isAll);
  const insert = fresh.prepare<[DrawerRow]>(
    `INSERT OR IGNORE INTO drawer (drawer, shift, business_date, from_epoch, from_seq, perpetual_minor, is_opened, rolled_from)
     VALUES (@drawer, @shift, @business_date, @from_epoch, @from_seq, @perpetual_minor, @is_opened, @rolled_from)`,
  );
  return insertAll(insert, isKept ? kept : drawers.values()) && (isKept || isAll);
}

function salvageStock(damaged: Connection, fresh: Connection, epochs: readonly EpochState[], isAll: boolean): boolean {
  // From the first entry on it is folded again.
  if (isAll) return true;
  const moved = readTable(damaged, 'stock', { sku: 'text', unit: 'text', moved: 'integer' });
  const folded = readTable(damaged, 'stock_folded', { epoch: 'text', seq: 'integer' });
  const isKept = moved !== undefined && folded !== undefined;
  const insert = fresh.prepare<[{ sku: string; unit: string; moved: number }]>(
    'INSERT OR IGNORE INTO stock (sku, unit, moved) VALUES (@sku, @unit, @moved)',
  );
  const isWhole = isKept && insertAll(insert, moved);
  const seqOf = new Map(folded?.map(({ epoch, seq }) => [epoch, seq]));
  const place = fresh.prepare('INSERT INTO stock_folded (epoch, seq) VALUES (?, ?)');
  for (const { epoch, headSeq } of epochs) {
    if (headSeq > 0) place.run(epoch, isKept ? Math.min(seqOf.get(epoch) ?? 0, headSeq) : headSeq);
  }
  return isWhole;
}

const PAYMENT_COLUMNS = {
  number: 'integer',
  payment_id: 'text',
  state: 'text',
  basket_id: 'text or null',
  wish: 'text',
  mark: 'text or null',
  approved: 'text or null',
  is_booked: 'integer',
  receipt_number: 'text or null',
  offline: 'text or null',
  is_settled: 'integer',
  at_ms: 'integer',
} as const;
type PaymentRow = RowOf<typeof PAYMENT_COLUMNS>;

/**
 * Orders to the terminal: what of them moved money and stood in no sale is for a person, and is asked for where nobody knows it. One whose row names its sale stays as it is where the ledger does not have
 * that: a sale that was forgotten looks like one that is lost. False: not all of them can be read.
 */
function salvagePayments(damaged: Connection, fresh: Connection, { saleOf, reversed, writtenOff }: CardWords): boolean {
  const insert = fresh.prepare<[PaymentRow]>(
    `INSERT OR IGNORE INTO terminal_payment (number, payment_id, state, basket_id, wish, mark, approved, is_booked, receipt_number, offline, is_settled, at_ms)
     VALUES (@number, @payment_id, @state, @basket_id, @wish, @mark, @approved, @is_booked, @receipt_number, @offline, @is_settled, @at_ms)`,
  );
  const rows = readTable(damaged, 'terminal_payment', PAYMENT_COLUMNS);
  const kept = rows?.flatMap((row) => {
    const [wish, approved] = [readJson(row.wish), readJson(row.approved ?? 'null')];
    return isState(row.state) && isWish(wish) && (row.approved === null || approved !== undefined) ? [{ row, wish }] : [];
  });
  if (kept === undefined || kept.length !== rows?.length) return false;
  const goingBack = new Set(
    kept.flatMap(({ row, wish: { target } }) => (target.type === 'left' && isOpenState(row.state) ? [target.paymentId] : [])),
  );
  const voided = new Set(
    kept.flatMap(({ row, wish: { target } }) =>
      target.type === 'voidTender' && row.state === 'approved' && row.is_booked === 1
        ? [tenderKey(row.basket_id ?? '', target.tenderId)]
        : [],
    ),
  );
  const told = createToldReturns(fresh);
  for (const { row, wish } of kept) if (wish.target.type === 'reverseTender' && isGivenUp(row, wish)) told.end(wish.target.receiptNumber);
  const held = new Set(told.held());

  function isGivenUp({ payment_id: paymentId, approved }: PaymentRow, { amountMinor }: PaymentWish): boolean {
    // Of a part the sale stands again.
    const isWhole = approved === null || (JSON.parse(approved) as Approved).amountMinor === amountMinor;
    return isWhole && writtenOff.has(paymentId);
  }

  function toKeep(row: PaymentRow, wish: PaymentWish): PaymentRow {
    const { target } = wish;
    const sale = saleOf.get(row.payment_id);
    if (sale === null) return { ...row, state: 'approved', is_booked: 1, receipt_number: null };
    if (sale !== undefined) {
      const approved = row.approved ?? JSON.stringify(sale.approved);
      return { ...row, state: 'approved', is_booked: 1, approved, receipt_number: sale.receiptNumber };
    }
    if (goingBack.has(row.payment_id)) return row;
    // Its basket gave it back, whether or not the entry of it is here still.
    if (
      target.type === 'tender' &&
      target.events.some((event) => event.type === 'tendered' && voided.has(tenderKey(row.basket_id ?? '', event.tender.tenderId)))
    )
      return row;
    // Where the ledger does not say that the card has its money, the right to its sale would go back, and the goods be paid out again.
    const isUnsaid =
      target.type === 'reverseTender' && held.has(target.receiptNumber) && !reversed.has(tenderKey(target.receiptNumber, target.tender));
    if (row.state === 'approved' && isUnsaid) return { ...row, state: 'stuck', is_booked: 0 };
    return withoutItsBasket(row, wish);
  }

  return insertAll(
    insert,
    kept.map(({ row, wish }) => toKeep(row, wish)),
  );
}

const isState = (state: string): boolean => [...OPEN_STATES, ...END_STATES].some((known) => known === state);
/** An object; undefined: there is none. */
function readJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value instanceof Object ? value : undefined;
  } catch {
    return undefined;
  }
}
const isWish = (value: object | undefined): value is PaymentWish => {
  const { target } = (value ?? {}) as Partial<PaymentWish>;
  return target instanceof Object && typeof target.type === 'string' && (target.type !== 'tender' || Array.isArray(target.events));
};

/** A damaged tree may list a row twice. False: one does not stand beside another. */
function insertAll<Row>(insert: { run(row: Row): { readonly changes: number } }, rows: Iterable<Row>): boolean {
  let isWhole = true;
  for (const row of rows) if (insert.run(row).changes !== 1) isWhole = false;
  return isWhole;
}

/** Of one that stands in no sale of the ledger. */
function withoutItsBasket(row: PaymentRow, wish: PaymentWish): PaymentRow {
  const { target } = wish;
  // What gives back what stood in no basket needs none. It may have been sent since these pages: a terminal that never heard of it says so, and it is sent.
  if (target.type === 'left') return row.state === 'wanted' ? { ...row, state: 'unknown' } : row;
  // Nobody waits for it any more, and until it is known, the goods of its sale come back nowhere.
  if (isOpenState(row.state) && target.type === 'reverseTender') return { ...row, state: 'left' };
  // Also what was not sent as far as these pages say: they may be older than the order.
  if (isOpenState(row.state)) return { ...row, state: 'left', wish: JSON.stringify({ ...wish, target: LOST }) };
  const stoodOnBasket = row.state === 'approved' && row.receipt_number === null && (target.type === 'tender' || target.type === 'refund');
  return stoodOnBasket ? { ...row, state: 'stuck', is_booked: 0, offline: null } : row;
}

const LOST = { type: 'lost' } as const satisfies PaymentTarget;
