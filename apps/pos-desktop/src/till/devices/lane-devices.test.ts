/** A lane with devices on real ports: receipts come out after the sale is safe, goods are sold by what lies on the scale, and nothing waits for them. */
import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { LEDGER_KINDS } from '@holdfast/domain';
import type { DeviceEntry } from '@holdfast/hardware';
import {
  createVirtualLabelPrinter,
  createVirtualPrinter,
  createVirtualScale,
  createVirtualTerminal,
  serveTerminal,
  type VirtualScale,
} from '@holdfast/hardware/virtual';
import { afterEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { closeRig, closing, openRig, type Rig, serve } from '../testing/device-rig.ts';
import { ASSORTMENT, createTestLane, MILK, silentLogger } from '../testing/test-lane.ts';
import { createLaneDevices, type LaneDevices } from './lane-devices.ts';

afterEach(closeRig);

const printerOf = (devices: LaneDevices): DeviceEntry => {
  const entry = devices.list().find((device) => device.entry.kind === 'receiptPrinter')?.entry;
  assert(entry !== undefined, 'the lane has a printer');
  return entry;
};
/** A Toledo, on a port of its own. */
async function serveScale(kind: 'scale' | 'baggingScale'): Promise<{ readonly scale: VirtualScale; readonly entry: DeviceEntry }> {
  const scale = createVirtualScale({ protocol: 'toledo-8217', clock: systemClock, timers: systemTimers });
  return { scale, entry: { kind, model: 'toledo-8217', address: await serve((peer) => scale.connect(peer)) } };
}
const isGrams =
  (grams: number) =>
  (reply: Awaited<ReturnType<Rig['ask']>>): boolean =>
    reply.type === 'reply' && reply.value.tested?.grams === grams;
const printer = (devices: LaneDevices) => devices.status().find(({ device }) => device === 'printer');

describe('the printer', () => {
  test('prints each sale, opens the drawer for cash, and marks and journals a reprint', async () => {
    const { lane, paper, devices, until, jobs } = await openRig();
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 200 });
    await until(() => paper.state().cuts === 1 && printer(devices)?.state === 'ready' && jobs().waiting().length === 0);
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

  test('without paper stops no sale, says so in the status line, and prints everything on the new roll', async () => {
    const { lane, paper, devices, until } = await openRig();
    paper.takePaperAway();
    for (let sale = 0; sale < 3; sale += 1) {
      lane.take({ type: 'scan', code: MILK });
      lane.take({ type: 'payCash', amountMinor: 119 });
    }
    await until(() => printer(devices)?.state === 'down');
    expect(printer(devices)).toEqual({
      device: 'printer',
      state: 'down',
      detail: 'paper is out, 3 waiting',
      reason: 'paperOut',
      waiting: 3,
    });
    paper.loadPaper();
    await until(() => paper.state().cuts === 3 && printer(devices)?.state === 'ready');
    expect(paper.text()).not.toContain('COPY');
    expect(paper.text().match(/Milk 1 l/g)).toHaveLength(3);
  });

  test('a drawer that a key opened is journalled and told; one that the till opened is not', async () => {
    const { lane, paper, devices, until } = await openRig();
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 119 });
    await until(() => paper.state().cuts === 1 && paper.state().isDrawerOpen);
    const drawer = () => devices.status().find(({ device }) => device === 'drawer');
    const before = lane.store.waiting().entries;
    paper.closeDrawer();
    await devices.answer({ type: 'testDevice', device: printerOf(devices), act: 'check' });
    expect(drawer()).toBeUndefined();
    paper.openDrawer();
    await until(() => drawer() !== undefined);
    expect(drawer()).toMatchObject({ state: 'warning', reason: 'openedAlone' });
    expect(lane.store.waiting().entries).toBe(before + 1);
    expect(lane.store.waiting().byKind.get(40)).toBe(1);
    paper.closeDrawer();
    await until(() => drawer() === undefined);
  });

  test('a till that was killed forgets no receipt: what never began comes out as it is, and the drawer stays shut', async () => {
    const { lane, paper, until, restart, jobs } = await openRig();
    paper.takePaperAway();
    for (let sale = 0; sale < 2; sale += 1) {
      lane.take({ type: 'scan', code: MILK });
      lane.take({ type: 'payCash', amountMinor: 119 });
    }
    expect(jobs().waiting()).toHaveLength(2);
    const { drawerPulses } = paper.state();
    await restart();
    paper.loadPaper();
    await until(() => paper.state().cuts === 2 && jobs().waiting().length === 0);
    expect(paper.text()).toMatch(/1-abcd-000001[^]*1-abcd-000002/);
    expect(paper.text()).not.toContain('COPY');
    expect(paper.state().drawerPulses).toBe(drawerPulses);
  });

  test('what was being printed when the till was killed comes out again as a copy', async () => {
    const { lane, paper, until, restart, jobs } = await openRig('paper-out after 8 lines');
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 119 });
    await until(() => paper.state().paper === 'out');
    expect(jobs().waiting()).toMatchObject([{ hasBegun: true }]);
    await restart();
    paper.setFaults({});
    paper.loadPaper();
    await until(() => jobs().waiting().length === 0 && paper.text().includes('COPY'));
    expect(paper.text()).toMatch(/COPY[^]*Milk 1 l/);
  });
});

describe('the scale', () => {
  const apples = { type: 'addItem', sku: 'APPLE', weigh: true } as const;

  test('sells what lies on it, less the tare that was said', async () => {
    const { scale, lane, ask } = await openRig();
    scale.put(842);
    expect(await ask(apples)).toMatchObject({ type: 'reply', ok: true });
    expect(lane.lines()).toMatchObject([{ sku: 'APPLE', quantity: { value: 842, unit: 'gram' }, amountMinor: 252 }]);
    expect(await ask({ ...apples, tare: 12, tareDecimals: 3 })).toMatchObject({ ok: true });
    expect(lane.lines().at(-1)).toMatchObject({ quantity: { value: 830 }, tare: 12 });
    expect(await ask({ type: 'addPlu', plu: '4011', weigh: true, quantity: -1 })).toMatchObject({ ok: true });
    expect(lane.lines().at(-1)).toMatchObject({ quantity: { value: -842, unit: 'gram' } });
  });

  test('goods by the piece are pieces, whatever lies on it', async () => {
    const { scale, lane, ask } = await openRig();
    scale.put(842);
    expect(await ask({ type: 'scan', code: MILK, weigh: true })).toMatchObject({ ok: true });
    expect(lane.lines()).toMatchObject([{ sku: 'MILK', quantity: { value: 1, unit: 'piece' } }]);
  });

  test.each([
    ['nothing lies on it', '', 0, { type: 'noWeight', detail: { reason: 'underCapacity' } }],
    ['it is too much', '', 15_500, { type: 'noWeight', detail: { reason: 'overCapacity' } }],
    ['it still moves', 'unstable for 60 s', 500, { type: 'noWeight', detail: { reason: 'moving' } }],
    ['it does not answer', 'answer lost', 500, { type: 'scaleUnavailable', detail: { reason: 'noAnswer' } }],
    ['it is unplugged', 'unplugged after 0 answers', 500, { type: 'scaleUnavailable', detail: { reason: 'lost' } }],
  ] as const)('nothing is sold where %s, and it can be typed', async (_, script, grams, refusal) => {
    const { scale, lane, ask, devices } = await openRig('', script);
    scale.put(grams);
    expect(await ask(apples)).toMatchObject({ type: 'refused', refusal });
    expect(lane.lines()).toEqual([]);
    const isDown = devices.status().some(({ device, state }) => device === 'scale' && state === 'down');
    expect(isDown).toBe(refusal.type === 'scaleUnavailable');
    lane.take({ type: 'addItem', sku: 'APPLE', quantity: 500 });
    lane.take({ type: 'payCash', amountMinor: 150 });
  });

  test('a lane without one says so', async () => {
    const lane = createTestLane();
    closing.push(() => lane.close());
    expect(lane.refusal(apples)).toBe('scaleUnavailable');
  });
});

test('the scanner’s codes go to the window, a torn one as what it is', async () => {
  const { scanner, scans, until } = await openRig();
  await until(() => scanner.state().isConnected);
  scanner.scan(MILK, ']E0');
  await until(() => scans.length === 1);
  scanner.setFaults({ cutsScans: true });
  scanner.scan(MILK);
  await until(() => scans.length === 2);
  expect(scans).toEqual([`]E0${MILK}`, undefined]);
});

describe('the customer display', () => {
  /** As windows hear of each change, and the display with them. */
  const sell = (rig: Rig, body: RequestBody): void => {
    const { broadcast, afterwards, reply } = rig.lane.till.handle({ id: crypto.randomUUID(), atMs: 0, body });
    assert(reply.type === 'reply', `${body.type} was answered`);
    for (const message of [...broadcast, ...(afterwards?.() ?? [])]) rig.devices.told(message);
  };
  const shows = (rig: Rig, upper: string, lower: string) => () =>
    rig.display.state().upper.trim() === upper && rig.display.state().lower.trim() === lower;

  test('shows the store, each of the goods with the total, what was paid, and the change', async () => {
    const rig = await openRig();
    await rig.until(shows(rig, 'Corner Shop', ''));
    sell(rig, { type: 'scan', code: MILK });
    await rig.until(shows(rig, 'Milk 1 l        1.19', 'Total           1.19'));
    sell(rig, { type: 'addItem', sku: 'PEAR', quantity: 3 });
    await rig.until(shows(rig, '3 x Pear        1.77', 'Total           2.96'));
    sell(rig, { type: 'tender', tenderType: 'cash', amountMinor: 200 });
    await rig.until(shows(rig, 'Cash            2.00', 'To pay          0.96'));
    sell(rig, { type: 'payCash', amountMinor: 100 });
    await rig.until(shows(rig, 'Total           2.96', 'Change          0.04'));
    sell(rig, { type: 'scan', code: MILK });
    await rig.until(shows(rig, 'Milk 1 l        1.19', 'Total           1.19'));
    expect(rig.display.state().unknownBytes).toBe(0);
  });

  test('that was unplugged holds up no sale, and shows the present one when it is back', async () => {
    const rig = await openRig();
    rig.display.setPlugged(false);
    sell(rig, { type: 'scan', code: MILK });
    sell(rig, { type: 'payCash', amountMinor: 200 });
    sell(rig, { type: 'addItem', sku: 'PEAR' });
    rig.display.setPlugged(true);
    await rig.until(shows(rig, 'Pear            0.59', 'Total           0.59'));
    expect(rig.display.state().rows).toBeLessThanOrEqual(4);
  });
});

describe('the setup screen', () => {
  test('is told what stands on the lane, how it is, and what may', async () => {
    const { ask, profile, until, devices } = await openRig();
    await until(() => devices.list().every(({ health }) => health.power === 'online'));
    const reply = await ask({ type: 'devices', find: true });
    assert(reply.type === 'reply' && reply.value.devices !== undefined, 'it is answered');
    const { devices: told, models, found } = reply.value.devices;
    expect(told.map(({ kind, model, address, power }) => ({ kind, model, address, power }))).toEqual(
      profile.map((entry) => ({ ...entry, power: 'online' })),
    );
    expect(told[1]?.statistics).toMatchObject({ connectCount: 1, communicationErrorCount: 0 });
    expect(models['receiptPrinter']).toContain('epson-tm-t20iii');
    expect(models['scale']).toContain('dialog-06');
    expect(Array.isArray(found)).toBe(true);
  });

  test('prints a page, weighs and asks, and says in a word what is wrong', async () => {
    const { ask, lane, profile, paper, scale, display, until } = await openRig();
    const [printerEntry, scaleEntry, , displayEntry] = profile;
    assert(printerEntry !== undefined && scaleEntry !== undefined && displayEntry !== undefined, 'they are there');
    expect(await ask({ type: 'testDevice', device: printerEntry, act: 'print' })).toMatchObject({ ok: true });
    expect(paper.text()).toMatch(/Holdfast[^]*Epson TM-T20III/);
    expect(await ask({ type: 'testDevice', device: printerEntry, act: 'openDrawer' })).toMatchObject({ ok: true });
    // A drawer that opens without a sale is journalled, also to see whether it does.
    expect(lane.store.waiting().byKind.get(LEDGER_KINDS.noSale.kind)).toBe(1);
    await until(() => paper.state().isDrawerOpen);
    scale.put(1_000);
    expect(await ask({ type: 'testDevice', device: scaleEntry, act: 'weigh' })).toMatchObject({ value: { tested: { grams: 1_000 } } });
    expect(await ask({ type: 'testDevice', device: displayEntry, act: 'show' })).toMatchObject({ ok: true });
    await until(() => display.state().upper.startsWith('Holdfast äöüß éèñ'));
    paper.setCover(true);
    expect(await ask({ type: 'testDevice', device: printerEntry, act: 'print' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'coverOpen', retry: 'safe' } },
    });
    // Before it stands in the profile, too.
    const other = { ...scaleEntry, model: 'nci' };
    expect(await ask({ type: 'testDevice', device: other, act: 'weigh' })).toMatchObject({ refusal: { type: 'scaleUnavailable' } });
    expect(await ask({ type: 'testDevice', device: { ...scaleEntry, model: 'kitchen' }, act: 'check' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'unknown' } },
    });
  });

  test('waits for a scan of that very scanner, and sells nothing of it', async () => {
    const { ask, profile, scanner, lane, until } = await openRig();
    const entry = profile[2];
    assert(entry !== undefined, 'it is there');
    await until(() => scanner.state().isConnected);
    const state = { isAnswered: false };
    const asked = ask({ type: 'testDevice', device: entry, act: 'scan' }).finally(() => (state.isAnswered = true));
    // The till asks first whether it is there; whoever stands before it scans until it has heard.
    while (!state.isAnswered) {
      scanner.scan(MILK);
      await new Promise(setImmediate);
    }
    expect(await asked).toMatchObject({ value: { tested: { code: MILK } } });
    expect(lane.lines()).toEqual([]);
  });

  test('sets the scale to zero, where its protocol can and little lies on it', async () => {
    const { ask, profile, scale } = await openRig();
    const entry = profile[1];
    assert(entry !== undefined, 'it is there');
    scale.put(12);
    expect(await ask({ type: 'testDevice', device: entry, act: 'zero' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'ownKeyOnly' } },
    });
    expect(await ask({ type: 'zeroScale' })).toMatchObject({ refusal: { type: 'noWeight', detail: { reason: 'ownKeyOnly' } } });
    const { scale: other, entry: toledo } = await serveScale('scale');
    expect(await ask({ type: 'setDevices', devices: [toledo] })).toMatchObject({ ok: true });
    other.put(12);
    expect(await ask({ type: 'zeroScale' })).toMatchObject({ type: 'reply', ok: true });
    expect(other.state().shownGrams).toBe(0);
    other.put(4_000);
    expect(await ask({ type: 'zeroScale' })).toMatchObject({ refusal: { type: 'noWeight', detail: { reason: 'outsideZero' } } });
    expect(await ask({ type: 'testDevice', device: toledo, act: 'zero' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'outsideZero' } },
    });
    expect(await ask({ type: 'setDevices', devices: [] })).toMatchObject({ ok: true });
    expect(await ask({ type: 'zeroScale' })).toMatchObject({ refusal: { type: 'scaleUnavailable', detail: { reason: 'unknown' } } });
  });

  test('a scale under the bags is a device of its own: nothing is sold by it, nothing is a weight of it too', async () => {
    const { ask, devices, lane, until } = await openRig();
    const { scale, entry } = await serveScale('baggingScale');
    expect(await ask({ type: 'setDevices', devices: [entry] })).toMatchObject({ ok: true });
    await until(() => devices.status().some(({ device, state }) => device === 'baggingScale' && state === 'ready'));
    expect(await ask({ type: 'testDevice', device: entry, act: 'weigh' })).toMatchObject({ value: { tested: { grams: 0 } } });
    scale.put(842);
    // It is told at the next look, not before.
    while (!isGrams(842)(await ask({ type: 'testDevice', device: entry, act: 'weigh' })))
      await new Promise<void>((resolve) => void systemTimers.after(20, resolve));
    expect(await ask({ type: 'addItem', sku: 'APPLE', weigh: true })).toMatchObject({ refusal: { type: 'scaleUnavailable' } });
    expect(lane.lines()).toEqual([]);
    scale.put(30);
    expect(await ask({ type: 'testDevice', device: entry, act: 'zero' })).toMatchObject({ ok: true });
    expect(await ask({ type: 'testDevice', device: { ...entry, model: 'dialog-06' }, act: 'weigh' })).toMatchObject({
      refusal: { type: 'deviceFailed' },
    });
  });

  test('a label printer prints a label, and says what is wrong with it', async () => {
    const { ask } = await openRig();
    const labels = createVirtualLabelPrinter({ model: 'zpl-203', timers: systemTimers });
    const address = await serve((peer) => labels.connect(peer));
    const device: DeviceEntry = { kind: 'labelPrinter', model: 'zpl-203', address };
    expect(await ask({ type: 'testDevice', device, act: 'print' })).toMatchObject({ ok: true });
    expect(labels.texts().flat()).toEqual(expect.arrayContaining(['12.34', 'TEST']));
    labels.setPaper(false);
    expect(await ask({ type: 'testDevice', device, act: 'print' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'paperOut', retry: 'safe' } },
    });
    expect(await ask({ type: 'setDevices', devices: [device] })).toMatchObject({ ok: true });
    labels.setPaper(true);
    expect(await ask({ type: 'testDevice', device, act: 'print' })).toMatchObject({ ok: true });
  });

  test('what a terminal is opened with is told to nobody, and stays what it was when the lane is saved again', async () => {
    const { ask, devices, profiles } = await openRig();
    const entry: DeviceEntry = { kind: 'paymentTerminal', model: 'zvt', address: 'tcp://127.0.0.1:1?password=918273' };
    const saved = await ask({ type: 'setDevices', devices: [entry] });
    const shown = { ...entry, address: 'tcp://127.0.0.1:1?password=******' };
    expect(saved).toMatchObject({ value: { devices: { devices: [shown] } } });
    expect(devices.list().map((device) => device.entry)).toEqual([shown]);
    expect(await ask({ type: 'testDevice', device: shown, act: 'check' })).toMatchObject({
      refusal: { detail: { reason: 'unreachable' } },
    });
    const told = [saved, await ask({ type: 'devices', find: true }), await ask({ type: 'setDevices', devices: [shown] })];
    expect(JSON.stringify(told)).not.toContain('918273');
    expect(profiles).toEqual([[entry], [entry]]);
    // Of another terminal nobody knows it.
    expect(await ask({ type: 'setDevices', devices: [{ ...shown, address: 'tcp://127.0.0.1:2?password=******' }] })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { problem: 'address' } },
    });
  });

  test('a model is tried where another one stands, which has its line back afterwards', async () => {
    const { ask, profile, paper, devices, until } = await openRig();
    const entry = profile[0];
    assert(entry !== undefined, 'it is there');
    expect(await ask({ type: 'testDevice', device: { ...entry, model: 'epson-tm-t88vi' }, act: 'print' })).toMatchObject({ ok: true });
    expect(paper.text()).toContain('Epson TM-T88VI');
    await until(() => devices.list().every(({ health }) => health.power === 'online'));
    expect(devices.list().map((device) => device.entry)).toEqual(profile);
  });

  test('a payment terminal is one of the lane’s devices: tried before it is saved, handed to who works with it, and taken away', async () => {
    const { ask, devices, profile, terminals } = await openRig();
    const virtual = createVirtualTerminal({ timers: systemTimers });
    const served = await serveTerminal(virtual, 'zvt', { port: 0 });
    closing.push(served.close);
    const entry: DeviceEntry = { kind: 'paymentTerminal', model: 'zvt', address: served.address.replace('zvt@', '') };
    expect(terminals).toEqual([undefined]);
    expect(await ask({ type: 'testDevice', device: entry, act: 'check' })).toMatchObject({ ok: true });
    expect(await ask({ type: 'testDevice', device: { ...entry, address: 'tcp://127.0.0.1:1' }, act: 'check' })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { reason: 'unreachable' } },
    });
    expect(await ask({ type: 'setDevices', devices: [...profile, { ...entry, address: 'serial:///dev/ttyS9' }] })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { problem: 'address' } },
    });
    expect(await ask({ type: 'setDevices', devices: [...profile, entry] })).toMatchObject({ ok: true });
    expect(devices.hasTerminal()).toBe(true);
    const driver = terminals.at(-1);
    assert(driver !== undefined, 'the driver is handed over');
    expect(await driver.check({ serviceId: 'A123456789', atMs: 0 })).toEqual({ ok: true, value: undefined });
    const health = () => devices.list().find((device) => device.entry.kind === 'paymentTerminal')?.health;
    expect(health()).toMatchObject({ power: 'online', statistics: { approvedCount: 0 } });
    // How it is, who works with it tells in the status line.
    expect(devices.status().some(({ device }) => device === 'terminal')).toBe(false);
    await served.close();
    await driver.check({ serviceId: 'A123456780', atMs: 0 });
    expect(health()).toMatchObject({ power: 'offline', reason: 'unreachable' });
    expect(await ask({ type: 'setDevices', devices: [...profile] })).toMatchObject({ ok: true });
    expect(terminals.at(-1)).toBeUndefined();
  });

  test('changes what stands on the lane at once; what waits to be printed goes to the new printer', async () => {
    const { ask, lane, paper, profile, until, jobs, devices } = await openRig();
    paper.takePaperAway();
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'payCash', amountMinor: 119 });
    const second = createVirtualPrinter({ model: 'star-tsp100iv', timers: systemTimers });
    const address = await serve((peer) => second.connect(peer));
    expect(await ask({ type: 'setDevices', devices: [{ kind: 'receiptPrinter', model: 'laser', address }] })).toMatchObject({
      refusal: { type: 'deviceFailed', detail: { problem: 'model' } },
    });
    const next = await ask({ type: 'setDevices', devices: [{ kind: 'receiptPrinter', model: 'star-tsp100iv', address }] });
    expect(next).toMatchObject({ value: { devices: { devices: [{ model: 'star-tsp100iv', power: 'online' }] } } });
    await until(() => jobs().waiting().length === 0);
    expect(second.text()).toContain('Milk 1 l');
    expect(profile).toHaveLength(4);
    expect(devices.status().map(({ device }) => device)).toEqual(['printer']);
  });
});

test.each([
  ['cashier', 'approvalNeeded'],
  ['supervisor', 'deviceFailed'],
  ['manager', 'deviceFailed'],
])('by a %s: what stands on the lane is changed, and its drawer tried, by whom the table lets (%s)', (roles, refused) => {
  const lane = createTestLane([...ASSORTMENT, { type: 'staff', key: '1', fields: { roles } }]);
  closing.push(() => lane.close());
  const device: DeviceEntry = { kind: 'receiptPrinter', model: 'epson-tm-t20iii', address: 'tcp://127.0.0.1:1' };
  const guarded: readonly RequestBody[] = [
    { type: 'setDevices', devices: [] },
    { type: 'testDevice', device, act: 'openDrawer' },
  ];
  for (const body of guarded) {
    // This lane has no devices: what may be asked of them fails there.
    expect(lane.refusal(body)).toBe(refused);
    expect(lane.till.devicesToAsk({ id: 'x', atMs: 0, body }) === undefined).toBe(refused === 'approvalNeeded');
  }
  expect(lane.refusal({ type: 'testDevice', device, act: 'print' })).toBe('deviceFailed');
});

test('a device that nobody knows keeps no lane from selling', async () => {
  const errors: string[] = [];
  const devices = createLaneDevices([{ kind: 'receiptPrinter', model: 'laser-9000', address: 'tcp://127.0.0.1:9100' }], {
    clock: systemClock,
    timers: systemTimers,
    logger: { ...silentLogger, error: (message) => void errors.push(message) },
    onChange: () => {},
    onScan: () => {},
    onDrawerOpened: () => {},
    onPrinting: () => {},
    onPrinted: () => {},
    onProfile: () => {},
    terminalNames: { saleId: () => undefined, newId: () => '' },
    onTerminal: () => {},
    waitingPrints: () => [],
    shop: () => undefined,
  });
  await devices.start();
  expect(devices.status()).toEqual([{ device: 'printer', state: 'down', detail: 'not known', reason: 'unknown' }]);
  expect(errors).toEqual(['a device of the lane is not known']);
  devices.close();
});
