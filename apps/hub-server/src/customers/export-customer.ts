/** All that is held of one customer, for who asks what is: the person, their rights, each sale as the ledger has it, balances, points, and who looked at them. */
import { LEDGER_KINDS } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import { LEDGER_SCHEMAS } from '../ledger/fold-entry.ts';
import { type CustomerPorts, type CustomerView, noteAccess, readCustomerView } from './customers.ts';

export interface CustomerExport extends CustomerView {
  readonly exportedAtMs: number;
  /** Entries of ledgers that name the customer, whole. */
  readonly entries: readonly object[];
  readonly balances: readonly object[];
  readonly pointsByDay: readonly object[];
  readonly promotionUses: readonly object[];
  readonly accesses: readonly object[];
}

export async function exportCustomer(ports: CustomerPorts, by: string, customer: string): Promise<CustomerExport | undefined> {
  const view = await readCustomerView(ports, customer);
  if (view === undefined) return undefined;
  const { database, tenantNo } = ports;
  const ids = JSON.stringify([view.customer, ...view.aliases]);
  const named = 'IN (SELECT jsonb_array_elements_text($2::jsonb))';
  const [balances, pointsByDay, promotionUses, accesses] = await Promise.all([
    database.rows<object>(
      `SELECT account, reference, currency, balance_minor::text AS "balanceMinor" FROM account_balance WHERE tenant_no = $1 AND reference ${named} ORDER BY account, reference, currency`,
      [tenantNo, ids],
    ),
    database.rows<object>(
      `SELECT business_date AS "businessDate", sum(points)::text AS points FROM points_earned WHERE tenant_no = $1 AND customer ${named} GROUP BY business_date ORDER BY business_date`,
      [tenantNo, ids],
    ),
    database.rows<object>(
      `SELECT promotion_id AS "promotionId", sum(uses)::text AS uses, sum(discount_minor)::text AS "discountMinor" FROM promotion_use
       WHERE tenant_no = $1 AND customer ${named} GROUP BY promotion_id ORDER BY promotion_id`,
      [tenantNo, ids],
    ),
    database.rows<object>(
      `SELECT at_ms AS "atMs", act, by_whom AS "byWhom", customer FROM customer_access WHERE tenant_no = $1 AND customer ${named} ORDER BY at_ms`,
      [tenantNo, ids],
    ),
  ]);
  const entries = await entriesNaming(ports, [view.customer, ...view.aliases]);
  await noteAccess(ports, by, 'export', view.customer);
  return { exportedAtMs: ports.clock.nowMs(), ...view, entries, balances, pointsByDay, promotionUses, accesses };
}

interface EntryRow {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly canonical: Uint8Array;
}

/** Text stands in canonical bytes as it is: what has the id's letters is looked at, by reading every entry once. A question that is asked rarely needs no index that every sale would pay for. */
async function entriesNaming({ database, tenantNo }: CustomerPorts, ids: readonly string[]): Promise<readonly object[]> {
  const found: object[] = [];
  for (const id of ids) {
    const rows = await database.rows<EntryRow>(
      `SELECT device, epoch, seq, canonical FROM ledger_held
       WHERE tenant_no = $1 AND kind IN (${CUSTOMER_KINDS.join(', ')}) AND position($2::bytea IN canonical) > 0 ORDER BY device, epoch, seq`,
      [tenantNo, Buffer.from(id, 'utf8')],
    );
    for (const { canonical, ...place } of rows) {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      const fields = entry.ok ? entry.value.fields : null;
      if (fields !== null && JSON.stringify(fields, plain).includes(JSON.stringify(id)))
        found.push({ ...place, fields: JSON.parse(JSON.stringify(fields, plain)) as object });
    }
  }
  return found;
}

const CUSTOMER_KINDS = [LEDGER_KINDS.sale, LEDGER_KINDS.accountPayout, LEDGER_KINDS.accountAdjustment, LEDGER_KINDS.customerAdded].map(
  ({ kind }) => kind,
);

const plain = (_name: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value);
