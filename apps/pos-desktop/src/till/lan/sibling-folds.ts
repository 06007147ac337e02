/**
 * What siblings' ledgers mean for this lane: receipts that may be brought back here, rights to return of its own sales that they have, and baskets that may be gone on with here. Folded entry by entry, in the transaction that takes
 * them; lines come in any order, so each fold says the same whatever came first.
 */
import { isReturnRightKind, LEDGER_KINDS, readReturnRight, readSale, type Fields, type Sale } from '@holdfast/domain';
import { readEntry, type ChainedEntry, type Cut, type EntryRead, type ForgottenTo, type LineFolds } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import { createAttendanceBook } from '../people/attendance.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';

/** As entries of lines are numbered (sync's `sync_line_entry`). */
export const LINE_SPAN = 2 ** 40;

/** A right that was given and not accepted ends this much later, once its lane is heard of (SPEC: O-16). */
const ACCEPT_WITHIN_MS = 15 * 60_000;

export interface FoldPorts {
  readonly device: () => string | undefined;
  readonly cut: () => Cut;
}

/** Where a cut stands here: exactly, where this lane is in that history and not before it; else null. */
export function cutAtOf(cut: Cut, hubEpoch: string, lsn: number): number | null {
  const isHere = cut.at > 0 && cut.position.hubEpoch === hubEpoch && lsn > 0 && lsn <= cut.position.lsn;
  return isHere ? cut.at - cut.position.lsn + lsn : null;
}

const atMsOf = ({ wallMs, hubOffsetMs }: EntryRead): number => wallMs + (hubOffsetMs ?? 0);

export function createSiblingFolds(db: Connection, { device: ownDevice, cut }: FoldPorts): LineFolds {
  const attendance = createAttendanceBook(db);
  const insertSale = db.prepare('INSERT OR IGNORE INTO sibling_sale (receipt_number, device, entry_id, at_ms) VALUES (?, ?, ?, ?)');
  const insertReturn = db.prepare('INSERT OR IGNORE INTO sibling_return (receipt_number, entry_id) VALUES (?, ?)');
  const endRight = db.prepare('DELETE FROM given_return WHERE receipt_number = ? AND device = ?');
  const acceptRight = db.prepare('UPDATE given_return SET is_accepted = 1 WHERE receipt_number = ? AND device = ?');
  const passRight = db.prepare('UPDATE given_return SET device = ?, is_accepted = 0, at_ms = ? WHERE receipt_number = ? AND device = ?');
  const reclaimRights = db.prepare('DELETE FROM given_return WHERE device = ? AND is_accepted = 0 AND at_ms + ? < ?');
  const insertBasket = db.prepare(
    `INSERT OR IGNORE INTO sibling_basket (device, epoch, seq, basket_id, at_ms, business_date, content, cut_at)
     SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM ended_suspension WHERE device = ? AND epoch = ? AND seq = ?)`,
  );
  const endBasket = db.prepare('DELETE FROM sibling_basket WHERE device = ? AND epoch = ? AND seq = ?');
  const giveBasket = db.prepare('UPDATE sibling_basket SET is_given = 1 WHERE device = ? AND epoch = ? AND seq = ?');
  const endOwn = db.prepare('DELETE FROM sibling_basket WHERE device = ? AND basket_id = ?');
  const noteEnd = db.prepare('INSERT OR IGNORE INTO ended_suspension (device, epoch, seq) VALUES (?, ?, ?)');
  const noteTaken = db.prepare('INSERT OR IGNORE INTO taken_over (epoch, seq, device) VALUES (?, ?, ?)');

  const end = (device: string, epoch: string, seq: number): void => {
    endBasket.run(device, epoch, seq);
    noteEnd.run(device, epoch, seq);
  };

  const insertInvoice = db.prepare('INSERT OR IGNORE INTO sibling_invoice (receipt_number, entry_id) VALUES (?, ?)');
  const dropInvoice = db.prepare('DELETE FROM sibling_invoice WHERE receipt_number = ? AND entry_id = ?');
  const dropSale = db.prepare('DELETE FROM sibling_sale WHERE receipt_number = ? AND entry_id = ?');
  const dropReturn = db.prepare('DELETE FROM sibling_return WHERE receipt_number = ? AND entry_id = ?');
  const dropMark = db.prepare('DELETE FROM attendance_mark WHERE device = ? AND epoch = ? AND seq = ?');

  function foldSale(entry: ChainedEntry, read: EntryRead, line: number): void {
    const sale = readSale(read.fields ?? {});
    // What this build cannot read is nothing that it could give back of.
    if (!sale.ok || sale.value.training) return;
    const entryId = line * LINE_SPAN + entry.id.seq;
    const { receiptNumber } = sale.value;
    insertSale.run(receiptNumber, entry.id.device, entryId, atMsOf(read));
    for (const receipt of givenBackBy(sale.value)) {
      insertReturn.run(receipt, entryId);
      // What it was given the right for has come.
      endRight.run(receipt, entry.id.device);
    }
  }

  /** Of this lane's own sales; what siblings have of each other's is theirs. */
  function foldReturnRight({ id }: ChainedEntry, kind: number, read: EntryRead): void {
    const move = readReturnRight({ kind, fields: read.fields ?? {} });
    if (!move.ok || move.value.store !== undefined) return;
    const { receiptNumber } = move.value;
    if (move.value.type === 'accepted') acceptRight.run(receiptNumber, id.device);
    else if (move.value.type === 'released') endRight.run(receiptNumber, id.device);
    else passRight.run(move.value.to, atMsOf(read), receiptNumber, id.device);
  }

  function foldSuspend({ id }: ChainedEntry, read: EntryRead): void {
    const { basketId, content, businessDate, cutHubEpoch, cutLsn, training } = read.fields ?? {};
    if (training === true) return;
    if (typeof content !== 'string' || typeof basketId !== 'string' || typeof businessDate !== 'string') return;
    const pinned = typeof cutHubEpoch === 'string' && typeof cutLsn === 'number' ? cutAtOf(cut(), cutHubEpoch, cutLsn) : null;
    const { device, epoch, seq } = id;
    insertBasket.run(device, epoch, seq, basketId, atMsOf(read), businessDate, content, pinned, device, epoch, seq);
  }

  function foldTakeover({ id }: ChainedEntry, read: EntryRead): void {
    const { from, suspendedEpoch, suspendedSeq } = read.fields ?? {};
    if (typeof from !== 'string' || typeof suspendedEpoch !== 'string' || typeof suspendedSeq !== 'number') return;
    end(from, suspendedEpoch, suspendedSeq);
    if (from === ownDevice()) noteTaken.run(suspendedEpoch, suspendedSeq, id.device);
  }

  function onForgotten(entry: ChainedEntry, line: number): void {
    const { device, epoch, seq } = entry.id;
    const read = readEntry(entry.canonical, LEDGER_SCHEMAS);
    if (!read.ok || read.value.fields === null) return;
    const { kind, fields } = read.value;
    if (kind === LEDGER_KINDS.attendance.kind) dropMark.run(device, epoch, seq);
    if (kind === LEDGER_KINDS.invoice.kind) dropInvoice.run(fields['receiptNumber'], line * LINE_SPAN + seq);
    const sale = kind === LEDGER_KINDS.sale.kind ? readSale(fields) : undefined;
    if (sale?.ok !== true) return;
    const entryId = line * LINE_SPAN + seq;
    dropSale.run(sale.value.receiptNumber, entryId);
    for (const receipt of givenBackBy(sale.value)) dropReturn.run(receipt, entryId);
  }

  function onEntry(entry: ChainedEntry, line: number): ForgottenTo | undefined {
    const read = readEntry(entry.canonical, LEDGER_SCHEMAS);
    if (!read.ok || read.value.fields === null) return undefined;
    const { kind, fields } = read.value;
    if (kind === LEDGER_KINDS.ledgerCut.kind) return forgottenTo(fields);
    if (kind === LEDGER_KINDS.invoice.kind) insertInvoice.run(fields['receiptNumber'], line * LINE_SPAN + entry.id.seq);
    reclaimRights.run(entry.id.device, ACCEPT_WITHIN_MS, atMsOf(read.value));
    attendance.note(entry.id, kind, fields);
    if (kind === LEDGER_KINDS.sale.kind) foldSale(entry, read.value, line);
    else if (kind === LEDGER_KINDS.suspend.kind) foldSuspend(entry, read.value);
    else if (kind === LEDGER_KINDS.resume.kind || kind === LEDGER_KINDS.suspendExpiry.kind) endOwn.run(entry.id.device, fields['basketId']);
    else if (isReturnRightKind(kind)) foldReturnRight(entry, kind, read.value);
    else if (kind === LEDGER_KINDS.takeover.kind) foldTakeover(entry, read.value);
    else if (kind === LEDGER_KINDS.handover.kind) {
      const { suspendedEpoch, suspendedSeq, to } = fields;
      // What was given to this lane stays until it goes on with it: the entry may come before the answer, or in its place.
      if (typeof suspendedEpoch !== 'string' || typeof suspendedSeq !== 'number') return undefined;
      if (to === ownDevice()) giveBasket.run(entry.id.device, suspendedEpoch, suspendedSeq);
      else end(entry.id.device, suspendedEpoch, suspendedSeq);
    }
    return undefined;
  }
  return { onEntry, onForgotten };
}

/** Receipts of which a sale gives something back. */
function givenBackBy({ lines, postVoidOf }: Sale): ReadonlySet<string> {
  const receipts = new Set(lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [returnOf.receiptNumber])));
  return postVoidOf === undefined ? receipts : receipts.add(postVoidOf);
}

/** What a sibling keeps no longer this lane does not keep for it. */
function forgottenTo({ epoch, seq, hash }: Fields): ForgottenTo | undefined {
  return typeof epoch === 'string' && typeof seq === 'number' && hash instanceof Uint8Array ? { epoch, seq, hash } : undefined;
}
