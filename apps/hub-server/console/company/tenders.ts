/** Tenders as headquarters read and write them: which questions each kind has, what was written of them. */
import type { Rule, RuleWish } from './rules.ts';

type Value = string | number | boolean | null;

export interface TenderWish extends RuleWish {
  readonly tenders: readonly { readonly tenderType: string; readonly fields: Readonly<Record<string, Value>> | null }[];
}

export const KINDS: readonly { readonly value: string; readonly label: string }[] = [
  { value: 'card', label: 'Card' },
  { value: 'giftCard', label: 'Gift card' },
  { value: 'voucher', label: 'Voucher' },
  { value: 'storeCredit', label: 'Store credit' },
  { value: 'onAccount', label: 'On account' },
  { value: 'points', label: 'Points' },
  { value: 'foreignCash', label: 'Foreign cash' },
  { value: 'cash', label: 'Cash' },
];
export const kindText = (kind: Value | undefined): string =>
  KINDS.find(({ value }) => value === kind)?.label ?? (typeof kind === 'string' ? kind : '–');

const OVER_WORDS = { refused: 'is not taken', change: 'comes back as cash', forfeited: 'is lost to the shopper' } as const;
const REFUND_WORDS = { original: 'onto what it was paid with', cash: 'as cash', storeCredit: 'as store credit' } as const;

export interface TenderField {
  readonly name: string;
  readonly label: string;
  readonly about?: string;
  readonly kind: 'text' | 'count' | 'amount' | 'yes' | 'lines' | 'choice';
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** Absent: all kinds. */
  readonly of?: readonly string[];
}

const choicesOf = (words: Readonly<Record<string, string>>): NonNullable<TenderField['choices']> =>
  Object.entries(words).map(([value, label]) => ({ value, label }));
const BALANCES = ['giftCard', 'voucher', 'storeCredit', 'onAccount'];

const FIELDS: readonly TenderField[] = [
  { name: 'name', label: 'Name', about: 'On its key and on receipts', kind: 'text' },
  { name: 'position', label: 'Place of its key', about: '1 stands first', kind: 'count' },
  { name: 'maximumMinor', label: 'One payment at most', kind: 'amount' },
  { name: 'takesTips', label: 'Takes tips', kind: 'yes' },
  { name: 'overTender', label: 'More than is due', kind: 'choice', choices: choicesOf(OVER_WORDS), of: ['voucher'] },
  { name: 'refundTo', label: 'Refunds go', kind: 'choice', choices: choicesOf(REFUND_WORDS), of: ['card', 'giftCard', 'voucher'] },
  { name: 'cashBackMaximumMinor', label: 'Cash paid out on top, at most', kind: 'amount', of: ['card'] },
  { name: 'isStandAlone', label: 'On a terminal of its own', kind: 'yes', of: ['card'] },
  { name: 'untaxes', label: 'What it pays is untaxed', kind: 'yes', of: ['card', 'giftCard'] },
  { name: 'keepsBalance', label: 'Its balance is kept here', kind: 'yes', of: BALANCES },
  { name: 'asksSignature', label: 'Asks for a signature', kind: 'yes', of: ['card', 'points', ...BALANCES] },
  { name: 'currency', label: 'Currency', about: 'ISO 4217: USD', kind: 'text', of: ['foreignCash'] },
  {
    name: 'rateAmount',
    label: 'Worth of one',
    about: 'a whole number, in as many decimals as stand beside it',
    kind: 'count',
    of: ['foreignCash', 'points'],
  },
  { name: 'rateDecimals', label: 'Decimals of the worth', kind: 'count', of: ['foreignCash', 'points'] },
  { name: 'eligibleSkus', label: 'Pays for these SKUs alone', about: 'one on each line', kind: 'lines' },
  { name: 'eligibleTaxClasses', label: 'Or for these tax classes', about: 'one on each line', kind: 'lines' },
];

export const fieldsOf = (kind: string): readonly TenderField[] =>
  FIELDS.filter(
    (field) =>
      (field.of === undefined || field.of.includes(kind)) &&
      (kind !== 'cash' || ['name', 'position', 'maximumMinor', 'takesTips'].includes(field.name)),
  );

export type TenderForm = Readonly<Record<string, string>>;

const textOf = (value: Value | undefined): string =>
  value === undefined || value === null ? '' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);

export const formOf = (fields: Rule['fields']): TenderForm =>
  Object.fromEntries([['kind', textOf(fields['kind'])], ...FIELDS.map(({ name }) => [name, textOf(fields[name])])]);

/** What was written otherwise than it stands; undefined where a figure is none. */
export function changedFields(form: TenderForm, before: TenderForm): Readonly<Record<string, Value>> | undefined {
  const changed: Record<string, Value> = {};
  if (form['kind'] !== before['kind']) changed['kind'] = form['kind'] ?? '';
  for (const { name, kind } of fieldsOf(form['kind'] ?? '')) {
    const text = (form[name] ?? '').trim();
    if (text === (before[name] ?? '').trim()) continue;
    if (text === '') changed[name] = null;
    else if (kind === 'count' || kind === 'amount') {
      if (!/^\d{1,12}$/.test(text)) return undefined;
      changed[name] = Number(text);
    } else changed[name] = kind === 'yes' ? text === 'yes' : text;
  }
  return changed;
}

/** What is unusual of it, for the list. */
export const marksOf = ({ fields }: Pick<Rule, 'fields'>): readonly string[] =>
  FIELDS.flatMap(({ name, label, kind }) => (kind === 'yes' && fields[name] === true ? [label.toLowerCase()] : []));

/** As it is called at its place; of one that is gone, its key. Cash needs nothing to be said of it. */
export function tenderNameOf(rules: readonly Pick<Rule, 'key' | 'fields'>[], key: string): string {
  const name = rules.find((rule) => rule.key === key)?.fields['name'];
  return typeof name === 'string' ? name : key === 'cash' ? 'Cash' : key;
}
