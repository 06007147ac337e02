/** Roll-outs over HTTP, as lanes of the stores see them. */
import { nodeCompression, nodeHash } from '@holdfast/base/node';
import { ENTITY_TYPES, grantKey, priceKey, readGrant } from '@holdfast/domain';
import { base64ToBytes, namedFields, openSegment, type Cell, type Scalar } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Rollout } from './rollout.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let hub: TestHub;
const lanes = new Map<string, TestDevice>();

beforeAll(async () => {
  hub = await startTestHub();
  lanes.set('1', await enrolDevice(hub));
  for (const store of ['2', '3']) {
    const opened = { store, name: `Store ${store}`, currency: 'EUR', timeZone: 'UTC', taxInclusive: true, zone: '1' };
    const answer = await hub.post('/api/v1/stores', opened);
    if (!answer.ok) throw new Error(`store ${store}: ${answer.status}`);
    lanes.set(store, await enrolNextDevice(hub, store));
  }
  await publish([
    { type: 'item', key: 'soup', scope: 'global', fields: { name: 'Soup', taxClass: 'standard', unit: 'piece' } },
    { type: 'item', key: 'soup', scope: 'store:2', fields: { brand: 'Ours', name: 'Soup of store 2' } },
  ]);
});
afterAll(async () => hub.close());

async function publish(cells: readonly object[]): Promise<void> {
  expect((await hub.post('/api/v1/publications', { cells })).status).toBe(200);
}

/** The name that a lane of the store shows: the narrowest scope's that has one. */
async function nameAt(store: string): Promise<unknown> {
  const lane = lanes.get(store);
  if (lane === undefined) throw new Error(`no lane in ${store}`);
  const byScope = new Map<string, Map<number, Cell>>();
  for (const ref of (await lane.manifest(undefined, 3)).segments) {
    const frame =
      ref.frame === undefined
        ? new Uint8Array(await (await lane.request(`/sync/v1/segments/${ref.hash}`)).arrayBuffer())
        : base64ToBytes(ref.frame);
    const segment = openSegment(frame, ref.hash, { compression: nodeCompression, hash: nodeHash });
    if (!segment.ok) throw new Error(segment.error.reason);
    for (let index = 0; index < segment.value.chunkCount; index += 1) {
      const chunk = segment.value.chunk(index);
      if (!chunk.ok) throw new Error(chunk.error.reason);
      for (const cell of chunk.value.filter(({ type, key }) => type === 1 && key === 'soup')) {
        const fields = byScope.get(cell.scope) ?? new Map<number, Cell>();
        byScope.set(cell.scope, fields);
        if ((fields.get(cell.field)?.stamp ?? 0) <= cell.stamp) fields.set(cell.field, cell);
      }
    }
  }
  for (const scope of [`store:${store}`, 'global']) {
    const fields = byScope.get(scope);
    const name = fields?.get(1);
    if (fields?.get(0)?.value === true && name !== undefined && name.generation === fields.get(0)?.generation) return name.value;
  }
  return undefined;
}

const namesAt = async (): Promise<readonly unknown[]> => [await nameAt('1'), await nameAt('2'), await nameAt('3')];

async function start(name: string, waves: readonly (readonly string[])[], to: string): Promise<Rollout> {
  const cells = [{ type: 'item', key: 'soup', fields: { name: to } }];
  const response = await hub.post('/api/v1/rollouts', { name, waves, cells });
  expect(response.status).toBe(201);
  return (await response.json()) as Rollout;
}

const step = async ({ rollout }: Rollout, what: string, body: object = {}): Promise<Response> =>
  hub.post(`/api/v1/rollouts/${rollout}/${what}`, body);
const lsn = async (): Promise<number> => (await lanes.get('1')?.manifest())?.to.lsn ?? 0;

test('C-10: a change reaches store after store, is paused, goes on, and then holds everywhere', async () => {
  const rollout = await start('New name', [['1'], ['2', '3']], 'Hot soup');
  expect(rollout).toMatchObject({ reached: 1, state: 'running' });
  expect(await namesAt()).toEqual(['Hot soup', 'Soup of store 2', 'Soup']);
  expect(await (await step(rollout, 'pause', { reason: 'too many returns' })).json()).toMatchObject({
    state: 'paused',
    reason: 'too many returns',
  });
  expect((await step(rollout, 'advance')).status).toBe(409);
  expect((await step(rollout, 'complete')).status).toBe(409);
  expect(await namesAt()).toEqual(['Hot soup', 'Soup of store 2', 'Soup']);
  expect(await (await step(rollout, 'resume')).json()).toMatchObject({ state: 'running', reason: null });
  const before = await lsn();
  expect(await (await step(rollout, 'advance')).json()).toMatchObject({ reached: 2, state: 'running' });
  // A wave is one publication.
  expect(await lsn()).toBe(before + 1);
  expect(await namesAt()).toEqual(['Hot soup', 'Hot soup', 'Hot soup']);
  expect((await step(rollout, 'advance')).status).toBe(409);
  expect(await (await step(rollout, 'complete')).json()).toMatchObject({ state: 'completed' });
  // A store's own word stands again over what holds everywhere.
  expect(await namesAt()).toEqual(['Hot soup', 'Soup of store 2', 'Hot soup']);
  expect((await step(rollout, 'rollBack')).status).toBe(409);
});

test('C-10: rolled back, each store has again what it had, by one more publication', async () => {
  const had = await namesAt();
  const rollout = await start('A mistake', [['1', '2'], ['3']], 'Soap');
  expect(await namesAt()).toEqual(['Soap', 'Soap', had[2]]);
  await step(rollout, 'pause');
  const before = await lsn();
  expect(await (await step(rollout, 'rollBack', { reason: 'not soup' })).json()).toMatchObject({ state: 'rolledBack', reason: 'not soup' });
  expect(await lsn()).toBe(before + 1);
  expect(await namesAt()).toEqual(had);
  const { rollouts } = await hub.json<{ rollouts: readonly Rollout[] }>('/api/v1/rollouts');
  expect(rollouts.map(({ name, state }) => [name, state])).toEqual([
    ['A mistake', 'rolledBack'],
    ['New name', 'completed'],
  ]);
});

interface Whole {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly prices: readonly { readonly scope: string; readonly fields: Readonly<Record<string, unknown>> }[];
}
const productAt = async (sku: string, store: string): Promise<Whole> => hub.json<Whole>(`/api/v1/product/${sku}?scope=store:${store}`);

async function begin(waves: readonly (readonly string[])[], ...cells: readonly object[]): Promise<Rollout> {
  const response = await hub.post('/api/v1/rollouts', { name: 'R', waves, cells });
  expect(response.status).toBe(201);
  return (await response.json()) as Rollout;
}

test('C-10: a store that had something else of its own has of what was rolled out what holds everywhere', async () => {
  await publish([
    { type: 'item', key: 'wine', scope: 'global', fields: { name: 'Wine', taxClass: 'standard', unit: 'piece' } },
    { type: 'item', key: 'wine', scope: 'store:2', fields: { brand: 'Ours' } },
  ]);
  const rollout = await begin([['2']], { type: 'item', key: 'wine', fields: { name: 'Red wine', minimumAgeYears: 18 } });
  expect((await step(rollout, 'complete')).status).toBe(200);
  expect((await productAt('wine', '2')).fields).toMatchObject({ brand: 'Ours', name: 'Red wine', minimumAgeYears: 18 });

  const mistake = await begin([['2']], { type: 'item', key: 'wine', fields: { name: 'Vine', minimumAgeYears: 8 } });
  expect((await step(mistake, 'rollBack')).status).toBe(200);
  await publish([{ type: 'item', key: 'wine', scope: 'global', fields: { name: 'Rosé' } }]);
  expect((await productAt('wine', '2')).fields).toMatchObject({ brand: 'Ours', name: 'Rosé', minimumAgeYears: 18 });
});

test('C-10: what somebody wrote in a store since it was reached stands', async () => {
  await publish([{ type: 'item', key: 'rice', scope: 'global', fields: { name: 'Rice', taxClass: 'standard', unit: 'piece' } }]);
  const key = priceKey('rice', 'regular');
  const price = (amount: number): object => ({ type: 'price', key, fields: { amount, decimals: 2, currency: 'EUR' } });
  const rollout = await begin([['1', '2', '3']], price(200), { type: 'item', key: 'rice', fields: { name: 'Ryce', brand: 'R' } });
  await publish([
    { ...price(180), scope: 'store:1' },
    { type: 'item', key: 'rice', scope: 'store:1', fields: { name: 'Our rice' } },
    { type: 'price', key, scope: 'store:3', removed: true },
  ]);
  expect((await step(rollout, 'rollBack')).status).toBe(200);
  const [first, second, third] = [await productAt('rice', '1'), await productAt('rice', '2'), await productAt('rice', '3')];
  expect(first.prices).toMatchObject([{ scope: 'store:1', fields: { amount: 180 } }]);
  expect([first.fields['name'], second.fields['name'], third.fields['name']]).toEqual(['Our rice', 'Rice', 'Rice']);
  expect([first, second, third].map(({ fields }) => fields['brand'] ?? null)).toEqual([null, null, null]);
});

test('C-10: a grant to which somebody in a store gave a limit since stays one, with its limit', async () => {
  const key = grantKey('cashier', 'overridePrice');
  const rollout = await begin([['2']], { type: 'roleGrant', key, fields: { isAllowed: true } });
  await publish([{ type: 'roleGrant', key, scope: 'store:2', fields: { limit: 500 } }]);
  expect((await step(rollout, 'complete')).status).toBe(200);
  const { type, columns } = ENTITY_TYPES.roleGrant;
  const [held] = await hub.database.rows<{ fields: Readonly<Record<string, Scalar>> }>(
    `SELECT fields FROM entity WHERE type = $1 AND key = $2 AND scope = 'store:2' AND alive`,
    [type, key],
  );
  const fields = new Map(Object.entries(held?.fields ?? {}).map(([number, value]) => [Number(number), value]));
  expect(readGrant(key, 'store:2', namedFields(columns, fields))).toMatchObject({ ok: true, value: { isAllowed: true, limit: 500 } });
});

test('C-10: two that are under way never write one entity in one store', async () => {
  const cell = { type: 'item', key: 'soup', fields: { brand: 'A' } };
  const first = await begin([['1'], ['2']], cell);
  const again = async (store: string, type: string | number = 'item'): Promise<Response> =>
    hub.post('/api/v1/rollouts', { name: 'R', waves: [[store]], cells: [{ ...cell, type, fields: { brand: 'B' } }] });
  for (const type of ['item', 1]) {
    const refused = await again('2', type);
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { title: `roll-out ${first.rollout} is under way with soup in store 2. Nothing was published.` },
    ]);
  }
  const beside = await again('3');
  expect(beside.status).toBe(201);
  expect((await step((await beside.json()) as Rollout, 'rollBack')).status).toBe(200);
  expect((await step(first, 'rollBack')).status).toBe(200);
  expect((await again('2')).status).toBe(201);
});

test('what cannot be rolled out is refused whole, and says why', async () => {
  const cells = [{ type: 'item', key: 'soup', fields: { name: 'X' } }];
  const refusals: readonly (readonly [object, number, RegExp])[] = [
    [{ name: 'A', waves: [['1'], ['99']], cells }, 404, /no store 99/],
    [{ name: 'A', waves: [['1'], ['1']], cells }, 422, /reached twice/],
    [{ name: 'A', waves: [['1']], cells: [...cells, ...cells] }, 422, /changed twice/],
    [{ name: 'A', waves: [['1']], cells: [{ type: 'item', key: 'soup', fields: { colour: 'red' } }] }, 422, /no field/],
    [{ name: 'A', waves: [], cells }, 400, /not what this path takes/],
  ];
  const before = await lsn();
  for (const [body, status, title] of refusals) {
    const response = await hub.post('/api/v1/rollouts', body);
    expect([response.status, ((await response.json()) as { title: string }).title]).toEqual([status, expect.stringMatching(title)]);
  }
  expect((await hub.post('/api/v1/rollouts/77/advance', {})).status).toBe(404);
  expect(await lsn()).toBe(before);
});

test('what would lead back to itself is refused as in any publication, at the start and at a later step, and leaves no trace', async () => {
  const deposit = (key: string, depositSku: string | null): object => ({ type: 'item', key, fields: { name: key, depositSku } });
  const list = async (): Promise<readonly Rollout[]> => (await hub.json<{ rollouts: readonly Rollout[] }>('/api/v1/rollouts')).rollouts;
  const expectLoop = async (ask: () => Promise<Response>): Promise<void> => {
    const [before, listed] = [await lsn(), await list()];
    const response = await ask();
    expect([response.status, await response.json()]).toMatchObject([
      422,
      {
        type: 'urn:holdfast:problem:badChange',
        status: 422,
        title: expect.stringMatching(/^(?:can|tray) would be, at the end, its own deposit\. Nothing was published\.$/),
      },
    ]);
    expect([await lsn(), await list()]).toEqual([before, listed]);
  };

  const cells = [deposit('can', 'tray'), deposit('tray', 'can')];
  await expectLoop(async () => hub.post('/api/v1/rollouts', { name: 'Deposits', waves: [['1']], cells }));

  await publish([{ ...deposit('can', 'tray'), scope: 'store:1' }]);
  const begun = await hub.post('/api/v1/rollouts', { name: 'No deposit', waves: [['1']], cells: [deposit('can', null)] });
  expect(begun.status).toBe(201);
  await publish([{ ...deposit('tray', 'can'), scope: 'global' }]);
  const rollout = (await begun.json()) as Rollout;
  await expectLoop(async () => step(rollout, 'rollBack'));
});
