import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { createForwarder, listenOn, type Forwarder } from './forwarder.ts';

let echo: Server;
let cable: Forwarder;
let arrived: string;
const open: Socket[] = [];

beforeEach(async () => {
  arrived = '';
  echo = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      arrived += bytes.toString();
      socket.write(bytes);
    });
  });
  cable = await createForwarder({ targetPort: await listenOn(echo, 0) });
});

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await cable.close();
  echo.close();
});

function dial(port = cable.port): Socket {
  const socket = connect({ host: 'localhost', port });
  socket.on('error', () => socket.destroy());
  open.push(socket);
  return socket;
}

/** Broken or ended in order: the connection is gone. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

async function echoOf(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString();
}

test('bytes pass both ways', async () => {
  expect(await echoOf(dial(), 'a sale')).toBe('a sale');
});

test('a cut breaks what is open and refuses what is new, until it is joined', async () => {
  const before = dial();
  await echoOf(before, 'x');
  cable.set('cut');
  await closed(before);
  const during = dial();
  await closed(during);
  cable.set('joined');
  expect(await echoOf(dial(), 'again')).toBe('again');
});

test('frozen, nothing breaks and nothing arrives; what was sent into it is lost', async () => {
  const before = dial();
  await echoOf(before, 'x');
  cable.set('frozen');
  before.write('lost');
  const during = dial();
  await once(during, 'connect');
  during.write('lost too');
  cable.set('joined');
  await Promise.all([closed(before), closed(during)]);
  expect(await echoOf(dial(), 'y')).toBe('y');
  expect(arrived).toBe('xy');
});

test('a port that is taken gets another one', async () => {
  const second = await createForwarder({ targetPort: cable.port, preferredPort: cable.port });
  expect(second.port).not.toBe(cable.port);
  expect(await echoOf(dial(second.port), 'through both')).toBe('through both');
  await second.close();
});

test('a target that is away closes the connection, and a new target is reached', async () => {
  echo.close();
  cable.retarget(1);
  await closed(dial());
  const other = createServer((socket) => socket.end('other'));
  cable.retarget(await listenOn(other, 0));
  const [bytes] = (await once(dial(), 'data')) as [Buffer];
  expect(bytes.toString()).toBe('other');
  other.close();
});
