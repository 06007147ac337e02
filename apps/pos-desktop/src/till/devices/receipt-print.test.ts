import { systemTimers } from '@holdfast/base/node';
import { createPrinter, encodeDocument, memoryLink, printerModel, type PrinterModelId } from '@holdfast/hardware';
import { createVirtualPrinter } from '@holdfast/hardware/virtual';
import { documentToColumns } from '@holdfast/paper/columns';
import { expect, test } from 'vitest';

import type { ReceiptView } from '../../shared/till-contract.ts';
import { receiptToPrint } from './receipt-print.ts';

const RECEIPT: ReceiptView = {
  receiptNumber: '1-abcd-000001',
  currency: 'EUR',
  minorDigits: 2,
  blocks: [
    { type: 'heading', text: 'Käsehaus' },
    { type: 'text', text: 'Große Straße 5', align: 'center' },
    { type: 'rule' },
    {
      type: 'line',
      name: 'Bergkäse',
      quantity: { value: 842, unit: 'gram' },
      unitPrice: { amount: 1999, decimals: 2 },
      amountMinor: 1683,
      taxMark: 'A',
    },
    {
      type: 'line',
      name: 'Milch',
      quantity: { value: 2, unit: 'piece' },
      unitPrice: { amount: 119, decimals: 2 },
      amountMinor: 238,
      taxMark: 'A',
    },
    { type: 'reduction', name: 'Zwei für', amountMinor: -38 },
    {
      type: 'line',
      name: 'Tüte',
      quantity: { value: 1, unit: 'piece' },
      unitPrice: { amount: 10, decimals: 2 },
      amountMinor: 10,
      taxMark: 'B',
    },
    { type: 'rule' },
    { type: 'amount', label: 'Summe', amountMinor: 1893, emphasis: true },
    { type: 'amount', label: 'Bar', amountMinor: 2000, emphasis: false },
    { type: 'tax', mark: 'A', name: 'MwSt', rateBps: 700, netMinor: 1760, taxMinor: 123 },
    { type: 'facts', facts: [['Bon', '1-abcd-000001']] },
  ],
};

async function paperOf(model: PrinterModelId, locale: string, mark?: string): Promise<readonly string[]> {
  const paper = createVirtualPrinter({ model, timers: systemTimers });
  const printer = createPrinter({ model, link: memoryLink('memory://', (peer) => paper.connect(peer)) });
  const document = receiptToPrint(RECEIPT, { locale, ...(mark !== undefined && { mark }) });
  expect(await printer.print(encodeDocument(document, model))).toMatchObject({ ok: true });
  printer.close();
  return paper
    .text()
    .split('\n')
    .filter((line) => line !== '');
}

test('what is priced by the pack says what the pack costs, and how many are in it', () => {
  const block = {
    type: 'line',
    name: 'Cola',
    quantity: { value: 12, unit: 'piece' },
    unitPrice: { amount: 833_334, decimals: 6 },
    pack: { units: 6, priceMinor: 500 },
    amountMinor: 1_000,
    taxMark: 'A',
  } as const;
  const linesIn = (locale: string): readonly unknown[] =>
    receiptToPrint({ ...RECEIPT, blocks: [block] }, { locale }).blocks.flatMap((each) =>
      each.type === 'text' ? [each.text.replaceAll('\u00A0', ' ')] : [],
    );
  expect(linesIn('de-DE')).toContain('  12 × 5,00 €/6');
  expect(linesIn('en-GB')).toContain('  12 × €5.00/6');
});

test('on 58 mm, in German', async () => {
  expect(await paperOf('pos-5890', 'de-DE')).toEqual([
    '    Käsehaus',
    '         Große Straße 5',
    '--------------------------------',
    'Bergkäse                 16,83 A',
    '  0,842 kg × 19,99 €',
    'Milch                     2,38 A',
    '  2 × 1,19 €',
    '  Zwei für               -0,38',
    'Tüte                      0,10 B',
    '--------------------------------',
    'Summe    18,93 €',
    'Bar                      20,00',
    'A MwSt 7 %        17,60 + 1,23',
    'Bon                1-abcd-000001',
  ]);
});

test.each(['pos-5890', 'epson-tm-t70', 'star-tsp100iv'] as const)('what headquarters see is what %s sets', async (model) => {
  const document = receiptToPrint(RECEIPT, { locale: 'de-DE', mark: 'KOPIE' });
  const seen = documentToColumns(document, printerModel(model).columns).flatMap((line) =>
    line.type === 'text' ? [line.text.trimEnd()] : [],
  );
  const printed = (await paperOf(model, 'de-DE', 'KOPIE')).map((line) => line.trimEnd());
  expect(printed.length).toBeGreaterThan(12);
  expect(seen.filter((line) => line !== '')).toEqual(printed);
});

test('rows that no cells of one width hold are told to headquarters as rows that printers draw', () => {
  const japanese = receiptToPrint(
    { ...RECEIPT, blocks: [{ type: 'heading', text: 'チーズ屋' }, ...RECEIPT.blocks] },
    { locale: 'ja', mark: '写し' },
  );
  const seen = documentToColumns(japanese, 42);
  expect(seen).toContainEqual({ type: 'drawn', start: '写し', end: '', isCentred: true, isBold: true, isLarge: true });
  expect(seen).toContainEqual(expect.objectContaining({ type: 'drawn', start: 'チーズ屋', isCentred: true }));
  expect(seen).toContainEqual(expect.objectContaining({ type: 'text', text: expect.stringMatching(/^Bergkäse +.*16[.]83 A$/u) }));
  const arabic = documentToColumns(receiptToPrint(RECEIPT, { locale: 'ar' }), 42);
  expect(arabic.some(({ type }) => type === 'drawn')).toBe(true);
  // Only rules are set by the printer itself.
  expect(arabic.filter((line) => line.type === 'text' && !/^-*$/u.test(line.text))).toEqual([]);
});

test('on 80 mm, in English, as a copy', async () => {
  const lines = await paperOf('star-tsp100iv', 'en-IE', 'COPY');
  expect(lines[0]).toBe('          COPY');
  expect(lines).toContain('Bergkäse                                 16.83 A');
  expect(lines).toContain('Summe             €18.93');
});

test('a locale that points amounts otherwise than numbers prints one kind of point', async () => {
  const lines = await paperOf('epson-tm-t20iii', 'en-DE');
  const points = new Set(lines.flatMap((line) => [...line.matchAll(/\d([.,])\d\d/g)].map(([, point]) => point)));
  expect(points.size).toBe(1);
});

test('a language that runs from right to left begins its lines at the right', () => {
  expect(receiptToPrint(RECEIPT, { locale: 'ar' }).direction).toBe('rtl');
  expect(receiptToPrint(RECEIPT, { locale: 'he-IL' }).direction).toBe('rtl');
  expect(receiptToPrint(RECEIPT, { locale: 'ja' }).direction).toBe('ltr');
  const { blocks } = receiptToPrint(RECEIPT, { locale: 'he-IL' });
  expect(blocks).toContainEqual(expect.objectContaining({ type: 'row', start: 'A MwSt 7%' }));
  expect(blocks.filter((block) => block.type === 'row' && block.isAmount === true)).toHaveLength(5);
});
