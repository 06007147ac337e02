/**
 * Who somebody is, by what they show: looked up among the staff of the newest cut, with a wait after wrong ones (`signOnDelay`). An attempt
 * is counted on disk before it is looked at; whoever pulls the plug has had it.
 */
import { timingSafeEqual } from 'node:crypto';

import { err, ok, type Clock, type Result } from '@holdfast/base';
import type { Passcode, PasscodeSecret } from '@holdfast/base/passcode';
import {
  canSignOn,
  missingProof,
  passcodeSecretNo,
  signOnDelay,
  type Failures,
  type Refusal,
  type SignOnHow,
  type SignOnRules,
  type Staff,
} from '@holdfast/domain';

import type { Connection } from '../database/connection.ts';
import type { Transactions } from '../transactions.ts';
import { secretNumbersOf } from './passcode-secrets.ts';

/** A badge alone says whose it is; a PIN is some user's. */
export interface Shown {
  readonly user?: string | undefined;
  readonly pin?: string | undefined;
  readonly badge?: string | undefined;
  /** What the PIN shall be from now on. */
  readonly newPin?: string | undefined;
}

/** `sealed`: the new PIN, or the same one where an older secret than today's sealed it, as it is to be kept from now on. */
export type Identified = Result<{ readonly staff: Staff; readonly how: SignOnHow; readonly sealed?: string }, Refusal>;

export interface IdentifyPorts {
  readonly db: Connection;
  readonly transactions: Pick<Transactions, 'durable'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly people: () => readonly Staff[];
  readonly rules: () => SignOnRules;
  readonly findSecret: (number: number) => PasscodeSecret | undefined;
  /** Undefined: nothing is sealed here. */
  readonly currentSecret: () => PasscodeSecret | undefined;
  readonly seal: (passcode: Passcode, secret: PasscodeSecret) => Promise<string>;
}

export interface Identifier {
  identify(shown: Shown): Promise<Identified>;
}

/** Attempts that are nobody's: of a badge, or of a user that is not there. They count for the lane alone. */
const NOBODY = '';

export function createIdentifier(ports: IdentifyPorts): Identifier {
  const { people, rules } = ports;
  const attempts = openAttempts(ports);

  async function identify(shown: Shown): Promise<Identified> {
    const candidates = people().filter(canSignOn);
    const claimed = shown.badge === undefined ? candidates.find(({ user }) => user === shown.user) : undefined;
    const delay = attempts.delay(claimed);
    if (delay !== undefined) {
      if (delay.type === 'dead') return err({ type: 'passcodeDead', detail: {} });
      // Whole seconds, so that nobody tries a moment too early.
      return err({ type: 'passcodeWaits', detail: { waitS: Math.ceil(delay.waitMs / 1000) } });
    }
    if (secretsOf(ports, candidates).length === 0) return err({ type: 'passcodesUnknown', detail: {} });
    attempts.count(claimed);
    const found = shown.badge === undefined ? await byPin(ports, claimed, shown) : await byBadge(ports, candidates, shown);
    if (found === undefined) return err({ type: 'wrongPasscode', detail: {} });
    attempts.forget(claimed, found.staff);
    const missing = missingProof(found.staff, found.how, rules().by);
    if (missing === undefined) return ok({ ...found, ...(await sealedAnew(ports, found.staff, shown)) });
    return err({ type: 'passcodeMissing', detail: { missing, user: found.staff.user, name: found.staff.displayName ?? found.staff.user } });
  }
  return { identify };
}

interface Found {
  readonly staff: Staff;
  readonly how: SignOnHow;
}

/** Those that are known here, of all that anything was sealed with. */
function secretsOf({ findSecret }: IdentifyPorts, candidates: readonly Staff[]): readonly PasscodeSecret[] {
  return [...new Set(candidates.flatMap(secretNumbersOf))].flatMap((number) => findSecret(number) ?? []);
}

/** As long for nobody as for somebody. */
async function byPin(ports: IdentifyPorts, claimed: Staff | undefined, { user = '', pin = '' }: Shown): Promise<Found | undefined> {
  const [any] = secretsOf(ports, ports.people().filter(canSignOn));
  const secret = claimed?.pin === undefined ? any : ports.findSecret(passcodeSecretNo(claimed.pin));
  if (secret === undefined) return undefined;
  const sealed = await ports.seal({ user, text: pin }, secret);
  return claimed?.pin !== undefined && isSame(sealed, claimed.pin) ? { staff: claimed, how: 'pin' } : undefined;
}

async function byBadge(ports: IdentifyPorts, candidates: readonly Staff[], { pin, badge = '' }: Shown): Promise<Found | undefined> {
  for (const secret of secretsOf(ports, candidates)) {
    const sealed = await ports.seal({ user: '', text: badge }, secret);
    const staff = candidates.find((candidate) => candidate.badge !== undefined && isSame(sealed, candidate.badge));
    if (staff === undefined) continue;
    if (pin === undefined) return { staff, how: 'badge' };
    const both = await byPin(ports, staff, { user: staff.user, pin });
    return both === undefined ? undefined : { staff, how: 'pinAndBadge' };
  }
  return undefined;
}

async function sealedAnew(
  { currentSecret, seal }: IdentifyPorts,
  { user, pin: kept }: Staff,
  { pin, newPin = pin }: Shown,
): Promise<{ readonly sealed?: string }> {
  const secret = currentSecret();
  if (secret === undefined || kept === undefined || pin === undefined || newPin === undefined) return {};
  if (newPin === pin && passcodeSecretNo(kept) >= secret.number) return {};
  return { sealed: await seal({ user, text: newPin }, secret) };
}

const isSame = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

interface Attempts {
  delay(claimed: Staff | undefined): ReturnType<typeof signOnDelay>;
  count(claimed: Staff | undefined): void;
  /** It was right: of a person all that stood, of nobody this one. */
  forget(claimed: Staff | undefined, found: Staff): void;
}

/** Wrong attempts by user, level with the disk. One of another PIN than today's counts for nothing. */
function openAttempts({ db, transactions, clock }: Pick<IdentifyPorts, 'db' | 'transactions' | 'clock'>): Attempts {
  const write = db.prepare('INSERT OR REPLACE INTO sign_on_failure (user, failures, passcode) VALUES (?, ?, ?)');
  const erase = db.prepare('DELETE FROM sign_on_failure WHERE user = ?');
  const rows = db
    .prepare<[], { user: string; failures: number; passcode: string }>('SELECT user, failures, passcode FROM sign_on_failure')
    .all();
  // Every wait begins anew with the process: no restart shortens one.
  const held = new Map(rows.map(({ user, failures, passcode }) => [user, { count: failures, lastMs: clock.monotonicMs(), passcode }]));
  const set = (user: string, count: number, passcode: string): void => {
    transactions.durable(() => (count === 0 ? erase.run(user) : write.run(user, count, passcode)));
    if (count === 0) held.delete(user);
    else held.set(user, { count, lastMs: clock.monotonicMs(), passcode });
  };
  const ownOf = (claimed: Staff | undefined): Failures | undefined => {
    const own = claimed === undefined ? undefined : held.get(claimed.user);
    return own?.passcode === claimed?.pin ? own : undefined;
  };
  return {
    delay(claimed) {
      const all = [...held.values()];
      const lane: Failures = {
        count: all.reduce((sum, { count }) => sum + count, 0),
        lastMs: all.reduce((latest, { lastMs }) => Math.max(latest, lastMs), 0),
      };
      return signOnDelay(ownOf(claimed), lane.count === 0 ? undefined : lane, clock.monotonicMs());
    },
    count(claimed) {
      const own = claimed === undefined ? held.get(NOBODY) : ownOf(claimed);
      set(claimed?.user ?? NOBODY, (own?.count ?? 0) + 1, claimed?.pin ?? '');
    },
    forget(claimed, found) {
      if (claimed === undefined) set(NOBODY, Math.max((held.get(NOBODY)?.count ?? 0) - 1, 0), '');
      if (held.has(found.user)) set(found.user, 0, '');
    },
  };
}
