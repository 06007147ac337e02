/** Two lanes on a cable: multicast DNS is silent on the loopback, so each gets a network namespace, where this machine lets us make one. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { systemTimers } from '@holdfast/base/node';
import { afterAll, expect, test } from 'vitest';

import { createFound, startDiscovery } from './discovery.ts';

const ANNOUNCE = fileURLToPath(new URL('../testing/announce.ts', import.meta.url));
/** The middle one is on both cables. None has a way out of its networks. */
const [LEFT, MIDDLE, RIGHT] = [`hf-left-${process.pid}`, `hf-middle-${process.pid}`, `hf-right-${process.pid}`];
const ip = (...args: readonly string[]): boolean => spawnSync('ip', args, { stdio: 'ignore' }).status === 0;

/** From the middle namespace, which is the first address of its network, to another one, which is the second; false where that is not allowed. */
function layCable(other: string, network: string): boolean {
  const ends = [`m${network}-${process.pid}`, `o${network}-${process.pid}`] as const;
  return (
    ip('link', 'add', ends[0], 'netns', MIDDLE, 'type', 'veth', 'peer', 'name', ends[1], 'netns', other) &&
    (
      [
        [MIDDLE, ends[0], `10.${network}.0.1/24`],
        [other, ends[1], `10.${network}.0.2/24`],
      ] as const
    ).every(
      ([namespace, device, address]) =>
        ip('-n', namespace, 'addr', 'add', address, 'dev', device) &&
        ip('-n', namespace, 'link', 'set', device, 'up') &&
        ip('-n', namespace, 'link', 'set', 'lo', 'up'),
    )
  );
}

const isLaid = [LEFT, MIDDLE, RIGHT].every((name) => ip('netns', 'add', name)) && layCable(LEFT, '77') && layCable(RIGHT, '78');
if (!isLaid) process.stderr.write('not run: lanes found by multicast DNS (network namespaces need root)\n');
afterAll(() => {
  for (const name of [LEFT, MIDDLE, RIGHT]) ip('netns', 'del', name);
});

interface Announced {
  readonly child: ChildProcess;
  until(found: string): Promise<void>;
}

function announce(namespace: string, name: string, port: number, speed = 1): Announced {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, ANNOUNCE, name, String(port), String(speed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    until: (found) =>
      new Promise((resolve) => {
        lines.on('line', (line) => line === found && resolve());
      }),
  };
}

async function end(...lanes: readonly Announced[]): Promise<void> {
  for (const { child } of lanes) {
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  }
}

test.runIf(isLaid)(
  'N-14: lanes on a cable find each other, and not themselves: on each network that they are on, and without a way out of it',
  async () => {
    const left = announce(LEFT, 'd-1', 7001);
    const middle = announce(MIDDLE, 'd-2', 7002);
    const right = announce(RIGHT, 'd-3', 7003);
    await expect(
      Promise.all([
        left.until('["10.77.0.1:7002"]'),
        middle.until('["10.77.0.2:7001","10.78.0.2:7003"]'),
        right.until('["10.78.0.1:7002"]'),
      ]),
    ).resolves.toHaveLength(3);
    await end(left, middle, right);
  },
  60_000,
);

test.runIf(isLaid)(
  'N-14: an adapter that is pulled out and put back with the same address, between two questions, hears and is heard again',
  async () => {
    const [left, middle] = [announce(LEFT, 'd-1', 7001, 20), announce(MIDDLE, 'd-2', 7002, 20)];
    await Promise.all([left.until('["10.77.0.1:7002"]'), middle.until('["10.77.0.2:7001"]')]);
    await end(left);
    const isBack = ip('-n', MIDDLE, 'link', 'del', `m77-${process.pid}`) && layCable(LEFT, '77');
    expect(isBack).toBe(true);
    const another = announce(LEFT, 'd-4', 7004, 20);
    const heard = middle.until('["10.77.0.2:7004"]');
    await another.until('["10.77.0.1:7002"]');
    await heard;
    await end(middle, another);
  },
  60_000,
);

test.runIf(isLaid)(
  'N-14: an adapter that is put back more often than a socket has memberships goes on hearing',
  async () => {
    const inMiddle = (...command: readonly string[]): string =>
      spawnSync('ip', ['netns', 'exec', MIDDLE, ...command], { encoding: 'utf8' }).stdout;
    inMiddle('sh', '-c', 'echo 2 > /proc/sys/net/ipv4/igmp_max_memberships');
    const middle = announce(MIDDLE, 'd-2', 7002, 20);
    /** Of each of its adapters, with the groups that it is in; 224.0.0.251 as Linux writes it there. */
    const adapters = (): readonly string[] => inMiddle('cat', '/proc/net/igmp').split(/\n(?=\d)/);
    const hasJoined = (): boolean => adapters().some((adapter) => adapter.includes(`m77-${process.pid}`) && adapter.includes('FB0000E0'));
    for (let times = 0; times < 6; times += 1) {
      await expect.poll(hasJoined, { interval: 50 }).toBe(true);
      expect(ip('-n', MIDDLE, 'link', 'del', `m77-${process.pid}`) && layCable(LEFT, '77')).toBe(true);
    }
    await expect.poll(hasJoined, { interval: 50 }).toBe(true);
    await end(middle);
  },
  60_000,
);

test('N-14: whoever tells of thousands of lanes takes nobody’s place, and few of them are dialled', () => {
  const found = createFound();
  expect(found.heard('192.0.2.7', 7_500)).toBe(true);
  for (let port = 1; port <= 10_000; port += 1) found.heard('192.0.2.66', port);
  expect(found.addresses()).toHaveLength(17);
  for (const port of [0, -1, 65_536, 1.5, Number.NaN]) expect(found.heard('192.0.2.8', port)).toBe(false);
  for (let host = 0; host < 1_000; host += 1) found.heard(`10.0.${host >> 8}.${host & 255}`, 7_500);
  expect(found.addresses()).toHaveLength(256);
  for (let round = 0; round < 20; round += 1) {
    found.asked();
    // Known, it is no news; it stays.
    expect(found.heard('192.0.2.7', 7_500)).toBe(false);
  }
  expect(found.addresses()).toEqual(['192.0.2.7:7500']);
  expect(found.heard('192.0.2.9', 7_500)).toBe(true);
});

test('N-14: a lane alone finds nobody, not even itself, and says so', async () => {
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const found = await new Promise<readonly string[]>((resolve) => {
    const close = startDiscovery({ name: 'd-9', port: 1, networkInterface: '127.0.0.1', timers: systemTimers, logger, onFound: resolve });
    afterAll(close);
  });
  expect(found).toEqual([]);
});

test('N-14: a system that does not tell its networks, such as one without a file descriptor left, is asked again', () => {
  const due: (() => void)[] = [];
  const warned: string[] = [];
  let told = 0;
  let tells = (): readonly string[] => [];
  const close = startDiscovery({
    name: 'd-9',
    port: 1,
    ownAddresses: () => tells(),
    timers: { after: (_ms, run) => (due.push(run), () => {}) },
    logger: { info: () => {}, warn: (message) => void warned.push(message), error: () => {} },
    onFound: () => (told += 1),
  });
  tells = () => {
    throw Object.assign(new Error('uv_interface_addresses returned EMFILE'), { code: 'ERR_SYSTEM_ERROR' });
  };
  due.shift()?.();
  tells = () => [];
  due.shift()?.();
  close();
  expect([told, due.length, warned]).toEqual([2, 1, ['the networks of this machine could not be read: they are looked at again']]);
});
