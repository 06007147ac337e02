/** Many articles changed at once, as the hub takes it: what a person wrote made into a request, its report checked on arrival. */
import { err, ok, type Result } from '@holdfast/base';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';

import { askLines, type Progress } from '../progress.ts';
import { type Attribute, attributeLabel } from './attributes.ts';
import { type Named, UNITS, type Value } from './products.ts';

const named = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const reportSchema = z.object({
  type: z.literal('report'),
  found: z.int(),
  changing: z.int(),
  unchanged: z.int(),
  refused: z.int(),
  samples: z.array(z.object({ sku: z.string(), name: z.string(), before: named, after: named })),
  refusals: z.array(z.object({ sku: z.string(), name: z.string(), reason: z.string() })),
  version: z.string(),
  lsn: z.int().nullable(),
});
export type BulkReport = z.infer<typeof reportSchema>;

export interface Wanted {
  readonly kind: string;
  readonly label: string;
  readonly form: 'department' | 'brand' | 'tax' | 'text' | 'int' | 'percent' | 'money' | 'unit' | 'collection' | 'attribute';
  readonly about?: string;
  /** Of a value of it. */
  readonly attribute?: Attribute;
}

/** What can be changed of many; the first ones are what it is done for most. */
const WANTED: readonly Wanted[] = [
  { kind: 'category', label: 'Department', form: 'department' },
  { kind: 'brand', label: 'Brand', form: 'brand' },
  { kind: 'taxClass', label: 'Tax class', form: 'tax' },
  { kind: 'percent', label: 'Price, by percent', form: 'percent', about: '5 or -10; of the lasting price' },
  { kind: 'amount', label: 'Price', form: 'money', about: 'from now on' },
  { kind: 'putIn', label: 'Put into the collection', form: 'collection' },
  { kind: 'takeOut', label: 'Take out of the collection', form: 'collection' },
  { kind: 'minimumAgeYears', label: 'Minimum age', form: 'int', about: 'years' },
  { kind: 'minimumCashierAgeYears', label: 'Cashier’s minimum age', form: 'int', about: 'years' },
  { kind: 'returnDays', label: 'Returned within', form: 'int', about: 'days; 0: never' },
  { kind: 'maximumPerSale', label: 'Most in one sale', form: 'int' },
  { kind: 'depositSku', label: 'Deposit', form: 'text', about: 'the SKU of the bottle, can or crate' },
  { kind: 'saleHours', label: 'Sold at', form: 'text', about: 'mo-sa 06:00-22:00; su 10:00-18:00' },
  { kind: 'style', label: 'Style', form: 'text', about: 'what they are called together, as variants of one thing' },
  { kind: 'unit', label: 'Sold by', form: 'unit' },
];

/** As the hub's report names it. */
const ATTRIBUTE_MARK = 'attr:';

/** With a value of each attribute. */
export const wantedWith = (attributes: readonly Attribute[]): readonly Wanted[] => [
  ...WANTED,
  ...attributes.map((attribute) => ({
    kind: `${ATTRIBUTE_MARK}${attribute.attribute}`,
    label: attributeLabel(attribute),
    form: 'attribute' as const,
    attribute,
  })),
];

const wantedOf = (kind: string): Wanted | undefined => WANTED.find((each) => each.kind === kind);

/** Nothing of these is taken away: an article has them, or they say what to do. */
const NEEDED: ReadonlySet<string> = new Set(['taxClass', 'unit', 'percent', 'amount', 'putIn', 'takeOut']);

export const ENDINGS = [
  { value: '', label: 'as it comes' },
  { value: '9', label: '…9' },
  { value: '99', label: '…99' },
  { value: '95', label: '…95' },
  { value: '90', label: '…90' },
  { value: '5', label: '…5' },
  { value: '0', label: '…0' },
  { value: '00', label: '…00' },
];

export interface WrittenLine {
  readonly id: number;
  readonly kind: string;
  readonly value: string;
  /** Of a price by percent. */
  readonly ending: string;
}

export interface BulkChange {
  readonly fields: Named;
  /** By their codes; null takes one away. */
  readonly attributes?: Readonly<Record<string, string | null>>;
  readonly collections: { readonly putIn: readonly string[]; readonly takeOut: readonly string[] };
  readonly price?: { readonly amount: string; readonly currency: string } | { readonly percentBps: number; readonly ending?: string };
}

/** `5`, `-10`, `2,5`: hundredths of a percent; undefined for what is none. */
export function percentToBps(text: string): number | undefined {
  const match = /^([+\-−]?)(\d{1,4})(?:[.,](\d{1,2}))?$/.exec(text.replace('%', '').trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const bps = Number(whole + fraction.padEnd(2, '0'));
  return sign === '' || sign === '+' ? bps : -bps;
}

/** Why it cannot be sent is for the person who wrote it; an empty text: there is nothing to be said yet. */
export function changeOf(lines: readonly WrittenLine[], currency: string): Result<BulkChange, string> {
  const fields: Record<string, Value> = {};
  const attributes: Record<string, string | null> = {};
  const collections = { putIn: [] as string[], takeOut: [] as string[] };
  let price: BulkChange['price'];
  for (const { kind, value: written, ending } of lines) {
    const value = written.trim();
    if (kind.startsWith(ATTRIBUTE_MARK)) {
      attributes[kind.slice(ATTRIBUTE_MARK.length)] = value === '' ? null : value;
      continue;
    }
    const wanted = wantedOf(kind);
    if (wanted === undefined || (value === '' && NEEDED.has(kind))) return err('');
    if (kind === 'putIn' || kind === 'takeOut') collections[kind].push(value);
    else if (kind === 'percent') {
      const percentBps = percentToBps(value);
      if (percentBps === undefined || percentBps <= -10_000) return err('5, -10 or 2.5: so many percent, and less than all of it.');
      price = { percentBps, ...(ending !== '' && { ending }) };
    } else if (kind === 'amount') price = { amount: value.replace(',', '.'), currency };
    else if (wanted.form !== 'int' || value === '') fields[kind] = value === '' ? null : value;
    else if (/^\d{1,9}$/.test(value)) fields[kind] = Number(value);
    else return err(`${wanted.label}: a whole number.`);
  }
  if (lines.length === 0) return err('');
  return ok({ fields, ...(Object.keys(attributes).length > 0 && { attributes }), collections, ...(price && { price }) });
}

/** Picked articles, or what finds them. */
export type BulkOf = { readonly skus: readonly string[] } | { readonly filter: Readonly<Record<string, string>> };

export interface BulkWish {
  readonly scope: string;
  readonly of: BulkOf;
  readonly change: BulkChange;
  /** Of a preview; absent: it is one. */
  readonly basedOn?: string;
}

/** How many articles the hub has read, while it does. */
export function useBulk() {
  const client = useQueryClient();
  const [read, setRead] = useState(0);
  const asked = useMutation({
    mutationFn: async ({ scope, of, change, basedOn }: BulkWish): Promise<BulkReport> => {
      setRead(0);
      return askLines(
        reportSchema,
        '/api/v1/product-changes',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ scope, ...of, ...change, ...(basedOn !== undefined && { basedOn }) }),
        },
        (progress: Progress) => setRead(progress['read'] ?? 0),
      );
    },
    networkMode: 'always',
    onSuccess: async (report) => {
      if (report.lsn === null) return;
      for (const key of [
        'products',
        'product',
        'changes',
        'publications',
        'prices',
        'goodsWords',
        'categories',
        'brands',
        'styles',
        'attributes',
      ])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
  return { ...asked, read };
}

const FIELD_LABELS: Readonly<Record<string, string>> = { collections: 'Collections', price: 'Price' };
export const fieldLabel = (name: string, wanted: readonly Wanted[]): string =>
  FIELD_LABELS[name] ?? wanted.find(({ kind }) => kind === name)?.label ?? name;
/** As a person reads it. */
export function valueText(name: string, value: Value): string {
  if (value === null) return '–';
  if (name === 'unit') return UNITS.find((unit) => unit.value === value)?.label ?? String(value);
  return String(value).replaceAll('\n', ', ');
}
