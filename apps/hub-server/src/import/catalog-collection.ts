/**
 * The rows of a file, collected into one entry per item before anything is written: a later row of the same item joins the earlier one and
 * wins where both speak, a code belongs to the last item that claims it.
 *
 * A file with an invoice column is a list of sale lines, not a price list: its items take the first name and the first price above
 * zero that stand there, and its returns and corrections are no faults.
 */
import { attributeValueKey, currencyOf, MAX_CODE_LENGTH } from '@holdfast/domain';

import type { EntityRow, FieldValue } from '../catalog/changes.ts';
import { importedPrice, readCatalogRow, type CatalogColumns, type ImportedCode, type RowDefaults } from './catalog-row.ts';
import { cellsOf } from './columns.ts';
import type { Collection } from './importer.ts';
import { findUnfitText, parsePrice, type Refusal } from './refusal.ts';
import { syntheticPrice } from './synthetic-price.ts';

interface CollectedItem {
  item: Readonly<Record<string, FieldValue>>;
  itemDefaults: Readonly<Record<string, FieldValue>>;
  /** Price key → fields. */
  readonly prices: Map<string, Readonly<Record<string, FieldValue>>>;
  /** By the codes of their attributes; null: none. */
  attributes: Readonly<Record<string, string | null>>;
}

interface CollectedCode extends ImportedCode {
  readonly sku: string;
}

export interface CollectOptions extends RowDefaults {
  readonly scope: string;
  readonly syntheticPrices: boolean;
}

export function createCatalogCollection(columns: CatalogColumns, options: CollectOptions): Collection {
  const items = new Map<string, CollectedItem>();
  const codes = new Map<string, CollectedCode>();
  const addItem = (row: readonly string[]): 'made' | 'joined' | Refusal => {
    const read = readCatalogRow(columns, row, options);
    if (!read.ok) return read.error;
    const { sku, item, itemDefaults, price, attributes } = read.value;
    const held = items.get(sku);
    const collected = held ?? { item, itemDefaults, prices: new Map<string, Readonly<Record<string, FieldValue>>>(), attributes };
    collected.item = { ...collected.item, ...item };
    collected.attributes = { ...collected.attributes, ...attributes };
    items.set(sku, collected);
    if (price !== null) collected.prices.set(price.key, price.fields);
    for (const code of read.value.codes) codes.set(code.key, { ...code, sku });
    return held === undefined ? 'made' : 'joined';
  };
  return {
    add: columns.has('invoice') ? (row) => joinSaleLine(columns, items, row, options) : addItem,
    get subjects() {
      return items.size;
    },
    batches: (itemsPerBatch) => batchesOf(items, codes, options, itemsPerBatch),
    countOf: ({ createdItems, touchedSkus }) => ({ created: createdItems, changed: touchedSkus }),
  };
}

/** The code of the goods stands as it is: 112 SKUs of Online Retail differ in nothing but case. */
function joinSaleLine(
  columns: CatalogColumns,
  items: Map<string, CollectedItem>,
  row: readonly string[],
  options: CollectOptions,
): 'made' | 'joined' | Refusal {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return unfit;
  const cell = cellsOf(columns, row);
  const sku = cell('sku') || cell('gtin');
  if (sku === '' || sku.length > MAX_CODE_LENGTH) return { reason: 'noCode', value: sku.slice(0, 80) };
  const held = items.get(sku);
  const collected: CollectedItem = held ?? {
    item: {},
    itemDefaults: { '1': sku, '4': options.taxClass, '5': 'piece' },
    prices: new Map(),
    attributes: {},
  };
  if (held === undefined) items.set(sku, collected);
  if (collected.item['1'] === undefined && cell('name') !== '') collected.item = { '1': cell('name') };
  if (collected.prices.size === 0) {
    const price = parsePrice(cell('price'), currencyOf(options.currency)?.minorDigits ?? 2);
    if (price.ok && price.value.amount > 0) {
      const { key, fields } = importedPrice(sku, 'regular', price.value, {
        currency: options.currency,
        fromMs: null,
        toMs: null,
        source: null,
      });
      collected.prices.set(key, fields);
    }
  }
  return held === undefined ? 'made' : 'joined';
}

function* batchesOf(
  items: ReadonlyMap<string, CollectedItem>,
  codes: ReadonlyMap<string, CollectedCode>,
  options: CollectOptions,
  itemsPerBatch: number,
): Generator<readonly EntityRow[]> {
  const codesBySku = Map.groupBy(codes.values(), ({ sku }) => sku);
  let batch: EntityRow[] = [];
  let count = 0;
  for (const [sku, collected] of items) {
    pushItem(batch, sku, collected, codesBySku.get(sku) ?? [], options);
    count += 1;
    if (count % itemsPerBatch === 0) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function pushItem(
  batch: EntityRow[],
  sku: string,
  collected: CollectedItem,
  codes: readonly CollectedCode[],
  options: CollectOptions,
): void {
  const s = options.scope;
  batch.push({ t: 1, k: sku, s, f: collected.item, d: collected.itemDefaults });
  for (const { key, units } of codes) batch.push({ t: 2, k: key, s, f: { '1': sku, ...(units !== undefined && { '96': units }) } });
  for (const [code, value] of Object.entries(collected.attributes)) {
    const of = { t: 89, k: attributeValueKey(sku, code), s };
    batch.push(value === null ? { ...of, f: {}, r: true } : { ...of, f: { '1': value } });
  }
  for (const [k, f] of collected.prices) batch.push({ t: 3, k, s, f });
  if (collected.prices.size === 0 && options.syntheticPrices) {
    const minorDigits = currencyOf(options.currency)?.minorDigits ?? 2;
    const made = { currency: options.currency, fromMs: null, toMs: null, source: 'synthetic' };
    const { key, fields } = importedPrice(sku, 'regular', syntheticPrice(sku, minorDigits), made);
    batch.push({ t: 3, k: key, s, f: {}, d: fields });
  }
}
