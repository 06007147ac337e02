/** What was changed of the catalogue, as the hub tells it; and a change taken back. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';

import { addDays, dateTimeText, format } from '../format.ts';
import { askHub, type Answer } from '../hub-client.ts';
import { actionText, limitText } from '../people/roles.ts';

export type Change = Answer<'getChanges'>['changes'][number];

export type Publication = Answer<'getPublications'>['publications'][number];

/** As the hub asks it: `lsn`, `sku`, `by`, … */
export type ChangeQuery = Readonly<Record<string, string>>;

/** The beginning of a day where the reader is; undefined of what is no date. */
function dayMs(date: string): number | undefined {
  const atMs = Date.parse(`${date}T00:00`);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** From the first day to the last one, as moments. */
export function dayRange(from: string, to: string): Readonly<Record<string, string>> {
  const [fromMs, toMs] = [dayMs(from), dayMs(addDays(to, 1))];
  return { ...(fromMs !== undefined && { fromMs: String(fromMs) }), ...(toMs !== undefined && { toMs: String(toMs) }) };
}

/** What the filters of the page ask for; days are the reader's, both included. */
export function auditQuery({
  lsn = '',
  q = '',
  by = '',
  type = '',
  place = '',
  from = '',
  to = '',
}: Readonly<Partial<Record<string, string>>>): ChangeQuery {
  return {
    ...(lsn !== '' && { lsn }),
    ...(q !== '' && { sku: q }),
    ...(by !== '' && { by }),
    ...(type !== '' && { type }),
    ...(place !== '' && { scope: place }),
    ...dayRange(from, to),
  };
}

const ROWS = 50;

export const useChanges = (query: ChangeQuery, isAsked = true) =>
  useInfiniteQuery({
    queryKey: ['changes', query],
    queryFn: async ({ pageParam, signal }) =>
      askHub('getChanges', { question: { ...query, limit: ROWS, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: isAsked,
  });

export const usePublications = (by: string) =>
  useInfiniteQuery({
    queryKey: ['publications', by],
    queryFn: async ({ pageParam, signal }) =>
      askHub('getPublications', { question: { by, limit: ROWS, before: pageParam ?? undefined } }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** Of a whole publication, or of one thing that it changed. */
export function useUndo() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ lsn, change }: { readonly lsn: number; readonly change?: Change }) =>
      askHub('postPublicationsByLsnUndo', {
        question: { lsn },
        body: change === undefined ? {} : { changes: [{ type: change.type, key: change.key, scope: change.scope }] },
      }),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of [
        'changes',
        'publications',
        'product',
        'products',
        'categories',
        'brands',
        'attributes',
        'goodsWords',
        'prices',
        'tax-classes',
        'tenders',
        'roles',
      ])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  item: 'Item',
  code: 'Code',
  price: 'Price',
  tax: 'Tax class',
  setting: 'Setting',
  department: 'Department',
  category: 'Category',
  collection: 'Collection',
  attribute: 'Attribute',
  attributeValue: 'Value of an attribute',
  roleGrant: 'Permission',
  staff: 'Person',
  keyPage: 'Keys',
  recall: 'Recall',
  tenderType: 'Tender',
  promotion: 'Promotion',
  coupon: 'Coupon',
};
/** To choose from. */
export const TYPES = Object.entries(TYPE_NAMES).map(([name, label]) => ({ value: name, label }));
export const typeText = (type: string): string => TYPE_NAMES[type] ?? type;

const PRICE_NAMES: Readonly<Record<string, string>> = { quantityBreak: 'from a quantity', pack: 'of a pack' };

/** `MILK`, `MILK · promotional · from 1 Dec 2026, 08:00`, `cashier · Discount a line`. */
export function keyText({ type, key }: Pick<Change, 'type' | 'key'>, timeZone: string | undefined): string {
  const parts = key.split('\u001F');
  if (type === 'roleGrant') return [parts[0], ...parts.slice(1).map(actionText)].join(' · ');
  if (type !== 'price') return parts.join(' · ');
  const [sku = '', kind = '', from = '', quantity = '', group = ''] = parts;
  const told = [sku, PRICE_NAMES[kind] ?? kind];
  if (from !== '') told.push(`from ${dateTimeText(Number(from), timeZone)}`);
  if (quantity !== '') told.push(kind === 'pack' ? `${quantity} pieces` : `${quantity} or more`);
  if (group !== '') told.push(group);
  return told.join(' · ');
}

export const placeText = (scope: string): string => {
  if (scope === 'global') return 'Everywhere';
  const [place = '', role] = scope.split('@').toReversed();
  const [kind, name = ''] = place.split(':');
  const where = place === 'global' ? 'Everywhere' : kind === 'store' ? `Store ${name}` : `Zone ${name}`;
  return role === undefined ? where : `${where}, ${role}s`;
};

export interface FieldChange {
  readonly field: string;
  /** Null: nothing stood there, or stands there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Field by field; of a price what it amounts to is one. */
export function fieldChanges(change: Change, timeZone: string | undefined): readonly FieldChange[] {
  const { before, after, limitIn } = change;
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const text = (held: Change['before'], field: string): string | null => {
    const at = held?.[field];
    if (at === undefined || at === null) return field === 'limit' && held !== null && held['isAllowed'] !== false ? 'no limit' : null;
    if (typeof at === 'number' && field.endsWith('Ms')) return dateTimeText(at, timeZone);
    if (typeof at === 'number' && field === 'limit' && limitIn !== undefined) return limitText(at, limitIn);
    if (typeof at === 'number' && field === 'rateBps') return limitText(at, 'percent');
    if (field === 'collections' || field === 'roles' || field === 'choices') return String(at).replaceAll('\n', ', ');
    return typeof at === 'boolean' ? (at ? 'yes' : 'no') : String(at);
  };
  const changes = names.map((field) => ({ field: wordOf(field), before: text(before, field), after: text(after, field) }));
  if (change.type !== 'price') return changes;
  const rest = changes.filter(({ field, ...sides }) => !AMOUNT_FIELDS.has(field) && sides.before !== sides.after);
  const amount = { field: 'price', before: amountText(before), after: amountText(after) };
  return amount.before === amount.after ? rest : [amount, ...rest];
}

const FIELD_WORDS: Readonly<Record<string, string>> = {
  fromMs: 'from',
  toMs: 'until',
  fromQuantity: 'from so many',
  customerGroup: 'customers',
  taxClass: 'tax class',
  rateBps: 'rate',
  isAllowed: 'allowed',
  category: 'department',
  minimumAgeYears: 'minimum age, years',
  depositSku: 'deposit',
  options: 'variant',
  returnDays: 'returned within, days',
  maximumPerSale: 'most in one sale',
  limit: 'at most',
  parent: 'lies in',
};
const wordOf = (field: string): string => FIELD_WORDS[field] ?? field;

const AMOUNT_FIELDS: ReadonlySet<string> = new Set(['amount', 'decimals', 'currency']);

function amountText(held: Change['before']): string | null {
  const { amount, decimals, currency } = held ?? {};
  if (typeof amount !== 'number' || typeof decimals !== 'number' || typeof currency !== 'string') return null;
  return format.currency(amount, decimals, currency);
}

export const isMade = ({ before }: Change): boolean => before === null;
export const isRemoved = ({ after }: Change): boolean => after === null;
