/** Which column of a file is which field: by the header's words, or as the person who imports says. */
import { err, ok, type Result } from '@holdfast/base';

export const IMPORT_FIELDS = [
  'gtin',
  'sku',
  'name',
  'brand',
  'category',
  'price',
  'currency',
  'tax_class',
  'unit',
  'plu',
  'minimum_age',
  'symbol',
  'price_from',
  'price_to',
  'price_type',
  'invoice',
] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** Field → index of its column. */
export type ColumnIndex = ReadonlyMap<ImportField, number>;

export type ColumnsError = { readonly type: 'badColumns'; readonly reason: string };

/** Header words, without case, spaces and punctuation. */
const SYNONYMS: Readonly<Record<ImportField, readonly string[]>> = {
  gtin: ['gtin', 'ean', 'ean13', 'upc', 'barcode', 'gtin13', 'gtin14'],
  sku: ['sku', 'stockcode', 'articlenumber', 'article', 'itemnumber', 'itemno', 'productcode'],
  name: ['name', 'description', 'productname', 'itemname', 'title'],
  brand: ['brand', 'brandname', 'manufacturer'],
  category: ['category', 'department', 'productgroup'],
  price: ['price', 'unitprice', 'retailprice', 'amount'],
  currency: ['currency', 'currencycode'],
  tax_class: ['taxclass', 'taxcode', 'tax', 'vatclass'],
  unit: ['unit', 'uom', 'unitofmeasure'],
  plu: ['plu', 'plucode'],
  minimum_age: ['minimumage', 'minage', 'age', 'agerestriction'],
  symbol: ['symbol', 'emoji', 'icon'],
  price_from: ['pricefrom', 'validfrom', 'from'],
  price_to: ['priceto', 'validto', 'validuntil', 'to'],
  price_type: ['pricetype'],
  invoice: ['invoiceno', 'invoice', 'invoicenumber', 'receiptno', 'receiptnumber'],
};

const wordOf = (header: string): string => header.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
const isField = (text: string): text is ImportField => IMPORT_FIELDS.some((field) => field === text);

/** `sku=StockCode,name=Description`: field → header, as the request says it. */
export function parseColumnMapping(text: string): Result<ReadonlyMap<ImportField, string>, ColumnsError> {
  const mapping = new Map<ImportField, string>();
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const at = part.indexOf('=');
    const field = part.slice(0, Math.max(at, 0)).trim().toLowerCase();
    const header = part.slice(at + 1).trim();
    if (!isField(field) || header === '') {
      return err({ type: 'badColumns', reason: `"${part}" is not FIELD=HEADER with a FIELD out of ${IMPORT_FIELDS.join(', ')}` });
    }
    mapping.set(field, header);
  }
  return ok(mapping);
}

/** A file must say which goods it means, and one column is one field. Headers that mean nothing here are left alone. */
export function findColumns(header: readonly string[], mapping: ReadonlyMap<ImportField, string>): Result<ColumnIndex, ColumnsError> {
  const columns = new Map<ImportField, number>();
  for (const [field, wanted] of mapping) {
    const index = header.findIndex((name) => name.trim() === wanted);
    const loose = index >= 0 ? index : header.findIndex((name) => wordOf(name) === wordOf(wanted));
    if (loose < 0) return err({ type: 'badColumns', reason: `the file has no column "${wanted}"; it has ${header.join(', ')}` });
    columns.set(field, loose);
  }
  const taken = new Set(columns.values());
  for (const field of IMPORT_FIELDS) {
    if (columns.has(field)) continue;
    const index = SYNONYMS[field]
      .map((word) => header.findIndex((name, at) => !taken.has(at) && wordOf(name) === word))
      .find((at) => at >= 0);
    if (index === undefined) continue;
    columns.set(field, index);
    taken.add(index);
  }
  if (!columns.has('gtin') && !columns.has('sku') && !columns.has('plu')) {
    return err({ type: 'badColumns', reason: `no column is a gtin, sku or plu; the file has ${header.join(', ').slice(0, 400)}` });
  }
  return ok(columns);
}
