/** Certificates as a device reads them: by OpenSSL, under the one authority that it has pinned. What is not wholly right is nothing. */
import { X509Certificate } from 'node:crypto';

import type { CertificateReader, CertifiedMember, Member } from '../lan/trust.ts';
import { isDevice } from '../replica/ledger.ts';

const SCHEME = 'urn:holdfast:device:';

/** The one name in a certificate that counts; texts percent-encoded, so that no name can end another. */
export const memberName = ({ tenant, store, device, publicKey }: Omit<Member, 'serial'>): string =>
  `${SCHEME}${[tenant, store, device, publicKey].map(encodeURIComponent).join(':')}`;

function readName(subjectAltName: string | undefined): Omit<Member, 'serial'> | null {
  const [, parts] = /^URI:urn:holdfast:device:([A-Za-z0-9\-_.!~*'()%:]{1,2000})$/.exec(subjectAltName ?? '') ?? [];
  const [tenant, store, device, publicKey, ...more] = parts?.split(':').map(decode) ?? [];
  if (tenant === undefined || store === undefined || !isDevice(device) || publicKey === undefined || more.length > 0) return null;
  return /^[0-9a-f]{64}$/.test(publicKey) ? { tenant, store, device, publicKey } : null;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Null where it is no certificate of this profile under `authority`. */
export function readCertificate(certificate: X509Certificate, authority: X509Certificate): CertifiedMember | null {
  const isIssued = !certificate.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const now = Date.now();
  const isOfTime = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
  const name = readName(certificate.subjectAltName);
  if (!isIssued || !isOfTime || name === null) return null;
  return { ...name, serial: certificate.serialNumber.toLowerCase(), certificate: certificate.raw.toString('base64') };
}

/** `authority`: DER, base64. Throws where that is no certificate: it was checked when it was pinned. */
export function createCertificateReader(authority: string): CertificateReader {
  const issuer = new X509Certificate(Buffer.from(authority, 'base64'));
  return {
    read: (certificate) => {
      try {
        return readCertificate(new X509Certificate(Buffer.from(certificate, 'base64')), issuer);
      } catch {
        return null;
      }
    },
  };
}
