/**
 * Another tender than cash, step by step: how much (typed before, or all that is due), by what, what an excess is for, and which card. Pure:
 * each step answers with what is asked next, or with the payment to send. What is due is the till's; nothing is decided here that it decides.
 */
import type { BasketHead, RequestBody, TenderTypeView } from '../../shared/till-contract.ts';
import { scaleTypedNumber, type TypedNumber } from '../entry.ts';
import { cashDueOf, dueWith } from '../till-view.ts';

export type TenderBody = Extract<RequestBody, { type: 'tender' }>;
export type Excess = 'tip' | 'cashBack';

export type Tendering =
  /** `amount` absent: all that is due. */
  | {
      readonly step: 'type';
      readonly amount: TypedNumber | undefined;
      /** What the shopper chose on their screen, on top of all that is due. */
      readonly tipMinor?: number;
    }
  | {
      readonly step: 'excess';
      readonly type: TenderTypeView;
      readonly dueMinor: number;
      readonly excessMinor: number;
      readonly choices: readonly Excess[];
    }
  | { readonly step: 'reference'; readonly type: TenderTypeView; readonly body: TenderBody }
  /** It is signed for, on the shopper's screen or otherwise. */
  | { readonly step: 'signature'; readonly type: TenderTypeView; readonly body: TenderBody };

export type NextStep =
  | { readonly type: 'ask'; readonly tendering: Tendering }
  | { readonly type: 'pay'; readonly body: TenderBody }
  | { readonly type: 'notAnAmount'; readonly text: string };

export const beginTendering = (amount: TypedNumber | undefined): Tendering => ({ step: 'type', amount });

/** Whoever buys on account owes it on their own, and stands in the basket. */
const isOwnAccount = ({ account }: TenderTypeView, { amountMinor }: TenderBody): boolean => account === 'onAccount' && amountMinor > 0;

const payOrAskReference = (type: TenderTypeView, body: TenderBody): NextStep =>
  type.asksReference && body.reference === undefined && !isOwnAccount(type, body)
    ? { type: 'ask', tendering: { step: 'reference', type, body } }
    : payOrAskSignature(type, body);

/** What goes over the lane's terminal, that one asks for. */
const payOrAskSignature = (type: TenderTypeView, body: TenderBody): NextStep =>
  type.asksSignature === true && type.onTerminal !== true && body.amountMinor > 0 && body.signature === undefined
    ? { type: 'ask', tendering: { step: 'signature', type, body } }
    : { type: 'pay', body };

/** What is more than is due is asked about only where the tender type has an answer; else the till says what becomes of it. */
const excessChoices = (type: TenderTypeView, excessMinor: number): readonly Excess[] => [
  ...(type.takesTips ? (['tip'] as const) : []),
  ...(excessMinor <= type.cashBackMaximumMinor ? (['cashBack'] as const) : []),
];

export const chooseTender = (tendering: Tendering, type: TenderTypeView, head: BasketHead): NextStep => {
  const typed = tendering.step === 'type' ? tendering.amount : undefined;
  const { minorDigits } = head;
  const dueMinor = dueWith(head, type.tenderType);
  if (typed === undefined) {
    // Nobody knows what is due in the other currency but the till: the amount is what the shopper has in the hand.
    if (type.foreign !== undefined) return { type: 'notAnAmount', text: '' };
    const tipMinor = tendering.step === 'type' && type.takesTips ? (tendering.tipMinor ?? 0) : 0;
    return payOrAskReference(type, {
      type: 'tender',
      tenderType: type.tenderType,
      amountMinor: dueMinor,
      ...(tipMinor > 0 && { tipMinor }),
    });
  }
  const typedMinor = scaleTypedNumber(typed, type.foreign?.minorDigits ?? minorDigits);
  if (typedMinor === undefined) return { type: 'notAnAmount', text: String(typed.value) };
  const amountMinor = cashDueOf(head) < 0 ? -typedMinor : typedMinor;
  const excessMinor = amountMinor - dueMinor;
  const choices = type.foreign === undefined && dueMinor > 0 && excessMinor > 0 ? excessChoices(type, excessMinor) : [];
  if (choices.length > 0) return { type: 'ask', tendering: { step: 'excess', type, dueMinor, excessMinor, choices } };
  return payOrAskReference(type, { type: 'tender', tenderType: type.tenderType, amountMinor });
};

export const chooseExcess = (tendering: Tendering, excess: Excess): NextStep => {
  if (tendering.step !== 'excess' || !tendering.choices.includes(excess)) return { type: 'ask', tendering };
  const { type, dueMinor, excessMinor } = tendering;
  const { tenderType } = type;
  return payOrAskReference(
    type,
    excess === 'tip'
      ? { type: 'tender', tenderType, amountMinor: dueMinor, tipMinor: excessMinor }
      : { type: 'tender', tenderType, amountMinor: dueMinor + excessMinor, cashBackMinor: excessMinor },
  );
};

export const nameReference = (tendering: Tendering, reference: string): NextStep =>
  tendering.step === 'reference' ? payOrAskSignature(tendering.type, { ...tendering.body, reference }) : { type: 'ask', tendering };

/** Beside what the shopper does on their screen: they sign on paper, or not at all. */
export const UNDRAWN = ['onPaper', 'declined'] as const satisfies readonly Signature['how'][];
export type Signature = NonNullable<TenderBody['signature']>;

export const nameSignature = (tendering: Tendering, signature: Signature): NextStep =>
  tendering.step === 'signature' ? { type: 'pay', body: { ...tendering.body, signature } } : { type: 'ask', tendering };
