import { createServer, type AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { freeBase } from './free-ports.ts';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function taken(): Promise<number> {
  const server = createServer();
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

test('where one of the ports is taken, all of them move', async () => {
  const port = await taken();
  // The port is the second of the set, and the step leads past it.
  const base = await freeBase(port - 1, { offsets: [0, 1], step: 7, tries: 200 });
  expect(base).not.toBe(port - 1);
  expect((base - (port - 1)) % 7).toBe(0);
});

test('where none is free, it is where it was wished for', async () => {
  const port = await taken();
  expect(await freeBase(port, { offsets: [0], step: 1, tries: 1 })).toBe(port);
});
