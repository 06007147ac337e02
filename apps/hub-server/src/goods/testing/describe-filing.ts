/** Categories as a tree, and brands, over HTTP, for whichever database the hub stands on. It has the stores 1 and 2, in zone 1. */
import { describe, expect, test } from 'vitest';

import { MOST_TOLD } from '../../catalog/change-log.ts';
import type { TestHub } from '../../testing/test-hub.ts';
import type { FilingChange, FilingReport } from '../filing-change.ts';
import { type CategoryRow, createCategories } from '../filing.ts';

/** More than are read at once. */
const MANY = 1_050;

export function describeFiling(hubOf: () => TestHub): void {
  const post = async (change: FilingChange, basedOn?: string): Promise<Response> =>
    hubOf().post('/api/v1/filing-changes', { change, ...(basedOn !== undefined && { basedOn }) });
  const told = async (change: FilingChange, basedOn?: string): Promise<FilingReport> => {
    const response = await post(change, basedOn);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as FilingReport;
  };
  /** Looked at, then published as it was told. */
  const make = async (change: FilingChange): Promise<FilingReport> => told(change, (await told(change)).version);
  const refused = async (change: FilingChange): Promise<unknown> => {
    const response = await post(change);
    return [response.status, ((await response.json()) as { type: string }).type.split(':').at(-1)];
  };
  const publish = async (...cells: readonly object[]): Promise<void> => {
    expect(await (await hubOf().post('/api/v1/publications', { cells })).text()).toContain('lsn');
  };
  const undo = async ({ lsn }: FilingReport): Promise<number> =>
    (await hubOf().post(`/api/v1/publications/${String(lsn)}/undo`, {})).status;
  const categories = async (): Promise<readonly CategoryRow[]> =>
    (await hubOf().json<{ categories: readonly CategoryRow[] }>('/api/v1/categories')).categories;
  const named = async (name: string): Promise<unknown> => {
    const row = (await categories()).find(({ category }) => category === name);
    return row === undefined ? undefined : [row.parent, row.isDepartment, row.size];
  };
  const skusOf = async (query: string): Promise<readonly string[]> =>
    (await hubOf().json<{ products: readonly { sku: string }[] }>(`/api/v1/product?limit=200&${query}`)).products.map(({ sku }) => sku);
  const item = (key: string, category: string, more: object = {}, scope = 'global'): object => ({
    type: 'item',
    key,
    scope,
    fields: { name: `Filed ${key}`, taxClass: 'full', unit: 'piece', category, ...more },
  });
  const rows = async (): Promise<unknown> =>
    hubOf().database.rows(
      `SELECT type, key, scope, fields FROM entity WHERE alive AND type IN (1, 6, 7, 74, 87) AND fields <> '{}' ORDER BY type, key, scope`,
    );
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');

  describe('categories as a tree', () => {
    test('made, moved and removed; what lies in one is found with it, and lanes hear nothing of it', async () => {
      await publish(
        { type: 'department', key: 'Farm', scope: 'global', fields: { position: 7 } },
        item('F-1', 'Farm'),
        item('F-2', 'Eggs'),
        item('F-3', 'Free range'),
      );
      expect([await named('Farm'), await named('Eggs')]).toEqual([
        [null, true, 1],
        [null, false, 1],
      ]);
      await make({ act: 'move', category: 'Free range', parent: 'Eggs' });
      await make({ act: 'move', category: 'Eggs', parent: 'Farm' });
      await make({ act: 'make', category: 'Honey', parent: 'Farm' });
      expect([await named('Free range'), await named('Eggs'), await named('Honey')]).toEqual([
        ['Eggs', false, 1],
        ['Farm', false, 1],
        ['Farm', false, 0],
      ]);
      expect([await skusOf('within=Farm'), await skusOf('within=Eggs'), await skusOf('department=Farm')]).toEqual([
        ['F-1', 'F-2', 'F-3'],
        ['F-2', 'F-3'],
        ['F-1'],
      ]);
      expect(await skusOf('within=Farm&q=filed')).toEqual(['F-1', 'F-2', 'F-3']);
      expect(await skusOf('within=Nothing')).toEqual([]);
      await make({ act: 'remove', category: 'Honey' });
      expect(await named('Honey')).toBeUndefined();
    });

    test('all that lies in one is changed at once', async () => {
      const wish = { filter: { within: 'Farm' }, fields: { returnDays: 3 } };
      const report = async (body: object): Promise<{ changing: number; version: string }> =>
        JSON.parse((await (await hubOf().post('/api/v1/product-changes', body)).text()).trimEnd().split('\n').at(-1) ?? '');
      const preview = await report(wish);
      expect(preview.changing).toBe(3);
      expect(await report({ ...wish, basedOn: preview.version })).toMatchObject({ changing: 3, lsn: expect.any(Number) });
    });

    test('a new name: articles of all scopes go along, and so do the tab of lanes, its keys, what lies in it and what promotions name; undone as one', async () => {
      await publish(
        ...Array.from({ length: MANY }, (_, index) => item(`R-${String(index).padStart(4, '0')}`, 'Roots')),
        item('R-0007', 'Roots', {}, 'store:2'),
        { type: 'department', key: 'Roots', scope: 'global', fields: { position: 3, unlistedSku: 'R-0000' } },
        { type: 'department', key: 'Roots', scope: 'store:2', fields: { position: 9 } },
        { type: 'keyPage', key: 'Roots', scope: 'global', fields: { position: 3_000, keys: 'R-0001\nR-0000' } },
        item('R-SUB', 'Carrots'),
        {
          type: 'promotion',
          key: 'root-week',
          scope: 'global',
          fields: {
            name: 'Root week',
            body: JSON.stringify({
              priority: 0,
              combine: 'best',
              offer: {
                type: 'each',
                goods: { categories: ['Roots', 'Eggs'] },
                tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }],
              },
            }),
          },
        },
      );
      await make({ act: 'move', category: 'Carrots', parent: 'Roots' });
      const before = await rows();
      const at = await lsn();
      const change: FilingChange = { act: 'rename', category: 'Roots', name: 'Root vegetables' };
      const preview = await told(change);
      expect(preview).toMatchObject({
        goods: MANY + 1,
        isDepartment: true,
        keyPages: 1,
        promotions: ['Root week'],
        joins: null,
        lsn: null,
      });
      expect(await lsn()).toEqual(at);
      const done = await told(change, preview.version);
      expect(done).toMatchObject({ goods: MANY + 1, version: preview.version, lsn: expect.any(Number) });
      expect([await named('Roots'), await named('Root vegetables'), await named('Carrots')]).toEqual([
        undefined,
        [null, true, MANY],
        ['Root vegetables', false, 1],
      ]);
      const held = await hubOf().database.rows(
        `SELECT type, key, scope, fields FROM entity WHERE alive AND (key = 'Root vegetables' OR key = 'root-week' OR key = 'R-0007' AND scope = 'store:2') ORDER BY type, scope`,
      );
      expect(held).toMatchObject([
        { type: 1, scope: 'store:2', fields: { '3': 'Root vegetables' } },
        { type: 6, scope: 'global', fields: { '1': 3, '2': 'R-0000' } },
        { type: 6, scope: 'store:2', fields: { '1': 9 } },
        { type: 7, fields: { '2': expect.stringContaining('["Root vegetables","Eggs"]') } },
        { type: 74, fields: { '2': 'R-0001\nR-0000' } },
      ]);
      expect(await undo(done)).toBe(200);
      expect(await rows()).toEqual(before);
    });

    test('two that become one: articles go along, the tab and the keys of the other one stay; undone as one', async () => {
      await publish(
        { type: 'department', key: 'Tubers', scope: 'global', fields: { position: 4 } },
        { type: 'keyPage', key: 'Tubers', scope: 'global', fields: { position: 4_000, keys: 'T-1' } },
        item('T-1', 'Tubers'),
      );
      const before = await rows();
      const done = await make({ act: 'join', category: 'Tubers', into: 'Roots' });
      expect(done).toMatchObject({ goods: 1, isDepartment: true, keyPages: 1, joins: 'Roots' });
      expect([await named('Tubers'), await named('Roots')]).toEqual([undefined, [null, true, MANY + 1]]);
      expect(
        await hubOf().database.rows(
          `SELECT fields ->> '1' AS at FROM entity WHERE alive AND type = 6 AND key = 'Roots' AND scope = 'global'`,
        ),
      ).toEqual([{ at: '3' }]);
      expect(await undo(done)).toBe(200);
      expect(await rows()).toEqual(before);
    });

    test('what cannot be, and what was told otherwise, is refused, and nothing is published', async () => {
      const at = await lsn();
      expect([
        await refused({ act: 'make', category: 'Farm', parent: null }),
        await refused({ act: 'make', category: 'Fish', parent: 'Nowhere' }),
        await refused({ act: 'make', category: 'x'.repeat(41), parent: null }),
        await refused({ act: 'move', category: 'Nowhere', parent: null }),
        await refused({ act: 'move', category: 'Farm', parent: 'Farm' }),
        await refused({ act: 'move', category: 'Farm', parent: 'Free range' }),
        await refused({ act: 'rename', category: 'Eggs', name: 'Farm' }),
        await refused({ act: 'join', category: 'Farm', into: 'Eggs' }),
        await refused({ act: 'join', category: 'Farm', into: 'Nowhere' }),
        await refused({ act: 'remove', category: 'Eggs' }),
        await refused({ act: 'renameBrand', brand: 'Nobody’s', name: 'Somebody’s' }),
        await refused({ act: 'rename', category: 'Eggs', name: ' Eggs' }),
        await refused({ act: 'rename', category: 'Eggs', name: 'a\u0000' }),
        (await post({ act: 'rename', category: 'Eggs', name: 'Ova' }, 'another')).status,
      ]).toEqual([
        [409, 'filingExists'],
        [404, 'unknownFiling'],
        [422, 'badFiling'],
        [404, 'unknownFiling'],
        [422, 'badFiling'],
        [422, 'badFiling'],
        [409, 'filingExists'],
        [422, 'badFiling'],
        [404, 'unknownFiling'],
        [422, 'badFiling'],
        [404, 'unknownFiling'],
        [400, 'badRequest'],
        [400, 'badRequest'],
        409,
      ]);
      expect(await lsn()).toEqual(at);
    });

    test('articles of each name are counted by what changed, and come to what was published', async () => {
      let countings = 0;
      const database = {
        rows: async <Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> => {
          if (sql.includes('categories_of_goods')) countings += 1;
          return hubOf().database.transaction(async (tx) => tx.rows<Row>(sql, params), { seesAll: true });
        },
      };
      const kept = createCategories({ database, tenantNo: 1 });
      const sizes = async (): Promise<readonly unknown[]> => {
        const held = new Map((await kept.read()).map(({ category, size }) => [category, size]));
        return ['Jams', 'Nuts', 'Oils'].map((name) => held.get(name));
      };
      const without = (key: string, scope = 'global'): object => ({ type: 'item', key, scope, removed: true });
      await publish(item('J-1', 'Jams'), item('J-2', 'Jams'), item('N-1', 'Nuts'));
      expect([await sizes(), countings]).toEqual([[2, 1, undefined], 1]);
      await publish(item('J-3', 'Jams'), item('J-2', 'Nuts'), item('N-2', 'Nuts'), item('N-3', 'Nuts'));
      await publish(item('N-1', 'Nuts', { brand: 'Husk' }), without('N-2'));
      expect(await sizes()).toEqual([2, 3, undefined]);
      await publish(item('N-2', 'Jams'), item('N-3', 'Nuts', { category: null }));
      expect(await sizes()).toEqual([3, 2, undefined]);
      await publish(item('O-1', 'Oils'));
      expect([await sizes(), countings]).toEqual([[3, 2, 1], 1]);
      // In a store it has another name: nobody counts it there, and the name stays where the last one everywhere has gone.
      await publish(item('J-1', 'Oils', {}, 'store:2'));
      await publish(without('O-1'));
      expect(await sizes()).toEqual([3, 2, 0]);
      await publish(without('J-1', 'store:2'));
      expect(await sizes()).toEqual([3, 2, undefined]);
      const before = countings;
      expect(MANY).toBeGreaterThan(MOST_TOLD);
      await publish(...Array.from({ length: MANY }, (_, index) => item(`O-${String(index + 10)}`, 'Oils')));
      expect([await sizes(), countings]).toEqual([[3, 2, MANY], before + 1]);
      await publish(...Array.from({ length: MANY }, (_, index) => without(`O-${String(index + 10)}`)));
      expect(await sizes()).toEqual([3, 2, undefined]);
    });

    test('where the database was set back, articles are counted anew, also once it has come to the same number', async () => {
      const all = async <Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> =>
        hubOf().database.transaction(async (tx) => tx.rows<Row>(sql, params), { seesAll: true });
      const kept = createCategories({ database: { rows: all }, tenantNo: 1 });
      const sizes = async (): Promise<readonly unknown[]> => {
        const held = new Map((await kept.read()).map(({ category, size }) => [category, size]));
        return ['Teas', 'Salts'].map((name) => held.get(name));
      };
      await publish(item('T-1', 'Teas'), item('SA-1', 'Salts'));
      const [head] = await all<{ lsn: number; history: string }>('SELECT lsn, history_hash AS history FROM tenant WHERE tenant_no = 1');
      await publish(item('T-2', 'Teas'));
      expect(await sizes()).toEqual([2, 1]);
      await hubOf().database.transaction(
        async (tx) => {
          for (const table of ['publication', 'entity', 'entity_change'])
            await tx.execute(`DELETE FROM ${table} WHERE lsn > $1`, [head?.lsn]);
          await tx.execute('UPDATE tenant SET lsn = $1, history_hash = $2', [head?.lsn, head?.history]);
        },
        { seesAll: true },
      );
      await publish(item('SA-2', 'Salts'));
      await publish(item('SA-3', 'Salts'));
      expect(await sizes()).toEqual([1, 3]);
    });

    test('whoever holds what is true is told no more', async () => {
      const first = await hubOf().api('/api/v1/categories');
      const tag = first.headers.get('etag') ?? '';
      expect((await hubOf().api('/api/v1/categories', { headers: { 'if-none-match': tag } })).status).toBe(304);
    });

    test('a brand gets another name, or becomes one with another; its articles are counted', async () => {
      await publish(
        item('B-1', 'Eggs', { brand: 'Henhouse' }),
        item('B-2', 'Eggs', { brand: 'Hen House' }),
        item('B-3', 'Eggs', { brand: 'Hen House' }),
      );
      const sizes = async (): Promise<unknown> => (await hubOf().json<{ sizes: object }>('/api/v1/brands?q=Hen&counts=true')).sizes;
      expect(await sizes()).toEqual({ Henhouse: 1, 'Hen House': 2 });
      const joined = await make({ act: 'renameBrand', brand: 'Henhouse', name: 'Hen House' });
      expect(joined).toMatchObject({ goods: 1, joins: 'Hen House' });
      expect(await sizes()).toEqual({ 'Hen House': 3 });
      expect(await make({ act: 'renameBrand', brand: 'Hen House', name: 'Hennery' })).toMatchObject({ goods: 3, joins: null });
      expect([await sizes(), await skusOf('brand=Hennery')]).toEqual([{ Hennery: 3 }, ['B-1', 'B-2', 'B-3']]);
    });
  });
}
