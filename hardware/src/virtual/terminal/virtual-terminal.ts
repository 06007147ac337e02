/**
 * A payment terminal without the hardware: what it was asked for, the cards that were held against it, its journal, and its host behind it. It knows no protocol;
 * `nexo-port.ts` and `zvt-port.ts` let it be spoken to. What it was asked it goes on with, whether or not who asked is still there, as a real one does.
 */
import { assert, type Timers } from '@holdfast/base';

import type { DeclineReason, TerminalAct } from '../../terminals/terminal.ts';
import type { ShopperAct, TerminalFaults } from './terminal-faults.ts';
import { TEST_CARDS, type TestCard } from './test-cards.ts';

export interface VirtualOrder {
  /** The lane's name for it, where the protocol has one. */
  readonly serviceId?: string;
  readonly act: TerminalAct;
  /** All that the card pays or gets. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly minorDigits: number;
  /** The transaction that it gives back. */
  readonly originalId?: string;
  readonly mayBeOffline: boolean;
}

export interface VirtualTransaction extends VirtualOrder {
  readonly state: 'waiting' | 'approved' | 'declined';
  readonly reason?: DeclineReason;
  /** As authorised; 0 where it was not. */
  readonly authorisedMinor: number;
  readonly isOffline: boolean;
  readonly card?: TestCard;
  /** Of what was approved: counted from 1, round after 9999. */
  readonly receiptNumber: number;
  readonly transactionId: string;
  readonly authorisation: string;
  readonly isSettled: boolean;
}

export interface VirtualTotal {
  readonly brand: string;
  readonly count: number;
  readonly debitMinor: number;
  readonly creditMinor: number;
}

export interface VirtualTerminalState {
  readonly screen: string;
  readonly isPlugged: boolean;
  readonly host: 'online' | 'offline';
  readonly waiting: number;
  readonly transactions: number;
  readonly toForward: number;
}

export interface VirtualTerminal {
  readonly terminalId: string;
  /** `done` is called once. Undefined: it is busy with another one. */
  begin(order: VirtualOrder, done: (transaction: VirtualTransaction) => void): VirtualTransaction | undefined;
  current(): VirtualTransaction | undefined;
  find(serviceId: string): VirtualTransaction | undefined;
  last(): VirtualTransaction | undefined;
  /** All of it, in order. */
  journal(): readonly VirtualTransaction[];
  /** What all transactions took from cards, less what went back. */
  chargedMinor(): number;
  /** By the lane, or by the cancel key; false where nothing runs. */
  abort(reason: DeclineReason): boolean;
  settle(): readonly VirtualTotal[];

  state(): VirtualTerminalState;
  faults(): TerminalFaults;
  setFaults(faults: TerminalFaults): void;
  tap(cardName: string): void;
  /** Whatever the card. */
  decide(act: ShopperAct): void;
  setOnline(isOnline: boolean): void;
  setPlugged(isPlugged: boolean): void;
  /** Called whenever it is unplugged: its connections end. */
  onUnplug(listener: () => void): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualTerminalOptions {
  readonly timers: Timers;
  readonly faults?: TerminalFaults;
}

export function createVirtualTerminal(options: VirtualTerminalOptions): VirtualTerminal {
  return new Terminal(options);
}

const [DEFAULT_CARD] = TEST_CARDS;

class Terminal implements VirtualTerminal {
  readonly terminalId = '54321678';
  readonly #timers: Timers;
  readonly #listeners = new Set<() => void>();
  readonly #unplugListeners = new Set<() => void>();
  readonly #journal: VirtualTransaction[] = [];
  #faults: TerminalFaults;
  #isPlugged = true;
  #isOnline = true;
  #payments = 0;
  #receipts = 0;
  #running: { readonly place: number; readonly done: (transaction: VirtualTransaction) => void } | undefined;
  #cancelShopper = (): void => {};

  constructor({ timers, faults = {} }: VirtualTerminalOptions) {
    this.#timers = timers;
    this.#faults = faults;
    this.#isOnline = faults.isOffline !== true;
  }

  begin(order: VirtualOrder, done: (transaction: VirtualTransaction) => void): VirtualTransaction | undefined {
    if (this.#running !== undefined) return undefined;
    const number = this.#journal.length + 1;
    const transaction: VirtualTransaction = {
      ...order,
      state: 'waiting',
      authorisedMinor: 0,
      isOffline: false,
      receiptNumber: 0,
      transactionId: `VT${String(number).padStart(8, '0')}.${this.terminalId}`,
      authorisation: String(100_000 + ((number * 7_919) % 900_000)),
      isSettled: false,
    };
    this.#journal.push(transaction);
    this.#running = { place: this.#journal.length - 1, done };
    this.#changed();
    if (order.act !== 'payment' && this.#faults.declinesRefunds === true) this.#end({ state: 'declined', reason: 'refused' });
    else if (order.originalId !== undefined) this.#giveBack(order.originalId);
    else this.#awaitShopper();
    return transaction;
  }

  #awaitShopper(): void {
    const { shopper } = this.#faults;
    if (shopper !== undefined) this.#cancelShopper = this.#timers.after(shopper.afterMs, () => this.decide(shopper.does));
  }

  /** Without a card: the transaction that is given back says which. */
  #giveBack(originalId: string): void {
    const original = this.#journal.find(({ transactionId, state }) => transactionId === originalId && state === 'approved');
    const { amountMinor } = this.#runningTransaction();
    const backMinor = this.#journal
      .filter(({ originalId: of, state }) => of === originalId && state === 'approved')
      .reduce((sum, { authorisedMinor }) => sum + authorisedMinor, 0);
    if (original === undefined) this.#end({ state: 'declined', reason: 'originalUnknown' });
    else if (backMinor + amountMinor > original.authorisedMinor) this.#end({ state: 'declined', reason: 'notAllowed' });
    else this.#approve(original.card ?? DEFAULT_CARD, false);
  }

  #runningTransaction(): VirtualTransaction {
    const transaction = this.current();
    assert(transaction !== undefined, 'something is being done');
    return transaction;
  }

  tap(cardName: string): void {
    const card = TEST_CARDS.find(({ name }) => name === cardName);
    if (card !== undefined && this.#running !== undefined) this.#decide(card.does, card);
  }

  decide(act: ShopperAct): void {
    if (this.#running === undefined) return;
    if (act === 'cancel') this.#end({ state: 'declined', reason: 'cancelled' });
    else this.#decide(act, DEFAULT_CARD);
  }

  #decide(does: 'approve' | 'decline', card: TestCard | undefined): void {
    const { mayBeOffline } = this.#runningTransaction();
    if (does === 'decline') this.#end({ state: 'declined', reason: 'refused', ...(card !== undefined && { card }) });
    else if (!this.#isOnline && !mayBeOffline) this.#end({ state: 'declined', reason: 'hostUnreachable' });
    else this.#approve(card, !this.#isOnline);
  }

  #approve(card: TestCard | undefined, isOffline: boolean): void {
    const { amountMinor, act } = this.#runningTransaction();
    const isHalf = this.#faults.approvesHalf === true && act === 'payment' && amountMinor > 1;
    const authorisedMinor = isHalf ? amountMinor >> 1 : amountMinor;
    this.#receipts = (this.#receipts % 9_999) + 1;
    this.#payments += 1;
    this.#end({ state: 'approved', authorisedMinor, isOffline, receiptNumber: this.#receipts, ...(card !== undefined && { card }) });
    const { unpluggedAfterPayments } = this.#faults;
    if (unpluggedAfterPayments !== undefined && this.#payments >= unpluggedAfterPayments) this.#pullPlug();
  }

  #end(outcome: Partial<VirtualTransaction>): void {
    const running = this.#running;
    assert(running !== undefined, 'something is being done');
    this.#cancelShopper();
    const ended = { ...this.#runningTransaction(), ...outcome };
    this.#journal[running.place] = ended;
    this.#running = undefined;
    this.#changed();
    running.done(ended);
  }

  abort(reason: DeclineReason): boolean {
    if (this.#running === undefined) return false;
    this.#end({ state: 'declined', reason });
    return true;
  }

  current(): VirtualTransaction | undefined {
    return this.#running === undefined ? undefined : this.#journal[this.#running.place];
  }

  find(serviceId: string): VirtualTransaction | undefined {
    return this.#journal.find((transaction) => transaction.serviceId === serviceId);
  }

  last(): VirtualTransaction | undefined {
    return this.#journal.findLast(({ state }) => state === 'approved');
  }

  journal(): readonly VirtualTransaction[] {
    return this.#journal;
  }

  chargedMinor(): number {
    return this.#journal.reduce((sum, { act, authorisedMinor }) => sum + (act === 'payment' ? authorisedMinor : -authorisedMinor), 0);
  }

  settle(): readonly VirtualTotal[] {
    const byBrand = new Map<string, VirtualTotal>();
    for (const [place, transaction] of this.#journal.entries()) {
      if (transaction.state !== 'approved' || transaction.isSettled) continue;
      const { act, authorisedMinor, card } = transaction;
      const brand = card?.brand ?? 'other';
      const total = byBrand.get(brand) ?? { brand, count: 0, debitMinor: 0, creditMinor: 0 };
      const sums =
        act === 'payment' ? { debitMinor: total.debitMinor + authorisedMinor } : { creditMinor: total.creditMinor + authorisedMinor };
      byBrand.set(brand, { ...total, count: total.count + 1, ...sums });
      this.#journal[place] = { ...transaction, isSettled: true };
    }
    this.#changed();
    return [...byBrand.values()];
  }

  state(): VirtualTerminalState {
    const current = this.current();
    return {
      screen: this.#screen(),
      isPlugged: this.#isPlugged,
      host: this.#isOnline ? 'online' : 'offline',
      waiting: current === undefined ? 0 : current.amountMinor,
      transactions: this.#journal.length,
      toForward: this.#journal.filter(({ isOffline, state }) => isOffline && state === 'approved').length,
    };
  }

  #screen(): string {
    if (!this.#isPlugged) return 'no power';
    const current = this.current();
    if (current !== undefined) return `${current.act === 'payment' ? 'Card, please' : 'Card for a refund, please'}: ${amountText(current)}`;
    const last = this.#journal.at(-1);
    if (last === undefined) return 'ready';
    return last.state === 'approved'
      ? `Approved: ${amountText({ ...last, amountMinor: last.authorisedMinor })}`
      : `Declined: ${last.reason ?? ''}`;
  }

  faults(): TerminalFaults {
    return this.#faults;
  }

  setFaults(faults: TerminalFaults): void {
    this.#faults = faults;
    this.#payments = 0;
    this.setOnline(faults.isOffline !== true);
    if (this.#running !== undefined && this.#runningTransaction().originalId === undefined) {
      this.#cancelShopper();
      this.#awaitShopper();
    }
  }

  /** Back at its host, it forwards what it accepted alone. */
  setOnline(isOnline: boolean): void {
    this.#isOnline = isOnline;
    if (isOnline) {
      for (const [place, transaction] of this.#journal.entries()) {
        if (!transaction.isOffline || transaction.state !== 'approved') continue;
        this.#journal[place] =
          this.#faults.declinesLater === true
            ? { ...transaction, isOffline: false, state: 'declined', reason: 'refused', authorisedMinor: 0 }
            : { ...transaction, isOffline: false };
      }
    }
    this.#changed();
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) {
      for (const listener of this.#unplugListeners) listener();
      // Without power nobody is waited for any more, and nobody hears of it.
      if (!this.abort('aborted')) this.#changed();
    } else this.#changed();
  }

  #pullPlug(): void {
    this.setPlugged(false);
    const { backAfterMs } = this.#faults;
    this.#faults = {};
    if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
  }

  onUnplug(listener: () => void): void {
    this.#unplugListeners.add(listener);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function amountText({ amountMinor, minorDigits, currency }: Pick<VirtualOrder, 'amountMinor' | 'minorDigits' | 'currency'>): string {
  const digits = String(amountMinor).padStart(minorDigits + 1, '0');
  const split = digits.length - minorDigits;
  return `${digits.slice(0, split)}${minorDigits === 0 ? '' : `.${digits.slice(split)}`} ${currency}`;
}
