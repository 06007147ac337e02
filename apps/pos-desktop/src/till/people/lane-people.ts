/**
 * The people of a lane: who stands at it and what they may, who else gives leave, and what that writes. It decides nothing about goods. Everything that
 * writes runs inside its caller's transaction.
 */
import { err, ok, type Result } from '@holdfast/base';
import {
  APPROVAL_HOLDS_MS,
  areRightsOver,
  holdsFor,
  isAllowed,
  lastingGrants,
  LEDGER_KINDS,
  type Action,
  type Approval,
  type Authority,
  type Grant,
  type LedgerEntry,
  type LedgerHeader,
  type Refusal,
  type SessionAct,
  type SignOnHow,
  type Staff,
  type Wanted,
} from '@holdfast/domain';

import type { CatalogueView } from '../catalogue/catalogue.ts';
import type { Connection } from '../database/connection.ts';
import { createSession, rulesOf, type Standing } from './session.ts';

/** Where nobody signs on, everything is done by the lane's one operator. */
const LONE_OPERATOR = '1';
/** What that operator may do, where the catalogue has no staff of that key. */
const LONE_ROLES = ['manager'];

/** How far the last contact may be ahead of what the disk says of it. */
const CONTACT_EVERY_MS = 600_000;

/** Leave for something outside of the open basket. */
export interface Leave extends Approval {
  readonly reference: string;
}

/** What a leave is asked for. */
export interface LeaveQuestion {
  readonly reference: string;
  /** It is for more than this, and stays. */
  readonly isStep?: true;
}

export interface LanePeople {
  /** By the newest cut: who was removed there is out. */
  standing(newest: CatalogueView | undefined): Standing;
  /** By the cut of the basket. `standing`'s person works by it, or the lone operator. */
  authority(view: CatalogueView, standing: Standing, place: { readonly scopes: readonly string[]; readonly atMs: number }): Authority;
  operator(view: CatalogueView | undefined, standing: Standing): Staff;
  /** Who signed on last and did not sign off, whether or not they still work here. */
  signedOn(): string | undefined;
  areRightsOver(view: CatalogueView | undefined, standing: Standing, atMs: number): boolean;
  /** All that somebody who gives leave may: the code in the envelope never runs out. */
  grantsOf(view: CatalogueView, staff: Staff, atMs: number): readonly Grant[];
  signOn(staff: Staff): void;
  signOff(): void;
  lock(staff: Staff): void;
  /** The hub was heard at this store-agreed time. True where the disk should be told (`keepContact`). */
  isContactNews(atMs: number): boolean;
  keepContact(atMs: number): void;
  /** Store-agreed; undefined: never. */
  lastContactMs(): number | undefined;
  giveLeave(leave: Leave): void;
  /** What was given holds no more: what is real begins, or what is practised. */
  dropLeaves(): void;
  /** Why the operator may not, with the leave that they were given for `reference`; undefined where they may. */
  findDenial(authority: Authority, wanted: Wanted, about: LeaveQuestion): Refusal | undefined;
  /** The same, and who gave the leave where it took one. */
  permit(authority: Authority, wanted: Wanted, about: LeaveQuestion): Result<{ readonly approvedBy?: string }, Refusal>;
  /** The transaction was rolled back. */
  reread(): void;
}

export function createLanePeople(db: Connection): LanePeople {
  const session = createSession(db);
  const readContact = db.prepare<[], number | null>('SELECT last_contact_ms FROM lane WHERE id = 1').pluck();
  const writeContact = db.prepare('UPDATE lane SET last_contact_ms = ? WHERE id = 1');
  let lastContactMs = readContact.get() ?? undefined;
  let keptContactMs = lastContactMs;
  let leaves: readonly Leave[] = [];

  const isOver = (view: CatalogueView | undefined, staff: Staff | undefined, atMs: number): boolean =>
    staff !== undefined && staff.isBreakGlass !== true && areRightsOver(rulesOf(view), lastContactMs, atMs);
  const grantsOf = (view: CatalogueView, staff: Staff | undefined, atMs: number): readonly Grant[] =>
    isOver(view, staff, atMs) ? lastingGrants(view.grants()) : view.grants();
  const operator = (view: CatalogueView | undefined, { state, staff }: Standing): Staff => {
    // Removed at headquarters, and not signed off yet: what they had begun stays theirs.
    const gone = state === 'needed' ? session.user() : undefined;
    if (gone !== undefined) return view?.staff(gone) ?? { user: gone, roles: [] };
    return staff ?? view?.staff(LONE_OPERATOR) ?? { user: LONE_OPERATOR, roles: LONE_ROLES };
  };
  const permit: LanePeople['permit'] = ({ operator: principal, grants, scopes, atMs = 0 }, wanted, { reference, isStep }) => {
    const may = isAllowed(grants, principal, { action: wanted.action, scopes, amount: wanted.amount });
    if (may.ok) return ok({});
    const given = leaves.find((leave) => leave.reference === reference && holdsFor(leave, wanted, atMs));
    if (given === undefined) return err(may.error);
    if (isStep !== true) leaves = leaves.filter((leave) => leave !== given);
    return ok({ approvedBy: given.approver });
  };
  return {
    standing: (newest) => session.standing(newest),
    operator,
    authority: (view, standing, { scopes, atMs }) => ({
      operator: operator(view, standing),
      grants: grantsOf(view, standing.staff, atMs),
      scopes,
      atMs,
    }),
    areRightsOver: (view, { staff }, atMs) => isOver(view, staff, atMs),
    grantsOf,
    signedOn: () => session.user(),
    signOn: ({ user }) => session.set(user, false),
    signOff: () => session.set(undefined, false),
    lock: ({ user }) => session.set(user, true),
    isContactNews(atMs) {
      lastContactMs = Math.max(atMs, lastContactMs ?? 0);
      return keptContactMs === undefined || lastContactMs - keptContactMs >= CONTACT_EVERY_MS;
    },
    keepContact(atMs) {
      writeContact.run(atMs);
      keptContactMs = atMs;
    },
    lastContactMs: () => lastContactMs,
    giveLeave(leave) {
      leaves = [...leaves.filter(({ expiresAtMs }) => (expiresAtMs ?? 0) > (leave.expiresAtMs ?? 0) - APPROVAL_HOLDS_MS), leave];
    },
    findDenial(authority, wanted, about) {
      const permitted = permit(authority, wanted, about);
      return permitted.ok ? undefined : permitted.error;
    },
    permit,
    dropLeaves() {
      leaves = [];
    },
    reread() {
      session.reread();
      leaves = [];
    },
  };
}

export const sessionEntry = (
  header: LedgerHeader,
  act: SessionAct,
  more: { readonly how?: SignOnHow; readonly reason?: 'idle' | 'removed' | 'switched' } = {},
): LedgerEntry => ({ kind: LEDGER_KINDS.session.kind, fields: { ...header, act, ...more } });

export interface GivenLeave {
  readonly action: Action;
  readonly approver: string;
  readonly how: SignOnHow;
  /** One of the two. */
  readonly basketId?: string;
  readonly reference?: string;
  readonly lineId?: string;
  readonly maximum?: number;
  readonly expiresAtMs: number;
  /** Given at another station; all three. */
  readonly station?: string;
  readonly wish?: string;
  readonly stationSignature?: Uint8Array;
}

export const approvalEntry = (header: LedgerHeader, leave: GivenLeave): LedgerEntry => ({
  kind: LEDGER_KINDS.approval.kind,
  fields: { ...header, ...leave },
});
