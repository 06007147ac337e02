import { err } from '@holdfast/base';
import { afterEach, expect, test } from 'vitest';

import { linkFault } from '../link/link.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { findNetworked, hostsBeside } from './find-networked.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const own = (address: string, netmask = '255.255.255.0', internal = false) => ({ address, netmask, internal });

test.each([
  ['a shop’s network', [own('192.168.1.20')], 253, '192.168.1.1', '192.168.1.254'],
  ['of a large network, the part that begins as ours', [own('10.20.30.40', '255.0.0.0')], 253, '10.20.30.1', '10.20.30.254'],
  ['a small network', [own('172.16.5.9', '255.255.255.240')], 13, '172.16.5.1', '172.16.5.14'],
  ['two cards in one network', [own('192.168.1.20'), own('192.168.1.21')], 252, '192.168.1.1', '192.168.1.254'],
])('%s', (_name, addresses, count, first, last) => {
  const hosts = hostsBeside(addresses);
  expect([hosts.length, hosts[0], hosts.at(-1)]).toEqual([count, first, last]);
  for (const { address } of addresses) expect(hosts).not.toContain(address);
});

test.each([
  ['the internet', [own('203.0.113.7')]],
  ['the machine itself', [own('127.0.0.1', '255.0.0.0', true)]],
  ['a network of two', [own('10.0.0.1', '255.255.255.254')]],
  ['what only looks like 172.16', [own('172.32.0.1')]],
])('of %s nobody is asked', (_name, addresses) => {
  expect(hostsBeside(addresses)).toEqual([]);
});

test('a machine in many networks asks in three of them', () => {
  expect(hostsBeside([1, 2, 3, 4, 5].map((net) => own(`10.0.${net}.9`)))).toHaveLength(3 * 253);
});

test('what takes the connection is found; nothing is sent to it, and it is let go', async () => {
  const heard: Uint8Array[] = [];
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  const { port, close } = await serveDevice(0, (peer) => {
    peer.onBytes((bytes) => heard.push(bytes));
    void peer.closed.then(resolve);
    return true;
  });
  closing.push(close);
  expect(await findNetworked({ hosts: ['127.0.0.1', '127.0.0.2', '127.0.0.3'], port })).toEqual([
    { address: `tcp://127.0.0.1:${port}`, name: `127.0.0.1:${port}` },
  ]);
  expect(heard).toEqual([]);
  await hungUp;
});

test('of many addresses that stay silent a few are waited for at a time', async () => {
  const state = { now: 0, most: 0, asked: 0 };
  const hosts = Array.from({ length: 253 }, (_, host) => `10.0.0.${host + 1}`);
  const linkTo = () => ({
    open: async () => {
      state.asked += 1;
      state.most = Math.max(state.most, (state.now += 1));
      await new Promise(setImmediate);
      state.now -= 1;
      return err(linkFault('timeout', 'silent', 'safe'));
    },
  });
  expect(await findNetworked({ hosts, linkTo })).toEqual([]);
  expect(state).toMatchObject({ asked: 253, most: 32 });
});
