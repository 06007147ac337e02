/**
 * Money that goes over the payment terminal: an order is on disk before the terminal hears of it (`wanted`), again before it is sent (`sent`), and what came of it is one
 * transaction with what its basket makes of it. While one is open its basket stands still.
 *
 * A payment that its basket went on without, or that it cannot take any more, is given back as soon as it is known to have been charged.
 */
import { assert, hasCardNumber, unreachable } from '@holdfast/base';
import {
  applyBasketEvents,
  cardClearingEntry,
  cardClearingsOf,
  cardExceptionEntry,
  cardForwardedEntry,
  minorDigitsOf,
  offlineCardBound,
  terminalRecordEntry,
  terminalSettlementEntry,
  withCardPayment,
  withCardRefunds,
  type BasketEvent,
  type CardClearing,
  type CardPayment,
  type Refusal,
  type StoreSettings,
  type TenderType,
  type TerminalOutcomeWord,
  type TerminalSaid,
} from '@holdfast/domain';
import type { Approved, TerminalAnswer } from '@holdfast/hardware';

import type { CardCase, RequestBody, TerminalView } from '../../shared/till-contract.ts';
import { createPaymentJournal, orderOf, type PaymentJournal, type PaymentWish, type TerminalPayment } from '../terminal/payment-journal.ts';
import { isOpenState, nextPaymentState, type PaymentChange, type PaymentEvent } from '../terminal/payment-state.ts';
import { tenderNameOf } from '../views.ts';
import type { PaymentActs } from './payment-acts.ts';
import type { Done, Register } from './register.ts';
import type { ReturnActs } from './return-acts.ts';

type Of<Type extends RequestBody['type']> = Extract<RequestBody, { type: Type }>;

/** What the terminal has to be asked for next. */
export interface TerminalWork {
  readonly does: 'run' | 'ask';
  /** Nobody stands before the lane and waits for it. */
  readonly isQuiet: boolean;
  readonly payment: TerminalPayment;
  readonly order: ReturnType<typeof orderOf>;
}

/** Whether it would change the basket, or its money, under a payment that is open; whoever adds a request decides it here. */
const STANDS_STILL: Readonly<Record<RequestBody['type'], boolean>> = {
  open: false,
  scan: true,
  addPlu: true,
  addItem: true,
  sellUnlisted: true,
  setQuantity: true,
  overridePrice: true,
  voidLine: true,
  confirmAge: true,
  clearRefused: true,
  addCoupon: true,
  removeCoupon: true,
  setCustomer: true,
  clearCustomer: true,
  attachCustomer: true,
  findCustomers: false,
  addCustomer: true,
  discount: true,
  removeDiscount: true,
  exempt: true,
  clearExemption: true,
  setService: true,
  describeLine: true,
  setReceiptLanguage: true,
  voidSale: true,
  suspend: true,
  resume: true,
  payCash: true,
  tender: true,
  voidTender: true,
  changeStorePrice: false,
  arrangeKeys: false,
  storePrices: false,
  cashOut: true,
  balance: false,
  returnable: false,
  setReturn: true,
  refund: true,
  abortPayment: false,
  askPayment: false,
  leavePayment: false,
  settleTerminal: false,
  cardCases: false,
  clearCardCase: false,
  postVoid: false,
  reverseTender: false,
  adjustStock: false,
  sheets: false,
  sheet: false,
  openSheet: false,
  countGoods: false,
  takeBackCount: false,
  closeSheet: false,
  journal: false,
  journalEntry: false,
  shift: false,
  openShift: false,
  moveCash: false,
  moveSafe: false,
  countSafe: false,
  closeShift: false,
  devices: false,
  zeroScale: false,
  testDevice: false,
  setDevices: false,
  people: false,
  signOn: false,
  signOff: true,
  lock: false,
  approve: false,
  openDrawer: false,
  setTraining: true,
  clock: false,
  changePin: false,
  askLeave: false,
  dropLeave: false,
  answerLeave: false,
  attendance: false,
  stateAttendance: false,
  inquire: false,
  search: false,
  tiles: false,
  keyPages: false,
  pictures: false,
  displayGoods: false,
  suspended: false,
  explain: false,
  receipts: false,
  tenderTypes: false,
  printReceipt: false,
  invoice: false,
  mailReceipt: false,
  printShift: false,
  receipt: false,
};

const LETTERS = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';

export class TerminalActs {
  readonly #register: Register;
  readonly #payments: PaymentActs;
  readonly #returns: ReturnActs;
  readonly #journal: PaymentJournal;
  /** Open orders that somebody waits for, oldest first; level with the disk. */
  #waiting: readonly TerminalPayment[] = [];
  #basketId = '';
  /** Approved parts of a refund whose basket is not paid out yet. */
  #isPayingOut = false;
  /** What the last one came to, for the window, until something else is done. */
  #said: TerminalView | undefined;
  #aborting: string | undefined;
  /** What the terminal answered last to the question what became of an order. */
  #problem: TerminalAnswer['type'] | undefined;

  constructor(register: Register, payments: PaymentActs, returns: ReturnActs) {
    this.#register = register;
    this.#payments = payments;
    this.#returns = returns;
    this.#journal = createPaymentJournal(register.ports.db);
    register.ports.transactions.durable(() => this.#recover());
    this.reread();
  }

  /** What was not sent is given up, where a basket would wait for it; what may have been sent is asked for. */
  #recover(): void {
    for (const { paymentId, state, wish } of this.#journal.open()) {
      // What was charged and stands in no basket is still to be given back.
      if (state === 'wanted' && wish.target.type === 'left') continue;
      const change = nextPaymentState(state, { type: 'restarted' });
      if (change !== undefined) this.#journal.setState(paymentId, change.state);
    }
  }

  /** After a commit: only what was written, or another basket, is read again. True: there may be something to ask the terminal for. */
  followDisk(): boolean {
    const isChanged = this.#journal.takeChanged();
    const { basketId, basket } = this.#register.live;
    if (isChanged || (this.#basketId !== basketId && basket !== null)) this.reread();
    // Of a basket that was opened just now, as behind every sale, nothing was paid.
    if (this.#basketId !== basketId) {
      this.#basketId = basketId;
      this.#isPayingOut = false;
    }
    return isChanged;
  }

  reread(): void {
    const open = this.#journal.open();
    this.#waiting = open.filter(({ state, wish }) => state !== 'left' && wish.target.type !== 'left');
    this.#basketId = this.#register.live.basketId;
    this.#isPayingOut = this.#journal.unbooked(this.#register.live.basketId).length > 0;
  }

  // ---- what windows see

  view(): TerminalView | undefined {
    const [payment] = this.#waiting;
    if (payment === undefined) return this.#said;
    const { paymentId, state, wish } = payment;
    const shown = state === 'wanted' ? 'starting' : state === 'sent' ? 'waiting' : 'unknown';
    const isUnclear =
      shown === 'unknown' && (this.#problem === 'unclear' || this.#problem === 'inProgress' || this.#problem === 'unreachable');
    return {
      ...this.#describe(paymentId, wish),
      state: shown,
      ...(isUnclear && { reason: this.#problem }),
      ...(this.#aborting === paymentId && { aborting: true }),
    };
  }

  #describe(paymentId: string, { act, tenderType, amountMinor, tipMinor }: PaymentWish): Omit<TerminalView, 'state'> {
    const name = tenderNameOf(this.#register.newestView())(tenderType);
    return { paymentId, act, name, amountMinor: amountMinor + (tipMinor ?? 0) };
  }

  stateOf(paymentId: string): string | undefined {
    return this.#journal.find(paymentId)?.state;
  }

  isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Money is at the terminal, or went out over it for a basket that is not paid out yet. */
  isPaying(): boolean {
    return this.isWaiting() || this.#isPayingOut;
  }

  /** A tender of this sale is being given back, or nobody knows yet, or has said, whether it was. */
  isReversing(receiptNumber: string): boolean {
    return [...this.#journal.open(), ...this.#journal.stuck()].some(
      ({ wish: { target } }) => target.type === 'reverseTender' && target.receiptNumber === receiptNumber,
    );
  }

  /** Nothing goes out of the drawer while the terminal may still give the card its money back, or where the card has a part of it. */
  saidOf(receiptNumber: string, tender: number, card: CardPayment | undefined): TerminalSaid {
    const asked = this.#journal.reversalsOf(receiptNumber, tender);
    const isUnclear = asked.some(
      ({ state, isBooked, approved }) => isOpenState(state) || (state === 'stuck' && (!isBooked || approved !== null)),
    );
    // Accepted offline and not forwarded, or declined since: nobody has the money that would go out.
    const isUnpaid = card !== undefined && (this.#journal.find(card.paymentId)?.offline ?? null) !== null;
    if (isUnclear || isUnpaid) return 'unclear';
    const isByHand = card?.transactionId === undefined || this.#register.ports.terminal === undefined;
    return asked.length > 0 || isByHand ? 'refused' : 'notAsked';
  }

  /** Something else is being done: the last outcome was seen. */
  forget(): void {
    this.#said = undefined;
  }

  /** Why a request is not done now. */
  refusal({ type }: RequestBody): Refusal | undefined {
    if (!STANDS_STILL[type]) return undefined;
    const { basketId } = this.#register.live;
    const open = this.#waiting.find((payment) => payment.basketId === basketId);
    if (open !== undefined) return paymentOpen(open);
    return this.#isPayingOut && type !== 'refund' ? { type: 'paymentOpen', detail: { act: 'refund' } } : undefined;
  }

  /** Whether a tender type is taken by the lane's terminal. */
  isTaken(type: Pick<TenderType, 'kind' | 'isStandAlone'> | undefined): boolean {
    const isConnected = this.#register.ports.terminal !== undefined && !this.#register.live.isTraining;
    return isConnected && type?.kind === 'card' && type.isStandAlone !== true;
  }

  // ---- what the cashier does

  pay(body: Of<'payCash' | 'tender'>): Done {
    const decided = this.#payments.decide(body);
    if ('type' in decided) return this.#register.refuse(decided);
    const back = this.#payments.backRefusal();
    if (back !== undefined) return this.#register.refuse(back);
    const { command, events, open } = decided;
    if (command.type !== 'tender' || !this.isTaken(command.tenderType)) return this.#payments.finish(decided);
    const { amountMinor, tipMinor, cashBackMinor } = command;
    const { externalReference } = body;
    return this.#begin([
      {
        act: amountMinor < 0 ? 'refund' : 'payment',
        tenderType: command.tenderType.tenderType,
        amountMinor: Math.abs(amountMinor),
        ...(tipMinor !== undefined && tipMinor > 0 && { tipMinor }),
        ...(cashBackMinor !== undefined && cashBackMinor > 0 && { cashBackMinor }),
        ...this.#money(open.settings),
        mayBeOffline: amountMinor > 0 && this.#mayBeOffline(open.settings, amountMinor),
        target: {
          type: 'tender',
          events,
          eventCount: this.#register.live.eventCount,
          ...(externalReference !== undefined && { externalReference }),
        },
      },
    ]);
  }

  #money({ currency }: StoreSettings): Pick<PaymentWish, 'currency' | 'minorDigits'> {
    return { currency, minorDigits: minorDigitsOf(currency) };
  }

  #mayBeOffline({ offlineCards }: StoreSettings, amountMinor: number): boolean {
    const nowMs = this.#register.now().atMs;
    return offlineCardBound(offlineCards, this.#journal.offlineStanding(), { amountMinor, nowMs }) === undefined;
  }

  /** `byHand`: what is left goes back on a terminal of its own. */
  refund({ byHand = false }: Of<'refund'>): Done {
    const decided = this.#payments.decideRefund();
    if ('type' in decided) return this.#register.refuse(decided);
    const cards = this.#refundedCards();
    // Of what went out in part the rest goes, too.
    const back = cards.size > 0 ? undefined : this.#payments.backRefusal();
    if (back !== undefined) return this.#register.refuse(back);
    const parts = byHand ? [] : this.#partsOver(decided.events).filter(({ place }) => !cards.has(place));
    if (parts.length === 0) return this.#payOut(decided, cards);
    // Sent again it might be paid out twice: by hand it is a person who says that it was not.
    if (this.#journal.unclearRefunds(this.#register.live.basketId).length > 0)
      return this.#register.refuse({ type: 'refundUnclear', detail: {} });
    return this.#begin(
      parts.map(({ place, tenderType, amountMinor, givesBack }) => ({
        act: 'refund',
        tenderType,
        amountMinor: -amountMinor,
        ...this.#money(decided.open.settings),
        ...(givesBack !== undefined && { original: givesBack }),
        mayBeOffline: false,
        target: { type: 'refund', place },
      })),
    );
  }

  /** The tenders of a payment out that go over the terminal. */
  #partsOver(events: readonly BasketEvent[]) {
    const paid = events.find((event) => event.type === 'paid');
    const types = new Map(
      this.#register
        .view()
        ?.tenderTypes()
        .map((type) => [type.tenderType, type]),
    );
    return (paid?.tenders ?? [])
      .map((tender, place) => ({ place, ...tender }))
      .filter(({ tenderType, amountMinor }) => amountMinor < 0 && this.isTaken(types.get(tenderType)));
  }

  #refundedCards(): ReadonlyMap<number, CardPayment> {
    const unbooked = this.#journal.unbooked(this.#register.live.basketId);
    return new Map(
      unbooked.flatMap((payment) => (payment.wish.target.type === 'refund' ? [[payment.wish.target.place, toCardPayment(payment)]] : [])),
    );
  }

  #payOut(decided: Exclude<ReturnType<PaymentActs['decideRefund']>, Refusal>, cards: ReadonlyMap<number, CardPayment>): Done {
    const events = withCardRefunds(decided.events, cards);
    for (const { paymentId } of cards.values()) this.#journal.setBooked(paymentId);
    return this.#withReceipts(this.#payments.complete(applyBasketEvents(decided.open.basket, events), events, decided.open, undefined));
  }

  /** A tender that the terminal took is given back by it. */
  voidTender(body: Of<'voidTender'>): Done {
    const tender = this.#register.live.basket?.tenders.find(({ tenderId }) => tenderId === body.tenderId);
    const card = tender?.card;
    const open = this.#register.open();
    if (tender === undefined || card?.transactionId === undefined || this.#register.ports.terminal === undefined || 'type' in open)
      return this.#register.change(body);
    return this.#begin([
      {
        act: tender.amountMinor < 0 ? 'payment' : 'reversal',
        tenderType: tender.tenderType,
        amountMinor: Math.abs(tender.amountMinor) + (tender.tipMinor ?? 0),
        ...this.#money(open.settings),
        ...(tender.amountMinor > 0 && { original: { transactionId: card.transactionId, atMs: card.atMs } }),
        mayBeOffline: false,
        target: { type: 'voidTender', tenderId: body.tenderId },
      },
    ]);
  }

  /** Of a completed sale. What no terminal of this lane took is given back by hand, and said. */
  reverseTender(body: Of<'reverseTender'>): Done {
    const found = this.#returns.tenderToReverse(body);
    if ('type' in found) return this.#register.refuse(found);
    const { paid, isReversed, settings } = found;
    if (body.reference !== undefined && hasCardNumber(body.reference))
      return this.#register.refuse({ type: 'cardNumberTyped', detail: { tenderType: paid.tenderType } });
    if (isReversed) return this.#register.unchanged({ value: {} });
    const { card } = paid;
    const { receiptNumber, tender } = body;
    if (card?.transactionId === undefined || body.reference !== undefined || this.#register.ports.terminal === undefined) {
      this.#withdraw(receiptNumber, tender);
      return this.#returns.noteReversal(body);
    }
    const [waiting] = this.#waiting;
    if (waiting !== undefined) return this.#register.refuse(paymentOpen(waiting));
    // By hand it has happened already.
    const cardBack = this.#returns.cardRefusal(receiptNumber);
    if (cardBack !== undefined) return this.#register.refuse(cardBack);
    const isClaimed = this.#returns.beginUndoing(receiptNumber);
    const begun = this.#begin([
      {
        // What was paid out comes in again by the card itself.
        act: paid.amountMinor < 0 ? 'payment' : 'reversal',
        tenderType: paid.tenderType,
        amountMinor: Math.abs(paid.amountMinor) + (paid.tipMinor ?? 0),
        ...this.#money(settings),
        ...(paid.amountMinor > 0 && { original: { transactionId: card.transactionId, atMs: card.atMs } }),
        mayBeOffline: false,
        target: { type: 'reverseTender', receiptNumber, tender },
      },
    ]);
    return { ...begun, appended: isClaimed };
  }

  /** An order to give this tender back of which the terminal has not heard: somebody did it elsewhere. */
  #withdraw(receiptNumber: string, tender: number): void {
    for (const { paymentId, state, wish } of this.#waiting) {
      const { target } = wish;
      if (state === 'wanted' && target.type === 'reverseTender' && target.receiptNumber === receiptNumber && target.tender === tender)
        this.#move(paymentId, { type: 'givenUp' });
    }
  }

  /** Of a sale whose tender was to be given back and was not. True where the ledger says so. */
  #standAgain({ wish: { target } }: TerminalPayment): boolean {
    return target.type === 'reverseTender' && this.#returns.standAgain(target.receiptNumber);
  }

  #begin(wishes: readonly PaymentWish[]): Done {
    const [open] = this.#waiting;
    if (open !== undefined) return this.#register.refuse(paymentOpen(open));
    const { atMs } = this.#register.now();
    const ids = wishes.map((wish) => {
      const paymentId = this.#newPaymentId();
      const isOfBasket = wish.target.type !== 'reverseTender';
      this.#journal.add(paymentId, isOfBasket ? this.#register.live.basketId : null, wish, atMs);
      return paymentId;
    });
    this.#problem = undefined;
    this.#aborting = undefined;
    return this.#headOnly({ value: { payment: { paymentId: ids[0] ?? '' } } });
  }

  /** Random: a name that a restored database used before would be answered with what it meant then. */
  #newPaymentId(): string {
    const bytes = this.#register.ports.random.bytes(10);
    return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join('');
  }

  /** Nothing of the basket's rows changes, and windows see the terminal. */
  #headOnly(answer: Done['answer'], isAppended = false): Done {
    return { ...this.#register.unchanged(answer), rows: NO_ROWS, appended: isAppended };
  }

  abort(): Done {
    const [payment] = this.#waiting;
    if (payment === undefined) return this.#register.refuse(noOpenPayment());
    for (const { paymentId, state } of this.#waiting) if (state === 'wanted') this.#move(paymentId, { type: 'givenUp' });
    if (payment.state === 'wanted') {
      this.#said = { ...this.#describe(payment.paymentId, payment.wish), state: 'notCharged', reason: 'aborted' };
      return this.#headOnly({ value: {} }, this.#standAgain(payment));
    }
    this.#aborting = payment.paymentId;
    return { ...this.#headOnly({ value: {} }), atTerminal: { does: 'abort', paymentId: payment.paymentId } };
  }

  ask(): Done {
    const [payment] = this.#waiting;
    if (payment?.state !== 'unknown') return this.#register.refuse(noOpenPayment());
    return { ...this.#headOnly({ value: {} }), atTerminal: { does: 'ask', paymentId: payment.paymentId } };
  }

  /** The shopper pays otherwise. What turns out to have been charged is given back. */
  leave(): Done {
    const [payment] = this.#waiting;
    if (payment?.state !== 'unknown') return this.#register.refuse(noOpenPayment());
    for (const { paymentId, state } of this.#waiting) if (state === 'wanted') this.#move(paymentId, { type: 'givenUp' });
    this.#move(payment.paymentId, { type: 'left' });
    this.#record(payment, 'unknown', 'left');
    this.#said = { ...this.#describe(payment.paymentId, payment.wish), state: 'left' };
    return this.#headOnly({ value: {} }, true);
  }

  /** Through the rules, on disk. */
  #move(paymentId: string, event: PaymentEvent): PaymentChange | undefined {
    const payment = this.#journal.find(paymentId);
    const change = payment === undefined ? undefined : nextPaymentState(payment.state, event);
    if (change !== undefined) this.#journal.setState(paymentId, change.state);
    return change;
  }

  // ---- what the terminal says

  /** What is to be asked of the terminal, most urgent first. */
  work(): readonly TerminalWork[] {
    const toWork = (payment: TerminalPayment, isQuiet: boolean): TerminalWork => ({
      does: payment.state === 'wanted' ? 'run' : 'ask',
      isQuiet,
      payment,
      order: orderOf(payment),
    });
    const quiet = this.#journal.open().filter(({ state, wish }) => state === 'left' || wish.target.type === 'left');
    // One that stands in no sale yet has its sale's outcome before it.
    const toForward = this.#journal.offline().filter(({ offline, receiptNumber }) => offline === 'waiting' && receiptNumber !== null);
    return [
      ...this.#waiting.filter(({ state }) => state !== 'sent').map((payment) => toWork(payment, false)),
      ...quiet.filter(({ state }) => state !== 'sent').map((payment) => toWork(payment, true)),
      ...toForward.map((payment) => ({ ...toWork(payment, true), does: 'ask' as const })),
    ];
  }

  /** Inside a durable transaction; undefined where nothing changed that anybody must hear of. */
  hear(paymentId: string, event: PaymentEvent): Done | undefined {
    const payment = this.#journal.find(paymentId);
    if (payment === undefined) return undefined;
    if (payment.state === 'approved' && event.type === 'answer') return this.#hearForwarded(payment, event.answer);
    const change = nextPaymentState(payment.state, event);
    if (change === undefined) return this.#hearProblem(payment, event);
    this.#journal.setState(paymentId, change.state);
    if (event.type === 'sending' && event.mark !== undefined) this.#journal.setMark(paymentId, event.mark);
    this.#problem = undefined;
    if (change.approved !== undefined) return this.#approve({ ...payment, state: change.state }, change.approved, payment.state === 'left');
    return this.#end(payment, change);
  }

  #hearProblem(payment: TerminalPayment, event: PaymentEvent): Done | undefined {
    const { paymentId, state, wish } = payment;
    if (state === 'unknown' && wish.target.type === 'left' && event.type === 'answer' && event.answer.type === 'unclear') {
      // Nobody stands before it, and a person is asked of what it was to give back.
      this.#journal.setState(paymentId, 'stuck');
      this.#journal.setBooked(paymentId);
      return this.#end(payment, { state: 'stuck', reason: 'unclear' });
    }
    if (event.type !== 'answer' || this.#waiting[0]?.paymentId !== paymentId || this.#problem === event.answer.type) return undefined;
    this.#problem = event.answer.type;
    return this.#headOnly({ value: {} });
  }

  /** Not approved. */
  #end(payment: TerminalPayment, { state, reason = '' }: PaymentChange): Done {
    const { wish, paymentId } = payment;
    const isSeen = payment.state !== 'left' && wish.target.type !== 'left';
    if (state === 'declined' || state === 'notCharged' || state === 'stuck') {
      // What was never sent happened nowhere.
      if (payment.state !== 'wanted') this.#record(payment, state, reason);
      if (isSeen) this.#said = { ...this.#describe(paymentId, wish), state: state === 'declined' ? 'declined' : 'notCharged', reason };
      if (isSeen) for (const other of this.#waiting) if (other.state === 'wanted') this.#move(other.paymentId, { type: 'givenUp' });
      if (wish.target.type === 'left' && state !== 'notCharged') this.#stick(wish.target.paymentId, reason);
      if (wish.target.type === 'left' && state === 'notCharged') this.#giveBack(this.#find(wish.target.paymentId));
      const isFreed = this.#standAgain(payment);
      return this.#headOnly({ value: {} }, isFreed || payment.state !== 'wanted');
    }
    return this.#headOnly({ value: {} });
  }

  #find(paymentId: string): TerminalPayment {
    const payment = this.#journal.find(paymentId);
    assert(payment !== undefined, `there is a payment ${paymentId}`);
    return payment;
  }

  #approve(payment: TerminalPayment, approved: Approved, wasLeft: boolean): Done {
    const { paymentId, wish } = payment;
    const said: TerminalPayment = { ...payment, approved };
    this.#journal.setApproved(paymentId, approved);
    const { target } = wish;
    if (target.type === 'lost' || (target.type === 'reverseTender' && !this.#returns.isThere(target.receiptNumber))) {
      this.#stick(paymentId, 'lost');
      return this.#headOnly({ value: {} }, true);
    }
    if (approved.isOffline && wish.act === 'payment') this.#journal.setOffline(paymentId, 'waiting');
    this.#aborting = undefined;
    // A sale is undone whoever waits for it: what its card got back is said. Twice, as where somebody gave it back by hand meanwhile, is for a person.
    const isTwice = target.type === 'reverseTender' && this.#returns.isReversed(target);
    if (isTwice || (wasLeft && target.type !== 'reverseTender')) return this.#isStillOwed(said) ? this.#bookRefund() : this.#giveBack(said);
    if (target.type !== 'tender' && approved.amountMinor !== wish.amountMinor) {
      if (wish.act === 'payment') {
        // A part of what had gone out does not bring it back.
        this.#said = { ...this.#describe(paymentId, wish), state: 'notCharged', reason: 'amount' };
        const isFreed = this.#standAgain(said);
        const given = this.#giveBack(said);
        return { ...given, appended: isFreed || given.appended };
      }
      this.#stick(paymentId, 'amount');
      return this.#headOnly({ value: {} }, true);
    }
    switch (target.type) {
      case 'tender':
        return this.#bookTender(said, approved, target);
      case 'refund':
        return this.#bookRefund();
      case 'voidTender':
        this.#journal.setBooked(paymentId);
        return { ...this.#register.change({ type: 'voidTender', tenderId: target.tenderId }), appended: true };
      case 'reverseTender': {
        this.#journal.setBooked(paymentId);
        const { receiptNumber, tender } = target;
        // That nobody knew was said.
        if (wasLeft) this.#record(said, 'reversed', 'left');
        const reference = approved.card.transactionId;
        const done = this.#returns.noteReversal({ receiptNumber, tender, ...(reference !== undefined && { reference }) });
        return { ...done, rows: NO_ROWS };
      }
      case 'left':
        this.#journal.setBooked(paymentId);
        this.#journal.setState(target.paymentId, 'reversed');
        this.#journal.setOffline(target.paymentId, null);
        this.#record(this.#find(target.paymentId), 'reversed', 'left');
        return this.#headOnly({ value: {} }, true);
      default:
        return unreachable(target, 'TerminalActs.approve');
    }
  }

  #bookTender(payment: TerminalPayment, approved: Approved, target: Extract<PaymentWish['target'], { type: 'tender' }>): Done {
    const open = this.#register.open();
    const { live } = this.#register;
    const isThere = live.basketId === payment.basketId && live.eventCount === target.eventCount && !('type' in open);
    const events = isThere ? this.#tenderEvents(payment, approved, target) : undefined;
    if (events === undefined || 'type' in open) return this.#giveBack(payment);
    this.#journal.setBooked(payment.paymentId);
    const withCard = withCardPayment(events, toCardPayment(payment));
    const after = applyBasketEvents(open.basket, withCard);
    if (after.state !== 'completed') return this.#register.record(open.basket, withCard, null);
    return this.#withReceipts(this.#payments.complete(after, withCard, open, target.externalReference));
  }

  /** As they were decided; of less than was asked for, as they are now. */
  #tenderEvents(
    { wish }: TerminalPayment,
    approved: Approved,
    target: Extract<PaymentWish['target'], { type: 'tender' }>,
  ): readonly BasketEvent[] | undefined {
    if (approved.amountMinor === wish.amountMinor) return target.events;
    const { tenderType, tipMinor } = wish;
    const decided = this.#payments.decide({
      type: 'tender',
      tenderType,
      amountMinor: approved.amountMinor,
      ...(tipMinor !== undefined && { tipMinor }),
    });
    return 'type' in decided ? undefined : decided.events;
  }

  /** A refund that was left, and whose basket still owes that very part, is that part. */
  #isStillOwed({ basketId, wish, approved }: TerminalPayment): boolean {
    const { target, original, amountMinor } = wish;
    if (target.type !== 'refund' || basketId !== this.#register.live.basketId || approved?.amountMinor !== amountMinor) return false;
    const decided = this.#payments.decideRefund();
    const part = 'type' in decided ? undefined : this.#partsOver(decided.events).find(({ place }) => place === target.place);
    return part?.amountMinor === -amountMinor && part.givesBack?.transactionId === original?.transactionId;
  }

  #bookRefund(): Done {
    const decided = this.#payments.decideRefund();
    const cards = this.#refundedCards();
    if ('type' in decided || this.#partsOver(decided.events).some(({ place }) => !cards.has(place))) return this.#headOnly({ value: {} });
    return this.#payOut(decided, cards);
  }

  /** The receipt that a payment stands on: an exception names it. */
  #withReceipts(done: Done): Done {
    const { completed } = done;
    assert(completed !== undefined, 'a sale was completed');
    const basket = this.#register.journal.completed(completed.receiptNumber)?.basket;
    for (const { card } of basket?.payment?.tenders ?? []) {
      if (card !== undefined && this.#journal.find(card.paymentId) !== undefined)
        this.#journal.setReceipt(card.paymentId, completed.receiptNumber);
    }
    return done;
  }

  /** Charged, and nobody's: a reversal of its own, which goes through the same states. */
  #giveBack(payment: TerminalPayment): Done {
    const { paymentId, wish, approved } = payment;
    const transactionId = approved?.card.transactionId;
    if (approved === null || transactionId === undefined) {
      this.#stick(paymentId, 'noTransaction');
      return this.#headOnly({ value: {} }, true);
    }
    // A payment out that nobody booked cannot be taken back without its card.
    if (wish.act !== 'payment') {
      this.#stick(paymentId, 'paidOut');
      return this.#headOnly({ value: {} }, true);
    }
    const { atMs } = this.#register.now();
    this.#journal.add(
      this.#newPaymentId(),
      null,
      {
        act: 'reversal',
        tenderType: wish.tenderType,
        amountMinor: approved.amountMinor + (approved.tipMinor ?? 0),
        currency: wish.currency,
        minorDigits: wish.minorDigits,
        original: { transactionId, atMs: payment.atMs },
        mayBeOffline: false,
        target: { type: 'left', paymentId },
      },
      atMs,
    );
    return this.#headOnly({ value: {} });
  }

  /** A person has to look: the machine can do no more. */
  #stick(paymentId: string, reason: string): void {
    this.#journal.setState(paymentId, 'stuck');
    this.#record(this.#find(paymentId), 'stuck', reason);
  }

  /** A payment that was accepted offline was forwarded: its sale stands either way. */
  #hearForwarded(payment: TerminalPayment, answer: TerminalAnswer): Done | undefined {
    const { paymentId, receiptNumber, wish, approved } = payment;
    const settings = this.#register.newestView()?.settings();
    if (payment.offline !== 'waiting' || receiptNumber === null || settings?.ok !== true) return undefined;
    const isForwarded = answer.type === 'approved' && !answer.isOffline;
    if (!isForwarded && answer.type !== 'declined') return undefined;
    this.#journal.setOffline(paymentId, isForwarded ? null : 'declined');
    const moment = this.#register.now();
    const header = this.#register.header(settings.value, moment);
    const facts = { paymentId, receiptNumber, currency: wish.currency, amountMinor: approved?.amountMinor ?? wish.amountMinor };
    const entry =
      answer.type === 'declined' ? cardExceptionEntry(header, { ...facts, reason: answer.reason }) : cardForwardedEntry(header, facts);
    this.#register.append(entry, moment);
    return this.#headOnly({ value: {} }, true);
  }

  #record(payment: TerminalPayment, outcome: TerminalOutcomeWord, reason: string): void {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return;
    const { paymentId, basketId, wish, approved } = payment;
    const moment = this.#register.now();
    const record = {
      paymentId,
      act: wish.act,
      currency: wish.currency,
      amountMinor: wish.amountMinor,
      outcome,
      ...(reason !== '' && { reason }),
      ...(basketId !== null && { basketId }),
      tenderType: wish.tenderType,
      ...(approved !== null && { card: toCardPayment(payment) }),
    };
    this.#register.append(terminalRecordEntry(this.#register.header(settings.value, moment), record), moment);
  }

  // ---- what somebody has to look at

  cases(): readonly CardCase[] {
    return [
      ...this.#journal.open().flatMap((payment) => (payment.state === 'left' ? [toCase(payment, 'unknown')] : [])),
      ...this.#journal.stuck().map((payment) => toCase(payment, 'stuck')),
      ...this.#journal.offline().map((payment) => toCase(payment, payment.offline === 'declined' ? 'declinedLater' : 'toForward')),
    ];
  }

  clearCase({ paymentId, how, reason }: Of<'clearCardCase'>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    if (hasCardNumber(reason)) return this.#register.refuse({ type: 'cardNumberTyped', detail: {} });
    const found = this.cases().find((one) => one.paymentId === paymentId);
    if (found?.clearings.includes(how) !== true) return this.#register.refuse(noOpenPayment());
    const wanted = { action: 'clearCardCase', amount: found.amountMinor } as const;
    const denial = this.#register.people.findDenial(open.authority, wanted, { reference: paymentId });
    if (denial !== undefined) return this.#register.refuse(this.#register.denialOf(denial, open));
    if (found.state === 'unknown') this.#move(paymentId, { type: 'cleared' });
    if (found.state === 'unknown' || found.state === 'stuck') this.#journal.setBooked(paymentId);
    else this.#journal.setOffline(paymentId, null);
    const moment = this.#register.now();
    this.#register.append(cardClearingEntry(this.#register.header(open.settings, moment), { paymentId, how, reason }), moment);
    this.#clearReversal(this.#find(paymentId), how);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** A tender that the card got back and keeps has been given back, and its sale is undone; else the sale stands again. A part of it is lost beside the sale. */
  #clearReversal(payment: TerminalPayment, how: CardClearing): void {
    const { wish, approved } = payment;
    const { target } = wish;
    const isWhole = approved === null || approved.amountMinor === wish.amountMinor;
    if (target.type === 'reverseTender' && how === 'writtenOff' && !this.#returns.isThere(target.receiptNumber))
      this.#returns.endLost(target.receiptNumber);
    else if (target.type === 'reverseTender' && how === 'writtenOff' && isWhole && !this.#returns.isReversed(target))
      this.#returns.noteReversal({ receiptNumber: target.receiptNumber, tender: target.tender });
    else {
      // Nothing of it is with the card: it never was, or it came back.
      if (target.type === 'reverseTender' && how !== 'writtenOff') this.#journal.setState(payment.paymentId, 'notCharged');
      this.#standAgain(payment);
    }
  }

  /** What the terminal counted, beside what went over it from here. */
  settle(): Done {
    const open = this.#register.open();
    const totals = this.#register.hub?.settled;
    if ('type' in open) return this.#register.refuse(open);
    const [waiting] = this.#waiting;
    if (waiting !== undefined) return this.#register.refuse(paymentOpen(waiting));
    if (totals === undefined) return this.#register.refuse({ type: 'terminalAbsent', detail: {} });
    if (totals === 'busy') return this.#register.refuse({ type: 'terminalBusy', detail: {} });
    const own = this.#journal.unsettled();
    this.#journal.setSettled();
    const moment = this.#register.now();
    const settlement = {
      currency: open.settings.currency,
      ...(totals.terminalId !== undefined && { terminalId: totals.terminalId }),
      brands: totals.brands,
      countedMinor: totals.brands.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      ownMinor: own.amountMinor,
      ownCount: own.count,
    };
    this.#register.append(terminalSettlementEntry(this.#register.header(open.settings, moment), settlement), moment);
    const { terminalId: _terminalId, ...view } = settlement;
    return { ...this.#register.unchanged({ value: { settlement: { ...view, brands: [...view.brands] } } }), appended: true };
  }

  /** Whether the terminal was settled since it took a payment. */
  isSettled(paymentId: string): boolean {
    return this.#journal.find(paymentId)?.isSettled === true;
  }
}

const NO_ROWS: NonNullable<Done['rows']> = { reset: false, upserted: [], removedLineIds: [] };

const paymentOpen = ({ wish }: TerminalPayment): Refusal => ({ type: 'paymentOpen', detail: { act: wish.act } });
const noOpenPayment = (): Refusal => ({ type: 'noOpenPayment', detail: {} });

function toCase({ paymentId, wish, approved, atMs, receiptNumber }: TerminalPayment, state: CardCase['state']): CardCase {
  const { brand, lastFour, transactionId } = approved?.card ?? {};
  return {
    paymentId,
    state,
    act: wish.act,
    amountMinor: approved?.amountMinor ?? wish.amountMinor,
    atMs,
    ...(receiptNumber !== null && { receiptNumber }),
    ...(brand !== undefined && { brand }),
    ...(lastFour !== undefined && { lastFour }),
    ...(transactionId !== undefined && { transactionId }),
    clearings: [...cardClearingsOf(state, wish.act)],
  };
}

function toCardPayment({ paymentId, atMs, approved, wish }: TerminalPayment): CardPayment {
  const originalId = wish.original?.transactionId;
  return {
    paymentId,
    atMs,
    ...approved?.card,
    ...(approved?.isOffline === true && { isOffline: true }),
    ...(originalId !== undefined && { originalId }),
  };
}
