/**
 * The demo: a hub, one store with two lanes and the console, on one machine. It owns every process that it starts: when it
 * ends, however it ends, they end too (see `parent-watch.ts`).
 *
 * Each lane reaches its hub through a forwarder of its own, so that one lane's cable can be cut while the other's holds.
 * A part that dies stays dead until somebody starts it again: that it may die is what there is to see.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { assert } from '@holdfast/base';

import { startHub, startTill, type HubReady, type RunningApp, type TillReady } from './app-process.ts';
import { awaitProgress } from './await-progress.ts';
import { CommandFailed } from './command.ts';
import { clearFolder, emptyState, lockFolder, readState, writeState, type DemoReady, type DemoState } from './demo-folder.ts';
import { seedDemo } from './demo-seed.ts';
import { createForwarder, type CableState, type Forwarder } from './forwarder.ts';
import { freeBase } from './free-ports.ts';
import { createHubApi, type HubApi } from './hub-api.ts';
import { isAlive } from './launchers.ts';
import { accessTill } from './till-access.ts';
import { startLaneDevices, type LaneDevices } from './virtual-devices.ts';

const STORE = '1';
const LANES = [1, 2] as const;
/** The hub's, then three for each lane, from here or from some hundreds further on: its window, its cable, and where the other lane asks it. */
const FIRST_PORT = 7_400;
const [CABLES, LAN] = [10, 20];
const PORTS = { offsets: [0, ...LANES.flatMap((lane) => [lane, CABLES + lane, LAN + lane])], step: 100, tries: 20 };
/** A predecessor that was killed leaves parts that notice it within a moment and have this long to stop. */
const PREDECESSOR_MS = 8_000;

export interface DemoOptions {
  readonly data: string;
  readonly fresh: boolean;
  /** What is being done, for a person. */
  readonly onStep: (step: string) => void;
  /** A part has ended that nobody stopped. */
  readonly onDeath: (part: string, how: string) => void;
}

export interface Demo {
  ready(): DemoReady;
  cables(): readonly { readonly lane: number; readonly state: CableState }[];
  setCable(lane: number, state: CableState): void;
  /** `hub` or a lane's number: SIGKILL. */
  kill(part: string): Promise<void>;
  /** Ends a part in order, so that `start` may bring it back. */
  halt(part: string): Promise<void>;
  /** Starts a part that has ended, on the same data and port. */
  start(part: string): Promise<void>;
  isRunning(part: string): boolean;
  stop(): Promise<void>;
  /** Noted in `demo.json`, for other terminals. */
  publishControl(control: NonNullable<DemoState['control']>): void;
}

interface Lane {
  readonly lane: number;
  readonly data: string;
  readonly forwarder: Forwarder;
  readonly devices: LaneDevices;
  till: RunningApp<TillReady>;
}

/** What a lane is plugged into. */
interface Sockets {
  readonly cable: Forwarder;
  readonly devices: LaneDevices;
}

/** Throws CommandFailed where a part does not start; then nothing of it is left running. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const lock = await lockFolder(options.data);
  const run = new DemoRun(options, () => lock.release());
  try {
    await run.assemble();
    return run;
  } catch (error) {
    await run.stop();
    throw error;
  }
}

class DemoRun implements Demo {
  readonly #options: DemoOptions;
  readonly #releaseFolder: () => void;
  #state: DemoState = emptyState;
  #hub: RunningApp<HubReady> | undefined;
  readonly #lanes: Lane[] = [];
  #enrolmentCode = '';
  #firstPort = FIRST_PORT;
  /** Parts that somebody told to end: their end is no news. */
  readonly #expected = new WeakSet<RunningApp<object>>();

  constructor(options: DemoOptions, releaseFolder: () => void) {
    this.#options = options;
    this.#releaseFolder = releaseFolder;
  }

  async assemble(): Promise<void> {
    const { data, fresh, onStep } = this.#options;
    await awaitPredecessor((await readState(data)) ?? emptyState);
    if (fresh) await clearFolder(data);
    this.#state = (await readState(data)) ?? emptyState;
    onStep('starting the hub');
    this.#firstPort = this.#state.hubPort ?? (await freeBase(FIRST_PORT, PORTS));
    const hub = await this.#startHub(this.#firstPort);
    onStep('filling the shelves');
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const seeded = await seedDemo(api, STORE, Date.now(), this.#state.seedDay);
    this.#remember({ seedDay: seeded.seedDay });
    onStep('opening two lanes');
    await this.#openLanes(api);
    await Promise.all(this.#lanes.map((lane) => awaitGoods(lane, seeded.lsn ?? 0)));
    this.#enrolmentCode = (await api.mintEnrolmentCode({ store: STORE })).code;
    // Only now: a lane without goods may not have joined yet, and will need a code again.
    this.#remember({
      lanes: this.#lanes.map(({ lane, forwarder, till }) => ({ lane, tillPort: portOf(till.ready.url), forwarderPort: forwarder.port })),
    });
  }

  async #startHub(port: number): Promise<RunningApp<HubReady>> {
    const { data } = this.#options;
    const hub = await startHub(['--data', join(data, 'hub'), '--port', String(port)], { logFile: join(data, 'logs', 'hub.log') });
    this.#hub = hub;
    void this.#watchDeath('hub', hub);
    this.#rememberParts();
    return hub;
  }

  async #startTill(lane: number, { cable, devices }: Sockets, port: number, code?: string): Promise<RunningApp<TillReady>> {
    const { data } = this.#options;
    const folder = join(data, `lane-${lane}`);
    await mkdir(folder, { recursive: true });
    const args = [
      '--data',
      folder,
      '--hub',
      cable.url,
      '--port',
      String(port),
      '--printer',
      devices.printer.argument,
      '--scale',
      devices.scale.argument,
      '--scanner',
      devices.scanner.argument,
      '--display',
      devices.display.argument,
      '--terminal',
      devices.terminal.argument,
      '--lan',
      String(this.#firstPort + LAN + lane),
      // Multicast DNS is silent between two processes of one machine.
      ...LANES.filter((other) => other !== lane).flatMap((other) => ['--neighbour', `127.0.0.1:${this.#firstPort + LAN + other}`]),
      ...(code === undefined ? [] : ['--enrol', code]),
    ];
    const till = await startTill(args, { logFile: join(data, 'logs', `lane-${lane}.log`) });
    void this.#watchDeath(String(lane), till);
    return till;
  }

  async #openLane(lane: number, api: HubApi): Promise<Lane> {
    const data = join(this.#options.data, `lane-${lane}`);
    const known = this.#state.lanes.find((candidate) => candidate.lane === lane);
    const cable = await createForwarder({
      targetPort: portOf(this.#hubReady().url),
      preferredPort: known?.forwarderPort ?? this.#firstPort + CABLES + lane,
    });
    const devices = await startLaneDevices(lane);
    try {
      // A lane that has joined already takes no notice of a code.
      const isNew = known === undefined || !existsSync(data);
      const code = isNew ? (await api.mintEnrolmentCode({ store: STORE, lane, name: `Lane ${lane}` })).code : undefined;
      const till = await this.#startTill(lane, { cable, devices }, known?.tillPort ?? this.#firstPort + lane, code);
      return { lane, data, forwarder: cable, devices, till };
    } catch (error) {
      await devices.close();
      await cable.close();
      throw error;
    }
  }

  /** All at once; where one fails, the others are known and can be stopped. */
  async #openLanes(api: HubApi): Promise<void> {
    const opened = await Promise.allSettled(LANES.map((lane) => this.#openLane(lane, api)));
    for (const lane of opened) if (lane.status === 'fulfilled') this.#lanes.push(lane.value);
    for (const lane of opened) if (lane.status === 'rejected') throw lane.reason;
    this.#rememberParts();
  }

  async #watchDeath(part: string, app: RunningApp<object>): Promise<void> {
    const { code, signal } = await app.ended;
    if (!this.#expected.has(app)) this.#options.onDeath(part, signal ?? `exit code ${code}`);
  }

  #remember(change: Partial<DemoState>): void {
    this.#state = { ...this.#state, ...change };
    writeState(this.#options.data, this.#state);
  }

  #rememberParts(): void {
    const parts = [...(this.#hub === undefined ? [] : [this.#hub]), ...this.#lanes.map(({ till }) => till)];
    this.#remember({
      ...(this.#hub === undefined ? {} : { hubPort: portOf(this.#hub.ready.url) }),
      pids: parts.map(({ ready }) => ready.pid),
    });
  }

  #hubReady(): HubReady {
    assert(this.#hub !== undefined, 'the hub starts first');
    return this.#hub.ready;
  }

  #laneOf(part: string): Lane {
    const found = this.#lanes.find(({ lane }) => String(lane) === part);
    if (found === undefined) throw new CommandFailed(`There is no part "${part}" here: hub, ${LANES.join(', ')}.`);
    return found;
  }

  #appOf(part: string): RunningApp<object> {
    if (part !== 'hub') return this.#laneOf(part).till;
    assert(this.#hub !== undefined, 'the hub starts first');
    return this.#hub;
  }

  ready(): DemoReady {
    const { url, consoleUrl, consoleToken, data, pid } = this.#hubReady();
    return {
      type: 'ready',
      pid: process.pid,
      data: this.#options.data,
      hub: { url, consoleUrl, consoleToken, data, pid },
      store: { store: STORE },
      lanes: this.#lanes.map(({ lane, data: folder, forwarder, devices, till }) => ({
        lane,
        url: till.ready.url,
        wsUrl: till.ready.wsUrl,
        token: till.ready.token,
        data: folder,
        pid: till.ready.pid,
        forwarderUrl: forwarder.url,
        paperUrl: devices.printer.panelUrl,
        scaleUrl: devices.scale.panelUrl,
        scannerUrl: devices.scanner.panelUrl,
        displayUrl: devices.display.panelUrl,
        terminalUrl: devices.terminal.panelUrl,
      })),
      enrolmentCode: this.#enrolmentCode,
    };
  }

  cables(): readonly { readonly lane: number; readonly state: CableState }[] {
    return this.#lanes.map(({ lane, forwarder }) => ({ lane, state: forwarder.state() }));
  }

  setCable(lane: number, state: CableState): void {
    this.#laneOf(String(lane)).forwarder.set(state);
  }

  isRunning(part: string): boolean {
    const { child } = this.#appOf(part);
    return child.exitCode === null && child.signalCode === null;
  }

  kill(part: string): Promise<void> {
    const app = this.#appOf(part);
    this.#expected.add(app);
    return app.kill();
  }

  halt(part: string): Promise<void> {
    const app = this.#appOf(part);
    this.#expected.add(app);
    return app.stop();
  }

  async start(part: string): Promise<void> {
    if (this.isRunning(part)) throw new CommandFailed(`${part === 'hub' ? 'The hub' : `Lane ${part}`} runs.`);
    if (part === 'hub') {
      const hub = await this.#startHub(portOf(this.#hubReady().url));
      for (const { forwarder } of this.#lanes) forwarder.retarget(portOf(hub.ready.url));
    } else {
      const lane = this.#laneOf(part);
      lane.till = await this.#startTill(lane.lane, { cable: lane.forwarder, devices: lane.devices }, portOf(lane.till.ready.url));
      this.#rememberParts();
    }
  }

  publishControl(control: NonNullable<DemoState['control']>): void {
    this.#remember({ control });
  }

  /** Lanes before the hub: what they have just sold can still reach it. */
  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map(({ lane }) => this.halt(String(lane))));
    await Promise.all(this.#lanes.flatMap(({ forwarder, devices }) => [forwarder.close(), devices.close()]));
    if (this.#hub !== undefined) await this.halt('hub');
    // A run that ended in order leaves nobody to wait for.
    this.#remember({ pids: [] });
    this.#releaseFolder();
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

/** A demo that was killed leaves parts that are about to notice: until they have gone, they hold their folders. */
async function awaitPredecessor(state: DemoState): Promise<void> {
  const deadlineMs = performance.now() + PREDECESSOR_MS;
  while (state.pids.some(isAlive) && performance.now() < deadlineMs) await delay(50);
}

const awaitGoods = async (lane: Lane, lsn: number): Promise<void> => {
  const till = await accessTill(lane.data);
  await awaitProgress(`waiting for the goods on lane ${lane.lane}`, async () => {
    const { items, position } = await till.verify();
    return items > 0 && position.lsn >= lsn ? null : items;
  });
};
