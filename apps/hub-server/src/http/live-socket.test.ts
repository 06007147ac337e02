import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { createLive, type Live, type LiveMessage } from '../console-api/live.ts';
import { createLiveSockets, LIVE_CODES, type LiveSockets } from './live-socket.ts';

let live: Live;
let sockets: LiveSockets;
let server: Server;
let url: string;
let isWelcome = true;

const NEVER_MS = 3_600_000;

beforeEach(async () => {
  isWelcome = true;
  live = createLive('here');
  sockets = createLiveSockets({ live, pingMs: NEVER_MS, mostWaitingBytes: 64 * 1_024 });
  server = createServer((_request, response) => response.end('no socket')).listen(0, '127.0.0.1');
  server.on('upgrade', (request, socket, head) =>
    sockets.upgrade(request, socket, head, (asked, response) => {
      const { pathname, searchParams } = new URL(asked.url ?? '', 'http://hub');
      if (pathname === '/refused')
        return void response.writeHead(403, { 'Content-Type': 'application/problem+json' }).end('{"status":403}');
      response.setHeader('Set-Cookie', 'session=next');
      sockets.take(asked, response, { after: searchParams.get('after') ?? undefined, isWelcome: async () => isWelcome });
      return undefined;
    }),
  );
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  sockets.close();
  server.close();
  server.closeAllConnections();
});

/** From now on, and every moment. */
const pingAlways = (): void => {
  sockets = createLiveSockets({ live, pingMs: 50 });
};

interface Watching {
  readonly socket: WebSocket;
  /** The code that it was ended with. */
  readonly closed: Promise<unknown>;
  readonly heard: readonly LiveMessage[];
  readonly cookies: readonly string[];
}

async function open(after = '', options: { readonly autoPong?: boolean } = {}): Promise<Watching> {
  const socket = new WebSocket(`${url}/${after === '' ? '' : `?after=${after}`}`, options);
  const closed = once(socket, 'close').then(([code]: readonly unknown[]) => code);
  const heard: LiveMessage[] = [];
  let cookies: readonly string[] = [];
  socket.on('upgrade', ({ headers }) => (cookies = headers['set-cookie'] ?? []));
  socket.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString('utf8')) as LiveMessage));
  await once(socket, 'open');
  await expect.poll(() => heard.length, { timeout: 60_000 }).toBeGreaterThan(0);
  return { socket, closed, heard, cookies };
}

const publish = (lsn: number): void => live.publish({ event: 'publication', data: { lsn } });
const lsns = ({ heard }: Watching): readonly unknown[] =>
  heard.flatMap((message) => (message.event === 'publication' ? [message.data.lsn] : []));
const begins = ({ heard }: Watching): unknown => heard.flatMap((message) => (message.event === 'listening' ? [message.hasMissed] : []));

describe('who comes back', () => {
  test('hears what came while it was away, once, as long as somebody watched', async () => {
    const stays = await open();
    const first = await open();
    publish(1);
    await expect.poll(() => lsns(first), { timeout: 60_000 }).toEqual([1]);
    first.socket.close();
    await first.closed;
    publish(2);
    publish(3);
    const back = await open(first.heard.at(-1)?.id);
    await expect.poll(() => lsns(back), { timeout: 60_000 }).toEqual([2, 3]);
    expect(begins(back)).toEqual([false]);
    publish(4);
    await expect.poll(() => lsns(back), { timeout: 60_000 }).toEqual([2, 3, 4]);
    await expect.poll(() => lsns(stays), { timeout: 60_000 }).toEqual([1, 2, 3, 4]);
  });

  test('is told that something was missed: of another process, of before nobody watched, of too long ago', async () => {
    const first = await open();
    publish(1);
    await expect.poll(() => lsns(first), { timeout: 60_000 }).toEqual([1]);
    first.socket.close();
    await expect.poll(() => live.watchers, { timeout: 60_000 }).toBe(0);
    expect(begins(await open(first.heard.at(-1)?.id))).toEqual([true]);
    expect(begins(await open('elsewhere.1'))).toEqual([true]);
    const old = await open();
    for (let lsn = 0; lsn < 600; lsn += 1) publish(lsn);
    expect(begins(await open(old.heard[0]?.id))).toEqual([true]);
    expect(begins(await open())).toEqual([false]);
  });
});

describe('a socket is ended, and told why', () => {
  test('whoever reads more slowly than things happen; the others hear it all', async () => {
    const [slow, quick] = [await open(), await open()];
    slow.socket.pause();
    let lsn = 0;
    while (live.watchers === 2) {
      // The line itself takes some megabytes before anything waits; at once it is told less than may wait.
      for (let many = 0; many < 20; many += 1) {
        const data = { lsn: (lsn += 1), text: 'x'.repeat(2_000) };
        live.publish({ event: 'publication', data });
      }
      await expect.poll(() => lsns(quick).length, { timeout: 60_000, interval: 2 }).toBe(lsn);
    }
    slow.socket.resume();
    expect(await slow.closed).toBe(LIVE_CODES.slow);
    publish((lsn += 1));
    await expect.poll(() => lsns(quick).at(-1), { timeout: 60_000 }).toBe(lsn);
    expect(lsns(slow).length).toBeLessThan(lsn);
  });

  test('whoever speaks; whoever is no longer welcome; all, where the hub stops', async () => {
    const speaks = await open();
    speaks.socket.send('SELECT 1');
    expect(await speaks.closed).toBe(LIVE_CODES.spoke);
    const last = await open();
    sockets.close();
    expect(await last.closed).toBe(LIVE_CODES.restart);
    pingAlways();
    isWelcome = false;
    expect(await (await open()).closed).toBe(LIVE_CODES.unwelcome);
    expect(live.watchers).toBe(0);
  });

  test('without a word whoever answers no ping', async () => {
    pingAlways();
    expect(await (await open('', { autoPong: false })).closed).toBe(1_006);
    await expect.poll(() => live.watchers, { timeout: 60_000 }).toBe(0);
  });
});

test('a handshake is refused as a request is, and brings the cookie that it was given', async () => {
  expect((await open()).cookies).toEqual(['session=next']);
  const refused = new WebSocket(`${url}/refused`);
  refused.on('error', () => undefined);
  const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number; headers: Record<string, string> }];
  expect([response.statusCode, response.headers['content-type']]).toEqual([403, 'application/problem+json']);
  refused.terminate();
});
