/**
 * What a function of the till must be told before it can be done, question by question: who buys, which card, how much off and why. Pure: each
 * answer leads to the next question, or to the request that does it. What is allowed, known or due is the till's to say; nothing is decided here.
 *
 * Numbers come as they were typed, so that one function can be told its number before it is pressed (`10`, then the key) or after.
 */
import { unreachable } from '@holdfast/base';
import { AGE_METHODS, type AgeMethod, PERSON_LENGTHS, isMailAddress, isReference, type ReceiptLanguage } from '@holdfast/domain';

import { type BasketHead, type LineView, type ReplyValue, type RequestBody, type TenderTypeView } from '../../shared/till-contract.ts';
import { scaleTypedNumber, type TypedNumber } from '../entry.ts';
import type { CardFirst, RecentReceipt } from './sell-state.ts';

export type GoodsBody = Extract<RequestBody, { type: 'scan' | 'addPlu' | 'addItem' }>;
type Off = Extract<RequestBody, { type: 'discount' }>['off'];

/** A line that a function is about. */
export interface TaskLine {
  readonly lineId: string;
  readonly name: string;
}

export type Task =
  | { readonly name: 'coupon' | 'exemption' | 'drawer' }
  /** How it was seen that the shopper is old enough. */
  | { readonly name: 'age'; readonly years: number }
  /** `found`: who is called as was typed. */
  | { readonly name: 'customer'; readonly found?: FoundPeople }
  /** Who they are, then by what they are found again, then that they agree. */
  | { readonly name: 'newCustomer'; readonly who?: string; readonly found?: { readonly phone: string } | { readonly card: string } }
  /** `line` absent: the whole basket. */
  | { readonly name: 'discount'; readonly line?: TaskLine; readonly amount?: TypedNumber; readonly off?: Off }
  | { readonly name: 'price'; readonly line: TaskLine; readonly unitPrice?: NonNullable<LineView['unitPrice']> }
  /** What is left on a card; `leftMinor` once it is known. */
  | {
      readonly name: 'balance';
      readonly type?: TenderTypeView;
      readonly reference?: string;
      readonly leftMinor?: number;
      readonly paidMinor?: number;
    }
  /** What is said of a line. */
  | { readonly name: 'describe'; readonly line: TaskLine; readonly notes: readonly string[]; readonly what?: 'serial' | 'batch' }
  /** The receipt of the open sale, or of the one that stands completed. */
  | { readonly name: 'slip'; readonly languages: readonly string[]; readonly receiptNumber?: string; readonly mails?: boolean }
  /** By which slip a card in the way of undoing a sale was given back by hand. */
  | { readonly name: 'cardSlip'; readonly receipt: RecentReceipt; readonly card: CardFirst }
  /** To whom the receipt of a sale goes by mail. */
  | { readonly name: 'mail'; readonly receiptNumber: string }
  /** Whose name stands on the invoice of a sale. */
  | { readonly name: 'invoice'; readonly receiptNumber: string; readonly buyerName?: string; readonly address?: string }
  /** What the catalogue does not list: `code` stands on the goods, `rowId` is the red row that they left. */
  | {
      readonly name: 'unlisted';
      readonly departments: readonly string[];
      readonly code?: string;
      readonly rowId?: string;
      readonly unitPrice?: NonNullable<LineView['unitPrice']>;
    }
  /** What is no goods, and did not say whose it is, or for how much. */
  | { readonly name: 'goods'; readonly subject: string; readonly body: GoodsBody; readonly needs: 'reference' | 'worth' };

export type FoundPeople = NonNullable<ReplyValue['customers']>;

export type TaskName = Task['name'];

export const OFF_UNITS = ['percent', 'amount'] as const;
export type OffUnit = (typeof OFF_UNITS)[number];

/** What is asked next. */
export type Question =
  /** Scanned or typed. */
  | { readonly type: 'text' }
  | { readonly type: 'number' }
  | { readonly type: 'unit'; readonly choices: readonly OffUnit[] }
  | { readonly type: 'reason' }
  | { readonly type: 'card' }
  | { readonly type: 'department'; readonly choices: readonly string[] }
  | { readonly type: 'word'; readonly choices: readonly Word[] }
  | { readonly type: 'person'; readonly choices: FoundPeople['found'] }
  /** Nothing: what was found stands there. */
  | { readonly type: 'told' };

export type Answer =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'number'; readonly number: TypedNumber }
  | { readonly type: 'unit'; readonly unit: OffUnit }
  | { readonly type: 'reason'; readonly reason: string }
  | { readonly type: 'card'; readonly card: TenderTypeView }
  | { readonly type: 'department'; readonly department: string }
  | { readonly type: 'word'; readonly word: Word }
  | { readonly type: 'person'; readonly customerId: string };

/** One of a list of choices, as the screen has words for it. */
export type Word =
  | { readonly kind: 'serial' | 'batch' | 'consent' | 'giftReceipt' | 'printAgain' | 'invoice' | 'mail' | AgeMethod }
  | { readonly kind: 'note' | 'language'; readonly text: string };

export type NextTask =
  | { readonly type: 'ask'; readonly task: Task }
  | { readonly type: 'do'; readonly body: RequestBody }
  /** It is no answer to what was asked. */
  | { readonly type: 'notAnAnswer' };

const ALL_BPS = 10_000;
const BPS_DECIMALS = 2;

const offOf = (amount: TypedNumber, unit: OffUnit, minorDigits: number): Off | undefined => {
  if (unit === 'percent') {
    const bps = scaleTypedNumber(amount, BPS_DECIMALS);
    return bps !== undefined && bps > 0 && bps <= ALL_BPS ? { type: 'percent', bps } : undefined;
  }
  const amountMinor = scaleTypedNumber(amount, minorDigits);
  return amountMinor !== undefined && amountMinor > 0 ? { type: 'amount', amountMinor } : undefined;
};

/** The readings that a typed number has: 150 is no percentage, 0.125 no amount of cents. */
const unitsOf = (amount: TypedNumber, minorDigits: number): readonly OffUnit[] =>
  OFF_UNITS.filter((unit) => offOf(amount, unit, minorDigits) !== undefined);

export const questionOf = (task: Task, { minorDigits }: Pick<BasketHead, 'minorDigits'>): Question => {
  switch (task.name) {
    case 'customer':
      return task.found === undefined ? { type: 'text' } : { type: 'person', choices: task.found.found };
    case 'newCustomer':
      return task.found === undefined ? { type: 'text' } : { type: 'word', choices: [{ kind: 'consent' }] };
    case 'coupon':
    case 'exemption':
    case 'invoice':
    case 'mail':
    case 'cardSlip':
      return { type: 'text' };
    case 'discount':
      if (task.off !== undefined) return { type: 'reason' };
      return task.amount === undefined ? { type: 'number' } : { type: 'unit', choices: unitsOf(task.amount, minorDigits) };
    case 'price':
      return task.unitPrice === undefined ? { type: 'number' } : { type: 'reason' };
    case 'balance':
      if (task.type === undefined) return { type: 'card' };
      return task.leftMinor === undefined ? { type: 'text' } : { type: 'told' };
    case 'drawer':
      return { type: 'reason' };
    case 'age':
      return { type: 'word', choices: AGE_METHODS.map((kind) => ({ kind })) };
    case 'describe':
      return task.what === undefined ? { type: 'word', choices: wordsOf(task) } : { type: 'text' };
    case 'slip':
      return { type: 'word', choices: wordsOf(task) };
    case 'unlisted':
      return task.unitPrice === undefined ? { type: 'number' } : { type: 'department', choices: task.departments };
    case 'goods':
      return task.needs === 'reference' ? { type: 'text' } : { type: 'number' };
    default:
      return unreachable(task, 'questionOf');
  }
};

const wordsOf = (task: Extract<Task, { name: 'describe' | 'slip' }>): readonly Word[] =>
  task.name === 'describe'
    ? [{ kind: 'serial' }, { kind: 'batch' }, ...task.notes.map((text): Word => ({ kind: 'note', text }))]
    : [
        ...(task.receiptNumber === undefined ? [] : ([{ kind: 'printAgain' }, { kind: 'giftReceipt' }, { kind: 'invoice' }] as const)),
        ...(task.receiptNumber === undefined || task.mails !== true ? [] : ([{ kind: 'mail' }] as const)),
        ...(task.receiptNumber === undefined ? task.languages.map((text): Word => ({ kind: 'language', text })) : []),
      ];

const NOT_AN_ANSWER: NextTask = { type: 'notAnAnswer' };
const ask = (task: Task): NextTask => ({ type: 'ask', task });
const does = (body: RequestBody): NextTask => ({ type: 'do', body });

export const answerTask = (task: Task, answer: Answer, head: Pick<BasketHead, 'minorDigits'>): NextTask => {
  if (questionOf(task, head).type !== answer.type) return NOT_AN_ANSWER;
  switch (answer.type) {
    case 'text':
      return answerText(task, answer.text);
    case 'number':
      return answerNumber(task, answer.number, head.minorDigits);
    case 'unit': {
      const off = task.name === 'discount' && task.amount !== undefined ? offOf(task.amount, answer.unit, head.minorDigits) : undefined;
      return task.name === 'discount' && off !== undefined ? ask({ ...task, off }) : NOT_AN_ANSWER;
    }
    case 'reason':
      return answerReason(task, answer.reason);
    case 'word':
      return answerWord(task, answer.word);
    case 'person':
      return does({ type: 'setCustomer', customerId: answer.customerId });
    case 'department':
      return answerDepartment(task, answer.department);
    case 'card':
      return task.name === 'balance' && answer.card.account !== undefined ? ask({ ...task, type: answer.card }) : NOT_AN_ANSWER;
    default:
      return unreachable(answer, 'answerTask');
  }
};

const answerText = (task: Task, text: string): NextTask => {
  switch (task.name) {
    case 'customer':
      if (text.length > LONGEST_ANSWER) return NOT_AN_ANSWER;
      return does(isNameTyped(text) ? { type: 'findCustomers', text } : { type: 'attachCustomer', text });
    case 'newCustomer':
      return answerNewCustomer(task, text);
    case 'coupon':
      return does({ type: 'addCoupon', code: text });
    case 'exemption':
      return does({ type: 'exempt', certificate: text });
    case 'balance': {
      const account = task.type?.account;
      return account === undefined ? NOT_AN_ANSWER : does({ type: 'balance', account, reference: text });
    }
    case 'goods':
      return does({ ...task.body, on: text });
    case 'invoice':
      return answerInvoice(task, text);
    case 'mail': {
      const to = mailAddressOf(text);
      return to === undefined ? NOT_AN_ANSWER : does({ type: 'mailReceipt', receiptNumber: task.receiptNumber, to });
    }
    case 'cardSlip': {
      const [reference, { receiptNumber }] = [text.trim(), task.receipt];
      return isReference(reference) ? does({ type: 'reverseTender', receiptNumber, tender: task.card.tender, reference }) : NOT_AN_ANSWER;
    }
    case 'discount':
    case 'price':
    case 'drawer':
    case 'age':
    case 'unlisted':
    case 'slip':
      return NOT_AN_ANSWER;
    case 'describe':
      return task.what === undefined ? NOT_AN_ANSWER : does({ type: 'describeLine', lineId: task.line.lineId, [task.what]: text });
    default:
      return unreachable(task, 'answerText');
  }
};

/** As it is typed, or as a code on somebody's telephone says it (RFC 6068). */
export function mailAddressOf(text: string): string | undefined {
  const address = text.trim().replace(/^mailto:([^?]*).*$/iu, '$1');
  return isMailAddress(address) ? address : undefined;
}

const LONGEST_ANSWER = 64;
/** No card and no phone is without a figure, and few people have one in their name. */
const isNameTyped = (text: string): boolean => /\p{L}/u.test(text) && !/\p{N}/u.test(text);

/** By what they are found again: a phone has no letters. */
const answerNewCustomer = (task: Extract<Task, { name: 'newCustomer' }>, text: string): NextTask => {
  if (task.who === undefined)
    return /\p{L}/u.test(text) && text.length <= PERSON_LENGTHS.name ? ask({ ...task, who: text }) : NOT_AN_ANSWER;
  if (text.length > LONGEST_ANSWER || !/\p{N}/u.test(text)) return NOT_AN_ANSWER;
  return ask({ ...task, found: /\p{L}/u.test(text) ? { card: text } : { phone: text } });
};

/** A buyer without a tax number types a dash. */
const NO_TAX_NUMBER = /^[-–—]$/u;

/** Name, address, tax number. A comma between parts of an address begins a line. */
const answerInvoice = (task: Extract<Task, { name: 'invoice' }>, text: string): NextTask => {
  const { receiptNumber, buyerName, address } = task;
  if (buyerName === undefined) return ask({ ...task, buyerName: text });
  if (address === undefined) return ask({ ...task, address: text.split(/\s*,\s*/u).join('\n') });
  const buyer = { name: buyerName, address, ...(!NO_TAX_NUMBER.test(text) && { taxNumber: text }) };
  return does({ type: 'invoice', receiptNumber, buyer });
};

const answerNumber = (task: Task, number: TypedNumber, minorDigits: number): NextTask => {
  if (task.name === 'price') return ask({ ...task, unitPrice: { amount: number.value, decimals: number.decimals } });
  if (task.name === 'unlisted') {
    if (number.value === 0) return NOT_AN_ANSWER;
    const priced: Task = { ...task, unitPrice: { amount: number.value, decimals: number.decimals } };
    const [only, other] = task.departments;
    return only !== undefined && other === undefined ? answerDepartment(priced, only) : ask(priced);
  }
  if (task.name === 'discount') {
    const [only, other] = unitsOf(number, minorDigits);
    if (only === undefined) return NOT_AN_ANSWER;
    const asked: Task = { ...task, amount: number };
    return other === undefined ? answerTask(asked, { type: 'unit', unit: only }, { minorDigits }) : ask(asked);
  }
  const worthMinor = scaleTypedNumber(number, minorDigits);
  if (task.name !== 'goods' || worthMinor === undefined || worthMinor === 0) return NOT_AN_ANSWER;
  return does({ ...task.body, worthMinor });
};

const answerWord = (task: Task, word: Word): NextTask => {
  if (task.name === 'newCustomer') {
    const { who, found } = task;
    if (who === undefined || found === undefined) return NOT_AN_ANSWER;
    return does({ type: 'addCustomer', name: who, ...found, consent: true });
  }
  if (task.name === 'age') {
    const method = AGE_METHODS.find((known) => known === word.kind);
    return method === undefined ? NOT_AN_ANSWER : does({ type: 'confirmAge', method });
  }
  if (task.name === 'describe') {
    if (word.kind === 'serial' || word.kind === 'batch') return ask({ ...task, what: word.kind });
    return word.kind === 'note' ? does({ type: 'describeLine', lineId: task.line.lineId, note: word.text }) : NOT_AN_ANSWER;
  }
  if (task.name !== 'slip') return NOT_AN_ANSWER;
  const { receiptNumber } = task;
  if (word.kind === 'language') return does({ type: 'setReceiptLanguage', language: word.text as ReceiptLanguage });
  if (receiptNumber === undefined) return NOT_AN_ANSWER;
  if (word.kind === 'invoice' || word.kind === 'mail') return ask({ name: word.kind, receiptNumber });
  return does({ type: 'printReceipt', receiptNumber, ...(word.kind === 'giftReceipt' && { isGift: true }) });
};

const answerDepartment = (task: Task, department: string): NextTask => {
  if (task.name !== 'unlisted' || task.unitPrice === undefined) return NOT_AN_ANSWER;
  const { unitPrice, code, rowId } = task;
  return does({ type: 'sellUnlisted', department, unitPrice, ...(code !== undefined && { code }), ...(rowId !== undefined && { rowId }) });
};

const answerReason = (task: Task, reason: string): NextTask => {
  if (task.name === 'price' && task.unitPrice !== undefined) {
    return does({ type: 'overridePrice', lineId: task.line.lineId, override: { unitPrice: task.unitPrice, reason } });
  }
  if (task.name === 'drawer') return does({ type: 'openDrawer', reason });
  if (task.name !== 'discount' || task.off === undefined) return NOT_AN_ANSWER;
  return does({ type: 'discount', ...(task.line !== undefined && { lineId: task.line.lineId }), off: task.off, reason });
};

/** Which of the store's reasons a task takes. */
export const reasonsOf = ({ name }: Task): 'price' | 'discount' | 'drawer' => (name === 'price' || name === 'drawer' ? name : 'discount');

/** What stands already of what a task is for, and the request that takes it back. */
export interface Standing {
  readonly key: string;
  readonly text: string;
  /** Of a discount. */
  readonly off?: Off;
  readonly body: RequestBody;
}

export const standingOf = (task: Task, head: BasketHead | undefined): readonly Standing[] => {
  switch (task.name) {
    case 'customer': {
      const customer = head?.customer;
      if (customer === undefined) return [];
      return [{ key: 'customer', text: customer.initials ?? customer.customerId, body: { type: 'clearCustomer' } }];
    }
    case 'coupon':
      return (head?.coupons ?? []).map(({ code, name: text }) => ({ key: code, text, body: { type: 'removeCoupon', code } }));
    case 'exemption': {
      const certificate = head?.exemption;
      return certificate === undefined ? [] : [{ key: 'exemption', text: certificate, body: { type: 'clearExemption' } }];
    }
    case 'discount':
      return (head?.manualDiscounts ?? [])
        .filter(({ lineId }) => lineId === task.line?.lineId)
        .map(({ discountId, reason, bps, amountMinor = 0 }) => ({
          key: discountId,
          text: reason,
          off: bps === undefined ? { type: 'amount', amountMinor } : { type: 'percent', bps },
          body: { type: 'removeDiscount', discountId },
        }));
    case 'price':
    case 'balance':
    case 'drawer':
    case 'age':
    case 'unlisted':
    case 'slip':
    case 'invoice':
    case 'mail':
    case 'cardSlip':
    case 'goods':
      return [];
    case 'describe':
    case 'newCustomer':
      return [];
    default:
      return unreachable(task, 'standingOf');
  }
};
