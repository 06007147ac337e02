/** Orders to the payment terminal, on disk. Every function that writes runs inside of its caller's transaction. */
import { assert } from '@holdfast/base';
import type { BasketEvent, OfflineCardStanding } from '@holdfast/domain';
import type { Approved, TerminalAct, TerminalOrder } from '@holdfast/hardware';

import type { Connection } from '../database/connection.ts';
import type { PaymentState } from './payment-state.ts';

/** What is done once the terminal has approved. */
export type PaymentTarget =
  /** It stands on the basket, or completes the sale, by these events. */
  | { readonly type: 'tender'; readonly events: readonly BasketEvent[]; readonly eventCount: number; readonly externalReference?: string }
  /** One of the tenders that pay out what the basket owes, by its place. */
  | { readonly type: 'refund'; readonly place: number }
  | { readonly type: 'voidTender'; readonly tenderId: string }
  /** Of a completed sale; counted from 1. */
  | { readonly type: 'reverseTender'; readonly receiptNumber: string; readonly tender: number }
  /** A payment that its basket went on without. */
  | { readonly type: 'left'; readonly paymentId: string }
  /** Its basket is lost with a database that was rebuilt: whether its goods went out all the same a person knows. */
  | { readonly type: 'lost' };

export interface PaymentWish {
  readonly act: TerminalAct;
  readonly tenderType: string;
  readonly amountMinor: number;
  readonly tipMinor?: number;
  readonly cashBackMinor?: number;
  readonly currency: string;
  readonly minorDigits: number;
  readonly original?: NonNullable<TerminalOrder['original']>;
  readonly mayBeOffline: boolean;
  readonly target: PaymentTarget;
}

export interface TerminalPayment {
  readonly paymentId: string;
  readonly state: PaymentState;
  readonly basketId: string | null;
  readonly wish: PaymentWish;
  readonly mark: string | null;
  readonly approved: Approved | null;
  readonly isBooked: boolean;
  readonly receiptNumber: string | null;
  readonly offline: 'waiting' | 'declined' | null;
  readonly isSettled: boolean;
  readonly atMs: number;
}

interface Row {
  readonly payment_id: string;
  readonly state: PaymentState;
  readonly basket_id: string | null;
  readonly wish: string;
  readonly mark: string | null;
  readonly approved: string | null;
  readonly is_booked: number;
  readonly receipt_number: string | null;
  readonly offline: 'waiting' | 'declined' | null;
  readonly is_settled: number;
  readonly at_ms: number;
}

export interface PaymentJournal {
  add(paymentId: string, basketId: string | null, wish: PaymentWish, atMs: number): void;
  find(paymentId: string): TerminalPayment | undefined;
  /** Those that are not at an end, oldest first. */
  open(): readonly TerminalPayment[];
  /** Approved, and not yet part of what its basket does with it. */
  unbooked(basketId: string): readonly TerminalPayment[];
  /** Refunds of this basket of which nobody knows, or has said, whether money went out. */
  unclearRefunds(basketId: string): readonly TerminalPayment[];
  /** What was asked of the terminal to give a tender of a completed sale back, counted from 1: oldest first. */
  reversalsOf(receiptNumber: string, tender: number): readonly TerminalPayment[];
  /** Accepted by the terminal alone: not forwarded yet, or declined since and not cleared. */
  offline(): readonly TerminalPayment[];
  /** Nobody could tell what became of them, and nobody has looked yet. */
  stuck(): readonly TerminalPayment[];
  offlineStanding(): OfflineCardStanding;
  setState(paymentId: string, state: PaymentState): void;
  setMark(paymentId: string, mark: string | null): void;
  setApproved(paymentId: string, approved: Approved): void;
  setBooked(paymentId: string): void;
  setReceipt(paymentId: string, receiptNumber: string): void;
  setOffline(paymentId: string, offline: 'waiting' | 'declined' | null): void;
  /** What went over the terminal since it was settled last. */
  unsettled(): { readonly count: number; readonly amountMinor: number };
  setSettled(): void;
  /** Whether anything was written since it was asked for the last time. */
  takeChanged(): boolean;
}

const toPayment = (row: Row): TerminalPayment => ({
  paymentId: row.payment_id,
  state: row.state,
  basketId: row.basket_id,
  wish: JSON.parse(row.wish) as PaymentWish,
  mark: row.mark,
  approved: row.approved === null ? null : (JSON.parse(row.approved) as Approved),
  isBooked: row.is_booked === 1,
  receiptNumber: row.receipt_number,
  offline: row.offline,
  isSettled: row.is_settled === 1,
  atMs: row.at_ms,
});

/** As the terminal is asked for it. */
export const orderOf = ({ paymentId, wish, mark, atMs }: TerminalPayment): TerminalOrder => {
  const { act, amountMinor, tipMinor, cashBackMinor, currency, minorDigits, original, mayBeOffline } = wish;
  return {
    serviceId: paymentId,
    act,
    amountMinor,
    ...(tipMinor !== undefined && { tipMinor }),
    ...(cashBackMinor !== undefined && { cashBackMinor }),
    currency,
    minorDigits,
    ...(original !== undefined && { original }),
    ...(mark !== null && { mark }),
    mayBeOffline,
    atMs,
  };
};

export function createPaymentJournal(db: Connection): PaymentJournal {
  const columns =
    'payment_id, state, basket_id, wish, mark, approved, is_booked, receipt_number, offline, is_settled, at_ms FROM terminal_payment';
  const insert = db.prepare("INSERT INTO terminal_payment (payment_id, state, basket_id, wish, at_ms) VALUES (?, 'wanted', ?, ?, ?)");
  const findOne = db.prepare<[string], Row>(`SELECT ${columns} WHERE payment_id = ?`);
  const listOpen = db.prepare<[], Row>(`SELECT ${columns} WHERE state IN ('wanted', 'sent', 'unknown', 'left') ORDER BY number`);
  const listUnbooked = db.prepare<[string], Row>(
    `SELECT ${columns} WHERE basket_id = ? AND is_booked = 0 AND state = 'approved' ORDER BY number`,
  );
  const listUnclear = db.prepare<[string], Row>(
    `SELECT ${columns} WHERE basket_id = ? AND (state = 'left' OR (state = 'stuck' AND is_booked = 0)) ORDER BY number`,
  );
  const listReversals = db.prepare<[string, number], Row>(
    `SELECT ${columns} WHERE wish ->> '$.target.type' = 'reverseTender' AND wish ->> '$.target.receiptNumber' = ? AND wish ->> '$.target.tender' = ? ORDER BY number`,
  );
  const listOffline = db.prepare<[], Row>(`SELECT ${columns} WHERE offline IS NOT NULL ORDER BY number`);
  const listStuck = db.prepare<[], Row>(`SELECT ${columns} WHERE state = 'stuck' AND is_booked = 0 ORDER BY number`);
  const listUnsettled = db.prepare<[], Row>(`SELECT ${columns} WHERE is_settled = 0 AND state IN ('approved', 'reversed') ORDER BY number`);
  let isChanged = false;
  const set = (column: string) => {
    const update = db.prepare<[string | number | null, string]>(`UPDATE terminal_payment SET ${column} = ? WHERE payment_id = ?`);
    return (paymentId: string, value: string | number | null): void => {
      isChanged = true;
      assert(update.run(value, paymentId).changes === 1, `there is a payment ${paymentId}`);
    };
  };
  const settle = db.prepare("UPDATE terminal_payment SET is_settled = 1 WHERE is_settled = 0 AND state IN ('approved', 'reversed')");
  const [state, mark, approved, booked, receipt, offline] = [
    set('state'),
    set('mark'),
    set('approved'),
    set('is_booked'),
    set('receipt_number'),
    set('offline'),
  ];
  return {
    add(paymentId, basketId, wish, atMs) {
      isChanged = true;
      insert.run(paymentId, basketId, JSON.stringify(wish), atMs);
    },
    find(paymentId) {
      const row = findOne.get(paymentId);
      return row === undefined ? undefined : toPayment(row);
    },
    open: () => listOpen.all().map(toPayment),
    unbooked: (basketId) => listUnbooked.all(basketId).map(toPayment),
    unclearRefunds: (basketId) =>
      listUnclear
        .all(basketId)
        .map(toPayment)
        .filter(({ wish }) => wish.target.type === 'refund'),
    reversalsOf: (receiptNumber, tender) => listReversals.all(receiptNumber, tender).map(toPayment),
    offline: () => listOffline.all().map(toPayment),
    stuck: () => listStuck.all().map(toPayment),
    offlineStanding() {
      const payments = listOffline.all().map(toPayment);
      const [oldest] = payments;
      const sumMinor = payments.reduce((sum, payment) => sum + (payment.approved?.amountMinor ?? 0), 0);
      return { count: payments.length, sumMinor, ...(oldest !== undefined && { oldestAtMs: oldest.atMs }) };
    },
    setState: state,
    setMark: mark,
    setApproved: (paymentId, value) => approved(paymentId, JSON.stringify(value)),
    setBooked: (paymentId) => booked(paymentId, 1),
    setReceipt: receipt,
    setOffline: offline,
    unsettled() {
      const amounts = listUnsettled
        .all()
        .map(toPayment)
        .map(({ wish, approved: said }) => {
          const allMinor = (said?.amountMinor ?? 0) + (said?.tipMinor ?? 0);
          return wish.act === 'payment' ? allMinor : -allMinor;
        });
      return { count: amounts.length, amountMinor: amounts.reduce((sum, amount) => sum + amount, 0) };
    },
    setSettled: () => void settle.run(),
    takeChanged() {
      const was = isChanged;
      isChanged = false;
      return was;
    },
  };
}
