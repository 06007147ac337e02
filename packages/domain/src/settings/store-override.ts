/**
 * A store's change to what headquarters publishes: an entry that proposes it, at the cut that its author saw. It is a request, so it is denied unless the
 * table grants it; and it never wins over something that its author did not see. Until it is answered it is a layer of its own over the
 * cells of its store; either answer ends the layer.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { Cut } from '../basket/basket.ts';
import { ENTITY_TYPES, parsePriceKey, readPrice, type EntityType } from '../catalog/catalog.ts';
import { keyPageFields, readKeyPage, type KeyPage } from '../catalog/key-page.ts';
import { readFields, type FieldReader } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import type { UnitPrice } from '../money/money.ts';
import { percentBelow } from '../people/approval.ts';
import { isSealedPasscode } from '../people/passcode.ts';
import { WITHOUT_MEASURE, type Action } from '../people/permissions.ts';
import { isPersonId } from '../people/person.ts';

export type OverrideValue = string | number | boolean;

export interface StoreOverride {
  readonly entityType: number;
  readonly key: string;
  /** Column number → value. */
  readonly values: ReadonlyMap<number, OverrideValue>;
  /** What its author saw. */
  readonly basedOn: Cut;
  readonly reason: string;
}

export interface OverrideProposal extends LedgerHeader, StoreOverride {}

export const ANSWER_STATUSES = ['accepted', 'refused', 'conflict'] as const;
export type AnswerStatus = (typeof ANSWER_STATUSES)[number];

/** The rule that decided: it is shown beside both values. */
export type OverrideRule =
  /** Nobody changed it meanwhile: it is a cell of the store. */
  | 'unchanged'
  /** Headquarters changed it since, in a scope that feeds it: its value stands. */
  | 'changedSince'
  /** The table grants it to nobody who made it, at the cut that it names. */
  | 'notAllowed'
  /** No store changes this. */
  | 'notOverridable';

export interface OverrideDecision {
  readonly status: AnswerStatus;
  readonly rule: OverrideRule;
}

/** What leave it takes: an action of the table up to that much; or none, where somebody changes what is their own. */
export type OverrideQuestion = { readonly action: Action; readonly amount: number } | { readonly ownOf: string };

const PIN_COLUMN = 5;
/** The PIN of somebody who works there, as it was sealed. */
export const staffPinFields = (sealed: string): ReadonlyMap<number, OverrideValue> => new Map([[PIN_COLUMN, sealed]]);

/** What a store may propose at all, beside what is a person's own; whatever is not here is denied. */
const OVERRIDABLE: readonly Overridable[] = [
  { type: ENTITY_TYPES.price, action: 'changeStorePrice', measure: measurePrice },
  { type: ENTITY_TYPES.keyPage, action: 'arrangeKeys', measure: (name, fields) => (readKeyPage(name, fields).ok ? 0 : undefined) },
];

interface Overridable {
  readonly type: EntityType;
  readonly action: Action;
  /** In the unit of the action's limit; undefined where these are no values of such a thing. `standing`: of a price. */
  readonly measure: (key: string, fields: Fields, standing: UnitPrice | undefined) => number | undefined;
}

/** An open-ended price: how far below the one that stands. */
function measurePrice(key: string, fields: Fields, standing: UnitPrice | undefined): number | undefined {
  const price = readPrice(key, 'global', fields);
  if (!price.ok || parsePriceKey(key)?.fromMs !== undefined) return undefined;
  return standing === undefined ? WITHOUT_MEASURE : percentBelow(price.value.price, standing);
}

/** The key of its answer: the entry that proposed it. */
export const answerKey = (device: string, epoch: string, seq: number): string => [device, epoch, String(seq)].join('\u001F');

/** The open-ended price of goods, as their store wants it. */
export function storePriceFields(price: UnitPrice, currency: string): ReadonlyMap<number, OverrideValue> {
  return numbered(ENTITY_TYPES.price, { amount: price.amount, decimals: price.decimals, currency });
}

/** A page of keys, as their store wants it. */
export const storePageFields = (page: KeyPage): ReadonlyMap<number, OverrideValue> => numbered(ENTITY_TYPES.keyPage, keyPageFields(page));

function numbered({ columns }: EntityType, named: Fields): ReadonlyMap<number, OverrideValue> {
  return new Map(
    columns.flatMap(({ name, number }): readonly (readonly [number, OverrideValue])[] => {
      const value = named[name];
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[number, value]] : [];
    }),
  );
}

export function overrideEntry(header: LedgerHeader, { entityType, key, values, basedOn, reason }: StoreOverride): LedgerEntry {
  return {
    kind: LEDGER_KINDS.storeOverride.kind,
    fields: {
      ...headerFields(header),
      entityType,
      entityKey: key,
      basedOnHubEpoch: basedOn.hubEpoch,
      basedOnLsn: basedOn.lsn,
      values: [...values].map(([column, value]): Fields => {
        if (typeof value === 'number') return { column, int: value };
        return typeof value === 'string' ? { column, text: value } : { column, bool: value };
      }),
      reason,
    },
  };
}

export function readOverride(fields: Fields): Result<OverrideProposal, MalformedEntry> {
  const read = readFields(fields);
  const values = new Map(read.list('values', (row): readonly [number, OverrideValue] => [row.int('column', 1), readValue(row)]));
  const proposal: OverrideProposal = {
    ...readHeader(read),
    entityType: read.int('entityType', 1),
    key: read.text('entityKey'),
    basedOn: { hubEpoch: read.text('basedOnHubEpoch'), lsn: read.int('basedOnLsn', 0) },
    values,
    reason: read.text('reason'),
  };
  if (values.size === 0) read.fail('values', 'at least one', undefined);
  return finished(read, proposal);
}

function readValue(row: FieldReader): OverrideValue {
  const [int, text, bool] = [row.optionalInt('int'), row.optionalText('text'), row.optionalBool('bool')];
  const given = [int, text, bool].filter((value) => value !== undefined);
  return given.length === 1 && given[0] !== undefined ? given[0] : row.fail('int', 'one value', 0);
}

/** What it asks leave for; an error where no store changes such a thing, or this is no value of it. */
export function overrideQuestion(
  { entityType, key, values }: Pick<StoreOverride, 'entityType' | 'key' | 'values'>,
  standing: UnitPrice | undefined,
): Result<OverrideQuestion, 'notOverridable'> {
  if (entityType === ENTITY_TYPES.staff.type) {
    const pin = values.size === 1 ? values.get(PIN_COLUMN) : undefined;
    return typeof pin === 'string' && isSealedPasscode(pin) && isPersonId(key) ? ok({ ownOf: key }) : err('notOverridable');
  }
  const known = OVERRIDABLE.find(({ type }) => type.type === entityType);
  if (known === undefined) return err('notOverridable');
  const fields: Fields = Object.fromEntries(
    known.type.columns.flatMap(({ name, number }) => (values.has(number) ? [[name, values.get(number)]] : [])),
  );
  const amount = Object.keys(fields).length === values.size ? known.measure(key, fields, standing) : undefined;
  return amount === undefined ? err('notOverridable') : ok({ action: known.action, amount });
}

export interface OverrideFacts {
  /** By the policy at the cut that it names. */
  readonly isAllowed: boolean;
  readonly isOverridable: boolean;
  /** Of each field of it, in each scope that feeds it: the newest change by anybody but the store's own answered proposals. */
  readonly changedAtLsn: number;
  /** Of the cut that it names, in this hub's history. */
  readonly basedOnLsn: number;
}

export function decideOverride({ isAllowed, isOverridable, changedAtLsn, basedOnLsn }: OverrideFacts): OverrideDecision {
  if (!isOverridable) return { status: 'refused', rule: 'notOverridable' };
  if (!isAllowed) return { status: 'refused', rule: 'notAllowed' };
  return changedAtLsn > basedOnLsn ? { status: 'conflict', rule: 'changedSince' } : { status: 'accepted', rule: 'unchanged' };
}
