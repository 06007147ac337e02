/** Stock out of the ledger alone: what moved, which count of some goods holds, and what of that it has in it, against what was folded. What a person decided is believed. */
import { isLaterCount, LEDGER_KINDS, sideOfCount } from '@holdfast/domain';
import { bytesToHex } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { foldEntry, type FoldedEntry } from '../ledger/fold-entry.ts';
import { keyOf, seenOf, statedLines, type GoodsKey, type HeldCount } from './counts.ts';
import { movedBy } from './moved-by.ts';

export interface StockProof {
  add(place: ProvenPlace, folded: FoldedEntry): void;
  /** In words; once all entries were added. */
  problems(tx: Queries): Promise<readonly string[]>;
}

export interface ProvenPlace {
  readonly store: string;
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly isBranch: boolean;
  readonly entryNo: number;
  readonly receivedAtMs: number;
}

interface ProvenCount extends HeldCount {
  readonly hash: string;
}

/** In one snapshot with everything else that is proven. */
export async function createStockProof(tx: Queries, tenantNo: number): Promise<StockProof> {
  const counts = await countsOf(tx, tenantNo);
  const decided = new Set(
    (
      await tx.rows<{ readonly key: string }>(
        `SELECT concat_ws(chr(31), count_no, entry_no, sku, unit) AS key FROM stock_unclear WHERE tenant_no = $1 AND decision = 'before'`,
        [tenantNo],
      )
    ).map(({ key }) => key),
  );
  const onHand = new Map<string, bigint>();
  const before = new Map<string, bigint>([...counts.keys()].map((key) => [key, 0n]));
  const unclear = new Map<string, bigint>();
  const add = (sums: Map<string, bigint>, key: string, moved: bigint): void => void sums.set(key, (sums.get(key) ?? 0n) + moved);
  return {
    add(place, folded) {
      for (const { sku, unit, quantity } of folded.movements) add(onHand, goodsKey(place.store, { sku, unit }), -BigInt(quantity));
      for (const moved of movedBy(place, folded)) {
        const key = goodsKey(place.store, moved);
        const count = counts.get(key);
        if (count === undefined) continue;
        const side = sideOfCount(moved, count);
        const name = [count.entryNo, moved.entryNo, keyOf(moved)].join('\u001F');
        if (side === 'unclear') unclear.set(name, moved.moved);
        if (side === 'before' || (side === 'unclear' && decided.has(name))) add(before, key, moved.moved);
      }
    },
    async problems(queries) {
      const stock = await sumsOf(
        queries,
        'SELECT concat_ws(chr(31), store, sku, unit) AS key, on_hand::text AS sum FROM stock WHERE tenant_no = $1',
        tenantNo,
      );
      const held = await sumsOf(
        queries,
        `SELECT concat_ws(chr(31), store, sku, unit) AS key, moved_before::text || ' of count ' || entry_no || ', which found ' || quantity AS sum FROM stock_count WHERE tenant_no = $1`,
        tenantNo,
      );
      const listed = await sumsOf(
        queries,
        `SELECT concat_ws(chr(31), u.count_no, u.entry_no, u.sku, u.unit) AS key, u.moved::text AS sum FROM stock_unclear u
         JOIN stock_count c ON c.tenant_no = u.tenant_no AND c.store = u.store AND c.sku = u.sku AND c.unit = u.unit AND c.entry_no = u.count_no WHERE u.tenant_no = $1`,
        tenantNo,
      );
      const stated = new Map(
        [...before].map(([key, sum]) => [key, `${sum} of count ${counts.get(key)?.entryNo}, which found ${counts.get(key)?.quantity}`]),
      );
      return [
        ...differing('stock of', stock, texts(onHand)),
        ...differing('what moved before the count of', held, stated),
        ...differing('unclear movement', listed, texts(unclear)),
      ];
    },
  };
}

const goodsKey = (store: string, goods: GoodsKey): string => `${store}\u001F${keyOf(goods)}`;

const texts = (sums: ReadonlyMap<string, bigint>): ReadonlyMap<string, string> =>
  new Map([...sums].map(([key, sum]) => [key, String(sum)]));

async function sumsOf(tx: Queries, sql: string, tenantNo: number): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.rows<{ readonly key: string; readonly sum: string }>(sql, [tenantNo]);
  return new Map(rows.map(({ key, sum }) => [key, sum]));
}

function differing(what: string, folded: ReadonlyMap<string, string>, told: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...folded.keys(), ...told.keys()])].flatMap((key) => {
    const [found, right] = [folded.get(key) ?? 'nothing', told.get(key) ?? 'nothing'];
    return found === right ? [] : [`${what} ${key.replaceAll('\u001F', ' ')}: folded as ${found}, the ledger says ${right}`];
  });
}

/** The ruling counts, by store, SKU and unit. */
async function countsOf(tx: Queries, tenantNo: number): Promise<ReadonlyMap<string, ProvenCount>> {
  const rows = await tx.rows<{
    readonly store: string;
    readonly entryNo: number;
    readonly hash: Uint8Array;
    readonly receivedAtMs: number;
    readonly canonical: Uint8Array;
  }>(
    `SELECT e.store, e.entry_no AS "entryNo", e.hash, e.received_at_ms AS "receivedAtMs", e.canonical FROM ledger_held e
     WHERE e.tenant_no = $1 AND e.kind = ${LEDGER_KINDS.stockCount.kind} AND e.entry_no > (SELECT entry_no FROM stock_counts_begin)
       AND NOT EXISTS (SELECT 1 FROM set_aside a WHERE a.entry_no = e.entry_no)`,
    [tenantNo],
  );
  const ruling = new Map<string, ProvenCount>();
  for (const { store, entryNo, hash, receivedAtMs, canonical } of rows) {
    const { count } = foldEntry(canonical);
    if (count === null) continue;
    const seenSeq = seenOf(count.seen);
    for (const line of statedLines(count, receivedAtMs)) {
      const key = goodsKey(store, line);
      const stated: ProvenCount = { ...line, entryNo, hash: bytesToHex(hash), seenSeq, movedBefore: 0n };
      const held = ruling.get(key);
      if (held === undefined || isLaterCount(stated, held)) ruling.set(key, stated);
    }
  }
  return ruling;
}
