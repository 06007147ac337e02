/** Invoices at a lane: numbered without a gap, printed with the name, credited when goods come back; the ledger names nobody, and the lane forgets. */
import { assert } from '@holdfast/base';
import { generateSealingKey, openSealed } from '@holdfast/base/sealing';
import { LEDGER_KINDS, parseBuyer, readInvoice } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { readHubReturn } from './returns/ask-return.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, fastFolder, hearSibling, MILK, setting, type TestLane } from './testing/test-lane.ts';
import type { HubAnswer, ReceiptToPrint } from './till-ports.ts';

const KEY = generateSealingKey();
const BUYER = { name: 'Müller GmbH', address: 'Am Hafen 1\n12345 Musterstadt', taxNumber: 'DE123456789' };
const DAY_MS = 86_400_000;

let lane: TestLane;
let prints: ReceiptToPrint[] = [];
beforeEach(() => {
  prints = [];
  const keys = setting('invoiceKeys', `2026 ${Buffer.from(KEY.publicKey).toString('hex')}`);
  lane = createTestLane([...ASSORTMENT, keys], fastFolder(), (print) => prints.push(print));
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const sell = (quantity = 1): string => {
  lane.take({ type: 'scan', code: MILK, quantity });
  return lane.take({ type: 'payCash', amountMinor: 10_000 }).completed?.receiptNumber ?? '';
};
const invoice = (receiptNumber: string): string => lane.take({ type: 'invoice', receiptNumber, buyer: BUYER }).invoiceNumber ?? '';
const entries = ({ store }: TestLane = lane) =>
  store
    .epochs()
    .flatMap(({ epoch }) => store.entriesAfter(epoch, 0, 1_000, 10_000_000))
    .flatMap(({ canonical }) => {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      assert(entry.ok && entry.value.fields !== null, 'an entry');
      if (entry.value.kind !== LEDGER_KINDS.invoice.kind) return [];
      expect(Buffer.from(canonical).toString('utf8')).not.toContain('Müller');
      const read = readInvoice(entry.value.fields);
      assert(read.ok, 'what this lane wrote it can read');
      return [read.value];
    });
const paper = (receiptNumber: string): string => JSON.stringify(lane.take({ type: 'receipt', receiptNumber }).receipt?.blocks);

test('a sale under a name: numbered without a gap, on paper with the buyer, in the ledger sealed for the company alone', () => {
  const [first, , third] = [sell(), sell(), sell(2)];
  expect([invoice(first), invoice(third)]).toEqual(['R1-abcd-000001', 'R1-abcd-000002']);
  expect(
    entries().map(({ invoiceNumber, receiptNumber, totalMinor, keyName }) => [invoiceNumber, receiptNumber, totalMinor, keyName]),
  ).toEqual([
    ['R1-abcd-000001', first, 119, '2026'],
    ['R1-abcd-000002', third, 238, '2026'],
  ]);
  const opened = openSealed(KEY.privateKey, entries()[0]?.sealed ?? new Uint8Array());
  expect(parseBuyer(Buffer.from(opened ?? []).toString('utf8'))).toEqual(BUYER);
  expect(prints.at(-1)).toMatchObject({ receiptNumber: third, isReprint: false });
  expect(JSON.stringify(prints.at(-1)?.receipt().blocks)).toContain('Invoice R1-abcd-000002');
  for (const text of ['Müller GmbH', 'Am Hafen 1', '12345 Musterstadt', 'DE123456789']) expect(paper(first)).toContain(text);
  lane.take({ type: 'printReceipt', receiptNumber: first, isGift: true });
  expect(JSON.stringify(prints.at(-1)?.receipt().blocks)).not.toContain('Müller');
  lane.take({ type: 'printReceipt', receiptNumber: first });
  expect(JSON.stringify(prints.at(-1)?.receipt().blocks)).toContain('Müller GmbH');
});

test('what comes back of an invoice is a credit note of it by itself, whole or in part, and so is a sale that is undone', () => {
  const receiptNumber = sell(3);
  invoice(receiptNumber);
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  const back = lane.take({ type: 'refund' }).completed?.receiptNumber ?? '';
  expect(entries().at(-1)).toMatchObject({
    invoiceNumber: 'R1-abcd-000002',
    receiptNumber: back,
    totalMinor: -119,
    creditOf: 'R1-abcd-000001',
  });
  expect(paper(back)).toContain('Credit note R1-abcd-000002');
  expect(paper(back)).toContain('For invoice R1-abcd-000001');
  const undone = sell();
  invoice(undone);
  lane.take({ type: 'postVoid', receiptNumber: undone });
  expect(entries().at(-1)).toMatchObject({ totalMinor: -119, creditOf: 'R1-abcd-000003' });
  // What comes back of a sale without one is none.
  const plain = sell();
  lane.take({ type: 'setReturn', receiptNumber: plain, lines: [{ line: 1, quantity: 1 }] });
  lane.take({ type: 'refund' });
  expect(entries()).toHaveLength(4);
});

describe('what another lane sold under a name', () => {
  let other: TestLane;
  beforeEach(() => {
    const keys = setting('invoiceKeys', `2026 ${Buffer.from(KEY.publicKey).toString('hex')}`);
    other = createTestLane([...ASSORTMENT, keys], undefined, (print) => prints.push(print), undefined, 2);
  });
  afterEach(() => {
    other.close();
    assert(other.errors.length === 0, `nothing failed inside: ${JSON.stringify(other.errors)}`);
  });
  const takeBackAt = (receiptNumber: string, returned: HubAnswer['returned']): string => {
    const body: RequestBody = { type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] };
    const { reply } = other.ask(body, undefined, { returned });
    assert(reply.type === 'reply', JSON.stringify(reply));
    return other.take({ type: 'refund' }).completed?.receiptNumber ?? '';
  };
  const credited = (receipt: string): void => {
    const [credit] = entries(other);
    expect(credit).toMatchObject({
      invoiceNumber: 'R2-0002-000001',
      receiptNumber: receipt,
      totalMinor: -119,
      creditOf: 'R1-abcd-000001',
      keyName: '2026',
    });
    // Only the company can say for whom; it is the same one.
    expect(parseBuyer(Buffer.from(openSealed(KEY.privateKey, credit?.sealed ?? new Uint8Array()) ?? []).toString('utf8'))).toEqual(BUYER);
    const text = JSON.stringify(other.take({ type: 'receipt', receiptNumber: receipt }).receipt?.blocks);
    for (const words of ['Credit note R2-0002-000001', 'For invoice R1-abcd-000001']) expect(text).toContain(words);
    expect(text).not.toContain('Müller');
  };

  test('comes back by that lane’s word and its copy: a credit note, sealed as the invoice is, which names it', () => {
    const [receiptNumber, plain] = [sell(3), sell()];
    invoice(receiptNumber);
    hearSibling(other, lane);
    credited(takeBackAt(receiptNumber, other.till.siblingReturn(receiptNumber, true)));
    takeBackAt(plain, other.till.siblingReturn(plain, true));
    expect(entries(other)).toHaveLength(1);
  });

  test('comes back by the hub’s word, in another store too', () => {
    const receiptNumber = sell(3);
    invoice(receiptNumber);
    const base64 = (seq: number): string => {
      const [entry] = lane.store.entriesAfter(lane.store.epochs()[0]?.epoch ?? '', seq - 1, 1, 1e6);
      return Buffer.from(entry?.canonical ?? []).toString('base64');
    };
    const answer = { sale: { store: '9', atMs: lane.clock.nowMs, entry: base64(1) }, returns: [], invoice: base64(2), granted: true };
    credited(takeBackAt(receiptNumber, readHubReturn(receiptNumber, answer, 'hub')));
    expect(entries(other)).toHaveLength(1);
  });
});

test('one sale has one invoice; a receipt of nobody, training and a store without a key have none', () => {
  const receiptNumber = sell();
  invoice(receiptNumber);
  expect(lane.refusal({ type: 'invoice', receiptNumber, buyer: BUYER })).toBe('invoiceMade');
  expect(lane.refusal({ type: 'invoice', receiptNumber: '1-abcd-000099', buyer: BUYER })).toBe('noSuchReceipt');
  lane.take({ type: 'setTraining', isOn: true });
  expect(lane.refusal({ type: 'invoice', receiptNumber, buyer: BUYER })).toBe('inTraining');
  const bare = createTestLane();
  bare.take({ type: 'scan', code: MILK });
  const { completed } = bare.take({ type: 'payCash', amountMinor: 119 });
  expect(bare.refusal({ type: 'invoice', receiptNumber: completed?.receiptNumber ?? '', buyer: BUYER })).toBe('noInvoices');
  bare.close();
});

test('once the return window is over the lane has forgotten the name, and the ledger is as it was', () => {
  const receiptNumber = sell();
  invoice(receiptNumber);
  lane.clock.nowMs += 89 * DAY_MS;
  lane.till.look();
  expect(paper(receiptNumber)).toContain('Müller');
  lane.clock.nowMs += 2 * DAY_MS;
  lane.till.look();
  expect(paper(receiptNumber)).not.toContain('Müller');
  expect(paper(receiptNumber)).toContain('Invoice R1-abcd-000001');
  expect(JSON.stringify(lane.db.prepare('SELECT * FROM invoice').all())).not.toContain('Müller');
  expect(entries()).toHaveLength(1);
});
