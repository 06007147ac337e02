/** Baskets that end without money: voided, set aside, gone on with here or on another lane of the store; and the turn from selling to training and back. */
import { assert, ok } from '@holdfast/base';
import {
  abortSaleEntry,
  applyBasketCommand,
  applyBasketEvents,
  applyPermittedCommand,
  approverOf,
  type Basket,
  type BasketEvent,
  basketTotals,
  basketTwiceEntry,
  businessDateOf,
  handoverEntry,
  type LedgerHeader,
  type Refusal,
  resumeEntry,
  suspendEntry,
  suspendExpiryEntry,
  type StoreSettings,
  type Suspension,
  takeoverEntry,
  trainingEntry,
  unverifiedReturns,
  voidSaleEntry,
} from '@holdfast/domain';

import type { ReplyValue, RequestBody } from '../../shared/till-contract.ts';
import { contentOf, type SiblingBasket } from '../lan/sibling-baskets.ts';
import { basketIdStartOf, suspendSlip } from '../printing/slips.ts';
import { REBUILT_CUT, type SuspendedBasket } from '../selling/basket-journal.ts';
import { restrictionFacts } from '../selling/goods.ts';
import type { StoreMoment } from '../store-time.ts';
import { toLineView } from '../views.ts';
import { type Done, printsSlip, type Register } from './register.ts';
import type { ReturnRightActs } from './return-right-acts.ts';

/** The reason in the journal of a basket that was left on the lane until its day was over. */
const DAY_OVER = 'dayOver';

export class SetAsideActs {
  readonly #register: Register;
  readonly #rights: ReturnRightActs;
  #twice = 0;
  #expiredOn = '';

  constructor(register: Register, rights: ReturnRightActs) {
    this.#register = register;
    this.#rights = rights;
  }

  handoverToAsk(body: RequestBody): SiblingBasket | undefined {
    if (body.type !== 'resume') return undefined;
    if (this.#register.journal.suspended(body.basketId) !== undefined) return undefined;
    const other = this.#register.siblingBaskets.find(body.basketId);
    return other?.isGiven === true ? undefined : other;
  }

  /** The basket that a slip's code stands for, here or on another lane of the store. */
  basketOfSlip(code: string): string | undefined {
    const start = basketIdStartOf(code);
    if (start === undefined) return undefined;
    const { own, others } = this.#waiting();
    return [...own, ...others].find(({ basketId }) => basketId.startsWith(start))?.basketId;
  }

  /** A basket that this lane set aside goes on at `device`; asked again by that very lane, it has it. Undefined where this lane cannot say: its goods come back by a right that rests (SPEC: I-8). */
  handOver(suspension: Suspension, device: string): boolean | undefined {
    const basket = this.#register.journal.suspended(suspension.basketId)?.basket ?? null;
    if (basket !== null && this.#rights.restingIn(basket).length > 0) return undefined;
    const given = this.#register.ports.transactions.durable(() => {
      const handed = this.#register.siblingBaskets.handOver(suspension, device);
      if (handed !== 'now') return handed;
      const suspended = this.#register.journal.suspended(suspension.basketId);
      const settings = this.#register.newestView()?.settings();
      assert(suspended !== undefined && settings?.ok === true, 'what is set aside has its basket, and a catalogue');
      const moment = this.#register.time.now();
      this.#register.journal.close(suspended, 'voided', moment.atMs);
      this.#register.append(handoverEntry(suspension, device, this.#register.header(settings.value, moment)), moment);
      if (suspended.basket !== null) this.#rights.giveAll(suspended.basket, device);
      return handed;
    });
    if (given === 'now') this.#register.ports.onAppended();
    return given !== 'no';
  }

  /** Entries of other lanes were taken. True where that is a matter for windows. */
  siblingsMoved(): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const taken = this.#register.ports.transactions.durable(() => {
      const settled = this.#register.siblingBaskets.settleTakenOver();
      const moment = this.#register.time.now();
      for (const { device, isTwice, ...suspension } of settled) {
        if (isTwice) this.#register.append(basketTwiceEntry(suspension, device, this.#register.header(settings.value, moment)), moment);
        const suspended = isTwice ? undefined : this.#register.journal.suspended(suspension.basketId);
        if (suspended === undefined) continue;
        this.#register.journal.close(suspended, 'voided', moment.atMs);
        // Who took it over without asking has no right to return by it, and this lane needs none any more.
        if (suspended.basket !== null) this.#rights.releaseAll(suspended.basket);
      }
      return settled;
    });
    const twice = taken.filter(({ isTwice }) => isTwice).length;
    if (twice === 0) return false;
    this.#twice += twice;
    this.#register.ports.onAppended();
    return true;
  }

  setAside(type: 'voidSale' | 'suspend'): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const events = applyPermittedCommand(open.basket, { type }, open.authority, open.promotions);
    if (!events.ok) return this.#register.refuse(events.error);
    const header = this.#register.basketHeader(open.settings, this.#register.now());
    if (type === 'suspend') return this.#suspend(open, events.value, header);
    const entry = voidSaleEntry(open.basket, header, approverOf(open.basket, events.value));
    const done = this.#register.record(open.basket, events.value, null, entry);
    this.#rights.releaseAll(open.basket);
    this.#register.journal.close(done.live, 'voided', this.#register.now().atMs);
    return this.#register.next(done, undefined);
  }

  /** Its entry holds all of it: another lane of the store may go on with it. */
  #suspend(
    { basket, settings }: { readonly basket: Basket; readonly settings: StoreSettings },
    events: readonly BasketEvent[],
    header: LedgerHeader,
  ): Done {
    const done = this.#register.record(basket, events, null);
    const content = contentOf({ opening: basket.opening, events: this.#register.journal.events(done.live) });
    const { id } = this.#register.append(suspendEntry(basket, header, content), this.#register.now());
    // Another lane is no part of what is practised here.
    if (!header.training) this.#register.siblingBaskets.noteSuspended(id, basket.opening.basketId);
    this.#register.journal.close(done.live, 'suspended', this.#register.now().atMs);
    const slip = suspendSlip(basket, basketTotals(basket), this.#register.slipContext(settings));
    return { ...this.#register.next({ ...done, appended: true }, undefined), prints: printsSlip(slip) };
  }

  /**
   * An open basket whose business day is over, on which no money stands, and which nobody came back to: the till gives it up, and the journal says so with its lines. Else the day could never
   * end. Outside of any request; undefined where there is none. `isPaying`: something of it is with the payment terminal, or went out over it.
   */
  giveUpLeft(isPaying: boolean): Done | undefined {
    const { live, journal, ports } = this.#register;
    const open = this.#register.open();
    if ('type' in open || isPaying || live.basket === null || live.basket.rows.length === 0 || live.basket.tenders.length > 0)
      return undefined;
    const { timeZone, dayRollsAtHour } = open.settings;
    const moment = this.#register.now();
    const dayOf = (atMs: number): string => businessDateOf(atMs, timeZone, dayRollsAtHour);
    if (dayOf(journal.openSinceMs()) >= dayOf(moment.atMs)) return undefined;
    const events = applyBasketCommand(open.basket, { type: 'voidSale' });
    if (!events.ok) return undefined;
    return ports.transactions.durable(() => {
      const header = this.#register.basketHeader(open.settings, moment);
      const done = this.#register.record(open.basket, events.value, null, abortSaleEntry(open.basket, header, DAY_OVER));
      this.#rights.releaseAll(open.basket);
      journal.close(done.live, 'voided', moment.atMs);
      return this.#register.next(done, undefined);
    });
  }

  /** What was set aside on an earlier business day is given up, and the journal says so. True where there was any. */
  expireOlder(): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const { timeZone, dayRollsAtHour } = settings.value;
    const moment = this.#register.time.now();
    const today = businessDateOf(moment.atMs, timeZone, dayRollsAtHour);
    // Asked every few seconds; a day ends once.
    if (today === this.#expiredOn) return false;
    this.#expiredOn = today;
    const isOlder = ({ atMs }: SuspendedBasket): boolean => businessDateOf(atMs, timeZone, dayRollsAtHour) < today;
    const older = [false, true].flatMap((isTraining) => this.#register.journal.allSuspended(isTraining).filter(isOlder));
    if (older.length === 0) return false;
    this.#register.ports.transactions.durable(() => this.#giveUp(older, this.#register.header(settings.value, moment), moment));
    this.#register.ports.onAppended();
    return true;
  }

  #giveUp(baskets: readonly SuspendedBasket[], header: LedgerHeader, moment: StoreMoment): void {
    for (const { basketId, basket } of baskets) {
      const suspended = this.#register.journal.suspended(basketId);
      assert(suspended !== undefined, 'what is listed as set aside is');
      this.#register.journal.close(suspended, 'voided', moment.atMs);
      this.#register.siblingBaskets.noteResumed(basketId);
      this.#register.append(suspendExpiryEntry(basketId, { ...header, training: suspended.isTraining }), moment);
      this.#rights.releaseAll(basket);
    }
  }

  /** Between two sales. What was set aside in training is given up with its end. */
  setTraining(isOn: boolean): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { live, journal } = this.#register;
    if (isOn === live.isTraining) return this.#register.unchanged({ value: {} });
    if (live.basket !== null && live.basket.rows.length > 0)
      return this.#register.refuse({ type: 'basketOpen', detail: { basketId: live.basketId } });
    const leave = isOn ? this.#register.people.permit(open.authority, { action: 'train', amount: 0 }, { reference: 'training' }) : ok({});
    if (!leave.ok) return this.#register.refuse(this.#register.denialOf(leave.error, open));
    const moment = this.#register.now();
    const header = { ...this.#register.header(open.settings, moment), training: true };
    if (!isOn) this.#giveUp(journal.allSuspended(true), header, moment);
    const { id } = this.#register.append(trainingEntry(header, { act: isOn ? 'begin' : 'end', ...leave.value }), moment);
    if (isOn) this.#register.practisedDrawers.begin(id);
    this.#register.people.dropLeaves();
    journal.setTraining(isOn);
    journal.close(live, 'voided', moment.atMs);
    return this.#register.next({ live, answer: { value: {} }, appended: true }, undefined);
  }

  /** Baskets with which this lane and another one have both gone on, as far as nobody here has looked. */
  twice(): number {
    return this.#twice;
  }

  /** Set aside on this lane, and on the others of the store. Whoever asks has seen what went on twice. */
  suspended(): NonNullable<ReplyValue['suspended']> {
    this.#twice = 0;
    const summaryOf = ({ basketId, atMs, basket }: SuspendedBasket) => {
      const { itemCount, totalMinor } = basketTotals(basket);
      return { basketId, atMs, itemCount, totalMinor };
    };
    const { own, others } = this.#waiting();
    const elsewhere = others.map((basket) => ({ ...summaryOf(basket), elsewhere: basket.device }));
    return [...own.map(summaryOf), ...elsewhere];
  }

  #waiting(): { readonly own: readonly SuspendedBasket[]; readonly others: readonly SiblingBasket[] } {
    const settings = this.#register.newestView()?.settings();
    const date =
      settings?.ok === true ? businessDateOf(this.#register.now().atMs, settings.value.timeZone, settings.value.dayRollsAtHour) : '';
    const { isTraining } = this.#register.live;
    return {
      own: this.#register.journal.allSuspended(isTraining),
      others: isTraining ? [] : this.#register.siblingBaskets.list(date),
    };
  }

  resume({ basketId, alone = false }: Extract<RequestBody, { type: 'resume' }>): Done {
    const present = this.#register.live;
    if (present.basket !== null && present.basket.rows.length > 0) {
      return this.#register.refuse({ type: 'basketOpen', detail: { basketId: present.basketId } });
    }
    const own = this.#register.journal.suspended(basketId);
    const other = own === undefined && !present.isTraining ? this.#register.siblingBaskets.find(basketId) : undefined;
    // What is practised and what is sold never mix.
    if (own !== undefined && own.isTraining !== present.isTraining)
      return this.#register.refuse({ type: 'noSuchBasket', detail: { basketId } });
    const basket = own?.basket ?? other?.basket;
    if (basket === null || basket === undefined) return this.#register.refuse({ type: 'noSuchBasket', detail: { basketId } });
    const pin = own?.cutAt === REBUILT_CUT ? this.#register.cut() : null;
    const cutAt = pin?.at ?? (own === undefined ? (other?.cutAt ?? this.#register.cut().at) : own.cutAt);
    const view = cutAt === null || cutAt === 0 ? undefined : this.#register.catalogue()?.view(cutAt);
    const settings = view?.settings();
    if (settings?.ok !== true) return this.#register.refuse({ type: 'noCatalogue', detail: {} });
    const moment = this.#register.now();
    const { clock } = restrictionFacts({ settings: settings.value, moment, operatorAge: {} });
    const events = applyBasketCommand(basket, { type: 'resume', ...(clock !== undefined && { clock }) });
    if (!events.ok) return this.#register.refuse(events.error);
    const handover = other?.isGiven === true ? 'given' : this.#register.hub?.handover;
    const isTaken = other !== undefined && handover !== 'given';
    const resumed = applyBasketEvents(basket, events.value);
    // Who takes it over without asking has no right to return by it.
    const unverified = isTaken ? unverifiedReturns(resumed) : [];
    const after = applyBasketEvents(resumed, unverified);
    const header = this.#register.basketHeader(settings.value, moment);
    if (other !== undefined) {
      const refusal = this.#refuseTakeover(other, { handover, alone });
      if (refusal !== undefined) return this.#register.refuse(refusal);
      this.#register.siblingBaskets.end(other);
    }
    const suspended = own ?? this.#register.journal.adopt(basket.opening, other?.events ?? [], cutAt, moment.atMs);
    this.#register.journal.reopen(suspended, present, moment.atMs);
    const live = this.#register.journal.append(suspended, [...events.value, ...unverified], after, pin, moment.atMs);
    if (other === undefined) {
      this.#register.siblingBaskets.noteResumed(basketId);
      this.#register.append(resumeEntry(basketId, header), moment);
    } else {
      const how = { from: other.device, isHandedOver: !isTaken };
      this.#register.append(takeoverEntry(other, how, header), moment);
      if (how.isHandedOver) this.#rights.adoptAll(after, other.device);
    }
    return {
      live,
      completed: undefined,
      rows: { reset: true, upserted: after.rows.map((row) => toLineView(after, row)), removedLineIds: [] },
      answer: { value: {} },
      appended: true,
    };
  }

  /** Whoever set it aside gives it, or cannot be asked and a person goes on all the same; never where money is on it already. */
  #refuseTakeover(
    { basketId, basket, device }: SiblingBasket,
    { handover, alone }: { readonly handover: 'given' | 'gone' | undefined; readonly alone: boolean },
  ): Refusal | undefined {
    if (handover === 'given') return undefined;
    if (handover === 'gone') return { type: 'noSuchBasket', detail: { basketId } };
    if (basket.tenders.length > 0) return { type: 'tendersOpen', detail: { tenders: basket.tenders.length } };
    return alone ? undefined : { type: 'basketElsewhere', detail: { basketId, device } };
  }
}
