/**
 * A TCP proxy on the loopback that counts what passes, headers and all, as the line of a store would carry it (without TCP's and IP's own). Where it is told how wide and how long the line is, bytes leave
 * one after the other and arrive later, each direction by itself; and where it is told how bad, silences and cuts come after so many bytes, by a seed.
 */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

import { seeded } from './goods.ts';

export interface CountingProxy {
  readonly url: string;
  /** Since the last call, both directions. */
  take(): { readonly up: number; readonly down: number };
  /** Bytes since the last `take`, which this does not end. */
  passed(): number;
  /** The line is another one from now on; who is connected has to connect again. */
  become(width: LineWidth | undefined): void;
  close(): Promise<void>;
}

export interface LineWidth {
  readonly kilobitsPerS: number;
  readonly roundTripMs: number;
  readonly faults?: LineFaults;
}

export interface LineFaults {
  readonly seed: number;
  /** From one fault of a direction to its next, about. */
  readonly everyBytes: number;
  readonly silenceMostMs: number;
}

export async function createCountingProxy(targetPort: number, width?: LineWidth): Promise<CountingProxy> {
  let up = 0;
  let down = 0;
  const sockets = new Set<Socket>();
  let [upwards, downwards] = [createLine(width, 1), createLine(width, 2)];
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
    passed: () => up + down,
    become: (other) => {
      [upwards, downwards] = [createLine(other, 1), createLine(other, 2)];
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Fault = { readonly type: 'silence'; readonly ms: number } | { readonly type: 'cut' } | null;

/** Asked with what passes: every second fault is a silence, the others end the connection. */
function createFaults({ seed, everyBytes, silenceMostMs }: LineFaults, direction: number): (bytes: number) => Fault {
  const next = seeded(seed * 2 + direction);
  const draw = (): number => everyBytes * (0.5 + next());
  let leftBytes = draw();
  let faults = direction;
  return (bytes) => {
    leftBytes -= bytes;
    if (leftBytes > 0) return null;
    leftBytes = draw();
    faults += 1;
    return faults % 2 === 0 ? { type: 'cut' } : { type: 'silence', ms: silenceMostMs * next() };
  };
}

/** One direction, which all connections share. A socket is read on when what it sent last has left, and its end arrives behind all that it sent. */
function createLine(width: LineWidth | undefined, direction: number): (from: Socket, to: Socket) => void {
  if (width === undefined)
    return (from, to) => {
      from.pipe(to);
      from.once('close', () => to.destroySoon());
    };
  const bytesPerMs = width.kilobitsPerS / 8;
  const faultAfter = width.faults === undefined ? (): Fault => null : createFaults(width.faults, direction);
  let freeMs = 0;
  return (from, to) => {
    // What arrives is what left first, however late which timer is; null: its end.
    const underWay: (Buffer | null)[] = [];
    const send = (what: Buffer | null, ms: number): void => {
      underWay.push(what);
      setTimeout(() => {
        const arrived = underWay.shift() ?? null;
        if (arrived === null) to.destroySoon();
        else if (!to.destroyed) to.write(arrived);
      }, ms);
    };
    from.once('close', () => send(null, Math.max(0, freeMs - performance.now()) + width.roundTripMs / 2));
    from.on('data', (bytes: Buffer) => {
      const fault = faultAfter(bytes.length);
      if (fault?.type === 'cut') {
        // What is under way is lost.
        for (const end of [from, to]) end.destroy();
        return;
      }
      from.pause();
      const nowMs = performance.now();
      freeMs = Math.max(nowMs, freeMs) + bytes.length / bytesPerMs + (fault?.ms ?? 0);
      setTimeout(() => from.resume(), freeMs - nowMs);
      send(bytes, freeMs - nowMs + width.roundTripMs / 2);
    });
  };
}
