/** Articles as the hub tells them, checked on arrival: found, listed, read whole; changed after a look at what each store would get. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';
import { format } from './format.ts';

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Value = z.infer<typeof value>;
const named = z.record(z.string(), value);
export type Named = z.infer<typeof named>;

export const shownPriceSchema = z.object({ amount: z.int(), decimals: z.int(), currency: z.string(), type: z.string() });
export type ShownPrice = z.infer<typeof shownPriceSchema>;

const rowSchema = z.object({
  sku: z.string(),
  name: z.string(),
  brand: z.string().optional(),
  department: z.string().optional(),
  plu: z.string().optional(),
  symbol: z.string().optional(),
  unit: z.string(),
  picture: z.string().optional(),
  price: shownPriceSchema.nullable(),
});
export type ProductRow = z.infer<typeof rowSchema>;
const rowsSchema = z.object({ products: z.array(rowSchema), next: z.string().nullable() });

const productSchema = z.object({
  sku: z.string(),
  version: z.string(),
  fields: named,
  layers: z.array(z.object({ scope: z.string(), fields: named })),
  codes: z.array(z.object({ code: z.string(), scope: z.string() })),
  prices: z.array(z.object({ key: z.string(), scope: z.string(), fields: named })),
});
export type Product = z.infer<typeof productSchema>;

export const groupsSchema = z.object({
  groups: z.array(
    z.object({
      stores: z.array(z.string()),
      changes: z.array(z.object({ type: z.string(), key: z.string(), before: named.nullable(), after: named.nullable() })),
    }),
  ),
});
export type PreviewGroup = z.infer<typeof groupsSchema>['groups'][number];
const publishedSchema = z.object({ lsn: z.int().nullable() });

const ROWS = 100;

/** What articles are filed under, as the hub asks it: `department`, `brand`, `collection`, `taxClass`. */
export type Filing = Readonly<Record<string, string>>;

/** By words, codes and SKUs; without a text all, in the order of their SKUs. */
export const useProducts = (text: string, scope: string, filing: Filing = {}) =>
  useInfiniteQuery({
    queryKey: ['products', text, scope, filing],
    queryFn: async ({ pageParam, signal }) => {
      const query = new URLSearchParams({
        scope,
        limit: String(ROWS),
        prices: 'true',
        ...(text !== '' && { q: text }),
        ...filing,
        ...(pageParam !== null && { cursor: pageParam }),
      });
      return ask(rowsSchema, `/api/v1/product?${String(query)}`, {}, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

const pathOf = (sku: string, query: Readonly<Record<string, string>>): string =>
  `/api/v1/product/${encodeURIComponent(sku)}?${String(new URLSearchParams(query))}`;

export const useProduct = (sku: string, scope: string, isAsked = true) =>
  useQuery({
    enabled: isAsked,
    queryKey: ['product', sku, scope],
    queryFn: ({ signal }) => ask(productSchema, pathOf(sku, { scope }), {}, signal),
    // Somebody is writing in what was read: it is not exchanged under their hands.
    refetchOnWindowFocus: false,
  });

export interface ProductChange {
  readonly fields: Named;
  readonly codes?: readonly string[];
  readonly price?: { readonly amount: string; readonly currency: string };
}

interface Sent {
  readonly sku: string;
  readonly scope: string;
  readonly change: ProductChange;
  /** Absent: it is new. */
  readonly version?: string;
}

async function send<T>(schema: z.ZodType<T>, { sku, scope, change, version }: Sent, preview: boolean): Promise<T> {
  const query = { scope, ...(preview && { preview: 'true' }) };
  const isNew = version === undefined;
  return ask(schema, isNew ? `/api/v1/product?${String(new URLSearchParams(preview ? { preview: 'true' } : {}))}` : pathOf(sku, query), {
    method: isNew ? 'POST' : 'PATCH',
    headers: { 'content-type': 'application/json', ...(!isNew && { 'if-match': `"${version}"` }) },
    body: JSON.stringify(isNew ? { sku, scope, ...change } : change),
  });
}

export const usePreview = () =>
  useMutation({ mutationFn: async (sent: Sent) => (await send(groupsSchema, sent, true)).groups, networkMode: 'always' });

export function useSaveProduct() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (sent: Sent) => send(publishedSchema, sent, false),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['product', 'products', 'changes', 'publications', 'unlistedCodes'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

const taxClassesSchema = z.object({
  taxClasses: z.array(z.object({ key: z.string(), name: z.string() })),
  departments: z.array(z.string()),
});
export type GoodsWords = z.infer<typeof taxClassesSchema>;
/** What an article may be taxed as, and where it may stand. */
export const useGoodsWords = () =>
  useQuery({
    queryKey: ['goodsWords'],
    queryFn: ({ signal }) => ask(taxClassesSchema, '/api/v1/goods-words', {}, signal),
    staleTime: 60_000,
  });

/** One line for each field that a person writes; what the hub has besides stays as it is. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'lines' | 'int' | 'choice';
  readonly about?: string;
}

export const FORM_FIELDS: readonly FormField[] = [
  { name: 'name', label: 'Name', kind: 'text' },
  { name: 'brand', label: 'Brand', kind: 'text' },
  { name: 'category', label: 'Department', kind: 'text' },
  { name: 'taxClass', label: 'Tax class', kind: 'choice' },
  { name: 'unit', label: 'Sold by', kind: 'choice' },
  { name: 'plu', label: 'PLU', kind: 'text' },
  { name: 'symbol', label: 'Symbol on its key', kind: 'text' },
  { name: 'minimumAgeYears', label: 'Minimum age', kind: 'int', about: 'years' },
  { name: 'depositSku', label: 'Deposit', kind: 'text', about: 'the SKU of the bottle, can or crate' },
  { name: 'returnDays', label: 'Returned within', kind: 'int', about: 'days; 0: never' },
  { name: 'maximumPerSale', label: 'Most in one sale', kind: 'int' },
  { name: 'collections', label: 'Collections', kind: 'lines', about: 'one on each line' },
];

export const UNITS = [
  { value: 'piece', label: 'Piece' },
  { value: 'gram', label: 'Weight (kg)' },
  { value: 'millilitre', label: 'Volume (l)' },
  { value: 'millimetre', label: 'Length (m)' },
];

export type Form = Readonly<Record<string, string>>;

export const formOf = (fields: Named): Form => Object.fromEntries(FORM_FIELDS.map(({ name }) => [name, String(fields[name] ?? '')]));

/** What differs from what was read. Undefined where a number is none. */
export function changedFields(form: Form, held: Named): Named | undefined {
  const before = formOf(held);
  const changed: Record<string, Value> = {};
  for (const { name, kind } of FORM_FIELDS) {
    const text = (form[name] ?? '').trim();
    if (text === (before[name] ?? '').trim()) continue;
    if (text === '') changed[name] = null;
    else if (kind === 'int') {
      if (!/^\d{1,9}$/.test(text)) return undefined;
      changed[name] = Number(text);
    } else changed[name] = text;
  }
  return changed;
}

/** One on each line; PLUs stand in a field of their own. */
export const codesIn = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[\n,;\s]+/)
      .map((code) => code.trim())
      .filter((code) => code !== ''),
  ),
];

export const codesOf = ({ codes }: Pick<Product, 'codes'>, scope: string): readonly string[] =>
  codes.filter((code) => code.scope === scope && !code.code.startsWith('plu:')).map(({ code }) => shortCode(code));

/** As it is printed: a GTIN without the zeros that pad it. */
export function shortCode(code: string): string {
  if (!/^\d{14}$/.test(code)) return code;
  const digits = code.replace(/^0+/, '');
  return digits.length <= 8 ? digits.padStart(8, '0') : digits.length <= 12 ? digits.padStart(12, '0') : digits;
}

export const priceText = ({ amount, decimals, currency }: Pick<ShownPrice, 'amount' | 'decimals' | 'currency'>): string =>
  format.currency(amount, decimals, currency);
