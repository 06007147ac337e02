/** Stores that come after others, over HTTP: the same on both databases. */
import { grantKey } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Database } from '../db/database.ts';
import { enrolNextDevice, enrolRequest, type TestDevice } from '../testing/test-device.ts';
import { openStores, startTestHub, type TestHub } from '../testing/test-hub.ts';

vi.setConfig({ testTimeout: 60_000 });

export function successorsContract(engine: string, open: () => Promise<Database>): void {
  describe(`successors of stores: ${engine}`, () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub(await open());
      await openStores(hub, ['old', 'north'], ['older', 'north'], ['new', 'south'], ['far', 'south']);
    });
    afterAll(async () => hub.close());

    const name = async (store: string, successor: unknown): Promise<Response> =>
      hub.api(`/api/v1/stores/${store}/successor`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ successor }),
      });
    const successors = async (): Promise<readonly string[]> =>
      (await hub.json<{ stores: readonly { store: string; successor?: string }[] }>('/api/v1/stores')).stores.flatMap((each) =>
        each.successor === undefined ? [] : [`${each.store} → ${each.successor}`],
      );
    const sold = (device: TestDevice, receiptNumber: string, sku: string): void =>
      void device.sell([{ sku, quantity: 1, amountMinor: 100 }], { receiptNumber });
    /** The store whose sale is meant. */
    const meant = async (device: TestDevice, receiptNumber: string): Promise<string | undefined> =>
      (await device.askReturn({ receiptNumber, take: false })).sale?.store;

    test('C-13: a store names the one that comes after it, once; it is told with it, and no device is enrolled there any more', async () => {
      const issued = await hub.post('/api/v1/enrolment-codes', { store: 'older' });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const { code } = (await issued.json()) as { readonly code: string };
      const named = await name('older', 'old');
      expect(await named.json()).toMatchObject({ changed: 1 });
      expect(await (await name('older', 'old')).json()).toEqual({ lsn: null, changed: 0 });
      expect((await name('old', 'new')).status).toBe(200);
      expect(await successors()).toEqual(['old → new', 'older → old']);
      const refused = await hub.post('/api/v1/enrolment-codes', { store: 'old' });
      expect([refused.status, await refused.json()]).toMatchObject([409, { type: 'urn:holdfast:problem:storeHasSuccessor' }]);
      expect((await enrolRequest(hub, { code, publicKey: 'ab'.repeat(32) })).status).toBe(403);
    });

    test('C-13: whoever may open no store merges none', async () => {
      const before = await successors();
      const grant = async (isAllowed: boolean): Promise<Response> =>
        hub.post('/api/v1/publications', {
          cells: [{ type: 'roleGrant', key: grantKey('hq', 'openStore'), scope: 'global', fields: { isAllowed } }],
        });
      await grant(false);
      expect((await name('far', 'new')).status).toBe(403);
      expect(await successors()).toEqual(before);
      await grant(true);
    });

    test.each([
      ['itself', 'new', 'new', 409],
      ['one that comes before it', 'new', 'old', 409],
      ['one that comes before that', 'new', 'older', 409],
      ['a store that is not there', 'new', 'nowhere', 404],
      ['a store that is not there, of one that is none either', 'nowhere', 'new', 404],
      ['no name of a store', 'new', '../new', 400],
      ['a number', 'new', 7, 400],
    ])('C-13: %s comes after no store; nothing is changed', async (_, store, successor, status) => {
      const before = await successors();
      expect((await name(store, successor)).status).toBe(status);
      expect(await successors()).toEqual(before);
    });

    test('C-13, U-19: what a lane asks for by its number alone is its own store’s, else one’s that was merged into it, else the only one’s', async () => {
      await name('older', null);
      await name('old', null);
      const [old, older, far] = [await enrolNextDevice(hub, 'old'), await enrolNextDevice(hub, 'older'), await enrolNextDevice(hub, 'far')];
      const lane = await enrolNextDevice(hub, 'new');
      for (const [device, numbers] of [
        [old, ['R-1', 'R-2', 'R-4']],
        [older, ['R-3', 'R-4']],
        [far, ['R-1', 'R-3', 'R-5']],
        [lane, ['R-2']],
      ] as const) {
        for (const number of numbers) sold(device, number, 'MILK');
        await device.send();
        await device.probe();
      }
      const all = async (): Promise<readonly (string | undefined)[]> =>
        Promise.all(['R-1', 'R-2', 'R-3', 'R-4', 'R-5'].map(async (number) => meant(lane, number)));
      expect(await all()).toEqual([undefined, 'new', undefined, undefined, 'far']);
      await name('older', 'old');
      await name('old', 'new');
      // Of two that were both merged into it nobody knows which.
      expect(await all()).toEqual(['old', 'new', 'older', undefined, 'far']);
      // What the old store sold stays its own, and its lanes go on as long as they are there.
      expect(await old.askReturn({ receiptNumber: 'R-1', take: true })).toMatchObject({ granted: true, sale: { store: 'old' } });
      sold(old, 'R-6', 'TEA');
      expect(await old.send(4)).not.toHaveProperty('gap');
      await old.probe();
      expect(await hub.json('/api/v1/sales?store=old')).toMatchObject({ sales: [{}, {}, {}, {}] });
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('C-13: a circle that a publication made is walked once', async () => {
      const lane = await enrolNextDevice(hub, 'new');
      const cell = { type: 'setting', key: 'successor', scope: 'store:new', fields: { value: 'older' } };
      expect((await hub.post('/api/v1/publications', { cells: [cell] })).status).toBe(200);
      expect(await meant(lane, 'R-2')).toBe('new');
      expect((await name('new', null)).status).toBe(200);
      expect(await successors()).toEqual(['old → new', 'older → old']);
    });
  });
}
