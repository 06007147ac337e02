import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { createAuthority, issueCertificate, type Authority } from './issue-certificates.ts';
import { createCertificateReader, memberName } from './read-certificates.ts';

const KEY = 'ab'.repeat(32);
const LANE = { tenant: 'Käse & Co: süß', store: '7/1', device: 'd-0011', publicKey: KEY };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const newKey = (curve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'der', type: 'spki' });

function issue(authority: Authority, member = LANE): Uint8Array {
  const issued = issueCertificate(authority, newKey(), member);
  assert(issued.ok, 'a certificate');
  return issued.value;
}

test('N-1: a certificate says whose it is, and holds from 1970 to 9999', () => {
  const authority = createAuthority('default');
  const certificate = issue(authority);
  const read = createCertificateReader(base64(authority.certificate)).read(base64(certificate));
  expect(read).toMatchObject(LANE);
  const parsed = new X509Certificate(certificate);
  expect(read?.serial).toBe(parsed.serialNumber.toLowerCase());
  expect([parsed.validFrom, parsed.validTo]).toEqual(['Jan  1 00:00:00 1970 GMT', 'Dec 31 23:59:59 9999 GMT']);
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  const serials = new Set(Array.from({ length: 50 }, () => new X509Certificate(issue(authority)).serialNumber));
  expect(serials.size).toBe(50);
});

test('N-1: OpenSSL’s strict checks find nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ca-'));
  const authority = createAuthority('a company whose name is much longer than the sixty-four letters that a common name may have');
  writeFileSync(join(folder, 'ca.pem'), new X509Certificate(authority.certificate).toString());
  writeFileSync(join(folder, 'lane.pem'), new X509Certificate(issue(authority)).toString());
  for (const purpose of ['sslserver', 'sslclient']) {
    const args = [
      'verify',
      '-x509_strict',
      '-check_ss_sig',
      '-purpose',
      purpose,
      '-CAfile',
      join(folder, 'ca.pem'),
      join(folder, 'lane.pem'),
    ];
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  }
  expect(execFileSync('openssl', ['x509', '-in', join(folder, 'lane.pem'), '-noout', '-subject'], { encoding: 'utf8' })).toContain(
    'd-0011',
  );
  rmSync(folder, { recursive: true });
});

test('N-1: what is not wholly right is nothing', () => {
  const authority = createAuthority('default');
  const reader = createCertificateReader(base64(authority.certificate));
  const certificate = issue(authority);
  expect(reader.read(base64(issue(createAuthority('default'))))).toBeNull();
  expect(reader.read(base64(authority.certificate))).toBeNull();
  for (const junk of ['', 'AAAA', base64(certificate.subarray(0, -1)), base64(new Uint8Array(3_000))]) expect(reader.read(junk)).toBeNull();
  // Each flipped byte: unreadable, or not signed by the authority any more.
  for (let at = 0; at < certificate.length; at += 1) {
    const flipped = certificate.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 0x01;
    expect(reader.read(base64(flipped)), `byte ${at}`).toBeNull();
  }
});

test('N-1: names cannot run into each other, and no other key is certified', () => {
  expect(memberName({ ...LANE, tenant: 'a:b', store: 'c' })).not.toBe(memberName({ ...LANE, tenant: 'a', store: 'b:c' }));
  const authority = createAuthority('default');
  const reader = createCertificateReader(base64(authority.certificate));
  for (const member of [
    { ...LANE, tenant: 'a:b', store: 'DNS:x, URI:y' },
    { ...LANE, store: '"\\\n' },
  ]) {
    expect(reader.read(base64(issue(authority, member)))).toMatchObject(member);
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' });
  for (const key of [rsa, newKey('secp384r1'), new Uint8Array(91), new Uint8Array()]) {
    expect(issueCertificate(authority, key, LANE)).toEqual({ ok: false, error: { type: 'badKey' } });
  }
});
