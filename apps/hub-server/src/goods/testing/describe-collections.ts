/** Collections over HTTP, for whichever database the hub stands on. It has the stores 1 and 2, in zone 1. */
import { describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';

interface Read {
  readonly title: string;
  readonly description: string | null;
  readonly products: readonly string[];
  readonly version: string;
}

export function describeCollections(hubOf: () => TestHub): void {
  const send = async (method: string, path: string, body?: object, version?: string): Promise<Response> =>
    hubOf().api(path, {
      method,
      headers: { 'content-type': 'application/json', ...(version !== undefined && { 'if-match': `"${version}"` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const read = async (name: string): Promise<Read> => hubOf().json(`/api/v1/collection/${encodeURIComponent(name)}`);
  const goods = async (...skus: readonly string[]): Promise<void> => {
    for (const sku of skus)
      expect((await send('PUT', `/api/v1/product/${sku}`, { fields: { name: sku, taxClass: 'standard', unit: 'piece' } })).status).toBe(
        200,
      );
  };
  const namesOn = async (sku: string): Promise<unknown> =>
    (await hubOf().json<{ fields: { collections?: string | null } }>(`/api/v1/product/${sku}`)).fields.collections ?? null;
  const skusOf = async (query: string): Promise<readonly string[]> =>
    (await hubOf().json<{ products: readonly { sku: string }[] }>(`/api/v1/product?${query}`)).products.map(({ sku }) => sku);
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');

  describe('collections', () => {
    test('made with what it holds, changed, written anew, removed; articles carry its name, and stay', async () => {
      await goods('C-1', 'C-2', 'C-3');
      const made = await send('POST', '/api/v1/collection', { collection: 'garden', title: 'Garden & grill', products: ['C-2', 'C-1'] });
      expect(made.status).toBe(201);
      expect(await made.json()).toMatchObject({ changed: 3 });
      expect(await read('garden')).toMatchObject({ title: 'Garden & grill', description: null, products: ['C-1', 'C-2'] });
      expect(await namesOn('C-1')).toBe('garden');
      expect((await send('POST', '/api/v1/collection', { collection: 'garden' })).status).toBe(409);
      expect((await send('PUT', '/api/v1/collection/vegan', { products: ['C-1'] })).status).toBe(200);
      expect(await namesOn('C-1')).toBe('garden\nvegan');

      expect((await send('PATCH', '/api/v1/collection/garden', { add: ['C-3'], remove: ['C-2'], description: 'Summer' })).status).toBe(200);
      expect(await read('garden')).toMatchObject({ title: 'Garden & grill', description: 'Summer', products: ['C-1', 'C-3'] });
      expect((await send('PUT', '/api/v1/collection/garden', { products: ['C-3'] })).status).toBe(200);
      expect(await read('garden')).toMatchObject({ title: 'garden', description: null, products: ['C-3'] });
      expect([await namesOn('C-1'), await namesOn('C-2'), await namesOn('C-3')]).toEqual(['vegan', null, 'garden']);

      expect((await send('DELETE', '/api/v1/collection/garden')).status).toBe(200);
      expect((await hubOf().api('/api/v1/collection/garden')).status).toBe(404);
      expect([await namesOn('C-3'), (await hubOf().api('/api/v1/product/C-3')).status]).toEqual([null, 200]);
      expect((await send('DELETE', '/api/v1/collection/garden')).status).toBe(404);
    });

    test('one that articles carry and nobody made is found by its name, and is made with what it holds', async () => {
      await goods('C-4', 'C-5');
      await send('PATCH', '/api/v1/product/C-4', { fields: { collections: 'school' } });
      expect((await hubOf().api('/api/v1/collection/school')).status).toBe(404);
      expect(await skusOf('collection=school')).toEqual(['C-4']);
      await send('PUT', '/api/v1/collection/school', { title: 'Back to school' });
      expect((await read('school')).products).toEqual(['C-4']);
    });

    test('whoever writes what somebody changed since they read it is told so; whoever holds what is true is told no more', async () => {
      await goods('C-6');
      await send('POST', '/api/v1/collection', { collection: 'party' });
      const { version } = await read('party');
      const held = await hubOf().api('/api/v1/collection/party', { headers: { 'if-none-match': `"${version}"` } });
      expect([held.status, held.headers.get('etag')]).toEqual([304, `"${version}"`]);
      // Through the article: the collection has changed all the same.
      await send('PATCH', '/api/v1/product/C-6', { fields: { collections: 'party' } });
      const stale = await send('PATCH', '/api/v1/collection/party', { title: 'Party' }, version);
      expect(stale.status).toBe(412);
      expect(await read('party')).toMatchObject({ title: 'party', products: ['C-6'] });
      expect((await send('PATCH', '/api/v1/collection/party', { title: 'Party' }, (await read('party')).version)).status).toBe(200);
    });

    test('a preview changes nothing, and so does what is refused: goods that are not there, a name no article could carry', async () => {
      await goods('C-7');
      await send('POST', '/api/v1/collection', { collection: 'baking' });
      const before = await lsn();
      const shown = await send('PATCH', '/api/v1/collection/baking?preview=true', { add: ['C-7'] });
      const { groups } = (await shown.json()) as { groups: readonly { stores: readonly string[]; changes: readonly { key: string }[] }[] };
      expect(groups.map(({ stores, changes }) => [stores, changes.map(({ key }) => key)])).toEqual([[['1', '2'], ['C-7']]]);
      const unknown = await send('PATCH', '/api/v1/collection/baking', { add: ['C-7', 'NOWHERE'] });
      expect([unknown.status, await unknown.json()]).toEqual([422, expect.objectContaining({ type: 'urn:holdfast:problem:unknownGoods' })]);
      for (const collection of ['a\nb', '', ' a', 'x'.repeat(65), '\u0000'])
        expect((await send('POST', '/api/v1/collection', { collection })).status, JSON.stringify(collection)).toBe(400);
      expect(await lsn()).toEqual(before);
    });

    test('they are listed page by page, by how their names begin, with as little of each as is asked for', async () => {
      for (const name of ['list-a', 'list-b', 'list-c']) await send('PUT', `/api/v1/collection/${name}`, {});
      await goods('C-8');
      await send('PATCH', '/api/v1/collection/list-b', { add: ['C-8'] });
      interface Page {
        readonly collections: readonly object[];
        readonly next: string | null;
      }
      const first = await hubOf().json<Page>('/api/v1/collection?q=list-&limit=2&fields=collection,size');
      expect(first).toEqual({
        collections: [
          { collection: 'list-a', size: 0 },
          { collection: 'list-b', size: 1 },
        ],
        next: 'list-b',
      });
      const rest = await hubOf().json<Page>(`/api/v1/collection?q=list-&limit=2&fields=title&cursor=${first.next ?? ''}`);
      expect(rest).toEqual({ collections: [{ title: 'list-c' }], next: null });
      expect(await hubOf().json('/api/v1/collection/list-b?fields=products')).toEqual({ products: ['C-8'] });
      expect((await hubOf().api('/api/v1/collection?fields=collection,secret')).status).toBe(400);
    });

    test('articles of a collection are listed page by page, as a place reads them', async () => {
      await goods('C-91', 'C-92', 'C-93');
      await send('PUT', '/api/v1/collection/paged', { products: ['C-91', 'C-92', 'C-93'] });
      await send('PATCH', '/api/v1/product/C-92?scope=store:2', { fields: { collections: 'elsewhere' } });
      const first = await hubOf().json<{ products: readonly object[]; next: string }>(
        '/api/v1/product?collection=paged&limit=2&fields=sku',
      );
      expect(first).toEqual({ products: [{ sku: 'C-91' }, { sku: 'C-92' }], next: 'C-92' });
      expect(await skusOf('collection=paged&limit=2&cursor=C-92')).toEqual(['C-93']);
      expect(await skusOf('collection=paged&scope=store:2')).toEqual(['C-91', 'C-93']);
      expect(await skusOf('collection=elsewhere&scope=store:2')).toEqual(['C-92']);
      expect(await skusOf('collection=elsewhere')).toEqual([]);
    });
  });
}
