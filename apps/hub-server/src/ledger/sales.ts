/** Questions to the sales that the ledger was folded into. Training counts nowhere; sales of a branch count and say so. */
import { assert } from '@holdfast/base';
import { ENTITY_TYPES, LEDGER_KINDS, minorDigitsOf, packOf, readSale, type EntityType, type PricedPack, type Sale } from '@holdfast/domain';
import { bytesToHex, readEntry } from '@holdfast/sync';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import { LEDGER_SCHEMAS } from './fold-entry.ts';
import { linkedSales, type LinkedSales } from './linked-sales.ts';

/** As stored. */
export interface SaleRow {
  readonly entryNo: number;
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly branch: string;
  readonly store: string;
  readonly lane: number;
  readonly receiptNumber: string;
  readonly atMs: number;
  readonly businessDate: string;
  readonly currency: string;
  readonly totalMinor: number;
  readonly lineCount: number;
  readonly kind: 'sale' | 'return';
  readonly training: boolean;
  readonly externalReference: string | null;
  readonly receivedAtMs: number;
}

/** As told. */
export interface SaleView extends Omit<SaleRow, 'branch' | 'entryNo'> {
  readonly minorDigits: number;
  /** It stands on a second history of its device. */
  readonly branch: boolean;
}

export function saleView(row: SaleRow): SaleView {
  const view: SaleView & { entryNo?: number } = { ...row, branch: row.branch !== '', minorDigits: minorDigitsOf(row.currency) };
  delete view.entryNo;
  return view;
}

export interface SalesQuestion {
  readonly tenantNo: number;
  readonly date?: string | undefined;
  readonly store?: string | undefined;
  readonly device?: string | undefined;
  readonly limit: number;
  /** The `next` of an earlier answer. */
  readonly before?: SalesCursor | undefined;
}

export const SALE_COLUMNS = `entry_no AS "entryNo", device, epoch, seq, branch, store, lane, receipt_number AS "receiptNumber", at_ms AS "atMs", business_date AS "businessDate", currency,
  total_minor AS "totalMinor", line_count AS "lineCount", kind, training, external_reference AS "externalReference", received_at_ms AS "receivedAtMs"`;

const cursorSchema = z.tuple([z.int(), z.int()]);
export type SalesCursor = z.infer<typeof cursorSchema>;

/** Undefined for what is no cursor. */
export function parseSalesCursor(text: string): SalesCursor | undefined {
  try {
    return cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

const cursorOf = (row: SaleRow): string => Buffer.from(JSON.stringify([row.atMs, row.entryNo])).toString('base64url');

/** Newest first. */
export async function listSales(
  database: Database,
  question: SalesQuestion,
): Promise<{ readonly sales: readonly SaleView[]; readonly next: string | null }> {
  const params: unknown[] = [question.tenantNo];
  const conditions = ['tenant_no = $1'];
  const add = (condition: (place: string) => string, value: unknown): void => {
    params.push(value);
    conditions.push(condition(`$${params.length}`));
  };
  if (question.date !== undefined) add((place) => `business_date = ${place}`, question.date);
  if (question.store !== undefined) add((place) => `store = ${place}`, question.store);
  if (question.device !== undefined) add((place) => `device = ${place}`, question.device);
  if (question.before !== undefined) {
    const places = question.before.map((value) => `$${params.push(value)}`);
    conditions.push(`(at_ms, entry_no) < (${places[0]}::bigint, ${places[1]}::bigint)`);
  }
  params.push(question.limit + 1);
  const rows = await database.rows<SaleRow>(
    `SELECT ${SALE_COLUMNS} FROM sale WHERE ${conditions.join(' AND ')}
     ORDER BY at_ms DESC, entry_no DESC LIMIT $${params.length}`,
    params,
  );
  const page = rows.slice(0, question.limit);
  const last = page.at(-1);
  return { sales: page.map(saleView), next: rows.length > question.limit && last !== undefined ? cursorOf(last) : null };
}

/** What was folded behind `after`, in the order of its numbers; the newest `limit` of it. */
export async function salesSince(database: Database, tenantNo: number, after: number, limit: number): Promise<readonly SaleRow[]> {
  const rows = await database.rows<SaleRow>(
    `SELECT ${SALE_COLUMNS} FROM sale WHERE entry_no > $2 AND tenant_no = $1 ORDER BY entry_no DESC LIMIT $3`,
    [tenantNo, after, limit],
  );
  return rows.toReversed();
}

export interface SalePlace {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/** What only some lines have; absent where this one has none. */
type LineExtras = Pick<
  Sale['lines'][number],
  | 'cataloguePrice'
  | 'approvedBy'
  | 'serial'
  | 'batch'
  | 'nature'
  | 'natureReference'
  | 'tare'
  | 'depositOf'
  | 'untaxedMinor'
  | 'costMinor'
  | 'returnOf'
  | 'isUnverified'
  | 'isDefective'
  | 'returnApprovedBy'
>;

export interface SaleDetailLine extends LineExtras {
  readonly sku: string;
  readonly name: string;
  readonly code: string | null;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPrice: { readonly amount: number; readonly decimals: number };
  readonly priceType: string;
  /** Priced by the pack: how many pieces are in one, and what it cost. */
  readonly pack: PricedPack | null;
  readonly reason: string | null;
  readonly amountMinor: number;
  readonly taxClass: string;
  readonly taxRateBps: number;
  /** Left the store with this line; negative: came back. */
  readonly stockQuantity: number;
  readonly ageCheckedYears: number | null;
  /** By a `document`, or by their `appearance`; null in sales of older lanes. */
  readonly ageMethod: string | null;
  /** What was taken off the amount, share by share; promotions under the name that they have today. */
  readonly discounts: NonNullable<Sale['lines'][number]['discounts']>;
}

type SaleTender = Sale['tenders'][number];
type SaleReward = NonNullable<Sale['rewards']>[number];

export interface DetailTender extends Omit<SaleTender, 'foreign'> {
  readonly name: string;
  readonly foreign?: NonNullable<SaleTender['foreign']> & { readonly minorDigits: number };
}

/** As the catalogue has it today; absent where it has none. */
interface Named {
  readonly name?: string;
}

/** Under its promotion's name; `item` is a gift's. */
export interface DetailReward extends SaleReward, Named {
  readonly item?: string;
}

export interface SaleDetail extends SaleView, LinkedSales, Pick<Sale, 'exemption' | 'approvals' | 'points' | 'pointsTaken' | 'postVoidOf'> {
  readonly lines: readonly SaleDetailLine[];
  readonly taxes: Sale['taxes'];
  /** Each under the name that the store gives it today; its key where it has none. */
  readonly tenders: readonly DetailTender[];
  readonly changeMinor: number;
  /** What was paid beside the total, where coins are coarser than prices. */
  readonly roundingMinor: number;
  /** The versions of promotions that the sale used, what third parties pay of it, and what the shopper was given. */
  readonly promotions: readonly (NonNullable<Sale['promotions']>[number] & Named)[];
  readonly claims: NonNullable<Sale['claims']>;
  readonly rewards: readonly DetailReward[];
  /** An opaque id. */
  readonly customer: string | null;
  readonly operator: string;
  readonly shift: number;
  readonly drawer: string;
  readonly cut: Sale['cut'];
  readonly hash: string;
}

export interface SaleQuestion {
  readonly tenantNo: number;
  readonly place: SalePlace;
}

/** One sale, line by line, as its canonical bytes say it; names of goods are those of today's catalogue. Undefined where there is none. */
export async function findSale(database: Database, { tenantNo, place }: SaleQuestion): Promise<SaleDetail | undefined> {
  const [row] = await database.rows<SaleRow & { hash: Uint8Array; canonical: Uint8Array }>(
    `SELECT ${SALE_COLUMNS.replaceAll(/(^|, )(\w+)/g, '$1s.$2')}, e.hash, e.canonical FROM ledger_held e JOIN sale s ON s.entry_no = e.entry_no
     WHERE e.tenant_no = $1 AND e.device = $2 AND e.epoch = $3 AND e.seq = $4 AND e.from_seq <= $4 AND e.to_seq >= $4 ORDER BY e.branch LIMIT 1`,
    [tenantNo, place.device, place.epoch, place.seq],
  );
  if (row === undefined) return undefined;
  const { hash, canonical, ...saleRow } = row;
  const entry = readEntry(canonical, LEDGER_SCHEMAS);
  if (!entry.ok || entry.value.fields === null || entry.value.kind !== LEDGER_KINDS.sale.kind) return undefined;
  const sale = readSale(entry.value.fields);
  if (!sale.ok) return undefined;
  const namesIn = (type: EntityType, keys: readonly string[]) => namesOf(database, { tenantNo, store: saleRow.store, type, keys });
  const names = await namesIn(ENTITY_TYPES.item, [
    ...sale.value.lines.map((line) => line.sku),
    ...(sale.value.rewards ?? []).flatMap(({ reward }) => (reward.type === 'gift' ? [reward.sku] : [])),
  ]);
  const tenderNames = await namesIn(
    ENTITY_TYPES.tenderType,
    sale.value.tenders.map((tender) => tender.tenderType),
  );
  const { exemption, approvals, points, pointsTaken, postVoidOf } = sale.value;
  const promotionNames = await namesIn(
    ENTITY_TYPES.promotion,
    [...(sale.value.promotions ?? []), ...(sale.value.rewards ?? [])].map(({ promotionId }) => promotionId),
  );
  const withName = <T extends { readonly promotionId: string }>(used: T): T & Named => {
    const name = promotionNames.get(used.promotionId);
    return { ...used, ...(name !== undefined && { name }) };
  };
  const named = (discount: SaleDetailLine['discounts'][number]): typeof discount => {
    const name = discount.kind === 'manual' ? undefined : promotionNames.get(promotionIdOf(discount.reference));
    return { ...discount, ...(name !== undefined && { name }) };
  };
  return {
    ...saleView(saleRow),
    ...(await linkedSales(database, tenantNo, saleRow)),
    ...definedOf({ exemption, approvals, points, pointsTaken, postVoidOf }),
    lines: sale.value.lines.map((line) => ({
      ...extrasOf(line),
      sku: line.sku,
      name: line.text ?? names.get(line.sku) ?? line.sku,
      code: line.code ?? null,
      quantity: line.quantity.value,
      unit: line.quantity.unit,
      unitPrice: line.unitPrice,
      priceType: line.priceType,
      pack: packOf(line, minorDigitsOf(sale.value.currency)) ?? null,
      reason: line.reason ?? null,
      amountMinor: line.amountMinor,
      taxClass: line.taxClass,
      taxRateBps: line.taxRateBps,
      stockQuantity: line.stockQuantity,
      ageCheckedYears: line.ageCheckedYears ?? null,
      ageMethod: line.ageMethod ?? null,
      discounts: (line.discounts ?? []).map(named),
    })),
    taxes: sale.value.taxes,
    tenders: sale.value.tenders.map(({ foreign, ...tender }) => ({
      ...tender,
      name: tenderNames.get(tender.tenderType) ?? tender.tenderType,
      ...(foreign !== undefined && { foreign: { ...foreign, minorDigits: minorDigitsOf(foreign.currency) } }),
    })),
    changeMinor: sale.value.changeMinor,
    roundingMinor: sale.value.roundingMinor ?? 0,
    promotions: (sale.value.promotions ?? []).map(withName),
    claims: sale.value.claims ?? [],
    rewards: (sale.value.rewards ?? []).map((reward) => {
      const item = reward.reward.type === 'gift' ? names.get(reward.reward.sku) : undefined;
      return { ...withName(reward), ...(item !== undefined && { item }) };
    }),
    customer: sale.value.customer ?? null,
    operator: sale.value.operator,
    shift: sale.value.shift,
    drawer: sale.value.drawer,
    cut: sale.value.cut,
    hash: bytesToHex(hash),
  };
}

/** A promotion's reference is its id and the hash of what it said. */
const promotionIdOf = (reference: string): string => reference.slice(0, reference.lastIndexOf('@'));

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without what is undefined. */
const definedOf = <T extends object>(facts: T): Defined<T> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Defined<T>;

function extrasOf(line: Sale['lines'][number]): LineExtras {
  const { cataloguePrice, approvedBy, serial, batch, nature, natureReference, tare, depositOf, untaxedMinor, costMinor } = line;
  const { returnOf, isUnverified, isDefective, returnApprovedBy } = line;
  const goods = { cataloguePrice, approvedBy, serial, batch, nature, natureReference, tare, depositOf, untaxedMinor };
  return definedOf({ ...goods, costMinor, returnOf, isUnverified, isDefective, returnApprovedBy });
}

interface NamesQuestion {
  readonly tenantNo: number;
  readonly store: string;
  /** One with a column `name`. */
  readonly type: EntityType;
  readonly keys: readonly string[];
}

/** The narrowest scope's name of each entity. */
async function namesOf(database: Database, { tenantNo, store, type, keys }: NamesQuestion): Promise<ReadonlyMap<string, string>> {
  const column = type.columns.find(({ name }) => name === 'name');
  assert(column !== undefined, `${type.name} has names`);
  const rows = await database.rows<{ key: string; name: string | null }>(
    `SELECT key, fields ->> $5 AS name FROM entity
     WHERE tenant_no = $1 AND type = $4 AND key IN (SELECT jsonb_array_elements_text($2::jsonb))
       AND scope IN ('global', 'zone:' || (SELECT zone FROM store s WHERE s.tenant_no = $1 AND s.store = $3), 'store:' || $3)
     ORDER BY CASE WHEN scope = 'global' THEN 1 WHEN scope LIKE 'zone:%' THEN 2 ELSE 3 END`,
    [tenantNo, JSON.stringify([...new Set(keys)]), store, type.type, String(column.number)],
  );
  return new Map(rows.flatMap(({ key, name }) => (name === null ? [] : [[key, name]])));
}
