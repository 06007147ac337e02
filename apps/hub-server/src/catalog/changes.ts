/** Changes to entities as people and programs write them, by names, judged and made into rows by numbers. */
import { err, ok, type Result } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import {
  ENTITY_TYPES,
  grantKey,
  readAttribute,
  readAttributeValue,
  readCode,
  readCoupon,
  readCustomer,
  readCustomerCode,
  readDepartment,
  readGrant,
  readItem,
  readKeyPage,
  readPrice,
  readPromotion,
  readStaff,
  readTaxClass,
  readTenderType,
  RECEIPT_LOGO_MAX_LENGTH,
  type EntityType,
  type Fields,
  isZone,
  ZONE_SETTING,
} from '@holdfast/domain';
import { readLogo } from '@holdfast/paper/logo';
import { splitScope } from '@holdfast/sync';

import { DEVICE_ROLES } from '../enrolment/enrol.ts';
import { isPlainText } from '../plain-text.ts';

export type FieldValue = string | number | boolean | null;

/** A patch: fields that are not named stay as they are; null clears one. */
export interface EntityChange {
  readonly type: string | number;
  readonly key: string;
  /** `global`, `zone:Z` or `store:S`, or one of these for devices of one role, as `kiosk@store:S`. */
  readonly scope: string;
  readonly fields?: Readonly<Record<string, FieldValue>>;
  readonly removed?: true;
}

/** As the database takes it: short names, because a large import carries hundreds of thousands of them. */
export interface EntityRow {
  /** Entity type. */
  readonly t: number;
  /** Key. */
  readonly k: string;
  /** Scope. */
  readonly s: string;
  /** Column number → value. */
  readonly f: Readonly<Record<string, FieldValue>>;
  /** Fields that only a new entity gets. */
  readonly d?: Readonly<Record<string, FieldValue>>;
  readonly r?: true;
}

export interface ChangeError {
  readonly type: 'badChange';
  /** Which of the changes, from 0. */
  readonly index: number;
  readonly reason: string;
}

export const MAX_KEY_LENGTH = 400;
const MAX_TEXT_LENGTH = 4_000;

const TYPES: readonly EntityType[] = Object.values(ENTITY_TYPES);

export const entityTypeOf = (named: string | number): EntityType | undefined =>
  TYPES.find((candidate) => candidate.name === named || candidate.type === named);

const isKey = (key: string): boolean => key.length > 0 && isPlainText(key.replaceAll('\u001F', ''), MAX_KEY_LENGTH);

const SCOPE = /^(?:global|(?:zone|store):[^\p{Cc}]{1,64})$/u;
/** As it is, or narrowed to devices of one role (SPEC: S-4). */
export const isScope = (scope: string): boolean => {
  const { role, scope: place } = splitScope(scope);
  return scope.isWellFormed() && SCOPE.test(place) && (role === null || DEVICE_ROLES.some((known) => known === role));
};

/** One row per entity: later changes of the same one join the earlier ones. */
export function changesToRows(changes: readonly EntityChange[]): Result<readonly EntityRow[], ChangeError> {
  const rows = new Map<string, EntityRow>();
  for (const [index, change] of changes.entries()) {
    const row = changeToRow(change);
    if (!row.ok) return err({ type: 'badChange', index, reason: row.error });
    const id = JSON.stringify([row.value.t, row.value.k, row.value.s]);
    const earlier = rows.get(id);
    if (earlier !== undefined && (earlier.r === true || row.value.r === true)) {
      return err({ type: 'badChange', index, reason: `${row.value.k} is removed and written in one publication` });
    }
    rows.set(id, earlier === undefined ? row.value : { ...earlier, f: { ...earlier.f, ...row.value.f } });
  }
  return ok([...rows.values()]);
}

function changeToRow(change: EntityChange): Result<EntityRow, string> {
  const type = entityTypeOf(change.type);
  if (type === undefined) return err(`there is no entity type ${JSON.stringify(change.type)}`);
  if (!isKey(change.key)) return err('the key is empty, too long or holds control characters');
  if (!isScope(change.scope))
    return err(
      `${JSON.stringify(change.scope)} is no scope: global, zone:Z or store:S, or one of these narrowed to devices of a role, as kiosk@store:S`,
    );
  // Rights are people's, whatever they stand before.
  if (type.type === ENTITY_TYPES.roleGrant.type && splitScope(change.scope).role !== null)
    return err('a grant is not narrowed to devices of a role');
  const row = { t: type.type, k: change.key, s: change.scope };
  if (isZoneSetting(type, change) && !movesStore(change))
    return err('the zone of a store stands under the store itself, is letters, digits, dots, dashes and underscores, and is never removed');
  if (locksOut(type, change)) return err('nobody could publish any more, nor undo it');
  if (change.removed === true) {
    return change.fields === undefined ? ok({ ...row, f: {}, r: true }) : err('a removal carries no fields');
  }
  const fields = numberFields(type, change);
  if (!fields.ok) return fields;
  const fault = findFault(type, change);
  return fault === undefined ? ok({ ...row, f: fields.value }) : err(fault);
}

const isZoneSetting = (type: EntityType, { key }: EntityChange): boolean => type.type === ENTITY_TYPES.setting.type && key === ZONE_SETTING;

const movesStore = ({ scope, removed, fields }: EntityChange): boolean =>
  scope.startsWith('store:') && removed !== true && isZone(fields?.['value']);

/** What the holder of the console's token may do everywhere is what gives every other right back. */
const locksOut = (type: EntityType, { key, scope, removed, fields }: EntityChange): boolean =>
  type.type === ENTITY_TYPES.roleGrant.type &&
  key === grantKey('hq', 'publish') &&
  scope === 'global' &&
  (removed === true || fields?.['isAllowed'] === false);

function numberFields(type: EntityType, { key, fields = {} }: EntityChange): Result<Readonly<Record<string, FieldValue>>, string> {
  const numbered: Record<string, FieldValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    const column = type.columns.find((candidate) => candidate.name === name);
    if (column === undefined) return err(`${type.name} has no field ${JSON.stringify(name)}`);
    if (
      value === null
        ? column.optional !== true
        : !isOfType(column.type, value, isLogo(type, key) ? RECEIPT_LOGO_MAX_LENGTH : MAX_TEXT_LENGTH)
    )
      return err(`${name} is no ${wordOf(column.type)}`);
    numbered[String(column.number)] = value;
  }
  return Object.keys(numbered).length === 0 ? err('no fields') : ok(numbered);
}

const isLogo = (type: EntityType, key: string): boolean => type.type === ENTITY_TYPES.setting.type && key === 'receiptLogo';

const wordOf = (type: EntityType['columns'][number]['type']): string => (typeof type === 'string' ? type : 'list');

function isOfType(type: EntityType['columns'][number]['type'], value: FieldValue, maxLength: number): boolean {
  if (type === 'int') return Number.isSafeInteger(value);
  if (type === 'bool') return typeof value === 'boolean';
  return type === 'text' && typeof value === 'string' && isPlainText(value, maxLength);
}

/** Where a change says everything that its type needs, the domain reads it as a lane will; a patch of some fields cannot be read alone. */
function findFault(type: EntityType, change: EntityChange): string | undefined {
  const fields: Fields = { ...change.fields };
  if (type.columns.some((column) => column.optional !== true && fields[column.name] === undefined)) return undefined;
  const { value } = fields;
  if (isLogo(type, change.key) && typeof value === 'string' && value !== '' && readLogo(value) === undefined)
    return 'value is not a logo as `holdfast logo` makes it';
  const read = readAs(type, change, fields);
  return read === undefined || read.ok ? undefined : `${read.error.detail.field} is not ${read.error.detail.expected}`;
}

function readAs(type: EntityType, { key, scope }: EntityChange, fields: Fields) {
  if (type.type === ENTITY_TYPES.item.type) return readItem(key, fields);
  if (type.type === ENTITY_TYPES.code.type) return readCode(key, fields);
  if (type.type === ENTITY_TYPES.price.type) return readPrice(key, scope, fields);
  if (type.type === ENTITY_TYPES.tax.type) return readTaxClass(key, fields);
  if (type.type === ENTITY_TYPES.roleGrant.type) return readGrant(key, scope, fields);
  if (type.type === ENTITY_TYPES.staff.type) return readStaff(key, fields);
  if (type.type === ENTITY_TYPES.customer.type) return readCustomer(key, fields);
  if (type.type === ENTITY_TYPES.customerCode.type) return readCustomerCode(key, fields);
  if (type.type === ENTITY_TYPES.tenderType.type) return readTenderType(key, fields);
  if (type.type === ENTITY_TYPES.promotion.type) return readPromotion(key, fields, nodeHash);
  if (type.type === ENTITY_TYPES.coupon.type) return readCoupon(key, fields);
  if (type.type === ENTITY_TYPES.keyPage.type) return readKeyPage(key, fields);
  if (type.type === ENTITY_TYPES.attribute.type) return readAttribute(key, fields);
  if (type.type === ENTITY_TYPES.attributeValue.type) return readAttributeValue(key, fields);
  return type.type === ENTITY_TYPES.department.type ? readDepartment(key, fields) : undefined;
}
