/** PouchDB against express-pouchdb, PouchDB's own server, over CouchDB's replication protocol. */
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import expressPouchDB from 'express-pouchdb';
import httpAdapter from 'pouchdb-adapter-http';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import memoryAdapter from 'pouchdb-adapter-memory';
import PouchDB, { type PouchDocument, type PouchReplication } from 'pouchdb-core';
import replication from 'pouchdb-replication';

import { listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

const Pouch = PouchDB.plugin(memoryAdapter).plugin(leveldbAdapter).plugin(httpAdapter).plugin(replication);
const InMemory = Pouch.defaults({ adapter: 'memory' });
type Database = InstanceType<typeof Pouch>;
const BULK = 1_000;
/** What is under way when it is killed comes once more. */
const SMALL_BULK = 10;
/** "batch_size: … a higher value speeds up" (pouchdb.com/api.html#replication). */
const replicationIn = (batches: number) => ({ live: true, retry: true, batch_size: batches, batches_limit: 10 });
/** Not fewer revisions than it keeps by itself: what is deleted would be taken for a branch of what was there, and stay (pouchdb.com/api.html, "revs_limit"). */
const DATABASE = { auto_compaction: true } as const;

async function store(database: Database, documents: readonly PouchDocument[]): Promise<void> {
  for (let at = 0; at < documents.length; at += BULK) {
    const answers = await database.bulkDocs(documents.slice(at, at + BULK));
    const failed = answers.find(({ error }) => error !== undefined);
    if (failed !== undefined) throw new Error(`${failed.id}: ${String(failed.error)}`);
  }
}

async function put(database: Database, items: readonly Item[]): Promise<void> {
  const { rows } = await database.allDocs({ keys: items.map(({ sku }) => sku) });
  const revisions = new Map(rows.map(({ id, value }) => [id, value?.rev] as const));
  await store(
    database,
    items.map((item) => {
      const revision = revisions.get(item.sku);
      return { ...item, _id: item.sku, ...(revision !== undefined && { _rev: revision }) };
    }),
  );
}

/** It knows of databases that are opened after it. */
const serve = (named: string): RequestListener =>
  expressPouchDB(InMemory, {
    mode: 'minimumForPouchDB',
    inMemoryConfig: true,
    logPath: join(tmpdir(), `holdfast-peer-pouchdb-${named}.log`),
  });

const keysOf = async (database: Database): Promise<readonly string[]> => (await database.allDocs({})).rows.map(({ id }) => id);

export const pouchdb: Peer = {
  setting: `in memory, with its LevelDB adapter where it is killed; batches of ${BULK}, of ${SMALL_BULK} there, auto-compaction; express-pouchdb as "minimumForPouchDB", gzip on; among lanes each one serves, and replicates with the others both ways`,
  openShop: async ({ items }) => {
    const app = serve('shop');
    const [goods, sales] = [new InMemory('items', DATABASE), new InMemory('sales', DATABASE)];
    await put(goods, items);
    await sales.info();
    const change = async (skus: readonly string[], changed: (document: PouchDocument) => PouchDocument): Promise<void> => {
      const { rows } = await goods.allDocs({ include_docs: true, keys: skus });
      await store(
        goods,
        rows.flatMap(({ doc }) => (doc ? [changed(doc)] : [])),
      );
    };
    return {
      port: await listen(createServer(app)),
      reprice: (prices) =>
        change([...prices.keys()], (document) => ({ ...document, cents: prices.get((document as Item & PouchDocument).sku) })),
      put: (changed) => put(goods, changed),
      remove: (skus) => change(skus, ({ _id, _rev }) => ({ _id, ...(_rev !== undefined && { _rev }), _deleted: true })),
      saleKeys: () => keysOf(sales),
    };
  },
  openLane: async (_, disk) => {
    const open = (name: string): Database =>
      disk === undefined ? new InMemory(name, DATABASE) : new Pouch(join(disk.folder, name), { ...DATABASE, adapter: 'leveldb' });
    let app: RequestListener | null = null;
    const [goods, sales] = [open('items'), open('sales')];
    const options = replicationIn(disk === undefined ? BULK : SMALL_BULK);
    let running: readonly PouchReplication[] = [];
    return {
      connect: async (urls) => {
        running = urls.flatMap((url) => [
          Pouch.replicate(`${url}/items`, goods, options),
          Pouch.replicate(sales, `${url}/sales`, options),
          ...(app === null ? [] : [Pouch.replicate(goods, `${url}/items`, options), Pouch.replicate(`${url}/sales`, sales, options)]),
        ]);
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
        running = [];
      },
      sell: (sold) =>
        store(
          sales,
          sold.map((sale) => ({ ...sale.fields, _id: saleKey(sale) })),
        ),
      itemCount: async () => (await goods.info()).doc_count,
      goodsOf: async (skus) =>
        (await goods.allDocs({ include_docs: true, keys: skus })).rows.map(({ doc }) => {
          const item = doc as (Item & PouchDocument) | null | undefined;
          return item ? { cents: item.cents, maximumPerSale: item.maximumPerSale } : undefined;
        }),
      serve: () => {
        app ??= serve('lane');
        return listen(createServer(app));
      },
      saleKeys: () => keysOf(sales),
    };
  },
};
