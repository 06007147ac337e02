/**
 * A scanner of the till: from its last byte on the wire to the window that asks for the goods, and on to the line. A till in a process of its own,
 * its real driver, a virtual scanner on a real port, a window's WebSocket. Beside a process that hands lines on and knows nothing, scan by scan.
 * And whether a basket at a cashier's pace, and bursts, lose anything.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { systemTimers } from '@holdfast/base/node';
import { createVirtualScanner, serveDevice, type VirtualScanner } from '@holdfast/hardware/virtual';
import { startTill } from '@holdfast/tools/app-process';
import { accessTill } from '@holdfast/tools/till-access';
import { WebSocket } from 'ws';

import { centsOf, gtinOf, laneWith, waitFor, type Lane } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const ITEMS = 2_000;
const WARM_UP = 100;
const BASKET = 40;
const PACE_MS = 500;
const [BURSTS, BURST] = [20, 10];

/** A scanner with a listener at the other end of a process. */
interface Rig {
  readonly scanner: VirtualScanner;
  readonly socket: WebSocket;
  /** Resolves with the code that the window is told next, and with its moment. */
  heard(): Promise<Heard>;
  close(): Promise<void>;
}

interface Heard {
  readonly code: string;
  readonly atMs: number;
}

export const scanEvent: Bench = async ({ quick, say }) => {
  const lane = await laneWith(ITEMS, say);
  const { scans } = countsOf('scan-event', quick);
  const bare = await bareRig();
  const till = await tillRig(lane);
  const window = createWindow(till);
  try {
    say(`${scans} scans`);
    const times = await scanTimes(till, window, bare, scans);
    say(`a basket of ${BASKET} at two scans a second`);
    const paced = await basketOf(till, window, async (codes) => {
      for (const code of codes) {
        till.scanner.scan(code);
        await wait(PACE_MS);
      }
    });
    say(`${BURSTS} bursts of ${BURST}`);
    let lostInBursts = 0;
    for (let burst = 0; burst < BURSTS; burst++) {
      lostInBursts += await basketOf(till, window, (codes) => codes.forEach((code) => till.scanner.scan(code)), BURST, burst * BURST);
    }
    return {
      name: 'scan-event',
      against: 'a process that hands the lines of the same scanner to a WebSocket, scan by scan',
      setting: `${scans} scans one after the other over TCP and a WebSocket, in baskets of ${BASKET}; then ${BASKET} at two a second, and ${BURSTS} bursts of ${BURST} at once, each basket paid and added up`,
      figures: [
        figure('scan event to command, median', median(times.command), 'ms'),
        figure('scan event to line, median', median(times.line), 'ms'),
        figure('scan event to line, p99', percentile(times.line, 0.99), 'ms'),
        figure('handed on, median', median(times.bare), 'ms'),
        figure('handed on, p99', percentile(times.bare, 0.99), 'ms'),
      ],
      targets: [
        atMost('scan event to command, p99', percentile(times.command, 0.99), 2, 'ms'),
        atMost(`lost of ${BASKET} at two scans a second`, paced, 0, 'rows'),
        atMost(`lost of ${BURSTS * BURST} in bursts`, lostInBursts, 0, 'rows'),
      ],
    };
  } finally {
    window.close();
    await till.close();
    await bare.close();
  }
};

async function scanTimes(till: Rig, window: Window, bare: Rig, scans: number) {
  const times: Readonly<Record<'command' | 'line' | 'bare', number[]>> = { command: [], line: [], bare: [] };
  for (let n = 0; n < WARM_UP + scans; n++) {
    const code = gtinOf(n % ITEMS);
    const bareAtMs = performance.now();
    bare.scanner.scan(code);
    const handedOn = await bare.heard();
    const atMs = performance.now();
    till.scanner.scan(code);
    const heard = await till.heard();
    if (heard.code !== code) throw new Error(`${code} was read as ${heard.code}`);
    await window.scan(heard);
    const lineMs = performance.now();
    if (n % BASKET === BASKET - 1) await window.pay();
    if (n < WARM_UP) continue;
    times.bare.push(handedOn.atMs - bareAtMs);
    times.command.push(heard.atMs - atMs);
    times.line.push(lineMs - atMs);
  }
  if ((WARM_UP + scans) % BASKET !== 0) await window.pay();
  return times;
}

/** How many of `size` goods are not in the basket that `read` scans; what was paid must say the same. */
async function basketOf(
  till: Rig,
  window: Window,
  read: (codes: readonly string[]) => void | Promise<void>,
  size = BASKET,
  first = 0,
): Promise<number> {
  const goods = Array.from({ length: size }, (_, n) => (first + n) % ITEMS);
  const lines = new Set<string>();
  const selling = (async () => {
    for (let n = 0; n < size; n++) lines.add(await window.scan(await till.heard()));
  })();
  await read(goods.map((n) => gtinOf(n)));
  await Promise.race([selling, wait(5_000)]);
  const paidMinor = await window.pay();
  const dueMinor = goods.reduce((sum, n) => sum + centsOf(n), 0);
  if (lines.size === size && paidMinor !== dueMinor) throw new Error(`${size} lines came to ${paidMinor} and not to ${dueMinor}`);
  return size - lines.size;
}

interface Window {
  /** Answers the line's id. */
  scan(heard: Heard): Promise<string>;
  /** Answers the total. */
  pay(): Promise<number>;
  close(): void;
}

interface Reply {
  readonly type: string;
  readonly id?: string;
  readonly value?: { readonly lineId?: string; readonly completed?: { readonly totalMinor: number } };
}

/** As the lane's page does: each code that it is told goes back as a scan at its moment. */
function createWindow({ socket }: Rig): Window {
  const waiting = new Map<string, (reply: Reply) => void>();
  // A till remembers the ids that it has answered.
  const name = randomUUID();
  let asked = 0;
  const listen = (data: Buffer): void => {
    const text = data.toString('utf8');
    if (text.startsWith('{"type":"basket"') || text.startsWith('{"type":"status"')) return;
    const reply = JSON.parse(text) as Reply;
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
  };
  socket.on('message', listen);
  const ask = async (body: object): Promise<NonNullable<Reply['value']>> => {
    const id = `${name}-${(asked += 1)}`;
    const { value, ...refused } = await new Promise<Reply>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, atMs: Date.now(), body }));
    });
    waiting.delete(id);
    if (value === undefined) throw new Error(`the till refused: ${JSON.stringify(refused)}`);
    return value;
  };
  return {
    scan: async ({ code, atMs }) => {
      const { lineId } = await ask({ type: 'scan', code, scannedAtMs: Math.floor(atMs) });
      if (lineId === undefined) throw new Error(`${code} made no line`);
      return lineId;
    },
    pay: async () => (await ask({ type: 'payCash', amountMinor: 100_000_00 })).completed?.totalMinor ?? 0,
    close: () => void socket.off('message', listen),
  };
}

async function rigOf(scanner: VirtualScanner, url: string, end: () => Promise<void>): Promise<Rig> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  await once(socket, 'open');
  const heard: Heard[] = [];
  let next: ((event: Heard) => void) | undefined;
  socket.on('message', (data: Buffer) => {
    const atMs = performance.now();
    const text = data.toString('utf8');
    if (!text.startsWith('{"type":"scanned"')) return;
    const event = { code: (JSON.parse(text) as { code: string }).code, atMs };
    if (next === undefined) heard.push(event);
    else next(event);
    next = undefined;
  });
  return {
    scanner,
    socket,
    heard: async () => heard.shift() ?? (await new Promise<Heard>((resolve) => (next = resolve))),
    close: async () => {
      socket.close();
      await end();
    },
  };
}

async function virtualScanner() {
  const scanner = createVirtualScanner({ model: 'serial', timers: systemTimers });
  return { scanner, port: await serveDevice(0, (peer) => scanner.connect(peer)) };
}

async function bareRig(): Promise<Rig> {
  const { scanner, port } = await virtualScanner();
  const child = fork(fileURLToPath(new URL('floors/bare-scanner.ts', import.meta.url)), [String(port.port)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const told = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the bare scanner ended with ${code}`)));
    child.stdout?.setEncoding('utf8').once('data', resolve);
  });
  return await rigOf(scanner, `ws://127.0.0.1:${(JSON.parse(told) as { port: number }).port}`, async () => {
    child.kill();
    await port.close();
  });
}

/** The lane's till, started again with a scanner on it; afterwards it has none. */
async function tillRig(lane: Lane): Promise<Rig> {
  const { scanner, port } = await virtualScanner();
  const { data } = lane.till.ready;
  await lane.till.stop();
  lane.till = await startTill(['--data', data, '--port', '0', '--scanner', `serial@tcp://127.0.0.1:${port.port}`]);
  lane.access = await accessTill(data);
  await waitFor('the scanner at the till', 10_000, () => Promise.resolve(scanner.state().isConnected));
  const url = (await lane.access.windowUrl()).replace(/^http/, 'ws').replace('/?', '/till?');
  const rig = await rigOf(scanner, url, () => port.close());
  // The till hands scans to the window that was used last.
  const window = createWindow(rig);
  await window.scan({ code: gtinOf(0), atMs: 0 });
  await window.pay();
  window.close();
  return rig;
}
