/** Leave from another station of the store: asked here, given there. Both judge it: the station who it is, the lane that asked what they may. */
import { assert } from '@holdfast/base';
import {
  type Action,
  applyPermittedCommand,
  APPROVAL_HOLDS_MS,
  basketTotals,
  findLine,
  LEDGER_KINDS,
  leaveRefusal,
  PRACTISED_ACTIONS,
  type Refusal,
  type Staff,
} from '@holdfast/domain';

import type { RequestBody, Status } from '../../shared/till-contract.ts';
import { approvalEntry } from '../people/lane-people.ts';
import {
  bondOf,
  createLeaveWishes,
  LEAVE_QUESTION,
  leaveSchema,
  signatureOf,
  signatureText,
  wishSchema,
  type GivenAnswer,
  type LeaveAnswer,
  type LeaveWish,
  type LeaveWishes,
} from '../people/leave-wishes.ts';
import type { Done, OpenSale, Register } from './register.ts';

type Of<Type extends RequestBody['type']> = Extract<RequestBody, { type: Type }>;

/** Another lane, as its certificate names it. */
export interface AskingLane {
  readonly device: string;
  readonly publicKey: Uint8Array;
}

export class LeaveActs {
  readonly #register: Register;
  readonly #wishes: LeaveWishes = createLeaveWishes();
  /** What came of a question of this lane, until the next one. */
  #answered: NonNullable<Status['leaveAnswered']> | undefined;

  constructor(register: Register) {
    this.#register = register;
  }

  // ---- the lane that asks

  /** What is asked of the others; undefined where nothing can be. */
  wishOf(wishId: string, { action, lineId = '', reference = '', maximum, limit, approvers }: Of<'askLeave'>): LeaveWish | undefined {
    const open = this.#register.open();
    if ('type' in open) return undefined;
    const { user, displayName } = this.#register.people.operator(open.view, this.#register.standing());
    const { itemCount, totalMinor } = basketTotals(open.basket);
    const line = lineId === '' ? undefined : findLine(open.basket, lineId);
    return {
      wishId,
      lane: String(this.#register.identity()?.lane ?? ''),
      askedBy: user,
      askedByName: displayName ?? user,
      basketId: reference === '' ? open.basket.opening.basketId : '',
      reference,
      action,
      lineId,
      maximum: maximum ?? null,
      limit: limit ?? null,
      approvers,
      itemCount,
      totalMinor,
      lineName: (line?.name ?? '').slice(0, 200),
      isTraining: this.#isPractised(action, reference),
      expiresAtMs: this.#register.now().atMs + APPROVAL_HOLDS_MS,
    };
  }

  #isPractised(action: Action, reference: string): boolean {
    return this.#register.live.isTraining && (reference === '' || PRACTISED_ACTIONS.has(action));
  }

  /** It was shown at so many stations. */
  asked(wishId: string, body: Of<'askLeave'>): Done {
    const stations = this.#register.hub?.stations ?? 0;
    const wish = stations === 0 ? undefined : this.wishOf(wishId, body);
    if (wish === undefined) return this.#register.refuse({ type: 'noStation', detail: {} });
    this.#wishes.ask(wish);
    this.#answered = undefined;
    return this.#register.unchanged({ value: { asked: { wishId, stations } } });
  }

  /** It is not wanted any more: the others are told. */
  dropped({ wishId }: Of<'dropLeave'>): Done {
    const wish = this.#wishes.own(wishId, this.#register.now().atMs);
    this.#wishes.endOwn(wishId);
    return { ...this.#register.unchanged({ value: {} }), ...(wish !== undefined && { tellsAll: { ...wish, isOver: true } }) };
  }

  /** A station answered. Undefined where it is no answer to anything that was asked. */
  hear(from: AskingLane, value: unknown): Done | undefined {
    const read = leaveSchema.safeParse(value);
    const { atMs } = this.#register.now();
    const wish = read.success ? this.#wishes.own(read.data.wishId, atMs) : undefined;
    if (!read.success || wish === undefined) return undefined;
    const refusal = read.data.isGiven ? this.#refusalOf(from, wish, read.data) : undefined;
    if (refusal !== undefined) return this.#register.refuse(refusal);
    this.#wishes.endOwn(wish.wishId);
    const { wishId, by, isGiven } = read.data;
    const done = read.data.isGiven ? this.#take(from, wish, read.data) : this.#register.unchanged({ value: {} });
    if ('value' in done.answer) this.#answered = { wishId, by, isGiven };
    return { ...done, tellsAll: { ...wish, isOver: true } };
  }

  #refusalOf(from: AskingLane, wish: LeaveWish, given: GivenAnswer): Refusal | undefined {
    const identity = this.#register.identity();
    const { atMs } = this.#register.now();
    assert(identity !== null, 'who has asked is enrolled');
    const bond = bondOf(wish, { tenant: identity.tenant, device: identity.device }, given);
    const isSigned = this.#register.ports.verifier.verify(from.publicKey, bond, signatureOf(given.signature));
    return isSigned && atMs < given.expiresAtMs ? undefined : { type: 'noSuchWish', detail: {} };
  }

  /** The station says who it was; what they may is judged here, as if they stood here. */
  #take({ device: station }: AskingLane, wish: LeaveWish, { approver, how, expiresAtMs, signature }: GivenAnswer): Done {
    const open = this.#register.open();
    if ('type' in open) return this.#register.refuse(open);
    const staff = this.#register.newestView()?.staff(approver);
    const { action, lineId, maximum, reference, basketId } = wish;
    if (staff === undefined) return this.#register.refuse({ type: 'notAllowed', detail: { action } });
    const moment = this.#register.now();
    const bounds = {
      action,
      ...(lineId !== '' && { lineId }),
      ...(maximum !== null && { maximum }),
      expiresAtMs: Math.min(expiresAtMs, moment.atMs + APPROVAL_HOLDS_MS),
    };
    const proof = { station, stationSignature: signatureOf(signature), wish: wish.wishId };
    const grants = this.#register.people.grantsOf(open.view, staff, moment.atMs);
    if (reference !== '') {
      // It was given for what is practised, or for what is real, and the lane does the other by now.
      if (wish.isTraining !== this.#isPractised(action, reference)) return this.#register.refuse({ type: 'noSuchWish', detail: {} });
      const refusal = this.#mayNot(open, staff, wish);
      if (refusal !== undefined) return this.#register.refuse(refusal);
      const header = { ...this.#register.header(open.settings, moment), training: wish.isTraining };
      this.#register.append(approvalEntry(header, { ...bounds, approver, how, reference, ...proof }), moment);
      this.#register.people.giveLeave({ ...bounds, approver, approvalId: reference, reference, isUsed: false });
      return { ...this.#register.unchanged({ value: {} }), appended: true };
    }
    // It was given for one basket, and another one lies open now.
    if (open.basket.opening.basketId !== basketId) return this.#register.refuse({ type: 'noSuchWish', detail: {} });
    const person = { user: staff.user, roles: staff.roles };
    const authority = { ...open.authority, grants };
    const events = applyPermittedCommand(open.basket, { type: 'approve', approver: person, ...bounds }, authority, open.promotions);
    if (!events.ok) return this.#register.refuse(events.error);
    const header = this.#register.basketHeader(open.settings, moment);
    const entry = approvalEntry(header, { ...bounds, approver, how, basketId, ...proof });
    return this.#register.record(open.basket, events.value, null, entry);
  }

  // ---- the station that shows it

  /** Another lane asks, or does not want it any more. */
  hearWish(device: string, value: unknown): { readonly isShown: boolean } | undefined {
    const read = wishSchema.safeParse(value);
    if (!read.success) return undefined;
    if (read.data.isOver === true) this.#wishes.end(device, read.data.wishId);
    else this.#wishes.hear({ ...read.data, device });
    return { isShown: true };
  }

  /** Also outside of any request. */
  heard(): NonNullable<Status['leaveWishes']> {
    return this.#wishes.heard(this.#register.time.now().atMs).map(({ isOver: _over, ...wish }) => wish);
  }

  answered(): Status['leaveAnswered'] {
    return this.#answered;
  }

  /** Somebody who is not the one who asks allows it, by who they show to be; anybody who is signed on refuses it. */
  answer({ wishId, device, isGiven }: Of<'answerLeave'>): Done {
    const moment = this.#register.now();
    const wish = this.#wishes.find(device, wishId, moment.atMs);
    const open = this.#register.open();
    const leaves = this.#register.ports.leaves;
    const identity = this.#register.identity();
    if (wish === undefined || leaves === undefined || identity === null) return this.#register.refuse({ type: 'noSuchWish', detail: {} });
    if ('type' in open) return this.#register.refuse(open);
    if (!isGiven) {
      this.#wishes.end(device, wishId);
      const { user, displayName } = this.#register.people.operator(open.view, this.#register.standing());
      return this.#tells(device, { isGiven, wishId, by: displayName ?? user });
    }
    const identified = this.#register.hub?.identified;
    if (identified === undefined) return this.#register.refuse({ type: 'passcodesUnknown', detail: {} });
    if (!identified.ok) return this.#register.refuse(identified.error);
    const { staff, how } = identified.value;
    const refusal = this.#mayNot(open, staff, wish);
    if (refusal !== undefined) return this.#register.refuse(refusal);
    const given = { approver: staff.user, expiresAtMs: moment.atMs + APPROVAL_HOLDS_MS };
    const signature = leaves.sign(bondOf(wish, { tenant: identity.tenant, device }, given));
    const { action, askedBy, basketId, reference, lineId, maximum } = wish;
    const header = { ...this.#register.header(open.settings, moment), training: wish.isTraining };
    const fields = {
      ...header,
      action,
      ...given,
      how,
      device,
      wish: wishId,
      askedBy,
      ...(basketId !== '' && { basketId }),
      ...(reference !== '' && { reference }),
      ...(lineId !== '' && { lineId }),
      ...(maximum !== null && { maximum }),
    };
    this.#register.append({ kind: LEDGER_KINDS.leaveGiven.kind, fields }, moment);
    this.#wishes.end(device, wishId);
    const by = staff.displayName ?? staff.user;
    const told = this.#tells(device, { isGiven, wishId, by, how, ...given, signature: signatureText(signature) });
    return { ...told, appended: true };
  }

  #tells(device: string, value: LeaveAnswer): Done {
    return { ...this.#register.unchanged({ value: {} }), tells: { device, question: LEAVE_QUESTION, value } };
  }

  #mayNot({ view }: OpenSale, staff: Staff, { askedBy, action, maximum }: LeaveWish): Refusal | undefined {
    const grants = this.#register.people.grantsOf(view, staff, this.#register.now().atMs);
    const asked = { action, grants, scopes: view.scopes, ...(maximum !== null && { maximum }) };
    return leaveRefusal({ user: askedBy, roles: [] }, staff, asked);
  }
}
