/**
 * A till that runs already: each page's port is joined to a WebSocket of its own. The texts pass as they are; main reads none.
 * While the till is away, it is tried again for ever, and the port keeps what the page sends.
 */
import type { Logger } from '@holdfast/base';
import type { MessagePortMain } from 'electron';
import { WebSocket } from 'ws';

import { createBackOff } from './back-off.ts';
import type { createTillAccess } from './till-access.ts';
import type { TillLink } from './till-link.ts';

const MAX_MESSAGE_BYTES = 16 * 1_048_576;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A till on this machine costs nothing to ask, and a cashier waits for it. */
const LONGEST_PAUSE_MS = 1_000;

/** A live join of one port and one socket, or the attempts at it. */
interface Join {
  end(): void;
}

/** Joins until either side ends; `onLost` only where it was the till. */
function joinPort(port: MessagePortMain, socket: WebSocket, onLost: () => void): Join {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    port.close();
    socket.terminate();
  };
  port.on('message', ({ data }) => {
    if (typeof data === 'string' && socket.readyState === WebSocket.OPEN) socket.send(data);
  });
  port.on('close', end);
  socket.on('message', (data, isBinary) => {
    if (!isBinary && data instanceof Buffer) port.postMessage(data.toString('utf8'));
  });
  socket.on('close', () => {
    if (ended) return;
    end();
    onLost();
  });
  port.start();
  return { end };
}

function openSocket(url: string, headers: Readonly<Record<string, string>>): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers: { ...headers },
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    // Also after it was opened: a socket that fails is a socket that closes.
    socket.on('error', reject);
    socket.once('open', () => resolve(socket));
  });
}

export function attachToTill(access: ReturnType<typeof createTillAccess>, logger: Logger): TillLink {
  const backOff = createBackOff(LONGEST_PAUSE_MS);
  const joins = new Set<Join>();

  const connect = (port: MessagePortMain, renew: () => void): Join => {
    let timer: NodeJS.Timeout | undefined;
    let joined: Join | null = null;
    let ended = false;
    const attempt = async (): Promise<void> => {
      try {
        const door = await access.open();
        const socket = await openSocket(door.socketUrl, door.headers);
        if (ended) {
          socket.terminate();
          return;
        }
        joined = joinPort(port, socket, renew);
        logger.info('attached to the till');
      } catch (error) {
        if (ended) return;
        const delayMs = backOff.nextDelayMs(performance.now());
        logger.warn('the till does not answer', { error: error instanceof Error ? error.message : String(error), againInMs: delayMs });
        timer = setTimeout(() => void attempt(), delayMs);
      }
    };
    void attempt();
    return {
      end() {
        ended = true;
        clearTimeout(timer);
        if (joined === null) port.close();
        else joined.end();
      },
    };
  };

  return {
    attach(port, renew) {
      const join = connect(port, renew);
      joins.add(join);
      return () => {
        joins.delete(join);
        join.end();
      };
    },
    stop() {
      for (const join of joins) join.end();
      joins.clear();
      return Promise.resolve();
    },
  };
}
