/** What a till's main thread and its sync worker say to each other. Facts stand in the database; these only say that one should look. */
import type { ReportedDevice } from '@holdfast/domain';
import type { PasscodeSecretsAnswer } from '@holdfast/sync';

import type { SiblingAnswer } from '../lan/store-lan.ts';
import type { SheetAnswer, SheetQuestion } from '../sheets/sheet-questions.ts';
import type { Wipe } from './lane-wipe.ts';
import type { ToldStatus } from './status-news.ts';

export interface SyncWorkerData {
  readonly folder: string;
  readonly turnMemory: SharedArrayBuffer;
}

export type ToSyncWorker =
  | { readonly type: 'appended' }
  | { readonly type: 'stop' }
  /** How what hangs on this lane is by now, for headquarters. */
  | { readonly type: 'devices'; readonly devices: readonly ReportedDevice[] }
  /** About stock-count sheets. */
  | { readonly type: 'askSheet'; readonly id: number; readonly question: SheetQuestion }
  /** A piece of a working document was written here. */
  | { readonly type: 'documentWritten' }
  /** A question for other lanes: for one of them, or for all that are there. */
  | { readonly type: 'ask'; readonly id: number; readonly question: string; readonly value: unknown; readonly device?: string }
  /** What this lane answers to `asked`; undefined: there is no such question. */
  | { readonly type: 'told'; readonly id: number; readonly value: unknown };

export type FromSyncWorker =
  | { readonly type: 'status'; readonly status: ToldStatus }
  | { readonly type: 'cut' }
  /** What passcodes are sealed with, as it came with the enrolment. */
  | { readonly type: 'passcodeSecrets'; readonly secrets: PasscodeSecretsAnswer }
  /** Undefined: it could not be found out. */
  | { readonly type: 'sheetAnswered'; readonly id: number; readonly answer: SheetAnswer | undefined }
  /** Pieces of working documents came from others. */
  | { readonly type: 'documents' }
  | { readonly type: 'answered'; readonly id: number; readonly answers: readonly SiblingAnswer[] }
  /** Another lane asks; `key`: what it signs with, as its certificate has it. */
  | {
      readonly type: 'asked';
      readonly id: number;
      readonly from: string;
      readonly key: Uint8Array;
      readonly question: string;
      readonly value: unknown;
    }
  /** Lanes that are heard: of each whose clock a hub corrected, by how much it is ahead of this one's; and where other tills run as this very lane. */
  | { readonly type: 'siblings'; readonly clocksAheadMs: readonly number[]; readonly copies: readonly string[] }
  /** Entries of other lanes were taken. */
  | { readonly type: 'siblingEntries' }
  /** Headquarters has this lane erased, and all of it is at the hub. */
  | { readonly type: 'wipe'; readonly wipe: Wipe }
  /** The database is damaged where only this thread reads. */
  | { readonly type: 'damaged' }
  | { readonly type: 'stopped' };
