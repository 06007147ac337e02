/** Tax classes, tenders and what roles may do over HTTP: the same on both databases. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { PreviewGroup } from '../catalog/preview.ts';
import type { Database } from '../db/database.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { RolesOfPlace } from './roles.ts';
import type { RulesOfPlace, RuleView } from './rule-changes.ts';
import type { TaxPreview } from './tax-classes.ts';

vi.setConfig({ testTimeout: 60_000 });

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const vat = (percent: number, more: object = {}): object => ({
  ...more,
  taxes: [{ component: 'vat', name: `VAT ${percent} %`, ratePpm: percent * 10_000 }],
});

export function rulesContract(engine: string, open: () => Promise<Database>): void {
  describe(`rules contract: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      const clock = { nowMs: () => NOW_MS, monotonicMs: () => performance.now() };
      hub = await startTestHub(await open(), { standingPace: { afterMs: 0, everyMs: 3_600_000 }, clock });
      const store = { currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
      for (const [name, zone, more] of [
        ['n1', 'north', {}],
        ['n2', 'north', {}],
        ['ch', 'alps', { currency: 'CHF', timeZone: 'Europe/Zurich', taxInclusive: false }],
      ] as const)
        await hub.post('/api/v1/stores', { store: name, name, zone, ...store, ...more });
      const item = { type: 'item', key: 'MILK', scope: 'global', fields: { name: 'Milk', taxClass: 'reduced', unit: 'piece' } };
      await hub.post('/api/v1/publications', { cells: [item] });
    });
    afterAll(async () => hub.close());

    const put = async (path: string, body: object, query = ''): Promise<Response> =>
      hub.api(`/api/v1/${path}${query}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'as the law says', ...body }),
      });
    const rules = async (path: string, scope = 'global'): Promise<RulesOfPlace> => hub.json(`/api/v1/${path}?scope=${scope}`);
    const rule = async (path: string, key: string, scope?: string): Promise<RuleView | undefined> =>
      (await rules(path, scope)).rules.find((each) => each.key === key);
    const standard = (periods: readonly object[], more: object = {}): object => ({
      taxClass: 'standard',
      name: 'VAT 19 %',
      rateBps: 1_900,
      periods,
      ...more,
    });
    const tax = async (scope: string, written: object, more: object = {}, query = ''): Promise<Response> =>
      put('tax-classes', { scope, ...('removed' in written ? written : { classes: [written] }), ...more }, query);
    const said = async (response: Response): Promise<string> => `${response.status} ${await response.text()}`;
    const lsn = async (): Promise<unknown> => hub.database.rows('SELECT lsn FROM tenant');

    test('a rate begins on a day: each store is told what it would charge from then on, and a basket says what that is', async () => {
      const before = await lsn();
      const shown = await tax('global', standard([vat(20, { from: '2027-01-01' })]), {}, '?preview=true');
      const { groups, approvers } = (await shown.json()) as TaxPreview & { readonly approvers: readonly unknown[] };
      const basketOf = (store: string) => groups.find(({ stores }) => stores.includes(store))?.classes[0]?.basket;
      expect(groups.map(({ stores }) => stores)).toEqual([['1', 'n1', 'n2'], ['ch']]);
      expect(basketOf('n1')).toMatchObject({
        date: '2027-01-01',
        currency: 'EUR',
        before: [{ netMinor: 8_403, taxMinor: 1_597 }],
        after: [{ netMinor: 8_333, taxMinor: 1_667 }],
        totals: { beforeMinor: 10_000, afterMinor: 10_000 },
      });
      expect(basketOf('ch')).toMatchObject({ currency: 'CHF', totals: { beforeMinor: 11_900, afterMinor: 12_000 } });
      expect(approvers).toEqual([]);
      expect(await lsn()).toEqual(before);
      expect((await tax('global', standard([vat(20, { from: '2027-01-01' })]))).status).toBe(200);
      const { changes } = await hub.json<{ changes: readonly { source: string; by: string; after: object }[] }>(
        '/api/v1/changes?type=tax&key=standard&limit=1',
      );
      expect(changes).toMatchObject([
        { source: 'as the law says', by: 'console', after: { rules: expect.stringContaining('2027-01-01') } },
      ]);
    });

    test('a store has rates of its own, written out whole, and gives them up again', async () => {
      expect((await tax('store:ch', { taxClass: 'standard', name: 'MWST 8.1 %', rateBps: 810 })).status).toBe(422);
      const swiss = [vat(8, { from: '2026-11-27' }), { taxes: [{ component: 'tax', name: 'VAT 19 %', ratePpm: 190_000 }] }];
      expect((await tax('store:ch', { taxClass: 'standard', name: 'MWST', rateBps: 1_900, periods: swiss })).status).toBe(200);
      expect(await rule('tax-classes', 'standard', 'store:ch')).toMatchObject({
        from: 'store:ch',
        fields: { name: 'MWST', rules: JSON.stringify(swiss) },
        layers: [{ scope: 'global' }, { scope: 'store:ch' }],
      });
      expect(await rule('tax-classes', 'standard')).toMatchObject({
        from: 'global',
        fields: { name: 'VAT 19 %' },
        elsewhere: ['store:ch'],
      });
      expect((await tax('store:ch', { removed: ['standard'] })).status).toBe(200);
      expect(await rule('tax-classes', 'standard')).toMatchObject({ elsewhere: [] });
      expect(await said(await tax('store:ch', { removed: ['standard'] }))).toContain('422');
    });

    test.each([
      ['a rate of days that are over', standard([vat(20, { from: '2026-11-25' })]), 422, 'days before today, from 2026-11-25 on'],
      ['a rate without a day', { taxClass: 'reduced', name: 'VAT 7 %', rateBps: 800 }, 422, 'give the new rate the day'],
      ['a period that never holds', standard([vat(20, { from: '2027-01-01' }), vat(21, { from: '2028-01-01' })]), 422, 'period 2 never'],
      [
        'a fixed amount of another currency',
        standard([{ from: '2027-01-01', taxes: [{ component: 'fee', name: 'Fee', perUnitMinor: 5, currency: 'EUR' }] }]),
        422,
        'at ch',
      ],
      ['a class that goods name', { removed: ['reduced'] }, 422, 'goods or tenders name it'],
      ['a day that there is not', standard([vat(20, { from: '2027-13-01' })]), 400, 'rules[0].from'],
      ['a period that ends before it begins', standard([vat(20, { from: '2027-01-01', to: '2026-12-31' })]), 400, 'later than from'],
      ['taxes on each other in a circle', standard([{ taxes: [{ component: 'a', name: 'A', ratePpm: 1, on: ['a'] }] }]), 400, 'no circle'],
      ['more than everything', standard([vat(2_000, { from: '2027-01-01' })]), 400, 'ratePpm'],
      ['nothing', { removed: [] }, 422, 'nothing'],
      ['a class that is written and removed', { classes: [standard([])], removed: ['standard'] }, 422, 'removed and written'],
      ['a key that is none', { taxClass: 'a b', name: 'x', rateBps: 0 }, 400, 'letters'],
    ])('%s is refused, and nothing is changed', async (_what, written, status, words) => {
      const before = await lsn();
      const answer = await said(await tax('global', written));
      expect([answer.slice(0, 3), answer]).toEqual([String(status), expect.stringContaining(words)]);
      expect(await lsn()).toEqual(before);
    });

    test('a rate takes a second person where there is one: another than its writer, who may publish there, by their PIN', async () => {
      const staff = (key: string, scope: string, roles: string): object => ({ type: 'staff', key, scope, fields: { roles } });
      const cells = [staff('ann', 'global', 'hq'), staff('bo', 'global', 'hq'), staff('kim', 'store:n1', 'cashier')];
      await hub.post('/api/v1/publications', { cells });
      for (const [user, scope, pin] of [
        ['ann', 'global', '2580'],
        ['bo', 'global', '3690'],
        ['kim', 'store:n1', '7193'],
      ] as const)
        expect((await hub.post(`/api/v1/staff/${user}/passcodes`, { scope, pin })).status).toBe(200);
      const written = standard([vat(21, { from: '2028-01-01' }), vat(20, { from: '2027-01-01' })]);
      const before = await lsn();
      const shown = (await (await tax('global', written, { by: 'ann' }, '?preview=true')).json()) as { readonly approvers: unknown };
      expect(shown.approvers).toEqual([{ user: 'bo', name: 'bo' }]);
      for (const [more, status] of [
        [{}, 403],
        [{ by: 'ann' }, 403],
        [{ by: 'ann', approval: { by: 'ann', pin: '2580' } }, 403],
        [{ by: 'ann', approval: { by: 'kim', pin: '7193' } }, 403],
        [{ by: 'ann', approval: { by: 'bo', pin: '0001' } }, 403],
        [{ by: 'nobody', approval: { by: 'bo', pin: '3690' } }, 404],
      ] as const)
        expect([more, (await tax('global', written, more)).status]).toEqual([more, status]);
      expect(await lsn()).toEqual(before);
      expect((await tax('global', written, { by: 'ann', approval: { by: 'bo', pin: '3690' } })).status).toBe(200);
      const { changes } = await hub.json<{ changes: readonly { by: string }[] }>('/api/v1/changes?type=tax&key=standard&limit=1');
      expect(changes[0]?.by).toBe('bo');
    });

    test('a tender is made, changed at one store, previewed store by store and taken away', async () => {
      const card = { tenderType: 'visa', fields: { kind: 'card', name: 'Visa', takesTips: true } };
      expect((await put('tenders', { scope: 'global', tenders: [card] })).status).toBe(200);
      const own = { scope: 'store:n1', tenders: [{ tenderType: 'visa', fields: { maximumMinor: 5_000 } }] };
      const { groups } = (await (await put('tenders', own, '?preview=true')).json()) as { readonly groups: readonly PreviewGroup[] };
      expect(groups).toEqual([
        { stores: ['n1'], changes: [{ type: 'tenderType', key: 'visa', before: { maximumMinor: null }, after: { maximumMinor: 5_000 } }] },
      ]);
      expect((await put('tenders', own)).status).toBe(200);
      expect(await rule('tenders', 'visa', 'store:n1')).toMatchObject({
        from: 'store:n1',
        fields: { kind: 'card', name: 'Visa', maximumMinor: 5_000 },
      });
      expect(await rule('tenders', 'visa', 'store:n2')).toMatchObject({ from: 'global', fields: { name: 'Visa' } });
      const seen = (await rules('tenders')).lsn;
      const gone = { scope: 'global', tenders: [{ tenderType: 'visa', fields: null }] };
      // What a store says of it alone is no tender any more.
      expect(await said(await put('tenders', gone))).toContain('visa, at n1: kind is not');
      expect((await put('tenders', { ...own, tenders: [{ tenderType: 'visa', fields: null }] })).status).toBe(200);
      expect((await put('tenders', { ...gone, basedOn: seen })).status).toBe(200);
      expect(await rule('tenders', 'visa')).toBeUndefined();
    });

    test.each([
      ['a kind that there is not', { kind: 'shells' }, 422],
      ['cash back of a voucher', { kind: 'voucher', cashBackMaximumMinor: 100 }, 422],
      ['goods of a tax class that there is not', { kind: 'giftCard', eligibleTaxClasses: 'books' }, 422],
      ['nothing at all', {}, 422],
      ['a field that there is not', { kind: 'card', colour: 'red' }, 400],
    ])('a tender of %s is refused', async (_what, fields, status) => {
      const before = await lsn();
      expect((await put('tenders', { scope: 'global', tenders: [{ tenderType: 'odd', fields }] })).status).toBe(status);
      expect(await lsn()).toEqual(before);
    });

    test('what is a card stays one: sales name it', async () => {
      await put('tenders', { scope: 'global', tenders: [{ tenderType: 'meal', fields: { kind: 'voucher' } }] });
      const answer = await said(await put('tenders', { scope: 'global', tenders: [{ tenderType: 'meal', fields: { kind: 'card' } }] }));
      expect(answer).toContain('does not become a card');
    });

    test('the narrowest grant decides whole, and roles say how many people have them', async () => {
      const grant = (more: object): object => ({ role: 'cashier', action: 'discountLine', isAllowed: true, ...more });
      const of = async (scope: string, action: string) => {
        const held = await hub.json<RolesOfPlace>(`/api/v1/roles?scope=${scope}`);
        return held.grants.find((each) => each.role === 'cashier' && each.action === action);
      };
      expect(await of('global', 'discountLine')).toMatchObject({ isAllowed: true, limit: 1_000, from: 'global' });
      const body = { scope: 'store:n1', grants: [grant({})] };
      const { groups } = (await (await put('roles', body, '?preview=true')).json()) as { readonly groups: readonly PreviewGroup[] };
      expect(groups).toMatchObject([{ stores: ['n1'], changes: [{ before: { limit: 1_000 }, after: { limit: null } }] }]);
      expect((await put('roles', body)).status).toBe(200);
      expect(await of('store:n1', 'discountLine')).toMatchObject({ isAllowed: true, limit: null, from: 'store:n1' });
      expect(await of('zone:north', 'discountLine')).toMatchObject({ limit: 1_000, from: 'global', elsewhere: ['store:n1'] });
      expect((await put('roles', { scope: 'zone:north', grants: [grant({ isAllowed: false })] })).status).toBe(200);
      expect(await of('store:n2', 'discountLine')).toMatchObject({ isAllowed: false, from: 'zone:north' });
      expect((await put('roles', { scope: 'zone:north', grants: [grant({ isAllowed: null })] })).status).toBe(200);
      expect(await of('store:n2', 'discountLine')).toMatchObject({ isAllowed: true, from: 'global' });
      const { roles } = await hub.json<RolesOfPlace>('/api/v1/roles');
      expect(roles).toEqual([
        { role: 'cashier', people: 1 },
        { role: 'supervisor', people: 0 },
        { role: 'manager', people: 0 },
        { role: 'hq', people: 2 },
      ]);
    });

    test.each([
      ['nobody could publish any more', { role: 'hq', action: 'publish', isAllowed: false }, 422],
      ['a limit of what has none', { role: 'cashier', action: 'publish', isAllowed: true, limit: 5 }, 422],
      ['more than all of it', { role: 'cashier', action: 'discountLine', isAllowed: true, limit: 10_001 }, 422],
      ['an action that there is not', { role: 'cashier', action: 'dance', isAllowed: true }, 400],
      ['a role that is no name', { role: 'The Boss', action: 'publish', isAllowed: true }, 400],
    ])('%s: refused, and nothing is changed', async (_what, grant, status) => {
      const before = await lsn();
      expect((await put('roles', { scope: 'global', grants: [grant] })).status).toBe(status);
      expect(await lsn()).toEqual(before);
    });
  });
}
