/** Settings by scope as the hub tells them, checked on arrival; and what each is called. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Answer, askHub, previewIn, publishedIn } from '../hub-client.ts';
import { placeText } from '../inquiry/changes.ts';

export type Setting = Answer<'getSettings'>['settings'][number];

export const useSettings = (scope: string) =>
  useQuery({
    queryKey: ['settings', scope],
    queryFn: ({ signal }) => askHub('getSettings', { question: { scope } }, signal),
    // Somebody is writing in what was read: it is not exchanged under their hands.
    refetchOnWindowFocus: false,
  });

export interface SettingWish {
  readonly scope: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly reason?: string;
  readonly basedOn?: number;
}

const send = async (body: SettingWish, preview: 'true' | 'false'): Promise<Answer<'putSettings'>> =>
  askHub('putSettings', { question: { preview }, body });

export const useSettingPreview = () =>
  useMutation({ mutationFn: async (wish: SettingWish) => previewIn(await send(wish, 'true')).groups, networkMode: 'always' });

export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: SettingWish) => publishedIn(await send(wish, 'false')),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['settings', 'stores', 'changes', 'publications']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export const GROUPS: readonly (readonly [string, string])[] = [
  ['store', 'The store'],
  ['receipt', 'Receipts and the shopper’s display'],
  ['tax', 'Tax'],
  ['cash', 'Cash'],
  ['prices', 'Prices and promotions'],
  ['returns', 'Returns'],
  ['offline', 'Without the hub'],
  ['people', 'Signing on'],
  ['customers', 'Customers and points'],
  ['codes', 'Codes that the company makes'],
  ['journal', 'Journal and signatures'],
];

interface Words {
  readonly label: string;
  readonly about?: string;
}

const NAMES: Readonly<Record<string, Words>> = {
  storeName: { label: 'Name' },
  storeAddress: { label: 'Address' },
  country: { label: 'Country', about: 'Brings its own defaults of tax and cash' },
  currency: { label: 'Currency', about: 'ISO 4217: EUR' },
  timeZone: { label: 'Time zone', about: 'IANA: Europe/Berlin' },
  locale: { label: 'Language', about: 'de, en-GB' },
  zone: { label: 'Zone' },
  dayRollsAtHour: { label: 'A day ends at', about: 'the hour, 0 to 11, at which one that nobody closed ends' },
  receiptHeader: { label: 'Under the address of every receipt' },
  receiptFooter: { label: 'Under every receipt' },
  receiptLegal: { label: 'At the end of every receipt' },
  storeTaxNumber: { label: 'Tax number of the seller' },
  receiptPaper: { label: 'Receipts on paper' },
  receiptLogo: { label: 'Picture above every receipt' },
  receiptMailKey: { label: 'Key for receipts by mail' },
  invoiceKeys: { label: 'Keys for invoices' },
  displayText: { label: 'Between sales the display says' },
  displayPage: { label: 'Page of keys that the display shows' },
  taxInclusive: { label: 'Prices include tax' },
  taxRounding: { label: 'Tax is rounded' },
  taxRoundingBasis: { label: 'Tax is rounded by' },
  includedTaxHalf: { label: 'Half a cent of an included tax goes to' },
  fixedTaxReturns: { label: 'Fixed taxes of returns' },
  depositTaxPoint: { label: 'Deposits are taxed with' },
  exemptPrices: { label: 'Prices of exempt customers' },
  benefitShares: { label: 'Benefits of taxed and other goods' },
  cashRoundingStep: { label: 'Cash is rounded to', about: 'minor units: 1 for none, 5, 10, 100' },
  cashRoundingMode: { label: 'Cash is rounded' },
  cashRoundingScope: { label: 'What is rounded' },
  cashRoundingRefunds: { label: 'Cash refunds' },
  drawerLimitMinor: { label: 'A drawer asks for a drop above' },
  shiftPer: { label: 'A shift for each' },
  cashOutBelowMinor: { label: 'Gift cards are paid out below' },
  roundUpSku: { label: 'Donation that totals are rounded up with', about: 'its SKU' },
  lineRounding: { label: 'Lines are rounded' },
  quantityAskAbove: { label: 'Ask above so many of one line' },
  manualDiscountOrder: { label: 'Manual discounts come' },
  promotionStacking: { label: 'Promotions on one line' },
  promotionStackingOrder: { label: 'Which of them come first' },
  discountRounding: { label: 'Discounts are rounded by' },
  promotionMinimum: { label: 'A minimum is looked at' },
  promotionsAcrossPriorities: { label: 'Promotions of several priorities' },
  promotionsOnSetPrices: { label: 'Prices that a cashier set' },
  returnDays: { label: 'Returned within', about: 'days; 0: never' },
  bundleReturns: { label: 'A part of a bundle comes back' },
  returnsWithoutReceipt: { label: 'Without a receipt' },
  lowestPriceDays: { label: 'The lowest price of so many days' },
  unverifiedReturnMaximumMinor: { label: 'Unverified returns at most' },
  offlineSpendingLimitMinor: { label: 'Of one balance a lane takes' },
  offlineAdvanceMinor: { label: 'Granted to a lane ahead' },
  offlineCardMaximumMinor: { label: 'One card payment' },
  offlineCardCount: { label: 'Card payments of a card' },
  offlineCardSumMinor: { label: 'All card payments of a lane' },
  offlineCardHours: { label: 'For so many hours' },
  signOnBy: { label: 'PIN or badge' },
  lockAfterMinutes: { label: 'A lane locks after', about: 'minutes; 0: never' },
  rightsLastDays: { label: 'Rights last without the hub', about: 'days; 0: always' },
  signOnStartsAs: { label: 'Lanes begin signed on as' },
  passcodeSecretNo: { label: 'Secret of PINs and badges' },
  loyaltyEarnPoints: { label: 'Points that are earned' },
  loyaltyEarnPerMinor: { label: 'For each' },
  loyaltyTiers: { label: 'Tiers', about: 'on each line a tier, its points and its percentage: gold 2000 150' },
  loyaltyTierDays: { label: 'A tier lasts', about: 'days' },
  loyaltyBirthdayPercent: { label: 'On a birthday', about: 'percent of the points' },
  callingCode: { label: 'Calling code of the country', about: '49' },
  personalKey: { label: 'Key that customers are sealed to' },
  inStoreCodes: { label: 'Codes with a price or a weight', about: 'a template on each line' },
  ownCodes: { label: 'Codes for what is no goods', about: 'a rule on each line' },
  ledgerKeptDays: { label: 'A lane keeps its journal', about: 'days' },
  fiscalPeriod: { label: 'Fiscal period' },
  fiscalSigning: { label: 'Signatures' },
};

export const nameOf = (key: string): Words => NAMES[key] ?? { label: key };

const WORDS: Readonly<Record<string, string>> = {
  true: 'yes',
  false: 'no',
  'half-up': 'half up',
  'half-even': 'half to even',
  'half-down': 'half down',
  taxClass: 'tax class',
  document: 'whole receipt',
  mirrored: 'as their sale',
  'toward-zero': 'never more than is owed',
  withoutTax: 'without the tax',
  taxedFirst: 'taxed goods first',
  afterPromotions: 'after promotions',
  beforePromotions: 'before promotions',
  compound: 'one on what the other left',
  add: 'added together',
  amountsFirst: 'amounts',
  percentagesFirst: 'percentages',
  before: 'before discounts',
  after: 'after discounts',
  final: 'stand',
  promoted: 'are promoted, too',
  keep: 'the rest keeps its price',
  reprice: 'the rest is priced anew',
  currentPrice: 'today’s price',
  lowestPrice: 'the lowest price',
  storeCredit: 'store credit',
  approval: 'with an approval',
  asked: 'when asked for',
  either: 'either',
  both: 'both',
};

/** As a person reads it; empty where nothing is said. */
export function valueText({ kind, isSet }: Pick<Setting, 'kind' | 'isSet'>, value: string | null): string {
  if (kind === 'own') return isSet ? 'is set' : '';
  if (value === null) return '';
  return kind === 'word' ? (WORDS[value] ?? value) : value;
}

export const wordText = (word: string): string => WORDS[word] ?? word;

export const fromText = (from: string | null): string => {
  if (from === null) return 'nothing says it';
  if (from === 'default') return 'the program';
  return from === 'country' ? 'the country' : placeText(from);
};

/** By what it is called, what it says, or its key. */
export const isShown = (setting: Setting, q: string): boolean => {
  const { label, about = '' } = nameOf(setting.key);
  return [label, about, setting.key, setting.value ?? ''].some((text) => text.toLowerCase().includes(q.trim().toLowerCase()));
};
