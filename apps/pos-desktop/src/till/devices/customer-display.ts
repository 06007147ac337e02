/**
 * What stands on the shopper's two rows: a pure choice out of what windows are told. Nothing of the cashier's: no refused scan, no name, no limit.
 * Amounts stand without their currency's sign, which many displays do not have, in the digits 0 to 9, at the end of their row.
 */
import { decimalText, isReceiptLanguage, RECEIPT_WORDS, type ReceiptLanguage } from '@holdfast/domain';
import type { DisplayRows } from '@holdfast/hardware';

import type { BasketHead, LineView, TillMessage } from '../../shared/till-contract.ts';

/** What of the till's messages the rows are made of. */
export interface DisplaySight {
  readonly head?: BasketHead;
  /** The goods that the last change touched, while they are in the basket. */
  readonly line?: LineView;
}

export interface DisplayShop {
  readonly storeName: string;
  /** BCP 47. */
  readonly locale: string;
  /** What it says between sales, under the store's name. */
  readonly displayText?: string;
}

type BasketMessage = Extract<TillMessage, { type: 'basket' }>;

export function sightAfter(sight: DisplaySight, { head, reset, upserted, removedLineIds }: BasketMessage): DisplaySight {
  const before = reset || sight.line === undefined || removedLineIds.includes(sight.line.lineId) ? undefined : sight.line;
  const goods = upserted.filter(({ kind }) => kind === 'item');
  const line = goods.find(({ lineId }) => lineId === head.currentLineId) ?? goods.find(({ lineId }) => lineId === before?.lineId) ?? before;
  return { head, ...(line !== undefined && { line }) };
}

/** What is left to pay, once something was. */
const LEFT: Readonly<Record<ReceiptLanguage, string>> = {
  en: 'To pay',
  de: 'Offen',
  fr: 'Reste',
  es: 'Pendiente',
  ar: 'المتبقي',
  ja: '残り',
  he: 'לתשלום',
  th: 'คงเหลือ',
};

export function displayRows({ head, line }: DisplaySight, shop: DisplayShop, columns: number): DisplayRows {
  const idle: DisplayRows = [centred(shop.storeName, columns), centred(shop.displayText ?? '', columns)];
  if (head === undefined) return idle;
  const { totals, completed, tenders = [], minorDigits, receiptLanguage } = head;
  const language = languageOf(receiptLanguage ?? shop.locale);
  const words = RECEIPT_WORDS[language];
  const row = (label: string, amountMinor: number): string =>
    rowOf(label, amountText(amountMinor, minorDigits, receiptLanguage ?? shop.locale), columns);
  const total = (totalMinor: number): string => row(totalMinor < 0 ? words.refund : words.total, Math.abs(totalMinor));
  const isEmpty = totals.itemCount === 0 && line === undefined;
  if (isEmpty && completed === undefined) return idle;
  if (isEmpty && completed !== undefined) {
    return [total(completed.totalMinor), completed.changeMinor === 0 ? idle[1] : row(words.change, completed.changeMinor)];
  }
  const paid = tenders.at(-1);
  if (paid !== undefined) return [row(paid.name, paid.amountMinor), row(LEFT[language], totals.dueMinor)];
  return [line === undefined ? '' : row(lineText(line), netMinorOf(line)), total(totals.totalMinor)];
}

const netMinorOf = ({ amountMinor = 0, discounts = [] }: LineView): number =>
  discounts.reduce((sum, discount) => sum + discount.amountMinor, amountMinor);

const lineText = ({ name, quantity }: LineView): string =>
  quantity === undefined || quantity.unit !== 'piece' || quantity.value === 1 ? name : `${quantity.value} x ${name}`;

function languageOf(locale: string): ReceiptLanguage {
  const { language } = new Intl.Locale(locale);
  return isReceiptLanguage(language) ? language : 'en';
}

const amountText = (amountMinor: number, digits: number, locale: string): string =>
  new Intl.NumberFormat(locale, { numberingSystem: 'latn', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    decimalText(amountMinor, digits) as `${number}`,
  );

/** The amount whole; of the label as much as is left. */
function rowOf(label: string, amount: string, columns: number): string {
  const room = Math.max(columns - amount.length - 1, 0);
  return `${[...label].slice(0, room).join('').padEnd(room)} ${amount}`;
}

function centred(text: string, columns: number): string {
  const shown = [...text.trim()].slice(0, columns).join('');
  return ' '.repeat(Math.floor((columns - shown.length) / 2)) + shown;
}
