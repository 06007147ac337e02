/**
 * Where the entries of each shift stand in its lane's ledger, and what they did to the store's safe. A span says only from where to where, so that taking it in
 * again changes nothing; what a shift comes to is folded out of those entries when somebody asks (`shift-sums.ts`).
 */
import { LEDGER_KINDS } from '@holdfast/domain';

import type { JsonFold } from '../ledger/folds.ts';

export interface SpanRow {
  readonly t: number;
  readonly s: string;
  readonly d: string;
  readonly l: number;
  readonly e: string;
  readonly b: boolean;
  readonly w: string;
  readonly h: number;
  readonly bd: string;
  f: number;
  q: number;
  at: number;
  c: number | null;
}

export const shiftFold: JsonFold = {
  name: 'shifts',
  rows: (arrivals) => {
    const spans = new Map<string, SpanRow>();
    for (const { entry, run, branch, place, kind, atMs } of arrivals) {
      if (place === null) continue;
      const { epoch, seq } = entry.id;
      const key = JSON.stringify([run.device, epoch, branch !== '', place.drawer, place.shift, place.businessDate]);
      const held = spans.get(key) ?? {
        t: run.tenantNo,
        s: run.store,
        d: run.device,
        l: run.lane,
        e: epoch,
        b: branch !== '',
        w: place.drawer,
        h: place.shift,
        bd: place.businessDate,
        f: seq,
        q: seq,
        at: atMs,
        c: null,
      };
      held.f = Math.min(held.f, seq);
      held.q = Math.max(held.q, seq);
      held.at = Math.max(held.at, atMs);
      if (kind === LEDGER_KINDS.shiftClose.kind) held.c = Math.max(held.c ?? 0, seq);
      spans.set(key, held);
    }
    return [...spans.values()];
  },
  // What comes among entries that were summed already, or closes what was compared already, makes the sums be made again.
  store: async (tx, json) => {
    await tx.execute(
      `INSERT INTO shift_span AS held (tenant_no, store, device, lane, epoch, branch, drawer, shift, business_date, first_seq, last_seq, last_at_ms, close_seq)
       SELECT x.t, x.s, x.d, x.l, x.e, x.b, x.w, x.h, x.bd, x.f, x.q, x.at, x.c
       FROM jsonb_to_recordset($1::jsonb) AS x (t integer, s text, d text, l integer, e text, b boolean, w text, h bigint, bd text, f bigint, q bigint, at bigint,
         c bigint)
       ORDER BY x.t, x.d COLLATE "C", x.e COLLATE "C", x.b, x.w COLLATE "C", x.h, x.bd COLLATE "C"
       ON CONFLICT (tenant_no, device, epoch, branch, drawer, shift, business_date) DO UPDATE
         SET first_seq = least(held.first_seq, excluded.first_seq), last_seq = greatest(held.last_seq, excluded.last_seq),
           last_at_ms = greatest(held.last_at_ms, excluded.last_at_ms), close_seq = greatest(held.close_seq, excluded.close_seq), differences = NULL,
           sums = CASE WHEN excluded.first_seq <= held.sums_seq THEN NULL ELSE held.sums END,
           sums_seq = CASE WHEN excluded.first_seq <= held.sums_seq THEN NULL ELSE held.sums_seq END`,
      [json],
    );
  },
};

export const safeFold: JsonFold = {
  name: 'the safe',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, entry, run, place, safe, atMs }) =>
      safe === null || place === null
        ? []
        : [
            {
              n: index,
              t: run.tenantNo,
              s: run.store,
              d: run.device,
              l: run.lane,
              e: entry.id.epoch,
              q: entry.id.seq,
              k: safe.act,
              c: safe.currency,
              a: safe.amountMinor,
              cm: safe.countedMinor ?? null,
              r: safe.reference ?? null,
              o: place.operator,
              bd: place.businessDate,
              at: atMs,
            },
          ],
    ),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO safe_movement (entry_no, tenant_no, store, device, lane, epoch, seq, act, currency, amount_minor, counted_minor, reference, operator,
         business_date, at_ms)
       SELECT $2 + x.n, x.t, x.s, x.d, x.l, x.e, x.q, x.k, x.c, x.a, x.cm, x.r, x.o, x.bd, x.at
       FROM jsonb_to_recordset($1::jsonb) AS x (n integer, t integer, s text, d text, l integer, e text, q bigint, k text, c text, a bigint, cm bigint, r text,
         o text, bd text, at bigint)`,
      [json, base],
    );
  },
};
