/** The drawer and its shift. */
import {
  businessDateOf,
  cashMovementEntry,
  countedMinor,
  type Denomination,
  LEDGER_KINDS,
  overShortMinor,
  type Refusal,
  shiftCloseEntry,
  type StoreSettings,
} from '@holdfast/domain';

import type { RequestBody, ShiftView } from '../../shared/till-contract.ts';
import { tenderNameOf, toShiftView } from '../views.ts';
import type { Done, Register } from './register.ts';

export class DrawerActs {
  readonly #register: Register;

  constructor(register: Register) {
    this.#register = register;
  }

  openShift(denominations: readonly Denomination[]): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { shift, businessDate } = this.#register.drawer.shift();
    if (businessDate !== undefined) return this.#register.refuse({ type: 'shiftOpen', detail: { shift } });
    const amountMinor = countedMinor(denominations);
    if (amountMinor === undefined) return this.#register.refuse({ type: 'countUnusable', detail: {} });
    const moment = this.#register.now();
    this.#register.drawer.open(businessDateOf(moment.atMs, open.settings.timeZone));
    const { currency } = open.settings;
    this.#register.append(
      cashMovementEntry(this.#register.header(open.settings, moment), { act: 'float', currency, amountMinor, denominations }),
      moment,
    );
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  moveCash({ act, amountMinor, reason }: Extract<RequestBody, { type: 'moveCash' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const isForNoSale = act === 'paidIn' || act === 'paidOut';
    if (isForNoSale && reason === undefined) return this.#register.refuse({ type: 'reasonNeeded', detail: { act } });
    const denial =
      act === 'paidOut'
        ? this.#register.people.findDenial(open.authority, { action: 'payOut', amount: amountMinor }, { reference: 'drawer' })
        : undefined;
    if (denial !== undefined) return this.#register.refuse(this.#register.denialOf(denial, open));
    const moment = this.#register.now();
    const { currency } = open.settings;
    const movement = { act, currency, amountMinor, ...(reason !== undefined && { reason }) };
    this.#register.append(cashMovementEntry(this.#register.header(open.settings, moment), movement), moment);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** Counted first, told afterwards: what must lie there is in the answer alone. */
  closeShift({ denominations, reason }: Extract<RequestBody, { type: 'closeShift' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const { basketId, basket } = this.#register.live;
    if (basket !== null && basket.rows.length > 0) return this.#register.refuse({ type: 'basketOpen', detail: { basketId } });
    const { shift, businessDate } = this.#register.drawer.shift();
    if (businessDate === undefined) return this.#register.refuse({ type: 'shiftNotOpen', detail: { shift } });
    const counted = countedMinor(denominations);
    if (counted === undefined) return this.#register.refuse({ type: 'countUnusable', detail: {} });
    const sums = this.#register.drawer.sums(open.settings.currency);
    const off = overShortMinor({ sums, countedMinor: counted });
    if (off !== 0 && reason === undefined) return this.#register.refuse({ type: 'overShort', detail: { overShortMinor: off } });
    const moment = this.#register.now();
    const header = this.#register.header(open.settings, moment);
    const perpetualMinor = this.#register.drawer.perpetualMinor() + sums.totalMinor;
    const close = { sums, countedMinor: counted, denominations, perpetualMinor, ...(reason !== undefined && { reason }) };
    const entry = this.#register.append(shiftCloseEntry(header, close), moment);
    this.#register.drawer.close(entry.id, perpetualMinor);
    const view = toShiftView(header, { sums, perpetualMinor, isOpen: false }, tenderNameOf(open.view));
    const counts = { drawerMinor: sums.drawerMinor, countedMinor: counted, overShortMinor: off };
    return {
      ...this.#register.unchanged({ value: { shift: { ...view, ...counts, ...(reason !== undefined && { reason }) } } }),
      appended: true,
    };
  }

  shiftView(): ShiftView | Refusal {
    const open = this.#register.open();
    if ('type' in open) return open;
    const sums = this.#register.drawer.sums(open.settings.currency);
    const perpetualMinor = this.#register.drawer.perpetualMinor() + sums.totalMinor;
    const isOpen = this.#register.drawer.shift().businessDate !== undefined;
    return toShiftView(
      this.#register.header(open.settings, this.#register.now()),
      { sums, perpetualMinor, isOpen },
      tenderNameOf(open.view),
    );
  }

  openDrawer(reason: string): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const moment = this.#register.now();
    this.#register.append({ kind: LEDGER_KINDS.noSale.kind, fields: { ...this.#register.header(open.settings, moment), reason } }, moment);
    return { ...this.#register.unchanged({ value: {} }), appended: true, opensDrawer: true };
  }

  isDropDue({ drawerLimitMinor, currency }: StoreSettings): boolean {
    return drawerLimitMinor !== undefined && this.#register.drawer.sums(currency).drawerMinor > drawerLimitMinor;
  }
}
