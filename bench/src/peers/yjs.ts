/** Yjs with y-websocket; at the headquarters the same protocol by y-protocols, as its documentation shows for servers of one's own. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { WebSocket } from 'ws';
import { LeveldbPersistence } from 'y-leveldb';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey, type Item } from './workload.ts';

const SYNC_MESSAGE = 0;

/** What `write` writes, as a message of the protocol. */
function messageOf(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC_MESSAGE);
  write(encoder);
  return encoding.toUint8Array(encoder);
}

function serveDocument(document: Y.Doc, socket: WebSocket): void {
  socket.binaryType = 'nodebuffer';
  const onUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin !== socket) socket.send(messageOf((encoder) => writeUpdate(encoder, update)));
  };
  document.on('update', onUpdate);
  socket.on('close', () => document.off('update', onUpdate));
  socket.on('message', (data: Buffer) => {
    const decoder = decoding.createDecoder(data);
    if (decoding.readVarUint(decoder) !== SYNC_MESSAGE) return;
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, SYNC_MESSAGE);
    readSyncMessage(decoder, encoder, document, socket);
    if (encoding.length(encoder) > 1) socket.send(encoding.toUint8Array(encoder));
  });
  socket.send(messageOf((encoder) => writeSyncStep1(encoder, document)));
}

/** Each in a map of its own, so that a price and a column that came later say nothing of the rest. */
function goodsOf(document: Y.Doc) {
  const [goods, prices, limits] = [document.getMap<unknown>('items'), document.getMap<number>('prices'), document.getMap<number>('limits')];
  return {
    put: (items: readonly Item[]): void =>
      document.transact(() => {
        for (const { sku, cents, maximumPerSale, ...item } of items) {
          if (!goods.has(sku)) goods.set(sku, item);
          if (prices.get(sku) !== cents) prices.set(sku, cents);
          if (maximumPerSale !== undefined) limits.set(sku, maximumPerSale);
        }
      }),
    remove: (skus: readonly string[]): void =>
      document.transact(() => {
        for (const sku of skus) for (const each of [goods, prices, limits]) each.delete(sku);
      }),
    reprice: (changed: ReadonlyMap<string, number>): void =>
      document.transact(() => {
        for (const [sku, cents] of changed) prices.set(sku, cents);
      }),
    count: (): number => goods.size,
    held: (sku: string) => (goods.has(sku) ? { cents: prices.get(sku), maximumPerSale: limits.get(sku) } : undefined),
  };
}

async function serve(document: Y.Doc): Promise<number> {
  const server = createPeerSocketServer();
  server.on('connection', (socket) => serveDocument(document, socket));
  return listen(server);
}

const NAME = 'shop';

/** What its file knows; and what comes from now on is written there. */
async function openDocument(folder: string | undefined): Promise<{ readonly document: Y.Doc; readonly written: () => Promise<void> }> {
  const document = new Y.Doc();
  if (folder === undefined) return { document, written: async () => undefined };
  const disk = new LeveldbPersistence(folder);
  Y.applyUpdate(document, Y.encodeStateAsUpdate(await disk.getYDoc(NAME)));
  let last: Promise<unknown> = Promise.resolve();
  document.on('update', (update: Uint8Array) => {
    last = disk.storeUpdate(NAME, update);
  });
  return { document, written: async () => void (await last) };
}

export const yjs: Peer = {
  setting:
    'in memory, with y-leveldb where it is killed; a map of goods as plain values, one of prices by SKU, one of sales; permessage-deflate on; among lanes each one serves, and reaches the others by y-websocket',
  openShop: async ({ items }) => {
    const document = new Y.Doc();
    const goods = goodsOf(document);
    goods.put(items);
    return {
      port: await serve(document),
      reprice: async (changed) => goods.reprice(changed),
      put: async (changed) => goods.put(changed),
      remove: async (skus) => goods.remove(skus),
      saleKeys: async () => [...document.getMap('sales').keys()],
    };
  },
  openLane: async (_, disk) => {
    const { document, written } = await openDocument(disk?.folder);
    const [goods, sold] = [goodsOf(document), document.getMap('sales')];
    let providers: readonly WebsocketProvider[] = [];
    return {
      connect: async (urls) => {
        const options = { disableBc: true, WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket };
        providers = urls.map((url) => new WebsocketProvider(url.replace(/^http/, 'ws'), NAME, document, options));
      },
      disconnect: async () => {
        for (const provider of providers) provider.destroy();
        providers = [];
      },
      sell: async (sales) => {
        document.transact(() => {
          for (const sale of sales) sold.set(saleKey(sale), sale.fields);
        });
        await written();
      },
      itemCount: async () => goods.count(),
      goodsOf: async (skus) => skus.map((sku) => goods.held(sku)),
      serve: () => serve(document),
      saleKeys: async () => [...sold.keys()],
    };
  },
};
