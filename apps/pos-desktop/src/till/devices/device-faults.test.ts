/**
 * What goes wrong with a device while a sale or a refund is made: the books are right at once, the cashier is told, the next goods can be scanned, and what
 * was to be printed comes out as soon as it can. Of the payment terminal: terminal/terminal-faults.test.ts.
 */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS } from '@holdfast/domain';
import { parseScannerFaults, type VirtualPrinter } from '@holdfast/hardware/virtual';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { closeRig, openRig, type Rig, type RigOptions } from '../testing/device-rig.ts';
import { BEER, MILK, type TestLane } from '../testing/test-lane.ts';
import type { DevicePace } from './lane-devices.ts';

afterEach(closeRig);

const ACTS = ['sale', 'refund'] as const;
type Act = (typeof ACTS)[number];

const sales = (lane: TestLane): number => lane.store.waiting().byKind.get(LEDGER_KINDS.sale.kind) ?? 0;
const complete = (lane: TestLane, act: Act): void => {
  lane.take({ type: 'addItem', sku: 'MILK', ...(act === 'refund' && { quantity: -1 }) });
  lane.take({ type: 'payCash', amountMinor: act === 'refund' ? -119 : 119 });
};
const back = (act: Act): { quantity?: number } => (act === 'refund' ? { quantity: -1 } : {});
const stateOf = ({ devices }: Rig, name: string) => devices.status().find(({ device }) => device === name);

const heal = (paper: VirtualPrinter): void => {
  paper.setFaults({});
  paper.setPlugged(true);
  paper.setCover(false);
  paper.loadPaper();
};

const PRINTER_FAULTS = [
  ['paper-out after 6 lines', ['paperOut']],
  ['cover-open after 6 lines', ['coverOpen']],
  ['unplugged after 6 lines', ['lost', 'unreachable', 'noSuchDevice']],
  ['near-end after 2 lines', ['paperLow']],
  ['answer lost', ['noAnswer']],
  ['garbage', []],
  ['slow 20 ms', []],
] as const;
/** Nobody waits here for a person, or for a device that is far away. */
const QUICK: DevicePace = {
  askEveryMs: 300,
  printAgainMs: 100,
  timing: { scale: { answerMs: 700, settleMs: 1_000 }, labelPrinter: { answerMs: 700, pollMs: 50 } },
};
const ANSWER_LOST: DevicePace = { ...QUICK, timing: { receiptPrinter: { jobMs: 700 } } };
const PRINTERS = [
  ['an ESC/POS printer over TCP', { model: 'epson-tm-t20iii', line: 'TCP' }],
  ['a StarPRNT printer over TCP', { model: 'star-tsp100iv', line: 'TCP' }],
  ['an ESC/POS printer on a serial line', { model: 'epson-tm-t20iii', line: 'a serial line' }],
  ['a StarPRNT printer on a serial line', { model: 'star-mpop', line: 'a serial line' }],
  ['an ESC/POS printer on USB', { model: 'epson-tm-t20iii', line: 'USB' }],
] as const satisfies readonly (readonly [string, RigOptions])[];

describe.each(PRINTERS.flatMap(([name, options]) => ACTS.map((act) => [name, act, options] as const)))(
  '%s, during a %s',
  (_, act, options) => {
    test.each(PRINTER_FAULTS)('%s: nothing waits for it, and no receipt is lost', async (script, reasons: readonly string[]) => {
      const rig = await openRig(script, '', { ...options, pace: script === 'answer lost' ? ANSWER_LOST : QUICK });
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
  },
);

describe.each(ACTS)('the scale, during a %s', (act) => {
  const apples = { type: 'addItem', sku: 'APPLE', weigh: true, ...(act === 'refund' && { quantity: -1 }) } as const;

  test.each([
    ['unstable for 60 s', 'noWeight'],
    ['answer lost', 'scaleUnavailable'],
    ['slow 2000 ms', 'scaleUnavailable'],
    ['unplugged after 0 answers', 'scaleUnavailable'],
  ] as const)('%s: nothing is sold by it, other goods are, and it is asked again when it is well', async (script, refused) => {
    const rig = await openRig('', script, { pace: QUICK });
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

test.each(ACTS.flatMap((act) => (['garbage', 'slow 100 ms', 'unstable for 300 ms'] as const).map((script) => [script, act] as const)))(
  'a scale that is under "%s", during a %s: the weight is what lies there at rest',
  async (script, act) => {
    const { scale, lane, ask } = await openRig('', script);
    scale.put(842);
    expect(await ask({ type: 'addItem', sku: 'APPLE', weigh: true, ...(act === 'refund' && { quantity: -1 }) })).toMatchObject({
      ok: true,
    });
    expect(lane.lines()).toMatchObject([{ sku: 'APPLE', quantity: { value: act === 'refund' ? -842 : 842 } }]);
  },
);

/** What the till hears of two codes, the second one after the fault is over; undefined: a code that broke off. */
const SCANNER_FAULTS = [
  ['garbage', [expect.stringMatching(/^[^0-9]{1,8}$/u), MILK, BEER]],
  ['slow 60 ms', [MILK, BEER]],
  ['reads twice', [MILK, MILK, BEER]],
  ['cut', [undefined, BEER]],
  ['unplugged after 1 scans, back after 60 ms', [MILK, BEER]],
] as const satisfies readonly (readonly [string, readonly unknown[]])[];

describe.each(ACTS)('the scanner, during a %s', (act) => {
  test.each(SCANNER_FAULTS)('%s: the books have what was read, once, and the next code is whole', async (script, heard) => {
    const rig = await openRig();
    const { lane, scanner, scans, until } = rig;
    const faults = parseScannerFaults(script);
    assert(faults.ok, 'the script is known');
    await until(() => scanner.state().isConnected && stateOf(rig, 'scanner')?.state === 'ready');
    scanner.setFaults(faults.value);
    scanner.scan(MILK);
    await until(() => scans.length === heard.length - 1);
    // A sale is completed whatever the scanner does.
    complete(lane, act);
    expect(sales(lane)).toBe(1);
    await until(() => scanner.state().isConnected);
    scanner.setFaults({});
    scanner.scan(BEER);
    await until(() => scans.length === heard.length);
    expect(scans).toEqual(heard);
    // As a window hands them on, all at one moment: what was read twice is one piece, and what is no code is refused in red.
    for (const code of scans) {
      if (code !== undefined)
        lane.till.handle({ id: crypto.randomUUID(), atMs: 0, body: { type: 'scan', code, scannedAtMs: 0, ...back(act) } });
    }
    const isNoise = script === 'garbage';
    const wanted = script === 'cut' ? ['BEER'] : ['MILK', 'BEER'];
    const sold = lane.lines().filter(({ kind }) => kind !== 'refused');
    expect(sold.map(({ sku }) => sku)).toEqual(wanted);
    expect(sold.every(({ quantity }) => quantity?.value === (act === 'refund' ? -1 : 1))).toBe(true);
    expect(lane.lines().filter(({ kind }) => kind === 'refused')).toHaveLength(isNoise ? 1 : 0);
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

describe.each(ACTS)('the drawer, during a %s', (act) => {
  test.each(['paper-out after 6 lines', 'cover-open after 6 lines', 'slow 200 ms'])(
    'its printer under "%s": it opens for each sale at its own moment, and for none later',
    async (script) => {
      const { lane, paper, jobs, until } = await openRig(script);
      complete(lane, act);
      await until(() => paper.state().drawerPulses === 1);
      await until(() => paper.state().lines >= 6);
      paper.closeDrawer();
      // The first receipt hangs in the printer still.
      complete(lane, act);
      await until(() => paper.state().drawerPulses === 2);
      expect(jobs().waiting()).toHaveLength(2);
      heal(paper);
      await until(() => jobs().waiting().length === 0);
      expect(paper.state().drawerPulses).toBe(2);
      expect(sales(lane)).toBe(2);
    },
  );

  test('unplugged with its printer it stays shut, also when that is back; each sale is in the books', async () => {
    const rig = await openRig();
    const { lane, paper, jobs, until } = rig;
    paper.setPlugged(false);
    complete(lane, act);
    await until(() => stateOf(rig, 'printer')?.state === 'down' && stateOf(rig, 'printer')?.waiting === 1);
    expect(sales(lane)).toBe(1);
    paper.setPlugged(true);
    await until(() => jobs().waiting().length === 0);
    expect(paper.state().drawerPulses).toBe(0);
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

describe.each(ACTS)('the label printer, during a %s', (act) => {
  test.each([
    ['paper-out after 1 labels', [undefined, 'paperOut']],
    ['unplugged after 1 labels', ['lost']],
    ['answer lost', ['noAnswer']],
    ['garbage', [undefined]],
    ['slow 200 ms', [undefined, undefined]],
  ] as const)('%s: nothing waits for it, whoever wants a label is told, and it prints when it is well', async (script, reasons) => {
    const rig = await openRig('', '', { labelScript: script, pace: QUICK });
    const { lane, labels, ask, profile, until } = rig;
    const device = profile.at(-1);
    assert(device?.kind === 'labelPrinter', 'the lane has one');
    const print = async (): Promise<unknown> => {
      const reply = await ask({ type: 'testDevice', device, act: 'print' });
      return reply.type === 'refused' ? reply.refusal.detail['reason'] : undefined;
    };
    const first = print();
    complete(lane, act);
    expect(sales(lane)).toBe(1);
    const told = [await first];
    while (told.length < reasons.length) told.push(await print());
    expect(told).toEqual(reasons);
    if (told.at(-1) !== undefined) await until(() => stateOf(rig, 'labelPrinter')?.state === 'down');
    labels.setFaults({});
    labels.setPlugged(true);
    labels.setPaper(true);
    await until(() => stateOf(rig, 'labelPrinter')?.state === 'ready');
    expect(await print()).toBeUndefined();
    expect(labels.texts().at(-1)?.join(' ')).toContain('12.34');
    expect(sales(lane)).toBe(1);
  });
});
