/**
 * Every kind of paper of a lane's day, byte by byte, in each printer language: what a shop person reads on it, and the bytes under it (`goldens/*.txt`). Whoever changes one on purpose
 * writes them anew with `vitest -u`, and reads what changed.
 */
import { assert } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import { generateSealingKey } from '@holdfast/base/sealing';
import { createPrinter, encodeDocument, memoryLink, type PrinterModelId } from '@holdfast/hardware';
import { createVirtualPrinter } from '@holdfast/hardware/virtual';
import { encodeLogo } from '@holdfast/paper/logo';
import { expect, test } from 'vitest';

import type { ReceiptView } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, fastFolder, MILK, setting } from '../testing/test-lane.ts';
import type { ReceiptToPrint } from '../till-ports.ts';
import { receiptToPrint } from './receipt-print.ts';

/** A ring, half black and half grey. */
function testLogo(): string {
  const [width, height] = [64, 32];
  const isRing = (x: number, y: number): boolean => Math.abs(Math.hypot(x - 31.5, (y - 15.5) * 2) - 24) < 6;
  const grey = Uint8Array.from({ length: width * height }, (_, at) =>
    isRing(at % width, Math.floor(at / width)) ? (at % width < 32 ? 0 : 128) : 255,
  );
  const logo = encodeLogo({ width, height, grey });
  assert(logo.ok, 'it is small');
  return Buffer.from(logo.value).toString('base64');
}

/** A day with each of them, in the order in which they come out. */
function papersOfDay(): readonly (readonly [kind: string, print: ReceiptToPrint, view: ReceiptView])[] {
  const papers: [string, ReceiptToPrint, ReceiptView][] = [];
  let kind = '';
  const key = `2026 ${Buffer.from(generateSealingKey().publicKey).toString('hex')}`;
  const shop = [
    setting('invoiceKeys', key),
    setting('storeTaxNumber', 'DE123456789'),
    setting('storeAddress', 'Am Hafen 1\n12345 Musterstadt'),
  ];
  const lane = createTestLane([...ASSORTMENT, ...shop], fastFolder(), (print) => papers.push([kind, print, print.receipt()]));
  const does = (name: string, ...bodies: Parameters<typeof lane.take>[0][]): void => {
    kind = name;
    for (const body of bodies) lane.take(body);
  };
  does('float', { type: 'openShift', denominations: [{ faceMinor: 1_000, count: 10 }] });
  does('receipt', { type: 'scan', code: MILK, quantity: 3 }, { type: 'payCash', amountMinor: 500 });
  const number = lane.take({ type: 'receipts', limit: 1 }).receipts?.[0]?.receiptNumber ?? '';
  does('copy', { type: 'printReceipt', receiptNumber: number });
  does('gift receipt', { type: 'printReceipt', receiptNumber: number, isGift: true });
  does('pick list', { type: 'printReceipt', receiptNumber: number, isPickList: true });
  does('invoice', {
    type: 'invoice',
    receiptNumber: number,
    buyer: { name: 'Müller GmbH', address: 'Am Hafen 1\n12345 Musterstadt', taxNumber: 'DE1' },
  });
  does('return', { type: 'setReturn', receiptNumber: number, lines: [{ line: 1, quantity: 1 }] }, { type: 'refund' });
  does('receipt of a sale that is undone', { type: 'scan', code: MILK, quantity: 2 }, { type: 'payCash', amountMinor: 300 });
  const wrong = lane.take({ type: 'receipts', limit: 1 }).receipts?.[0]?.receiptNumber ?? '';
  does('post-void', { type: 'postVoid', receiptNumber: wrong });
  does('drop', { type: 'moveCash', act: 'drop', amountMinor: 5_000 });
  does('paid out', { type: 'moveCash', act: 'paidOut', amountMinor: 250, reason: 'Stamps and postage' });
  does('set aside', { type: 'scan', code: MILK }, { type: 'suspend' });
  does('X report', { type: 'printShift' });
  does('Z report', { type: 'closeShift', denominations: [{ faceMinor: 1, count: 4_988 }] });
  lane.close();
  const [receipt] = papers.filter(([name]) => name === 'receipt');
  assert(receipt !== undefined, 'the day has a receipt');
  papers.push(['receipt with a logo', receipt[1], { ...receipt[2], logo: testLogo() }]);
  return papers;
}

const hexLines = (bytes: Uint8Array): string =>
  (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,120}/g) ?? []
  ).join('\n');

test.each(['epson-tm-t20iii', 'star-tsp100iv'] as const satisfies readonly PrinterModelId[])('%s', async (model) => {
  const sections: string[] = [];
  for (const [kind, { locale, isReprint }, view] of papersOfDay()) {
    // Of a basket's id, which is random.
    const told = kind === 'set aside' ? { ...view, receiptNumber: 'B-0123456789ab' } : view;
    const bytes = encodeDocument(receiptToPrint(told, { locale, ...(isReprint && { mark: 'COPY' }) }), model);
    const paper = createVirtualPrinter({ model, timers: systemTimers });
    const printer = createPrinter({ model, link: memoryLink('memory://', (peer) => paper.connect(peer)) });
    expect(await printer.print(bytes), kind).toMatchObject({ ok: true });
    printer.close();
    expect(paper.state().unknownCommands, kind).toEqual([]);
    sections.push(`=== ${kind}\n\n${paper.text().trimEnd()}\n\n${hexLines(bytes)}\n`);
  }
  expect(sections.map((section) => section.split('\n')[0])).toEqual(
    [
      'float',
      'receipt',
      'copy',
      'gift receipt',
      'pick list',
      'invoice',
      'return',
      'receipt of a sale that is undone',
      'post-void',
      'drop',
      'paid out',
      'set aside',
      'X report',
      'Z report',
      'receipt with a logo',
    ].map((kind) => `=== ${kind}`),
  );
  await expect(sections.join('\n')).toMatchFileSnapshot(`goldens/${model}.txt`);
});
