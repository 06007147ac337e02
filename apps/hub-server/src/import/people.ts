/** People: who works in the stores, and who is served there. Keys are opaque; a name goes where its scope goes and into no ledger. */
import { ok, type Result } from '@holdfast/base';
import type { Passcode } from '@holdfast/base/passcode';
import { ENTITY_TYPES, isBadge, isPin, isWeakPin, readCustomer, readStaff, type EntityType } from '@holdfast/domain';
import { z } from 'zod';

import { isScope, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import { createSealer } from '../passcodes/passcodes.ts';
import { cellsOf, findColumns, type Cells, type FieldWords } from './columns.ts';
import { createEntityCollection, type Collection, type Importer } from './importer.ts';
import { columnsQuestion, QUESTION } from './question.ts';
import { findUnfitText, refuse, type Refusal } from './refusal.ts';

const STAFF_WORDS = {
  id: ['id', 'staff', 'operator', 'personnelno', 'employee', 'employeeid', 'user'],
  roles: ['roles', 'role'],
  name: ['name', 'displayname'],
  birth_year: ['birthyear', 'yearofbirth'],
  age_reached: ['agereached', 'minimumage'],
  pin: ['pin'],
  badge: ['badge', 'badgecode'],
  break_glass: ['breakglass'],
  scope: ['scope'],
} as const satisfies FieldWords<string>;
type StaffField = keyof typeof STAFF_WORDS;

const CUSTOMER_WORDS = {
  id: ['id', 'customer', 'customerid', 'customerno', 'account'],
  groups: ['groups', 'group', 'customergroup'],
  exemption_certificate: ['exemptioncertificate', 'exemption', 'certificate'],
  exemption_to: ['exemptionto', 'certificateto'],
  scope: ['scope'],
} as const satisfies FieldWords<string>;
type CustomerField = keyof typeof CUSTOMER_WORDS;

const staffQuestion = z.object({ scope: QUESTION.scope, source: QUESTION.source, columns: columnsQuestion(STAFF_WORDS) });
const customersQuestion = z.object({ scope: QUESTION.scope, source: QUESTION.source, columns: columnsQuestion(CUSTOMER_WORDS) });

export const staffImporter: Importer<z.output<typeof staffQuestion>> = {
  question: staffQuestion,
  prepare: async (ports, { scope, columns }) => {
    const seal = await createSealer(ports);
    return ok((header) => {
      const found = findColumns(header, STAFF_WORDS, columns, [['id'], ['roles']]);
      return found.ok ? ok(createStaffCollection((row) => readStaffRow(cellsOf(found.value, row), row, scope), seal)) : found;
    });
  },
};

/** A row of people and what they prove it by, which is sealed before anything is written. */
interface StaffRow {
  readonly entity: EntityRow;
  readonly passcodes: readonly { readonly field: 'pin' | 'badge'; readonly passcode: Passcode }[];
}

function createStaffCollection(
  read: (row: readonly string[]) => Result<StaffRow, Refusal>,
  seal: (passcode: Passcode) => Promise<string>,
): Collection {
  const passcodesOf = new Map<EntityRow, StaffRow['passcodes']>();
  const entities = createEntityCollection((row) => {
    const staff = read(row);
    if (!staff.ok) return staff;
    passcodesOf.set(staff.value.entity, staff.value.passcodes);
    return ok(staff.value.entity);
  });
  const sealed = new Map<EntityRow, EntityRow>();
  return {
    add: (row) => entities.add(row),
    get subjects() {
      return entities.subjects;
    },
    ready: async () => {
      // The last row about somebody is what counts.
      for (const entity of [...entities.batches(entities.subjects)].flat()) {
        const fields: Record<string, FieldValue> = { ...entity.f };
        for (const { field, passcode } of passcodesOf.get(entity) ?? []) fields[String(STAFF_COLUMN[field])] = await seal(passcode);
        sealed.set(entity, { ...entity, f: fields });
      }
    },
    batches: function* batches(perBatch) {
      for (const batch of entities.batches(perBatch)) yield batch.map((entity) => sealed.get(entity) ?? entity);
    },
  };
}

const STAFF_COLUMN = Object.fromEntries(ENTITY_TYPES.staff.columns.map(({ name, number }) => [name, number])) as Readonly<
  Record<(typeof ENTITY_TYPES.staff.columns)[number]['name'], number>
>;

export const customersImporter: Importer<z.output<typeof customersQuestion>> = {
  question: customersQuestion,
  prepare: async (_ports, { scope, columns }) =>
    ok((header) => {
      const found = findColumns(header, CUSTOMER_WORDS, columns, [['id']]);
      return found.ok ? ok(createEntityCollection((row) => readCustomerRow(cellsOf(found.value, row), row, scope))) : found;
    }),
};

/** Lists stand in one cell: `cashier, supervisor`. */
const listText = (cell: string): string =>
  cell
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n');

const wholeOf = (cell: string): number | null => (cell === '' ? null : /^\d{1,4}$/.test(cell) ? Number(cell) : Number.NaN);

/** What clears a PIN or badge; an empty cell leaves it alone, so that a list of names takes nobody's. */
const NO_PASSCODE = 'none';

function readStaffRow(cell: Cells<StaffField>, row: readonly string[], scope: string): Result<StaffRow, Refusal> {
  const [pin, badge, breakGlass] = [cell('pin'), cell('badge'), cell('break_glass')];
  const isNew = (text: string): boolean => text !== '' && text !== NO_PASSCODE;
  if (isNew(pin) && !isPin(pin)) return refuse('badPin', '');
  if (isNew(pin) && isWeakPin(pin)) return refuse('weakPin', '');
  if (isNew(badge) && !isBadge(badge)) return refuse('badBadge', '');
  if (!['', 'yes', 'no'].includes(breakGlass)) return refuse('badYesOrNo', breakGlass);
  const fields = {
    roles: listText(cell('roles')),
    displayName: cell('name') || null,
    birthYear: wholeOf(cell('birth_year')),
    ageReachedYears: wholeOf(cell('age_reached')),
    ...(pin === NO_PASSCODE && { pin: null }),
    ...(badge === NO_PASSCODE && { badge: null }),
    ...(breakGlass !== '' && { isBreakGlass: breakGlass === 'yes' }),
  };
  const words = { key: 'badId', roles: 'badRoles', birthYear: 'badBirthYear', ageReachedYears: 'badAge', displayName: 'badName' };
  const user = cell('id');
  const unsealed = row.filter((text) => text !== pin && text !== badge);
  const entity = toRow(ENTITY_TYPES.staff, { key: user, scope: cell('scope') || scope, row: unsealed, fields, words }, readStaff);
  if (!entity.ok) return entity;
  const passcodes = [
    ...(isNew(pin) ? [{ field: 'pin', passcode: { user, text: pin } } as const] : []),
    ...(isNew(badge) ? [{ field: 'badge', passcode: { user: '', text: badge } } as const] : []),
  ];
  return ok({ entity: entity.value, passcodes });
}

function readCustomerRow(cell: Cells<CustomerField>, row: readonly string[], scope: string): Result<EntityRow, Refusal> {
  const fields = {
    groups: listText(cell('groups')),
    exemptionCertificate: cell('exemption_certificate') || null,
    exemptionTo: cell('exemption_to') || null,
  };
  const words = { key: 'badId', groups: 'badGroups', exemptionCertificate: 'badCertificate', exemptionTo: 'badDate' };
  return toRow(ENTITY_TYPES.customer, { key: cell('id'), scope: cell('scope') || scope, row, fields, words }, readCustomer);
}

interface Draft {
  readonly key: string;
  readonly scope: string;
  readonly row: readonly string[];
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** What a refusal says of a field at fault. */
  readonly words: Readonly<Record<string, string>>;
}

/** What the domain cannot read is refused in the file's words; the row says all of its entity, so an empty cell clears. */
function toRow(
  { type, columns }: EntityType,
  { key, scope, row, fields, words }: Draft,
  read: typeof readStaff | typeof readCustomer,
): Result<EntityRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return { ok: false, error: unfit };
  if (!isScope(scope)) return refuse('badScope', scope);
  const entity = read(key, fields);
  if (!entity.ok) {
    const { field } = entity.error.detail;
    return refuse(words[field] ?? 'badValue', field === 'key' ? key : String(fields[field] ?? ''));
  }
  const numbered = columns.flatMap(({ name, number }) => (fields[name] === undefined ? [] : [[String(number), fields[name]] as const]));
  return ok({ t: type, k: key, s: scope, f: Object.fromEntries(numbered) });
}
