/** Pictures of the lane's goods, brought behind everything else: of siblings first, so that a store's line carries each once, and of the hub (SPEC: D-18, N-11). */
import type { Hash, Logger, Timers } from '@holdfast/base';
import { createPictureCarrier, SIBLING_TRIES, type PictureCarrier, type PictureShelf, type ReplicaStore } from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

import type { Connection } from '../database/connection.ts';
import type { StoreLan } from '../lan/store-lan.ts';
import { PAUSE_MS, type Selling } from '../selling/selling.ts';

export interface PicturePorts {
  readonly db: Connection;
  readonly store: Pick<ReplicaStore, 'identity' | 'waiting'>;
  readonly hub: Pick<HttpTransport, 'fetchPicture'>;
  readonly lan: Pick<StoreLan, 'picture'> | null;
  readonly shelf: PictureShelf;
  readonly hash: Hash;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly selling: Pick<Selling, 'quietMs'>;
  readonly isConnected: () => boolean;
  /** A cut is on its way. */
  readonly isApplying: () => boolean;
}

export function bringPictures({ db, store, hub, lan, isConnected, ...ports }: PicturePorts): PictureCarrier {
  // Goods that have a PLU stand on keys before others do.
  const wanted = db
    .prepare<[], string>('SELECT picture FROM search_item WHERE picture IS NOT NULL GROUP BY picture ORDER BY min(tile_rank), min(docid)')
    .pluck();
  return createPictureCarrier({
    ...ports,
    wanted: () => wanted.all(),
    isIdle: () =>
      (isConnected() || lan !== null) && !ports.isApplying() && ports.selling.quietMs() >= PAUSE_MS && store.waiting().entries === 0,
    ask: async (name, tries) => {
      const given = tries < SIBLING_TRIES ? await lan?.picture(name) : undefined;
      if (given !== undefined) return given;
      const identity = store.identity();
      if (identity === null || !isConnected()) return 'later';
      const asked = await hub.fetchPicture(identity.token, name);
      if (asked.ok) return asked.value;
      return asked.error.type === 'refused' ? 'gone' : 'later';
    },
  });
}
