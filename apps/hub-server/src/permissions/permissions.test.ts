import { readFileSync } from 'node:fs';

import { ACTION_NAMES, DEFAULT_ROLES, grantKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createPermissions } from './permissions.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

const grant = (role: string, action: Parameters<typeof grantKey>[1], scope: string, fields: object) => ({
  type: 'roleGrant',
  key: grantKey(role, action),
  scope,
  fields,
});
const publish = async (...cells: object[]): Promise<Response> => hub.post('/api/v1/publications', { cells });
const titleOf = async (response: Response): Promise<string> => ((await response.json()) as { title: string }).title;
const tax = (scope: string) => ({ type: 'tax', key: 'luxury', scope, fields: { name: 'Luxury', rateBps: 3_000 } });

describe('a fresh hub', () => {
  test('begins with the grants of the program, as cells that a company can change', async () => {
    const permissions = createPermissions(hub.database, 1);
    const rows = await hub.database.rows<{ key: string }>('SELECT key FROM entity WHERE type = 10');
    expect(rows.map(({ key }) => key)).toContain(grantKey('cashier', 'discountLine'));
    expect(await permissions.ask({ user: 'kim', roles: ['manager'] }, 'enrolDevice', 'store:1')).toMatchObject({ ok: true });
    expect(await permissions.ask({ user: 'kim', roles: ['cashier'] }, 'publish', 'global')).toMatchObject({
      ok: false,
      error: { type: 'approvalNeeded', detail: { action: 'publish', approvers: 'hq' } },
    });
  });
});

describe('every action × every role, as the manual has it', () => {
  const manual = readFileSync(new URL('../../../../docs/PERMISSIONS.md', import.meta.url), 'utf8');
  const rows = manual
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  test.each(rows.map(([, action = '', , ...cells]) => [action.replaceAll('`', ''), cells.slice(0, DEFAULT_ROLES.length)] as const))(
    '%s: %j',
    async (action, cells) => {
      const permissions = createPermissions(hub.database, 1);
      const known = ACTION_NAMES.find((name) => name === action);
      if (known === undefined) throw new Error(`${action} is no action`);
      const asked = await Promise.all(DEFAULT_ROLES.map(async (role) => permissions.ask({ user: 'kim', roles: [role] }, known, 'store:1')));
      const said = asked.map((answer) => (answer.ok ? (answer.value.limit ?? 'any') : 'no'));
      const told = cells.map((cell) =>
        cell === 'any' || cell === 'no' ? cell : cell.endsWith('%') ? Number(cell.slice(0, -1)) * 100 : Number(cell.replace('.', '')),
      );
      expect(said).toEqual(told);
    },
  );
});

describe('headquarters', () => {
  test('is refused what its role is denied at a place, and nowhere else', async () => {
    expect((await publish(grant('hq', 'publish', 'store:1', { isAllowed: false }))).status).toBe(200);
    const refused = await publish(tax('global'), tax('store:1'));
    expect(refused.status).toBe(403);
    expect(await titleOf(refused)).toContain('publish');
    expect((await hub.database.rows("SELECT 1 FROM entity WHERE key = 'luxury'")).length).toBe(0);
    expect((await publish(tax('global'))).status).toBe(200);
    expect((await publish(tax('zone:1'))).status).toBe(200);
    // Who may publish everywhere may give it back.
    expect((await publish(grant('hq', 'publish', 'store:1', { isAllowed: true }))).status).toBe(200);
    expect((await publish(tax('store:1'))).status).toBe(200);
  });

  test('cannot take from itself what gives it back', async () => {
    for (const cell of [
      grant('hq', 'publish', 'global', { isAllowed: false }),
      { ...grant('hq', 'publish', 'global', {}), fields: undefined, removed: true },
    ]) {
      const refused = await publish(cell);
      expect(refused.status).toBe(422);
      expect(await titleOf(refused)).toContain('nobody could');
    }
  });

  test.each([
    ['openStore', '/api/v1/stores', { store: '9', name: 'Nine', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true }],
    ['enrolDevice', '/api/v1/enrolment-codes', { store: '1' }],
  ] as const)('may %s only while it is granted', async (action, path, body) => {
    await publish(grant('hq', action, 'global', { isAllowed: false }));
    expect((await hub.post(path, body)).status).toBe(403);
    await publish(grant('hq', action, 'global', { isAllowed: true }));
    expect((await hub.post(path, body)).status).toBe(201);
  });

  test('each action is refused while it is denied, at every address that asks for it, and the others are not', async () => {
    const addresses = {
      publish: ['/api/v1/publications', '/api/v1/staff/op-1/passcodes', '/api/v1/rollouts'],
      importFile: ['/api/v1/catalog/import'],
      openStore: ['/api/v1/stores'],
      enrolDevice: ['/api/v1/enrolment-codes'],
      closeStoreDay: ['/api/v1/store-days/1/2026-11-21/close'],
      openInvoice: ['/api/v1/invoices/open', '/api/v1/invoice-keys/2001/forget'],
      findCustomer: ['/api/v1/customers/search'],
      keepCustomer: ['/api/v1/customers'],
      eraseCustomer: ['/api/v1/customers/k-none/erase', '/api/v1/customers/k-none/export'],
      settleExceptions: ['/api/v1/devices/D1/write-off', '/api/v1/conflicts/1', '/api/v1/receipt-mails/1/again'],
    } as const;
    const bodies: Readonly<Record<string, object>> = {
      '/api/v1/publications': { cells: [tax('store:1')] },
      '/api/v1/staff/op-1/passcodes': { scope: 'store:1', pin: '2580' },
      '/api/v1/rollouts': { name: 'none', waves: [['1']], cells: [{ type: 'nothing', key: 'k', fields: { a: 1 } }] },
      '/api/v1/stores': { store: '8', name: 'Eight', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true },
      '/api/v1/enrolment-codes': { store: '1' },
      '/api/v1/customers': { store: '1', person: { name: '7' } },
      '/api/v1/conflicts/1': { answer: 'accept' },
      '/api/v1/invoices/open': { store: '1', invoiceNumber: 'R1-abcd-000001' },
    };
    const all = Object.values(addresses).flat();
    const refusedNow = async (): Promise<readonly string[]> => {
      const refused: string[] = [];
      for (const address of all) if ((await hub.post(address, bodies[address] ?? {})).status === 403) refused.push(address);
      return refused;
    };
    expect(await refusedNow()).toEqual([]);
    for (const action of Object.keys(addresses) as (keyof typeof addresses)[]) {
      const scope = action === 'publish' ? 'store:1' : 'global';
      await publish(grant('hq', action, scope, { isAllowed: false }));
      expect(await refusedNow(), action).toEqual(addresses[action]);
      await publish(grant('hq', action, scope, { isAllowed: true }));
    }
    expect(await refusedNow()).toEqual([]);
  });

  test('may import only while it is granted; the upload is not read', async () => {
    const upload = async (): Promise<number> =>
      (await hub.api('/api/v1/catalog/import', { method: 'POST', body: 'sku,name,price\nA1,Apple,1.00\n' })).status;
    await publish(grant('hq', 'importFile', 'global', { isAllowed: false }));
    expect(await upload()).toBe(403);
    await publish(grant('hq', 'importFile', 'global', { isAllowed: true }));
    expect(await upload()).toBe(200);
  });

  test('publishes no grant that means nothing', async () => {
    const refused = await publish({ type: 'roleGrant', key: 'cashier', scope: 'global', fields: { isAllowed: true } });
    expect(refused.status).toBe(422);
    expect((await publish({ type: 'staff', key: 'op-7', scope: 'store:1', fields: { roles: 'Big Boss' } })).status).toBe(422);
    expect((await publish({ type: 'staff', key: 'op-7', scope: 'store:1', fields: { roles: 'cashier' } })).status).toBe(200);
    expect((await publish({ type: 'customer', key: 'Jane Doe', scope: 'global', fields: { groups: 'club' } })).status).toBe(422);
  });
});
