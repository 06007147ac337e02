/** A completed sale's receipt out of this lane's own rows: the first copy and the tenth say the same. */
import { assert } from '@holdfast/base';
import {
  basketLines,
  completeSale,
  readSale,
  receiptOf,
  receiptWordsOf,
  type LedgerEntry,
  type ReceiptFiscal,
  type ReceiptInvoice,
  type ReceiptSignature,
  type Sale,
  receiptLanguageOf,
} from '@holdfast/domain';

import type { ReceiptView } from '../../shared/till-contract.ts';
import type { CompletedBasket } from './basket-journal.ts';

/** The entry of a completed sale again, out of its basket's own events. */
export function saleEntryOf({ basket, closing }: CompletedBasket, receiptNumber: string): LedgerEntry {
  const { externalReference } = closing;
  return completeSale(basket, closing.header, { receiptNumber, ...(externalReference !== undefined && { externalReference }) });
}

function soldIn(completed: CompletedBasket, receiptNumber: string): Sale {
  const sale = readSale(saleEntryOf(completed, receiptNumber).fields);
  assert(sale.ok, `the sale ${receiptNumber} agrees with itself`);
  return sale.value;
}

/** In the shopper's language, where they said one, and in the store's otherwise. */
export function receiptOfCompleted(
  completed: CompletedBasket,
  receiptNumber: string,
  {
    isGift = false,
    merchant,
    fiscal,
    invoice,
    undone,
    logo,
  }: {
    readonly isGift?: boolean | undefined;
    readonly merchant?: { readonly signatures: readonly ReceiptSignature[] };
    readonly fiscal: ReceiptFiscal | undefined;
    readonly invoice: ReceiptInvoice | undefined;
    /** The post-void of the sale, whose paper it is then. */
    readonly undone?: { readonly by: Sale; readonly atMs: number };
    /** As the store has it now: it is nothing of the sale. */
    readonly logo: string | undefined;
  },
): ReceiptView {
  const { basket, closing } = completed;
  const sale = undone?.by ?? soldIn(completed, receiptNumber);
  const lines = basketLines(basket);
  const names = new Map([...Object.entries(closing.giftNames ?? {}), ...lines.map(({ sku, name }) => [sku, name] as const)]);
  const taxes = new Map(lines.map(({ tax }) => [tax.taxClass, tax]));
  const taxName = (taxClass: string, component?: string): string | undefined => {
    const tax = taxes.get(taxClass);
    return component === undefined ? tax?.name : tax?.components?.find((known) => known.component === component)?.name;
  };
  const reductions = new Map(lines.flatMap(({ discounts = [] }) => discounts.map(({ reference, name }) => [reference, name])));
  // Sales of before the store's language was kept printed English words.
  const language = receiptLanguageOf(basket) ?? closing.settings.locale;
  const soldOn = new Map([
    ...basket.returns.map((origin) => [origin.receiptNumber, origin.soldOn] as const),
    [receiptNumber, closing.header.businessDate],
  ]);
  const document = receiptOf(sale, {
    settings: closing.settings,
    lane: closing.lane,
    atMs: undone?.atMs ?? closing.atMs,
    itemName: (sku) => names.get(sku),
    taxName,
    tenderName: (tenderType) => closing.tenderNames?.[tenderType],
    reductionName: (reference) => reductions.get(reference),
    soldOn: (receipt) => soldOn.get(receipt),
    ...(language !== undefined && { language, words: receiptWordsOf(language) }),
    isGift,
    ...(merchant !== undefined && { merchant }),
    ...(fiscal !== undefined && { fiscal }),
    ...(invoice !== undefined && { invoice }),
  });
  return { ...document, ...(language !== undefined && { language }), ...(logo !== undefined && { logo }) };
}
