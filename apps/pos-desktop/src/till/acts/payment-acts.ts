/** Money for a basket: tenders, the end of a sale, rights to balances, and what a gift card pays out. */
import { assert, err, ok, type Result } from '@holdfast/base';
import {
  type AccountName,
  applyBasketCommand,
  applyBasketEvents,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  basketLines,
  cardsBackOf,
  CASH,
  completeSale,
  grantAcceptanceEntry,
  grantReleaseEntry,
  isReference,
  leaveBeyondLimit,
  payoutEntry,
  POINTS,
  pointsOfBasket,
  readPayout,
  type Refusal,
  type StoreSettings,
  unverifiedRefusal,
} from '@holdfast/domain';
import { verifyGrant } from '@holdfast/sync';

import type { RequestBody } from '../../shared/till-contract.ts';
import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { BalanceQuestion } from '../customers/ask-balance.ts';
import { spentFrom } from '../customers/balances.ts';
import type { Closing } from '../selling/basket-journal.ts';
import { tenderNameOf, toCompleted } from '../views.ts';
import type { Done, OpenSale, Register } from './register.ts';
import type { ReturnRightActs } from './return-right-acts.ts';
import type { GivenSignature, SignatureActs } from './signature-acts.ts';

type CashOut = Extract<RequestBody, { type: 'cashOut' }>;

type Payment = Extract<RequestBody, { type: 'payCash' | 'tender' }>;

export interface DecidedPayment {
  readonly open: OpenSale;
  readonly command: BasketCommand;
  readonly events: readonly BasketEvent[];
  readonly externalReference?: string;
  readonly signature?: GivenSignature;
}

export class PaymentActs {
  readonly #register: Register;
  readonly #signatures: SignatureActs;
  readonly #rights: ReturnRightActs;

  constructor(register: Register, signatures: SignatureActs, rights: ReturnRightActs) {
    this.#register = register;
    this.#signatures = signatures;
    this.#rights = rights;
  }

  balanceToAsk(body: RequestBody): BalanceQuestion | undefined {
    if (body.type !== 'cashOut' && body.type !== 'tender' && body.type !== 'balance') return undefined;
    const { basket } = this.#register.live;
    const view = this.#register.view();
    if (view === undefined) return undefined;
    // What the hub held for it would be held for every copy of it.
    if (body.type !== 'balance' && this.#register.balances.isFrozen()) return undefined;
    if (body.type === 'cashOut') {
      const card = cardOf(body, view);
      return card === undefined ? undefined : { name: card, neededMinor: 'all' };
    }
    if (body.type === 'balance') {
      const name = accountOfBalance(body, view);
      return name === undefined ? undefined : { name, neededMinor: 0 };
    }
    if (basket === null) return undefined;
    const command = paymentOf(body, view);
    const name = command?.type === 'tender' ? spentFrom(basket, command) : undefined;
    if (name === undefined) return undefined;
    const settings = view.settings();
    const isAdvanced = settings.ok && settings.value.offlineAdvanceMinor !== undefined && this.#register.rights.of(name) === undefined;
    const neededMinor = this.#register.balances.neededMinor(basket, name, command?.type === 'tender' ? command.amountMinor : 0);
    return { name, neededMinor, ...(isAdvanced && { advance: true }) };
  }

  /** Gift cards that a request would pay out because they come back, with what the hub has to have for each. */
  cardsToAsk(body: RequestBody): readonly BalanceQuestion[] {
    if (body.type !== 'payCash' && body.type !== 'tender' && body.type !== 'refund') return [];
    if (this.#register.balances.isFrozen()) return [];
    return this.#cardsBack().map((card) => this.#register.balances.cardQuestion(null, card));
  }

  /** Why what comes back in the basket is not paid out: gift cards, goods by a right that rests since they were taken, or more than goes out for what nobody could be asked about. */
  backRefusal(): Refusal | undefined {
    const { balances, hub, live } = this.#register;
    const isDecided = live.basket === null || live.isTraining || live.basket.tenders.length > 0;
    const [receiptNumber] = isDecided ? [] : this.#rights.restingIn(live.basket);
    if (receiptNumber !== undefined) return { type: 'returnElsewhere', detail: { receiptNumber, because: 'frozen' } };
    const aboveCap = isDecided ? undefined : unverifiedRefusal(live.basket);
    return aboveCap ?? balances.findUncoveredCard(null, this.#cardsBack(), hub?.cardsBack ?? []);
  }

  /** Gift cards whose coming back is still to be decided: before the first tender, behind which no line changes. In training nothing is on a card. */
  #cardsBack(): ReturnType<typeof cardsBackOf> {
    const { basket, isTraining } = this.#register.live;
    const isDecided = basket === null || isTraining || basket.tenders.length > 0;
    return isDecided ? [] : cardsBackOf(basketLines(basket), basket.opening.currency);
  }

  /** What a payment would do; nothing is done yet. */
  decide(body: Payment): DecidedPayment | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const command = paymentOf(body, open.view);
    if (command === undefined)
      return { type: 'noSuchTender', detail: { tenderType: body.type === 'tender' ? body.tenderType : CASH.tenderType } };
    const events = applyBasketCommand(open.basket, command, open.promotions);
    if (!events.ok) return events.error;
    const covered = this.#cover(command, open);
    if (!covered.ok) return covered.error;
    const { externalReference } = body;
    const signature = body.type === 'tender' ? body.signature : undefined;
    return {
      open,
      command,
      events: [...covered.value, ...events.value],
      ...(externalReference !== undefined && { externalReference }),
      ...(signature !== undefined && { signature }),
    };
  }

  /** What a tender does besides because of the balance that it is taken from; or why that does not cover it. */
  #cover(command: BasketCommand, open: OpenSale): Result<readonly BasketEvent[], Refusal> {
    if (command.type !== 'tender' || this.#register.live.isTraining) return ok([]);
    const uncovered = this.#register.balances.findUncovered(open.basket, command, open.settings, this.#register.hub?.balance);
    if (uncovered === undefined) return ok([]);
    return command.tenderType.account === 'onAccount' ? leaveBeyondLimit(open.basket, uncovered, open.authority) : err(uncovered);
  }

  /** What goes over no terminal. */
  finish({ open, command, events, externalReference, signature }: DecidedPayment): Done {
    if (command.type === 'tender') {
      const unsigned = this.#signatures.refusal(command.tenderType, command.amountMinor, signature);
      if (unsigned !== undefined) return this.#register.refuse(unsigned);
      if (command.tenderType.asksSignature === true && signature !== undefined) this.#signatures.note(open.basket, signature);
    }
    const after = applyBasketEvents(open.basket, events);
    const done =
      after.state === 'completed'
        ? this.complete(after, events, open, externalReference)
        : this.#register.record(open.basket, events, null);
    // Behind the sale: what was asked for pays for it, and the rights are for what comes.
    const isMoved = this.#acceptGrant(open.settings) || this.releaseRights(open.settings);
    return { ...done, appended: done.appended || isMoved };
  }

  /** What the hub granted ahead with its answer, where the hub has signed it for this lane. */
  #acceptGrant(settings: StoreSettings): boolean {
    const identity = this.#register.identity();
    const balance = this.#register.hub?.balance;
    const moment = this.#register.time.now();
    if (identity === null || balance?.grant === undefined || this.#register.rights.of(balance.name) !== undefined) return false;
    const { grant, name } = balance;
    const place = { tenant: identity.tenant, device: identity.device, ...name };
    const isOurs = verifyGrant(this.#register.ports.verifier, identity.hubPublicKey, place, grant);
    if (!isOurs || grant.amountMinor === 0 || grant.expiresAtMs <= moment.atMs) return false;
    const acceptance = { ...name, ...grant };
    this.#register.append(grantAcceptanceEntry(this.#register.header(settings, moment), acceptance), moment);
    this.#register.rights.accept(acceptance, identity.device);
    return true;
  }

  /** What is left of rights that may not be spent any more returns to the hub; not where a copy of this device may have spent it (SPEC: I-8). */
  releaseRights(settings: StoreSettings): boolean {
    if (this.#register.balances.isFrozen()) return false;
    const moment = this.#register.time.now();
    const over = this.#register.rights.expired(settings.offlineAdvanceMinor === undefined ? Infinity : moment.atMs);
    for (const right of over) {
      this.#register.append(grantReleaseEntry(this.#register.header(settings, moment), right), moment);
      this.#register.rights.release(right.grantId);
    }
    return over.length > 0;
  }

  /** The sale that `events` paid: its entry, its receipt number and the end of its basket. */
  complete(
    after: Basket,
    events: readonly BasketEvent[],
    { settings, view, basket: before }: Pick<OpenSale, 'settings' | 'view' | 'basket'>,
    externalReference: string | undefined,
  ): Done {
    const moment = this.#register.now();
    const header = this.#register.basketHeader(settings, moment);
    const { training } = header;
    const identity = this.#register.identity();
    const epoch = this.#register.ports.store.epochs().at(-1)?.epoch;
    assert(identity !== null && epoch !== undefined, 'who has a catalogue is enrolled');
    assert(after.payment !== null, 'a paid basket has its payment');
    const receiptNumber = this.#register.receipts.next(identity.lane, epoch, training);
    const facts = { receiptNumber, ...(externalReference !== undefined && { externalReference }) };
    const live = this.#register.journal.append(this.#register.live, events, after, null, moment.atMs);
    const points = pointsOfBasket(after, settings.loyalty);
    const sale = completeSale(after, header, { ...facts, points });
    const entry = this.#register.append(sale, moment);
    if (after.returns.length > 0 || after.rows.some((row) => row.kind === 'item' && row.returnOf !== undefined))
      this.#register.returns.note(sale);
    if (!training) this.#register.foldUses(entry, after, view);
    const { storeName, storeAddress, storeTaxNumber, receiptHeader, receiptFooter, receiptLegal, timeZone, locale } = settings;
    const { tenders } = after.payment;
    const nameOf = tenderNameOf(view);
    const isCashOnly = tenders.every(({ tenderType }) => tenderType === CASH.tenderType);
    const giftNames = after.rewards.flatMap(({ reward }) => {
      const name = reward.type === 'gift' ? view.item(reward.sku)?.name : undefined;
      return reward.type === 'gift' && name !== undefined ? [[reward.sku, name] as const] : [];
    });
    const closing: Closing = {
      header,
      settings: {
        storeName,
        storeAddress,
        receiptFooter,
        timeZone,
        locale,
        ...(storeTaxNumber !== undefined && { storeTaxNumber }),
        ...(receiptHeader !== undefined && { receiptHeader }),
        ...(receiptLegal !== undefined && { receiptLegal }),
      },
      lane: String(identity.lane),
      atMs: moment.atMs,
      ...(externalReference !== undefined && { externalReference }),
      ...(!isCashOnly && { tenderNames: Object.fromEntries(tenders.map(({ tenderType }) => [tenderType, nameOf(tenderType)])) }),
      ...(giftNames.length > 0 && { giftNames: Object.fromEntries(giftNames) }),
    };
    this.#register.journal.complete(live, receiptNumber, entry.id, closing);
    this.#signatures.complete({ before, after, receiptNumber, header, settings });
    this.#register.time.keep(moment);
    const completed = toCompleted(after, { receiptNumber, atMs: moment.atMs }, isCashOnly ? undefined : nameOf);
    const opensDrawer = !training && (completed.cashMinor !== 0 || completed.changeMinor !== 0);
    const done = this.#register.next({ live, answer: { value: { completed } }, appended: true }, completed);
    // Who gets money back signs for it: that is on paper in any case.
    if (settings.receiptPaper !== 'asked' || completed.totalMinor < 0)
      return { ...done, prints: { receiptNumber, opensDrawer, isReprint: false } };
    this.#register.unprinted.add(receiptNumber);
    return { ...done, ...(opensDrawer && { opensDrawer }) };
  }

  /** How all that is owed would go back. */
  decideRefund(): { readonly open: OpenSale; readonly events: readonly BasketEvent[] } | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const over = this.#register.rightsOver(open.view, 'refund');
    if (over !== undefined) return over;
    const events = applyBasketCommand(open.basket, { type: 'refund' }, open.promotions);
    return events.ok ? { open, events: events.value } : events.error;
  }

  cashOut(body: CashOut): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const over = this.#register.rightsOver(open.view, 'cashOut');
    if (over !== undefined) return this.#register.refuse(over);
    const card = cardOf(body, open.view);
    const { tenderType, reference } = body;
    if (card === undefined) return this.#register.refuse({ type: 'noSuchTender', detail: { tenderType } });
    if (!isReference(reference)) return this.#register.refuse({ type: 'referenceNeeded', detail: { tenderType } });
    const amountMinor = this.#register.balances.cashOut(this.#register.live.basket, card, open.settings, this.#register.hub?.balance);
    if (!amountMinor.ok) return this.#register.refuse(amountMinor.error);
    const moment = this.#register.now();
    const header = this.#register.header(open.settings, moment);
    const entry = payoutEntry(header, { ...card, amountMinor: amountMinor.value }, open.settings.cashRounding);
    const payout = readPayout(entry.fields);
    assert(payout.ok, 'what this till writes it can read');
    this.#register.append(entry, moment);
    const { paidMinor } = payout.value;
    return { ...this.#register.unchanged({ value: { cashedOut: { amountMinor: amountMinor.value, paidMinor } } }), appended: true };
  }
}

/** Undefined where the store takes no such tender. */
function paymentOf(body: Payment, view: CatalogueView): BasketCommand | undefined {
  if (body.type === 'payCash') return { type: 'payCash', amountMinor: body.amountMinor };
  const tenderType = view.tenderTypes().find((type) => type.tenderType === body.tenderType);
  if (tenderType === undefined) return undefined;
  const { amountMinor, tipMinor, cashBackMinor, reference } = body;
  return {
    type: 'tender',
    tenderType,
    amountMinor,
    ...(tipMinor !== undefined && { tipMinor }),
    ...(cashBackMinor !== undefined && { cashBackMinor }),
    ...(reference !== undefined && { reference }),
  };
}

/** The balance of a gift card that this store keeps; undefined where the tender type is none. */
function cardOf({ tenderType, reference }: CashOut, view: CatalogueView): AccountName | undefined {
  const type = view.tenderTypes().find((known) => known.tenderType === tenderType);
  const settings = view.settings();
  if (type?.account !== 'giftCard' || !settings.ok) return undefined;
  return { account: type.account, reference, currency: settings.value.currency };
}

/** Undefined before there is a catalogue, which says the currency. */
export function accountOfBalance(
  { account, reference }: Extract<RequestBody, { type: 'balance' }>,
  view: CatalogueView | undefined,
): AccountName | undefined {
  const settings = view?.settings();
  return settings?.ok === true ? { account, reference, currency: account === 'points' ? POINTS : settings.value.currency } : undefined;
}
