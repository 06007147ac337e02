import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import { createDrain } from './drain.ts';

test('whoever does not end is waited for no longer than patience lasts', async () => {
  let runOut = (): void => undefined;
  let cancelled = 0;
  const drain = createDrain({
    after: (_ms, run) => {
      runOut = run;
      return () => (cancelled += 1);
    },
  });
  const begun: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (!drain.turnsAway(request, response)) begun.push(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hanging = fetch(`${url}/api/v1/verify`).catch(() => 'gone');
  await expect.poll(() => begun.length).toBe(1);
  const drained = drain.begin(3_000);
  expect((await fetch(`${url}/api/v1/stores`)).status).toBe(503);
  runOut();
  await drained;
  expect(cancelled).toBe(1);
  server.closeAllConnections();
  expect(await hanging).toBe('gone');
  server.close();
});

test('with nothing under way it is over at once', async () => {
  const drain = createDrain({
    after: () => {
      throw new Error('nobody is waited for');
    },
  });
  expect(await drain.begin(3_000)).toBe(undefined);
});
