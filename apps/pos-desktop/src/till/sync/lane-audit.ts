/**
 * Compares this lane with the hub, once a day while nobody sells, and whenever the hub asks for it (SPEC: A-3). What differs is told to the hub, where people look, and logged here.
 */
import type { Clock, Hash, Logger, Random, Timers, Verifier } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';
import { audit, parseCheckpoint, type AuditReport, type Checkpoint, type ReplicaStore } from '@holdfast/sync';
import type { HttpTransport } from '@holdfast/sync/http';

import type { Connection } from '../database/connection.ts';
import { PAUSE_MS, type Selling } from '../selling/selling.ts';

export interface LaneAuditPorts {
  readonly db: Connection;
  readonly store: ReplicaStore;
  /** What this lane reads at its cut. */
  readonly scopes: () => readonly string[];
  readonly hub: Pick<HttpTransport, 'askAudit' | 'reportAudit'>;
  readonly hash: Hash;
  readonly verifier: Verifier;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly selling: Pick<Selling, 'quietMs'>;
  readonly withTurn: <T>(write: () => T) => T;
}

export interface LaneAudit {
  /** The hub wants it now. */
  wanted(): void;
  stop(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const LOOK_MS = 60 * 1_000;
/** The lanes of a company are not all compared in the same minute. */
const SPREAD_MS = 60 * 60 * 1_000;
/** What could not be asked, or was moved on by a publication, is tried again. */
const RETRY_MS = 5 * 60 * 1_000;
const TYPES = Object.values(ENTITY_TYPES).map(({ type }) => type);

export function createLaneAudit(ports: LaneAuditPorts): LaneAudit {
  const { db, store, clock, timers, logger } = ports;
  const rows = {
    read: db.prepare<[], { done_at_ms: number | null; checkpoint: string | null }>('SELECT done_at_ms, checkpoint FROM audit WHERE id = 1'),
    done: db.prepare('UPDATE audit SET done_at_ms = ? WHERE id = 1'),
    keep: db.prepare('UPDATE audit SET checkpoint = ? WHERE id = 1'),
  };
  let isStopping = false;
  let running: Promise<void> | undefined;
  let notBeforeMs = 0;

  const heldCheckpoint = (): Checkpoint | null => {
    const text = rows.read.get()?.checkpoint ?? null;
    const parsed = text === null ? null : parseCheckpoint(JSON.parse(text));
    return parsed?.ok === true ? parsed.value : null;
  };
  const pause = async (): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (isStopping || ports.selling.quietMs() >= PAUSE_MS) resolve();
        else timers.after(PAUSE_MS, look);
      };
      timers.after(0, look);
    });

  const tell = async (token: string, report: AuditReport): Promise<void> => {
    if (report.differences.length > 0) logger.error('this lane and the hub differ', { differences: report.differences });
    const told = await ports.hub.reportAudit(token, report);
    if (!told.ok) return void (notBeforeMs = clock.monotonicMs() + RETRY_MS);
    ports.withTurn(() => rows.done.run(clock.nowMs()));
    return undefined;
  };

  const run = async (token: string): Promise<void> => {
    const done = await audit({
      ...ports,
      types: TYPES,
      heldCheckpoint,
      keepCheckpoint: (checkpoint) => void ports.withTurn(() => rows.keep.run(JSON.stringify(checkpoint))),
      pause,
      ask: async (question) => {
        const answer = await ports.hub.askAudit(token, question);
        return answer.ok ? { ok: true, value: answer.value.value } : answer;
      },
    });
    if (isStopping) return;
    if (done.ok) await tell(token, done.value);
    // A catalogue that moved on is compared soon, not tomorrow.
    if (!done.ok || done.value.entities === null) notBeforeMs = clock.monotonicMs() + RETRY_MS;
  };

  const start = (): void => {
    const identity = store.identity();
    if (identity === null || isStopping || running !== undefined) return;
    running = run(identity.token)
      .catch((error: unknown) => {
        notBeforeMs = clock.monotonicMs() + RETRY_MS;
        logger.error('this lane could not be compared with the hub', { error });
      })
      .finally(() => (running = undefined));
  };

  const spreadMs = Math.floor((ports.random.bytes(2).reduce((sum, byte) => sum * 256 + byte, 0) * SPREAD_MS) / 2 ** 16);
  let cancel = (): void => {};
  const look = (): void => {
    const doneAtMs = rows.read.get()?.done_at_ms ?? null;
    // A clock that was set back by years must not put it off for years.
    const sinceMs = doneAtMs === null ? DAY_MS : Math.abs(clock.nowMs() - doneAtMs);
    const isDue = sinceMs >= DAY_MS && clock.monotonicMs() >= Math.max(notBeforeMs, spreadMs);
    if (isDue && ports.selling.quietMs() >= PAUSE_MS) start();
    cancel = timers.after(LOOK_MS, look);
  };
  cancel = timers.after(LOOK_MS, look);
  return {
    wanted: start,
    stop: async () => {
      isStopping = true;
      cancel();
      await running;
    },
  };
}
