import { assert } from '@holdfast/base';
import type { PrintDocument } from '@holdfast/paper';
import { rowColumns, wrapColumns } from '@holdfast/paper/columns';
import { encodeLogo } from '@holdfast/paper/logo';
import CodepageEncoder from '@point-of-sale/codepage-encoder';
import { expect, test, vi } from 'vitest';

import { canPrintAsText, encodeDocument, encodeDrawerKick, needsPictures } from './encode.ts';
import { PRINTER_MODEL_IDS, printerModel } from './models.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('models are data, and each of them prints, cuts where it has a cutter and fits its paper', () => {
  expect(PRINTER_MODEL_IDS.length).toBeGreaterThanOrEqual(20);
  for (const id of PRINTER_MODEL_IDS) {
    const model = printerModel(id);
    expect(model.dots, id).toBe(model.paperMm === 58 ? 384 : model.columns * 12);
    const bytes = encodeDocument({ direction: 'ltr', blocks: [{ type: 'text', text: 'Total' }] }, id);
    expect(Buffer.from(bytes).toString('latin1'), id).toContain('Total');
    // `GS V` and `ESC d` cut.
    expect(/1d56|1b64/.test(hex(bytes)), id).toBe(model.hasCutter);
  }
});

const RECEIPT: PrintDocument = {
  direction: 'ltr',
  blocks: [
    { type: 'text', text: 'Käse', isBold: true, isLarge: true, align: 'center' },
    { type: 'row', start: 'Milk', end: '€ 1,19' },
    { type: 'qr', data: 'R1' },
    { type: 'barcode', data: 'R1' },
  ],
};

/** Looked at as pictures before they were written down. */
test('an ESC/POS receipt, byte by byte', () => {
  expect(hex(encodeDocument(RECEIPT, 'epson-tm-t20iii'))).toMatchInlineSnapshot(
    `"1b401c2e1b4d001b45011d21111b7400202020202020202020204b8473651b45001d21000a0d1b45011b45004d696c6b20202020202020202020202020202020202020202020202020202020202020202020202020201b740dd520312c31390a0d1b61011d286b0400314132001d286b03003143061d286b03003145311d286b050031503052311d286b03003151301b61001b61011d68401d77021d48001d6b49047b4252311b61000a0d0a0d0a0d0a0d1d56010a0d"`,
  );
});

test('a StarPRNT receipt, byte by byte', () => {
  expect(hex(encodeDocument(RECEIPT, 'star-tsp100iv'))).toMatchInlineSnapshot(
    `"1b40181b451b6901011b1d7400202020202020202020204bcd73651b461b6900000a0d1b451b464d696c6b20202020202020202020202020202020202020202020202020202020202020202020202020201b1d7404d520312c31390a0d1b1d61011b1d795330021b1d795332061b1d795331011b1d79443100020052311b1d79501b1d61001b1d61011b620601014052311e1b1d61000a0d0a0d0a0d1b64010a0d"`,
  );
});

test('a letter costs a look into a table: the encoder’s own way would copy a code page for each, and take seconds for a receipt', () => {
  const blocks = Array.from({ length: 60 }, (_, n) => ({ type: 'row', start: `Żurek, Käse und Γάλα ${n}`, end: '12,34 €' }) as const);
  encodeDocument({ direction: 'ltr', blocks }, 'epson-tm-t20iii');
  const copied = vi.spyOn(CodepageEncoder, 'getEncoding');
  encodeDocument({ direction: 'ltr', blocks }, 'epson-tm-t20iii');
  expect(copied).not.toHaveBeenCalled();
  copied.mockRestore();
});

test('the drawer’s pulse', () => {
  expect(hex(encodeDrawerKick('epson-tm-t20iii'))).toContain('1b700019fa');
  expect(hex(encodeDrawerKick('star-tsp100iv'))).toMatch(/1b07....07/);
});

test.each([
  ['Ünïcode €', true],
  ['Γάλα φρέσκο', true],
  ['Молоко', true],
  ['Łódź', true],
  ['حليب', false],
  ['חלב', false],
  ['นม', false],
  ['牛乳', false],
  ['☃', false],
])('%s goes as text: %s', (text, isText) => {
  expect(canPrintAsText('epson-tm-t20iii', text)).toBe(isText);
});

test.each([
  [{ type: 'text', text: 'Käse\nMolke' }, false],
  [{ type: 'row', start: 'Молоко', end: '1,19 €' }, false],
  [{ type: 'text', text: 'Käse\n牛乳' }, true],
  [{ type: 'row', start: 'Milch', end: '牛' }, true],
  [{ type: 'qr', data: 'R1' }, false],
] as const)('%o needs pictures: %s', (block, needs) => {
  expect(needsPictures({ direction: 'ltr', blocks: [block] }, 'epson-tm-t20iii')).toBe(needs);
  expect(needsPictures({ direction: 'rtl', blocks: [block] }, 'epson-tm-t20iii')).toBe(true);
  expect(needsPictures({ direction: 'ltr', mark: '再発行', blocks: [block] }, 'epson-tm-t20iii')).toBe(true);
});

test('rows keep their end whole, on a line of its own where it must be', () => {
  expect(rowColumns('Milk', '1.19 A', 16)).toEqual(['Milk      1.19 A']);
  expect(rowColumns('Mountain cheese', '12.90 A', 16)).toEqual(['Mountain cheese ', '         12.90 A']);
  expect(rowColumns('Mountain cheese of the Alps', '2.90 A', 16)).toEqual(
    ['Mountain cheese ', 'of the    2.90 A'].with(1, 'of the Alps     ').concat('          2.90 A'),
  );
  expect(wrapColumns('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
  expect(wrapColumns('', 4)).toEqual(['']);
});

test('a logo is no wider than the paper; what is no logo leaves a receipt as it is', () => {
  const shades = (width: number): string => {
    const png = encodeLogo({ width, height: 40, grey: Uint8Array.from({ length: width * 40 }, (_, at) => at % 256) });
    assert(png.ok, 'it fits');
    return Buffer.from(png.value).toString('base64');
  };
  const rastersOf = (document: PrintDocument, id: (typeof PRINTER_MODEL_IDS)[number]): readonly number[][] =>
    [...hex(encodeDocument(document, id)).matchAll(/1d7630..(..)00(..)00/g)].map((sizes) =>
      sizes.slice(1).map((size) => parseInt(size, 16)),
    );
  for (const [width, id, wanted] of [
    [576, 'epson-tm-t20iii', [72, 48]],
    [576, 'pos-5890', [48, 40]],
    [101, 'epson-tm-t20iii', [13, 48]],
  ] as const)
    expect(rastersOf({ ...RECEIPT, logo: shades(width) }, id), `${width} on ${id}`).toEqual([wanted]);
  expect(encodeDocument({ ...RECEIPT, logo: 'no logo' }, 'star-tsp100iv')).toEqual(encodeDocument(RECEIPT, 'star-tsp100iv'));
});
