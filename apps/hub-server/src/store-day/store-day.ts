/**
 * A store's day as headquarters sees it: each lane's shifts as their entries come to, beside the Z that the lane made of them; what the roll-up still waits for;
 * and, once it was closed, what came later. The close is a picture of the roll-up, never changed; the ledger goes on, and the difference is the supplement.
 */
import { assert, type Clock } from '@holdfast/base';
import {
  addSums,
  businessDateOf,
  differencesOf,
  minorDigitsOf,
  noShift,
  overShortMinor,
  sumsSince,
  waitsFor,
  type LaneWait,
  type ShiftSums,
  type SumDifference,
} from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { findStore, type Store } from '../enrolment/stores.ts';
import { SET_ASIDE, TALLY_JOIN } from '../ledger/device-tally.ts';
import { tellWebhooks, type News } from '../webhooks/messages.ts';
import { readSafe, type SafeView } from './safe.ts';
import { SPAN_COLUMNS, sumsOfSpan, zOfSpan, type HeldZ, type Place, type Span } from './shift-sums.ts';

export interface StoreDayPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly tenantNo: number;
  readonly aliveAtMs: (device: string) => number | undefined;
}

export interface ZView {
  readonly epoch: string;
  readonly seq: number;
  readonly atMs: number;
  readonly operator: string;
  readonly countedMinor: number;
  readonly overShortMinor: number;
  readonly reason: string | null;
  readonly perpetualMinor: number;
  /** The day rolled over, and nobody counted. */
  readonly isRolled: boolean;
  /** Where it says something else than the entries of its shift. */
  readonly differences: readonly SumDifference[];
}

export interface ShiftView {
  readonly device: string;
  readonly lane: number;
  readonly drawer: string;
  readonly shift: number;
  /** It stands beside the device's main line: it counts, and somebody should look. */
  readonly isSecondHistory: boolean;
  readonly lastAtMs: number;
  /** By the entries alone. */
  readonly sums: ShiftSums;
  readonly unreadable: number;
  readonly z: ZView | null;
  /** It went on, and its Z stands on a later date. */
  readonly isClosedLater: boolean;
}

export interface LaneView {
  readonly device: string;
  readonly lane: number;
  readonly name: string;
  readonly lastSeenMs: number | null;
  readonly waits: readonly LaneWait[];
}

export interface SupplementView {
  readonly device: string;
  readonly lane: number;
  readonly drawer: string;
  readonly shift: number;
  /** What came since the close. */
  readonly sums: ShiftSums;
  /** Its Z came since, too. */
  readonly isZ: boolean;
}

export interface StoreDayView {
  readonly store: string;
  readonly name: string;
  readonly businessDate: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly minorDigits: number;
  readonly asOfMs: number;
  readonly sums: ShiftSums;
  /** Of the Zs that are here. */
  readonly countedMinor: number;
  readonly overShortMinor: number;
  readonly shifts: readonly ShiftView[];
  readonly lanes: readonly LaneView[];
  readonly closed: { readonly atMs: number; readonly by: string; readonly sums: ShiftSums; readonly lanes: readonly LaneView[] } | null;
  readonly supplements: readonly SupplementView[];
  readonly safe: SafeView;
}

/** As it stood when it was closed. */
interface Content {
  readonly sums: ShiftSums;
  readonly shifts: readonly Pick<ShiftView, 'device' | 'lane' | 'drawer' | 'shift' | 'isSecondHistory' | 'sums' | 'z'>[];
  readonly lanes: readonly LaneView[];
}

interface Question {
  readonly store: string;
  readonly businessDate: string;
}

/** Whether the shift of a `shift_span` was closed on a later date. One before it says nothing: a lane that began anew counts its shifts anew. */
const CLOSED_LATER = `EXISTS (SELECT 1 FROM shift_span l WHERE l.tenant_no = shift_span.tenant_no AND l.device = shift_span.device AND l.branch = shift_span.branch
  AND l.drawer = shift_span.drawer AND l.shift = shift_span.shift AND l.business_date > shift_span.business_date AND l.close_seq IS NOT NULL)`;

interface DaySpan extends Span {
  readonly isClosedLater: boolean;
}

/** Undefined where there is no such store, or nothing of it carries that date. */
export async function readStoreDay(ports: StoreDayPorts, question: Question): Promise<StoreDayView | undefined> {
  const { database, tenantNo } = ports;
  const store = await findStore(database, tenantNo, question.store);
  if (store === undefined) return undefined;
  const place = { tenantNo, currency: store.currency };
  const spans = await database.rows<DaySpan>(
    `SELECT ${SPAN_COLUMNS}, ${CLOSED_LATER} AS "isClosedLater" FROM shift_span WHERE tenant_no = $1 AND store = $2 AND business_date = $3 ORDER BY lane, device, branch, drawer, shift, epoch`,
    [tenantNo, question.store, question.businessDate],
  );
  if (spans.length === 0) return undefined;
  const shifts: ShiftView[] = [];
  for (const group of Map.groupBy(spans, (span) => nameOf(span, span.branch)).values())
    shifts.push(await readShift(database, group, place));
  // A till's shifts of another currency than its store's are not added up with them.
  const own = shifts.filter(({ sums }) => sums.currency === store.currency);
  const zs = own.flatMap(({ z }) => (z === null ? [] : [z]));
  const lanes = await readLanes(ports, store, { shifts, businessDate: question.businessDate });
  const [row] = await database.rows<{ atMs: number; by: string; content: Content }>(
    'SELECT closed_at_ms AS "atMs", closed_by AS by, content FROM store_day WHERE tenant_no = $1 AND store = $2 AND business_date = $3',
    [tenantNo, question.store, question.businessDate],
  );
  return {
    store: store.store,
    name: store.name,
    businessDate: question.businessDate,
    timeZone: store.timeZone,
    currency: store.currency,
    minorDigits: minorDigitsOf(store.currency),
    asOfMs: ports.clock.nowMs(),
    sums: addSums(
      store.currency,
      own.map(({ sums }) => sums),
    ),
    countedMinor: zs.reduce((sum, { countedMinor }) => sum + countedMinor, 0),
    overShortMinor: zs.reduce((sum, z) => sum + z.overShortMinor, 0),
    shifts,
    lanes,
    closed: row === undefined ? null : { atMs: row.atMs, by: row.by, sums: row.content.sums, lanes: row.content.lanes },
    supplements: row === undefined ? [] : supplementsOf(row.content, shifts),
    safe: await readSafe(database, { tenantNo, store: store.store, currency: store.currency, businessDate: question.businessDate }),
  };
}

interface ShiftName {
  readonly device: string;
  readonly drawer: string;
  readonly shift: number;
}

const nameOf = ({ device, drawer, shift }: ShiftName, isSecondHistory: boolean): string =>
  JSON.stringify([device, isSecondHistory, drawer, shift]);

/** All spans of one shift and one date: an epoch may have ended in its middle. */
async function readShift(database: Database, spans: readonly DaySpan[], place: Place): Promise<ShiftView> {
  const [first] = spans;
  const last = spans.find(({ closeSeq }) => closeSeq !== null) ?? spans.at(-1);
  assert(first !== undefined && last !== undefined, 'a shift has a span');
  const summed = await sumsOf(database, spans, place);
  const z = await zOfSpan(database, last, place);
  return {
    device: first.device,
    lane: first.lane,
    drawer: first.drawer,
    shift: first.shift,
    isSecondHistory: first.branch,
    lastAtMs: Math.max(...spans.map(({ lastAtMs }) => lastAtMs)),
    ...summed,
    z: z === undefined ? null : zView(z, first.branch ? z.close.sums : await wholeShift(database, last, place)),
    isClosedLater: z === undefined && first.isClosedLater,
  };
}

async function sumsOf(queries: Queries, spans: readonly Span[], place: Place): Promise<Pick<ShiftView, 'sums' | 'unreadable'>> {
  let [sums, unreadable]: [ShiftSums | undefined, number] = [undefined, 0];
  for (const span of spans) {
    const summed = await sumsOfSpan(queries, span, place);
    const isSame = sums === undefined || sums.currency === summed.sums.currency;
    if (isSame) sums = sums === undefined ? summed.sums : addSums(sums.currency, [sums, summed.sums]);
    unreadable += isSame ? summed.unreadable : summed.unreadable + 1;
  }
  return { sums: sums ?? noShift(place.currency), unreadable };
}

/** Whatever date its entries carry: a lane that nobody opened goes on over several. */
async function wholeShift(queries: Queries, { device, drawer, shift }: Span, place: Place): Promise<ShiftSums> {
  const spans = await queries.rows<Span>(
    `SELECT ${SPAN_COLUMNS} FROM shift_span WHERE tenant_no = $1 AND device = $2 AND NOT branch AND drawer = $3 AND shift = $4 ORDER BY business_date, epoch`,
    [place.tenantNo, device, drawer, shift],
  );
  return (await sumsOf(queries, spans, place)).sums;
}

const zView = ({ epoch, seq, atMs, close, operator }: HeldZ, found: ShiftSums): ZView => ({
  epoch,
  seq,
  atMs,
  operator,
  countedMinor: close.countedMinor,
  overShortMinor: overShortMinor(close),
  reason: close.reason ?? null,
  perpetualMinor: close.perpetualMinor,
  isRolled: close.isRolled === true,
  differences: differencesOf(close.sums, found),
});

interface LaneRow {
  readonly device: string;
  readonly lane: number;
  readonly name: string;
  readonly lastSeenMs: number | null;
  readonly waitingEntries: number;
  readonly lastBusinessDate: string | null;
  readonly setAside: number;
  readonly gone: string | null;
}

/** Whoever may have sold that day: devices that are gone only where they did. */
async function readLanes(
  { database, tenantNo, aliveAtMs }: StoreDayPorts,
  { store, timeZone, dayRollsAtHour }: Store,
  { shifts, businessDate }: { readonly shifts: readonly ShiftView[]; readonly businessDate: string },
): Promise<readonly LaneView[]> {
  const rows = await database.rows<LaneRow>(
    `SELECT d.device, d.lane, d.name, d.last_seen_ms AS "lastSeenMs", d.waiting_entries AS "waitingEntries", d.gone,
       (SELECT max(s.business_date) FROM shift_span s WHERE s.tenant_no = d.tenant_no AND s.device = d.device) AS "lastBusinessDate",
       ${SET_ASIDE} AS "setAside"
     FROM device d ${TALLY_JOIN} WHERE d.tenant_no = $1 AND d.store = $2 ORDER BY d.lane, d.device`,
    [tenantNo, store],
  );
  return rows.flatMap(({ device, lane, name, waitingEntries, lastBusinessDate, setAside, gone, ...seen }) => {
    const own = shifts.filter((shift) => shift.device === device && !shift.isSecondHistory);
    if (own.length === 0 && gone !== null) return [];
    const lastSeenMs = Math.max(seen.lastSeenMs ?? 0, aliveAtMs(device) ?? 0) || null;
    const waits = waitsFor({
      businessDate,
      openShifts: own.filter(({ z, isClosedLater }) => z === null && !isClosedLater).map(({ shift }) => shift),
      hasShifts: own.length > 0,
      lastBusinessDate: lastBusinessDate ?? undefined,
      heardOn: lastSeenMs === null ? undefined : businessDateOf(lastSeenMs, timeZone, dayRollsAtHour),
      waitingEntries,
      setAside,
    });
    return [{ device, lane, name, lastSeenMs, waits }];
  });
}

/** Sums of another build may lack a figure: it was 0 then. */
const asKept = (sums: ShiftSums): ShiftSums => ({ ...noShift(sums.currency), ...sums });

function supplementsOf(content: Content, shifts: readonly ShiftView[]): readonly SupplementView[] {
  const before = new Map(content.shifts.map((shift) => [nameOf(shift, shift.isSecondHistory), shift]));
  return shifts.flatMap((shift) => {
    const held = before.get(nameOf(shift, shift.isSecondHistory));
    const { device, lane, drawer, sums } = shift;
    const then = held === undefined || held.sums.currency !== sums.currency ? noShift(sums.currency) : asKept(held.sums);
    const isZ = shift.z !== null && (held === undefined || held.z === null);
    if (differencesOf(then, sums).length === 0 && !isZ) return [];
    return [{ device, lane, drawer, shift: shift.shift, sums: sumsSince(then, sums), isZ }];
  });
}

const closedNews = (
  { store, businessDate, currency, minorDigits, sums, countedMinor, overShortMinor: difference, asOfMs }: StoreDayView,
  by: string,
): News => ({
  event: 'day.closed',
  subject: `day.${store}.${businessDate}`,
  atMs: asOfMs,
  data: { store, businessDate, currency, minorDigits, sums, countedMinor, overShortMinor: difference, closedAtMs: asOfMs, closedBy: by },
});

/** The day, closed now. `no` where it was closed before: what stands, stands. */
export async function closeStoreDay(ports: StoreDayPorts, question: Question, by: string): Promise<StoreDayView | 'no' | undefined> {
  const day = await readStoreDay(ports, question);
  if (day === undefined) return undefined;
  const { sums, shifts, lanes } = day;
  const content: Content = {
    sums,
    shifts: shifts.map(({ device, lane, drawer, shift, isSecondHistory, sums: own, z }) => ({
      device,
      lane,
      drawer,
      shift,
      isSecondHistory,
      sums: own,
      z,
    })),
    lanes,
  };
  const made = await ports.database.transaction(async (tx) => {
    const rows = await tx.execute(
      `INSERT INTO store_day (tenant_no, store, business_date, closed_at_ms, closed_by, content) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_no, store, business_date) DO NOTHING`,
      [ports.tenantNo, question.store, question.businessDate, day.asOfMs, by, JSON.stringify(content)],
    );
    if (rows > 0) await tellWebhooks(tx, ports.tenantNo, [closedNews(day, by)], { nowMs: day.asOfMs });
    return rows;
  });
  return made === 0 ? 'no' : readStoreDay(ports, question);
}

export interface StoreDayRow {
  readonly store: string;
  readonly businessDate: string;
  readonly lanes: number;
  readonly shifts: number;
  readonly openShifts: number;
  /** Shifts whose Z says something else than their entries. */
  readonly differing: number;
  readonly sales: number;
  readonly totalMinor: number;
  readonly currency: string;
  readonly minorDigits: number;
  readonly closedAtMs: number | null;
}

/** Newest first, at least `limit` where there are so many: of the last date all stores, so that `before` it nothing is left out. */
export async function listStoreDays(
  database: Database,
  {
    tenantNo,
    store,
    before,
    limit,
  }: { readonly tenantNo: number; readonly store?: string | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<readonly StoreDayRow[]> {
  await compareZs(database, tenantNo);
  const rows = await database.rows<Omit<StoreDayRow, 'minorDigits' | 'totalMinor'> & { totalMinor: string }>(
    `WITH days AS (
       SELECT store, business_date, count(DISTINCT device) AS lanes, count(DISTINCT (device, branch, drawer, shift)) AS shifts,
         count(DISTINCT (device, branch, drawer, shift)) - count(DISTINCT (device, branch, drawer, shift)) FILTER (WHERE close_seq IS NOT NULL OR ${CLOSED_LATER}) AS open,
         count(DISTINCT (device, drawer, shift)) FILTER (WHERE close_seq IS NOT NULL AND differences > 0) AS differing
       FROM shift_span WHERE tenant_no = $1 AND ($2::text IS NULL OR store = $2) AND ($3::text IS NULL OR business_date < $3)
       GROUP BY store, business_date ORDER BY business_date DESC FETCH FIRST $4 ROWS WITH TIES
     )
     SELECT d.store, d.business_date AS "businessDate", d.lanes, d.shifts, d.open AS "openShifts", d.differing, coalesce(x.sales, 0) AS sales,
       coalesce(x.total, 0)::text AS "totalMinor", coalesce(x.currency, s.currency) AS currency, c.closed_at_ms AS "closedAtMs"
     FROM days d JOIN store s ON s.tenant_no = $1 AND s.store = d.store
     LEFT JOIN store_day c ON c.tenant_no = $1 AND c.store = d.store AND c.business_date = d.business_date
     LEFT JOIN LATERAL (
       SELECT count(*) AS sales, sum(total_minor) AS total, currency FROM sale
       WHERE tenant_no = $1 AND store = d.store AND business_date = d.business_date AND NOT training GROUP BY currency ORDER BY count(*) DESC LIMIT 1
     ) AS x ON true ORDER BY d.business_date DESC, d.store`,
    [tenantNo, store ?? null, before ?? null, limit],
  );
  return rows.map((row) => ({ ...row, totalMinor: Number(row.totalMinor), minorDigits: minorDigitsOf(row.currency) }));
}

interface DueShift {
  readonly device: string;
  readonly drawer: string;
  readonly shift: number;
  readonly currency: string;
}

const MOST_AT_ONCE = 100;

/** Compares each Z that came since with the entries of its shift. Whoever calls it does what is due; several at once do it twice, to the same end. */
async function compareZs(database: Database, tenantNo: number): Promise<void> {
  for (;;) {
    const due = await database.rows<DueShift>(
      `SELECT DISTINCT s.device, s.drawer, s.shift, t.currency FROM shift_span s JOIN store t ON t.tenant_no = s.tenant_no AND t.store = s.store
       WHERE s.tenant_no = $1 AND s.differences IS NULL AND NOT s.branch AND EXISTS (SELECT 1 FROM shift_span c WHERE c.tenant_no = s.tenant_no
         AND c.device = s.device AND NOT c.branch AND c.drawer = s.drawer AND c.shift = s.shift AND c.close_seq IS NOT NULL) LIMIT ${MOST_AT_ONCE}`,
      [tenantNo],
    );
    for (const shift of due) await compareZ(database, tenantNo, shift);
    if (due.length < MOST_AT_ONCE) return;
  }
}

async function compareZ(database: Database, tenantNo: number, { device, drawer, shift, currency }: DueShift): Promise<void> {
  const place = { tenantNo, currency };
  const spans = await database.rows<Span>(
    `SELECT ${SPAN_COLUMNS} FROM shift_span WHERE tenant_no = $1 AND device = $2 AND NOT branch AND drawer = $3 AND shift = $4`,
    [tenantNo, device, drawer, shift],
  );
  const closed = spans.find(({ closeSeq }) => closeSeq !== null);
  const z = closed === undefined ? undefined : await zOfSpan(database, closed, place);
  const { sums } = await sumsOf(database, spans, place);
  const differences = z === undefined ? 0 : differencesOf(z.close.sums, sums).length;
  for (const { epoch, businessDate, lastSeq, firstSeq } of spans) {
    await database.execute(
      `UPDATE shift_span SET differences = $7 WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND NOT branch AND drawer = $4 AND shift = $5
         AND business_date = $6 AND last_seq = $8 AND first_seq = $9`,
      [tenantNo, device, epoch, drawer, shift, businessDate, differences, lastSeq, firstSeq],
    );
  }
}
