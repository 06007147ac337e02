/** A hub and lanes as processes on machines of their own: a clock that the test sets for all of them, a line to the internet and a cable of the store's network for each lane. */
import { renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import {
  createVirtualSigner,
  createVirtualTerminal,
  serveDevice,
  serveTerminal,
  type TerminalProtocol,
  type VirtualSigner,
  type VirtualTerminal,
} from '@holdfast/hardware/virtual';

import { startHub, startTill, type HubReady, type RunningApp, type TillReady } from '../src/app-process.ts';
import { awaitProgress } from '../src/await-progress.ts';
import { createForwarder, type Forwarder } from '../src/forwarder.ts';
import { createHubApi, type HubApi } from '../src/hub-api.ts';
import { accessTill } from '../src/till-access.ts';
import type { World } from './world.ts';

const PRELOAD = `--import ${fileURLToPath(new URL('world.ts', import.meta.url))}`;

export interface LaneMachine {
  readonly lane: number;
  readonly data: string;
  readonly terminal: VirtualTerminal;
  readonly internet: Forwarder;
  app: RunningApp<TillReady>;
  setLan(isCut: boolean): void;
  /** Again, on the same folder and port. */
  start(): Promise<void>;
}

export interface StoreMachines {
  readonly api: HubApi;
  readonly hub: RunningApp<HubReady>;
  readonly lanes: readonly LaneMachine[];
  /** The first lane's. */
  readonly signer: VirtualSigner;
  /** For everybody; it never goes back. */
  setClock(isoTime: string): void;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'a port');
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

/** Written whole: a process that looks meanwhile sees the one or the other. */
const write = (file: string, world: World): void => {
  writeFileSync(`${file}.next`, JSON.stringify(world));
  renameSync(`${file}.next`, file);
};

/** What is started inside is surrounded by the world of that file. */
async function within<T>(file: string, lanPorts: readonly number[], start: () => Promise<T>): Promise<T> {
  Object.assign(process.env, { NODE_OPTIONS: PRELOAD, HOLDFAST_E2E_WORLD: file, HOLDFAST_E2E_LAN: lanPorts.join(',') });
  const started = start();
  for (const name of ['NODE_OPTIONS', 'HOLDFAST_E2E_WORLD', 'HOLDFAST_E2E_LAN']) delete process.env[name];
  return started;
}

/** `furnish`: gives the hub its shop before any lane comes, and says how far it then is; every lane has come as far. `started`: hears of each lane that runs, while the next one starts. */
export async function startStoreMachines(
  folder: string,
  {
    isoTime,
    protocols,
    furnish,
    started,
  }: {
    readonly isoTime: string;
    readonly protocols: readonly TerminalProtocol[];
    readonly furnish: (api: HubApi) => Promise<number | null>;
    readonly started: (machine: LaneMachine) => void;
  },
): Promise<StoreMachines> {
  let aheadMs = Date.parse(isoTime) - Date.now();
  const worlds = new Map<string, boolean>();
  const worldOf = (name: string): string => join(folder, `${name}.world`);
  const tell = (name: string, isLanCut: boolean): void => {
    worlds.set(name, isLanCut);
    write(worldOf(name), { aheadMs, isLanCut });
  };
  tell('hub', false);
  const hub = await within(worldOf('hub'), [], () =>
    startHub(['--data', join(folder, 'hub'), '--port', '0'], { logFile: join(folder, 'hub.log') }),
  );
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  const furnished = (await furnish(api)) ?? 0;
  const lanPorts = await Promise.all(protocols.map(freePort));
  const closes: (() => Promise<void>)[] = [];
  const signer = createVirtualSigner({ clock: systemClock, timers: systemTimers });
  const signerDevice = await serveDevice(0, (peer) => signer.connect(peer));
  closes.push(async () => signerDevice.close());
  const lanes: LaneMachine[] = [];
  for (const [index, protocol] of protocols.entries()) {
    const name = `lane-${index + 1}`;
    tell(name, false);
    const data = join(folder, name);
    const terminal = createVirtualTerminal({ timers: systemTimers, faults: { shopper: { does: 'approve', afterMs: 200 } } });
    const device = await serveTerminal(terminal, protocol, { port: 0 });
    const internet = await createForwarder({ targetPort: Number(new URL(hub.ready.url).port) });
    const { code } = await api.mintEnrolmentCode({ store: '1' });
    const neighbours = lanPorts.filter((_, other) => other !== index).flatMap((other) => ['--neighbour', `127.0.0.1:${other}`]);
    const args = ['--data', data, '--terminal', device.address, '--lan', String(lanPorts[index]), ...neighbours];
    if (index === 0) args.push('--fiscal-signer', `tcp://127.0.0.1:${signerDevice.port}`);
    const start = (port: string, more: readonly string[]): Promise<RunningApp<TillReady>> =>
      within(worldOf(name), lanPorts, () => startTill([...args, '--port', port, ...more], { logFile: join(folder, `${name}.log`) }));
    const machine: LaneMachine = {
      lane: index + 1,
      data,
      terminal,
      internet,
      app: await start('0', ['--hub', internet.url, '--enrol', code]),
      setLan: (isCut) => tell(name, isCut),
      start: async () => {
        machine.app = await start(new URL(machine.app.ready.url).port, []);
      },
    };
    closes.push(async () => {
      await machine.app.stop();
      await internet.close();
      await device.close();
    });
    lanes.push(machine);
    started(machine);
  }
  for (const { lane, data } of lanes) {
    const till = await accessTill(data);
    await awaitProgress(`the shop at lane ${lane}`, async () => {
      const { lsn } = (await till.verify()).position;
      return lsn >= furnished ? null : lsn;
    });
  }
  return {
    api,
    hub,
    lanes,
    signer,
    setClock(next) {
      const nextMs = Date.parse(next) - Date.now();
      assert(nextMs > aheadMs, 'time goes on');
      aheadMs = nextMs;
      for (const [name, isLanCut] of worlds) tell(name, isLanCut);
    },
    async stop() {
      for (const close of closes) await close();
      await hub.stop();
    },
  };
}
