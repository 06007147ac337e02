/**
 * What siblings say to each other, over connections on which both have shown their certificates (SPEC: N). Bodies are JSON, but for batch frames (`batch.ts`) and segments,
 * which are what they are on the way to the hub and from it.
 */
import type { Result } from '@holdfast/base';

import { isRole } from '../down/audience.ts';
import type { Position } from '../down/cells.ts';
import { isDevice, type SignedHead, type Vector } from '../replica/ledger.ts';
import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import {
  bool,
  byEpoch,
  count,
  epoch,
  hex,
  integer,
  list,
  object,
  parsing,
  refuse,
  text,
  type Check,
  type ProtocolError,
} from '../wire/json-checks.ts';
import { position } from '../wire/protocol.ts';
import { certificate, revocationList, type RevocationList } from './trust.ts';

export const NEIGHBOUR_PATHS = {
  /** POST Hello: 200 HelloAnswer. */
  hello: '/lan/v1/hello',
  /** POST EntriesRequest: 200 a batch frame; 404 where that line is not held. */
  entries: '/lan/v1/entries',
  /** POST SharedManifestRequest: 200 Manifest; 404. */
  manifest: '/lan/v1/manifest',
  /** GET …/:hash?waitMs=N: a segment frame, by Range; 404. */
  segments: '/lan/v1/segments',
  /** POST DocumentsRequest, as `document-frame.ts` says: 200 DocumentsAnswer; 404 by who has no documents. */
  documents: '/lan/v1/documents',
  /** POST …/:question, an app's own: 200 its JSON; 404. */
  ask: '/lan/v1/ask',
} as const;

/** Of JSON bodies, both ways. */
export const NEIGHBOUR_LIMITS = {
  bodyBytes: 8 * 1024 * 1024,
  askBytes: 2 * 1024 * 1024,
  heads: 20_000,
  devices: 10_000,
  waitMs: 20_000,
} as const;

/** What one sibling tells another of itself. */
export interface Hello {
  /** The last entry of each line that it holds, its own among them. */
  readonly heads: readonly SignedHead[];
  /** Devices whose certificates it holds. */
  readonly devices: readonly string[];
  /** Of its revocation list; 0: it has none. */
  readonly revocations: number;
  /** Where it listens itself; null: nowhere. */
  readonly port: number | null;
  /** It has reached the hub of late. */
  readonly isConnected: boolean;
  /** Of its own ledger, what the hub is known to hold. */
  readonly confirmed: Vector;
  /** Its clock as corrected by what the hub last said, and how far that may be off; null before it heard of any. */
  readonly clock: { readonly timeMs: number; readonly uncertaintyMs: number } | null;
  /** The process that tells, by a number drawn at its start, and the epoch that it appends to (SPEC: N-19); absent: it is an earlier build. */
  readonly process?: { readonly id: string; readonly epoch: string };
  /** Of the working documents that it holds (SPEC: W-5); absent: it is an earlier build, or has none of its own. */
  readonly documents?: string;
  /** Of lines that begin behind what their device has forgotten, as that device signed it (`signBegin`); absent: it knows of none. */
  readonly begins?: readonly SignedHead[];
  /** From where on whoever is new needs a ledger, as its device signed it (`signFoldCheckpoint`); absent: it knows of none. */
  readonly checkpoints?: readonly SignedHead[];
}

export interface HelloAnswer extends Hello {
  /** Those that the asker lacks, of devices among the heads. */
  readonly certificates: readonly string[];
  /** Where it is newer than the asker's. */
  readonly revocationList?: RevocationList;
}

export interface EntriesRequest {
  readonly device: string;
  readonly epoch: string;
  /** An entry of the line that is meant: the head that was told, by seq and hash (hex). */
  readonly tipSeq: number;
  readonly tip: string;
  readonly afterSeq: number;
  /** Of the entry there, hex, which the asker holds; empty at 0. Where the line says otherwise it is another history. */
  readonly afterHash: string;
}

export interface SharedManifestRequest {
  readonly position: Position;
  /** How long to wait for one, where there is none yet. */
  readonly waitMs: number;
  /** The form of what comes down (`DOWN_FORM`) that the asker reads; absent: 3. */
  readonly reads?: number;
  /** Of the asker: what another role is told is not for it (SPEC: S-4). Absent: `FIRST_ROLE`. */
  readonly role?: string;
  /** The LSN to which it was led from there already: it needs one that leads further. Absent: any. */
  readonly beyond?: number;
}

const device: Check<string> = (value, at) => (isDevice(value) ? value : refuse(at));

const head: Check<SignedHead> = (value, at) => {
  const json = object(value, at);
  return {
    device: device(json['device'], `${at}.device`),
    epoch: epoch(json['epoch'], `${at}.epoch`),
    seq: count(json['seq'], `${at}.seq`),
    hash: hexToBytes(hex(32)(json['hash'], `${at}.hash`)),
    signature: hexToBytes(hex(64)(json['signature'], `${at}.signature`)),
  };
};

const MAX_PORT = 65_535;
const port: Check<number | null> = (value, at) => {
  const number = value === null ? 0 : count(value, at);
  if (number > MAX_PORT || (value !== null && number === 0)) return refuse(at);
  return value === null ? null : number;
};

const clock: Check<Hello['clock']> = (value, at) => {
  if (value === null) return null;
  const json = object(value, at);
  return { timeMs: integer(json['timeMs'], `${at}.timeMs`), uncertaintyMs: count(json['uncertaintyMs'], `${at}.uncertaintyMs`) };
};

const runningProcess: Check<NonNullable<Hello['process']>> = (value, at) => {
  const json = object(value, at);
  return { id: hex(8)(json['id'], `${at}.id`), epoch: epoch(json['epoch'], `${at}.epoch`) };
};

const hello: Check<Hello> = (value, at) => {
  const json = object(value, at);
  return {
    heads: list(head, NEIGHBOUR_LIMITS.heads)(json['heads'], 'heads'),
    devices: list(device, NEIGHBOUR_LIMITS.devices)(json['devices'], 'devices'),
    revocations: count(json['revocations'], 'revocations'),
    port: port(json['port'], 'port'),
    isConnected: bool(json['isConnected'], 'isConnected'),
    confirmed: byEpoch(count)(json['confirmed'], 'confirmed'),
    clock: clock(json['clock'], 'clock'),
    ...(json['process'] !== undefined && { process: runningProcess(json['process'], 'process') }),
    ...(json['documents'] !== undefined && { documents: hex(8)(json['documents'], 'documents') }),
    ...(json['begins'] !== undefined && { begins: list(head, NEIGHBOUR_LIMITS.heads)(json['begins'], 'begins') }),
    ...(json['checkpoints'] !== undefined && { checkpoints: list(head, NEIGHBOUR_LIMITS.heads)(json['checkpoints'], 'checkpoints') }),
  };
};

export const parseHello = (value: unknown): Result<Hello, ProtocolError> => parsing('hello', value, (json) => hello(json, ''));

export function parseHelloAnswer(value: unknown): Result<HelloAnswer, ProtocolError> {
  return parsing('hello answer', value, (json) => ({
    ...hello(json, ''),
    certificates: list(certificate, NEIGHBOUR_LIMITS.devices)(json['certificates'], 'certificates'),
    ...(json['revocationList'] === undefined ? {} : { revocationList: revocationList(json['revocationList'], 'revocationList') }),
  }));
}

/** What `parseHello` and `parseHelloAnswer` read. */
export function helloToJson(told: Hello | HelloAnswer): unknown {
  const toJson = ({ hash, signature, ...at }: SignedHead) => ({ ...at, hash: bytesToHex(hash), signature: bytesToHex(signature) });
  const { begins, checkpoints } = told;
  return {
    ...told,
    heads: told.heads.map(toJson),
    ...(begins !== undefined && { begins: begins.map(toJson) }),
    ...(checkpoints !== undefined && { checkpoints: checkpoints.map(toJson) }),
  };
}

export function parseEntriesRequest(value: unknown): Result<EntriesRequest, ProtocolError> {
  return parsing('entries request', value, (json) => {
    const afterSeq = count(json['afterSeq'], 'afterSeq');
    return {
      device: device(json['device'], 'device'),
      epoch: epoch(json['epoch'], 'epoch'),
      tipSeq: count(json['tipSeq'], 'tipSeq'),
      tip: hex(32)(json['tip'], 'tip'),
      afterSeq,
      afterHash: afterSeq === 0 ? text(0)(json['afterHash'], 'afterHash') : hex(32)(json['afterHash'], 'afterHash'),
    };
  });
}

export function parseSharedManifestRequest(value: unknown): Result<SharedManifestRequest, ProtocolError> {
  return parsing('manifest request', value, (json) => {
    const waitMs = count(json['waitMs'], 'waitMs');
    return {
      position: position(json['position'], 'position'),
      waitMs: waitMs <= NEIGHBOUR_LIMITS.waitMs ? waitMs : refuse('waitMs'),
      ...(json['reads'] !== undefined && { reads: count(json['reads'], 'reads') }),
      ...(json['role'] !== undefined && { role: isRole(json['role']) ? json['role'] : refuse('role') }),
      ...(json['beyond'] !== undefined && { beyond: count(json['beyond'], 'beyond') }),
    };
  });
}
