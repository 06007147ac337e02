/**
 * What devices and the hub exchange, by the quarter of an hour: how often, and how many bytes of their connections. Counted in memory, where a request costs nothing by it, and added to the database every few seconds: a hub that dies loses the
 * last of them, and nothing else rests on these figures.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock, Timers } from '@holdfast/base';
import type { Logger } from 'pino';

import type { Database } from '../db/database.ts';

export interface ContactLogPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly tenantNo: number;
}

export interface ContactLog {
  /** Counts what goes over the connection until the answer is out. */
  follow(device: string, request: IncomingMessage, response: ServerResponse): void;
  /** One exchange that is no request. */
  count(device: string, bytesUp: number, bytesDown: number): void;
  /** What was counted stands in the database when this resolves. */
  flush(): Promise<void>;
  /** Older spells go. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

export const SPELL_MS = 15 * 60_000;
export const KEPT_MS = 48 * 60 * 60_000;
const FLUSH_MS = 10_000;

interface Counted {
  readonly device: string;
  readonly fromMs: number;
  lastAtMs: number;
  exchanges: number;
  bytesUp: number;
  bytesDown: number;
}

export function createContactLog(ports: ContactLogPorts): ContactLog {
  const { clock, database, tenantNo } = ports;
  let counted = new Map<string, Counted>();
  /** Of a connection that goes on: what was counted of it. */
  const before = new WeakMap<object, { readonly read: number; readonly written: number }>();
  let cancel = (): void => {};
  let isStopped = false;

  const add = (device: string, bytesUp: number, bytesDown: number): void => {
    const atMs = clock.nowMs();
    const fromMs = atMs - (atMs % SPELL_MS);
    const key = `${device} ${fromMs}`;
    const spell = counted.get(key) ?? { device, fromMs, lastAtMs: atMs, exchanges: 0, bytesUp: 0, bytesDown: 0 };
    spell.lastAtMs = Math.max(spell.lastAtMs, atMs);
    spell.exchanges += 1;
    spell.bytesUp += bytesUp;
    spell.bytesDown += bytesDown;
    counted.set(key, spell);
  };

  const flush = async (): Promise<void> => {
    const spells = [...counted.values()];
    if (spells.length === 0) return;
    counted = new Map();
    await database.execute(
      `INSERT INTO device_contact AS held (tenant_no, device, from_ms, last_at_ms, exchanges, bytes_up, bytes_down, held_lsn)
       SELECT $1, x.device, x."fromMs", x."lastAtMs", x.exchanges, x."bytesUp", x."bytesDown", d.held_lsn
       FROM jsonb_to_recordset($2::jsonb) AS x (device text, "fromMs" bigint, "lastAtMs" bigint, exchanges bigint, "bytesUp" bigint, "bytesDown" bigint)
       JOIN device d ON d.device = x.device AND d.tenant_no = $1
       ON CONFLICT (tenant_no, device, from_ms) DO UPDATE SET last_at_ms = greatest(held.last_at_ms, excluded.last_at_ms),
         exchanges = held.exchanges + excluded.exchanges, bytes_up = held.bytes_up + excluded.bytes_up,
         bytes_down = held.bytes_down + excluded.bytes_down, held_lsn = excluded.held_lsn`,
      [tenantNo, JSON.stringify(spells.toSorted((left, right) => (left.device < right.device ? -1 : 1)))],
    );
  };

  let flushing: Promise<void> = Promise.resolve();
  const flushSoon = (): void => {
    cancel = ports.timers.after(FLUSH_MS, () => {
      flushing = flush()
        .catch((error: unknown) => ports.logger.warn({ err: error }, 'what devices exchanged with the hub was not kept'))
        .finally(() => {
          if (!isStopped) flushSoon();
        });
    });
  };
  flushSoon();

  return {
    follow: (device, { socket }, response) => {
      response.once('close', () => {
        const was = before.get(socket) ?? { read: 0, written: 0 };
        before.set(socket, { read: socket.bytesRead, written: socket.bytesWritten });
        add(device, socket.bytesRead - was.read, socket.bytesWritten - was.written);
      });
    },
    count: add,
    flush,
    forget: async () => {
      await database.execute('DELETE FROM device_contact WHERE tenant_no = $1 AND from_ms < $2', [tenantNo, clock.nowMs() - KEPT_MS]);
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await flushing;
      await flush().catch(() => undefined);
    },
  };
}
