/** Windows over a loopback WebSocket: each message is one JSON text. Who may connect was settled before (see `server.ts`). */
import type { Writable } from 'node:stream';

import type { Logger } from '@holdfast/base';
import type { RawData, WebSocket } from 'ws';

import type { Windows } from '../windows.ts';

export interface WebSocketLimits {
  /** Requests that one window may send in a second; the ones above wait in its socket. */
  readonly requestsPerSecond: number;
  /** What may wait unsent for a window that does not read; beyond it the window is cut off, and asks anew when it comes back. */
  readonly unsentBytes: number;
}

export const WEB_SOCKET_LIMITS: WebSocketLimits = { requestsPerSecond: 20_000, unsentBytes: 16 * 1_048_576 };

/** The longest message: 2,000 stock movements fit. */
export const MAX_MESSAGE_BYTES = 1_048_576;

const PING_INTERVAL_MS = 30_000;

/** `connection`: what carries the socket. */
export function attachWebSocket(socket: WebSocket, connection: Writable, windows: Windows, limits: WebSocketLimits, logger: Logger): void {
  const window = windows.attach({
    send(...texts) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > limits.unsentBytes) {
        logger.warn('a window does not read; it is cut off', { unsentBytes: socket.bufferedAmount });
        socket.terminate();
        return;
      }
      connection.cork();
      for (const text of texts) socket.send(text);
      connection.uncork();
    },
  });
  let left = limits.requestsPerSecond;
  /** What had arrived before the socket was paused; bounded by its buffers. */
  const early: (string | undefined)[] = [];
  const receive = (text: string | undefined): void => {
    left -= 1;
    window.receive(text);
  };
  const refill = setInterval(() => {
    left = limits.requestsPerSecond;
    for (const text of early.splice(0, left)) receive(text);
    if (socket.isPaused && early.length === 0) socket.resume();
  }, 1_000);
  let alive = true;
  const heartbeat = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, PING_INTERVAL_MS);
  socket.on('pong', () => (alive = true));
  socket.on('message', (data, isBinary) => {
    alive = true;
    const text = isBinary ? undefined : textOf(data);
    if (left > 0) {
      receive(text);
    } else {
      early.push(text);
      socket.pause();
    }
  });
  socket.on('error', (error) => logger.warn('a window connection failed', { error: error.message }));
  socket.on('close', () => {
    clearInterval(refill);
    clearInterval(heartbeat);
    window.detach();
  });
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}
