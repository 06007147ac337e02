/**
 * Who holds what of a scope (SPEC: S-4). A device has a role from its enrolment; a scope is narrowed to a role by naming the role before it: `kiosk@store:7` is what kiosks of store 7 hold, and nobody else. To
 * everything else in this package a narrowed scope is a scope like any other: it has segments and a key of its own.
 */
const ROLE = /^[a-z][a-z-]{0,31}$/;

/** Of devices that enrolled before there were roles. */
export const FIRST_ROLE = 'lane';

export const isRole = (value: unknown): value is string => typeof value === 'string' && ROLE.test(value);

export interface Place {
  readonly zone: string;
  readonly store: string;
  /** Absent: `FIRST_ROLE`. */
  readonly role?: string;
}

export const narrowScope = (role: string, scope: string): string => `${role}@${scope}`;

/** What a device there reads, from the widest to the narrowest; the last one is read by nobody who may not read all of them. */
export const scopesOfPlace = ({ zone, store, role = FIRST_ROLE }: Place): readonly string[] =>
  ['global', `zone:${zone}`, `store:${store}`].flatMap((scope) => [scope, narrowScope(role, scope)]);

/** The scope that a narrowed one narrows, and to whom; a scope that is not narrowed is its own. */
export function splitScope(scope: string): { readonly role: string | null; readonly scope: string } {
  const at = scope.indexOf('@');
  const role = scope.slice(0, Math.max(at, 0));
  return at > 0 && isRole(role) ? { role, scope: scope.slice(at + 1) } : { role: null, scope };
}
