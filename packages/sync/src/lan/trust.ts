/**
 * Whom a device trusts (SPEC: N-1 to N-6). The company's authority certifies each device once: who it is, of which store, and with which key it signs its
 * ledger. Revocation is a numbered list that the hub signs; whoever has the higher number hands it on. No clock takes part in any of it.
 */
import type { Result, Signer, Verifier } from '@holdfast/base';

import { isDevice, type ChainHead, type SignedHead } from '../replica/ledger.ts';
import { bytesToHex, hexToBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';
import {
  base64,
  count,
  epoch as epochCheck,
  hex,
  list as listOf,
  object,
  parsing,
  refuse,
  type Check,
  type ProtocolError,
} from '../wire/json-checks.ts';

/** What a certificate says of its holder. The private half of its key never leaves the device. */
export interface Member {
  readonly tenant: string;
  readonly store: string;
  readonly device: string;
  /** Ed25519, 32 bytes as hex: its ledger's heads are signed with it. */
  readonly publicKey: string;
  /** Of the certificate, hex. */
  readonly serial: string;
}

/** A certificate (DER, base64) and what it says, verified under the pinned authority. */
export interface CertifiedMember extends Member {
  readonly certificate: string;
}

/** Verifies a certificate under the authority, whole, and reads it; null where it is not one of ours. */
export interface CertificateReader {
  read(certificate: string): CertifiedMember | null;
}

const CERTIFICATE_MAX_BYTES = 4_096;
const LAN_KEY_DOMAIN = 'holdfast lan key 1';
const ENROL_LAN_KEY_DOMAIN = 'holdfast enrolling lan key 1';
const CERTIFICATE_DOMAIN = 'holdfast certificate 1';
const REVOCATIONS_DOMAIN = 'holdfast revocations 1';
const COUNTERSIGNATURE_DOMAIN = 'holdfast countersignature 1';

// ---- certificates ----

/** What a device asks its hub for, by its token, or with its enrolment. */
export interface CertificateRequest {
  /** The public half of its TLS key: SubjectPublicKeyInfo, DER, base64. */
  readonly lanKey: string;
  /** Ed25519 by the device's own key over `lanKeyMessage` (while it is being enrolled `enrolLanKeyMessage`), hex: a token alone gets no certificate. */
  readonly signature: string;
}

export interface CertificateAnswer {
  /** DER, base64. */
  readonly certificate: string;
  readonly authority: string;
  /** Ed25519 by the hub over `certificateMessage`, hex: by the key that the device pinned when it enrolled. */
  readonly signature: string;
}

export const lanKeyMessage = (tenant: string, device: string, lanKey: string): Uint8Array =>
  encodeCbor([LAN_KEY_DOMAIN, tenant, device, lanKey]);

/** Of a device that has no name yet: `code` as it shows it to be enrolled. */
export const enrolLanKeyMessage = (code: string, lanKey: string): Uint8Array => encodeCbor([ENROL_LAN_KEY_DOMAIN, code, lanKey]);

export const certificateMessage = (tenant: string, device: string, answer: Omit<CertificateAnswer, 'signature'>): Uint8Array =>
  encodeCbor([CERTIFICATE_DOMAIN, tenant, device, answer.authority, answer.certificate]);

export function parseCertificateRequest(value: unknown): Result<CertificateRequest, ProtocolError> {
  return parsing('certificate request', value, (json) => ({
    lanKey: base64(CERTIFICATE_MAX_BYTES)(json['lanKey'], 'lanKey'),
    signature: hex(64)(json['signature'], 'signature'),
  }));
}

export function parseCertificateAnswer(value: unknown): Result<CertificateAnswer, ProtocolError> {
  return parsing('certificate answer', value, (json) => ({
    certificate: certificate(json['certificate'], 'certificate'),
    authority: certificate(json['authority'], 'authority'),
    signature: hex(64)(json['signature'], 'signature'),
  }));
}

export const certificate: Check<string> = base64(CERTIFICATE_MAX_BYTES);

export function signCertificate(
  signer: Signer,
  tenant: string,
  device: string,
  answer: Omit<CertificateAnswer, 'signature'>,
): CertificateAnswer {
  return { ...answer, signature: bytesToHex(signer.sign(certificateMessage(tenant, device, answer))) };
}

// ---- revocation ----

/** `rotated`: the device has another certificate now. `replaced`: another device took its place. `stolen`: somebody else may hold its keys. */
const REVOCATION_REASONS = ['rotated', 'replaced', 'stolen'] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface TrustedHead {
  readonly epoch: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface Revocation {
  readonly device: string;
  /** Of the certificate that counts no more. */
  readonly serial: string;
  readonly reason: RevocationReason;
  /** How far the device's ledger went, as the hub knew it then. */
  readonly heads: readonly TrustedHead[];
}

export interface RevocationList {
  /** Grows with each revocation; a list holds all that the ones before it held, but what a hub that was set back has lost. 0: nobody was revoked yet. */
  readonly number: number;
  readonly revocations: readonly Revocation[];
  /** Ed25519 by the hub over `revocationsMessage`, hex. */
  readonly signature: string;
}

const MAX_REVOCATIONS = 10_000;

export const revocationsMessage = (tenant: string, { number, revocations }: Omit<RevocationList, 'signature'>): Uint8Array =>
  encodeCbor([
    REVOCATIONS_DOMAIN,
    tenant,
    number,
    revocations.map(({ device, serial, reason, heads }) => [
      device,
      serial,
      reason,
      heads.map(({ epoch, seq, hash }) => [epoch, seq, hash]),
    ]),
  ]);

export function signRevocations(signer: Signer, tenant: string, list: Omit<RevocationList, 'signature'>): RevocationList {
  return { ...list, signature: bytesToHex(signer.sign(revocationsMessage(tenant, list))) };
}

export const verifyRevocations = (verifier: Verifier, hubPublicKey: string, tenant: string, list: RevocationList): boolean =>
  verifier.verify(hexToBytes(hubPublicKey), revocationsMessage(tenant, list), hexToBytes(list.signature));

const SERIAL = /^[0-9a-f]{2,40}$/;
const serial: Check<string> = (value, at) => (typeof value === 'string' && SERIAL.test(value) ? value : refuse(at));
const device: Check<string> = (value, at) => (isDevice(value) ? value : refuse(at));
const reason: Check<RevocationReason> = (value, at) => REVOCATION_REASONS.find((known) => known === value) ?? refuse(at);

const trustedHead: Check<TrustedHead> = (value, at) => {
  const json = object(value, at);
  return {
    epoch: epochCheck(json['epoch'], `${at}.epoch`),
    seq: count(json['seq'], `${at}.seq`),
    hash: hex(32)(json['hash'], `${at}.hash`),
  };
};

const revocation: Check<Revocation> = (value, at) => {
  const json = object(value, at);
  return {
    device: device(json['device'], `${at}.device`),
    serial: serial(json['serial'], `${at}.serial`),
    reason: reason(json['reason'], `${at}.reason`),
    heads: listOf(trustedHead, MAX_REVOCATIONS)(json['heads'], `${at}.heads`),
  };
};

/** The signature is not judged here, see `verifyRevocations`. */
export const revocationList: Check<RevocationList> = (value, at) => {
  const json = object(value, at);
  return {
    number: count(json['number'], `${at}.number`),
    revocations: listOf(revocation, MAX_REVOCATIONS)(json['revocations'], `${at}.revocations`),
    signature: hex(64)(json['signature'], `${at}.signature`),
  };
};

export const parseRevocations = (value: unknown): Result<RevocationList, ProtocolError> =>
  parsing('revocations', value, (json) => revocationList(json, ''));

/**
 * What a device knows of revocations: lists that the hub signed, that of the highest number first. Each behind it names something that those before it do not: a hub that was set back has lost it (SPEC: N-20). Empty: there is none yet.
 */
export type KnownRevocations = readonly RevocationList[];

/** Of the newest list; 0: there is none. */
export const revocationNumberOf = (known: KnownRevocations): number => known[0]?.number ?? 0;

/** What was known and this list; `known` itself where the list brings nothing. Idempotent, commutative and associative in what is named. */
export function withRevocations(known: KnownRevocations, list: RevocationList): KnownRevocations {
  if (list.number <= revocationNumberOf(known) && unnamedOf(list, known).length === 0) return known;
  const kept: RevocationList[] = [];
  for (const next of [list, ...known].toSorted((left, right) => right.number - left.number)) {
    if (kept.length === 0 || unnamedOf(next, kept).length > 0) kept.push(next);
  }
  return kept;
}

/** What is known by this hub's word, for this tenant: of a hub that a device was enrolled at before nothing counts. `known` itself where all of it is. */
export function revocationsOf(
  verifier: Verifier,
  { hubPublicKey, tenant }: { readonly hubPublicKey: string; readonly tenant: string },
  known: KnownRevocations,
): KnownRevocations {
  const own = known.filter((list) => verifyRevocations(verifier, hubPublicKey, tenant, list));
  return own.length === known.length ? known : own;
}

/** Those of a list that `others` do not name, or only as exchanged for another where the list says that the device is gone. */
export function unnamedOf({ revocations }: Pick<RevocationList, 'revocations'>, others: KnownRevocations): readonly Revocation[] {
  const nameOf = ({ device: of, serial: named }: Revocation): string => `${of} ${named}`;
  const named = others.flatMap((other) => other.revocations);
  const all = new Set(named.map(nameOf));
  const gone = new Set(named.filter(({ reason: why }) => why !== 'rotated').map(nameOf));
  return revocations.filter((one) => !(one.reason === 'rotated' ? all : gone).has(nameOf(one)));
}

/** Why this certificate counts no more; null where it does. */
export function revocationOf(known: KnownRevocations, { serial: of }: Pick<Member, 'serial'>): Revocation | null {
  return firstOf(known, (candidate) => candidate.serial === of);
}

/** A device as a whole: not one whose certificate was merely exchanged for another. */
export function goneOf(known: KnownRevocations, of: string): Revocation | null {
  return firstOf(known, (candidate) => candidate.device === of && candidate.reason !== 'rotated');
}

function firstOf(known: KnownRevocations, isMeant: (candidate: Revocation) => boolean): Revocation | null {
  for (const { revocations } of known) {
    const found = revocations.find(isMeant);
    if (found !== undefined) return found;
  }
  return null;
}

/** Whether `reader` may be served: a member of the same store whose certificate counts. A device that is gone has none that does, also not one that the hub does not know of any more. */
export function isSibling(own: Pick<Member, 'tenant' | 'store'>, other: Member, known: KnownRevocations): boolean {
  return (
    other.tenant === own.tenant && other.store === own.store && revocationOf(known, other) === null && goneOf(known, other.device) === null
  );
}

// ---- countersignatures ----

/** By a sibling, when it took the entries that lead to this head: they stood before anybody could say otherwise. */
export interface Countersignature {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  /** Of the entry there, hex. */
  readonly hash: string;
  readonly witness: string;
  /** Ed25519 by the witness over `countersignatureMessage`, hex. */
  readonly signature: string;
}

export const countersignatureMessage = (head: ChainHead): Uint8Array =>
  encodeCbor([COUNTERSIGNATURE_DOMAIN, head.device, head.epoch, head.seq, head.hash]);

export const verifyCountersignature = (verifier: Verifier, publicKey: Uint8Array, signed: Countersignature): boolean =>
  verifier.verify(publicKey, countersignatureMessage({ ...signed, hash: hexToBytes(signed.hash) }), hexToBytes(signed.signature));

export function countersign(signer: Signer, witness: string, head: SignedHead): Countersignature {
  const { device: of, epoch: ofEpoch, seq, hash } = head;
  return {
    device: of,
    epoch: ofEpoch,
    seq,
    hash: bytesToHex(hash),
    witness,
    signature: bytesToHex(signer.sign(countersignatureMessage(head))),
  };
}

export function parseCountersignatures(value: unknown): Result<readonly Countersignature[], ProtocolError> {
  return parsing('countersignatures', value, (json) =>
    listOf(countersignature, MAX_COUNTERSIGNATURES)(json['countersignatures'], 'countersignatures'),
  );
}

const MAX_COUNTERSIGNATURES = 1_000;

const countersignature: Check<Countersignature> = (value, at) => {
  const json = object(value, at);
  return {
    ...trustedHead(value, at),
    device: device(json['device'], `${at}.device`),
    witness: device(json['witness'], `${at}.witness`),
    signature: hex(64)(json['signature'], `${at}.signature`),
  };
};
