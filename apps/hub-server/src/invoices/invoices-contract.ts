/** Names on invoices: sealed at a lane, opened by whoever may, and gone with their year's key. */
import { ok } from '@holdfast/base';
import { sealTo } from '@holdfast/base/sealing';
import { buyerText, invoiceEntry, invoiceKeyOf, type Buyer, type LedgerHeader } from '@holdfast/domain';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';
import { signedIn } from '../testing/test-browser.ts';
import { enrolNextDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { renewInvoiceKeys, yearOf } from './invoice-keys.ts';

vi.setConfig({ testTimeout: 60_000 });

const BUYER: Buyer = { name: 'Müller & Söhne GmbH', address: 'Am Hafen 1\n12345 Musterstadt', taxNumber: 'DE123456789' };
const HEADER: LedgerHeader = { businessDate: '2026-11-21', shift: 1, drawer: '1', operator: 'op-1', training: false };

export function invoicesContract(engine: string, open: () => Promise<Database>): void {
  describe(`invoices contract: ${engine}`, () => {
    let hub: TestHub;
    let publicKey: string;
    const thisYear = yearOf(Date.now());

    beforeAll(async () => {
      hub = await startTestHub(await open());
      publicKey = Buffer.from((await hub.keys.read('invoice'))[0]?.publicKey ?? []).toString('hex');
    }, 180_000);
    afterAll(async () => hub.close());

    const publishedYears = async (): Promise<readonly number[]> => {
      const [row] = await hub.database.rows<{ value: string }>(
        "SELECT fields ->> '1' AS value FROM entity WHERE key = 'invoiceKeys' AND alive",
      );
      return (row?.value ?? '').split('\n').map((line) => Number(line.slice(0, 4)));
    };

    const ask = async (invoiceNumber: string): Promise<{ status: number; body: Record<string, unknown> }> => {
      const response = await hub.post('/api/v1/invoices/open', { store: '1', invoiceNumber });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };

    test('a fresh hub has the keys of this year and the next without being asked, and tells its stores', async () => {
      expect(await publishedYears()).toEqual([thisYear, thisYear + 1]);
    });

    test('when the year turns, the next one gets its key, once', async () => {
      const published: string[] = [];
      const catalog: Pick<Catalog, 'publish'> = {
        publish: async (_source, [cell]) => {
          published.push(String(cell?.fields?.['value']).replaceAll(/ [0-9a-f]{64}/g, ''));
          return ok({ lsn: null, changed: 0 });
        },
      };
      const at = { monotonicMs: () => 0, nowMs: () => Date.UTC(thisYear + 1, 0, 1) };
      const ports = { catalog: catalog as Catalog, clock: at, keys: hub.keys };
      await renewInvoiceKeys(ports);
      await renewInvoiceKeys(ports);
      expect(published).toEqual([`${thisYear}\n${thisYear + 1}\n${thisYear + 2}`]);
    });

    test('S-7: what a lane sealed to the year’s key is opened by who may, and the ledger names nobody', async () => {
      const device = await enrolNextDevice(hub, '1');
      const key = invoiceKeyOf({ [thisYear]: publicKey }, `${thisYear}-11-21`);
      expect(key).toEqual({ keyName: String(thisYear), publicKey });
      const invoiceNumber = `R${device.enrolled.lane}-${device.epoch.slice(0, 4)}-000001`;
      const sealed = sealTo(new Uint8Array(Buffer.from(publicKey, 'hex')), new TextEncoder().encode(buyerText(BUYER)));
      const invoice = {
        invoiceNumber,
        receiptNumber: '1-abcd-000001',
        currency: 'EUR',
        totalMinor: 1_190,
        keyName: String(thisYear),
        sealed,
      };
      const { kind, fields } = invoiceEntry(HEADER, invoice);
      const { canonical } = device.append(kind, fields);
      await device.send();
      expect(Buffer.from(canonical).toString('utf8')).not.toContain('Müller');
      expect(await ask(invoiceNumber)).toMatchObject({
        status: 200,
        body: { lane: device.enrolled.lane, receiptNumber: '1-abcd-000001', totalMinor: 1_190, creditOf: null, buyer: BUYER },
      });
      // Whoever works at one store is read for by a login that reads no key.
      const posts = [{ scope: 'store:1', roles: ['hq'] }];
      const ofStore = await signedIn(hub, { name: 'kim', posts, password: 'seventeen grey herons', nowMs: Date.now() });
      const opened = await ofStore.post('/api/v1/invoices/open', { store: '1', invoiceNumber });
      expect([opened.status, await opened.json()]).toMatchObject([200, { buyer: BUYER }]);
      expect((await ask('R1-ffff-000009')).status).toBe(404);
      expect((await ask('no such number')).status).toBe(404);

      const grant = (isAllowed: boolean): object => ({
        cells: [{ type: 'roleGrant', key: 'hq\u001FopenInvoice', scope: 'global', fields: { isAllowed } }],
      });
      await hub.post('/api/v1/publications', grant(false));
      expect((await ask(invoiceNumber)).status).toBe(403);
      await hub.post('/api/v1/publications', grant(true));

      // Its year is over for the law.
      expect(await hub.keys.forget('invoice', String(thisYear), 1)).toBe(true);
      expect(await ask(invoiceNumber)).toMatchObject({ status: 200, body: { receiptNumber: '1-abcd-000001', buyer: null } });
      expect(await hub.json('/api/v1/verify')).toMatchObject({ projectionsEqualLedger: true, problems: [] });
    });

    test('S-7: keys are made once; a year that must be kept is not forgotten, an old one is, once', async () => {
      const made = await hub.post('/api/v1/invoice-keys', {});
      expect(made.status).toBe(201);
      expect((await hub.post(`/api/v1/invoice-keys/${thisYear}/forget`, {})).status).toBe(409);
      const old = thisYear - 11;
      expect((await hub.post(`/api/v1/invoice-keys/${old}/forget`, {})).status).toBe(404);
      await hub.keys.keep('invoice', { name: String(old), secret: new Uint8Array(32), publicKey: new Uint8Array(32), createdAtMs: 1 });
      expect((await hub.post(`/api/v1/invoice-keys/${old}/forget`, {})).status).toBe(200);
      expect((await hub.post(`/api/v1/invoice-keys/${old}/forget`, {})).status).toBe(404);
    });
  });
}
