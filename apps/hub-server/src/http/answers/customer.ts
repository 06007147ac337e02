/** Customers as they are answered. */
import { RECEIPT_LANGUAGES } from '@holdfast/domain';
import { z } from 'zod';

import { atMs } from './parts.ts';

const person = z.object({
  name: z.string(),
  address: z.string().optional(),
  phone: z.string().optional(),
  email: z.string().optional(),
  cards: z.array(z.string()),
  language: z.enum(RECEIPT_LANGUAGES).optional(),
  /** When they agreed that this is kept. */
  consentAtMs: atMs,
});

export const FOUND_CUSTOMERS = z.object({
  customers: z.array(z.object({ customer: z.string(), store: z.string(), person })),
  isMore: z.boolean(),
});

export const CUSTOMER = z.object({
  customer: z.string(),
  store: z.string(),
  /** Null: they were forgotten. */
  person: person.nullable(),
  rights: z.object({
    groups: z.array(z.string()),
    tier: z.string().optional(),
    exemptionCertificate: z.string().optional(),
    exemptionTo: z.string().optional(),
    onAccount: z.boolean().optional(),
    /** As a person writes it: `500.00`. */
    accountLimit: z.object({ amount: z.string(), currency: z.string() }).optional(),
  }),
  createdAtMs: atMs,
  changedAtMs: atMs,
  erasedAtMs: atMs.nullable(),
  /** Other ids under which ledgers name them. */
  aliases: z.array(z.string()),
  /** As `ETag`; `If-Match` of who writes them anew. */
  version: z.string(),
});

/** What the ledgers' own fields say stands in `entries` as it is. */
export const CUSTOMER_EXPORT = CUSTOMER.extend({
  exportedAtMs: atMs,
  entries: z.array(z.object({ device: z.string(), epoch: z.string(), seq: z.int(), fields: z.record(z.string(), z.unknown()) })),
  balances: z.array(z.object({ account: z.string(), reference: z.string(), currency: z.string(), balanceMinor: z.string() })),
  pointsByDay: z.array(z.object({ businessDate: z.string(), points: z.string() })),
  promotionUses: z.array(z.object({ promotionId: z.string(), uses: z.string(), discountMinor: z.string() })),
  accesses: z.array(z.object({ atMs, act: z.string(), byWhom: z.string(), customer: z.string() })),
});

export const KEPT_CUSTOMER = z.object({ customer: z.string() });
export const ERASED_PERSON = z.object({ person: z.string(), erased: z.boolean() });
