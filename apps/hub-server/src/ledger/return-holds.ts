/**
 * The right to return goods of a sale, whoever sold it (SPEC: U-19, O-15 to O-17): the hub gives it to one device at a time, with all that came back of the sale so far.
 * Whoever gets the right after another therefore sees what the other did with it: it ends in the transaction that stores the return. What devices give each other, accept and
 * release is told by their ledgers.
 */
import { LEDGER_KINDS, readInvoice } from '@holdfast/domain';
import { PROTOCOL_LIMITS, readEntry, type ReturnAnswer, type ReturnRequest } from '@holdfast/sync';

import { IS_FORKED, isForked, NOTHING_WAITED_AT, RECLAIM_AFTER_MS } from '../accounts/forked.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { predecessorsOf, readSuccessors } from '../enrolment/successors.ts';
import { LEDGER_SCHEMAS } from './fold-entry.ts';
import type { JsonFold } from './folds.ts';
import type { Arrival } from './prepare-runs.ts';
import { returnLinesOf } from './returns.ts';

interface SoldRow {
  readonly store: string;
  readonly atMs: number;
  readonly canonical: Uint8Array;
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

type Asker = Pick<EnrolledDevice, 'tenantNo' | 'device' | 'store'>;

const NOTHING: ReturnAnswer = { returns: [], granted: false };

/** The entry of a sale `s`, archived or not. */
const ITS_ENTRY = `CROSS JOIN LATERAL (
  SELECT canonical FROM ledger_held h WHERE h.tenant_no = s.tenant_no AND h.device = s.device AND h.epoch = s.epoch AND h.seq = s.seq AND h.branch = s.branch
    AND h.from_seq <= s.seq AND h.to_seq >= s.seq OFFSET 0) AS e`;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** `nowMs`: when the question came, however long it has waited since. */
export async function grantReturn(database: Database, device: Asker, request: ReturnRequest, nowMs: number): Promise<ReturnAnswer> {
  return database.transaction(async (tx) => {
    const sale = await findSale(tx, device, request);
    if (sale === undefined) return NOTHING;
    const place = [device.tenantNo, sale.store, request.receiptNumber, device.device];
    const asked = request.ledger ?? null;
    // A right that is given to a device is given to each copy of it: to what it sold itself it knows which of them sold it.
    const mayTake = request.take && (sale.device === device.device || !(await isForked(tx, device.device)));
    const granted = request.take ? mayTake && (await hold(tx, place, nowMs, asked)) : await giveBack(tx, place, nowMs, asked);
    // Read once the right is held: nobody else returns of it now.
    const returns = await tx.rows<{ canonical: Uint8Array }>(
      `SELECT e.canonical FROM sale s ${ITS_ENTRY}
       WHERE s.entry_no IN (SELECT entry_no FROM return_line WHERE tenant_no = $1 AND store = $2 AND receipt_number = $3)
       ORDER BY s.entry_no LIMIT $4`,
      [device.tenantNo, sale.store, request.receiptNumber, PROTOCOL_LIMITS.returns + 1],
    );
    if (returns.length > PROTOCOL_LIMITS.returns) return NOTHING;
    const { store, atMs, canonical } = sale;
    const invoice = await findInvoice(tx, device.tenantNo, { ...sale, receiptNumber: request.receiptNumber });
    return {
      sale: { store, atMs, entry: base64(canonical) },
      returns: returns.map((row) => base64(row.canonical)),
      ...(invoice !== undefined && { invoice: base64(invoice) }),
      granted,
    };
  });
}

/** An invoice is made while its receipt is at hand: looked for among so many of them behind the sale. */
const INVOICES_LOOKED_AT = 1_000;

async function findInvoice(
  tx: Queries,
  tenantNo: number,
  { device, epoch, seq, receiptNumber }: Pick<SoldRow, 'device' | 'epoch' | 'seq'> & { readonly receiptNumber: string },
): Promise<Uint8Array | undefined> {
  const rows = await tx.rows<{ canonical: Uint8Array }>(
    `SELECT canonical FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq > $4 AND to_seq > $4 AND kind = ${LEDGER_KINDS.invoice.kind} ORDER BY seq LIMIT $5`,
    [tenantNo, device, epoch, seq, INVOICES_LOOKED_AT],
  );
  return rows.find(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    const read = entry.ok && entry.value.fields !== null ? readInvoice(entry.value.fields) : undefined;
    return read?.ok === true && read.value.receiptNumber === receiptNumber;
  })?.canonical;
}

/** Of the named store, else of the device's own, else of one that was merged into it (C-13), else of the only one that printed such a number. */
async function findSale(tx: Queries, device: Asker, { receiptNumber, store }: ReturnRequest): Promise<SoldRow | undefined> {
  const before = predecessorsOf(await readSuccessors(tx, device.tenantNo), device.store);
  const rows = await tx.rows<SoldRow & { readonly nearness: number }>(
    `SELECT CASE WHEN s.store = $4 THEN 2 WHEN s.store = ANY ($5::text[]) THEN 1 ELSE 0 END AS nearness, s.store, s.at_ms AS "atMs", s.device, s.epoch, s.seq, e.canonical FROM sale s ${ITS_ENTRY}
     WHERE s.tenant_no = $1 AND s.receipt_number = $2 AND NOT s.training AND ($3::text IS NULL OR s.store = $3)
     ORDER BY nearness DESC, s.entry_no LIMIT 2`,
    [device.tenantNo, receiptNumber, store ?? null, device.store, before],
  );
  const [first, second] = rows;
  if (second === undefined) return first;
  // A number that several stores have printed: the nearest one is meant.
  return first !== undefined && first.nearness > second.nearness ? first : undefined;
}

/** A hold that is old and was not accepted ends once its device has said again that nothing waits there: it took nothing back by it. */
const IS_OVER = `NOT return_hold.accepted AND return_hold.held_at_ms + $5 < $6::bigint AND EXISTS (SELECT 1 FROM device d WHERE d.device = return_hold.device
  AND return_hold.held_at_ms + $5 < ${NOTHING_WAITED_AT})`;

/** How far the ledger of whoever asks reaches; null where it does not say. */
type Reached = NonNullable<ReturnRequest['ledger']> | null;

async function hold(tx: Queries, place: readonly unknown[], nowMs: number, asked: Reached): Promise<boolean> {
  const held = await tx.rows(
    `INSERT INTO return_hold (tenant_no, store, receipt_number, device, held_at_ms, asked_epoch, asked_seq) VALUES ($1, $2, $3, $4, $6::bigint, $7, $8)
     ON CONFLICT (tenant_no, store, receipt_number) DO UPDATE SET device = excluded.device, held_at_ms = excluded.held_at_ms,
       accepted = return_hold.accepted AND return_hold.device = excluded.device, asked_epoch = excluded.asked_epoch, asked_seq = excluded.asked_seq
     WHERE return_hold.device = excluded.device OR (${IS_OVER}) RETURNING 1`,
    [...place, RECLAIM_AFTER_MS, nowMs, asked?.epoch ?? null, asked?.seq ?? null],
  );
  return held.length > 0;
}

/**
 * Whether the device could have it. Of two histories neither gives back what the other may use (I-8). What it has accepted comes back with its ledger alone; and that it has not accepted it is known only where all that its ledger says is here: an acceptance, and
 * the return that was made by it, may wait there while a question gets through. What it asked for after this question came, while this one waited, stays.
 */
async function giveBack(tx: Queries, place: readonly unknown[], nowMs: number, asked: Reached): Promise<boolean> {
  const where = 'tenant_no = $1 AND store = $2 AND receipt_number = $3';
  if (asked !== null)
    await tx.execute(
      `DELETE FROM return_hold WHERE ${where} AND device = $4 AND NOT accepted AND held_at_ms <= $7::bigint
         AND NOT EXISTS (SELECT 1 FROM device d WHERE d.device = $4 AND ${IS_FORKED})
         AND ($6::bigint = 0 OR EXISTS (SELECT 1 FROM ledger_epoch e WHERE e.tenant_no = $1 AND e.device = $4 AND e.epoch = $5 AND e.head_seq >= $6::bigint))`,
      [...place, asked.epoch, asked.seq, nowMs],
    );
  const others = await tx.rows(`SELECT 1 FROM return_hold WHERE ${where} AND device <> $4 AND NOT (${IS_OVER})`, [
    ...place,
    RECLAIM_AFTER_MS,
    nowMs,
  ]);
  return others.length === 0;
}

/** Of one device: it holds the right of a sale, gave it to another, or holds it no more. */
interface RightRow {
  readonly t: number;
  readonly s: string;
  readonly r: string;
  readonly d: string;
  /** `none`: a return has come. */
  readonly m: 'accepted' | 'given' | 'none' | 'released';
  readonly to?: string;
  readonly at: number;
  /** Where in its ledger it says so. */
  readonly e: string;
  readonly q: number;
}

interface Hold {
  readonly device: string;
  readonly accepted: boolean;
  readonly atMs: number;
  /** How far the ledger of `device` reached when it asked the hub for it. */
  readonly askedEpoch: string | null;
  readonly askedSeq: number | null;
}

const UNASKED = { askedEpoch: null, askedSeq: null } as const;

/** Whoever holds it after what `row` says. What is held by acceptance goes only from its holder; two that hold it both stand, and the first is told of. */
function holdAfter(held: Hold | undefined, row: RightRow, epochs: Epochs): Hold | undefined {
  const { d, m, to, at } = row;
  if (ends(m)) {
    if (held?.device !== d) return held;
    // It asked again while this was on its way: what ends here is what it held before.
    return isOfBefore(held, row, epochs) ? { ...held, accepted: false } : undefined;
  }
  if (held !== undefined && held.accepted && held.device !== d) return held;
  if (m === 'given') return { device: to ?? d, accepted: false, atMs: at, ...UNASKED };
  const { askedEpoch, askedSeq } = held?.device === d ? held : UNASKED;
  return { device: d, accepted: true, atMs: at, askedEpoch, askedSeq };
}

const ends = (m: RightRow['m']): m is 'none' | 'released' => m === 'none' || m === 'released';

/** Epochs of devices that the hub holds something of, and what each came after. */
type Epochs = ReadonlyMap<string, string | null>;

const epochKey = (t: number, d: string, e: string): string => JSON.stringify([t, d, e]);

/** An epoch that the hub holds nothing of came after all that its device sends until then. */
function isOfBefore({ askedEpoch, askedSeq }: Hold, { t, d, e, q }: RightRow, epochs: Epochs): boolean {
  if (askedEpoch === null || askedSeq === null) return false;
  if (askedEpoch === e) return q <= askedSeq;
  const line: string[] = [];
  for (let at: string | null | undefined = askedEpoch; typeof at === 'string' && !line.includes(at); at = epochs.get(epochKey(t, d, at)))
    line.push(at);
  return line.includes(e) || !epochs.has(epochKey(t, d, askedEpoch));
}

const movesOf = ({ run, sale, returnRight, entry }: Arrival): readonly RightRow[] => {
  const row = { t: run.tenantNo, d: run.device, at: run.receivedAtMs, e: entry.id.epoch, q: entry.id.seq };
  const returned = returnLinesOf(sale, run.store).map(({ store, receiptNumber }): RightRow => ({
    ...row,
    s: store,
    r: receiptNumber,
    m: 'none',
  }));
  // A sale that only took goods back has no line that its undoing names.
  if (sale?.postVoidOf !== undefined && !sale.training) returned.push({ ...row, s: run.store, r: sale.postVoidOf, m: 'none' });
  if (returnRight === null) return returned;
  const { type, receiptNumber: r, store: s = run.store } = returnRight;
  if (type === 'given') return [{ ...row, s, r, m: 'given', to: returnRight.to }];
  return [{ ...row, s, r, m: type }];
};

/** What ledgers say of rights to return, entry by entry. Of a second history of a device they rest until a person has looked. */
export const returnRightFold: JsonFold = {
  name: 'return rights',
  rows: (arrivals) => arrivals.flatMap((arrival) => (arrival.branch === '' ? movesOf(arrival) : [])),
  store: async (tx, json) => {
    const rows = JSON.parse(json) as readonly RightRow[];
    const keyOf = ({ t, s, r }: Pick<RightRow, 't' | 's' | 'r'>): string => JSON.stringify([t, s, r]);
    const before = await tx.rows<Hold & Pick<RightRow, 't' | 's' | 'r'>>(
      `SELECT h.tenant_no AS t, h.store AS s, h.receipt_number AS r, h.device, h.accepted, h.held_at_ms AS "atMs",
         h.asked_epoch AS "askedEpoch", h.asked_seq AS "askedSeq" FROM return_hold h
       WHERE (h.tenant_no, h.store, h.receipt_number) IN (SELECT x.t, x.s, x.r FROM jsonb_to_recordset($1::jsonb) AS x (t integer, s text, r text))
       ORDER BY h.tenant_no, h.store, h.receipt_number FOR UPDATE`,
      [json],
    );
    const holds = new Map(before.map((row) => [keyOf(row), row as Hold]));
    const names = new Map(rows.map((row) => [keyOf(row), row]));
    const epochs = await readEpochs(
      tx,
      rows.filter((row) => {
        const held = holds.get(keyOf(row));
        return ends(row.m) && held?.device === row.d && held.askedEpoch !== null && held.askedEpoch !== row.e;
      }),
    );
    const after = new Map<string, Hold | undefined>(holds);
    const resting = await restingOf(tx, rows);
    for (const row of rows)
      if (row.m !== 'released' || !resting.has(row.d)) after.set(keyOf(row), holdAfter(after.get(keyOf(row)), row, epochs));
    for (const [key, now] of [...after].sort(([left], [right]) => (left < right ? -1 : 1))) {
      const { t, s, r } = names.get(key)!;
      if (now === holds.get(key)) continue;
      if (now === undefined)
        await tx.execute('DELETE FROM return_hold WHERE tenant_no = $1 AND store = $2 AND receipt_number = $3', [t, s, r]);
      else await writeHold(tx, [t, s, r], now);
    }
  },
};

/** Devices whose releases end nothing: what one of two histories gives up the other may have used (SPEC: I-8). */
async function restingOf(tx: Queries, rows: readonly RightRow[]): Promise<ReadonlySet<string>> {
  const released = rows.flatMap(({ m, d }) => (m === 'released' ? [d] : []));
  if (released.length === 0) return new Set();
  const forked = await tx.rows<{ device: string }>(
    `SELECT d.device FROM device d WHERE d.device IN (SELECT jsonb_array_elements_text($1::jsonb)) AND ${IS_FORKED}`,
    [JSON.stringify([...new Set(released)])],
  );
  return new Set(forked.map(({ device }) => device));
}

/** All of the devices that `rows` are of. */
async function readEpochs(tx: Queries, rows: readonly RightRow[]): Promise<Epochs> {
  if (rows.length === 0) return new Map();
  const held = await tx.rows<{ readonly t: number; readonly d: string; readonly e: string; readonly parent: string | null }>(
    `SELECT tenant_no AS t, device AS d, epoch AS e, parent_epoch AS parent FROM ledger_epoch
     WHERE (tenant_no, device) IN (SELECT x.t, x.d FROM jsonb_to_recordset($1::jsonb) AS x (t integer, d text))`,
    [JSON.stringify(rows.map(({ t, d }) => ({ t, d })))],
  );
  return new Map(held.map(({ t, d, e, parent }) => [epochKey(t, d, e), parent]));
}

/** Of a device that is none of the tenant's nothing is held. */
async function writeHold(tx: Queries, place: readonly unknown[], { device, accepted, atMs, askedEpoch, askedSeq }: Hold): Promise<void> {
  await tx.execute(
    `INSERT INTO return_hold (tenant_no, store, receipt_number, device, accepted, held_at_ms, asked_epoch, asked_seq)
     SELECT $1, $2, $3, d.device, $5, $6, $7, $8 FROM device d WHERE d.device = $4 AND d.tenant_no = $1
     ON CONFLICT (tenant_no, store, receipt_number) DO UPDATE SET device = excluded.device, accepted = excluded.accepted, held_at_ms = excluded.held_at_ms,
       asked_epoch = excluded.asked_epoch, asked_seq = excluded.asked_seq`,
    [...place, device, accepted, atMs, askedEpoch, askedSeq],
  );
}

export interface ReturnRightView {
  readonly store: string;
  readonly receiptNumber: string;
  readonly device: string;
  readonly heldAtMs: number;
  readonly accepted: boolean;
}

/** Outstanding ones, oldest first. */
export async function listReturnRights(database: Database, tenantNo: number, limit: number): Promise<readonly ReturnRightView[]> {
  return database.rows<ReturnRightView>(
    `SELECT store, receipt_number AS "receiptNumber", device, held_at_ms AS "heldAtMs", accepted FROM return_hold WHERE tenant_no = $1
     ORDER BY held_at_ms, store, receipt_number LIMIT $2`,
    [tenantNo, limit],
  );
}

/**
 * By a person: of a device that will not be heard of again. What it takes back by it all the same counts, and is an exception where it came back twice. `givenBack`: the right stays, for a card has
 * money of this sale already, and whoever got the right would pay its goods once more; unless the person knows that (`despiteGivenBack`): its lane is gone, or has lost the sale, and the rest of the
 * money could never come back. `none`: no device holds it.
 */
export async function writeOffReturnRight(
  database: Database,
  tenantNo: number,
  { store, receiptNumber, despiteGivenBack }: Pick<ReturnRightView, 'store' | 'receiptNumber'> & { readonly despiteGivenBack: boolean },
): Promise<'ended' | 'none' | 'givenBack'> {
  const place = [tenantNo, store, receiptNumber];
  return database.transaction(async (tx) => {
    const [held] = await tx.rows<{ readonly device: string; readonly entryNo: number | null }>(
      `SELECT h.device, s.entry_no AS "entryNo" FROM return_hold h
       LEFT JOIN sale s ON s.tenant_no = h.tenant_no AND s.store = h.store AND s.receipt_number = h.receipt_number AND s.device = h.device
       WHERE h.tenant_no = $1 AND h.store = $2 AND h.receipt_number = $3 ORDER BY s.entry_no LIMIT 1 FOR UPDATE OF h`,
      place,
    );
    if (held === undefined) return 'none';
    const { device, entryNo } = held;
    // Of a sale of another lane, or one that never came, no tender can have gone back here.
    if (!despiteGivenBack && entryNo !== null && (await isGivenBack(tx, tenantNo, { device, entryNo, receiptNumber }))) return 'givenBack';
    await tx.execute('DELETE FROM return_hold WHERE tenant_no = $1 AND store = $2 AND receipt_number = $3', place);
    return 'ended';
  });
}

/** By tenant, device, and the number of an entry: what came after that. A lane's entries are numbered in its order, over all of its epochs. */
export const REVERSALS = `SELECT canonical FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND kind = ${LEDGER_KINDS.tenderReversal.kind} AND entry_no > $3 AND to_no > $3`;

/** Whether its lane has given a tender of it back. */
async function isGivenBack(
  tx: Queries,
  tenantNo: number,
  { device, entryNo, receiptNumber }: { readonly device: string; readonly entryNo: number; readonly receiptNumber: string },
): Promise<boolean> {
  const rows = await tx.rows<{ canonical: Uint8Array }>(REVERSALS, [tenantNo, device, entryNo]);
  return rows.some(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    return entry.ok && entry.value.fields?.['receiptNumber'] === receiptNumber && entry.value.fields['training'] !== true;
  });
}
