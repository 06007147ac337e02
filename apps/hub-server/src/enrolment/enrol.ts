/**
 * How a device comes to belong to a store: a person takes a one-time code from the hub to the device, the device shows it with
 * its public key. Codes and tokens are kept as hashes. A device whose answer was lost shows the same code with the same key
 * again and is answered again, with a new token; any other second use is refused.
 */
import { assert, err, ok, type Clock, type Random, type Result } from '@holdfast/base';
import { BATCH_CODEC_VERSION, bytesToHex, hexToBytes, type EnrolRequest, type Identity, type RevocationReason } from '@holdfast/sync';

import { nothingWaitedAt } from '../accounts/forked.ts';
import type { Database, Queries } from '../db/database.ts';
import { eq } from '../db/drizzle.ts';
import { device as deviceTable, enrolmentCode } from '../db/schema.ts';
import type { HubIdentity } from '../identity.ts';
import { tellWebhooks } from '../webhooks/messages.ts';
import { createCode, createToken, hashSecret, isSameHash, normaliseCode } from './secrets.ts';
import { findStore } from './stores.ts';
import { readSuccessors } from './successors.ts';

/** What a device can be for. */
export const DEVICE_ROLES = ['lane', 'kiosk', 'office'] as const;
export type DeviceRole = (typeof DEVICE_ROLES)[number];

export interface EnrolmentPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly random: Random;
}

/** Who sends, as the token says. The store comes from here, never from what the device sends. */
export interface EnrolledDevice {
  readonly device: string;
  readonly tenantNo: number;
  readonly tenant: string;
  readonly store: string;
  readonly zone: string;
  readonly lane: number;
  /** What it is for (SPEC: S-4). */
  readonly role: DeviceRole;
  readonly publicKey: Uint8Array;
  /** Since when headquarters has it erase itself; null: it does not. */
  readonly wipeOrderedAtMs: number | null;
  /** Why it counts no more; null: it does. What it sold is taken all the same. */
  readonly gone: Exclude<RevocationReason, 'rotated'> | null;
}

export type EnrolError = { readonly type: 'codeRefused' } | { readonly type: 'noSuchStore'; readonly store: string };
/** Why no code is issued. */
export type CodeError =
  | { readonly type: 'noSuchStore'; readonly store: string }
  /** It was merged into that one. */
  | { readonly type: 'storeHasSuccessor'; readonly successor: string };

const CODE_LIFE_MS = 24 * 60 * 60 * 1000;

export interface IssuedCode {
  readonly code: string;
  readonly expiresAtMs: number;
}

export async function issueCode(
  ports: EnrolmentPorts,
  wanted: {
    readonly store: string;
    readonly lane?: number | undefined;
    readonly name?: string | undefined;
    readonly role?: DeviceRole | undefined;
  },
): Promise<Result<IssuedCode, CodeError>> {
  const { tenantNo } = ports.identity;
  if ((await findStore(ports.database, tenantNo, wanted.store)) === undefined) return err({ type: 'noSuchStore', store: wanted.store });
  const successor = (await readSuccessors(ports.database, tenantNo)).get(wanted.store);
  if (successor !== undefined) return err({ type: 'storeHasSuccessor', successor });
  const code = createCode(ports.random);
  const expiresAtMs = ports.clock.nowMs() + CODE_LIFE_MS;
  await ports.database.orm.insert(enrolmentCode).values({
    codeHash: hashSecret(normaliseCode(code)),
    tenantNo,
    store: wanted.store,
    lane: wanted.lane ?? null,
    name: wanted.name ?? null,
    role: wanted.role ?? 'lane',
    expiresAtMs,
  });
  return ok({ code, expiresAtMs });
}

interface CodeRow {
  readonly store: string;
  readonly zone: string;
  readonly lane: number | null;
  readonly name: string | null;
  readonly role: DeviceRole;
  readonly expires_at_ms: number;
  readonly device: string | null;
}

/** One transaction: of two devices that show one code at the same moment, one is enrolled. */
export async function enrol(ports: EnrolmentPorts, request: EnrolRequest): Promise<Result<Identity, EnrolError>> {
  const codeHash = hashSecret(normaliseCode(request.code));
  const publicKey = hexToBytes(request.publicKey);
  return ports.database.transaction(async (tx) => {
    const [code] = await tx.rows<CodeRow>(
      `SELECT c.store, s.zone, c.lane, c.name, c.role, c.expires_at_ms, c.device FROM enrolment_code c
       JOIN store s ON s.tenant_no = c.tenant_no AND s.store = c.store WHERE c.code_hash = $1 AND c.tenant_no = $2 FOR UPDATE`,
      [codeHash, ports.identity.tenantNo],
    );
    if (code === undefined || code.expires_at_ms <= ports.clock.nowMs()) return err({ type: 'codeRefused' });
    // A code of before its store was merged into another one.
    if (code.device === null && (await readSuccessors(tx, ports.identity.tenantNo)).has(code.store)) return err({ type: 'codeRefused' });
    const token = createToken(ports.random);
    const enrolled =
      code.device === null
        ? await createDevice(ports, tx, code, { publicKey, token, name: request.name })
        : await renewToken(tx, code.device, { publicKey, token });
    if (enrolled === undefined) return err({ type: 'codeRefused' });
    if (code.device === null) {
      await tx.orm.update(enrolmentCode).set({ device: enrolled.device }).where(eq(enrolmentCode.codeHash, codeHash));
    }
    return ok({
      tenant: ports.identity.tenant,
      device: enrolled.device,
      token,
      store: code.store,
      zone: code.zone,
      lane: enrolled.lane,
      role: code.role,
      hubEpoch: ports.identity.hubEpoch,
      hubPublicKey: bytesToHex(ports.identity.signer.publicKey),
      reads: BATCH_CODEC_VERSION,
    });
  });
}

interface Credentials {
  readonly publicKey: Uint8Array;
  readonly token: string;
  readonly name?: string | undefined;
}

async function createDevice(
  ports: EnrolmentPorts,
  tx: Queries,
  code: CodeRow,
  credentials: Credentials,
): Promise<{ readonly device: string; readonly lane: number }> {
  // The store's row is the lock under which its lanes are numbered.
  await tx.rows('SELECT 1 FROM store WHERE tenant_no = $1 AND store = $2 FOR UPDATE', [ports.identity.tenantNo, code.store]);
  const [next] = await tx.rows<{ lane: number }>(
    'SELECT coalesce(max(lane), 0) + 1 AS lane FROM device WHERE tenant_no = $1 AND store = $2',
    [ports.identity.tenantNo, code.store],
  );
  assert(next !== undefined, 'an aggregate has a row');
  const lane = code.lane ?? next.lane;
  const device = `d-${bytesToHex(ports.random.bytes(8))}`;
  const nowMs = ports.clock.nowMs();
  await tx.orm.insert(deviceTable).values({
    device,
    tenantNo: ports.identity.tenantNo,
    store: code.store,
    lane,
    role: code.role,
    name: code.name ?? credentials.name ?? `Lane ${lane}`,
    publicKey: credentials.publicKey,
    tokenHash: hashSecret(credentials.token),
    enrolledAtMs: nowMs,
  });
  const joined = { device, store: code.store, lane, role: code.role, enrolledAtMs: nowMs };
  await tellWebhooks(tx, ports.identity.tenantNo, [{ event: 'device.enrolled', subject: `device.${device}`, atMs: nowMs, data: joined }], {
    nowMs,
  });
  return { device, lane };
}

/** The code was used: by this very device (its key says so), or not at all. */
async function renewToken(
  tx: Queries,
  device: string,
  credentials: Credentials,
): Promise<{ readonly device: string; readonly lane: number } | undefined> {
  const [row] = await tx.orm.select().from(deviceTable).where(eq(deviceTable.device, device));
  if (row === undefined || !isSameHash(row.publicKey, credentials.publicKey)) return undefined;
  await tx.orm
    .update(deviceTable)
    .set({ tokenHash: hashSecret(credentials.token) })
    .where(eq(deviceTable.device, device));
  return { device, lane: row.lane };
}

/** Whoever is enrolled, less the `tenant`, which is the hub's. */
export const DEVICE_COLUMNS =
  'd.device, d.tenant_no AS "tenantNo", d.store, s.zone, d.lane, d.role, d.public_key AS "publicKey", d.gone, d.wipe_ordered_at_ms AS "wipeOrderedAtMs"';
export const DEVICE_TABLES = 'device d JOIN store s ON s.tenant_no = d.tenant_no AND s.store = d.store';
const DEVICE_SQL = `SELECT ${DEVICE_COLUMNS} FROM ${DEVICE_TABLES}`;

export async function findDeviceByName(database: Database, identity: HubIdentity, device: string): Promise<EnrolledDevice | undefined> {
  const [row] = await database.rows<Omit<EnrolledDevice, 'tenant'>>(`${DEVICE_SQL} WHERE d.device = $1 AND d.tenant_no = $2`, [
    device,
    identity.tenantNo,
  ]);
  return row === undefined ? undefined : { ...row, tenant: identity.tenant };
}

/** Another device of `of`'s store, by its name. */
export async function findSibling(
  database: Pick<Queries, 'rows'>,
  of: EnrolledDevice,
  device: string,
): Promise<EnrolledDevice | undefined> {
  const [row] = await database.rows<Omit<EnrolledDevice, 'tenant'>>(
    `${DEVICE_SQL} WHERE d.device = $1 AND d.tenant_no = $2 AND d.store = $3`,
    [device, of.tenantNo, of.store],
  );
  return row === undefined ? undefined : { ...row, tenant: of.tenant };
}

export interface Contact {
  readonly atMs: number;
  readonly waitingEntries: number;
  readonly waitingSales: number;
  readonly clockOffsetMs: number;
}

/** What a device said of itself when it asked for news. */
export async function noteContact(database: Database, device: string, contact: Contact): Promise<void> {
  const { atMs, waitingEntries, waitingSales, clockOffsetMs } = contact;
  await database.execute(
    `UPDATE device d SET last_seen_ms = greatest(coalesce(last_seen_ms, 0), $2), waiting_entries = $3, waiting_sales = $4, waiting_at_ms = $2, clock_offset_ms = $5,
       nothing_waited_at_ms = ${nothingWaitedAt('$3::bigint > 0', '$2::bigint')}
     WHERE device = $1`,
    [device, atMs, waitingEntries, waitingSales, clockOffsetMs],
  );
}

/** A moment that a calendar knows (ECMA-262, 21.4.1.1). */
const MAX_MOMENT_MS = 8_640_000_000_000_000;

/** However far off its clock is, the difference stays a number that can be kept and shown. */
export const clockOffsetOf = (atMs: number, wallMs: number): number => atMs - Math.min(Math.max(wallMs, -MAX_MOMENT_MS), MAX_MOMENT_MS);

export interface Course {
  /** As the hub takes it: what the manifest begins at. */
  readonly heldLsn: number;
  readonly toldLsn: number;
  readonly atMs: number;
}

/** Since when it is told that far: of the first time alone. */
const COURSE_SQL = 'held_lsn = $2, told_lsn = $3, told_at_ms = CASE WHEN told_lsn = $3 THEN told_at_ms ELSE $4 END';

/** How far a device's cut is, and how far it was told to go. */
export async function noteCourse(database: Database, device: string, { heldLsn, toldLsn, atMs }: Course): Promise<void> {
  await database.execute(
    `UPDATE device SET ${COURSE_SQL} WHERE device = $1 AND (held_lsn IS DISTINCT FROM $2 OR told_lsn IS DISTINCT FROM $3)`,
    [device, heldLsn, toldLsn, atMs],
  );
}

/** Of a device that stands at `lsn`, the head, and has nothing else to say: what it told last stands. */
export async function noteLevel(
  database: Database,
  device: string,
  { atMs, clockOffsetMs, lsn }: Pick<Contact, 'atMs' | 'clockOffsetMs'> & { readonly lsn: number },
): Promise<void> {
  await database.execute(
    `UPDATE device d SET ${COURSE_SQL}, last_seen_ms = greatest(coalesce(last_seen_ms, 0), $4), waiting_at_ms = $4, clock_offset_ms = $5,
       nothing_waited_at_ms = ${nothingWaitedAt('waiting_entries > 0', '$4::bigint')}
     WHERE device = $1`,
    [device, lsn, lsn, atMs, clockOffsetMs],
  );
}
