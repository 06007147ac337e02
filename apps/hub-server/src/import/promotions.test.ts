import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { ImportReport } from './importer.ts';

// Real engines on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(async () => hub.close());

async function take(kind: string, file: string, query: Readonly<Record<string, string>> = {}): Promise<ImportReport> {
  const path = `/api/v1/import/${kind}?${new URLSearchParams(query).toString()}`;
  const text = await (await hub.api(path, { method: 'POST', body: file })).text();
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ImportReport;
}

const entityOf = async (type: number, key: string): Promise<{ scope: string; fields: Readonly<Record<string, unknown>> } | undefined> =>
  (
    await hub.database.rows<{ scope: string; fields: Readonly<Record<string, unknown>> }>(
      'SELECT scope, fields FROM entity WHERE type = $1 AND key = $2',
      [type, key],
    )
  )[0];

const TEN = { type: 'each', goods: {}, tiers: [{ fromPieces: 1, off: { type: 'percent', bps: 1_000 } }] };

describe('promotions', () => {
  const FILE = JSON.stringify([
    {
      id: 'ten',
      name: 'Ten off',
      priority: 5,
      combine: 'compounding',
      offer: TEN,
      when: { stores: ['1'] },
      to: '2026-12-24T18:00:00+01:00',
    },
    { id: 'save', coupon: { code: 'SAVE', funding: 'store' }, limits: { perBasket: 1 }, offer: TEN, scope: 'store:1' },
    { id: 'ten', name: 'Ten percent off', priority: 5, combine: 'compounding', offer: TEN },
    { id: 'what is this', offer: TEN },
    { id: 'lottery', offer: { type: 'lottery' } },
    { id: 'sometimes', combine: 'sometimes', offer: TEN },
    { id: 'urgent', priority: 'very', offer: TEN },
    { id: 'never', from: '2026-12-24', to: '2026-12-24', offer: TEN },
    { id: 'where', offer: TEN, scope: 'kitchen' },
    { id: 'text', offer: 'ten percent' },
    { id: 'list', offer: TEN, when: ['monday'] },
    { id: 'extra', offer: { ...TEN, secret: true } },
  ]);

  test('are taken as rules; one that no lane could use is refused, with its field', async () => {
    const report = await take('promotions', FILE);
    expect(report).toMatchObject({ rows: 12, created: 2, duplicates: 1, refused: 9 });
    expect(report.refusals.map(({ row, reason, value }) => `${row} ${reason} ${value}`)).toEqual([
      '5 badId what is this',
      '6 badRule offer.type: each, set, total or reward',
      '7 badRule combine: exclusive, best or compounding',
      '8 badRule priority: a whole number from 0 to 1000000000',
      '9 badDate 2026-12-24',
      '10 badScope kitchen',
      '11 badJson ten percent',
      '12 badRule when: ["monday"]',
      '13 badRule offer.secret: no such key',
    ]);
    const ten = await entityOf(7, 'ten');
    expect(ten).toMatchObject({ scope: 'global', fields: { '1': 'Ten percent off' } });
    expect(JSON.parse(String(ten?.fields['2']))).toEqual({ priority: 5, combine: 'compounding', when: {}, offer: TEN });
    expect(await entityOf(7, 'save')).toMatchObject({ scope: 'store:1', fields: { '1': 'save' } });
    expect(await take('promotions', FILE)).toMatchObject({ created: 0, changed: 0, unchanged: 2, lsn: null });
  });

  test('may come as a table, with JSON in its cells and moments beside it', async () => {
    const offer = JSON.stringify(TEN).replaceAll('"', '""');
    const report = await take('promotions', `id;name;offer;from;to\nweek;This week;"${offer}";2026-12-01;2026-12-08T00:00:00+01:00\n`);
    expect(report).toMatchObject({ created: 1, refused: 0 });
    expect(JSON.parse(String((await entityOf(7, 'week'))?.fields['2']))).toMatchObject({
      when: { fromMs: Date.UTC(2026, 11, 1), toMs: Date.UTC(2026, 11, 7, 23) },
    });
  });

  test('need an id and an offer', async () => {
    expect((await hub.api('/api/v1/import/promotions', { method: 'POST', body: 'id,name\nten,Ten\n' })).status).toBe(422);
  });
});

test('coupons', async () => {
  const FILE = 'code,name,from,to\nSAVE,Five off,,\nEASTER,,2026-04-01,2026-04-07\nno code,,,\nBACK,,2026-04-07,2026-04-01\n';
  const report = await take('coupons', FILE);
  expect(report).toMatchObject({ created: 2, refused: 2 });
  expect(report.refusals.map(({ reason }) => reason)).toEqual(['badCode', 'badDate']);
  expect(await entityOf(8, 'SAVE')).toEqual({ scope: 'global', fields: { '1': 'Five off' } });
  expect(await entityOf(8, 'EASTER')).toMatchObject({ fields: { '1': 'EASTER', '2': Date.UTC(2026, 3, 1), '3': Date.UTC(2026, 3, 7) } });
  expect(await take('coupons', FILE)).toMatchObject({ unchanged: 2, lsn: null });
});

describe('what leads back to itself', () => {
  const gives = (coupon: string | undefined, code: string): object => ({
    ...(coupon !== undefined && { coupon: { code: coupon, funding: 'store' } }),
    offer: { type: 'reward', minimum: { goods: {}, pieces: 1 }, reward: { type: 'nextCoupon', code } },
  });
  const lsn = async (): Promise<unknown> => hub.database.rows('SELECT lsn FROM tenant');

  test('coupons that hand out each other are refused whole, with the promotions of the loop, in a file and in a publication', async () => {
    await take('promotions', JSON.stringify([{ id: 'loop-a', ...gives('LOOP-X', 'LOOP-Y') }]));
    const before = await lsn();
    const file = JSON.stringify([
      { id: 'loop-c', offer: TEN },
      { id: 'loop-b', ...gives('LOOP-Y', 'LOOP-X') },
    ]);
    expect(await take('promotions', file)).toMatchObject({
      type: 'error',
      problem: 'loop',
      title: expect.stringContaining('loop-a, loop-b'),
    });
    const body = JSON.stringify({ priority: 0, combine: 'best', ...gives('LOOP-Y', 'LOOP-X') });
    const cells = [
      { type: 'coupon', key: 'LOOP-X', scope: 'global', fields: { name: 'X' } },
      { type: 'promotion', key: 'loop-b', scope: 'global', fields: { name: 'b', body } },
    ];
    const refused = await hub.post('/api/v1/publications', { cells });
    expect([refused.status, await refused.text()]).toMatchObject([422, expect.stringContaining('cells[1]: these promotions hand out')]);
    expect(await lsn()).toEqual(before);
    expect(await entityOf(7, 'loop-c')).toBeUndefined();
    // A chain that ends is none.
    expect(await take('promotions', JSON.stringify([{ id: 'loop-b', ...gives('LOOP-Y', 'LOOP-Z') }]))).toMatchObject({ created: 1 });
  });

  test('goods that are at the end their own deposit are refused whole', async () => {
    const before = await lsn();
    const file = 'sku,name,deposit_sku,is_deposit\nLP-BEER,Beer,LP-CAN,\nLP-CAN,Can,LP-TRAY,yes\nLP-TRAY,Tray,LP-CAN,yes\n';
    expect(await take('catalog', file)).toMatchObject({
      type: 'error',
      problem: 'loop',
      title: expect.stringMatching(/LP-(?:CAN|TRAY) would be/),
    });
    expect(await lsn()).toEqual(before);
    expect(await take('catalog', file.replace('LP-TRAY,Tray,LP-CAN', 'LP-TRAY,Tray,'))).toMatchObject({ created: 3 });
    const fields = { name: 'Tray', unit: 'piece', taxClass: 'standard', depositSku: 'LP-BEER' };
    const cells = [{ type: 'item', key: 'LP-TRAY', scope: 'global', fields }];
    const refused = await hub.post('/api/v1/publications', { cells });
    expect([refused.status, await refused.text()]).toMatchObject([422, expect.stringContaining('its own deposit')]);
  });
});
