/** Customers at the hub: sealed apart from ledgers, found by name and by code, told to the lanes of their own store alone, handed out whole and forgotten whole. */
import { ok } from '@holdfast/base';
import { hashCustomerCode } from '@holdfast/base/passcode';
import { sealTo } from '@holdfast/base/sealing';
import { ENTITY_TYPES, personText, type Person } from '@holdfast/domain';
import { bytesToHex, PATHS, type CustomersAnswer } from '@holdfast/sync';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import { loadPasscodeSecrets } from '../passcodes/passcodes.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { changeCustomer, takeFromLane, type CustomerPorts } from './customers.ts';
import { PERSONAL_RENEWED_AFTER_MS, renewPersonalKey } from './renew-key.ts';

vi.setConfig({ testTimeout: 120_000 });

const ERIKA = {
  name: 'Erika Müller-Lüdenscheidt',
  address: 'Am Hafen 1\n12345 Musterstadt',
  phone: '0176 1234567',
  email: 'erika@mueller.example',
  cards: ['KARTE-4711'],
  language: 'de',
};
const PERSONAL = ['Müller', 'Lüdenscheidt', 'Erika', 'Am Hafen', '+491761234567', '1761234567', 'erika@mueller', 'KARTE-4711'];

interface View {
  readonly customer: string;
  readonly store: string;
  readonly person: Person | null;
  readonly rights: { readonly groups: readonly string[] };
  readonly version: string;
  readonly aliases: readonly string[];
}

export function customersContract(engine: string, open: () => Promise<Database>): void {
  describe(`customers contract: ${engine}`, () => {
    let hub: TestHub;
    let lane: TestDevice;
    let erika: string;

    beforeAll(async () => {
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 } });
      await hub.post('/api/v1/stores', { store: '2', name: 'Two', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
      const setting = (key: string, value: string): object => ({ type: 'setting', key, scope: 'global', fields: { value } });
      await hub.post('/api/v1/publications', { cells: [setting('callingCode', '49'), setting('loyaltyTiers', 'silver 100 110')] });
      lane = await enrolNextDevice(hub, '1');
    }, 180_000);
    afterAll(async () => hub.close());

    const post = async (path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> => {
      const response = await hub.post(path, body);
      return { status: response.status, body: await response.json() };
    };
    const search = async (text: string): Promise<readonly string[]> => {
      const { body } = await post('/api/v1/customers/search', { text });
      return (body as { customers: readonly { customer: string; person: Person }[] }).customers.map(({ person }) => person.name);
    };
    const cellsOf = async (key: string, type: number = ENTITY_TYPES.customer.type): Promise<readonly object[]> =>
      hub.database.rows<object>('SELECT scope, fields FROM entity WHERE type = $1 AND key = $2 AND alive ORDER BY scope', [type, key]);
    const hashOf = async (kind: 'card' | 'phone', text: string): Promise<string> => {
      const at = {
        keys: hub.keys,
        clock: { nowMs: () => 0, monotonicMs: () => 0 },
        random: { bytes: () => new Uint8Array(32) },
      };
      const [secret] = await loadPasscodeSecrets(at);
      return hashCustomerCode({ kind, text }, secret ?? { number: 1, secret: new Uint8Array(32) });
    };
    const find = async (question: object, from = lane): Promise<CustomersAnswer> => {
      const response = await from.request(PATHS.findCustomers, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ codes: [], ...question }),
      });
      expect(response.status).toBe(200);
      return (await response.json()) as CustomersAnswer;
    };
    const takeUp = async (customer: string, person: Person, from = lane, keyNumber = 1): Promise<{ status: number; customer: string }> => {
      const publicKey = (await hub.keys.read('personal'))[keyNumber - 1]?.publicKey ?? new Uint8Array();
      const sealed = sealTo(publicKey, new TextEncoder().encode(personText(person)));
      const response = await from.request(PATHS.customers, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ customer, keyNumber, sealed: bytesToHex(sealed) }),
      });
      return { status: response.status, ...((await response.json()) as { customer: string }) };
    };
    /** Every column of every table, as text; bytes as hex. */
    const atRest = async (): Promise<string> => {
      const tables = await hub.database.rows<{ name: string }>("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");
      const rows = await Promise.all(
        tables.map(async ({ name }) => hub.database.rows<{ row: string }>(`SELECT t::text AS row FROM "${name}" t`)),
      );
      return rows
        .flat()
        .map(({ row }) => row)
        .join('\n');
    };
    const namesNobody = (dump: string): readonly string[] =>
      PERSONAL.filter((text) => dump.includes(text) || dump.includes(Buffer.from(text, 'utf8').toString('hex')));

    test('a customer is taken up, found by the beginnings of their name whatever its marks, and stands in the clear nowhere', async () => {
      const created = await post('/api/v1/customers', { store: '1', person: ERIKA, rights: { groups: ['club'] } });
      expect(created.status).toBe(201);
      erika = (created.body as { customer: string }).customer;
      for (const text of ['mull', 'ERIKA lude', 'Müller-Lü', 'ludenscheidt']) expect(await search(text), text).toEqual([ERIKA.name]);
      for (const text of ['m', 'ller', 'erika schmidt', 'ludenscheidtx', '%', '']) {
        expect(await search(text), text).toEqual(text === '' ? [ERIKA.name] : []);
      }
      expect(namesNobody(await atRest())).toEqual([]);
      const view = await hub.json<View>(`/api/v1/customers/${erika}`);
      expect(view.person).toMatchObject({ ...ERIKA, phone: '+491761234567' });
    });

    test('lanes of their own store hear initials, groups and hashes, and lanes of others nothing', async () => {
      expect(await cellsOf(erika)).toEqual([{ scope: 'store:1', fields: { '1': 'club', '5': 'EL', '6': 'de' } }]);
      for (const code of [await hashOf('card', 'KARTE-4711'), await hashOf('phone', '+491761234567')])
        expect(await cellsOf(code, ENTITY_TYPES.customerCode.type)).toEqual([{ scope: 'store:1', fields: { '1': erika } }]);
    });

    test('nobody else gets the same card or phone; what is no person is refused by its field', async () => {
      const again = await post('/api/v1/customers', {
        store: '2',
        person: { name: 'Kim Other', phone: '+49 176 1234567' },
      });
      expect(again).toMatchObject({ status: 409, body: { detail: erika } });
      const bad = await post('/api/v1/customers', { store: '1', person: { name: '123' } });
      expect(bad).toMatchObject({ status: 422, body: { detail: 'name' } });
      expect((await post('/api/v1/customers', { store: 'none', person: { name: 'Kim' } })).status).toBe(422);
      expect(await search('kim')).toEqual([]);
    });

    test('S-10: a visitor is found through the hub by a hashed card; by name with the name and the end of the phone, never everybody', async () => {
      const away = await enrolNextDevice(hub, '2');
      const codes = [await hashOf('card', 'KARTE-4711')];
      const facts = { customer: erika, store: '1', initials: 'EL', groups: ['club'], language: 'de' };
      expect(await find({ codes }, away)).toEqual({ customers: [facts] });
      expect(await find({ name: 'erika mu' }, away)).toEqual({ customers: [{ ...facts, name: ERIKA.name, phoneEnd: '567' }] });
      expect(await find({ codes: ['c1.00000000000000000000000000000000'], name: ' ' }, away)).toEqual({ customers: [] });
      for (let more = 0; more < 27; more += 1) await find({}, away);
      const response = await away.request(PATHS.findCustomers, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"codes":[]}',
      });
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
    });

    test('S-10: whoever is taken up at a lane a second time is the one who was known; gaps are filled, points of both are one balance', async () => {
      const person: Person = { name: 'E. Mueller', phone: '+491761234567', cards: ['NEW-1'], consentAtMs: 7 };
      expect(await takeUp('k-lane1', person)).toEqual({ status: 200, customer: erika });
      expect(await takeUp('k-lane1', person)).toEqual({ status: 200, customer: erika });
      expect(await cellsOf('k-lane1')).toEqual([{ scope: 'store:1', fields: { '8': erika } }]);
      const view = await hub.json<View>(`/api/v1/customers/${erika}`);
      expect(view.person).toMatchObject({ name: ERIKA.name, cards: ['KARTE-4711', 'NEW-1'], email: ERIKA.email });
      expect(view.aliases).toContain('k-lane1');
      lane.sell([], { customer: erika, points: 70 });
      lane.sell([], { customer: 'k-lane1', points: 50 });
      // Sold under its hash, at a lane that knew nothing of it.
      lane.sell([], { customer: await hashOf('card', 'NEW-1'), points: 5 });
      await lane.send();
      await lane.probe();
      const balance = await lane.request(PATHS.balance, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ account: 'points', reference: 'k-lane1', currency: 'points', neededMinor: 0 }),
      });
      expect(await balance.json()).toMatchObject({ availableMinor: 125 });
      await vi.waitFor(async () => expect(await cellsOf(erika)).toMatchObject([{ scope: 'store:1', fields: { '4': 'silver' } }]), 30_000);
    });

    test('what a lane sealed to nobody, or what is no person, is refused for good', async () => {
      const response = await lane.request(PATHS.customers, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ customer: 'k-bad', keyNumber: 1, sealed: 'abcd' }),
      });
      expect(response.status).toBe(422);
      expect((await takeUp('k-bad', { name: '7', cards: [], consentAtMs: 1 })).status).toBe(422);
    });

    test('who writes somebody anew that another clerk wrote since they looked is told so, and nothing is written over', async () => {
      const path = `/api/v1/customers/${erika}`;
      const looked = await hub.api(path);
      const [tag, before] = [looked.headers.get('etag') ?? '', (await looked.json()) as View];
      expect(tag).toBe(`"${before.version}"`);
      expect((await hub.api(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
      const write = async (address: string, version: string | undefined): Promise<Response> =>
        hub.api(path, {
          method: 'PUT',
          headers: { 'content-type': 'application/json', ...(version !== undefined && { 'if-match': version }) },
          body: JSON.stringify({
            store: before.store,
            person: { ...before.person, consentAtMs: undefined, address },
            rights: { groups: before.rights.groups },
          }),
        });
      expect((await write('1 High Street', tag)).status).toBe(200);
      const late = await write('2 High Street', tag);
      expect([late.status, await late.json()]).toMatchObject([412, { type: 'urn:holdfast:problem:changedSince' }]);
      expect(await hub.json<View>(path)).toMatchObject({ person: { address: '1 High Street' } });
      // Both at once: one of them, whichever comes first.
      const now = (await hub.api(path)).headers.get('etag') ?? '';
      const both = await Promise.all([write('3 High Street', now), write('4 High Street', now)]);
      expect(both.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 412]);
      // Programs that say no version write as before.
      expect((await write('5 High Street', undefined)).status).toBe(200);
    });

    test('who moves to another store is known there, and no longer at the old one', async () => {
      const response = await hub.api(`/api/v1/customers/${erika}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          store: '2',
          person: { ...ERIKA, name: 'Erika Meier', cards: ['NEW-1'] },
          rights: { groups: ['club'], onAccount: true, accountLimit: { amount: '500.00', currency: 'EUR' } },
        }),
      });
      expect(response.status).toBe(200);
      expect(await cellsOf(erika)).toEqual([
        { scope: 'store:2', fields: { '1': 'club', '4': 'silver', '5': 'EM', '6': 'de', '7': true, '9': '50000 EUR' } },
      ]);
      const limit = { amount: '500.00', currency: 'EUR' };
      expect(await hub.json<View>(`/api/v1/customers/${erika}`)).toMatchObject({ rights: { onAccount: true, accountLimit: limit } });
      expect(await find({ codes: [await hashOf('card', 'NEW-1')] })).toMatchObject({ customers: [{ accountLimit: '50000 EUR' }] });
      for (const wrong of [
        { amount: '-1.00' },
        { amount: '1e3' },
        { amount: '1.005' },
        { amount: '9999999999999.00' },
        { currency: 'XXX' },
      ]) {
        const rights = { groups: [], accountLimit: { ...limit, ...wrong } };
        expect((await post('/api/v1/customers', { store: '1', person: { name: 'Kim' }, rights })).status, JSON.stringify(wrong)).toBe(400);
      }
      expect(await cellsOf(await hashOf('card', 'KARTE-4711'), ENTITY_TYPES.customerCode.type)).toEqual([]);
      expect(await cellsOf(await hashOf('card', 'NEW-1'), ENTITY_TYPES.customerCode.type)).toMatchObject([{ scope: 'store:2' }]);
      expect([await search('muller'), await search('meier')]).toEqual([[], ['Erika Meier']]);
    });

    test('S-8: all that is held is handed out; then the person is forgotten, and every total and ledger is as it was', async () => {
      const verified = await hub.json<object>('/api/v1/verify');
      const exported = await post(`/api/v1/customers/${erika}/export`, {});
      const body = exported.body as { entries: readonly object[]; accesses: readonly { act: string }[]; person: Person };
      expect(body).toMatchObject({ person: { name: 'Erika Meier' }, pointsByDay: [{ points: '125' }] });
      expect(body.entries).toHaveLength(3);
      expect(body.accesses.map(({ act }) => act)).toEqual(expect.arrayContaining(['create', 'open', 'find', 'merge', 'edit']));
      const erase = (): Promise<Response> => hub.post(`/api/v1/persons/${erika}/erase`, {});
      expect(await (await erase()).json()).toEqual({ person: erika, erased: true });
      expect(await (await erase()).json()).toEqual({ person: erika, erased: false });
      expect((await hub.post('/api/v1/persons/nobody/erase', {})).status).toBe(404);
      expect((await hub.post('/api/v1/persons/an%20id/erase', {})).status).toBe(400);
      expect((await hub.post(`/api/v1/customers/${erika}/erase`, {})).status).toBe(404);
      const view = await hub.json<View>(`/api/v1/customers/${erika}`);
      expect(view.person).toBeNull();
      expect([await cellsOf(erika), await cellsOf('k-lane1'), await search('meier'), await search('')]).toEqual([[], [], [], []]);
      expect(await cellsOf(await hashOf('card', 'NEW-1'), ENTITY_TYPES.customerCode.type)).toEqual([]);
      expect(await hub.json<object>('/api/v1/verify')).toEqual(verified);
      const rest = await hub.database.rows<object>(
        'SELECT 1 FROM customer WHERE sealed IS NOT NULL UNION ALL SELECT 1 FROM customer_token',
      );
      expect(rest).toEqual([]);
      // Their card is anybody's now.
      const next = await post('/api/v1/customers', { store: '1', person: { name: 'Kim Next', cards: ['NEW-1'] } });
      expect(next.status).toBe(201);
      expect((await hub.post(`/api/v1/customers/${(next.body as { customer: string }).customer}/erase`, {})).status).toBe(200);
      expect([await search('next'), await search('')]).toEqual([[], []]);
    });

    /** What is `done` once a person was looked for, and before they are written. */
    const portsBeside = (done: () => Promise<unknown>): CustomerPorts => {
      let isDone = false;
      return {
        database: hub.database,
        tenantNo: 1,
        clock: { nowMs: () => Date.now(), monotonicMs: () => 0 },
        random: { bytes: (count) => new Uint8Array(count) },
        catalog: { publishIn: async () => ({ lsn: null, changed: 0 }), announce: () => undefined },
        keys: {
          ...hub.keys,
          read: async (kind, within) => {
            if (kind === 'passcode' && !isDone) {
              isDone = true;
              await done();
            }
            return hub.keys.read(kind, within);
          },
        },
      };
    };
    const isForgotten = async (customer: string): Promise<boolean> =>
      (await hub.json<View>(`/api/v1/customers/${customer}`)).person === null && (await search('late')).length === 0;

    test('who is forgotten while somebody else writes them stays forgotten', async () => {
      expect((await takeUp('k-late', { name: 'Late Writer', cards: [], consentAtMs: 1 })).status).toBe(200);
      const ports = portsBeside(async () => hub.post('/api/v1/customers/k-late/erase', {}));
      const written = await changeCustomer(ports, 'somebody', 'k-late', {
        store: '1',
        person: { name: 'Late Writer', cards: [] },
        rights: { groups: [] },
      });
      expect([written, await isForgotten('k-late')]).toEqual([{ ok: false, error: { type: 'noSuchCustomer' } }, true]);
    });

    test('who is heard of by a lane again, and was forgotten meanwhile, stays forgotten', async () => {
      const person = { name: 'Late Again', cards: [], consentAtMs: 1 };
      const ports = portsBeside(async () => {
        await takeUp('k-again', person);
        await hub.post('/api/v1/customers/k-again/erase', {});
      });
      expect(await takeFromLane(ports, { device: 'd', store: '1' }, { customer: 'k-again', person })).toBe('k-again');
      expect(await isForgotten('k-again')).toBe(true);
    });

    test('after a year another key follows: stores are told it, whoever was sealed to the former one is sealed anew, and what lanes sealed to that opens as ever', async () => {
      const people = { 'k-one': 'Anna First', 'k-two': 'Bert Second', 'k-gone': 'Carl Third' };
      for (const [customer, name] of Object.entries(people))
        expect((await takeUp(customer, { name, cards: [], consentAtMs: 1 })).status).toBe(200);
      expect((await hub.post('/api/v1/customers/k-gone/erase', {})).status).toBe(200);
      const told: unknown[] = [];
      const catalog: Pick<Catalog, 'publish'> = {
        publish: async (_source, cells) => {
          told.push(...cells);
          return ok({ lsn: 0, changed: cells.length });
        },
      };
      const after = async (ms: number): Promise<void> =>
        renewPersonalKey({
          database: hub.database,
          tenantNo: 1,
          keys: hub.keys,
          catalog,
          clock: { nowMs: () => Date.now() + ms, monotonicMs: () => 0 },
        });
      const sealedTo = async () =>
        hub.database.rows<{ customer: string; number: number; sealed: Uint8Array }>(
          "SELECT customer, key_number AS number, sealed FROM customer WHERE customer IN ('k-one', 'k-two') ORDER BY customer",
        );
      const before = await sealedTo();
      await after(PERSONAL_RENEWED_AFTER_MS - 60_000);
      expect([told, await sealedTo()]).toEqual([[], before]);
      await after(PERSONAL_RENEWED_AFTER_MS + 60_000);
      const keys = await hub.keys.read('personal');
      expect(keys.map(({ name }) => name)).toEqual(['1', '2']);
      expect(told).toEqual([
        {
          type: 'setting',
          key: 'personalKey',
          scope: 'global',
          fields: { value: `2 ${bytesToHex(keys[1]?.publicKey ?? new Uint8Array())}` },
        },
      ]);
      const anew = await sealedTo();
      expect(anew.map(({ number }) => number)).toEqual([2, 2]);
      expect(anew.every(({ sealed }, index) => bytesToHex(sealed) !== bytesToHex(before[index]?.sealed ?? new Uint8Array()))).toBe(true);
      // A lane that has not heard, and one that has.
      expect((await takeUp('k-four', { name: 'Dora Fourth', cards: [], consentAtMs: 1 })).status).toBe(200);
      expect((await takeUp('k-five', { name: 'Emil Fifth', cards: [], consentAtMs: 1 }, lane, 2)).status).toBe(200);
      await after(PERSONAL_RENEWED_AFTER_MS + 120_000);
      expect([(await hub.keys.read('personal')).length, told.length, await sealedTo()]).toEqual([2, 1, anew]);
      for (const name of ['Anna First', 'Bert Second', 'Dora Fourth', 'Emil Fifth']) expect(await search(name.slice(0, 4))).toEqual([name]);
      expect(await search('carl')).toEqual([]);
    });
  });
}
