/** The lane's journal: found by words, shown whole, exported in three formats, and proven by its key. */
import { assert } from '@holdfast/base';
import { createSigner, generateSigningKey, nodeHash, nodeVerifier } from '@holdfast/base/node';
import { JOURNAL_REASONS } from '@holdfast/domain';
import { DECLINE_REASONS, FISCAL_FAULTS } from '@holdfast/hardware';
import { verifyJournal } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { JournalEntryView } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createTestLane, MILK, NOON_MS, publish, setting, type TestLane } from '../testing/test-lane.ts';
import { exportJournal, type JournalExport } from './journal.ts';

const DAY_MS = 86_400_000;
const signer = createSigner(generateSigningKey());

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane();
});
afterEach(() => lane.close());

const sell = (): string => {
  lane.take({ type: 'scan', code: MILK });
  return lane.take({ type: 'payCash', amountMinor: 200 }).completed?.receiptNumber ?? '';
};
const read = async (wanted: Omit<JournalExport, 'exportedAtMs'>): Promise<string | undefined> => {
  const pieces = exportJournal({ store: lane.store, schemas: LEDGER_SCHEMAS, signer }, { ...wanted, exportedAtMs: NOON_MS });
  if (pieces === undefined) return undefined;
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
};
/** As a window asks: on and on, until there is no more. */
const search = (text: string, limit = 20): readonly JournalEntryView[] => {
  const found: JournalEntryView[] = [];
  for (let before: { epoch: string; seq: number } | undefined; ;) {
    const { journal } = lane.take({ type: 'journal', text, limit, ...(before !== undefined && { before }) });
    assert(journal !== undefined, 'a question about the journal is answered');
    found.push(...journal.entries);
    if (journal.next === null) return found;
    before = journal.next;
  }
};

test('words find entries, newest first, over however many pages', () => {
  const receipts = Array.from({ length: 7 }, sell);
  lane.take({ type: 'openDrawer', reason: 'change for a neighbour' });
  lane.take({ type: 'printReceipt', receiptNumber: receipts[2] ?? '' });
  expect(search('', 2).map(({ kind }) => kind)).toEqual(['reprint', 'noSale', ...receipts.map(() => 'sale')]);
  expect(search('neighbour')).toMatchObject([{ kind: 'noSale', reason: 'change for a neighbour' }]);
  expect(search(`SALE ${receipts[2]}`)).toMatchObject([{ kind: 'sale', reference: receipts[2], amountMinor: 119, currency: 'EUR' }]);
  expect(search('nothing of the kind')).toEqual([]);
});

test('a long journal is looked through in steps', () => {
  for (let sale = 0; sale < 250; sale += 1) sell();
  const { journal } = lane.take({ type: 'journal', text: 'nothing of the kind', limit: 20 });
  expect(journal?.entries).toEqual([]);
  expect(journal?.next?.seq).toBeGreaterThan(1);
  expect(search('1-', 100)).toHaveLength(250);
});

test('an entry is shown whole, and one that is not there is refused', () => {
  sell();
  const [sale] = search('sale');
  assert(sale !== undefined, 'it was sold');
  const { journalEntry = '' } = lane.take({ type: 'journalEntry', epoch: sale.epoch, seq: sale.seq });
  expect(JSON.parse(journalEntry)).toMatchObject({
    seq: sale.seq,
    kind: 'sale',
    hash: sale.hash,
    says: { totalMinor: 119, lines: [{ sku: 'MILK' }] },
  });
  expect(lane.refusal({ type: 'journalEntry', epoch: sale.epoch, seq: 99 })).toBe('noSuchEntry');
  expect(lane.refusal({ type: 'journalEntry', epoch: 'ffffffffffffffff', seq: 1 })).toBe('noSuchEntry');
});

test('an export proves itself, whole and by dates, over pages', async () => {
  for (let day = 0; day < 3; day += 1) {
    lane.clock.nowMs = NOON_MS + day * DAY_MS;
    for (let sale = 0; sale < 90; sale += 1) sell();
  }
  const whole = await read({ format: 'json' });
  assert(whole !== undefined, 'there is a journal');
  const proven = verifyJournal(whole, signer.publicKey, { hash: nodeHash, verifier: nodeVerifier });
  // Two days rolled over: each with its Z, and the float of the next.
  expect([proven.entries, proven.problems]).toEqual([274, []]);
  const middle = await read({ format: 'json', from: '2026-11-21', to: '2026-11-21' });
  const part = verifyJournal(middle ?? '', signer.publicKey, { hash: nodeHash, verifier: nodeVerifier });
  expect([part.entries, part.problems]).toEqual([92, []]);
  expect(await read({ format: 'json', from: '2026-12-01' })).toBeUndefined();
  expect((await read({ format: 'csv', to: '2026-11-20' }))?.trim().split('\r\n')).toHaveLength(1 + 91);
  const xml = (await read({ format: 'xml', from: '2026-11-22' })) ?? '';
  expect(xml.match(/<Transaction>/g)).toHaveLength(91);
  expect(xml.trimEnd().endsWith('</POSLog>')).toBe(true);
});

/** What a lane's journal promises to hold, one by one: who does it, and what is written of it. */
const PROMISED: readonly (readonly [what: string, kind: string, does: (lane: TestLane) => void])[] = [
  ['every sale', 'sale', () => sell()],
  [
    'void line',
    'lineVoid',
    (at) => {
      at.take({ type: 'scan', code: MILK, quantity: 2 });
      at.take({ type: 'voidLine', lineId: at.lines()[0]?.lineId ?? '' });
    },
  ],
  [
    'void sale',
    'saleVoid',
    (at) => {
      at.take({ type: 'scan', code: MILK });
      at.take({ type: 'voidSale' });
    },
  ],
  [
    'suspend',
    'suspend',
    (at) => {
      at.take({ type: 'scan', code: MILK });
      at.take({ type: 'suspend' });
    },
  ],
  [
    'abort',
    'saleAbort',
    (at) => {
      at.take({ type: 'scan', code: MILK });
      at.clock.nowMs += DAY_MS;
      at.monotonic.addedMs += DAY_MS;
      at.till.look();
    },
  ],
  ['no-sale', 'noSale', (at) => at.take({ type: 'openDrawer', reason: 'change' })],
  ['drawer opening', 'drawerOpened', (at) => at.till.drawerOpened()],
  [
    'receipt by mail',
    'receiptMail',
    (at) => {
      publish(at.store, [setting('receiptMailKey', `2026-11 ${'ab'.repeat(32)}`)]);
      at.take({ type: 'mailReceipt', receiptNumber: sell(), to: 'kim@example.com' });
    },
  ],
  ['reprint', 'reprint', (at) => at.take({ type: 'printReceipt', receiptNumber: sell() })],
  [
    'approval',
    'approval',
    (at) => {
      publish(at.store, [
        { type: 'staff', key: 'kim', fields: { roles: 'cashier', pin: SEALED } },
        { type: 'staff', key: 'sam', fields: { roles: 'manager', pin: SEALED } },
      ]);
      const shows = (user: string, body: Parameters<TestLane['ask']>[0]): void => {
        const person = at.till.people().people.find((staff) => staff.user === user);
        assert(person !== undefined, 'somebody of the staff');
        const { reply } = at.ask(body, undefined, { identified: { ok: true, value: { staff: person, how: 'pin' } } });
        assert(reply.type === 'reply', JSON.stringify(reply));
      };
      shows('kim', { type: 'signOn', user: 'kim', pin: '2580' });
      at.take({ type: 'scan', code: MILK });
      const line = at.lines()[0]?.lineId ?? '';
      shows('sam', { type: 'approve', action: 'discountLine', lineId: line, maximum: 5_000, user: 'sam', pin: '1379' });
      at.take({ type: 'voidSale' });
    },
  ],
  [
    'clock change',
    'clockChange',
    (at) => {
      at.till.look();
      at.clock.nowMs += 3_600_000;
      at.till.look();
    },
  ],
  [
    'training entry',
    'training',
    (at) => {
      at.take({ type: 'setTraining', isOn: true });
      at.take({ type: 'setTraining', isOn: false });
    },
  ],
  [
    'setting change',
    'settingChange',
    (at) => {
      at.till.look();
      publish(at.store, [setting('receiptFooter', 'Thank you')]);
      at.till.cutMoved();
    },
  ],
];
const SEALED = `a1.1.${'0f'.repeat(32)}`;

test.each(PROMISED)('%s is journalled', (_what, kind, does) => {
  const before = search(kind).filter((entry) => entry.kind === kind).length;
  does(lane);
  const written = search(kind).filter((entry) => entry.kind === kind);
  expect(written.length).toBeGreaterThan(before);
});

test('a suspended basket stands in the journal with its lines, and a sale of training as one', () => {
  lane.take({ type: 'scan', code: MILK, quantity: 3 });
  lane.take({ type: 'suspend' });
  const [aside] = search('suspend');
  assert(aside !== undefined, 'it was set aside');
  const { journalEntry = '' } = lane.take({ type: 'journalEntry', epoch: aside.epoch, seq: aside.seq });
  expect(JSON.parse(journalEntry)).toMatchObject({ says: { lines: [{ sku: 'MILK', quantity: 3 }] } });
  lane.take({ type: 'setTraining', isOn: true });
  sell();
  expect(search('sale')[0]).toMatchObject({ kind: 'sale', training: true });
});

test('what a terminal or a fiscal signer says is a reason that a journal has words for', () => {
  const known: readonly string[] = JOURNAL_REASONS;
  expect([...DECLINE_REASONS, ...FISCAL_FAULTS].filter((reason) => !known.includes(reason))).toEqual([]);
});
