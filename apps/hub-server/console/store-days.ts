/** Store days as the hub tells them, checked on arrival; asking and closing. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './api.ts';

const minor = z.int();
const sumsSchema = z.object({
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
    .default([]),
  cash: z.object({ float: minor, paidIn: minor, paidOut: minor, drop: minor, loan: minor }),
});
export type Sums = z.infer<typeof sumsSchema>;

const waitSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('close'), shift: z.int() }),
  z.object({ type: z.literal('entries'), count: z.int() }),
  z.object({ type: z.literal('contact') }),
  z.object({ type: z.literal('setAside'), count: z.int() }),
]);
export type LaneWait = z.infer<typeof waitSchema>;

const laneSchema = z.object({
  device: z.string(),
  lane: z.int(),
  name: z.string(),
  lastSeenMs: z.int().nullable(),
  waits: z.array(waitSchema),
});
export type DayLane = z.infer<typeof laneSchema>;

const zSchema = z.object({
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

const shiftSchema = z.object({
  device: z.string(),
  lane: z.int(),
  drawer: z.string(),
  shift: z.int(),
  isSecondHistory: z.boolean(),
  lastAtMs: z.int(),
  sums: sumsSchema,
  unreadable: z.int(),
  z: zSchema.nullable(),
});
export type DayShift = z.infer<typeof shiftSchema>;

export const storeDaySchema = z.object({
  store: z.string(),
  name: z.string(),
  businessDate: z.string(),
  timeZone: z.string(),
  currency: z.string(),
  minorDigits: z.int(),
  asOfMs: z.int(),
  sums: sumsSchema,
  countedMinor: minor,
  overShortMinor: minor,
  shifts: z.array(shiftSchema),
  lanes: z.array(laneSchema),
  closed: z.object({ atMs: z.int(), by: z.string(), sums: sumsSchema, lanes: z.array(laneSchema) }).nullable(),
  supplements: z.array(
    z.object({ device: z.string(), lane: z.int(), drawer: z.string(), shift: z.int(), sums: sumsSchema, isZ: z.boolean() }),
  ),
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
export type StoreDay = z.infer<typeof storeDaySchema>;
type TerminalSum = Sums['terminals'][number];

/** Of each lane, its shifts together: a terminal is settled once a day. */
export function terminalsOf(day: StoreDay): readonly { readonly lane: number; readonly sum: TerminalSum }[] {
  const rows = new Map<string, { lane: number; sum: TerminalSum }>();
  for (const { lane, sums } of day.shifts) {
    for (const sum of sums.terminals) {
      const name = JSON.stringify([lane, sum.terminalId]);
      const held = rows.get(name)?.sum;
      rows.set(name, { lane, sum: held === undefined ? sum : addTerminals(held, sum) });
    }
  }
  return [...rows.values()];
}

const addTerminals = (left: TerminalSum, right: TerminalSum): TerminalSum => ({
  terminalId: left.terminalId,
  takenMinor: left.takenMinor + right.takenMinor,
  takenCount: left.takenCount + right.takenCount,
  settlements: left.settlements + right.settlements,
  countedMinor: left.countedMinor + right.countedMinor,
  countedCount: left.countedCount + right.countedCount,
  settledMinor: left.settledMinor + right.settledMinor,
  settledCount: left.settledCount + right.settledCount,
});

export type SafeMovement = StoreDay['safe']['movements'][number];

const rowSchema = z.object({
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
});
const daysSchema = z.object({ days: z.array(rowSchema) });
export type StoreDayRow = z.infer<typeof rowSchema>;

const REFRESH_MS = 5_000;
const MOST = 200;

const addressOf = (store: string, date: string): string => `/api/v1/store-days/${encodeURIComponent(store)}/${encodeURIComponent(date)}`;

/** Newest first; of one store, or of all where it is empty. */
export const useStoreDays = (store: string) =>
  useQuery({
    queryKey: ['storeDays', store],
    queryFn: async ({ signal }) =>
      (await ask(daysSchema, `/api/v1/store-days?limit=${MOST}${store === '' ? '' : `&store=${encodeURIComponent(store)}`}`, {}, signal))
        .days,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

export const useStoreDay = (store: string, date: string) =>
  useQuery({
    queryKey: ['storeDay', store, date],
    queryFn: ({ signal }) => ask(storeDaySchema, addressOf(store, date), {}, signal),
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

/** What stands then is told by asking again: the hub closes a day once. */
export function useCloseDay(store: string, date: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ask(storeDaySchema, `${addressOf(store, date)}/close`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
      }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['storeDay', store, date] });
      void client.invalidateQueries({ queryKey: ['storeDays'] });
    },
  });
}

/** What of the day is still on its way, in words. */
export function waitText(wait: LaneWait): string {
  switch (wait.type) {
    case 'close':
      return `shift ${wait.shift} is open`;
    case 'entries':
      return wait.count === 1 ? '1 entry not sent yet' : `${wait.count} entries not sent yet`;
    case 'contact':
      return 'not heard since that day';
    case 'setAside':
      return wait.count === 1 ? '1 entry could not be read' : `${wait.count} entries could not be read`;
    default:
      return wait satisfies never;
  }
}
