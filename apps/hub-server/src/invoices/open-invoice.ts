/** An invoice with the name on it, for whoever may see it: out of the ledger's own bytes, opened by the key of its year. */
import { openSealed } from '@holdfast/base/sealing';
import { LEDGER_KINDS, parseBuyer, readInvoice, type Buyer } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import { LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';

export interface OpenedInvoice {
  readonly store: string;
  readonly lane: number;
  readonly invoiceNumber: string;
  readonly receiptNumber: string;
  readonly businessDate: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly creditOf: string | null;
  /** Null: its year is forgotten, or it was not sealed to a key of this company. */
  readonly buyer: Buyer | null;
}

/** `R3-abcd-000001`: the lane, and how its epoch begins. */
const NUMBER = /^R(\d+)-([0-9a-f]{4})-\d{6,}$/;

export interface OpenInvoicePorts {
  readonly database: Database;
  readonly keys: CompanyKeys;
  readonly tenantNo: number;
}

export async function openInvoice(
  { database, keys, tenantNo }: OpenInvoicePorts,
  { store, invoiceNumber }: { readonly store: string; readonly invoiceNumber: string },
): Promise<OpenedInvoice | undefined> {
  const [, lane, epoch] = NUMBER.exec(invoiceNumber) ?? [];
  if (lane === undefined || epoch === undefined) return undefined;
  const rows = await database.rows<{ canonical: Uint8Array }>(
    `SELECT e.canonical FROM device d CROSS JOIN LATERAL (
       SELECT canonical FROM ledger_held h WHERE h.tenant_no = $1 AND h.device = d.device AND h.kind = ${LEDGER_KINDS.invoice.kind} AND h.epoch LIKE $4 OFFSET 0) AS e
     WHERE d.tenant_no = $1 AND d.store = $2 AND d.lane = $3`,
    [tenantNo, store, Number(lane), `${epoch}%`],
  );
  for (const { canonical } of rows) {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    const fields = entry.ok ? entry.value.fields : null;
    const read = fields === null ? undefined : readInvoice(fields);
    if (fields === null || read?.ok !== true || read.value.invoiceNumber !== invoiceNumber) continue;
    const { keyName, sealed, creditOf = null, receiptNumber, currency, totalMinor } = read.value;
    const key = (await keys.read('invoice')).find(({ name }) => name === keyName);
    const opened = key?.secret === undefined ? null : openSealed(key.secret, sealed);
    const buyer = opened === null ? undefined : parseBuyer(Buffer.from(opened).toString('utf8'));
    const businessDate = typeof fields['businessDate'] === 'string' ? fields['businessDate'] : '';
    return { store, lane: Number(lane), invoiceNumber, receiptNumber, businessDate, currency, totalMinor, creditOf, buyer: buyer ?? null };
  }
  return undefined;
}
