/** Tenders that are signed for: drawn, confirmed, on paper or not at all; sealed in the ledger, shown on the store's copy, forgotten after the return window. */
import { assert } from '@holdfast/base';
import { generateSealingKey, openSealed } from '@holdfast/base/sealing';
import { LEDGER_KINDS, readSignatureEntry, signatureText } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { ReceiptView, RequestBody } from '../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, MILK, setting, type TestLane } from './testing/test-lane.ts';

const STROKES = [Array.from({ length: 60 }, (_, index) => ({ x: 40 + index * 3, y: 80 + (index % 9) }))];
const DRAWN = { how: 'drawn', strokes: signatureText(STROKES) } as const;
const DAY_MS = 86_400_000;

const company = generateSealingKey();
let lane: TestLane;
let printed: { readonly receiptNumber: string; readonly receipt: () => ReceiptView }[] = [];
const open = (): TestLane =>
  createTestLane(
    [
      ...ASSORTMENT,
      setting('invoiceKeys', `2026 ${Buffer.from(company.publicKey).toString('hex')}`),
      { type: 'tenderType', key: 'club', fields: { kind: 'card', name: 'Club card', isStandAlone: true, asksSignature: true } },
      { type: 'tenderType', key: 'voucher', fields: { kind: 'voucher', name: 'Voucher' } },
    ],
    undefined,
    (print) => printed.push(print),
  );
beforeEach(() => {
  printed = [];
  lane = open();
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const signed = (signature?: Extract<RequestBody, { type: 'tender' }>['signature'], amountMinor = 119): RequestBody => ({
  type: 'tender',
  tenderType: 'club',
  amountMinor,
  reference: '4711',
  ...(signature !== undefined && { signature }),
});
const sell = (signature: Parameters<typeof signed>[0]): string => {
  lane.take({ type: 'scan', code: MILK });
  return lane.take(signed(signature)).completed?.receiptNumber ?? '';
};
const entries = () =>
  lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 100, 1_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    if (entry.value.kind !== LEDGER_KINDS.tenderSignature.kind) return [];
    const read = readSignatureEntry(entry.value.fields);
    assert(read.ok, 'it is one');
    return [read.value];
  });
const storeCopy = (receiptNumber: string): ReceiptView => {
  lane.take({ type: 'printReceipt', receiptNumber, isMerchant: true });
  const print = printed.at(-1);
  assert(print?.receiptNumber === receiptNumber, 'it is printed');
  return print.receipt();
};

test('it is not taken without: neither with nothing, nor with what nobody signed', () => {
  lane.take({ type: 'scan', code: MILK });
  for (const signature of [
    undefined,
    { how: 'drawn' },
    { how: 'drawn', strokes: '00' },
    { how: 'drawn', strokes: signatureText([[{ x: 1, y: 1 }]]) },
  ] as const)
    expect(lane.refusal(signed(signature))).toBe('signatureNeeded');
  expect(lane.lines()).toHaveLength(1);
  lane.take(signed(DRAWN));
  expect(entries()).toMatchObject([{ tender: 1, amountMinor: 119, how: 'drawn' }]);
});

test('what was drawn is sealed: the company opens it, and neither the ledger nor the database shows it', () => {
  const receiptNumber = sell(DRAWN);
  const [entry] = entries();
  assert(entry?.seal !== undefined, 'it is sealed');
  expect(entry).toMatchObject({ receiptNumber, currency: 'EUR', seal: { keyName: '2026' } });
  const opened = openSealed(company.privateKey, entry.seal.sealed);
  expect(opened === null ? null : new TextDecoder().decode(opened)).toBe(DRAWN.strokes);
  const rows = JSON.stringify(lane.db.prepare('SELECT * FROM tender_signature').all());
  expect(rows).not.toContain(DRAWN.strokes);
  expect(JSON.stringify(lane.db.prepare('SELECT event FROM basket_event').pluck().all())).not.toContain(DRAWN.strokes);
});

test("the store's copy says how each tender was signed, after a kill as well; the shopper's says nothing of it", () => {
  const receiptNumber = sell(DRAWN);
  expect(JSON.stringify(printed[0]?.receipt())).not.toContain('signature');
  lane.reopen();
  const copy = storeCopy(receiptNumber);
  expect(copy.blocks).toContainEqual({ type: 'signature', strokes: STROKES });
  expect(JSON.stringify(copy.blocks)).toContain('STORE COPY');
  expect(JSON.stringify(storeCopy(sell({ how: 'confirmed' })).blocks)).toContain('confirmed on the screen');
  expect(JSON.stringify(storeCopy(sell({ how: 'declined' })).blocks)).toContain('not signed');
  expect(JSON.stringify(storeCopy(sell({ how: 'onPaper' })).blocks)).toContain('________');
});

test('of several tenders each has its own; one that was given back has none', () => {
  lane.take({ type: 'scan', code: MILK });
  lane.take(signed({ how: 'declined' }, 50));
  lane.take({ type: 'voidTender', tenderId: '1' });
  lane.take({ type: 'tender', tenderType: 'voucher', amountMinor: 19 });
  lane.take(signed(DRAWN, 50));
  const { completed } = lane.take(signed({ how: 'onPaper' }, 50));
  expect(entries().map(({ tender, how, amountMinor }) => [tender, how, amountMinor])).toEqual([
    [2, 'drawn', 50],
    [3, 'onPaper', 50],
  ]);
  expect(storeCopy(completed?.receiptNumber ?? '').blocks.filter(({ type }) => type === 'signature')).toHaveLength(1);
});

test('what goes back is not signed for, nor is what asks for nothing', () => {
  lane.take({ type: 'scan', code: MILK, quantity: -1 });
  expect(lane.take(signed(undefined, -119)).completed?.totalMinor).toBe(-119);
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'tender', tenderType: 'voucher', amountMinor: 119 });
  expect(entries()).toEqual([]);
});

test('in training it is practised: asked for, and nobody’s hand is kept', () => {
  lane.take({ type: 'setTraining', isOn: true });
  lane.take({ type: 'scan', code: MILK });
  expect(lane.refusal(signed())).toBe('signatureNeeded');
  lane.take(signed(DRAWN));
  const [entry] = entries();
  expect(entry?.how).toBe('drawn');
  expect(entry?.seal).toBeUndefined();
  expect(lane.db.prepare('SELECT strokes FROM tender_signature').pluck().all()).toEqual([null]);
});

test('after the return window the lane knows how it was signed, and shows nobody’s hand', () => {
  const receiptNumber = sell(DRAWN);
  lane.clock.nowMs += 91 * DAY_MS;
  lane.till.look();
  expect(lane.db.prepare('SELECT strokes FROM tender_signature').pluck().all()).toEqual([null]);
  const copy = storeCopy(receiptNumber);
  expect(copy.blocks.some(({ type }) => type === 'signature')).toBe(false);
  expect(JSON.stringify(copy.blocks)).toContain('✓');
});
