/**
 * What entries and cells name and this hub does not hold (SPEC: P-5). It is inert: goods came back, money counts, a code is unknown. It stands here until what is missing has come, and then
 * it is gone by itself: nothing of it is kept, but what only a batch that was not taken said (`ledger_gap`).
 */
import { assert } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import type { JsonFold } from './folds.ts';
import type { SalePlace } from './sales.ts';

/** What it is, and by what it is named. */
export const MISSING_KINDS = [
  /** A receipt of which goods came back; no store has sent it. */
  'receiptOfReturn',
  /** A card, voucher or balance that was paid from, and on which nothing was ever put. */
  'loadOfAccount',
  /** The entry of a device's ledger that its next batch goes on from, perhaps of an epoch before. */
  'entryBeforeBatch',
  /** Entries that a count has in it. */
  'entryOfCount',
  /** The entry that set a basket aside with which another lane went on. */
  'entryOfBasket',
  'itemOfCode',
  'itemOfPrice',
  'itemOfKey',
  'itemOfDeposit',
  'taxClassOfItem',
] as const;
export type MissingKind = (typeof MISSING_KINDS)[number];

export interface MissingReference {
  readonly kind: MissingKind;
  /** Receipt, account and reference, place in a ledger, SKU or tax class. */
  readonly name: string;
  /** Where it should come from, or where it is named; null: from headquarters. */
  readonly store: string | null;
  /** How often it is named. */
  readonly names: number;
  /** Since when, as far as that is known. */
  readonly sinceMs: number | null;
  /** The entry, or the key of the cell, that names it. */
  readonly entry: SalePlace | null;
  readonly cell: string | null;
}

export interface MissingPorts {
  readonly database: Pick<Queries, 'rows'>;
  readonly tenantNo: number;
}

export interface MissingReferences {
  /** Of each kind at most so many. */
  list(most: number): Promise<readonly MissingReference[]>;
}

/**
 * Cells change with publications alone. To look through a million of them takes seconds: it is done once, and afterwards what a publication changed is looked at (migration 92).
 */
export function createMissingReferences({ database, tenantNo }: MissingPorts): MissingReferences {
  let looked: Looked | undefined;
  const cellsAt = async (head: Head, most: number): Promise<readonly MissingReference[]> => {
    const before = looked;
    if (before?.history === head.history && before.most === most) return before.cells;
    const goods = goodsSince(database, tenantNo, { head, most, before });
    const cells = goods.then(async (found) => cellsOf(database, tenantNo, { goods: found, most }));
    const mine: Looked = { ...head, most, goods, cells };
    looked = mine;
    cells.catch(() => {
      if (looked === mine) looked = undefined;
    });
    return cells;
  };
  return {
    list: async (most) => {
      const [head] = await database.rows<Head>('SELECT lsn, history_hash AS history FROM tenant WHERE tenant_no = $1', [tenantNo]);
      assert(head !== undefined, 'the tenant has its row');
      return [...(await missingOfEntries(database, tenantNo, most)), ...(await cellsAt(head, most))];
    },
  };
}

type EntryRow = Omit<MissingReference, 'cell'>;

const PLACE = (row: string): string => `json_build_object('device', ${row}.device, 'epoch', ${row}.epoch, 'seq', ${row}.seq)`;

/** What came back of receipts that are not held; whatever was undone since is no return. */
const RECEIPTS = `SELECT 'receiptOfReturn' AS kind, r.receipt_number AS name, r.store, count(DISTINCT r.entry_no) AS names, min(s.at_ms) AS "sinceMs",
    (array_agg(${PLACE('s')} ORDER BY s.entry_no DESC))[1] AS entry
  FROM return_line r JOIN sale s ON s.entry_no = r.entry_no
  WHERE r.tenant_no = $1 AND NOT EXISTS (SELECT 1 FROM sale o WHERE o.tenant_no = $1 AND o.store = r.store AND o.receipt_number = r.receipt_number)
  GROUP BY r.store, r.receipt_number HAVING sum(r.quantity) > 0 ORDER BY min(s.at_ms) DESC, name LIMIT $2`;

/** What is bought on account is paid later: it begins below nothing. */
const ACCOUNTS = `SELECT 'loadOfAccount' AS kind, b.account || ' ' || b.reference AS name, m.store, m.names, m."sinceMs", m.entry
  FROM account_balance b CROSS JOIN LATERAL (
    SELECT count(*) AS names, min(v.received_at_ms) AS "sinceMs", (array_agg(v.store ORDER BY v.entry_no DESC))[1] AS store, (array_agg(${PLACE('v')} ORDER BY v.entry_no DESC))[1] AS entry
    FROM account_movement v WHERE v.tenant_no = $1 AND v.account = b.account AND v.reference = b.reference AND v.currency = b.currency HAVING max(v.amount_minor) <= 0 OFFSET 0) AS m
  WHERE b.tenant_no = $1 AND b.balance_minor < 0 AND b.account <> 'onAccount' ORDER BY m."sinceMs" DESC, name LIMIT $2`;

const BATCHES = `SELECT 'entryBeforeBatch' AS kind, g.device || ' ' || left(g.before_epoch, 4) || '-' || g.before_seq AS name, g.store, 1 AS names, g.since_ms AS "sinceMs", NULL AS entry
  FROM ledger_gap g WHERE g.tenant_no = $1 AND NOT EXISTS (SELECT 1 FROM ledger_held h WHERE h.tenant_no = $1 AND h.device = g.device AND h.epoch = g.before_epoch AND h.seq = g.before_seq
    AND h.from_seq <= g.before_seq AND h.to_seq >= g.before_seq AND h.hash = g.before_hash OFFSET 0)
  ORDER BY g.since_ms DESC, name LIMIT $2`;

const COUNTED = `SELECT 'entryOfCount' AS kind, n.device || ' ' || left(n.epoch, 4) || '-' || n.seq AS name, d.store, n.names, c.received_at_ms AS "sinceMs", ${PLACE('c')} AS entry
  FROM (SELECT l.device, l.epoch, max(greatest(l.seen_seq, l.counted_seq)) AS seq, count(*) AS names, min(l.entry_no) AS first_no FROM stock_count_ledger l
    LEFT JOIN ledger_epoch e ON e.tenant_no = $1 AND e.device = l.device AND e.epoch = l.epoch
    WHERE l.tenant_no = $1 AND greatest(l.seen_seq, l.counted_seq) > coalesce(e.head_seq, 0) GROUP BY l.device, l.epoch) AS n
  LEFT JOIN device d ON d.tenant_no = $1 AND d.device = n.device
  CROSS JOIN LATERAL (SELECT h.device, h.epoch, h.seq, h.received_at_ms FROM ledger_held h
    WHERE h.tenant_no = $1 AND h.entry_no = n.first_no AND h.from_no <= n.first_no AND h.to_no >= n.first_no OFFSET 0) AS c
  ORDER BY c.received_at_ms DESC, name LIMIT $2`;

/** Main lines have no gaps: what lies behind their ends is missing. */
const TAKEN_OVER = `SELECT 'entryOfBasket' AS kind, t.from_device || ' ' || left(t.from_epoch, 4) || '-' || t.from_seq AS name, t.store, count(*) AS names,
    min(t.received_at_ms) AS "sinceMs", (array_agg(${PLACE('t')} ORDER BY t.entry_no DESC))[1] AS entry
  FROM basket_takeover t LEFT JOIN ledger_epoch e ON e.tenant_no = $1 AND e.device = t.from_device AND e.epoch = t.from_epoch
  WHERE t.tenant_no = $1 AND t.from_seq > coalesce(e.head_seq, 0)
  GROUP BY t.store, t.from_device, t.from_epoch, t.from_seq ORDER BY min(t.received_at_ms) DESC, name LIMIT $2`;

export const takeoverFold: JsonFold = {
  name: 'baskets taken over',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, takenOver }) =>
      takenOver === null
        ? []
        : [
            {
              n: index,
              t: run.tenantNo,
              s: run.store,
              d: run.device,
              e: entry.id.epoch,
              q: entry.id.seq,
              fd: takenOver.from,
              fe: takenOver.epoch,
              fq: takenOver.seq,
              ra: run.receivedAtMs,
            },
          ],
    ),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO basket_takeover (entry_no, tenant_no, store, device, epoch, seq, from_device, from_epoch, from_seq, received_at_ms)
       SELECT $2 + x.n, x.t, x.s, x.d, x.e, x.q, x.fd, x.fe, x.fq, x.ra
       FROM jsonb_to_recordset($1::jsonb) AS x (n integer, t integer, s text, d text, e text, q bigint, fd text, fe text, fq bigint, ra bigint)`,
      [json, base],
    );
  },
};

async function missingOfEntries(queries: MissingPorts['database'], tenantNo: number, most: number): Promise<readonly MissingReference[]> {
  const found: MissingReference[] = [];
  for (const question of [BATCHES, RECEIPTS, ACCOUNTS, COUNTED, TAKEN_OVER])
    found.push(...(await queries.rows<EntryRow>(question, [tenantNo, most])).map((row) => ({ ...row, cell: null })));
  return found;
}

const KIND_BY_FIELD = { code: 'itemOfCode', price: 'itemOfPrice', deposit: 'itemOfDeposit', taxClass: 'taxClassOfItem' } as const;

interface MissingGoods {
  readonly name: string;
  readonly field: keyof typeof KIND_BY_FIELD;
  readonly names: number;
  readonly example: string;
}

/** A position of the catalogue. */
interface Head {
  readonly lsn: number;
  /** Of all publications up to it: a database that was set back comes to the same number with others. */
  readonly history: string;
}

/** What goods, codes and prices named and was not there, at that position or a little behind it. */
interface Looked extends Head {
  readonly most: number;
  readonly goods: Promise<readonly MissingGoods[]>;
  /** With what key pages name. */
  readonly cells: Promise<readonly MissingReference[]>;
}

/** Behind more changes than this, all is looked through again. */
const MOST_CHANGED = 2_000;

/**
 * What was missing is missing still, or its name is there now, or nobody names it any more; what was not is named by what changed since, unless it was removed itself.
 * Where that does not tell all of it (a part of a list, a tax class or deposit that is missing, something removed, many changes, a database that was set back), all is looked through.
 */
async function goodsSince(
  queries: MissingPorts['database'],
  tenantNo: number,
  { head, most, before }: { readonly head: Head; readonly most: number; readonly before: Looked | undefined },
): Promise<readonly MissingGoods[]> {
  const all = async (): Promise<readonly MissingGoods[]> =>
    queries.rows<MissingGoods>('SELECT name, named_in AS field, names, example FROM goods_that_are_missing($1, $2)', [tenantNo, most]);
  if (before === undefined || before.lsn > head.lsn || before.most !== most) return all();
  const known = await before.goods.catch(() => undefined);
  if (known === undefined || known.length >= most || known.some(({ field }) => field === 'deposit' || field === 'taxClass')) return all();
  const [changes] = await queries.rows<{ follows: boolean; changed: number; removed: number }>(
    `SELECT EXISTS (SELECT 1 FROM publication WHERE tenant_no = $1 AND lsn = $2 AND history_hash = $3) AS follows,
       count(*) AS changed, count(*) FILTER (WHERE NOT alive AND type IN (${ENTITY_TYPES.item.type}, ${ENTITY_TYPES.tax.type})) AS removed
     FROM (SELECT type, alive FROM entity WHERE tenant_no = $1 AND lsn > $2 LIMIT ${MOST_CHANGED + 1}) AS since`,
    [tenantNo, before.lsn, before.history],
  );
  if (changes?.follows !== true || changes.changed > MOST_CHANGED || changes.removed > 0) return all();
  return queries.rows<MissingGoods>(
    `SELECT name, named_in AS field, names, example
     FROM goods_missing_since($1, $2, ARRAY(SELECT jsonb_array_elements_text($3::jsonb)), $4)`,
    [tenantNo, before.lsn, JSON.stringify([...new Set(known.map(({ name }) => name))]), most],
  );
}

async function cellsOf(
  queries: MissingPorts['database'],
  tenantNo: number,
  { goods, most }: { readonly goods: readonly MissingGoods[]; readonly most: number },
): Promise<readonly MissingReference[]> {
  const keys = await queries.rows<{ name: string; names: number; example: string }>(
    `SELECT named.sku AS name, count(*) AS names, min(named.page) AS example
     FROM (SELECT e.key AS page, unnest(string_to_array(e.fields ->> '2', E'\\n')) COLLATE "C" AS sku FROM entity e WHERE e.tenant_no = $1 AND e.type = ${ENTITY_TYPES.keyPage.type} AND e.alive) AS named
     WHERE NOT EXISTS (SELECT 1 FROM entity i WHERE i.tenant_no = $1 AND i.key = named.sku AND i.type = ${ENTITY_TYPES.item.type} AND i.alive)
     GROUP BY named.sku ORDER BY count(*) DESC, named.sku LIMIT $2`,
    [tenantNo, most],
  );
  const cell = (kind: MissingKind, { name, names, example }: { name: string; names: number; example: string }): MissingReference => ({
    kind,
    name,
    store: null,
    names,
    sinceMs: null,
    entry: null,
    cell: example,
  });
  return [...goods.map((row) => cell(KIND_BY_FIELD[row.field], row)), ...keys.map((row) => cell('itemOfKey', row))];
}
