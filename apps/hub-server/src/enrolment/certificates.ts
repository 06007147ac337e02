/**
 * Who belongs to a store's network: the company's authority, certificates, and the list of those that count no more (SPEC: N-1 to N-3). A device that
 * asks with another key than before has its old certificate revoked in the same transaction: one of a device counts at a time.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Clock, type Random, type Result, type Verifier } from '@holdfast/base';
import {
  bytesToHex,
  hexToBytes,
  lanKeyMessage,
  signCertificate,
  signRevocations,
  unnamedOf,
  verifyRevocations,
  type CertificateAnswer,
  type CertificateRequest,
  type Revocation,
  type RevocationList,
  type RevocationReason,
  type TrustedHead,
} from '@holdfast/sync';
import { createAuthority, issueCertificate, serialOf } from '@holdfast/sync/certificates';

import { raiseConflict } from '../authority/conflicts.ts';
import type { Database, Queries } from '../db/database.ts';
import { drawNextSecret } from '../down/segment-keys.ts';
import type { HubIdentity } from '../identity.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import type { EnrolledDevice } from './enrol.ts';

export interface CertificatePorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly verifier: Verifier;
  readonly keys: CompanyKeys;
}

export type CertifyError = { readonly type: 'badSignature' } | { readonly type: 'badKey' };

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** The same request is answered with the same certificate. `message`: what the device has signed to ask for it. */
export async function certify(
  ports: CertificatePorts,
  device: EnrolledDevice,
  request: CertificateRequest,
  message = lanKeyMessage(ports.identity.tenant, device.device, request.lanKey),
): Promise<Result<CertificateAnswer, CertifyError>> {
  const { tenant, signer } = ports.identity;
  if (!ports.verifier.verify(device.publicKey, message, hexToBytes(request.signature))) return err({ type: 'badSignature' });
  const lanKey = new Uint8Array(Buffer.from(request.lanKey, 'base64'));
  return ports.database.transaction(async (tx) => {
    const authority = await loadAuthority(tx, ports);
    // The device's row is the lock under which its certificates follow each other.
    await tx.rows('SELECT 1 FROM device WHERE device = $1 FOR UPDATE', [device.device]);
    const [held] = await tx.rows<{ serial: string; lan_key: Uint8Array; certificate: Uint8Array }>(
      `SELECT c.serial, c.lan_key, c.certificate FROM device_certificate c LEFT JOIN revocation r ON r.serial = c.serial
       WHERE c.device = $1 AND r.serial IS NULL`,
      [device.device],
    );
    const answer = (certificate: Uint8Array): Result<CertificateAnswer, CertifyError> =>
      ok(signCertificate(signer, tenant, device.device, { certificate: base64(certificate), authority: base64(authority.certificate) }));
    if (held !== undefined && bytesToHex(held.lan_key) === bytesToHex(lanKey)) return answer(held.certificate);
    const named = { tenant, store: device.store, device: device.device, publicKey: bytesToHex(device.publicKey) };
    const issued = issueCertificate(authority, lanKey, named);
    if (!issued.ok) return issued;
    if (held !== undefined) await revokeIn(tx, ports, { device: device.device, reason: 'rotated' });
    await tx.execute(
      'INSERT INTO device_certificate (serial, tenant_no, device, lan_key, certificate, issued_at_ms) VALUES ($1, $2, $3, $4, $5, $6)',
      [serialOf(issued.value), device.tenantNo, device.device, lanKey, issued.value, ports.clock.nowMs()],
    );
    return answer(issued.value);
  });
}

/** Made by the first that needs it; of several replicas at once the first one's stands. */
async function loadAuthority(
  tx: Queries,
  { identity, keys, clock }: CertificatePorts,
): Promise<{ readonly privateKey: Uint8Array; readonly certificate: Uint8Array }> {
  if ((await keys.read('authority', tx)).length === 0) {
    const { privateKey, certificate } = createAuthority(identity.tenant);
    await keys.keep('authority', { name: '1', secret: privateKey, publicKey: certificate, createdAtMs: clock.nowMs() }, tx);
  }
  const [held] = await keys.read('authority', tx);
  assert(held?.secret !== undefined && held.publicKey !== undefined, 'an authority that is there, or was just made');
  return { privateKey: held.secret, certificate: held.publicKey };
}

export type RevokeError = { readonly type: 'noSuchDevice' } | { readonly type: 'alreadyGone'; readonly reason: string };

export type RevokePorts = Omit<CertificatePorts, 'verifier'> & { readonly random: Random };

/** A device as a whole: it is served no more, and its siblings hear of it with their next contact. */
export async function revokeDevice(
  ports: RevokePorts,
  device: string,
  reason: Exclude<RevocationReason, 'rotated'>,
): Promise<Result<{ readonly number: number }, RevokeError>> {
  return ports.database.transaction(async (tx) => {
    const [row] = await tx.rows<{ gone: string | null }>('SELECT gone FROM device WHERE device = $1 AND tenant_no = $2 FOR UPDATE', [
      device,
      ports.identity.tenantNo,
    ]);
    if (row === undefined) return err({ type: 'noSuchDevice' });
    if (row.gone !== null) return err({ type: 'alreadyGone', reason: row.gone });
    await tx.execute('UPDATE device SET gone = $2 WHERE device = $1', [device, reason]);
    // The tenant's row before the secret, as whoever is shown a list that revoked one: each would wait for the other.
    await callDevices(tx, ports.identity.tenantNo);
    if (reason === 'stolen') await drawNextSecret(tx, ports);
    return ok({ number: await revokeIn(tx, ports, { device, reason }) });
  });
}

/** Devices on whose line some replica of the hub can call ask at once. */
export async function callDevices(tx: Queries, tenantNo: number): Promise<void> {
  await tx.execute('UPDATE tenant SET device_calls = device_calls + 1 WHERE tenant_no = $1', [tenantNo]);
}

/**
 * A list is numbered from where its moment stands in these steps since 1970, on: a hub that was set back counts from less than it told, and lanes would not hear of whom it revokes until it had told as many again. Nine digits,
 * as a header may have (until the year 2286).
 */
const LIST_STEP_MS = 10_000;

/** Nobody else numbers the list meanwhile. The first number that nothing on it has, above `told`. */
async function nextNumber(tx: Queries, { identity, clock }: Pick<CertificatePorts, 'identity' | 'clock'>, told = 0): Promise<number> {
  await tx.rows('SELECT 1 FROM tenant WHERE tenant_no = $1 FOR UPDATE', [identity.tenantNo]);
  return Math.max(Math.floor(clock.nowMs() / LIST_STEP_MS), (await revocationNumber(tx, identity.tenantNo)) + 1, told + 1);
}

/** The certificate of the device that counts, or, where it is gone, one of no certificate: a hub that was set back may have lost what it issued. The list's number then. */
async function revokeIn(
  tx: Queries,
  ports: Pick<CertificatePorts, 'identity' | 'clock'>,
  { device, reason }: { readonly device: string; readonly reason: RevocationReason },
): Promise<number> {
  const number = await nextNumber(tx, ports);
  const heads = await tx.rows<{ epoch: string; head_seq: number; head_hash: Uint8Array }>(
    'SELECT epoch, head_seq, head_hash FROM ledger_epoch WHERE device = $1 ORDER BY epoch',
    [device],
  );
  const trusted = heads.map(({ epoch, head_seq: seq, head_hash: hash }): TrustedHead => ({ epoch, seq, hash: bytesToHex(hash) }));
  const [counting] = await tx.rows<{ serial: string }>(
    `SELECT c.serial FROM device_certificate c LEFT JOIN revocation r ON r.serial = c.serial WHERE c.device = $1 AND r.serial IS NULL`,
    [device],
  );
  await insertRevocation(tx, ports, { device, serial: counting?.serial ?? serialOfNone(device), reason, heads: trusted, number });
  return number;
}

async function insertRevocation(
  tx: Queries,
  { identity, clock }: Pick<CertificatePorts, 'identity' | 'clock'>,
  { device, serial, reason, heads, number, shownBy = null }: Revocation & { readonly number: number; readonly shownBy?: string | null },
): Promise<void> {
  await tx.execute(
    `INSERT INTO revocation (tenant_no, number, device, serial, reason, heads, revoked_at_ms, shown_by) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
     ON CONFLICT (serial) DO UPDATE SET number = excluded.number, reason = excluded.reason, heads = excluded.heads,
       revoked_at_ms = excluded.revoked_at_ms, shown_by = excluded.shown_by`,
    [identity.tenantNo, number, device, serial, reason, JSON.stringify(heads), clock.nowMs(), shownBy],
  );
}

/** In place of a serial where none is known: as long as the longest, and no certificate has it. */
const serialOfNone = (device: string): string =>
  createHash('sha256').update(`holdfast no certificate 1 ${device}`).digest('hex').slice(0, MAX_SERIAL_DIGITS);
const MAX_SERIAL_DIGITS = 40;

export type ShownError = { readonly type: 'badSignature' };

/**
 * A list that this hub signed and a device still has: what is not in its own any more it has lost, and takes over (SPEC: N-20). A device that was gone is so again, as it was said then, unless somebody has said so anew. True where
 * anything was taken.
 */
export async function takeShownRevocations(
  ports: CertificatePorts & { readonly random: Random },
  from: EnrolledDevice,
  shown: RevocationList,
): Promise<Result<boolean, ShownError>> {
  const { tenant, tenantNo, signer } = ports.identity;
  if (!verifyRevocations(ports.verifier, bytesToHex(signer.publicKey), tenant, shown)) return err({ type: 'badSignature' });
  return ports.database.transaction(async (tx) => {
    const lostNow = async () => unnamedOf(shown, [await revocationList({ ...ports, database: tx })]);
    const devices = (await lostNow()).map(({ device }) => device);
    if (devices.length === 0) return ok(false);
    // As whoever revokes one: the device's row before the tenant's.
    await tx.rows('SELECT 1 FROM device WHERE device = ANY ($1::text[]) AND tenant_no = $2 ORDER BY device FOR UPDATE', [
      devices,
      tenantNo,
    ]);
    let number = await nextNumber(tx, ports, shown.number);
    const lost = await lostNow();
    for (const revocation of lost) {
      const isGone = revocation.reason !== 'rotated';
      const again = isGone ? await markGone(tx, ports, revocation, from) : undefined;
      await insertRevocation(tx, ports, { ...revocation, reason: again ?? revocation.reason, number, shownBy: from.device });
      number += 1;
      // A thief may have asked the hub for another one since.
      if (isGone && (await hasCountingCertificate(tx, revocation.device)))
        number = (await revokeIn(tx, ports, { device: revocation.device, reason: again ?? revocation.reason })) + 1;
    }
    if (lost.length > 0) await callDevices(tx, tenantNo);
    return ok(lost.length > 0);
  });
}

/** Why the device is gone: as the list says, or as somebody said since. */
async function markGone(
  tx: Queries,
  ports: CertificatePorts & { readonly random: Random },
  { device, reason }: Revocation,
  from: EnrolledDevice,
): Promise<RevocationReason> {
  const { tenantNo } = ports.identity;
  const [held] = await tx.rows<{ gone: RevocationReason | null; store: string }>(
    'SELECT gone, store FROM device WHERE device = $1 AND tenant_no = $2',
    [device, tenantNo],
  );
  if (held?.gone !== undefined && held.gone !== null) return held.gone;
  if (held !== undefined) await tx.execute('UPDATE device SET gone = $2 WHERE device = $1', [device, reason]);
  if (reason === 'stolen') await drawNextSecret(tx, ports);
  const nowMs = ports.clock.nowMs();
  await raiseConflict(tx, {
    tenantNo,
    entryNo: null,
    store: held?.store ?? from.store,
    type: 0,
    key: device,
    rule: 'lostRevocation',
    ours: {
      values: {},
      by: from.device,
      device: from.device,
      atMs: nowMs,
      reason: `It holds a list by which ${device} was ${reason}, which this hub does not hold: that counts again. If it was told to erase itself, or was erased, say so again.`,
    },
    theirs: { values: {}, scope: 'global', lsn: 0, source: 'what this hub held', atMs: nowMs },
    raisedAtMs: nowMs,
  });
  return reason;
}

const hasCountingCertificate = async (tx: Queries, device: string): Promise<boolean> =>
  (
    await tx.rows(
      'SELECT 1 FROM device_certificate c LEFT JOIN revocation r ON r.serial = c.serial WHERE c.device = $1 AND r.serial IS NULL',
      [device],
    )
  ).length > 0;

export async function revocationNumber(database: Pick<Queries, 'rows'>, tenantNo: number): Promise<number> {
  const [row] = await database.rows<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM revocation WHERE tenant_no = $1', [
    tenantNo,
  ]);
  return row?.number ?? 0;
}

export async function revocationList({
  database,
  identity,
}: Pick<CertificatePorts, 'identity'> & { readonly database: Pick<Queries, 'rows'> }): Promise<RevocationList> {
  const rows = await database.rows<{
    number: number;
    device: string;
    serial: string;
    reason: RevocationReason;
    heads: readonly TrustedHead[];
  }>('SELECT number, device, serial, reason, heads FROM revocation WHERE tenant_no = $1 ORDER BY number', [identity.tenantNo]);
  const revocations = rows.map(({ heads, number: _number, ...row }) => ({
    ...row,
    heads: heads.map(({ epoch, seq, hash }) => ({ epoch, seq, hash })),
  }));
  return signRevocations(identity.signer, identity.tenant, { number: rows.at(-1)?.number ?? 0, revocations });
}
