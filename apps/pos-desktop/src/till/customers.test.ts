/** Customers at a lane: found by what they show, taken up with and without the hub; nothing on its disk names anybody. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { hashCustomerCode } from '@holdfast/base/passcode';
import { generateSealingKey, openSealed } from '@holdfast/base/sealing';
import { accountMovementsOf, LEDGER_KINDS, parsePerson } from '@holdfast/domain';
import { readEntry, type CustomersAnswer } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { findCustomer, type CustomerFinding } from './customers/find-customer.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import {
  ASSORTMENT,
  createTestLane,
  fastFolder,
  LANE_EPOCH,
  MILK,
  publish,
  setting,
  type PublishedEntity,
  type TestLane,
} from './testing/test-lane.ts';

const KEY = generateSealingKey();
const SECRET = { number: 1, secret: new Uint8Array(32).fill(9) };
const [CARD, PHONE] = ['KARTE-4711', '+491761234567'];
const HASHES = {
  card: await hashCustomerCode({ kind: 'card', text: CARD }, SECRET),
  phone: await hashCustomerCode({ kind: 'phone', text: PHONE }, SECRET),
};
const FACTS = { groups: 'club', tier: 'gold', initials: 'EM', language: 'de', onAccount: true, exemptionCertificate: 'DIPL-8' };
const ERIKA: readonly PublishedEntity[] = [
  { type: 'customer', key: 'k-erika', scope: 'store:1', fields: FACTS },
  { type: 'customerCode', key: HASHES.card, scope: 'store:1', fields: { customer: 'k-erika' } },
  { type: 'customerCode', key: HASHES.phone, scope: 'store:1', fields: { customer: 'k-erika' } },
];

const ACCOUNT: PublishedEntity = { type: 'tenderType', key: 'account', fields: { kind: 'onAccount', name: 'Account', keepsBalance: true } };
/** A milk without its tax, which Erika does not owe. */
const EXEMPT_MINOR = 111;

let lane: TestLane;
/** What the hub answers; undefined: it is away. */
let hub: CustomersAnswer | undefined;
let askedOf: object[] = [];
beforeEach(() => {
  hub = undefined;
  askedOf = [];
  const keys = [setting('personalKey', `1 ${hex(KEY.publicKey)}`), setting('callingCode', '49'), setting('ownCodes', 'loyalty 29')];
  const invoices = setting('invoiceKeys', `2026 ${hex(KEY.publicKey)}`);
  lane = createTestLane([...ASSORTMENT, ...keys, invoices, ...ERIKA], fastFolder());
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
let asked = 0;

/** As the till's process does it: found out first, then handled. */
async function ask(body: RequestBody): Promise<ReturnType<TestLane['ask']>['reply']> {
  const id = `customer-${(asked += 1)}`;
  const lookup = lane.till.customerToFind({ id, atMs: 0, body });
  const ports = {
    secret: () => SECRET,
    hash: hashCustomerCode,
    isKnown: (hash: string) => lane.till.isCustomerKnown(hash),
    token: () => (hub === undefined ? undefined : 'token'),
    transport: {
      findCustomers: async (_token: string, question: object) => {
        askedOf.push(question);
        assert(hub !== undefined, 'nobody asks without a token');
        return { ok: true, value: { value: hub, hubTimeMs: 0 } } as const;
      },
    },
  };
  const customer: CustomerFinding | undefined = lookup === undefined ? undefined : await findCustomer(ports, lookup);
  return lane.ask(body, id, { customer }).reply;
}
const refused = async (body: RequestBody): Promise<string> => {
  const reply = await ask(body);
  return reply.type === 'refused' ? reply.refusal.type : 'answered';
};
const attached = () => lane.state().head.customer;

test('by a card or a phone, typed as people do, without the hub: initials, tier, groups and rights, and the receipt in their language', async () => {
  const erika = { customerId: 'k-erika', groups: ['club', 'gold'], initials: 'EM', tier: 'gold', onAccount: true, language: 'de' };
  for (const text of [CARD, `29${CARD}`, ' 0176 1234567 ', '+49 (176) 123-4567']) {
    await ask({ type: 'attachCustomer', text });
    expect(attached(), text).toEqual(erika);
    expect(lane.state().head).toMatchObject({ receiptLanguage: 'de', exemption: 'DIPL-8' });
    lane.take({ type: 'clearCustomer' });
    expect(lane.state().head.receiptLanguage).toBeUndefined();
  }
  await ask({ type: 'scan', code: `29${CARD}` });
  expect(attached()?.customerId).toBe('k-erika');
  expect(askedOf).toEqual([]);
});

test('who may buy on account does so without the hub, on their own account alone; nobody else does, after a restart neither', async () => {
  publish(lane.store, [ACCOUNT]);
  const onAccount = { type: 'tender', tenderType: 'account', amountMinor: EXEMPT_MINOR } as const;
  lane.take({ type: 'scan', code: MILK });
  expect(await refused(onAccount)).toBe('notOnAccount');
  await ask({ type: 'scan', code: '29V-1' });
  expect(await refused(onAccount)).toBe('notOnAccount');
  await ask({ type: 'attachCustomer', text: CARD });
  expect(await refused({ ...onAccount, reference: 'k-other' })).toBe('notOnAccount');
  lane.reopen();
  lane.take({ type: 'clearCustomer' });
  expect(await refused(onAccount)).toBe('notOnAccount');
  await ask({ type: 'attachCustomer', text: CARD });
  lane.reopen();
  expect(lane.take(onAccount).completed).toMatchObject({ tenders: [{ name: 'Account', amountMinor: EXEMPT_MINOR }] });
  const moved = lane.store
    .epochs()
    .flatMap(({ epoch }) => lane.store.entriesAfter(epoch, 0, 1_000, 10_000_000))
    .flatMap(({ canonical }) => {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      assert(entry.ok && entry.value.fields !== null, 'an entry');
      const movements = accountMovementsOf({ kind: entry.value.kind, fields: entry.value.fields });
      return movements.ok ? movements.value : [];
    });
  expect(moved).toEqual([{ account: 'onAccount', reference: 'k-erika', currency: 'EUR', amountMinor: -EXEMPT_MINOR }]);
  expect(askedOf).toEqual([]);
});

const owesAtMost = (accountLimit: string): void =>
  publish(lane.store, [
    ACCOUNT,
    { type: 'staff', key: '1', fields: { roles: 'cashier' } },
    { type: 'staff', key: '2', fields: { roles: 'manager' } },
    { type: 'customer', key: 'k-erika', scope: 'store:1', fields: { ...FACTS, accountLimit } },
  ]);
const NAME = { account: 'onAccount', reference: 'k-erika', currency: 'EUR' } as const;
const owe = { type: 'tender', tenderType: 'account', amountMinor: EXEMPT_MINOR } as const;

test('up to a limit: the hub is asked for what is left of it, its word counts, and beyond it somebody who may answers for it', async () => {
  owesAtMost('10000 EUR');
  lane.take({ type: 'scan', code: MILK });
  await ask({ type: 'attachCustomer', text: CARD });
  expect(attached()).toMatchObject({ onAccount: true, accountLimitMinor: 10_000 });
  expect(lane.till.balanceToAsk({ id: 'q', atMs: 0, body: owe })).toEqual({ name: NAME, neededMinor: EXEMPT_MINOR });
  const give = (availableMinor: number) => lane.ask(owe, undefined, { balance: { name: NAME, availableMinor } }).reply;
  expect(give(EXEMPT_MINOR - 1)).toMatchObject({
    refusal: { type: 'approvalNeeded', detail: { action: 'exceedAccountLimit', wantedMinor: 1 } },
  });
  const approve: RequestBody = { type: 'approve', action: 'exceedAccountLimit', maximum: 1, user: '2', pin: '2580' };
  const boss = lane.till.people().people.find(({ user }) => user === '2');
  assert(boss !== undefined, 'a manager');
  lane.ask(approve, undefined, { identified: { ok: true, value: { staff: boss, how: 'pin' } } });
  expect(give(EXEMPT_MINOR - 2)).toMatchObject({ refusal: { type: 'approvalNeeded', detail: { wantedMinor: 2 } } });
  expect(give(EXEMPT_MINOR - 1)).toMatchObject({ value: { completed: { tenders: [{ name: 'Account', amountMinor: EXEMPT_MINOR }] } } });
  const sold = lane.store
    .entriesAfter(LANE_EPOCH, 0, 100, 1_000_000)
    .map(({ canonical }) => readEntry(canonical, LEDGER_SCHEMAS))
    .at(-1);
  expect(sold).toMatchObject({ value: { fields: { approvals: [{ action: 'exceedAccountLimit', approver: '2', maximum: 1 }] } } });
  lane.take({ type: 'scan', code: MILK });
  await ask({ type: 'attachCustomer', text: CARD });
  // Of what the hub says is there, it has not heard yet of what was just sold.
  expect(give(2 * EXEMPT_MINOR)).toMatchObject({ value: { completed: { tenders: [{ name: 'Account', amountMinor: EXEMPT_MINOR }] } } });
});

test('the hub away, a lane sells on account by its own limit and never more than the customer’s, after a restart neither; what it sold counts', async () => {
  owesAtMost('150 EUR');
  publish(lane.store, [setting('offlineSpendingLimitMinor', '5000')]);
  const buy = async (): Promise<ReturnType<TestLane['ask']>['reply']> => {
    lane.take({ type: 'scan', code: MILK });
    await ask({ type: 'attachCustomer', text: CARD });
    return lane.ask(owe).reply;
  };
  expect((await buy()).type).toBe('reply');
  lane.reopen();
  expect(await buy()).toMatchObject({ refusal: { type: 'approvalNeeded', detail: { wantedMinor: 72 } } });
});

test('in another currency than their limit’s nobody owes anything', async () => {
  owesAtMost('10000 USD');
  lane.take({ type: 'scan', code: MILK });
  await ask({ type: 'attachCustomer', text: CARD });
  expect(attached()).toMatchObject({ accountLimitMinor: 0 });
  expect(lane.ask(owe).reply).toMatchObject({ refusal: { type: 'approvalNeeded', detail: { wantedMinor: EXEMPT_MINOR } } });
});

test('a visitor brings their limit along', async () => {
  hub = { customers: [{ customer: 'k-visitor', store: '2', groups: [], onAccount: true, accountLimit: '7000 EUR' }] };
  await ask({ type: 'attachCustomer', text: 'V-1' });
  expect(attached()).toEqual({ customerId: 'k-visitor', groups: [], onAccount: true, accountLimitMinor: 7_000 });
});

test('a language that somebody chose stands before the customer’s', async () => {
  lane.take({ type: 'setReceiptLanguage', language: 'fr' });
  await ask({ type: 'attachCustomer', text: CARD });
  expect(lane.state().head.receiptLanguage).toBe('fr');
});

test('a visitor comes through the hub by a hash; away, a scanned card buys under its hash and a typed one is told from a wrong one', async () => {
  expect(await refused({ type: 'attachCustomer', text: 'V-1' })).toBe('customersAway');
  await ask({ type: 'scan', code: '29V-1' });
  const hash = await hashCustomerCode({ kind: 'card', text: 'V-1' }, SECRET);
  expect(attached()).toEqual({ customerId: hash, groups: [] });
  hub = { customers: [] };
  expect(await refused({ type: 'attachCustomer', text: 'V-1' })).toBe('noSuchCustomer');
  hub = { customers: [{ customer: 'k-visitor', store: '2', groups: ['club'], tier: 'silver', initials: 'VV' }] };
  await ask({ type: 'attachCustomer', text: 'V-1' });
  expect(attached()).toEqual({ customerId: 'k-visitor', groups: ['club', 'silver'], initials: 'VV', tier: 'silver' });
  expect(askedOf.at(-1)).toEqual({ codes: [hash] });
});

test('by name through the hub, which is said to be away; what is chosen is attached by its id', async () => {
  expect(await refused({ type: 'findCustomers', text: 'Erika' })).toBe('customersAway');
  const found = { customer: 'k-far', store: '2', groups: ['club'], initials: 'EF', name: 'Erika Fern', phoneEnd: '123' };
  hub = { customers: [found], isMore: true };
  const reply = await ask({ type: 'findCustomers', text: 'Erika' });
  assert(reply.type === 'reply', 'it was answered');
  expect(reply.value.customers).toEqual({
    found: [{ customerId: 'k-far', name: 'Erika Fern', store: '2', phoneEnd: '123' }],
    isMore: true,
  });
  lane.take({ type: 'setCustomer', customerId: 'k-far' });
  expect(attached()).toEqual({ customerId: 'k-far', groups: ['club'], initials: 'EF' });
});

const NEW = { type: 'addCustomer', name: 'Änne von Droste', phone: '0151 7654321', card: 'NEU-1', consent: true } as const;

test('somebody is taken up without the hub: attached at once, found at once by both, after a kill too; sent once, and theirs under another id', async () => {
  await ask(NEW);
  const own = attached();
  expect(own).toMatchObject({ initials: 'ÄD', groups: [] });
  lane.reopen();
  lane.take({ type: 'clearCustomer' });
  await ask({ type: 'attachCustomer', text: '0151 7654321' });
  expect(attached()).toEqual(own);
  expect(await refused(NEW)).toBe('customerKnown');
  const [waiting] = lane.till.customersWaiting();
  assert(waiting !== undefined, 'it waits for the hub');
  const opened = openSealed(KEY.privateKey, waiting.sealed);
  const person = { name: NEW.name, phone: '+491517654321', cards: ['NEU-1'] };
  expect(parsePerson(Buffer.from(opened ?? []).toString('utf8'))).toMatchObject(person);
  // The ledger proves what was sealed, and says nothing of it.
  const entries = lane.store.epochs().flatMap(({ epoch }) => lane.store.entriesAfter(epoch, 0, 1_000, 10_000_000));
  const added = entries
    .map(({ canonical }) => readEntry(canonical, LEDGER_SCHEMAS))
    .filter((entry) => entry.ok && entry.value.kind === LEDGER_KINDS.customerAdded.kind);
  expect(added).toHaveLength(1);
  expect(added[0]).toMatchObject({ value: { fields: { customer: own?.customerId } } });

  lane.till.customerSent(waiting.customer, 'k-erika');
  expect(lane.till.customersWaiting()).toEqual([]);
  await ask({ type: 'attachCustomer', text: 'NEU-1' });
  expect(attached()).toMatchObject({ customerId: 'k-erika', initials: 'EM' });
  publish(lane.store, [{ type: 'customer', key: waiting.customer, scope: 'store:1', fields: { sameAs: 'k-erika' } }]);
  lane.till.look();
  lane.take({ type: 'setCustomer', customerId: waiting.customer });
  expect(attached()).toMatchObject({ customerId: 'k-erika', tier: 'gold' });
  expect(lane.db.prepare('SELECT count(*) FROM own_customer').pluck().get()).toBe(0);
});

test.each([
  [{ ...NEW, name: '7' }, 'badCustomer'],
  [{ ...NEW, phone: 'no number' }, 'badCustomer'],
  [{ type: 'addCustomer', name: 'Kim', consent: true }, 'badCustomer'],
  [{ ...NEW, card: 'a\u202Eb c' }, 'badCustomer'],
  [{ ...NEW, phone: '0176 1234567' }, 'customerKnown'],
] as const)('%j is refused as %s, and nothing is kept', async (body, refusal) => {
  expect(await refused(body)).toBe(refusal);
  expect(lane.till.customersWaiting()).toEqual([]);
});

test('whoever may not search or take up (findCustomer, keepCustomer) does neither', async () => {
  const deny = (action: string): PublishedEntity => ({ type: 'roleGrant', key: `cashier\u001F${action}`, fields: { isAllowed: false } });
  publish(lane.store, [deny('findCustomer'), deny('keepCustomer')]);
  lane.till.cutMoved();
  hub = { customers: [] };
  expect(await refused({ type: 'findCustomers', text: 'Erika' })).toMatch(/notAllowed|approvalNeeded/);
  expect(await refused(NEW)).toMatch(/notAllowed|approvalNeeded/);
  expect(lane.till.customersWaiting()).toEqual([]);
});

/** The whole data folder: database, its log, and whatever else lies there. */
const atRest = (): readonly Buffer[] =>
  readdirSync(lane.folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name)));

test('S-6: after attaching, finding, taking up and an invoice, nothing in the lane’s folder names anybody, before and after it starts again', async () => {
  await ask({ type: 'attachCustomer', text: CARD });
  hub = { customers: [{ customer: 'k-far', store: '2', groups: [], initials: 'EF', name: 'Erika Fernweh', phoneEnd: '123' }] };
  await ask({ type: 'findCustomers', text: 'Erika Fernw' });
  lane.take({ type: 'setCustomer', customerId: 'k-far' });
  await ask({ type: 'attachCustomer', text: 'UNKNOWN-CARD-9' });
  hub = undefined;
  await ask({ type: 'scan', code: '29UNKNOWN-CARD-8' });
  await ask(NEW);
  lane.take({ type: 'scan', code: MILK });
  const receiptNumber = lane.take({ type: 'payCash', amountMinor: 10_000 }).completed?.receiptNumber ?? '';
  const buyer = { name: 'Käufer & Töchter', address: 'Hinterm Deich 3', taxNumber: 'DE987654321' };
  lane.take({ type: 'invoice', receiptNumber, buyer });
  const shown = [CARD, '1761234567', '0176 1234567', 'Fernw', 'UNKNOWN-CARD', NEW.name, 'Droste', '7654321', 'NEU-1'];
  const clear = [...shown, 'Käufer', 'Hinterm', 'DE987654321'];
  const namesFound = (): readonly string[] => clear.filter((text) => atRest().some((bytes) => bytes.includes(text)));
  expect(atRest().some((bytes) => bytes.includes('k-far'))).toBe(true);
  expect(namesFound()).toEqual([]);
  lane.reopen();
  expect(namesFound()).toEqual([]);
  expect(JSON.stringify(lane.take({ type: 'receipt', receiptNumber }).receipt)).toContain('Käufer');
});

test('what an earlier build wrote of an invoice in the clear is read as before, and sealed in the next pause', () => {
  const row = ['R1-abcd-000009', 'x-1', '{"name":"Klar Text","address":"Weg 1"}', lane.clock.nowMs];
  lane.db.prepare('INSERT INTO invoice (invoice_number, receipt_number, buyer, at_ms) VALUES (?, ?, ?, ?)').run(...row);
  lane.till.look();
  const held = lane.db.prepare('SELECT buyer FROM invoice').pluck().get();
  expect(String(held)).not.toContain('Klar');
});
