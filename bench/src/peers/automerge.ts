/** Automerge by automerge-repo and its WebSocket adapters: one document for a shop. */
import { ImmutableString } from '@automerge/automerge';
import { Repo, type DocHandle, type AutomergeUrl } from '@automerge/automerge-repo';
import { WebSocketClientAdapter, WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey } from './workload.ts';

interface Shop {
  readonly items: Record<string, { cents: number }>;
  readonly sales: Record<string, unknown>;
}

/** Strings that nobody edits letter by letter: a single value each, as Automerge's documentation advises. */
function immutable(value: unknown): unknown {
  if (typeof value === 'string') return new ImmutableString(value);
  if (Array.isArray(value)) return value.map(immutable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [[name, immutable(each)] as const])),
  );
}

export const automerge: Peer = {
  setting: 'in memory, one document, strings as single values, permessage-deflate on',
  openShop: async ({ items }) => {
    const server = createPeerSocketServer();
    const port = await listen(server);
    // Its types are of an older `ws` than the one installed here.
    const repo = new Repo({ network: [new WebSocketServerAdapter(server as never)] });
    const handle: DocHandle<Shop> = repo.create<Shop>({ items: {}, sales: {} });
    handle.change((shop) => {
      for (const { sku, ...item } of items) shop.items[sku] = immutable(item) as { cents: number };
    });
    const setPrice = (shop: Shop, sku: string, cents: number): void => {
      const item = shop.items[sku];
      if (item !== undefined) item.cents = cents;
    };
    return {
      port,
      code: handle.url,
      reprice: async (prices) => {
        handle.change((shop) => {
          for (const [sku, cents] of prices) setPrice(shop, sku, cents);
        });
      },
      saleKeys: async () => Object.keys(handle.doc().sales),
    };
  },
  openLane: async ({ sales }) => {
    const repo = new Repo({ network: [] });
    let adapter: WebSocketClientAdapter | null = null;
    let handle: DocHandle<Shop> | null = null;
    return {
      connect: async (url, code) => {
        adapter = new WebSocketClientAdapter(url.replace(/^http/, 'ws'));
        repo.networkSubsystem.addNetworkAdapter(adapter);
        if (handle !== null) return;
        await adapter.whenReady();
        repo.find<Shop>(code as AutomergeUrl).then(
          (found) => (handle = found),
          (error: unknown) => process.stderr.write(`document: ${String(error)}\n`),
        );
      },
      disconnect: async () => {
        if (adapter !== null) repo.networkSubsystem.removeNetworkAdapter(adapter);
        adapter = null;
      },
      sell: async () => {
        handle?.change((shop) => {
          for (const sale of sales) shop.sales[saleKey(sale)] = immutable(sale.fields);
        });
      },
      itemCount: async () => (handle === null ? 0 : Object.keys(handle.doc().items).length),
      pricesOf: async (skus) => {
        const items = handle?.doc().items;
        return skus.map((sku) => items?.[sku]?.cents);
      },
    };
  },
};
