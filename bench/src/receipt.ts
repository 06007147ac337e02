/**
 * A receipt to the bytes of its printer: from the till's neutral document, for a model of each language and paper. Beside the same words as plain
 * bytes, which no printer would set.
 */
import { encodeDocument, type PrinterModelId } from '@holdfast/hardware';
import { receiptToPrint, type ReceiptView } from '@holdfast/pos-desktop/receipt-print';

import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const LINES = 60;
/** Until the code that sets every receipt is compiled; a till prints all day. */
const WARM_UP = 200;
const MODELS: readonly PrinterModelId[] = ['epson-tm-t20iii', 'star-tsp100iv', 'pos-5890'];

type Block = ReceiptView['blocks'][number];

const LATIN = ['Bergkäse 12 Monate', 'Vollmilch 3,5 %', 'Crème fraîche', 'Smørrebrød', 'Żurek w słoiku', 'Çay bardağı'];
/** As a shop of both scripts has them: its pictures are each line's own. */
const MIXED = ['牛乳 1リットル', 'おにぎり 鮭', 'حليب كامل الدسم', 'Vollmilch 3,5 %'];

const receiptOf = (names: readonly string[]): ReceiptView => ({
  receiptNumber: '1-abcd-000001',
  currency: 'EUR',
  minorDigits: 2,
  blocks: [
    { type: 'heading', text: 'Corner Shop' },
    { type: 'rule' },
    ...Array.from({ length: LINES }, (_, n): Block => {
      const value = 1 + (n % 3);
      const cents = 50 + n * 7;
      return {
        type: 'line',
        name: `${names[n % names.length]} ${n}`,
        quantity: { value, unit: 'piece' },
        unitPrice: { amount: cents, decimals: 2 },
        amountMinor: cents * value,
        taxMark: 'A',
      };
    }),
    { type: 'rule' },
    { type: 'amount', label: 'Total', amountMinor: 31_290, emphasis: true },
    { type: 'tax', mark: 'A', name: 'VAT', rateBps: 1_900, netMinor: 26_294, taxMinor: 4_996 },
    { type: 'facts', facts: [['Receipt', '1-abcd-000001']] },
  ],
});

export const receipt: Bench = ({ quick }) => {
  const { runs } = countsOf('receipt', quick);
  const latin = receiptOf(LATIN);
  const figures = [];
  const targets = [];
  for (const model of MODELS) {
    const times = timesOf(runs, () => encodeDocument(receiptToPrint(latin, { locale: 'de-DE' }), model).length);
    figures.push(figure(`${model}, median`, median(times), 'ms'));
    targets.push(atMost(`${model}, p99`, percentile(times, 0.99), 5, 'ms'));
  }
  const mixed = receiptOf(MIXED);
  const rasters = timesOf(Math.ceil(runs / 50), () => encodeDocument(receiptToPrint(mixed, { locale: 'ja-JP' }), MODELS[0]!).length);
  const plain = timesOf(runs, () => Buffer.from(JSON.stringify(latin)).length);
  return Promise.resolve({
    name: 'receipt',
    against: 'the same document as JSON in UTF-8',
    setting: `a receipt of ${LINES} lines in Latin letters of six languages, with QR code and barcode, ${runs} times for each model after ${WARM_UP} to warm up; the pictures: three of four lines Japanese or Arabic`,
    figures: [
      ...figures,
      figure(`${MODELS[0]}, three of four lines as pictures, median`, median(rasters), 'ms'),
      figure('as JSON, median', median(plain), 'ms'),
    ],
    targets,
  });
};

/** Milliseconds a run; what came out is always the same, or it was not measured. */
function timesOf(runs: number, run: () => number): readonly number[] {
  const bytes = run();
  for (let n = 0; n < WARM_UP; n++) run();
  const times: number[] = [];
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    const length = run();
    times.push(performance.now() - start);
    if (length !== bytes) throw new Error('the same receipt came out differently');
  }
  return times;
}
