/** What is told of each workload, in the same words: what it sent beside its bound, how long it took, what both ends spent, and how many rows came out wrong. */
import { nodeHash } from '@holdfast/base/node';
import { ENTITY_TYPES, priceKey } from '@holdfast/domain';
import type { ReplicaStore } from '@holdfast/sync';
import { SALE_SCHEMAS } from '@holdfast/sync/generated-sales';
import { createSqliteStore } from '@holdfast/sync/sqlite';
import type { HubApi } from '@holdfast/tools/hub-api';
import Database from 'better-sqlite3';

import { figure, type Figure } from '../report.ts';
import type { Metered, Usage } from './usage.ts';

export interface Rows {
  readonly lost: number;
  readonly doubled: number;
  readonly divergent: number;
}

export interface Workload {
  readonly sentBytes: number;
  /** 0: at the least nothing would have to be said. */
  readonly boundBytes: number;
  /** Of the hub, and of the lane or of all lanes. */
  readonly cost: Metered<unknown>;
  readonly rows: Rows;
}

/** `note`: where it was ended before it was there. */
export function workloadFigures(name: string, { sentBytes, boundBytes, cost, rows }: Workload, note?: string): readonly Figure[] {
  return [
    figure(`${name}: sent`, sentBytes, 'bytes', note),
    figure(`${name}: bound`, boundBytes, 'bytes'),
    ...(boundBytes > 0 ? [figure(`${name}: sent ÷ bound`, sentBytes / boundBytes, '×', note)] : []),
    ...costFigures(name, cost, note),
    ...rowFigures(name, rows),
  ];
}

export function costFigures(name: string, { tookS, used }: Metered<unknown>, note?: string): readonly Figure[] {
  const of = (at: number): Usage => used[at] ?? { cpuS: 0, peakMb: 0 };
  return [
    figure(`${name}: converged`, tookS, 's', note),
    figure(`${name}: processor, both ends`, of(0).cpuS + of(1).cpuS, 's'),
    figure(`${name}: peak memory, hub`, of(0).peakMb, 'MB'),
    figure(`${name}: peak memory, lane`, of(1).peakMb, 'MB'),
  ];
}

export const rowFigures = (name: string, { lost, doubled, divergent }: Rows): readonly Figure[] => [
  figure(`${name}: rows lost`, lost, 'rows'),
  figure(`${name}: rows doubled`, doubled, 'rows'),
  figure(`${name}: rows that differ`, divergent, 'rows'),
];

/** All of them together. */
export const sumOfRows = (all: readonly Rows[]): Rows =>
  all.reduce(
    (sum, each) => ({ lost: sum.lost + each.lost, doubled: sum.doubled + each.doubled, divergent: sum.divergent + each.divergent }),
    { lost: 0, doubled: 0, divergent: 0 },
  );

export const wrongRows = ({ lost, doubled, divergent }: Rows): number => lost + doubled + divergent;

/** What was published: of each article its key and its price in cents, null where it was taken away. */
export interface PublishedGoods {
  readonly count: number;
  readonly skuOf: (n: number) => string;
  readonly centsOf: (n: number) => number | null;
}

/** What a lane shows at its cut beside what was published: articles or prices that are not there, articles that nobody published, prices that are others and articles that should be gone. */
export function goodsRows(store: Pick<ReplicaStore, 'cut' | 'readEntity' | 'readPrefix'>, { count, skuOf, centsOf }: PublishedGoods): Rows {
  const { at } = store.cut();
  let [lost, divergent, known] = [0, 0, 0];
  for (let n = 0; n < count; n += 1) {
    const [sku, cents] = [skuOf(n), centsOf(n)];
    const isThere = store.readEntity(ENTITY_TYPES.item.type, sku, at).length > 0;
    known += isThere ? 1 : 0;
    if (cents === null) {
      divergent += isThere ? 1 : 0;
      continue;
    }
    const [price] = store.readEntity(ENTITY_TYPES.price.type, priceKey(sku, 'regular'), at);
    if (!isThere || price === undefined) lost += 1;
    else if (price.fields.get(1) !== cents) divergent += 1;
  }
  return { lost, doubled: itemsAt(store, at) - known, divergent };
}

const PAGE = 10_000;

function itemsAt(store: Pick<ReplicaStore, 'readPrefix'>, at: number): number {
  let items = 0;
  for (let after: string | undefined; ;) {
    const page: ReturnType<ReplicaStore['readPrefix']> = store.readPrefix(ENTITY_TYPES.item.type, '', at, PAGE, after);
    items += page.length;
    after = page.at(-1)?.key;
    if (page.length < PAGE) return items;
  }
}

/** The same of a till, out of its database. */
export function goodsRowsOfTill(file: string, goods: PublishedGoods): Rows {
  const database = new Database(file, { readonly: true });
  try {
    return goodsRows(createSqliteStore(database, { schemas: SALE_SCHEMAS, hash: nodeHash }), goods);
  } finally {
    database.close();
  }
}

const FOLDED_WITHIN_MS = 300_000;
const LOOK_MS = 100;

/** What a device has sold, beside what the hub counts of it, which it does behind its answers. */
export async function salesRows(api: HubApi, device: string, sold: number): Promise<Rows> {
  for (const endMs = performance.now() + FOLDED_WITHIN_MS; ;) {
    const { devices } = await api.verify();
    const there = devices.find((each) => each.device === device)?.epochs.reduce((sum, { sales }) => sum + sales, 0) ?? 0;
    if (there >= sold || performance.now() > endMs)
      return { lost: Math.max(0, sold - there), doubled: Math.max(0, there - sold), divergent: 0 };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
