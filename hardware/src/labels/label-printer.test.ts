/** The contract of a label printer, for each model, and what stands on its labels: as ZPL byte by byte, and read back from the picture. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { createJumpingTime } from '../testing/jumping-time.ts';
import { parseLabelFaults } from '../virtual/label/faults.ts';
import { createVirtualLabelPrinter, type VirtualLabelPrinter } from '../virtual/label/virtual-label-printer.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { createStatusReader, hostStatusBytes } from './host-status.ts';
import { DEFAULT_STOCK, parseStock, type LabelDocument } from './label-document.ts';
import { createLabelPrinter, type LabelPrinter } from './label-printer.ts';
import { encodeLabel, LABEL_MODEL_IDS, type LabelModelId } from './zpl.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const TIMING = { answerMs: 300, pollMs: 10, jobMs: 3_000, patienceMs: 1_000, connectMs: 500, firstRetryMs: 10, lastRetryMs: 20 };
/** A busy machine is no printer that is silent. */
const ON_A_REAL_LINE = { ...TIMING, answerMs: 1_500, jobMs: 20_000, patienceMs: 1_500, connectMs: 3_000 };
let addresses = 0;

async function rigOf(
  model: LabelModelId,
  over: 'memory' | 'TCP',
  script = '',
): Promise<{ readonly printer: LabelPrinter; readonly virtual: VirtualLabelPrinter }> {
  const faults = parseLabelFaults(script);
  assert(faults.ok, 'the script is known');
  // What is on a real line takes real time.
  const [time, timing] = over === 'memory' ? [createJumpingTime(), TIMING] : [{ clock: systemClock, timers: systemTimers }, ON_A_REAL_LINE];
  const virtual = createVirtualLabelPrinter({ model, timers: time.timers, faults: faults.value });
  let link = memoryLink(`memory://labels-${++addresses}`, (peer) => virtual.connect(peer));
  if (over === 'TCP') {
    const server = await serveDevice(0, (peer) => virtual.connect(peer));
    closing.push(server.close);
    link = tcpLink('127.0.0.1', server.port);
  }
  const printer = createLabelPrinter({ model, link, ...time, timing });
  closing.push(() => printer.close());
  return { printer, virtual };
}

const OIL: LabelDocument = {
  direction: 'ltr',
  title: 'Olivenöl nativ extra aus Kreta ^XZ~HS_1',
  price: '4,99 €',
  before: '7,49 €',
  measure: '6,65 € / l',
  notes: ['01.12.26 – 07.12.26', 'SKU-1'],
  barcode: { kind: 'ean13', data: '4006381333931' },
};
const zplOf = (model: LabelModelId, copies = 1, label = OIL): Uint8Array => encodeLabel(label, { model, stock: DEFAULT_STOCK, copies });

describe.each(LABEL_MODEL_IDS.flatMap((model) => (['memory', 'TCP'] as const).map((over) => [model, over] as const)))(
  '%s over %s',
  (model, over) => {
    test('prints, and says so when all of it is printed', async () => {
      const { printer, virtual } = await rigOf(model, over, 'slow 20 ms, garbage');
      expect(await printer.print(zplOf(model, 3))).toEqual({ ok: true, value: undefined });
      expect(virtual.state()).toMatchObject({ labels: 3, held: 0, unknownCommands: [] });
      expect(virtual.texts()[0]).toEqual([OIL.title, OIL.before, OIL.price, OIL.measure, '400638133393', ...OIL.notes.toReversed()]);
      expect(printer.health()).toMatchObject({ power: 'online', statistics: { goodPrintCount: 1 } });
    });

    test('a roll that ends within a job: it goes on with the next, or some of it may hang out', async () => {
      const { printer, virtual } = await rigOf(model, over, 'paper-out after 1 label, paper-in after 50 ms');
      expect(await printer.print(zplOf(model, 2))).toEqual({ ok: true, value: undefined });
      expect(virtual.state().labels).toBe(2);
      virtual.setFaults({ paperOutAfterLabels: 1 });
      expect(await printer.print(zplOf(model, 2))).toMatchObject({ ok: false, error: { reason: 'paperOut', retry: 'mayDuplicate' } });
      // Now nothing is sent at all.
      expect(await printer.print(zplOf(model))).toMatchObject({ ok: false, error: { reason: 'paperOut', retry: 'safe' } });
      expect(virtual.state()).toMatchObject({ labels: 3, held: 1 });
    });

    test('an open head, and an answer that is lost', async () => {
      const { printer, virtual } = await rigOf(model, over);
      virtual.setHeadUp(true);
      expect(await printer.checkHealth()).toMatchObject({ ok: false, error: { reason: 'coverOpen', retry: 'safe' } });
      expect(printer.health()).toMatchObject({ power: 'offline', reason: 'coverOpen' });
      virtual.setHeadUp(false);
      virtual.setFaults({ losesAnswers: true });
      expect(await printer.print(zplOf(model))).toMatchObject({ ok: false, error: { reason: 'noAnswer', retry: 'safe' } });
      virtual.setFaults({});
      expect(await printer.print(zplOf(model))).toEqual({ ok: true, value: undefined });
    });

    test('unplugged within a job, it is found again', async () => {
      const { printer, virtual } = await rigOf(model, over, 'unplugged after 1 label, slow 20 ms');
      expect(await printer.print(zplOf(model, 3))).toMatchObject({ ok: false, error: { retry: 'mayDuplicate' } });
      virtual.setPlugged(true);
      let printed = await printer.print(zplOf(model));
      while (!printed.ok) printed = await printer.print(zplOf(model));
      expect(virtual.state().labels).toBe(2);
    });
  },
);

/** Looked at as a picture before it was written down. */
test('a label, byte by byte', () => {
  expect(new TextDecoder().decode(zplOf('zpl-203')).split('\n')).toMatchInlineSnapshot(`
    [
      "^XA",
      "^CI28",
      "^PW480",
      "^LL320",
      "^LH0,0",
      "^FO16,12^A0N,32,32^FB448,2,0,L,0^FH_^FDOlivenöl nativ extra aus Kreta _5EXZ_7EHS_5F1^FS",
      "^FO16,90^A0N,32,32^FB448,1,0,L,0^FH_^FD7,49 €^FS",
      "^FO16,103^GB96,3,3^FS",
      "^FO16,124^A0N,88,88^FB448,1,0,L,0^FH_^FD4,99 €^FS",
      "^FO16,218^A0N,24,24^FB448,1,0,L,0^FH_^FD6,65 € / l^FS",
      "^FO24,244^BY2,2,50^BEN,50,Y,N^FD400638133393^FS",
      "^FO242,291^A0N,19,19^FB222,1,0,R,0^FH_^FDSKU-1^FS",
      "^FO242,270^A0N,19,19^FB222,1,0,R,0^FH_^FD01.12.26 – 07.12.26^FS",
      "^PQ1",
      "^XZ",
      "",
    ]
  `);
});

test('letters that the printer’s font has not go as a graphic', () => {
  const arabic = new TextDecoder().decode(zplOf('zpl-203', 1, { ...OIL, direction: 'rtl', title: 'زيت زيتون' }));
  expect(arabic).toMatch(/\^FO16,12\^GFA,(\d+),\1,56,[\dA-F]+\^FS/);
  expect(arabic).toContain('^FB448,1,0,R,0');
});

const hasZbar = spawnSync('zbarimg', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasZbar) process.stderr.write('not run: nothing reads codes back from labels, for zbarimg (Debian zbar-tools) is not installed\n');

test.skipIf(!hasZbar).each(
  LABEL_MODEL_IDS.flatMap((model) =>
    (
      [
        ['ean13', '4006381333931', 'EAN-13:4006381333931'],
        ['ean8', '96385074', 'EAN-8:96385074'],
        ['itf14', '14006381333938', 'I2/5:14006381333938'],
        ['code128', 'SKU-42', 'CODE-128:SKU-42'],
      ] as const
    ).map(([kind, data, read]) => [model, kind, data, read] as const),
  ),
)('zbar reads the code of a label from %s, %s', async (model, kind, data, read) => {
  const { printer, virtual } = await rigOf(model, 'memory');
  expect(await printer.print(zplOf(model, 1, { ...OIL, barcode: { kind, data } }))).toMatchObject({ ok: true });
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-label-'));
  const file = join(folder, 'label.png');
  writeFileSync(file, virtual.png());
  const { stdout } = spawnSync('zbarimg', ['--quiet', '-Si25.enable', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(stdout.trim().split('\n')).toContain(read);
});

test('whatever stands on a label, it comes back as it was, and no command comes of it', () => {
  const letter = fc.constantFrom(...'aZ09 ^~_\\,;:<>&"€äßŁΩЖ');
  const line = fc
    .array(letter, { minLength: 1, maxLength: 24 })
    .map((letters) => letters.join('').trim())
    .filter((text) => text !== '');
  fc.assert(
    fc.property(line, line, (title, note) => {
      const virtual = createVirtualLabelPrinter({ model: 'zpl-203', timers: systemTimers });
      let hear: (bytes: Uint8Array) => void = () => {};
      virtual.connect({ send: () => {}, onBytes: (listener) => (hear = listener), closed: new Promise(() => {}), close: () => {} });
      hear(zplOf('zpl-203', 1, { direction: 'ltr', title, price: '1.00', notes: [note] }));
      expect(virtual.texts()).toEqual([[title, '1.00', note]]);
      expect(virtual.state()).toMatchObject({ labels: 1, unknownCommands: [] });
    }),
    { numRuns: 60 },
  );
});

test('a status in any pieces is read once, and garbage is none', () => {
  const condition = { isPaperOut: true, isPaused: false, isHeadUp: false, isRibbonOut: true, waiting: 7 };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (garbage, cut) => {
      const bytes = Uint8Array.of(...garbage.filter((byte) => byte !== 2 && byte !== 3), ...hostStatusBytes(condition));
      const at = cut % bytes.length;
      const reader = createStatusReader();
      expect([...reader.read(bytes.slice(0, at)), ...reader.read(bytes.slice(at))]).toEqual([condition]);
    }),
  );
});

test.each(['', '60', '60x', '10x40', '60x400', '6.5x40'])('“%s” is no size of a label', (text) => {
  expect(parseStock(text)).toBeUndefined();
});
