/**
 * The poke: a WebSocket per device, on which the hub says only "you can move", and answers whether there is nothing new (SPEC: D-21). Losing it costs a device latency, never data. A socket
 * that does not answer pings is closed, so that an open one is a sign of life.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Clock } from '@holdfast/base';
import { LEVEL_HEADER, LEVEL_VERSION, PATHS, POKE, URGENT_POKE } from '@holdfast/sync';
import { WebSocketServer, type WebSocket } from 'ws';

import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { readBearer } from './console-session.ts';

export interface Poke {
  /** `isUrgent`: they ask at once, whatever they are at. */
  pokeAll(isUrgent?: boolean): void;
  /** The devices of one store, but for one. */
  pokeStore(store: string, except: string): void;
  /** Undefined where the device holds no socket open. */
  aliveAtMs(device: string): number | undefined;
  close(): void;
}

export interface PokePorts {
  readonly clock: Clock;
  readonly findDevice: (token: string) => Promise<EnrolledDevice | undefined>;
  readonly onPresence: (device: string) => void;
  /** A binary message, and the answer to it; a rejection is told as no answer. */
  readonly onQuestion: (token: string, question: Uint8Array) => Promise<Uint8Array>;
  /** A socket that no device asks for. */
  readonly onOther: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const PING_MS = 30_000;
const MAX_MESSAGE_BYTES = 1_024;
/** Whoever asks more often than any device does is not answered. */
const QUESTION_EVERY_MS = 1_000;
/** Of one device: it holds one, and those of before that its network lost without a word end by themselves. Each takes a descriptor from all others. */
const MOST_LINES = 4;

interface Socket {
  readonly device: string;
  readonly store: string;
  readonly socket: WebSocket;
  aliveAtMs: number;
  pinged: boolean;
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

export function attachPoke(server: Server, ports: PokePorts): Poke {
  const sockets = new Set<Socket>();
  let isClosing = false;
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });

  webSockets.on('headers', (headers) => headers.push(`${LEVEL_HEADER}: ${LEVEL_VERSION}`));

  /** By device, when it is answered again, on whichever of its lines. */
  const nextMs = new Map<string, number>();

  /** One question of a socket at a time. */
  const answering = (device: string, token: string, socket: WebSocket): ((question: Buffer) => void) => {
    let isBusy = false;
    const answer = async (question: Buffer): Promise<void> => {
      isBusy = true;
      try {
        const said = await ports.onQuestion(token, new Uint8Array(question));
        socket.send(said, () => {});
      } catch {
        // The device waits for no answer for long, and asks for a manifest.
      } finally {
        isBusy = false;
      }
    };
    return (question) => {
      const nowMs = ports.clock.monotonicMs();
      if (isBusy || nowMs < (nextMs.get(device) ?? -Infinity)) return;
      nextMs.set(device, nowMs + QUESTION_EVERY_MS);
      void answer(question);
    };
  };

  const accept = ({ device, store }: EnrolledDevice, token: string, socket: WebSocket): void => {
    const answer = answering(device, token, socket);
    const lines = [...sockets].filter((other) => other.device === device);
    if (lines.length >= MOST_LINES) lines[0]?.socket.terminate();
    const held: Socket = { device, store, socket, aliveAtMs: ports.clock.nowMs(), pinged: false };
    sockets.add(held);
    const isAlive = (): void => {
      held.aliveAtMs = ports.clock.nowMs();
      held.pinged = false;
    };
    socket.on('pong', isAlive);
    socket.on('message', (message: Buffer, isBinary: boolean) => {
      isAlive();
      if (isBinary) answer(message);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      sockets.delete(held);
      ports.onPresence(device);
    });
    ports.onPresence(device);
  };

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path !== PATHS.poke) return ports.onOther(request, socket, head);
    if (isClosing) return refuse(socket, '503 Service Unavailable');
    const token = readBearer(request.headers.authorization);
    const device = token === undefined ? undefined : await ports.findDevice(token);
    if (token === undefined || device === undefined) return refuse(socket, '401 Unauthorized');
    webSockets.handleUpgrade(request, socket, head, (webSocket) => accept(device, token, webSocket));
    return undefined;
  };

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(request, socket, head).catch(() => refuse(socket, '503 Service Unavailable'));
  });

  const pings = setInterval(() => {
    for (const held of sockets) {
      if (held.pinged) held.socket.terminate();
      else {
        held.pinged = true;
        held.socket.ping();
      }
    }
  }, PING_MS);
  pings.unref();

  return {
    pokeAll: (isUrgent = false) => {
      for (const { socket } of sockets) socket.send(isUrgent ? URGENT_POKE : POKE);
    },
    pokeStore: (store, except) => {
      for (const held of sockets) if (held.store === store && held.device !== except) held.socket.send(POKE);
    },
    aliveAtMs: (device) => {
      const moments = [...sockets].filter((held) => held.device === device).map((held) => held.aliveAtMs);
      return moments.length === 0 ? undefined : Math.max(...moments);
    },
    close: () => {
      isClosing = true;
      clearInterval(pings);
      for (const { socket } of sockets) socket.close(1001, 'the hub stops');
      webSockets.close();
    },
  };
}
