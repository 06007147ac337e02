import { describe, expect, test } from 'vitest';

import type { DeviceEntry, FoundDevice, LaneDevice, RequestBody, TillMessage } from '../../shared/till-contract.ts';
import type { TillClient, TillReply } from '../till-client.ts';
import { EMPTY_VIEW, type TillView } from '../till-view.ts';
import { createSetupController, isChanged, modelsLeft, type SetupController, toAddress } from './setup-controller.ts';

const PRINTER: DeviceEntry = { kind: 'receiptPrinter', model: 'epson-tm-t20iii', address: 'tcp://192.168.1.50' };
const SECOND: DeviceEntry = { kind: 'receiptPrinter', model: 'star-mpop', address: 'tcp://192.168.1.51' };
const SCALE: DeviceEntry = { kind: 'scale', model: 'dialog-06', address: 'serial:///dev/ttyUSB0' };
const MODELS = { receiptPrinter: ['epson-tm-t20iii', 'epson-tm-t88vi', 'star-mpop'], scale: ['dialog-06', 'nci'], labelPrinter: ['zpl'] };
const LINE: FoundDevice = { address: 'serial:///dev/ttyUSB1', name: 'FTDI 7A' };
const SCANNER: FoundDevice = { address: 'hid://0c2e-0b6a', name: 'Honeywell', kind: 'scanner', model: 'hid-pos' };

const online = (entry: DeviceEntry): LaneDevice => ({ ...entry, power: 'online', statistics: { goodPrintCount: 3 } });
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
};

interface Bench {
  readonly setup: SetupController;
  readonly sent: RequestBody[];
  readonly tones: string[];
  /** What the till keeps. */
  lane: readonly LaneDevice[];
  answer: ((body: RequestBody) => TillReply | Promise<TillReply>) | undefined;
  readonly status: (devices: NonNullable<TillView['status']>['devices']) => void;
}

const openBench = async (lane: readonly LaneDevice[] = [online(PRINTER)]): Promise<Bench> => {
  const listeners = new Set<() => void>();
  let view: TillView = EMPTY_VIEW;
  const ask = async (body: RequestBody): Promise<TillReply> => {
    bench.sent.push(body);
    const own = bench.answer === undefined ? undefined : await bench.answer(body);
    if (own !== undefined) return own;
    if (body.type === 'setDevices') bench.lane = body.devices.map(online);
    const found = body.type === 'devices' && body.find === true ? { found: [LINE, SCANNER] } : {};
    return {
      ok: true,
      value: body.type === 'testDevice' ? { tested: {} } : { devices: { devices: [...bench.lane], models: MODELS, ...found } },
    };
  };
  const client: TillClient = {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: ask,
    onScan: () => () => {},
    close: () => {},
  };
  const tones: string[] = [];
  const bench: Bench = {
    setup: createSetupController(client, (kind) => tones.push(kind)),
    sent: [],
    tones,
    lane,
    answer: undefined,
    status: (devices) => {
      view = { ...view, status: { devices } as Extract<TillMessage, { type: 'status' }>['status'] };
      for (const listener of listeners) listener();
    },
  };
  bench.setup.toggle();
  await settled();
  return bench;
};
const type = (setup: SetupController, text: string): void => {
  for (const character of text) setup.typed(character);
};

test('while it is closed, keys, figures and scans are the sale’s', async () => {
  const { setup } = await openBench();
  setup.toggle();
  expect([setup.typed('1'), setup.key('Enter'), setup.scan('4012345678901'), setup.torn()]).toEqual([false, false, false, false]);
});

test('it opens with what stands on the lane and what this machine has', async () => {
  const { setup } = await openBench([online(PRINTER), online(SCALE)]);
  expect(setup.state()).toMatchObject({ draft: [PRINTER, SCALE], found: [LINE, SCANNER], isSearching: false });
  expect(isChanged(setup.state())).toBe(false);
});

test('a scan is shown, and a figure of it stands in no question', async () => {
  const { setup } = await openBench();
  setup.ask('address');
  type(setup, '40');
  expect(setup.untyped('40')).toBe(true);
  expect(setup.scan('4012345678901')).toBe(true);
  expect(setup.state()).toMatchObject({ scanned: '4012345678901', typed: PRINTER.address });
});

test('nothing is added before the till has told what stands on the lane', async () => {
  const { setup } = await openBench();
  setup.toggle();
  setup.toggle();
  setup.add('scale');
  expect(setup.state()).toMatchObject({ draft: [], question: undefined });
  await settled();
  expect(setup.state().draft).toEqual([PRINTER]);
});

describe('what is added', () => {
  test('by keys alone: its kind, its model by a part of the name, its address by its figures', async () => {
    const { setup, sent } = await openBench();
    setup.add('receiptPrinter');
    expect(setup.state().question).toEqual({ type: 'model' });
    type(setup, 'epson');
    expect(modelsLeft(setup.state())).toEqual(['epson-tm-t20iii', 'epson-tm-t88vi']);
    setup.key('ArrowDown');
    setup.key('ArrowDown');
    setup.key('Enter');
    expect(setup.state().question).toEqual({ type: 'address' });
    type(setup, '192.168.1.69');
    setup.key('Backspace');
    setup.key('Enter');
    const added = { kind: 'receiptPrinter', model: 'epson-tm-t88vi', address: 'tcp://192.168.1.6' };
    expect(setup.state()).toMatchObject({ draft: [PRINTER, added], chosen: 1, question: undefined });
    setup.save();
    await settled();
    expect(sent).toContainEqual({ type: 'setDevices', devices: [PRINTER, added] });
    expect(isChanged(setup.state())).toBe(false);
  });

  test('a found line is asked what hangs on it, a found scanner says it itself', async () => {
    const { setup } = await openBench();
    setup.take(LINE);
    setup.chooseKind('scale');
    setup.chooseModel('nci');
    expect(setup.state()).toMatchObject({ draft: [PRINTER, { kind: 'scale', model: 'nci', address: LINE.address }], question: undefined });
    setup.take(SCANNER);
    expect(setup.state().draft.at(-1)).toEqual({ kind: 'scanner', model: 'hid-pos', address: SCANNER.address });
  });

  test('a kind with one model asks only where it is; who turns back leaves nothing half', async () => {
    const { setup } = await openBench();
    setup.add('labelPrinter');
    expect(setup.state()).toMatchObject({ question: { type: 'address' }, chosen: 1 });
    setup.submit();
    expect(setup.state().problem).toMatchObject({ detail: { reason: 'noAddress' } });
    setup.key('Escape');
    expect(setup.state()).toMatchObject({ draft: [PRINTER], question: undefined });
  });

  test.each([
    ['192.168.1.50', 'tcp://192.168.1.50'],
    ['printer.lan:9101', 'tcp://printer.lan:9101'],
    ['/dev/ttyUSB0', 'serial:///dev/ttyUSB0'],
    ['com3', 'serial:///COM3'],
    ['0C2E-0B6A', 'hid://0c2e-0b6a'],
    ['tcp://10.0.0.1:9100', 'tcp://10.0.0.1:9100'],
    ['  ', ''],
  ])('%s is %s', (typed, address) => expect(toAddress(typed)).toBe(address));
});

describe('a test', () => {
  test('says what came of it, and is one at a time', async () => {
    const bench = await openBench([online(SCALE)]);
    const { setup, sent } = bench;
    let answer = (_reply: TillReply): void => {};
    bench.answer = (body) =>
      body.type === 'testDevice'
        ? new Promise((resolve) => (answer = resolve))
        : { ok: true, value: { devices: { devices: [...bench.lane], models: MODELS } } };
    setup.test('weigh');
    setup.test('weigh');
    expect([...setup.state().tests.values()]).toMatchObject([{ act: 'weigh', state: 'running' }]);
    await settled();
    answer({ ok: true, value: { tested: { grams: 842 } } });
    await settled();
    expect([...setup.state().tests.values()]).toMatchObject([{ state: 'done', grams: 842 }]);
    expect(sent.filter((body) => body.type === 'testDevice')).toEqual([{ type: 'testDevice', device: SCALE, act: 'weigh' }]);
  });

  test('that fails keeps why, with the tone of an error', async () => {
    const bench = await openBench();
    bench.answer = (body) =>
      body.type === 'testDevice'
        ? { ok: false, refusal: { type: 'deviceFailed', detail: { reason: 'paperOut' } } }
        : { ok: true, value: { devices: { devices: [...bench.lane], models: MODELS } } };
    bench.setup.test('print');
    await settled();
    expect([...bench.setup.state().tests.values()]).toMatchObject([{ state: 'failed', problem: { detail: { reason: 'paperOut' } } }]);
    expect(bench.tones).toEqual(['error']);
  });
});

test('what a test found is past once the device does otherwise by itself', async () => {
  const bench = await openBench();
  bench.setup.test('print');
  await settled();
  expect(bench.setup.state().tests.size).toBe(1);
  bench.lane = [{ ...online(PRINTER), reason: 'paperOut' }];
  bench.status([]);
  await settled();
  expect(bench.setup.state().tests.size).toBe(0);
});

describe('what is changed', () => {
  test('the second printer stands first, and a device goes', async () => {
    const { setup } = await openBench([online(PRINTER), online(SCALE), online(SECOND)]);
    setup.choose(2);
    setup.putFirst();
    expect(setup.state()).toMatchObject({ draft: [SECOND, PRINTER, SCALE], chosen: 0 });
    setup.key('ArrowDown');
    setup.remove();
    expect(setup.state()).toMatchObject({ draft: [SECOND, SCALE], chosen: 1 });
  });

  test('is asked about before it is lost, and survives news of the devices', async () => {
    const bench = await openBench([online(PRINTER), online(SCALE)]);
    const { setup } = bench;
    setup.remove();
    bench.lane = [{ ...online(PRINTER), reason: 'paperOut' }, online(SCALE)];
    bench.status([]);
    await settled();
    expect(setup.state()).toMatchObject({ draft: [SCALE], saved: [{ reason: 'paperOut' }, {}] });
    setup.key('Escape');
    expect(setup.state()).toMatchObject({ isOpen: true, question: { type: 'leave' } });
    setup.key('Escape');
    expect(setup.state()).toMatchObject({ isOpen: true, question: undefined });
    setup.key('Escape');
    setup.discard();
    expect(setup.state().isOpen).toBe(false);
  });

  test('and refused stays as it was typed, with why', async () => {
    const bench = await openBench();
    const { setup } = bench;
    setup.ask('address');
    for (const _ of PRINTER.address) setup.key('Backspace');
    type(setup, 'nonsense here');
    setup.key('Enter');
    bench.answer = () => ({ ok: false, refusal: { type: 'deviceFailed', detail: { problem: 'address' } } });
    setup.save();
    await settled();
    expect(setup.state()).toMatchObject({ problem: { detail: { problem: 'address' } }, isSaving: false });
    expect(isChanged(setup.state())).toBe(true);
  });

  test('what has no model or address is asked for before it is saved', async () => {
    const { setup, sent } = await openBench();
    setup.add('scale');
    setup.choose(0);
    setup.save();
    await settled();
    expect(setup.state()).toMatchObject({ chosen: 1, question: { type: 'model' } });
    expect(sent.some((body) => body.type === 'setDevices')).toBe(false);
  });
});

test('the network is searched when somebody wants it, once at a time, and what it has is taken as a line is', async () => {
  const bench = await openBench();
  const { setup, sent } = bench;
  expect(sent).toEqual([{ type: 'devices', find: true }]);
  const printer: FoundDevice = { address: 'tcp://192.168.1.77:9100', name: '192.168.1.77:9100' };
  let answer = (): void => {};
  sent.length = 0;
  const waiting = new Promise<void>((resolve) => (answer = resolve));
  bench.answer = async () => {
    await waiting;
    return { ok: true, value: { devices: { devices: [online(PRINTER)], models: MODELS, found: [LINE, printer] } } };
  };
  setup.searchNetwork();
  setup.searchNetwork();
  expect(setup.state().isSearching).toBe(true);
  expect(sent).toEqual([{ type: 'devices', find: true, network: true }]);
  answer();
  await settled();
  expect(setup.state()).toMatchObject({ isSearching: false, found: [LINE, printer] });
  setup.take(printer);
  setup.chooseKind('receiptPrinter');
  expect(setup.state()).toMatchObject({
    question: { type: 'model' },
    draft: [PRINTER, { kind: 'receiptPrinter', address: printer.address }],
  });
});
