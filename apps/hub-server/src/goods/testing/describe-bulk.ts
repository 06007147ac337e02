/** Many articles changed at once over HTTP, for whichever database the hub stands on. It has the stores 1 and 2, in zone 1. */
import { describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';
import type { BulkReport } from '../bulk-change.ts';

/** More than one batch. */
const MANY = 1_100;

export function describeBulk(hubOf: () => TestHub): void {
  const post = async (body: object): Promise<Response> => hubOf().post('/api/v1/product-changes', body);
  const told = async (body: object): Promise<BulkReport> => {
    const response = await post(body);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as BulkReport;
  };
  /** Looked at, then published as it was told. */
  const change = async (body: object): Promise<BulkReport> => told({ ...body, basedOn: (await told(body)).version });
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');
  const skusOf = async (query: string): Promise<readonly string[]> =>
    (await hubOf().json<{ products: readonly { sku: string }[] }>(`/api/v1/product?limit=200&${query}`)).products.map(({ sku }) => sku);
  const fieldsOf = async (sku: string, scope = 'global'): Promise<Readonly<Record<string, unknown>>> =>
    (await hubOf().json<{ fields: Readonly<Record<string, unknown>> }>(`/api/v1/product/${sku}?scope=${scope}`)).fields;
  const priceOf = async (sku: string): Promise<unknown> =>
    (await hubOf().json<{ prices: readonly { fields: { amount: number; decimals: number } }[] }>(`/api/v1/product/${sku}`)).prices.map(
      ({ fields: { amount, decimals } }) => [amount, decimals],
    );
  const bring = async (rows: readonly string[]): Promise<void> => {
    const response = await hubOf().api('/api/v1/import/catalog?source=bulk', { method: 'POST', body: rows.join('\n') });
    expect(await response.text()).toContain('"refused":0');
  };

  describe('many articles at once', () => {
    test('all that a filter finds, page by page and more than a list shows; published as it was told, undone as one', async () => {
      const rows = Array.from(
        { length: MANY },
        (_, index) => `BULK-${String(index).padStart(5, '0')},Bulk nail ${index},Nailer,Hardware,${index % 7 === 0 ? '' : '1.00'}`,
      );
      await bring(['sku,name,brand,category,price', ...rows]);
      const wish = { filter: { department: 'Hardware' }, fields: { category: 'Tools', brand: null }, reason: 'bulk test' };
      const before = await lsn();
      const preview = await told(wish);
      expect(preview).toMatchObject({ found: MANY, changing: MANY, unchanged: 0, refused: 0, lsn: null });
      expect(preview.samples).toHaveLength(20);
      expect(preview.samples[0]).toEqual({
        sku: 'BULK-00000',
        name: 'Bulk nail 0',
        before: { category: 'Hardware', brand: 'Nailer' },
        after: { category: 'Tools', brand: null },
      });
      expect(await lsn()).toEqual(before);
      const done = await told({ ...wish, basedOn: preview.version });
      expect(done).toMatchObject({ changing: MANY, version: preview.version, lsn: expect.any(Number) });
      expect(await skusOf('department=Hardware')).toEqual([]);
      expect(await skusOf('department=Tools')).toHaveLength(200);
      expect(await fieldsOf('BULK-01099')).toMatchObject({ category: 'Tools' });

      const undone = await hubOf().post(`/api/v1/publications/${String(done.lsn)}/undo`, {});
      expect([undone.status, await undone.json()]).toMatchObject([200, { changed: MANY }]);
      expect(await fieldsOf('BULK-01099')).toMatchObject({ category: 'Hardware', brand: 'Nailer' });
    });

    test('an undo that somebody is in the way of takes nothing back, not even what stands in front of that', async () => {
      const done = await change({ filter: { brand: 'Nailer' }, fields: { minimumAgeYears: 18 } });
      expect(done).toMatchObject({ changing: MANY });
      await hubOf().api('/api/v1/product/BULK-01099', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ fields: { minimumAgeYears: 21 } }),
      });
      const before = await lsn();
      expect((await hubOf().post(`/api/v1/publications/${String(done.lsn)}/undo`, {})).status).toBe(409);
      expect(await lsn()).toEqual(before);
      expect(await fieldsOf('BULK-00000')).toMatchObject({ minimumAgeYears: 18 });
    });

    test('prices are moved and end as the house ends them; what has none stays, with the reason', async () => {
      const report = await change({ filter: { q: 'bulk nail' }, price: { percentBps: 500, ending: '9' } });
      const without = Math.ceil(MANY / 7);
      expect(report).toMatchObject({ found: MANY, changing: MANY - without, refused: without });
      expect(report.refusals[0]).toEqual({ sku: 'BULK-00000', name: 'Bulk nail 0', reason: 'it has no lasting price there' });
      expect(report.samples[0]).toMatchObject({ before: { price: '1.00 EUR' }, after: { price: '1.09 EUR' } });
      expect([await priceOf('BULK-00001'), await priceOf('BULK-00007')]).toEqual([[[109, 2]], []]);
      const set = { skus: ['BULK-00007', 'BULK-00001'], price: { amount: '1.09', currency: 'EUR' } };
      expect(await change(set)).toMatchObject({ found: 2, changing: 1, unchanged: 1 });
      expect(await priceOf('BULK-00007')).toEqual([[109, 2]]);
    });

    test('collections are put in and taken out beside those that an article is in', async () => {
      const skus = ['BULK-00001', 'BULK-00002'];
      await change({ skus, collections: { putIn: ['spring', 'sturdy'] } });
      expect(await change({ skus: [...skus, 'NOWHERE'], collections: { putIn: ['spring'], takeOut: ['sturdy'] } })).toMatchObject({
        found: 2,
        changing: 2,
      });
      expect((await fieldsOf('BULK-00002'))['collections']).toBe('spring');
      expect(await skusOf('collection=spring&department=Hardware')).toEqual(skus);
      expect(await skusOf('q=nail&brand=Nailer&department=Tools')).toEqual([]);
    });

    test('a store’s own fields cover the company’s; what cannot be an article any more is refused by itself', async () => {
      const own = { scope: 'store:2', skus: ['BULK-00001'], fields: { category: 'Corner', brand: null } };
      expect(await change(own)).toMatchObject({ changing: 1 });
      expect([(await fieldsOf('BULK-00001', 'store:2'))['category'], (await fieldsOf('BULK-00001'))['category']]).toEqual([
        'Corner',
        'Hardware',
      ]);
      const report = await told({ skus: ['BULK-00003'], fields: { tare: 12 } });
      expect(report).toMatchObject({
        changing: 0,
        refused: 1,
        refusals: [{ sku: 'BULK-00003', reason: 'tare is not of goods that are weighed or measured' }],
      });
    });

    test('what is not as the preview told it is not published', async () => {
      const wish = { skus: ['BULK-00001', 'BULK-00002'], price: { percentBps: 1_000 } };
      const { version } = await told(wish);
      await change({ skus: ['BULK-00002'], price: { amount: '7', currency: 'EUR' } });
      const before = await lsn();
      expect((await post({ ...wish, basedOn: version })).status).toBe(409);
      expect(await lsn()).toEqual(before);
    });

    test.each([
      ['nothing', { skus: ['BULK-00001'] }, 422],
      ['a name for all', { skus: ['BULK-00001'], fields: { name: 'Nail' } }, 422],
      ['no such field', { skus: ['BULK-00001'], fields: { colour: 'red' } }, 422],
      ['half a character', { skus: ['BULK-00001'], fields: { brand: '\uD800' } }, 422],
      ['no such tax class', { skus: ['BULK-00001'], fields: { taxClass: 'luxury' } }, 422],
      ['a price of nothing that is a number', { skus: ['BULK-00001'], price: { amount: '1.999.9', currency: 'EUR' } }, 422],
      ['all of a price', { skus: ['BULK-00001'], price: { percentBps: -10_000 } }, 400],
      ['a store’s collection', { scope: 'store:2', skus: ['BULK-00001'], collections: { putIn: ['spring'] } }, 422],
      ['no such store', { scope: 'store:99', skus: ['BULK-00001'], fields: { brand: 'X' } }, 404],
      ['nobody', { skus: [], fields: { brand: 'X' } }, 400],
    ] as const)('%s is refused, and nothing is changed', async (_what, body, status) => {
      const before = await lsn();
      const response = await post(body);
      expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json; charset=utf-8']);
      expect(await lsn()).toEqual(before);
    });

    test('brands are told in their order, from behind one and by how they begin', async () => {
      await bring(['sku,name,brand', 'BRAND-1,One,Émile', 'BRAND-2,Two,Zebra', 'BRAND-3,Three,Zebu', 'BRAND-4,Four,Zebra']);
      const brands = async (query: string): Promise<unknown> => hubOf().json(`/api/v1/brands?${query}`);
      expect(await brands('q=Zeb')).toEqual({ brands: ['Zebra', 'Zebu'], next: null });
      expect(await brands('q=Zeb&limit=1')).toEqual({ brands: ['Zebra'], next: 'Zebra' });
      expect(await brands('q=Zeb&cursor=Zebra')).toEqual({ brands: ['Zebu'], next: null });
      expect(await brands('q=zeb')).toEqual({ brands: [], next: null });
      const { brands: all } = (await brands('limit=200')) as { brands: readonly string[] };
      expect(all).toEqual([...new Set(all)].toSorted());
      expect(all).toContain('Nailer');
    });
  });
}
