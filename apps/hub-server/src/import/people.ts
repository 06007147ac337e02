/** People: who works in the stores, and who is served there. Keys are opaque; a name goes where its scope goes and into no ledger. */
import { ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES, readCustomer, readStaff, type EntityType } from '@holdfast/domain';
import { z } from 'zod';

import { isScope, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import { cellsOf, findColumns, type Cells, type FieldWords } from './columns.ts';
import { createEntityCollection, type Importer } from './importer.ts';
import { columnsQuestion, QUESTION } from './question.ts';
import { findUnfitText, refuse, type Refusal } from './refusal.ts';

const STAFF_WORDS = {
  id: ['id', 'staff', 'operator', 'personnelno', 'employee', 'employeeid', 'user'],
  roles: ['roles', 'role'],
  name: ['name', 'displayname'],
  birth_year: ['birthyear', 'yearofbirth'],
  age_reached: ['agereached', 'minimumage'],
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
  prepare: async (_ports, { scope, columns }) =>
    ok((header) => {
      const found = findColumns(header, STAFF_WORDS, columns, [['id'], ['roles']]);
      return found.ok ? ok(createEntityCollection((row) => readStaffRow(cellsOf(found.value, row), row, scope))) : found;
    }),
};

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

function readStaffRow(cell: Cells<StaffField>, row: readonly string[], scope: string): Result<EntityRow, Refusal> {
  const fields = {
    roles: listText(cell('roles')),
    displayName: cell('name') || null,
    birthYear: wholeOf(cell('birth_year')),
    ageReachedYears: wholeOf(cell('age_reached')),
  };
  const words = { key: 'badId', roles: 'badRoles', birthYear: 'badBirthYear', ageReachedYears: 'badAge', displayName: 'badName' };
  return toRow(ENTITY_TYPES.staff, { key: cell('id'), scope: cell('scope') || scope, row, fields, words }, readStaff);
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
