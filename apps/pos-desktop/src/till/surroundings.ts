/** The status line: what the sync worker last said of the hub, and what the disk says of the ledger. */
import type { ReplicaStore } from '@holdfast/sync';

import type { Status } from '../shared/till-contract.ts';
import type { ToldStatus } from './sync/status-news.ts';

/** What the till itself knows of its store and its day. */
export interface StoreFacts extends Pick<
  Status,
  | 'operator'
  | 'operatorName'
  | 'operatorRoles'
  | 'signOn'
  | 'rightsOver'
  | 'dropDue'
  | 'rolledFrom'
  | 'basketsTwice'
  | 'basketLost'
  | 'shift'
  | 'training'
  | 'mailsReceipts'
  | 'leaveWishes'
  | 'leaveAnswered'
  | 'businessDate'
  | 'items'
  | 'catalogueAt'
  | 'timeZone'
  | 'storeName'
  | 'waitingSales'
> {}

/** Until the worker has spoken for the first time. */
export const SILENT: ToldStatus = {
  connected: false,
  offlineSinceMs: null,
  applying: null,
  setAside: 0,
  problem: null,
};

export function describeSurroundings(
  store: ReplicaStore,
  replica: typeof SILENT,
  facts: StoreFacts,
  devices: Status['devices'] = [],
): Status {
  const identity = store.identity();
  const waiting = store.waiting();
  const hub =
    identity === null ? 'notEnrolled' : replica.connected ? 'connected' : replica.offlineSinceMs === null ? 'connecting' : 'offline';
  const progress = store.cut().at === 0 ? replica.applying : null;
  return {
    lane: identity === null ? '' : String(identity.lane),
    store: identity?.store ?? '',
    ...facts,
    hub,
    ...(replica.offlineSinceMs !== null && { offlineSinceMs: replica.offlineSinceMs }),
    waitingEntries: waiting.entries,
    setAside: replica.setAside,
    ...(replica.problem !== null && { problem: replica.problem }),
    ...(progress !== null && { catalogueProgress: { done: progress.cellsApplied, total: progress.cellsTotal } }),
    devices,
  };
}

/** A second till that runs as this lane, on a copy of its disk, stands beside what hangs on it: on the lane's own line, and at headquarters. */
export const copiesStatus = (copies: readonly string[]): Status['devices'] =>
  copies.length === 0
    ? []
    : [{ device: 'lane', state: 'down', detail: `another till runs as this lane at ${copies.join(' and ')}`, reason: 'runsTwice' }];
