/**
 * A TCP proxy on the loopback that counts what passes, headers and all, as the line of a store would carry it (without TCP's and IP's own). Where it is told how wide and how long the line is, bytes leave
 * one after the other and arrive later, each direction by itself.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface CountingProxy {
  readonly url: string;
  /** Since the last call, both directions. */
  take(): { readonly up: number; readonly down: number };
  close(): Promise<void>;
}

export interface LineWidth {
  readonly kilobitsPerS: number;
  readonly roundTripMs: number;
}

export async function createCountingProxy(targetPort: number, width?: LineWidth): Promise<CountingProxy> {
  let up = 0;
  let down = 0;
  const sockets = new Set<Socket>();
  const [upwards, downwards] = [createLine(width), createLine(width)];
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
    upwards(near, far);
    downwards(far, near);
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

/** One direction, which all connections share. A socket is read on when what it sent last has left. */
function createLine(width: LineWidth | undefined): (from: Socket, to: Socket) => void {
  if (width === undefined) return (from, to) => void from.pipe(to);
  const bytesPerMs = width.kilobitsPerS / 8;
  let freeMs = 0;
  return (from, to) =>
    void from.on('data', (bytes: Buffer) => {
      from.pause();
      const nowMs = performance.now();
      freeMs = Math.max(nowMs, freeMs) + bytes.length / bytesPerMs;
      setTimeout(() => from.resume(), freeMs - nowMs);
      setTimeout(() => !to.destroyed && to.write(bytes), freeMs - nowMs + width.roundTripMs / 2);
    });
}
