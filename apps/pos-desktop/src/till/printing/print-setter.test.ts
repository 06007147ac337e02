import { encodeDocument, encodeLabel } from '@holdfast/hardware/printing';
import type { PrintDocument } from '@holdfast/paper/document';
import { afterEach, expect, test } from 'vitest';

import { createPrintSetter, type Paper } from './print-setter.ts';

const setter = createPrintSetter();
afterEach(() => setter.close());

const RECEIPT: PrintDocument = {
  direction: 'rtl',
  blocks: [
    { type: 'text', text: 'متجر الزاوية', align: 'center', isLarge: true },
    { type: 'row', start: 'حليب كامل الدسم', end: '1.19 A', isAmount: true },
    { type: 'qr', data: '1-abcd-000001' },
  ],
};

test('a thread sets what this one would, each paper its own; one that cannot be set says so, and a thread that ended has a successor', async () => {
  const label: Paper = {
    type: 'label',
    label: { direction: 'ltr', title: '牛乳', price: '1.19', notes: [] },
    on: { model: 'zpl-203', stock: { widthMm: 60, heightMm: 40 } },
  };
  const papers: readonly Paper[] = [{ type: 'document', document: RECEIPT, model: 'epson-tm-t20iii' }, label];
  const bytes = await Promise.all(papers.map(async (paper) => setter.set(paper)));
  expect(bytes.map((each) => each.length)).toEqual([
    encodeDocument(RECEIPT, 'epson-tm-t20iii').length,
    encodeLabel(label.label, label.on).length,
  ]);
  expect(Buffer.from(bytes[0] ?? []).equals(encodeDocument(RECEIPT, 'epson-tm-t20iii'))).toBe(true);
  await expect(setter.set({ type: 'document', document: RECEIPT, model: 'none' as 'mpt-ii' })).rejects.toThrow('');
  const interrupted = setter.set({ type: 'document', document: RECEIPT, model: 'pos-5890' });
  setter.close();
  await expect(interrupted).rejects.toThrow('ended');
  expect((await setter.set({ type: 'document', document: RECEIPT, model: 'pos-5890' })).length).toBeGreaterThan(1_000);
});
