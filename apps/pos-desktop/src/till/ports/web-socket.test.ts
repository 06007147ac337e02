import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { createWindows, type Windows } from '../windows.ts';
import { attachWebSocket, WEB_SOCKET_LIMITS, type WebSocketLimits } from './web-socket.ts';
import { createInbox, windowContract, type TestWindow } from './window-contract.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

async function openWindow(windows: Windows, limits: WebSocketLimits = WEB_SOCKET_LIMITS): Promise<TestWindow> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  let detached: Promise<unknown> = Promise.resolve();
  sockets.on('connection', (socket, { socket: connection }) => {
    attachWebSocket(socket, connection, windows, limits, silent);
    detached = once(socket, 'close');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const inbox = createInbox();
  client.on('message', (data) => inbox.push((data as Buffer).toString('utf8')));
  await once(client, 'open');
  return {
    send: (text) => client.send(text),
    next: () => inbox.next(),
    async close() {
      client.close();
      await detached;
    },
  };
}

windowContract((windows) => openWindow(windows));

test('a window that floods is slowed down, and every request is still answered in order', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  closers.push(() => vi.useRealTimers());
  let taken = 0;
  const windows = createWindows((request) => {
    taken += 1;
    return { broadcast: [], reply: { type: 'reply', id: request.id, ok: true, value: {} } };
  }, silent);
  const window = await openWindow(windows, { ...WEB_SOCKET_LIMITS, requestsPerSecond: 100 });
  for (let i = 0; i < 150; i++) window.send(JSON.stringify({ id: `r${i}`, atMs: 1, body: { type: 'confirmAge', method: 'document' } }));
  for (let i = 0; i < 100; i++) expect(await window.next()).toMatchObject({ id: `r${i}` });
  expect(taken).toBe(100);
  vi.advanceTimersByTime(1_000);
  for (let i = 100; i < 150; i++) expect(await window.next()).toMatchObject({ id: `r${i}` });
  await window.close();
});
