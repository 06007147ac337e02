/**
 * What the address says: the page, its filters and its order, and the sale that is open on top of it. Everything that a
 * person can set on a page stands in the address, so that a link shows another person the same, and the back button works.
 *
 *   /?page=sales&store=1&sort=-total&sale=DEVICE/EPOCH/SEQ
 *
 * Invariants: `parseAddress(addressToSearch(a))` equals `a`; unknown keys and malformed values are dropped, never an error.
 */
export const PAGES = [
  'overview',
  'catalogue',
  'filing',
  'prices',
  'sales',
  'days',
  'cards',
  'attendance',
  'people',
  'accounts',
  'customers',
  'keys',
  'conflicts',
  'aside',
  'rollouts',
  'mails',
  'stores',
  'receipts',
  'tax',
  'tenders',
  'roles',
  'settings',
  'webhooks',
  'tokens',
  'audit',
  'profile',
] as const;
export type Page = (typeof PAGES)[number];

export interface SaleId {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/** The filters of each page, in the order in which they stand in the address. */
export const FILTERS = {
  overview: ['q', 'zone', 'state', 'sort', 'hours'],
  catalogue: ['q', 'store', 'department', 'brand', 'style', 'collection', 'tax', 'attribute', 'columns', 'item', 'tab', 'code'],
  filing: ['tab', 'q', 'item'],
  prices: ['tab', 'q', 'place', 'item', 'month', 'day', 'campaign', 'lsn', 'state'],
  sales: ['date', 'store', 'device', 'hour', 'kind', 'q', 'sort'],
  days: ['store', 'date'],
  cards: ['store', 'state', 'q'],
  attendance: ['store', 'state', 'q'],
  people: ['q'],
  accounts: ['q', 'tab', 'item'],
  customers: [],
  keys: ['store'],
  conflicts: ['store', 'q'],
  aside: ['store'],
  rollouts: [],
  mails: ['store', 'state'],
  stores: ['q', 'zone', 'state', 'device'],
  receipts: ['place'],
  tax: ['place', 'item', 'tab'],
  tenders: ['place', 'item', 'tab'],
  roles: ['place', 'item'],
  settings: ['place', 'q', 'item'],
  webhooks: ['item', 'state'],
  tokens: ['item'],
  audit: ['tab', 'lsn', 'q', 'by', 'type', 'place', 'kind', 'status', 'address', 'from', 'to'],
  profile: [],
} as const satisfies Record<Page, readonly string[]>;
export type Filter = (typeof FILTERS)[Page][number];

export interface Address {
  readonly page: Page;
  /** Absent where not set; never empty. */
  readonly filters: Readonly<Partial<Record<Filter, string>>>;
  readonly sale: SaleId | null;
}

const isPage = (text: string | null): text is Page => PAGES.some((page) => page === text);

/** `DEVICE/EPOCH/SEQ`; null where it is no such thing. */
export function parseSaleId(text: string): SaleId | null {
  const match = /^([^/]{1,64})\/([0-9a-f]{16})\/([1-9]\d{0,14})$/.exec(text);
  if (match === null) return null;
  const [, device = '', epoch = '', seq = ''] = match;
  return { device, epoch, seq: Number(seq) };
}

export const saleIdToText = (sale: SaleId): string => `${sale.device}/${sale.epoch}/${sale.seq}`;

export function parseAddress(search: string): Address {
  const params = new URLSearchParams(search);
  const named = params.get('page');
  const page: Page = isPage(named) ? named : 'overview';
  const filters: Partial<Record<Filter, string>> = {};
  for (const filter of FILTERS[page]) {
    const value = params.get(filter);
    if (value !== null && value !== '') filters[filter] = value;
  }
  return { page, filters, sale: parseSaleId(params.get('sale') ?? '') };
}

/** Begins with `?`, or is empty for the first page as it is. Slashes stay readable. */
export function addressToSearch(address: Address): string {
  const pairs: (readonly [string, string])[] = [];
  if (address.page !== 'overview') pairs.push(['page', address.page]);
  for (const filter of FILTERS[address.page]) {
    const value = address.filters[filter];
    if (value !== undefined && value !== '') pairs.push([filter, value]);
  }
  if (address.sale !== null) pairs.push(['sale', saleIdToText(address.sale)]);
  const text = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll('%2F', '/')}`).join('&');
  return text === '' ? '' : `?${text}`;
}

/** The same address with some filters set anew; an empty value takes a filter away. */
export function withFilters(address: Address, changes: Readonly<Partial<Record<Filter, string>>>): Address {
  return parseAddress(addressToSearch({ ...address, filters: { ...address.filters, ...changes } }));
}

export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

/** `total` or `-total`; `fallback` where the text names none of `keys`. */
export function parseSort(text: string | undefined, keys: readonly string[], fallback: Sort): Sort {
  const descending = text?.startsWith('-') ?? false;
  const key = descending ? text?.slice(1) : text;
  return key !== undefined && keys.includes(key) ? { key, descending } : fallback;
}

export const sortToText = (sort: Sort): string => `${sort.descending ? '-' : ''}${sort.key}`;
