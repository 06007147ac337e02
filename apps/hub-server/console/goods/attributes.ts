/** Attributes as the hub tells them, checked on arrival: which there are, how each is defined, and what somebody writes of an article's. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { plural } from '../format.ts';
import { type Answer, askHub } from '../hub-client.ts';
import { treeRows } from './category-tree.ts';
import { useCategories } from './filing.ts';

export type Attribute = Answer<'getAttributes'>['attributes'][number];
export type AttributeType = Attribute['type'];
/** By the codes of their attributes, as they stand in fields. */
export type AttributeForm = Readonly<Record<string, string>>;

/** All of the company: they are few. */
export const useAttributes = () =>
  useQuery({
    queryKey: ['attributes'],
    queryFn: async ({ signal }) => (await askHub('getAttributes', {}, signal)).attributes,
    staleTime: 60_000,
  });

/** With how many articles have each. */
export const useAttributeSizes = (isAsked = true) =>
  useQuery({
    enabled: isAsked,
    queryKey: ['attributes', 'sizes'],
    queryFn: async ({ signal }) => (await askHub('getAttributes', { question: { counts: 'true' } }, signal)).attributes,
  });

/** One, to be changed: asked anew each time that somebody opens it, and not exchanged under their hands. */
export const useAttribute = (code: string) =>
  useQuery({
    queryKey: ['attribute', code],
    queryFn: ({ signal }) => askHub('getAttributesByAttribute', { question: { attribute: code } }, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A code may be called as what every object has (`constructor`). */
export const valueIn = (form: AttributeForm, code: string): string | undefined => (Object.hasOwn(form, code) ? form[code] : undefined);

export const attributeLabel = ({ name, unit }: Pick<Attribute, 'name' | 'unit'>): string =>
  unit === undefined ? name : `${name}, ${unit}`;

export const ATTRIBUTE_TYPES: readonly { readonly value: AttributeType; readonly label: string }[] = [
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'choice', label: 'One of several' },
  { value: 'yesNo', label: 'Yes or no' },
];

const MOST_NAMED = 4;

/** `Number, W, 1 decimal`; `One of 12: Cotton, Linen, Silk, Wool …`. */
export function attributeKind({ type, unit, decimals = 0, choices = [] }: Attribute): string {
  if (type === 'choice')
    return `One of ${choices.length}: ${choices.slice(0, MOST_NAMED).join(', ')}${choices.length > MOST_NAMED ? ' …' : ''}`;
  const label = ATTRIBUTE_TYPES.find(({ value }) => value === type)?.label ?? type;
  return [label, ...(unit === undefined ? [] : [unit]), ...(decimals === 0 ? [] : [plural(decimals, 'decimal')])].join(', ');
}

/** `isLeft`: goods of its category do not have it; it may be taken away. */
export type ValueField = Attribute & { readonly isLeft: boolean };

/** The fields of an article: for what goods of its category may have, and for what it has besides. `path`: its category, below all that it lies in. */
export function valueFields(attributes: readonly Attribute[], path: readonly string[], held: AttributeForm): readonly ValueField[] {
  const isOf = ({ category }: Attribute): boolean => category === undefined || path.includes(category);
  const known = attributes.filter((each) => isOf(each) || valueIn(held, each.attribute) !== undefined);
  const codes = new Set(known.map(({ attribute }) => attribute));
  return [
    ...known.map((each) => ({ ...each, isLeft: !isOf(each) })),
    ...Object.keys(held)
      .filter((code) => !codes.has(code))
      .map((code) => ({ attribute: code, name: code, type: 'text' as const, isLeft: true })),
  ];
}

/** As `valueFields` has them; none before the hub told which there are. */
export function useValueFields(category: string, held: AttributeForm): { readonly fields: readonly ValueField[]; readonly error: unknown } {
  const { data, error } = useAttributes();
  const path = treeRows(useCategories().data ?? []).find((row) => row.category === category)?.path ?? [];
  return { fields: data === undefined ? [] : valueFields(data, path, held), error };
}

/** What differs from what was read, of the fields that are shown: emptied, it is taken away. */
export const changedValues = (
  fields: readonly Pick<ValueField, 'attribute'>[],
  form: AttributeForm,
  held: AttributeForm,
): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    fields.flatMap(({ attribute }): readonly (readonly [string, string | null])[] => {
      const text = valueIn(form, attribute)?.trim();
      return text === undefined || text === (valueIn(held, attribute) ?? '') ? [] : [[attribute, text === '' ? null : text]];
    }),
  );

/** A number as the hub keeps it, by which it is found: `012,50` is 12.5. What is no number stays as it is, and finds nothing. */
export function keptNumber(typed: string): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)0*(\d+)(?:[.,](\d*))?$/.exec(typed.trim()) ?? [];
  if (whole === '') return typed.trim();
  const decimals = fraction.replace(/0+$/, '');
  const kept = `${whole}${decimals === '' ? '' : `.${decimals}`}`;
  return kept === '0' ? kept : `${sign}${kept}`;
}

/** `CODE:VALUE`, as the address and the hub have it; without a value there is nothing yet to be found by. */
export function attributeFilterIn(text: string): { readonly code: string; readonly value: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { code: text, value: '' } : { code: text.slice(0, colon), value: text.slice(colon + 1) };
}

export interface WrittenAttribute {
  readonly code: string;
  readonly name: string;
  readonly type: AttributeType;
  readonly unit: string;
  readonly decimals: string;
  /** One on each line. */
  readonly choices: string;
  /** Empty: of all goods. */
  readonly category: string;
}

export const NEW_ATTRIBUTE: WrittenAttribute = { code: '', name: '', type: 'text', unit: '', decimals: '0', choices: '', category: '' };

export const writtenOf = ({
  attribute,
  name,
  type,
  unit = '',
  decimals = 0,
  choices = [],
  category = '',
}: Attribute): WrittenAttribute => ({
  code: attribute,
  name,
  type,
  unit,
  decimals: String(decimals),
  choices: choices.join('\n'),
  category,
});

const MOST_CODE = 40;

/** What a name most likely is called in files: `Größe (cm)` is grosse-cm. */
export const codeOfName = (name: string): string =>
  name
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, MOST_CODE)
    .replace(/-$/, '');

export const isAttributeCode = (text: string): boolean => /^[a-z0-9][a-z0-9_-]{0,39}$/.test(text);

const linesOf = (text: string): readonly string[] =>
  text.split('\n').flatMap((line): readonly string[] => (line.trim() === '' ? [] : [line.trim()]));

interface Definition {
  readonly name: string;
  readonly type: AttributeType;
  readonly unit?: string;
  readonly decimals?: number;
  readonly choices?: readonly string[];
  readonly category?: string;
}

/** What the hub is asked for; undefined while something is missing. */
export function definitionOf({ code, name, type, unit, decimals, choices, category }: WrittenAttribute): Definition | undefined {
  const offered = linesOf(choices);
  if (!isAttributeCode(code) || name.trim() === '' || (type === 'choice' && offered.length === 0)) return undefined;
  return {
    name: name.trim(),
    type,
    ...(type === 'number' && { decimals: Number(decimals), ...(unit.trim() !== '' && { unit: unit.trim() }) }),
    ...(type === 'choice' && { choices: offered }),
    ...(category !== '' && { category }),
  };
}

/** `definition` null: it is removed, with all that articles have of it. `version` absent: it is new. */
export interface AttributeWish {
  readonly code: string;
  readonly definition: Definition | null;
  readonly version: string | undefined;
}

export function useWriteAttribute() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ code, definition, version }: AttributeWish) => {
      const asked = { question: { attribute: code }, ifMatch: version };
      return definition === null
        ? askHub('deleteAttributesByAttribute', asked)
        : askHub('putAttributesByAttribute', { ...asked, body: definition });
    },
    networkMode: 'always',
    onSuccess: async () => {
      // `attribute`: whoever opens it again at once is shown, and sends, the version that this made.
      for (const key of ['attribute', 'attributes', 'products', 'product', 'changes', 'publications'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}
