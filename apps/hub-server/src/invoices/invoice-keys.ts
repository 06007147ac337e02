/** The company's keys for the names on invoices, one for each year: made, told to the stores, and forgotten when the law lets go of the year. */
import { assert, type Clock } from '@holdfast/base';
import { generateSealingKey } from '@holdfast/base/sealing';

import type { EntityChange } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';

export interface InvoiceKeyPorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly keys: CompanyKeys;
}

/** Invoices are kept for so long; after the years in which they were made. */
export const KEPT_YEARS = 10;

export const yearOf = (atMs: number): number => new Date(atMs).getUTCFullYear();

/** This year's and the next one's, where they are missing, so that no lane meets a year without its key; all that are not forgotten, as stores are told. Safe for several replicas at once. */
export async function invoiceKeyCells({
  keys,
  clock,
}: Omit<InvoiceKeyPorts, 'catalog'>): Promise<{ readonly years: readonly number[]; readonly cells: readonly EntityChange[] }> {
  for (const year of await missingYears({ keys, clock })) {
    const { publicKey, privateKey } = generateSealingKey();
    await keys.keep('invoice', { name: String(year), secret: privateKey, publicKey, createdAtMs: clock.nowMs() });
  }
  const held = (await keys.read('invoice')).filter(({ secret }) => secret !== undefined);
  const value = held.map(({ name, publicKey = new Uint8Array() }) => `${name} ${Buffer.from(publicKey).toString('hex')}`).join('\n');
  return {
    years: held.map(({ name }) => Number(name)),
    cells: [{ type: 'setting', key: 'invoiceKeys', scope: 'global', fields: { value } }],
  };
}

async function missingYears({ keys, clock }: Omit<InvoiceKeyPorts, 'catalog'>): Promise<readonly number[]> {
  const held = await keys.read('invoice');
  const year = yearOf(clock.nowMs());
  return [year, year + 1].filter((wanted) => !held.some(({ name }) => name === String(wanted)));
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
  { keys, clock }: Omit<InvoiceKeyPorts, 'catalog'>,
  year: number,
): Promise<'forgotten' | 'kept' | undefined> {
  if (yearOf(clock.nowMs()) - year <= KEPT_YEARS) return 'kept';
  return (await keys.forget('invoice', String(year), clock.nowMs())) ? 'forgotten' : undefined;
}
