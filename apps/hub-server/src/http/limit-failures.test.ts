import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import express from 'express';
import { afterEach, expect, test } from 'vitest';

import { limitFailures } from './security.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Answers with the status that the path names, once `release` was called for those that wait. */
async function serve(alsoUnderWay?: true) {
  let nowMs = 0;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const app = express();
  const counts = (status: number): boolean => status === 401;
  app.use(limitFailures({ monotonicMs: () => nowMs }, { perMinute: 3, counts, ...(alsoUnderWay === true && { alsoUnderWay }) }));
  app.get('/wait/:status', async (request, response) => {
    await released;
    response.sendStatus(Number(request.params.status));
  });
  app.get('/:status', (request, response) => {
    response.sendStatus(Number(request.params.status));
  });
  const server = createServer((request, response) => void app(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const get = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/${path}`);
  return { get, release, wait: (ms: number) => void (nowMs += ms) };
}

test('what is refused too often is told to wait, until the minute is over; what succeeds is never counted', async () => {
  const { get, wait } = await serve();
  for (let i = 0; i < 20; i += 1) expect((await get('200')).status).toBe(200);
  for (let i = 0; i < 3; i += 1) expect((await get('401')).status).toBe(401);
  wait(1_000);
  const refused = await get('200');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '59']);
  wait(59_000);
  expect((await get('200')).status).toBe(200);
});

test('hundreds at once from one address succeed; where only guessers ask at once, what is under way counts', async () => {
  const open = await serve();
  const many = Array.from({ length: 200 }, async () => open.get('wait/200'));
  open.release();
  expect((await Promise.all(many)).every(({ status }) => status === 200)).toBe(true);

  const strict = await serve(true);
  const guesses = Array.from({ length: 8 }, async () => strict.get('wait/401'));
  const early = await Promise.race(guesses);
  expect(early.status).toBe(429);
  strict.release();
  expect((await Promise.all(guesses)).filter(({ status }) => status === 401)).toHaveLength(3);
});
