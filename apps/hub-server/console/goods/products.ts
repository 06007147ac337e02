/** Articles as the hub tells them, checked on arrival: found, listed, read whole; changed after a look at what each store would get. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { format } from '../format.ts';
import { type Answer, askHub, type Preview, previewIn, publishedIn } from '../hub-client.ts';

export type Product = Answer<'getProductBySku'>;
export type Named = Product['fields'];
export type Value = Named[string];
/** With its price: it is asked for. */
export type ProductRow = Answer<'getProduct'>['products'][number];
export type ShownPrice = NonNullable<ProductRow['price']>;
export type PreviewGroup = Preview<'patchProductBySku'>['groups'][number];

const ROWS = 100;

/** What articles are filed under, as the hub asks it: `department`, `brand`, `style`, `collection`, `taxClass`, `attribute`. */
export type Filing = Readonly<Record<string, string>>;

/** By words, codes and SKUs; without a text all, in the order of their SKUs. `attributes`: codes of those whose values come with them. */
export const useProducts = (text: string, scope: string, filing: Filing = {}, attributes: readonly string[] = []) =>
  useInfiniteQuery({
    queryKey: ['products', text, scope, filing, attributes],
    queryFn: ({ pageParam, signal }) =>
      askHub(
        'getProduct',
        {
          question: {
            ...filing,
            scope,
            limit: ROWS,
            prices: 'true',
            attributes: attributes.join(','),
            q: text,
            cursor: pageParam ?? undefined,
          },
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const useProduct = (sku: string, scope: string, isAsked = true) =>
  useQuery({
    enabled: isAsked,
    queryKey: ['product', sku, scope],
    queryFn: ({ signal }) => askHub('getProductBySku', { question: { sku, scope } }, signal),
    // Somebody is writing in what was read: it is not exchanged under their hands.
    refetchOnWindowFocus: false,
  });

export interface ProductChange {
  readonly fields: Named;
  readonly codes?: readonly PackCode[];
  readonly price?: { readonly amount: string; readonly currency: string };
  /** By the codes of their attributes; null takes one away. */
  readonly attributes?: Readonly<Record<string, string | null>>;
}

interface Sent {
  readonly sku: string;
  readonly scope: string;
  readonly change: ProductChange;
  /** Absent: it is new. */
  readonly version?: string;
}

async function send({ sku, scope, change, version }: Sent, isPreview: boolean): Promise<Answer<'patchProductBySku'>> {
  const preview = isPreview ? 'true' : undefined;
  if (version === undefined) return askHub('postProduct', { question: { preview }, body: { sku, scope, ...change } });
  return askHub('patchProductBySku', { question: { sku, scope, preview }, body: change, ifMatch: version });
}

export const usePreview = () =>
  useMutation({ mutationFn: async (sent: Sent) => previewIn(await send(sent, true)).groups, networkMode: 'always' });

export function useSaveProduct() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (sent: Sent) => publishedIn(await send(sent, false)),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['product', 'products', 'changes', 'publications', 'unlistedCodes', 'categories', 'brands', 'styles', 'attributes'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export type GoodsWords = Answer<'getGoodsWords'>;
/** What an article may be taxed as, and where it may stand. */
export const useGoodsWords = () =>
  useQuery({
    queryKey: ['goodsWords'],
    queryFn: ({ signal }) => askHub('getGoodsWords', {}, signal),
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
  { name: 'style', label: 'Style', kind: 'text', about: 'what its variants are called together' },
  { name: 'options', label: 'Variant', kind: 'text', about: 'which one it is: Size: M; Colour: Blue' },
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

/** A code as it is printed, and how many pieces it stands for. */
export interface PackCode {
  readonly code: string;
  readonly units: number;
}

/** One on each line, that of a pack with how many are in it (`4006381333948 × 6`); of one that stands there twice the last holds. PLUs stand in a field of their own. */
export const codesIn = (text: string): readonly PackCode[] => {
  const codes = text
    .replaceAll(/[ \t]*×[ \t]*|[ \t]+[x*][ \t]*(?=\d+(?:[\s,;]|$))/giu, '×')
    .split(/[\n,;\s]+/)
    .flatMap((word): readonly PackCode[] => {
      const [, code = word, units = '1'] = /^(.+)×(\d{1,9})$/u.exec(word) ?? [];
      return code === '' ? [] : [{ code, units: Number(units) }];
    });
  return [...new Map(codes.map((code) => [code.code, code])).values()];
};

export const codeText = ({ code, units }: PackCode): string => (units === 1 ? code : `${code} × ${units}`);

export const codesOf = ({ codes }: Pick<Product, 'codes'>, scope: string): readonly PackCode[] =>
  codes
    .filter((code) => code.scope === scope && !code.code.startsWith('plu:'))
    .map(({ code, units = 1 }) => ({ code: shortCode(code), units }));

/** As it is printed: a GTIN without the zeros that pad it. */
export function shortCode(code: string): string {
  if (!/^\d{14}$/.test(code)) return code;
  const digits = code.replace(/^0+/, '');
  return digits.length <= 8 ? digits.padStart(8, '0') : digits.length <= 12 ? digits.padStart(12, '0') : digits;
}

export const priceText = ({ amount, decimals, currency }: Pick<ShownPrice, 'amount' | 'decimals' | 'currency'>): string =>
  format.currency(amount, decimals, currency);
