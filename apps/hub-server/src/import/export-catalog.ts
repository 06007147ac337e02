/** Goods as a file that `catalog.ts` reads: what holds everywhere. Bringing it back as it is changes nothing. */
import { csvLine } from '@holdfast/base';
import { type Attribute, attributeValueKey, decimalText, ENTITY_TYPES, SCHEDULED_PRICE_TYPES, type ScheduledPrice } from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import type { Database } from '../db/database.ts';
import { valuesEverywhere } from '../goods/attributes.ts';
import { pricesOf } from '../goods/price-of-goods.ts';
import { ATTRIBUTE_COLUMN } from './attribute-columns.ts';
import { isScheduledType } from './catalog-row.ts';
import { writeWorkbook } from './table-workbook.ts';

/** Column of the file → field of an item, written as it is. */
const FIELDS = {
  name: 'name',
  brand: 'brand',
  category: 'category',
  tax_class: 'taxClass',
  unit: 'unit',
  minimum_age: 'minimumAgeYears',
  symbol: 'symbol',
  deposit_sku: 'depositSku',
  sale_hours: 'saleHours',
  maximum_per_sale: 'maximumPerSale',
  cashier_age: 'minimumCashierAgeYears',
  tare: 'tare',
  is_deposit: 'isDeposit',
  style: 'style',
  options: 'options',
} as const;
const PRICE_COLUMNS = ['price', 'currency', 'price_type', 'price_from', 'price_to'];

const HEADER = ['sku', 'gtin', 'pack_units', 'plu', ...Object.keys(FIELDS), 'content', ...PRICE_COLUMNS];

/** A column for each attribute that there is, behind all others. */
export const catalogHeader = (attributes: readonly Attribute[]): readonly string[] => [
  ...HEADER,
  ...attributes.map(({ code }) => `${ATTRIBUTE_COLUMN}${code}`),
];

const ITEMS_AT_ONCE = 500;

interface Row {
  readonly sku: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

interface CodeRow {
  readonly sku: string;
  readonly code: string;
  /** Of a pack. */
  readonly units: string | null;
}

/** Lines of CSV, many at a time, without the header. */
export async function* exportCatalog(database: Database, tenantNo: number, attributes: readonly Attribute[]): AsyncGenerator<string> {
  for await (const rows of catalogRows(database, tenantNo, attributes)) yield rows.map(csvLine).join('');
}

/** As a workbook, header and all; undefined where it has more rows than a workbook may. */
export const catalogWorkbook = async (
  database: Database,
  tenantNo: number,
  attributes: readonly Attribute[],
): Promise<Uint8Array | undefined> =>
  writeWorkbook(
    (async function* batches() {
      yield [catalogHeader(attributes)];
      yield* catalogRows(database, tenantNo, attributes);
    })(),
  );

async function* catalogRows(
  database: Database,
  tenantNo: number,
  attributes: readonly Attribute[],
): AsyncGenerator<readonly (readonly string[])[]> {
  for (let after = ''; ;) {
    const items = await database.rows<Row>(
      `SELECT key AS sku, fields FROM entity
       WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.item.type} AND alive AND key > $2 AND scope = 'global' ORDER BY key LIMIT ${ITEMS_AT_ONCE}`,
      [tenantNo, after],
    );
    const last = items.at(-1);
    if (last === undefined) return;
    const skus = items.map(({ sku }) => sku);
    const codes = await database.rows<CodeRow>(
      `SELECT held.sku, held.code, e.fields ->> '96' AS units FROM codes_of_goods($1, $2) AS held
       CROSS JOIN LATERAL (SELECT fields FROM entity WHERE tenant_no = $1 AND key = held.code AND type = ${ENTITY_TYPES.code.type} AND scope = 'global' OFFSET 0) AS e
       WHERE held.place = 'global' ORDER BY held.sku, held.code`,
      [tenantNo, skus],
    );
    const codesBySku = Map.groupBy(codes, ({ sku }) => sku);
    const prices = await pricesOf({ database, tenantNo }, skus);
    const values = attributes.length === 0 ? new Map<string, string>() : await valuesEverywhere({ database, tenantNo }, skus);
    yield items.flatMap((item) => {
      const said = attributes.map(({ code }) => values.get(attributeValueKey(item.sku, code)) ?? '');
      return linesOf(item, codesBySku.get(item.sku) ?? [], prices.get(item.sku) ?? []).map((line) => [...line, ...said]);
    });
    after = last.sku;
  }
}

/** A line for each code and each price: the second of either stands in a further line of the same article. */
function linesOf({ sku, fields }: Row, codes: readonly CodeRow[], prices: readonly ScheduledPrice[]): readonly (readonly string[])[] {
  // The code of one piece stands first.
  const gtins = codes
    .filter(({ code }) => /^\d{14}$/.test(code))
    .toSorted((one, other) => Number(one.units ?? 1) - Number(other.units ?? 1));
  const plus = codes.filter(({ code }) => code.startsWith('plu:')).map(({ code }) => code.slice('plu:'.length));
  const priced = prices
    .filter(({ scope, type }) => scope === 'global' && isScheduledType(type))
    .toSorted((left, right) => rankOf(left) - rankOf(right) || (left.fromMs ?? 0) - (right.fromMs ?? 0));
  const named = new Map(ENTITY_TYPES.item.columns.map(({ name, number }) => [name, fields[String(number)] ?? '']));
  const words = Object.values(FIELDS).map((name) => String(named.get(name) ?? ''));
  const content = named.get('content') === '' ? '' : `${named.get('content')} ${CONTENT_UNITS[String(named.get('contentUnit'))] ?? ''}`;
  // The item shows one PLU, and it is the one that its first line says.
  const plu = String(named.get('plu') ?? '');
  return Array.from({ length: Math.max(1, gtins.length, priced.length) }, (_, index) => [
    sku,
    shortGtin(gtins[index]?.code ?? ''),
    gtins[index]?.units ?? '',
    plus.includes(plu) ? plu : '',
    ...words,
    content,
    ...priceCells(priced[index]),
  ]);
}

const rankOf = ({ type }: ScheduledPrice): number => SCHEDULED_PRICE_TYPES.findIndex((each) => each === type);

const CONTENT_UNITS: Readonly<Record<string, string>> = { gram: 'g', millilitre: 'ml', millimetre: 'mm' };

function priceCells(price: ScheduledPrice | undefined): readonly string[] {
  if (price === undefined) return PRICE_COLUMNS.map(() => '');
  const { amount, decimals } = price.price;
  const moment = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString());
  return [decimalText(amount, decimals), price.currency, price.type, moment(price.fromMs), moment(price.toMs)];
}

/** As short as its check digit allows: a file of GTIN-13s comes back as such. */
function shortGtin(key: string): string {
  if (key === '') return '';
  const digits = key.replace(/^0+/, '');
  const length = digits.length <= 8 ? 8 : Math.max(12, digits.length);
  return digits.padStart(length, '0');
}
