/**
 * Customers: who they are, sealed and apart; what lanes of their own store may know of them, as cells of that store; and nothing of it in any ledger.
 *
 * A card or a phone is one customer's. Whoever is taken up a second time, at a lane that could not know, is the one who was known first: the second id stays as
 * another name of the first (`customer_alias`), points of both count together, and what the first did not say yet is taken from the second.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Clock, type Random, type Result } from '@holdfast/base';
import { hashCustomerCode } from '@holdfast/base/passcode';
import {
  accountLimitText,
  beginningsOfName,
  codesOfPerson,
  decimalText,
  ENTITY_TYPES,
  initialsOf,
  limitMinorIn,
  MAX_AMOUNT_MINOR,
  minorDigitsOf,
  personOf,
  readAccountLimit,
  type AccountLimit,
  type AccountName,
  type Person,
} from '@holdfast/domain';
import { bytesToHex } from '@holdfast/sync';

import type { EntityChange } from '../catalog/changes.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { findSettings, findStore } from '../enrolment/stores.ts';
import { loadPasscodeSecrets } from '../passcodes/passcodes.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';
import { openPersonalSafe, type PersonalSafe } from './personal-key.ts';

export interface CustomerPorts {
  readonly database: Database;
  readonly keys: CompanyKeys;
  readonly catalog: Pick<Catalog, 'publishIn' | 'announce'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly tenantNo: number;
}

/** What is no person's: it stands in cells. */
export interface CustomerRights {
  readonly groups: readonly string[];
  readonly exemptionCertificate?: string | undefined;
  readonly exemptionTo?: string | undefined;
  readonly onAccount?: boolean | undefined;
  /** The most that they may owe, over all stores; absent: no limit. */
  readonly accountLimit?: AccountLimit | undefined;
}

export type HeldRights = CustomerRights & { readonly tier?: string };

export type PersonDraft = Omit<Parameters<typeof personOf>[0], 'consentAtMs'>;

export interface CustomerDraft {
  readonly store: string;
  readonly person: PersonDraft;
  readonly rights: CustomerRights;
}

export interface CustomerView {
  readonly customer: string;
  readonly store: string;
  /** Null: forgotten. */
  readonly person: Person | null;
  readonly rights: Omit<HeldRights, 'accountLimit'> & { readonly accountLimit?: { readonly amount: string; readonly currency: string } };
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly erasedAtMs: number | null;
  /** Under which they are known besides. */
  readonly aliases: readonly string[];
  readonly version: string;
}

export type CustomerFault =
  | { readonly type: 'noSuchStore' }
  | { readonly type: 'noSuchCustomer' }
  /** Somebody wrote them anew since they were read. */
  | { readonly type: 'changedSince' }
  | { readonly type: 'badPerson'; readonly field: string }
  /** Who has this card or phone. */
  | { readonly type: 'customerExists'; readonly customer: string };

export type CustomerAct = 'search' | 'open' | 'create' | 'edit' | 'export' | 'erase' | 'find' | 'merge';

const newCustomerId = (random: Random): string => `k-${bytesToHex(random.bytes(10))}`;

export type CodeHasher = (person: Person) => Promise<readonly string[]>;

/** All codes are hashed with the first secret, whatever passcodes are sealed with since: a customer keeps them. */
async function createCodeHasher(ports: Omit<CustomerPorts, 'catalog'>): Promise<CodeHasher> {
  const [secret] = await loadPasscodeSecrets(ports);
  assert(secret !== undefined, 'a hub has a secret');
  return async (person) => {
    const hashed: string[] = [];
    for (const code of codesOfPerson(person)) hashed.push(await hashCustomerCode(code, secret));
    return hashed;
  };
}

export interface CustomerRow {
  readonly customer: string;
  readonly store: string;
  readonly keyNumber: number;
  readonly sealed: Uint8Array | null;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly erasedAtMs: number | null;
}

const ROW = `customer, store, key_number AS "keyNumber", sealed, created_at_ms AS "createdAtMs", changed_at_ms AS "changedAtMs", erased_at_ms AS "erasedAtMs"`;

export async function findRow(queries: Queries, tenantNo: number, customer: string): Promise<CustomerRow | undefined> {
  const [row] = await queries.rows<CustomerRow>(
    `SELECT ${ROW} FROM customer WHERE tenant_no = $1 AND customer = coalesce((SELECT a.customer FROM customer_alias a WHERE a.tenant_no = $1 AND a.alias = $2), $2)`,
    [tenantNo, customer],
  );
  return row;
}

export const personOfRow = (safe: PersonalSafe, { sealed, keyNumber }: Pick<CustomerRow, 'sealed' | 'keyNumber'>): Person | undefined =>
  sealed === null ? undefined : safe.open(sealed, keyNumber);

export async function noteAccess(
  ports: Omit<CustomerPorts, 'catalog' | 'random'>,
  by: string,
  act: CustomerAct,
  customer: string,
): Promise<void> {
  await ports.database.execute(
    'INSERT INTO customer_access (tenant_no, customer, at_ms, act, by_whom) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
    [ports.tenantNo, customer, ports.clock.nowMs(), act, by],
  );
}

interface HeldCell {
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, string | boolean | null>>;
}

/** As they are published, in each scope. */
export async function customerCells(queries: Queries, tenantNo: number, customers: readonly string[]): Promise<readonly HeldCell[]> {
  return queries.rows<HeldCell>(
    `SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customer.type} AND alive
       AND key IN (SELECT jsonb_array_elements_text($2::jsonb)) ORDER BY key, scope DESC`,
    [tenantNo, JSON.stringify(customers)],
  );
}

const COLUMN = Object.fromEntries(ENTITY_TYPES.customer.columns.map(({ name, number }) => [name, String(number)])) as Readonly<
  Record<(typeof ENTITY_TYPES.customer.columns)[number]['name'], string>
>;

const textOf = (cell: HeldCell | undefined, name: keyof typeof COLUMN): string | undefined => {
  const value = cell?.fields[COLUMN[name]];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export function rightsOfCell(cell: HeldCell | undefined): HeldRights {
  const [exemptionCertificate, exemptionTo, tier] = [
    textOf(cell, 'exemptionCertificate'),
    textOf(cell, 'exemptionTo'),
    textOf(cell, 'tier'),
  ];
  const accountLimit = readAccountLimit(textOf(cell, 'accountLimit') ?? '');
  return {
    groups: (textOf(cell, 'groups') ?? '').split('\n').filter((group) => group !== ''),
    ...(exemptionCertificate !== undefined && { exemptionCertificate }),
    ...(exemptionTo !== undefined && { exemptionTo }),
    ...(cell?.fields[COLUMN.onAccount] === true && { onAccount: true }),
    ...(accountLimit !== undefined && { accountLimit }),
    ...(tier !== undefined && { tier }),
  };
}

/**
 * What may be owed on an account in its currency, by the cell of whichever of `references` it is, which stands as it is until `tx` ends. Whoever has no limit has as much as
 * there is; whom no cell lets buy on account, nothing.
 */
export async function accountLimitMinor(
  tx: Queries,
  tenantNo: number,
  references: readonly string[],
  { currency }: Pick<AccountName, 'currency'>,
): Promise<number> {
  const cells = await tx.rows<HeldCell>(
    `SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customer.type} AND alive
       AND key IN (SELECT jsonb_array_elements_text($2::jsonb)) ORDER BY key, scope DESC FOR UPDATE`,
    [tenantNo, JSON.stringify(references)],
  );
  const rights = cells.map(rightsOfCell).find(({ onAccount }) => onAccount === true);
  if (rights === undefined) return 0;
  return rights.accountLimit === undefined ? MAX_AMOUNT_MINOR : limitMinorIn(rights.accountLimit, currency);
}

interface Written {
  readonly customer: string;
  readonly store: string;
  readonly person: Person;
  /** Absent: those that stand. */
  readonly rights?: CustomerRights;
  readonly codes: readonly string[];
  /** Absent: whatever stands is written over. */
  readonly version?: string;
}

/** Of what people write of a customer: a tier, which the rules give, is none of it. */
function versionOfCustomer(store: string, person: Person | undefined, { tier: _tier, ...rights }: HeldRights): string {
  return createHash('sha256')
    .update(JSON.stringify([store, person ?? null, rights]))
    .digest('base64url')
    .slice(0, 22);
}

async function heldVersion(queries: Queries, tenantNo: number, safe: PersonalSafe, customer: string): Promise<string | undefined> {
  const row = await findRow(queries, tenantNo, customer);
  if (row === undefined) return undefined;
  const [cell] = await customerCells(queries, tenantNo, [row.customer]);
  return versionOfCustomer(row.store, personOfRow(safe, row), rightsOfCell(cell));
}

/** Row, codes, beginnings of the name, and the cells of their store. In the transaction of the caller, who announces. */
async function writeCustomer(
  tx: Queries,
  ports: CustomerPorts,
  safe: PersonalSafe,
  written: Written,
): Promise<Result<Published, CustomerFault>> {
  const { tenantNo } = ports;
  const { customer, store, person, codes } = written;
  const now = ports.clock.nowMs();
  // The tenant's row first, as every publication takes it: two who write the same code stand in one order.
  await tx.rows('SELECT 1 FROM tenant WHERE tenant_no = $1 FOR UPDATE', [tenantNo]);
  // Forgotten since its writer read it.
  const forgotten = await tx.rows('SELECT 1 FROM customer WHERE tenant_no = $1 AND customer = $2 AND erased_at_ms IS NOT NULL', [
    tenantNo,
    customer,
  ]);
  if (forgotten.length > 0) return err({ type: 'noSuchCustomer' });
  const { version } = written;
  if (version !== undefined && version !== (await heldVersion(tx, tenantNo, safe, customer))) return err({ type: 'changedSince' });
  const [other] = await tx.rows<{ customer: string }>(
    `SELECT customer FROM customer_code WHERE tenant_no = $1 AND customer <> $2 AND code IN (SELECT jsonb_array_elements_text($3::jsonb)) LIMIT 1`,
    [tenantNo, customer, JSON.stringify(codes)],
  );
  if (other !== undefined) return err({ type: 'customerExists', customer: other.customer });
  const held = await tx.rows<{ code: string }>('SELECT code FROM customer_code WHERE tenant_no = $1 AND customer = $2', [
    tenantNo,
    customer,
  ]);
  const { keyNumber, sealed } = safe.seal(person);
  await tx.execute(
    `INSERT INTO customer (tenant_no, customer, store, key_number, sealed, created_at_ms, changed_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $6)
     ON CONFLICT (tenant_no, customer) DO UPDATE SET store = excluded.store, key_number = excluded.key_number, sealed = excluded.sealed, changed_at_ms = excluded.changed_at_ms`,
    [tenantNo, customer, store, keyNumber, sealed, now],
  );
  await tx.execute('DELETE FROM customer_code WHERE tenant_no = $1 AND customer = $2', [tenantNo, customer]);
  await tx.execute('DELETE FROM customer_token WHERE tenant_no = $1 AND customer = $2', [tenantNo, customer]);
  await tx.execute('INSERT INTO customer_code (tenant_no, code, customer) SELECT $1, value, $2 FROM jsonb_array_elements_text($3::jsonb)', [
    tenantNo,
    customer,
    JSON.stringify(codes),
  ]);
  await tx.execute(
    'INSERT INTO customer_token (tenant_no, token, customer) SELECT $1, value, $2 FROM jsonb_array_elements_text($3::jsonb)',
    [tenantNo, customer, JSON.stringify([...new Set(beginningsOfName(person.name).map((each) => safe.token(each)))])],
  );
  // A card that lanes did not know was somebody under its own hash: it is this customer now.
  await tx.execute(
    `INSERT INTO customer_alias (tenant_no, alias, customer) SELECT $1, value, $2 FROM jsonb_array_elements_text($3::jsonb)
     ON CONFLICT (tenant_no, alias) DO UPDATE SET customer = excluded.customer`,
    [tenantNo, customer, JSON.stringify(codes)],
  );
  const changes = await cellChanges(
    tx,
    ports,
    written,
    held.map(({ code }) => code),
  );
  return ok(await ports.catalog.publishIn(tx, 'customer', changes));
}

/** Cells of their store, and of no other: what stood elsewhere goes. */
async function cellChanges(
  tx: Queries,
  { tenantNo }: CustomerPorts,
  { customer, store, person, rights, codes }: Written,
  heldCodes: readonly string[],
): Promise<readonly EntityChange[]> {
  const scope = `store:${store}`;
  const cells = await customerCells(tx, tenantNo, [customer]);
  const stands = rightsOfCell(cells[0]);
  const { groups, exemptionCertificate, exemptionTo, onAccount, accountLimit } = rights ?? stands;
  const elsewhere = cells.filter((cell) => cell.scope !== scope).map((cell) => cell.scope);
  const oldCodes = await tx.rows<{ key: string; scope: string }>(
    `SELECT key, scope FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customerCode.type} AND alive AND key IN (SELECT jsonb_array_elements_text($2::jsonb))`,
    [tenantNo, JSON.stringify(heldCodes)],
  );
  const goneCodes = oldCodes.filter((cell) => cell.scope !== scope || !codes.includes(cell.key));
  const fields = {
    groups: groups.length === 0 ? null : groups.join('\n'),
    exemptionCertificate: exemptionCertificate ?? null,
    exemptionTo: exemptionTo ?? null,
    initials: initialsOf(person.name),
    language: person.language ?? null,
    onAccount: onAccount === true ? true : null,
    accountLimit: accountLimit === undefined ? null : accountLimitText(accountLimit),
    // A tier moves with its customer; whoever has none keeps none.
    ...(elsewhere.length > 0 && stands.tier !== undefined && { tier: stands.tier }),
  };
  return [
    { type: 'customer', key: customer, scope, fields },
    ...elsewhere.map((old): EntityChange => ({ type: 'customer', key: customer, scope: old, removed: true })),
    ...codes.map((code): EntityChange => ({ type: 'customerCode', key: code, scope, fields: { customer } })),
    ...goneCodes.map((cell): EntityChange => ({ type: 'customerCode', key: cell.key, scope: cell.scope, removed: true })),
  ];
}

async function readDraft(
  ports: CustomerPorts,
  { store, person }: CustomerDraft,
  consentAtMs: number,
): Promise<Result<Person, CustomerFault>> {
  if ((await findStore(ports.database, ports.tenantNo, store)) === undefined) return err({ type: 'noSuchStore' });
  const settings = await findSettings(ports.database, ports.tenantNo, store);
  const read = personOf({ ...person, consentAtMs }, settings?.callingCode);
  return read.ok ? read : err({ type: 'badPerson', field: read.error.field });
}

/** `known`: an id that cells and ledgers hold already. */
export async function createCustomer(
  ports: CustomerPorts,
  by: string,
  draft: CustomerDraft,
  known?: string,
): Promise<Result<{ readonly customer: string }, CustomerFault>> {
  const person = await readDraft(ports, draft, ports.clock.nowMs());
  if (!person.ok) return person;
  const customer = known ?? newCustomerId(ports.random);
  if ((await findRow(ports.database, ports.tenantNo, customer)) !== undefined) return err({ type: 'customerExists', customer });
  return keep(ports, by, 'create', { customer, store: draft.store, person: person.value, rights: draft.rights });
}

/** `version`: of what its writer read. */
export async function changeCustomer(
  ports: CustomerPorts,
  by: string,
  customer: string,
  draft: CustomerDraft,
  version?: string,
): Promise<Result<{ readonly customer: string }, CustomerFault>> {
  const row = await findRow(ports.database, ports.tenantNo, customer);
  const held = row === undefined ? undefined : personOfRow(await openPersonalSafe(ports), row);
  if (row === undefined || held === undefined) return err({ type: 'noSuchCustomer' });
  const person = await readDraft(ports, draft, held.consentAtMs);
  if (!person.ok) return person;
  const { store, rights } = draft;
  return keep(ports, by, 'edit', {
    customer: row.customer,
    store,
    person: person.value,
    rights,
    ...(version !== undefined && { version }),
  });
}

async function keep(
  ports: CustomerPorts,
  by: string,
  act: CustomerAct,
  written: Omit<Written, 'codes'>,
): Promise<Result<{ readonly customer: string }, CustomerFault>> {
  const [safe, hash] = [await openPersonalSafe(ports), await createCodeHasher(ports)];
  const codes = await hash(written.person);
  const done = await ports.database.transaction(async (tx) => writeCustomer(tx, ports, safe, { ...written, codes }));
  if (!done.ok) return done;
  ports.catalog.announce(done.value);
  await noteAccess(ports, by, act, written.customer);
  return ok({ customer: written.customer });
}

export async function readCustomerView(ports: CustomerPorts, customer: string): Promise<CustomerView | undefined> {
  const { database, tenantNo } = ports;
  const row = await findRow(database, tenantNo, customer);
  if (row === undefined) return undefined;
  const [cell] = await customerCells(database, tenantNo, [row.customer]);
  const aliases = await aliasesOf(database, tenantNo, row.customer);
  const { sealed: _sealed, keyNumber: _keyNumber, ...shown } = row;
  const held = rightsOfCell(cell);
  const { accountLimit: limit, ...rights } = held;
  const person = personOfRow(await openPersonalSafe(ports), row);
  return {
    ...shown,
    version: versionOfCustomer(row.store, person, held),
    person: person ?? null,
    rights: { ...rights, ...(limit !== undefined && { accountLimit: shownLimit(limit) }) },
    aliases,
  };
}

const shownLimit = ({ amountMinor, currency }: AccountLimit): { readonly amount: string; readonly currency: string } => ({
  amount: decimalText(amountMinor, minorDigitsOf(currency)),
  currency,
});

async function aliasesOf(queries: Queries, tenantNo: number, customer: string): Promise<readonly string[]> {
  const rows = await queries.rows<{ alias: string }>(
    'SELECT alias FROM customer_alias WHERE tenant_no = $1 AND customer = $2 ORDER BY alias',
    [tenantNo, customer],
  );
  return rows.map(({ alias }) => alias);
}

/**
 * Somebody who became a customer at a lane. Told again it changes nothing. Whose card or phone is known is the one who is known; what they had not said yet is taken from
 * the later one.
 */
export async function takeFromLane(
  ports: CustomerPorts,
  { device, store }: { readonly device: string; readonly store: string },
  { customer, person }: { readonly customer: string; readonly person: Person },
): Promise<string> {
  const { database, tenantNo } = ports;
  const known = await findRow(database, tenantNo, customer);
  if (known !== undefined) return known.customer;
  // Made before the transaction, in which nothing else may be asked.
  const [safe, hash] = [await openPersonalSafe(ports), await createCodeHasher(ports)];
  const codes = await hash(person);
  const outcome = await database.transaction(async (tx) => {
    const first = await writeCustomer(tx, ports, safe, { customer, store, person, codes });
    if (first.ok) return { customer, published: first.value, act: 'create' } as const;
    // Heard before, and forgotten since.
    if (first.error.type === 'noSuchCustomer') return undefined;
    assert(first.error.type === 'customerExists', 'its store is the device’s');
    const row = await findRow(tx, tenantNo, first.error.customer);
    const held = row === undefined ? undefined : personOfRow(safe, row);
    assert(row !== undefined && held !== undefined, 'whoever has a code is there');
    await tx.execute('INSERT INTO customer_alias (tenant_no, alias, customer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      tenantNo,
      customer,
      row.customer,
    ]);
    const joined = await joinPeople(tx, ports.tenantNo, { held, later: person, laterCodes: codes, customer: row.customer });
    const changed = await writeCustomer(tx, ports, safe, {
      customer: row.customer,
      store: row.store,
      person: joined,
      codes: await hash(joined),
    });
    assert(changed.ok, 'codes of others were left out');
    const alias: EntityChange = { type: 'customer', key: customer, scope: `store:${store}`, fields: { sameAs: row.customer } };
    const told = await ports.catalog.publishIn(tx, 'customer', [alias]);
    return { customer: row.customer, published: told.lsn === null ? changed.value : told, act: 'merge' } as const;
  });
  if (outcome === undefined) return customer;
  ports.catalog.announce(outcome.published);
  await noteAccess(ports, `device:${device}`, outcome.act, outcome.customer);
  return outcome.customer;
}

/** What was said first stands; gaps are filled, with codes that are nobody else's. */
async function joinPeople(
  tx: Queries,
  tenantNo: number,
  {
    held,
    later,
    laterCodes,
    customer,
  }: { readonly held: Person; readonly later: Person; readonly laterCodes: readonly string[]; readonly customer: string },
): Promise<Person> {
  const taken = await tx.rows<{ code: string }>(
    'SELECT code FROM customer_code WHERE tenant_no = $1 AND customer <> $2 AND code IN (SELECT jsonb_array_elements_text($3::jsonb))',
    [tenantNo, customer, JSON.stringify(laterCodes)],
  );
  const isTaken = new Set(taken.map(({ code }) => code));
  const free = codesOfPerson(later).filter((_code, index) => !isTaken.has(laterCodes[index] ?? ''));
  const phone = held.phone ?? free.find(({ kind }) => kind === 'phone')?.text;
  const cards = [...new Set([...held.cards, ...free.filter(({ kind }) => kind === 'card').map(({ text }) => text)])];
  const person: Person = { ...later, ...held, cards, ...(phone !== undefined && { phone }) };
  const { phone: _phone, ...phoneless } = person;
  return phone === undefined ? phoneless : person;
}

/** Of the person nothing is left but an id that says nothing; ledgers, totals and points are as they were. */
export async function eraseCustomer(
  ports: CustomerPorts,
  by: string,
  customer: string,
): Promise<Result<{ readonly customer: string }, CustomerFault>> {
  const { database, tenantNo } = ports;
  const row = await findRow(database, tenantNo, customer);
  if (row === undefined || row.sealed === null) return err({ type: 'noSuchCustomer' });
  const published = await database.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM tenant WHERE tenant_no = $1 FOR UPDATE', [tenantNo]);
    const ids = [row.customer, ...(await aliasesOf(tx, tenantNo, row.customer))];
    const cells = await customerCells(tx, tenantNo, ids);
    const codes = await tx.rows<{ key: string; scope: string }>(
      `SELECT key, scope FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customerCode.type} AND alive
         AND key IN (SELECT code FROM customer_code WHERE tenant_no = $1 AND customer = $2)`,
      [tenantNo, row.customer],
    );
    await tx.execute('UPDATE customer SET sealed = NULL, erased_at_ms = $3, changed_at_ms = $3 WHERE tenant_no = $1 AND customer = $2', [
      tenantNo,
      row.customer,
      ports.clock.nowMs(),
    ]);
    await tx.execute('DELETE FROM customer_code WHERE tenant_no = $1 AND customer = $2', [tenantNo, row.customer]);
    await tx.execute('DELETE FROM customer_token WHERE tenant_no = $1 AND customer = $2', [tenantNo, row.customer]);
    return ports.catalog.publishIn(tx, 'customer forgotten', [
      ...cells.map(({ key, scope }): EntityChange => ({ type: 'customer', key, scope, removed: true })),
      ...codes.map(({ key, scope }): EntityChange => ({ type: 'customerCode', key, scope, removed: true })),
    ]);
  });
  ports.catalog.announce(published);
  await noteAccess(ports, by, 'erase', row.customer);
  return ok({ customer: row.customer });
}
