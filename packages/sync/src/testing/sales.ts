/**
 * Sales as a lane writes them, for sizes and speeds: the columns of a real sale, a skewed assortment, 5.4 lines on average. And the invoices of a real
 * shop, where the data is at hand.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { EntryDraft } from '../replica/ledger.ts';
import { createSchemas, type Column, type Fields, type Schemas } from '../schema.ts';
import { seeded } from './fixtures.ts';

const int = (number: number, name: string): Column => ({ number, name, type: 'int' });
const text = (number: number, name: string): Column => ({ number, name, type: 'text' });

export const SALE_SCHEMAS: Schemas = createSchemas([
  {
    kind: 1,
    name: 'sale',
    columns: [
      text(1, 'businessDate'),
      int(2, 'shift'),
      text(3, 'drawer'),
      text(4, 'operator'),
      { number: 5, name: 'training', type: 'bool' },
      text(10, 'basketId'),
      text(11, 'currency'),
      text(12, 'cutHubEpoch'),
      int(13, 'cutLsn'),
      {
        number: 14,
        name: 'lines',
        type: {
          list: [
            text(1, 'sku'),
            { ...text(2, 'code'), optional: true },
            int(3, 'quantity'),
            text(4, 'unit'),
            int(5, 'unitPriceAmount'),
            int(6, 'unitPriceDecimals'),
            text(7, 'priceType'),
            int(9, 'amountMinor'),
            text(10, 'taxClass'),
            int(11, 'taxRateBps'),
            int(12, 'stockQuantity'),
          ],
        },
      },
      int(15, 'totalMinor'),
      text(20, 'receiptNumber'),
      { number: 21, name: 'taxInclusive', type: 'bool' },
      { number: 22, name: 'taxes', type: { list: [text(1, 'taxClass'), int(2, 'rateBps'), int(3, 'netMinor'), int(4, 'taxMinor')] } },
      { number: 23, name: 'tenders', type: { list: [text(1, 'tenderType'), int(2, 'amountMinor')] } },
      int(24, 'changeMinor'),
    ],
  },
]);

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly priceMinor: number;
  readonly rateBps: number;
}

function draftOf(serial: number, wallMs: number, lines: readonly Line[], paidMinor: (total: number) => number): EntryDraft {
  const rows = lines.map((line) => ({
    sku: line.sku,
    quantity: line.quantity,
    unit: 'piece',
    unitPriceAmount: line.priceMinor,
    unitPriceDecimals: 2,
    priceType: 'regular',
    amountMinor: line.quantity * line.priceMinor,
    taxClass: line.rateBps === 700 ? 'reduced' : 'standard',
    taxRateBps: line.rateBps,
    stockQuantity: line.quantity,
  }));
  const total = rows.reduce((sum, row) => sum + row.amountMinor, 0);
  const taxes: Fields[] = [...new Set(rows.map((row) => row.taxRateBps))]
    .sort((left, right) => left - right)
    .map((rateBps) => {
      const gross = rows.filter((row) => row.taxRateBps === rateBps).reduce((sum, row) => sum + row.amountMinor, 0);
      const taxMinor = Math.round((gross * rateBps) / (10_000 + rateBps));
      return { taxClass: rateBps === 700 ? 'reduced' : 'standard', rateBps, netMinor: gross - taxMinor, taxMinor };
    });
  const paid = paidMinor(total);
  const fields: Fields = {
    businessDate: new Date(wallMs).toISOString().slice(0, 10),
    shift: 3,
    drawer: 'D1',
    operator: `op${1 + (Math.floor(serial / 40) % 4)}`,
    training: false,
    basketId: `1-9f3a-${String(serial).padStart(6, '0')}`,
    currency: 'EUR',
    cutHubEpoch: '00112233445566aa',
    cutLsn: 40 + Math.floor(serial / 150),
    lines: rows,
    totalMinor: total,
    receiptNumber: `1-9f3a-${String(serial).padStart(6, '0')}`,
    taxInclusive: true,
    taxes,
    tenders: [{ tenderType: 'cash', amountMinor: paid }],
    changeMinor: paid - total,
  };
  return { kind: 1, wallMs, clockUncertaintyMs: 25, hubOffsetMs: -1_240, fields };
}

/** 5.4 lines on average, 24 at most; 3,000 goods, the popular ones far more often. */
export function generatedSales(count: number, seed = 1): readonly EntryDraft[] {
  const next = seeded(seed);
  const goods = Array.from({ length: 3_000 }, () => ({
    sku: String(4_000_000_000_000 + Math.floor(next() * 1e11)),
    priceMinor: 49 + Math.floor(next() * 30) * 50,
    rateBps: next() < 0.7 ? 700 : 1_900,
  }));
  let wallMs = 1_773_500_000_000;
  return Array.from({ length: count }, (_, serial) => {
    wallMs += Math.floor(20_000 + next() * 80_000);
    const lines = Array.from({ length: Math.min(24, 1 + Math.floor(-4.9 * Math.log(1 - next()))) }, () => {
      const item = goods[Math.floor(goods.length * next() ** 3)];
      return { sku: '', priceMinor: 0, rateBps: 0, ...item, quantity: next() < 0.85 ? 1 : 2 + Math.floor(next() * 3) };
    });
    return draftOf(serial + 1, wallMs, lines, (total) => (next() < 0.4 ? total : Math.ceil(total / 500) * 500));
  });
}

const ONLINE_RETAIL = new URL('../../../../../shared/data/sales/online_retail.csv.gz', import.meta.url);

export const hasOnlineRetail = (): boolean => existsSync(ONLINE_RETAIL);

/** Invoices in the order of the file, lines in theirs; whole pence and positive quantities only, as these are about bytes. */
export function onlineRetailSales(count: number): readonly EntryDraft[] {
  const rows = gunzipSync(readFileSync(ONLINE_RETAIL)).toString('utf8').split('\n').slice(1);
  const byInvoice = new Map<string, { atMs: number; lines: Line[] }>();
  for (const row of rows) {
    const match = /^(\d{6}),([^,]+),(?:"(?:[^"]|"")*"|[^,]*),(\d+),([^,]+),(\d+\.\d{1,2}),/.exec(row);
    if (match === null) continue;
    const [, invoice = '', sku = '', quantity, at = '', price] = match;
    const known = byInvoice.get(invoice) ?? { atMs: Date.parse(`${at.replace(' ', 'T')}Z`), lines: [] };
    if (known.lines.length === 0 && byInvoice.size === count) break;
    byInvoice.set(invoice, known);
    known.lines.push({ sku, quantity: Number(quantity), priceMinor: Math.round(Number(price) * 100), rateBps: 2_000 });
  }
  return [...byInvoice.values()].map(({ atMs, lines }, index) =>
    draftOf(index + 1, atMs + ((index * 7_919) % 60_000), lines, (total) => total),
  );
}
