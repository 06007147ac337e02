/** RxDB: its own replication protocol over its WebSocket plugin, between two databases in memory. */
import { createRxDatabase, type RxCollection, type RxJsonSchema } from 'rxdb/plugins/core';
import type { RxReplicationState } from 'rxdb/plugins/replication';
import { replicateWithWebsocketServer, startWebsocketServer } from 'rxdb/plugins/replication-websocket';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { WebSocketServer } from 'ws';

import { listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

interface Sale {
  readonly key: string;
  readonly fields: unknown;
}

const text = { type: 'string' } as const;
const GOODS: RxJsonSchema<Item> = {
  version: 0,
  primaryKey: 'sku',
  type: 'object',
  properties: {
    sku: { ...text, maxLength: 20 },
    gtin: text,
    name: text,
    brand: text,
    category: text,
    cents: { type: 'integer' },
    currency: text,
    taxClass: text,
    unit: text,
  },
};
const SALES: RxJsonSchema<Sale> = {
  version: 0,
  primaryKey: 'key',
  type: 'object',
  properties: { key: { ...text, maxLength: 40 }, fields: { type: 'object', additionalProperties: true } },
};
/** "batchSize" of the documentation's examples is 5 to 100; larger ones need fewer round trips. */
const BATCH = 1_000;

interface Collections {
  readonly items: RxCollection<Item>;
  readonly sales: RxCollection<Sale>;
}

async function openDatabase(name: string) {
  const database = await createRxDatabase<Collections>({ name, storage: getRxStorageMemory(), multiInstance: false, allowSlowCount: true });
  await database.addCollections({ items: { schema: GOODS }, sales: { schema: SALES } });
  return database;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export const rxdb: Peer = {
  setting: `in memory, WebSocket replication in batches of ${BATCH}, permessage-deflate on`,
  openShop: async ({ items }) => {
    const database = await openDatabase('shop');
    const { collections } = database;
    await collections.items.bulkInsert([...items]);
    const { server } = startWebsocketServer({ database, port: 0, host: '127.0.0.1', perMessageDeflate: true });
    const priced = new Map(items.map((item) => [item.sku, item]));
    const change = async (prices: ReadonlyMap<string, number>): Promise<void> => {
      const changed = [...prices].flatMap(([sku, cents]) => {
        const item = priced.get(sku);
        return item === undefined ? [] : [{ ...item, cents }];
      });
      await collections.items.bulkUpsert(changed);
    };
    return {
      port: await listen(server as WebSocketServer),
      reprice: change,
      saleKeys: async () => (await collections.sales.find().exec()).map(({ key }) => key),
    };
  },
  openLane: async ({ sales }) => {
    const { collections } = await openDatabase('lane');
    let running: readonly RxReplicationState<never, unknown>[] = [];
    return {
      connect: async (url) => {
        const options = { url: url.replace(/^http/, 'ws'), live: true, batchSize: BATCH };
        const states = await Promise.all([
          replicateWithWebsocketServer({ ...options, collection: collections.items, replicationIdentifier: 'items' }),
          replicateWithWebsocketServer({ ...options, collection: collections.sales, replicationIdentifier: 'sales' }),
        ]);
        running = states as unknown as typeof running;
      },
      disconnect: async () => void (await Promise.all(running.map((state) => state.cancel()))),
      sell: async () =>
        void (await collections.sales.bulkInsert(sales.map((sale) => ({ key: saleKey(sale), fields: plain(sale.fields) })))),
      itemCount: () => collections.items.count().exec(),
      pricesOf: async (skus) => {
        const found = await collections.items.findByIds([...skus]).exec();
        return skus.map((sku) => found.get(sku)?.cents);
      },
    };
  },
};
