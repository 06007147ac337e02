import { assert } from '@holdfast/base';
import { systemClock, systemRandom } from '@holdfast/base/node';
import { sealPasscode } from '@holdfast/base/passcode';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { loadPasscodeSecrets } from '../passcodes/passcodes.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ImportReport } from './importer.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

const PORTS = () => ({ keys: hub.keys, clock: systemClock, random: systemRandom });

async function take(kind: string, file: string, query: Readonly<Record<string, string>> = {}): Promise<ImportReport> {
  const path = `/api/v1/import/${kind}?${new URLSearchParams(query).toString()}`;
  const text = await (await hub.api(path, { method: 'POST', body: file })).text();
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
}

const fieldsOf = async (type: number, key: string): Promise<{ readonly scope: string; readonly fields: object } | undefined> =>
  (
    await hub.database.rows<{ scope: string; fields: object }>('SELECT scope, fields FROM entity WHERE type = $1 AND key = $2', [type, key])
  )[0];

describe('staff', () => {
  const FILE = `id,roles,name,birth_year,age_reached,scope
op-1,"cashier, supervisor",Kim,2001,,store:1
op-2,manager,,,18,
op-3,Big Boss,,,,
Kim Müller,cashier,,,,
op-4,cashier,,19x4,,
op-5,cashier,,,,kitchen
op-1,cashier,Kim,2001,,store:1
`;
  test('are taken; a row that means nobody is refused by itself', async () => {
    const report = await take('staff', FILE, { scope: 'zone:1' });
    expect(report).toMatchObject({ rows: 7, created: 2, duplicates: 1, refused: 4 });
    expect(report.refusals.map(({ row, reason }) => [row, reason])).toEqual([
      [4, 'badRoles'],
      [5, 'badId'],
      [6, 'badBirthYear'],
      [7, 'badScope'],
    ]);
    expect(await fieldsOf(11, 'op-1')).toEqual({ scope: 'store:1', fields: { '1': 'cashier', '2': 'Kim', '3': 2001 } });
    expect(await fieldsOf(11, 'op-2')).toEqual({ scope: 'zone:1', fields: { '1': 'manager', '4': 18 } });
    expect(await take('staff', FILE, { scope: 'zone:1' })).toMatchObject({ created: 0, changed: 0, unchanged: 2, lsn: null });
  });

  test('prove who they are by what only a device can try; the same file again changes nothing, an empty cell takes nothing', async () => {
    const head = 'id,roles,pin,badge,break_glass\n';
    const file = `${head}op-7,cashier,2580,HF-7Q2M9KX4,\nop-8,manager,,ENVELOPE-55,yes\nop-9,cashier,1234,,\nop-10,cashier,12,,\nop-11,cashier,,x,\n`;
    const report = await take('staff', file);
    expect(report).toMatchObject({ created: 2, refused: 3 });
    expect(report.refusals.map(({ row, reason }) => [row, reason])).toEqual([
      [4, 'weakPin'],
      [5, 'badPin'],
      [6, 'badBadge'],
    ]);
    expect(JSON.stringify(report)).not.toMatch(/1234|2580/);
    const [secret] = await loadPasscodeSecrets(PORTS());
    assert(secret !== undefined, 'the hub has a secret');
    const sealed = {
      '1': 'cashier',
      '5': await sealPasscode({ user: 'op-7', text: '2580' }, secret),
      '6': await sealPasscode({ user: '', text: 'HF-7Q2M9KX4' }, secret),
    };
    expect((await fieldsOf(11, 'op-7'))?.fields).toMatchObject(sealed);
    expect((await fieldsOf(11, 'op-8'))?.fields).toMatchObject({ '7': true });
    expect(await take('staff', file)).toMatchObject({ changed: 0, lsn: null });
    expect(await take('staff', `${head}op-7,cashier,,,\n`)).toMatchObject({ changed: 0, lsn: null });
    expect(await take('staff', `${head}op-7,cashier,none,,\n`)).toMatchObject({ changed: 1 });
    expect((await fieldsOf(11, 'op-7'))?.fields).toMatchObject({ '5': null, '6': sealed[6] });
  });

  test('get another PIN or badge from headquarters', async () => {
    const path = '/api/v1/staff/op-7/passcodes';
    const post = async (body: object): Promise<number> => (await hub.post(path, body)).status;
    const before = await fieldsOf(11, 'op-7');
    expect(await post({ pin: '1111' })).toBe(400);
    expect(await post({})).toBe(400);
    expect(await post({ pin: '9731', scope: 'store:1' })).toBe(404);
    expect(await fieldsOf(11, 'op-7')).toEqual(before);
    expect(await post({ pin: '9731', badge: null })).toBe(200);
    const [secret] = await loadPasscodeSecrets(PORTS());
    assert(secret !== undefined, 'the hub has a secret');
    expect((await fieldsOf(11, 'op-7'))?.fields).toMatchObject({
      '6': null,
      '5': await sealPasscode({ user: 'op-7', text: '9731' }, secret),
    });
  });

  test('need an id and roles', async () => {
    expect((await hub.api('/api/v1/import/staff', { method: 'POST', body: 'id,name\nop-1,Kim\n' })).status).toBe(422);
  });
});

describe('customers', () => {
  const FILE = `[{"id":"c-1","groups":"club; staff","exemption_certificate":"WI-000123","exemption_to":"2027-01-01"},
    {"id":"c-2"},{"id":"Jane Doe"},{"id":"c-3","exemption_certificate":"issued to Jane Doe"},{"id":"c-4","exemption_to":"2027-01-01"}]`;
  test('are taken without a name', async () => {
    const report = await take('customers', FILE);
    expect(report).toMatchObject({ rows: 5, created: 2, refused: 3 });
    expect(report.refusals.map(({ reason }) => reason)).toEqual(['badId', 'badCertificate', 'badDate']);
    expect(await fieldsOf(12, 'c-1')).toEqual({ scope: 'global', fields: { '1': 'club\nstaff', '2': 'WI-000123', '3': '2027-01-01' } });
    expect(await take('customers', FILE)).toMatchObject({ unchanged: 2, lsn: null });
  });
});
