/** Receipts without paper: by mail, whose address no disk of the lane ever holds, and on paper only for whoever asks. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

import { assert } from '@holdfast/base';
import { generateSealingKey, openSealed } from '@holdfast/base/sealing';
import { LEDGER_KINDS, parseReceiptMail, readReceiptMail } from '@holdfast/domain';
import { printDocumentSchema } from '@holdfast/paper/document';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, fastFolder, MILK, setting, type TestLane } from './testing/test-lane.ts';
import type { ReceiptToPrint } from './till-ports.ts';

const KEY = generateSealingKey();
const MAIL_KEY = setting('receiptMailKey', `2026-11 ${Buffer.from(KEY.publicKey).toString('hex')}`);
const TO = 'kim.muster@example.com';

let lane: TestLane;
let prints: ReceiptToPrint[] = [];
let pulses = 0;
const open = (...settings: Parameters<typeof createTestLane>[0][]): void => {
  prints = [];
  pulses = 0;
  lane = createTestLane(
    [...ASSORTMENT, ...settings.flatMap((cells) => cells ?? [])],
    fastFolder(),
    (print) => prints.push(print),
    () => (pulses += 1),
  );
};
beforeEach(() => open([MAIL_KEY]));
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const sell = (): string => {
  lane.take({ type: 'scan', code: MILK });
  return lane.take({ type: 'payCash', amountMinor: 200 }).completed?.receiptNumber ?? '';
};
const requests = () =>
  lane.store
    .epochs()
    .flatMap(({ epoch }) => lane.store.entriesAfter(epoch, 0, 1_000, 10_000_000))
    .flatMap(({ canonical }) => {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      assert(entry.ok && entry.value.fields !== null, 'an entry');
      if (entry.value.kind !== LEDGER_KINDS.receiptMail.kind) return [];
      const read = readReceiptMail(entry.value.fields);
      assert(read.ok, 'what this lane wrote it can read');
      return [read.value];
    });

test('the address and the very paper go sealed for the company; nothing on this lane’s disk says the address', () => {
  const receiptNumber = sell();
  expect(lane.till.status().mailsReceipts).toBe(true);
  lane.take({ type: 'mailReceipt', receiptNumber, to: ` ${TO} ` });
  const [request] = requests();
  expect(request).toMatchObject({ receiptNumber, keyName: '2026-11' });
  const opened = openSealed(KEY.privateKey, request?.sealed ?? new Uint8Array());
  const content = parseReceiptMail(inflateRawSync(opened ?? new Uint8Array()).toString('utf8'));
  expect(content).toMatchObject({ to: TO, language: 'en' });
  const { blocks } = printDocumentSchema.parse(content?.document);
  expect(JSON.stringify(blocks)).toContain('Milk 1 l');
  expect(blocks.at(-1)).toEqual({ type: 'barcode', data: receiptNumber });
  for (const file of [lane.db.name, `${lane.db.name}-wal`]) expect(readFileSync(file).includes('kim.muster')).toBe(false);
  // No copy of anything, and no paper of its own.
  expect(prints).toHaveLength(1);
});

test('the retailer’s logo stands on the paper, and goes by its name: headquarters has it', () => {
  lane.close();
  const logo = Buffer.from('as long as a picture').toString('base64');
  open([MAIL_KEY, setting('receiptLogo', logo)]);
  const receiptNumber = sell();
  expect(prints[0]?.receipt().logo).toBe(logo);
  lane.take({ type: 'mailReceipt', receiptNumber, to: TO });
  const opened = openSealed(KEY.privateKey, requests()[0]?.sealed ?? new Uint8Array());
  const document = printDocumentSchema.parse(parseReceiptMail(inflateRawSync(opened ?? new Uint8Array()).toString('utf8'))?.document);
  expect(document).not.toHaveProperty('logo');
  expect(document.logoHash).toBe(createHash('sha256').update('as long as a picture').digest('hex'));
});

test('in the shopper’s language; again for the same sale, and to somebody else', () => {
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'setReceiptLanguage', language: 'de' });
  const receiptNumber = lane.take({ type: 'payCash', amountMinor: 200 }).completed?.receiptNumber ?? '';
  lane.take({ type: 'mailReceipt', receiptNumber, to: TO });
  lane.take({ type: 'mailReceipt', receiptNumber, to: 'alex@example.com' });
  const texts = requests().map(({ sealed }) => inflateRawSync(openSealed(KEY.privateKey, sealed) ?? new Uint8Array()).toString('utf8'));
  expect(texts.map((text) => [parseReceiptMail(text)?.to, parseReceiptMail(text)?.language])).toEqual([
    [TO, 'de'],
    ['alex@example.com', 'de'],
  ]);
  expect(texts[0]).toContain('Summe');
});

test('without one, in the store’s', () => {
  lane.close();
  open([MAIL_KEY, setting('locale', 'de-DE')]);
  lane.take({ type: 'mailReceipt', receiptNumber: sell(), to: TO });
  const [text = ''] = requests().map(({ sealed }) =>
    inflateRawSync(openSealed(KEY.privateKey, sealed) ?? new Uint8Array()).toString('utf8'),
  );
  expect(parseReceiptMail(text)?.language).toBe('de-DE');
  expect(text).toContain('Rückgeld');
});

test('what is no address, no receipt, practice, or a company that sends none is refused, and nothing is written', () => {
  const receiptNumber = sell();
  const before = lane.store.waiting().entries;
  expect(lane.refusal({ type: 'mailReceipt', receiptNumber, to: 'kim' })).toBe('badMailAddress');
  expect(lane.refusal({ type: 'mailReceipt', receiptNumber: '1-abcd-000099', to: TO })).toBe('noSuchReceipt');
  expect(lane.store.waiting().entries).toBe(before);
  lane.take({ type: 'setTraining', isOn: true });
  expect(lane.refusal({ type: 'mailReceipt', receiptNumber, to: TO })).toBe('inTraining');
  lane.close();
  open();
  expect(lane.till.status().mailsReceipts).toBeUndefined();
  expect(lane.refusal({ type: 'mailReceipt', receiptNumber: sell(), to: TO })).toBe('noReceiptMail');
});

test('where paper is only for whoever asks: the drawer opens, the first print is no copy and no reprint, the second is both', () => {
  lane.close();
  open([MAIL_KEY, setting('receiptPaper', 'asked')]);
  const receiptNumber = sell();
  expect([prints.length, pulses]).toEqual([0, 1]);
  const reprints = (): number => lane.store.waiting().byKind.get(LEDGER_KINDS.reprint.kind) ?? 0;
  lane.take({ type: 'printReceipt', receiptNumber });
  expect([prints.at(-1)?.isReprint, prints.at(-1)?.opensDrawer, reprints()]).toEqual([false, false, 0]);
  lane.take({ type: 'printReceipt', receiptNumber });
  expect([prints.at(-1)?.isReprint, reprints()]).toEqual([true, 1]);
  // Who gets money back signs for it.
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  lane.take({ type: 'refund' });
  expect([prints.length, pulses]).toEqual([3, 1]);
});
