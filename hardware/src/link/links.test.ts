/** What every link does, over memory, TCP and a serial line. */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { hasSocat, openSerialPair, standAt } from '../virtual/serial-pair.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { fileLink } from './file-link.ts';
import { type Link } from './link.ts';
import { memoryLink, type DevicePeer } from './memory-link.ts';
import { parseAddress } from './parse-address.ts';
import { serialLink } from './serial-link.ts';
import { tcpLink } from './tcp-link.ts';

interface Rig {
  readonly link: Link;
  /** The device's end of the next connection. */
  readonly accepted: () => Promise<DevicePeer>;
  readonly close: () => Promise<void>;
}

function acceptor(): { accept: (peer: DevicePeer) => boolean; accepted: () => Promise<DevicePeer> } {
  const held: DevicePeer[] = [];
  let wake = (): void => {};
  return {
    accept: (peer) => {
      held.push(peer);
      wake();
      return true;
    },
    accepted: async () => {
      while (held.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const peer = held.shift();
      assert(peer !== undefined, 'somebody came');
      return peer;
    },
  };
}

async function serialRig(linkTo: (path: string) => Link = (path) => serialLink(path, { baud: 9_600 })): Promise<Rig> {
  const pair = await openSerialPair();
  const end = await standAt(pair);
  return {
    link: linkTo(pair.ours),
    accepted: async () => end.peer,
    close: end.close,
  };
}

const RIGS: Readonly<Record<string, () => Promise<Rig>>> = {
  memory: async () => {
    const { accept, accepted } = acceptor();
    return { link: memoryLink('memory://test', accept), accepted, close: async () => {} };
  },
  TCP: async () => {
    const { accept, accepted } = acceptor();
    const server = await serveDevice(0, accept);
    return { link: tcpLink('127.0.0.1', server.port), accepted, close: server.close };
  },
  'a serial line': async () => await serialRig(),
  'a device file': async () => await serialRig(fileLink),
};
const NEED_SOCAT: ReadonlySet<string> = new Set(['a serial line', 'a device file']);

async function bytesOf(source: { onBytes(listener: (bytes: Uint8Array) => void): void }, count: number): Promise<readonly number[]> {
  const got: number[] = [];
  return await new Promise((resolve) => {
    source.onBytes((bytes) => {
      got.push(...bytes);
      if (got.length >= count) resolve(got);
    });
  });
}

describe.each(Object.entries(RIGS))('a link over %s', (name, open) => {
  const withRig = async (work: (rig: Rig) => Promise<void>, skip: (note: string) => never): Promise<void> => {
    if (NEED_SOCAT.has(name) && !hasSocat()) skip('socat is not installed');
    const rig = await open();
    try {
      await work(rig);
    } finally {
      await rig.close();
    }
  };

  test('carries every byte, both ways', async ({ skip }) => {
    await withRig(async ({ link, accepted }) => {
      const opened = await link.open(2_000);
      assert(opened.ok, 'it opens');
      const device = await accepted();
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      expect(await opened.value.write(all, 2_000)).toEqual({ ok: true, value: undefined });
      expect(await bytesOf(device, 256)).toEqual([...all]);
      device.send(all);
      expect(await bytesOf(opened.value, 256)).toEqual([...all]);
      opened.value.close();
      await opened.value.closed;
    }, skip);
  });

  test('after its end says that it is closed, and that nothing was sent', async ({ skip }) => {
    await withRig(async ({ link, accepted }) => {
      const opened = await link.open(2_000);
      assert(opened.ok, 'it opens');
      // A serial line has no end of its own: nobody hears the other side go.
      (name === 'a serial line' ? opened.value : await accepted()).close();
      await opened.value.closed;
      expect(await opened.value.write(Uint8Array.of(1), 1_000)).toMatchObject({ ok: false, error: { reason: 'closed', retry: 'safe' } });
    }, skip);
  });
});

test('a device file that takes nothing is given up at its deadline, and may have taken some', async ({ skip }) => {
  if (!hasSocat()) skip('socat is not installed');
  // Nobody reads at the other end: the line's buffer fills, and the system says "not now".
  const pair = await openSerialPair();
  const opened = await fileLink(pair.ours).open(2_000);
  assert(opened.ok, 'it opens');
  process.kill(pair.pid, 'SIGSTOP');
  expect(await opened.value.write(new Uint8Array(1_000_000), 200)).toMatchObject({
    ok: false,
    error: { reason: 'timeout', retry: 'mayDuplicate' },
  });
  await opened.value.closed;
  process.kill(pair.pid, 'SIGCONT');
  pair.close();
});

test('nobody there is told at once, with the reason', async () => {
  const server = await serveDevice(0, () => true);
  await server.close();
  expect(await tcpLink('127.0.0.1', server.port).open(2_000)).toMatchObject({ ok: false, error: { reason: 'refused', retry: 'safe' } });
  expect(await serialLink('/dev/no-such-line', { baud: 9_600 }).open(2_000)).toMatchObject({
    ok: false,
    error: { reason: 'noSuchDevice' },
  });
  expect(await fileLink('/dev/usb/no-such-printer').open(2_000)).toMatchObject({
    ok: false,
    error: { reason: 'noSuchDevice', retry: 'safe' },
  });
  expect(await memoryLink('memory://x', () => false).open(1)).toMatchObject({ ok: false, error: { reason: 'refused' } });
});

test.each([
  ['tcp://192.168.1.50', 'tcp://192.168.1.50:9100'],
  ['tcp://printer.local:9101', 'tcp://printer.local:9101'],
  ['serial:///dev/ttyUSB0?baud=38400', 'serial:///dev/ttyUSB0?baud=38400'],
  ['serial:///COM3', 'serial://COM3?baud=9600'],
  ['serial:///dev/ttyS0?baud=9600&bits=7&parity=even', 'serial:///dev/ttyS0?baud=9600'],
  ['usb:///dev/usb/lp0', 'usb:///dev/usb/lp0'],
  ['usb://x', undefined],
  ['usb:///', undefined],
  ['serial:///dev/ttyS0?baud=1', undefined],
  ['serial:///dev/ttyS0?parity=odd-ish', undefined],
  ['', undefined],
])('the address %s is %s', (text, address) => {
  const link = parseAddress(text);
  expect(link.ok ? link.value.address : undefined).toBe(address);
});
