/**
 * What happened since webhooks were told last, read from where it stands for ever: entries in the order of their numbers, publications in theirs. Two numbers say how far; they move in the transaction that makes the messages, so that
 * nothing is left out and nothing told anew, whichever replica does it and whenever it ends. What was set aside is told when it is read.
 */
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import { SALE_COLUMNS, saleView, type SaleRow } from '../ledger/sales.ts';
import { tellWebhooks, type News } from './messages.ts';
import type { WebhookEvent } from './webhooks.ts';

export interface NewsPorts {
  readonly database: Database;
  readonly tenantNo: number;
  /** Read each time: it moves on when a hub was set back. */
  readonly identity: Pick<HubIdentity, 'hubEpoch'>;
  readonly clock: { nowMs(): number };
}

/** What one transaction reads at most. */
const MOST_ENTRIES = 500;
const MOST_PUBLICATIONS = 20;
/** Of a publication's goods: whoever needs more asks for its changes. */
const MOST_SKUS = 100;

interface Span {
  readonly tenantNo: number;
  readonly after: number;
  readonly upTo: number;
}

interface Cursor {
  readonly entryNo: number;
  readonly lsn: number;
  readonly headEntryNo: number;
  readonly headLsn: number;
}

const CURSOR_SQL = `SELECT c.entry_no AS "entryNo", c.lsn, s.entry_no AS "headEntryNo", t.lsn AS "headLsn" FROM webhook_cursor c
  JOIN tenant t ON t.tenant_no = c.tenant_no CROSS JOIN ledger_sequence s
  WHERE c.tenant_no = $1 AND s.id = 1 AND (s.entry_no > c.entry_no OR t.lsn > c.lsn)
    AND EXISTS (SELECT 1 FROM webhook w WHERE w.tenant_no = $1 AND NOT w.is_paused)`;

/** True where there is more. */
export async function gatherNews({ database, tenantNo, identity, clock }: NewsPorts): Promise<boolean> {
  // Mostly there is nothing, and then this is all that it costs.
  if ((await database.rows(CURSOR_SQL, [tenantNo])).length === 0) return false;
  return database.transaction(async (tx) => {
    const [cursor] = await tx.rows<Cursor>(`${CURSOR_SQL} FOR UPDATE OF c SKIP LOCKED`, [tenantNo]);
    // Another replica is at it.
    if (cursor === undefined) return false;
    const entries: Span = { tenantNo, after: cursor.entryNo, upTo: Math.min(cursor.headEntryNo, cursor.entryNo + MOST_ENTRIES) };
    const publications: Span = { tenantNo, after: cursor.lsn, upTo: Math.min(cursor.headLsn, cursor.lsn + MOST_PUBLICATIONS) };
    const wanted = await wantedEvents(tx, tenantNo);
    const news = [
      ...(wanted.has('sale.completed') ? await soldSince(tx, entries) : []),
      ...(wanted.has('shift.closed') ? await closedSince(tx, entries) : []),
      ...(wanted.has('entry.setAside') ? await setAsideSince(tx, entries) : []),
      ...(wanted.has('product.published') || wanted.has('price.published')
        ? await publishedSince(tx, publications, identity.hubEpoch)
        : []),
    ];
    await tellWebhooks(tx, tenantNo, news, { nowMs: clock.nowMs() });
    await tx.execute('UPDATE webhook_cursor SET entry_no = $2, lsn = $3 WHERE tenant_no = $1', [
      tenantNo,
      Math.max(entries.after, entries.upTo),
      Math.max(publications.after, publications.upTo),
    ]);
    return entries.upTo < cursor.headEntryNo || publications.upTo < cursor.headLsn;
  });
}

/** What an entry says that was set aside when its number was passed, and is read now. In the transaction that reads it. */
export async function tellOfEntry(
  tx: Queries,
  { tenantNo, entryNo }: { readonly tenantNo: number; readonly entryNo: number },
  nowMs: number,
): Promise<void> {
  const wanted = await wantedEvents(tx, tenantNo);
  const entry: Span = { tenantNo, after: entryNo - 1, upTo: entryNo };
  const news = [
    ...(wanted.has('sale.completed') ? await soldSince(tx, entry) : []),
    ...(wanted.has('shift.closed') ? await closedSince(tx, entry) : []),
  ];
  await tellWebhooks(tx, tenantNo, news, { nowMs });
}

async function wantedEvents(tx: Queries, tenantNo: number): Promise<ReadonlySet<WebhookEvent>> {
  const rows = await tx.rows<{ event: WebhookEvent }>(
    'SELECT DISTINCT jsonb_array_elements_text(events) AS event FROM webhook WHERE tenant_no = $1 AND NOT is_paused',
    [tenantNo],
  );
  return new Set(rows.map(({ event }) => event));
}

const placeOf = ({ device, epoch, seq }: { readonly device: string; readonly epoch: string; readonly seq: number }): string =>
  `${device}.${epoch}.${seq}`;

/** Two histories of one device have the same numbers. */
const branchOf = ({ branch }: { readonly branch: string }): string => (branch === '' ? '' : `.${branch}`);

/** Practice counts nowhere, and is told nobody. */
async function soldSince(tx: Queries, { tenantNo, after, upTo }: Span): Promise<readonly News[]> {
  const sales = await tx.rows<SaleRow>(
    `SELECT ${SALE_COLUMNS} FROM sale WHERE tenant_no = $1 AND entry_no > $2 AND entry_no <= $3 AND NOT training ORDER BY entry_no`,
    [tenantNo, after, upTo],
  );
  return sales.map((sale) => ({
    event: 'sale.completed',
    subject: `sale.${placeOf(sale)}${branchOf(sale)}`,
    atMs: sale.receivedAtMs,
    data: saleView(sale),
  }));
}

interface ClosedShift {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly store: string;
  readonly lane: number;
  readonly drawer: string;
  readonly shift: number;
  readonly businessDate: string;
  readonly receivedAtMs: number;
}

async function closedSince(tx: Queries, { tenantNo, after, upTo }: Span): Promise<readonly News[]> {
  const shifts = await tx.rows<ClosedShift>(
    `SELECT e.device, e.epoch, e.seq, s.store, s.lane, s.drawer, s.shift, s.business_date AS "businessDate", e.received_at_ms AS "receivedAtMs"
     FROM ledger_held e JOIN shift_span s ON s.tenant_no = e.tenant_no AND s.device = e.device AND s.epoch = e.epoch AND NOT s.branch AND s.close_seq = e.seq
     WHERE e.tenant_no = $1 AND e.entry_no > $2 AND e.entry_no <= $3 AND e.to_no > $2 AND e.from_no <= $3 AND e.branch = '' ORDER BY e.entry_no`,
    [tenantNo, after, upTo],
  );
  return shifts.map(({ receivedAtMs, ...shift }) => ({
    event: 'shift.closed',
    subject: `shift.${placeOf(shift)}`,
    atMs: receivedAtMs,
    data: { ...shift, receivedAtMs },
  }));
}

interface AsideEntry {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly branch: string;
  readonly kind: number;
  readonly store: string;
  readonly reason: string;
  readonly sinceMs: number;
}

async function setAsideSince(tx: Queries, { tenantNo, after, upTo }: Span): Promise<readonly News[]> {
  const aside = await tx.rows<AsideEntry>(
    `SELECT e.device, e.epoch, e.seq, e.branch, e.kind, e.store, a.reason, a.since_ms AS "sinceMs"
     FROM set_aside a JOIN ledger_entry e ON e.entry_no = a.entry_no WHERE a.tenant_no = $1 AND a.entry_no > $2 AND a.entry_no <= $3 ORDER BY a.entry_no`,
    [tenantNo, after, upTo],
  );
  return aside.map(({ branch, ...entry }) => ({
    event: 'entry.setAside',
    subject: `aside.${placeOf(entry)}${branchOf({ branch })}`,
    atMs: entry.sinceMs,
    data: entry,
  }));
}

const { item, code, price } = ENTITY_TYPES;

interface Publication {
  readonly lsn: number;
  readonly atMs: number;
  readonly source: string;
  readonly by: string | null;
  /** Began by a file, and not told one by one. */
  readonly made: number;
  readonly products: readonly string[] | null;
  readonly prices: readonly string[] | null;
}

/** Goods with their codes are products; a publication that brought both is told as both. */
async function publishedSince(tx: Queries, { tenantNo, after, upTo }: Span, hubEpoch: string): Promise<readonly News[]> {
  const skus = (which: string, sku: string): string =>
    `(SELECT array_agg(DISTINCT ${sku}) FROM entity_change c WHERE c.tenant_no = p.tenant_no AND c.lsn = p.lsn AND c.type IN (${which}))`;
  // Of a code of which something else changed, whose it is stands in the code alone.
  const skuOfCode = `(SELECT e.fields ->> '1' FROM entity e WHERE e.tenant_no = c.tenant_no AND e.key = c.key AND e.type = c.type AND e.scope = c.scope)`;
  const publications = await tx.rows<Publication>(
    `SELECT p.lsn, p.published_at_ms AS "atMs", p.source, p.actor AS by, p.made,
       ${skus(`${item.type}, ${code.type}`, `CASE WHEN c.type = ${item.type} THEN c.key ELSE coalesce(c.after ->> '1', c.before ->> '1', ${skuOfCode}, c.key) END`)} AS products,
       ${skus(String(price.type), String.raw`split_part(c.key, E'\x1f', 1)`)} AS prices
     FROM publication p WHERE p.tenant_no = $1 AND p.lsn > $2 AND p.lsn <= $3 ORDER BY p.lsn`,
    [tenantNo, after, upTo],
  );
  return publications.flatMap(({ products, prices, ...of }) =>
    [['product.published', products] as const, ['price.published', prices] as const].flatMap(([event, changed]) =>
      changed === null && of.made === 0 ? [] : [publicationNews(event, of, changed ?? [], hubEpoch)],
    ),
  );
}

const publicationNews = (
  event: 'product.published' | 'price.published',
  of: Omit<Publication, 'products' | 'prices'>,
  skus: readonly string[],
  hubEpoch: string,
): News => ({
  event,
  subject: `${event === 'product.published' ? 'product' : 'price'}.${hubEpoch}.${of.lsn}`,
  atMs: of.atMs,
  data: { ...of, skus: skus.slice(0, MOST_SKUS), count: skus.length },
});
