/**
 * Money: cash by its keys, and other tenders step by step (`tendering.ts`). One payment at a time: until the till has answered, every key that pays does nothing.
 * Cash that is pressed while a change of the sale is on its way to the till is for what comes of it.
 */
import type { BasketHead, RequestBody, TenderTypeView } from '../../../shared/till-contract.ts';
import { parseTypedNumber, scaleTypedNumber } from '../../entry.ts';
import { cashDueOf } from '../../till-view.ts';
import type { SellCore } from '../sell-core.ts';
import { PAID, standsForGoods } from '../sell-state.ts';
import {
  beginTendering,
  chooseExcess,
  chooseTender,
  type Excess,
  nameReference,
  nameSignature,
  type NextStep,
  type Signature,
  type Tendering,
} from '../tendering.ts';
import { isAtWork } from '../terminal.ts';

type PaymentBody = Extract<RequestBody, { type: 'payCash' | 'tender' | 'refund' }>;

export interface PaymentActs {
  readonly pay: (amountMinor: number) => void;
  readonly payExact: () => void;
  /** What cards get back was given on a terminal that the lane is not connected with. */
  readonly refundByHand: () => void;
  readonly paySuggested: (index: 0 | 1) => void;
  readonly payTyped: () => void;
  readonly showTenders: () => void;
  readonly chooseTender: (type: TenderTypeView) => void;
  readonly chooseExcess: (excess: Excess) => void;
  readonly sendReference: (reference: string) => void;
  /** How what is being paid was signed for. */
  readonly sign: (signature: Signature) => void;
  readonly giveBack: (tenderId: string) => void;
}

/** `onSign`: it is to be signed for; whoever can is asked. */
export const createPaymentActs = (core: SellCore, onSign: () => void): PaymentActs => {
  const { client, settled, tone, state, set, entry, ask, command, refuse } = core;
  let payments = 0;

  const sendPayment = (body: PaymentBody): void => {
    const { head, link, lines } = client.view();
    // The second of a double tap: it is being paid, or was.
    if (state().isPaying || (lines.length === 0 && head?.completed !== undefined)) return;
    if (link !== 'open') {
      refuse({ type: 'refusal', refusal: { type: 'noAnswer', detail: {} }, subject: '' });
      return;
    }
    if (isAtWork(head?.terminal) || lines.length === 0) {
      tone('error');
      return;
    }
    // The till asks about its own red rows.
    if (state().notices.some(standsForGoods)) {
      refuse({ type: 'refusal', refusal: { type: 'refusedRowsOpen', detail: {} }, subject: '' });
      return;
    }
    set({ isPaying: true });
    payments += 1;
    const payment = payments;
    void ask(body, (reply) => {
      // The next sale may be under way already, or even paid for: what it shows is its own.
      if (payment === payments && state().isPaying) set(reply.ok ? PAID : { isPaying: false, tendering: undefined });
      const { completed } = reply.ok ? reply.value : {};
      // Who signs on paper signs there.
      if (completed !== undefined && 'signature' in body && body.signature?.how === 'onPaper')
        command({ type: 'printReceipt', receiptNumber: completed.receiptNumber, isMerchant: true });
      if (!reply.ok) refuse({ type: 'refusal', refusal: reply.refusal, subject: '' });
      // What comes of it the terminal says, later.
      else if (reply.value.payment === undefined) tone(reply.value.completed === undefined ? 'ok' : 'done');
    });
  };

  const pay = (amountMinor: number): void => sendPayment({ type: 'payCash', amountMinor });

  const typedAmount = (): ReturnType<typeof parseTypedNumber> => {
    const typed = entry();
    return typed.kind === 'number' && typed.quantity === undefined ? parseTypedNumber(typed.body) : undefined;
  };

  const payTyped = (): void => {
    const typed = entry();
    const { head, lines } = client.view();
    if (head === undefined || lines.length === 0) {
      tone('error');
      return;
    }
    if (typed.kind === 'empty') {
      refuse({ type: 'cashNeeded' });
      return;
    }
    const number = typedAmount();
    const minor = number === undefined ? undefined : scaleTypedNumber(number, head.minorDigits);
    if (minor === undefined) refuse({ type: 'notAnAmount', text: state().entry });
    else pay(typed.returning || cashDueOf(head) < 0 ? -minor : minor);
  };

  const showTenders = (): void => {
    if (state().panel === 'tenders') {
      set({ panel: 'items', tendering: undefined, lettersShown: false });
      return;
    }
    const { head, lines } = client.view();
    const number = typedAmount();
    if (head === undefined || lines.length === 0 || state().isPaying) tone('error');
    else if (entry().kind !== 'empty' && number === undefined) refuse({ type: 'notAnAmount', text: state().entry });
    else {
      set({ panel: 'tenders', tendering: beginTendering(number), entry: '', lettersShown: false });
      core.list({ type: 'tenderTypes' }, (value) => set({ tenderTypes: value.tenderTypes ?? [] }));
    }
  };

  /** What the next choice made of it: a payment to send, something else to ask, or an amount that is none. */
  const onTendering = (step: (tendering: Tendering, head: BasketHead) => NextStep): void => {
    const { head } = client.view();
    const { tendering, isPaying } = state();
    if (tendering === undefined || head === undefined || isPaying) return;
    const next = step(tendering, head);
    if (next.type === 'ask') {
      set({ tendering: next.tendering });
      if (next.tendering.step === 'signature') onSign();
    } else if (next.type === 'pay') sendPayment(next.body);
    else refuse({ type: 'notAnAmount', text: next.text });
  };

  return {
    pay,
    payExact: () =>
      settled(() => {
        const { head } = client.view();
        // Where receipts say who paid, it goes back that way.
        if (head?.refund === undefined) pay(cashDueOf(head));
        else sendPayment({ type: 'refund' });
      }),
    refundByHand: () => sendPayment({ type: 'refund', byHand: true }),
    paySuggested: (index) => {
      const { head } = client.view();
      const amount = head?.totals.suggestedCashMinor[index];
      // The note that is in the hand, whatever else is on its way.
      if (amount !== undefined) settled(() => pay(amount));
      else if (head?.completed === undefined) tone('error');
    },
    payTyped: () => settled(payTyped),
    showTenders,
    chooseTender: (type) => onTendering((tendering, head) => chooseTender(tendering, type, head)),
    chooseExcess: (excess) => onTendering((tendering) => chooseExcess(tendering, excess)),
    sendReference: (reference) => {
      set({ entry: '', lettersShown: false });
      onTendering((tendering) => nameReference(tendering, reference));
    },
    sign: (signature) => onTendering((tendering) => nameSignature(tendering, signature)),
    giveBack: (tenderId) => command({ type: 'voidTender', tenderId }),
  };
};
