/** A store as it is answered. */
import { z } from 'zod';

import { minorDigits } from './parts.ts';

export const STORE = z.object({
  store: z.string(),
  name: z.string(),
  zone: z.string(),
  currency: z.string(),
  timeZone: z.string(),
  taxInclusive: z.boolean(),
  address: z.string(),
  /** The local hour at which its day begins; absent: 4. */
  dayRollsAtHour: z.int().optional(),
  /** It was merged into that one, or closed: no device is enrolled there any more. */
  successor: z.string().optional(),
});

/** As it is listed: with what it counts in, and which day it is there. */
export const LISTED_STORE = STORE.extend({ minorDigits, businessDate: z.string() });
