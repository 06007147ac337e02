/**
 * What a fresh hub begins with, so that a lane can sell: tax classes as in Germany, who may do what, keys for the names on invoices and of customers, and one store.
 * Each is made only where there is none.
 */
import { assert, type Clock } from '@holdfast/base';
import { DEFAULT_GRANTS, ENTITY_TYPES, grantKey } from '@holdfast/domain';

import type { EntityChange } from './catalog/changes.ts';
import type { Catalog } from './catalog/publish.ts';
import { personalKeyCells } from './customers/personal-key.ts';
import type { Database } from './db/database.ts';
import { createStore, listStores } from './enrolment/stores.ts';
import { invoiceKeyCells } from './invoices/invoice-keys.ts';
import type { CompanyKeys } from './secrets/company-keys.ts';

export const DEFAULT_STORE = '1';

/** UStG § 12: 19 % and 7 %; the third is for what is free of tax. */
const TAX_CLASSES: readonly EntityChange[] = [
  { type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT 19 %', rateBps: 1900 } },
  { type: 'tax', key: 'reduced', scope: 'global', fields: { name: 'VAT 7 %', rateBps: 700 } },
  { type: 'tax', key: 'zero', scope: 'global', fields: { name: 'VAT 0 %', rateBps: 0 } },
];

const GRANTS: readonly EntityChange[] = DEFAULT_GRANTS.map(({ role, action, scope, isAllowed, limit }) => ({
  type: ENTITY_TYPES.roleGrant.name,
  key: grantKey(role, action),
  scope,
  fields: { isAllowed, ...(limit !== undefined && { limit }) },
}));

export interface BootstrapPorts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly keys: CompanyKeys;
}

export async function bootstrap({ database, catalog, tenantNo, clock, keys: held }: BootstrapPorts): Promise<void> {
  const hasAny = async (type: number): Promise<boolean> =>
    (await database.rows('SELECT 1 FROM entity WHERE tenant_no = $1 AND type = $2 LIMIT 1', [tenantNo, type])).length > 0;
  const { cells: invoices } = await invoiceKeyCells({ keys: held, clock });
  const keys = [...invoices, ...(await personalKeyCells({ keys: held, clock }))];
  // What stands already is no change: a start that has nothing to add publishes nothing.
  const wanted = [...((await hasAny(ENTITY_TYPES.tax.type)) ? [] : TAX_CLASSES), ...(await missingGrants(database, tenantNo)), ...keys];
  const published = await catalog.publish('first start', wanted);
  assert(published.ok, 'what a hub starts with is no mistake of anybody');
  if ((await listStores(database, tenantNo)).length > 0) return;
  const store = {
    store: DEFAULT_STORE,
    name: 'Store 1',
    zone: '1',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    taxInclusive: true,
    address: '',
  };
  // Another replica may have been quicker: the store is there, that is all that counts.
  await createStore(database, catalog, { tenantNo, nowMs: clock.nowMs() }, store);
}

/** Of actions that no grant was ever made for: all of them on a fresh hub, those of a later build on an older one. What was taken away stays so. */
async function missingGrants(database: Database, tenantNo: number): Promise<readonly EntityChange[]> {
  const made = await database.rows<{ action: string }>(
    `SELECT DISTINCT split_part(key, E'\\x1f', 2) AS action FROM entity WHERE tenant_no = $1 AND type = $2`,
    [tenantNo, ENTITY_TYPES.roleGrant.type],
  );
  const known = new Set(made.map(({ action }) => action));
  return GRANTS.filter((_grant, index) => !known.has(DEFAULT_GRANTS[index]?.action ?? ''));
}
