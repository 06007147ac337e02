/** What was sold today, and how stores and devices are, as it is answered. */
import { z } from 'zod';

import { atMs, currency, minor, minorDigits } from './parts.ts';

const device = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  name: z.string(),
  enrolledAtMs: atMs,
  lastSeenMs: atMs.nullable(),
  waitingEntries: z.int(),
  waitingSales: z.int(),
  /** Hub clock − device clock. */
  clockOffsetMs: z.number().nullable(),
  receivedEntries: z.int(),
  setAside: z.int(),
  branches: z.int(),
  chainWhole: z.boolean(),
});

export const OVERVIEW = z.object({
  asOfMs: atMs,
  businessDate: z.string(),
  totals: z.object({
    sales: z.int(),
    returns: z.int(),
    byCurrency: z.array(z.object({ currency, minorDigits, totalMinor: minor })),
  }),
  /** What lanes said of today ahead of sales that are not here; in no other figure. */
  awaited: z.object({ sales: z.int(), byCurrency: z.array(z.object({ currency, minorDigits, totalMinor: minor })) }),
  stores: z.array(
    z.object({
      store: z.string(),
      name: z.string(),
      zone: z.string(),
      currency,
      minorDigits,
      salesToday: z.int(),
      totalTodayMinor: minor,
      awaitedToday: z.object({ sales: z.int(), totalMinor: minor }),
      devices: z.array(device),
    }),
  ),
  salesByHour: z.array(
    z.object({
      hour: z.int(),
      count: z.int(),
      /** Null where several currencies were taken this day. */
      totalMinor: minor.nullable(),
      byCurrency: z.array(z.object({ currency, minorDigits, totalMinor: minor })),
    }),
  ),
});

const pair = { currency, minorDigits, todayMinor: minor, lastWeekMinor: minor };
export const WEEK = z.object({
  asOfMs: atMs,
  totals: z.array(z.object(pair)),
  stores: z.array(z.object({ ...pair, store: z.string() })),
  hours: z.array(z.object({ hour: z.int(), currency, count: z.int(), totalMinor: minor })),
  /** Null: they are being summed, as after a start of the hub. */
  departments: z.array(z.object({ ...pair, department: z.string().nullable() })).nullable(),
});
