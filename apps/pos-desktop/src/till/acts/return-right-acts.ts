/** Rights to return of a sale come to this lane and go (SPEC: O-15 to O-17): with what is taken into a basket and out of it, with baskets that change lanes, and to siblings that ask. */
import { type Basket, type BasketLine, basketLines, returnRightEntry, type ReturnRightMove, type ReturnRightName } from '@holdfast/domain';

import { returnQuestionSchema } from '../lan/sibling-returns.ts';
import type { Register } from './register.ts';

export class ReturnRightActs {
  readonly #register: Register;
  readonly #isReversing: (receiptNumber: string) => boolean;
  #hasReleasedLost = false;

  /** `isReversing`: the payment terminal gives a tender of this sale back, or nobody knows yet whether it did. */
  constructor(register: Register, isReversing: (receiptNumber: string) => boolean) {
    this.#register = register;
    this.#isReversing = isReversing;
  }

  /** Goods of it were taken into the open basket, or all of them out of it. True where the ledger says so. */
  settle(receiptNumber: string, isTaken: boolean): boolean {
    const { told, hub, siblingReturns } = this.#register;
    if (!isTaken) return this.#append(told.release(receiptNumber));
    const identity = this.#register.identity();
    const answer = hub?.returned;
    if (identity === null || answer?.sold === undefined || answer.receiptNumber !== receiptNumber) return false;
    const isAtRest = this.#register.returns.isAtRest(receiptNumber);
    // The hub's word stands, whomever this lane gave the right to.
    if (answer.source === 'hub' && !isAtRest && answer.isGranted && answer.sold.store === identity.store)
      siblingReturns.reclaim(receiptNumber);
    const lane = { store: identity.store, nowMs: this.#register.now().atMs, seller: siblingReturns.sellerOf(receiptNumber) };
    return this.#append(told.take(isAtRest ? { ...answer, source: 'copies' } : answer, lane));
  }

  /** A sale of this lane begins to be undone: until it is, or stands again, nothing of it comes back anywhere. By the hub's word, else by its own right. True where the ledger says so. */
  claim(receiptNumber: string): boolean {
    if (this.settle(receiptNumber, true)) return true;
    const device = this.#register.identity()?.device;
    return device !== undefined && this.#append(this.#register.told.claim(receiptNumber, device, this.#register.now().atMs));
  }

  /** Some of the money of a sale of this lane has gone back for good, or may have: all that is left is to undo it. */
  isUndoing(receiptNumber: string): boolean {
    const reversed = this.#register.returns.find(receiptNumber)?.reversed.size ?? 0;
    return reversed > 0 || this.#isReversing(receiptNumber);
  }

  /** A basket is given up. */
  releaseAll(basket: Basket): boolean {
    return receiptsBack(basket)
      .map(({ receiptNumber }) => this.#append(this.#register.told.release(receiptNumber)))
      .includes(true);
  }

  /** A basket goes on at another lane: with it goes what its goods come back by. */
  giveAll(basket: Basket, to: string): void {
    const { told, returns, siblingReturns, time } = this.#register;
    for (const { receiptNumber, store } of receiptsBack(basket)) {
      const move = told.give(receiptNumber, to);
      const isOwn = store === undefined && returns.find(receiptNumber) !== undefined;
      if (isOwn) siblingReturns.give(receiptNumber, to, time.now().atMs);
      this.#append(move ?? (isOwn ? { type: 'given', receiptNumber, to } : undefined));
    }
  }

  /** A basket of the lane `from` goes on here. */
  adoptAll(basket: Basket, from: string): void {
    const { told, returns, siblingReturns } = this.#register;
    for (const name of receiptsBack(basket)) {
      const isOwn = name.store === undefined && returns.find(name.receiptNumber) !== undefined;
      if (isOwn) siblingReturns.reclaim(name.receiptNumber);
      else this.#append(told.adopt(name, from, this.#register.now().atMs));
    }
  }

  /** Sales whose goods lie in a basket by a right that a copy of this lane may spend as well (SPEC: I-8). */
  restingIn(basket: Basket): readonly string[] {
    return receiptsBack(basket).flatMap(({ receiptNumber }) => (this.#register.returns.isAtRest(receiptNumber) ? [receiptNumber] : []));
  }

  /** A sibling wants to give back what this lane sold; undefined: it did not. */
  answerSibling(from: string, value: unknown): { readonly isGranted: boolean } | undefined {
    const asked = returnQuestionSchema.safeParse(value);
    const own = asked.success ? this.#register.returns.find(asked.data.receiptNumber) : undefined;
    if (!asked.success || own === undefined) return undefined;
    const { receiptNumber, take } = asked.data;
    const { siblingReturns, time, ports } = this.#register;
    // Another copy of this lane may give it as well: nobody who could say whose it is was asked.
    if (this.#register.returns.isAtRest(receiptNumber)) return undefined;
    // Of what its card got back, or may have, nothing is paid out again.
    if (this.isReturning(receiptNumber) || this.isUndoing(receiptNumber)) return { isGranted: false };
    if (!take) return { isGranted: ports.transactions.durable(() => siblingReturns.takeBack(receiptNumber, from)) };
    const given = ports.transactions.durable(() => {
      const answer = siblingReturns.give(receiptNumber, from, time.now().atMs);
      if (answer === 'now') this.#append({ type: 'given', receiptNumber, to: from });
      return answer;
    });
    if (given === 'now') ports.onAppended();
    return { isGranted: given !== 'no' };
  }

  /** Whether goods of it lie in a basket of this lane, open or set aside. */
  isReturning(receiptNumber: string): boolean {
    const { live, journal } = this.#register;
    const baskets = [live.basket, ...journal.allSuspended(false).map(({ basket }) => basket)];
    return baskets.some((basket) => basket !== null && basketLines(basket).some((line) => isBackOf(line, receiptNumber)));
  }

  /** Once, in the pauses: rights whose baskets are lost with a database that was rebuilt go back, and those of what was to be undone and never went to the terminal. True where the ledger says so. */
  releaseLost(): boolean {
    if (this.#hasReleasedLost || this.#register.newestView()?.settings().ok !== true) return false;
    this.#hasReleasedLost = true;
    const lost = this.#register.told.held().filter((receiptNumber) => !this.isReturning(receiptNumber) && !this.isUndoing(receiptNumber));
    if (lost.length === 0) return false;
    this.#register.ports.transactions.durable(() =>
      lost.forEach((receiptNumber) => this.#append(this.#register.told.release(receiptNumber))),
    );
    this.#register.ports.onAppended();
    return true;
  }

  #append(move: ReturnRightMove | undefined): boolean {
    const settings = this.#register.newestView()?.settings();
    if (move === undefined || settings?.ok !== true) return false;
    // A copy of this lane may take goods back by what this one gives up: the hub keeps it until a person has looked (SPEC: I-8).
    if (move.type === 'released' && this.#register.returns.isAtRest(move.receiptNumber)) return false;
    const moment = this.#register.time.now();
    this.#register.append(returnRightEntry(this.#register.header(settings.value, moment), move), moment);
    return true;
  }
}

export const isBackOf = ({ returnOf, returnTaxes }: BasketLine, receiptNumber: string): boolean =>
  returnTaxes !== undefined && returnOf?.receiptNumber === receiptNumber;

/** Sales that goods of a basket come back of by a right. */
function receiptsBack(basket: Basket): readonly ReturnRightName[] {
  const names = new Map<string, ReturnRightName>();
  for (const { returnOf, returnTaxes, isUnverified } of basketLines(basket)) {
    if (returnOf === undefined || returnTaxes === undefined || isUnverified === true) continue;
    const { receiptNumber, store } = returnOf;
    names.set(receiptNumber, { receiptNumber, ...(store !== undefined && { store }) });
  }
  return [...names.values()];
}
