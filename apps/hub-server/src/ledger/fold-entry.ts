/**
 * What one ledger entry means for the hub's folds: decided from its canonical bytes alone, so that ingest and verification cannot
 * differ. An entry that this build cannot read, or whose figures do not agree, is set aside with the reason: it is kept and
 * shown, and never stands in the way of those behind it.
 */
import { ok } from '@holdfast/base';
import {
  accountMovementsOf,
  actsOf,
  actsOfSale,
  beginsShift,
  isCalendarDate,
  goodsMovedBy,
  isReturnRightKind,
  LEDGER_KINDS,
  MAX_REFERENCE_LENGTH,
  NO_CLOCK_MS,
  movementsOfSale,
  readFields,
  readCardFact,
  readGrantAcceptance,
  readGrantRelease,
  readAttendance,
  readHeader,
  readOverride,
  readReceiptMail,
  readReturnRight,
  readSale,
  readStockCount,
  safeMovementOf,
  stockMovementsOf,
  suspensionTakenOver,
  type AccountMovement,
  type CardFact,
  type AttendanceEntry,
  type EntryActs,
  type Fields,
  type LedgerEntry,
  type LedgerHeader,
  type OverrideProposal,
  type ReceiptMail,
  type ReturnRightMove,
  type SafeMovement,
  type Sale,
  type StockCount,
  type StockMovement,
} from '@holdfast/domain';
import { createSchemas, readEntry, type EntryRead } from '@holdfast/sync';

import type { GrantNote } from '../accounts/grants.ts';
import { MAX_KEY_LENGTH } from '../catalog/changes.ts';
import { isPlainText } from '../plain-text.ts';

export interface FoldedEntry {
  readonly kind: number;
  /** The device's wall clock, corrected by the offset to the hub that it knew. */
  readonly atMs: number;
  /** How far that may be off; `NO_CLOCK_MS` where the device had heard no hub. */
  readonly uncertaintyMs: number;
  readonly sale: Sale | null;
  /** What left the store; negative quantities came in. Training moves nothing. */
  readonly movements: readonly StockMovement[];
  /** What was counted of goods; training counts nothing. */
  readonly count: StockCount | null;
  /** What it moved on gift cards and other balances. */
  readonly accountMovements: readonly AccountMovement[];
  /** What it did that asks for leave. */
  readonly did: EntryActs;
  /** What it says of rights to spend. */
  readonly grant: GrantNote | null;
  /** What it says of a right to return. */
  readonly returnRight: ReturnRightMove | null;
  /** What its store asks for. */
  readonly request: OverrideProposal | null;
  /** Whose shift and day it is of; null where it begins none, or says nothing that can be kept. */
  readonly place: ShiftPlace | null;
  /** What it did to the store's safe. */
  readonly safe: SafeMovement | null;
  /** What it says of a terminal's payment, where it is no sale. */
  readonly card: CardFact | null;
  /** Who came to work or went. */
  readonly attendance: (AttendanceEntry & LedgerHeader) | null;
  /** The entry of another lane that set the basket aside with which this one went on. */
  readonly takenOver: { readonly from: string; readonly epoch: string; readonly seq: number } | null;
  /** A receipt that is to be sent. */
  readonly mail: Pick<ReceiptMail, 'receiptNumber'> | null;
  readonly setAside: string | null;
}

/** What every entry of a lane begins with, as far as days are made of it. */
export interface ShiftPlace {
  readonly drawer: string;
  readonly shift: number;
  readonly businessDate: string;
  readonly operator: string;
}

export const LEDGER_SCHEMAS = createSchemas(Object.values(LEDGER_KINDS));

/** As long as an SKU may be: a longer one fits no catalogue, and no index. */
const MAX_SKU_LENGTH = 128;
const MAX_WORD_LENGTH = 200;
const MAX_TEXT_LENGTH = 4_000;
/** A moment that a calendar knows (ECMA-262, 21.4.1.1). */
const MAX_MOMENT_MS = 8_640_000_000_000_000;

const NOTHING_DONE: EntryActs = { operator: '', cut: undefined, acts: [] };

const nothing = (kind: number, atMs: number, setAside: string | null): FoldedEntry => ({
  kind,
  atMs,
  uncertaintyMs: NO_CLOCK_MS,
  sale: null,
  movements: [],
  count: null,
  accountMovements: [],
  did: NOTHING_DONE,
  grant: null,
  returnRight: null,
  request: null,
  place: null,
  safe: null,
  card: null,
  attendance: null,
  takenOver: null,
  mail: null,
  setAside,
});

export function foldEntry(canonical: Uint8Array): FoldedEntry {
  const read = readEntry(canonical, LEDGER_SCHEMAS);
  if (!read.ok) return unfoldable(canonical, `unreadable: ${read.error.type}`);
  const { kind, fields } = read.value;
  const atMs = correctedMoment(read.value);
  if (fields === null) return nothing(kind, atMs, `unknown kind ${kind}: held until this hub is upgraded`);
  const { hubOffsetMs, clockUncertaintyMs } = read.value;
  const uncertaintyMs = hubOffsetMs === null ? NO_CLOCK_MS : clockUncertaintyMs;
  return { ...foldFields(fields, { kind, atMs }), uncertaintyMs, place: beginsShift({ kind, fields }) ? placeOf(fields) : null };
}

/** Also of what is set aside: that its lane worked on that day is known. */
function placeOf(fields: Fields): ShiftPlace | null {
  const read = readFields(fields);
  const { drawer, shift, businessDate, operator } = readHeader(read);
  const isKept = read.fault() === undefined && isStorable(drawer, MAX_WORD_LENGTH) && isStorable(operator, MAX_WORD_LENGTH, 0);
  return isKept && isCalendarDate(businessDate) ? { drawer, shift, businessDate, operator } : null;
}

function foldFields(fields: Fields, at: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const { kind, atMs } = at;
  if (kind === LEDGER_KINDS.sale.kind) return foldSale(fields, at);
  const moved = foldMovements(stockMovementsOf({ kind, fields }), at);
  if (moved.setAside !== null) return moved;
  if (kind === LEDGER_KINDS.grantAcceptance.kind || kind === LEDGER_KINDS.grantRelease.kind) return foldGrant(fields, { kind, atMs });
  if (kind === LEDGER_KINDS.stockCount.kind) return foldCount(fields, { kind, atMs });
  if (kind === LEDGER_KINDS.attendance.kind) return foldAttendance(fields, { kind, atMs });
  if (kind === LEDGER_KINDS.receiptMail.kind) return foldMail(fields, { kind, atMs });
  if (isReturnRightKind(kind)) return foldReturnRight(fields, { kind, atMs });
  if (kind === LEDGER_KINDS.storeOverride.kind) return foldRequest(fields, { kind, atMs });
  const card = readCardFact({ kind, fields });
  if (card?.ok === false) return nothing(kind, atMs, `malformed: ${card.error.detail.field} is not ${card.error.detail.expected}`);
  const onAccounts = accountMovementsOf({ kind, fields });
  if (!onAccounts.ok) return nothing(kind, atMs, `malformed: ${onAccounts.error.detail.field} is not ${onAccounts.error.detail.expected}`);
  if (!areStorable(onAccounts.value)) return nothing(kind, atMs, 'malformed: reference holds control characters');
  const safe = safeMovementOf({ kind, fields });
  if (!safe.ok) return nothing(kind, atMs, `malformed: ${safe.error.detail.field} is not ${safe.error.detail.expected}`);
  if (!isStorable(safe.value?.reference ?? '', MAX_REFERENCE_LENGTH, 0)) {
    return nothing(kind, atMs, 'malformed: reference holds control characters');
  }
  const done = {
    ...moved,
    did: actsOf({ kind, fields }),
    safe: safe.value ?? null,
    card: card?.value ?? null,
    takenOver: takenOverBy({ kind, fields }),
    returnRight: returnRightOfReversal({ kind, fields }),
  };
  return { ...done, accountMovements: onAccounts.value };
}

function takenOverBy(entry: LedgerEntry): FoldedEntry['takenOver'] {
  const named = suspensionTakenOver(entry);
  return named !== undefined && isStorable(named.from, MAX_WORD_LENGTH) && isStorable(named.epoch, MAX_WORD_LENGTH) ? named : null;
}

/** Whose tender has gone back comes back nowhere else until it is undone, whoever ended its lane's right before this was heard. */
function returnRightOfReversal({ kind, fields: { receiptNumber, training } }: LedgerEntry): ReturnRightMove | null {
  const isKept =
    kind === LEDGER_KINDS.tenderReversal.kind && typeof receiptNumber === 'string' && isStorable(receiptNumber, MAX_WORD_LENGTH);
  return isKept && training !== true ? { type: 'accepted', receiptNumber } : null;
}

function foldGrant(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const accepted = kind === LEDGER_KINDS.grantAcceptance.kind ? readGrantAcceptance(fields) : undefined;
  const released = accepted === undefined ? readGrantRelease(fields) : undefined;
  const read = accepted ?? released;
  if (read?.ok === false) return nothing(kind, atMs, `malformed: ${read.error.detail.field} is not ${read.error.detail.expected}`);
  // Practice holds no rights.
  if (read?.value.training === true) return nothing(kind, atMs, null);
  const note = { ...nothing(kind, atMs, null) };
  if (accepted?.ok === true) return { ...note, grant: { accepted: accepted.value } };
  return released?.ok === true ? { ...note, grant: { released: released.value } } : note;
}

function foldCount(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const read = readStockCount(fields);
  if (!read.ok) return nothing(kind, atMs, `malformed: ${read.error.detail.field} is not ${read.error.detail.expected}`);
  const { lines, seen, training } = read.value;
  const places = [...seen, ...lines.flatMap(({ counted }) => counted ?? [])];
  const isPlain = places.every(({ device, epoch }) => isStorable(device, MAX_WORD_LENGTH) && isStorable(epoch, MAX_WORD_LENGTH));
  if (!isPlain || !lines.every(({ sku }) => isStorable(sku, MAX_SKU_LENGTH)))
    return nothing(kind, atMs, 'malformed: a text is too long or holds control characters');
  return { ...nothing(kind, atMs, null), did: actsOf({ kind, fields }), count: training ? null : read.value };
}

function foldAttendance(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const read = readAttendance(fields);
  if (!read.ok) return nothing(kind, atMs, `malformed: ${read.error.detail.field} is not ${read.error.detail.expected}`);
  const { operator, reason = '', training } = read.value;
  if (!isStorable(operator, MAX_WORD_LENGTH, 0) || !isStorable(reason, MAX_WORD_LENGTH, 0) || read.value.atMs > MAX_MOMENT_MS)
    return nothing(kind, atMs, 'malformed: a text is too long or holds control characters, or there is no such moment');
  return { ...nothing(kind, atMs, null), attendance: training ? null : read.value };
}

function foldMail(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const read = readReceiptMail(fields);
  if (!read.ok) return nothing(kind, atMs, `malformed: ${read.error.field} is not ${read.error.expected}`);
  const { receiptNumber, keyName } = read.value;
  if (!isStorable(receiptNumber, MAX_WORD_LENGTH) || !isStorable(keyName, MAX_WORD_LENGTH))
    return nothing(kind, atMs, 'malformed: a text is too long or holds control characters');
  return { ...nothing(kind, atMs, null), mail: { receiptNumber } };
}

function foldReturnRight(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const read = readReturnRight({ kind, fields });
  if (!read.ok) return nothing(kind, atMs, `malformed: ${read.error.detail.field} is not ${read.error.detail.expected}`);
  const { receiptNumber, store = '', training } = read.value;
  if (!isStorable(receiptNumber, MAX_WORD_LENGTH) || !isStorable(store, MAX_WORD_LENGTH, 0))
    return nothing(kind, atMs, 'malformed: a text is too long or holds control characters');
  return { ...nothing(kind, atMs, null), returnRight: training ? null : read.value };
}

function foldRequest(fields: Fields, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const request = readOverride(fields);
  if (!request.ok) return nothing(kind, atMs, `malformed: ${request.error.detail.field} is not ${request.error.detail.expected}`);
  const { key, operator, reason, values } = request.value;
  const texts = [operator, reason, ...[...values.values()].filter((value) => typeof value === 'string')];
  const isPlain = isStorable(key.replaceAll('\u001F', ''), MAX_KEY_LENGTH) && texts.every((text) => isStorable(text, MAX_TEXT_LENGTH, 0));
  return isPlain
    ? { ...nothing(kind, atMs, null), request: request.value }
    : nothing(kind, atMs, 'malformed: a text is too long or holds control characters');
}

/** An entry that is kept and applied to nothing: what its envelope still tells. */
export function unfoldable(canonical: Uint8Array, reason: string): FoldedEntry {
  const read = readEntry(canonical);
  return read.ok ? nothing(read.value.kind, correctedMoment(read.value), reason) : nothing(0, 0, reason);
}

/** Nothing but the goods that moved, or why they cannot be told. */
function foldMovements(movements: ReturnType<typeof stockMovementsOf>, { kind, atMs }: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  if (!movements.ok) return nothing(kind, atMs, `malformed: ${movements.error.detail.field} is not ${movements.error.detail.expected}`);
  if (!movements.value.every(({ sku }) => isStorable(sku, MAX_SKU_LENGTH)))
    return nothing(kind, atMs, 'malformed: sku is empty, too long or holds control characters');
  return { ...nothing(kind, atMs, null), movements: movements.value };
}

function foldSale(fields: Fields, at: Pick<FoldedEntry, 'kind' | 'atMs'>): FoldedEntry {
  const { kind } = at;
  const sale = readSale(fields);
  const moved = foldMovements(sale.ok ? ok(goodsMovedBy(sale.value)) : stockMovementsOf({ kind, fields }), at);
  if (moved.setAside !== null) return moved;
  if (!sale.ok) {
    // Its goods left the store, and its cards were charged, whatever its figures say.
    const onAccounts = accountMovementsOf({ kind, fields });
    const accountMovements = onAccounts.ok && areStorable(onAccounts.value) ? onAccounts.value : [];
    const setAside =
      sale.error.type === 'sumMismatch' ? `sums disagree: ${sale.error.detail.rule}` : `malformed: ${sale.error.detail.field}`;
    return { ...moved, accountMovements, setAside };
  }
  const accountMovements = movementsOfSale(sale.value);
  return isStorableSale(sale.value) && areStorable(accountMovements)
    ? { ...moved, sale: sale.value, accountMovements, did: actsOfSale(sale.value) }
    : nothing(kind, at.atMs, 'malformed: a text is too long or holds control characters');
}

export function correctedMoment(entry: EntryRead): number {
  const atMs = entry.wallMs + (entry.hubOffsetMs ?? 0);
  return Math.abs(atMs) <= MAX_MOMENT_MS ? atMs : 0;
}

const isStorable = (text: string, maxLength: number, minLength = 1): boolean => text.length >= minLength && isPlainText(text, maxLength);

const areStorable = (movements: readonly AccountMovement[]): boolean =>
  movements.every(({ reference }) => isStorable(reference, MAX_REFERENCE_LENGTH));

const isStorableSale = (sale: Sale): boolean =>
  isStorable(sale.receiptNumber, MAX_WORD_LENGTH) &&
  isStorable(sale.externalReference ?? '', MAX_WORD_LENGTH, 0) &&
  Number.isSafeInteger(sale.totalMinor) &&
  sale.lines.every(
    ({ sku, returnOf }) =>
      isStorable(sku, MAX_SKU_LENGTH) &&
      isStorable(returnOf?.receiptNumber ?? '', MAX_WORD_LENGTH, 0) &&
      isStorable(returnOf?.store ?? '', MAX_WORD_LENGTH, 0),
  );
