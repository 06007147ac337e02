/** What answers have in common. */
import { SCHEDULED_PRICE_TYPES } from '@holdfast/domain';
import { z } from 'zod';

/** It was done, and there is nothing to say of it. */
export const DONE = z.object({});
export const atMs = z.int();
export const minor = z.int();
export const currency = z.string();
export const minorDigits = z.int();
/** Null: it changed nothing, and nothing was published. */
export const PUBLISHED = z.object({ lsn: z.int().nullable(), changed: z.int() });
/** Where an entry stands in the ledger of its device. */
export const entryPlace = z.object({ device: z.string(), epoch: z.string(), seq: z.int() });
/** Fields of an entity, by name. */
export const namedFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
/** What each store would get; nothing was changed. */
export const PREVIEWED = z.object({
  groups: z.array(
    z.object({
      stores: z.array(z.string()),
      /** Null: it is not there. Empty: what is the stores' own covers it, or they have it already. */
      changes: z.array(z.object({ type: z.string(), key: z.string(), before: namedFields.nullable(), after: namedFields.nullable() })),
    }),
  ),
});
export const shownPrice = z.object({ amount: z.int(), decimals: z.int(), currency, type: z.enum(SCHEDULED_PRICE_TYPES) });
