/**
 * What was told of receipts whose goods come back here, and the rights to return of them that this lane holds (SPEC: O-15 to O-17). A right is here from the transaction that takes its goods into a
 * basket and appends the acceptance; the entry of the sale that they come back with ends it, or a release. All of it inside the caller's transaction.
 */
import type { ReturnRightMove, ReturnRightName } from '@holdfast/domain';

import type { Connection } from '../database/connection.ts';
import { readHubReturn, type HubReturn, type ReturnSource } from './ask-return.ts';

export interface ToldReturns {
  /** What was told a moment ago, or of goods that are in the basket. */
  find(receiptNumber: string, now: { readonly nowMs: number; readonly isInBasket: boolean }): HubReturn | undefined;
  /** Goods of it are taken into a basket by what was `told`. The move to be appended where the right comes here with them. */
  take(told: HubReturn, lane: ReturnLane): ReturnRightMove | undefined;
  /** A sale of this lane (`device`) begins to be undone by its own right. The move to be appended, unless the right is here already. */
  claim(receiptNumber: string, device: string, nowMs: number): ReturnRightMove | undefined;
  /** Its goods are taken out of the basket. The move to be appended where the right was here. */
  release(receiptNumber: string): ReturnRightMove | undefined;
  /** A basket that brings goods of it back goes on at another lane, and the right with it; undefined where it was not here. */
  give(receiptNumber: string, to: string): ReturnRightMove | undefined;
  /** Such a basket comes from the lane `from`. */
  adopt(name: ReturnRightName, from: string, nowMs: number): ReturnRightMove;
  /** Receipts that a right is here for. */
  held(): readonly string[];
  /** A sale with its goods is in the ledger. */
  end(receiptNumber: string): void;
}

export interface ReturnLane {
  readonly store: string;
  readonly nowMs: number;
  /** The lane that sold, where it was asked. */
  readonly seller: string | undefined;
}

interface ToldRow {
  readonly answer: string;
  readonly told_at_ms: number;
  readonly source: ReturnSource;
  readonly sold_by_store: string | null;
  readonly is_accepted: 0 | 1;
}

/** Well below what the hub takes before it may give the right to another lane (SPEC: U-19). */
const TOLD_FOR_MS = 10 * 60_000;
/** What is known of a receipt whose right came with a basket, or is this lane's own. */
const NOTHING_TOLD = JSON.stringify({ returns: [], granted: true } satisfies HubReturn['answer']);

export function createToldReturns(db: Connection): ToldReturns {
  const read = db.prepare<[string], ToldRow>(
    'SELECT answer, told_at_ms, source, sold_by_store, is_accepted FROM told_return WHERE receipt_number = ?',
  );
  const keep = db.prepare(
    `INSERT INTO told_return (receipt_number, answer, told_at_ms, source, sold_by_store, is_accepted) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (receipt_number) DO UPDATE SET answer = excluded.answer, told_at_ms = excluded.told_at_ms, source = excluded.source,
       sold_by_store = excluded.sold_by_store, is_accepted = max(is_accepted, excluded.is_accepted)`,
  );
  const listHeld = db.prepare<[], string>('SELECT receipt_number FROM told_return WHERE is_accepted = 1 ORDER BY receipt_number').pluck();
  const forget = db.prepare('DELETE FROM told_return WHERE receipt_number = ?');
  const named = (receiptNumber: string, store: string | null): ReturnRightName => ({ receiptNumber, ...(store !== null && { store }) });
  /** The sale of the right that was here, if it was. */
  const drop = (receiptNumber: string): ReturnRightName | undefined => {
    const row = read.get(receiptNumber);
    forget.run(receiptNumber);
    return row?.is_accepted === 1 ? named(receiptNumber, row.sold_by_store) : undefined;
  };
  return {
    find: (receiptNumber, { nowMs, isInBasket }) => {
      const row = read.get(receiptNumber);
      if (row === undefined || (!isInBasket && nowMs - row.told_at_ms > TOLD_FOR_MS)) return undefined;
      return readHubReturn(receiptNumber, JSON.parse(row.answer) as HubReturn['answer'], row.source);
    },
    take: ({ receiptNumber, answer, source, isGranted, sold }, { store, nowMs, seller }) => {
      const soldBy = sold === undefined || sold.store === store ? null : sold.store;
      const isAccepted = isGranted && source !== 'copies';
      const isNew = isAccepted && read.get(receiptNumber)?.is_accepted !== 1;
      keep.run(receiptNumber, JSON.stringify(answer), nowMs, source, soldBy, isAccepted ? 1 : 0);
      if (!isNew) return undefined;
      return { type: 'accepted', ...named(receiptNumber, soldBy), ...(source === 'seller' && seller !== undefined && { from: seller }) };
    },
    claim: (receiptNumber, device, nowMs) => {
      if (read.get(receiptNumber)?.is_accepted === 1) return undefined;
      keep.run(receiptNumber, NOTHING_TOLD, nowMs, 'seller', null, 1);
      return { type: 'accepted', receiptNumber, from: device };
    },
    release: (receiptNumber) => {
      const held = drop(receiptNumber);
      return held === undefined ? undefined : { type: 'released', ...held };
    },
    give: (receiptNumber, to) => {
      const held = drop(receiptNumber);
      return held === undefined ? undefined : { type: 'given', ...held, to };
    },
    adopt: (name, from, nowMs) => {
      keep.run(name.receiptNumber, NOTHING_TOLD, nowMs, 'seller', name.store ?? null, 1);
      return { type: 'accepted', ...name, from };
    },
    held: () => listHeld.all(),
    end: (receiptNumber) => void forget.run(receiptNumber),
  };
}
