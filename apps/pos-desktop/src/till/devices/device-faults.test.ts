/**
 * What goes wrong with a device while a sale or a refund is made: the books are right at once, the cashier is told, the next goods can be scanned, and what
 * was to be printed comes out as soon as it can. Of the payment terminal: terminal/terminal-faults.test.ts.
 */
import { LEDGER_KINDS } from '@holdfast/domain';
import type { VirtualPrinter } from '@holdfast/hardware/virtual';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { closeRig, openRig, type Rig } from '../testing/device-rig.ts';
import { MILK, type TestLane } from '../testing/test-lane.ts';

afterEach(closeRig);

const ACTS = ['sale', 'refund'] as const;
type Act = (typeof ACTS)[number];

const sales = (lane: TestLane): number => lane.store.waiting().byKind.get(LEDGER_KINDS.sale.kind) ?? 0;
const complete = (lane: TestLane, act: Act): void => {
  lane.take({ type: 'addItem', sku: 'MILK', ...(act === 'refund' && { quantity: -1 }) });
  lane.take({ type: 'payCash', amountMinor: act === 'refund' ? -119 : 119 });
};
const stateOf = ({ devices }: Rig, name: string) => devices.status().find(({ device }) => device === name);

const heal = (paper: VirtualPrinter): void => {
  paper.setFaults({});
  paper.setPlugged(true);
  paper.setCover(false);
  paper.loadPaper();
};

describe.each(ACTS)('the printer, during a %s', (act) => {
  test.each([
    ['paper-out after 6 lines', ['paperOut']],
    ['cover-open after 6 lines', ['coverOpen']],
    ['unplugged after 6 lines', ['lost', 'unreachable']],
    ['near-end after 2 lines', ['paperLow']],
    ['answer lost', ['noAnswer']],
    ['garbage', []],
    ['slow 20 ms', []],
  ] as const)('%s: nothing waits for it, and no receipt is lost', async (script, reasons: readonly string[]) => {
    const rig = await openRig(script);
    const { lane, paper, jobs, until } = rig;
    complete(lane, act);
    expect(sales(lane)).toBe(1);
    lane.take({ type: 'scan', code: MILK });
    expect(lane.lines()).toMatchObject([{ sku: 'MILK', quantity: { value: 1 } }]);
    if (reasons.length > 0) await until(() => reasons.includes(stateOf(rig, 'printer')?.reason ?? ''));
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(sales(lane)).toBe(2);
    heal(paper);
    await until(() => jobs().waiting().length === 0);
    expect(paper.text()).toMatch(/1-abcd-000001[^]*1-abcd-000002/);
    expect(sales(lane)).toBe(2);
  });
});

describe.each(ACTS)('the scale, during a %s', (act) => {
  const apples = { type: 'addItem', sku: 'APPLE', weigh: true, ...(act === 'refund' && { quantity: -1 }) } as const;

  test.each([
    ['unstable for 60 s', 'noWeight'],
    ['answer lost', 'scaleUnavailable'],
    ['unplugged after 0 answers', 'scaleUnavailable'],
  ] as const)('%s: nothing is sold by it, other goods are, and it is asked again when it is well', async (script, refused) => {
    const rig = await openRig('', script);
    const { lane, scale, ask, until } = rig;
    scale.put(842);
    const weighed = ask(apples);
    // While it is asked, goods by the piece go on.
    lane.take({ type: 'scan', code: MILK });
    expect(await weighed).toMatchObject({ type: 'refused', refusal: { type: refused } });
    expect(lane.lines()).toMatchObject([{ sku: 'MILK' }]);
    if (refused === 'scaleUnavailable') await until(() => stateOf(rig, 'scale')?.state === 'down');
    scale.setFaults({});
    scale.setPlugged(true);
    scale.put(842);
    await until(() => stateOf(rig, 'scale')?.state === 'ready');
    expect(await ask(apples)).toMatchObject({ type: 'reply', ok: true });
    expect(lane.lines().at(-1)).toMatchObject({ sku: 'APPLE', quantity: { value: act === 'refund' ? -842 : 842 } });
  });
});

test.each(ACTS)('the scale, during a %s: what it says before its answer is no weight', async (act) => {
  const { scale, lane, ask } = await openRig('', 'garbage');
  scale.put(842);
  expect(await ask({ type: 'addItem', sku: 'APPLE', weigh: true, ...(act === 'refund' && { quantity: -1 }) })).toMatchObject({ ok: true });
  expect(lane.lines()).toMatchObject([{ sku: 'APPLE', quantity: { value: act === 'refund' ? -842 : 842 } }]);
});

describe.each(ACTS)('the scanner, during a %s', (act) => {
  test('half a code is none, and the next one is read', async () => {
    const { lane, scanner, scans, until } = await openRig();
    await until(() => scanner.state().isConnected);
    scanner.setFaults({ cutsScans: true });
    scanner.scan(MILK);
    await until(() => scans.length === 1);
    complete(lane, act);
    scanner.setFaults({});
    scanner.scan(MILK);
    await until(() => scans.length === 2);
    expect(scans).toEqual([undefined, MILK]);
    expect(sales(lane)).toBe(1);
  });

  test('unplugged, it is told and holds up nothing; plugged in again, it reads', async () => {
    const rig = await openRig();
    const { lane, scanner, scans, until } = rig;
    await until(() => scanner.state().isConnected);
    scanner.setPlugged(false);
    await until(() => stateOf(rig, 'scanner')?.state === 'down');
    complete(lane, act);
    expect(sales(lane)).toBe(1);
    scanner.setPlugged(true);
    await until(() => scanner.state().isConnected && stateOf(rig, 'scanner')?.state === 'ready');
    scanner.scan(MILK);
    await until(() => scans.length === 1);
    expect(scans).toEqual([MILK]);
  });
});

describe.each(ACTS)('the customer display, during a %s', (act) => {
  test.each([
    ['slow', { rowMs: 50 }],
    ['talks garbage', { talksGarbage: true }],
    ['is unplugged, and back', { unpluggedAfterRows: 1, backAfterMs: 50 }],
  ] as const)('%s: nothing waits for it, and it shows what was paid', async (_, faults) => {
    const rig = await openRig();
    const { lane, display, devices, until } = rig;
    // As windows are told of it, and the display with them.
    const tell = (body: RequestBody): void => {
      const { broadcast, afterwards } = lane.till.handle({ id: crypto.randomUUID(), atMs: 0, body });
      for (const message of [...broadcast, ...(afterwards?.() ?? [])]) devices.told(message);
    };
    display.setFaults(faults);
    tell({ type: 'addItem', sku: 'MILK', ...(act === 'refund' && { quantity: -1 }) });
    tell({ type: 'payCash', amountMinor: act === 'refund' ? -119 : 119 });
    expect(sales(lane)).toBe(1);
    await until(() => display.state().upper.trim() === `${act === 'refund' ? 'Refund' : 'Total '}          1.19`);
    tell({ type: 'scan', code: MILK });
    await until(() => display.state().upper.startsWith('Milk 1 l'));
    expect(display.state().unknownBytes).toBe(0);
  });
});
