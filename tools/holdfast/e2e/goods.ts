/** Goods of the demo's catalogue whose price stands fast: no promotion touches them, nobody must be old enough. */
import { readFileSync } from 'node:fs';

import { parse } from 'csv-parse/sync';

export interface Goods {
  readonly gtin: string;
  readonly sku: string;
  readonly name: string;
  readonly priceMinor: number;
  readonly taxClass: string;
}

const read = (name: string): readonly Readonly<Record<string, string>>[] =>
  parse(readFileSync(new URL(`../demo-catalog/${name}`, import.meta.url), 'utf8'), { columns: true, bom: true });

/** Promotions of the catalogue name their goods by SKU, where they do not ask for a coupon or a customer. */
const named = readFileSync(new URL('../demo-catalog/promotions.json', import.meta.url), 'utf8').match(/[A-Z]{2}-\d{3,5}/g) ?? [];
const promoted = new Set([...read('prices.csv').map((row) => row['sku']), ...named]);

export const GOODS: readonly Goods[] = read('catalog.csv')
  .filter((row) => row['gtin'] !== '' && row['unit'] === 'piece' && row['minimum_age'] === '' && !promoted.has(row['sku']))
  .map((row) => ({
    gtin: row['gtin'] ?? '',
    sku: row['sku'] ?? '',
    name: row['name'] ?? '',
    priceMinor: Number((row['price'] ?? '').replace('.', '')),
    taxClass: row['tax_class'] ?? '',
  }));

/** An amount of the demo's currency, as its windows show it. */
export const money = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

/** A tender that is signed for: the demo's shop takes none. */
export const SIGNED = {
  type: 'tenderType',
  key: 'cheque',
  scope: 'global',
  fields: { kind: 'voucher', name: 'Cheque', position: 9, asksSignature: true },
} as const;
