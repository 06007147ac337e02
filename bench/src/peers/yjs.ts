/** Yjs with y-websocket; at the headquarters the same protocol by y-protocols, as its documentation shows for servers of one's own. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { WebSocket } from 'ws';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

import { createPeerSocketServer, listen } from './listen.ts';
import type { Peer } from './peer.ts';
import { saleKey } from './workload.ts';

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

export const yjs: Peer = {
  setting: 'in memory; a map of goods as plain values, one of prices by SKU, one of sales; permessage-deflate on',
  openShop: async ({ items }) => {
    const document = new Y.Doc();
    const [goods, prices, sales] = [document.getMap('items'), document.getMap('prices'), document.getMap('sales')];
    document.transact(() => {
      for (const { sku, cents, ...item } of items) {
        goods.set(sku, item);
        prices.set(sku, cents);
      }
    });
    const server = createPeerSocketServer();
    server.on('connection', (socket) => serveDocument(document, socket));
    return {
      port: await listen(server),
      reprice: async (changed) => {
        document.transact(() => {
          for (const [sku, cents] of changed) prices.set(sku, cents);
        });
      },
      saleKeys: async () => [...sales.keys()],
    };
  },
  openLane: async ({ sales }) => {
    const document = new Y.Doc();
    const [goods, prices, sold] = [document.getMap('items'), document.getMap('prices'), document.getMap('sales')];
    let provider: WebsocketProvider | null = null;
    return {
      connect: async (url) => {
        const options = { disableBc: true, WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket };
        provider = new WebsocketProvider(url.replace(/^http/, 'ws'), 'shop', document, options);
      },
      disconnect: async () => {
        provider?.destroy();
        provider = null;
      },
      sell: async () => {
        document.transact(() => {
          for (const sale of sales) sold.set(saleKey(sale), sale.fields);
        });
      },
      itemCount: async () => goods.size,
      pricesOf: async (skus) => skus.map((sku) => prices.get(sku) as number | undefined),
    };
  },
};
