/** Tax classes as they are read and written: periods, the newest first, of one or several taxes each. */
import { z } from 'zod';

import { format } from '../format.ts';
import type { Preview } from '../hub-client.ts';
import type { Rule, RuleWish } from './rules.ts';

const componentSchema = z.object({
  component: z.string(),
  name: z.string(),
  ratePpm: z.int().optional(),
  on: z.array(z.string()).optional(),
  perUnitMinor: z.int().optional(),
  currency: z.string().optional(),
});
const periodSchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  service: z.enum(['eatIn', 'takeAway']).optional(),
  exempt: z.literal(true).optional(),
  name: z.string().optional(),
  taxes: z.array(componentSchema),
});

export type TaxPreview = Preview<'putTaxClasses'>;
type PreviewedClass = TaxPreview['groups'][number]['classes'][number];
export type Period = NonNullable<NonNullable<PreviewedClass['after']>['variants']>[number];
export type Component = Period['taxes'][number];
export type TaxedBasket = NonNullable<PreviewedClass['basket']>;

/** What is written of a class, or that nothing is said of it any more. */
export type WrittenClass =
  | {
      readonly classes: readonly {
        readonly taxClass: string;
        readonly name: string;
        readonly rateBps: number;
        readonly periods: readonly Period[];
      }[];
    }
  | { readonly removed: readonly string[] };
export type TaxWish = RuleWish &
  WrittenClass & {
    readonly by?: string;
    readonly approval?: { readonly by: string; readonly pin: string };
  };

export interface TaxClass {
  readonly key: string;
  readonly name: string;
  readonly rateBps: number;
  readonly periods: readonly Period[];
}

const periodsSchema = z.array(periodSchema);

/** What cannot be read has no periods here; lanes sell nothing of it either. */
export function classOf({ key, fields }: Pick<Rule, 'key' | 'fields'>): TaxClass {
  const { name, rateBps, rules } = fields;
  let periods: readonly Period[] = [];
  try {
    periods = typeof rules === 'string' ? (periodsSchema.safeParse(JSON.parse(rules)).data ?? []) : [];
  } catch {
    periods = [];
  }
  return { key, name: typeof name === 'string' ? name : key, rateBps: typeof rateBps === 'number' ? rateBps : 0, periods };
}

/** `19`, `8.875`: as many decimals as there are. */
export const percentText = (ppm: number): string => {
  const digits = String(ppm).padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0+$/, '');
  return `${digits.slice(0, -4)}${decimals === '' ? '' : `.${decimals}`}`;
};

const componentText = ({ name, ratePpm, perUnitMinor = 0, currency = '' }: Component): string =>
  ratePpm === undefined ? `${name} ${format.currency(perUnitMinor, 2, currency)} each` : `${name} ${percentText(ratePpm)} %`;

/** A rate's own name often says it already. */
const isNamed = ({ name, ratePpm }: Component): boolean => ratePpm !== undefined && name.includes(percentText(ratePpm));

export const taxesText = (taxes: readonly Component[]): string =>
  taxes.length === 0 ? 'untaxed' : taxes.map((each) => (isNamed(each) ? each.name : componentText(each))).join(' + ');

const baseText = ({ name, rateBps }: Pick<TaxClass, 'name' | 'rateBps'>): string =>
  taxesText([{ component: 'tax', name, ratePpm: rateBps * 100 }]);

/** For everybody, wherever it is eaten: what most goods are charged. */
const isPlain = ({ service, exempt }: Period): boolean => service === undefined && exempt === undefined;

export function chargedOn(of: TaxClass, date: string): string {
  const held = of.periods.find(
    (period) => isPlain(period) && (period.from === undefined || period.from <= date) && (period.to === undefined || date < period.to),
  );
  return held === undefined ? baseText(of) : taxesText(held.taxes);
}

/** The next day on which something begins or ends. */
export const nextDay = ({ periods }: TaxClass, today: string): string | undefined => {
  const days = periods.flatMap(({ from, to }) => [from, to].filter((date) => date !== undefined && date > today));
  return days.reduce((first, date) => (first === undefined || (date !== undefined && date < first) ? date : first), undefined);
};

const SERVICE_TEXT = { eatIn: 'eaten in', takeAway: 'taken away' } as const;

export const whenText = ({ from, to }: Period): string => {
  if (from === undefined) return to === undefined ? 'always' : `until ${to}`;
  return to === undefined ? `from ${from}` : `${from} until ${to}`;
};
export const forText = ({ service, exempt }: Period): string =>
  [service === undefined ? '' : SERVICE_TEXT[service], exempt ? 'with a certificate' : ''].filter((part) => part !== '').join(', ') ||
  'everybody';

export const sameText = baseText;

/** The newest first; of those that begin on one day, those of some before those of all. */
export function withPeriod(periods: readonly Period[], period: Period): readonly Period[] {
  const rankOf = ({ from = '', to, service, exempt }: Period): string =>
    `${from} ${to === undefined ? 0 : 1}${service === undefined ? 0 : 1}${exempt ? 1 : 0}`;
  return [...periods, period].toSorted((one, other) => (rankOf(one) < rankOf(other) ? 1 : rankOf(one) > rankOf(other) ? -1 : 0));
}

/** One tax on each line, as `VAT 19` or `State 6.25`; undefined where a line is none. */
export function taxesIn(text: string, known: readonly Component[]): readonly Component[] | undefined {
  const taxes: Component[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue;
    const match = /^(?<name>.*?\S)\s+(?<whole>\d{1,3})(?:[.,](?<decimals>\d{1,4}))?\s*%?$/u.exec(line);
    const { name = '', whole = '', decimals = '' } = match?.groups ?? {};
    if (name === '') return undefined;
    const held = known.find((each) => each.name === name)?.component;
    const component =
      held ??
      (name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
        .slice(0, 40) ||
        `tax-${taxes.length + 1}`);
    if (taxes.some((each) => each.component === component)) return undefined;
    taxes.push({ component, name, ratePpm: Number(whole + decimals.padEnd(4, '0')) });
  }
  return taxes;
}

/** As headquarters call it today; of one that is gone, its key. */
export function taxNameOf(rules: readonly Rule[], key: string, component: string | null): string {
  const rule = rules.find((each) => each.key === key);
  const held = rule && classOf(rule);
  const tax = held?.periods.flatMap(({ taxes }) => taxes).find((each) => each.component === component);
  const names = [held?.name ?? key, component === null ? '' : (tax?.name ?? component)];
  return names.filter((name) => name !== '').join(', ');
}

/** What a shopper pays of a basket, and which tax is in it. */
export function basketText({ amountMinor, currency, minorDigits, before, after, totals }: TaxedBasket): string {
  const money = (minor: number): string => format.currency(minor, minorDigits, currency);
  const side = (taxes: TaxedBasket['before'], totalMinor: number | null): string =>
    taxes === null || totalMinor === null
      ? 'not sold'
      : `${money(totalMinor)}, of it ${taxes.map(({ name, taxMinor }) => `${name} ${money(taxMinor)}`).join(' and ')}`;
  return `Goods of ${money(amountMinor)}: ${side(before, totals.beforeMinor)} → ${side(after, totals.afterMinor)}`;
}
