/**
 * The port on which siblings ask. Nobody is served a byte before a certificate was shown that the pinned authority signed, that names this very store, and that is
 * not revoked; TLS itself refuses the first, and the connection of any other ends before it is read from (SPEC: N-4, N-5). Whatever comes after is bounded in bytes and in time.
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { gatherBytes, type Logger, type Result } from '@holdfast/base';

import { DOCUMENTS_MAX_BYTES } from '../documents/document-exchange.ts';
import {
  decodeDocumentsRequest,
  DOCUMENTS_CONTENT_TYPE,
  encodeDocumentsAnswer,
  type DocumentsAnswer,
  type DocumentsRequest,
} from '../documents/document-frame.ts';
import {
  helloToJson,
  NEIGHBOUR_LIMITS,
  NEIGHBOUR_PATHS,
  parseEntriesRequest,
  parseHello,
  parseSharedManifestRequest,
  type EntriesRequest,
  type Hello,
  type HelloAnswer,
  type SharedManifestRequest,
} from '../lan/neighbour-protocol.ts';
import type { CertifiedMember } from '../lan/trust.ts';
import { parseJson, type ProtocolError } from '../wire/json-checks.ts';
import type { Manifest } from '../wire/protocol.ts';
import { readCertificate } from './read-certificates.ts';

/** What a device answers to its siblings; every `from` was admitted. Null: it has none. */
export interface LanService {
  admits(member: CertifiedMember): boolean;
  hello(from: CertifiedMember, host: string | null, hello: Hello): HelloAnswer;
  entries(request: EntriesRequest): Uint8Array | null;
  manifest(request: SharedManifestRequest): Promise<Manifest | null>;
  /** `later`: it is on its way, and whoever wants it asks again. */
  segment(hash: string, waitMs: number): Promise<Uint8Array | 'later' | null>;
  documents(from: CertifiedMember, request: DocumentsRequest): Promise<DocumentsAnswer | null>;
  /** An app's own question; undefined: it has no such one, or no answer. */
  ask(from: CertifiedMember, question: string, value: unknown): Promise<unknown>;
}

export interface LanServerOptions {
  /** Absent: all of this machine's. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly key: string;
  /** DER, base64. */
  readonly certificate: string;
  readonly authority: string;
  readonly service: LanService;
  readonly logger: Logger;
  /** What differs from the defaults. */
  readonly limits?: Partial<LanServerLimits>;
}

export interface LanServerLimits {
  readonly handshakeMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** That have shown nothing yet. */
  readonly handshakes: number;
  readonly connections: number;
  readonly connectionsOfOne: number;
}

const LIMITS: LanServerLimits = {
  handshakeMs: 5_000,
  headersMs: 5_000,
  requestMs: 30_000,
  handshakes: 128,
  connections: 256,
  connectionsOfOne: 16,
};
const MAX_HEADER_BYTES = 8_192;
const KEEP_ALIVE_MS = 60_000;

export interface LanServer {
  readonly port: number;
  /** Ends the connections of those who are not admitted any more. */
  recheck(): void;
  close(): Promise<void>;
}

export const toPem = (certificate: string): string => new X509Certificate(Buffer.from(certificate, 'base64')).toString();

/** Rejects where the port cannot be had. */
export async function startLanServer(options: LanServerOptions): Promise<LanServer> {
  const { service, logger } = options;
  const limits = { ...LIMITS, ...options.limits };
  const authority = new X509Certificate(Buffer.from(options.authority, 'base64'));
  const members = new Map<TLSSocket, CertifiedMember>();
  const answers = new WeakMap<Socket, ServerResponse>();
  const sockets = new Set<Socket>();
  const handshakes = createPlaces(limits.handshakes, limits.handshakes);
  const connections = createPlaces(limits.connections, limits.connectionsOfOne);
  /** By the connection's name. */
  const greeting = new Map<string, Place>();
  const server = createServer(
    {
      key: options.key,
      cert: toPem(options.certificate),
      ca: toPem(options.authority),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      handshakeTimeout: limits.handshakeMs,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 1_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      const from = members.get(request.socket as TLSSocket);
      // Siblings ask one thing at a time: questions by the thousand in one packet would all be held at once.
      const isNext = answers.get(request.socket)?.writableEnded ?? true;
      answers.set(request.socket, response);
      if (from === undefined || !isNext || !service.admits(from)) request.socket.destroy();
      else
        answer(service, from, request, response).catch((error: unknown) => {
          logger.error('a question of a sibling failed', { path: request.url, error });
          if (response.headersSent) response.destroy();
          else send(response, 500, 'application/json', '{}');
        });
    },
  );
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const [name, place] = [nameOf(socket), { owner: socket.remoteAddress ?? '' }];
    greeting.set(name, place);
    handshakes.take(place, () => socket.destroy());
    socket.once('close', () => {
      handshakes.leave(place);
      if (greeting.get(name) === place) greeting.delete(name);
    });
  });
  // Before HTTP's own listener: who is not admitted is not read from.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const greeted = greeting.get(nameOf(socket));
    if (greeted !== undefined) handshakes.leave(greeted);
    const shown = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const member = shown === undefined ? null : readCertificate(shown, authority);
    if (member === null || !service.admits(member)) {
      logger.warn('a device that is no sibling was turned away', { address: socket.remoteAddress, device: member?.device });
      socket.destroy();
      return;
    }
    members.set(socket, member);
    const taken = { owner: member.device };
    connections.take(taken, () => socket.destroy());
    socket.once('close', () => {
      members.delete(socket);
      connections.leave(taken);
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    recheck: () => {
      for (const [socket, member] of members) if (!service.admits(member)) socket.destroy();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Those in their handshake, too, which HTTP does not know yet: whoever came through it would keep the connection, and the server would be waited for.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One connection's, itself: names are no names here. Who resets before it is accepted has no address, and one port may come twice. */
interface Place {
  readonly owner: string;
}

/** TLS over a connection has the same one. */
const nameOf = ({ remoteAddress = '', remotePort = 0 }: Socket): string => `${remoteAddress} ${remotePort}`;

export interface Places {
  take(place: Place, end: () => void): void;
  /** Also of one that has left, or was ended. */
  leave(place: Place): void;
}

/** So many at most, and so many of one owner: where one more comes, the oldest one of whoever has most ends. Nobody's many keep another's one out. */
export function createPlaces(most: number, mostOfOne: number): Places {
  const byOwner = new Map<string, Map<Place, () => void>>();
  let count = 0;

  function leave(place: Place): void {
    const held = byOwner.get(place.owner);
    if (held?.delete(place) !== true) return;
    count -= 1;
    if (held.size === 0) byOwner.delete(place.owner);
  }

  function endOldestOf(owner: string): void {
    for (const [place, end] of byOwner.get(owner) ?? []) {
      leave(place);
      return end();
    }
  }

  return {
    leave,
    take: (place, end) => {
      const held = byOwner.get(place.owner) ?? new Map<Place, () => void>();
      byOwner.set(place.owner, held.set(place, end));
      count += 1;
      if (held.size > mostOfOne) return endOldestOf(place.owner);
      if (count <= most) return undefined;
      const [fullest] = [...byOwner].reduce((left, right) => (right[1].size > left[1].size ? right : left));
      return endOldestOf(fullest);
    },
  };
}

function listen(server: Server, { port, host }: Pick<LanServerOptions, 'port' | 'host'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const JSON_TYPE = 'application/json';
const BINARY = 'application/octet-stream';

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const missing = (response: ServerResponse): void => send(response, 404, JSON_TYPE, '{}');

async function answer(service: LanService, from: CertifiedMember, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '', 'https://sibling');
  const path = url?.pathname ?? '';
  if (request.method === 'GET' && path.startsWith(`${NEIGHBOUR_PATHS.segments}/`)) {
    const [hash, waitMs] = [path.slice(NEIGHBOUR_PATHS.segments.length + 1), Number(url?.searchParams.get('waitMs') ?? 0)];
    const isAsked = /^[0-9a-f]{64}$/.test(hash) && Number.isSafeInteger(waitMs) && waitMs >= 0 && waitMs <= NEIGHBOUR_LIMITS.waitMs;
    const frame = isAsked ? await service.segment(hash, waitMs) : null;
    if (frame === 'later') return send(response, 503, JSON_TYPE, '{}');
    return frame === null ? missing(response) : sendRange(request, response, frame);
  }
  if (request.method !== 'POST') return missing(response);
  if (path.startsWith(`${NEIGHBOUR_PATHS.ask}/`)) {
    const value = await readJson(request, NEIGHBOUR_LIMITS.askBytes);
    const told = value === undefined ? undefined : await service.ask(from, path.slice(NEIGHBOUR_PATHS.ask.length + 1), value);
    return told === undefined ? missing(response) : send(response, 200, JSON_TYPE, JSON.stringify(told));
  }
  if (path === NEIGHBOUR_PATHS.documents) {
    const bytes = await readBytes(request, DOCUMENTS_MAX_BYTES);
    const wanted = bytes === null ? null : decodeDocumentsRequest(bytes);
    if (wanted?.ok !== true) return send(response, 400, JSON_TYPE, '{}');
    const told = await service.documents(from, wanted.value);
    return told === null ? missing(response) : send(response, 200, DOCUMENTS_CONTENT_TYPE, encodeDocumentsAnswer(told));
  }
  const body = await readJson(request, NEIGHBOUR_LIMITS.bodyBytes);
  if (path === NEIGHBOUR_PATHS.hello) {
    return parsed(response, parseHello(body), (hello) => {
      send(response, 200, JSON_TYPE, JSON.stringify(helloToJson(service.hello(from, hostOf(request), hello))));
    });
  }
  if (path === NEIGHBOUR_PATHS.entries) {
    return parsed(response, parseEntriesRequest(body), (wanted) => {
      const frame = service.entries(wanted);
      if (frame === null) missing(response);
      else send(response, 200, BINARY, frame);
    });
  }
  if (path === NEIGHBOUR_PATHS.manifest) {
    return parsed(response, parseSharedManifestRequest(body), async (wanted) => {
      const manifest = await service.manifest(wanted);
      if (manifest === null) missing(response);
      else send(response, 200, JSON_TYPE, JSON.stringify(manifest));
    });
  }
  return missing(response);
}

async function parsed<T>(
  response: ServerResponse,
  value: Result<T, ProtocolError>,
  act: (value: T) => void | Promise<void>,
): Promise<void> {
  if (value.ok) await act(value.value);
  else send(response, 400, JSON_TYPE, JSON.stringify({ title: `${value.error.what}: ${value.error.at}` }));
}

/** IPv4 in its own form also where the socket speaks both. */
const hostOf = (request: IncomingMessage): string | null => request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? null;

function sendRange(request: IncomingMessage, response: ServerResponse, frame: Uint8Array): void {
  const from = Number(/^bytes=(\d{1,9})-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from === 0 || from >= frame.length) return send(response, 200, BINARY, frame);
  response.setHeader('Content-Range', `bytes ${from}-${frame.length - 1}/${frame.length}`);
  send(response, 206, BINARY, frame.subarray(from));
}

/** Null where it is longer than `maxBytes`: what comes after that is not read. */
async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    request.socket.destroy();
    return null;
  }
  const body = gatherBytes();
  for await (const part of request as AsyncIterable<Buffer>) {
    if (body.length + part.length > maxBytes) {
      request.socket.destroy();
      return null;
    }
    body.add(part);
  }
  return body.bytes();
}

/** Undefined where it is no JSON, or too long. */
async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  return bytes === null ? undefined : parseJson(bytes);
}
