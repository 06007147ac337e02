/** What a lane has written, as rows: tenders, the receipt, the ledger, stock, and what a person should look at. */
import { unreachable } from '@holdfast/base';

import { promotionReference } from '../basket/line-discount.ts';
import { type Fields, LEDGER_KINDS, type LedgerEntry } from '../ledger/ledger.ts';
import { decimalText, minorDigitsOf } from '../money/money.ts';
import { isUnit } from '../money/quantity.ts';
import { type ReceiptBlock, receiptOf } from '../receipt/receipt.ts';
import type { Refusal } from '../refusal.ts';
import { returnExceptionsOf } from '../returns/return-exceptions.ts';
import { foldStock, stockKey, type StockMovement, stockMovementsOf } from '../stock/stock-movement.ts';
import { PPM_PER_BPS, type TaxRule } from '../tax/tax-rule.ts';
import type { Tender } from '../tender/tender.ts';
import { priceText, quantityWords, rateText, spaced } from './cells.ts';
import { type Got, money, NONE } from './expected-cells.ts';
import type { Lane } from './lane.ts';
import { salesOf } from './return-acts.ts';

export const tenderRow = (lane: Lane, { tenderType, amountMinor }: Tender): Got => ({
  cells: [spaced(tenderType), money(lane, amountMinor)],
});

export const tenderDetails = (
  lane: Lane,
  { tipMinor, cashBackMinor, forfeitedMinor, foreign, reference, points, paidFor }: Tender,
): readonly string[] => {
  const sumOrNone = (amountMinor: number | undefined): string => (amountMinor === undefined ? NONE : money(lane, amountMinor));
  return [
    `tip ${sumOrNone(tipMinor)}`,
    `cash back ${sumOrNone(cashBackMinor)}`,
    `forfeited ${sumOrNone(forfeitedMinor)}`,
    `foreign ${foreign === undefined ? NONE : `${decimalText(foreign.amountMinor, minorDigitsOf(foreign.currency))} ${foreign.currency}`}`,
    `from ${reference ?? NONE}`,
    `points ${points ?? NONE}`,
    `for ${paidFor === undefined ? NONE : paidFor.map(({ lineId, amountMinor: share }) => `line ${lineId} ${money(lane, share)}`).join(' and ')}`,
  ];
};

const taxNameOf = (rule: TaxRule | undefined, component: string | undefined): string | undefined =>
  component === undefined ? rule?.name : rule?.variants?.flatMap(({ taxes }) => taxes).find((part) => part.component === component)?.name;

export const goodsName = (lane: Lane, sku: string): string => lane.shop.itemsBySku.get(sku)?.name ?? sku;

/** `due 9.73`, `minimum age years 18`: the engine's own names, amounts in the currency's decimals. */
export const refusalDetails = ({ detail }: Refusal, minorDigits: number): readonly string[] =>
  Object.entries(detail).map(([name, value]) => shownDetail(name, value, minorDigits));

function shownDetail(name: string, value: string | number | boolean, minorDigits: number): string {
  if (name.endsWith('Minor') && typeof value === 'number')
    return `${spaced(name.slice(0, -'Minor'.length))} ${decimalText(value, minorDigits)}`;
  if (name.endsWith('Bps') && typeof value === 'number') return `${spaced(name.slice(0, -'Bps'.length))} ${rateText(value * PPM_PER_BPS)}`;
  if (name === 'action') return `action ${spaced(String(value))}`;
  return `${spaced(name)} ${String(value)}`.trimEnd();
}

export const sumOrNone = (amountMinor: number | undefined, minorDigits: number): string =>
  amountMinor === undefined ? NONE : decimalText(amountMinor, minorDigits);

/** Of each receipt that something came back of, in the order in which that began. */
export function exceptionRows(lane: Lane): readonly Got[] {
  const sales = salesOf(lane);
  const back = sales.flatMap(({ lines: own }) => own.filter(({ returnOf }) => returnOf !== undefined));
  return [...Map.groupBy(back, ({ returnOf }) => returnOf?.receiptNumber ?? '')].flatMap(([receiptNumber, own]) =>
    returnExceptionsOf(
      receiptNumber,
      sales.find((sale) => sale.receiptNumber === receiptNumber),
      own,
    ).map(({ type, sku, quantity: pieces }) => ({ cells: [spaced(type), String(pieces), goodsName(lane, sku)] })),
  );
}

/** The receipt of the last sale, block by block; a rule between blocks is `---`. */
export function receiptRows(lane: Lane): readonly (readonly string[])[] {
  if (lane.lastSale === undefined) return [];
  const { sale, atMs } = lane.lastSale;
  const { settings, itemsBySku, taxClasses, promotions } = lane.shop;
  const document = receiptOf(sale, {
    settings,
    lane: lane.shop.lane,
    atMs,
    itemName: (sku) => itemsBySku.get(sku)?.name,
    reductionName: (reference) => promotions.promotions.find(({ rule }) => promotionReference(rule) === reference)?.rule.name,
    taxName: (taxClass, component) => taxNameOf(taxClasses.get(taxClass), component),
  });
  return document.blocks.flatMap((block) => blockRows(block, document.minorDigits));
}

function blockRows(block: ReceiptBlock, minorDigits: number): readonly (readonly string[])[] {
  const shown = (amountMinor: number): string => decimalText(amountMinor, minorDigits);
  switch (block.type) {
    case 'heading':
    case 'text':
      return [[block.text]];
    case 'rule':
      return [['---']];
    case 'line':
      return [
        [quantityWords(block.quantity), block.name, priceText(block.unitPrice, minorDigits), shown(block.amountMinor), block.taxMark],
      ];
    case 'reduction':
      return [[block.name, shown(block.amountMinor)]];
    case 'amount':
      return [[block.label, shown(block.amountMinor)]];
    case 'tax':
      return [[block.mark, block.name, rateText(block.rateBps * PPM_PER_BPS), shown(block.netMinor), shown(block.taxMinor)]];
    case 'signature':
      return [];
    case 'code':
      return [[block.text]];
    case 'facts':
      return block.facts;
    default:
      return unreachable(block, 'blockRows');
  }
}

export function ledgerRow({ kind, fields }: LedgerEntry): Got {
  const name = Object.values(LEDGER_KINDS).find((known) => known.kind === kind)?.name ?? String(kind);
  const { currency, lines: sold } = fields;
  const totalMinor = fields['totalMinor'] ?? fields['amountMinor'];
  const inCurrency = (amountMinor: unknown): string =>
    typeof amountMinor === 'number' && typeof currency === 'string' ? decimalText(amountMinor, minorDigitsOf(currency)) : NONE;
  const said = (value: unknown): string => {
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    return typeof value === 'string' || typeof value === 'number' ? String(value) : NONE;
  };
  const listed = (value: unknown, column: string): string | undefined =>
    Array.isArray(value) ? (value as readonly Fields[]).map((row) => said(row[column])).join(', ') : undefined;
  const detail = (word: string, value: unknown): string => `${word} ${said(value)}`;
  return {
    cells: [spaced(name), inCurrency(totalMinor)],
    details: [
      detail('business date', fields['businessDate']),
      detail('shift', fields['shift']),
      detail('drawer', fields['drawer']),
      detail('operator', fields['operator']),
      detail('training', fields['training']),
      detail('basket', fields['basketId']),
      detail('receipt number', fields['receiptNumber']),
      detail('reference', fields['externalReference']),
      detail('reason', fields['reason']),
      detail('publication', fields['cutLsn']),
      detail('lines', Array.isArray(sold) ? sold.length : undefined),
      detail('rounding', inCurrency(fields['roundingMinor'])),
      detail('paid', inCurrency(fields['paidMinor'])),
      detail('customer', fields['customer']),
      detail('promotions', listed(fields['promotions'], 'promotionId')),
      detail('claims', listed(fields['claims'], 'code')),
      detail('approved by', fields['approvedBy']),
      detail('exemption', fields['exemption']),
      detail('service', fields['service']),
    ],
  };
}

/** In the order of the ledger; positive: leaves the store. */
export const movementsOf = (lane: Lane): readonly StockMovement[] =>
  lane.entries.flatMap((entry) => {
    const movements = stockMovementsOf(entry);
    return movements.ok ? movements.value : [];
  });

/** What the ledger did to the stock on hand since the scenario began, in the order in which goods first moved. */
export function stockRows(lane: Lane): readonly Got[] {
  const movements = movementsOf(lane);
  const onHand = new Map<string, number>();
  foldStock(onHand, movements);
  return [...onHand].map(([key, value]) => {
    const moved = movements.find(({ sku, unit }) => stockKey(sku, unit) === key);
    const unit = moved !== undefined && isUnit(moved.unit) ? moved.unit : 'piece';
    return { cells: [moved === undefined ? key : goodsName(lane, moved.sku), quantityWords({ value, unit })] };
  });
}
