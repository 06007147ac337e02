/** The variants of a style as headquarters look at them: laid out by what they differ in, with those that nobody made yet. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Answer, askHub } from '../hub-client.ts';
import type { Named } from './products.ts';

export type Style = Answer<'getStylesByStyle'>;
export type Variant = Style['variants'][number];
export type Options = Variant['options'];

export const useStyle = (style: string, scope: string) =>
  useQuery({
    queryKey: ['products', 'style', style, scope],
    queryFn: ({ signal }) => askHub('getStylesByStyle', { question: { style, scope } }, signal),
  });

export const useStyles = (begins: string) =>
  useQuery({
    queryKey: ['styles', begins],
    queryFn: async ({ signal }) => (await askHub('getStyles', { question: { q: begins, limit: 50 } }, signal)).styles,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** As an article carries them: `Size: M; Colour: Blue`. */
export const optionsText = (options: Options): string => options.map(({ name, value }) => `${name}: ${value}`).join('; ');
/** As a row or a key of a form says which one it is. */
export const valuesText = (options: Options): string => options.map(({ value }) => value).join(' · ');

export interface Cell {
  readonly options: Options;
  /** Articles that are it: none, one, or those that a file made twice. */
  readonly variants: readonly Variant[];
}
export interface Matrix {
  /** What the rows differ in, and what the columns do; one option alone has rows only. */
  readonly rowNames: readonly string[];
  readonly columnName: string | undefined;
  readonly rows: readonly { readonly label: string; readonly cells: readonly Cell[] }[];
  readonly columns: readonly string[];
  /** Without options, or without one of them. */
  readonly rest: readonly Variant[];
}

/** Of more options than two, those before the last make the rows together. `further`: values that no variant has yet. */
export function matrixOf({ axes, variants }: Pick<Style, 'axes' | 'variants'>, further: Options = []): Matrix {
  const wider = axes.map(({ name, values }) => ({
    name,
    values: [...new Set([...values, ...further.filter((each) => each.name === name).map(({ value }) => value)])],
  }));
  const rowAxes = wider.length > 1 ? wider.slice(0, -1) : wider;
  const column = wider.length > 1 ? wider.at(-1) : undefined;
  const byOptions = Map.groupBy(variants, ({ options }) => optionsText(options));
  const rowsOf = (left: Style['axes']): readonly Options[] => {
    const [first, ...others] = left;
    if (first === undefined) return [[]];
    return first.values.flatMap((value) => rowsOf(others).map((rest) => [{ name: first.name, value }, ...rest]));
  };
  const cellOf = (options: Options): Cell => ({ options, variants: byOptions.get(optionsText(options)) ?? [] });
  return {
    rowNames: rowAxes.map(({ name }) => name),
    columnName: column?.name,
    rows: (axes.length === 0 ? [] : rowsOf(rowAxes)).map((options) => ({
      label: valuesText(options),
      cells: column === undefined ? [cellOf(options)] : column.values.map((value) => cellOf([...options, { name: column.name, value }])),
    })),
    columns: column?.values ?? [],
    rest: variants.filter(({ options }) => options.length < axes.length || options.length === 0),
  };
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** What the variants are called before they are told apart. */
export function baseName(name: string, options: Options, style: string): string {
  let base = name;
  for (const { value } of options) base = base.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped(value)}(?![\\p{L}\\p{N}])`, 'iu'), '');
  base = base.replaceAll(/\s+/g, ' ').replace(/^[\s,/·-]+|[\s,/·-]+$/gu, '');
  return base === '' ? style : base;
}

const slug = (options: Options): string => options.map(({ value }) => value.toUpperCase().replaceAll(/[^\p{L}\p{N}]+/gu, '')).join('-');

/** As the one that is looked at is called, for another variant. */
export function proposedSku(sku: string, own: Options, wanted: Options): string {
  const ending = `-${slug(own)}`;
  const begin = own.length > 0 && sku.toUpperCase().endsWith(ending) ? sku.slice(0, -ending.length) : sku;
  return `${begin}-${slug(wanted)}`;
}

/** What variants do not have in common. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['name', 'plu', 'picture', 'options']);

/** An article like the one that is looked at, as another variant of its style. */
export function fieldsOfVariant(of: Named, own: Options, options: Options): Named {
  const { name, style } = of;
  const common = Object.entries(of).filter(([field, value]) => value !== null && !OWN_FIELDS.has(field));
  return { ...Object.fromEntries(common), name: baseName(String(name), own, String(style)), options: optionsText(options) };
}

export interface WrittenVariant {
  readonly options: Options;
  readonly sku: string;
  readonly code: string;
  readonly price: string;
}

export interface MadeVariant {
  readonly sku: string;
  /** Absent: it was made. */
  readonly error?: unknown;
}

interface MakeWish {
  readonly scope: string;
  readonly of: Named;
  /** What tells that one apart. */
  readonly own: Options;
  readonly currency: string;
  readonly variants: readonly WrittenVariant[];
}

/** One after the other: what one refuses does not keep the others. */
export function useMakeVariants() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ scope, of, own, currency, variants }: MakeWish): Promise<readonly MadeVariant[]> => {
      const made: MadeVariant[] = [];
      for (const { options, sku, code, price } of variants) {
        const body = {
          sku: sku.trim(),
          scope,
          fields: fieldsOfVariant(of, own, options),
          ...(code.trim() !== '' && { codes: [code.trim()] }),
          ...(price.trim() !== '' && { price: { amount: price.trim().replace(',', '.'), currency } }),
        };
        try {
          await askHub('postProduct', { body });
          made.push({ sku: body.sku });
        } catch (error) {
          made.push({ sku: body.sku, error });
        }
      }
      return made;
    },
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['products', 'changes', 'publications', 'styles', 'categories', 'brands'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}
