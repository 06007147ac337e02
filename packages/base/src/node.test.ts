import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { systemRandom, systemTimers } from './node.ts';

test('bytes of chance are as many as were asked for, and given out once', () => {
  const given = Array.from({ length: 400 }, () => systemRandom.bytes(12));
  expect(given.every((bytes) => bytes.length === 12 && bytes.byteLength === bytes.buffer.byteLength)).toBe(true);
  expect(new Set(given.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(400);
  expect([0, 1, 64, 65, 4_000].map((length) => systemRandom.bytes(length).length)).toEqual([0, 1, 64, 65, 4_000]);
});

const standStill = (forMs: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);

test('an answer that came while the process stood still is heard before its deadline is judged', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asking = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [answering] = await once(server, 'connection');
  await once(asking, 'connect');
  const order: string[] = [];
  const judged = Promise.withResolvers<void>();
  asking.once('data', () => order.push('answer'));
  systemTimers.after(20, () => {
    order.push('deadline');
    judged.resolve();
  });
  answering.write('ACK');
  standStill(100);
  await judged.promise;
  expect(order).toEqual(['answer', 'deadline']);
  asking.destroy();
  server.close();
});

test('what was called off does not come, not even where it was due already', async () => {
  const called: string[] = [];
  const cancel = systemTimers.after(0, () => called.push('first'));
  const done = Promise.withResolvers<void>();
  setTimeout(() => {
    cancel();
    setTimeout(done.resolve, 20);
  }, 0);
  standStill(20);
  await done.promise;
  expect(called).toEqual([]);
});
