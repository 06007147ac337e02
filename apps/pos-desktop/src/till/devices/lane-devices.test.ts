import { assert } from '@holdfast/base';
/** A lane with a printer on a real port: receipts come out after the sale is safe, and nothing waits for them. */
import { systemClock, systemTimers } from '@holdfast/base/node';
import { createVirtualPrinter, parseFaults, serveDevice, type DevicePort, type VirtualPrinter } from '@holdfast/hardware/virtual';
import { afterEach, expect, test } from 'vitest';

import { createTestLane, MILK, silentLogger, type TestLane } from '../testing/test-lane.ts';
import { openLaneDevices, type LaneDevices } from './lane-devices.ts';

interface Rig {
  readonly lane: TestLane;
  readonly paper: VirtualPrinter;
  readonly devices: LaneDevices;
  /** Resolves when `isSo` holds, looking again at each change. */
  readonly until: (isSo: () => boolean) => Promise<void>;
}

let close: (() => Promise<void>) | undefined;
afterEach(async () => await close?.());

async function openRig(script = ''): Promise<Rig> {
  const faults = parseFaults(script);
  assert(faults.ok, 'the script is known');
  const paper = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers, faults: faults.value });
  const port: DevicePort = await serveDevice(0, (peer) => paper.connect(peer));
  const looking = new Set<() => void>();
  const look = (): void => looking.forEach((again) => again());
  paper.onChange(look);
  const devices = await openLaneDevices([{ model: 'epson-tm-t20iii', address: `tcp://127.0.0.1:${port.port}` }], {
    clock: systemClock,
    timers: systemTimers,
    logger: silentLogger,
    onChange: look,
  });
  const lane = createTestLane(undefined, undefined, (print) => devices.printReceipt(print));
  close = async () => {
    devices.close();
    lane.close();
    await port.close();
  };
  const until = async (isSo: () => boolean): Promise<void> =>
    await new Promise((resolve) => {
      const again = (): void => {
        if (!isSo()) return;
        looking.delete(again);
        resolve();
      };
      looking.add(again);
      again();
    });
  return { lane, paper, devices, until };
}

test('each sale is printed, cash opens the drawer, and a reprint is marked and journalled', async () => {
  const { lane, paper, devices, until } = await openRig();
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 200 });
  await until(() => paper.state().cuts === 1 && devices.status()[0]?.state === 'ready');
  expect(paper.text()).toMatch(/Corner Shop[^]*Milk 1 l +1.19 A[^]*1-abcd-000001/);
  expect(paper.text()).not.toContain('COPY');
  expect(paper.state().drawerPulses).toBe(1);

  const before = lane.store.waiting().entries;
  lane.take({ type: 'printReceipt', receiptNumber: '1-abcd-000001' });
  await until(() => paper.state().cuts === 2);
  expect(paper.text()).toMatch(/COPY[^]*Milk 1 l/);
  expect(paper.state().drawerPulses).toBe(1);
  expect(lane.store.waiting().entries).toBe(before + 1);
  expect(lane.refusal({ type: 'printReceipt', receiptNumber: '1-abcd-000099' })).toBe('noSuchReceipt');
});

test('a printer without paper stops no sale, says so in the status line, and prints everything on the new roll', async () => {
  const { lane, paper, devices, until } = await openRig();
  paper.takePaperAway();
  for (let sale = 0; sale < 3; sale += 1) {
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 119 });
  }
  await until(() => devices.status()[0]?.state === 'down');
  expect(devices.status()).toEqual([{ device: 'printer', state: 'down', detail: 'paper is out, 3 waiting' }]);
  paper.loadPaper();
  await until(() => paper.state().cuts === 3 && devices.status()[0]?.state === 'ready');
  expect(paper.text()).not.toContain('COPY');
  expect(paper.text().match(/Milk 1 l/g)).toHaveLength(3);
});

test('a printer that nobody knows keeps no lane from selling', async () => {
  const errors: string[] = [];
  const devices = await openLaneDevices([{ model: 'laser-9000', address: 'tcp://127.0.0.1:9100' }], {
    clock: systemClock,
    timers: systemTimers,
    logger: { ...silentLogger, error: (message) => void errors.push(message) },
    onChange: () => {},
  });
  expect(devices.status()).toEqual([{ device: 'printer', state: 'down', detail: 'not known, or its driver is missing' }]);
  expect(errors).toEqual(['the lane has no printer']);
  devices.close();
});
