/**
 * The rows of a file, collected into one entry per item before anything is written: a later row of the same item joins the earlier one and
 * wins where both speak, a code belongs to the last item that claims it.
 *
 * A file with an invoice column is a list of sale lines, not a price list: its items take the first name and the first price above
 * zero that stand there, and its returns and corrections are no faults.
 */
import { currencyOf, MAX_CODE_LENGTH } from '@holdfast/domain';

import type { EntityRow, FieldValue } from './changes.ts';
import type { ColumnIndex } from './import-columns.ts';
import { cellsOf, findUnfitText, importedPrice, parsePrice, readImportRow, type Refusal, type RowDefaults } from './import-row.ts';
import { syntheticPrice } from './synthetic-price.ts';

interface CollectedItem {
  item: Readonly<Record<string, FieldValue>>;
  itemDefaults: Readonly<Record<string, FieldValue>>;
  /** Price key → fields. */
  readonly prices: Map<string, Readonly<Record<string, FieldValue>>>;
}

export interface RefusedRow extends Refusal {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
}

export interface CollectOptions extends RowDefaults {
  readonly scope: string;
  readonly syntheticPrices: boolean;
}

export interface Collection {
  add(rowNumber: number, row: readonly string[]): void;
  refuse(rowNumber: number, refusal: Refusal): void;
  readonly rows: number;
  /** Rows that joined an item of an earlier row. */
  readonly duplicates: number;
  readonly items: number;
  readonly refusals: readonly RefusedRow[];
  /** Everything of `itemsPerBatch` items at a time: an item and what belongs to it stand in one batch. */
  batches(itemsPerBatch: number): Generator<readonly EntityRow[]>;
}

export function createCollection(columns: ColumnIndex, options: CollectOptions): Collection {
  const items = new Map<string, CollectedItem>();
  const skuByCode = new Map<string, string>();
  const refusals: RefusedRow[] = [];
  let rows = 0;
  let duplicates = 0;

  const refuse = (row: number, refusal: Refusal): void => {
    rows += 1;
    refusals.push({ row, ...refusal });
  };
  const addItem = (rowNumber: number, row: readonly string[]): void => {
    const read = readImportRow(columns, row, options);
    if (!read.ok) return refuse(rowNumber, read.error);
    rows += 1;
    const { sku, item, itemDefaults, codes, price } = read.value;
    const held = items.get(sku);
    if (held !== undefined) duplicates += 1;
    const collected = held ?? { item, itemDefaults, prices: new Map<string, Readonly<Record<string, FieldValue>>>() };
    collected.item = { ...collected.item, ...item };
    items.set(sku, collected);
    if (price !== null) collected.prices.set(price.key, price.fields);
    for (const code of codes) skuByCode.set(code, sku);
    return undefined;
  };
  const addSaleLine = (rowNumber: number, row: readonly string[]): void => {
    const refusal = joinSaleLine(columns, items, row, options);
    if (typeof refusal !== 'string') return refuse(rowNumber, refusal);
    rows += 1;
    if (refusal === 'joined') duplicates += 1;
    return undefined;
  };

  return {
    add: columns.has('invoice') ? addSaleLine : addItem,
    refuse,
    get rows() {
      return rows;
    },
    get duplicates() {
      return duplicates;
    },
    get items() {
      return items.size;
    },
    refusals,
    batches: (itemsPerBatch) => batchesOf(items, skuByCode, options, itemsPerBatch),
  };
}

/** The code of the goods stands as it is: 112 SKUs of Online Retail differ in nothing but case. */
function joinSaleLine(
  columns: ColumnIndex,
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
  const collected: CollectedItem = held ?? { item: {}, itemDefaults: { '1': sku, '4': options.taxClass, '5': 'piece' }, prices: new Map() };
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
  skuByCode: ReadonlyMap<string, string>,
  options: CollectOptions,
  itemsPerBatch: number,
): Generator<readonly EntityRow[]> {
  const codesBySku = new Map<string, string[]>();
  for (const [code, sku] of skuByCode) {
    const codes = codesBySku.get(sku);
    if (codes === undefined) codesBySku.set(sku, [code]);
    else codes.push(code);
  }
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

function pushItem(batch: EntityRow[], sku: string, collected: CollectedItem, codes: readonly string[], options: CollectOptions): void {
  const s = options.scope;
  batch.push({ t: 1, k: sku, s, f: collected.item, d: collected.itemDefaults });
  for (const code of codes) batch.push({ t: 2, k: code, s, f: { '1': sku } });
  for (const [k, f] of collected.prices) batch.push({ t: 3, k, s, f });
  if (collected.prices.size === 0 && options.syntheticPrices) {
    const minorDigits = currencyOf(options.currency)?.minorDigits ?? 2;
    const made = { currency: options.currency, fromMs: null, toMs: null, source: 'synthetic' };
    const { key, fields } = importedPrice(sku, 'regular', syntheticPrice(sku, minorDigits), made);
    batch.push({ t: 3, k: key, s, f: {}, d: fields });
  }
}
