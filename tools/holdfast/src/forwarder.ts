/**
 * A length of network cable that can be unplugged: a TCP forwarder on the loopback. Each lane of the demo reaches its hub
 * through one.
 *
 * - `cut`: what is open breaks, what is new is refused. A person sees the lane go offline at once.
 * - `freeze`: nothing answers and nothing breaks, as when a router swallows packets; the lane's own deadlines must notice.
 * - `join`: connections broken or frozen meanwhile stay lost (bytes are gone); new ones pass.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

export type CableState = 'joined' | 'cut' | 'frozen';

export interface Forwarder {
  readonly port: number;
  readonly url: string;
  state(): CableState;
  set(state: CableState): void;
  /** Where new connections go from now on: a hub that was started again may stand on another port. */
  retarget(port: number): void;
  close(): Promise<void>;
}

/** Listens on `preferredPort` or, where that is taken, on another one. */
export async function createForwarder(options: { readonly targetPort: number; readonly preferredPort?: number }): Promise<Forwarder> {
  let targetPort = options.targetPort;
  let state: CableState = 'joined';
  const sockets = new Set<Socket>();
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer({ pauseOnConnect: true }, (near) => {
    hold(near);
    if (state === 'cut') near.resetAndDestroy();
    if (state !== 'joined') return;
    const far = connect({ host: 'localhost', port: targetPort });
    hold(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  const port = await listenOn(server, options.preferredPort ?? 0);
  const breakAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    url: `http://localhost:${port}`,
    state: () => state,
    set: (next) => {
      if (next === state) return;
      if (next === 'frozen' && state === 'joined') for (const socket of sockets) socket.unpipe().pause();
      else breakAll();
      state = next;
    },
    retarget: (next) => {
      targetPort = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}

/** Binds to the loopback only; a port that is taken gets another one. Answers the port. */
export function listenOn(server: Server, preferredPort: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && preferredPort !== 0) {
        server.listen(0, '127.0.0.1');
        preferredPort = 0;
      } else reject(error);
    };
    server.on('error', onError);
    server.once('listening', () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
    server.listen(preferredPort, '127.0.0.1');
  });
}
