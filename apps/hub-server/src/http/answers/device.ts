/** What is answered of devices. */
import { z } from 'zod';

import { DEVICE_ROLES } from '../../enrolment/enrol.ts';
import { atMs, currency, minor, minorDigits } from './parts.ts';

const SAYS = z.object({
  atMs,
  version: z.string(),
  freeMegabytes: z.int().nullable(),
  devices: z.array(z.object({ device: z.string(), state: z.enum(['ready', 'warning', 'down']), reason: z.string().optional() })),
});

const NAMED = {
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  name: z.string(),
  role: z.enum(DEVICE_ROLES),
  gone: z.enum(['replaced', 'stolen']).nullable(),
  lastSeenMs: atMs.nullable(),
  /** What it said of itself last; null: nothing that this hub can read. */
  says: SAYS.nullable(),
};

export const DEVICE_ROWS = z.object({ devices: z.array(z.object(NAMED)) });

export const DEVICE_PAGE = z.object({
  ...NAMED,
  enrolledAtMs: atMs,
  waitingEntries: z.int(),
  waitingSales: z.int(),
  /** hub clock − device clock. */
  clockOffsetMs: z.number().nullable(),
  receivedEntries: z.int(),
  setAside: z.int(),
  branches: z.int(),
  chainWhole: z.boolean(),
  wipeOrderedAtMs: atMs.nullable(),
  wipeHandedOverAtMs: atMs.nullable(),
  /** The publication that it holds, and the one that it was told to go to; `lsn` is the newest that there is. */
  heldLsn: z.int().nullable(),
  toldLsn: z.int().nullable(),
  toldAtMs: atMs.nullable(),
  lsn: z.int(),
  /** Days of which it said that it has sales which are not here, and what these come to: the oldest first. */
  awaited: z.array(
    z.object({
      device: z.string(),
      store: z.string(),
      businessDate: z.string(),
      currency,
      minorDigits,
      sales: z.int(),
      totalMinor: minor,
      toldAtMs: atMs,
    }),
  ),
  /** By the quarter of an hour, newest first, of the last two days. */
  contacts: z.array(
    z.object({
      fromMs: atMs,
      lastAtMs: atMs,
      exchanges: z.int(),
      bytesUp: z.int(),
      bytesDown: z.int(),
      entriesUp: z.int(),
      heldLsn: z.int().nullable(),
    }),
  ),
  /** Numbers of receipts that two disks of the device gave to two sales each, the newest first. */
  doubledReceipts: z.array(
    z.object({
      receiptNumber: z.string(),
      sales: z.array(z.object({ epoch: z.string(), seq: z.int(), branch: z.boolean(), atMs, currency, minorDigits, totalMinor: minor })),
    }),
  ),
});

/** The number of the list of the devices that are trusted no longer. */
export const REVOKED = z.object({ number: z.int() });
export const WIPE_ORDERED = z.object({ device: z.string(), orderedAtMs: atMs });
export const WIPES = z.object({
  wipes: z.array(
    z.object({
      device: z.string(),
      store: z.string(),
      lane: z.int(),
      name: z.string(),
      orderedAtMs: atMs,
      /** Null: it has not been heard of since. */
      handedOverAtMs: atMs.nullable(),
    }),
  ),
});
