/**
 * What travels between a device and its hub, by HTTP. Bodies of `ledger` requests and of segments are the binary frames of
 * `batch.ts` and `segment.ts`; the rest is JSON. Each request carries `Authorization: Bearer <device token>` and
 * `Holdfast-Protocol: 1`. Each answer carries `Holdfast-Time` (the hub's clock, ms), from which a device learns its offset.
 */
import type { Result, Signer, Verifier } from '@holdfast/base';

import { isRole } from '../down/audience.ts';
import type { Position } from '../down/cells.ts';
import { parseSegmentKeysAnswer, type SegmentKeysAnswer } from '../down/sealed-frame.ts';
import { parseCertificateAnswer, parseCertificateRequest, type CertificateAnswer, type CertificateRequest } from '../lan/trust.ts';
import { ENTRY_MAX_BYTES, isDevice, type Vector } from '../replica/ledger.ts';
import { bytesToHex, hexToBytes } from './bytes.ts';
import { encodeCbor, type CborValue } from './cbor.ts';
import {
  base64,
  bool,
  byEpoch,
  count,
  epoch,
  hex,
  integer,
  list,
  MAX_EPOCHS,
  object,
  parsing,
  refuse,
  text,
  type Check,
  type ProtocolError,
} from './json-checks.ts';

export type { ProtocolError };

export const PROTOCOL_VERSION = 1;

export const POKE = 'poke';
/** Who does not know it takes it for a poke. */
export const URGENT_POKE = 'urgent';

/** Of an answer with a segment: the LSN of the last urgent publication, for devices that no poke reached. */
export const URGENT_HEADER = 'Holdfast-Urgent';

/** Of a picture: two chunks, so that what is urgent never waits for more (SPEC: D-14, D-18). */
export const MAX_PICTURE_BYTES = 8_192;

export const PATHS = {
  /** POST EnrolRequest: 200 EnrolAnswer; 403 for a code that is unknown, used or expired. No token yet. */
  enrol: '/sync/v1/enrol',
  /** POST a batch frame: 200 LedgerAnswer. */
  ledger: '/sync/v1/ledger',
  /** POST ManifestRequest: 200 Manifest, as JSON, or as `manifest-bytes.ts` says for a device that reads form 3. */
  manifest: '/sync/v1/manifest',
  /** GET …/:hash: a segment frame, immutable, ETag, Range (SPEC: D-11). */
  segments: '/sync/v1/segments',
  /** GET …/:hash: a picture, immutable, ETag; 404 (SPEC: D-18). */
  pictures: '/sync/v1/pictures',
  /** POST BalanceRequest: 200 BalanceAnswer. */
  balance: '/sync/v1/balance',
  /** POST ReturnRequest: 200 ReturnAnswer. */
  returns: '/sync/v1/returns',
  /** GET: 200 SegmentKeysAnswer (SPEC: S-2). */
  segmentKeys: '/sync/v1/segment-keys',
  /** GET: 200 WipeOrder, 404 where there is none. POST WipeReport: 204; 409 where the hub lacks something of what it names (SPEC: S-9). */
  wipe: '/sync/v1/wipe',
  /** GET: 200 PasscodeSecretsAnswer. */
  passcodeSecrets: '/sync/v1/passcode-secrets',
  /** POST CustomersQuestion: 200 CustomersAnswer (SPEC: S-10). */
  findCustomers: '/sync/v1/customers/find',
  /** POST NewCustomer: 200 NewCustomerAnswer (SPEC: S-10). */
  customers: '/sync/v1/customers',
  /** POST CertificateRequest: 200 CertificateAnswer (SPEC: N-2). */
  certificate: '/sync/v1/certificate',
  /** GET: 200 RevocationList (SPEC: N-3). POST: RevocationList that this hub signed, as it may have lost it (SPEC: N-20); 204. */
  revocations: '/sync/v1/revocations',
  /** POST DocumentsRequest, as `document-frame.ts` says: 200 DocumentsAnswer (SPEC: W-5). */
  documents: '/sync/v1/documents',
  /** POST AuditQuestion: 200 AuditAnswer (SPEC: A-1). */
  audit: '/sync/v1/audit',
  /** POST AuditReport: 204 (SPEC: A-3). */
  auditReport: '/sync/v1/audit/report',
  /** POST {countersignatures}: 204 (SPEC: N-6). */
  countersignatures: '/sync/v1/countersignatures',
  /** WebSocket: the hub sends `POKE` when a device can move, `URGENT_POKE` when it should at once; a binary message is a question of `level.ts`, or the answer to it. */
  poke: '/sync/v1/poke',
} as const;

/** Of a manifest's answer: the number of the hub's list of revocations, where there is one (SPEC: N-3). */
export const REVOCATIONS_HEADER = 'Holdfast-Revocations';

/** Of a batch: how many of its first bytes came before, on a connection that was torn (SPEC: U-24). */
export const BEHIND_HEADER = 'Holdfast-Behind';

/** What the hub has of a batch that was torn on its way; no bytes where there is none. */
export interface TornBatch {
  readonly bytes: number;
  /** SHA-256 of them, 64 hex digits. */
  readonly hash: string;
  /** That it was to have, as far as its bytes say. Hubs of before do not tell. */
  readonly entries?: number;
  /** Where there is none, as to a probe: it may have arrived whole. Hubs of before do not tell. */
  readonly ledger?: LedgerAnswer;
}

/** Of a 409 to a manifest's question: the hub does not hold the position that was shown, and asks for its proof (SPEC: O-11). */
export const PROOF_HEADER = 'Holdfast-Proof';
export const PROOF_WANTED = 'wanted';
/** Of a `report` (SPEC: D-20). */
const MAX_REPORT_CHARS = 2_048;
/** Longer ones are not kept: whoever has no proof is told to start again. */
export const PROOF_MAX_BYTES = 192 * 1024;

/** What of a manifest proves the position that it leads to: frames are no part of what is signed. */
export function proofOf(manifest: Manifest): Manifest | null {
  const bare = (refs: readonly SegmentRef[]): readonly SegmentRef[] =>
    refs.map(({ hash, bytes, cells, entities }) => ({ hash, bytes, cells, entities }));
  const { urgent } = manifest;
  const proof = {
    ...manifest,
    segments: bare(manifest.segments),
    ...(urgent !== undefined && { urgent: { ...urgent, segments: bare(urgent.segments) } }),
  };
  return JSON.stringify(proof).length > PROOF_MAX_BYTES ? null : proof;
}

/** Of a manifest's answer: the digest of the store's working documents, where there are any (SPEC: W-5). */
export const DOCUMENTS_HEADER = 'Holdfast-Documents';

/** Of a manifest's answer: the hub wants this device audited now (SPEC: A-3). */
export const AUDIT_HEADER = 'Holdfast-Audit';

export interface EnrolRequest {
  readonly code: string;
  /** Ed25519, 32 bytes as hex. */
  readonly publicKey: string;
  readonly name?: string;
  /** It wants its equipment with the answer. `lan`: a key to be certified, signed as `enrolLanKeyMessage` with that code. */
  readonly equip?: { readonly lan?: CertificateRequest };
}

/** What a new device would ask for next, each by a path of its own: told with its enrolment, it takes one question in place of four. */
export interface Equipment {
  /** Absent: it asked for none, or its key cannot be certified. */
  readonly certificate?: CertificateAnswer;
  readonly segmentKeys: SegmentKeysAnswer;
  readonly passcodeSecrets: PasscodeSecretsAnswer;
}

export interface EnrolAnswer {
  readonly tenant: string;
  readonly device: string;
  readonly token: string;
  readonly store: string;
  readonly zone: string;
  readonly lane: number;
  /** By which what comes down is told apart (SPEC: S-4); absent: `FIRST_ROLE`. */
  readonly role?: string;
  readonly hubEpoch: string;
  readonly hubPublicKey: string;
  /** The highest codec of batches that the hub reads, for the first one; absent: 1. */
  readonly reads?: number;
  /** Where it was asked for; absent: the hub does not know of it. Secrets: it goes into no database of the device. */
  readonly equipment?: Equipment;
}

/** What the hub holds of this device. A device stops sending at `received`; it may forget only below `safe`. */
export interface LedgerAnswer {
  readonly received: Vector;
  readonly safe: Vector;
  /** For each epoch in `received`: the hash (hex) of the entry there, by which a device sees that the hub holds its own history and not a copy's. */
  readonly heads: Readonly<Record<string, string>>;
  /** Entries of this device that could not be applied: kept, visible, in nobody's way. */
  readonly setAside: number;
  /** The highest codec of batches that the hub reads; absent: 1. */
  readonly reads?: number;
  /** The frame did not continue what the hub holds: send again from `received`. Nothing of it was taken. */
  readonly gap?: true;
  /** Another history stands under this identity; the batch was stored whole, as a branch. */
  readonly branch?: true;
  /** Two histories of this device are known (SPEC: I-8). */
  readonly forked?: true;
}

export interface ManifestRequest {
  readonly position: Position;
  /** The device's own waiting entries and clock, for the console. */
  readonly waitingEntries: number;
  readonly waitingSales: number;
  readonly wallMs: number;
  /** What it says of itself, where that is other than what it said last (SPEC: D-20): the domain's words. */
  readonly report?: string;
  /** The highest `DOWN_FORM` that the device reads; absent: 1. */
  readonly reads?: number;
  /** The last urgent publication that the device shows beyond its position; absent: none. */
  readonly urgentLsn?: number;
  /** It holds the manifest that led to `position`, and shows it where the hub asks (SPEC: O-11). */
  readonly canProve?: true;
  /** That manifest: what the hub itself once signed. */
  readonly proof?: Manifest;
  /** Of cuts before `position` that the device still holds whole, where the hub asks for the proof (SPEC: D-19). */
  readonly held?: readonly HeldPosition[];
}

/** Under whichever epoch: the history hash says whose it is. */
export interface HeldPosition {
  readonly lsn: number;
  readonly historyHash: string;
}

/**
 * Forms of what comes down, each read by whoever reads a later one. 1: segments by address. 2: a tail may ride in the manifest (SPEC: D-9), segments are of codec 2. 3: the
 * manifest is CBOR (SPEC: D-12), segments are of codec 3. 4: what is fetched by address is sealed (SPEC: S-1). 5: what rides in a manifest is sealed too (SPEC: S-5).
 */
export const DOWN_FORM = 5;

/** What this build understands of what is published: rules of a later one are not applied by halves (SPEC: D-16). */
export const READER_VERSION = 2;

/** What a device asks before it spends from a balance. Whose it is stays opaque here: the domain's words. */
export interface BalanceRequest {
  readonly account: string;
  readonly reference: string;
  readonly currency: string;
  /** All that this device needs of it and the hub does not have in its ledger yet. */
  readonly neededMinor: number;
  /** It would accept an advance; absent: it would not. */
  readonly advance?: true;
}

export interface BalanceAnswer {
  /** Less what the hub holds for other devices; may be below 0. What was needed is held for this device where it is no more than this. */
  readonly availableMinor: number;
  /** What this device may spend of it without asking, once it has accepted: not in `availableMinor`. */
  readonly grant?: SignedGrant;
  /** Of the rights that it holds, what is left by all that the hub has heard of; not in `availableMinor`. */
  readonly held?: { readonly grantId: string; readonly leftMinor: number };
  /** How far the hub has this device's own ledger, by epoch: what stands there is in `availableMinor` already. An older hub does not say. */
  readonly received?: Readonly<Record<string, number>>;
  /** Two histories of this device are known: it is given nothing, and of what is needed nothing is there for it (SPEC: I-8). */
  readonly forked?: true;
}

/** Rights to spend from a balance, as the hub gives them to one device. */
export interface Grant {
  /** 16 hex digits. */
  readonly grantId: string;
  readonly amountMinor: number;
  /** From then on they are not spent; they return with the device's ledger. */
  readonly expiresAtMs: number;
}

/** `signature` is Ed25519 by the hub over `grantMessage`, hex. */
export interface SignedGrant extends Grant {
  readonly signature: string;
}

/** What a device asks before goods come back: of a sale by its receipt, whoever printed it. */
export interface ReturnRequest {
  readonly receiptNumber: string;
  /** That sold; absent: the device's own before any other. */
  readonly store?: string;
  /** Whether the right to return of it is wanted, or what is held of it is given back. */
  readonly take: boolean;
  /** How far the asker's own ledger reaches. Nothing is given back by who does not say so, nor before all of it has come. */
  readonly ledger?: { readonly epoch: string; readonly seq: number };
}

/** Entries are canonical bytes, base64: what they say is the domain's. */
export interface ReturnAnswer {
  /** Absent: the hub has heard of no such sale, or of several. */
  readonly sale?: { readonly store: string; readonly atMs: number; readonly entry: string };
  /** All that the hub has heard of that returned something of it, or undid it. */
  readonly returns: readonly string[];
  /** What made an invoice of it: what comes back of it is a credit note. */
  readonly invoice?: string;
  /** Whether this device may return of it now: no other holds the right. */
  readonly granted: boolean;
}

/** What sealed passcodes in cells were sealed with; only devices hold it (I-5). */
export interface PasscodeSecretsAnswer {
  /** Numbered from 1, as cells name them; 32 bytes, hex. */
  readonly secrets: readonly { readonly number: number; readonly secret: string }[];
}

/** Who buys: by hashed codes, or by a name. Neither stands in an address, where logs would have it. */
export interface CustomersQuestion {
  readonly codes: readonly string[];
  readonly name?: string;
}

/** What a lane may know of a customer; `name` and `phoneEnd` only where a name was asked for: to be shown, and kept nowhere. */
export interface FoundCustomer {
  readonly customer: string;
  readonly store: string;
  readonly initials?: string;
  readonly groups: readonly string[];
  readonly tier?: string;
  readonly exemptionCertificate?: string;
  readonly exemptionTo?: string;
  readonly onAccount?: true;
  /** The most that they may owe, as a cell has it: `50000 EUR`. */
  readonly accountLimit?: string;
  readonly language?: string;
  readonly name?: string;
  readonly phoneEnd?: string;
}

export interface CustomersAnswer {
  readonly customers: readonly FoundCustomer[];
  /** There are others, whom more letters would find. */
  readonly isMore?: true;
}

/** Somebody who became a customer at a lane: `sealed` to the company's key, hex. */
export interface NewCustomer {
  readonly customer: string;
  readonly keyNumber: number;
  readonly sealed: string;
}

/** Who they are from now on: the same id, or that of the one who has the same card or phone. */
export interface NewCustomerAnswer {
  readonly customer: string;
}

export interface SegmentRef {
  /** SHA-256 of the frame, hex: its address. */
  readonly hash: string;
  readonly bytes: number;
  readonly cells: number;
  /** Items in it, for progress. */
  readonly entities: number;
  /** The frame itself, base64, where it is so short that asking for it would cost more (SPEC: D-9). What is signed is its hash. */
  readonly frame?: string;
}

export interface UrgentRefs {
  /** Of the last of them. */
  readonly lsn: number;
  readonly segments: readonly SegmentRef[];
}

/**
 * Segments that carry a device from the position it showed to `to`. `rebase`: what the device holds above `from` is not part of this history; `from` is then
 * at LSN 0 (a whole base), or at a position the device still holds whole.
 */
export interface Manifest {
  /** The position that the device showed, unless `rebase`. */
  readonly from: Position;
  readonly to: Position;
  readonly rebase: boolean;
  readonly segments: readonly SegmentRef[];
  /**
   * Urgent publications above `from`, whole, in their order, to be shown before the rest is fetched (SPEC: D-13). Their cells come again in `segments`. For devices that read form 3.
   */
  readonly urgent?: UrgentRefs;
  /** The lowest `READER_VERSION` that understands what it brings; absent: any. */
  readonly minReader?: number;
  /** Ed25519 by the hub over `manifestMessage(tenant, manifest)`, hex. */
  readonly signature: string;
}

/** Above it, an LSN no longer fits beside the number of its hub epoch in one safe integer (SPEC: C-6). */
export const MAX_LSN = 2 ** 40 - 1;

/** Bounds on JSON answers: what is longer is no answer of this protocol. */
export const PROTOCOL_LIMITS = { epochs: MAX_EPOCHS, segments: 100_000, held: 64, inlineBytes: 16_384, returns: 1_000 } as const;

export const position: Check<Position> = (value, at) => {
  const json = object(value, at);
  const parsed = {
    hubEpoch: epoch(json['hubEpoch'], `${at}.hubEpoch`),
    lsn: count(json['lsn'], `${at}.lsn`),
    historyHash: hex(32)(json['historyHash'], `${at}.historyHash`),
  };
  return parsed.lsn <= MAX_LSN ? parsed : refuse(`${at}.lsn`);
};

const heldPosition: Check<HeldPosition> = (value, at) => {
  const json = object(value, at);
  return { lsn: count(json['lsn'], `${at}.lsn`), historyHash: hex(32)(json['historyHash'], `${at}.historyHash`) };
};

const segmentRef: Check<SegmentRef> = (value, at) => {
  const json = object(value, at);
  return {
    hash: hex(32)(json['hash'], `${at}.hash`),
    bytes: count(json['bytes'], `${at}.bytes`),
    cells: count(json['cells'], `${at}.cells`),
    entities: count(json['entities'], `${at}.entities`),
    ...(json['frame'] === undefined ? {} : { frame: base64(PROTOCOL_LIMITS.inlineBytes)(json['frame'], `${at}.frame`) }),
  };
};

/** Unknown members are ignored: a later hub may say more. */
export function parseEnrolRequest(value: unknown): Result<EnrolRequest, ProtocolError> {
  return parsing('enrol request', value, (json) => ({
    code: text(200, 1)(json['code'], 'code'),
    publicKey: hex(32)(json['publicKey'], 'publicKey'),
    ...(json['name'] === undefined ? {} : { name: text(200)(json['name'], 'name') }),
    ...(json['equip'] === undefined ? {} : { equip: equip(json['equip'], 'equip') }),
  }));
}

const equip: Check<NonNullable<EnrolRequest['equip']>> = (value, at) => {
  const { lan } = object(value, at);
  return lan === undefined ? {} : { lan: read(parseCertificateRequest)(lan, `${at}.lan`) };
};

const equipment: Check<Equipment> = (value, at) => {
  const json = object(value, at);
  const { certificate } = json;
  return {
    ...(certificate !== undefined && { certificate: read(parseCertificateAnswer)(certificate, `${at}.certificate`) }),
    segmentKeys: read(parseSegmentKeysAnswer)(json['segmentKeys'], `${at}.segmentKeys`),
    passcodeSecrets: read(parsePasscodeSecretsAnswer)(json['passcodeSecrets'], `${at}.passcodeSecrets`),
  };
};

/** What is a message by itself, as a part of another. */
const read =
  <T>(parse: (value: unknown) => Result<T, ProtocolError>): Check<T> =>
  (value, at) => {
    const parsed = parse(value);
    return parsed.ok ? parsed.value : refuse(`${at}.${parsed.error.at}`);
  };

export function parseEnrolAnswer(value: unknown): Result<EnrolAnswer, ProtocolError> {
  return parsing('enrol answer', value, (json) => ({
    tenant: text(200, 1)(json['tenant'], 'tenant'),
    device: isDevice(json['device']) ? json['device'] : refuse('device'),
    token: text(1000, 1)(json['token'], 'token'),
    store: text(200, 1)(json['store'], 'store'),
    zone: text(200)(json['zone'], 'zone'),
    lane: count(json['lane'], 'lane'),
    ...(json['role'] === undefined ? {} : { role: isRole(json['role']) ? json['role'] : refuse('role') }),
    hubEpoch: epoch(json['hubEpoch'], 'hubEpoch'),
    hubPublicKey: hex(32)(json['hubPublicKey'], 'hubPublicKey'),
    ...(json['reads'] === undefined ? {} : { reads: count(json['reads'], 'reads') }),
    ...(json['equipment'] === undefined ? {} : { equipment: equipment(json['equipment'], 'equipment') }),
  }));
}

export function parseLedgerAnswer(value: unknown): Result<LedgerAnswer, ProtocolError> {
  return parsing('ledger answer', value, (json) => {
    const received = byEpoch(count)(json['received'], 'received');
    const heads = byEpoch(hex(32))(json['heads'], 'heads');
    for (const [key, seq] of Object.entries(received)) if (seq > 0 && heads[key] === undefined) refuse(`heads.${key}`);
    return {
      received,
      heads,
      safe: byEpoch(count)(json['safe'], 'safe'),
      setAside: count(json['setAside'], 'setAside'),
      ...(json['reads'] === undefined ? {} : { reads: count(json['reads'], 'reads') }),
      ...(json['gap'] === true ? { gap: true as const } : {}),
      ...(json['branch'] === true ? { branch: true as const } : {}),
      ...(json['forked'] === true ? { forked: true as const } : {}),
    };
  });
}

export function parseTornBatch(value: unknown): Result<TornBatch, ProtocolError> {
  return parsing('torn batch', value, (json) => ({
    bytes: count(json['bytes'], 'bytes'),
    hash: hex(32)(json['hash'], 'hash'),
    ...(json['entries'] === undefined ? {} : { entries: count(json['entries'], 'entries') }),
    ...(json['ledger'] === undefined ? {} : { ledger: read(parseLedgerAnswer)(json['ledger'], 'ledger') }),
  }));
}

export function parseManifestRequest(value: unknown): Result<ManifestRequest, ProtocolError> {
  return parsing('manifest request', value, (json) => ({
    position: position(json['position'], 'position'),
    waitingEntries: count(json['waitingEntries'], 'waitingEntries'),
    waitingSales: count(json['waitingSales'], 'waitingSales'),
    wallMs: integer(json['wallMs'], 'wallMs'),
    ...(json['report'] === undefined ? {} : { report: text(MAX_REPORT_CHARS)(json['report'], 'report') }),
    ...(json['reads'] === undefined ? {} : { reads: count(json['reads'], 'reads') }),
    ...(json['urgentLsn'] === undefined ? {} : { urgentLsn: count(json['urgentLsn'], 'urgentLsn') }),
    ...(json['canProve'] === true && { canProve: true as const }),
    ...(json['proof'] === undefined ? {} : { proof: manifestCheck(json['proof'], 'proof') }),
    ...(json['held'] === undefined ? {} : { held: list(heldPosition, PROTOCOL_LIMITS.held)(json['held'], 'held') }),
  }));
}

export function parseBalanceRequest(value: unknown): Result<BalanceRequest, ProtocolError> {
  return parsing('balance request', value, (json) => ({
    account: text(64, 1)(json['account'], 'account'),
    reference: text(64, 1)(json['reference'], 'reference'),
    currency: text(8, 1)(json['currency'], 'currency'),
    neededMinor: count(json['neededMinor'], 'neededMinor'),
    ...(json['advance'] === true ? { advance: true as const } : {}),
  }));
}

export function parseBalanceAnswer(value: unknown): Result<BalanceAnswer, ProtocolError> {
  return parsing('balance answer', value, (json) => ({
    availableMinor: integer(json['availableMinor'], 'availableMinor'),
    ...(json['grant'] === undefined ? {} : { grant: signedGrant(json['grant'], 'grant') }),
    ...(json['held'] === undefined ? {} : { held: heldRights(json['held'], 'held') }),
    ...(json['received'] === undefined ? {} : { received: byEpoch(count)(json['received'], 'received') }),
    ...(json['forked'] === true ? { forked: true as const } : {}),
  }));
}

const heldRights: Check<NonNullable<BalanceAnswer['held']>> = (value, at) => {
  const json = object(value, at);
  return { grantId: hex(8)(json['grantId'], `${at}.grantId`), leftMinor: count(json['leftMinor'], `${at}.leftMinor`) };
};

const signedGrant: Check<SignedGrant> = (value, at) => {
  const json = object(value, at);
  return {
    grantId: hex(8)(json['grantId'], `${at}.grantId`),
    amountMinor: count(json['amountMinor'], `${at}.amountMinor`),
    expiresAtMs: integer(json['expiresAtMs'], `${at}.expiresAtMs`),
    signature: hex(64)(json['signature'], `${at}.signature`),
  };
};

const GRANT_DOMAIN = 'holdfast grant 1';

/** To whom rights to what are given. */
export interface GrantPlace {
  readonly tenant: string;
  readonly device: string;
  readonly account: string;
  readonly reference: string;
  readonly currency: string;
}

/** What the hub signs: it cannot be mistaken for another message, nor for another device's or balance's. */
function grantMessage(place: GrantPlace, { grantId, amountMinor, expiresAtMs }: Grant): Uint8Array {
  const { tenant, device, account, reference, currency } = place;
  return encodeCbor([GRANT_DOMAIN, tenant, device, account, reference, currency, grantId, amountMinor, expiresAtMs]);
}

export const signGrant = (signer: Signer, place: GrantPlace, grant: Grant): SignedGrant => ({
  ...grant,
  signature: bytesToHex(signer.sign(grantMessage(place, grant))),
});

export const verifyGrant = (verifier: Verifier, hubPublicKey: string, place: GrantPlace, grant: SignedGrant): boolean =>
  verifier.verify(hexToBytes(hubPublicKey), grantMessage(place, grant), hexToBytes(grant.signature));

const reached: Check<NonNullable<ReturnRequest['ledger']>> = (value, at) => {
  const json = object(value, at);
  return { epoch: hex(8)(json['epoch'], `${at}.epoch`), seq: count(json['seq'], `${at}.seq`) };
};

export function parseReturnRequest(value: unknown): Result<ReturnRequest, ProtocolError> {
  return parsing('return request', value, (json) => ({
    receiptNumber: text(200, 1)(json['receiptNumber'], 'receiptNumber'),
    ...(json['store'] === undefined ? {} : { store: text(200, 1)(json['store'], 'store') }),
    take: bool(json['take'], 'take'),
    ...(json['ledger'] === undefined ? {} : { ledger: reached(json['ledger'], 'ledger') }),
  }));
}

const entry = base64(ENTRY_MAX_BYTES);

export function parseReturnAnswer(value: unknown): Result<ReturnAnswer, ProtocolError> {
  return parsing('return answer', value, (json) => ({
    ...(json['sale'] === undefined ? {} : { sale: soldEntry(json['sale'], 'sale') }),
    returns: list(entry, PROTOCOL_LIMITS.returns)(json['returns'], 'returns'),
    ...(json['invoice'] === undefined ? {} : { invoice: entry(json['invoice'], 'invoice') }),
    granted: bool(json['granted'], 'granted'),
  }));
}

const soldEntry: Check<NonNullable<ReturnAnswer['sale']>> = (value, at) => {
  const json = object(value, at);
  return {
    store: text(200, 1)(json['store'], `${at}.store`),
    atMs: integer(json['atMs'], `${at}.atMs`),
    entry: entry(json['entry'], `${at}.entry`),
  };
};

const MAX_PASSCODE_SECRETS = 100;
const passcodeSecret: Check<PasscodeSecretsAnswer['secrets'][number]> = (value, at) => {
  const json = object(value, at);
  return { number: count(json['number'], `${at}.number`), secret: hex(32)(json['secret'], `${at}.secret`) };
};

export function parsePasscodeSecretsAnswer(value: unknown): Result<PasscodeSecretsAnswer, ProtocolError> {
  return parsing('passcode secrets', value, (json) => ({
    secrets: list(passcodeSecret, MAX_PASSCODE_SECRETS)(json['secrets'], 'secrets'),
  }));
}

const MAX_CUSTOMER_CODES = 8;
const MAX_CUSTOMERS = 20;
const MAX_SEALED_CUSTOMER_HEX = 16_384;
const optionalText = (json: Readonly<Record<string, unknown>>, name: string, most: number): Record<string, string> =>
  json[name] === undefined ? {} : { [name]: text(most, 1)(json[name], name) };

export function parseCustomersQuestion(value: unknown): Result<CustomersQuestion, ProtocolError> {
  return parsing('customers question', value, (json) => ({
    codes: list(text(64, 1), MAX_CUSTOMER_CODES)(json['codes'], 'codes'),
    ...optionalText(json, 'name', 120),
  }));
}

const foundCustomer: Check<FoundCustomer> = (value, at) => {
  const json = object(value, at);
  return {
    customer: text(64, 1)(json['customer'], `${at}.customer`),
    store: text(64, 1)(json['store'], `${at}.store`),
    groups: list(text(64, 1), 200)(json['groups'], `${at}.groups`),
    ...optionalText(json, 'initials', 16),
    ...optionalText(json, 'tier', 64),
    ...optionalText(json, 'exemptionCertificate', 64),
    ...optionalText(json, 'exemptionTo', 10),
    ...optionalText(json, 'accountLimit', 24),
    ...optionalText(json, 'language', 8),
    ...optionalText(json, 'name', 120),
    ...optionalText(json, 'phoneEnd', 8),
    ...(json['onAccount'] === true && { onAccount: true as const }),
  };
};

export function parseCustomersAnswer(value: unknown): Result<CustomersAnswer, ProtocolError> {
  return parsing('customers answer', value, (json) => ({
    customers: list(foundCustomer, MAX_CUSTOMERS)(json['customers'], 'customers'),
    ...(json['isMore'] === true && { isMore: true as const }),
  }));
}

export function parseNewCustomer(value: unknown): Result<NewCustomer, ProtocolError> {
  return parsing('new customer', value, (json) => ({
    customer: text(64, 1)(json['customer'], 'customer'),
    keyNumber: count(json['keyNumber'], 'keyNumber'),
    sealed: text(MAX_SEALED_CUSTOMER_HEX, 2)(json['sealed'], 'sealed'),
  }));
}

export function parseNewCustomerAnswer(value: unknown): Result<NewCustomerAnswer, ProtocolError> {
  return parsing('new customer answer', value, (json) => ({ customer: text(64, 1)(json['customer'], 'customer') }));
}

const urgentRefs: Check<UrgentRefs> = (value, at) => {
  const json = object(value, at);
  return {
    lsn: count(json['lsn'], `${at}.lsn`),
    segments: list(segmentRef, PROTOCOL_LIMITS.segments)(json['segments'], `${at}.segments`),
  };
};

/** The signature is not judged here, see `verifyManifest`. */
const manifestCheck: Check<Manifest> = (value, at) => {
  const json = object(value, at);
  return {
    from: position(json['from'], 'from'),
    to: position(json['to'], 'to'),
    rebase: bool(json['rebase'], 'rebase'),
    segments: list(segmentRef, PROTOCOL_LIMITS.segments)(json['segments'], 'segments'),
    ...(json['urgent'] === undefined ? {} : { urgent: urgentRefs(json['urgent'], 'urgent') }),
    ...(json['minReader'] === undefined ? {} : { minReader: count(json['minReader'], 'minReader') }),
    signature: hex(64)(json['signature'], 'signature'),
  };
};

export const parseManifest = (value: unknown): Result<Manifest, ProtocolError> =>
  parsing('manifest', value, (json) => manifestCheck(json, ''));

const MANIFEST_DOMAIN = 'holdfast manifest 1';
const positionItem = (at: Position): CborValue => [at.hubEpoch, at.lsn, at.historyHash];

/** What manifests of the first forms do not have. */
function furtherItems({ urgent, minReader }: Omit<Manifest, 'signature'>): readonly CborValue[] {
  if (urgent === undefined && minReader === undefined) return [];
  const urgentItem: CborValue = urgent === undefined ? null : [urgent.lsn, urgent.segments.map(refItem)];
  return minReader === undefined ? [urgentItem] : [urgentItem, minReader];
}

const refItem = ({ hash, bytes, cells, entities }: SegmentRef): CborValue => [hash, bytes, cells, entities];

/** What the hub signs, for one device's tenant: it cannot be mistaken for another message or for another tenant's. */
export function manifestMessage(tenant: string, manifest: Omit<Manifest, 'signature'>): Uint8Array {
  return encodeCbor([
    MANIFEST_DOMAIN,
    tenant,
    positionItem(manifest.from),
    positionItem(manifest.to),
    manifest.rebase,
    manifest.segments.map(refItem),
    ...furtherItems(manifest),
  ]);
}

export function verifyManifest(verifier: Verifier, hubPublicKey: string, tenant: string, manifest: Manifest): boolean {
  return verifier.verify(hexToBytes(hubPublicKey), manifestMessage(tenant, manifest), hexToBytes(manifest.signature));
}

/** The answer's `signature` put in place. */
export function signManifest(signer: Signer, tenant: string, manifest: Omit<Manifest, 'signature'>): Manifest {
  return { ...manifest, signature: bytesToHex(signer.sign(manifestMessage(tenant, manifest))) };
}
