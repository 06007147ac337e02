/** What answers have in common. */
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
