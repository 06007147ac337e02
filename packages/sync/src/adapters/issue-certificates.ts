/**
 * The company's certificate authority: writes X.509 certificates (RFC 5280) of one fixed profile, P-256 with SHA-256, from 1970 to 9999: no clock of a cash register
 * makes one look expired. It only writes; whatever is read is read and verified by OpenSSL (`read-certificates.ts`), whose strict checks the tests run.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';

import { assert, err, ok, type Result } from '@holdfast/base';

import type { Member } from '../lan/trust.ts';
import { memberName } from './read-certificates.ts';

/** PKCS#8 and certificate, DER: to be kept where nobody else reads the first. */
export interface Authority {
  readonly privateKey: Uint8Array;
  readonly certificate: Uint8Array;
}

// ---- DER, as far as this profile needs it ----

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x18,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) size.unshift(rest & 0xff);
  const length = body.length < 0x80 ? [body.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(TAG.sequence, ...parts);
const octets = (bytes: Uint8Array): Buffer => der(TAG.octets, bytes);
const bits = (bytes: Uint8Array, unused = 0): Buffer => der(TAG.bits, Buffer.from([unused]), bytes);
const context = (number: number, bytes: Uint8Array, isConstructed = false): Buffer => der((isConstructed ? 0xa0 : 0x80) | number, bytes);
/** Positive, in the fewest bytes. */
const integer = (bytes: Uint8Array): Buffer => der(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes);

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(TAG.oid, Buffer.from(bytes));
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
/** Up to 2049 a two-digit year is what RFC 5280 asks for. */
const VALIDITY = sequence(der(TAG.utcTime, Buffer.from('700101000000Z')), der(TAG.time, Buffer.from('99991231235959Z')));

const commonName = (name: string): Buffer => sequence(der(TAG.set, sequence(oid('2.5.4.3'), der(TAG.utf8, Buffer.from(name)))));

const extension = (id: string, isCritical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(isCritical ? [der(TAG.boolean, Buffer.from([0xff]))] : []), octets(value));

const keyIdentifier = (spki: Uint8Array): Buffer => createHash('sha256').update(spki).digest().subarray(0, 20);

// ---- certificates ----

interface Profile {
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

function certify(key: KeyObject, { serial, issuer, subject, spki, extensions }: Profile): Uint8Array {
  const version = context(0, integer(Buffer.from([2])), true);
  const signed = sequence(
    version,
    integer(serial),
    ECDSA_SHA256,
    issuer,
    VALIDITY,
    subject,
    spki,
    context(3, sequence(...extensions), true),
  );
  return new Uint8Array(sequence(signed, ECDSA_SHA256, bits(sign('sha256', signed, key))));
}

/** 127 random bits: never negative, never 0. */
function drawSerial(): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

export function createAuthority(tenant: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const name = commonName(`Holdfast ${tenant}`.slice(0, 64));
  const certificate = certify(privateKey, {
    serial: drawSerial(),
    issuer: name,
    subject: name,
    spki,
    extensions: [
      extension('2.5.29.19', true, sequence(der(TAG.boolean, Buffer.from([0xff])), integer(Buffer.from([0])))),
      // keyCertSign, nothing else.
      extension('2.5.29.15', true, bits(Buffer.from([0x04]), 2)),
      extension('2.5.29.14', false, octets(keyIdentifier(spki))),
    ],
  });
  return { privateKey: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })), certificate };
}

/** As `Member` has it. */
export const serialOf = (certificate: Uint8Array): string => new X509Certificate(certificate).serialNumber.toLowerCase();

export type IssueError = { readonly type: 'badKey' };

/** A certificate (DER) over `spki`, which must be a P-256 key. It says who the device is and with which key it signs; for both ends of a connection. */
export function issueCertificate(authority: Authority, spki: Uint8Array, member: Omit<Member, 'serial'>): Result<Uint8Array, IssueError> {
  const key = readKey(spki);
  if (key === null) return err({ type: 'badKey' });
  const issuer = new X509Certificate(authority.certificate);
  const issuerKey = createPrivateKey({ key: Buffer.from(authority.privateKey), format: 'der', type: 'pkcs8' });
  assert(issuer.checkPrivateKey(issuerKey), 'an authority has its own key');
  const authorityId = keyIdentifier(issuer.publicKey.export({ format: 'der', type: 'spki' }));
  const canonical = key.export({ format: 'der', type: 'spki' });
  return ok(
    certify(issuerKey, {
      serial: drawSerial(),
      issuer: commonName(issuer.subject.replace(/^CN=/, '')),
      subject: commonName(member.device),
      spki: canonical,
      extensions: [
        extension('2.5.29.19', true, sequence()),
        // digitalSignature.
        extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
        extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
        extension('2.5.29.17', false, sequence(context(6, Buffer.from(memberName(member), 'ascii')))),
        extension('2.5.29.14', false, octets(keyIdentifier(canonical))),
        extension('2.5.29.35', false, sequence(context(0, authorityId))),
      ],
    }),
  );
}

function readKey(spki: Uint8Array): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null;
  } catch {
    return null;
  }
}
