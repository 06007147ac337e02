/** A receipt as a document for printers: what stands where. How wide the paper is, the printer knows. Lanes print by it, and headquarters see by it what lanes print. */
import { unreachable } from '@holdfast/base';
import { decimalText, formatMoney, formatUnitPrice, type ReceiptBlock, type ReceiptDocument } from '@holdfast/domain';

import type { PrintBlock, PrintDocument } from './print-document.ts';
import { signaturePicture } from './signature-picture.ts';

/** A receipt as a document, under the retailer's picture, where there is one: in base64. */
export interface PrintableReceipt extends Omit<ReceiptDocument, 'blocks'> {
  readonly blocks: readonly ReceiptBlock[];
  readonly logo?: string | undefined;
}

export interface PrintOptions {
  /** BCP 47: numbers and the way in which lines run. */
  readonly locale: string;
  /** Stands above what is no first copy. */
  readonly mark?: string;
}

const RTL_SCRIPTS: ReadonlySet<string> = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa']);

function directionOf(locale: string): 'ltr' | 'rtl' {
  const { script = '' } = new Intl.Locale(locale).maximize();
  return RTL_SCRIPTS.has(script) ? 'rtl' : 'ltr';
}

/** The receipt, and under it its number, where it has one, as a QR code and as a barcode, so that it can be found by a scan. */
export function receiptToPrint(receipt: PrintableReceipt, { locale, mark }: PrintOptions): PrintDocument {
  return {
    direction: directionOf(locale),
    ...(mark !== undefined && { mark }),
    ...(receipt.logo !== undefined && { logo: receipt.logo }),
    blocks: [
      ...receipt.blocks.flatMap((block) => blocksOf(block, receipt, locale)),
      ...(receipt.receiptNumber === '' ? [] : codesOf(receipt.receiptNumber)),
    ],
  };
}

const codesOf = (receiptNumber: string): readonly PrintBlock[] => [
  { type: 'feed', lines: 1 },
  { type: 'qr', data: receiptNumber },
  { type: 'feed', lines: 1 },
  { type: 'barcode', data: receiptNumber },
];

function blocksOf(block: ReceiptBlock, { currency, minorDigits }: PrintableReceipt, locale: string): readonly PrintBlock[] {
  const money = (amountMinor: number): string => localised(amountMinor, minorDigits, { locale, currency });
  switch (block.type) {
    case 'heading':
      return [{ type: 'text', text: block.text, align: 'center', isBold: true, isLarge: true }];
    case 'text':
      return [{ type: 'text', text: block.text, align: block.align }];
    case 'rule':
      return [{ type: 'rule' }];
    case 'signature':
      return [{ type: 'picture', png: signaturePicture(block.strokes) }];
    case 'line':
      return lineBlocks(block, currency, money, locale);
    case 'reduction':
      return [{ type: 'row', start: `  ${block.name}`, end: `${money(block.amountMinor)}  `, isAmount: true }];
    case 'amount': {
      const { label, amountMinor, emphasis } = block;
      return [
        emphasis
          ? { type: 'row', start: label, end: formatMoney(amountMinor, currency, locale), isBold: true, isLarge: true }
          : { type: 'row', start: label, end: `${money(amountMinor)}  `, isAmount: true },
      ];
    }
    case 'tax': {
      const { mark, name, rateBps, netMinor, taxMinor } = block;
      // A name that says its rate itself does not say it twice.
      // Between letters that run from right to left a blank would part the sign from its number, and put it on the other side.
      const percent = directionOf(locale) === 'rtl' ? '%' : ' %';
      const rate = rateBps === 0 || /\d/.test(name) ? '' : ` ${localised(rateBps, 2, { locale, currency, isShort: true })}${percent}`;
      // What comes back: less both of them, and no sign beside a sign.
      const signed = taxMinor < 0 ? `- ${money(-taxMinor)}` : `+ ${money(taxMinor)}`;
      return [{ type: 'row', start: `${mark} ${name}${rate}`.trimStart(), end: `${money(netMinor)} ${signed}  ` }];
    }
    case 'facts':
      return block.facts.map(([label, value]) => ({ type: 'row', start: label, end: value }));
    case 'code':
      return [{ type: 'qr', data: block.text }];
    default:
      return unreachable(block, 'receiptToPrint');
  }
}

function lineBlocks(
  { name, quantity, unitPrice, pack, amountMinor, taxMark }: ReceiptBlock & { readonly type: 'line' },
  currency: string,
  money: (amountMinor: number) => string,
  locale: string,
): readonly PrintBlock[] {
  // A mark of one letter keeps the amounts in one column, also where there is none.
  const row: PrintBlock = { type: 'row', start: name, end: `${money(amountMinor)} ${taxMark.padStart(1)}`, isAmount: true };
  if (quantity.unit === 'piece' && quantity.value === 1) return [row];
  const symbol = { piece: '', gram: ' kg', millilitre: ' l', millimetre: ' m' }[quantity.unit];
  const count = quantity.unit === 'piece' ? String(quantity.value) : localised(quantity.value, 3, { locale, currency });
  const price =
    pack === undefined ? formatUnitPrice(unitPrice, currency, locale) : `${formatMoney(pack.priceMinor, currency, locale)}/${pack.units}`;
  return [row, { type: 'text', text: `  ${count}${symbol} × ${price}` }];
}

/**
 * An integer with its decimals in the locale's own digits and signs, exactly; `isShort` drops zeros at its end. Written as an amount of the
 * currency without its sign: some locales point amounts otherwise than numbers, and a receipt does not mix them.
 */
function localised(
  value: number,
  decimals: number,
  { locale, currency, isShort = false }: { readonly locale: string; readonly currency: string; readonly isShort?: boolean },
): string {
  return amountFormat(locale, currency, isShort ? 0 : decimals, decimals)
    .formatToParts(decimalText(value, decimals) as `${number}`)
    .filter(({ type }) => type !== 'currency' && type !== 'literal')
    .map((part) => part.value)
    .join('');
}

const formats = new Map<string, Intl.NumberFormat>();

/** Making one takes longer than setting a whole line. */
function amountFormat(locale: string, currency: string, minimum: number, maximum: number): Intl.NumberFormat {
  const key = `${locale} ${currency} ${minimum} ${maximum}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: minimum, maximumFractionDigits: maximum });
    formats.set(key, format);
  }
  return format;
}
