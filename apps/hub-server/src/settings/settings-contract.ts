/** Settings by scope over HTTP: the same on both databases. */
import { readLogo } from '@holdfast/paper/logo';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import type { ReceiptPreview } from '../receipts/receipt-preview.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { SettingsOfPlace, SettingView } from './settings.ts';

vi.setConfig({ testTimeout: 60_000 });

export function settingsContract(engine: string, open: () => Promise<Database>): void {
  describe(`settings contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 } });
      const store = { currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      for (const [name, zone] of [
        ['n1', 'north'],
        ['n2', 'north'],
        ['s1', 'south'],
      ] as const)
        await hub.post('/api/v1/stores', { store: name, name: `Store ${name}`, zone, ...store });
    });
    afterAll(async () => hub.close());

    const read = async (scope: string): Promise<SettingsOfPlace> => hub.json(`/api/v1/settings?${String(new URLSearchParams({ scope }))}`);
    const setting = async (scope: string, key: string): Promise<SettingView | undefined> =>
      (await read(scope)).settings.find((each) => each.key === key);
    const write = async (scope: string, values: object, more: object = {}, query = ''): Promise<Response> =>
      hub.api(`/api/v1/settings${query}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ scope, values, ...more }),
      });
    const lsn = async (): Promise<unknown> => hub.database.rows('SELECT lsn FROM tenant');

    test('a file of a picture becomes a logo, which is seen above the receipt before it is published, and what is none does not', async () => {
      const draw = async (body: Uint8Array, type: string): Promise<Response> =>
        hub.api('/api/v1/logo-drawings?scope=store:n1', { method: 'POST', headers: { 'content-type': type }, body: new Uint8Array(body) });
      const before = await lsn();
      const file = await sharp({ create: { width: 1_200, height: 300, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } })
        .webp()
        .toBuffer();
      const logo = (await (await draw(file, 'image/webp')).json()) as {
        readonly png: string;
        readonly width: number;
        readonly height: number;
      };
      expect(logo).toMatchObject({ width: 576, height: 144 });
      expect(readLogo(logo.png)?.grey[0]).toBe(119);
      const shown = await hub.post('/api/v1/receipt-previews?scope=store:n1', { receiptLogo: logo.png });
      expect(((await shown.json()) as ReceiptPreview).lines[0]).toEqual({ type: 'picture', png: logo.png });
      expect((await hub.post('/api/v1/receipt-previews?scope=store:n1', { receiptLogo: 'aGVsbG8=' })).status).toBe(400);
      expect((await draw(file.subarray(0, 40), 'image/webp')).status).toBe(422);
      expect((await draw(Buffer.from('<svg/>'), 'image/svg+xml')).status).toBe(415);
      expect(await lsn()).toEqual(before);
      const cell = { type: 'setting', key: 'receiptLogo', scope: 'store:n1' };
      expect((await hub.post('/api/v1/publications', { cells: [{ ...cell, fields: { value: logo.png } }] })).status).toBe(200);
      const standing = (await (await hub.post('/api/v1/receipt-previews?scope=store:n1', {})).json()) as ReceiptPreview;
      expect(standing.lines[0]).toEqual({ type: 'picture', png: logo.png });
      expect((await hub.post('/api/v1/publications', { cells: [{ ...cell, removed: true }] })).status).toBe(200);
    });

    test('a receipt is shown as a place would print it with texts that nobody published yet', async () => {
      const show = async (query: string, body: object): Promise<Response> => hub.post(`/api/v1/receipt-previews${query}`, body);
      const texts = async (query: string, body: object): Promise<readonly string[]> => {
        const shown = (await (await show(query, body)).json()) as ReceiptPreview;
        return shown.lines.flatMap((line) => (line.type === 'text' ? [line.text.trim()] : []));
      };
      const before = await lsn();
      const header = 'Open until ten\n== de ==\nBis zehn geöffnet';
      const english = await texts('?scope=store:n1', { receiptHeader: header, receiptLegal: 'HRB 1' });
      expect(english.slice(0, 2)).toEqual(['Store n1', 'Open until ten']);
      expect(english.filter((text) => text !== '').at(-1)).toBe('HRB 1');
      expect(await texts('?scope=store:n1&language=de', { receiptHeader: header })).toContain('Bis zehn geöffnet');
      expect((await texts('?scope=store:n1&language=de', {})).filter((text) => /^Summe +19,31 €$/u.test(text))).toHaveLength(1);
      for (const columns of [32, 42, 48]) {
        const shown = (await (
          await show(`?scope=zone:north&columns=${columns}`, { receiptFooter: `${'x'.repeat(500)} <script>\u202E` })
        ).json()) as ReceiptPreview;
        const widths = shown.lines.flatMap((line) =>
          line.type === 'text' ? [line.isLarge ? line.text.length * 2 : line.text.length] : [],
        );
        expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
        expect(shown.lines.filter(({ type }) => type === 'svg' || type === 'barcode')).toHaveLength(2);
      }
      for (const [query, body, status] of [
        ['?scope=store:nowhere', {}, 404],
        ['?columns=41', {}, 400],
        ['?language=tlh', {}, 400],
        ['', { receiptFooter: '\u0007' }, 400],
        ['', { receiptFooter: 'x'.repeat(4_001) }, 400],
        ['', { receiptFooter: 7 }, 400],
      ] as const)
        expect((await show(query, body)).status, query).toBe(status);
      expect(await lsn()).toEqual(before);
    });

    test('each value says which scope it comes from: the narrowest one, the country, or the program', async () => {
      expect(await setting('store:n1', 'returnsWithoutReceipt')).toMatchObject({
        value: 'currentPrice',
        from: 'default',
        layers: [],
        isSet: false,
      });
      expect((await write('global', { returnDays: '30', receiptFooter: 'Thank you' })).status).toBe(200);
      expect((await write('zone:north', { returnDays: '14' })).status).toBe(200);
      expect((await write('store:n1', { returnDays: '7', country: 'CH', currency: 'CHF' }, { reason: 'Swiss from now on' })).status).toBe(
        200,
      );
      expect(await setting('store:n1', 'returnDays')).toMatchObject({
        value: '7',
        from: 'store:n1',
        layers: [
          { scope: 'global', value: '30' },
          { scope: 'zone:north', value: '14' },
          { scope: 'store:n1', value: '7' },
        ],
        elsewhere: [],
      });
      expect(await setting('store:n2', 'returnDays')).toMatchObject({ value: '14', from: 'zone:north', elsewhere: [] });
      expect(await setting('zone:north', 'returnDays')).toMatchObject({ value: '14', elsewhere: ['store:n1'] });
      expect(await setting('zone:south', 'returnDays')).toMatchObject({ value: '30', elsewhere: [] });
      expect(await setting('global', 'returnDays')).toMatchObject({ value: '30', from: 'global', elsewhere: ['store:n1', 'zone:north'] });
      expect(await setting('store:n1', 'cashRoundingStep')).toMatchObject({ value: '5', from: 'country' });
      const { changes } = await hub.json<{ changes: readonly { source: string; by: string }[] }>(
        '/api/v1/changes?type=setting&scope=store:n1&limit=1',
      );
      expect(changes).toEqual([expect.objectContaining({ source: 'Swiss from now on', by: 'console' })]);
    });

    test('a preview groups the stores that would read the same, and those that something narrower covers; it changes nothing', async () => {
      await write('global', { lockAfterMinutes: '10' });
      await write('store:s1', { lockAfterMinutes: '3' });
      const before = await lsn();
      const { groups } = (await (await write('global', { lockAfterMinutes: '5' }, {}, '?preview=true')).json()) as {
        groups: readonly { stores: readonly string[]; changes: readonly object[] }[];
      };
      expect(groups).toEqual([
        {
          stores: ['1', 'n1', 'n2'],
          changes: [{ type: 'setting', key: 'lockAfterMinutes', before: { value: '10' }, after: { value: '5' } }],
        },
        { stores: ['s1'], changes: [] },
      ]);
      expect(await lsn()).toEqual(before);
    });

    test('what a scope stops to say is said by the broader one again', async () => {
      await write('zone:south', { displayText: 'South' });
      expect((await write('zone:south', { displayText: null, callingCode: null })).status).toBe(200);
      expect(await setting('store:s1', 'displayText')).toMatchObject({ value: null, from: null, isSet: false });
      const before = await lsn();
      expect((await write('zone:south', { displayText: null })).status).toBe(200);
      expect(await lsn()).toEqual(before);
    });

    test.each([
      ['no such setting', 'global', { colour: 'red' }, 422],
      ['what is the hub’s own', 'global', { personalKey: '1 ab' }, 422],
      ['the zone of a store, which moves it', 'store:n1', { zone: 'south' }, 422],
      ['a word that there is not', 'global', { signOnBy: 'face' }, 422],
      ['no time zone', 'store:n1', { timeZone: 'Mars/Olympus' }, 422],
      ['a currency that is taken away from a store', 'store:n2', { currency: null }, 422],
      ['a control character', 'global', { displayText: '\u0007' }, 400],
      ['nothing', 'global', {}, 400],
      ['no such store', 'store:zz', { displayText: 'x' }, 404],
    ])('%s is refused, and nothing is changed', async (_what, scope, values, status) => {
      const before = await lsn();
      expect((await write(scope, values)).status).toBe(status);
      expect(await lsn()).toEqual(before);
    });

    test('a setting that means nothing already is no reason to refuse another one', async () => {
      await hub.post('/api/v1/publications', { cells: [{ type: 'setting', key: 'locale', scope: 'zone:south', fields: { value: '!!' } }] });
      expect((await write('zone:south', { displayText: 'Hello' })).status).toBe(200);
      const wrong = await write('zone:south', { lineRounding: 'away' });
      expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('lineRounding would mean nothing at s1')]);
    });

    test('who writes what somebody changed since they looked is told so', async () => {
      const { lsn: seen } = await read('zone:north');
      await write('zone:north', { rightsLastDays: '7' });
      expect((await write('zone:north', { rightsLastDays: '9' }, { basedOn: seen })).status).toBe(409);
      expect((await write('zone:north', { lockAfterMinutes: '9' }, { basedOn: seen })).status).toBe(200);
    });

    test('of what is the hub’s own it is told that it is there, never what it says', async () => {
      await hub.post('/api/v1/publications', {
        cells: [{ type: 'setting', key: 'invoiceKeys', scope: 'global', fields: { value: '2026 abcdef' } }],
      });
      expect(await setting('global', 'invoiceKeys')).toMatchObject({ value: null, isSet: true, from: 'global', layers: [] });
    });
  });
}
