import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createLineFetch } from './line-fetch.ts';

/** What came over each connection, in their order. */
let heard: string[] = [];
let sockets: Socket[] = [];
let server: Server;
let url: URL;
/** Told of each request by its number over all connections, from 1. */
let answer: (request: number, socket: Socket) => void;

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

beforeEach(async () => {
  [heard, sockets] = [[], []];
  answer = (_request, socket) => socket.write(OK);
  let requests = 0;
  server = createServer((socket) => {
    const at = sockets.push(socket) - 1;
    heard.push('');
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard[at] += bytes.toString('latin1');
      if (bytes.includes('\r\n\r\n')) answer((requests += 1), socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/sync`);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

const signal = new AbortController().signal;
const get = { method: 'GET', headers: { 'Holdfast-Protocol': '1' }, redirect: 'error', signal } as const;
const post = (body: string) => ({ ...get, method: 'POST', body }) as const;

test('D-22: a request says what it is told, where it goes and how long it is, and nothing beside that', async () => {
  const fetching = createLineFetch();
  expect(await (await fetching(url, post('a sale'))).text()).toBe('ok');
  expect(await (await fetching(url, get)).text()).toBe('ok');
  const host = `Host: ${url.host}\r\n`;
  // Over one connection, of which nothing is said either.
  expect(heard).toEqual([
    `POST /sync HTTP/1.1\r\nHoldfast-Protocol: 1\r\n${host}Content-Length: 6\r\n\r\na saleGET /sync HTTP/1.1\r\nHoldfast-Protocol: 1\r\n${host}\r\n`,
  ]);
});

test('D-22: what is short goes once more where the connection was closed meanwhile, on another one; what is long is its sender’s to go on with', async () => {
  const fetching = createLineFetch();
  // Each second request of a connection finds it closed.
  answer = (request, socket) => (request === 2 || request === 5 ? socket.resetAndDestroy() : socket.write(OK));
  await (await fetching(url, post('first'))).text();
  expect(await (await fetching(url, post('second'))).text()).toBe('ok');
  expect(heard).toEqual([expect.stringContaining('second'), expect.stringMatching(/second$/)]);
  await (await fetching(url, post('third'))).text();
  await expect(fetching(url, post('x'.repeat(4_096)))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(sockets).toHaveLength(2);
});

test('a new connection that is reset is not tried again', async () => {
  answer = (_request, socket) => socket.resetAndDestroy();
  await expect(createLineFetch()(url, post('a sale'))).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(sockets).toHaveLength(1);
});

test('who goes over to another protocol has not answered', async () => {
  answer = (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n');
  await expect(createLineFetch()(url, post('a sale'))).rejects.toMatchObject({ cause: { message: 'closed without an answer' } });
  expect(sockets).toHaveLength(1);
});

test('a body is read in whatever encoding it says, and as it is where it says none', async () => {
  const fetching = createLineFetch();
  const packed = { br: brotliCompressSync, gzip: gzipSync, deflate: deflateSync };
  for (const [encoding, pack] of Object.entries(packed)) {
    const body = pack('what the hub says');
    answer = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
    };
    expect(await (await fetching(url, get)).text()).toBe('what the hub says');
  }
});

test('a redirect is followed by nobody, and what has no body has none', async () => {
  const fetching = createLineFetch();
  answer = (_request, socket) =>
    socket.write('HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n');
  await expect(fetching(url, get)).rejects.toThrow('fetch failed');
  answer = (_request, socket) => socket.write('HTTP/1.1 204 No Content\r\nHoldfast-Time: 12\r\n\r\n');
  const response = await fetching(url, get);
  expect([response.status, response.headers.get('holdfast-time'), response.body]).toEqual([204, '12', null]);
});

test('who is told to end it ends it, before the answer and in the middle of it', async () => {
  const fetching = createLineFetch();
  const before = new AbortController();
  answer = () => before.abort(new Error('nobody waits'));
  await expect(fetching(url, { ...get, signal: before.signal })).rejects.toMatchObject({ cause: { cause: { message: 'nobody waits' } } });
  const during = new AbortController();
  answer = (_request, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
  const response = await fetching(url, { ...get, signal: during.signal });
  const body = response.text();
  during.abort(new Error('nobody waits'));
  await expect(body).rejects.toBeInstanceOf(Error);
});

test('a body that is torn says so', async () => {
  answer = (_request, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
  const response = await createLineFetch()(url, get);
  await expect(response.text()).rejects.toBeInstanceOf(Error);
});
