/**
 * What the ledgers say of each payment over a terminal: by which entries it was paid, accepted offline, forwarded, declined afterwards, given up, cleared. A row holds their numbers and nothing else,
 * so that entries may come in any order, and twice; what they say is read out of them when somebody asks (`card-cases.ts`).
 */
import type { Queries } from '../db/database.ts';
import type { FoldedEntry } from '../ledger/fold-entry.ts';
import type { Arrival } from '../ledger/prepare-runs.ts';

/** What an entry says of a payment. `paid`: it stands in a sale, which is no void. */
const SAYINGS = ['paid', 'offline', 'forwarded', 'declined', 'unknown', 'ended', 'stuck', 'cleared'] as const;
type Saying = (typeof SAYINGS)[number];

const SAYING_OF = {
  declined: 'ended',
  notCharged: 'ended',
  reversed: 'ended',
  unknown: 'unknown',
  stuck: 'stuck',
  declinedLater: 'declined',
  forwarded: 'forwarded',
  cleared: 'cleared',
} as const satisfies Record<NonNullable<FoldedEntry['card']>['says'], Saying>;

/** Of one entry; practice is nobody's money. */
export function cardSayingsOf({ sale, card }: Pick<FoldedEntry, 'sale' | 'card'>): readonly (readonly [paymentId: string, Saying])[] {
  if (card !== null) return card.training ? [] : [[card.paymentId, SAYING_OF[card.says]]];
  if (sale === null || sale.training || sale.postVoidOf !== undefined) return [];
  return sale.tenders.flatMap(({ card: paid }): readonly (readonly [string, Saying])[] => {
    if (paid === undefined) return [];
    return paid.isOffline === true
      ? [
          [paid.paymentId, 'paid'],
          [paid.paymentId, 'offline'],
        ]
      : [[paid.paymentId, 'paid']];
  });
}

/** The first and the last entry by which it was paid, and the last of everything else. */
export interface PaymentEntries extends Record<Exclude<Saying, 'paid'>, number | null> {
  firstPaid: number | null;
  lastPaid: number | null;
}

const NO_ENTRIES: PaymentEntries = {
  firstPaid: null,
  lastPaid: null,
  offline: null,
  forwarded: null,
  declined: null,
  unknown: null,
  ended: null,
  stuck: null,
  cleared: null,
};

export function addSaying(held: PaymentEntries | undefined, saying: Saying, entry: number): PaymentEntries {
  const entries = held ?? { ...NO_ENTRIES };
  if (saying !== 'paid') entries[saying] = Math.max(entries[saying] ?? entry, entry);
  else {
    entries.firstPaid = Math.min(entries.firstPaid ?? entry, entry);
    entries.lastPaid = Math.max(entries.lastPaid ?? entry, entry);
  }
  return entries;
}

export const CARD_PAYMENT_COLUMNS = {
  t: 'integer',
  d: 'text',
  p: 'text',
  s: 'text',
  l: 'integer',
  fp: 'integer',
  lp: 'integer',
  o: 'integer',
  f: 'integer',
  de: 'integer',
  u: 'integer',
  e: 'integer',
  k: 'integer',
  c: 'integer',
} as const;

type CardPaymentRow = {
  readonly [Name in keyof typeof CARD_PAYMENT_COLUMNS]: (typeof CARD_PAYMENT_COLUMNS)[Name] extends 'text' ? string : number | null;
};

export function cardPaymentRows(arrivals: readonly Arrival[]): readonly CardPaymentRow[] {
  const payments = new Map<string, { readonly run: Arrival['run']; readonly paymentId: string; entries: PaymentEntries }>();
  for (const arrival of arrivals) {
    for (const [paymentId, saying] of cardSayingsOf(arrival)) {
      const key = JSON.stringify([arrival.run.tenantNo, arrival.run.device, paymentId]);
      const entries = addSaying(payments.get(key)?.entries, saying, arrival.index);
      payments.set(key, { run: arrival.run, paymentId, entries });
    }
  }
  return [...payments.values()].map(({ run, paymentId, entries }) => ({
    t: run.tenantNo,
    d: run.device,
    p: paymentId,
    s: run.store,
    l: run.lane,
    fp: entries.firstPaid,
    lp: entries.lastPaid,
    o: entries.offline,
    f: entries.forwarded,
    de: entries.declined,
    u: entries.unknown,
    e: entries.ended,
    k: entries.stuck,
    c: entries.cleared,
  }));
}

/** `least` and `greatest` leave out what is null. */
export async function storeCardPayments(tx: Queries, x: string, params: readonly string[], base: number): Promise<void> {
  await tx.execute(
    `INSERT INTO card_payment AS held (tenant_no, device, payment_id, store, lane, first_paid_no, last_paid_no, offline_no, forwarded_no, declined_no, unknown_no, ended_no,
       stuck_no, cleared_no)
     SELECT x.t, x.d, x.p, x.s, x.l, $15 + x.fp, $15 + x.lp, $15 + x.o, $15 + x.f, $15 + x.de, $15 + x.u, $15 + x.e, $15 + x.k, $15 + x.c FROM ${x}
     ORDER BY x.t, x.d COLLATE "C", x.p COLLATE "C"
     ON CONFLICT (tenant_no, device, payment_id) DO UPDATE SET first_paid_no = least(held.first_paid_no, excluded.first_paid_no),
       last_paid_no = greatest(held.last_paid_no, excluded.last_paid_no), offline_no = greatest(held.offline_no, excluded.offline_no),
       forwarded_no = greatest(held.forwarded_no, excluded.forwarded_no), declined_no = greatest(held.declined_no, excluded.declined_no),
       unknown_no = greatest(held.unknown_no, excluded.unknown_no), ended_no = greatest(held.ended_no, excluded.ended_no),
       stuck_no = greatest(held.stuck_no, excluded.stuck_no), cleared_no = greatest(held.cleared_no, excluded.cleared_no)`,
    [...params, base],
  );
}
