/**
 * What headquarters makes of all ledgers and every lane must know: how often promotions with a limit were used, and who earned which tier. It is
 * published behind ingest, a little later and together, so that a busy hour is a few publications; and a little more after a restart, because
 * what was told stands beside what was folded.
 *
 * - Uses are told of promotions that have a limit for customers or a budget, and of no others.
 * - With the sums goes how far each ledger is in them, out of one snapshot: a lane adds its own later uses, and nothing counts twice.
 * - A tier is a field of its customer, so that a list of customers that is imported again leaves it alone. Nobody who was removed comes back.
 */
import { assert, type Clock } from '@holdfast/base';
import { ENTITY_TYPES, isPersonId, parseTiers, promotionUseKey, tierOfPoints, usesCountedKey, type LoyaltyTier } from '@holdfast/domain';
import { z } from 'zod';

import type { EntityRow } from '../catalog/changes.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';

export interface StandingPorts {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly identity: HubIdentity;
  readonly clock: Clock;
}

export interface Standings {
  /** Something that limits or tiers ask for has come. */
  call(): void;
  /** Ends the waiting; what is under way is finished. */
  stop(): Promise<void>;
}

/** Of one publication. */
const MOST_AT_ONCE = 2_000;
const DAY_MS = 86_400_000;

export interface StandingPace {
  /** From a call to its publication. */
  readonly afterMs: number;
  /** Tiers fall with time, too. */
  readonly everyMs: number;
}

export const STANDING_PACE: StandingPace = { afterMs: 15_000, everyMs: 3_600_000 };

export function createStandings(ports: StandingPorts, pace: StandingPace, onFailure: (error: unknown) => void): Standings {
  let waiting: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let isStopped = false;
  let judgedDay = -1;
  const publish = async (): Promise<void> => {
    const day = Math.floor(ports.clock.nowMs() / DAY_MS);
    await publishStandings(ports, day !== judgedDay);
    judgedDay = day;
  };
  const call = (): void => {
    if (isStopped || waiting !== undefined) return;
    waiting = setTimeout(() => {
      waiting = undefined;
      working = (working ?? Promise.resolve()).then(publish).catch(onFailure);
    }, pace.afterMs);
    waiting.unref();
  };
  const clock = setInterval(call, pace.everyMs);
  clock.unref();
  call();
  return {
    call,
    stop: async () => {
      isStopped = true;
      clearTimeout(waiting);
      clearInterval(clock);
      await working;
    },
  };
}

/** Everything that is to be told, in as many publications as it takes. `isNewDay`: also what time alone has changed. */
async function publishStandings(ports: StandingPorts, isNewDay = true): Promise<void> {
  while (await publishUses(ports)) continue;
  let [isMore, isFirst] = [true, isNewDay];
  while (isMore) {
    isMore = await publishTiers(ports, isFirst);
    isFirst = false;
  }
}

// ---- promotions

const limitsSchema = z.object({
  limits: z.object({ perCustomer: z.int().optional(), budgetMinor: z.int().optional() }),
});

/** Promotions that lanes ask for by customer, or by budget. */
interface Limited {
  readonly byCustomer: readonly string[];
  readonly byBudget: readonly string[];
}

export async function limitedPromotions(tx: Queries, tenantNo: number): Promise<Limited> {
  const rows = await tx.rows<{ key: string; body: string }>(
    `SELECT key, fields ->> '2' AS body FROM entity WHERE tenant_no = $1 AND type = $2 AND alive
       AND (fields ->> '2' LIKE '%"perCustomer"%' OR fields ->> '2' LIKE '%"budgetMinor"%')`,
    [tenantNo, ENTITY_TYPES.promotion.type],
  );
  const byCustomer = new Set<string>();
  const byBudget = new Set<string>();
  for (const { key, body } of rows) {
    const limits = limitsSchema.safeParse(parsedOrNull(body)).data?.limits;
    if (limits?.perCustomer !== undefined) byCustomer.add(key);
    if (limits?.budgetMinor !== undefined) byBudget.add(key);
  }
  return { byCustomer: [...byCustomer], byBudget: [...byBudget] };
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type SumTuple = readonly [promotionId: string, customer: string, uses: string, discountMinor: string];
type ToldTuple = readonly [promotionId: string, customer: string, device: string, uses: string, discountMinor: string];
type CountedTuple = readonly [device: string, store: string, epoch: string, seq: number];

interface Untold {
  readonly sums: readonly SumTuple[] | null;
  readonly told: readonly ToldTuple[] | null;
  readonly counted: readonly CountedTuple[] | null;
  readonly devices: number;
}

/** Sums, what they are made of, and how far the ledgers are in them: one statement, so that all of it is of one moment. */
const UNTOLD_SQL = `WITH untold AS (
  SELECT DISTINCT promotion_id, customer FROM promotion_use
  WHERE tenant_no = $1 AND (uses <> told_uses OR discount_minor <> told_discount_minor)
    AND ((customer = '' AND promotion_id IN (SELECT jsonb_array_elements_text($2::jsonb)))
      OR (customer <> '' AND promotion_id IN (SELECT jsonb_array_elements_text($3::jsonb))))
  ORDER BY promotion_id, customer LIMIT ${MOST_AT_ONCE}),
made AS (
  SELECT u.promotion_id, u.customer, u.device, u.uses, u.discount_minor, u.uses <> u.told_uses OR u.discount_minor <> u.told_discount_minor AS is_new FROM untold
  JOIN promotion_use u ON u.tenant_no = $1 AND u.promotion_id = untold.promotion_id AND u.customer = untold.customer)
SELECT
  (SELECT json_agg(json_build_array(promotion_id, customer, uses::text, discount::text)) FROM (
    SELECT promotion_id, customer, sum(uses) AS uses, sum(discount_minor) AS discount FROM made GROUP BY promotion_id, customer) AS sums) AS sums,
  (SELECT json_agg(json_build_array(promotion_id, customer, device, uses::text, discount_minor::text)) FROM made WHERE is_new) AS told,
  (SELECT json_agg(json_build_array(c.device, d.store, c.epoch, c.seq)) FROM uses_counted c JOIN device d ON d.device = c.device
    WHERE c.tenant_no = $1 AND EXISTS (SELECT 1 FROM made WHERE made.device = c.device AND is_new)) AS counted,
  (SELECT count(*) FROM device WHERE tenant_no = $1) AS devices`;

/** A look before the sequencer is taken: most folds bring nothing that a limit asks for. */
async function hasUntold({ database, identity: { tenantNo } }: StandingPorts): Promise<boolean> {
  const { byBudget, byCustomer } = await limitedPromotions(database, tenantNo);
  if (byBudget.length + byCustomer.length === 0) return false;
  const rows = await database.rows(
    `SELECT 1 FROM promotion_use WHERE tenant_no = $1 AND (uses <> told_uses OR discount_minor <> told_discount_minor)
       AND ((customer = '' AND promotion_id IN (SELECT jsonb_array_elements_text($2::jsonb)))
         OR (customer <> '' AND promotion_id IN (SELECT jsonb_array_elements_text($3::jsonb)))) LIMIT 1`,
    [tenantNo, JSON.stringify(byBudget), JSON.stringify(byCustomer)],
  );
  return rows.length > 0;
}

/** Whether there is more to tell. */
async function publishUses(ports: StandingPorts): Promise<boolean> {
  const { tenantNo } = ports.identity;
  if (!(await hasUntold(ports))) return false;
  const done = await ports.database.transaction(
    async (tx): Promise<{ readonly published: Published; readonly told: number } | undefined> => {
      // The sequencer first, as every publication does: what is read behind it is what it tells.
      const publication = await ports.catalog.open(tx, 'use of promotions');
      const { byBudget, byCustomer } = await limitedPromotions(tx, tenantNo);
      if (byBudget.length + byCustomer.length === 0) return undefined;
      const [untold] = await tx.rows<Untold>(UNTOLD_SQL, [tenantNo, JSON.stringify(byBudget), JSON.stringify(byCustomer)]);
      assert(untold !== undefined, 'an aggregate has a row');
      const { sums, told, counted, devices } = untold;
      if (sums === null || told === null) return undefined;
      await publication.put([
        ...sums.map(([promotionId, customer, uses, discountMinor]): EntityRow => ({
          t: ENTITY_TYPES.promotionUse.type,
          k: promotionUseKey(promotionId, customer),
          s: 'global',
          f: { '1': wholeOf(uses), '2': wholeOf(discountMinor), ...(customer === '' && { '3': devices }) },
        })),
        ...(counted ?? []).map(([device, store, epoch, seq]): EntityRow => ({
          t: ENTITY_TYPES.usesCounted.type,
          k: usesCountedKey(device, epoch),
          s: `store:${store}`,
          f: { '1': seq },
        })),
      ]);
      const published = await publication.finish();
      await tx.execute(
        // Locked in the order in which ingest locks them: neither waits for the other crosswise.
        `WITH told AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS x (p text, c text, d text, n numeric, m numeric)),
       locked AS (SELECT u.ctid AS place, told.n, told.m FROM promotion_use u
         JOIN told ON u.promotion_id = told.p AND u.customer = told.c AND u.device = told.d
         WHERE u.tenant_no = $1 ORDER BY u.promotion_id, u.customer, u.device FOR UPDATE OF u)
       UPDATE promotion_use u SET told_uses = locked.n, told_discount_minor = locked.m FROM locked WHERE u.ctid = locked.place`,
        [tenantNo, JSON.stringify(told.map(([p, c, d, n, m]) => ({ p, c, d, n, m })))],
      );
      return { published, told: sums.length };
    },
  );
  if (done === undefined) return false;
  ports.catalog.announce(done.published);
  return done.told === MOST_AT_ONCE;
}

/** What no whole number of a cell holds stands at the greatest one: a limit is reached either way. */
const wholeOf = (text: string): number => Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, Number(text)));

// ---- tiers

interface TierRules {
  readonly tiers: readonly LoyaltyTier[];
  /** `YYYY-MM-DD`: what was earned before counts no more; empty: everything counts. */
  readonly from: string;
}

/** The company's own: under `global`, or the only one that any store has. */
async function tierRules(tx: Queries, tenantNo: number, nowMs: number): Promise<TierRules | undefined> {
  const rows = await tx.rows<{ key: string; scope: string; value: string }>(
    `SELECT key, scope, fields ->> '1' AS value FROM entity
     WHERE tenant_no = $1 AND type = $2 AND alive AND key IN ('loyaltyTiers', 'loyaltyTierDays') ORDER BY scope`,
    [tenantNo, ENTITY_TYPES.setting.type],
  );
  const valueOf = (key: string): string | undefined => {
    const own = rows.filter((row) => row.key === key);
    const values = new Set(own.map(({ value }) => value));
    return own.find(({ scope }) => scope === 'global')?.value ?? (values.size === 1 ? own[0]?.value : undefined);
  };
  const tiers = parseTiers(valueOf('loyaltyTiers') ?? '') ?? [];
  if (tiers.length === 0) return undefined;
  const days = Number(valueOf('loyaltyTierDays') ?? 0);
  const from = Number.isSafeInteger(days) && days > 0 ? new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10) : '';
  return { tiers, from };
}

interface JudgedRow {
  readonly customer: string;
  readonly points: string;
  /** Where their cell stands, or is to stand: in their own store's scope, where that is known. */
  readonly scope: string;
  /** As that cell has it. */
  readonly tier: string | null;
  /** Somebody of this key was there, and nobody is any more. */
  readonly is_gone: boolean;
}

/** Of so many customers, in the order in which ingest locks them: what comes after this is seen the next time. */
const TAKE_SQL = `WITH asked AS (
  SELECT DISTINCT customer FROM points_earned WHERE tenant_no = $1 AND points <> judged_points ORDER BY customer LIMIT ${MOST_AT_ONCE}),
locked AS (
  SELECT p.ctid AS place FROM points_earned p JOIN asked ON asked.customer = p.customer
  WHERE p.tenant_no = $1 AND p.points <> p.judged_points ORDER BY p.customer, p.business_date FOR UPDATE OF p)
UPDATE points_earned p SET judged_points = points FROM locked WHERE p.ctid = locked.place RETURNING p.customer`;

/** Of a customer who is known under several ids, all that was earned under any. */
const JUDGED_SQL = `SELECT asked.customer, (SELECT coalesce(sum(p.points), 0)::text FROM points_earned p
    WHERE p.tenant_no = $1 AND p.business_date >= $2 AND (p.customer = asked.customer
      OR p.customer IN (SELECT alias FROM customer_alias a WHERE a.tenant_no = $1 AND a.customer = asked.customer))) AS points,
  coalesce(cell.scope, (SELECT 'store:' || c.store FROM customer c WHERE c.tenant_no = $1 AND c.customer = asked.customer), 'global') AS scope,
  cell.tier,
  EXISTS (SELECT 1 FROM entity WHERE tenant_no = $1 AND type = $3 AND key = asked.customer) AND cell.scope IS NULL AS is_gone
  FROM (SELECT DISTINCT coalesce(known.customer, value COLLATE "C") AS customer FROM jsonb_array_elements_text($4::jsonb)
    LEFT JOIN customer_alias known ON known.tenant_no = $1 AND known.alias = value COLLATE "C") AS asked
  LEFT JOIN LATERAL (SELECT scope, fields ->> '4' AS tier FROM entity WHERE tenant_no = $1 AND type = $3 AND key = asked.customer AND alive
    ORDER BY scope DESC LIMIT 1) AS cell ON true`;

/** Everybody who has a tier: with the days it may be lost. */
const TIERED_SQL = `SELECT DISTINCT key AS customer FROM entity WHERE tenant_no = $1 AND type = $2 AND alive AND fields ->> '4' IS NOT NULL`;

/** Whether there is more to tell. */
async function publishTiers(ports: StandingPorts, isNewDay: boolean): Promise<boolean> {
  const { tenantNo } = ports.identity;
  const { type } = ENTITY_TYPES.customer;
  if ((await tierRules(ports.database, tenantNo, ports.clock.nowMs())) === undefined) return false;
  const unjudged = await ports.database.rows('SELECT 1 FROM points_earned WHERE tenant_no = $1 AND points <> judged_points LIMIT 1', [
    tenantNo,
  ]);
  if (unjudged.length === 0 && !isNewDay) return false;
  const done = await ports.database.transaction(
    async (tx): Promise<{ readonly published: Published; readonly isMore: boolean } | undefined> => {
      const publication = await ports.catalog.open(tx, 'tiers of customers');
      const rules = await tierRules(tx, tenantNo, ports.clock.nowMs());
      if (rules === undefined) return undefined;
      const taken = new Set((await tx.rows<{ customer: string }>(TAKE_SQL, [tenantNo])).map(({ customer }) => customer));
      const tiered = isNewDay ? await tx.rows<{ customer: string }>(TIERED_SQL, [tenantNo, type]) : [];
      const asked = [...new Set([...taken, ...tiered.map(({ customer }) => customer)])];
      const judged = await tx.rows<JudgedRow>(JUDGED_SQL, [tenantNo, rules.from, type, JSON.stringify(asked)]);
      await publication.put(
        judged.flatMap(({ customer, points, scope, tier, is_gone: isGone }): EntityRow[] => {
          const now = tierOfPoints(Number(points), rules)?.tier ?? null;
          return now === tier || isGone || !isPersonId(customer) ? [] : [{ t: type, k: customer, s: scope, f: { '4': now } }];
        }),
      );
      return { published: await publication.finish(), isMore: taken.size === MOST_AT_ONCE };
    },
  );
  if (done === undefined) return false;
  ports.catalog.announce(done.published);
  return done.isMore;
}
