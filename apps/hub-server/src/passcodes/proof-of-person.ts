/**
 * Who somebody at headquarters is, by the PIN that they sign on with at lanes. Guessing ends: of one person so many wrong PINs are listened to in five minutes, and no more, by each process of the hub.
 */
import { err, ok, type Clock, type Result } from '@holdfast/base';
import { sealPasscode } from '@holdfast/base/passcode';
import { ENTITY_TYPES, passcodeSecretNo } from '@holdfast/domain';

import { rolesOf, type Post } from '../sign-in/posts.ts';
import { loadPasscodeSecrets, type PasscodePorts } from './passcodes.ts';

export type ProofError =
  | { readonly type: 'noSuchStaff' }
  | { readonly type: 'wrongPin' }
  | { readonly type: 'tooManyAttempts'; readonly retryAfterSeconds: number };

export interface ProvenPerson {
  readonly user: string;
  readonly posts: readonly Post[];
}

export interface ProofOfPerson {
  prove(user: string, pin: string): Promise<Result<ProvenPerson, ProofError>>;
  /** Whether somebody of that key is on the staff anywhere. */
  isStaff(user: string): Promise<boolean>;
}

const MOST_ATTEMPTS = 5;
const WINDOW_MS = 5 * 60_000;
/** More people than this at once are an attack of another kind: they are all made to wait. */
const MOST_PEOPLE = 10_000;

interface StaffRow {
  readonly scope: string;
  readonly roles: string | null;
  readonly pin: string | null;
}

export function createProofOfPerson(ports: PasscodePorts & { readonly clock: Clock }): ProofOfPerson {
  const attempts = new Map<string, { count: number; readonly sinceMs: number }>();
  const rowsOf = async (user: string): Promise<readonly StaffRow[]> => {
    const columnOf = (name: string): string => String(ENTITY_TYPES.staff.columns.find((column) => column.name === name)?.number ?? '');
    return ports.database.rows<StaffRow>(
      `SELECT scope, fields ->> $3 AS roles, fields ->> $4 AS pin FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.staff.type} AND key = $2 AND alive`,
      [ports.tenantNo, user, columnOf('roles'), columnOf('pin')],
    );
  };
  /** Counted before the PIN is looked at: many at once are many. */
  const waitOf = (user: string): number | undefined => {
    const nowMs = ports.clock.monotonicMs();
    for (const [known, { sinceMs }] of attempts) if (nowMs - sinceMs >= WINDOW_MS) attempts.delete(known);
    const held = attempts.get(user) ?? { count: 0, sinceMs: nowMs };
    if (held.count >= MOST_ATTEMPTS || attempts.size >= MOST_PEOPLE) return Math.ceil((WINDOW_MS - (nowMs - held.sinceMs)) / 1_000);
    held.count += 1;
    attempts.set(user, held);
    return undefined;
  };
  return {
    isStaff: async (user) => (await rowsOf(user)).length > 0,
    prove: async (user, pin) => {
      const rows = await rowsOf(user);
      if (rows.length === 0) return err({ type: 'noSuchStaff' });
      const retryAfterSeconds = waitOf(user);
      if (retryAfterSeconds !== undefined) return err({ type: 'tooManyAttempts', retryAfterSeconds });
      const secrets = await loadPasscodeSecrets(ports);
      const posts: Post[] = [];
      const known = new Map<number, string>();
      for (const { scope, roles, pin: sealed } of rows) {
        const secret = sealed === null ? undefined : secrets.find(({ number }) => number === passcodeSecretNo(sealed));
        if (secret === undefined) continue;
        const shown = known.get(secret.number) ?? (await sealPasscode({ user, text: pin }, secret));
        known.set(secret.number, shown);
        if (shown === sealed) posts.push({ scope, roles: rolesOf(roles) });
      }
      if (posts.length === 0) return err({ type: 'wrongPin' });
      attempts.delete(user);
      return ok({ user, posts });
    },
  };
}
