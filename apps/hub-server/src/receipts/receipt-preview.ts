/**
 * A receipt as a place would print it, with texts that nobody published yet: an example sale at that place's settings, set by what sets the lanes' own paper.
 */
import { assert } from '@holdfast/base';
import { currencyOf, readSale, receiptOf, receiptWordsOf, type Fields, type Sale, type StoreSettings } from '@holdfast/domain';
import { documentToColumns, type PaperLine } from '@holdfast/paper/columns';
import { readLogo } from '@holdfast/paper/logo';
import { receiptToPrint } from '@holdfast/paper/receipt';
import { qrSvg } from '@holdfast/paper/symbols';

/** Letters on a line of the papers that there are: 58 mm, and two fonts of 80 mm. */
export const PAPER_COLUMNS = [32, 42, 48] as const;

export interface ReceiptPreview {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  readonly columns: number;
  /** A `qr` is an SVG; a `picture` is a PNG in base64. */
  readonly lines: readonly (PaperLine | { readonly type: 'svg'; readonly svg: string; readonly data: string })[];
}

export interface PreviewWish {
  readonly settings: StoreSettings;
  readonly columns: (typeof PAPER_COLUMNS)[number];
  /** Of a shopper who chose one; absent: the store's own. */
  readonly language?: string | undefined;
  readonly atMs: number;
}

const NAMES: Readonly<Record<string, string>> = {
  milk: 'Whole milk 3.5 %, 1 l',
  cheese: 'Mountain cheese of the Alps, at least nine months old',
  bag: 'Bag',
};
const RATE_BPS = 1_900;

/** Three lines at 19 %, paid in cash; what the prices are worth in the currency does not matter here. */
function exampleSale({ currency, taxInclusive }: StoreSettings): Sale {
  const decimals = currencyOf(currency)?.minorDigits ?? 2;
  const goods = [
    { sku: 'milk', quantity: 2, unit: 'piece', unitPriceAmount: 119, amountMinor: 238 },
    { sku: 'cheese', quantity: 842, unit: 'gram', unitPriceAmount: 1_999, amountMinor: 1_683 },
    { sku: 'bag', quantity: 1, unit: 'piece', unitPriceAmount: 10, amountMinor: 10 },
  ];
  const sumMinor = goods.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const taxMinor = taxInclusive ? Math.round((sumMinor * RATE_BPS) / (10_000 + RATE_BPS)) : Math.round((sumMinor * RATE_BPS) / 10_000);
  const totalMinor = taxInclusive ? sumMinor : sumMinor + taxMinor;
  const fields: Fields = {
    businessDate: '2026-11-21',
    shift: 1,
    drawer: 'A',
    operator: '1',
    training: false,
    basketId: 'example',
    currency,
    cutHubEpoch: '0000000000000000',
    cutLsn: 1,
    lines: goods.map((line) => ({
      ...line,
      unitPriceDecimals: decimals,
      priceType: 'regular',
      taxClass: 'standard',
      taxRateBps: RATE_BPS,
      stockQuantity: line.quantity,
    })),
    totalMinor,
    receiptNumber: '1-abcd-000001',
    taxInclusive,
    taxes: [{ taxClass: 'standard', rateBps: RATE_BPS, netMinor: sumMinor - (taxInclusive ? taxMinor : 0), taxMinor }],
    tenders: [{ tenderType: 'cash', amountMinor: totalMinor }],
    changeMinor: 0,
  };
  const sale = readSale(fields);
  assert(sale.ok, 'the example agrees with itself');
  return sale.value;
}

export function previewReceipt({ settings, columns, language = settings.locale, atMs }: PreviewWish): ReceiptPreview {
  const receipt = receiptOf(exampleSale(settings), {
    settings,
    language,
    lane: '1',
    atMs,
    itemName: (sku) => NAMES[sku],
    taxName: () => undefined,
    words: receiptWordsOf(language),
  });
  const { receiptLogo } = settings;
  const document = receiptToPrint({ ...receipt, ...(receiptLogo !== undefined && { logo: receiptLogo }) }, { locale: language });
  const lines = documentToColumns(document, columns).flatMap((line): ReceiptPreview['lines'] => {
    if (line.type === 'qr') return [{ type: 'svg', svg: qrSvg(line.data), data: line.data }];
    return line.type === 'picture' && readLogo(line.png) === undefined ? [] : [line];
  });
  return { language, direction: document.direction, columns, lines };
}
