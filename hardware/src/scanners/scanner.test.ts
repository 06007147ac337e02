/** The contract of a scanner, for each way in which they send, over memory and TCP; a serial one over a serial line, too. */
import { assert } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { parseScannerFaults } from '../virtual/scanner/faults.ts';
import { createVirtualScanner, scanBytes, type VirtualScanner } from '../virtual/scanner/virtual-scanner.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { createScanReader, SCANNER_MODELS, type ScannerModel } from './scan-readers.ts';
import { createScanner, type Scanner, type ScannerEvent } from './scanner.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Rig {
  readonly scanner: Scanner;
  readonly virtual: VirtualScanner;
  readonly events: ScannerEvent[];
  /** Resolves when `isSo` holds, looked at after each event and change. */
  readonly until: (isSo: () => boolean) => Promise<void>;
}

let addresses = 0;

async function rigOf(model: ScannerModel, over: 'memory' | 'TCP', script = ''): Promise<Rig> {
  const faults = parseScannerFaults(script);
  assert(faults.ok, 'the script is known');
  const virtual = createVirtualScanner({ model, timers: systemTimers, faults: faults.value });
  let link = memoryLink(`memory://scanner-${++addresses}`, (peer) => virtual.connect(peer));
  if (over === 'TCP') {
    const server = await serveDevice(0, (peer) => virtual.connect(peer));
    closing.push(server.close);
    link = tcpLink('127.0.0.1', server.port);
  }
  const events: ScannerEvent[] = [];
  const looking = new Set<() => void>();
  const look = (): void => looking.forEach((again) => again());
  virtual.onChange(look);
  const scanner = createScanner({
    model,
    link,
    timers: systemTimers,
    timing: { firstRetryMs: 10, lastRetryMs: 20, connectMs: 500, restMs: 50 },
    onEvent: (event) => {
      events.push(event);
      look();
    },
    onStatus: look,
  });
  closing.push(() => scanner.close());
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
  await until(() => virtual.state().isConnected && scanner.health().power === 'online');
  return { scanner, virtual, events, until };
}

const data = (text: string): ScannerEvent => ({ type: 'data', text });
const ELEMENTS = '0109506000134352172612311\u001d10ABC';

describe.each(SCANNER_MODELS)('%s', (model) => {
  test.each(['memory', 'TCP'] as const)('gives each code as it was read, its symbology in front, over %s', async (over) => {
    const { virtual, events, until, scanner } = await rigOf(model, over);
    virtual.scan('4006381333931', ']E0');
    virtual.scan(ELEMENTS, ']C1');
    virtual.scan('https://id.gs1.org/01/09506000134352?17=261231&note=Grüße', ']Q1');
    virtual.scan('X'.repeat(300));
    await until(() => events.length === 4);
    expect(events).toEqual([
      data(']E04006381333931'),
      data(`]C1${ELEMENTS}`),
      data(']Q1https://id.gs1.org/01/09506000134352?17=261231&note=Grüße'),
      data('X'.repeat(300)),
    ]);
    expect(scanner.health().statistics).toMatchObject({ goodScanCount: 4, tornScanCount: 0 });
  });

  test('a hundred codes in one go are a hundred codes', async () => {
    const { virtual, events, until } = await rigOf(model, 'TCP');
    const codes = Array.from({ length: 100 }, (_, index) => `40063813${index}`);
    for (const code of codes) virtual.scan(code);
    await until(() => events.length === 100);
    expect(events).toEqual(codes.map(data));
  });

  test('while it is not enabled, what it reads is forgotten', async () => {
    const { virtual, events, until, scanner } = await rigOf(model, 'memory');
    scanner.setDataEventEnabled(false);
    virtual.scan('1111');
    scanner.setDataEventEnabled(true);
    virtual.scan('2222');
    await until(() => events.length > 0);
    expect(events).toEqual([data('2222')]);
  });

  test('unplugged and plugged in again it is found without a restart', async () => {
    const { virtual, events, until, scanner } = await rigOf(model, 'TCP', 'unplugged after 1 scans');
    virtual.scan('1111');
    await until(() => scanner.health().power === 'offline');
    expect(await scanner.checkHealth()).toMatchObject({ ok: false, error: { retry: 'safe' } });
    virtual.setPlugged(true);
    await until(() => virtual.state().isConnected);
    virtual.scan('2222');
    await until(() => events.some((event) => event.type === 'data' && event.text === '2222'));
    expect(scanner.health().statistics['lostCount']).toBeGreaterThanOrEqual(1);
  });

  test('however its bytes are cut up, a code is itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,200}$/), fc.integer({ min: 1, max: 64 }), (text, size) => {
        const reader = createScanReader(model);
        const parts = scanBytes(model, text, ']E0');
        // A report is never cut; a serial line cuts anywhere.
        const chunks =
          model === 'hid-pos'
            ? parts
            : parts.flatMap((part) =>
                Array.from({ length: Math.ceil(part.length / size) }, (_, n) => part.slice(n * size, n * size + size)),
              );
        expect(chunks.flatMap((chunk) => reader.read(chunk))).toEqual([{ type: 'scan', text: `]E0${text}` }]);
      }),
    );
  });

  test('no bytes whatever break the reader, or make a scan longer than a till takes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5_000, size: 'max' }), { maxLength: 6, size: 'max' }), (chunks) => {
        const reader = createScanReader(model);
        const scans = chunks.flatMap((chunk) => reader.read(chunk));
        expect(scans.filter((message) => message.type === 'scan' && message.text.length > 8_192)).toEqual([]);
      }),
      { numRuns: 50 },
    );
    expect.assertions(50);
  });
});

test('characters without an end are torn, and the next code is whole', async () => {
  const { virtual, events, until } = await rigOf('serial', 'memory', 'cut');
  virtual.scan('4006381333931');
  await until(() => events.length === 1);
  virtual.setFaults({});
  virtual.scan('4006381333931');
  await until(() => events.length === 2);
  expect(events).toEqual([{ type: 'torn' }, data('4006381333931')]);
});

test('a model that puts its symbology one byte later, and one that sends no number with its reports', () => {
  const report = (bytes: readonly number[], length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => bytes[at] ?? 0);
  const ean = [...new TextEncoder().encode('4006381333931')];
  const reader = createScanReader('hid-pos');
  expect(reader.read(report([2, 13, 0x45, 0x5d, 0x45, 0x30, ...ean], 64))).toEqual([{ type: 'scan', text: ']E04006381333931' }]);
  expect(reader.read(report([13, 0x5d, 0x45, 0x30, ...ean], 63))).toEqual([{ type: 'scan', text: ']E04006381333931' }]);
  expect(reader.read(report([13, 0, 0, 0, ...ean], 63))).toEqual([{ type: 'scan', text: '4006381333931' }]);
});
