/** What roles may do as the hub tells it, checked on arrival. */

import type { RuleWish } from '../company/rules.ts';
import { format } from '../format.ts';
import type { Answer } from '../hub-client.ts';

export type Roles = Answer<'getRoles'>;
export type Grant = Roles['grants'][number];
export type LimitKind = Roles['actions'][number]['limit'];

export interface RoleWish extends RuleWish {
  readonly grants: readonly {
    readonly role: string;
    readonly action: string;
    readonly isAllowed: boolean | null;
    readonly limit: number | null;
  }[];
}

const ACTION_WORDS: Readonly<Record<string, string>> = {
  overridePrice: 'Sell below the price',
  sellUnlisted: 'Sell what is not listed',
  discountLine: 'Discount a line',
  discountBasket: 'Discount a whole basket',
  voidLine: 'Void a line',
  voidSale: 'Void a sale',
  postVoid: 'Undo a completed sale',
  returnWithoutReceipt: 'Take back without a receipt',
  exemptCustomer: 'Sell without tax',
  exceedAccountLimit: 'Sell on account beyond the limit',
  payOut: 'Pay out of the drawer',
  clearCardCase: 'Clear a card payment',
  bankDeposit: 'Bring money to the bank',
  closeOtherShift: 'Close another one’s shift',
  keepAttendance: 'Keep attendance',
  train: 'Train at a lane',
  closeStoreDay: 'Close the store’s day',
  adjustStock: 'Adjust stock',
  seeCost: 'See what goods cost',
  changeStorePrice: 'Set prices of the store',
  arrangeKeys: 'Arrange keys',
  openInvoice: 'Open names on invoices',
  findCustomer: 'Find customers',
  keepCustomer: 'Keep customers',
  eraseCustomer: 'Forget customers',
  settleExceptions: 'Settle conflicts',
  publish: 'Publish',
  importFile: 'Import files',
  openStore: 'Open stores',
  enrolDevice: 'Enrol devices',
  setDevices: 'Set devices up',
  useConsole: 'Use the console',
  manageAccounts: 'Look after sign-ins',
};
export const actionText = (action: string): string => ACTION_WORDS[action] ?? action;

/** `10 %`, `50.00`, `1,000`. */
export function limitText(limit: number, kind: LimitKind): string {
  if (kind === 'percent') return `${format.money(limit, 2).replace(/\.?0+$/, '')} %`;
  return kind === 'amount' ? format.money(limit, 2) : format.count(limit);
}

export const grantText = (grant: Pick<Grant, 'isAllowed' | 'limit'> | undefined, kind: LimitKind): string => {
  if (grant?.isAllowed !== true) return 'no';
  return grant.limit === null ? (kind === 'none' ? 'yes' : 'any') : limitText(grant.limit, kind);
};

/** What a field of a grant says. */
export function grantFieldText(field: string, value: string | number | boolean | null | undefined, kind: LimitKind): string {
  if (field === 'isAllowed') return value === true ? 'allowed' : 'not allowed';
  if (field !== 'limit') return String(value ?? 'nothing');
  return typeof value === 'number' ? limitText(value, kind) : 'no limit';
}

/** As `limitText` writes it, without the sign; undefined where it is no figure. */
export function limitIn(text: string, kind: LimitKind): number | undefined {
  const match = /^(?<whole>\d{1,9})(?:[.,](?<decimals>\d{1,2}))?$/.exec(text.trim().replace(/\s*%$/, ''));
  const { whole = '', decimals } = match?.groups ?? {};
  if (whole === '' || (kind === 'count' && decimals !== undefined)) return undefined;
  return kind === 'count' ? Number(whole) : Number(whole + (decimals ?? '').padEnd(2, '0'));
}

export const limitLabel: Readonly<Record<LimitKind, string>> = {
  none: '',
  percent: 'At most, %',
  amount: 'At most, in money of the store',
  count: 'At most, pieces, grams, millilitres or millimetres',
};
