/** Every act that a lane takes × every role, as docs/PERMISSIONS.md has it: what is within the role's limit is done, and one step more is refused. */
import { readdirSync, readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';
import { ACTION_NAMES, DEFAULT_ROLES, type Action } from '@holdfast/domain';
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
  sellUnlisted: {
    before: [],
    ask: (amount) => ({ type: 'sellUnlisted', department: 'Household', unitPrice: { amount, decimals: 2 } }),
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
  arrangeKeys: { before: [], ask: () => ({ type: 'arrangeKeys', page: 'Morning', position: 0, skus: ['DEAR'] }), most: 1 },
};
/** Where the others are tried: each with a denial, in a test that names it. */
const ELSEWHERE: Readonly<Partial<Record<Action, string>>> = {
  exceedAccountLimit: 'apps/pos-desktop/src/till/customers.test.ts',
  clearCardCase: 'apps/pos-desktop/src/till/terminal/terminal-payments.test.ts',
  closeOtherShift: 'apps/pos-desktop/src/till/people/cashier-drawers.test.ts',
  setDevices: 'apps/pos-desktop/src/till/devices/lane-devices.test.ts',
  closeStoreDay: 'apps/hub-server/src/permissions/permissions.test.ts',
  seeCost: 'apps/hub-server/src/ledger/ingest-contract.ts',
  openInvoice: 'apps/hub-server/src/permissions/permissions.test.ts',
  findCustomer: 'apps/pos-desktop/src/till/customers.test.ts',
  keepCustomer: 'apps/pos-desktop/src/till/customers.test.ts',
  eraseCustomer: 'apps/hub-server/src/permissions/permissions.test.ts',
  settleExceptions: 'apps/hub-server/src/permissions/permissions.test.ts',
  publish: 'apps/hub-server/src/permissions/permissions.test.ts',
  importFile: 'apps/hub-server/src/permissions/permissions.test.ts',
  openStore: 'apps/hub-server/src/permissions/permissions.test.ts',
  enrolDevice: 'apps/hub-server/src/permissions/permissions.test.ts',
  useConsole: 'apps/hub-server/src/sign-in/sign-in.test.ts',
  manageAccounts: 'apps/hub-server/src/sign-in/sign-in.test.ts',
};

test('each action is in the manual, and is tried here or in one other place', () => {
  expect([...TABLE.keys()].toSorted()).toEqual([...ACTION_NAMES].toSorted());
  expect([...Object.keys(TRIES), ...Object.keys(ELSEWHERE)].toSorted()).toEqual([...ACTION_NAMES].toSorted());
});

test.each(Object.entries(ELSEWHERE))('%s is refused in %s', (action, file) => {
  expect(readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8')).toContain(action);
});

/** What a program asks leave for, it names: an action that no source asks for is enforced by nobody. */
const ASKED = /(?:action: |mayConsole\([^)]*?|permissions\.ask(?:Of)?\([^)]*?)'(\w+)'/g;
test('each action is asked for by some source, and no source asks for another', () => {
  const folders = ['apps/pos-desktop/src/till', 'apps/hub-server/src', 'packages/domain/src'];
  const sources = folders.flatMap((folder) => {
    const root = new URL(`../../../../${folder}/`, import.meta.url);
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/test|contract|scenario|permissions\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, root), 'utf8'));
  });
  const asked = new Set(sources.flatMap((source) => [...source.matchAll(ASKED)].map(([, action = '']) => action)));
  expect(ACTION_NAMES.filter((action) => !asked.has(action))).toEqual([]);
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
      { type: 'item', key: 'SUNDRIES', fields: { name: 'Household', unit: 'piece', taxClass: 'standard' } },
      { type: 'department', key: 'Household', fields: { position: 1, unlistedSku: 'SUNDRIES' } },
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
