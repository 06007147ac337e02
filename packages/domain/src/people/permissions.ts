/**
 * Who may do what: one table of role × action × scope × limit, which hub, till and console ask alike. Actions are code, because each is
 * a decision that some program takes; grants are cells (`roleGrant`), because the company decides who may take it. What no grant allows
 * is denied.
 *
 * A role's narrowest grant at the place in question decides for it, also where it denies. Of several roles the one that allows most counts.
 * Limits are in the unit of their action: basis points, minor units of the store's currency, or a number of things.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { CatalogueFault } from '../catalog/catalog.ts';
import { readFields } from '../fields.ts';
import type { Fields } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import { MAX_QUANTITY } from '../money/quantity.ts';

/** What a grant's limit counts. `none`: the action is allowed or it is not. */
export type LimitKind = 'none' | 'percent' | 'amount' | 'count';

export const ACTIONS = {
  /** How far below the catalogue's price. */
  overridePrice: 'percent',
  /** What the catalogue does not list, under a department at a typed price: what one line of it comes to. */
  sellUnlisted: 'amount',
  /** All manual discounts of one line together, of its price. */
  discountLine: 'percent',
  /** All manual discounts of the whole basket together, of its price. */
  discountBasket: 'percent',
  /** The line's amount. */
  voidLine: 'amount',
  /** The basket's total. */
  voidSale: 'amount',
  /** The total of a completed sale that is undone, and of one whose cards are given back for that. */
  postVoid: 'amount',
  /** All goods together that one basket takes back without a receipt. */
  returnWithoutReceipt: 'amount',
  exemptCustomer: 'none',
  /** By how much one payment on account goes beyond what the customer may owe, or beyond what a lane may sell on account while the hub is away. */
  exceedAccountLimit: 'amount',
  /** One payment out of the drawer that is for no sale. */
  payOut: 'amount',
  /** A card payment that nobody can collect any more, or that somebody must look into, is done with. */
  clearCardCase: 'amount',
  /** One amount that leaves the safe for the bank. */
  bankDeposit: 'amount',
  /** The till insert of somebody who is not there is counted, and their shift closed. */
  closeOtherShift: 'none',
  /** Who was at work and when is looked at, and what was forgotten of it is stated. */
  keepAttendance: 'none',
  /** A lane is put into training, where nothing counts. */
  train: 'none',
  /** The store's day is closed: its roll-up stands, and what comes later is a supplement. */
  closeStoreDay: 'none',
  /** Pieces, grams, millilitres or millimetres that one adjustment moves at most. */
  adjustStock: 'count',
  /** What goods cost the store, and so what it earns with them. */
  seeCost: 'none',
  /** How far below the price that stands a store sets its own. */
  changeStorePrice: 'percent',
  /** Which goods stand on the keys of a store's lanes, and where. */
  arrangeKeys: 'none',
  /** Whose name stands on an invoice. */
  openInvoice: 'none',
  /** A customer is looked for by name, and what they said of themselves is seen. */
  findCustomer: 'none',
  /** Somebody becomes a customer, or what is known of one is changed. */
  keepCustomer: 'none',
  /** All that is held of a customer is handed out, or forgotten. */
  eraseCustomer: 'none',
  /** What a store's request or a fact beyond an authority came to is looked at, and decided anew. */
  settleExceptions: 'none',
  publish: 'none',
  importFile: 'none',
  openStore: 'none',
  /** What headquarters see of a place is seen: its sales, its people, its devices, what goods cost there. */
  useConsole: 'none',
  /** Who signs in to the console, and where people of a place work in which roles. */
  manageAccounts: 'none',
  enrolDevice: 'none',
  /** What stands on a lane is changed, or its drawer opened for a try. */
  setDevices: 'none',
} as const satisfies Record<string, LimitKind>;
export type Action = keyof typeof ACTIONS;

/** Came when stores had their grants already: where no cell speaks of one, it stands as the program has it. */
export const ADDED_ACTIONS: readonly Action[] = [
  'payOut',
  'bankDeposit',
  'closeStoreDay',
  'sellUnlisted',
  'clearCardCase',
  'setDevices',
  'train',
  'keepAttendance',
  'closeOtherShift',
  'arrangeKeys',
  'openInvoice',
  'findCustomer',
  'keepCustomer',
  'eraseCustomer',
  'exceedAccountLimit',
  'useConsole',
  'manageAccounts',
];

/** In the order of the table in docs/PERMISSIONS.md. */
export const ACTION_NAMES = Object.keys(ACTIONS) as readonly Action[];

/** The highest limit of each kind that a cell may hold. */
const MAX_LIMITS: Readonly<Record<LimitKind, number>> = { none: 0, percent: 10_000, amount: MAX_AMOUNT_MINOR, count: MAX_QUANTITY };

export interface Grant {
  readonly role: string;
  readonly action: Action;
  /** `global`, `zone:Z` or `store:S`. */
  readonly scope: string;
  readonly isAllowed: boolean;
  /** Absent: as much as there is. */
  readonly limit?: number;
}

export interface Principal {
  /** Opaque: the key of a `staff` entity, never a name. */
  readonly user: string;
  readonly roles: readonly string[];
}

export interface PermissionQuestion {
  readonly action: Action;
  /** Of the place where it happens, broadest first: `global`, its zone, its store. */
  readonly scopes: readonly string[];
  /** In the unit of the action's limit. What cannot be measured is asked as `WITHOUT_MEASURE`. */
  readonly amount?: number;
}

/** What somebody else allows beyond the operator's limit, in one basket. */
export interface Approval {
  /** Unique in its basket. */
  readonly approvalId: string;
  /** Opaque. */
  readonly approver: string;
  readonly action: Action;
  /** Absent: the whole basket. Of goods that are yet to be added: the line that they will be. */
  readonly lineId?: string;
  /** In the unit of the action's limit; absent: as much as there is. */
  readonly maximum?: number;
  /** The first moment, by store-agreed time, at which it does not hold any more. Absent: it holds as long as its basket. */
  readonly expiresAtMs?: number;
  readonly isUsed: boolean;
}

/** Above every limit: only a grant without one allows it. */
export const WITHOUT_MEASURE = Number.MAX_SAFE_INTEGER;

export interface Permission {
  readonly role: string;
  /** Absent: as much as there is. */
  readonly limit?: number;
}

/** By the name of its unit, so that a window knows how to show it. Absent where there is none. */
export type LimitDetail =
  | { readonly [none in never]: never }
  | { readonly limitBps: number; readonly wantedBps: number }
  | { readonly limitMinor: number; readonly wantedMinor: number }
  | { readonly limitCount: number; readonly wantedCount: number };

export type PermissionRefusal =
  /** `approvers`: the roles that could, separated by commas; a limit of 0 where the asker may not at all. */
  | { readonly type: 'approvalNeeded'; readonly detail: { readonly action: Action; readonly approvers: string } & LimitDetail }
  /** Nobody at this place may. */
  | { readonly type: 'notAllowed'; readonly detail: { readonly action: Action } };

/** How long somebody's leave waits for what it is given for: long enough to press the key again. */
export const APPROVAL_HOLDS_MS = 120_000;

/** Whether a principal may, by which role and up to what; otherwise who could. */
export function isAllowed(
  grants: readonly Grant[],
  principal: Principal,
  question: PermissionQuestion,
): Result<Permission, PermissionRefusal> {
  const { action } = question;
  const wanted = question.amount ?? 0;
  const own = mostOf(principal.roles.map((role) => permissionOf(grants, role, question)));
  if (own !== undefined && isWithin(own, wanted)) return ok(own);
  const approvers = rolesOf(grants).filter((role) => {
    const permission = permissionOf(grants, role, question);
    return permission !== undefined && isWithin(permission, wanted);
  });
  if (approvers.length === 0) return err({ type: 'notAllowed', detail: { action } });
  return err({
    type: 'approvalNeeded',
    detail: { action, approvers: approvers.join(', '), ...limitDetail(action, own?.limit ?? 0, wanted) },
  });
}

const isWithin = ({ limit }: Permission, wanted: number): boolean => limit === undefined || wanted <= limit;

const rolesOf = (grants: readonly Grant[]): readonly string[] => [...new Set(grants.map(({ role }) => role))].sort();

/** What one role may at the place in question: its narrowest grant there. */
function permissionOf(grants: readonly Grant[], role: string, { action, scopes }: PermissionQuestion): Permission | undefined {
  let narrowest: Grant | undefined;
  for (const grant of grants) {
    if (grant.role !== role || grant.action !== action || !scopes.includes(grant.scope)) continue;
    if (narrowest === undefined || scopes.indexOf(grant.scope) > scopes.indexOf(narrowest.scope)) narrowest = grant;
  }
  if (narrowest?.isAllowed !== true) return undefined;
  return { role, ...(narrowest.limit !== undefined && { limit: narrowest.limit }) };
}

function mostOf(permissions: readonly (Permission | undefined)[]): Permission | undefined {
  let most: Permission | undefined;
  for (const permission of permissions) {
    if (permission === undefined) continue;
    if (most === undefined || (most.limit !== undefined && (permission.limit === undefined || permission.limit > most.limit))) {
      most = permission;
    }
  }
  return most;
}

function limitDetail(action: Action, limit: number, wanted: number): LimitDetail {
  const kind: LimitKind = ACTIONS[action];
  if (kind === 'none') return {};
  const shown = Math.min(wanted, MAX_LIMITS[kind]);
  if (kind === 'percent') return { limitBps: limit, wantedBps: shown };
  return kind === 'amount' ? { limitMinor: limit, wantedMinor: shown } : { limitCount: limit, wantedCount: shown };
}

const KEY_SEPARATOR = '\u001F';
const ROLE = /^[a-z][\w-]{0,39}$/;

/** The key of a `roleGrant`; its scope is the cell's own. */
export const grantKey = (role: string, action: Action): string => `${role}${KEY_SEPARATOR}${action}`;

/** A grant from one scope's fields; grants of several scopes are never merged, the narrowest one decides whole. */
export function readGrant(key: string, scope: string, fields: Fields): Result<Grant, CatalogueFault> {
  const read = readFields(fields);
  const [role = '', name = '', ...rest] = key.split(KEY_SEPARATOR);
  const action = ACTION_NAMES.find((known) => known === name);
  if (!ROLE.test(role) || action === undefined || rest.length > 0) read.fail('key', 'a role and an action that this build knows', '');
  const kind: LimitKind = action === undefined ? 'none' : ACTIONS[action];
  const limit = read.optionalInt('limit', 0, MAX_LIMITS[kind]);
  if (kind === 'none' && limit !== undefined) read.fail('limit', 'absent: this action has none', undefined);
  const grant: Grant = {
    role,
    action: action ?? 'publish',
    scope,
    isAllowed: read.bool('isAllowed'),
    ...(limit !== undefined && { limit }),
  };
  const fault = read.fault();
  if (fault === undefined) return ok(grant);
  return err({ type: 'malformedEntity', detail: { entity: 'roleGrant', key, field: fault.field, expected: fault.expected } });
}

/** Roles as a cell holds them: one on each line. Undefined where one is no name. */
export function parseRoles(text: string): readonly string[] | undefined {
  const roles = text.split('\n').filter((role) => role !== '');
  return roles.length > 0 && roles.every((role) => ROLE.test(role)) ? roles : undefined;
}

/** `any`: without a limit; a number: up to that, in the action's unit; `no`: not at all. */
const DEFAULT_TABLE: readonly (readonly [
  Action,
  cashier: DefaultGrant,
  supervisor: DefaultGrant,
  manager: DefaultGrant,
  hq: DefaultGrant,
])[] = [
  ['overridePrice', 1_000, 5_000, 'any', 'any'],
  ['sellUnlisted', 5_000, 20_000, 'any', 'any'],
  ['discountLine', 1_000, 5_000, 'any', 'any'],
  ['discountBasket', 500, 2_000, 'any', 'any'],
  ['voidLine', 'any', 'any', 'any', 'any'],
  ['voidSale', 'any', 'any', 'any', 'any'],
  ['postVoid', 'no', 'any', 'any', 'any'],
  ['returnWithoutReceipt', 'no', 10_000, 'any', 'any'],
  ['exemptCustomer', 'any', 'any', 'any', 'any'],
  ['exceedAccountLimit', 'no', 10_000, 'any', 'any'],
  ['payOut', 'no', 10_000, 'any', 'any'],
  ['clearCardCase', 'no', 5_000, 'any', 'any'],
  ['bankDeposit', 'no', 'any', 'any', 'any'],
  ['closeOtherShift', 'no', 'any', 'any', 'any'],
  ['keepAttendance', 'no', 'no', 'any', 'any'],
  ['train', 'no', 'any', 'any', 'any'],
  ['closeStoreDay', 'no', 'no', 'any', 'any'],
  ['adjustStock', 'no', 1_000_000, 'any', 'any'],
  ['seeCost', 'no', 'no', 'any', 'any'],
  ['changeStorePrice', 'no', 'no', 'any', 'any'],
  ['arrangeKeys', 'no', 'no', 'any', 'any'],
  ['openInvoice', 'no', 'no', 'no', 'any'],
  ['findCustomer', 'any', 'any', 'any', 'any'],
  ['keepCustomer', 'any', 'any', 'any', 'any'],
  ['eraseCustomer', 'no', 'no', 'no', 'any'],
  ['settleExceptions', 'no', 'no', 'no', 'any'],
  ['publish', 'no', 'no', 'no', 'any'],
  ['importFile', 'no', 'no', 'no', 'any'],
  ['openStore', 'no', 'no', 'no', 'any'],
  ['useConsole', 'no', 'no', 'any', 'any'],
  ['manageAccounts', 'no', 'no', 'no', 'any'],
  ['enrolDevice', 'no', 'no', 'any', 'any'],
  ['setDevices', 'no', 'any', 'any', 'any'],
];
type DefaultGrant = number | 'any' | 'no';

export const DEFAULT_ROLES = ['cashier', 'supervisor', 'manager', 'hq'] as const;

/** What holds where a company has no grant of its own yet, and what a fresh hub is given to begin with. */
export const DEFAULT_GRANTS: readonly Grant[] = DEFAULT_TABLE.flatMap(([action, ...byRole]) =>
  byRole.flatMap((grant, index): Grant[] => {
    const role = DEFAULT_ROLES[index] ?? '';
    if (grant === 'no') return [];
    return [{ role, action, scope: 'global', isAllowed: true, ...(grant !== 'any' && { limit: grant }) }];
  }),
);
