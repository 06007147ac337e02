/** The status line: what the sync worker last said of the hub, and what the disk says of the ledger. */
import type { ReplicaStatus, ReplicaStore } from '@holdfast/sync';

import type { Status } from '../shared/till-contract.ts';

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
export const SILENT: Pick<ReplicaStatus, 'connected' | 'offlineSinceMs' | 'applying' | 'setAside' | 'problem'> = {
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
  const isFirstCatalogue = replica.applying !== null && store.cut().at === 0;
  return {
    lane: identity === null ? '' : String(identity.lane),
    store: identity?.store ?? '',
    ...facts,
    hub,
    ...(replica.offlineSinceMs !== null && { offlineSinceMs: replica.offlineSinceMs }),
    waitingEntries: waiting.entries,
    setAside: replica.setAside,
    ...(replica.problem !== null && { problem: replica.problem }),
    ...(isFirstCatalogue &&
      replica.applying !== null && { catalogueProgress: { done: replica.applying.cellsApplied, total: replica.applying.cellsTotal } }),
    devices,
  };
}
