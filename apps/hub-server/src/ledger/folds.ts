/**
 * What the ledger is folded into. A fold makes rows of arrivals, in any thread, and stores them in the transaction that numbers the entries; a row names its
 * entry by `n`, the place behind `base`. Whoever adds a table adds a fold here, and its recomputation to `verify.ts`.
 *
 * Rows that several devices move are locked in the order of their keys, and folds store in the order of `FOLDS`: nobody waits crosswise.
 */
import { foldStock, netMinorOf } from '@holdfast/domain';

import { grantFold } from '../accounts/grants.ts';
import { excessFold } from '../authority/exceptions.ts';
import { requestFold } from '../authority/requests.ts';
import type { Queries } from '../db/database.ts';
import { pointsEarnedFold, promotionUseFold, usesCountedFold } from '../standings/fold-standings.ts';
import { safeFold, shiftFold } from '../store-day/fold-shifts.ts';
import type { Arrival } from './prepare-runs.ts';
import { returnRightFold } from './return-holds.ts';
import { returnLinesOf } from './returns.ts';

export interface Fold {
  readonly name: string;
  rows(arrivals: readonly Arrival[]): readonly object[];
  /** `json`: the rows, at least one. The first entry is numbered `base` + 0. */
  store(tx: Queries, json: string, base: number): Promise<void>;
}

const sales: Fold = {
  name: 'sales',
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
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO sale (entry_no, tenant_no, device, epoch, seq, branch, store, lane, receipt_number, at_ms, business_date, currency, total_minor, line_count,
         kind, training, external_reference, received_at_ms)
       SELECT $1 + x.n, x.t, x.d, x.e, x.q, x.b, x.s, x.l, x.r, x.at, x.bd, x.c, x.tm, x.lc, x.k, x.tr, x.x, x.ra
       FROM jsonb_to_recordset($2::jsonb) AS x (n integer, t integer, d text, e text, q bigint, b text, s text, l integer, r text, at bigint, bd text, c text,
         tm bigint, lc integer, k text, tr boolean, x text, ra bigint)`,
      [base, json],
    );
  },
};

const saleLines: Fold = {
  name: 'sale lines',
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
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO sale_line (entry_no, tenant_no, line, sku, unit, quantity, amount_minor)
       SELECT $1 + x.n, x.t, x.l, x.k, x.u, x.q, x.a FROM jsonb_to_recordset($2::jsonb) AS x (n integer, t integer, l integer, k text, u text, q bigint, a bigint)`,
      [base, json],
    );
  },
};

const returns: Fold = {
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

interface StockRow {
  readonly t: number;
  readonly s: string;
  readonly k: string;
  readonly u: string;
  readonly q: number;
}

const stock: Fold = {
  name: 'stock',
  rows: (arrivals) => {
    const byStore = new Map<string, { readonly tenantNo: number; readonly store: string; readonly onHand: Map<string, number> }>();
    for (const { run, movements } of arrivals) {
      if (movements.length === 0) continue;
      const key = JSON.stringify([run.tenantNo, run.store]);
      const held = byStore.get(key) ?? { tenantNo: run.tenantNo, store: run.store, onHand: new Map<string, number>() };
      byStore.set(key, held);
      foldStock(held.onHand, movements);
    }
    return [...byStore.values()].flatMap(({ tenantNo, store, onHand }) =>
      [...onHand].map(([key, q]): StockRow => {
        const [k = '', u = ''] = key.split('\u001f');
        return { t: tenantNo, s: store, k, u, q };
      }),
    );
  },
  store: async (tx, json) => {
    await tx.execute(
      `INSERT INTO stock AS held (tenant_no, store, sku, unit, on_hand)
       SELECT x.t, x.s, x.k, x.u, x.q FROM jsonb_to_recordset($1::jsonb) AS x (t integer, s text, k text, u text, q bigint)
       ORDER BY x.t, x.s COLLATE "C", x.k COLLATE "C", x.u COLLATE "C"
       ON CONFLICT (tenant_no, store, sku, unit) DO UPDATE SET on_hand = held.on_hand + excluded.on_hand`,
      [json],
    );
  },
};

/** Movements, the balances that they are summed into, and what was held for them. */
const accounts: Fold = {
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
  returns,
  returnRightFold,
  stock,
  accounts,
  grantFold,
  excessFold,
  requestFold,
  promotionUseFold,
  usesCountedFold,
  pointsEarnedFold,
  shiftFold,
  safeFold,
];
