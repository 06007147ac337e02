import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocketServer } from 'ws';

/** On a free port of the loopback, which it answers. */
export async function listen(server: Server | WebSocketServer): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if ('listen' in server) server.listen(0, '127.0.0.1', resolve);
    else server.once('listening', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** One gigabyte: whole documents come as one message. */
const MESSAGE_BYTES = 2 ** 30;

/** With compression, which `ws` leaves off at a server unless it is asked for. */
export const createPeerSocketServer = (): WebSocketServer =>
  new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true, maxPayload: MESSAGE_BYTES });
