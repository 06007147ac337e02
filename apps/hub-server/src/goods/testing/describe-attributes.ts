/** Attributes of goods over HTTP, for whichever database the hub stands on. It has the stores 1 and 2, in zone 1. */
import { describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';

interface Change {
  readonly type: string;
  readonly key: string;
  readonly before: object | null;
  readonly after: object | null;
}

export function describeAttributes(hubOf: () => TestHub): void {
  const send = async (method: string, path: string, body?: object, version?: string): Promise<Response> =>
    hubOf().api(path, {
      method,
      headers: { 'content-type': 'application/json', ...(version !== undefined && { 'if-match': `"${version}"` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const define = async (code: string, attribute: object, version?: string): Promise<number> =>
    (await send('PUT', `/api/v1/attributes/${code}`, attribute, version)).status;
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');
  const codes = async (query = ''): Promise<readonly string[]> => {
    const { attributes }: { readonly attributes: readonly { readonly attribute: string }[] } = await hubOf().json(
      `/api/v1/attributes${query}`,
    );
    return attributes.map(({ attribute }) => attribute);
  };
  const attributesOf = async (sku: string, scope = 'global'): Promise<unknown> =>
    (await hubOf().json<{ attributes: unknown }>(`/api/v1/product/${sku}?fields=attributes&scope=${scope}`)).attributes;
  const write = async (sku: string, attributes: object, method = 'PATCH', scope = 'global'): Promise<number> =>
    (await send(method, `/api/v1/product/${sku}?scope=${scope}`, { attributes, ...(method === 'PUT' && { fields: lamp }) })).status;
  const lamp = { name: 'Lamp', taxClass: 'standard', unit: 'piece', category: 'LED' };
  const filing = async (change: object): Promise<number> => {
    const told = JSON.parse(
      (await (await send('POST', '/api/v1/filing-changes', { change })).text()).trimEnd().split('\n').at(-1) ?? '',
    ) as {
      readonly version?: string;
    };
    return (await send('POST', '/api/v1/filing-changes', { change, basedOn: told.version ?? 'none' })).status;
  };

  describe('attributes', () => {
    test('are defined, for all goods or for a category with what lies in it; each article says what it has of those, in one spelling', async () => {
      for (const change of [
        { act: 'make', category: 'Lamps', parent: null },
        { act: 'make', category: 'LED', parent: 'Lamps' },
      ])
        expect(await filing(change)).toBe(200);
      expect(await define('voltage', { name: 'Voltage', type: 'number', unit: 'V', decimals: 1, category: 'Lamps' })).toBe(200);
      expect(await define('fabric', { name: 'Fabric', type: 'choice', choices: ['Cotton', 'Wool'] })).toBe(200);
      expect(await define('organic', { name: 'Organic', type: 'yesNo' })).toBe(200);
      expect([await codes(), await codes('?category=LED'), await codes('?category='), await codes('?category=Toys')]).toEqual([
        ['fabric', 'organic', 'voltage'],
        ['fabric', 'organic', 'voltage'],
        ['fabric', 'organic'],
        ['fabric', 'organic'],
      ]);
      const before = await lsn();
      for (const [code, body] of [
        ['x', { name: 'X', type: 'date' }],
        ['x', { name: '', type: 'text' }],
        ['x', { name: 'a\u0000', type: 'text' }],
        ['X', { name: 'X', type: 'text' }],
        ['x%1Fy', { name: 'X', type: 'text' }],
        ['x', { name: 'X', type: 'choice', choices: [] }],
      ] as const)
        expect(await define(code, body), JSON.stringify(body)).toBe(400);
      for (const body of [
        { name: 'X', type: 'choice' },
        { name: 'X', type: 'choice', choices: ['a', 'A'] },
        { name: 'X', type: 'text', unit: 'V' },
        { name: 'X', type: 'text', category: 'Nowhere' },
      ])
        expect(await define('x', body), JSON.stringify(body)).toBe(422);

      expect(
        (await send('POST', '/api/v1/product', { sku: 'LAMP', fields: lamp, attributes: { voltage: '12,50', organic: 'Yes' } })).status,
      ).toBe(201);
      expect(await lsn()).not.toEqual(before);
      expect(await attributesOf('LAMP')).toEqual({ organic: 'yes', voltage: '12.5' });
      const made = await lsn();
      for (const attributes of [
        { voltage: '12.55' },
        { voltage: 1e9 },
        { voltage: true },
        { fabric: 'Silk' },
        { organic: 'maybe' },
        { nothing: 'x' },
        { constructor: 'x' },
      ])
        expect(await write('LAMP', attributes), JSON.stringify(attributes)).toBe(422);
      for (const attributes of [{ VOLTAGE: '1' }, { 'a\u001Fb': '1' }, { fabric: 'x'.repeat(401) }, { fabric: {} }])
        expect(await write('LAMP', attributes), JSON.stringify(attributes)).toBe(400);
      expect(await lsn()).toEqual(made);

      // What is said already is no change; what a store says covers it there.
      expect(await write('LAMP', { voltage: 12.5 })).toBe(200);
      expect(await lsn()).toEqual(made);
      expect(await write('LAMP', { voltage: 24 }, 'PATCH', 'store:2')).toBe(200);
      expect([await attributesOf('LAMP', 'store:1'), await attributesOf('LAMP', 'store:2')]).toEqual([
        { organic: 'yes', voltage: '12.5' },
        { organic: 'yes', voltage: '24' },
      ]);
      expect(await write('LAMP', { voltage: null }, 'PATCH', 'store:2')).toBe(200);
      expect(await attributesOf('LAMP', 'store:2')).toEqual({ organic: 'yes', voltage: '12.5' });

      // Filed elsewhere it keeps what it has, and gets no more of it.
      expect(
        (await send('PUT', '/api/v1/product/SOFA', { fields: { ...lamp, category: 'Toys' }, attributes: { voltage: 1 } })).status,
      ).toBe(422);
      expect(
        (await send('PUT', '/api/v1/product/SOFA', { fields: { ...lamp, category: 'Toys' }, attributes: { fabric: 'wool' } })).status,
      ).toBe(200);
      expect((await send('PATCH', '/api/v1/product/LAMP', { fields: { category: 'Toys' } })).status).toBe(200);
      expect([await attributesOf('LAMP'), await write('LAMP', { voltage: 13 }), await write('LAMP', { voltage: null })]).toEqual([
        { organic: 'yes', voltage: '12.5' },
        422,
        200,
      ]);

      // Without `attributes` they stay as they are; with it those that are not named go.
      expect((await send('PUT', '/api/v1/product/LAMP', { fields: lamp })).status).toBe(200);
      expect(await attributesOf('LAMP')).toEqual({ organic: 'yes' });
      expect(await write('LAMP', { fabric: 'Wool' }, 'PUT')).toBe(200);
      expect(await attributesOf('LAMP')).toEqual({ fabric: 'Wool' });
    });

    test('two people who write different attributes of one article never meet; of one, the version that was read decides', async () => {
      expect(await define('voltage', { name: 'Voltage', type: 'number', unit: 'V', decimals: 1, category: 'Lamps' })).toBe(200);
      const both = [write('LAMP', { voltage: 230 }), write('LAMP', { fabric: 'Cotton' }), write('LAMP', { organic: 'no' })];
      expect(await Promise.all(both)).toEqual([200, 200, 200]);
      expect(await attributesOf('LAMP')).toEqual({ fabric: 'Cotton', organic: 'no', voltage: '230' });
      const { version } = await hubOf().json<{ version: string }>('/api/v1/product/LAMP');
      const same = ['12', '24'].map(
        async (value) => (await send('PATCH', '/api/v1/product/LAMP', { attributes: { voltage: value } }, version)).status,
      );
      expect((await Promise.all(same)).toSorted((one, other) => one - other)).toEqual([200, 412]);
      const held = await hubOf().json<{ version: string }>('/api/v1/attributes/fabric');
      const wool = { name: 'Fabric', type: 'choice', choices: ['Wool', 'Cotton', 'Silk'] };
      expect([await define('fabric', wool, held.version), await define('fabric', wool, held.version)]).toEqual([200, 412]);
    });

    test('each has its history, and is taken back alone; a preview tells of it and changes nothing', async () => {
      expect(await write('LAMP', { fabric: 'Silk' })).toBe(200);
      const { changes } = await hubOf().json<{ changes: readonly (Change & { readonly lsn: number })[] }>(
        '/api/v1/changes?sku=LAMP&limit=1',
      );
      expect(changes).toMatchObject([
        { type: 'attributeValue', key: 'LAMP\u001Ffabric', before: { value: 'Cotton' }, after: { value: 'Silk' } },
      ]);
      expect(await write('LAMP', { organic: 'yes' })).toBe(200);
      expect((await send('POST', `/api/v1/publications/${changes[0]?.lsn}/undo`, {})).status).toBe(200);
      expect(await attributesOf('LAMP')).toMatchObject({ fabric: 'Cotton', organic: 'yes' });
      const shown = await send('PATCH', '/api/v1/product/LAMP?preview=true', { attributes: { fabric: null } });
      expect(await shown.json()).toMatchObject({
        groups: [{ changes: [{ type: 'attributeValue', before: { value: 'Cotton' }, after: null }] }],
      });
      expect(await attributesOf('LAMP')).toMatchObject({ fabric: 'Cotton' });
    });

    test('goods are found by a value as a place reads it, and changed by it, after a look at what would come of it', async () => {
      const found = async (query: string): Promise<unknown> =>
        (await hubOf().json<{ products: readonly { sku: string }[] }>(`/api/v1/product?fields=sku&${query}`)).products.map(
          ({ sku }) => sku,
        );
      expect([
        await found('attribute=fabric:Wool'),
        await found('attribute=fabric:Cotton&department=LED'),
        await found('attribute=fabric:wool'),
      ]).toEqual([['SOFA'], ['LAMP'], []]);
      expect(await write('LAMP', { fabric: 'Wool' }, 'PATCH', 'store:2')).toBe(200);
      expect([await found('attribute=fabric:Wool&scope=store:2'), await found('attribute=fabric:Cotton&scope=store:2')]).toEqual([
        ['LAMP', 'SOFA'],
        [],
      ]);
      expect(await write('LAMP', { fabric: null }, 'PATCH', 'store:2')).toBe(200);
      for (const filter of ['fabric', 'fabric:', 'FABRIC:Wool', ':', 'fabric:a%00'])
        expect((await hubOf().api(`/api/v1/product?attribute=${filter}`)).status, filter).toBe(400);

      const change = async (body: object): Promise<Readonly<Record<string, unknown>>> =>
        JSON.parse((await (await send('POST', '/api/v1/product-changes', body)).text()).trimEnd().split('\n').at(-1) ?? '') as Readonly<
          Record<string, unknown>
        >;
      const wish = { filter: { attribute: 'fabric:Wool' }, attributes: { fabric: 'SILK', organic: true } };
      const told = await change(wish);
      expect(told).toMatchObject({
        changing: 1,
        samples: [
          { sku: 'SOFA', before: { 'attr:fabric': 'Wool', 'attr:organic': null }, after: { 'attr:fabric': 'Silk', 'attr:organic': 'yes' } },
        ],
      });
      expect(await attributesOf('SOFA')).toEqual({ fabric: 'Wool' });
      const done = await change({ ...wish, basedOn: told['version'] });
      expect([done['changing'], await attributesOf('SOFA')]).toEqual([1, { fabric: 'Silk', organic: 'yes' }]);
      // It is none of that category's; the other one stays as it is.
      expect(await change({ skus: ['SOFA', 'LAMP'], attributes: { voltage: '48' } })).toMatchObject({
        changing: 1,
        refused: 1,
        refusals: [{ sku: 'SOFA' }],
        samples: [{ sku: 'LAMP' }],
      });
      expect((await send('POST', `/api/v1/publications/${String(done['lsn'])}/undo`, {})).status).toBe(200);
      expect(await attributesOf('SOFA')).toEqual({ fabric: 'Wool' });
    });

    test('files have a column for each: what is exported comes back as it was, and what no lane should read is refused row by row', async () => {
      expect(await define('origin', { name: 'Origin', type: 'text' })).toBe(200);
      expect(await write('SOFA', { origin: '=1+2' })).toBe(200);
      const exported = await (await hubOf().api('/api/v1/catalog.csv')).text();
      expect(exported).toContain(',attr:fabric,attr:organic,attr:origin,attr:voltage');
      expect(exported).toContain("'=1+2");
      const bring = async (body: string): Promise<Readonly<Record<string, unknown>>> => {
        const response = await hubOf().api('/api/v1/import/catalog', { method: 'POST', body });
        return JSON.parse((await response.text()).trimEnd().split('\n').at(-1) ?? '') as Readonly<Record<string, unknown>>;
      };
      // Goods of other tests have a tax class that nobody made: their rows are refused, these are not.
      const [header = '', ...lines] = exported.split('\n');
      const own = lines.filter((line) => line.startsWith('LAMP,') || line.startsWith('SOFA,'));
      expect(await bring([header, ...own].join('\n'))).toMatchObject({ rows: 2, created: 0, changed: 0, refused: 0, lsn: null });
      expect(await attributesOf('SOFA')).toEqual({ fabric: 'Wool', origin: '=1+2' });
      const report = await bring(
        'sku,name,category,Attr:Fabric,attr:voltage\nSOFA,Lamp,Toys,,\nLAMP,Lamp,LED,silk,"9,5"\nPLUG,Plug,LED,,12 V\nDOLL,Doll,Toys,,12\nNEW,New,LED,Cotton,7\n',
      );
      expect(report).toMatchObject({
        created: 1,
        changed: 2,
        refusals: [
          { row: 4, reason: 'badAttribute', value: 'voltage: 12 V' },
          { row: 5, reason: 'attributeOfOtherCategory', value: 'voltage: 12' },
        ],
      });
      expect([await attributesOf('SOFA'), await attributesOf('LAMP'), await attributesOf('NEW')]).toMatchObject([
        { origin: '=1+2' },
        { fabric: 'Silk', voltage: '9.5' },
        { fabric: 'Cotton', voltage: '7' },
      ]);
      expect(Object.keys((await attributesOf('SOFA')) as object)).toEqual(['origin']);
      expect(await bring('sku,name,attr:colour\nA,A,red\n')).toMatchObject({ type: expect.stringContaining('badColumns') });
      // As it was.
      expect((await send('POST', `/api/v1/publications/${String(report['lsn'])}/undo`, {})).status).toBe(200);
      expect((await send('DELETE', '/api/v1/attributes/origin')).status).toBe(200);
    });

    test('a list of goods tells of each what it has of the attributes that are asked for, as the place has it; of others nothing', async () => {
      const row = (sku: string, category: string, attributes: object): object => ({ sku, fields: { ...lamp, category }, attributes });
      for (const body of [
        row('ROW1', 'LED', { voltage: 5, organic: 'no' }),
        row('ROW2', 'LED', { fabric: 'Wool' }),
        row('ROW3', 'Toys', {}),
      ])
        expect((await send('POST', '/api/v1/product', body)).status).toBe(201);
      expect(await write('ROW1', { voltage: 6 }, 'PATCH', 'store:2')).toBe(200);
      interface Row {
        readonly sku: string;
        readonly attributes?: unknown;
      }
      const list = async (query: string): Promise<readonly Row[]> =>
        (await hubOf().json<{ products: readonly Row[] }>(`/api/v1/product?${query}`)).products;
      const values = async (query: string): Promise<readonly unknown[]> =>
        (await list(`${query}&fields=sku,attributes`)).map(({ attributes }) => attributes);
      expect(await list('q=ROW&attributes=fabric,voltage&fields=sku,attributes')).toEqual([
        { sku: 'ROW1', attributes: { voltage: '5' } },
        { sku: 'ROW2', attributes: { fabric: 'Wool' } },
        { sku: 'ROW3', attributes: {} },
      ]);
      expect(await values('q=ROW&attributes=voltage&scope=store:2')).toEqual([{ voltage: '6' }, {}, {}]);
      expect(await values('q=ROW&attributes=voltage&scope=store:1')).toEqual([{ voltage: '5' }, {}, {}]);
      // By what they are filed under, page by page, with all else of a row.
      expect(await list('attribute=voltage:5&attributes=voltage,organic,nothing,constructor')).toEqual([
        { sku: 'ROW1', name: 'Lamp', department: 'LED', unit: 'piece', attributes: { voltage: '5', organic: 'no' } },
      ]);
      expect(await list('q=ROW1')).toEqual([{ sku: 'ROW1', name: 'Lamp', department: 'LED', unit: 'piece' }]);
      expect(await values('q=ROW1')).toEqual([undefined]);
      for (const asked of ['', 'Voltage', 'a,,b', 'a b', 'abcdefghijk'.split('').join()])
        expect((await send('GET', `/api/v1/product?attributes=${asked}`)).status, asked).toBe(400);
      // What was told once and did not change is not told again; with other attributes it is another answer.
      const tagOf = async (asked: string, tag = ''): Promise<readonly [number, string]> => {
        const answer = await hubOf().api(`/api/v1/product?attributes=${asked}`, { headers: { 'if-none-match': tag } });
        return [answer.status, answer.headers.get('etag') ?? ''];
      };
      const [, tag] = await tagOf('voltage');
      expect([(await tagOf('voltage', tag))[0], (await tagOf('fabric', tag))[0]]).toEqual([304, 200]);
      for (const sku of ['ROW1', 'ROW2', 'ROW3']) expect((await send('DELETE', `/api/v1/product/${sku}`)).status).toBe(200);
    });

    test('what articles have keeps its type; a category takes its attributes along; one that is removed goes from all articles, and comes back with them', async () => {
      expect(await define('fabric', { name: 'Fabric', type: 'text' })).toBe(409);
      expect(await hubOf().json('/api/v1/attributes?counts=true')).toMatchObject({
        attributes: [
          { attribute: 'fabric', size: 2 },
          { attribute: 'organic', size: 1 },
          { attribute: 'voltage', size: 1 },
        ],
      });
      expect(await filing({ act: 'rename', category: 'Lamps', name: 'Light' })).toBe(200);
      expect(await hubOf().json('/api/v1/attributes/voltage')).toMatchObject({ category: 'Light', unit: 'V', decimals: 1 });
      expect(await codes('?category=LED')).toEqual(['fabric', 'organic', 'voltage']);
      // Its attributes are of no other category.
      expect((await send('POST', '/api/v1/filing-changes', { change: { act: 'remove', category: 'Light' } })).status).toBe(422);
      const before = await attributesOf('LAMP');
      const removed = await send('DELETE', '/api/v1/attributes/fabric');
      const { lsn: at } = (await removed.json()) as { readonly lsn: number };
      expect([removed.status, await attributesOf('SOFA'), (await send('DELETE', '/api/v1/attributes/fabric')).status]).toEqual([
        200,
        {},
        404,
      ]);
      expect((await send('POST', `/api/v1/publications/${at}/undo`, {})).status).toBe(200);
      expect([await attributesOf('LAMP'), await attributesOf('SOFA')]).toEqual([before, { fabric: 'Wool' }]);
      // An article goes with all that it says.
      expect((await send('DELETE', '/api/v1/product/SOFA')).status).toBe(200);
      expect(await hubOf().database.rows(`SELECT key FROM entity WHERE alive AND starts_with(key, 'SOFA')`)).toEqual([]);
    });
  });
}
