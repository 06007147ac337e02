/** What the screens about people say. */
import type { Format } from '@holdfast/ui';

import type { Asking } from './people-controller.ts';

export interface ActionMessage {
  readonly title: string;
  readonly detail: string;
}

const ACTION_TITLES: Readonly<Record<string, string>> = {
  overridePrice: 'A price below the limit',
  discountLine: 'A discount on one item',
  discountBasket: 'A discount on the whole sale',
  voidLine: 'Taking an item off',
  voidSale: 'Voiding the sale',
  postVoid: 'Undoing a completed sale',
  returnWithoutReceipt: 'A return without a receipt',
  exemptCustomer: 'A sale without tax',
  adjustStock: 'A change of stock',
};

/** What somebody is asked to allow, and why: how much it is, and how much the operator may. */
const leaveMessage = (asking: Asking & { readonly type: 'leave' }, format: Format, minorDigits: number): ActionMessage => {
  const { detail } = asking.refusal;
  const text = (value: string | number | boolean | undefined, say: (amount: number) => string): string | undefined =>
    typeof value === 'number' ? say(value) : undefined;
  const percent = (bps: number): string => format.rate(bps);
  const money = (minor: number): string => format.money(minor, minorDigits);
  const wanted = text(detail['wantedBps'], percent) ?? text(detail['wantedMinor'], money) ?? text(detail['wantedCount'], format.count);
  const limit = text(detail['limitBps'], percent) ?? text(detail['limitMinor'], money) ?? text(detail['limitCount'], format.count);
  const action = String(detail['action']);
  return {
    title: ACTION_TITLES[action] ?? action,
    detail: wanted === undefined || limit === undefined ? '' : `${wanted}, and up to ${limit} is allowed`,
  };
};

export const peopleStrings = {
  signOnTitle: 'Who is at the till?',
  lockedTitle: (name: string) => `${name} is away`,
  switchTitle: 'Hand over, lock or sign off',
  leaveTitle: 'Somebody else must allow this',
  leave: leaveMessage,
  leaveBy: (roles: string) => `By badge or PIN: ${roles}`,
  whoHint: 'Choose your name, type your number, or scan your badge',
  pinHint: (name: string) => `${name}: type your PIN, then Enter`,
  badgeHint: (name: string) => `${name}: scan your badge`,
  somebodyElse: 'Somebody else',
  people: 'People of this store',
  pin: 'PIN',
  number: 'Number',
  typedCount: (count: number) => `${count} typed`,
  digits: 'Figures',
  enter: 'Enter',
  erase: 'Erase',
  back: 'Back',
  cancel: 'Not now',
  lock: 'Lock',
  signOff: 'Sign off',
  switchKey: 'Cashier',
  nobodyYet: 'Nobody of this store can sign on yet',
  nobodyYetText: 'Headquarters gives out PINs and badges.',
  basketKept: 'The sale on this lane is kept.',
  rightsOver: 'No refunds or price changes: hub not heard for too long',
} as const;
