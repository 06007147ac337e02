/** The poke socket over real sockets, and hands on its timers: when a lane learns that its hub is away, though it has nothing to send. */
import type { AddressInfo } from 'node:net';

import { assert, type Timers } from '@holdfast/base';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';

import { keepPokeSocket } from './poke-socket.ts';

const [FIRST_RETRY_MS, PING_MS, PONG_WITHIN_MS] = [500, 15_000, 10_000];
const SOON = { timeout: 20_000, interval: 5 };

let pending: { readonly delayMs: number; readonly run: () => void }[] = [];
const timers: Timers = {
  after: (delayMs, run) => {
    const timer = { delayMs, run };
    pending.push(timer);
    return () => {
      pending = pending.filter((each) => each !== timer);
    };
  },
};
const waits = (delayMs: number): boolean => pending.some((timer) => timer.delayMs === delayMs);
const fire = (delayMs: number): void => {
  const timer = pending.find((each) => each.delayMs === delayMs);
  assert(timer !== undefined, `something waits for ${delayMs} ms`);
  pending = pending.filter((each) => each !== timer);
  timer.run();
};

let hub: WebSocketServer;
let port = 0;
const listen = async (autoPong = true, takes = ''): Promise<void> => {
  hub = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong });
  if (takes !== '') hub.on('headers', (headers) => headers.push(`Holdfast-Level: ${takes}`));
  await new Promise((resolve) => hub.once('listening', resolve));
  ({ port } = hub.address() as AddressInfo);
};
/** Every socket ends, and nobody answers any more. */
const leave = async (): Promise<void> => {
  for (const client of hub.clients) client.terminate();
  await new Promise((resolve) => hub.close(resolve));
};

const [onPoke, onLost] = [vi.fn<(isUrgent: boolean) => void>(), vi.fn<() => void>()];
let close = (): void => {};
let isOpen = (): boolean => false;
let ask = async (_question: Uint8Array, _hasMoved: boolean): Promise<Uint8Array | null> => null;
const open = async (): Promise<void> => {
  const random = { bytes: (length: number) => new Uint8Array(length) };
  ({ close, isOpen, ask } = keepPokeSocket({ hubUrl: () => `http://127.0.0.1:${port}`, token: () => 't', onPoke, onLost, timers, random }));
  await vi.waitFor(() => expect(onPoke).toHaveBeenCalledTimes(1), SOON);
};

beforeEach(() => {
  [pending, port] = [[], 0];
  onPoke.mockClear();
  onLost.mockClear();
});
afterEach(async () => {
  close();
  await leave();
});

test('a hub that is gone is told at the first try to open it again, once, and its return is a poke', async () => {
  await listen();
  await open();
  expect(isOpen()).toBe(true);
  await leave();
  await vi.waitFor(() => expect(waits(FIRST_RETRY_MS)).toBe(true), SOON);
  expect([onLost.mock.calls.length, isOpen()]).toEqual([0, false]);
  fire(FIRST_RETRY_MS);
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1), SOON);
  await vi.waitFor(() => expect(waits(2 * FIRST_RETRY_MS)).toBe(true), SOON);
  fire(2 * FIRST_RETRY_MS);
  await vi.waitFor(() => expect(waits(4 * FIRST_RETRY_MS)).toBe(true), SOON);
  expect(onLost).toHaveBeenCalledTimes(1);
  await listen();
  fire(4 * FIRST_RETRY_MS);
  await vi.waitFor(() => expect(onPoke).toHaveBeenCalledTimes(2), SOON);
});

test('a socket that a hub closes and opens again is no loss', async () => {
  await listen();
  await open();
  for (const client of hub.clients) client.close();
  await vi.waitFor(() => expect(waits(FIRST_RETRY_MS)).toBe(true), SOON);
  fire(FIRST_RETRY_MS);
  await vi.waitFor(() => expect(onPoke).toHaveBeenCalledTimes(2), SOON);
  expect(onLost).not.toHaveBeenCalled();
});

test('a ping that nobody answers is a loss, and the line is opened anew', async () => {
  await listen(false);
  await open();
  fire(PING_MS);
  fire(PONG_WITHIN_MS);
  expect(onLost).toHaveBeenCalledTimes(1);
  await vi.waitFor(() => expect(waits(FIRST_RETRY_MS)).toBe(true), SOON);
  expect(waits(PING_MS)).toBe(false);
});

test('one that is answered is none', async () => {
  await listen();
  await open();
  fire(PING_MS);
  await vi.waitFor(() => expect(waits(PONG_WITHIN_MS)).toBe(false), SOON);
  expect(waits(PING_MS)).toBe(true);
  expect(onLost).not.toHaveBeenCalled();
});

test('whoever stops has lost nothing', async () => {
  await listen();
  await open();
  await leave();
  await vi.waitFor(() => expect(waits(FIRST_RETRY_MS)).toBe(true), SOON);
  close();
  expect(onLost).not.toHaveBeenCalled();
  expect(waits(FIRST_RETRY_MS)).toBe(false);
});

const QUESTION = Uint8Array.of(1, 2, 3);
/** What came to the hub of what the lane asked. */
const heardBy = (): Buffer[] => {
  const heard: Buffer[] = [];
  for (const client of hub.clients) client.on('message', (message: Buffer) => void heard.push(message));
  return heard;
};

test('D-21: a hub that says it takes questions is asked, and its answer is no poke', async () => {
  await listen(true, '2');
  await open();
  for (const client of hub.clients) client.once('message', (message: Buffer) => client.send(Buffer.from([...message, 9])));
  expect(await ask(QUESTION, false)).toEqual(Uint8Array.of(1, 2, 3, 9));
  expect(onPoke).toHaveBeenCalledTimes(1);
  expect(waits(PONG_WITHIN_MS)).toBe(false);
});

test('D-21: whoever has moved asks over the line of a hub that notes it, and of no other', async () => {
  await listen(true, '1');
  await open();
  const heard = heardBy();
  expect(await ask(QUESTION, true)).toBeNull();
  for (const client of hub.clients) client.once('message', (message: Buffer) => client.send(message));
  expect(await ask(QUESTION, false)).toEqual(QUESTION);
  expect(heard).toHaveLength(1);
});

test('D-21: a hub that notes it is asked by whoever has moved; one that says something else of itself is asked nothing', async () => {
  await listen(true, '2');
  await open();
  for (const client of hub.clients) client.once('message', (message: Buffer) => client.send(message));
  expect(await ask(QUESTION, true)).toEqual(QUESTION);
  close();
  await leave();
  onPoke.mockClear();
  await listen(true, 'yes');
  await open();
  expect([await ask(QUESTION, false), await ask(QUESTION, true)]).toEqual([null, null]);
});

test('D-21: a hub of before, which would say nothing to it, is asked nothing', async () => {
  await listen();
  await open();
  const heard = heardBy();
  expect(await ask(QUESTION, false)).toBeNull();
  fire(PING_MS);
  await vi.waitFor(() => expect(waits(PONG_WITHIN_MS)).toBe(false), SOON);
  expect(heard).toEqual([]);
});

test('D-21: what is not answered is given up, and with it all that would be asked on that line', async () => {
  await listen(true, '2');
  await open();
  const heard = heardBy();
  const silent = ask(QUESTION, false);
  await vi.waitFor(() => expect(heard).toHaveLength(1), SOON);
  fire(PONG_WITHIN_MS);
  expect([await silent, await ask(QUESTION, false)]).toEqual([null, null]);
});

test('D-21: a line that ends gives up what was asked on it', async () => {
  await listen(true, '2');
  await open();
  const heard = heardBy();
  const torn = ask(QUESTION, false);
  await vi.waitFor(() => expect(heard).toHaveLength(1), SOON);
  for (const client of hub.clients) client.terminate();
  expect(await torn).toBeNull();
  expect(waits(PONG_WITHIN_MS)).toBe(false);
});
