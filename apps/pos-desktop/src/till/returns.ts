/**
 * What this lane sold, for goods that come back: its sales by receipt number, what returned something of them, and what its terminal gave
 * back. The right to return a line of these rests with this lane.
 */
import { assert } from '@holdfast/base';
import {
  basketLines,
  LEDGER_KINDS,
  readSale,
  repriceRestOf,
  returnableLines,
  returnDaysOf,
  DEFAULT_RETURN_POLICY,
  type BasketLine,
  type LedgerEntry,
  type ReturnTerms,
  type Sale,
  type StoreSettings,
} from '@holdfast/domain';

import type { ReturnableView } from '../shared/till-contract.ts';
import type { BasketJournal, CompletedBasket } from './basket-journal.ts';
import type { CatalogueView } from './catalogue/catalogue.ts';
import type { Connection } from './database/connection.ts';
import { saleEntryOf } from './receipts.ts';

export interface OwnSale {
  readonly sale: Sale;
  readonly entry: LedgerEntry;
  readonly atMs: number;
  /** All that returned something of it, or undid it. */
  readonly others: readonly Sale[];
  /** Places of tenders, counted from 1, that the terminal gave back. */
  readonly reversed: ReadonlySet<number>;
  readonly lines: readonly BasketLine[];
}

export interface Returns {
  find(receiptNumber: string): OwnSale | undefined;
  /** Inside the transaction that appends the entry: what of it returns something, or gives a tender back, is remembered by receipt. */
  note(entry: LedgerEntry): void;
}

export function createReturns(db: Connection, journal: BasketJournal): Returns {
  const listReturns = db.prepare<[string], string>('SELECT fields FROM sale_return WHERE receipt_number = ? ORDER BY id').pluck();
  const insertReturn = db.prepare('INSERT INTO sale_return (receipt_number, fields) VALUES (?, ?)');
  const listReversals = db.prepare<[string], number>('SELECT tender FROM tender_reversal WHERE receipt_number = ?').pluck();
  const insertReversal = db.prepare('INSERT OR IGNORE INTO tender_reversal (receipt_number, tender) VALUES (?, ?)');
  const toSale = (fields: LedgerEntry['fields']): Sale => {
    const sale = readSale(fields);
    assert(sale.ok, 'what this till wrote it can read');
    return sale.value;
  };
  return {
    find(receiptNumber) {
      const completed: CompletedBasket | undefined = journal.completed(receiptNumber);
      if (completed === undefined) return undefined;
      const entry = saleEntryOf(completed, receiptNumber);
      return {
        sale: toSale(entry.fields),
        entry,
        atMs: completed.closing.atMs,
        others: listReturns.all(receiptNumber).map((fields) => toSale(JSON.parse(fields) as LedgerEntry['fields'])),
        reversed: new Set(listReversals.all(receiptNumber)),
        lines: basketLines(completed.basket),
      };
    },
    note(entry) {
      if (entry.kind === LEDGER_KINDS.tenderReversal.kind) {
        insertReversal.run(entry.fields['receiptNumber'], entry.fields['tender']);
        return;
      }
      if (entry.kind !== LEDGER_KINDS.sale.kind) return;
      const sale = toSale(entry.fields);
      const receipts = new Set(sale.lines.flatMap(({ returnOf }) => (returnOf === undefined ? [] : [returnOf.receiptNumber])));
      if (sale.postVoidOf !== undefined) receipts.add(sale.postVoidOf);
      for (const receiptNumber of receipts) insertReturn.run(receiptNumber, JSON.stringify(entry.fields));
    },
  };
}

/** What the store allows, at the catalogue's cut. */
export function returnTermsOf(view: CatalogueView, settings: StoreSettings, sale: Sale, businessDate: string): ReturnTerms {
  const policy = settings.returns ?? DEFAULT_RETURN_POLICY;
  const tenderTypes = new Map(view.tenderTypes().map((type) => [type.tenderType, type]));
  const rules = new Map(view.promotions().promotions.map(({ rule }) => [`${rule.promotionId} ${rule.version}`, rule]));
  const reprice = repriceRestOf(sale, {
    ruleOf: (promotionId, version) => rules.get(`${promotionId} ${version}`),
    itemOf: (sku) => view.item(sku),
    ...(settings.promotionPolicy !== undefined && { policy: settings.promotionPolicy }),
  });
  return {
    businessDate,
    returnDaysOf: (sku) => returnDaysOf(view.item(sku), policy),
    refundToOf: (tenderType) => tenderTypes.get(tenderType)?.refundTo ?? 'original',
    ...(policy.bundles === 'reprice' && { reprice }),
  };
}

/** What of a sale may still come back, in the words of the contract. */
export function toReturnableView({ sale, others, atMs, lines }: OwnSale, inBasket: readonly BasketLine[]): ReturnableView {
  const names = new Map(lines.map((line) => [line.sku, line.name]));
  return {
    receiptNumber: sale.receiptNumber,
    atMs,
    totalMinor: sale.totalMinor,
    lines: returnableLines(sale, others).map(({ line, sold, leftQuantity, leftMinor, paidMinor }) => {
      const returning = inBasket.find(
        ({ returnOf, quantity }) => returnOf?.receiptNumber === sale.receiptNumber && returnOf.line === line && quantity.value < 0,
      );
      return {
        line,
        sku: sold.sku,
        name: sold.text ?? names.get(sold.sku) ?? sold.sku,
        sold: sold.quantity,
        left: { value: leftQuantity, unit: sold.quantity.unit },
        paidMinor,
        leftMinor,
        returning: 0 - (returning?.quantity.value ?? 0),
        ...(returning?.isDefective === true && { defective: true }),
      };
    }),
  };
}
