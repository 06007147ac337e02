/** Invoices as they are answered. */
import { z } from 'zod';

import { currency, minor } from './parts.ts';

export const INVOICE_YEARS = z.object({ years: z.array(z.int()) });
export const INVOICE_YEAR = z.object({ year: z.int() });
export const INVOICE = z.object({
  store: z.string(),
  lane: z.int(),
  invoiceNumber: z.string(),
  receiptNumber: z.string(),
  businessDate: z.string(),
  currency,
  totalMinor: minor,
  /** The invoice that it takes back. */
  creditOf: z.string().nullable(),
  /** Null: the key of its year was forgotten. */
  buyer: z.object({ name: z.string(), address: z.string(), taxNumber: z.string().optional() }).nullable(),
});
