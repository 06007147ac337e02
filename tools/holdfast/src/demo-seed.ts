/**
 * Gives a hub the demo's shop (`demo-catalog/`): staff, tax classes, tenders, departments, settings, goods, promotions and scheduled prices. The same seed on
 * the same seed day changes nothing.
 *
 * Order matters to a lane that looks on: taxes and settings first, so that no item is ever without them.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { gtinKey, localTimeOf, NATURES, priceKey, TENDER_KINDS } from '@holdfast/domain';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

import { CommandFailed } from './command.ts';
import type { CellWrite, HubApi, ImportReport } from './hub-api.ts';
import { decimalPrice } from './retail-file.ts';

const CATALOG = fileURLToPath(new URL('../demo-catalog/', import.meta.url));

const shopSchema = z.object({
  settings: z.record(z.string(), z.string()),
  taxClasses: z.array(z.object({ taxClass: z.string(), name: z.string(), rateBps: z.int() })),
  tenderTypes: z.array(
    z.object({
      tenderType: z.string(),
      kind: z.enum(TENDER_KINDS),
      name: z.string(),
      takesTips: z.boolean().optional(),
      isStandAlone: z.boolean().optional(),
      cashBackMaximumMinor: z.int().optional(),
      keepsBalance: z.boolean().optional(),
    }),
  ),
  departments: z.array(z.string()),
  /** What the store sells that is no goods, with a tab of its own behind the departments. */
  services: z.object({
    department: z.string(),
    items: z.array(
      z.object({
        sku: z.string(),
        gtin: z.string().optional(),
        name: z.string(),
        nature: z.enum(NATURES),
        symbol: z.string(),
        priceMinor: z.int().optional(),
      }),
    ),
  }),
  /** What its departments sell that no catalogue lists, each under an item of its own. */
  unlisted: z.array(
    z.object({ department: z.string(), sku: z.string(), name: z.string(), taxClass: z.string(), minimumAgeYears: z.int().optional() }),
  ),
  customers: z.array(
    z.object({
      customer: z.string(),
      groups: z.array(z.string()),
      exemptionCertificate: z.string().optional(),
      onAccount: z.boolean().optional(),
    }),
  ),
});

const pricesSchema = z.array(
  z.object({
    sku: z.string(),
    price_type: z.enum(['regular', 'promotional', 'clearance']),
    price: z.string(),
    currency: z.string(),
    from: z.string(),
    to: z.string(),
  }),
);

export interface Seeded {
  /** The day from which the scheduled prices count. */
  readonly seedDay: string;
  readonly report: ImportReport;
  readonly scheduledPrices: number;
  readonly promotions: number;
  readonly departments: number;
  /** The last publication that was made; null where nothing was new. */
  readonly lsn: number | null;
}

/** `seedDay`: `YYYY-MM-DD`, by default today in the shop's time zone. */
export async function seedDemo(hub: HubApi, store: string, nowMs: number, seedDay?: string): Promise<Seeded> {
  const shop = shopSchema.parse(JSON.parse(await readFile(`${CATALOG}settings.json`, 'utf8')));
  const timeZone = shop.settings['timeZone'] ?? 'UTC';
  const day = seedDay ?? localTimeOf(nowMs, timeZone).date;
  const prices = pricesSchema.parse(parse(await readFile(`${CATALOG}prices.csv`, 'utf8'), { columns: true, bom: true }));
  const settingsLsn = await hub.publish(shopCells(shop, store));
  const staff = await importPart(hub, 'staff', { scope: `store:${store}` });
  const report = await hub.importFile('catalog', createReadStream(`${CATALOG}catalog.csv`), { source: 'holdfast demo' }, () => undefined);
  if (report.refused > 0) throw new CommandFailed(`The demo catalogue has rows that the hub refused: ${JSON.stringify(report.refusals)}`);
  // Behind the goods that they mean: before them they would take nothing off.
  const promotions = await importPart(hub, 'promotions');
  const coupons = await importPart(hub, 'coupons');
  const pricesLsn = await hub.publish(prices.map((price) => priceCell(price, day, timeZone)));
  return {
    seedDay: day,
    report,
    scheduledPrices: prices.length,
    promotions: promotions.rows,
    departments: shop.departments.length + 1,
    lsn: pricesLsn ?? coupons.lsn ?? promotions.lsn ?? report.lsn ?? staff.lsn ?? settingsLsn,
  };
}

const PART_FILES = { promotions: 'promotions.json', coupons: 'coupons.json', staff: 'staff.csv' } as const;

async function importPart(
  hub: HubApi,
  kind: keyof typeof PART_FILES,
  question: Readonly<Record<string, string>> = {},
): Promise<ImportReport> {
  const file = createReadStream(`${CATALOG}${PART_FILES[kind]}`);
  const report = await hub.importFile(kind, file, { source: 'holdfast demo', ...question }, () => undefined);
  if (report.refused > 0) throw new CommandFailed(`The demo's ${kind} have rows that the hub refused: ${JSON.stringify(report.refusals)}`);
  return report;
}

const staffSchema = z.array(z.object({ id: z.string(), roles: z.string(), name: z.string(), pin: z.string(), badge: z.string() }).loose());

/** Who works in the demo's store, with what proves it: for the person who looks at it. */
export const demoStaff = async (): Promise<z.infer<typeof staffSchema>> =>
  staffSchema.parse(parse(await readFile(`${CATALOG}${PART_FILES.staff}`, 'utf8'), { columns: true, bom: true }));

function shopCells(shop: z.infer<typeof shopSchema>, store: string): readonly CellWrite[] {
  return [
    ...shop.taxClasses.map(({ taxClass, name, rateBps }) => ({ type: 'tax', key: taxClass, scope: 'global', fields: { name, rateBps } })),
    ...shop.tenderTypes.map(({ tenderType: key, ...fields }, position) => ({
      type: 'tenderType',
      key,
      scope: 'global',
      fields: { ...fields, position },
    })),
    ...[...shop.departments, shop.services.department].map((key, position) => departmentCell(shop, key, position)),
    ...shop.unlisted.map(unlistedCell),
    ...shop.services.items.flatMap((item) => serviceCells(item, shop)),
    ...shop.customers.map(({ customer: key, groups, ...rights }) => ({
      type: 'customer',
      key,
      scope: 'global',
      fields: { groups: groups.join('\n'), ...rights },
    })),
    ...Object.entries(shop.settings).map(([key, value]) => ({ type: 'setting', key, scope: `store:${store}`, fields: { value } })),
  ];
}

const unlistedCell = ({ sku, name, taxClass, minimumAgeYears }: z.infer<typeof shopSchema>['unlisted'][number]): CellWrite => ({
  type: 'item',
  key: sku,
  scope: 'global',
  fields: { name, taxClass, unit: 'piece', ...(minimumAgeYears !== undefined && { minimumAgeYears }) },
});

function departmentCell({ unlisted }: z.infer<typeof shopSchema>, key: string, position: number): CellWrite {
  const sku = unlisted.find(({ department }) => department === key)?.sku;
  return { type: 'department', key, scope: 'global', fields: { position, ...(sku !== undefined && { unlistedSku: sku }) } };
}

function serviceCells(
  { sku, gtin, name, nature, symbol, priceMinor }: z.infer<typeof shopSchema>['services']['items'][number],
  { services, settings, taxClasses }: z.infer<typeof shopSchema>,
): readonly CellWrite[] {
  const taxClass = taxClasses.at(-1)?.taxClass ?? '';
  const scope = 'global';
  const price = { amount: priceMinor ?? 0, decimals: 2, currency: settings['currency'] ?? '' };
  return [
    { type: 'item', key: sku, scope, fields: { name, category: services.department, taxClass, unit: 'piece', nature, symbol } },
    ...(gtin === undefined ? [] : [{ type: 'code', key: gtinKey(gtin), scope, fields: { sku } }]),
    ...(priceMinor === undefined ? [] : [{ type: 'price', key: priceKey(sku, 'regular'), scope, fields: price }]),
  ];
}

function priceCell(row: z.infer<typeof pricesSchema>[number], seedDay: string, timeZone: string): CellWrite {
  const price = decimalPrice(row.price);
  if (price === null) throw new CommandFailed(`prices.csv: ${row.price} of ${row.sku} is no price`);
  const fromMs = row.from === '' ? undefined : offsetToMs(row.from, seedDay, timeZone);
  const toMs = row.to === '' ? undefined : offsetToMs(row.to, seedDay, timeZone);
  return {
    type: 'price',
    key: priceKey(row.sku, row.price_type, fromMs),
    scope: 'global',
    fields: {
      amount: price.amount,
      decimals: price.decimals,
      currency: row.currency,
      ...(fromMs === undefined ? {} : { fromMs }),
      ...(toMs === undefined ? {} : { toMs }),
    },
  };
}

/** `+3dT08:00`: that many days after the seed day, at that time (midnight without one) on the store's clock. Answers ms since 1970, UTC. */
export function offsetToMs(offset: string, seedDay: string, timeZone: string): number {
  const match = /^([+-]\d{1,3})d(?:T(\d{2}):(\d{2}))?$/.exec(offset);
  if (match === null) throw new CommandFailed(`prices.csv: "${offset}" is no day and time (+3dT08:00)`);
  const wallMs = Date.parse(`${seedDay}T${match[2] ?? '00'}:${match[3] ?? '00'}:00Z`) + Number(match[1]) * 86_400_000;
  // The zone's own clock at a first guess tells how far off the guess is; a second look settles days on which the clocks change.
  let atMs = wallMs;
  for (let look = 0; look < 2; look += 1) {
    const local = localTimeOf(atMs, timeZone);
    atMs += wallMs - Date.parse(`${local.date}T${local.time}Z`);
  }
  return atMs;
}
