/** Automerge by automerge-repo and its WebSocket adapters: one document for a shop. */
import { ImmutableString } from '@automerge/automerge';
import { Repo, type DocHandle, type AutomergeUrl } from '@automerge/automerge-repo';
import { WebSocketClientAdapter, WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { WebSocket } from 'ws';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

interface StoredItem {
  cents: number;
  maximumPerSale?: number;
}

interface Shop {
  readonly items: Record<string, StoredItem>;
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

function putItem({ items }: Shop, { sku, ...item }: Item): void {
  const there = items[sku];
  if (there === undefined) {
    items[sku] = immutable(item) as StoredItem;
    return;
  }
  if (there.cents !== item.cents) there.cents = item.cents;
  if (item.maximumPerSale !== undefined) there.maximumPerSale = item.maximumPerSale;
}

interface Server {
  readonly port: number;
  /** Whoever comes before is turned away, and comes again: to look for a document a repo waits until each of its adapters was reached by somebody. */
  readonly open: () => void;
}

async function createServer(repo: Repo): Promise<Server> {
  const server = createPeerSocketServer();
  const port = await listen(server);
  const turnAway = (socket: WebSocket): void => socket.terminate();
  server.on('connection', turnAway);
  const open = (): void => {
    server.off('connection', turnAway);
    // Its types are of an older `ws` than the one installed here.
    repo.networkSubsystem.addNetworkAdapter(new WebSocketServerAdapter(server as never, KEEP_ALIVE_MS));
  };
  return { port, open };
}

/** An adapter has it among lanes, which turn one another away at first. Over a line it has its own five seconds: one that tries again before the line has brought its answer opens connections for ever. */
const RETRY_MS = 500;
/** Five seconds unless it is told so: on a narrow line the question whether somebody is still there waits behind the document, and who does not answer is cut off. */
const KEEP_ALIVE_MS = 600_000;
const LOOK_MS = 10;

export const automerge: Peer = {
  setting:
    'in memory, with its storage of files where it is killed; one document, strings as single values, permessage-deflate on, whoever answers no ping cut off after ten minutes; among lanes each one serves, and reaches the others by its WebSocket adapters',
  openShop: async ({ items }) => {
    const repo = new Repo({ network: [] });
    const { port, open } = await createServer(repo);
    open();
    const handle: DocHandle<Shop> = repo.create<Shop>({ items: {}, sales: {} });
    const put = async (changed: readonly Item[]): Promise<void> =>
      handle.change((shop) => {
        for (const item of changed) putItem(shop, item);
      });
    await put(items);
    return {
      port,
      admit: async () => handle.url,
      reprice: async (prices) => {
        handle.change((shop) => {
          for (const [sku, cents] of prices) {
            const item = shop.items[sku];
            if (item !== undefined) item.cents = cents;
          }
        });
      },
      put,
      remove: async (skus) => {
        handle.change((shop) => {
          for (const sku of skus) delete shop.items[sku];
        });
      },
      saleKeys: async () => Object.keys(handle.doc().sales),
    };
  },
  openLane: async (_, disk) => {
    const repo = new Repo({ network: [], ...(disk !== undefined && { storage: new NodeFSStorageAdapter(disk.folder) }) });
    const adapters: WebSocketClientAdapter[] = [];
    let server: Server | null = null;
    let handle: DocHandle<Shop> | null = disk === undefined || disk.code === '' ? null : await repo.find<Shop>(disk.code as AutomergeUrl);
    return {
      connect: async (urls, code) => {
        const join = (url: string): WebSocketClientAdapter => {
          const adapter = new WebSocketClientAdapter(url.replace(/^http/, 'ws'), urls.length > 1 ? RETRY_MS : undefined);
          repo.networkSubsystem.addNetworkAdapter(adapter);
          adapters.push(adapter);
          return adapter;
        };
        if (handle !== null) return urls.forEach(join);
        // The first of them has it.
        const [first, ...others] = urls;
        if (first === undefined) return;
        await join(first).whenReady();
        const takeIn = async (): Promise<void> => {
          // What takes longer than a minute to come it calls unavailable meanwhile, and finds once it is there.
          while (handle === null) {
            handle = await repo.find<Shop>(code as AutomergeUrl).catch(() => null);
            if (handle === null) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          }
          server?.open();
          others.forEach(join);
        };
        takeIn().catch((error: unknown) => process.stderr.write(`document: ${String(error)}\n`));
      },
      disconnect: async () => {
        for (const adapter of adapters.splice(0)) {
          // One that is closed while it connects ends the process.
          while (adapter.socket?.readyState === WebSocket.CONNECTING) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
          repo.networkSubsystem.removeNetworkAdapter(adapter);
        }
        if (disk !== undefined) await repo.flush();
      },
      sell: async (sales) => {
        handle?.change((shop) => {
          for (const sale of sales) shop.sales[saleKey(sale)] = immutable(sale.fields);
        });
        if (disk !== undefined) await repo.flush();
      },
      itemCount: async () => (handle === null ? 0 : Object.keys(handle.doc().items).length),
      goodsOf: async (skus) => {
        const items = handle?.doc().items;
        return skus.map((sku) => {
          const item = items?.[sku];
          return item && { cents: item.cents, maximumPerSale: item.maximumPerSale };
        });
      },
      serve: async () => {
        server = await createServer(repo);
        if (handle !== null) server.open();
        return server.port;
      },
      saleKeys: async () => (handle === null ? [] : Object.keys(handle.doc().sales)),
    };
  },
};
