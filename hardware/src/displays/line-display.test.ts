/** The contract of a customer display, for each language, over memory, TCP and a serial line; at the other end a virtual one that reads its bytes. */
import { assert, type Timers } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import { afterEach, describe, expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { serialLink } from '../link/serial-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { parseDisplayFaults } from '../virtual/display/faults.ts';
import { createVirtualDisplay, type VirtualDisplay } from '../virtual/display/virtual-display.ts';
import { hasSocat, openSerialPair, standAt } from '../virtual/serial-pair.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { DISPLAY_PROTOCOL_IDS, encodeFrame, type DisplayProtocolId } from './display-protocols.ts';
import { createLineDisplay, type LineDisplay } from './line-display.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Way = 'memory' | 'TCP' | 'a serial line';

interface Rig {
  readonly display: LineDisplay;
  readonly virtual: VirtualDisplay;
  /** Resolves when the display shows it, without the blanks at its rows' ends. */
  readonly until: (upper: string, lower: string) => Promise<void>;
}

/** A busy machine is no display that takes nothing. */
const TIMING = { writeMs: 5_000, connectMs: 5_000, firstRetryMs: 10, lastRetryMs: 20 };

let addresses = 0;

async function rigOf(protocol: DisplayProtocolId, over: Way, script = '', timers: Timers = systemTimers): Promise<Rig> {
  const faults = parseDisplayFaults(script);
  assert(faults.ok, 'the script is known');
  const virtual = createVirtualDisplay({ protocol, timers, faults: faults.value });
  const display = createLineDisplay({ protocol, link: await linkTo(virtual, over), timers, timing: TIMING });
  closing.push(() => display.close());
  const until = async (upper: string, lower: string): Promise<void> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const state = virtual.state();
        if (state.upper.trimEnd() !== upper || state.lower.trimEnd() !== lower) return;
        stop();
        resolve();
      };
      const stop = virtual.onChange(look);
      look();
    });
  return { display, virtual, until };
}

async function linkTo(virtual: VirtualDisplay, over: Way) {
  if (over === 'memory') return memoryLink(`memory://display-${++addresses}`, (peer) => virtual.connect(peer));
  if (over === 'TCP') {
    const server = await serveDevice(0, (peer) => virtual.connect(peer));
    closing.push(server.close);
    return tcpLink('127.0.0.1', server.port);
  }
  const pair = await openSerialPair();
  const end = await standAt(pair);
  virtual.connect({ ...end.peer, close: () => {} });
  closing.push(end.close);
  return serialLink(pair.ours, { baud: 9_600 });
}

const ways = DISPLAY_PROTOCOL_IDS.flatMap((protocol) => (['memory', 'TCP'] as const).map((over) => [protocol, over] as const));
const lines: readonly (readonly [DisplayProtocolId, Way])[] = hasSocat() ? DISPLAY_PROTOCOL_IDS.map((id) => [id, 'a serial line']) : [];
if (!hasSocat()) process.stderr.write('not run: customer displays on a serial line, for socat is not installed\n');

describe.each([...ways, ...lines])('%s over %s', (protocol, over) => {
  test('shows both rows, and nothing of the frame before', async () => {
    const { display, virtual, until } = await rigOf(protocol, over);
    display.show(['Coffee beans   12.99', 'Total         119.90']);
    display.show(['Milk 1 l        1.19', 'Total           1.19']);
    expect(await display.settled()).toEqual({ ok: true, value: undefined });
    await until('Milk 1 l        1.19', 'Total           1.19');
    display.show(['Tea', '']);
    await until('Tea', '');
    expect(virtual.state().unknownBytes).toBe(0);
    expect(display.health()).toMatchObject({ power: 'online', statistics: { connectCount: 1, communicationErrorCount: 0 } });
  });

  test('letters with marks, and none that it does not have', async () => {
    const { display, virtual, until } = await rigOf(protocol, over);
    display.show(['Käse, crème', 'Zwölf  12,50']);
    await until('Käse, crème', 'Zwölf  12,50');
    display.show(['牛乳  1.19', 'Phở 2']);
    await until('    1.19', 'Pho 2');
    expect(virtual.state().unknownBytes).toBe(0);
  });

  test('talks back, and it harms nothing', async () => {
    const { display, until } = await rigOf(protocol, over, 'garbage, slow 5 ms');
    display.show(['one', 'two']);
    await until('one', 'two');
    expect(await display.checkHealth()).toEqual({ ok: true, value: undefined });
  });
});

describe.each(DISPLAY_PROTOCOL_IDS)('%s', (protocol) => {
  test('its plug is pulled between two rows: back again, it shows what it should, without being asked', async () => {
    const { display, virtual, until } = await rigOf(protocol, 'TCP', 'unplugged after 3 rows');
    display.show(['one', 'two']);
    await until('one', 'two');
    const isGone = new Promise<void>((resolve) => {
      const stop = virtual.onChange(() => {
        if (virtual.state().isPlugged) return;
        stop();
        resolve();
      });
    });
    display.show(['three', 'four']);
    await isGone;
    display.show(['five', 'six']);
    virtual.setPlugged(true);
    await until('five', 'six');
    expect(display.health()).toMatchObject({ power: 'online' });
    expect(display.health().statistics['lostCount']).toBeGreaterThan(0);
    expect(await display.checkHealth()).toEqual({ ok: true, value: undefined });
  });

  test('what nobody is there to take is not sent later than what came after it', async () => {
    const { display, virtual, until } = await rigOf(protocol, 'memory');
    virtual.setPlugged(false);
    for (let frame = 0; frame < 50; frame += 1) display.show([`frame ${frame}`, '']);
    virtual.setPlugged(true);
    await until('frame 49', '');
    expect(virtual.state().rows).toBeLessThanOrEqual(4);
  });
});

test.each([
  ['cd5220', '1b 74 00 1b 51 41 4b 84 73 65 20*16 0d 1b 51 42 32 2c 35 30 20*16 0d'],
  ['epson-dm-d', '1b 74 00 1f 24 01 01 4b 84 73 65 20*16 1f 24 01 02 32 2c 35 30 20*16'],
] as const)('%s: the very bytes', (protocol, bytes) => {
  const expected = bytes.replaceAll(/20\*(\d+)/g, (_, times: string) => Array<string>(Number(times)).fill('20').join(' '));
  expect(Buffer.from(encodeFrame(protocol, ['Käse', '2,50'])).toString('hex')).toBe(expected.replaceAll(' ', ''));
});

test('the code page is the one that holds most of both rows', () => {
  const number = (rows: readonly [string, string]): number | undefined => encodeFrame('epson-dm-d', rows)[2];
  expect(number(['plain', '1.00'])).toBe(0);
  expect(number(['Молоко', '1,19'])).toBe(17);
  expect(number(['Żółć', '2,00 zł'])).toBe(18);
  expect(number(['Milch', '1,19 €'])).toBe(16);
});

test.each(DISPLAY_PROTOCOL_IDS)(
  'a quarter of a megabyte of noise on the line of a %s is read once, and a row that never ends is none',
  async (protocol) => {
    const virtual = createVirtualDisplay({ protocol, timers: systemTimers });
    const line = await memoryLink(`memory://noise-${++addresses}`, (peer) => virtual.connect(peer)).open(1);
    assert(line.ok, 'it opens');
    for (let at = 0; at < 250_000; at += 50_000) await line.value.write(new Uint8Array(50_000).fill(0x07), 1);
    expect(virtual.state().unknownBytes).toBe(250_000);
    await line.value.write(Uint8Array.of(0x1b, 0x51, 0x41, ...new Uint8Array(500).fill(0x41)), 1);
    await line.value.write(Uint8Array.of(0x0c), 1);
    expect(virtual.state()).toMatchObject({ upper: ' '.repeat(20), lower: ' '.repeat(20) });
    line.value.close();
  },
);
