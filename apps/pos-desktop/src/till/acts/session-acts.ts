/** Who stands at the lane, and who allows what that person may not. */
import {
  applyPermittedCommand,
  APPROVAL_HOLDS_MS,
  isPin,
  isWeakPin,
  leaveRefusal,
  PRACTISED_ACTIONS,
  type Refusal,
  type Staff,
} from '@holdfast/domain';

import type { RequestBody } from '../../shared/till-contract.ts';
import { approvalEntry, sessionEntry } from '../people/lane-people.ts';
import type { Done, Register } from './register.ts';

/** What anybody may know and do who stands before a lane that nobody is signed on at. */
const OPEN_TO_ALL: ReadonlySet<RequestBody['type']> = new Set<RequestBody['type']>([
  'open',
  'people',
  'signOn',
  'clock',
  'changePin',
  'tiles',
  'tenderTypes',
]);

export class SessionActs {
  readonly #register: Register;

  constructor(register: Register) {
    this.#register = register;
  }

  /** Who comes takes the place of who stood there, in the middle of a sale too. */
  signOn(): Done {
    const identified = this.#register.hub?.identified;
    const settings = this.#register.newestView()?.settings();
    if (identified === undefined || settings?.ok !== true) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#register.refuse(identified.error);
    const { staff, how } = identified.value;
    const before = this.#register.standing();
    const moment = this.#register.now();
    const header = this.#register.header(settings.value, moment);
    const isBack = before.staff?.user === staff.user;
    const gone = this.goneOperator();
    if (gone !== undefined)
      this.#register.append(sessionEntry({ ...header, operator: gone.user }, 'signOff', { reason: 'removed' }), moment);
    if (before.staff !== undefined && !isBack) this.#register.append(sessionEntry(header, 'signOff', { reason: 'switched' }), moment);
    this.#register.append(sessionEntry({ ...header, operator: staff.user }, isBack ? 'unlock' : 'signOn', { how }), moment);
    this.#register.people.signOn(staff);
    const { sealed } = identified.value;
    if (sealed !== undefined) this.#register.keepPin(staff, sealed, 'pinSealedAnew', settings.value);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** By whoever shows the PIN that they have; nobody is signed on by it. */
  changePin({ pin, newPin }: Extract<RequestBody, { type: 'changePin' }>): Done {
    const identified = this.#register.hub?.identified;
    const settings = this.#register.newestView()?.settings();
    if (!isPin(newPin) || isWeakPin(newPin) || newPin === pin) return this.#register.refuse({ type: 'pinTooWeak', detail: {} });
    if (identified === undefined || settings?.ok !== true) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#register.refuse(identified.error);
    const { staff, sealed } = identified.value;
    if (sealed === undefined) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    this.#register.keepPin(staff, sealed, 'pinChanged', settings.value);
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  signOff(act: 'signOff' | 'lock'): Done {
    const standing = this.#register.standing();
    const settings = this.#register.newestView()?.settings();
    if (standing.staff === undefined || settings?.ok !== true) return this.#register.unchanged({ value: {} });
    const moment = this.#register.now();
    this.#register.append(sessionEntry(this.#register.header(settings.value, moment), act), moment);
    if (act === 'lock') this.#register.people.lock(standing.staff);
    else this.#register.people.signOff();
    return { ...this.#register.unchanged({ value: {} }), appended: true };
  }

  /** For the open basket, or for a receipt: somebody else allows what the operator may not. */
  approve({ action, lineId, reference, maximum }: Extract<RequestBody, { type: 'approve' }>): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const identified = this.#register.hub?.identified;
    if (identified === undefined) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#register.refuse(identified.error);
    const { staff, how } = identified.value;
    const moment = this.#register.now();
    const grants = this.#register.people.grantsOf(open.view, staff, moment.atMs);
    const bounds = {
      action,
      ...(lineId !== undefined && { lineId }),
      ...(maximum !== undefined && { maximum }),
      expiresAtMs: moment.atMs + APPROVAL_HOLDS_MS,
    };
    const header = this.#register.header(open.settings, moment);
    if (reference !== undefined) {
      const { operator, scopes } = open.authority;
      const refusal = leaveRefusal(operator, staff, { action, grants, scopes, maximum });
      if (refusal !== undefined) return this.#register.refuse(refusal);
      const isPractised = this.#register.live.isTraining && PRACTISED_ACTIONS.has(action);
      this.#register.append(
        approvalEntry({ ...header, training: isPractised }, { ...bounds, approver: staff.user, how, reference }),
        moment,
      );
      this.#register.people.giveLeave({ ...bounds, approver: staff.user, approvalId: reference, reference, isUsed: false });
      return { ...this.#register.unchanged({ value: {} }), appended: true };
    }
    const approver = { user: staff.user, roles: staff.roles };
    const events = applyPermittedCommand(
      open.basket,
      { type: 'approve', approver, ...bounds },
      { ...open.authority, grants },
      open.promotions,
    );
    if (!events.ok) return this.#register.refuse(events.error);
    const { basketId } = open.basket.opening;
    return this.#register.record(
      open.basket,
      events.value,
      null,
      approvalEntry(this.#register.basketHeader(open.settings, moment), { ...bounds, approver: staff.user, how, basketId }),
    );
  }

  /** Who was signed on, where headquarters has removed them since. */
  goneOperator(): Staff | undefined {
    const user = this.#register.people.signedOn();
    const { state } = this.#register.standing();
    return user !== undefined && state === 'needed' ? { user, roles: [] } : undefined;
  }

  /** While nobody is signed on, only what lets somebody do so. */
  refusal({ type }: RequestBody): Refusal | undefined {
    if (OPEN_TO_ALL.has(type)) return undefined;
    const { state } = this.#register.standing();
    return state === 'needed' || state === 'locked' ? { type: 'signOnNeeded', detail: { state } } : undefined;
  }

  /** Outside of any request. */
  leave(staff: Staff, act: 'lock' | 'signOff', reason: 'idle' | 'removed'): boolean {
    const settings = this.#register.newestView()?.settings();
    if (settings?.ok !== true) return false;
    const moment = this.#register.time.now();
    this.#register.ports.transactions.durable(() => {
      this.#register.append(
        sessionEntry({ ...this.#register.header(settings.value, moment), operator: staff.user }, act, { reason }),
        moment,
      );
      if (act === 'lock') this.#register.people.lock(staff);
      else this.#register.people.signOff();
    });
    this.#register.ports.onAppended();
    return true;
  }
}
