/** Scheduled prices of goods that the hub has, or will have: a row is one price, and may say what goods that it has cost. */
import { err, ok, type Result } from '@holdfast/base';
import {
  currencyOf,
  ENTITY_TYPES,
  isTimeZone,
  MAX_CODE_LENGTH,
  MAX_PRICED_UNITS,
  MAX_QUANTITY,
  priceKey,
  SCHEDULED_PRICE_TYPES,
  type ScheduledPriceType,
} from '@holdfast/domain';
import { z } from 'zod';

import { isScope, type EntityRow } from '../catalog/changes.ts';
import { inCommon, listStores, storesAt } from '../enrolment/stores.ts';
import { cellsOf, findColumns, type Cells } from './columns.ts';
import { COST_NOT_SEEN, COST_WORDS, costFields, readCost } from './cost.ts';
import { type Collection, createEntityCollection, type Importer, type ImportPorts } from './importer.ts';
import { parseStoreMoment } from './moment.ts';
import { columnsQuestion, importCurrencyOf, QUESTION } from './question.ts';
import { findUnfitText, parsePrice, refuse, type Refusal } from './refusal.ts';

/** Header words of a list of prices. */
const PRICE_WORDS = {
  sku: ['sku', 'stockcode', 'articlenumber', 'article', 'itemnumber', 'itemno', 'productcode', 'gtin', 'ean', 'plu'],
  scope: ['scope', 'where'],
  type: ['type', 'pricetype'],
  price: ['price', 'unitprice', 'retailprice', 'amount'],
  currency: ['currency', 'currencycode'],
  from: ['from', 'pricefrom', 'validfrom'],
  to: ['to', 'priceto', 'validto', 'validuntil'],
  priority: ['priority'],
  from_quantity: ['fromquantity', 'minimumquantity', 'minquantity', 'breakquantity'],
  group: ['group', 'customergroup'],
  source: ['source'],
  cost: COST_WORDS,
} as const;
type PriceField = keyof typeof PRICE_WORDS;

const question = z.strictObject({
  ...QUESTION,
  columns: columnsQuestion(PRICE_WORDS),
  /** What times without an offset are read by. */
  timeZone: z.string().refine(isTimeZone, 'is an IANA time zone').optional(),
});
type Question = z.output<typeof question>;

/** What rows are judged by. */
interface Place {
  readonly currency: string;
  readonly scope: string;
  /** Of the stores that see a scope; undefined where they have several. */
  readonly timeZoneOf: (scope: string) => string | undefined;
}

export const pricesImporter: Importer<Question> = {
  question,
  prepare: async (ports, asked) => {
    const currency = await importCurrencyOf(ports, asked.currency);
    const timeZoneOf = await timeZones(ports, asked.timeZone);
    const place = { currency, scope: asked.scope, timeZoneOf };
    return ok(async (header) => {
      const columns = findColumns(header, PRICE_WORDS, asked.columns, [['sku'], ['price']]);
      if (!columns.ok) return columns;
      const cellOf = (row: readonly string[]): Cells<PriceField> => cellsOf(columns.value, row);
      if (columns.value.has('cost') && !ports.maySeeCost(asked.scope)) return COST_NOT_SEEN;
      const prices = createEntityCollection((row) => readPriceRow(cellOf(row), row, place));
      return ok(columns.value.has('cost') ? withCosts(prices, cellOf, { ...place, ...ports, knownSkus: await skusOf(ports) }) : prices);
    });
  },
};

async function skusOf({ database, identity }: ImportPorts): Promise<ReadonlySet<string>> {
  const rows = await database.rows<{ key: string }>('SELECT DISTINCT key FROM entity WHERE tenant_no = $1 AND type = $2 AND alive', [
    identity.tenantNo,
    ENTITY_TYPES.item.type,
  ]);
  return new Set(rows.map(({ key }) => key));
}

/** Costs beside prices, at the scope of their row. They are the items', and no subjects of the report; of goods that are not there yet there is no item to hold one. */
function withCosts(
  prices: Collection,
  cellOf: (row: readonly string[]) => Cells<PriceField>,
  place: Place & Pick<ImportPorts, 'maySeeCost'> & { readonly knownSkus: ReadonlySet<string> },
): Collection {
  const costs = new Map<string, EntityRow>();
  let areCosts = false;
  return {
    add: (row) => {
      const cell = cellOf(row);
      const cost = readCost(cell, place);
      if (!cost.ok) return cost.error;
      const isSaid = cell('cost') !== '';
      if (isSaid && !place.knownSkus.has(cell('sku'))) return { reason: 'costOfUnknownItem', value: cell('sku') };
      const scope = cell('scope') || place.scope;
      if (isSaid && isScope(scope) && !place.maySeeCost(scope)) return { reason: 'costNotSeen', value: scope };
      const added = prices.add(row);
      const item = { t: ENTITY_TYPES.item.type, k: cell('sku'), s: scope, f: costFields(cost.value) };
      if (isSaid && typeof added === 'string') costs.set(JSON.stringify([item.k, item.s]), item);
      return added;
    },
    get subjects() {
      return prices.subjects;
    },
    batches: function* batches(perBatch) {
      yield* prices.batches(perBatch);
      areCosts = true;
      const all = [...costs.values()];
      for (let start = 0; start < all.length; start += perBatch) yield all.slice(start, start + perBatch);
    },
    countOf: ({ created, changed }) => (areCosts ? { created: 0, changed: 0 } : { created, changed: changed - created }),
  };
}

async function timeZones({ database, identity }: ImportPorts, asked: string | undefined): Promise<Place['timeZoneOf']> {
  if (asked !== undefined) return () => asked;
  const stores = await listStores(database, identity.tenantNo);
  const byScope = new Map<string, string | undefined>();
  return (scope) => {
    if (!byScope.has(scope))
      byScope.set(
        scope,
        inCommon(storesAt(stores, scope), ({ timeZone }) => timeZone),
      );
    return byScope.get(scope);
  };
}

function readPriceRow(cell: Cells<PriceField>, row: readonly string[], place: Place): Result<EntityRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return err(unfit);
  const sku = cell('sku');
  if (sku === '') return refuse('noCode', cell('price'));
  if (sku.length > MAX_CODE_LENGTH || sku.includes('\n')) return refuse('tooLong', sku);
  const scope = cell('scope') || place.scope;
  if (!isScope(scope)) return refuse('badScope', scope);
  const currencyText = (cell('currency') || place.currency).toUpperCase();
  const currency = currencyOf(currencyText);
  if (currency === undefined) return refuse('unknownCurrency', currencyText);
  const price = parsePrice(cell('price'), currency.minorDigits);
  if (!price.ok) return price;
  const type = typeOf(cell('type'));
  if (type === undefined) return refuse('badPriceType', cell('type'));
  const condition = readCondition(cell, type);
  if (!condition.ok) return condition;
  if (!/^(?:|-?\d{1,9})$/.test(cell('priority'))) return refuse('badPriority', cell('priority'));
  const fromMs = parseStoreMoment(cell('from'), place.timeZoneOf(scope));
  if (!fromMs.ok) return fromMs;
  const toMs = parseStoreMoment(cell('to'), place.timeZoneOf(scope));
  if (!toMs.ok) return toMs;
  if (fromMs.value !== null && toMs.value !== null && toMs.value <= fromMs.value) return refuse('badDate', cell('to'));
  const fields = {
    '1': price.value.amount,
    '2': price.value.decimals,
    '3': currencyText,
    '4': fromMs.value,
    '5': toMs.value,
    '6': cell('priority') === '' ? null : Number(cell('priority')) + 0,
    '7': cell('source') || null,
    '8': condition.value.fromQuantity ?? null,
    '9': condition.value.customerGroup ?? null,
  };
  return ok({ t: ENTITY_TYPES.price.type, k: priceKey(sku, type, fromMs.value ?? undefined, condition.value), s: scope, f: fields });
}

/** `quantity break`, `quantityBreak` and `QUANTITY_BREAK` are one. */
function typeOf(text: string): ScheduledPriceType | undefined {
  const plain = (word: string): string => word.toLowerCase().replaceAll(/[\s_-]/g, '');
  return text === '' ? 'regular' : SCHEDULED_PRICE_TYPES.find((type) => plain(type) === plain(text));
}

interface Condition {
  readonly fromQuantity?: number;
  readonly customerGroup?: string;
}

/** In pieces, grams, millilitres or millimetres; a break needs one, and so does a pack's price, and what everybody pays has neither quantity nor group. */
function readCondition(cell: Cells<PriceField>, type: ScheduledPriceType): Result<Condition, Refusal> {
  const quantity = cell('from_quantity');
  const group = cell('group');
  const fromQuantity = Number(quantity);
  if (quantity !== '' && (!/^\d{1,10}$/.test(quantity) || fromQuantity < 1 || fromQuantity > MAX_QUANTITY))
    return refuse('badQuantity', quantity);
  if ((type === 'quantityBreak' || type === 'pack') && quantity === '') return refuse('badQuantity', quantity);
  if (type === 'pack' && (fromQuantity < 2 || fromQuantity > MAX_PRICED_UNITS)) return refuse('badQuantity', quantity);
  if (type !== 'quantityBreak' && type !== 'pack' && type !== 'member' && quantity + group !== '') {
    return quantity === '' ? refuse('badGroup', group) : refuse('badQuantity', quantity);
  }
  return ok({ ...(quantity !== '' && { fromQuantity }), ...(group !== '' && { customerGroup: group }) });
}
