/** What each peer has to do, and nothing of how: a shop that publishes goods and takes sales, and a lane that sells. The two run in processes of their own, with a line between them. */
import type { PeerWorkload } from './workload.ts';

/** The headquarters' end. */
export interface PeerShop {
  readonly port: number;
  /** What lets a lane in, where something has to. */
  readonly code?: string;
  /** The process that works, where it is not this one. */
  readonly pid?: number;
  /** SKU → new price. Urgent ones are wanted first, where that can be said. */
  reprice(prices: ReadonlyMap<string, number>, isUrgent: boolean): Promise<void>;
  saleKeys(): Promise<readonly string[]>;
}

export interface PeerLane {
  /** Begins to sync, and goes on until `disconnect`. */
  connect(url: string, code: string): Promise<void>;
  disconnect(): Promise<void>;
  /** All that was sold, while nobody is reached. */
  sell(): Promise<void>;
  itemCount(): Promise<number>;
  /** In cents, in this order. */
  pricesOf(skus: readonly string[]): Promise<readonly (number | undefined)[]>;
}

export interface Peer {
  /** What was chosen among its settings, and where that is documented. */
  readonly setting: string;
  openShop(workload: PeerWorkload): Promise<PeerShop>;
  openLane(workload: PeerWorkload): Promise<PeerLane>;
}

export const PEERS: Readonly<Record<string, () => Promise<Peer>>> = {
  Holdfast: async () => (await import('./holdfast.ts')).holdfast,
  PouchDB: async () => (await import('./pouchdb.ts')).pouchdb,
  RxDB: async () => (await import('./rxdb.ts')).rxdb,
  TinyBase: async () => (await import('./tinybase.ts')).tinybase,
  Yjs: async () => (await import('./yjs.ts')).yjs,
  Automerge: async () => (await import('./automerge.ts')).automerge,
};
