/** An act as it stands in a table: its body, its details behind commas, and what these mean to every verb alike. */
import { ok, type Result } from '@holdfast/base';

import type { BasketCommand, PriceOverride } from '../basket/basket.ts';
import type { RestrictionFacts, Vouched } from '../catalog/restrictions.ts';
import type { Refusal } from '../refusal.ts';
import type { Service } from '../tax/tax-rule.ts';
import { readPrice } from './cells.ts';
import { does, type Lane } from './lane.ts';
import { mistake, type Mistake } from './mistake.ts';
import type { Shop } from './shop.ts';

/** Does it; the answer is the refusal, or undefined where it was done. */
export type Act = (lane: Lane) => Refusal | undefined;

export interface ActText {
  /** Behind the verb, up to the first detail; commas may stand in it where the verb takes a list. */
  readonly body: string;
  readonly detail: (word: Detail) => string | undefined;
  readonly shop: Shop;
}

export interface ActWord {
  /** As in the manual. */
  readonly usage: string;
  readonly details: readonly Detail[];
  /** Several things may stand in its body, with commas between them. */
  readonly isList?: true;
  readonly read: (text: ActText) => Result<Act, Mistake>;
}

/** Details, and whether a value follows. */
export const DETAILS = {
  at: true,
  because: true,
  serial: true,
  batch: true,
  note: true,
  text: true,
  reference: true,
  name: true,
  groups: true,
  'on account': false,
  limit: true,
  tip: true,
  from: true,
  worth: true,
  on: true,
  'cash back': true,
  by: true,
  until: true,
  tare: true,
  pack: true,
  'in cash': true,
  'hours vouched': false,
  'cashier vouched': false,
  'use by vouched': false,
  'eat in': false,
  'take away': false,
  yes: false,
  defective: false,
  unverified: false,
  'from a copy': false,
  'approved by': true,
  'drawer counted': false,
  'terminal settled': false,
  off: true,
  for: true,
} as const;
type Detail = keyof typeof DETAILS;

export const command =
  (basketCommand: BasketCommand): Act =>
  (lane) =>
    does(lane, basketCommand);

export const VOUCHED_DETAILS = ['hours vouched', 'cashier vouched', 'use by vouched'] as const;
export const SALE_DETAILS = [
  'at',
  'because',
  'serial',
  'batch',
  'text',
  'tare',
  'pack',
  'worth',
  'on',
  'eat in',
  'take away',
  ...VOUCHED_DETAILS,
  'yes',
] as const;

export const NO_REASON = mistake('A reason is needed: write ", because damaged" behind it.');

export const confirmedOf = ({ detail }: ActText): { readonly confirmed?: true } => (detail('yes') === undefined ? {} : { confirmed: true });

/** What a person has vouched for in place of the till. */
export function vouchedOf({ detail }: ActText): RestrictionFacts {
  const vouched: Vouched[] = [];
  if (detail('hours vouched') !== undefined) vouched.push('saleHours');
  if (detail('cashier vouched') !== undefined) vouched.push('cashierAge');
  if (detail('use by vouched') !== undefined) vouched.push('useBy');
  return vouched.length > 0 ? { vouched } : {};
}

/** What the lane knows of the moment and the cashier. */
export const factsOf = ({ atMs, shop: { settings, clockUncertaintyMs, operatorAgeYears } }: Lane): RestrictionFacts => ({
  clock: { atMs, timeZone: settings.timeZone, uncertaintyMs: clockUncertaintyMs },
  ...(operatorAgeYears !== undefined && { operatorAgeYears }),
});

/** Who says both eats in. */
export function serviceOf({ detail }: ActText): { readonly service?: Service } {
  if (detail('eat in') !== undefined) return { service: 'eatIn' };
  return detail('take away') === undefined ? {} : { service: 'takeAway' };
}

export function readOverride({ detail }: ActText): Result<{ readonly override?: PriceOverride }, Mistake> {
  const [at, reason] = [detail('at'), detail('because')];
  if (at === undefined) return reason === undefined ? ok({}) : mistake('"because" is the reason for a price: write ", at 0.99" before it.');
  if (reason === undefined) return NO_REASON;
  const unitPrice = readPrice(at);
  return unitPrice.ok ? ok({ override: { unitPrice: unitPrice.value, reason } }) : unitPrice;
}
