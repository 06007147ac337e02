/**
 * What may be given beyond a limit while lanes are cut off: each of them knows of its own sales alone. Shown before anybody is hurt: how many
 * lanes are cut off now, what is left of each limit, and the product of both.
 */
import type { Clock } from '@holdfast/base';
import { ENTITY_TYPES, minorDigitsOf, worstOverspend } from '@holdfast/domain';
import { z } from 'zod';

import type { Database } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';
import { limitedPromotions } from './standings.ts';

export interface PromotionExposure {
  readonly promotionId: string;
  readonly name: string;
  readonly uses: number;
  readonly currency: string | null;
  readonly minorDigits: number;
  /** Null where it has no budget. */
  readonly budget: { readonly limitMinor: number; readonly usedMinor: number; readonly worstOverspendMinor: number } | null;
  /** Null where it has no limit for customers; `worstOverspend`: uses that one customer may get beyond it. */
  readonly perCustomer: { readonly limit: number; readonly customersAtLimit: number; readonly worstOverspend: number } | null;
}

/** What lanes take from one balance without the hub. */
export interface BalanceExposure {
  readonly scope: string;
  readonly currency: string | null;
  readonly minorDigits: number;
  readonly limitMinor: number;
  readonly cutOffDevices: number;
  /** Of one card or account. */
  readonly worstOverspendMinor: number;
}

export interface Exposure {
  readonly devices: number;
  readonly cutOffDevices: number;
  readonly promotions: readonly PromotionExposure[];
  readonly balances: readonly BalanceExposure[];
}

export interface ExposurePorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly tenantNo: number;
  /** The last sign of life of a device that holds its poke socket open; undefined for others. */
  readonly aliveAtMs: (device: string) => number | undefined;
}

/** A lane in contact speaks to the hub at least this often, with room for one lost word. */
const IN_STEP_WITHIN_MS = 90_000;

const bodySchema = z.object({
  currency: z.string().optional(),
  limits: z.object({ perCustomer: z.int().optional(), budgetMinor: z.int().optional() }),
});

export async function readExposure(ports: ExposurePorts): Promise<Exposure> {
  const { database, tenantNo, clock, aliveAtMs } = ports;
  const devices = await database.rows<{ device: string; store: string; last_seen_ms: number | null }>(
    'SELECT device, store, last_seen_ms FROM device WHERE tenant_no = $1 AND last_seen_ms IS NOT NULL',
    [tenantNo],
  );
  const nowMs = clock.nowMs();
  const cutOff = devices.filter(
    ({ device, last_seen_ms: seenMs }) => nowMs - Math.max(seenMs ?? 0, aliveAtMs(device) ?? 0) > IN_STEP_WITHIN_MS,
  );
  return {
    devices: devices.length,
    cutOffDevices: cutOff.length,
    promotions: await readPromotions(ports, cutOff.length),
    balances: await readBalances(ports, cutOff),
  };
}

interface PromotionRow {
  readonly key: string;
  readonly name: string;
  readonly body: string;
  readonly uses: string;
  readonly discount: string;
  readonly at_limit: number;
}

async function readPromotions({ database, tenantNo }: ExposurePorts, cutOffDevices: number): Promise<readonly PromotionExposure[]> {
  const { byBudget, byCustomer } = await limitedPromotions(database, tenantNo);
  const rows = await database.rows<PromotionRow>(
    `SELECT e.key, e.fields ->> '1' AS name, e.fields ->> '2' AS body, coalesce(total.uses, 0)::text AS uses, coalesce(total.discount, 0)::text AS discount,
       (SELECT count(*) FROM (SELECT 1 FROM promotion_use u WHERE u.tenant_no = $1 AND u.promotion_id = e.key AND u.customer <> ''
         GROUP BY u.customer HAVING sum(u.uses) >= ((e.fields ->> '2')::jsonb #>> '{limits,perCustomer}')::numeric) AS full_customers) AS at_limit
     FROM (SELECT DISTINCT ON (key) * FROM entity WHERE tenant_no = $1 AND type = $2 AND alive
         AND key IN (SELECT jsonb_array_elements_text($3::jsonb)) ORDER BY key, scope) AS e
     LEFT JOIN LATERAL (SELECT sum(uses) AS uses, sum(discount_minor) AS discount FROM promotion_use u
       WHERE u.tenant_no = $1 AND u.promotion_id = e.key AND u.customer = '') AS total ON true ORDER BY e.key`,
    [tenantNo, ENTITY_TYPES.promotion.type, JSON.stringify([...new Set([...byBudget, ...byCustomer])])],
  );
  return rows.flatMap(({ key, name, body, uses, discount, at_limit: customersAtLimit }): PromotionExposure[] => {
    const rule = bodySchema.safeParse(JSON.parse(body)).data;
    if (rule === undefined) return [];
    const { budgetMinor, perCustomer } = rule.limits;
    const usedMinor = Number(discount);
    const currency = rule.currency ?? null;
    return [
      {
        promotionId: key,
        name,
        uses: Number(uses),
        currency,
        minorDigits: currency === null ? 2 : minorDigitsOf(currency),
        budget:
          budgetMinor === undefined
            ? null
            : { limitMinor: budgetMinor, usedMinor, worstOverspendMinor: worstOverspend(budgetMinor, usedMinor, cutOffDevices) },
        perCustomer:
          perCustomer === undefined
            ? null
            : { limit: perCustomer, customersAtLimit, worstOverspend: worstOverspend(perCustomer, 0, cutOffDevices) },
      },
    ];
  });
}

async function readBalances(
  { database, tenantNo }: ExposurePorts,
  cutOff: readonly { readonly store: string }[],
): Promise<readonly BalanceExposure[]> {
  const rows = await database.rows<{ scope: string; value: string }>(
    `SELECT scope, fields ->> '1' AS value FROM entity WHERE tenant_no = $1 AND type = $2 AND alive AND key = 'offlineSpendingLimitMinor' ORDER BY scope`,
    [tenantNo, ENTITY_TYPES.setting.type],
  );
  const stores = await listStores(database, tenantNo);
  return rows.flatMap(({ scope, value }): BalanceExposure[] => {
    const limitMinor = Number(value);
    if (!Number.isSafeInteger(limitMinor) || limitMinor <= 0) return [];
    const own = stores.filter(({ store, zone }) => scope === 'global' || scope === `zone:${zone}` || scope === `store:${store}`);
    const cutOffDevices = cutOff.filter(({ store }) => own.some((known) => known.store === store)).length;
    const currency = own[0]?.currency ?? null;
    const minorDigits = currency === null ? 2 : minorDigitsOf(currency);
    return [{ scope, currency, minorDigits, limitMinor, cutOffDevices, worstOverspendMinor: worstOverspend(limitMinor, 0, cutOffDevices) }];
  });
}
