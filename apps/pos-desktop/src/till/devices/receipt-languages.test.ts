/**
 * A receipt in each language that receipts speak, on 58 mm in ESC/POS and on 80 mm in StarPRNT: what a shopper holds up to a scanner is read back from the very dots.
 * `HOLDFAST_PICTURES=DIR` keeps the pictures, for whoever wants to look at them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemTimers } from '@holdfast/base/node';
import { RECEIPT_LANGUAGES, receiptWordsOf, type ReceiptLanguage } from '@holdfast/domain';
import { createPrinter, encodeDocument, memoryLink, type PrinterModelId } from '@holdfast/hardware';
import { createVirtualPrinter } from '@holdfast/hardware/virtual';
import { expect, test } from 'vitest';

import type { ReceiptView } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, fastFolder, setting } from '../testing/test-lane.ts';
import { receiptToPrint } from './receipt-print.ts';

/** Goods as each language's shop has them; one name is longer than its line. */
const SHOPS: Readonly<Record<ReceiptLanguage, { readonly locale: string; readonly store: string; readonly goods: string }>> = {
  en: { locale: 'en-GB', store: 'Corner Shop', goods: 'Semi-skimmed milk from the Yorkshire Dales, 2 pints' },
  de: { locale: 'de-DE', store: 'Käsehaus am Hafen', goods: 'Bergkäse „Allgäuer Höhe“, zwölf Monate gereift' },
  fr: { locale: 'fr-FR', store: 'L’épicerie du coin', goods: 'Crème fraîche épaisse d’Isigny, demi-écrémée' },
  es: { locale: 'es-ES', store: 'Ultramarinos Peña', goods: 'Jamón ibérico de bellota, cortado a mano' },
  ar: { locale: 'ar', store: 'متجر الزاوية', goods: 'حليب كامل الدسم طويل الأجل من مزارع الشمال' },
  ja: { locale: 'ja-JP', store: '港のチーズ屋', goods: '北海道産熟成ゴーダチーズ十二か月もの' },
  he: { locale: 'he-IL', store: 'מכולת הפינה', goods: 'גבינת עיזים מיושנת מהגליל העליון, שנים עשר חודשים' },
  th: { locale: 'th-TH', store: 'ร้านมุมถนน', goods: 'นมสดพาสเจอร์ไรส์รสจืดไขมันต่ำจากฟาร์มภาคเหนือ' },
};
const PRINTERS = ['pos-5890', 'star-tsp100iv'] as const satisfies readonly PrinterModelId[];

const hasZbar = spawnSync('zbarimg', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasZbar) process.stderr.write('not run: nothing reads codes back from receipts, for zbarimg (Debian zbar-tools) is not installed\n');

function soldIn(language: ReceiptLanguage): ReceiptView {
  const { locale, store, goods } = SHOPS[language];
  const named = ASSORTMENT.map((entity) =>
    entity.type === 'item' && entity.key === 'MILK' ? { ...entity, fields: { ...entity.fields, name: goods } } : entity,
  );
  const views: ReceiptView[] = [];
  const shop = [setting('locale', locale), setting('storeName', store), setting('storeTaxNumber', '12/345/67890')];
  const lane = createTestLane([...named, ...shop], fastFolder(), (print) => views.push(print.receipt()));
  lane.take({ type: 'addItem', sku: 'MILK', quantity: 2 });
  lane.take({ type: 'addItem', sku: 'APPLE', quantity: 842 });
  lane.take({ type: 'payCash', amountMinor: 2_000 });
  lane.close();
  const [view] = views;
  if (view === undefined) throw new Error('a sale prints its receipt');
  return view;
}

async function pictureOf(view: ReceiptView, language: ReceiptLanguage, model: PrinterModelId): Promise<Buffer> {
  const paper = createVirtualPrinter({ model, timers: systemTimers });
  const printer = createPrinter({ model, link: memoryLink('memory://', (peer) => paper.connect(peer)) });
  const document = receiptToPrint(view, { locale: SHOPS[language].locale, mark: receiptWordsOf(language).copy });
  expect(await printer.print(encodeDocument(document, model))).toMatchObject({ ok: true });
  printer.close();
  expect(paper.state().unknownCommands).toEqual([]);
  return paper.png();
}

test.skipIf(!hasZbar).each(RECEIPT_LANGUAGES)(
  '%s: zbar reads the number of the receipt from its QR code and its bars, on each paper',
  async (language) => {
    const view = soldIn(language);
    expect(view.language?.startsWith(language)).toBe(true);
    const kept = process.env['HOLDFAST_PICTURES'];
    const folder = kept ?? mkdtempSync(join(tmpdir(), 'holdfast-receipts-'));
    mkdirSync(folder, { recursive: true });
    const files: string[] = [];
    for (const model of PRINTERS) {
      files.push(join(folder, `${language}-${model}.png`));
      writeFileSync(files.at(-1) ?? '', await pictureOf(view, language, model));
    }
    const { stdout } = spawnSync('zbarimg', ['--quiet', ...files], { encoding: 'utf8' });
    if (kept === undefined) rmSync(folder, { recursive: true });
    expect(stdout.trim().split('\n').toSorted()).toEqual([
      ...PRINTERS.map(() => `CODE-128:${view.receiptNumber}`),
      ...PRINTERS.map(() => `QR-Code:${view.receiptNumber}`),
    ]);
  },
);
