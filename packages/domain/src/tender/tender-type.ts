/**
 * Tender types as data: what a store takes in payment, and the rules of each. A type is a catalogue entity under its key, such as
 * `cash`, `visa` or `mealVoucher`; what it may do follows from its kind, and only vouchers choose what becomes of an excess.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { CatalogueFault } from '../catalog/catalog.ts';
import { readFields, type FieldReader } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { currencyOf, isUnitPrice, MAX_AMOUNT_MINOR, type UnitPrice } from '../money/money.ts';

export const TENDER_KINDS = ['cash', 'foreignCash', 'card', 'giftCard', 'voucher', 'storeCredit', 'onAccount', 'points'] as const;
export type TenderKind = (typeof TENDER_KINDS)[number];

/** What becomes of more than is due: it is not taken, it comes back as cash, or it is lost to the shopper. */
const OVER_TENDERS = ['refused', 'change', 'forfeited'] as const;
export type OverTender = (typeof OVER_TENDERS)[number];

/** What a balance can be kept of, in ledger entries: each is the sum of its movements. */
export const ACCOUNT_KINDS = ['giftCard', 'voucher', 'storeCredit', 'onAccount', 'layaway', 'order', 'points'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];
/** Those that a tender may be taken from. */
const TENDER_ACCOUNTS: readonly TenderKind[] = ['giftCard', 'voucher', 'storeCredit', 'onAccount', 'points'];

/** Those that pay exactly what they are asked for: neither change nor a forfeit is untaxed. */
const UNTAXING_KINDS: readonly TenderKind[] = ['card', 'giftCard'];

/** Where a refund goes of what was paid so. */
const REFUND_TARGETS = ['original', 'cash', 'storeCredit'] as const;
export type RefundTarget = (typeof REFUND_TARGETS)[number];

/** Goods that a limited tender pays for: those of a SKU or of a tax class that is listed. */
export interface EligibleItems {
  readonly skus: ReadonlySet<string>;
  readonly taxClasses: ReadonlySet<string>;
}

export interface TenderType {
  readonly tenderType: string;
  /** On its key and on the receipt; the key of the entity where it has none. */
  readonly name: string;
  /** Where its key stands; without one behind those that have one. */
  readonly position?: number;
  readonly kind: TenderKind;
  readonly overTender: OverTender;
  readonly refundTo: RefundTarget;
  /** Of one tender, at most. Absent: no limit of its own. */
  readonly maximumMinor?: number;
  readonly takesTips: boolean;
  /** Cash that may be paid out on top of a payment by card; 0: none. */
  readonly cashBackMaximumMinor: number;
  /** Of foreign cash: its currency, and what one major unit of it is worth in major units of the local one. */
  readonly foreign?: { readonly currency: string; readonly rate: UnitPrice };
  /** Absent: it pays for everything. */
  readonly eligible?: EligibleItems;
  /** What it pays is untaxed: a benefit card. */
  readonly untaxes?: true;
  /** Of a card: the cashier types it into a terminal of its own, also where the lane is connected with one. */
  readonly isStandAlone?: true;
  /** Whoever pays so signs for it, on the shopper's screen or on paper; a terminal asks by itself for what goes over it. */
  readonly asksSignature?: true;
  /** Its balance is kept here, so that each tender names what it is taken from. Absent: another system or a terminal keeps it, or there is none. */
  readonly account?: AccountKind;
  /** Of points: what one is worth in major units. Amounts are offered in points. */
  readonly pointValue?: UnitPrice;
}

/** Cash is everywhere, and needs no entity. */
export const CASH: TenderType = {
  tenderType: 'cash',
  name: 'Cash',
  kind: 'cash',
  overTender: 'change',
  refundTo: 'original',
  takesTips: true,
  cashBackMaximumMinor: 0,
};

/** What a kind may do with an excess; the first is its default. */
const OVER_TENDERS_BY_KIND: Readonly<Record<TenderKind, readonly [OverTender, ...OverTender[]]>> = {
  cash: ['change'],
  foreignCash: ['change'],
  card: ['refused'],
  /** Never taken: the rest stays on the card. */
  giftCard: ['refused'],
  voucher: ['forfeited', 'refused', 'change'],
  storeCredit: ['refused'],
  onAccount: ['refused'],
  points: ['refused'],
};

/** Where a refund goes; the first is the default. Foreign cash is never kept for it, and a voucher is spent. */
const REFUND_TARGETS_BY_KIND: Readonly<Record<TenderKind, readonly [RefundTarget, ...RefundTarget[]]>> = {
  cash: ['original'],
  foreignCash: ['cash'],
  card: ['original', 'storeCredit'],
  giftCard: ['original', 'storeCredit'],
  voucher: ['storeCredit', 'cash'],
  storeCredit: ['original'],
  onAccount: ['original'],
  points: ['original'],
};

function readChoice<T extends string>(read: FieldReader, name: string, choices: readonly [T, ...T[]]): T {
  const text = read.optionalText(name);
  if (text === undefined) return choices[0];
  return choices.find((choice) => choice === text) ?? read.fail(name, choices.join(' or '), choices[0]);
}

function readForeign(read: FieldReader, kind: TenderKind): TenderType['foreign'] {
  if (kind !== 'foreignCash') return undefined;
  const currency = read.text('currency');
  if (currencyOf(currency) === undefined) read.fail('currency', 'a currency that this build knows', '');
  const rate: UnitPrice = { amount: read.int('rateAmount', 1), decimals: read.int('rateDecimals') };
  if (!isUnitPrice(rate)) read.fail('rateAmount', 'a rate of at most 10^12 with 0 to 6 decimals', 0);
  return { currency, rate };
}

function readPointValue(read: FieldReader, kind: TenderKind): UnitPrice | undefined {
  if (kind !== 'points') return undefined;
  const value: UnitPrice = { amount: read.int('rateAmount', 1), decimals: read.int('rateDecimals') };
  return isUnitPrice(value) ? value : read.fail('rateAmount', 'a value of at most 10^12 with 0 to 6 decimals', undefined);
}

/** A cell holds one text: each name stands on its own line. */
const namesOf = (text: string | undefined): ReadonlySet<string> => new Set((text ?? '').split('\n').filter((name) => name !== ''));

function readEligible(read: FieldReader): EligibleItems | undefined {
  const [skus, taxClasses] = [read.optionalText('eligibleSkus'), read.optionalText('eligibleTaxClasses')];
  return skus === undefined && taxClasses === undefined ? undefined : { skus: namesOf(skus), taxClasses: namesOf(taxClasses) };
}

/** The order of their keys: by position, then by entity key; the order in which they come does not matter. */
export const compareTenderTypes = (left: TenderType, right: TenderType): number =>
  (left.position ?? Number.MAX_SAFE_INTEGER) - (right.position ?? Number.MAX_SAFE_INTEGER) ||
  (left.tenderType < right.tenderType ? -1 : left.tenderType > right.tenderType ? 1 : 0);

/**
 * A tender type from its merged fields: `kind`, and optionally `name`, `position`, `overTender`, `refundTo`, `maximumMinor`, `takesTips`, `cashBackMaximumMinor`
 * (cards only), `currency`, `rateAmount` and `rateDecimals` (foreign cash and points, and there needed), `eligibleSkus` and `eligibleTaxClasses` (a name on each line),
 * `keepsBalance` (gift cards, vouchers, store credit and accounts), `untaxes` (cards without cash back, and gift cards), `isStandAlone` (cards),
 * `asksSignature` (not cash).
 */
export function readTenderType(tenderType: string, fields: Fields): Result<TenderType, CatalogueFault> {
  const read = readFields(fields);
  const kindText = read.text('kind');
  const kind = TENDER_KINDS.find((known) => known === kindText) ?? read.fail('kind', TENDER_KINDS.join(' or '), 'card' as const);
  if ((kind === 'cash') !== (tenderType === CASH.tenderType)) read.fail('kind', 'cash for `cash`, and for it alone', '');
  const maximumMinor = read.optionalInt('maximumMinor', 1, MAX_AMOUNT_MINOR);
  const cashBackMaximumMinor = read.optionalInt('cashBackMaximumMinor', 0, MAX_AMOUNT_MINOR) ?? 0;
  if (cashBackMaximumMinor > 0 && kind !== 'card') read.fail('cashBackMaximumMinor', '0: only cards pay cash back', 0);
  const foreign = readForeign(read, kind);
  const eligible = readEligible(read);
  const account = TENDER_ACCOUNTS.includes(kind) ? ACCOUNT_KINDS.find((known) => known === kind) : undefined;
  const pointValue = readPointValue(read, kind);
  // Nobody else keeps a store's points.
  const keepsBalance = kind === 'points' || ((fields['keepsBalance'] ?? null) !== null && read.bool('keepsBalance'));
  if (keepsBalance && account === undefined)
    read.fail('keepsBalance', `false, or a kind with a balance: ${TENDER_ACCOUNTS.join(', ')}`, '');
  const untaxes = read.optionalBool('untaxes') ?? false;
  if (untaxes && (!UNTAXING_KINDS.includes(kind) || cashBackMaximumMinor > 0))
    read.fail('untaxes', 'false, or a card or gift card without cash back', false);
  const isStandAlone = read.optionalBool('isStandAlone') ?? false;
  if (isStandAlone && kind !== 'card') read.fail('isStandAlone', 'false, or a card', false);
  const asksSignature = read.optionalBool('asksSignature') ?? false;
  if (asksSignature && (kind === 'cash' || kind === 'foreignCash')) read.fail('asksSignature', 'false, or no cash', false);
  const position = read.optionalInt('position');
  const type: TenderType = {
    tenderType,
    name: read.optionalText('name') ?? (kind === 'cash' ? CASH.name : tenderType),
    ...(position !== undefined && { position }),
    kind,
    overTender: readChoice(read, 'overTender', OVER_TENDERS_BY_KIND[kind]),
    refundTo: readChoice(read, 'refundTo', REFUND_TARGETS_BY_KIND[kind]),
    ...(maximumMinor !== undefined && { maximumMinor }),
    takesTips: (fields['takesTips'] ?? null) === null ? false : read.bool('takesTips'),
    cashBackMaximumMinor,
    ...(foreign !== undefined && { foreign }),
    ...(eligible !== undefined && { eligible }),
    ...(untaxes && { untaxes }),
    ...(isStandAlone && { isStandAlone }),
    ...(asksSignature && { asksSignature }),
    ...(keepsBalance && account !== undefined && { account }),
    ...(pointValue !== undefined && { pointValue }),
  };
  const fault = read.fault();
  if (fault === undefined) return ok(type);
  return err({ type: 'malformedEntity', detail: { entity: 'tenderType', key: tenderType, field: fault.field, expected: fault.expected } });
}
