/** Every act that a lane takes × every role, as docs/PERMISSIONS.md has it: what is within the role's limit is done, and one step more is refused. */
import { readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';
import { DEFAULT_ROLES, type Action } from '@holdfast/domain';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, goods, MILK, type TestLane } from './testing/test-lane.ts';

const MANUAL = readFileSync(new URL('../../../../docs/PERMISSIONS.md', import.meta.url), 'utf8');
/** `any`, `no`, or the limit in the action's unit. */
const TABLE: ReadonlyMap<string, readonly string[]> = new Map(
  MANUAL.split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, action = '', , ...roles]) => [action.replaceAll('`', ''), roles.slice(0, DEFAULT_ROLES.length)]),
);
const limitOf = (cell: string): number | 'any' | 'no' => {
  if (cell === 'any' || cell === 'no') return cell;
  // `10 %` in basis points, `100.00` in minor units, and a count as it is.
  return cell.endsWith('%') ? Number(cell.slice(0, -1)) * 100 : Number(cell.replace('.', ''));
};

/** Goods of 100.00 each, so that a hundredth of a percent is a minor unit. */
const DEAR = '04000417025005';
const scan: RequestBody = { type: 'scan', code: DEAR };
const off = (bps: number, lineId?: string): RequestBody => ({
  type: 'discount',
  off: { type: 'percent', bps },
  reason: 'dented',
  ...(lineId !== undefined && { lineId }),
});

interface Try {
  /** What has to stand before. */
  readonly before: readonly RequestBody[];
  readonly ask: (amount: number) => RequestBody;
  /** The most that can be asked at all. */
  readonly most: number;
}

const TRIES: Readonly<Partial<Record<Action, Try>>> = {
  overridePrice: {
    before: [scan],
    ask: (bps) => ({
      type: 'overridePrice',
      lineId: '1',
      override: { unitPrice: { amount: 10_000 - bps, decimals: 2 }, reason: 'dented' },
    }),
    most: 9_999,
  },
  discountLine: { before: [scan], ask: (bps) => off(bps, '1'), most: 10_000 },
  discountBasket: { before: [scan], ask: (bps) => off(bps), most: 10_000 },
  voidLine: { before: [scan], ask: () => ({ type: 'voidLine', lineId: '1' }), most: 1 },
  voidSale: { before: [scan], ask: () => ({ type: 'voidSale' }), most: 1 },
  postVoid: {
    before: [scan, { type: 'payCash', amountMinor: 10_000 }],
    ask: () => ({ type: 'postVoid', receiptNumber: '1-abcd-000001' }),
    most: 1,
  },
  returnWithoutReceipt: {
    before: [],
    ask: (minor) => ({ type: 'scan', code: minor <= 10_000 ? DEAR : MILK, quantity: minor <= 10_000 ? -1 : -85 }),
    most: 20_000,
  },
  exemptCustomer: { before: [scan], ask: () => ({ type: 'exempt', certificate: 'DIPL-8' }), most: 1 },
  payOut: { before: [], ask: (amountMinor) => ({ type: 'moveCash', act: 'paidOut', amountMinor, reason: 'stamps' }), most: 1_000_000 },
  bankDeposit: {
    before: [],
    ask: (amountMinor) => ({ type: 'moveSafe', act: 'bankDeposit', amountMinor, reference: 'B' }),
    most: 1_000_000,
  },
  train: { before: [], ask: () => ({ type: 'setTraining', isOn: true }), most: 1 },
  keepAttendance: { before: [], ask: () => ({ type: 'attendance' }), most: 1 },
  adjustStock: {
    before: [],
    ask: (quantity) => ({ type: 'adjustStock', reason: 'damaged', movements: [{ sku: 'MILK', quantity, unit: 'piece' }] }),
    most: 900_000_000,
  },
  changeStorePrice: {
    before: [],
    ask: (bps) => ({ type: 'changeStorePrice', sku: 'DEAR', unitPrice: { amount: 10_000 - bps, decimals: 2 }, reason: 'local' }),
    most: 9_999,
  },
};
/** Asked of the hub alone, or (the terminal’s, the devices’) with its own tests. */
const ELSEWHERE = [
  'sellUnlisted',
  'clearCardCase',
  'closeStoreDay',
  'seeCost',
  'settleExceptions',
  'publish',
  'importFile',
  'openStore',
  'enrolDevice',
  'setDevices',
];

test('each action of the manual is tried here, or has its place elsewhere', () => {
  expect([...Object.keys(TRIES), ...ELSEWHERE].toSorted()).toEqual([...TABLE.keys()].toSorted());
});

describe.each(Object.entries(TRIES))('%s', (action, { before, ask, most }) => {
  let lane: TestLane;
  afterEach(() => {
    lane.close();
    assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
  });

  test.each(DEFAULT_ROLES.map((role, index) => [role, TABLE.get(action)?.[index] ?? ''] as const))('by a %s: %s', (role, cell) => {
    lane = createTestLane([
      ...ASSORTMENT,
      ...goods({ sku: 'DEAR', name: 'Dear', cents: 10_000, gtin: DEAR }),
      { type: 'staff', key: '1', fields: { roles: role } },
    ]);
    for (const body of before) lane.take(body);
    const limit = limitOf(cell);
    const waiting = lane.store.waiting().entries;
    const beyond = limit === 'any' ? undefined : limit === 'no' ? 1 : limit + 1;
    const refused = beyond === undefined ? 'approvalNeeded' : lane.refusal(ask(beyond));
    expect(refused).toBe('approvalNeeded');
    expect(lane.store.waiting().entries).toBe(waiting);
    const within = limit === 'no' ? undefined : limit === 'any' ? most : limit;
    if (within !== undefined) lane.take(ask(within));
  });
});
