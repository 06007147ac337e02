/** Fields that not everybody may see, through each way out and each way in; as docs/PERMISSIONS.md says. */
import { readFileSync } from 'node:fs';

import { ENTITY_TYPES, grantKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { isWithheld } from '../catalog/change-log.ts';
import { isWithheldField, placesOfWithheld, withhold } from '../permissions/withheld-fields.ts';
import { signedIn, type Browser } from '../testing/test-browser.ts';
import { openStores, startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ApiDocument } from './openapi.ts';

// A real engine and argon2id on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

const nowMs = Date.UTC(2026, 10, 27, 12);
const PASSWORD = 'seventeen grey herons';
const SOAP = { name: 'Soap', taxClass: 'standard', unit: 'piece' };
const COST = { costAmount: 987_654, costDecimals: 4, costCurrency: 'EUR' };

let hub: TestHub;
/** Sees what goods cost everywhere but at store 2. */
let ada: Browser;
/** Publishes and imports for the whole company, and sees no cost. */
let bob: Browser;
/** Sees what goods cost at store 2 alone. */
let mae: Browser;

const item = (key: string, scope: string, fields: object): object => ({ type: 'item', key, scope, fields });
const grant = (role: string, action: Parameters<typeof grantKey>[1], scope: string, isAllowed: boolean): object => ({
  type: 'roleGrant',
  key: grantKey(role, action),
  scope,
  fields: { isAllowed },
});
const publish = async (...cells: object[]): Promise<number> => {
  const published = await hub.post('/api/v1/publications', { cells });
  expect(published.status).toBe(200);
  return ((await published.json()) as { lsn: number }).lsn;
};
const heldOf = async (sku: string, scope: string): Promise<unknown> =>
  (
    await hub.database.rows<{ fields: object }>('SELECT fields FROM entity WHERE type = 1 AND alive AND key = $1 AND scope = $2', [
      sku,
      scope,
    ])
  )[0]?.fields;
const costOf = async (sku: string, scope = 'global'): Promise<unknown> =>
  ((await heldOf(sku, scope)) as Readonly<Record<string, unknown>> | undefined)?.['50'] ?? null;
const textOf = async (browser: Browser, path: string): Promise<string> => (await browser.get(path)).text();

beforeAll(async () => {
  hub = await startTestHub(undefined, { clock: { nowMs: () => nowMs, monotonicMs: () => 0 } });
  await openStores(hub, ['2', 'south']);
  await publish(
    ...(['useConsole', 'publish', 'importFile'] as const).map((action) => grant('buyer', action, 'global', true)),
    grant('clerk', 'useConsole', 'global', true),
    grant('clerk', 'seeCost', 'store:2', true),
    grant('owner', 'publish', 'global', true),
    grant('owner', 'useConsole', 'global', true),
    grant('owner', 'seeCost', 'global', true),
    grant('owner', 'seeCost', 'store:2', false),
  );
  await publish(item('MUG', 'global', { ...SOAP, ...COST }), item('MUG', 'store:2', { ...COST, costAmount: 876_543 }));
  await publish(item('MUG', 'global', { costAmount: 987_655 }), item('MUG', 'store:2', { costAmount: 876_544 }));
  const somebody = async (name: string, posts: readonly object[]): Promise<Browser> =>
    signedIn(hub, { name, posts, password: PASSWORD, nowMs });
  ada = await somebody('ada', [{ scope: 'global', roles: ['owner'] }]);
  bob = await somebody('bob', [{ scope: 'global', roles: ['buyer'] }]);
  mae = await somebody('mae', [{ scope: 'store:2', roles: ['clerk'] }]);
}, 120_000);
afterAll(async () => hub.close());

describe('what goods cost', () => {
  test('is told by no path to who does not see it', async () => {
    const { paths } = await hub.json<ApiDocument>('/api/v1/openapi.json');
    const read = Object.entries(paths).flatMap(([path, ways]) => ('get' in ways ? [path.replace('{sku}', 'MUG')] : []));
    expect(read).toEqual(
      expect.arrayContaining(['/api/v1/product/MUG', '/api/v1/product', '/api/v1/changes', '/api/v1/changes.csv', '/api/v1/catalog.csv']),
    );
    const telling: string[] = [];
    for (const path of read.filter((each) => !each.includes('{') && each !== '/api/v1/live')) {
      const told = await textOf(bob, path);
      if (/98765|87654|"cost[A-Z]\w*":[^{]/.test(told)) telling.push(path);
    }
    expect(telling).toEqual([]);
    expect(JSON.parse(await textOf(bob, '/api/v1/product/MUG'))).toMatchObject({ fields: SOAP });
  });

  test('is told at the places where it may be seen, and at no other', async () => {
    const layers = async (browser: Browser, scope: string): Promise<object> => {
      const told = JSON.parse(await textOf(browser, `/api/v1/product/MUG?scope=${scope}`)) as {
        fields: { costAmount?: number };
        layers: readonly { scope: string; fields: { costAmount?: number } }[];
      };
      return [told.fields.costAmount, ...told.layers.map(({ scope: at, fields }) => [at, fields.costAmount])];
    };
    expect(await layers(ada, 'global')).toEqual([987_655, ['global', 987_655], ['store:2', undefined]]);
    expect(await layers(ada, 'store:2')).toEqual([undefined, ['global', 987_655], ['store:2', undefined]]);
    expect(await layers(mae, 'store:2')).toEqual([876_544, ['global', 987_655], ['store:2', 876_544]]);
    const history = await textOf(ada, '/api/v1/changes?sku=MUG');
    const file = await textOf(ada, '/api/v1/changes.csv?sku=MUG');
    for (const told of [history, file]) expect([told.includes('987655'), told.includes('876544')]).toEqual([true, false]);
  });

  test('an article that was told in part is another version to who holds it, and the same to who writes it', async () => {
    const [part, whole] = [await bob.get('/api/v1/product/MUG'), await ada.get('/api/v1/product/MUG?scope=global')];
    const tag = part.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]{22}\.part"$/);
    expect((await ada.send('GET', '/api/v1/product/MUG', undefined, { 'if-none-match': tag })).status).toBe(200);
    expect(whole.headers.get('etag')).toBe(tag);
    expect((await bob.send('PATCH', '/api/v1/product/MUG', { fields: { brand: 'Kern' } }, { 'if-match': tag })).status).toBe(200);
    expect((await bob.send('PATCH', '/api/v1/product/MUG', { fields: { brand: 'Kerne' } }, { 'if-match': tag })).status).toBe(412);
  });

  test('an article that is written anew, or comes back, keeps it', async () => {
    await publish(item('CUP', 'global', { ...SOAP, ...COST, brand: 'Kern' }));
    expect((await bob.send('PUT', '/api/v1/product/CUP', { fields: { ...SOAP, name: 'Cup' } })).status).toBe(200);
    expect(await heldOf('CUP', 'global')).toMatchObject({ '1': 'Cup', '2': null, '50': 987_654, '51': 4, '52': 'EUR' });
    const removed = (await (await bob.send('DELETE', '/api/v1/product/CUP')).json()) as { lsn: number };
    expect((await bob.post(`/api/v1/publications/${removed.lsn}/undo`, {})).status).toBe(200);
    expect(await costOf('CUP')).toBe(987_654);
    const file = 'sku,name,brand\nCUP,Cup,Alder\n';
    expect((await bring(bob, 'catalog', file)).at(-1)).toMatchObject({ changed: 1 });
    expect(await costOf('CUP')).toBe(987_654);
    expect((await ada.send('PUT', '/api/v1/product/CUP', { fields: SOAP })).status).toBe(200);
    expect(await costOf('CUP')).toBeNull();
  });

  test.each([
    ['an article made', 'POST', '/api/v1/product', { sku: 'NEW', fields: { ...SOAP, ...COST } }],
    ['… written anew', 'PUT', '/api/v1/product/MUG', { fields: { ...SOAP, ...COST } }],
    ['… changed', 'PATCH', '/api/v1/product/MUG', { fields: { costAmount: 1 } }],
    ['… cleared', 'PATCH', '/api/v1/product/MUG', { fields: { costAmount: null, costDecimals: null, costCurrency: null } }],
    ['… looked at first', 'PATCH', '/api/v1/product/MUG?preview=true', { fields: { costAmount: 1 } }],
    ['a place among its fields', 'PATCH', '/api/v1/product/MUG', { fields: { costAmount: 1, store: '1' } }],
    ['many articles', 'POST', '/api/v1/product-changes', { skus: ['MUG'], fields: { costAmount: 1 } }],
    ['cells', 'POST', '/api/v1/publications', { cells: [item('MUG', 'store:1', { costAmount: 1 })] }],
  ] as const)('%s: is not written by who does not see it', async (_what, method, path, body) => {
    const before = await hub.database.rows('SELECT lsn FROM tenant');
    const refused = await bob.send(method, path, body);
    expect([refused.status, ((await refused.json()) as { title: string }).title]).toEqual([403, expect.stringContaining('(seeCost)')]);
    expect(await hub.database.rows('SELECT lsn FROM tenant')).toEqual(before);
  });

  test('is not written by who does not see it at that place, taken back, or brought in a file', async () => {
    const cells = [item('MUG', 'store:2', { costAmount: 5 })];
    expect((await ada.post('/api/v1/publications', { cells })).status).toBe(403);
    expect((await ada.post('/api/v1/publications', { cells: [item('MUG', 'store:1', COST)] })).status).toBe(200);
    const lsn = await publish(item('MUG', 'global', { costAmount: 5 }));
    expect((await bob.post(`/api/v1/publications/${lsn}/undo`, {})).status).toBe(403);
    expect((await ada.post(`/api/v1/publications/${lsn}/undo`, {})).status).toBe(200);
    expect(await costOf('MUG')).toBe(987_655);
    for (const [what, file] of [
      ['catalog', 'sku,name,cost\nMUG,Mug,9.99\n'],
      ['prices', 'sku,price,currency,cost\nMUG,20.00,EUR,9.99\n'],
    ] as const)
      expect((await bring(bob, what, file)).at(-1)).toMatchObject({ type: 'urn:holdfast:problem:notAllowed', status: 422 });
    expect(await costOf('MUG')).toBe(987_655);
  });
});

async function bring(browser: Browser, what: string, file: string): Promise<readonly object[]> {
  const answer = await fetch(`${hub.url}/api/v1/import/${what}`, {
    method: 'POST',
    headers: { cookie: browser.cookie, origin: hub.url, 'content-type': 'text/csv' },
    body: file,
  });
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
}

test('a field is judged at the place nearest around it, never at one among the fields themselves', () => {
  const told = {
    stores: ['1', '2'],
    costTotal: 5,
    changes: [{ scope: 'lane@store:3', before: { costAmount: 1, scope: 'store:9' } }, { before: { costAmount: 2 } }],
  };
  expect([...placesOfWithheld(told, 'global')].toSorted()).toEqual(['global', 'store:1', 'store:2', 'store:3', 'store:9']);
  expect(withhold(told, 'global', (place) => place !== 'global' && place !== 'store:2')).toBe(true);
  expect(told).toEqual({
    stores: ['1', '2'],
    changes: [{ scope: 'lane@store:3', before: { costAmount: 1, scope: 'store:9' } }, { before: {} }],
  });
});

describe('the table of fields in docs/PERMISSIONS.md', () => {
  const manual = readFileSync(new URL('../../../../docs/PERMISSIONS.md', import.meta.url), 'utf8');
  const rows = manual
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5 && /`\w+`/.test(cells[2] ?? ''))
    .map(([, what = '', fields = '', who = '']) => ({ what, fields: fields.match(/\w+(?=`)/g) ?? [], who }));
  const fieldsOf = (what: string): readonly string[] => rows.find((row) => row.what === what)?.fields ?? [];

  test('names each field of goods, and of sold lines, that is a cost', () => {
    expect(fieldsOf('an article')).toEqual(ENTITY_TYPES.item.columns.map(({ name }) => name).filter(isWithheldField));
    expect(fieldsOf('a line of a sale').every(isWithheldField)).toBe(true);
    const ofCosts = rows.filter(({ fields }) => fields.some(isWithheldField));
    expect(ofCosts.map(({ what, who }) => [what, who.includes('`seeCost`')])).toEqual([
      ['an article', true],
      ['a line of a sale', true],
    ]);
  });

  test('names what the history keeps of people to itself', () => {
    const { staff } = ENTITY_TYPES;
    expect(fieldsOf('somebody on the staff, in histories')).toEqual(
      staff.columns.map(({ name }) => name).filter((name) => isWithheld(staff.type, name)),
    );
  });

  test('what nobody is told stands in no answer of the API’s document', async () => {
    const { paths } = await hub.json<ApiDocument>('/api/v1/openapi.json');
    const ofNobody = rows
      .filter(({ what, who }) => who.startsWith('nobody') && !what.endsWith('in histories'))
      .flatMap(({ fields }) => fields);
    expect(ofNobody.length).toBeGreaterThan(4);
    const answers = Object.values(paths).flatMap((ways) =>
      Object.values(ways).flatMap((way) =>
        Object.entries((way as { responses: object }).responses).map(([, answer]) => JSON.stringify(answer)),
      ),
    );
    expect(ofNobody.filter((field) => answers.some((answer) => answer.includes(`"${field}":`)))).toEqual([]);
  });

  test('customers and their fields are for who may look for them', async () => {
    expect(rows.find(({ what }) => what === 'a customer')?.who).toContain('`findCustomer`');
    expect((await bob.post('/api/v1/customers/search', { text: '' })).status).toBe(403);
  });
});
