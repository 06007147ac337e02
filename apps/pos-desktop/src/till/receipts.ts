/** A completed sale's receipt out of this lane's own rows: the first copy and the tenth say the same. */
import { assert } from '@holdfast/base';
import { basketLines, completeSale, readSale, receiptOf } from '@holdfast/domain';

import type { ReceiptView } from '../shared/till-contract.ts';
import type { CompletedBasket } from './basket-journal.ts';

export function receiptOfCompleted({ basket, closing }: CompletedBasket, receiptNumber: string): ReceiptView {
  const { externalReference } = closing;
  const facts = { receiptNumber, ...(externalReference !== undefined && { externalReference }) };
  const sale = readSale(completeSale(basket, closing.header, facts).fields);
  assert(sale.ok, `the sale ${receiptNumber} agrees with itself`);
  const lines = basketLines(basket);
  const names = new Map(lines.map((line) => [line.sku, line.name]));
  const taxes = new Map(lines.map(({ tax }) => [tax.taxClass, tax]));
  const taxName = (taxClass: string, component?: string): string | undefined => {
    const tax = taxes.get(taxClass);
    return component === undefined ? tax?.name : tax?.components?.find((known) => known.component === component)?.name;
  };
  const reductions = new Map(lines.flatMap(({ discounts = [] }) => discounts.map(({ reference, name }) => [reference, name])));
  return receiptOf(sale.value, {
    settings: closing.settings,
    lane: closing.lane,
    atMs: closing.atMs,
    itemName: (sku) => names.get(sku),
    taxName,
    tenderName: (tenderType) => closing.tenderNames?.[tenderType],
    reductionName: (reference) => reductions.get(reference),
  });
}
