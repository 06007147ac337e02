/** A TCP proxy on the loopback that counts what passes, headers and all, as the line of a store would carry it (without TCP's and IP's own). */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  /** Since the last call, both directions. */
  take(): { readonly up: number; readonly down: number };
  close(): Promise<void>;
}

export async function createCountingProxy(targetPort: number): Promise<CountingProxy> {
  let up = 0;
  let down = 0;
  const sockets = new Set<Socket>();
  const hold = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((near) => {
    const far = hold(connect({ host: '127.0.0.1', port: targetPort }));
    hold(near);
    near.on('data', (bytes) => (up += bytes.length));
    far.on('data', (bytes) => (down += bytes.length));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => {
      const taken = { up, down };
      up = 0;
      down = 0;
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
