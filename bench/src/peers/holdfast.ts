/** Holdfast itself, measured as the others are: its hub as a process, and a lane's real sync over SQLite, in memory as theirs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ENTITY_TYPES, priceKey } from '@holdfast/domain';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';

import { csvOf, rowOf } from '../sync/goods.ts';
import { createSyncLane, type SyncLane } from '../sync/sync-lane.ts';
import type { Peer } from './peer.ts';

export const holdfast: Peer = {
  setting: 'hub on PGlite, a lane’s sync over SQLite in memory',
  openShop: async ({ items }) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-peer-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const publish = async (prices: ReadonlyMap<string, number>): Promise<void> => {
      const rows = items.flatMap(({ sku }, n) => (prices.has(sku) ? [rowOf(n, prices.get(sku) ?? 0)] : []));
      await api.importFile('catalog', csvOf(rows), { currency: 'EUR' }, () => undefined);
    };
    await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
    await publish(new Map(items.map(({ sku, cents }) => [sku, cents])));
    return {
      port: Number(new URL(hub.ready.url).port),
      code: hub.ready.enrolmentCode,
      pid: hub.ready.pid,
      reprice: async (prices, isUrgent) => {
        if (!isUrgent) return publish(prices);
        const cells = [...prices].map(([sku, amount]) => ({
          type: 'price',
          key: priceKey(sku, 'regular'),
          scope: 'global',
          fields: { amount, decimals: 2, currency: 'EUR' },
        }));
        await api.publish(cells, { urgent: true });
      },
      saleKeys: async () => {
        const { totals } = await api.verify();
        return Array.from({ length: totals.sales }, (_, n) => String(n));
      },
    };
  },
  openLane: async ({ sales }) => {
    let lane: SyncLane | null = null;
    let hubUrl = '';
    return {
      connect: async (url, code) => {
        hubUrl = url;
        lane ??= createSyncLane(() => hubUrl, code);
        lane.start(0).catch((error: unknown) => process.stderr.write(`sync: ${String(error)}\n`));
      },
      disconnect: async () => lane?.stop(),
      sell: async () => lane?.sell(sales),
      itemCount: async () => {
        const at = lane?.store.cut().at ?? 0;
        return at === 0 ? 0 : (lane?.store.readPrefix(ENTITY_TYPES.item.type, '', at, Infinity).length ?? 0);
      },
      pricesOf: async (skus) =>
        skus.map((sku) => {
          const [price] = lane?.store.readEntity(ENTITY_TYPES.price.type, priceKey(sku, 'regular'), lane.store.cut().at) ?? [];
          const cents = price?.fields.get(1);
          return typeof cents === 'number' ? cents : undefined;
        }),
    };
  },
};
