/**
 * People who sign in to the console: somebody on the staff, with a name to type, a password (argon2id) and an authenticator (RFC 6238), always both. They come in by a link, once, on
 * which they choose the one and set up the other. Whatever was wrong with an attempt, its answer is the same, and takes as long; guessing ends (`waits.ts`); no code is taken twice.
 */
import { assert, err, ok, type Random, type Result } from '@holdfast/base';
import { hashPassword, isPassword } from '@holdfast/base/passcode';

import type { Database } from '../db/database.ts';
import { createRecoveryCode, createToken, hashSecret, normaliseCode } from '../enrolment/secrets.ts';
import type { Vault } from '../secrets/vault.ts';
import { SEED_BYTES, stepOfCode } from './authenticator.ts';
import { type EventPorts, noteEvent } from './events.ts';
import { guessedWords, passwordProblem, type PasswordProblem } from './password-rules.ts';
import { beginSession, endSessions, type Visitor } from './sessions.ts';
import { countAttempt, forgiveAttempt } from './waits.ts';

export interface SignInPorts extends EventPorts {
  readonly random: Random;
  readonly vault: Vault;
}

const INVITE_MS = 72 * 60 * 60_000;
const RECOVERY_CODES = 10;

export interface SignInView {
  readonly person: string;
  readonly name: string;
  /** Has a password and an authenticator. */
  readonly hasJoined: boolean;
  readonly isInvited: boolean;
  readonly isLocked: boolean;
  readonly recoveryCodes: number;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly signedInAtMs: number | null;
}

const seedPlace = (person: string): string => `authenticator of ${person}`;

const newSeed = ({ random, vault }: Pick<SignInPorts, 'random' | 'vault'>, person: string): Uint8Array =>
  vault.seal(seedPlace(person), random.bytes(SEED_BYTES));

const openSeed = ({ vault }: Pick<SignInPorts, 'vault'>, person: string, sealed: Uint8Array): Uint8Array | undefined =>
  vault.open(seedPlace(person), new Uint8Array(sealed));

export const listSignIns = async ({
  database,
  tenantNo,
  clock,
}: Pick<SignInPorts, 'database' | 'tenantNo' | 'clock'>): Promise<readonly SignInView[]> =>
  database.rows<SignInView>(
    `SELECT i.person, i.name, (i.password IS NOT NULL
       OR EXISTS (SELECT 1 FROM sign_in_link l WHERE l.tenant_no = i.tenant_no AND l.person = i.person)) AS "hasJoined", coalesce(i.invite_until_ms > $2, false) AS "isInvited", i.is_locked AS "isLocked",
       (SELECT count(*)::integer FROM sign_in_recovery r WHERE r.tenant_no = i.tenant_no AND r.person = i.person) AS "recoveryCodes",
       i.created_at_ms AS "createdAtMs", i.created_by AS "createdBy", i.signed_in_at_ms AS "signedInAtMs"
     FROM sign_in i WHERE i.tenant_no = $1 ORDER BY i.name`,
    [tenantNo, clock.nowMs()],
  );

export interface Invite {
  readonly token: string;
  readonly untilMs: number;
}

/** A link by which this person comes in, or comes in anew where they lost what they had. The name is somebody else's: `nameTaken`. */
export async function invite(
  ports: SignInPorts,
  { person, name, by }: { readonly person: string; readonly name: string; readonly by: string },
): Promise<Result<Invite, { readonly type: 'nameTaken' }>> {
  const { database, tenantNo, clock, random } = ports;
  const token = createToken(random);
  const untilMs = clock.nowMs() + INVITE_MS;
  const made = await database.execute(
    `INSERT INTO sign_in (tenant_no, person, name, code_step, is_locked, invite_hash, invite_until_ms, next_seed, created_at_ms, created_by)
     SELECT $1, $2, $3, 0, false, $4, $5, $6, $7, $8
     WHERE NOT EXISTS (SELECT 1 FROM sign_in o WHERE o.tenant_no = $1 AND o.name = $3 AND o.person <> $2)
     ON CONFLICT (tenant_no, person) DO UPDATE SET name = excluded.name, invite_hash = excluded.invite_hash, invite_until_ms = excluded.invite_until_ms,
       next_seed = excluded.next_seed`,
    [tenantNo, person, name, hashSecret(token), untilMs, newSeed(ports, person), clock.nowMs(), by],
  );
  return made === 1 ? ok({ token, untilMs }) : err({ type: 'nameTaken' });
}

export interface Invited {
  readonly person: string;
  readonly name: string;
  readonly seed: Uint8Array;
}

/** Undefined: used, run out, taken back, or never given. */
export async function findInvite(ports: SignInPorts, token: string): Promise<Invited | undefined> {
  const [row] = await ports.database.rows<{ person: string; name: string; seed: Uint8Array | null }>(
    `SELECT person, name, next_seed AS seed FROM sign_in WHERE tenant_no = $1 AND invite_hash = $2 AND invite_until_ms > $3 AND NOT is_locked`,
    [ports.tenantNo, hashSecret(token), ports.clock.nowMs()],
  );
  if (row === undefined || row.seed === null) return undefined;
  const seed = openSeed(ports, row.person, row.seed);
  return seed === undefined ? undefined : { person: row.person, name: row.name, seed };
}

export type JoinError =
  | { readonly type: 'noSuchInvite' }
  | { readonly type: 'wrongCode' }
  | { readonly type: 'weakPassword'; readonly problem: PasswordProblem };

export interface Joined {
  readonly person: string;
  readonly name: string;
  readonly recoveryCodes: readonly string[];
  readonly token: string;
}

/** They prove that their authenticator works before anything is theirs. Whoever was signed in as them is not any more. */
export async function join(
  ports: SignInPorts,
  { token, password, code }: { readonly token: string; readonly password: string; readonly code: string },
  visitor: Visitor,
): Promise<Result<Joined, JoinError>> {
  const { database, tenantNo, clock, random } = ports;
  const invited = await findInvite(ports, token);
  if (invited === undefined) return err({ type: 'noSuchInvite' });
  const { person, name, seed } = invited;
  const problem = passwordProblem(password, { name, words: await guessedWords(database, tenantNo, person) });
  if (problem !== undefined) return err({ type: 'weakPassword', problem });
  const step = stepOfCode(seed, code, clock.nowMs());
  if (step === undefined) return err({ type: 'wrongCode' });
  const hashed = await hashPassword(password);
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, () => createRecoveryCode(random));
  const isMine = await database.transaction(async (tx) => {
    const taken = await tx.execute(
      `UPDATE sign_in SET password = $4, seed = next_seed, next_seed = NULL, invite_hash = NULL, invite_until_ms = NULL, code_step = $5, signed_in_at_ms = $6
       WHERE tenant_no = $1 AND person = $2 AND invite_hash = $3`,
      [tenantNo, person, hashSecret(token), hashed, step, clock.nowMs()],
    );
    if (taken !== 1) return false;
    await tx.execute('DELETE FROM console_session WHERE tenant_no = $1 AND person = $2', [tenantNo, person]);
    await keepRecoveryCodes(tx, tenantNo, person, recoveryCodes);
    return true;
  });
  if (!isMine) return err({ type: 'noSuchInvite' });
  await forgiveAttempt(ports, 'name', name);
  await noteEvent(ports, { what: 'joined', person, by: person, address: visitor.address });
  return ok({ person, name, recoveryCodes, token: await beginSession(ports, person, visitor) });
}

async function keepRecoveryCodes(tx: Pick<Database, 'execute'>, tenantNo: number, person: string, codes: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM sign_in_recovery WHERE tenant_no = $1 AND person = $2', [tenantNo, person]);
  for (const code of codes)
    await tx.execute('INSERT INTO sign_in_recovery (tenant_no, person, code_hash) VALUES ($1, $2, $3)', [
      tenantNo,
      person,
      hashSecret(normaliseCode(code)),
    ]);
}

export type SignInError = { readonly type: 'wrongSignIn' } | { readonly type: 'tooManyAttempts'; readonly retryAfterSeconds: number };

export interface SignInWish {
  readonly name: string;
  readonly password: string;
  /** Of the authenticator, or a recovery code. */
  readonly code: string;
}

interface HeldRow {
  readonly person: string;
  readonly password: string | null;
  readonly seed: Uint8Array | null;
  readonly isLocked: boolean;
}

export async function signIn(
  ports: SignInPorts,
  wish: SignInWish,
  visitor: Visitor,
): Promise<Result<{ readonly person: string; readonly token: string }, SignInError>> {
  const name = wish.name.trim().toLowerCase();
  const retryAfterSeconds = (await countAttempt(ports, 'address', visitor.address)) ?? (await countAttempt(ports, 'name', name));
  if (retryAfterSeconds !== undefined) return err({ type: 'tooManyAttempts', retryAfterSeconds });
  const [held] = await ports.database.rows<HeldRow>(
    'SELECT person, password, seed, is_locked AS "isLocked" FROM sign_in WHERE tenant_no = $1 AND name = $2',
    [ports.tenantNo, name],
  );
  if (held === undefined || !(await isProven(ports, held, wish, visitor))) {
    if (held === undefined) await isPassword(wish.password, await nobodysPassword());
    await noteEvent(ports, { what: 'refused', person: held?.person ?? '', by: held?.person ?? '', address: visitor.address });
    return err({ type: 'wrongSignIn' });
  }
  const { person } = held;
  await ports.database.execute('UPDATE sign_in SET signed_in_at_ms = $3 WHERE tenant_no = $1 AND person = $2', [
    ports.tenantNo,
    person,
    ports.clock.nowMs(),
  ]);
  await forgiveAttempt(ports, 'name', name);
  await forgiveAttempt(ports, 'address', visitor.address);
  await noteEvent(ports, { what: 'signedIn', person, by: person, address: visitor.address });
  return ok({ person, token: await beginSession(ports, person, visitor) });
}

/** A name that nobody has costs its asker what another does. */
let nobodys: Promise<string> | undefined;
const nobodysPassword = async (): Promise<string> => (nobodys ??= hashPassword('a password that nobody has'));

/** The password is looked at first, and always: a code is used up only by who knows it. */
async function isProven(
  ports: SignInPorts,
  held: HeldRow,
  { password, code }: Pick<SignInWish, 'password' | 'code'>,
  visitor: Visitor,
): Promise<boolean> {
  const isRight = await isPassword(password, held.password ?? (await nobodysPassword()));
  if (!isRight || held.password === null || held.isLocked) return false;
  return (await isCode(ports, held, code)) || (await isRecoveryCode(ports, held.person, code, visitor));
}

async function isCode(ports: SignInPorts, { person, seed: sealed }: HeldRow, code: string): Promise<boolean> {
  const seed = sealed === null ? undefined : openSeed(ports, person, sealed);
  const step = seed === undefined ? undefined : stepOfCode(seed, code.replaceAll(' ', ''), ports.clock.nowMs());
  if (step === undefined) return false;
  const taken = await ports.database.execute('UPDATE sign_in SET code_step = $3 WHERE tenant_no = $1 AND person = $2 AND code_step < $3', [
    ports.tenantNo,
    person,
    step,
  ]);
  return taken === 1;
}

async function isRecoveryCode(ports: SignInPorts, person: string, code: string, { address }: Visitor): Promise<boolean> {
  const used = await ports.database.execute('DELETE FROM sign_in_recovery WHERE tenant_no = $1 AND person = $2 AND code_hash = $3', [
    ports.tenantNo,
    person,
    hashSecret(normaliseCode(code)),
  ]);
  if (used === 1) await noteEvent(ports, { what: 'recoveryCodeUsed', person, by: person, address });
  return used === 1;
}

/** Of somebody who is signed in already, and changes what they sign in by: guessing ends for them as well. */
export async function proveAgain(
  ports: SignInPorts,
  person: string,
  wish: Pick<SignInWish, 'password' | 'code'>,
  visitor: Visitor,
): Promise<Result<{ readonly name: string }, SignInError>> {
  const [held] = await ports.database.rows<HeldRow & { readonly name: string }>(
    'SELECT person, name, password, seed, is_locked AS "isLocked" FROM sign_in WHERE tenant_no = $1 AND person = $2',
    [ports.tenantNo, person],
  );
  if (held === undefined) return err({ type: 'wrongSignIn' });
  const retryAfterSeconds = await countAttempt(ports, 'name', held.name);
  if (retryAfterSeconds !== undefined) return err({ type: 'tooManyAttempts', retryAfterSeconds });
  if (!(await isProven(ports, held, wish, visitor))) {
    await noteEvent(ports, { what: 'refused', person, by: person, address: visitor.address });
    return err({ type: 'wrongSignIn' });
  }
  await forgiveAttempt(ports, 'name', held.name);
  return ok({ name: held.name });
}

/** All other sessions of theirs end. */
export async function changePassword(
  ports: SignInPorts,
  { person, session, next }: { readonly person: string; readonly session: string; readonly next: string },
  { address }: Visitor,
): Promise<void> {
  await ports.database.execute('UPDATE sign_in SET password = $3 WHERE tenant_no = $1 AND person = $2', [
    ports.tenantNo,
    person,
    await hashPassword(next),
  ]);
  await endSessions(ports, person, session);
  await noteEvent(ports, { what: 'passwordChanged', person, by: person, address });
}

/** Another authenticator, shown once: it counts as soon as it gave a code. */
export async function offerSeed(ports: SignInPorts, person: string): Promise<Uint8Array> {
  const sealed = newSeed(ports, person);
  await ports.database.execute(
    'UPDATE sign_in SET next_seed = $3, invite_hash = NULL, invite_until_ms = NULL WHERE tenant_no = $1 AND person = $2',
    [ports.tenantNo, person, sealed],
  );
  const seed = openSeed(ports, person, sealed);
  assert(seed !== undefined, 'a vault opens what it sealed');
  return seed;
}

/** Undefined: no code of the one that was shown. */
export async function takeSeed(
  ports: SignInPorts,
  { person, session, code }: { readonly person: string; readonly session: string; readonly code: string },
  { address }: Visitor,
): Promise<readonly string[] | undefined> {
  const { database, tenantNo, clock, random } = ports;
  const [held] = await database.rows<{ seed: Uint8Array | null }>(
    'SELECT next_seed AS seed FROM sign_in WHERE tenant_no = $1 AND person = $2 AND invite_hash IS NULL',
    [tenantNo, person],
  );
  const sealed = held?.seed ?? null;
  const seed = sealed === null ? undefined : openSeed(ports, person, sealed);
  const step = seed === undefined ? undefined : stepOfCode(seed, code, clock.nowMs());
  if (step === undefined) return undefined;
  const codes = Array.from({ length: RECOVERY_CODES }, () => createRecoveryCode(random));
  await database.transaction(async (tx) => {
    await tx.execute('UPDATE sign_in SET seed = next_seed, next_seed = NULL, code_step = $3 WHERE tenant_no = $1 AND person = $2', [
      tenantNo,
      person,
      step,
    ]);
    await keepRecoveryCodes(tx, tenantNo, person, codes);
  });
  await endSessions(ports, person, session);
  await noteEvent(ports, { what: 'authenticatorChanged', person, by: person, address });
  return codes;
}

/** In place of those that are left. */
export async function renewRecoveryCodes(
  ports: SignInPorts,
  person: string,
  { address }: Pick<Visitor, 'address'>,
): Promise<readonly string[]> {
  const codes = Array.from({ length: RECOVERY_CODES }, () => createRecoveryCode(ports.random));
  await ports.database.transaction(async (tx) => keepRecoveryCodes(tx, ports.tenantNo, person, codes));
  await noteEvent(ports, { what: 'recoveryCodesChanged', person, by: person, address });
  return codes;
}

/** Where posts are of people who sign in: who writes them may look after these. */
export async function placesOfSignIns(
  { database, tenantNo }: Pick<SignInPorts, 'database' | 'tenantNo'>,
  posts: readonly { readonly key: string; readonly scope: string }[],
): Promise<readonly string[]> {
  if (posts.length === 0) return [];
  const known = await database.rows<{ person: string }>('SELECT person FROM sign_in WHERE tenant_no = $1', [tenantNo]);
  const people = new Set(known.map(({ person }) => person));
  return posts.flatMap(({ key, scope }) => (people.has(key) ? [scope] : []));
}

/** What somebody signs in as, and how many recovery codes they have left. */
export async function findOwnSignIn(
  { database, tenantNo }: Pick<SignInPorts, 'database' | 'tenantNo'>,
  person: string,
): Promise<{ readonly name: string; readonly recoveryCodes: number } | undefined> {
  const [row] = await database.rows<{ name: string; recoveryCodes: number }>(
    `SELECT i.name, (SELECT count(*)::integer FROM sign_in_recovery r WHERE r.tenant_no = i.tenant_no AND r.person = i.person) AS "recoveryCodes"
     FROM sign_in i WHERE i.tenant_no = $1 AND i.person = $2`,
    [tenantNo, person],
  );
  return row;
}

/** Whoever is locked out is out at once. False: nobody of that key signs in. */
export async function setLocked(
  { database, tenantNo }: Pick<SignInPorts, 'database' | 'tenantNo'>,
  person: string,
  isLocked: boolean,
): Promise<boolean> {
  const changed = await database.execute('UPDATE sign_in SET is_locked = $3 WHERE tenant_no = $1 AND person = $2', [
    tenantNo,
    person,
    isLocked,
  ]);
  if (isLocked) await endSessions({ database, tenantNo }, person);
  return changed === 1;
}

/** On the staff they stay. Tokens that they made open nothing any more, also when they are invited again. */
export async function removeSignIn(
  { database, tenantNo, clock }: Pick<SignInPorts, 'database' | 'tenantNo' | 'clock'>,
  { person, by }: { readonly person: string; readonly by: string },
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(
      'UPDATE api_token SET revoked_at_ms = $3, revoked_by = $4 WHERE tenant_no = $1 AND maker = $2 AND revoked_at_ms IS NULL AND until_ms > $3',
      [tenantNo, person, clock.nowMs(), by],
    );
    for (const table of ['console_session', 'sign_in_recovery', 'sign_in_link', 'sign_in'])
      await tx.execute(`DELETE FROM ${table} WHERE tenant_no = $1 AND person = $2`, [tenantNo, person]);
  });
}

/** What was sealed with an older key is sealed with the one in use. Answers whose opens with none: they come in with a recovery code, or by another invitation. */
export async function renewSeeds({
  database,
  tenantNo,
  vault,
}: Pick<SignInPorts, 'database' | 'tenantNo' | 'vault'>): Promise<readonly string[]> {
  const rows = await database.rows<{ person: string; seed: Uint8Array }>(
    `SELECT person, seed FROM sign_in WHERE tenant_no = $1 AND seed IS NOT NULL`,
    [tenantNo],
  );
  const closed: string[] = [];
  for (const { person, seed: held } of rows) {
    const sealed = new Uint8Array(held);
    const seed = openSeed({ vault }, person, sealed);
    if (seed === undefined) closed.push(person);
    if (seed === undefined || vault.isFresh(sealed)) continue;
    await database.execute('UPDATE sign_in SET seed = $3 WHERE tenant_no = $1 AND person = $2 AND seed = $4', [
      tenantNo,
      person,
      vault.seal(seedPlace(person), seed),
      sealed,
    ]);
  }
  return closed;
}
