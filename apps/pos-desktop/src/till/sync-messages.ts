/** What a till's main thread and its sync worker say to each other. Facts stand in the database; these only say that one should look. */
import type { ReplicaStatus } from '@holdfast/sync';

export interface SyncWorkerData {
  readonly folder: string;
  readonly turnMemory: SharedArrayBuffer;
}

export type ToSyncWorker = { readonly type: 'appended' } | { readonly type: 'stop' };

export type FromSyncWorker =
  | { readonly type: 'status'; readonly status: Pick<ReplicaStatus, 'connected' | 'offlineSinceMs' | 'applying' | 'setAside' | 'problem'> }
  | { readonly type: 'cut' }
  | { readonly type: 'stopped' };
