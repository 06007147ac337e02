/** A store's day as it is answered: its shifts beside their Z, its lanes and what they wait for, its safe. */
import { z } from 'zod';

import { minor } from './parts.ts';

const sums = z.object({
  currency: z.string(),
  sales: z.int(),
  refunds: z.int(),
  totalMinor: minor,
  refundedMinor: minor,
  discountMinor: minor,
  roundingMinor: minor,
  changeMinor: minor,
  payoutMinor: minor,
  drawerMinor: minor,
  voidedLines: z.int(),
  voidedSales: z.int(),
  reprints: z.int(),
  approvals: z.int(),
  taxes: z.array(
    z.object({ taxClass: z.string(), component: z.string().nullish(), ratePpm: z.int().nullish(), netMinor: minor, taxMinor: minor }),
  ),
  tenders: z.array(z.object({ tenderType: z.string(), amountMinor: minor, tipMinor: minor, count: z.int() })),
  terminals: z
    .array(
      z.object({
        terminalId: z.string(),
        takenMinor: minor,
        takenCount: z.int(),
        settlements: z.int(),
        countedMinor: minor,
        countedCount: z.int(),
        settledMinor: minor,
        settledCount: z.int(),
      }),
    )
    .optional(),
  cash: z.object({ float: minor, paidIn: minor, paidOut: minor, drop: minor, loan: minor }),
});

const wait = z.discriminatedUnion('type', [
  z.object({ type: z.literal('close'), shift: z.int() }),
  z.object({ type: z.literal('entries'), count: z.int() }),
  z.object({ type: z.literal('contact') }),
  z.object({ type: z.literal('setAside'), count: z.int() }),
]);

const lane = z.object({
  device: z.string(),
  lane: z.int(),
  name: z.string(),
  lastSeenMs: z.int().nullable(),
  waits: z.array(wait),
});

const zReport = z.object({
  epoch: z.string(),
  seq: z.int(),
  atMs: z.int(),
  operator: z.string(),
  countedMinor: minor,
  overShortMinor: minor,
  reason: z.string().nullable(),
  perpetualMinor: minor,
  isRolled: z.boolean(),
  differences: z.array(z.object({ figure: z.string(), toldMinor: minor, foundMinor: minor })),
});

const shift = z.object({
  device: z.string(),
  lane: z.int(),
  drawer: z.string(),
  shift: z.int(),
  isSecondHistory: z.boolean(),
  lastAtMs: z.int(),
  sums: sums,
  unreadable: z.int(),
  isClosedLater: z.boolean(),
  z: zReport.nullable(),
});

export const STORE_DAY = z.object({
  store: z.string(),
  name: z.string(),
  businessDate: z.string(),
  timeZone: z.string(),
  currency: z.string(),
  minorDigits: z.int(),
  asOfMs: z.int(),
  sums: sums,
  countedMinor: minor,
  overShortMinor: minor,
  shifts: z.array(shift),
  lanes: z.array(lane),
  closed: z.object({ atMs: z.int(), by: z.string(), sums: sums, lanes: z.array(lane) }).nullable(),
  supplements: z.array(z.object({ device: z.string(), lane: z.int(), drawer: z.string(), shift: z.int(), sums: sums, isZ: z.boolean() })),
  safe: z.object({
    balanceMinor: minor,
    movements: z.array(
      z.object({
        device: z.string(),
        lane: z.int(),
        epoch: z.string(),
        seq: z.int(),
        act: z.enum(['float', 'drop', 'loan', 'close', 'bankDeposit', 'bankChange', 'count']),
        amountMinor: minor,
        balanceMinor: minor,
        countedMinor: minor.nullable(),
        reference: z.string().nullable(),
        operator: z.string(),
        atMs: z.int(),
      }),
    ),
  }),
});

export const STORE_DAYS = z.object({
  days: z.array(
    z.object({
      store: z.string(),
      businessDate: z.string(),
      lanes: z.int(),
      shifts: z.int(),
      openShifts: z.int(),
      differing: z.int(),
      sales: z.int(),
      totalMinor: minor,
      currency: z.string(),
      minorDigits: z.int(),
      closedAtMs: z.int().nullable(),
    }),
  ),
});
