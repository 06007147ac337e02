/**
 * Live views: a WebSocket per console, on which the hub tells what happens. Its handshake is answered as any other request of the API is (who asks, what they see, how often they failed), and a refusal is a problem. Nothing is asked on it:
 * whoever speaks is sent away. It is told from `after` on, or that something was missed. Each that does not answer pings, is no longer welcome or reads slower than it is told is closed, with a code that says so; what it shows it asks for
 * again, so that losing a socket costs freshness, never truth.
 */
import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type WebSocket } from 'ws';

import type { Live, LiveMessage } from '../console-api/live.ts';

/** Of RFC 6455 and its registry. */
export const LIVE_CODES = { spoke: 1_003, unwelcome: 1_008, restart: 1_012, slow: 1_013 } as const;

const MAX_MESSAGE_BYTES = 1_024;
/** Some hundreds of sales: whoever is so far behind shows nothing that is live. */
const MOST_WAITING_BYTES = 512 * 1_024;
/** A hub that is busy for a moment hears of an answer late. */
const MOST_UNANSWERED = 2;
/** Whoever does not answer that the hub stops. */
const LAST_WORDS_MS = 500;

export interface LiveSocketPorts {
  readonly live: Live;
  readonly pingMs: number;
  readonly mostWaitingBytes?: number;
}

export interface Watcher {
  /** The last that it was told; absent: it begins here. */
  readonly after: string | undefined;
  /** Asked with each ping. */
  readonly isWelcome: () => Promise<boolean>;
}

export interface LiveSockets {
  /** `answer` answers what asks for a socket as it does what asks for none; whoever it lets in comes to `take`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, answer: RequestListener): void;
  /** False: it asks for no socket. */
  take(request: IncomingMessage, response: ServerResponse, watcher: Watcher): boolean;
  close(): void;
}

interface Handshake {
  readonly socket: Duplex;
  readonly head: Buffer;
  cookies: readonly string[];
}

interface Held extends Watcher {
  readonly socket: WebSocket;
  readonly unsubscribe: () => void;
  /** Pings since it answered one. */
  unanswered: number;
}

const textOf = (message: LiveMessage): string => JSON.stringify(message);

export function createLiveSockets({ live, pingMs, mostWaitingBytes = MOST_WAITING_BYTES }: LiveSocketPorts): LiveSockets {
  const handshakes = new WeakMap<IncomingMessage, Handshake>();
  const watchers = new Set<Held>();
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  // A session may have been given another name by this very request.
  webSockets.on('headers', (headers, request) => {
    for (const cookie of handshakes.get(request)?.cookies ?? []) headers.push(`Set-Cookie: ${cookie}`);
  });

  const end = (held: Held, code: number, reason: string): void => {
    watchers.delete(held);
    held.unsubscribe();
    held.socket.close(code, reason);
  };

  const accept = (socket: WebSocket, watcher: Watcher): void => {
    const tell = (message: LiveMessage): void => {
      if (socket.bufferedAmount > mostWaitingBytes) end(held, LIVE_CODES.slow, 'you read more slowly than things happen');
      else socket.send(textOf(message));
    };
    const { head, missed, unsubscribe } = live.subscribe(tell, watcher.after);
    const held: Held = { ...watcher, socket, unsubscribe, unanswered: 0 };
    watchers.add(held);
    socket.on('pong', () => (held.unanswered = 0));
    socket.on('message', () => end(held, LIVE_CODES.spoke, 'nothing is asked here'));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      watchers.delete(held);
      unsubscribe();
    });
    tell({ event: 'listening', id: head, hasMissed: missed === undefined });
    for (const message of missed ?? []) tell(message);
  };

  const visit = async (held: Held): Promise<void> => {
    if (!(await held.isWelcome())) end(held, LIVE_CODES.unwelcome, 'you are signed out, or see this no more');
  };
  const pings = setInterval(() => {
    for (const held of watchers) {
      if (held.unanswered >= MOST_UNANSWERED) {
        held.socket.terminate();
        continue;
      }
      held.unanswered += 1;
      held.socket.ping();
      visit(held).catch(() => held.socket.terminate());
    }
  }, pingMs);
  pings.unref();

  return {
    upgrade: (request, socket, head, answer) => {
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket as Socket);
      response.once('finish', () => {
        response.detachSocket(socket as Socket);
        socket.end();
        response.emit('close');
      });
      handshakes.set(request, { socket, head, cookies: [] });
      answer(request, response);
    },
    take: (request, response, watcher) => {
      const handshake = handshakes.get(request);
      if (handshake === undefined) return false;
      const { socket, head } = handshake;
      handshake.cookies = [response.getHeader('Set-Cookie') ?? []].flat().map(String);
      response.statusCode = 101;
      response.detachSocket(socket as Socket);
      // To whoever counts what is under way, it is answered.
      response.emit('close');
      webSockets.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, watcher));
      return true;
    },
    close: () => {
      clearInterval(pings);
      for (const held of watchers) end(held, LIVE_CODES.restart, 'the hub stops: come back');
      webSockets.close();
      setTimeout(() => {
        for (const client of webSockets.clients) client.terminate();
      }, LAST_WORDS_MS).unref();
    },
  };
}
