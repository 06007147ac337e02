/** What each peer has to do, and nothing of how: a shop that publishes goods and takes sales, and lanes that sell. Each runs in a process of its own, with a line between them. */
import type { EntryDraft } from '@holdfast/sync';

import type { Item, PeerWorkload } from './workload.ts';

/** The headquarters' end. */
export interface PeerShop {
  readonly port: number;
  /** What lets one more lane in, where something has to. */
  admit?(): Promise<string>;
  /** The process that works, where it is not this one. */
  readonly pid?: number;
  /** SKU → new price. Urgent ones are wanted first, where that can be said. */
  reprice(prices: ReadonlyMap<string, number>, isUrgent: boolean): Promise<void>;
  /** As they stand now, whether they were there or not. */
  put(items: readonly Item[]): Promise<void>;
  remove(skus: readonly string[]): Promise<void>;
  saleKeys(): Promise<readonly string[]>;
}

/** What a lane shows of an article. */
export interface HeldItem {
  readonly cents: number | undefined;
  readonly maximumPerSale: number | undefined;
}

export interface PeerLane {
  /** Begins to sync with whoever answers at these addresses, and goes on until `disconnect`. */
  connect(urls: readonly string[], code: string): Promise<void>;
  disconnect(): Promise<void>;
  /** While nobody is reached; what outlives the process has been written when it resolves. */
  sell(sales: readonly EntryDraft[]): Promise<void>;
  itemCount(): Promise<number>;
  /** In this order; undefined where there is none. */
  goodsOf(skus: readonly string[]): Promise<readonly (HeldItem | undefined)[]>;
  /** From now on other lanes reach it by this port, and what it learns of one it hands on to the others. */
  serve?(): Promise<number>;
  saleKeys?(): Promise<readonly string[]>;
}

/** Where a lane's data lies that outlives its process. */
export interface PeerDisk {
  readonly folder: string;
  /** What let it in, once it has been in. */
  readonly code: string;
}

export interface Peer {
  /** What was chosen among its settings, and where that is documented. */
  readonly setting: string;
  /** Why its lanes cannot outlive their process. */
  readonly withoutDisk?: string;
  openShop(workload: PeerWorkload): Promise<PeerShop>;
  openLane(workload: PeerWorkload, disk?: PeerDisk): Promise<PeerLane>;
}

export const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  Holdfast: async () => (await import('./holdfast.ts')).holdfast,
  PouchDB: async () => (await import('./pouchdb.ts')).pouchdb,
  RxDB: async () => (await import('./rxdb.ts')).rxdb,
  TinyBase: async () => (await import('./tinybase.ts')).tinybase,
  Yjs: async () => (await import('./yjs.ts')).yjs,
  Automerge: async () => (await import('./automerge.ts')).automerge,
};
