/**
 * Which settings there are: what kind of text each is, what it may say and what holds where nobody says it. `readSettings` reads them; that it reads these and no others a test holds.
 * What the hub keeps by itself, and what is no text that a person writes, is marked as its own.
 */
import { DEFAULT_MANUAL_DISCOUNT_ORDER, MANUAL_DISCOUNT_ORDERS } from '../basket/manual-discount.ts';
import { DEFAULT_DEPOSIT_TAX_POINT, DEPOSIT_TAX_POINTS } from '../catalog/nature.ts';
import { DEFAULT_LEDGER_KEEPING, FISCAL_PERIODS } from '../ledger/ledger-keeping.ts';
import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES, REFUND_ROUNDINGS } from '../money/cash-rounding.ts';
import { DEFAULT_LINE_ROUNDING, LINE_ROUNDINGS } from '../money/money.ts';
import { DEFAULT_SIGN_ON, SIGN_ON_BY } from '../people/sign-on.ts';
import { PROMOTION_POLICY_DEFAULTS, PROMOTION_POLICY_WORDS } from '../promotions/rule.ts';
import { FISCAL_REGIMES } from '../receipt/fiscal.ts';
import { BUNDLE_RETURNS } from '../returns/return-bundle.ts';
import { DEFAULT_RETURN_POLICY, RETURNS_WITHOUT_RECEIPT } from '../returns/return-terms.ts';
import { BENEFIT_SHARES, DEFAULT_BENEFIT_SHARES } from '../tax/benefit-tax.ts';
import { DEFAULT_EXEMPT_PRICES, EXEMPT_PRICES } from '../tax/exemption.ts';
import { DEFAULT_TAX_POLICY, FIXED_TAX_RETURNS, INCLUDED_HALVES, TAX_ROUNDING_BASES } from '../tax/tax.ts';
import { COUNTRY_DEFAULTS } from './country-defaults.ts';
import { SETTING_DEFAULTS, ZONE_SETTING } from './settings.ts';

const SETTING_GROUPS = [
  'store',
  'receipt',
  'tax',
  'cash',
  'prices',
  'returns',
  'offline',
  'people',
  'customers',
  'codes',
  'journal',
] as const;
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** `amount`: minor units of the store's currency. `lines`: a text of several. `own`: the hub's, or no text that a person writes. */
export type SettingKind = 'text' | 'lines' | 'word' | 'count' | 'amount' | 'own';

export interface SettingRow {
  readonly key: string;
  readonly group: SettingGroup;
  readonly kind: SettingKind;
  /** Of a `word`: all that there are. */
  readonly words?: readonly string[];
  /** What holds where no scope and no country says it; absent: nothing. */
  readonly fallback?: string;
}

const row = (group: SettingGroup, kind: SettingKind, key: string, fallback?: string | number): SettingRow => ({
  key,
  group,
  kind,
  ...(fallback !== undefined && { fallback: String(fallback) }),
});
const word = (group: SettingGroup, key: string, words: readonly string[], fallback?: string): SettingRow => ({
  key,
  group,
  kind: 'word',
  words,
  ...(fallback !== undefined && { fallback }),
});

const promotionWord = (key: string, name: keyof typeof PROMOTION_POLICY_WORDS): SettingRow =>
  word('prices', key, PROMOTION_POLICY_WORDS[name], PROMOTION_POLICY_DEFAULTS[name]);

export const SETTINGS: readonly SettingRow[] = [
  row('store', 'text', 'storeName', SETTING_DEFAULTS.storeName),
  row('store', 'lines', 'storeAddress', SETTING_DEFAULTS.storeAddress),
  word('store', 'country', Object.keys(COUNTRY_DEFAULTS)),
  row('store', 'text', 'currency'),
  row('store', 'text', 'timeZone'),
  row('store', 'text', 'locale', SETTING_DEFAULTS.locale),
  row('store', 'own', ZONE_SETTING),
  row('store', 'count', 'dayRollsAtHour', 4),
  row('receipt', 'lines', 'receiptHeader'),
  row('receipt', 'lines', 'receiptFooter', SETTING_DEFAULTS.receiptFooter),
  row('receipt', 'lines', 'receiptLegal'),
  row('receipt', 'text', 'storeTaxNumber'),
  word('receipt', 'receiptPaper', ['always', 'asked'], 'always'),
  row('receipt', 'own', 'receiptLogo'),
  row('receipt', 'own', 'receiptMailKey'),
  row('receipt', 'own', 'invoiceKeys'),
  row('receipt', 'text', 'displayText'),
  row('receipt', 'text', 'displayPage'),
  word('tax', 'taxInclusive', ['true', 'false']),
  word('tax', 'taxRounding', ['half-up', 'half-even'], SETTING_DEFAULTS.taxRounding),
  word('tax', 'taxRoundingBasis', TAX_ROUNDING_BASES, DEFAULT_TAX_POLICY.basis),
  word('tax', 'includedTaxHalf', INCLUDED_HALVES, DEFAULT_TAX_POLICY.includedHalf),
  word('tax', 'fixedTaxReturns', FIXED_TAX_RETURNS, DEFAULT_TAX_POLICY.fixedTaxReturns),
  word('tax', 'depositTaxPoint', DEPOSIT_TAX_POINTS, DEFAULT_DEPOSIT_TAX_POINT),
  word('tax', 'exemptPrices', EXEMPT_PRICES, DEFAULT_EXEMPT_PRICES),
  word('tax', 'benefitShares', BENEFIT_SHARES, DEFAULT_BENEFIT_SHARES),
  row('cash', 'count', 'cashRoundingStep', 1),
  word('cash', 'cashRoundingMode', CASH_ROUNDING_MODES, 'half-up'),
  word('cash', 'cashRoundingScope', CASH_ROUNDING_SCOPES, 'cash'),
  word('cash', 'cashRoundingRefunds', REFUND_ROUNDINGS, 'mirrored'),
  row('cash', 'amount', 'drawerLimitMinor'),
  word('cash', 'shiftPer', ['drawer', 'cashier'], 'drawer'),
  row('cash', 'amount', 'cashOutBelowMinor'),
  row('cash', 'text', 'roundUpSku'),
  word('prices', 'lineRounding', LINE_ROUNDINGS, DEFAULT_LINE_ROUNDING),
  row('prices', 'count', 'quantityAskAbove', SETTING_DEFAULTS.quantityAskAbove),
  word('prices', 'manualDiscountOrder', MANUAL_DISCOUNT_ORDERS, DEFAULT_MANUAL_DISCOUNT_ORDER),
  promotionWord('promotionStacking', 'stacking'),
  promotionWord('promotionStackingOrder', 'stackingOrder'),
  promotionWord('discountRounding', 'discountRounding'),
  promotionWord('promotionMinimum', 'minimumBasis'),
  promotionWord('promotionsAcrossPriorities', 'acrossPriorities'),
  promotionWord('promotionsOnSetPrices', 'setPrices'),
  row('returns', 'count', 'returnDays'),
  word('returns', 'bundleReturns', BUNDLE_RETURNS, DEFAULT_RETURN_POLICY.bundles),
  word('returns', 'returnsWithoutReceipt', RETURNS_WITHOUT_RECEIPT, DEFAULT_RETURN_POLICY.withoutReceipt),
  row('returns', 'count', 'lowestPriceDays', DEFAULT_RETURN_POLICY.lowestPriceDays),
  row('returns', 'amount', 'unverifiedReturnMaximumMinor', DEFAULT_RETURN_POLICY.unverifiedMaximumMinor),
  row('offline', 'amount', 'offlineSpendingLimitMinor'),
  row('offline', 'amount', 'offlineAdvanceMinor'),
  row('offline', 'amount', 'offlineCardMaximumMinor'),
  row('offline', 'count', 'offlineCardCount'),
  row('offline', 'amount', 'offlineCardSumMinor'),
  row('offline', 'count', 'offlineCardHours'),
  word('people', 'signOnBy', SIGN_ON_BY, DEFAULT_SIGN_ON.by),
  row('people', 'count', 'lockAfterMinutes', DEFAULT_SIGN_ON.lockAfterMinutes),
  row('people', 'count', 'rightsLastDays', DEFAULT_SIGN_ON.rightsLastDays),
  row('people', 'text', 'signOnStartsAs'),
  row('people', 'own', 'passcodeSecretNo'),
  row('customers', 'count', 'loyaltyEarnPoints'),
  row('customers', 'amount', 'loyaltyEarnPerMinor', 100),
  row('customers', 'lines', 'loyaltyTiers'),
  row('customers', 'count', 'loyaltyTierDays'),
  row('customers', 'count', 'loyaltyBirthdayPercent', 100),
  row('customers', 'text', 'callingCode'),
  row('customers', 'own', 'personalKey'),
  row('codes', 'lines', 'inStoreCodes'),
  row('codes', 'lines', 'ownCodes'),
  row('journal', 'count', 'ledgerKeptDays', DEFAULT_LEDGER_KEEPING.days),
  word('journal', 'fiscalPeriod', FISCAL_PERIODS, DEFAULT_LEDGER_KEEPING.period),
  word('journal', 'fiscalSigning', FISCAL_REGIMES, 'off'),
];
