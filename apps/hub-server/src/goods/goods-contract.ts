/** Goods are found by words, codes and departments as lanes find them, and keys are arranged from headquarters: the same on both databases. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';

import { ENTITY_TYPES } from '@holdfast/domain';
import { PATHS } from '@holdfast/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { describeChanges } from '../catalog/testing/describe-changes.ts';
import type { Database } from '../db/database.ts';
import { enrolDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { readPictureForm } from './picture-form.ts';
import { describeAttributes } from './testing/describe-attributes.ts';
import { describeBulk } from './testing/describe-bulk.ts';
import { describeCollections } from './testing/describe-collections.ts';
import { describeFiling } from './testing/describe-filing.ts';
import { describeProducts } from './testing/describe-products.ts';
import { HOSTILE_PICTURES } from './testing/webp-files.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Products {
  readonly products: readonly { readonly sku: string; readonly name: string; readonly brand?: string }[];
  readonly next: string | null;
}

interface Pages {
  readonly pages: readonly { readonly name: string; readonly isArranged: boolean; readonly keys: readonly { readonly sku: string }[] }[];
}

const item = (key: string, name: string, more: object = {}, scope = 'global'): object => ({
  type: 'item',
  key,
  scope,
  fields: { name, taxClass: 'full', unit: 'piece', ...more },
});
const code = (key: string, sku: string): object => ({ type: 'code', key, scope: 'global', fields: { sku } });

const CATALOGUE = [
  item('ROLL', 'Brötchen', { brand: 'Müller-Bäcker', category: 'Bakery' }),
  item('RYE', 'Roggenbrot', { category: 'Bakery', plu: '77' }),
  item('WHITE', 'Brot/weiß', { brand: 'Landhof', category: 'Bakery' }),
  item('MILK', "Milk 'fresh' 1 l", { category: 'Dairy' }),
  item('TEA', '緑茶 ﾊﾟｯｸ', { category: 'Drinks' }),
  code('04006381333931', 'ROLL'),
  code('plu:77', 'RYE'),
  { type: 'department', key: 'Bakery', scope: 'global', fields: { position: 1 } },
  { type: 'department', key: 'Dairy', scope: 'global', fields: { position: 2 } },
];

export function goodsContract(engine: string, open: () => Promise<Database>): void {
  describe(`goods contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 } });
      await hub.post('/api/v1/stores', { store: '2', name: 'Two', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
      await publish(...CATALOGUE);
    });
    afterAll(async () => hub.close());

    const publish = async (...cells: readonly object[]): Promise<void> => {
      const response = await hub.post('/api/v1/publications', { cells });
      expect(await response.text()).toContain('lsn');
    };
    const path = (q: string, more: Readonly<Record<string, string>> = {}): string =>
      `/api/v1/product?${String(new URLSearchParams({ q, ...more }))}`;
    const skus = async (q: string, more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
      (await hub.json<Products>(path(q, more))).products.map(({ sku }) => sku);
    const pages = async (scope = 'global') => (await hub.json<Pages>(`/api/v1/key-pages?scope=${scope}`)).pages;
    const arrange = async (page: string, body: object): Promise<Response> =>
      hub.api(`/api/v1/key-pages/${encodeURIComponent(page)}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    test.each([
      ['brot', ['WHITE', 'ROLL']],
      ['BRÖT', ['ROLL', 'WHITE']],
      ['weiss', ['WHITE']],
      ['baecker', []],
      ['bäcker broet', []],
      ['backer muller brot', ['ROLL']],
      ["'fresh' mil", ['MILK']],
      ['緑', []],
      ['緑茶', ['TEA']],
      ['パック', ['TEA']],
      ['4006', ['ROLL']],
      ['4006381333931', ['ROLL']],
      ['77', ['RYE']],
      ['RY', ['RYE']],
      ["x' | '", []],
      ['a', []],
      [':*', []],
    ])('%s finds %o', async (typed, found) => {
      expect(await skus(typed)).toEqual(found);
    });

    test('page by page all are found, each once, what was typed in full first', async () => {
      const many = Array.from({ length: 45 }, (_, index) => item(`P${index}`, `Pear ${String((index * 7) % 45).padStart(2, '0')}`));
      await publish(...many, item('PEAR', 'Pear'));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: Products = await hub.json(path('pear', { limit: '10', ...(cursor !== '' && { cursor }) }));
        seen.push(...page.products.map(({ name }) => name));
        cursor = page.next;
      }
      expect(seen).toEqual(['Pear', ...Array.from({ length: 45 }, (_, index) => `Pear ${String(index).padStart(2, '0')}`)]);
      expect((await hub.api(path('pear', { cursor: 'nonsense' }))).status).toBe(400);
    });

    test('a store’s own fields cover the company’s, and goods of its own are found there alone', async () => {
      await publish(item('MILK', 'Milk, local farm', {}, 'store:2'), item('JAM', 'Jam of the farm', {}, 'store:2'));
      expect((await hub.json<Products>(path('milk', { scope: 'store:2' }))).products[0]?.name).toBe('Milk, local farm');
      expect(await skus('farm', { scope: 'store:2' })).toEqual(['JAM', 'MILK']);
      expect(await skus('farm')).toEqual([]);
      expect((await hub.api(path('farm', { scope: 'store:9' }))).status).toBe(404);
    });

    test('what is removed is found no more; who shows what they were told is told no more until something is published', async () => {
      await publish(item('GONE', 'Quince'));
      const first = await hub.api(path('quince'));
      const tag = first.headers.get('etag') ?? '';
      expect(((await first.json()) as Products).products).toHaveLength(1);
      const held = async (): Promise<number> => (await hub.api(path('quince'), { headers: { 'if-none-match': tag } })).status;
      expect(await held()).toBe(304);
      await publish({ type: 'item', key: 'GONE', scope: 'global', removed: true });
      expect(await held()).toBe(200);
      expect(await skus('quince')).toEqual([]);
    });

    test('what cannot be asked is a problem', async () => {
      for (const query of ['q=', 'q=%00', 'q=a&scope=zone:1', 'limit=201', 'cursor=%00', `q=${'a'.repeat(201)}`])
        expect((await hub.api(`/api/v1/product?${query}`)).status, query).toBe(400);
    });

    test('a department’s keys stand as they come, with a PLU first, until somebody arranges them', async () => {
      expect((await pages()).map(({ name, isArranged, keys }) => [name, isArranged, ...keys.map(({ sku }) => sku)])).toEqual([
        ['Bakery', false, 'RYE', 'WHITE', 'ROLL'],
        ['Dairy', false, 'MILK'],
      ]);
      expect((await arrange('Bakery', { position: 1_000, skus: ['ROLL', 'RYE'] })).status).toBe(200);
      expect((await pages()).find(({ name }) => name === 'Bakery')).toMatchObject({
        isArranged: true,
        keys: [{ sku: 'ROLL' }, { sku: 'RYE' }],
      });
      expect((await arrange('Bakery', { scope: 'store:2', position: 1_000, skus: ['RYE'] })).status).toBe(200);
      expect((await pages('store:2'))[0]?.keys).toMatchObject([{ sku: 'RYE' }]);
      expect((await pages())[0]?.keys).toMatchObject([{ sku: 'ROLL' }, { sku: 'RYE' }]);
      expect((await arrange('Bakery', { position: 1_000, skus: [] })).status).toBe(200);
      expect((await pages())[0]).toMatchObject({ name: 'Bakery', isArranged: false });
      expect(await (await arrange('Bakery', { position: 1_000, skus: [] })).json()).toEqual({ lsn: null, changed: 0 });
    });

    test('P-5: goods of a page that are in no catalogue yet are named with it, stay on it when it is arranged, and have their key once they come', async () => {
      await publish({ type: 'keyPage', key: 'Soon', scope: 'global', fields: { position: 9_000, keys: 'NOT-YET\nROLL' } });
      const soon = async () => (await pages()).find(({ name }) => name === 'Soon');
      expect(await soon()).toMatchObject({ skus: ['NOT-YET', 'ROLL'], keys: [{ sku: 'ROLL' }] });
      expect((await arrange('Soon', { position: 9_000, skus: ['ROLL', 'NOT-YET'] })).status).toBe(200);
      expect(await soon()).toMatchObject({ skus: ['ROLL', 'NOT-YET'], keys: [{ sku: 'ROLL' }] });
      expect((await arrange('Soon', { position: 9_000, skus: ['ROLL', 'NEVER'] })).status).toBe(422);
      await publish(item('NOT-YET', 'Croissant'));
      expect(await soon()).toMatchObject({ keys: [{ sku: 'ROLL' }, { sku: 'NOT-YET' }] });
      expect(await soon()).not.toHaveProperty('skus');
      expect((await arrange('Soon', { position: 9_000, skus: [] })).status).toBe(200);
    });

    test('goods that are nowhere, and pages that no lane reads, are refused, and nothing is published', async () => {
      const head = async (): Promise<unknown> => hub.database.rows('SELECT lsn FROM tenant');
      const before = await head();
      const refused = async (page: string, body: object): Promise<number> => (await arrange(page, body)).status;
      expect(await refused('Bakery', { position: 0, skus: ['ROLL', 'NOPE'] })).toBe(422);
      expect(await refused('Bakery', { position: 0, skus: ['JAM'] })).toBe(422);
      expect(await refused(' ', { position: 0, skus: ['ROLL'] })).toBe(400);
      expect(await refused('Bakery', { position: 0.5, skus: ['ROLL'] })).toBe(400);
      expect(await refused('Bakery', { position: 0, skus: ['ROLL', 'ROLL'] })).toBe(400);
      expect(await refused('Bakery', { position: 0, skus: Array.from({ length: 61 }, (_, index) => `S${index}`) })).toBe(400);
      expect(await head()).toEqual(before);
    });

    const put = async (sku: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
      hub.api(`/api/v1/product/${sku}/picture`, {
        method: 'PUT',
        headers: { 'content-type': 'image/webp', ...headers },
        body: new Uint8Array(body),
      });

    const photograph = async (): Promise<Uint8Array> =>
      sharp({ create: { width: 1_200, height: 800, channels: 3, background: '#ff8000' } })
        .withExif({ IFD0: { Model: 'Camera of Ada' } })
        .jpeg()
        .toBuffer();

    test('D-18: a picture is drawn small, kept under its hash, published with its item, and given to browsers and devices alike', async () => {
      const file = await photograph();
      const { picture: hash } = (await (await put('MILK', file, { 'content-type': 'image/jpeg' })).json()) as { readonly picture: string };
      const found = async (): Promise<unknown> => (await hub.json<Products>(path('milk'))).products[0];
      expect(await found()).toMatchObject({ sku: 'MILK', picture: hash });
      const shown = await hub.api(`/api/v1/pictures/${hash}`);
      const bytes = new Uint8Array(await shown.arrayBuffer());
      expect(readPictureForm(bytes)).toEqual({ ok: true, value: { width: 256, height: 256 } });
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
      expect([shown.headers.get('content-type'), shown.headers.get('x-content-type-options')]).toEqual(['image/webp', 'nosniff']);
      expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");

      const lane = await enrolDevice(hub);
      const given = await lane.request(`${PATHS.pictures}/${hash}`);
      expect([new Uint8Array(await given.arrayBuffer()), given.headers.get('etag')]).toEqual([bytes, `"${hash}"`]);
      expect((await lane.request(`${PATHS.pictures}/${'0'.repeat(64)}`)).status).toBe(404);
      expect((await lane.request(`${PATHS.pictures}/..%2F..%2Fetc`)).status).toBe(404);
      expect((await fetch(`${hub.url}${PATHS.pictures}/${hash}`, { headers: { 'holdfast-protocol': '1' } })).status).toBe(401);
      expect((await fetch(`${hub.url}/api/v1/pictures/${hash}`)).status).toBe(401);

      expect(await (await put('MILK', file)).json()).toEqual({ picture: hash, lsn: null, changed: 0 });
      expect((await hub.api('/api/v1/product/MILK/picture', { method: 'DELETE' })).status).toBe(200);
      expect(await found()).not.toHaveProperty('picture');
    });

    test('what is no picture is refused, and nothing is kept or published', async () => {
      const before = await hub.database.rows('SELECT lsn, (SELECT count(*) FROM picture) AS pictures FROM tenant');
      const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
      for (const [what, bytes] of [...Object.entries(HOSTILE_PICTURES), ['a script', svg] as const])
        expect((await put('MILK', bytes)).status, what).toBe(422);
      expect((await put('MILK', svg, { 'content-type': 'image/svg+xml' })).status).toBe(415);
      expect((await put('MILK', new Uint8Array(16 * 1024 * 1024 + 1))).status).toBe(413);
      expect((await put('NOPE', await photograph())).status).toBe(404);
      expect(await hub.database.rows('SELECT lsn, (SELECT count(*) FROM picture) AS pictures FROM tenant')).toEqual(before);
    });

    test('whoever announces two gigabytes is answered before they come, and not listened to', async () => {
      const { port } = new URL(hub.url);
      const socket = connect(Number(port), '127.0.0.1');
      const heard: Buffer[] = [];
      socket.on('data', (data) => heard.push(data));
      socket.write(
        `PUT /api/v1/product/MILK/picture HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${hub.consoleToken}\r\nContent-Type: image/webp\r\nContent-Length: 2147483648\r\n\r\nRIFF`,
      );
      await new Promise((resolve) => socket.once('close', resolve));
      expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1.1 413 /);
    });

    describeChanges(() => hub);
    describeProducts(() => hub);
    describeAttributes(() => hub);
    describeCollections(() => hub);
    describeBulk(() => hub);
    describeFiling(() => hub);

    test('whoever may not arrange keys at a lane may not do so from headquarters', async () => {
      const grant = (isAllowed: boolean): object => ({
        type: ENTITY_TYPES.roleGrant.name,
        key: 'hq\u001FarrangeKeys',
        scope: 'store:2',
        fields: { isAllowed },
      });
      const all = (action: string): object => ({
        type: ENTITY_TYPES.roleGrant.name,
        key: `hq\u001F${action}`,
        scope: 'global',
        fields: { isAllowed: true },
      });
      await publish(all('publish'), all('arrangeKeys'), grant(false));
      expect((await arrange('Dairy', { scope: 'store:2', position: 0, skus: ['MILK'] })).status).toBe(403);
      expect((await arrange('Dairy', { position: 0, skus: ['MILK'] })).status).toBe(200);
    });
  });
}
