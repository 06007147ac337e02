/** TinyBase: mergeable stores, a WebSocket server that hands on, and synchronizers. The headquarters' store is a client of the server beside it; only the lane's line is counted. */
import { createMergeableStore, type MergeableStore } from 'tinybase';
import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client';
import { createWsServer } from 'tinybase/synchronizers/synchronizer-ws-server';
import { WebSocket } from 'ws';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey } from './workload.ts';

/** The default of one second is for small documents: whoever waits longer asks again, and gets all of it twice. */
const REQUEST_TIMEOUT_S = 600;

const join = async (store: MergeableStore, url: string) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/shop`, { maxPayload: 2 ** 30 });
  const synchronizer = await createWsSynchronizer(store, socket, REQUEST_TIMEOUT_S, undefined, undefined, (error) =>
    process.stderr.write(`synchronizer: ${String(error)}\n`),
  );
  return synchronizer;
};

export const tinybase: Peer = {
  setting: `in memory, a cell for each field, request timeout ${REQUEST_TIMEOUT_S} s, permessage-deflate on`,
  openShop: async ({ items }) => {
    const server = createPeerSocketServer();
    createWsServer(server);
    const port = await listen(server);
    const store = createMergeableStore('shop');
    store.transaction(() => {
      for (const { sku, ...item } of items) store.setRow('items', sku, item);
    });
    // What a store asks first is waited for until somebody answers, and meanwhile it hears nothing of others: one that holds nothing answers, and goes.
    const url = `ws://127.0.0.1:${port}`;
    const witness = await join(createMergeableStore('witness'), url);
    await witness.startAutoSave();
    const synchronizer = await join(store, url);
    await synchronizer.startSync();
    await witness.destroy();
    return {
      port,
      reprice: async (prices) => {
        store.transaction(() => {
          for (const [sku, cents] of prices) store.setCell('items', sku, 'cents', cents);
        });
      },
      saleKeys: async () => store.getRowIds('sales'),
    };
  },
  openLane: async ({ sales }) => {
    const store = createMergeableStore('lane');
    let running: Awaited<ReturnType<typeof join>> | null = null;
    return {
      connect: async (url) => {
        running = await join(store, url);
        running.startSync().catch((error: unknown) => process.stderr.write(`synchronizer: ${String(error)}\n`));
      },
      disconnect: async () => {
        await running?.destroy();
        running = null;
      },
      sell: async () => {
        store.transaction(() => {
          for (const sale of sales) store.setRow('sales', saleKey(sale), { sale: JSON.stringify(sale.fields) });
        });
      },
      itemCount: async () => store.getRowCount('items'),
      pricesOf: async (skus) =>
        skus.map((sku) => {
          const cents = store.getCell('items', sku, 'cents');
          return typeof cents === 'number' ? cents : undefined;
        }),
    };
  },
};
