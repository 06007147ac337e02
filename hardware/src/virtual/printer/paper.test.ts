/** What comes out of a virtual printer, as a scanner sees it: the QR code and the barcode of the sale are read back from the picture. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemTimers } from '@holdfast/base/node';
import type { PrintDocument } from '@holdfast/paper';
import { expect, test } from 'vitest';

import { memoryLink } from '../../link/memory-link.ts';
import { encodeDocument } from '../../printers/encode.ts';
import type { PrinterModelId } from '../../printers/models.ts';
import { createPrinter } from '../../printers/printer.ts';
import { parseFaults } from './faults.ts';
import { createVirtualPrinter, type VirtualPrinter } from './virtual-printer.ts';

async function printed(document: PrintDocument, model: PrinterModelId): Promise<VirtualPrinter> {
  const virtual = createVirtualPrinter({ model, timers: systemTimers });
  const printer = createPrinter({ model, link: memoryLink('memory://', (peer) => virtual.connect(peer)) });
  expect(await printer.print(encodeDocument(document, model))).toMatchObject({ ok: true });
  printer.close();
  return virtual;
}

const hasZbar = spawnSync('zbarimg', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasZbar) process.stderr.write('not run: nothing reads codes back from the paper, for zbarimg (Debian zbar-tools) is not installed\n');

test.skipIf(!hasZbar).each(['epson-tm-t20iii', 'pos-5890', 'star-tsp100iv', 'star-mc-print2', 'epson-tm-t88vii'] as const)(
  'zbar reads the codes of a receipt from %s',
  async (model) => {
    const virtual = await printed(
      {
        direction: 'ltr',
        blocks: [
          { type: 'text', text: 'Corner Shop' },
          { type: 'qr', data: 'R-1-abcd-000001' },
          { type: 'feed', lines: 1 },
          { type: 'barcode', data: '1-abcd-000001' },
        ],
      },
      model,
    );
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-paper-'));
    const file = join(folder, 'paper.png');
    writeFileSync(file, virtual.png());
    const { stdout } = spawnSync('zbarimg', ['--quiet', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stdout.trim().split('\n').sort()).toEqual(['CODE-128:1-abcd-000001', 'QR-Code:R-1-abcd-000001']);
  },
);

test.each(['epson-tm-t20iii', 'pos-5890', 'star-tsp100iv', 'star-mc-print2', 'xprinter-xp-n160ii', 'bixolon-srp350iii'] as const)(
  'code pages of %s bring back the very letters',
  async (model) => {
    const text = ['Käse für 1,19 €', 'Γάλα', 'Молоко', 'Żółć', 'ñandú çà'].join('\n');
    const virtual = await printed({ direction: 'ltr', blocks: [{ type: 'text', text }] }, model);
    expect(virtual.text().trim().split('\n').slice(0, 5)).toEqual(text.split('\n'));
    expect(virtual.state().unknownCommands).toEqual([]);
  },
);

test('text of other scripts comes out as dots, not as question marks', async () => {
  const virtual = await printed({ direction: 'rtl', blocks: [{ type: 'row', start: 'حليب', end: '1.19' }] }, 'epson-tm-t20iii');
  expect(virtual.text().trim()).toBe('');
  expect(virtual.png().length).toBeGreaterThan(500);
});

test('bytes in any pieces print the same', async () => {
  const bytes = encodeDocument(
    {
      direction: 'ltr',
      blocks: [
        { type: 'text', text: 'Käse €', isLarge: true },
        { type: 'qr', data: 'R1' },
        { type: 'text', text: '牛乳' },
      ],
    },
    'epson-tm-t20iii',
  );
  const whole = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers });
  const pieces = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers });
  const toWhole = await memoryLink('memory://', (peer) => whole.connect(peer)).open(1);
  const toPieces = await memoryLink('memory://', (peer) => pieces.connect(peer)).open(1);
  if (toWhole.ok) await toWhole.value.write(bytes, 1);
  for (const byte of bytes) if (toPieces.ok) await toPieces.value.write(Uint8Array.of(byte), 1);
  expect(pieces.text()).toBe(whole.text());
  expect(pieces.png().equals(whole.png())).toBe(true);
});

test.each(['paper-out', 'slow', 'answer lost twice', 'paper-out after x lines'])('%s is no fault that a script knows', (script) => {
  expect(parseFaults(script)).toMatchObject({ ok: false, error: { type: 'badScript', word: script } });
});
