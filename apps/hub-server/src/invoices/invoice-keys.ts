/** The company's keys for the names on invoices, one for each year: made, told to the stores, and forgotten when the law lets go of the year. */
import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey } from '@holdfast/base/sealing';

import type { EntityChange } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import type { Database } from '../db/database.ts';

export interface InvoiceKeyPorts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly tenantNo: number;
}

/** Invoices are kept for so long; after the years in which they were made. */
export const KEPT_YEARS = 10;

export const yearOf = (atMs: number): number => new Date(atMs).getUTCFullYear();

interface KeyRow {
  readonly year: number;
  readonly publicKey: Uint8Array;
}

/** This year's and the next one's, where they are missing, so that no lane meets a year without its key; all that are not forgotten, as stores are told. Safe for several replicas at once. */
export async function invoiceKeyCells({
  database,
  clock,
  tenantNo,
}: Omit<InvoiceKeyPorts, 'catalog'>): Promise<{ readonly years: readonly number[]; readonly cells: readonly EntityChange[] }> {
  const now = clock.nowMs();
  for (const year of await missingYears({ database, clock, tenantNo })) {
    const { publicKey, privateKey } = generateSealingKey();
    await database.execute(
      `INSERT INTO invoice_key (tenant_no, year, public_key, private_key, created_at_ms) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_no, year) DO NOTHING`,
      [tenantNo, year, publicKey, privateKey, now],
    );
  }
  const rows = await database.rows<KeyRow>(
    `SELECT year, public_key AS "publicKey" FROM invoice_key WHERE tenant_no = $1 AND private_key IS NOT NULL ORDER BY year`,
    [tenantNo],
  );
  const value = rows.map(({ year, publicKey }) => `${year} ${Buffer.from(publicKey).toString('hex')}`).join('\n');
  return {
    years: rows.map(({ year }) => year),
    cells: [{ type: 'setting', key: 'invoiceKeys', scope: 'global', fields: { value } }],
  };
}

async function missingYears({ database, clock, tenantNo }: Omit<InvoiceKeyPorts, 'catalog'>): Promise<readonly number[]> {
  const rows = await database.rows<{ year: number }>('SELECT year FROM invoice_key WHERE tenant_no = $1', [tenantNo]);
  const year = yearOf(clock.nowMs());
  return [year, year + 1].filter((wanted) => !rows.some((row) => row.year === wanted));
}

/** Done again it changes nothing. */
export async function makeInvoiceKeys(ports: InvoiceKeyPorts): Promise<readonly number[]> {
  const { years, cells } = await invoiceKeyCells(ports);
  const published = await ports.catalog.publish('invoice keys', cells);
  assert(published.ok, 'the keys of invoices are a setting');
  return years;
}

/** Asked from time to time: the year turns while the hub runs. */
export async function renewInvoiceKeys(ports: InvoiceKeyPorts): Promise<void> {
  if ((await missingYears(ports)).length > 0) await makeInvoiceKeys(ports);
}

/** `kept`: the law wants its invoices readable yet. */
export async function forgetInvoiceKey(
  { database, clock, tenantNo }: InvoiceKeyPorts,
  year: number,
): Promise<'forgotten' | 'kept' | undefined> {
  if (yearOf(clock.nowMs()) - year <= KEPT_YEARS) return 'kept';
  const gone = await database.execute(
    'UPDATE invoice_key SET private_key = NULL, forgotten_at_ms = $3 WHERE tenant_no = $1 AND year = $2 AND private_key IS NOT NULL',
    [tenantNo, year, clock.nowMs()],
  );
  return gone === 0 ? undefined : 'forgotten';
}
