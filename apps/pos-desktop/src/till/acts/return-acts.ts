/** Goods come back, and sales are undone. */
import { assert } from '@holdfast/base';
import {
  applyBasketCommand,
  applyBasketEvents,
  type BasketCommand,
  basketLines,
  type CardPayment,
  cardsBackOf,
  type CashBack,
  cashBackWish,
  CASH,
  type LedgerHeader,
  postVoidEntry,
  postVoidRefusal,
  type PostVoidRefusal,
  readSale,
  type Refusal,
  type Sale,
  type StoreSettings,
  taxAt,
  type Tender,
  tenderReversalEntry,
  type TerminalSaid,
  voidPartEntry,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { BalanceQuestion } from '../customers/ask-balance.ts';
import type { ReturnQuestion } from '../returns/ask-return.ts';
import { type OwnSale, type ReturnableSale, returnTermsOf, toReturnableView } from '../returns/returns.ts';
import type { PromotionUse } from '../selling/promotion-use.ts';
import type { Done, OpenSale, Register } from './register.ts';
import { isBackOf, type ReturnRightActs } from './return-right-acts.ts';

type Reversal = Omit<Extract<RequestBody, { type: 'reverseTender' }>, 'type'>;
type ReturnWishes = Pick<Extract<RequestBody, { type: 'setReturn' }>, 'receiptNumber' | 'lines'>;

/** What the payment terminal knows of sales. */
export interface TerminalOfSales {
  /** Whether it was settled since it took a payment. */
  isSettled(paymentId: string): boolean;
  /** Whether it is giving a tender of a completed sale back, or nobody knows yet whether it did. */
  isReversing(receiptNumber: string): boolean;
  /** What it said when this tender was to be given back, counted from 1. */
  saidOf(receiptNumber: string, tender: number, card: CardPayment | undefined): TerminalSaid;
}

interface OwnToUndo {
  readonly own: OwnSale;
  readonly header: LedgerHeader;
  readonly cashBack: CashBack;
  /** Why it cannot be undone now, whoever asks; `tenderNotReversed`: not yet. */
  readonly stands: PostVoidRefusal | undefined;
}

export class ReturnActs {
  readonly #register: Register;
  readonly #rights: ReturnRightActs;
  readonly #terminal: TerminalOfSales;

  constructor(register: Register, rights: ReturnRightActs, terminal: TerminalOfSales) {
    this.#register = register;
    this.#rights = rights;
    this.#terminal = terminal;
  }

  /** Nobody is asked about a sale that was undone here: until its undoing has reached the hub, to ask without taking would give away what keeps it from coming back elsewhere. */
  returnToAsk(body: RequestBody): ReturnQuestion | undefined {
    const asked = this.#returnToAsk(body);
    return asked === undefined || this.#register.returns.undoing(asked.receiptNumber) !== undefined ? undefined : asked;
  }

  #returnToAsk(body: RequestBody): ReturnQuestion | undefined {
    if (body.type === 'postVoid' || body.type === 'reverseTender') return this.#undoingToAsk(body.receiptNumber);
    if (body.type !== 'returnable' && body.type !== 'setReturn' && body.type !== 'voidLine') return undefined;
    if (this.#register.view() === undefined) return undefined;
    const wish = body.type === 'voidLine' ? this.#returnWithout(body.lineId) : body;
    if (wish === undefined) return undefined;
    const { receiptNumber } = wish;
    // Nothing of it comes back, and to ask without taking would give away what keeps it from coming back elsewhere.
    if (this.#rights.isUndoing(receiptNumber)) return undefined;
    const isInBasket = this.#isInBasket(receiptNumber);
    const isAtRest = this.#register.returns.isAtRest(receiptNumber);
    const take = !isAtRest && ('lines' in wish ? wish.lines.length > 0 : isInBasket);
    // What was given is not asked for again. It goes back by the ledger.
    const isTold = this.#register.returns.isTold(receiptNumber, { nowMs: this.#register.time.now().atMs, isInBasket });
    return isTold && (take || isInBasket) ? undefined : { receiptNumber, take, ...(isAtRest && { isAtRest }) };
  }

  /** Taken where it would be undone, so that nothing of it comes back elsewhere meanwhile; else only asked for. What lies in a basket here is not undone, and to ask would give the right to it back. */
  #undoingToAsk(receiptNumber: string): ReturnQuestion | undefined {
    const isOwn = this.#register.returns.find(receiptNumber) !== undefined;
    const store = this.#register.identity()?.store;
    if (!isOwn || store === undefined || this.#rights.isReturning(receiptNumber) || this.#isUndoingAtRest(receiptNumber)) return undefined;
    return { receiptNumber, store, take: this.#rights.isUndoing(receiptNumber) || this.#isUndone(receiptNumber) };
  }

  /** Whether it, or the first step of it, would be done now, as far as is known here. */
  #isUndone(receiptNumber: string): boolean {
    const open = this.#register.open();
    const found = 'type' in open ? open : this.#toUndo(receiptNumber, open, false);
    return !('type' in open || 'type' in found) && this.#undoingRefusal(found, open, true) === undefined;
  }

  /** Gift cards that would be taken back with a sale that is undone, where that, or the first step of it, would be decided by them. */
  cardsToAsk({ receiptNumber }: Pick<Reversal, 'receiptNumber'>): readonly BalanceQuestion[] {
    const open = this.#register.open();
    if ('type' in open) return [];
    // What others answered the last time is not what they answer now.
    const found = this.#toUndo(receiptNumber, open, false);
    if ('type' in found || found.own.reversed.size > 0 || this.#undoingRefusal(found, open, true) !== undefined) return [];
    return cardsUndone(found.own.sale).map((card) => this.#register.balances.cardQuestion(this.#register.live.basket, card));
  }

  /** What comes back of its receipt without this line; undefined where the line is none that came back with its receipt. */
  #returnWithout(lineId: string): ReturnWishes | undefined {
    const lines = this.#register.itemLines();
    const line = lines.find((known) => known.lineId === lineId);
    const receiptNumber = line?.returnTaxes === undefined || line.quantity.value === 0 ? undefined : line.returnOf?.receiptNumber;
    if (receiptNumber === undefined) return undefined;
    const kept = lines.flatMap(({ lineId: other, returnTaxes, returnOf, quantity, isDefective }) => {
      const isKept = other !== lineId && returnTaxes !== undefined && returnOf?.receiptNumber === receiptNumber && quantity.value < 0;
      return isKept ? [{ line: returnOf.line ?? 0, quantity: -quantity.value, ...(isDefective === true && { defective: true }) }] : [];
    });
    return { receiptNumber, lines: kept };
  }

  #isInBasket(receiptNumber: string): boolean {
    return this.#register.itemLines().some((line) => isBackOf(line, receiptNumber));
  }

  /** A sale of this lane, or one that the hub or another lane tells of; or why nothing of it comes back here now. */
  findReturnable(receiptNumber: string, isTaken = true): ReturnableSale | Refusal {
    const identity = this.#register.identity();
    if (identity === null) return noSuchReceipt(receiptNumber);
    const { store, device } = identity;
    const isInBasket = this.#isInBasket(receiptNumber);
    const { isTraining } = this.#register.live;
    const place = { store, device, isInBasket, isTraining, nowMs: this.#register.now().atMs, hub: this.#register.hub?.returned };
    const sold = this.#register.returns.findReturnable(receiptNumber, place);
    if (sold === undefined) return noSuchReceipt(receiptNumber);
    const isHeld = sold.isHeldElsewhere || (!isInBasket && this.#rights.isReturning(receiptNumber));
    if (isHeld && isTaken) return { type: 'returnElsewhere', detail: { receiptNumber, because: 'held' } };
    // What its card got back would be paid out again.
    if (isTaken && this.#isGivenBack(receiptNumber)) return { type: 'returnElsewhere', detail: { receiptNumber, because: 'reversed' } };
    return sold;
  }

  /** A tender of it has gone back, or may have: all that is left is to undo it. */
  #isGivenBack(receiptNumber: string): boolean {
    const own = this.#register.returns.find(receiptNumber, this.#register.live.isTraining);
    return own !== undefined && (own.reversed.size > 0 || this.#terminal.isReversing(receiptNumber));
  }

  /** All that comes back of one sale. */
  setReturn({ receiptNumber, lines }: ReturnWishes): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const over = lines.length === 0 ? undefined : this.#register.rightsOver(open.view, 'return');
    if (over !== undefined) return this.#register.refuse(over);
    const sold = this.findReturnable(receiptNumber, lines.length > 0);
    if ('type' in sold) return this.#register.refuse(sold);
    const { view, settings, cut } = open;
    const command: BasketCommand = {
      type: 'setReturn',
      cut: { hubEpoch: cut.position.hubEpoch, lsn: cut.position.lsn },
      sale: sold.sale,
      others: sold.others,
      ...(sold.isUnverified && { isUnverified: true }),
      ...(this.#register.live.isTraining && { isTraining: true }),
      wishes: lines.map(({ line, quantity, defective }) => ({ line, quantity, ...(defective === true && { isDefective: true }) })),
      terms: returnTermsOf(view, settings, sold, this.#register.header(settings, this.#register.now()).businessDate),
      itemNameOf: (sku) => sold.lines.find((line) => line.sku === sku)?.name ?? view.item(sku)?.name,
      taxNameOf: (taxClass, component) => {
        const rule = view.taxRule(taxClass);
        const present = rule === undefined ? undefined : taxAt(rule, { date: sold.sale.businessDate });
        const tax = sold.lines.find((line) => line.tax.taxClass === taxClass)?.tax ?? present;
        return component === undefined ? tax?.name : tax?.components?.find((known) => known.component === component)?.name;
      },
    };
    const events = applyBasketCommand(open.basket, command, open.promotions);
    if (!events.ok) return this.#register.refuse(events.error);
    const header = this.#register.header(settings, this.#register.now());
    const lessened = voidPartEntry(open.basket, applyBasketEvents(open.basket, events.value), header);
    const done = this.#register.record(open.basket, events.value, cut, lessened);
    const isMoved = this.#rights.settle(receiptNumber, lines.length > 0);
    const after = done.live.basket;
    const itemName = (sku: string): string | undefined => view.item(sku)?.name;
    const returnable = toReturnableView(sold, after === null ? [] : basketLines(after), itemName);
    return { ...done, answer: { value: { returnable } }, appended: done.appended || isMoved };
  }

  /** What comes back depends on all that comes back with it: its return is set again without the line. */
  voidLine(lineId: string): Done {
    const without = this.#returnWithout(lineId);
    return without === undefined ? this.#register.change({ type: 'voidLine', lineId }) : this.setReturn(without);
  }

  /** A sale of this lane that is to be undone, with what came back of it anywhere, as far as it is known here. `isHeard`: by what others answered, too. */
  #toUndo(receiptNumber: string, open: OpenSale, isHeard = true, inCash: readonly number[] = []): OwnToUndo | Refusal {
    const { isTraining } = this.#register.live;
    const own = this.#register.returns.find(receiptNumber, isTraining);
    if (own === undefined || this.#register.identity() === null) return noSuchReceipt(receiptNumber);
    const header = this.#register.basketHeader(open.settings, this.#register.now());
    const cards = new Set(open.view.tenderTypes().flatMap(({ kind, tenderType }) => (kind === 'card' ? [tenderType] : [])));
    const { sale, reversed } = own;
    // What was typed in training is at no terminal.
    const isCard = (tenderType: string): boolean => !isTraining && cards.has(tenderType);
    const isTerminalSettled = sale.tenders.some(({ card }) => card !== undefined && this.#terminal.isSettled(card.paymentId));
    const found = isHeard ? this.findReturnable(receiptNumber, false) : undefined;
    const sold = found === undefined || 'type' in found ? undefined : found;
    const others = sold?.others ?? own.others;
    const isReturning = this.#rights.isReturning(receiptNumber) || sold?.isHeldElsewhere === true;
    const isAtRest = this.#isUndoingAtRest(receiptNumber);
    const cashBack = { places: new Set(inCash), rounding: open.settings.cashRounding };
    const stands = postVoidRefusal(sale, {
      header,
      isDrawerOpen: true,
      isTerminalSettled,
      isCard,
      reversed,
      cashBack,
      terminalSaidOf: (tender) => this.#terminal.saidOf(receiptNumber, tender, sale.tenders[tender - 1]?.card),
      others,
      isReturning,
      isAtRest,
      authority: undefined,
    });
    return { own, header, cashBack, stands };
  }

  /** A copy of this lane may undo it, or take its goods back, as well; what has begun to be undone goes on. */
  #isUndoingAtRest(receiptNumber: string): boolean {
    const { live, returns } = this.#register;
    return !live.isTraining && !this.#rights.isUndoing(receiptNumber) && returns.isAtRest(receiptNumber);
  }

  /** Why nothing of a sale is undone now, whatever is on its gift cards. `isAsked`: nothing is done by it yet, and a leave that was given stays. */
  #undoingRefusal({ own, stands }: OwnToUndo, { authority }: OpenSale, isAsked = false): Refusal | undefined {
    const isStep = stands?.type === 'tenderNotReversed';
    if (stands !== undefined && !isStep) return stands;
    const { receiptNumber, totalMinor } = own.sale;
    // Its card comes back first, and that takes the same leave.
    const wanted = { action: 'postVoid', amount: Math.abs(totalMinor) } as const;
    return this.#register.people.findDenial(authority, wanted, { reference: receiptNumber, ...((isStep || isAsked) && { isStep: true }) });
  }

  /** Why the gift cards that a sale sold are not taken back: asked before any of its money goes out. Of what went out in part the rest goes, too. */
  cardRefusal(receiptNumber: string): Refusal | undefined {
    const { balances, hub, live, returns } = this.#register;
    // In training nothing is on a card.
    const own = live.isTraining ? undefined : returns.find(receiptNumber);
    if (own === undefined || own.reversed.size > 0) return undefined;
    return balances.findUncoveredCard(live.basket, cardsUndone(own.sale), hub?.cardsBack ?? []);
  }

  /** The shift that a drawer has now is open: what was sold in it and with it is undone there; the business day ends that, and the terminal's settlement. */
  postVoid({ receiptNumber, inCash }: Omit<Extract<RequestBody, { type: 'postVoid' }>, 'type'>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { isTraining } = this.#register.live;
    const epoch = this.#register.ports.store.epochs().at(-1)?.epoch;
    const identity = this.#register.identity();
    const found = this.#toUndo(receiptNumber, open, true, inCash);
    if ('type' in found) return this.#register.refuse(found);
    if (identity === null || epoch === undefined) return this.#register.refuse(noSuchReceipt(receiptNumber));
    const moment = this.#register.now();
    const { own, header, cashBack, stands } = found;
    const { sale } = own;
    const wish = stands === undefined ? cashBackWish(sale, cashBack) : undefined;
    // It is of this receipt, which is undone once.
    const leave = wish && this.#register.people.permit(open.authority, wish, { reference: receiptNumber, isStep: true });
    if (leave?.ok === false) return this.#register.refuse(this.#register.denialOf(leave.error, open));
    const refusal = this.#undoingRefusal(found, open) ?? this.cardRefusal(receiptNumber) ?? stands;
    if (refusal !== undefined) return this.#register.refuse(refusal);
    const approver = leave?.value.approvedBy;
    const approval = wish && approver !== undefined && { action: wish.action, approver, maximum: wish.amount };
    const number = this.#register.receipts.next(identity.lane, epoch, isTraining);
    const entry = postVoidEntry(own.entry, sale, header, number, { ...cashBack, ...(approval && { approval }) });
    const { id } = this.#register.append(entry, moment);
    this.#register.returns.note(entry, moment.atMs);
    const undone = readSale(entry.fields);
    assert(undone.ok, 'what this till writes it can read');
    if (!isTraining) this.#register.promotionUse.fold(toPromotedSale(undone.value), id, open.view.promotions());
    this.#register.time.keep(moment);
    const opensDrawer =
      !isTraining && undone.value.tenders.some(({ tenderType, foreign }) => tenderType === CASH.tenderType || foreign !== undefined);
    const prints = { receiptNumber: number, opensDrawer, isReprint: false, undoes: { receiptNumber, atMs: moment.atMs } };
    return { ...this.#register.unchanged({ value: {} }), appended: true, prints };
  }

  /** A tender of a completed sale that may be given back now, or why not. */
  tenderToReverse({
    receiptNumber,
    tender,
  }: Reversal): { readonly paid: Tender; readonly isReversed: boolean; readonly settings: StoreSettings } | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const found = this.#toUndo(receiptNumber, open);
    if ('type' in found) return found;
    const { own } = found;
    const paid = own.sale.tenders[tender - 1];
    if (paid === undefined) return { type: 'noSuchTender', detail: { tenderId: String(tender) } };
    const given = { paid, isReversed: own.reversed.has(tender), settings: open.settings };
    if (given.isReversed) return given;
    return this.#undoingRefusal(found, open) ?? given;
  }

  /** A sale of this lane; false where it is lost with a database that was rebuilt. */
  isThere(receiptNumber: string): boolean {
    return this.#register.returns.find(receiptNumber) !== undefined;
  }

  /** Its card has its money, and nobody can undo it here: its goods come back nowhere, until a person at the hub says so. */
  endLost(receiptNumber: string): void {
    this.#register.told.end(receiptNumber);
  }

  isReversed({ receiptNumber, tender }: Pick<Reversal, 'receiptNumber' | 'tender'>): boolean {
    return this.#register.returns.find(receiptNumber)?.reversed.has(tender) === true;
  }

  /** Its money begins to go back. True where the ledger says so. */
  beginUndoing(receiptNumber: string): boolean {
    return this.#rights.claim(receiptNumber);
  }

  /** The terminal gave nothing back: if nothing else of it has gone back the sale stands again. True where the ledger says so. */
  standAgain(receiptNumber: string): boolean {
    return !this.#rights.isUndoing(receiptNumber) && !this.#rights.isReturning(receiptNumber) && this.#rights.settle(receiptNumber, false);
  }

  /** A terminal has given a tender back. */
  noteReversal({ receiptNumber, tender, reference }: Reversal): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const own = this.#register.returns.find(receiptNumber);
    const paid = own?.sale.tenders[tender - 1];
    assert(own !== undefined && paid !== undefined, 'what is given back was paid here');
    const moment = this.#register.now();
    this.beginUndoing(receiptNumber);
    const entry = tenderReversalEntry(this.#register.header(open.settings, moment), {
      receiptNumber,
      currency: own.sale.currency,
      tender,
      tenderType: paid.tenderType,
      amountMinor: -paid.amountMinor,
      ...(reference !== undefined && { reference }),
    });
    this.#register.append(entry, moment);
    this.#register.returns.note(entry);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }
}

const cardsUndone = ({ lines, currency }: Sale): ReturnType<typeof cardsBackOf> =>
  cardsBackOf(
    lines.map((line) => ({ ...line, amountMinor: 0 - line.amountMinor })),
    currency,
  );

const toPromotedSale = ({ undonePromotions = [], lines, customer }: Sale): Parameters<PromotionUse['fold']>[0] => ({
  undonePromotions,
  lines,
  ...(customer !== undefined && { customerId: customer }),
});

export const noSuchReceipt = (receiptNumber: string): Refusal => ({ type: 'noSuchReceipt', detail: { receiptNumber } });
