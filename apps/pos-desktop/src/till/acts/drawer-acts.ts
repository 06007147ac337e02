/** The drawer and its shift, and the store's safe behind it. */
import { assert, ok } from '@holdfast/base';
import {
  businessDateOf,
  countedMinor,
  decideCashMovement,
  decideClosing,
  decideOpening,
  type Denomination,
  type DrawerCount,
  isDropDue,
  isToCount,
  LEDGER_KINDS,
  overShortMinor,
  isReference,
  perpetualOf,
  type Refusal,
  rolledFloat,
  type SafeEntry,
  type StoreSettings,
  uncountedClose,
} from '@holdfast/domain';

import type { OtherShift, RequestBody, ShiftView } from '../../shared/till-contract.ts';
import { LANE_DRAWER } from '../people/drawer.ts';
import { shiftSlip } from '../printing/shift-slip.ts';
import { cashSlip } from '../printing/slips.ts';
import type { StoreMoment } from '../store-time.ts';
import { toShiftView } from '../views.ts';
import { type CashBook, createLedgerBook, createPracticeBook } from './cash-books.ts';
import { type Done, type OpenSale, type PrintOrder, printsSlip, type Register } from './register.ts';

/** By store-agreed time. */
const dateOf = ({ timeZone, dayRollsAtHour }: StoreSettings, { atMs }: StoreMoment): string =>
  businessDateOf(atMs, timeZone, dayRollsAtHour);

/** The reason in the journal of a drawer that was opened on the setup screen. */
const DEVICE_TEST = 'device test';

export class DrawerActs {
  readonly #register: Register;
  readonly #ledger: CashBook;
  readonly #practice: CashBook;

  constructor(register: Register) {
    this.#register = register;
    this.#ledger = createLedgerBook(register);
    this.#practice = createPracticeBook(register);
  }

  /** What a request is written in. */
  #book(): CashBook {
    return this.#register.live.isTraining ? this.#practice : this.#ledger;
  }

  openShift(denominations: readonly Denomination[]): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { currency } = open.settings;
    const book = this.#book();
    const opening = decideOpening(book.stand(currency), denominations);
    if (!opening.ok) return this.#register.refuse(opening.error);
    const moment = this.#register.now();
    const { floatMinor: amountMinor, before } = opening.value;
    if (before !== undefined) book.close(before, open.settings, moment);
    book.open(dateOf(open.settings, moment));
    book.moveCash({ act: 'float', currency, amountMinor, denominations }, open.settings, moment);
    return {
      ...this.#register.unchanged({ value: {} }),
      appended: true,
      prints: this.#cashSlip({ act: 'float', amountMinor }, open.settings),
    };
  }

  moveCash({ act, amountMinor, reason }: Extract<RequestBody, { type: 'moveCash' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { currency } = open.settings;
    const decided = decideCashMovement(act, { currency, amountMinor, ...(reason !== undefined && { reason }) });
    if (!decided.ok) return this.#register.refuse(decided.error);
    const leave =
      act === 'paidOut'
        ? this.#register.people.permit(open.authority, { action: 'payOut', amount: amountMinor }, { reference: 'drawer' })
        : ok({});
    if (!leave.ok) return this.#register.refuse(this.#register.denialOf(leave.error, open));
    this.#book().moveCash({ ...decided.value, ...leave.value }, open.settings, this.#register.now());
    return {
      ...this.#register.unchanged({ value: {} }),
      appended: true,
      prints: this.#cashSlip({ act, amountMinor, reason }, open.settings),
    };
  }

  moveSafe({ act, amountMinor, reference }: Extract<RequestBody, { type: 'moveSafe' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const leave =
      act === 'bankDeposit'
        ? this.#register.people.permit(open.authority, { action: 'bankDeposit', amount: amountMinor }, { reference: 'safe' })
        : ok({});
    if (!leave.ok) return this.#register.refuse(this.#register.denialOf(leave.error, open));
    if (!isReference(reference)) return this.#register.refuse({ type: 'referenceNeeded', detail: { tenderType: act } });
    const { currency } = open.settings;
    return this.#appendSafe(open.settings, { act, currency, amountMinor, reference, ...leave.value });
  }

  countSafe(denominations: readonly Denomination[]): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const amountMinor = countedMinor(denominations);
    if (amountMinor === undefined) return this.#register.refuse({ type: 'countUnusable', detail: {} });
    return this.#appendSafe(open.settings, { act: 'count', currency: open.settings.currency, amountMinor, denominations });
  }

  #appendSafe(settings: StoreSettings, movement: SafeEntry): Done {
    this.#book().moveSafe(movement, settings, this.#register.now());
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** Counted first, told afterwards: what must lie there is in the answer alone. */
  closeShift({ denominations, reason, drawer }: Extract<RequestBody, { type: 'closeShift' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { basketId, basket } = this.#register.live;
    if (basket !== null && basket.rows.length > 0) return this.#register.refuse({ type: 'basketOpen', detail: { basketId } });
    if (drawer === undefined || drawer === this.#register.drawer.shift().drawer) return this.#count(open, { denominations, reason });
    // Nobody else practises at this lane now.
    if (this.#register.live.isTraining) return this.#register.refuse({ type: 'inTraining', detail: {} });
    // Who may not is told nothing of what lies there; a count that is off wants its reason under the same leave.
    const [wanted, reference] = [{ action: 'closeOtherShift', amount: 0 } as const, `shift:${drawer}`];
    const denial = this.#register.people.findDenial(open.authority, wanted, { reference, isStep: true });
    if (denial !== undefined) return this.#register.refuse(this.#register.denialOf(denial, open));
    return this.#register.drawer.with(drawer, () => {
      const close = decideClosing(this.#ledger.stand(open.settings.currency), { denominations, reason, leave: {} });
      if (!close.ok) return this.#register.refuse(close.error);
      const leave = this.#register.people.permit(open.authority, wanted, { reference });
      assert(leave.ok, 'who was not refused may');
      return this.#count(open, { denominations, reason, leave: leave.value });
    });
  }

  /** Of the drawer in place. */
  #count(open: OpenSale, { denominations, reason, leave }: DrawerCount): Done {
    const book = this.#book();
    const close = decideClosing(book.stand(open.settings.currency), { denominations, reason, ...(leave !== undefined && { leave }) });
    if (!close.ok) return this.#register.refuse(close.error);
    const moment = this.#register.now();
    const header = book.header(open.settings, moment);
    book.close(close.value, open.settings, moment);
    const { sums, perpetualMinor, countedMinor: counted } = close.value;
    const view = toShiftView(header, { sums, perpetualMinor, isOpen: false }, open.view);
    const counts = { drawerMinor: sums.drawerMinor, countedMinor: counted, overShortMinor: overShortMinor(close.value) };
    const closed = { ...view, ...counts, ...(reason !== undefined && { reason }) };
    return {
      ...this.#register.unchanged({ value: { shift: closed } }),
      appended: true,
      prints: this.#slipOf(closed, open.settings, moment),
    };
  }

  /**
   * A day that nobody closed ends by itself at the store's hour, between two sales: with a Z that nobody counted for, for each drawer. What lies in one goes over into
   * its next shift, which is as open as the one before. True where it did.
   */
  rollIfOver(): boolean {
    const settings = this.#register.newestView()?.settings();
    const { businessDate } = this.#register.drawer.shift();
    const { basket } = this.#register.live;
    if (settings?.ok !== true || businessDate === undefined || (basket !== null && basket.rows.length > 0)) return false;
    const moment = this.#register.time.now();
    if (dateOf(settings.value, moment) <= businessDate) return false;
    this.#register.ports.transactions.durable(() => this.#roll(settings.value, { moment, businessDate }));
    this.#register.ports.onAppended();
    return true;
  }

  /** All drawers end with the day before one of them begins the next: a lane has one date at a time. */
  #roll(settings: StoreSettings, { moment, businessDate }: { readonly moment: StoreMoment; readonly businessDate: string }): void {
    const { drawer } = this.#register;
    const ended = drawer.inUse().map((name) =>
      drawer.with(name, () => {
        const stand = this.#ledger.stand(settings.currency);
        const close = uncountedClose(stand);
        this.#ledger.close(close, settings, moment, businessDate);
        return { name, stand, close };
      }),
    );
    for (const { name, stand, close } of ended) {
      drawer.with(name, () => {
        if (stand.isOpened) this.#ledger.open(dateOf(settings, moment));
        const float = rolledFloat(stand, close);
        if (float !== undefined) this.#ledger.moveCash(float, settings, moment);
      });
    }
  }

  /** Inserts that are not in place and that somebody has to count: without what lies there. In training there are none. */
  otherShifts(): readonly OtherShift[] {
    const open = this.#register.open();
    if ('type' in open || this.#register.live.isTraining) return [];
    const { drawer } = this.#register;
    const own = drawer.shift().drawer;
    return drawer
      .inUse()
      .filter((name) => name !== own && drawer.with(name, () => isToCount(this.#ledger.stand(open.settings.currency))))
      .map((name) => {
        const person = open.view.staff(name);
        const whose = name === LANE_DRAWER ? undefined : (person?.displayName ?? name);
        return { drawer: name, shift: drawer.with(name, () => drawer.shift().shift), ...(whose !== undefined && { name: whose }) };
      });
  }

  printShift(): Done {
    const open = this.#register.open();
    const shift = this.shiftView();
    if ('type' in open) return this.#register.refuse(open);
    if ('type' in shift) return this.#register.refuse(shift);
    return { ...this.#register.unchanged({ value: {} }), prints: this.#slipOf(shift, open.settings, this.#register.now()) };
  }

  #slipOf(shift: ShiftView, settings: StoreSettings, { atMs }: StoreMoment): PrintOrder {
    return printsSlip(shiftSlip(shift, { ...this.#register.slipContext(settings), atMs }));
  }

  #cashSlip(movement: Parameters<typeof cashSlip>[0], settings: StoreSettings): PrintOrder {
    return printsSlip(cashSlip(movement, this.#register.slipContext(settings)));
  }

  shiftView(): ShiftView | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const book = this.#book();
    const stand = book.stand(open.settings.currency);
    return toShiftView(
      book.header(open.settings, this.#register.now()),
      { sums: stand.sums, perpetualMinor: perpetualOf(stand), isOpen: stand.isOpened },
      open.view,
    );
  }

  openDrawer(reason: string): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const moment = this.#register.now();
    const header = this.#register.basketHeader(open.settings, moment);
    this.#register.append({ kind: LEDGER_KINDS.noSale.kind, fields: { ...header, reason } }, moment);
    // Practised, it stays shut.
    return { ...this.#register.unchanged({ value: {} }), appended: true, ...(!header.training && { opensDrawer: true }) };
  }

  /** The drawer was opened, and not by the till. Outside of any request. False where the lane sells nothing yet. */
  noteOpened(): boolean {
    return this.#note(LEDGER_KINDS.drawerOpened.kind);
  }

  /** It was opened to see whether it opens: as good as without a sale. */
  noteTried(): boolean {
    return this.#note(LEDGER_KINDS.noSale.kind, { reason: DEVICE_TEST });
  }

  #note(kind: number, more: { readonly reason?: string } = {}): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const moment = this.#register.time.now();
    this.#register.ports.transactions.durable(() =>
      this.#register.append({ kind, fields: { ...this.#register.header(settings.value, moment), ...more } }, moment),
    );
    this.#register.ports.onAppended();
    return true;
  }

  /** Each cashier has an insert of their own, and whoever is signed on has not counted a float into theirs. */
  isFloatDue({ shiftPer, currency }: StoreSettings): boolean {
    return shiftPer === 'cashier' && this.#register.standing().state === 'on' && !this.#book().stand(currency).isOpened;
  }

  isDropDue({ drawerLimitMinor, currency }: StoreSettings): boolean {
    return drawerLimitMinor !== undefined && isDropDue(this.#book().stand(currency).sums.drawerMinor, drawerLimitMinor);
  }
}
