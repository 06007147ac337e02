/**
 * Prices as headquarters change them: a line is one price of one article at some places, from a moment on and until another, or no price there any more. All lines of a request are
 * one publication, judged whole. Before that it is shown store by store what would hold: by the rule that lanes have (`choosePrice`), at the moment when the line begins.
 */
import { assert, err, ok, type Result } from '@holdfast/base';
import {
  choosePrice,
  currencyOf,
  ENTITY_TYPES,
  explainPrices,
  priceKey,
  readPrice,
  type PriceCondition,
  type PriceQuestion,
  type PriceReason,
  type ScheduledPrice,
  type ScheduledPriceType,
} from '@holdfast/domain';
import { namedFields, type Scalar } from '@holdfast/sync';

import { changesToRows, type EntityChange, type EntityRow } from '../catalog/changes.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { inCommon, listStores, placesOf, storesAt, type Store } from '../enrolment/stores.ts';
import { pricesOf } from '../goods/price-of-goods.ts';
import { parseStoreMoment } from '../import/moment.ts';
import { parsePrice } from '../import/refusal.ts';

export interface PriceLine {
  readonly sku: string;
  /** `global`, `zone:Z` or `store:S`. */
  readonly scopes: readonly string[];
  readonly type: ScheduledPriceType;
  /** As a shelf says it; null: there is no such price any more. */
  readonly amount: string | null;
  /** Absent: that of the stores that it reaches, where they have one. */
  readonly currency?: string | undefined;
  /** A moment, or what the wall of the stores shows (`moment.ts`); empty: open-ended. */
  readonly from: string;
  readonly to: string;
  readonly priority?: number | undefined;
  readonly fromQuantity?: number | undefined;
  readonly customerGroup?: string | undefined;
}

export type PriceError =
  /** Which of the lines, from 0. */
  { readonly type: 'badPrice'; readonly index: number; readonly reason: string } | { readonly type: 'changedSince'; readonly what: string };

export interface PricePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly nowMs: number;
}

export interface ShownPrice {
  readonly amount: number;
  readonly decimals: number;
  readonly currency: string;
  readonly type: string;
}

/** What one line comes to in a store. */
export interface PreviewedPrice extends PriceCondition {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly type: ScheduledPriceType;
  /** When it begins there; null: at once. */
  readonly fromMs: number | null;
  readonly before: ShownPrice | null;
  readonly after: ShownPrice | null;
  /** When it ends, and what holds from then on. */
  readonly end: { readonly atMs: number; readonly price: ShownPrice | null } | null;
  /** Why it would not hold there. */
  readonly reason: PriceReason | null;
}

export interface PricePreview {
  /** What it was compared with: a change of these prices behind it makes another preview. */
  readonly lsn: number;
  /** Prices that would be other than they are. */
  readonly differing: number;
  /** Stores that would get the same stand together; those that no line reaches are in none. */
  readonly groups: readonly { readonly stores: readonly string[]; readonly prices: readonly PreviewedPrice[] }[];
}

export const shownPrice = (price: ScheduledPrice | undefined): ShownPrice | null =>
  price === undefined ? null : { ...price.price, currency: price.currency, type: price.type };

interface Judged {
  readonly line: PriceLine;
  readonly scope: string;
  readonly row: EntityRow;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

interface Plan {
  readonly stores: readonly Store[];
  readonly judged: readonly Judged[];
  readonly held: ReadonlyMap<string, HeldPrice>;
  readonly goods: ReadonlyMap<string, { readonly name: string; readonly unit: string }>;
}

interface HeldPrice {
  readonly key: string;
  readonly scope: string;
  readonly alive: boolean;
  readonly lsn: number;
  readonly fields: Readonly<Record<string, Scalar>>;
}

const { item, price: priceType } = ENTITY_TYPES;
const placeOf = (key: string, scope: string): string => JSON.stringify([key, scope]);

/** The scopes that lines write: whose permission they take. */
export const scopesOfLines = (lines: readonly PriceLine[]): readonly string[] => [...new Set(lines.flatMap(({ scopes }) => scopes))];

export async function previewPrices(
  { database, tenantNo, nowMs }: PricePorts,
  lines: readonly PriceLine[],
): Promise<Result<PricePreview, PriceError>> {
  return database.transaction(
    async (tx) => {
      const [head] = await tx.rows<{ lsn: number }>('SELECT lsn FROM tenant WHERE tenant_no = $1', [tenantNo]);
      assert(head !== undefined, 'the tenant has its row');
      const planned = await plan(tx, { tenantNo, lines, stores: await listStores(tx, tenantNo) });
      if (!planned.ok) return planned;
      const { judged, held } = planned.value;
      const before = await pricesOf({ database: tx, tenantNo }, [...new Set(lines.map(({ sku }) => sku))]);
      const differing = judged.filter(({ row }) => isOther(held.get(placeOf(row.k, row.s)), row)).length;
      return ok({ lsn: head.lsn, differing, groups: groupStores(planned.value, before, nowMs) });
    },
    { readSnapshot: true },
  );
}

/** The prices of the articles that lines write, as they would stand if what is written held at any time; and the stores that it reaches. */
export interface SimulatedLines {
  readonly stores: readonly Store[];
  readonly prices: readonly {
    readonly sku: string;
    readonly all: readonly ScheduledPrice[];
    readonly changed: readonly ScheduledPrice[];
  }[];
}

export async function linesToSimulate(
  { database, tenantNo }: Omit<PricePorts, 'nowMs'>,
  lines: readonly PriceLine[],
): Promise<Result<SimulatedLines, PriceError>> {
  return database.transaction(
    async (tx) => {
      const stores = await listStores(tx, tenantNo);
      const timeless = lines.map((line) => (line.amount === null ? line : { ...line, from: '', to: '' }));
      const planned = await plan(tx, { tenantNo, lines: timeless, stores });
      if (!planned.ok) return planned;
      const { judged } = planned.value;
      const skus = [...new Set(lines.map(({ sku }) => sku))];
      const after = withLines(await pricesOf({ database: tx, tenantNo }, skus), judged);
      const written = new Set(judged.map(({ row }) => placeOf(row.k, row.s)));
      const isWritten = (price: ScheduledPrice): boolean => written.has(placeOf(keyOf(price), price.scope));
      const prices = skus.map((sku) => {
        const { yes: changed = [], no: all = [] } = Object.groupBy(after.get(sku) ?? [], (price) => (isWritten(price) ? 'yes' : 'no'));
        return { sku, all, changed };
      });
      const reached = stores.filter((store) => judged.some(({ scope }) => placesOf(store).includes(scope)));
      return ok({ stores: reached, prices });
    },
    { readSnapshot: true },
  );
}

export interface PublishPrices {
  readonly lines: readonly PriceLine[];
  /** What its publication says it was for. */
  readonly reason: string;
  readonly by: string;
  readonly urgent?: boolean | undefined;
  /** The preview that somebody looked at. */
  readonly basedOn?: number | undefined;
}

export async function publishPrices(
  ports: Omit<PricePorts, 'nowMs'> & { readonly catalog: Catalog },
  wanted: PublishPrices,
): Promise<Result<Published, PriceError>> {
  const published = await ports.database.transaction(async (tx) => publishPricesIn(tx, ports, wanted));
  if (published.ok) ports.catalog.announce(published.value);
  return published;
}

/** In the caller's transaction, who announces it after the commit. */
export async function publishPricesIn(
  tx: Queries,
  { tenantNo, catalog }: { readonly tenantNo: number; readonly catalog: Catalog },
  { lines, reason, by, urgent, basedOn }: PublishPrices,
): Promise<Result<Published, PriceError>> {
  // The sequencer first: what is compared is what stands when it is written.
  const publication = await catalog.open(tx, reason);
  const planned = await plan(tx, { tenantNo, lines, stores: await listStores(tx, tenantNo) });
  if (!planned.ok) return planned;
  const { held, judged } = planned.value;
  const since = [...held.values()].find(({ lsn }) => basedOn !== undefined && lsn > basedOn);
  if (since !== undefined)
    return err({ type: 'changedSince', what: `the price of ${since.key.split('\u001F')[0] ?? ''} at ${since.scope}` });
  await publication.put(judged.map(({ row }) => row));
  return ok(await publication.finish({ by, ...(urgent === true && { urgent }) }));
}

interface Wanted {
  readonly tenantNo: number;
  readonly lines: readonly PriceLine[];
  readonly stores: readonly Store[];
}

async function plan(queries: Queries, { tenantNo, lines, stores }: Wanted): Promise<Result<Plan, PriceError>> {
  const goods = await goodsOf(queries, tenantNo, [...new Set(lines.map(({ sku }) => sku))]);
  const judged: Judged[] = [];
  const places = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    if (!goods.has(line.sku)) return err({ type: 'badPrice', index, reason: `there are no goods ${line.sku}` });
    for (const scope of line.scopes) {
      const row = judge(line, scope, stores);
      if (!row.ok) return err({ type: 'badPrice', index, reason: row.error });
      const place = placeOf(row.value.row.k, row.value.row.s);
      const earlier = places.get(place);
      if (earlier !== undefined) return err({ type: 'badPrice', index, reason: `line ${earlier + 1} says that price at ${scope} already` });
      places.set(place, index);
      judged.push(row.value);
    }
  }
  const held = await heldPrices(queries, tenantNo, judged);
  const missing = judged.find(({ row }) => row.r === true && held.get(placeOf(row.k, row.s))?.alive !== true);
  if (missing !== undefined)
    return err({ type: 'badPrice', index: lines.indexOf(missing.line), reason: `there is no such price at ${missing.scope}` });
  return ok({ stores, judged, held, goods });
}

/** Of one line at one place. */
function judge(line: PriceLine, scope: string, stores: readonly Store[]): Result<Judged, string> {
  const reached = storesAt(stores, scope);
  if (scope !== 'global' && reached.length === 0) return err(`there is no store at ${scope}`);
  const timeZone = inCommon(reached, (store) => store.timeZone);
  const [from, to] = [parseStoreMoment(line.from, timeZone), parseStoreMoment(line.to, timeZone)];
  if (!from.ok || !to.ok) return err(momentFault(from.ok ? line.to : line.from, from.ok ? to : from));
  const [fromMs, toMs] = [from.value, to.value];
  if (fromMs !== null && toMs !== null && toMs <= fromMs) return err('it ends before it begins');
  const condition: PriceCondition = {
    ...(line.fromQuantity !== undefined && { fromQuantity: line.fromQuantity }),
    ...(line.customerGroup !== undefined && { customerGroup: line.customerGroup }),
  };
  const key = priceKey(line.sku, line.type, fromMs ?? undefined, condition);
  const change: EntityChange = { type: priceType.name, key, scope };
  if (line.amount === null) {
    const [row] = rowOf({ ...change, removed: true });
    return row === undefined ? err('this is the key of no price') : ok({ line, scope, row, fromMs, toMs: null });
  }
  const currency = line.currency ?? inCommon(reached, (store) => store.currency);
  if (currency === undefined) return err('the stores that it reaches count in several currencies: it names one');
  const digits = currencyOf(currency)?.minorDigits;
  const price = digits === undefined ? undefined : parsePrice(line.amount.trim(), digits);
  if (price?.ok !== true) return err(`${line.amount} is no price in ${currency}`);
  const fields = {
    ...price.value,
    currency,
    fromMs,
    toMs,
    priority: line.priority ?? null,
    source: null,
    fromQuantity: line.fromQuantity ?? null,
    customerGroup: line.customerGroup ?? null,
  };
  const rows = changesToRows([{ ...change, fields }]);
  if (!rows.ok) return err(rows.error.reason);
  const read = readPrice(key, scope, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)));
  if (!read.ok) return err(`${read.error.detail.field} is not ${read.error.detail.expected}`);
  const [row] = rows.value;
  assert(row !== undefined, 'a change has its row');
  return ok({ line, scope, row, fromMs, toMs });
}

function rowOf(change: EntityChange): readonly EntityRow[] {
  const rows = changesToRows([change]);
  return rows.ok ? rows.value : [];
}

const MOMENT_FAULTS: Readonly<Record<string, string>> = {
  ambiguousTimeZone:
    'means several moments: the stores that it reaches lie in several time zones. Name its offset, or the stores of each one apart',
  noSuchLocalTime: 'is an hour that the clocks there skip',
  ambiguousLocalTime: 'is an hour that comes twice there',
};

const momentFault = (text: string, read: ReturnType<typeof parseStoreMoment>): string =>
  `${text} ${(read.ok ? undefined : MOMENT_FAULTS[read.error.reason]) ?? 'is no moment: 2026-12-01, 2026-12-01T08:00 or one with its offset'}`;

async function goodsOf(queries: Queries, tenantNo: number, skus: readonly string[]): Promise<Plan['goods']> {
  const columnOf = (name: string): string => String(item.columns.find((column) => column.name === name)?.number ?? '');
  const rows = await queries.rows<{ sku: string; name: string | null; unit: string | null }>(
    `SELECT key AS sku, min(fields ->> $3) AS name, min(fields ->> $4) AS unit FROM entity
     WHERE tenant_no = $1 AND type = ${item.type} AND key = ANY($2) AND alive GROUP BY key`,
    [tenantNo, skus, columnOf('name'), columnOf('unit')],
  );
  return new Map(rows.map(({ sku, name, unit }) => [sku, { name: name ?? sku, unit: unit ?? 'piece' }]));
}

async function heldPrices(queries: Queries, tenantNo: number, judged: readonly Judged[]): Promise<Plan['held']> {
  const rows = await queries.rows<HeldPrice>(
    `SELECT e.key, e.scope, e.alive, e.lsn, e.fields FROM jsonb_to_recordset($2::jsonb) AS x (k text COLLATE "C", s text COLLATE "C")
     JOIN entity e ON e.tenant_no = $1 AND e.key = x.k AND e.type = ${priceType.type} AND e.scope = x.s`,
    [tenantNo, JSON.stringify(judged.map(({ row }) => ({ k: row.k, s: row.s })))],
  );
  return new Map(rows.map((row) => [placeOf(row.key, row.scope), row]));
}

function isOther(held: HeldPrice | undefined, { r, f }: EntityRow): boolean {
  if (r === true) return held?.alive === true;
  return held?.alive !== true || Object.entries(f).some(([column, value]) => (held.fields[column] ?? null) !== value);
}

type Prices = ReadonlyMap<string, readonly ScheduledPrice[]>;

/** What stands, with all lines written into it. */
function withLines(before: Prices, judged: readonly Judged[]): Prices {
  const after = new Map(before);
  for (const { line, row } of judged) {
    const others = (after.get(line.sku) ?? []).filter((price) => price.scope !== row.s || keyOf(price) !== row.k);
    const fields = namedFields(
      priceType.columns,
      new Map(Object.entries(row.f).flatMap(([number, value]) => (value === null ? [] : [[Number(number), value]]))),
    );
    const read = row.r === true ? undefined : readPrice(row.k, row.s, fields);
    after.set(line.sku, read?.ok === true ? [...others, read.value] : others);
  }
  return after;
}

const keyOf = ({ sku, type, fromMs, ...condition }: ScheduledPrice): string => priceKey(sku, type, fromMs, condition);

function groupStores({ stores, judged, goods }: Plan, before: Prices, nowMs: number): PricePreview['groups'] {
  const after = withLines(before, judged);
  const scopes = new Set([...before.values(), ...after.values()].flat().map(({ scope }) => scope));
  const groups = new Map<string, { stores: string[]; readonly prices: readonly PreviewedPrice[] }>();
  const known = new Map<string, readonly PreviewedPrice[]>();
  for (const store of stores) {
    const read = placesOf(store);
    const own = judged.filter(({ scope }) => read.includes(scope));
    if (own.length === 0) continue;
    // Most stores of a chain have nothing of their own: they are looked at once.
    const alike = JSON.stringify([read.filter((scope) => scopes.has(scope)), store.currency]);
    const prices =
      known.get(alike) ?? own.map((one) => previewOf(one, { before, after, goods, scopes: read, currency: store.currency, nowMs }));
    known.set(alike, prices);
    const text = JSON.stringify(prices);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { stores: [store.store], prices });
    else group.stores.push(store.store);
  }
  return [...groups.values()];
}

interface At {
  readonly before: Prices;
  readonly after: Prices;
  readonly goods: Plan['goods'];
  readonly scopes: readonly string[];
  readonly currency: string;
  readonly nowMs: number;
}

function previewOf({ line, row, fromMs, toMs }: Judged, { before, after, goods, nowMs, ...place }: At): PreviewedPrice {
  const { sku, type, fromQuantity, customerGroup } = line;
  const beginsMs = Math.max(fromMs ?? nowMs, nowMs);
  // Asked for somebody who gets it: a price for members is none for others.
  const question: PriceQuestion = {
    ...place,
    atMs: beginsMs,
    quantity: fromQuantity ?? 1,
    ...(type === 'pack' && fromQuantity !== undefined && { packUnits: fromQuantity }),
    ...((type === 'member' || customerGroup !== undefined) && { customerGroups: customerGroup === undefined ? [] : [customerGroup] }),
  };
  const [old, next] = [before.get(sku) ?? [], after.get(sku) ?? []];
  const explained = explainPrices(next, question).find(({ price }) => price.scope === row.s && keyOf(price) === row.k);
  const { name = sku, unit = 'piece' } = goods.get(sku) ?? {};
  return {
    sku,
    name,
    unit,
    type,
    ...(fromQuantity !== undefined && { fromQuantity }),
    ...(customerGroup !== undefined && { customerGroup }),
    fromMs: beginsMs > nowMs ? beginsMs : null,
    before: shownPrice(choosePrice(old, question)),
    after: shownPrice(choosePrice(next, question)),
    end: toMs === null || toMs <= nowMs ? null : { atMs: toMs, price: shownPrice(choosePrice(next, { ...question, atMs: toMs })) },
    reason: explained?.reason ?? null,
  };
}
