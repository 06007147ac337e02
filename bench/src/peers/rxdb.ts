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
    maximumPerSale: { type: 'integer' },
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

async function serve(database: Awaited<ReturnType<typeof openDatabase>>): Promise<number> {
  const { server } = startWebsocketServer({ database, port: 0, host: '127.0.0.1', perMessageDeflate: true });
  return listen(server as WebSocketServer);
}

/** A connection that is not there after four seconds it closes and opens anew, and an error that nobody listens to would end the process. */
function goOn(error: Error): void {
  if (!error.message.includes('closed before the connection was established')) throw error;
  process.stderr.write(`connection: ${error.message}\n`);
}

export const rxdb: Peer = {
  setting: `in memory, WebSocket replication in batches of ${BATCH}, permessage-deflate on; among lanes each one serves, and replicates with the others`,
  withoutDisk: 'of its storages for Node those that are free and outlive a process are a trial of 500 documents or servers of databases',
  openShop: async ({ items }) => {
    const database = await openDatabase('shop');
    const { collections } = database;
    await collections.items.bulkInsert([...items]);
    return {
      port: await serve(database),
      reprice: async (prices) => {
        const found = await collections.items.findByIds([...prices.keys()]).exec();
        await collections.items.bulkUpsert([...found.values()].map((item) => ({ ...item.toJSON(), cents: prices.get(item.sku) ?? 0 })));
      },
      put: async (changed) => void (await collections.items.bulkUpsert([...changed])),
      remove: async (skus) => void (await collections.items.bulkRemove([...skus])),
      saleKeys: async () => (await collections.sales.find().exec()).map(({ key }) => key),
    };
  },
  openLane: async () => {
    process.on('uncaughtException', goOn);
    const database = await openDatabase('lane');
    const { collections } = database;
    let running: readonly RxReplicationState<never, unknown>[] = [];
    let sockets: readonly (() => unknown)[] = [];
    return {
      connect: async (urls) => {
        const states = await Promise.all(
          urls.flatMap((each) => {
            const options = { url: each.replace(/^http/, 'ws'), live: true, batchSize: BATCH };
            return [
              replicateWithWebsocketServer({ ...options, collection: collections.items, replicationIdentifier: `items of ${each}` }),
              replicateWithWebsocketServer({ ...options, collection: collections.sales, replicationIdentifier: `sales of ${each}` }),
            ];
          }),
        );
        running = states as unknown as typeof running;
        sockets = [collections.items, collections.sales].flatMap(({ onClose }) => onClose.splice(0));
      },
      disconnect: async () => {
        await Promise.all(running.map((state) => state.cancel()));
        // A replication that has been cancelled leaves its socket open until its collection is closed, and goes on hearing of all that changes.
        for (const close of sockets) close();
        sockets = [];
      },
      sell: async (sales) =>
        void (await collections.sales.bulkInsert(sales.map((sale) => ({ key: saleKey(sale), fields: plain(sale.fields) })))),
      itemCount: () => collections.items.count().exec(),
      goodsOf: async (skus) => {
        const found = await collections.items.findByIds([...skus]).exec();
        return skus.map((sku) => {
          const item = found.get(sku);
          return item && { cents: item.cents, maximumPerSale: item.maximumPerSale };
        });
      },
      serve: () => serve(database),
      saleKeys: async () => (await collections.sales.find().exec()).map(({ key }) => key),
    };
  },
};
