/**
 * Signing on: who must, how long a wrong passcode makes everybody wait, and what is left of somebody's rights where nobody can be asked any more.
 *
 * Waits are lengths of time that passes, never times of day: a clock that is set changes none of them. An attempt is counted before it is
 * looked at, so that nobody gains by pulling the plug in between; after a restart a wait begins anew.
 */
import { ADDED_ACTIONS, DEFAULT_GRANTS, type Action, type Grant } from './permissions.ts';
import type { Staff } from './person.ts';

/** `either`: a PIN or a badge; `both`: who has both shows both. */
export const SIGN_ON_BY = ['either', 'both'] as const;

export interface SignOnRules {
  readonly by: (typeof SIGN_ON_BY)[number];
  /** Whoever has not touched the lane for so long signs on again. 0: never. */
  readonly lockAfterMinutes: number;
  /** Without the hub for so long, nobody may any more what costs money. 0: always. */
  readonly rightsLastDays: number;
  /** What PINs are sealed with from now on; absent: with the newest that the lane has. */
  readonly secretNo?: number;
  /** Whom a lane takes for signed on until somebody signs off. Absent: nobody. */
  readonly startsAs?: string;
}

export const DEFAULT_SIGN_ON: SignOnRules = { by: 'either', lockAfterMinutes: 10, rightsLastDays: 14 };

export const SIGN_ON_HOWS = ['pin', 'badge', 'pinAndBadge'] as const;
export type SignOnHow = (typeof SIGN_ON_HOWS)[number];

export const SESSION_ACTS = ['signOn', 'signOff', 'lock', 'unlock'] as const;
export type SessionAct = (typeof SESSION_ACTS)[number];
/** Why a session ended by itself. */
export const SESSION_REASONS = ['idle', 'removed', 'switched'] as const;

/** Where one person can sign on, everybody has to. */
export const asksSignOn = (people: readonly Staff[]): boolean => people.some(canSignOn);
export const canSignOn = ({ pin, badge }: Staff): boolean => pin !== undefined || badge !== undefined;

/** What a person has yet to show; undefined where it is enough. */
export function missingProof({ pin, badge }: Staff, shown: SignOnHow, by: SignOnRules['by']): 'pin' | 'badge' | undefined {
  if (by === 'either' || shown === 'pinAndBadge' || pin === undefined || badge === undefined) return undefined;
  return shown === 'pin' ? 'badge' : 'pin';
}

export interface BackOff {
  /** So many wrong ones in a row cost nothing but themselves. */
  readonly free: number;
  readonly firstMs: number;
  /** Each further one doubles the wait, up to this. */
  readonly longestMs: number;
}

/** Of one person, wherever their count stands: fingers slip. */
export const PERSON_BACK_OFF: BackOff = { free: 3, firstMs: 15_000, longestMs: 900_000 };
/** Of a lane, over everybody's open counts together: it is held up longer before it waits, and never long. */
export const LANE_BACK_OFF: BackOff = { free: 10, firstMs: 15_000, longestMs: 120_000 };
/** With so many in a row a person's passcode is dead at this lane until headquarters gives them another one. */
export const MAX_FAILURES = 20;

/** How long after the last of `failures` the next may come. */
export function waitAfterMs(failures: number, { free, firstMs, longestMs }: BackOff): number {
  let waitMs = failures < free ? 0 : firstMs;
  for (let further = failures - free; further > 0 && waitMs < longestMs; further -= 1) waitMs += waitMs;
  return Math.min(waitMs, longestMs);
}

/** Wrong attempts in a row, and when the last one was by a clock that only goes on (`Clock.monotonicMs`) and began anew with the process. */
export interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

export type SignOnDelay = { readonly type: 'waits'; readonly waitMs: number } | { readonly type: 'dead' };

/** Whether the next attempt is looked at. `own` is the person's; `lane` everybody's together. */
export function signOnDelay(own: Failures | undefined, lane: Failures | undefined, nowMs: number): SignOnDelay | undefined {
  if (own !== undefined && own.count >= MAX_FAILURES) return { type: 'dead' };
  const left = (failures: Failures | undefined, backOff: BackOff): number =>
    failures === undefined ? 0 : failures.lastMs + waitAfterMs(failures.count, backOff) - nowMs;
  const waitMs = Math.max(left(own, PERSON_BACK_OFF), left(lane, LANE_BACK_OFF));
  return waitMs > 0 ? { type: 'waits', waitMs } : undefined;
}

/** What a lane may that has heard of nobody for too long: what moves no money out and lowers no price. */
const LASTING_ACTIONS: ReadonlySet<Action> = new Set<Action>(['voidLine', 'voidSale']);

/** Without contact rights only become fewer: a person who has left cannot be told from one who has not. */
export const lastingGrants = (grants: readonly Grant[]): readonly Grant[] => grants.filter(({ action }) => LASTING_ACTIONS.has(action));

const DAY_MS = 86_400_000;

/** Whether people's rights have run out, by store-agreed time. A hub that was never heard has given none. */
export function areRightsOver({ rightsLastDays }: SignOnRules, lastContactMs: number | undefined, nowMs: number): boolean {
  if (rightsLastDays === 0 || lastContactMs === undefined) return false;
  return nowMs - lastContactMs > rightsLastDays * DAY_MS;
}

/** What is published, and what the program has of `ADDED_ACTIONS` where no cell speaks of them. */
export function withAddedActions(published: readonly Grant[], added: readonly Action[] = ADDED_ACTIONS): readonly Grant[] {
  const silent = added.filter((action) => !published.some((grant) => grant.action === action));
  return silent.length === 0 ? published : [...published, ...DEFAULT_GRANTS.filter(({ action }) => silent.includes(action))];
}
