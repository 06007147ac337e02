/** A virtual device on a real TCP port: each connection becomes a peer of its link. */
import { createServer, type Server, type Socket } from 'node:net';

import { createInbox } from '../link/link.ts';
import type { DevicePeer } from '../link/memory-link.ts';

export interface DevicePort {
  readonly port: number;
  readonly close: () => Promise<void>;
}

function peerOf(socket: Socket): DevicePeer {
  const inbox = createInbox();
  socket.setNoDelay(true);
  socket.on('data', (bytes) => inbox.push(new Uint8Array(bytes)));
  socket.on('error', () => {});
  return {
    onBytes: inbox.onBytes,
    send: (bytes) => void socket.write(bytes),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    close: () => socket.destroy(),
  };
}

/** `port` 0 takes any. `accept` answers false to hang up at once. Rejects where the port is taken. */
export async function serveDevice(port: number, accept: (peer: DevicePeer) => boolean, host = '127.0.0.1'): Promise<DevicePort> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (!accept(peerOf(socket))) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
