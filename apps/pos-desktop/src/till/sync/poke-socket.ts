/** The line on which the hub says only "you can move", or, asked, that there is nothing new. Losing it costs latency, never data: it is simply opened again. */
import type { Random, Timers } from '@holdfast/base';
import { LEVEL_HEADER, MOVED_VERSION, PATHS, PROTOCOL_VERSION, URGENT_POKE } from '@holdfast/sync';
import { WebSocket } from 'ws';

export interface PokeSocketPorts {
  readonly hubUrl: () => string | undefined;
  readonly token: () => string | undefined;
  readonly onPoke: (isUrgent: boolean) => void;
  /** It was open, and the hub neither answers on it nor lets it be opened again: whoever waits for nothing would learn of it late. */
  readonly onLost: () => void;
  readonly timers: Timers;
  readonly random: Random;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
const PING_MS = 15_000;
/** A line on which a ping is not answered for this long is dead, whatever TCP thinks. A slow one may have eight kilobytes before it. */
const PONG_WITHIN_MS = 10_000;
/** A line on which a question was not answered for this long is asked none any more. */
const ANSWER_WITHIN_MS = 10_000;

export interface PokeSocket {
  /** The hub can call just now. */
  readonly isOpen: () => boolean;
  /** What the hub answers; null at once where it takes no such questions here, and where none comes: the line ends, or says nothing for 10 s. `hasMoved`: of a device that the hub last knew elsewhere. */
  readonly ask: (question: Uint8Array, hasMoved: boolean) => Promise<Uint8Array | null>;
  readonly close: () => void;
}

/** Keeps it open until it is closed. */
export function keepPokeSocket(ports: PokeSocketPorts): PokeSocket {
  let socket: WebSocket | undefined;
  let cancel = (): void => {};
  let retryMs = FIRST_RETRY_MS;
  let isStopped = false;
  let isUp = false;
  /** As `LEVEL_HEADER` says; 0: none. */
  let takes = 0;
  let answered = (_answer: Uint8Array | null): void => {};
  const lose = (): void => {
    if (isUp && !isStopped) ports.onLost();
    isUp = false;
  };
  const retry = (): void => {
    if (isStopped) return;
    // Up to a half more, so that a thousand lanes do not come back in the same moment.
    const jitter = (ports.random.bytes(1)[0] ?? 0) / 512;
    cancel = ports.timers.after(Math.round(retryMs * (1 + jitter)), connect);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  const connect = (): void => {
    const [hubUrl, token] = [ports.hubUrl(), ports.token()];
    if (hubUrl === undefined || token === undefined) return retry();
    const current = new WebSocket(`${hubUrl.replace(/^http/, 'ws')}${PATHS.poke}`, {
      headers: { authorization: `Bearer ${token}`, 'holdfast-protocol': String(PROTOCOL_VERSION) },
      handshakeTimeout: 10_000,
      maxPayload: 1_024,
      perMessageDeflate: false,
    });
    socket = current;
    let cancelSilence = (): void => {};
    let cancelPing = (): void => {};
    let hasOpened = false;
    takes = 0;
    current.on('upgrade', ({ headers }) => (takes = Number(headers[LEVEL_HEADER.toLowerCase()] ?? 0)));
    const ping = (): void => {
      current.ping();
      cancelSilence = ports.timers.after(PONG_WITHIN_MS, () => {
        lose();
        current.terminate();
      });
      cancelPing = ports.timers.after(PING_MS, ping);
    };
    const heard = (): void => cancelSilence();
    current.on('open', () => {
      retryMs = FIRST_RETRY_MS;
      hasOpened = true;
      isUp = true;
      cancelPing = ports.timers.after(PING_MS, ping);
      ports.onPoke(false);
    });
    current.on('pong', heard);
    current.on('ping', heard);
    current.on('message', (message: Buffer, isBinary: boolean) => {
      heard();
      if (isBinary) answered(new Uint8Array(message));
      else ports.onPoke(message.toString() === URGENT_POKE);
    });
    // `close` follows, and tries again.
    current.on('error', () => {});
    current.on('close', () => {
      cancelSilence();
      cancelPing();
      answered(null);
      // One that was open may have been closed in order: whether the hub is away the next one says, at once.
      if (!hasOpened) lose();
      retry();
    });
  };
  connect();
  return {
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    ask: async (question, hasMoved) => {
      answered(null);
      if (socket?.readyState !== WebSocket.OPEN || !(takes >= (hasMoved ? MOVED_VERSION : 1))) return null;
      const asked = new Promise<Uint8Array | null>((resolve) => (answered = resolve));
      socket.send(question);
      const cancelPatience = ports.timers.after(ANSWER_WITHIN_MS, () => {
        // What may yet come would be taken for the answer to another.
        takes = 0;
        answered(null);
      });
      const answer = await asked;
      cancelPatience();
      return answer;
    },
    close: () => {
      isStopped = true;
      cancel();
      socket?.terminate();
    },
  };
}
