/** Articles over HTTP, for whichever database the hub stands on. It has the stores 1 and 2, in zone 1. */
import { describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';

interface Product {
  readonly version: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly layers: readonly { readonly scope: string; readonly fields: object }[];
  readonly codes: readonly { readonly code: string; readonly scope: string; readonly units?: number }[];
  readonly prices: readonly { readonly scope: string; readonly fields: object }[];
}
interface Groups {
  readonly groups: readonly { readonly stores: readonly string[]; readonly changes: readonly object[] }[];
}

const byNumber = (one: number, other: number): number => one - other;

export function describeProducts(hubOf: () => TestHub): void {
  const send = async (method: string, path: string, body?: object, version?: string): Promise<Response> =>
    hubOf().api(path, {
      method,
      headers: { 'content-type': 'application/json', ...(version !== undefined && { 'if-match': `"${version}"` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const read = async (sku: string, scope = 'global'): Promise<Product> => hubOf().json(`/api/v1/product/${sku}?scope=${scope}`);
  const codesOf = ({ codes }: Product): readonly string[] => codes.map(({ code }) => code);
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');
  const soap = { name: 'Soap', taxClass: 'standard', unit: 'piece' };

  describe('articles', () => {
    test('made with its codes and its price, changed in part, written anew, removed with all that belongs to it', async () => {
      const made = await send('POST', '/api/v1/product', {
        sku: 'SOAP',
        fields: { ...soap, brand: 'Kern', plu: '88' },
        codes: ['4006381333948', 'K-9'],
        price: { amount: '2.49', currency: 'EUR' },
      });
      expect(made.status).toBe(201);
      const first = await read('SOAP');
      expect(first).toMatchObject({
        fields: { brand: 'Kern' },
        prices: [{ scope: 'global', fields: { amount: 249, decimals: 2, currency: 'EUR' } }],
      });
      expect(codesOf(first)).toEqual(['04006381333948', 'K-9', 'plu:88']);
      expect((await send('POST', '/api/v1/product', { sku: 'SOAP', fields: soap })).status).toBe(409);

      expect((await send('PATCH', '/api/v1/product/SOAP', { fields: { brand: null, plu: '89' }, codes: ['4006381333948'] })).status).toBe(
        200,
      );
      const patched = await read('SOAP');
      expect([patched.fields['brand'] ?? null, codesOf(patched)]).toEqual([null, ['04006381333948', 'plu:89']]);
      expect((await send('PUT', '/api/v1/product/SOAP', { fields: { ...soap, symbol: '🧼' } })).status).toBe(200);
      const replaced = await read('SOAP');
      expect(Object.entries(replaced.fields).filter(([, value]) => value !== null)).toEqual(Object.entries({ ...soap, symbol: '🧼' }));
      expect((await send('DELETE', '/api/v1/product/SOAP')).status).toBe(200);
      expect((await hubOf().api('/api/v1/product/SOAP')).status).toBe(404);
      const left = await hubOf().database.rows(
        `SELECT key FROM entity WHERE alive AND (key LIKE 'SOAP%' OR key IN ('04006381333948', 'plu:89', 'K-9'))`,
      );
      expect(left).toEqual([]);
    });

    test('whoever writes what somebody changed since they read it is told so; whoever holds what is true is told no more', async () => {
      await send('POST', '/api/v1/product', { sku: 'GEL', fields: soap });
      const { version } = await read('GEL');
      expect((await hubOf().api('/api/v1/product/GEL', { headers: { 'if-none-match': `"${version}"` } })).status).toBe(304);
      expect((await send('PATCH', '/api/v1/product/GEL', { codes: ['GEL-1'] }, version)).status).toBe(200);
      const second = (await read('GEL')).version;
      expect((await send('PATCH', '/api/v1/product/GEL', { fields: { name: 'Gel' } }, version)).status).toBe(412);
      expect((await send('PATCH', '/api/v1/product/GEL', { codes: [] }, second)).status).toBe(200);
      expect((await send('PATCH', '/api/v1/product/GEL', { fields: { name: 'Gel' } }, second)).status).toBe(412);
      expect((await read('GEL')).fields['name']).toBe('Soap');
    });

    test('a preview says store by store what would differ, what covers it there, and changes nothing', async () => {
      await send('POST', '/api/v1/product', { sku: 'WAX', fields: { ...soap, name: 'Wax' } });
      await send('PATCH', '/api/v1/product/WAX?scope=store:2', { fields: { name: 'Wax of the store' } });
      const before = await lsn();
      const { groups } = (await (
        await send('PATCH', '/api/v1/product/WAX?preview=true', { fields: { name: 'Bees’ wax' } })
      ).json()) as Groups;
      expect(groups).toEqual([
        { stores: ['1'], changes: [{ type: 'item', key: 'WAX', before: { name: 'Wax' }, after: { name: 'Bees’ wax' } }] },
        { stores: ['2'], changes: [] },
      ]);
      const gone = (await (await send('DELETE', '/api/v1/product/WAX?scope=store:2&preview=true')).json()) as Groups;
      expect(gone.groups).toContainEqual({
        stores: ['2'],
        changes: [{ type: 'item', key: 'WAX', before: { name: 'Wax of the store' }, after: { name: 'Wax' } }],
      });
      expect(await lsn()).toEqual(before);
      expect((await read('WAX', 'store:2')).layers.map(({ scope }) => scope)).toEqual(['global', 'store:2']);
    });

    test.each([
      ['a code of other goods', 'PATCH', '/api/v1/product/DYE', { codes: ['WAX-1'] }, 409],
      ['a wrong check digit', 'PATCH', '/api/v1/product/DYE', { codes: ['4006381333932'] }, 422],
      ['a patch that makes it unreadable', 'PATCH', '/api/v1/product/DYE', { fields: { tare: 12 } }, 422],
      ['no such field', 'PATCH', '/api/v1/product/DYE', { fields: { colour: 'red' } }, 422],
      ['no such tax class', 'PATCH', '/api/v1/product/DYE', { fields: { taxClass: 'luxury' } }, 422],
      ['half an article', 'POST', '/api/v1/product', { sku: 'HALF', fields: { name: 'Half' } }, 422],
      ['no price', 'POST', '/api/v1/product', { sku: 'HALF', fields: soap, price: { amount: '1.999.9', currency: 'EUR' } }, 422],
      ['no such goods', 'PATCH', '/api/v1/product/NONE', { fields: { name: 'None' } }, 404],
      ['no such store', 'PATCH', '/api/v1/product/DYE?scope=store:99', { fields: { name: 'None' } }, 404],
      ['a name with half a character', 'PATCH', '/api/v1/product/DYE', { fields: { name: '\uD800' } }, 422],
    ] as const)('%s is refused, and nothing is changed', async (_what, method, path, body, status) => {
      await send('PUT', '/api/v1/product/DYE', { fields: { ...soap, name: 'Dye' } });
      await send('PATCH', '/api/v1/product/WAX', { codes: ['WAX-1'] });
      const before = await lsn();
      const response = await send(method, path, body);
      expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
      expect(await lsn()).toEqual(before);
    });

    test('many that are written at once are each a publication of their own, one behind the other, with its own history', async () => {
      const skus = Array.from({ length: 40 }, (_, index) => `MANY-${index}`);
      const at = async (): Promise<number> => (await hubOf().database.rows<{ lsn: number }>('SELECT lsn FROM tenant'))[0]?.lsn ?? 0;
      const before = await at();
      const answers = await Promise.all(
        skus.map(async (sku, index) => {
          const body = { sku, fields: { ...soap, name: `Many ${index}` }, codes: [`${sku}-A`], price: { amount: '1.10', currency: 'EUR' } };
          const response = await send('POST', '/api/v1/product', body);
          return [response.status, ((await response.json()) as { lsn: number; changed: number }).changed];
        }),
      );
      expect(answers).toEqual(skus.map(() => [201, 3]));
      const renameOf = async (index: number): Promise<number> => {
        const body = { fields: { name: index % 4 === 0 ? `Many ${index}` : `Renamed ${index}` } };
        return ((await (await send('PATCH', `/api/v1/product/${skus[index]}`, body)).json()) as { lsn: number }).lsn;
      };
      const lsns = await Promise.all(skus.map(async (_sku, index) => renameOf(index)));
      // What was so already takes no position.
      expect(lsns.filter((place) => place === null)).toHaveLength(10);
      const moved = lsns.filter((place) => place !== null).toSorted(byNumber);
      expect(moved).toEqual(Array.from({ length: 30 }, (_, index) => before + 41 + index));
      const told = await hubOf().database.rows<{ lsn: number; key: string; after: object }>(
        'SELECT c.lsn, c.key, c.after FROM entity_change c JOIN publication p USING (tenant_no, lsn) WHERE c.lsn > $1 ORDER BY c.lsn',
        [before + 40],
      );
      expect(told).toEqual(
        moved.map((place) => {
          const index = lsns.indexOf(place);
          return { lsn: place, key: skus[index], after: { '1': `Renamed ${index}` } };
        }),
      );
      const stamps = await hubOf().database.rows(
        'SELECT e.key, e.lsn FROM entity e WHERE e.type = 1 AND e.lsn > $1 AND (e.stamps ->> $2)::bigint = e.lsn',
        [before + 40, '1'],
      );
      expect(stamps).toHaveLength(30);
    });

    test('of those that want the same at once one has it, and what one may not does not hold up the others', async () => {
      await send('PUT', '/api/v1/product/TWIN', { fields: soap });
      const { version } = await read('TWIN');
      const renamed = ['One', 'Two', 'Three'].map(
        async (name) => (await send('PATCH', '/api/v1/product/TWIN', { fields: { name } }, version)).status,
      );
      expect((await Promise.all(renamed)).toSorted(byNumber)).toEqual([200, 412, 412]);
      for (const sku of ['LEFT', 'RIGHT']) await send('PUT', `/api/v1/product/${sku}`, { fields: soap });
      const claimed = ['LEFT', 'RIGHT'].map(async (sku) => (await send('PATCH', `/api/v1/product/${sku}`, { codes: ['CLAIMED'] })).status);
      expect((await Promise.all(claimed)).toSorted(byNumber)).toEqual([200, 409]);
      const mixed = [
        send('PATCH', '/api/v1/product/LEFT', { fields: { name: 'Left' } }),
        send('PATCH', '/api/v1/product/RIGHT', { fields: { depositSku: 'RIGHT' } }),
        send('PATCH', '/api/v1/product/TWIN', { fields: { name: 'Twin' } }),
      ];
      expect((await Promise.all(mixed)).map(({ status }) => status)).toEqual([200, 422, 200]);
      expect([(await read('LEFT')).fields['name'], (await read('TWIN')).fields['name']]).toEqual(['Left', 'Twin']);
    });

    test('what is exported comes back as it was; a preview of a file says row by row what it would do, and changes nothing', async () => {
      const file = [
        'sku,gtin,plu,name,brand,category,unit,minimum_age,content,price,currency,price_type,price_from,price_to',
        'TRIP,4006381333955,,"=SUM(A1), ""quoted""",-Brand,Toys,piece,16,750 ml,1.234,EUR,regular,,',
        'TRIP,40170725,,"=SUM(A1), ""quoted""",-Brand,Toys,piece,16,750 ml,0.99,EUR,promotional,2026-12-01T07:00:00Z,2026-12-06T19:30:00Z',
        'LOOSE,,4242,Loose,,,kg,,,12,EUR,regular,,',
      ].join('\n');
      const bring = async (body: string, query = ''): Promise<unknown> => {
        const response = await hubOf().api(`/api/v1/import/catalog?${query}`, { method: 'POST', body });
        return JSON.parse((await response.text()).trimEnd().split('\n').at(-1) ?? '');
      };
      const before = await lsn();
      expect(await bring(`${file}\nBAD,123,,Bad,,,piece,,,,,,,`, 'preview=true')).toMatchObject({
        rows: 4,
        created: 2,
        changed: 0,
        refused: 1,
        lsn: null,
        refusals: [{ row: 5, reason: 'badGtin', value: '123' }],
      });
      expect(await lsn()).toEqual(before);
      expect(await bring(file)).toMatchObject({ created: 2, refused: 0 });
      const exported = await (await hubOf().api('/api/v1/catalog.csv')).text();
      expect(exported).toContain(`"'=SUM(A1), ""quoted""","'-Brand",Toys,`);
      const held = await lsn();
      const asCsv = await bring(exported);
      expect(asCsv).toMatchObject({ created: 0, changed: 0, lsn: null });
      expect(await lsn()).toEqual(held);
      expect(codesOf(await read('TRIP'))).toEqual(['00000040170725', '04006381333955']);
      const workbook = await hubOf().api('/api/v1/catalog.xlsx');
      const bytes = new Uint8Array(await workbook.arrayBuffer());
      expect([workbook.status, ...bytes.subarray(0, 2)]).toEqual([200, 0x50, 0x4b]);
      const brought = await hubOf().api('/api/v1/import/catalog', { method: 'POST', body: bytes });
      const { rows, duplicates, refused } = asCsv as Readonly<Record<string, number>>;
      const asWorkbook: unknown = JSON.parse((await brought.text()).trimEnd().split('\n').at(-1) ?? '');
      expect(asWorkbook).toMatchObject({ rows, duplicates, refused, created: 0, changed: 0, lsn: null });
      expect(await lsn()).toEqual(held);
    });

    test('a code may stand for a pack: kept where it is not named, covered by a store, told to lanes that know packs alone', async () => {
      const [one, six] = ['4006381333993', '14006381333990'];
      const packs = ({ codes }: Product): readonly unknown[] => codes.map(({ code, scope, units = 1 }) => `${code} ${scope} ${units}`);
      const make = async (fields: object, codes: readonly unknown[]): Promise<number> =>
        (await send('PUT', '/api/v1/product/CASE', { fields: { ...soap, ...fields }, codes })).status;
      expect(await make({}, [one, { code: six, units: 6 }])).toBe(200);
      const held = ['04006381333993 global 1', '14006381333990 global 6'];
      expect(packs(await read('CASE'))).toEqual(held);
      const readers = async (): Promise<readonly unknown[]> =>
        (
          await hubOf().database.rows<{ needed: number | null }>('SELECT min_reader AS needed FROM publication ORDER BY lsn DESC LIMIT 1')
        ).map(({ needed }) => needed);
      expect(await readers()).toEqual([2]);

      const before = await lsn();
      expect(await make({}, [one, six])).toBe(200);
      expect(await lsn()).toEqual(before);
      for (const units of [0, -1, 1.5, 10_000, '6', null]) expect(await make({}, [one, { code: six, units }])).toBe(400);
      expect(await make({ unit: 'gram' }, [one, six])).toBe(422);
      expect(await make({}, [{ code: '14006381333991', units: 6 }])).toBe(422);
      expect([await lsn(), packs(await read('CASE'))]).toEqual([before, held]);

      expect((await send('PATCH', '/api/v1/product/CASE?scope=store:1', { codes: [{ code: six, units: 1 }] })).status).toBe(200);
      expect(packs(await read('CASE'))).toEqual([...held, '14006381333990 store:1 1']);
      expect((await send('PATCH', '/api/v1/product/CASE', { codes: [one, { code: six, units: 12 }] })).status).toBe(200);
      expect(packs(await read('CASE'))).toEqual([held[0], '14006381333990 global 12', '14006381333990 store:1 1']);
      expect((await send('PATCH', '/api/v1/product/CASE?scope=store:1', { codes: [] })).status).toBe(200);

      const exported = await (await hubOf().api('/api/v1/catalog.csv')).text();
      expect(
        exported
          .split('\n')
          .filter((line) => line.startsWith('CASE,'))
          .map((line) => line.split(',', 3).join(' ')),
      ).toEqual(['CASE 4006381333993 ', 'CASE 14006381333990 12']);
      const asIs = await hubOf().api('/api/v1/import/catalog', { method: 'POST', body: exported });
      expect(JSON.parse((await asIs.text()).trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ created: 0, changed: 0, lsn: null });

      const changes: { readonly changes: readonly { readonly key: string; readonly after: unknown }[] } =
        await hubOf().json('/api/v1/changes?sku=CASE&limit=20');
      expect(changes.changes).toContainEqual(
        expect.objectContaining({ key: '14006381333990', before: { units: 6 }, after: { units: 12 } }),
      );
      expect((await send('PATCH', '/api/v1/product/CASE', { codes: [one, { code: six, units: 1 }] })).status).toBe(200);
      expect([packs(await read('CASE')), await readers()]).toEqual([[held[0], '14006381333990 global 1'], [null]]);
    });

    test('a style has each of its variants once; they are found by it, told apart in lists, written to files and read back', async () => {
      const shirt = { ...soap, name: 'Oxford shirt', style: 'Oxford' };
      const make = async (sku: string, fields: object, method = 'PUT'): Promise<number> =>
        (await send(method, `/api/v1/product/${sku}`, { fields })).status;
      expect(await make('OX-M', { ...shirt, options: 'Size: M; Colour: Blue' })).toBe(200);
      expect(await make('OX-L', { ...shirt, options: 'Size: XL; Colour: Blue' })).toBe(200);
      const before = await lsn();
      // The same, however it is ordered and written.
      const taken = await send('PUT', '/api/v1/product/OX-2', { fields: { ...shirt, options: 'colour: BLUE; size: m' } });
      expect([taken.status, await taken.json()]).toEqual([
        409,
        expect.objectContaining({ type: expect.stringContaining('variantTaken'), title: expect.stringContaining('OX-M') }),
      ]);
      expect(await make('OX-L', { options: 'Size: M; Colour: Blue' }, 'PATCH')).toBe(409);
      for (const options of ['M', 'Size: M;', 'a: 1; A: 2', `Size: ${'X'.repeat(41)}`, 5, true])
        expect(await make('OX-2', { ...shirt, options }), String(options)).toBe(422);
      expect(await make('OX-2', { ...shirt, options: 'Size: M\u0000' })).toBe(400);
      expect(await make('OX-2', { ...soap, options: 'Size: M' })).toBe(422);
      expect(await make('OX-2', { ...shirt, style: 'S'.repeat(101) })).toBe(422);
      expect(await lsn()).toEqual(before);
      const both = ['OX-S', 'OX-T'].map(async (sku) => make(sku, { ...shirt, options: 'Size: S; Colour: Blue' }));
      expect((await Promise.all(both)).toSorted(byNumber)).toEqual([200, 409]);

      const listed = async (query: string): Promise<unknown> =>
        (await hubOf().json<{ products: readonly { name: string }[] }>(`/api/v1/product?fields=name&${query}`)).products.map(
          ({ name }) => name,
        );
      const names = ['Oxford shirt XL Blue', 'Oxford shirt M Blue', 'Oxford shirt S Blue'];
      expect(await listed('style=Oxford')).toEqual(names);
      expect(await listed('q=oxford%20blue&style=Oxford')).toEqual(names);
      expect(await listed('q=oxf%20XL')).toEqual(names.slice(0, 1));
      expect(await hubOf().json('/api/v1/styles?q=Oxf&counts=true')).toEqual({ styles: ['Oxford'], next: null, sizes: { Oxford: 3 } });
      expect(await hubOf().json('/api/v1/product?style=Oxford&limit=1&fields=sku,style,options')).toMatchObject({
        products: [{ sku: 'OX-L', style: 'Oxford', options: 'Size: XL; Colour: Blue' }],
      });

      const option = (text: string): readonly object[] => [
        { name: 'Size', value: text },
        { name: 'Colour', value: 'Blue' },
      ];
      const style: { readonly variants: readonly { readonly options: unknown; readonly price: unknown }[] } =
        await hubOf().json('/api/v1/styles/Oxford');
      expect(style).toMatchObject({
        style: 'Oxford',
        axes: [
          { name: 'Size', values: ['S', 'M', 'XL'] },
          { name: 'Colour', values: ['Blue'] },
        ],
        isWhole: true,
      });
      expect(style.variants.map(({ options, price }) => [options, price])).toEqual(['S', 'M', 'XL'].map((size) => [option(size), null]));
      expect((await hubOf().api('/api/v1/styles/oxford')).status).toBe(404);
      expect((await hubOf().api('/api/v1/styles/Oxford?scope=store:none')).status).toBe(404);

      const exported = await (await hubOf().api('/api/v1/catalog.csv')).text();
      expect(exported).toContain(',Oxford,"Size: XL; Colour: Blue",');
      const bring = async (body: string): Promise<unknown> => {
        const response = await hubOf().api('/api/v1/import/catalog', { method: 'POST', body });
        return JSON.parse((await response.text()).trimEnd().split('\n').at(-1) ?? '');
      };
      expect(await bring(exported)).toMatchObject({ created: 0, changed: 0, lsn: null });
      expect(await bring('sku,name,style,options\nOX-1,Ox,Oxford,M\nOX-1,Ox,,Size: M\n')).toMatchObject({
        refused: 2,
        refusals: [{ reason: 'badOptions' }, { reason: 'badOptions' }],
      });
      const { changes }: { readonly changes: readonly object[] } = await hubOf().json('/api/v1/changes?sku=OX-L&limit=1');
      expect(changes).toMatchObject([{ after: { style: 'Oxford', options: 'Size: XL; Colour: Blue' } }]);
    });

    test('all are listed by their SKUs, each once, with what they cost there now', async () => {
      await send('PUT', '/api/v1/product/INK', { fields: { ...soap, name: 'Ink' }, price: { amount: '5', currency: 'EUR' } });
      await send('PATCH', '/api/v1/product/INK?scope=store:2', { price: { amount: '4.50', currency: 'EUR' } });
      const seen: { readonly sku: string; readonly price: object | null }[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = new URLSearchParams({ limit: '200', prices: 'true', scope: 'store:2', ...(cursor !== '' && { cursor }) });
        const page: { products: typeof seen; next: string | null } = await hubOf().json(`/api/v1/product?${String(query)}`);
        seen.push(...page.products);
        cursor = page.next;
      }
      const skus = seen.map(({ sku }) => sku);
      expect(skus).toEqual([...new Set(skus)].toSorted());
      const [held] = await hubOf().database.rows<{ count: number }>(
        `SELECT count(DISTINCT key)::integer AS count FROM entity WHERE type = 1 AND alive AND scope IN ('global', 'zone:1', 'store:2')`,
      );
      expect(skus).toHaveLength(held?.count ?? 0);
      expect(seen.find(({ sku }) => sku === 'INK')?.price).toEqual({ amount: 450, decimals: 2, currency: 'EUR', type: 'regular' });
      expect(seen.find(({ sku }) => sku === 'WAX')?.price).toBe(null);
    });
  });
}
