import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { loadPasscodeSecrets } from './passcodes.ts';

// A real engine on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

const pinOf = async (user: string): Promise<string> => {
  const rows = await hub.database.rows<{ pin: string }>(`SELECT fields ->> '5' AS pin FROM entity WHERE type = 11 AND key = $1`, [user]);
  return rows[0]?.pin ?? '';
};
const reset = async (user: string, pin: string): Promise<number> =>
  (await hub.post(`/api/v1/staff/${user}/passcodes`, { scope: 'store:1', pin })).status;

test('a secret that is minted seals from then on; what older ones sealed stands, is counted, and lanes are told', async () => {
  const cells = ['kim', 'sam'].map((key) => ({ type: 'staff', key, scope: 'store:1', fields: { roles: 'cashier' } }));
  expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
  for (const user of ['kim', 'sam']) expect(await reset(user, '2580')).toBe(200);
  const before = await pinOf('kim');
  expect(before).toMatch(/^a1\.1\./);
  expect(await hub.json('/api/v1/passcode-secrets')).toEqual({ secrets: [{ number: 1, sealed: 2 }] });

  const minted = await hub.post('/api/v1/passcode-secrets', {});
  expect([minted.status, await minted.json()]).toEqual([201, { number: 2 }]);
  expect(await pinOf('kim')).toBe(before);
  expect(await reset('sam', '7193')).toBe(200);
  expect(await pinOf('sam')).toMatch(/^a1\.2\./);
  expect(await hub.json('/api/v1/passcode-secrets')).toEqual({
    secrets: [
      { number: 1, sealed: 1 },
      { number: 2, sealed: 1 },
    ],
  });
  const told = await hub.database.rows<{ value: string }>(
    `SELECT fields ->> '1' AS value FROM entity WHERE key = 'passcodeSecretNo' AND scope = 'global'`,
  );
  expect(told).toEqual([{ value: '2' }]);
  const secrets = await loadPasscodeSecrets({
    keys: hub.keys,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: { bytes: (length) => new Uint8Array(length) },
  });
  expect(new Set(secrets.map(({ secret }) => Buffer.from(secret).toString('hex'))).size).toBe(2);
});

test('who is on the staff is told with what they sign on by, and never with what that is', async () => {
  const fields = { roles: 'cashier\nsupervisor', displayName: 'Ada Byron' };
  await hub.post('/api/v1/publications', { cells: [{ type: 'staff', key: 'ada', scope: 'store:1', fields }] });
  const told = await (await hub.api('/api/v1/staff')).text();
  const { staff } = JSON.parse(told) as { readonly staff: readonly object[] };
  expect(staff).toContainEqual({
    user: 'ada',
    scope: 'store:1',
    name: 'Ada Byron',
    roles: ['cashier', 'supervisor'],
    hasPin: false,
    hasBadge: false,
    isBreakGlass: false,
  });
  expect(staff).toContainEqual(expect.objectContaining({ user: 'kim', hasPin: true }));
  expect(told).not.toMatch(/a1\.\d/);
  await reset('ada', '2580');
  expect((await hub.json<{ staff: readonly object[] }>('/api/v1/staff')).staff).toContainEqual(
    expect.objectContaining({ user: 'ada', hasPin: true }),
  );
});
