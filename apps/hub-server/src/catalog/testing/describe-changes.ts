/** What is kept of changes, over HTTP, for whichever database the hub stands on. */
import { describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';
import { MOST_TOLD } from '../change-log.ts';

interface Change {
  readonly lsn: number;
  readonly by: string | null;
  readonly source: string;
  readonly type: string;
  readonly key: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly withheld: readonly string[];
}
interface Changes {
  readonly changes: readonly Change[];
  readonly next: string | null;
}

const item = (key: string, fields: object, scope = 'global'): object => ({ type: 'item', key, scope, fields });
const whole = { name: 'Fig', taxClass: 'full', unit: 'piece' };

export function describeChanges(hubOf: () => TestHub): void {
  const publish = async (...cells: readonly object[]): Promise<number> => {
    const response = await hubOf().post('/api/v1/publications', { cells });
    const { lsn } = (await response.json()) as { lsn: number };
    expect(lsn).toBeGreaterThan(0);
    return lsn;
  };
  const changes = async (query: Readonly<Record<string, string>>): Promise<readonly Change[]> =>
    (await hubOf().json<Changes>(`/api/v1/changes?${String(new URLSearchParams(query))}`)).changes;
  const undo = async (lsn: number, body: object = {}): Promise<number> =>
    (await hubOf().post(`/api/v1/publications/${lsn}/undo`, body)).status;

  describe('what is kept of changes', () => {
    test('of a grant it is told what its limit counts', async () => {
      const grant = (action: string, fields: object): object => ({
        type: 'roleGrant',
        key: `stocker\u001F${action}`,
        scope: 'global',
        fields,
      });
      const lsn = await publish(grant('discountLine', { isAllowed: true, limit: 500 }), grant('train', { isAllowed: true }));
      const told = (await changes({ lsn: String(lsn) })) as readonly (Change & { readonly limitIn?: string })[];
      expect(told.map(({ key, limitIn }) => [key.split('\u001F')[1], limitIn])).toEqual([
        ['train', 'none'],
        ['discountLine', 'percent'],
      ]);
    });

    test('of each it is told who made it, what stood there and what stands: of an article its codes and prices too', async () => {
      const price = {
        type: 'price',
        key: 'FIG\u001Fregular\u001F',
        scope: 'global',
        fields: { amount: 199, decimals: 2, currency: 'EUR' },
      };
      const made = await publish(
        item('FIG', whole),
        { type: 'code', key: '00000040170725', scope: 'global', fields: { sku: 'FIG' } },
        price,
      );
      await publish(item('FIG', { name: 'Fig, fresh', brand: 'Sol', unit: 'piece' }));
      await publish({ ...price, fields: { amount: 219 } });
      await publish(item('OTHER-FIG', whole));
      const seen = (await changes({ sku: 'FIG' })).map(({ type, before, after, by, source }) => ({ type, before, after, by, source }));
      const told = { by: 'console', source: 'publication' };
      expect(seen).toEqual([
        { type: 'price', before: price.fields, after: { ...price.fields, amount: 219 }, ...told },
        { type: 'item', before: { name: 'Fig', brand: null }, after: { name: 'Fig, fresh', brand: 'Sol' }, ...told },
        { type: 'price', before: null, after: price.fields, ...told },
        { type: 'code', before: null, after: { sku: 'FIG' }, ...told },
        { type: 'item', before: null, after: whole, ...told },
      ]);
      expect(await changes({ lsn: String(made), type: 'code' })).toHaveLength(1);
      expect(await changes({ sku: 'FIG', by: 'hub' })).toEqual([]);
    });

    test('page by page all are told, each once, and all at once as a table that runs no formula', async () => {
      const keys = Array.from({ length: 7 }, (_, index) => `NUT-${index}`);
      const lsn = await publish(...keys.map((key) => item(key, { ...whole, name: '=1+1' })));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = new URLSearchParams({ lsn: String(lsn), limit: '3', ...(cursor !== '' && { cursor }) });
        const page: Changes = await hubOf().json(`/api/v1/changes?${String(query)}`);
        seen.push(...page.changes.map(({ key }) => key));
        cursor = page.next;
      }
      expect(seen.toSorted()).toEqual(keys);
      const table = await (await hubOf().api(`/api/v1/changes.csv?lsn=${lsn}`)).text();
      expect(table.split('\r\n')).toHaveLength(1 + 3 * keys.length + 1);
      expect(table).toContain(`,item,NUT-6,global,made,name,,"'=1+1"\r\n`);
      expect((await hubOf().api('/api/v1/changes?cursor=nonsense')).status).toBe(400);
    });

    test('what was changed, made or removed is taken back, each by a publication of its own, and an undo too', async () => {
      await publish(item('PLUM', { ...whole, name: 'Plum' }));
      const changed = await publish(item('PLUM', { name: 'Prune', brand: 'Sol' }));
      expect(await undo(changed)).toBe(200);
      const [undone] = await changes({ sku: 'PLUM' });
      expect(undone).toMatchObject({ source: `undo of ${changed}`, by: 'console', after: { name: 'Plum', brand: null } });
      expect(await undo(undone?.lsn ?? 0)).toBe(200);
      expect(await undo(undone?.lsn ?? 0)).toBe(409);

      const removed = await publish({ type: 'item', key: 'PLUM', scope: 'global', removed: true });
      expect(await undo(removed)).toBe(200);
      expect((await changes({ sku: 'PLUM' }))[0]).toMatchObject({ before: null, after: { ...whole, name: 'Prune', brand: 'Sol' } });
      const made = await publish(item('PLUM', { name: 'Plum of the house' }, 'store:2'));
      expect(await undo(made)).toBe(200);
      expect((await changes({ sku: 'PLUM' }))[0]).toMatchObject({ scope: 'store:2', before: { name: 'Plum of the house' }, after: null });
    });

    test('what somebody changed since stands, and nothing of the publication is taken back; what is named of it may be', async () => {
      await publish(item('KIWI', { ...whole, name: 'Kiwi' }), item('LIME', { ...whole, name: 'Lime' }));
      const lsn = await publish(item('KIWI', { brand: 'A' }), item('LIME', { brand: 'A' }));
      await publish(item('LIME', { brand: 'B' }));
      expect(await undo(lsn)).toBe(409);
      expect((await changes({ sku: 'KIWI' }))[0]).toMatchObject({ lsn });
      expect(await undo(lsn, { changes: [{ type: 'item', key: 'KIWI', scope: 'global' }] })).toBe(200);
      expect((await changes({ sku: 'KIWI' }))[0]).toMatchObject({ after: { brand: null } });
      expect(await undo(lsn, { changes: [{ type: 'item', key: 'NONE', scope: 'global' }] })).toBe(404);
      expect(await undo(9_999_999)).toBe(404);
    });

    test('of people it is kept that something changed, never what it was; of customers nothing', async () => {
      const staff = { type: 'staff', key: 'u7', scope: 'global' };
      await publish({ ...staff, fields: { roles: 'cashier', displayName: 'Mia Berg', birthYear: 1990 } });
      const lsn = await publish({ ...staff, fields: { roles: 'manager', displayName: 'Mia Stein' } });
      const [last, first] = await changes({ key: 'u7' });
      expect(last).toMatchObject({ before: { roles: 'cashier' }, after: { roles: 'manager' }, withheld: ['displayName'] });
      expect(first?.withheld).toEqual(['displayName', 'birthYear']);
      expect(await undo(lsn)).toBe(422);
      await publish({ type: 'customer', key: 'c77', scope: 'global', fields: { initials: 'MB' } });
      expect(await changes({ key: 'c77' })).toEqual([]);
      const kept = await hubOf().database.rows<{ kept: string }>('SELECT json_agg(c)::text AS kept FROM entity_change c');
      expect(kept[0]?.kept).not.toMatch(/Mia|1990|MB/);
    });

    test('what a large file makes is counted, what it changes is told', async () => {
      const rows = Array.from({ length: MOST_TOLD + 1 }, (_, index) => `BULK-${index},Bulk ${index}`);
      const send = async (name: string): Promise<number> => {
        const response = await hubOf().api('/api/v1/import/catalog?source=autumn.csv', {
          method: 'POST',
          body: `sku,name\n${rows.join('\n').replace('Bulk 7\n', `${name}\n`)}`,
        });
        const report = (await response.text()).trimEnd().split('\n').at(-1) ?? '';
        return (JSON.parse(report) as { lsn: number }).lsn;
      };
      const made = await send('Bulk 7');
      const changed = await send('Bulk seven');
      const { publications } = await hubOf().json<{ publications: readonly object[] }>('/api/v1/publications?limit=2');
      expect(publications).toMatchObject([
        { lsn: changed, source: 'autumn.csv', by: 'console', made: 0, changes: 1 },
        { lsn: made, made: MOST_TOLD + 1, changes: 0 },
      ]);
      expect(await undo(made)).toBe(422);
      expect(await undo(changed)).toBe(200);
    });
  });
}
