/** PouchDB against express-pouchdb, PouchDB's own server, over CouchDB's replication protocol. */
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import expressPouchDB from 'express-pouchdb';
import httpAdapter from 'pouchdb-adapter-http';
import memoryAdapter from 'pouchdb-adapter-memory';
import PouchDB, { type PouchDocument, type PouchReplication } from 'pouchdb-core';
import replication from 'pouchdb-replication';

import { listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

const Pouch = PouchDB.plugin(memoryAdapter).plugin(httpAdapter).plugin(replication);
const InMemory = Pouch.defaults({ adapter: 'memory' });
const BULK = 1_000;
/** "batch_size: … a higher value speeds up" (pouchdb.com/api.html#replication); one revision is enough where nobody branches. */
const REPLICATION = { live: true, retry: false, batch_size: BULK, batches_limit: 10 } as const;
const DATABASE = { auto_compaction: true, revs_limit: 1 } as const;

async function store(database: InstanceType<typeof InMemory>, documents: readonly PouchDocument[]): Promise<void> {
  for (let at = 0; at < documents.length; at += BULK) {
    const answers = await database.bulkDocs(documents.slice(at, at + BULK));
    const failed = answers.find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`${failed.id}: ${String(failed.error)}`);
  }
}

export const pouchdb: Peer = {
  setting: `in memory; batches of ${BULK}, one revision kept, auto-compaction; express-pouchdb as "minimumForPouchDB", gzip on`,
  openShop: async ({ items }) => {
    // It knows of databases that are opened after it.
    const app = expressPouchDB(InMemory, {
      mode: 'minimumForPouchDB',
      inMemoryConfig: true,
      logPath: join(tmpdir(), 'holdfast-peer-pouchdb.log'),
    });
    const [goods, sales] = [new InMemory('items', DATABASE), new InMemory('sales', DATABASE)];
    await store(
      goods,
      items.map((item) => ({ ...item, _id: item.sku })),
    );
    await sales.info();
    const change = async (prices: ReadonlyMap<string, number>): Promise<void> => {
      const { rows } = await goods.allDocs({ include_docs: true, keys: [...prices.keys()] });
      await store(
        goods,
        rows.flatMap(({ id, doc }) => (doc === undefined ? [] : [{ ...doc, cents: prices.get(id) }])),
      );
    };
    return {
      port: await listen(createServer(app)),
      reprice: change,
      saleKeys: async () => (await sales.allDocs({})).rows.map(({ id }) => id),
    };
  },
  openLane: async ({ sales: sold }) => {
    const [goods, sales] = [new InMemory('lane-items', DATABASE), new InMemory('lane-sales', DATABASE)];
    let running: readonly PouchReplication[] = [];
    return {
      connect: async (url) => {
        running = [Pouch.replicate(`${url}/items`, goods, REPLICATION), Pouch.replicate(sales, `${url}/sales`, REPLICATION)];
        for (const each of running) each.on('error', (error) => process.stderr.write(`replication: ${String(error)}\n`));
      },
      disconnect: async () => {
        await Promise.all(
          running.map(
            (each) =>
              new Promise<void>((resolve) => {
                each.on('complete', resolve);
                each.cancel();
              }),
          ),
        );
      },
      sell: () =>
        store(
          sales,
          sold.map((sale) => ({ ...sale.fields, _id: saleKey(sale) })),
        ),
      itemCount: async () => (await goods.info()).doc_count,
      pricesOf: async (skus) =>
        (await goods.allDocs({ include_docs: true, keys: skus })).rows.map(({ doc }) => (doc as (Item & PouchDocument) | undefined)?.cents),
    };
  },
};
