/**
 * What has moved, whichever replica moved it: entries that were folded, publications, calls to devices. Three numbers that only grow are read once a second, and at once where this
 * process moved one of them; who watches here hears of what lies between.
 */
import type { Timers } from '@holdfast/base';
import type { Logger } from 'pino';

import type { Database } from './db/database.ts';
import { salesSince, type SaleRow } from './ledger/sales.ts';

export interface TailPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Whether anybody asks for sales: without, none are read. */
  readonly isWatched: () => boolean;
  readonly onSales: (sales: readonly SaleRow[]) => void;
  /** `isUrgent`: something of it is. */
  readonly onPublished: (lsn: number, isUrgent: boolean) => void;
  /** Devices should ask for what no publication tells of (`callDevices`). */
  readonly onCalled: () => void;
}

export interface Tail {
  /** This process moved something. */
  look(): void;
  stop(): Promise<void>;
}

interface Heads {
  readonly entryNo: number;
  readonly lsn: number;
  readonly calls: number;
}

const LOOK_MS = 1_000;
/** Whoever watches sees the newest ones; all stand in the list of sales. */
const MAX_SALES = 200;

export function createTail(ports: TailPorts): Tail {
  const { database, tenantNo } = ports;
  let seen: Heads | undefined;
  let looking: Promise<void> | undefined;
  const state = { isWanted: false, isStopped: false };
  let cancel = (): void => undefined;

  const step = async (): Promise<void> => {
    const [heads] = await database.rows<Heads>(
      'SELECT s.entry_no AS "entryNo", t.lsn, t.device_calls AS calls FROM ledger_sequence s CROSS JOIN tenant t WHERE s.id = 1 AND t.tenant_no = $1',
      [tenantNo],
    );
    const before = seen;
    seen = heads;
    if (before === undefined || heads === undefined) return;
    if (heads.lsn > before.lsn) {
      const [urgent] = await database.rows('SELECT 1 FROM urgent_publication WHERE tenant_no = $1 AND lsn > $2 LIMIT 1', [
        tenantNo,
        before.lsn,
      ]);
      ports.onPublished(heads.lsn, urgent !== undefined);
    }
    if (heads.calls > before.calls) ports.onCalled();
    if (heads.entryNo > before.entryNo && ports.isWatched()) ports.onSales(await salesSince(database, tenantNo, before.entryNo, MAX_SALES));
  };

  const run = async (): Promise<void> => {
    while (state.isWanted && !state.isStopped) {
      state.isWanted = false;
      try {
        await step();
      } catch (error) {
        ports.logger.warn({ err: error }, 'what has moved could not be read');
      }
    }
  };

  const look = (): void => {
    state.isWanted = true;
    if (state.isStopped) return;
    looking ??= run().finally(() => {
      looking = undefined;
      if (state.isWanted) look();
    });
  };

  const tick = (): void => {
    look();
    cancel = ports.timers.after(LOOK_MS, tick);
  };
  tick();
  return {
    look,
    stop: async () => {
      state.isStopped = true;
      cancel();
      await looking;
    },
  };
}
