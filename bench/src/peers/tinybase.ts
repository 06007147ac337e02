/** TinyBase: mergeable stores, a WebSocket server that hands on, and synchronizers. The headquarters' store is a client of the server beside it; only the lane's line is counted. */
import { join as joined } from 'node:path';

import { assert } from '@holdfast/base';
import Database from 'better-sqlite3';
import { createMergeableStore, type MergeableStore } from 'tinybase';
import { createBetterSqlite3Persister } from 'tinybase/persisters/persister-better-sqlite3';
import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';
import { createWsServer } from 'tinybase/synchronizers/synchronizer-ws-server';
import { WebSocket } from 'ws';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

/** The default of one second is for small documents: whoever waits longer asks again, and gets all of it twice. */
const REQUEST_TIMEOUT_S = 600;

/** No message may hold more than 16 MiB, and what a new lane asks for comes in one: many goods lie in several stores, with a path and a connection each. */
const MOST_ITEMS = 12_500;

interface Shards {
  readonly all: readonly MergeableStore[];
  /** Where an article or a sale lies. */
  readonly of: (key: string) => MergeableStore;
}

function shardsOf(all: readonly MergeableStore[]): Shards {
  return {
    all,
    of: (key) => {
      let hash = 0;
      for (const letter of key) hash = (hash * 31 + letter.charCodeAt(0)) % 65_521;
      const store = all[hash % all.length];
      assert(store !== undefined, 'there is a store');
      return store;
    },
  };
}

const shardCount = (items: readonly Item[]): number => Math.max(1, Math.ceil(items.length / MOST_ITEMS));

const join = async (store: MergeableStore, url: string, shard: number) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/shop${shard}`, { maxPayload: 2 ** 30 });
  const synchronizer = await createWsSynchronizer(store, socket, REQUEST_TIMEOUT_S, undefined, undefined, (error) =>
    process.stderr.write(`synchronizer: ${String(error)}\n`),
  );
  return synchronizer;
};

/** A server that hands on, and the stores as clients of it. */
async function serve({ all }: Shards): Promise<number> {
  const server = createPeerSocketServer();
  createWsServer(server);
  const port = await listen(server);
  const url = `ws://127.0.0.1:${port}`;
  for (const [shard, store] of all.entries()) {
    // What a store asks first is waited for until somebody answers, and meanwhile it hears nothing of others: one that holds nothing answers, and goes.
    const witness = await join(createMergeableStore('witness'), url, shard);
    await witness.startAutoSave();
    const synchronizer = await join(store, url, shard);
    await synchronizer.startSync();
    await witness.destroy();
  }
  return port;
}

function inEach<T>(
  shards: Shards,
  entries: Iterable<T>,
  keyOf: (entry: T) => string,
  write: (store: MergeableStore, entry: T) => void,
): void {
  const byStore = new Map<MergeableStore, T[]>();
  for (const entry of entries) {
    const store = shards.of(keyOf(entry));
    const its = byStore.get(store) ?? [];
    its.push(entry);
    byStore.set(store, its);
  }
  for (const [store, its] of byStore)
    store.transaction(() => {
      for (const entry of its) write(store, entry);
    });
}

const put = (shards: Shards, items: readonly Item[]): void =>
  inEach(
    shards,
    items,
    ({ sku }) => sku,
    (store, { sku, ...item }) => store.setPartialRow('items', sku, item),
  );

interface Opened {
  readonly shards: Shards;
  readonly written: () => Promise<void>;
}

async function openShards(count: number, folder: string | undefined): Promise<Opened> {
  const each = Array.from({ length: count }, (_, shard) => ({ shard, store: createMergeableStore() }));
  const shards = shardsOf(each.map(({ store }) => store));
  if (folder === undefined) return { shards, written: async () => undefined };
  const persisters = each.map(({ shard, store }) =>
    createBetterSqlite3Persister(store, new Database(joined(folder, `lane${shard}.db`)), 'lane'),
  );
  for (const persister of persisters) {
    await persister.load();
    await persister.startAutoSave();
  }
  return {
    shards,
    written: async () => {
      for (const persister of persisters) await persister.save();
    },
  };
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const saleKeysOf = ({ all }: Shards): readonly string[] => all.flatMap((store) => store.getRowIds('sales'));

export const tinybase: Peer = {
  setting: `in memory, with its better-sqlite3 persister where it is killed; a cell for each field, a store for each ${MOST_ITEMS.toLocaleString('en')} goods, request timeout ${REQUEST_TIMEOUT_S} s, permessage-deflate on; among lanes each one serves, and joins the others`,
  openShop: async ({ items }) => {
    const shards = shardsOf(Array.from({ length: shardCount(items) }, () => createMergeableStore()));
    put(shards, items);
    return {
      port: await serve(shards),
      reprice: async (prices) =>
        inEach(
          shards,
          prices,
          ([sku]) => sku,
          (store, [sku, cents]) => store.setCell('items', sku, 'cents', cents),
        ),
      put: async (changed) => put(shards, changed),
      remove: async (skus) =>
        inEach(
          shards,
          skus,
          (sku) => sku,
          (store, sku) => store.delRow('items', sku),
        ),
      saleKeys: async () => saleKeysOf(shards),
    };
  },
  openLane: async ({ items }, disk) => {
    const { shards, written } = await openShards(shardCount(items), disk?.folder);
    let running: readonly Awaited<ReturnType<typeof join>>[] = [];
    return {
      connect: async (urls) => {
        running = await Promise.all(urls.flatMap((url) => shards.all.map((store, shard) => join(store, url, shard))));
        for (const each of running) each.startSync().catch((error: unknown) => process.stderr.write(`synchronizer: ${String(error)}\n`));
      },
      disconnect: async () => {
        for (const each of running) await each.destroy();
        running = [];
      },
      sell: async (sales) => {
        inEach(shards, sales, saleKey, (store, sale) => store.setRow('sales', saleKey(sale), { sale: JSON.stringify(sale.fields) }));
        await written();
      },
      itemCount: async () => shards.all.reduce((sum, store) => sum + store.getRowCount('items'), 0),
      goodsOf: async (skus) =>
        skus.map((sku) => {
          const store = shards.of(sku);
          return store.hasRow('items', sku)
            ? {
                cents: numberOf(store.getCell('items', sku, 'cents')),
                maximumPerSale: numberOf(store.getCell('items', sku, 'maximumPerSale')),
              }
            : undefined;
        }),
      serve: () => serve(shards),
      saleKeys: async () => saleKeysOf(shards),
    };
  },
};
