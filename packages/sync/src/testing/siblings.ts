/** Lanes of one store with real certificates: for tests of what they say to each other. */
import { assert, type Signer } from '@holdfast/base';
import { createSigner, generateSigningKey } from '@holdfast/base/node';

import { createAuthority, issueCertificate, type Authority } from '../adapters/issue-certificates.ts';
import { generateLanKey, lanKeyOf } from '../adapters/lan-key.ts';
import { createCertificateReader } from '../adapters/read-certificates.ts';
import type { CertificateReader, CertifiedMember } from '../lan/trust.ts';
import type { Identity } from '../store.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { SIGNER } from './fixtures.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export interface LaneIdentity {
  readonly identity: Identity;
  readonly signer: Signer;
  /** PEM. */
  readonly key: string;
  /** DER, base64. */
  readonly certificate: string;
  readonly authority: string;
  readonly member: CertifiedMember;
  readonly reader: CertificateReader;
}

export function createLaneIdentity(
  authority: Authority,
  lane: number | string,
  given: { readonly store?: string; readonly signer?: Signer } = {},
): LaneIdentity {
  const signer = given.signer ?? createSigner(generateSigningKey());
  const key = generateLanKey();
  const device = typeof lane === 'string' ? lane : `lane-${lane}`;
  const store = given.store ?? '1';
  const named = { tenant: 'default', store, device, publicKey: bytesToHex(signer.publicKey) };
  const issued = issueCertificate(authority, Buffer.from(lanKeyOf(key), 'base64'), named);
  assert(issued.ok, 'a certificate');
  const reader = createCertificateReader(base64(authority.certificate));
  const member = reader.read(base64(issued.value));
  assert(member !== null, 'a certificate that reads');
  return {
    identity: {
      tenant: 'default',
      device,
      token: `token of ${device}`,
      store,
      zone: '1',
      lane: typeof lane === 'string' ? 1 : lane,
      hubEpoch: '00000000000000aa',
      hubPublicKey: bytesToHex(SIGNER.publicKey),
    },
    signer,
    key,
    certificate: base64(issued.value),
    authority: base64(authority.certificate),
    member,
    reader,
  };
}

export { createAuthority };
