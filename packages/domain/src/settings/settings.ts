/**
 * A store's settings: cells of type `setting` under its scopes, text by key. What money and days depend on must be there
 * and right, because a guess would be a wrong total; the rest falls back to its default and the fault is named.
 */
import { err, ok, type Result } from '@holdfast/base';

import { parseInStoreTemplates, type InStoreTemplate } from '../barcode/in-store-code.ts';
import { parseOwnCodes, type OwnCodeRule } from '../barcode/own-code.ts';
import { DEFAULT_MANUAL_DISCOUNT_ORDER, MANUAL_DISCOUNT_ORDERS, type ManualDiscountOrder } from '../basket/manual-discount.ts';
import { DEFAULT_DEPOSIT_TAX_POINT, DEPOSIT_TAX_POINTS, type DepositTaxPoint } from '../catalog/nature.ts';
import { parsePersonalKey } from '../customer/customer.ts';
import { parseTiers, type LoyaltyRules } from '../customer/loyalty.ts';
import { DEFAULT_LEDGER_KEEPING, FISCAL_PERIODS, LEAST_KEPT_DAYS, type LedgerKeeping } from '../ledger/ledger-keeping.ts';
import {
  CASH_ROUNDING_MODES,
  CASH_ROUNDING_SCOPES,
  isCashStep,
  MAX_CASH_STEP_MINOR,
  REFUND_ROUNDINGS,
  type CashRounding,
} from '../money/cash-rounding.ts';
import { currencyOf, MAX_AMOUNT_MINOR, DEFAULT_LINE_ROUNDING, LINE_ROUNDINGS, type LineRounding } from '../money/money.ts';
import { DEFAULT_SIGN_ON, SIGN_ON_BY, type SignOnRules } from '../people/sign-on.ts';
import { PROMOTION_POLICY_DEFAULTS, PROMOTION_POLICY_WORDS, type PromotionPolicy } from '../promotions/rule.ts';
import { FISCAL_REGIMES, type FiscalRegime } from '../receipt/fiscal.ts';
import { parseInvoiceKeys, type InvoiceKeys } from '../receipt/invoice.ts';
import { parseReceiptMailKey, type ReceiptMailKey } from '../receipt/receipt-mail.ts';
import { BUNDLE_RETURNS } from '../returns/return-bundle.ts';
import { DEFAULT_RETURN_POLICY, RETURNS_WITHOUT_RECEIPT, type ReturnPolicy } from '../returns/return-terms.ts';
import { isTimeZone, MAX_DAY_START_HOUR } from '../shift/business-day.ts';
import { BENEFIT_SHARES, DEFAULT_BENEFIT_SHARES, type BenefitShares } from '../tax/benefit-tax.ts';
import { DEFAULT_EXEMPT_PRICES, EXEMPT_PRICES, type ExemptPrices } from '../tax/exemption.ts';
import {
  DEFAULT_TAX_POLICY,
  FIXED_TAX_RETURNS,
  INCLUDED_HALVES,
  TAX_ROUNDING_BASES,
  type TaxPolicy,
  type TaxRounding,
} from '../tax/tax.ts';
import type { OfflineCardLimits } from '../tender/card-payment.ts';
import { COUNTRY_DEFAULTS, defaultsOfCountry } from './country-defaults.ts';

export interface StoreSettings {
  readonly currency: string;
  /** Whether prices include tax. */
  readonly taxInclusive: boolean;
  readonly taxRounding: TaxRounding;
  /** Absent: `DEFAULT_TAX_POLICY`. */
  readonly taxPolicy?: TaxPolicy;
  /** IANA. */
  readonly timeZone: string;
  readonly storeName: string;
  /** May have several lines. */
  readonly storeAddress: string;
  /** The seller's number for its taxes, as receipts have to say it. Absent: none is printed. */
  readonly storeTaxNumber?: string;
  readonly receiptFooter: string;
  /** Under the address, and at the very end; in several languages as `textIn` reads them, as the footer. Absent: nothing. */
  readonly receiptHeader?: string;
  readonly receiptLegal?: string;
  /** A picture above every receipt, in base64; who prints knows its form (`packages/paper`). Absent: none. */
  readonly receiptLogo?: string;
  /** What a customer display says between sales, under the store's name. Absent: nothing. */
  readonly displayText?: string;
  /** Above so many pieces (kilograms, litres, metres) of one line a person is asked. */
  readonly quantityAskAbove: number;
  /** BCP 47. */
  readonly locale: string;
  /** Absent: cash is exact. */
  readonly cashRounding?: CashRounding;
  /** Absent: `DEFAULT_DEPOSIT_TAX_POINT`. */
  readonly depositTaxPoint?: DepositTaxPoint;
  /** What a lane that is cut off may take from one balance at the store's risk. Absent: nothing. */
  readonly offlineSpendingLimitMinor?: number;
  /** What the hub grants a lane of this store ahead, of each balance that it asks for: rights to spend while cut off. Absent: none. */
  readonly offlineAdvanceMinor?: number;
  /** What a lane's payment terminal may accept without its host. Absent: nothing. */
  readonly offlineCards?: OfflineCardLimits;
  /** What is left on a gift card is paid out where it is less. Absent: never. */
  readonly cashOutBelowMinor?: number;
  /** Absent: nobody earns points. */
  readonly loyalty?: LoyaltyRules;
  /** Absent: `PROMOTION_POLICY_DEFAULTS`. */
  readonly promotionPolicy?: PromotionPolicy;
  /** Absent: `DEFAULT_RETURN_POLICY`. */
  readonly returns?: ReturnPolicy;
  /** Absent: `DEFAULT_MANUAL_DISCOUNT_ORDER`. */
  readonly manualDiscountOrder?: ManualDiscountOrder;
  /** Absent: `DEFAULT_EXEMPT_PRICES`. */
  readonly exemptPrices?: ExemptPrices;
  /** How codes that stores print themselves are read; absent: none of them holds a price, a weight or a count. */
  readonly inStoreCodes?: readonly InStoreTemplate[];
  /** Absent: `DEFAULT_LINE_ROUNDING`. */
  readonly lineRounding?: LineRounding;
  /** Absent: `DEFAULT_BENEFIT_SHARES`. */
  readonly benefitShares?: BenefitShares;
  /** Absent: the retailer makes no codes for anything but goods. */
  readonly ownCodes?: readonly OwnCodeRule[];
  /** With more cash than this in it a drawer asks for a drop. Absent: never. */
  readonly drawerLimitMinor?: number;
  /** The donation to which a total is rounded up. Absent: none is. */
  readonly roundUpSku?: string;
  /** The page of keys whose goods a customer display shows while nobody buys. Absent: none. */
  readonly displayPage?: string;
  /** The local hour at which a day that nobody closed rolls over. Absent: 4. */
  readonly dayRollsAtHour?: number;
  /** How a fiscal signer is told of each sale. Absent: none is. */
  readonly fiscalSigning?: FiscalRegime;
  /** Each cashier has a till insert, and a shift, of their own. Absent: each lane has one drawer. */
  readonly shiftPer?: 'cashier';
  /** How long a lane keeps its own ledger. Absent: `DEFAULT_LEDGER_KEEPING`. */
  readonly ledgerKeeping?: LedgerKeeping;
  /** What the names on invoices are sealed to, by year. Absent: this store makes no invoices. */
  readonly invoiceKeys?: InvoiceKeys;
  /** What addresses for receipts by mail are sealed to. Absent: this company sends none. */
  readonly receiptMailKey?: ReceiptMailKey;
  /** Whether a sale prints its receipt by itself (absent), or only when somebody asks for paper. */
  readonly receiptPaper?: 'asked';
  /** What people are sealed to who become customers here. Absent: customers are keys of cells and nothing else. */
  readonly personalKey?: { readonly number: number; readonly publicKey: string };
  /** Of the country, for phone numbers without one: `49`. Absent: such a number stands for itself. */
  readonly callingCode?: string;
  /** Absent: `DEFAULT_SIGN_ON`. */
  readonly signOn?: SignOnRules;
}

export const SETTING_DEFAULTS = {
  taxRounding: 'half-up',
  storeName: '',
  storeAddress: '',
  receiptFooter: '',
  quantityAskAbove: 999,
  locale: 'en',
} as const satisfies Partial<StoreSettings>;

/** Where `cashRoundingStep` is set and its companions are not. */
const CASH_ROUNDING_DEFAULTS = { mode: 'half-up', scope: 'cash', refunds: 'mirrored' } as const satisfies Omit<CashRounding, 'stepMinor'>;
/** Every coin of the minor unit is there. A store says so where its zone rounds. */
const EXACT_STEP = '1';

export interface SettingFault {
  readonly type: 'badSetting';
  readonly detail: { readonly key: string; readonly value: string; readonly expected: string };
}

export interface ReadSettings {
  readonly settings: StoreSettings;
  /** Settings whose text means nothing here, and which stand at their default. */
  readonly faults: readonly SettingFault[];
}

const settingFault = (key: string, value: string | undefined, expected: string): SettingFault => ({
  type: 'badSetting',
  detail: { key, value: (value ?? '').slice(0, 64), expected },
});

/** One of the words that a setting knows; another one is a fault and stands at the default. */
function wordOf<T extends string>(
  values: ReadonlyMap<string, string>,
  faults: SettingFault[],
  { key, words, fallback }: { readonly key: string; readonly words: readonly T[]; readonly fallback: T },
): T {
  const value = values.get(key);
  if (value === undefined) return fallback;
  const word = words.find((known) => known === value);
  if (word === undefined) faults.push(settingFault(key, value, words.join(' or ')));
  return word ?? fallback;
}

/** `cashRoundingStep` in minor units, and how; without a step there is none, whatever else is set. */
function readCashRounding(values: ReadonlyMap<string, string>, faults: SettingFault[]): CashRounding | undefined {
  const { mode, scope, refunds } = CASH_ROUNDING_DEFAULTS;
  const how = {
    mode: wordOf(values, faults, { key: 'cashRoundingMode', words: CASH_ROUNDING_MODES, fallback: mode }),
    scope: wordOf(values, faults, { key: 'cashRoundingScope', words: CASH_ROUNDING_SCOPES, fallback: scope }),
    refunds: wordOf(values, faults, { key: 'cashRoundingRefunds', words: REFUND_ROUNDINGS, fallback: refunds }),
  };
  const step = values.get('cashRoundingStep') ?? EXACT_STEP;
  if (step === EXACT_STEP) return undefined;
  const stepMinor = /^[1-9]\d{0,6}$/.test(step) ? Number(step) : 0;
  if (isCashStep(stepMinor)) return { stepMinor, ...how };
  const expected = `minor units: ${EXACT_STEP} for none, or 2 to ${MAX_CASH_STEP_MINOR} of twos and fives only (5, 10, 25, 100)`;
  faults.push(settingFault('cashRoundingStep', step, expected));
  return undefined;
}

/** `taxRoundingBasis`, `includedTaxHalf` and `fixedTaxReturns`; undefined where all stand at their defaults. */
function readTaxPolicy(values: ReadonlyMap<string, string>, faults: SettingFault[]): TaxPolicy | undefined {
  const { basis, includedHalf, fixedTaxReturns } = DEFAULT_TAX_POLICY;
  const policy: TaxPolicy = {
    basis: wordOf(values, faults, { key: 'taxRoundingBasis', words: TAX_ROUNDING_BASES, fallback: basis }),
    includedHalf: wordOf(values, faults, { key: 'includedTaxHalf', words: INCLUDED_HALVES, fallback: includedHalf }),
    fixedTaxReturns: wordOf(values, faults, { key: 'fixedTaxReturns', words: FIXED_TAX_RETURNS, fallback: fixedTaxReturns }),
  };
  const isDefault = policy.basis === basis && policy.includedHalf === includedHalf && policy.fixedTaxReturns === fixedTaxReturns;
  return isDefault ? undefined : policy;
}

function readPersonalKey(values: ReadonlyMap<string, string>, faults: SettingFault[]): StoreSettings['personalKey'] {
  const text = values.get('personalKey');
  const key = text === undefined ? undefined : parsePersonalKey(text);
  if (text !== undefined && key === undefined) faults.push(settingFault('personalKey', text, 'a number and a key'));
  return key;
}

function readCallingCode(values: ReadonlyMap<string, string>, faults: SettingFault[]): string | undefined {
  const code = values.get('callingCode');
  if (code === undefined || /^[1-9]\d{0,2}$/.test(code)) return code;
  faults.push(settingFault('callingCode', code, 'one to three figures: 49'));
  return undefined;
}

/** `loyaltyEarnPoints` for each `loyaltyEarnPerMinor`, `loyaltyTiers`, `loyaltyTierDays`, `loyaltyBirthdayPercent`. */
function readLoyalty(values: ReadonlyMap<string, string>, faults: SettingFault[]): LoyaltyRules | undefined {
  const countOf = (key: string, fallback: number): number => {
    const text = values.get(key);
    if (text === undefined || /^[1-9]\d{0,5}$/.test(text)) return Number(text ?? fallback);
    faults.push(settingFault(key, text, 'a whole number from 1 to 999999'));
    return fallback;
  };
  const tierText = values.get('loyaltyTiers') ?? '';
  const tiers = parseTiers(tierText);
  if (tiers === undefined)
    faults.push(settingFault('loyaltyTiers', tierText, 'on each line a tier, its points and its percentage: gold 2000 150'));
  const tierDays = countOf('loyaltyTierDays', 0);
  const rules = {
    earnPoints: countOf('loyaltyEarnPoints', 0),
    perMinor: countOf('loyaltyEarnPerMinor', 100),
    tiers: tiers ?? [],
    ...(tierDays > 0 && { tierDays }),
    birthdayPercent: countOf('loyaltyBirthdayPercent', 100),
  };
  return rules.earnPoints === 0 ? undefined : rules;
}

/** Minor units; 0 where it is not set. */
function readAmountMinor(values: ReadonlyMap<string, string>, faults: SettingFault[], key: string): number {
  const text = values.get(key);
  if (text === undefined) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  faults.push(settingFault(key, text, 'a whole number of at most 9 digits: minor units, a count or hours'));
  return 0;
}

function readDayStart(values: ReadonlyMap<string, string>, faults: SettingFault[]): number | undefined {
  const text = values.get('dayRollsAtHour');
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text) && Number(text) <= MAX_DAY_START_HOUR) return Number(text);
  faults.push(settingFault('dayRollsAtHour', text, `a whole hour from 0 to ${MAX_DAY_START_HOUR}`));
  return undefined;
}

const SHIFT_PER = ['drawer', 'cashier'] as const;

/** `ledgerKeptDays` and `fiscalPeriod`; undefined where both stand at their defaults. */
function readLedgerKeeping(values: ReadonlyMap<string, string>, faults: SettingFault[]): LedgerKeeping | undefined {
  const { days, period } = DEFAULT_LEDGER_KEEPING;
  const text = values.get('ledgerKeptDays') ?? String(days);
  const isCount = /^\d{1,4}$/.test(text) && Number(text) >= LEAST_KEPT_DAYS;
  if (!isCount) faults.push(settingFault('ledgerKeptDays', text, `a whole number from ${LEAST_KEPT_DAYS} to 9999`));
  const keeping = {
    days: isCount ? Number(text) : days,
    period: wordOf(values, faults, { key: 'fiscalPeriod', words: FISCAL_PERIODS, fallback: period }),
  };
  return keeping.days === days && keeping.period === period ? undefined : keeping;
}

/** `offlineCardMaximumMinor`, `offlineCardCount`, `offlineCardSumMinor` and `offlineCardHours`: none where one of them is missing or 0. */
function readOfflineCards(values: ReadonlyMap<string, string>, faults: SettingFault[]): OfflineCardLimits | undefined {
  const limits = {
    maximumMinor: readAmountMinor(values, faults, 'offlineCardMaximumMinor'),
    count: readAmountMinor(values, faults, 'offlineCardCount'),
    sumMinor: readAmountMinor(values, faults, 'offlineCardSumMinor'),
    hours: readAmountMinor(values, faults, 'offlineCardHours'),
  };
  return Object.values(limits).every((limit) => limit > 0) ? limits : undefined;
}

/** Undefined where all stand at their defaults. */
function readPromotionPolicy(values: ReadonlyMap<string, string>, faults: SettingFault[]): PromotionPolicy | undefined {
  const defaults = PROMOTION_POLICY_DEFAULTS;
  const wordFor = <Name extends keyof PromotionPolicy>(name: Name, key: string): PromotionPolicy[Name] =>
    wordOf(values, faults, { key, words: PROMOTION_POLICY_WORDS[name], fallback: defaults[name] });
  const policy: PromotionPolicy = {
    stacking: wordFor('stacking', 'promotionStacking'),
    stackingOrder: wordFor('stackingOrder', 'promotionStackingOrder'),
    discountRounding: wordFor('discountRounding', 'discountRounding'),
    minimumBasis: wordFor('minimumBasis', 'promotionMinimum'),
    acrossPriorities: wordFor('acrossPriorities', 'promotionsAcrossPriorities'),
    setPrices: wordFor('setPrices', 'promotionsOnSetPrices'),
  };
  const names = Object.keys(defaults) as readonly (keyof PromotionPolicy)[];
  return names.every((name) => policy[name] === defaults[name]) ? undefined : policy;
}

/** What may come back, and how; undefined where all stands at its default. */
function readReturnPolicy(values: ReadonlyMap<string, string>, faults: SettingFault[]): ReturnPolicy | undefined {
  const { bundles, withoutReceipt, lowestPriceDays, unverifiedMaximumMinor } = DEFAULT_RETURN_POLICY;
  const countOf = <T>(key: string, fallback: T): number | T => {
    const value = values.get(key);
    if (value === undefined) return fallback;
    if (/^\d{1,12}$/.test(value) && Number(value) <= MAX_AMOUNT_MINOR) return Number(value);
    faults.push(settingFault(key, value, 'a whole number, not below 0'));
    return fallback;
  };
  const days = countOf('returnDays', undefined);
  const policy: ReturnPolicy = {
    bundles: wordOf(values, faults, { key: 'bundleReturns', words: BUNDLE_RETURNS, fallback: bundles }),
    withoutReceipt: wordOf(values, faults, { key: 'returnsWithoutReceipt', words: RETURNS_WITHOUT_RECEIPT, fallback: withoutReceipt }),
    lowestPriceDays: countOf('lowestPriceDays', lowestPriceDays),
    ...(days !== undefined && { days }),
    unverifiedMaximumMinor: countOf('unverifiedReturnMaximumMinor', unverifiedMaximumMinor),
  };
  return RETURN_SETTINGS.some((key) => values.has(key)) ? policy : undefined;
}

const RETURN_SETTINGS = [
  'returnDays',
  'bundleReturns',
  'returnsWithoutReceipt',
  'lowestPriceDays',
  'unverifiedReturnMaximumMinor',
] as const;

/** How people sign on; undefined where all stands at its default. */
function readSignOn(values: ReadonlyMap<string, string>, faults: SettingFault[]): SignOnRules | undefined {
  const countOf = (key: string, fallback: number): number => {
    const value = values.get(key);
    if (value === undefined) return fallback;
    if (/^\d{1,4}$/.test(value)) return Number(value);
    faults.push(settingFault(key, value, 'a whole number of at most 4 digits; 0: never'));
    return fallback;
  };
  const startsAs = values.get('signOnStartsAs');
  const secretNo = countOf('passcodeSecretNo', 0);
  const rules: SignOnRules = {
    by: wordOf(values, faults, { key: 'signOnBy', words: SIGN_ON_BY, fallback: DEFAULT_SIGN_ON.by }),
    lockAfterMinutes: countOf('lockAfterMinutes', DEFAULT_SIGN_ON.lockAfterMinutes),
    rightsLastDays: countOf('rightsLastDays', DEFAULT_SIGN_ON.rightsLastDays),
    ...(secretNo > 0 && { secretNo }),
    ...(startsAs !== undefined && { startsAs }),
  };
  return SIGN_ON_SETTINGS.some((key) => values.has(key)) ? rules : undefined;
}

const SIGN_ON_SETTINGS = ['signOnBy', 'lockAfterMinutes', 'rightsLastDays', 'passcodeSecretNo', 'signOnStartsAs'] as const;

/** As long as a setting of text may be that is a picture. */
export const RECEIPT_LOGO_MAX_LENGTH = 16_384;

/** Empty where there is none. */
function readReceiptLogo(values: ReadonlyMap<string, string>, faults: SettingFault[]): string {
  const text = values.get('receiptLogo') ?? '';
  if (text === '' || (text.length <= RECEIPT_LOGO_MAX_LENGTH && /^[A-Za-z0-9+/]+={0,2}$/.test(text))) return text;
  faults.push(settingFault('receiptLogo', text.slice(0, 32), `a picture in base64, of at most ${RECEIPT_LOGO_MAX_LENGTH} letters`));
  return '';
}

/** `inStoreCodes`: a template a line. */
function readInStoreCodes(values: ReadonlyMap<string, string>, faults: SettingFault[]): readonly InStoreTemplate[] {
  const text = values.get('inStoreCodes') ?? '';
  const templates = parseInStoreTemplates(text);
  if (templates.ok) return templates.value;
  faults.push(settingFault('inStoreCodes', text, templates.error.expected));
  return [];
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/** What the store set, over what its country has by default. */
function withCountry(own: ReadonlyMap<string, string>, faults: SettingFault[]): ReadonlyMap<string, string> {
  const country = own.get('country');
  if (country === undefined) return own;
  const defaults = defaultsOfCountry(country, own.get('currency') ?? '');
  if (defaults === undefined) faults.push(settingFault('country', country, `one of ${Object.keys(COUNTRY_DEFAULTS).join(', ')}`));
  return new Map([...(defaults ?? []), ...own]);
}

/** The setting that says in which zone a store stands, under the store's own scope: a store moves when another one is published, and its lanes read the other zone from that cut on. */
export const ZONE_SETTING = 'zone';
/** The store that comes after one that was merged into it, or closed: under that one's own scope. */
export const SUCCESSOR_SETTING = 'successor';

export const isZone = (value: unknown): value is string => typeof value === 'string' && /^[\w.-]{1,64}$/.test(value);

/** From the settings' merged values by key. Refused: currency, time zone or (without a country) `taxInclusive` missing or malformed. */
export function readSettings(own: ReadonlyMap<string, string>): Result<ReadSettings, SettingFault> {
  const faults: SettingFault[] = [];
  const values = withCountry(own, faults);
  const currency = values.get('currency');
  if (currency === undefined || currencyOf(currency) === undefined) {
    return err(settingFault('currency', currency, 'an ISO 4217 code that this build knows'));
  }
  const taxInclusive = values.get('taxInclusive');
  if (taxInclusive !== 'true' && taxInclusive !== 'false') return err(settingFault('taxInclusive', taxInclusive, 'true or false'));
  const timeZone = values.get('timeZone');
  if (timeZone === undefined || !isTimeZone(timeZone)) return err(settingFault('timeZone', timeZone, 'an IANA time zone'));

  const rounding = values.get('taxRounding') ?? SETTING_DEFAULTS.taxRounding;
  const isRounding = rounding === 'half-up' || rounding === 'half-even';
  if (!isRounding) faults.push(settingFault('taxRounding', rounding, 'half-up or half-even'));
  const askAbove = values.get('quantityAskAbove');
  const isCount = askAbove !== undefined && /^\d{1,6}$/.test(askAbove);
  if (askAbove !== undefined && !isCount) faults.push(settingFault('quantityAskAbove', askAbove, 'a whole number of at most 999999'));
  const locale = values.get('locale') ?? SETTING_DEFAULTS.locale;
  const isKnownLocale = isLocale(locale);
  if (!isKnownLocale) faults.push(settingFault('locale', locale, 'a BCP 47 language tag'));
  const ownCodes = parseOwnCodes(values.get('ownCodes') ?? '');
  if (!ownCodes.ok) faults.push(settingFault('ownCodes', values.get('ownCodes'), ownCodes.error.expected));
  const cashRounding = readCashRounding(values, faults);
  const taxPolicy = readTaxPolicy(values, faults);
  const depositTaxPoint = wordOf(values, faults, {
    key: 'depositTaxPoint',
    words: DEPOSIT_TAX_POINTS,
    fallback: DEFAULT_DEPOSIT_TAX_POINT,
  });
  const offlineSpendingLimitMinor = readAmountMinor(values, faults, 'offlineSpendingLimitMinor');
  const offlineAdvanceMinor = readAmountMinor(values, faults, 'offlineAdvanceMinor');
  const offlineCards = readOfflineCards(values, faults);
  const cashOutBelowMinor = readAmountMinor(values, faults, 'cashOutBelowMinor');
  const promotionPolicy = readPromotionPolicy(values, faults);
  const returns = readReturnPolicy(values, faults);
  const lineRounding = wordOf(values, faults, { key: 'lineRounding', words: LINE_ROUNDINGS, fallback: DEFAULT_LINE_ROUNDING });
  const benefitShares = wordOf(values, faults, { key: 'benefitShares', words: BENEFIT_SHARES, fallback: DEFAULT_BENEFIT_SHARES });
  const exemptPrices = wordOf(values, faults, { key: 'exemptPrices', words: EXEMPT_PRICES, fallback: DEFAULT_EXEMPT_PRICES });
  const manualDiscountOrder = wordOf(values, faults, {
    key: 'manualDiscountOrder',
    words: MANUAL_DISCOUNT_ORDERS,
    fallback: DEFAULT_MANUAL_DISCOUNT_ORDER,
  });
  const inStoreCodes = readInStoreCodes(values, faults);
  const signOn = readSignOn(values, faults);
  const drawerLimitMinor = readAmountMinor(values, faults, 'drawerLimitMinor');
  const dayRollsAtHour = readDayStart(values, faults);
  const shiftPer = wordOf(values, faults, { key: 'shiftPer', words: SHIFT_PER, fallback: 'drawer' });
  const ledgerKeeping = readLedgerKeeping(values, faults);
  const invoiceKeys = parseInvoiceKeys(values.get('invoiceKeys') ?? '');
  if (invoiceKeys === undefined) faults.push(settingFault('invoiceKeys', values.get('invoiceKeys'), 'on each line a year and a key'));
  const mailKeyText = values.get('receiptMailKey') ?? '';
  const receiptMailKey = parseReceiptMailKey(mailKeyText);
  if (receiptMailKey === undefined && mailKeyText !== '') faults.push(settingFault('receiptMailKey', mailKeyText, 'a name and a key'));
  const receiptPaper = wordOf(values, faults, { key: 'receiptPaper', words: ['always', 'asked'], fallback: 'always' });
  const personalKey = readPersonalKey(values, faults);
  const callingCode = readCallingCode(values, faults);
  const fiscalSigning = wordOf(values, faults, { key: 'fiscalSigning', words: FISCAL_REGIMES, fallback: 'off' });
  const storeTaxNumber = values.get('storeTaxNumber')?.trim() ?? '';
  const receiptLogo = readReceiptLogo(values, faults);
  const roundUpSku = values.get('roundUpSku') ?? '';
  const loyalty = readLoyalty(values, faults);
  const receiptHeader = values.get('receiptHeader') ?? '';
  const receiptLegal = values.get('receiptLegal') ?? '';
  const displayText = values.get('displayText') ?? '';
  const displayPage = values.get('displayPage') ?? '';
  return ok({
    settings: {
      currency,
      taxInclusive: taxInclusive === 'true',
      taxRounding: isRounding ? rounding : SETTING_DEFAULTS.taxRounding,
      timeZone,
      storeName: values.get('storeName') ?? SETTING_DEFAULTS.storeName,
      storeAddress: values.get('storeAddress') ?? SETTING_DEFAULTS.storeAddress,
      receiptFooter: values.get('receiptFooter') ?? SETTING_DEFAULTS.receiptFooter,
      quantityAskAbove: isCount ? Number(askAbove) : SETTING_DEFAULTS.quantityAskAbove,
      locale: isKnownLocale ? locale : SETTING_DEFAULTS.locale,
      ...(receiptHeader.trim() !== '' && { receiptHeader }),
      ...(receiptLegal.trim() !== '' && { receiptLegal }),
      ...(ownCodes.ok && ownCodes.value.length > 0 && { ownCodes: ownCodes.value }),
      ...(cashRounding !== undefined && { cashRounding }),
      ...(taxPolicy !== undefined && { taxPolicy }),
      ...(depositTaxPoint !== DEFAULT_DEPOSIT_TAX_POINT && { depositTaxPoint }),
      ...(offlineSpendingLimitMinor > 0 && { offlineSpendingLimitMinor }),
      ...(offlineAdvanceMinor > 0 && { offlineAdvanceMinor }),
      ...(offlineCards !== undefined && { offlineCards }),
      ...(cashOutBelowMinor > 0 && { cashOutBelowMinor }),
      ...(loyalty !== undefined && { loyalty }),
      ...(promotionPolicy !== undefined && { promotionPolicy }),
      ...(returns !== undefined && { returns }),
      ...(lineRounding !== DEFAULT_LINE_ROUNDING && { lineRounding }),
      ...(benefitShares !== DEFAULT_BENEFIT_SHARES && { benefitShares }),
      ...(exemptPrices !== DEFAULT_EXEMPT_PRICES && { exemptPrices }),
      ...(manualDiscountOrder !== DEFAULT_MANUAL_DISCOUNT_ORDER && { manualDiscountOrder }),
      ...(inStoreCodes.length > 0 && { inStoreCodes }),
      ...(signOn !== undefined && { signOn }),
      ...(drawerLimitMinor > 0 && { drawerLimitMinor }),
      ...(dayRollsAtHour !== undefined && { dayRollsAtHour }),
      ...(fiscalSigning !== 'off' && { fiscalSigning }),
      ...(shiftPer === 'cashier' && { shiftPer }),
      ...(ledgerKeeping !== undefined && { ledgerKeeping }),
      ...(invoiceKeys !== undefined && Object.keys(invoiceKeys).length > 0 && { invoiceKeys }),
      ...(receiptMailKey !== undefined && { receiptMailKey }),
      ...(receiptPaper === 'asked' && { receiptPaper }),
      ...(personalKey !== undefined && { personalKey }),
      ...(callingCode !== undefined && { callingCode }),
      ...(storeTaxNumber !== '' && { storeTaxNumber }),
      ...(receiptLogo !== '' && { receiptLogo }),
      ...(roundUpSku !== '' && { roundUpSku }),
      ...(displayText !== '' && { displayText }),
      ...(displayPage !== '' && { displayPage }),
    },
    faults,
  });
}
