/** Who works at the lane of a scenario and by which grants: the tables `staff` and `grant`, and the acts that a person approves or takes something off by. */
import { ok, type Result } from '@holdfast/base';

import type { BasketCommand } from '../basket/basket.ts';
import type { ManualOff } from '../basket/manual-discount.ts';
import type { Authority } from '../people/approval.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  DEFAULT_GRANTS,
  grantKey,
  readGrant,
  type Action,
  type Approval,
  type Grant,
} from '../people/permissions.ts';
import { readStaff, type Staff } from '../people/person.ts';
import { rateText, readAmount, readCount, readRateBps, spaced } from './cells.ts';
import { mistake, quoted, unknownWord, type Mistake } from './mistake.ts';
import { readMoment } from './moment.ts';

export const STAFF_COLUMNS = ['roles', 'birth year', 'age reached'] as const;
export const GRANT_COLUMNS = ['action', 'limit', 'scope'] as const;

/** One row by the names of its columns. */
interface NamedRow {
  readonly line: number;
  readonly key: string;
  readonly cell: (column: string) => string | undefined;
}

interface PeopleText {
  readonly minorDigits: number;
  readonly faults: [entity: string, key: string, field: string][];
  readonly report: (line: number, message: string) => void;
}

/** By the word of the scenario. Without a table nobody's authority is asked. */
export interface People {
  readonly staff: ReadonlyMap<string, Staff>;
  readonly grants: readonly Grant[];
}

const ACTIONS_BY_WORDS: ReadonlyMap<string, Action> = new Map(ACTION_NAMES.map((action) => [spaced(action), action]));

function readAction(text: string): Result<Action, Mistake> {
  const action = ACTIONS_BY_WORDS.get(text);
  return action === undefined ? unknownWord('action', text, ACTIONS_BY_WORDS.keys()) : ok(action);
}

/** `20 %`, `50.00`, `3`: in the unit of the action's limit. */
function readLimit(text: string, action: Action, minorDigits: number): Result<number, Mistake> {
  const kind = ACTIONS[action];
  if (kind === 'percent') return readRateBps(text);
  if (kind === 'amount') return readAmount(text, minorDigits);
  return kind === 'count' ? readCount(text) : mistake(`${quoted(spaced(action))} has no limit.`);
}

/** Undefined where the scenario says nothing about people. */
export function readPeople(staffRows: readonly NamedRow[], grantRows: readonly NamedRow[], text: PeopleText): People | undefined {
  if (staffRows.length === 0 && grantRows.length === 0) return undefined;
  return { staff: readStaffRows(staffRows, text), grants: grantRows.length === 0 ? DEFAULT_GRANTS : readGrants(grantRows, text) };
}

function readStaffRows(rows: readonly NamedRow[], { faults, report }: PeopleText): ReadonlyMap<string, Staff> {
  const staff = new Map<string, Staff>();
  for (const { line, key, cell } of rows) {
    const numberOf = (column: string): number | undefined => {
      const text = cell(column);
      const number = text === undefined ? undefined : readCount(text);
      if (number?.ok === false) report(line, number.error.message);
      return number?.ok === true ? number.value : undefined;
    };
    const [birthYear, ageReachedYears] = [numberOf('birth year'), numberOf('age reached')];
    const read = readStaff(key, {
      roles: (cell('roles') ?? '').split(', ').join('\n'),
      ...(birthYear !== undefined && { birthYear }),
      ...(ageReachedYears !== undefined && { ageReachedYears }),
    });
    // A row of the scenario's own replaces the file's, also where it cannot be used.
    staff.delete(key);
    if (read.ok) staff.set(key, read.value);
    else faults.push(['staff', key, read.error.detail.field]);
  }
  return staff;
}

function readGrants(rows: readonly NamedRow[], { minorDigits, faults, report }: PeopleText): readonly Grant[] {
  return rows.flatMap(({ line, key, cell }): Grant[] => {
    const action = readAction(cell('action') ?? '');
    if (!action.ok) {
      report(line, action.error.message);
      return [];
    }
    const said = cell('limit') ?? 'any';
    const isLimited = said !== 'any' && said !== 'no';
    const limit = isLimited ? readLimit(said, action.value, minorDigits) : ok(undefined);
    if (!limit.ok) {
      report(line, limit.error.message);
      return [];
    }
    const fields = { isAllowed: said !== 'no', ...(limit.value !== undefined && { limit: limit.value }) };
    const grant = readGrant(grantKey(key, action.value), cell('scope') ?? 'global', fields);
    if (grant.ok) return [grant.value];
    faults.push(['role grant', key, grant.error.detail.field]);
    return [];
  });
}

/** The operator's authority; undefined where the scenario says nothing about people. Who is not on its staff may nothing. */
export function authorityOf(
  people: People | undefined,
  operator: string,
  place: Pick<Authority, 'scopes' | 'atMs'>,
): Authority | undefined {
  if (people === undefined) return undefined;
  return { operator: people.staff.get(operator) ?? { user: operator, roles: [] }, grants: people.grants, ...place };
}

interface PersonText {
  readonly body: string;
  readonly detail: (word: 'because' | 'by' | 'until') => string | undefined;
  readonly minorDigits: number;
}

/** `line 1 by 10 %`, `basket by 5.00`. */
export function readDiscount({ body, detail, minorDigits }: PersonText): Result<BasketCommand, Mistake> {
  const [, lineId, said] = /^(?:line (\S+)|basket) by (.+)$/.exec(body) ?? [];
  const reason = detail('because');
  if (said === undefined) return mistake('Write what it is taken off, and how much: discount line 1 by 10 %, because dented');
  if (reason === undefined) return mistake('A reason is needed: write ", because damaged" behind it.');
  const value = said.endsWith('%') ? readRateBps(said) : readAmount(said, minorDigits);
  if (!value.ok) return value;
  const off: ManualOff = said.endsWith('%') ? { type: 'percent', bps: value.value } : { type: 'amount', amountMinor: value.value };
  return ok({ type: 'discount', ...(lineId !== undefined && { lineId }), off, reason });
}

/** `discount line on line 1 up to 20 %, by sam`. */
export function readApproval(
  { body, detail, minorDigits, timeZone }: PersonText & { readonly timeZone: string },
  people: People | undefined,
): Result<BasketCommand, Mistake> {
  const [, words = '', lineId, said] = /^(.+?)(?: on line (\S+))?(?: up to (.+))?$/.exec(body) ?? [];
  const action = readAction(words);
  if (!action.ok) return action;
  const name = detail('by');
  const approver = name === undefined ? undefined : people?.staff.get(name);
  if (name === undefined) return mistake('Who approves it? Write ", by sam" behind it.');
  if (approver === undefined) return unknownWord('staff', name, people?.staff.keys() ?? []);
  const maximum = said === undefined ? ok(undefined) : readLimit(said, action.value, minorDigits);
  if (!maximum.ok) return maximum;
  const until = detail('until');
  const expires = until === undefined ? ok(undefined) : readMoment(until, timeZone);
  if (!expires.ok) return expires;
  return ok({
    type: 'approve',
    approver,
    action: action.value,
    ...(lineId !== undefined && { lineId }),
    ...(maximum.value !== undefined && { maximum: maximum.value }),
    ...(expires.value !== undefined && { expiresAtMs: expires.value }),
  });
}

/** `20 %`, `50.00`, `3`. */
function limitWords(action: Action, limit: number | undefined, amountText: (minor: number) => string): string {
  if (limit === undefined) return 'any';
  const kind = ACTIONS[action];
  if (kind === 'percent') return rateText(limit * 100);
  return kind === 'amount' ? amountText(limit) : String(limit);
}

export const approvalWords = (approval: Approval, amountText: (minor: number) => string): readonly string[] => [
  `line ${approval.lineId ?? 'none'}`,
  `up to ${limitWords(approval.action, approval.maximum, amountText)}`,
  `used ${approval.isUsed ? 'yes' : 'no'}`,
];
