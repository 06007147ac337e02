/**
 * Card payments that somebody should look at, beside their sales: declined when they were forwarded, of an unknown outcome, not forwarded yet, or one charge in two sales. A lane's limits for
 * payments without the host are freed where that is known: at the lane, by whoever may clear a case there. Headquarters notes what it found, and sees what still counts.
 */
import { minorDigitsOf, type CardClearing, type OfflineCardLimits } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import { correctedMoment, foldEntry } from '../ledger/fold-entry.ts';

export const CARD_CASES = ['double', 'declinedLater', 'stuck', 'unknown', 'toForward'] as const;
export type CardCaseName = (typeof CARD_CASES)[number];

/** What a row comes to; the worst first. */
const STATE = `CASE
    WHEN first_paid_no <> last_paid_no THEN 'double'
    WHEN declined_no IS NOT NULL THEN 'declinedLater'
    WHEN stuck_no IS NOT NULL THEN 'stuck'
    WHEN unknown_no IS NOT NULL THEN 'unknown'
    WHEN offline_no IS NOT NULL THEN 'toForward'
  END`;
/** Nobody has cleared it, and no answer came. */
const IS_OPEN = `(first_paid_no <> last_paid_no OR cleared_no IS NULL AND (declined_no IS NOT NULL OR stuck_no IS NOT NULL
  OR unknown_no IS NOT NULL AND ended_no IS NULL OR offline_no IS NOT NULL AND forwarded_no IS NULL AND declined_no IS NULL))`;
const IS_CASE =
  '(declined_no IS NOT NULL OR unknown_no IS NOT NULL OR stuck_no IS NOT NULL OR offline_no IS NOT NULL OR first_paid_no <> last_paid_no)';
const NEWEST = 'greatest(declined_no, unknown_no, stuck_no, offline_no, last_paid_no)';
/** What still counts against what its lane may accept without the host. */
const COUNTS = 'cleared_no IS NULL AND (declined_no IS NOT NULL OR offline_no IS NOT NULL AND forwarded_no IS NULL)';

export interface EntryName {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

export interface CardCaseView {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly paymentId: string;
  readonly state: CardCaseName;
  readonly isOpen: boolean;
  /** It counts against the lane's limits until it is cleared there. */
  readonly counts: boolean;
  readonly act: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly minorDigits: number;
  readonly atMs: number;
  readonly reason: string | null;
  /** Each with the receipt that the payment stands on: two of a double. */
  readonly sales: readonly (EntryName & { readonly receiptNumber: string })[];
  readonly cleared: { readonly how: CardClearing; readonly by: string; readonly atMs: number; readonly reason: string | null } | null;
  readonly note: string | null;
  readonly notedBy: string | null;
  readonly notedAtMs: number | null;
  readonly isSettled: boolean;
}

export interface CardCaseQuestion {
  readonly tenantNo: number;
  readonly store?: string | undefined;
  readonly state?: CardCaseName | undefined;
  /** Only such as are not at an end, and not settled. */
  readonly open: boolean;
  readonly limit: number;
}

interface CaseRow extends Pick<
  CardCaseView,
  'device' | 'store' | 'lane' | 'paymentId' | 'state' | 'isOpen' | 'counts' | 'note' | 'notedBy' | 'notedAtMs' | 'isSettled'
> {
  readonly firstPaid: number | null;
  readonly lastPaid: number | null;
  readonly told: number | null;
  readonly clearing: number | null;
}

/** Newest first. */
export async function listCardCases(
  database: Database,
  { tenantNo, store, state, open, limit }: CardCaseQuestion,
): Promise<readonly CardCaseView[]> {
  const rows = await database.rows<CaseRow>(
    `SELECT device, store, lane, payment_id AS "paymentId", ${STATE} AS state, coalesce(${IS_OPEN}, false) AND NOT is_settled AS "isOpen", ${COUNTS} AS counts,
       note, noted_by AS "notedBy", noted_at_ms AS "notedAtMs", is_settled AS "isSettled", first_paid_no AS "firstPaid", last_paid_no AS "lastPaid",
       coalesce(declined_no, stuck_no, unknown_no) AS told, cleared_no AS clearing
     FROM card_payment WHERE tenant_no = $1 AND ${IS_CASE} AND ($2::text IS NULL OR store = $2) AND ($3::text IS NULL OR ${STATE} = $3)
       AND (NOT $4::boolean OR ${IS_OPEN} AND NOT is_settled) ORDER BY ${NEWEST} DESC, device, payment_id LIMIT $5`,
    [tenantNo, store ?? null, state ?? null, open, limit],
  );
  const wanted = rows.flatMap(({ firstPaid, lastPaid, told, clearing }) =>
    [firstPaid, lastPaid, told, clearing].filter((no) => no !== null),
  );
  const entries = await readEntries(database, tenantNo, wanted);
  return rows.flatMap((row) => {
    const view = viewOf(row, entries);
    return view === undefined ? [] : [view];
  });
}

interface ReadCardEntry extends EntryName {
  readonly atMs: number;
  readonly folded: ReturnType<typeof foldEntry>;
}

async function readEntries(database: Database, tenantNo: number, entryNos: readonly number[]): Promise<ReadonlyMap<number, ReadCardEntry>> {
  if (entryNos.length === 0) return new Map();
  const rows = await database.rows<EntryName & { readonly entryNo: number; readonly canonical: Uint8Array }>(
    `SELECT entry_no AS "entryNo", device, epoch, seq, canonical FROM (SELECT DISTINCT value::bigint AS no FROM jsonb_array_elements_text($2::jsonb)) AS x
     CROSS JOIN LATERAL (SELECT * FROM ledger_held h WHERE h.tenant_no = $1 AND h.entry_no = x.no AND h.from_no <= x.no AND h.to_no >= x.no OFFSET 0) AS e`,
    [tenantNo, JSON.stringify(entryNos)],
  );
  return new Map(
    rows.map(({ entryNo, canonical, device, epoch, seq }) => {
      const read = readEntry(canonical);
      return [entryNo, { device, epoch, seq, atMs: read.ok ? correctedMoment(read.value) : 0, folded: foldEntry(canonical) }];
    }),
  );
}

/** Undefined where the entries that it names cannot be read any more. */
function viewOf(
  { firstPaid, lastPaid, told, clearing, ...row }: CaseRow,
  entries: ReadonlyMap<number, ReadCardEntry>,
): CardCaseView | undefined {
  const at = (entryNo: number | null): ReadCardEntry | undefined => (entryNo === null ? undefined : entries.get(entryNo));
  const paid = [...new Set([firstPaid, lastPaid])].flatMap((entryNo) => at(entryNo) ?? []);
  const tender = paid[0]?.folded.sale?.tenders.find(({ card }) => card?.paymentId === row.paymentId);
  const [saying, cleared] = [at(told), at(clearing)];
  const fact = saying?.folded.card;
  const amountMinor = fact?.amountMinor ?? tender?.amountMinor;
  const currency = fact?.currency ?? paid[0]?.folded.sale?.currency;
  const first = saying ?? paid[0];
  if (amountMinor === undefined || currency === undefined || first === undefined) return undefined;
  const clearingFact = cleared?.folded.card;
  return {
    ...row,
    act: fact?.act ?? (amountMinor < 0 ? 'refund' : 'payment'),
    amountMinor: Math.abs(amountMinor),
    currency,
    minorDigits: minorDigitsOf(currency),
    atMs: first.atMs,
    reason: fact?.reason ?? null,
    sales: paid.flatMap(({ device, epoch, seq, folded }) =>
      folded.sale === null ? [] : [{ device, epoch, seq, receiptNumber: folded.sale.receiptNumber }],
    ),
    cleared:
      cleared === undefined || clearingFact?.how === undefined
        ? null
        : { how: clearingFact.how, by: clearingFact.operator, atMs: cleared.atMs, reason: clearingFact.reason ?? null },
  };
}

export interface LaneStanding {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly currency: string;
  readonly minorDigits: number;
  /** Accepted without the host: not forwarded yet, or declined since and not cleared. */
  readonly count: number;
  readonly sumMinor: number;
  readonly limits: OfflineCardLimits | null;
}

/** More than any lane may have. */
const MOST_COUNTED = 2_000;

/** What counts against each lane's limits, and these; lanes with nothing are left out. */
export async function listLaneStandings(
  database: Database,
  tenantNo: number,
  limitsOf: (store: string) => Promise<OfflineCardLimits | undefined>,
): Promise<readonly LaneStanding[]> {
  const rows = await database.rows<Pick<LaneStanding, 'device' | 'store' | 'lane'> & { paymentId: string; entryNo: number }>(
    `SELECT device, store, lane, payment_id AS "paymentId", coalesce(declined_no, first_paid_no) AS "entryNo"
     FROM card_payment WHERE tenant_no = $1 AND ${IS_CASE} AND ${COUNTS} ORDER BY store, lane, device LIMIT ${MOST_COUNTED}`,
    [tenantNo],
  );
  const entries = await readEntries(
    database,
    tenantNo,
    rows.map(({ entryNo }) => entryNo),
  );
  const lanes = new Map<string, Omit<LaneStanding, 'limits'>>();
  for (const { device, store, lane, paymentId, entryNo } of rows) {
    const folded = entries.get(entryNo)?.folded;
    const tender = folded?.sale?.tenders.find(({ card }) => card?.paymentId === paymentId);
    const [amountMinor, currency] = [folded?.card?.amountMinor ?? tender?.amountMinor, folded?.card?.currency ?? folded?.sale?.currency];
    if (amountMinor === undefined || currency === undefined) continue;
    const held = lanes.get(device) ?? { device, store, lane, currency, minorDigits: minorDigitsOf(currency), count: 0, sumMinor: 0 };
    lanes.set(device, { ...held, count: held.count + 1, sumMinor: held.sumMinor + amountMinor });
  }
  const standings: LaneStanding[] = [];
  for (const lane of lanes.values()) standings.push({ ...lane, limits: (await limitsOf(lane.store)) ?? null });
  return standings;
}

/** False where there is no such case. */
export async function noteCardCase(
  database: Database,
  { tenantNo, device, paymentId }: { readonly tenantNo: number; readonly device: string; readonly paymentId: string },
  { user, note, isSettled, nowMs }: { readonly user: string; readonly note: string; readonly isSettled: boolean; readonly nowMs: number },
): Promise<boolean> {
  const noted = await database.execute(
    `UPDATE card_payment SET note = $4, noted_by = $5, noted_at_ms = $6, is_settled = $7 WHERE tenant_no = $1 AND device = $2 AND payment_id = $3 AND ${IS_CASE}`,
    [tenantNo, device, paymentId, note, user, nowMs, isSettled],
  );
  return noted > 0;
}
