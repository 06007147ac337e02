/** Prices and campaigns as they are answered. */
import { PRICE_REASONS, SCHEDULED_PRICE_TYPES } from '@holdfast/domain';
import { z } from 'zod';

import { CAMPAIGN_STATES } from '../../prices/campaigns.ts';
import { atMs, PUBLISHED, shownPrice } from './parts.ts';

const price = shownPrice.nullable();
const next = z.string().nullable();
const reason = z.enum(PRICE_REASONS).nullable();

export const PRICES = z.object({
  prices: z.array(
    z.object({
      sku: z.string(),
      name: z.string(),
      unit: z.string(),
      now: price,
      /** From these moments on. */
      next: z.array(z.object({ atMs, price })),
      /** Narrower places that have prices of their own. */
      elsewhere: z.array(z.string()),
    }),
  ),
  next,
});

export const PRICES_OF_ONE = z.object({
  sku: z.string(),
  atMs,
  prices: z.array(
    z.object({
      key: z.string(),
      scope: z.string(),
      price: shownPrice,
      fromMs: atMs.nullable(),
      toMs: atMs.nullable(),
      priority: z.int(),
      fromQuantity: z.int().nullable(),
      customerGroup: z.string().nullable(),
      /** Why it does not hold there, then; null: it does. */
      reason,
    }),
  ),
  stores: z.array(z.object({ stores: z.array(z.string()), price })),
});

export const PRICE_MOMENTS = z.object({
  moments: z.array(
    z.object({
      atMs,
      what: z.enum(['begins', 'ends']),
      sku: z.string(),
      name: z.string(),
      unit: z.string(),
      scope: z.string(),
      price: shownPrice,
      fromMs: atMs.nullable(),
      toMs: atMs.nullable(),
    }),
  ),
  next,
});
export const PRICE_DAYS = z.object({ days: z.array(z.object({ date: z.string(), begins: z.int(), ends: z.int() })) });

/** What each store would get, and the publication that it was looked at by. */
export const PRICE_PREVIEW = z.object({
  lsn: z.int(),
  differing: z.int(),
  groups: z.array(
    z.object({
      stores: z.array(z.string()),
      prices: z.array(
        z.object({
          sku: z.string(),
          name: z.string(),
          unit: z.string(),
          type: z.enum(SCHEDULED_PRICE_TYPES),
          fromQuantity: z.int().optional(),
          customerGroup: z.string().optional(),
          fromMs: atMs.nullable(),
          before: price,
          after: price,
          /** What is charged once it is over. */
          end: z.object({ atMs, price }).nullable(),
          /** Why it would not hold. */
          reason,
        }),
      ),
    }),
  ),
});
export const PRICES_WRITTEN = z.union([PUBLISHED, PRICE_PREVIEW]);

const content = z.object({
  sku: z.string(),
  scopes: z.array(z.string()),
  type: z.enum(SCHEDULED_PRICE_TYPES),
  amount: z.string().nullable(),
  currency: z.string().optional(),
  from: z.string(),
  to: z.string(),
  priority: z.int().optional(),
  fromQuantity: z.int().optional(),
  customerGroup: z.string().optional(),
});

const campaign = z.object({
  campaign: z.int(),
  name: z.string(),
  state: z.enum(CAMPAIGN_STATES),
  version: z.int(),
  createdBy: z.string(),
  submittedBy: z.string().nullable(),
  submittedAtMs: atMs.nullable(),
  approvedBy: z.string().nullable(),
  approvedAtMs: atMs.nullable(),
  note: z.string().nullable(),
  lsn: z.int().nullable(),
  changedAtMs: atMs,
  lineCount: z.int(),
});
export const CAMPAIGNS = z.object({ campaigns: z.array(campaign) });
export const CAMPAIGN = campaign.extend({
  lines: z.array(
    z.object({
      line: z.string(),
      /** Of the goods, where they are known. */
      name: z.string().nullable().optional(),
      /** Null: taken out. */
      content: content.nullable(),
      version: z.int(),
      by: z.string(),
      atMs,
      /** What somebody else had written there, and did not see this. */
      overtaken: z.object({ content: content.nullable(), by: z.string(), atMs }).nullable(),
    }),
  ),
});
