/** Holdfast itself, measured as the others are: its hub as a process, and a lane's real sync over SQLite, in memory as theirs, or in a file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { generateSigningKey } from '@holdfast/base/node';
import { ENTITY_TYPES, priceKey } from '@holdfast/domain';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';
import { z } from 'zod';

import { csvOf } from '../sync/goods.ts';
import { createSyncLane, type SyncLane, type SyncLaneOptions } from '../sync/sync-lane.ts';
import type { Peer } from './peer.ts';
import { rowsOf, type Item } from './workload.ts';

const FURTHER = 'maximum_per_sale';
const { type: ITEM, columns } = ENTITY_TYPES.item;
const MAXIMUM = columns.find(({ name }) => name === 'maximumPerSale')?.number ?? 0;
const PRICE = ENTITY_TYPES.price.type;

function diskOf(folder: string): NonNullable<SyncLaneOptions['disk']> {
  const file = join(folder, 'key');
  if (!existsSync(file)) writeFileSync(file, generateSigningKey());
  return { file: join(folder, 'lane.db'), signingKey: new Uint8Array(readFileSync(file)) };
}

const devicesSchema = z.object({ devices: z.array(z.object({ device: z.string() })) });
const deviceSchema = z.object({ receivedEntries: z.int() });

/** Entries, of all devices. */
async function receivedBy({ url, consoleToken }: { readonly url: string; readonly consoleToken: string }): Promise<number> {
  const ask = async (path: string): Promise<unknown> =>
    (await fetch(url + path, { headers: { authorization: `Bearer ${consoleToken}` } })).json();
  const { devices } = devicesSchema.parse(await ask('/api/v1/devices'));
  const pages = await Promise.all(devices.map(async ({ device }) => deviceSchema.parse(await ask(`/api/v1/devices/${device}`))));
  return pages.reduce((sum, { receivedEntries }) => sum + receivedEntries, 0);
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export const holdfast: Peer = {
  setting: 'hub on PGlite, a lane’s sync over SQLite, in memory, and in a file where it is killed; among lanes by sync-lan',
  openShop: async ({ items }) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-peer-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const shelf = new Map<string, Item>();
    let [received, sales]: [number, readonly string[]] = [0, []];
    const upload = async (rows: readonly (readonly string[])[], further?: string): Promise<void> =>
      void (await api.importFile('catalog', csvOf(rows, further), { currency: 'EUR' }, () => undefined));
    const put = (changed: readonly Item[]): Promise<void> => {
      for (const item of changed) shelf.set(item.sku, item);
      const [rows, limits] = [rowsOf(changed), changed.flatMap(({ maximumPerSale }) => maximumPerSale ?? [])];
      return limits.length < rows.length
        ? upload(rows)
        : upload(
            rows.map((row, at) => [...row, String(limits[at])]),
            FURTHER,
          );
    };
    await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
    await put(items);
    return {
      port: Number(new URL(hub.ready.url).port),
      admit: async () => (await api.mintEnrolmentCode({ store: '1' })).code,
      pid: hub.ready.pid,
      reprice: async (prices, isUrgent) => {
        const changed = [...prices].flatMap(([sku, cents]) => {
          const item = shelf.get(sku);
          return item === undefined ? [] : [{ ...item, cents }];
        });
        for (const item of changed) shelf.set(item.sku, item);
        if (!isUrgent) return upload(rowsOf(changed));
        const cells = [...prices].map(([sku, amount]) => ({
          type: 'price',
          key: priceKey(sku, 'regular'),
          scope: 'global',
          fields: { amount, decimals: 2, currency: 'EUR' },
        }));
        await api.publish(cells, { urgent: true });
      },
      put,
      remove: async (skus) => void (await api.publish(skus.map((key) => ({ type: 'item', key, scope: 'global', removed: true })))),
      saleKeys: async () => {
        const count = await receivedBy(hub.ready);
        // To verify is to read the whole ledger again, which whoever waits would have done all the time.
        if (count !== received) {
          const { totals } = await api.verify();
          [received, sales] = [count, Array.from({ length: totals.sales }, (_, n) => String(n))];
        }
        return sales;
      },
    };
  },
  openLane: async (_, disk) => {
    const options = disk === undefined ? {} : { disk: diskOf(disk.folder) };
    let [hubUrl, enrolmentCode] = ['', ''];
    let opened: SyncLane | null = null;
    const opening = (): SyncLane => (opened ??= createSyncLane(() => hubUrl, enrolmentCode, options));
    if (disk !== undefined && disk.code !== '') opening();
    return {
      connect: async ([url], code) => {
        assert(url !== undefined, 'one hub');
        [hubUrl, enrolmentCode] = [url, code];
        opening()
          .start(0)
          .catch((error: unknown) => process.stderr.write(`sync: ${String(error)}\n`));
      },
      disconnect: async () => opened?.stop(),
      sell: async (sales) => opened?.sell(sales),
      itemCount: async () => {
        const at = opened?.store.cut().at ?? 0;
        return at === 0 ? 0 : (opened?.store.readPrefix(ITEM, '', at, Infinity).length ?? 0);
      },
      goodsOf: async (skus) => {
        const store = opened?.store;
        const at = store?.cut().at ?? 0;
        return skus.map((sku) => {
          const [item] = store?.readEntity(ITEM, sku, at) ?? [];
          const [price] = store?.readEntity(PRICE, priceKey(sku, 'regular'), at) ?? [];
          return item && { cents: numberOf(price?.fields.get(1)), maximumPerSale: numberOf(item.fields.get(MAXIMUM)) };
        });
      },
    };
  },
};
