/**
 * What the ledger is folded into. A fold makes rows of arrivals, in any thread, and stores them in the transaction that numbers the entries, under the sequence's lock; a row names its
 * entry by `n`, the place behind `base`. Whoever adds a table adds a fold here, and its recomputation to `verify.ts`.
 *
 * Rows that several devices move are locked in the order of their keys, and folds store in the order of `FOLDS`: nobody waits crosswise.
 */
import { foldStock, netMinorOf } from '@holdfast/domain';

import { grantFold } from '../accounts/grants.ts';
import { attendanceFold } from '../attendance/attendance.ts';
import { excessFold } from '../authority/exceptions.ts';
import { requestFold } from '../authority/requests.ts';
import { CARD_PAYMENT_COLUMNS, cardPaymentRows, storeCardPayments } from '../cards/card-payments.ts';
import { arrayText, type Cell } from '../db/array-text.ts';
import type { Queries } from '../db/database.ts';
import { receiptMailFold } from '../mail/receipt-mails.ts';
import { pointsEarnedFold, promotionUseFold, usesCountedFold } from '../standings/fold-standings.ts';
import { countFold } from '../stock/fold-counts.ts';
import { safeFold, shiftFold } from '../store-day/fold-shifts.ts';
import { takeoverFold } from './missing-references.ts';
import type { Arrival } from './prepare-runs.ts';
import { returnRightFold } from './return-holds.ts';
import { returnLinesOf } from './returns.ts';
import { unlistedFold } from './unlisted-codes.ts';

export interface Fold {
  readonly name: string;
  /** Texts that the database reads, JSON or arrays; null where these arrivals bring it nothing. */
  rows(arrivals: readonly Arrival[]): readonly string[] | null;
  /** Of `rows`. The first entry is numbered `base` + 0. */
  store(tx: Queries, rows: readonly string[], base: number): Promise<void>;
}

/** A fold of few rows. */
export interface JsonFold {
  readonly name: string;
  rows(arrivals: readonly Arrival[]): readonly object[];
  /** `json`: the rows, at least one. */
  store(tx: Queries, json: string, base: number): Promise<void>;
}

const inJson = (fold: JsonFold): Fold => ({
  name: fold.name,
  rows: (arrivals) => {
    const rows = fold.rows(arrivals);
    return rows.length === 0 ? null : [JSON.stringify(rows)];
  },
  store: async (tx, [json = '[]'], base) => fold.store(tx, json, base),
});

type ColumnType = 'integer' | 'bigint' | 'text' | 'boolean';

interface ColumnFold<Row> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>;
  rows(arrivals: readonly Arrival[]): readonly Row[];
  /** `x`: the rows, as a table of that name, for a `FROM`; `params` are its arrays, and what comes after them is the caller's. */
  store(tx: Queries, x: string, params: readonly string[], base: number): Promise<void>;
}

/** A fold of many rows, as an array for each column: reading an array costs Postgres a fifth of what reading JSON does. */
function inColumns<Row extends Readonly<Record<keyof Row, Cell>>>(fold: ColumnFold<Row>): Fold {
  const names = Object.keys(fold.columns) as (keyof Row & string)[];
  const arrays = names.map((name, index) => `$${index + 1}::${fold.columns[name]}[]`);
  const x = `unnest(${arrays.join(', ')}) AS x (${names.join(', ')})`;
  return {
    name: fold.name,
    rows: (arrivals) => {
      const rows = fold.rows(arrivals);
      return rows.length === 0 ? null : names.map((name) => arrayText(rows.map((row) => row[name])));
    },
    store: async (tx, rows, base) => fold.store(tx, x, rows, base),
  };
}

const sales = inColumns({
  name: 'sales',
  columns: {
    n: 'integer',
    t: 'integer',
    d: 'text',
    e: 'text',
    q: 'bigint',
    b: 'text',
    s: 'text',
    l: 'integer',
    r: 'text',
    at: 'bigint',
    bd: 'text',
    c: 'text',
    tm: 'bigint',
    lc: 'integer',
    k: 'text',
    tr: 'boolean',
    x: 'text',
    ra: 'bigint',
  },
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, branch, sale, atMs }) =>
      sale === null
        ? []
        : [
            {
              n: index,
              t: run.tenantNo,
              d: run.device,
              e: entry.id.epoch,
              q: entry.id.seq,
              b: branch,
              s: run.store,
              l: run.lane,
              r: sale.receiptNumber,
              at: atMs,
              bd: sale.businessDate,
              c: sale.currency,
              tm: sale.totalMinor,
              lc: sale.lines.length,
              k: sale.totalMinor < 0 ? 'return' : 'sale',
              tr: sale.training,
              x: sale.externalReference ?? null,
              ra: run.receivedAtMs,
            },
          ],
    ),
  store: async (tx, x, params, base) => {
    await tx.execute(
      `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count,
         kind, training, external_reference, received_at_ms)
       SELECT $19 + x.n, x.t, x.d, x.e, x.q, x.b, x.s, x.l, x.r, x.at, x.bd, x.c, x.tm, x.lc, x.k, x.tr, x.x, x.ra
       FROM ${x}`,
      [...params, base],
    );
  },
});

const cardPayments = inColumns({
  name: 'card payments',
  columns: CARD_PAYMENT_COLUMNS,
  rows: cardPaymentRows,
  store: storeCardPayments,
});

const saleLines = inColumns({
  name: 'sale lines',
  columns: { n: 'integer', t: 'integer', l: 'integer', k: 'text', u: 'text', q: 'bigint', a: 'bigint' },
  rows: (arrivals) =>
    arrivals.flatMap(({ index, run, sale }) =>
      (sale?.lines ?? []).map((line, number) => ({
        n: index,
        t: run.tenantNo,
        l: number + 1,
        k: line.sku,
        u: line.quantity.unit,
        q: line.quantity.value,
        a: netMinorOf(line),
      })),
    ),
  store: async (tx, x, params, base) => {
    await tx.execute(
      `INSERT INTO sale_line (entry_no, tenant_no, line, sku, unit, quantity, amount_minor)
       SELECT $8 + x.n, x.t, x.l, x.k, x.u, x.q, x.a FROM ${x}`,
      [...params, base],
    );
  },
});

const returns: JsonFold = {
  name: 'returns',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, run, sale }) =>
      returnLinesOf(sale, run.store).map((line) => ({ n: index, tenantNo: run.tenantNo, ...line })),
    ),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO return_line (entry_no, line, tenant_no, store, receipt_number, sku, unit, quantity, unverified)
       SELECT $2 + x.n, x.line, x."tenantNo", x.store, x."receiptNumber", x.sku, x.unit, x.quantity, x.unverified
       FROM jsonb_to_recordset($1::jsonb) AS x (n integer, "tenantNo" integer, line integer, store text, "receiptNumber" text, sku text, unit text, quantity bigint,
         unverified boolean)`,
      [json, base],
    );
  },
};

const byKey = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number => (left < right ? -1 : 1);

interface StockRow {
  readonly n: number;
  readonly t: number;
  readonly s: string;
  readonly k: string;
  readonly u: string;
  readonly q: number;
}

const stock = inColumns<StockRow>({
  name: 'stock',
  columns: { n: 'integer', t: 'integer', s: 'text', k: 'text', u: 'text', q: 'bigint' },
  rows: (arrivals) => {
    const byStore = new Map<string, { readonly tenantNo: number; readonly store: string; readonly onHand: Map<string, number> }>();
    for (const { run, movements } of arrivals) {
      if (movements.length === 0) continue;
      const key = JSON.stringify([run.tenantNo, run.store]);
      const held = byStore.get(key) ?? { tenantNo: run.tenantNo, store: run.store, onHand: new Map<string, number>() };
      byStore.set(key, held);
      foldStock(held.onHand, movements);
    }
    // In the order of the table's key: one row after the other is then found on the page that was read last.
    return [...byStore]
      .sort(byKey)
      .flatMap(([, { tenantNo, store, onHand }]) => [...onHand].sort(byKey).map(([key, q]) => ({ tenantNo, store, key, q })))
      .map(({ tenantNo, store, key, q }, n): StockRow => {
        const [k = '', u = ''] = key.split('\u001f');
        return { n, t: tenantNo, s: store, k, u, q };
      });
  },
  // Most of what is sold was sold before: moving a row that is there costs half of what asking about a conflict does. What was not moved is new: the table is not asked a second time, which read all of it.
  // Whoever moves stock holds the sequence.
  store: async (tx, x, params) => {
    await tx.execute(
      `WITH x AS MATERIALIZED (SELECT * FROM ${x}), moved AS (
         UPDATE stock AS held SET on_hand = on_hand + x.q FROM x
         WHERE held.tenant_no = x.t AND held.store = x.s COLLATE "C" AND held.sku = x.k COLLATE "C" AND held.unit = x.u COLLATE "C" RETURNING x.n)
       INSERT INTO stock (tenant_no, store, sku, unit, on_hand)
       SELECT x.t, x.s, x.k, x.u, x.q FROM x WHERE NOT EXISTS (SELECT 1 FROM moved WHERE moved.n = x.n)`,
      params,
    );
  },
});

/** Movements, the balances that they are summed into, and what was held for them. */
const accounts: JsonFold = {
  name: 'accounts',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, kind, accountMovements }) =>
      accountMovements.map(({ account, reference, currency, amountMinor }, number) => ({
        n: index,
        i: number + 1,
        t: run.tenantNo,
        d: run.device,
        e: entry.id.epoch,
        q: entry.id.seq,
        kind,
        s: run.store,
        ra: run.receivedAtMs,
        k: account,
        r: reference,
        c: currency,
        a: amountMinor,
      })),
    ),
  store: async (tx, json, base) => {
    const rows = `jsonb_to_recordset($1::jsonb) AS x (n integer, i integer, t integer, d text, e text, q bigint, kind bigint, s text, ra bigint, k text, r text, c text,
      a bigint)`;
    await tx.execute(
      `INSERT INTO account_movement (entry_no, number, tenant_no, device, epoch, seq, kind, store, received_at_ms, account, reference, currency, amount_minor)
       SELECT $2 + x.n, x.i, x.t, x.d, x.e, x.q, x.kind, x.s, x.ra, x.k, x.r, x.c, x.a FROM ${rows}`,
      [json, base],
    );
    await tx.execute(
      `INSERT INTO account_balance AS held (tenant_no, account, reference, currency, balance_minor)
       SELECT x.t, x.k, x.r, x.c, sum(x.a) FROM ${rows}
       GROUP BY x.t, x.k, x.r, x.c ORDER BY x.t, x.k COLLATE "C", x.r COLLATE "C", x.c COLLATE "C"
       ON CONFLICT (tenant_no, account, reference, currency) DO UPDATE SET balance_minor = held.balance_minor + excluded.balance_minor`,
      [json],
    );
    const spent = `(SELECT x.t, x.d, x.k, x.r, x.c, -sum(x.a) AS a FROM ${rows} WHERE x.a < 0 GROUP BY x.t, x.d, x.k, x.r, x.c) AS s`;
    const isOf = 'h.tenant_no = s.t AND h.device = s.d AND h.account = s.k AND h.reference = s.r AND h.currency = s.c';
    // What arrives in the device's ledger is held no more (SPEC: U-17).
    await tx.execute(`DELETE FROM account_hold h USING ${spent} WHERE ${isOf} AND h.amount_minor <= s.a`, [json]);
    await tx.execute(`UPDATE account_hold h SET amount_minor = h.amount_minor - s.a FROM ${spent} WHERE ${isOf}`, [json]);
  },
};

export const FOLDS: readonly Fold[] = [
  sales,
  saleLines,
  cardPayments,
  inJson(unlistedFold),
  inJson(returns),
  inJson(returnRightFold),
  stock,
  inJson(countFold),
  inJson(accounts),
  inJson(grantFold),
  inJson(excessFold),
  inJson(requestFold),
  inJson(promotionUseFold),
  inJson(usesCountedFold),
  inJson(pointsEarnedFold),
  inJson(shiftFold),
  inJson(safeFold),
  inJson(attendanceFold),
  inJson(receiptMailFold),
  inJson(takeoverFold),
];
