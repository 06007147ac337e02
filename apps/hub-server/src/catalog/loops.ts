/**
 * What may not lead back to itself, looked for in the transaction of a publication, over all that would hold with it: coupons that hand out
 * each other, and goods that are at the end their own deposit. One entity alone cannot show it; so this is asked once, at the end.
 */
import { ENTITY_TYPES, findCouponLoop, type CouponStep } from '@holdfast/domain';
import { z } from 'zod';

import type { Queries } from '../db/database.ts';
import type { EntityRow } from './changes.ts';

/** Ends the publication: its transaction is rolled back, and whoever publishes is told. */
export class LoopFault extends Error {
  override readonly name = 'LoopFault';
}

const DEPOSIT_COLUMN = '10';

export const asksForCoupons = ({ t }: EntityRow): boolean => t === ENTITY_TYPES.promotion.type;
export const hasDeposit = ({ t, f }: EntityRow): boolean => t === ENTITY_TYPES.item.type && typeof f[DEPOSIT_COLUMN] === 'string';

/** Only what loops are made of; whether a rule can be used is judged elsewhere. */
const stepSchema = z.object({
  coupon: z.object({ code: z.string() }).optional(),
  offer: z.object({ reward: z.object({ type: z.literal('nextCoupon'), code: z.string() }) }),
});

export async function refuseCouponLoop(tx: Queries, tenantNo: number): Promise<void> {
  const rows = await tx.rows<{ key: string; body: string }>(
    `SELECT key, fields ->> '2' AS body FROM entity
     WHERE tenant_no = $1 AND type = $2 AND alive AND fields ->> '2' LIKE '%nextCoupon%' ORDER BY key, scope`,
    [tenantNo, ENTITY_TYPES.promotion.type],
  );
  const steps = rows.flatMap(({ key, body }): CouponStep[] => {
    const step = stepSchema.safeParse(parsedOrNull(body)).data;
    if (step === undefined) return [];
    return [{ promotionId: key, gives: step.offer.reward.code, ...(step.coupon !== undefined && { asksFor: step.coupon.code }) }];
  });
  const loop = findCouponLoop(steps);
  if (loop !== undefined) throw new LoopFault(`these promotions hand out each other's coupons without end: ${loop.join(', ')}`);
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of goods that this publication wrote, as any store would see them. A chain that is longer than any lane follows is no loop. */
export async function refuseDepositLoop(tx: Queries, tenantNo: number, lsn: number): Promise<void> {
  const [loop] = await tx.rows<{ sku: string }>(
    `WITH RECURSIVE chain (sku, next, steps) AS (
       SELECT key, fields ->> '${DEPOSIT_COLUMN}', 1 FROM entity WHERE tenant_no = $1 AND lsn = $3 AND type = $2 AND alive AND fields ? '${DEPOSIT_COLUMN}'
       UNION SELECT chain.sku, item.fields ->> '${DEPOSIT_COLUMN}', steps + 1 FROM chain JOIN entity item ON item.tenant_no = $1 AND item.key = chain.next
         AND item.type = $2 AND item.alive AND item.fields ? '${DEPOSIT_COLUMN}'
       WHERE chain.next <> chain.sku AND steps < 10)
     SELECT sku FROM chain WHERE next = sku LIMIT 1`,
    [tenantNo, ENTITY_TYPES.item.type, lsn],
  );
  if (loop !== undefined) throw new LoopFault(`${loop.sku} would be, at the end, its own deposit`);
}
